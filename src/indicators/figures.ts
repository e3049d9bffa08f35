/** Figures: the terms of the catalogue evaluated on an agency's series for a period. Pure; all periods of an agency share one read of its cells. */
import { recordOf } from '../warehouse/measures.ts'
import type { FeedField, MeasureName } from '../warehouse/tables.ts'
import { type AgencyVersion, type Basis, countingDay, type ProceduresOn, type ProcedureVersion } from './basis.ts'
import { termsBehind } from './catalogue/index.ts'
import {
  type AgencyKind,
  type AgencyTerm,
  type Counting,
  countingsOf,
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
import type { NationalCounts } from './qd766/national.ts'
import { pointsOf } from './qd766/points.ts'
import type { Parts as CountParts } from './qd766/score.ts'
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
  /** what the national portal counts */
  national: NationalCounts
}
/** value null: nothing to count on (không phát sinh). */
export interface Parts {
  value: number | null
  numerator: number
  denominator: number | null
  /** class of a total, as the IOC knows it */
  standing?: string | null
}

/** null: it counts something that nobody holds. */
export function computeFigure(indicator: Indicator, scope: Scope, period: Period): Parts | null {
  if (indicator.kind === 'score') {
    const { basis, agency } = scope
    return pointsOf(indicator, basis.rulesOn(period.firstDay), agency.kind, makeCounted(scope, period))
  }
  if (indicator.numerator.of === 'hours') return percentileOf(indicator.numerator, scope, period)
  const numerator = evaluate(indicator.numerator, scope, period)
  const denominator = indicator.denominator ? evaluate(indicator.denominator, scope, period) : null
  if (numerator === null || (indicator.denominator && denominator === null)) return null
  return {
    ...partsOf(indicator, numerator, denominator),
    ...(hasCases(indicator, scope, period) ? {} : { value: null }),
  }
}

/** What components count; a group and the total ask for them again. */
const counted = new WeakMap<Scope, Map<string, CountParts | null>>()

