/**
 * What an indicator (chỉ tiêu) is: data. Its numerator and denominator are terms over measures, services, procedures or agencies;
 * `figures` evaluates a term on cells and `explain` evaluates the same term record by record, so both cannot drift apart.
 */
import type { MeasureName } from '../../warehouse/tables.ts'
import type { PeriodKind } from '../periods.ts'

export const AGENCY_KINDS = ['province', 'department', 'vertical', 'district', 'commune'] as const
export type AgencyKind = (typeof AGENCY_KINDS)[number]
export const VALUE_STATES = ['ok', 'no-cases', 'no-data-yet', 'insufficient', 'held'] as const
export type ValueState = (typeof VALUE_STATES)[number]

export interface Text {
  vi: string
  en: string
}

/** Dossiers (hồ sơ): a weighted sum of measures. in-period: entries of the period; at-start, at-end: running sums, the stock. */
export interface DossierTerm {
  of: 'dossiers'
  when: 'in-period' | 'at-start' | 'at-end'
  weights: Readonly<Partial<Record<MeasureName, number>>>
  /** only dossiers filed online */
  online?: true
  rule: Text
}
/** Distinct online services (dịch vụ công trực tuyến) that had a dossier received in the period, by any channel or online. */
export interface ServiceTerm {
  of: 'services'
  dossiers: 'any' | 'online'
  /** only full-process services (toàn trình) */
  full?: true
  /** only those assigned to the agency, so that a share of the assigned cannot exceed one */
  assigned?: true
  rule: Text
}
/** Procedures (thủ tục hành chính) assigned to the agency, all of them at the province. */
export interface ProcedureTerm {
  of: 'procedures'
  which: 'all' | 'online' | 'integrated' | 'full'
  rule: Text
}
/** Agencies of one kind, by the full-process services with online dossiers ÷ those with any dossier. */
export interface AgencyTerm {
  of: 'agencies'
  kind: AgencyKind
  which: 'all' | 'with-cases' | 'without-cases' | { above: number } | { at: number }
  rule: Text
}
export type Term = DossierTerm | ServiceTerm | ProcedureTerm | AgencyTerm

export interface Indicator {
  id: string
  version: number
  names: Text
  kind: 'count' | 'ratio' | 'distinct' | 'derived'
  unit: 'procedures' | 'dossiers' | 'agencies' | 'ratio'
  /** which way is better */
  direction: 'up' | 'down' | 'none'
  /** a ratio with nothing below the line has no value */
  zeroDenominator: 'no-cases'
  legalSource: string
  /** the organisation it counts by */
  countsBy: 'resolving'
  /** the date it counts on */
  countsOn: 'received' | 'ended' | 'period-start' | 'period-end' | 'now'
  periods: readonly PeriodKind[]
  at: readonly AgencyKind[]
  numerator: Term
  denominator: Term | null
}

export const REPORTING_PERIODS: readonly PeriodKind[] = ['month', 'quarter', 'year', 'ytd']
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
    periods: REPORTING_PERIODS,
    at: EVERYWHERE,
    denominator: null,
    ...declared,
  }
}
