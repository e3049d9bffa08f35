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

/** Dossiers (hồ sơ), or what else measures count: a weighted sum of measures. in-period: entries of the period; at-start, at-end: running sums, the stock. */
export interface DossierTerm {
  of: 'dossiers'
  when: 'in-period' | 'at-start' | 'at-end'
  weights: Weights
  /** only those of procedures that are so on the counting day */
  procedures?: ProcedureKind
  /** summed with it, each counted by its own days and of its own procedures */
  plus?: readonly Counting[]
  rule: Text
}
export type Counting = Pick<DossierTerm, 'when' | 'weights' | 'procedures'>
export type ProcedureKind = 'online' | 'full' | 'fee' | 'requires-result' | 'pilot'
/** Distinct online services (dịch vụ công trực tuyến) of which the measure, or a weighted sum of some, counted something in the period. */
export interface ServiceTerm {
  of: 'services'
  having: MeasureName | Weights
  /** and of which this sums up to nothing */
  never?: Weights
  /** services of other procedures than those that are offered online: any, or those with a fee */
  procedures?: 'any' | 'fee'
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
  which: 'all' | 'online' | 'integrated' | 'full' | 'fee' | 'pilot' | 'pilot-not-full'
  rule: Text
}
/** Agencies of one kind, by the full-process services with online dossiers ÷ those with any dossier. */
export interface AgencyTerm {
  of: 'agencies'
  kind: AgencyKind
  which: 'all' | 'with-cases' | 'without-cases' | { above: number } | { at: number }
  rule: Text
}
/** A count that only the national portal holds: from its newest official score of the agency, period and component. */
export interface OfficialTerm {
  of: 'official'
  component: string
  part: 'numerator' | 'denominator'
  rule: Text
}
/** Points of QĐ 766 summed: over the components of a group, or (null) over all groups. */
export interface PointsTerm {
  of: 'points'
  group: string | null
  rule: Text
}
export type Term = DossierTerm | ServiceTerm | HoursTerm | ProcedureTerm | AgencyTerm | OfficialTerm | PointsTerm

const namesIn = (weights: Weights) => Object.keys(weights) as MeasureName[]

/** The measures that a term reads. */
export function measuresOf(term: Term): MeasureName[] {
  if (term.of === 'dossiers') return [...new Set(countingsOf(term).flatMap(({ weights }) => namesIn(weights)))]
  return term.of === 'services' ? [...new Set([...namesIn(weightsOf(term)), ...namesIn(term.never ?? {})])] : []
}

/** Of them those that it reads procedure by procedure. */
export function measuresByProcedure(term: Term): MeasureName[] {
  if (term.of !== 'dossiers') return measuresOf(term)
  return countingsOf(term).flatMap(({ procedures, weights }) => (procedures ? namesIn(weights) : []))
}

/** What is summed. */
export const countingsOf = (term: Counting & Pick<DossierTerm, 'plus'>): readonly Counting[] =>
  term.plus ? [term, ...term.plus] : [term]

export const weightsOf = ({ having }: ServiceTerm): Weights => (typeof having === 'string' ? { [having]: 1 } : having)

/** Of open dossiers as they are: of another day than the tick's nothing can be said, but what was kept then. */
export const isOfNow = ({ numerator }: Pick<Indicator, 'numerator'>): boolean =>
  measuresOf(numerator).some((name) => OF_NOW.has(name))

export interface Indicator {
  id: string
  version: number
  names: Text
  kind: 'count' | 'ratio' | 'distinct' | 'derived' | 'percentile' | 'score'
  /** points: of 1 to 5, or of QĐ 766 */
  unit: 'procedures' | 'dossiers' | 'petitions' | 'agencies' | 'ratio' | 'working-hours' | 'points'
  /** which way is better */
  direction: 'up' | 'down' | 'none'
  /** a ratio with nothing below the line has no value */
  zeroDenominator: 'no-cases'
  legalSource: string
  /** the organisation it counts by */
  countsBy: 'resolving' | 'receiving' | 'assisting'
  /** the date it counts on */
  countsOn: 'received' | 'ended' | 'period-start' | 'period-end' | 'now' | 'rated' | 'decided'
  /** what can be asked for; what is not kept is computed then */
  periods: readonly PeriodKind[]
  /** what is stored with revisions and delivered */
  kept: readonly PeriodKind[]
  /** agencies whose figures are; the others' are computed when asked for */
  keptAt: readonly AgencyKind[]
  at: readonly AgencyKind[]
  numerator: Term
  denominator: Term | null
  /** a component of QĐ 766: its id, the group it belongs to, and the component whose share multiplies its own */
  score?: { component: string; group: string; times?: string }
  /** component, group or `total` of the national portal's own score, which is shown beside it */
  official?: string
}

export const isKept = (
  { kept, keptAt }: Pick<Indicator, 'kept' | 'keptAt'>,
  agency: AgencyKind,
  period: PeriodKind,
): boolean => kept.includes(period) && keptAt.includes(agency)

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
    keptAt: EVERYWHERE,
    at: EVERYWHERE,
    denominator: null,
    ...declared,
  }
}
