/**
 * Figures under the agencies of now: whoever has exactly one successor, and that one in turn, is counted there, recomputed from the cells;
 * who was divided, or ended without a successor, stays where it got to and is marked undetermined. Nothing is apportioned.
 */
import type { Reader } from '../warehouse/open.ts'
import { type AgencyVersion, type Basis, countingDay, inBeing, membersOf, type ProcedureVersion } from './basis.ts'
import { findIndicator, getIndicator } from './catalogue/index.ts'
import type { AgencyKind } from './catalogue/indicator.ts'
import { type Ranked, standingKey } from './compute.ts'
import { computeFigure, type Standing } from './figures.ts'
import { type Period, parsePeriod } from './periods.ts'
import { placeOn } from './places.ts'
import type { IndicatorRow } from './read.ts'
import {
  type Axis,
  agencyCells,
  buildSeries,
  cellTimes,
  emptySeries,
  firstCellMonth,
  makeAxis,
  type Series,
} from './series.ts'
import { type SourceOfFigure, stateValue } from './sources-of.ts'

/** `rankedRows`: the figures that agencies are ranked by, of every agency for these periods, under the agencies of then. */
export async function underPresentAgencies(
  db: Reader,
  basis: Basis,
  rows: readonly IndicatorRow[],
  rankedRows: (periods: readonly string[]) => Promise<readonly IndicatorRow[]>,
): Promise<IndicatorRow[]> {
  const kept: IndicatorRow[] = []
  const rankings: IndicatorRow[] = []
  const moved = new Map<string, { place: AgencyVersion; rows: IndicatorRow[] }>()
  for (const row of rows) {
    const agency = basis.agencies.get(row.agency.key)
    if (!agency) {
      kept.push({ ...row, geography: 'undetermined' })
      continue
    }
    const place = placeOn(basis.agencies, agency, basis.tickDay)
    const period = parsePeriod(row.period)
    const term = findIndicator(row.indicator)?.numerator
    if (agency.kind === 'province') {
      // The province has one figure per period; only its name moves, and whom it ranks.
      const same = place === agency
      const named: IndicatorRow = same ? row : { ...row, agency: described(place), geography: 'merged' }
      if (term?.of === 'agencies' && !ranksAsNow(basis, term.kind, period)) rankings.push(named)
      else kept.push(named)
    } else if (place === agency && membersOf(basis, agency, period).length === membersNow(basis, place).length) {
      kept.push(inBeing(place, basis.tickDay) ? row : { ...row, geography: 'undetermined' })
    } else {
      const key = `${row.indicator}|${place.key}|${row.period}`
      const group = moved.get(key) ?? { place, rows: [] }
      group.rows.push(row)
      moved.set(key, group)
    }
  }
  if (moved.size > 0) {
    const axis = makeAxis((await firstCellMonth(db)) ?? basis.tickMonth, basis.tickMonth)
    const series = await seriesNow(db, basis, axis, new Set([...moved.values()].map(({ place }) => place.key)))
    for (const group of moved.values()) kept.push(merge(basis, axis, series, group.place, group.rows))
  }
  if (rankings.length === 0) return kept
  const ranked = await rankedRows([...new Set(rankings.map(({ period }) => period))])
  const standings = makeStandingsNow(basis, await underPresentAgencies(db, basis, ranked, async () => []))
  return [...kept, ...rankings.map((row) => rankAgain(basis, row, standings))]
}

/** All versions counted under it now, itself included. */
const membersNow = (basis: Basis, place: AgencyVersion) => basis.membersOn(basis.tickDay).get(place.key) ?? []

async function seriesNow(
  db: Reader,
  basis: Basis,
  axis: Axis,
  places: ReadonlySet<string>,
): Promise<Map<string, Series>> {
  const placeOf = new Map<string, string>()
  for (const [place, members] of basis.membersOn(basis.tickDay)) {
    if (places.has(place)) for (const agency of members) placeOf.set(agency.key, place)
  }
  const cells = await agencyCells(db, [...placeOf.keys()])
  const times = (await cellTimes(db, [...placeOf.keys()])).filter(({ agency }) => placeOf.has(agency))
  return buildSeries(cells, axis, (cell) => placeOf.get(cell.agency) ?? cell.agency, times)
}