/** `scope` is one period's. */
function makeCounted(scope: Scope, period: Period): (component: Indicator) => CountParts | null {
  const known = counted.get(scope) ?? new Map<string, CountParts | null>()
  counted.set(scope, known)
  return (component) => {
    let parts = known.get(component.id)
    if (parts === undefined) {
      const numerator = evaluate(component.numerator, scope, period)
      const denominator = component.denominator && evaluate(component.denominator, scope, period)
      parts = numerator === null || denominator === null ? null : { numerator, denominator }
      known.set(component.id, parts)
    }
    return parts
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

/** null: nobody holds what it counts. */
function evaluate(term: Term, scope: Scope, period: Period): number | null {
  if (isUnsaid(term, scope.basis.proceduresOn(countingDay(scope.basis, period)))) return null
  switch (term.of) {
    case 'dossiers':
      return countDossiers(term, scope, period)
    case 'services':
      return countServices(term, scope, period)
    case 'procedures':
      return countProcedures(term, scope, period)
    case 'agencies':
      return scope.standings(term.kind, period).filter((standing) => agencyCounts(term, standing)).length
    case 'official':
      return scope.national(term.component, scope.agency.key, period.text)?.[term.part] ?? null
    case 'hours':
    case 'points':
      return null
  }
}

/** Whether it counts procedures with a fee, or that end in a paper result, and no catalogue says of any which those are. */
export function isUnsaid(term: Term, procedures: ProceduresOn): boolean {
  const kinds: readonly (string | undefined)[] =
    term.of === 'dossiers'
      ? countingsOf(term).map((one) => one.procedures)
      : [term.of === 'services' ? term.procedures : term.of === 'procedures' ? term.which : undefined]
  return SAID.some(([kind, column]) => {
    if (!kinds.includes(kind)) return false
    for (const procedure of procedures.all().values()) if (procedure[column] !== null) return false
    return true
  })
}
const SAID = [
  ['fee', 'fee'],
  ['requires-result', 'requiresResult'],
] as const

function countDossiers(term: DossierTerm, scope: Scope, period: Period): number {
  let sum = 0
  for (const one of countingsOf(term)) sum += countThem(one, scope, period)
  return sum
}

function countThem(term: Counting, scope: Scope, period: Period): number {
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
      return procedure.fee === true
    case 'requires-result':
      return procedure.requiresResult === true
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

/** Points are given to agencies in being, not to what one has left open. */
export const isOfDossiers = ({ numerator, kind }: Indicator): boolean =>
  kind !== 'score' && (numerator.of === 'dossiers' || numerator.of === 'hours')

/** The measures that a figure reads, those of the figures that it sums included. */
export const measuresBehind = (indicator: Indicator): readonly MeasureName[] => behindOf(indicator).measures

interface Behind {
  measures: readonly MeasureName[]
  needs: Needs
}
const behind = new WeakMap<Indicator, Behind>()
/** Asked for every figure. */
function behindOf(indicator: Indicator): Behind {
  const known = behind.get(indicator)
  if (known) return known
  const terms = termsBehind(indicator)
  const measures = [...new Set(terms.flatMap(measuresOf))]
  const made = { measures, needs: makeNeeds(terms, measures) }
  behind.set(indicator, made)
  return made
}

function countServices(term: ServiceTerm, { basis, agency, axis, series }: Scope, period: Period): number {
  const procedures = basis.proceduresOn(countingDay(basis, period))
  const assigned = term.assigned ? procedures.assigned(agency) : null
  const [having, never] = [Object.entries(weightsOf(term)), Object.entries(term.never ?? {})]
  let count = 0
  for (const [code, running] of series.procedures) {
    const sumOf = (weights: readonly [string, number][]) => {
      let sum = 0
      for (const [name, weight] of weights) if (running[name]) sum += weight * between(running[name], axis, period)
      return sum
    }
    if (sumOf(having) > 0 && sumOf(never) === 0 && serviceCounts(term, procedures.get(code), assigned, period)) count++
  }
  return count
}

/** Whether what was counted of a procedure by measure is what the term asks for. */
export const hasCounted = (term: ServiceTerm, counted: (name: string) => number): boolean =>
  weigh(weightsOf(term), counted) > 0 && (term.never === undefined || weigh(term.never, counted) === 0)

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
  if (!procedure) return false
  if (term.procedures === 'fee' && procedure.fee !== true) return false
  if (!term.procedures && !(term.pilot ? isPilot(procedure, period) : procedure.online)) return false
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
  return procedure[which] === true
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
  /** ratings of dossiers */
  feedback: boolean
  /** what sources may not write down of a dossier: where none does, there is nothing to count by */
  fields: readonly FeedField[]
  inputs: readonly ('publication' | 'petition' | 'official-score')[]
}
/** Told from the ratings of a dossier and from the petitions about it. */
const OPINIONS: readonly MeasureName[] = ['disliked', 'ended_disliked']

const FIELDS_BEHIND: Partial<Record<MeasureName, readonly FeedField[]>> = {
  payable: ['fee'],
  paid_online: ['paid_online'],
  digitised: ['digitised'],
  reused: ['reused'],
  vneid: ['vneid'],
  returned_electronically: ['electronic_result'],
  with_result: ['electronic_result'],
  online_with_result: ['electronic_result'],
  digitised_with_result: ['digitised', 'electronic_result'],
}

/** Which records a figure needs: without one of them there is no data yet. */
export const needsOf = (indicator: Indicator): Needs => behindOf(indicator).needs

function makeNeeds(terms: readonly Term[], measures: readonly MeasureName[]): Needs {
  const feedback = OPINIONS.some((name) => measures.includes(name))
  const records = new Set<string>([...measures.map(recordOf), ...(feedback ? ['petition'] : [])])
  // told from no measure, and yet from dossiers
  if (terms.some(({ of }) => of === 'hours' || of === 'agencies')) records.add('dossier')
  if (terms.some(({ of }) => of === 'official')) records.add('official-score')
  return {
    dossiers: records.has('dossier'),
    feedback,
    // Where an unknown fee counts as well as a known one, nothing is missing.
    fields: [
      ...new Set(
        measures.flatMap((name) =>
          name === 'payable' && measures.includes('fee_unknown') ? [] : (FIELDS_BEHIND[name] ?? []),
        ),
      ),
    ],
    inputs: (['publication', 'petition', 'official-score'] as const).filter((name) => records.has(name)),
    procedures: terms.some(
      (term) =>
        ['services', 'procedures', 'agencies'].includes(term.of) ||
        (term.of === 'dossiers' && countingsOf(term).some(({ procedures }) => procedures !== undefined)),
    ),
  }
}
