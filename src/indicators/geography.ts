/**
 * Figures under the agencies of now: whoever has exactly one successor, and that one in turn, is counted there, recomputed from the cells;
 * who was divided, or ended without a successor, stays where it got to and is marked undetermined. Nothing is apportioned.
 */
import type { Ask } from './ask.ts'
import { type AgencyVersion, type Basis, carries, countingDay, inBeing, isWhole, membersOf } from './basis.ts'
import { findIndicator, getIndicator } from './catalogue/index.ts'
import type { AgencyKind } from './catalogue/indicator.ts'
import type { Figure } from './compute.ts'
import { type Period, parsePeriod } from './periods.ts'
import { placeOn } from './places.ts'
import type { IndicatorRow } from './read.ts'
import type { SourceOfFigure } from './sources-of.ts'

/**
 * The same records as if the agencies of the tick's day had always been: each with those it succeeded, since the first of them began.
 * What can be asked of a basis can be asked of this one. `today`: whose agencies, where the basis itself is of what was known earlier.
 */
export function presentBasis(basis: Basis, today: Basis = basis): Basis {
  const members = today.membersOn(today.tickDay)
  const agencies = new Map<string, AgencyVersion>()
  for (const [key, own] of members) {
    const place = today.agencies.get(key)
    const validFrom = own.reduce((first, one) => (one.validFrom < first ? one.validFrom : first), '9999-12-31')
    if (place) agencies.set(key, { ...place, validFrom })
  }
  const roots = today.rootsOn(today.tickDay)
  return {
    ...basis,
    agencies,
    membersOn: () => members,
    rootsOn: () => roots,
    rootGroups: { groups: null, of: () => [] },
    proceduresOn(day) {
      const procedures = basis.proceduresOn(day)
      return {
        get: procedures.get,
        all: procedures.all,
        // What is assigned to a merged agency is what was assigned to any of its members.
        assigned: ({ key }) => new Map((members.get(key) ?? []).flatMap((agency) => [...procedures.assigned(agency)])),
      }
    },
  }
}

/** Computes figures over the present basis. */
export type AskPresent = (ask: Ask) => Promise<Figure[]>

/** Held figures, under the agencies of then, as those of now. What has not moved stays as it is held. */
export async function underPresentAgencies(
  basis: Basis,
  present: Basis,
  rows: readonly IndicatorRow[],
  ask: AskPresent,
  toRow: (figure: Figure) => IndicatorRow,
): Promise<IndicatorRow[]> {
  const kept: IndicatorRow[] = []
  const moved = new Map<string, { place: AgencyVersion; rows: IndicatorRow[] }>()
  for (const row of rows) {
    const agency = basis.agencies.get(row.agency.key)
    if (!agency) {
      kept.push({ ...row, geography: 'undetermined' })
      continue
    }
    const place = placeOn(basis.agencies, agency, basis.tickDay)
    const period = parsePeriod(row.period)
    if (isAsThen(basis, agency, place, row.indicator, period)) {
      const same = place === agency && inBeing(place, basis.tickDay)
      // The one province has one figure per period; only its name moves.
      if (place !== agency) kept.push({ ...row, agency: described(place), geography: 'merged' })
      else kept.push(same ? row : { ...row, geography: 'undetermined' })
      continue
    }
    const key = keyOf(row.indicator, place.key, row.period)
    const group = moved.get(key) ?? { place, rows: [] }
    group.rows.push(row)
    moved.set(key, group)
  }
  const asked = new Map<string, { place: AgencyVersion; rows: IndicatorRow[] }>()
  for (const [key, group] of moved) {
    // A daily figure is the stock of that day as it was told then: it adds up, and every member that counted anything has one.
    if (group.rows.every(isStockOfDay)) kept.push(sumOf(basis, group.place, group.rows))
    else asked.set(key, group)
  }
  if (asked.size === 0) return kept
  const first = [...asked.values()].map((group) => group.rows[0] as IndicatorRow)
  const figures = await ask({
    indicators: unique(first.map(({ indicator }) => indicator)).map(getIndicator),
    agencies: unique([...asked.values()].map(({ place }) => place.key)).flatMap(
      (key) => present.agencies.get(key) ?? [],
    ),
    periods: unique(first.map(({ period }) => period)).map(parsePeriod),
    only: (indicator, agency, period) => asked.has(keyOf(indicator.id, agency.key, period.text)),
  })
  return [...kept, ...figures.map((figure) => presentRow(basis, present, figure, toRow))]
}

