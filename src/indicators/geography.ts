/**
 * Figures under the agencies of now: whoever has exactly one successor, and that one in turn, is counted there, recomputed from the cells;
 * who was divided, or ended without a successor, stays where it got to and is marked undetermined. Nothing is apportioned.
 */
import type { Reader } from '../warehouse/open.ts'
import { type AgencyVersion, type Basis, inBeing, membersOf, type ProcedureVersion } from './basis.ts'
import { getIndicator } from './catalogue/index.ts'
import { computeFigure } from './figures.ts'
import { parsePeriod } from './periods.ts'
import { placeOn } from './places.ts'
import type { IndicatorRow } from './read.ts'
import { type Axis, agencyCells, buildSeries, emptySeries, firstCellMonth, makeAxis, type Series } from './series.ts'
import { type SourceOfFigure, stateValue } from './sources-of.ts'

export async function underPresentAgencies(
  db: Reader,
  basis: Basis,
  rows: readonly IndicatorRow[],
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
    if (agency.kind === 'province') {
      // The province has one figure per period; only its name moves.
      kept.push(place === agency ? row : { ...row, agency: described(place), geography: 'merged' })
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
  return kept
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
  return buildSeries(cells, axis, (cell) => placeOf.get(cell.agency) ?? cell.agency)
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
    today: undefined,
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
  const newest = rows.reduce((a, b) => (b.revision > a.revision ? b : a))
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
      return { get: procedures.get, assigned: () => new Map(all) }
    },
  }
}

const described = ({ key, code, validFrom, name, kind }: AgencyVersion) => ({ key, code, validFrom, name, kind })
