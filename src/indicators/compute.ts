/** Every figure of some agencies for every period from a month on; refresh compares them with what is held, rebuild with what was held. */
import { type AgencyVersion, type Basis, carries, countingDay, inBeing, isWhole, membersOf } from './basis.ts'
import { getIndicator, INDICATORS } from './catalogue/index.ts'
import { type AgencyKind, type Indicator, isKept } from './catalogue/indicator.ts'
import {
  computeFigure,
  hasEntries,
  isOfDossiers,
  measuresBehind,
  RANKED_BY,
  type Scope,
  type Standing,
} from './figures.ts'
import { isOfMonths, type Period, parsePeriod, periodsTouchedBy } from './periods.ts'
import { type NationalCounts, NO_COUNTS } from './qd766/national.ts'
import { type Axis, EVERYTHING, emptySeries, type Series, sumSeries, WINDOW } from './series.ts'
import { type Rests, type RestsOf, type Stated, stateValue } from './sources-of.ts'

/** Older months keep counting in stocks, but have no figures of their own: one dossier dated 1999 must not publish 25 years. */
const PUBLISHED_YEARS = 5

export interface CellSet {
  axis: Axis
  /** by key of the resolving agency, the province's under EVERYTHING, or by group of `rootGroups` where there are several provinces */
  series: ReadonlyMap<string, Series>
  /** the series hold groups: else those of every agency are there where there are several provinces */
  grouped?: true
  /** likewise, of a window of days: what periods that are not made of months are told from; refresh looks at the tick's day */
  window: ReadonlyMap<string, Series>
  /** what `window` runs along; WINDOW where nothing is said */
  windowAxis?: Axis
  /** what the national portal counts; nothing where it is not asked for */
  national?: NationalCounts
}
export interface Wanted {
  agency: AgencyVersion
  /** first month, YYYY-MM */
  from: string
}
export interface Figure extends Stated {
  indicator: Indicator
  agency: AgencyVersion
  period: Period
  rests: Rests
  /** who is counted under it in the period, itself included */
  members: readonly AgencyVersion[]
}
/** RANKED_BY of the agencies that are not computed now: numerator and denominator by `standingKey`. */
export type Ranked = Map<string, readonly [numerator: number, denominator: number]>
export const standingKey = (agency: string, period: string) => `${agency}|${period}`

/** Figures of `wanted`, leaf agencies before the province: it ranks them. `ranked` is added to. */
export function* computeFigures(
  basis: Basis,
  cells: CellSet,
  wanted: readonly Wanted[],
  ranked: Ranked,
  rests: RestsOf,
): Generator<Figure> {
  const periodsFrom = makePeriods(basis, cells.axis)
  const scopeOf = makeScopes(basis, cells, makeStandings(basis, ranked))
  const provinceLast = [...wanted].sort((a, b) => rank(a) - rank(b))
  for (const { agency, from } of provinceLast) {
    const indicators = INDICATORS.filter((indicator) => indicator.at.includes(agency.kind))
    for (const period of periodsFrom(from)) {
      const carried = carries(basis, agency, period)
      if (carried === 'none') continue
      const { scope, members } = scopeOf(agency, period)
      if (carried === 'remainder' && !hasRemainder(scope, period)) continue
      for (const indicator of indicators) {
        if (!isKept(indicator, agency.kind, period.kind) || (carried === 'remainder' && !isOfDossiers(indicator)))
          continue
        const on = rests(indicator, agency, members)
        const parts = computeFigure(indicator, scope, period)
        const stated = stateValue(indicator, parts, isLive(basis, indicator) ? on : { ...on, whole: false })
        // As it is said, like those that are held: else who is looked at just now would decide a ranking.
        if (indicator.id === RANKED_BY)
          ranked.set(standingKey(agency.key, period.text), [stated.numerator ?? 0, stated.denominator ?? 0])
        yield { indicator, agency, period, members, rests: on, ...stated }
      }
    }
  }
}

/** Whether all that it counts is held; a measure that was added since is built first. */
export const isLive = ({ live }: Basis, indicator: Indicator): boolean =>
  measuresBehind(indicator).every((name) => live.has(name))

