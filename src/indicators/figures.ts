/** Figures: the terms of the catalogue evaluated on an agency's series for a period. Pure; all periods of an agency share one read of its cells. */

import type { MeasureName } from '../warehouse/tables.ts'
import type { ProcedureVersion } from './basis.ts'
import { type AgencyVersion, type Basis, countingDay } from './basis.ts'
import type {
  AgencyKind,
  AgencyTerm,
  DossierTerm,
  Indicator,
  ProcedureTerm,
  ServiceTerm,
  Term,
} from './catalogue/indicator.ts'
import type { Period } from './periods.ts'
import type { Axis, DayStock, Series } from './series.ts'

/** The figure that agencies are ranked by. */
export const RANKED_BY = 'full-process-online-use'

export interface Standing {
  agency: AgencyVersion
  numerator: number
  denominator: number
}
export interface Scope {
  basis: Basis
  agency: AgencyVersion
  axis: Axis
  series: Series
  /** at the end of the tick's day */
  today: DayStock | undefined
  /** RANKED_BY of the agencies of a kind that are in being on the period's counting day; only asked at the province */
  standings(kind: AgencyKind, period: Period): readonly Standing[]
}
/** value null: nothing to count on (không phát sinh). */
export interface Parts {
  value: number | null
  numerator: number
  denominator: number | null
}

export function computeFigure(indicator: Indicator, scope: Scope, period: Period): Parts {
  const numerator = evaluate(indicator.numerator, scope, period)
  const denominator = indicator.denominator ? evaluate(indicator.denominator, scope, period) : null
  return {
    ...partsOf(indicator, numerator, denominator),
    ...(hasCases(indicator, scope, period) ? {} : { value: null }),
  }
}

/** Value from its parts; a ratio stays unrounded. */
export function partsOf(indicator: Indicator, numerator: number, denominator: number | null): Parts {
  if (denominator === 0) return { value: null, numerator, denominator }
  return {
    value: indicator.kind === 'ratio' && denominator !== null ? numerator / denominator : numerator,
    numerator,
    denominator,
  }
}

/** A distinct count has nothing to count on where no dossier at all arose. */
function hasCases(indicator: Indicator, { axis, series }: Scope, period: Period): boolean {
  if (indicator.kind !== 'distinct') return true
  return between(series.all.received, axis, period) > 0
}

function evaluate(term: Term, scope: Scope, period: Period): number {
  switch (term.of) {
    case 'dossiers':
      return countDossiers(term, scope, period)
    case 'services':
      return countServices(term, scope, period)
    case 'procedures':
      return countProcedures(term, scope, period)
    case 'agencies':
      return scope.standings(term.kind, period).filter((standing) => agencyCounts(term, standing)).length
  }
}

function countDossiers(term: DossierTerm, { axis, series, today }: Scope, period: Period): number {
  const running = term.online ? series.online : series.all
  let sum = 0
  for (const [name, weight] of Object.entries(term.weights) as [keyof DayStock, number][]) {
    if (period.kind === 'day') sum += weight * (today?.[name] ?? 0)
    else if (term.when === 'in-period') sum += weight * between(running[name], axis, period)
    else
      sum +=
        weight * (running[name][term.when === 'at-start' ? axis.before(period.firstMonth) : endOf(axis, period)] ?? 0)
  }
  return sum
}

const endOf = (axis: Axis, period: Period) => {
  const last = axis.before(period.lastMonth)
  // A month before the axis has no entry of its own.
  return period.lastMonth < (axis.months[0] ?? '') ? 0 : Math.min(last + 1, axis.months.length)
}
const between = (sums: Float64Array, axis: Axis, period: Period) =>
  (sums[endOf(axis, period)] ?? 0) - (sums[axis.before(period.firstMonth)] ?? 0)

/** Whether any measure moved in the period. */
export const hasEntries = ({ all }: Series, axis: Axis, period: Period): boolean =>
  (Object.keys(all) as MeasureName[]).some((name) => between(all[name], axis, period) !== 0)

export const isOfDossiers = ({ numerator }: Indicator): boolean => numerator.of === 'dossiers'

function countServices(term: ServiceTerm, { basis, agency, axis, series }: Scope, period: Period): number {
  const procedures = basis.proceduresOn(countingDay(basis, period))
  const assigned = term.assigned ? procedures.assigned(agency) : null
  let count = 0
  for (const [code, received] of series.services) {
    if (between(received[term.dossiers], axis, period) <= 0) continue
    if (serviceCounts(term, procedures.get(code), assigned)) count++
  }
  return count
}

/** Whether a service with such dossiers counts. */
export function serviceCounts(
  term: ServiceTerm,
  procedure: ProcedureVersion | undefined,
  assigned: ReadonlyMap<string, ProcedureVersion> | null,
): boolean {
  if (!procedure?.online || (term.full && !procedure.full)) return false
  return assigned === null || assigned.has(procedure.code)
}

function countProcedures(term: ProcedureTerm, { basis, agency }: Scope, period: Period): number {
  let count = 0
  for (const procedure of basis.proceduresOn(countingDay(basis, period)).assigned(agency).values()) {
    if (procedureCounts(term, procedure)) count++
  }
  return count
}

export const procedureCounts = ({ which }: ProcedureTerm, procedure: ProcedureVersion) =>
  which === 'all' || procedure[which]

/** Thresholds are compared without rounding and, as whole hundredths, without error: 8/10 is not above 0.80. */
export function agencyCounts({ which }: AgencyTerm, { numerator, denominator }: Standing): boolean {
  if (which === 'all') return true
  if (which === 'without-cases') return denominator === 0
  if (denominator === 0) return false
  if (which === 'with-cases') return true
  if ('above' in which) return numerator * 100 > denominator * Math.round(which.above * 100)
  return numerator * 100 === denominator * Math.round(which.at * 100)
}

/** Which inputs a figure needs: without one of them there is no data yet. */
export function needsOf(indicator: Indicator): { dossiers: boolean; procedures: boolean } {
  const terms = indicator.denominator ? [indicator.numerator, indicator.denominator] : [indicator.numerator]
  return {
    dossiers: terms.some((term) => term.of !== 'procedures'),
    procedures: terms.some((term) => term.of !== 'dossiers'),
  }
}
