/** Figures: the terms of the catalogue evaluated on an agency's series for a period. Pure; all periods of an agency share one read of its cells. */
import { recordOf } from '../warehouse/measures.ts'
import type { MeasureName } from '../warehouse/tables.ts'
import type { ProcedureVersion } from './basis.ts'
import { type AgencyVersion, type Basis, countingDay } from './basis.ts'
import {
  type AgencyKind,
  type AgencyTerm,
  type DossierTerm,
  type HoursTerm,
  type Indicator,
  measuresOf,
  type ProcedureKind,
  type ProcedureTerm,
  type ServiceTerm,
  type Term,
  type Weights,
  weightsOf,
} from './catalogue/indicator.ts'
import type { Period } from './periods.ts'
import type { Axis, Series } from './series.ts'

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
  if (indicator.numerator.of === 'hours') return percentileOf(indicator.numerator, scope, period)
  const numerator = evaluate(indicator.numerator, scope, period)
  const below = indicator.denominator
  const denominator = below && below.of !== 'hours' ? evaluate(below, scope, period) : null
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

/** The least number of hours that at least `share` of them did not exceed; numerator: how many there are. */
function percentileOf({ share }: HoursTerm, { axis, series }: Scope, period: Period): Parts {
  const counts = [...series.hours]
    .map(([hours, sums]): [number, number] => [hours, between(sums, axis, period)])
    .filter(([, n]) => n !== 0)
    .sort(([a], [b]) => a - b)
  const total = counts.reduce((sum, [, n]) => sum + n, 0)
  let seen = 0
  for (const [hours, n] of counts) {
    seen += n
    if (seen >= share * total) return { value: hours, numerator: total, denominator: null }
  }
  return { value: null, numerator: 0, denominator: null }
}

