/**
 * What an indicator (chỉ tiêu) is: data. Its numerator and denominator are terms over measures, services, procedures or agencies;
 * `figures` evaluates a term on cells and `explain` evaluates the same term record by record, so both cannot drift apart.
 */
import { type MeasureName, OF_NOW } from '../../warehouse/tables.ts'
import { PERIOD_KINDS, type PeriodKind } from '../periods.ts'

export const AGENCY_KINDS = ['province', 'department', 'vertical', 'district', 'commune'] as const
export type AgencyKind = (typeof AGENCY_KINDS)[number]
export const VALUE_STATES = ['ok', 'no-cases', 'no-data-yet', 'insufficient', 'held'] as const
export type ValueState = (typeof VALUE_STATES)[number]

export interface Text {
  vi: string
  en: string
}

export type Weights = Readonly<Partial<Record<MeasureName, number>>>

/** Dossiers (hồ sơ): a weighted sum of measures. in-period: entries of the period; at-start, at-end: running sums, the stock. */
export interface DossierTerm {
  of: 'dossiers'
  when: 'in-period' | 'at-start' | 'at-end'
  weights: Weights
  /** only those of procedures that are so on the counting day */
  procedures?: ProcedureKind
  rule: Text
}
export type ProcedureKind = 'online' | 'full' | 'fee' | 'requires-result' | 'pilot'
/** Distinct online services (dịch vụ công trực tuyến) of which the measure, or a weighted sum of some, counted something in the period. */
export interface ServiceTerm {
  of: 'services'
  having: MeasureName | Weights
  /** only procedures accepted online on trial in the period, whatever their level */
  pilot?: true
  /** only full-process services (toàn trình) */
  full?: true
  /** only those assigned to the agency, so that a share of the assigned cannot exceed one */
  assigned?: true
  rule: Text
}
/** The processing time, in whole working hours, that `share` of what was finished in the period did not exceed. */
export interface HoursTerm {
  of: 'hours'
  share: number
  rule: Text
}
/** Procedures (thủ tục hành chính) assigned to the agency, all of them at the province. */
export interface ProcedureTerm {
  of: 'procedures'
  /** pilot: accepted online on trial in the period; pilot-not-full: and not full-process yet */
  which: 'all' | 'online' | 'integrated' | 'full' | 'pilot' | 'pilot-not-full'
  rule: Text
}
/** Agencies of one kind, by the full-process services with online dossiers ÷ those with any dossier. */
export interface AgencyTerm {
  of: 'agencies'
  kind: AgencyKind
  which: 'all' | 'with-cases' | 'without-cases' | { above: number } | { at: number }
  rule: Text
}
export type Term = DossierTerm | ServiceTerm | HoursTerm | ProcedureTerm | AgencyTerm

/** The measures that a term reads. */
export function measuresOf(term: Term): MeasureName[] {
  if (term.of === 'dossiers') return Object.keys(term.weights) as MeasureName[]
  return term.of === 'services' ? (Object.keys(weightsOf(term)) as MeasureName[]) : []
}

export const weightsOf = ({ having }: ServiceTerm): Weights => (typeof having === 'string' ? { [having]: 1 } : having)

/** Of open dossiers as they are: of another day than the tick's nothing can be said, but what was kept then. */
export const isOfNow = ({ numerator }: Pick<Indicator, 'numerator'>): boolean =>
  measuresOf(numerator).some((name) => OF_NOW.has(name))

export interface Indicator {
  id: string
  version: number
  names: Text
  kind: 'count' | 'ratio' | 'distinct' | 'derived' | 'percentile'
  /** points: of 1 to 5 */
  unit: 'procedures' | 'dossiers' | 'agencies' | 'ratio' | 'working-hours' | 'points'
  /** which way is better */
  direction: 'up' | 'down' | 'none'
  /** a ratio with nothing below the line has no value */
  zeroDenominator: 'no-cases'
  legalSource: string
  /** the organisation it counts by */
  countsBy: 'resolving' | 'receiving' | 'assisting'
  /** the date it counts on */
  countsOn: 'received' | 'ended' | 'period-start' | 'period-end' | 'now' | 'rated'
  /** what can be asked for; what is not kept is computed then */
  periods: readonly PeriodKind[]
  /** what is stored with revisions and delivered */
  kept: readonly PeriodKind[]
  at: readonly AgencyKind[]
  numerator: Term
  denominator: Term | null
  /** component, group or `total` of the national portal's own score, which is shown beside it */
  official?: string
}

export const KEPT_PERIODS: readonly PeriodKind[] = ['month', 'quarter', 'year', 'ytd']
/** of what is looked at more rarely: a message for each would bury the others */
export const KEPT_SPARINGLY: readonly PeriodKind[] = ['month', 'year']
export const EVERYWHERE: readonly AgencyKind[] = AGENCY_KINDS

type Declared = Pick<Indicator, 'id' | 'names' | 'kind' | 'countsOn' | 'numerator'> & Partial<Indicator>

/** Fills what most indicators share. */
export function indicator(declared: Declared): Indicator {
  return {
    version: 1,
    unit: declared.kind === 'ratio' ? 'ratio' : 'dossiers',
    direction: 'none',
    zeroDenominator: 'no-cases',
    legalSource: 'Nghị định 61/2018/NĐ-CP; từ 09/6/2025 Nghị định 118/2025/NĐ-CP',
    countsBy: 'resolving',
    periods: PERIOD_KINDS,
    kept: KEPT_PERIODS,
    at: EVERYWHERE,
    denominator: null,
    ...declared,
  }
}