const keyOf = (indicator: string, agency: string, period: string) => `${indicator}|${agency}|${period}`
const unique = <T>(list: readonly T[]): T[] => [...new Set(list)]
const isStockOfDay = ({ period, indicator }: IndicatorRow): boolean =>
  parsePeriod(period).kind === 'day' && !findIndicator(indicator)?.denominator

/** A figure over the present basis, with the name of its agency and what became of those it was counted at. */
export function presentRow(
  basis: Basis,
  present: Basis,
  figure: Figure,
  toRow: (figure: Figure) => IndicatorRow,
): IndicatorRow {
  const agency = basis.agencies.get(figure.agency.key) ?? figure.agency
  const row = toRow({ ...figure, agency })
  const { of } = figure.indicator.numerator
  const decided =
    inBeing(agency, basis.tickDay) &&
    (of !== 'agencies' || isDecided(basis, present, figure.indicator.numerator.kind, figure.period))
  if (!decided) return { ...row, geography: 'undetermined' }
  const same =
    carries(basis, agency, figure.period) !== 'none' &&
    isAsThen(basis, agency, agency, figure.indicator.id, figure.period)
  return same ? row : { ...row, geography: 'merged' }
}

/** Whether the figure of then is that of now, but for a name. */
function isAsThen(
  basis: Basis,
  agency: AgencyVersion,
  place: AgencyVersion,
  indicator: string,
  period: Period,
): boolean {
  const term = findIndicator(indicator)?.numerator
  if (agency.kind !== 'province') return place === agency && hasSameMembers(basis, agency, period)
  if (!isWhole(basis, countingDay(basis, period))) return false
  return term?.of !== 'agencies' || ranksAsNow(basis, term.kind, period)
}

const hasSameMembers = (basis: Basis, agency: AgencyVersion, period: Period) =>
  membersOf(basis, agency, period).length === basis.membersOn(basis.tickDay).get(agency.key)?.length

function sumOf(basis: Basis, place: AgencyVersion, rows: readonly IndicatorRow[]): IndicatorRow {
  const newest = rows.reduce((a, b) => ((b.revision ?? 0) > (a.revision ?? 0) ? b : a))
  // One of which nothing is known yet leaves the sum unknown.
  const unknown = rows.find(({ value }) => value === null)
  const sum = unknown ? null : rows.reduce((total, row) => total + (row.numerator ?? 0), 0)
  const sources = new Map(
    rows.flatMap((row) => row.sources).map((source): [string, SourceOfFigure] => [source.source, source]),
  )
  const held = rows.some((row) => row.valueState === 'held') ? 'held' : newest.valueState
  return {
    ...newest,
    value: sum,
    numerator: sum,
    valueState: unknown?.valueState ?? held,
    agency: described(place),
    sources: [...sources.values()],
    geography: inBeing(place, basis.tickDay) ? 'merged' : 'undetermined',
  }
}

/** Whom a ranking ranked then, each where it is now. An agency founded since, from nobody, was not there to be ranked. */
function rankedNow(basis: Basis, kind: AgencyKind, period: Period): AgencyVersion[] {
  const day = countingDay(basis, period)
  const then = [...basis.agencies.values()].filter((agency) => agency.kind === kind && inBeing(agency, day))
  return unique(then.map((agency) => placeOn(basis.agencies, agency, basis.tickDay)))
}

const ranksAsNow = (basis: Basis, kind: AgencyKind, period: Period) =>
  rankedNow(basis, kind, period).every(
    (place) =>
      inBeing(place, countingDay(basis, period)) &&
      inBeing(place, basis.tickDay) &&
      hasSameMembers(basis, place, period),
  )

/** A ranking of agencies of which one has no one place now is undetermined as a whole. */
const isDecided = (basis: Basis, present: Basis, kind: AgencyKind, period: Period) =>
  [...present.agencies.values()].every(
    (agency) => agency.kind !== kind || !inBeing(agency, countingDay(basis, period)) || inBeing(agency, basis.tickDay),
  )

const described = ({ key, code, validFrom, name, kind }: AgencyVersion) => ({ key, code, validFrom, name, kind })