function evaluate(term: Exclude<Term, HoursTerm>, scope: Scope, period: Period): number {
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

function countDossiers(term: DossierTerm, scope: Scope, period: Period): number {
  const { axis, series } = scope
  const readOf = makeReadOf(term.when, axis, period)
  const weights = Object.entries(term.weights) as [MeasureName, number][]
  const sumOf = (running: Readonly<Record<string, Float64Array>>) =>
    weights.reduce((sum, [name, weight]) => sum + (running[name] ? weight * readOf(running[name]) : 0), 0)
  if (!term.procedures) return sumOf(series.all)
  const procedures = scope.basis.proceduresOn(countingDay(scope.basis, period))
  let sum = 0
  for (const [code, running] of series.procedures)
    if (isOfKind(term.procedures, procedures.get(code), period)) sum += sumOf(running)
  return sum
}

function makeReadOf(when: DossierTerm['when'], axis: Axis, period: Period): (sums: Float64Array) => number {
  const at = when === 'at-start' ? axis.from(period) : axis.to(period)
  return when === 'in-period' ? (sums) => between(sums, axis, period) : (sums) => sums[at] ?? 0
}

/** Whether dossiers of a procedure count for a term that is of procedures of a kind. */
export function isOfKind(kind: ProcedureKind, procedure: ProcedureVersion | undefined, period: Period): boolean {
  if (!procedure) return false
  switch (kind) {
    case 'online':
      return procedure.online
    case 'full':
      return procedure.full
    case 'fee':
      return procedure.fee
    case 'requires-result':
      return procedure.requiresResult
    case 'pilot':
      return isPilot(procedure, period)
  }
}

/** Accepted online on trial on some day of the period. */
export const isPilot = ({ pilotFrom, pilotTo }: ProcedureVersion, { firstDay, lastDay }: Period): boolean =>
  pilotFrom !== null && pilotFrom <= lastDay && (pilotTo === null || firstDay <= pilotTo)

const between = (sums: Float64Array, axis: Axis, period: Period) =>
  (sums[axis.to(period)] ?? 0) - (sums[axis.from(period)] ?? 0)

/** Whether any measure moved in the period. */
export const hasEntries = ({ all }: Series, axis: Axis, period: Period): boolean =>
  (Object.keys(all) as MeasureName[]).some((name) => between(all[name], axis, period) !== 0)

export const isOfDossiers = ({ numerator }: Indicator): boolean =>
  numerator.of === 'dossiers' || numerator.of === 'hours'

/** The measures that a figure reads, its denominator's too. */
export const measuresBehind = ({ numerator, denominator }: Indicator): MeasureName[] => [
  ...measuresOf(numerator),
  ...(denominator ? measuresOf(denominator) : []),
]

function countServices(term: ServiceTerm, { basis, agency, axis, series }: Scope, period: Period): number {
  const procedures = basis.proceduresOn(countingDay(basis, period))
  const assigned = term.assigned ? procedures.assigned(agency) : null
  const weights = Object.entries(weightsOf(term)) as [MeasureName, number][]
  let count = 0
  for (const [code, running] of series.procedures) {
    let sum = 0
    for (const [name, weight] of weights) if (running[name]) sum += weight * between(running[name], axis, period)
    if (sum > 0 && serviceCounts(term, procedures.get(code), assigned, period)) count++
  }
  return count
}

/** A weighted sum of what was counted by measure. */
export function weigh(weights: Weights | Partial<Record<string, number>>, counted: (name: string) => number): number {
  let sum = 0
  for (const [name, weight] of Object.entries(weights)) sum += (weight ?? 0) * counted(name)
  return sum
}

/** Whether a service with such dossiers counts. */
export function serviceCounts(
  term: ServiceTerm,
  procedure: ProcedureVersion | undefined,
  assigned: ReadonlyMap<string, ProcedureVersion> | null,
  period: Period,
): boolean {
  if (!procedure || !(term.pilot ? isPilot(procedure, period) : procedure.online)) return false
  if (term.full && !procedure.full) return false
  return assigned === null || assigned.has(procedure.code)
}

function countProcedures(term: ProcedureTerm, { basis, agency }: Scope, period: Period): number {
  let count = 0
  for (const procedure of basis.proceduresOn(countingDay(basis, period)).assigned(agency).values()) {
    if (procedureCounts(term, procedure, period)) count++
  }
  return count
}

export function procedureCounts({ which }: ProcedureTerm, procedure: ProcedureVersion, period: Period): boolean {
  if (which === 'all') return true
  if (which === 'pilot') return isPilot(procedure, period)
  if (which === 'pilot-not-full') return isPilot(procedure, period) && !procedure.full
  return procedure[which]
}

/** Thresholds are compared without rounding and, as whole hundredths, without error: 8/10 is not above 0.80. */
export function agencyCounts({ which }: AgencyTerm, { numerator, denominator }: Standing): boolean {
  if (which === 'all') return true
  if (which === 'without-cases') return denominator === 0
  if (denominator === 0) return false
  if (which === 'with-cases') return true
  if ('above' in which) return numerator * 100 > denominator * Math.round(which.above * 100)
  return numerator * 100 === denominator * Math.round(which.at * 100)
}

export interface Needs {
  dossiers: boolean
  procedures: boolean
  inputs: readonly ('publication' | 'petition')[]
}
/** Which records a figure needs: without one of them there is no data yet. */
export function needsOf(indicator: Indicator): Needs {
  const terms = indicator.denominator ? [indicator.numerator, indicator.denominator] : [indicator.numerator]
  const records = new Set(
    terms.flatMap((term) => {
      if (term.of === 'procedures') return []
      const measures = measuresOf(term)
      return measures.length === 0 ? ['dossier' as const] : measures.map(recordOf)
    }),
  )
  return {
    dossiers: records.has('dossier'),
    inputs: (['publication', 'petition'] as const).filter((name) => records.has(name)),
    procedures: terms.some((term) => term.of !== 'hours' && (term.of !== 'dossiers' || term.procedures !== undefined)),
  }
}
