/**
 * Figures that are computed when asked for: periods that are not kept, cells of one procedure, field or channel, and whatever was known at
 * some time. The same terms on the same kind of cells as those that are kept; only where the cells come from differs.
 */
import { type AgencyVersion, type Basis, carries, countingDay, isWhole, membersOf } from './basis.ts'
import { getIndicator, termsBehind } from './catalogue/index.ts'
import { type Indicator, isOfNow, measuresByProcedure, type Term } from './catalogue/indicator.ts'
import type { CellReader, CellSource } from './cell-source.ts'
import {
  type CellSet,
  type Figure,
  hasAnything,
  isLive,
  makeScopes,
  makeStandings,
  type Ranked,
  standingKey,
} from './compute.ts'
import { computeFigure, isOfDossiers, RANKED_BY } from './figures.ts'
import { isOfMonths, lastDayOf, type Period } from './periods.ts'
import { buildSeries, makeAxis, type Series } from './series.ts'
import { type RestsOf, stateValue } from './sources-of.ts'

export interface Ask {
  indicators: readonly Indicator[]
  agencies: readonly AgencyVersion[]
  periods: readonly Period[]
  /** of all these only some */
  only?: (indicator: Indicator, agency: AgencyVersion, period: Period) => boolean
}

/** Every figure that the agencies have of the indicators in the periods. */
export async function askFigures(basis: Basis, source: CellSource, rests: RestsOf, ask: Ask): Promise<Figure[]> {
  const ranks = ask.indicators.some((one) => termsOf(one).some((term) => term.of === 'agencies'))
  const agencies = ranks ? [...basis.agencies.values()] : ask.agencies
  const province = agencies.some(({ kind }) => kind === 'province')
  const leaves = agencies.filter(({ kind }) => kind !== 'province')
  // Provinces side by side are summed from their agencies.
  const apart = ask.periods.some((period) => !isWhole(basis, countingDay(basis, period)))
  const keys = everyone(basis, province && apart ? agencies : leaves, ask.periods)
  const reader = source(keys, province)
  const ofMonths = ask.periods.filter(isOfMonths)
  const found: Figure[] = []
  if (ofMonths.length > 0) {
    const national = await reader.national({
      components: officialIn(ask.indicators),
      agencies: ask.agencies.map(({ key }) => key),
      periods: ofMonths.map(({ text }) => text),
    })
    const cells = { ...(await monthCells(basis, reader)), national }
    for (const period of ofMonths) found.push(...figuresOf(basis, cells, rests, ask, agencies, period))
  }
  for (const period of ask.periods.filter((one) => !isOfMonths(one))) {
    const cells = await windowCells(basis, reader, period, needsRecords(ask.indicators))
    found.push(...figuresOf(basis, cells, rests, ask, agencies, period))
  }
  return found
}

/** Everyone that the agencies count in one of the periods. */
const everyone = (basis: Basis, agencies: readonly AgencyVersion[], periods: readonly Period[]): string[] => [
  ...new Set(
    periods.flatMap((period) => agencies.flatMap((one) => membersOf(basis, one, period)).map(({ key }) => key)),
  ),
]

export const termsOf = ({ numerator, denominator }: Indicator): Term[] =>
  denominator ? [numerator, denominator] : [numerator]

/** What the cells of a day do not tell: procedures, and processing times. */
const needsRecords = (indicators: readonly Indicator[]): boolean =>
  indicators
    .flatMap(termsBehind)
    .some((term) => term.of === 'agencies' || term.of === 'hours' || measuresByProcedure(term).length > 0)

/** Components whose counts are the national portal's. */
const officialIn = (indicators: readonly Indicator[]): string[] => [
  ...new Set(indicators.flatMap(termsBehind).flatMap((term) => (term.of === 'official' ? [term.component] : []))),
]

async function monthCells(basis: Basis, reader: CellReader): Promise<CellSet> {
  const { cells, times } = await reader.months()
  const first = cells.reduce((least, { month }) => (month < least ? month : least), basis.tickMonth)
  const axis = makeAxis(first, basis.tickMonth)
  return { axis, series: buildSeries(cells, axis, ({ agency }) => agency, times), window: new Map() }
}

async function windowCells(basis: Basis, reader: CellReader, period: Period, records: boolean): Promise<CellSet> {
  const window = await reader.window(period.firstDay, lastDayCounted(basis, period), records)
  return { axis: makeAxis(basis.tickMonth, basis.tickMonth), series: new Map<string, Series>(), window }
}

/** What lies beyond the tick's month does not count yet, as on the axis of months. */
export function lastDayCounted(basis: Basis, { lastDay }: Period): string {
  const last = lastDayOf(basis.tickMonth)
  return lastDay < last ? lastDay : last
}

export function figuresOf(
  basis: Basis,
  cells: CellSet,
  rests: RestsOf,
  ask: Pick<Ask, 'indicators' | 'agencies' | 'only'>,
  agencies: readonly AgencyVersion[],
  period: Period,
): Figure[] {
  const ranked: Ranked = new Map()
  const makeScope = makeScopes(basis, cells, makeStandings(basis, ranked))
  const scopes = new Map<AgencyVersion, ReturnType<typeof makeScope>>()
  const scopeOf = (agency: AgencyVersion) => {
    const found = scopes.get(agency) ?? makeScope(agency, period)
    scopes.set(agency, found)
    return found
  }
  const figureOf = (indicator: Indicator, agency: AgencyVersion): Figure | null => {
    const carried = carries(basis, agency, period)
    if (carried === 'none' || !indicator.at.includes(agency.kind) || !indicator.periods.includes(period.kind))
      return null
    if (isOfNow(indicator) && period.text !== basis.tickDay) return null
    const { scope, members } = scopeOf(agency)
    if (carried === 'remainder' && !(isOfDossiers(indicator) && hasAnything(scope, period))) return null
    const on = rests(indicator, agency, members)
    const parts = computeFigure(indicator, scope, period)
    const stated = stateValue(indicator, parts, isLive(basis, indicator) ? on : { ...on, whole: false })
    return { indicator, agency, period, members, rests: on, ...stated }
  }
  if (agencies !== ask.agencies) {
    const by = getIndicator(RANKED_BY)
    for (const agency of agencies) {
      const figure = agency.kind === 'province' ? null : figureOf(by, agency)
      if (figure) ranked.set(standingKey(agency.key, period.text), [figure.numerator ?? 0, figure.denominator ?? 0])
    }
  }
  const { only = () => true } = ask
  return ask.agencies.flatMap((agency) =>
    ask.indicators.flatMap((indicator) => (only(indicator, agency, period) && figureOf(indicator, agency)) || []),
  )
}