/** Whether the agency has a figure for a period: what `computeFigures` yields, asked of one that is held. */
export function makeHasFigure(
  basis: Basis,
  cells: CellSet,
): (indicator: Indicator, agency: AgencyVersion, period: Period) => boolean {
  const scopeOf = makeScopes(basis, cells, () => [])
  return (indicator, agency, period) => {
    const carried = carries(basis, agency, period)
    if (carried !== 'remainder') return carried === 'all'
    // A day before the tick's is as it was then.
    if (period.kind === 'day' && period.text !== basis.tickDay) return true
    return isOfDossiers(indicator) && hasRemainder(scopeOf(agency, period).scope, period)
  }
}

const OF_DAYS = INDICATORS.filter(({ kept }) => kept.includes('day'))

/** Whether an ended agency has a kept figure: of days only some are kept. */
const hasRemainder = (scope: Scope, period: Period): boolean =>
  period.kind === 'day' ? OF_DAYS.some((indicator) => counts(indicator, scope, period)) : hasAnything(scope, period)

/** Anything that an ended agency still counts in the period: carried into it, or moved in it. */
export const hasAnything = (scope: Scope, period: Period): boolean =>
  counts(getIndicator('carried-over'), scope, period) || hasEntries(scope.series, scope.axis, period)

const counts = (indicator: Indicator, scope: Scope, period: Period): boolean =>
  (computeFigure(indicator, scope, period)?.numerator ?? 0) !== 0

/** An agency's cells are its own and those of the agencies counted under it; which these are changes with the day. */
export function makeScopes(
  basis: Basis,
  { axis, series, window, windowAxis = WINDOW, grouped, national = NO_COUNTS }: CellSet,
  standings: Scope['standings'],
): (agency: AgencyVersion, period: Period) => { scope: Scope; members: readonly AgencyVersion[] } {
  const known = new Map<string, Series>()
  const sumOf = (from: ReadonlyMap<string, Series>, along: Axis, keys: readonly string[]): Series => {
    const found = keys.flatMap((key) => from.get(key) ?? [])
    const [one, other] = found
    return one && !other ? one : one ? sumSeries(found, along) : emptySeries(along)
  }
  return (agency, period) => {
    const members = membersOf(basis, agency, period)
    const day = countingDay(basis, period)
    const keys =
      agency.kind !== 'province'
        ? members.map(({ key }) => key)
        : isWhole(basis, day)
          ? [EVERYTHING]
          : grouped
            ? basis.rootGroups.of(agency.key, day)
            : members.map(({ key }) => key)
    const [from, along] = isOfMonths(period) ? [series, axis] : [window, windowAxis]
    const text = `${isOfMonths(period) ? 'months' : 'window'} ${keys.join(' ')}`
    const found = known.get(text) ?? sumOf(from, along, keys)
    known.set(text, found)
    const own = standingsOf(basis, agency, standings)
    return { scope: { basis, agency, axis: along, series: found, standings: own, national }, members }
  }
}

/** Those of the agencies that roll up to the province. */
export const standingsOf =
  (basis: Basis, { key }: AgencyVersion, standings: Scope['standings']): Scope['standings'] =>
  (kind, period) => {
    const roots = basis.rootsOn(countingDay(basis, period))
    const all = standings(kind, period)
    return roots.single ? all : all.filter(({ agency }) => roots.of(agency) === key)
  }

const rank = ({ agency }: Wanted) => (agency.kind === 'province' ? 1 : 0)

/** The first month that has figures of its own. */
export function publishedFrom(basis: Basis, axis: Axis): string {
  const first = axis.slots[0] ?? basis.tickMonth
  const floor = `${Number(basis.tickMonth.slice(0, 4)) - PUBLISHED_YEARS}-01`
  return first > floor ? first : floor
}

/** Periods from a month on and the tick's day. */
function makePeriods(basis: Basis, axis: Axis): (from: string) => readonly Period[] {
  const earliest = publishedFrom(basis, axis)
  const known = new Map<string, readonly Period[]>()
  return (from) => {
    const first = from > earliest ? from : earliest
    let found = known.get(first)
    if (!found) {
      found = [...periodsTouchedBy(first, basis.tickMonth), parsePeriod(basis.tickDay)]
      known.set(first, found)
    }
    return found
  }
}

export function makeStandings(basis: Basis, ranked: Ranked): (kind: AgencyKind, period: Period) => readonly Standing[] {
  return (kind, period) => {
    const day = countingDay(basis, period)
    const found: Standing[] = []
    for (const agency of basis.agencies.values()) {
      if (agency.kind !== kind || !inBeing(agency, day)) continue
      const [numerator, denominator] = ranked.get(standingKey(agency.key, period.text)) ?? [0, 0]
      found.push({ agency, numerator, denominator })
    }
    return found
  }
}