function merge(
  basis: Basis,
  axis: Axis,
  merged: ReadonlyMap<string, Series>,
  place: AgencyVersion,
  rows: readonly IndicatorRow[],
): IndicatorRow {
  const [first] = rows
  if (!first) throw new Error('merge needs at least one figure')
  const scope = {
    basis: withMembers(basis, membersNow(basis, place)),
    agency: place,
    axis,
    series: merged.get(place.key) ?? emptySeries(axis),
    standings: () => [],
  }
  const period = parsePeriod(first.period)
  // A daily figure is the stock of that day as it was told then: it adds up, and every member that counted anything has one.
  const parts = period.kind === 'day' ? sumOf(rows) : computeFigure(getIndicator(first.indicator), scope, period)
  const state = stateValue(parts, {
    fed: rows.some((row) => row.valueState !== 'no-data-yet'),
    whole: rows.every((row) => row.sources.every(({ asOf }) => asOf !== null)),
    held: rows.some((row) => row.valueState === 'held'),
  })
  const newest = rows.reduce((a, b) => ((b.revision ?? 0) > (a.revision ?? 0) ? b : a))
  const sources = new Map(
    rows.flatMap((row) => row.sources).map((source): [string, SourceOfFigure] => [source.source, source]),
  )
  const geography = inBeing(place, basis.tickDay) ? 'merged' : 'undetermined'
  return { ...newest, ...state, agency: described(place), sources: [...sources.values()], geography }
}

function sumOf(rows: readonly IndicatorRow[]) {
  const sum = rows.reduce((total, row) => total + (row.numerator ?? 0), 0)
  return { value: sum, numerator: sum, denominator: null }
}

/** What is assigned to a merged agency is what was assigned to any of its members. */
function withMembers(basis: Basis, members: readonly AgencyVersion[]): Basis {
  return {
    ...basis,
    proceduresOn(day) {
      const procedures = basis.proceduresOn(day)
      const all = members.flatMap((agency): [string, ProcedureVersion][] => [...procedures.assigned(agency)])
      return { ...procedures, assigned: () => new Map(all) }
    },
  }
}

/** Whom a ranking ranked then, each where it is now. An agency founded since, from nobody, was not there to be ranked. */
function rankedNow(basis: Basis, kind: AgencyKind, period: Period): AgencyVersion[] {
  const day = countingDay(basis, period)
  const then = [...basis.agencies.values()].filter((agency) => agency.kind === kind && inBeing(agency, day))
  return [...new Set(then.map((agency) => placeOn(basis.agencies, agency, basis.tickDay)))]
}

const ranksAsNow = (basis: Basis, kind: AgencyKind, period: Period) =>
  rankedNow(basis, kind, period).every(
    (place) =>
      inBeing(place, countingDay(basis, period)) &&
      inBeing(place, basis.tickDay) &&
      membersOf(basis, place, period).length === membersNow(basis, place).length,
  )

type Standings = (kind: AgencyKind, period: Period) => readonly Standing[]

function makeStandingsNow(basis: Basis, rows: readonly IndicatorRow[]): Standings {
  const parts: Ranked = new Map(
    rows.map((row) => [standingKey(row.agency.key, row.period), [row.numerator ?? 0, row.denominator ?? 0]]),
  )
  return (kind, period) =>
    rankedNow(basis, kind, period).map((agency) => {
      const [numerator, denominator] = parts.get(standingKey(agency.key, period.text)) ?? [0, 0]
      return { agency, numerator, denominator }
    })
}

/** A ranking of agencies of which one has no one place now is undetermined as a whole. */
function rankAgain(basis: Basis, row: IndicatorRow, standings: Standings): IndicatorRow {
  const indicator = getIndicator(row.indicator)
  const period = parsePeriod(row.period)
  const agency = basis.agencies.get(row.agency.key)
  if (!agency || indicator.numerator.of !== 'agencies') throw new Error(`${row.indicator} ranks nobody`)
  const axis = makeAxis(basis.tickMonth, basis.tickMonth)
  const parts = computeFigure(indicator, { basis, agency, axis, series: emptySeries(axis), standings }, period)
  const state = stateValue(parts, {
    fed: row.valueState !== 'no-data-yet',
    whole: row.valueState !== 'insufficient',
    held: row.valueState === 'held',
  })
  const decided = standings(indicator.numerator.kind, period).every((one) => inBeing(one.agency, basis.tickDay))
  return { ...row, ...state, geography: decided ? 'merged' : 'undetermined' }
}

const described = ({ key, code, validFrom, name, kind }: AgencyVersion) => ({ key, code, validFrom, name, kind })
