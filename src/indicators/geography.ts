/**
 * Figures under the agencies of now: whoever has exactly one successor, and that one in turn, is counted there, recomputed from the cells;
 * who was divided, or ended without a successor, stays where it was and is marked undetermined. Nothing is apportioned.
 */
import type { Reader } from '../warehouse/open.ts'
import { type AgencyVersion, type Basis, inBeing, type ProcedureVersion } from './basis.ts'
import { getIndicator } from './catalogue/index.ts'
import { computeFigure } from './figures.ts'
import { parsePeriod } from './periods.ts'
import type { IndicatorRow } from './read.ts'
import { type Axis, agencyCells, buildSeries, emptySeries, firstCellMonth, makeAxis, type Series } from './series.ts'
import { type SourceOfFigure, stateValue } from './sources-of.ts'

/** The agency in being at the tick's day that alone succeeds this one; null: undetermined. */
export function presentAgency(basis: Basis, agency: AgencyVersion): AgencyVersion | null {
  let found: AgencyVersion | undefined = agency
  for (let steps = 0; found && steps < 10; steps++) {
    if (inBeing(found, basis.tickDay)) return found
    const [only, other]: readonly (string | undefined)[] = found.successors
    if (only === undefined || other !== undefined) return null
    found = basis.agencies.get(only)
  }
  return null
}

export async function underPresentAgencies(
  db: Reader,
  basis: Basis,
  rows: readonly IndicatorRow[],
): Promise<IndicatorRow[]> {
  const kept: IndicatorRow[] = []
  const moved = new Map<string, IndicatorRow[]>()
  const members = membersOf(basis)
  for (const row of rows) {
    const agency = basis.agencies.get(row.agency.key)
    const present = agency ? presentAgency(basis, agency) : null
    if (!agency || !present) kept.push({ ...row, geography: 'undetermined' })
    else if ((members.get(present.key)?.length ?? 0) < 2) kept.push(row)
    // The province has one figure per period; only its name moves.
    else if (agency.kind === 'province') kept.push({ ...row, agency: described(present), geography: 'merged' })
    else {
      const key = `${row.indicator}|${present.key}|${row.period}`
      moved.set(key, [...(moved.get(key) ?? []), row])
    }
  }
  if (moved.size === 0) return kept
  const axis = makeAxis((await firstCellMonth(db)) ?? basis.tickMonth, basis.tickMonth)
  const merged = await mergedSeries(db, axis, members)
  for (const [key, parts] of moved) {
    const present = basis.agencies.get(key.split('|')[1] ?? '')
    if (present) kept.push(merge(basis, axis, merged, present, members.get(present.key) ?? [], parts))
  }
  return kept
}

/** Present agency → all versions counted under it, itself included. */
function membersOf(basis: Basis): Map<string, AgencyVersion[]> {
  const found = new Map<string, AgencyVersion[]>()
  for (const agency of basis.agencies.values()) {
    const present = presentAgency(basis, agency)
    if (present) found.set(present.key, [...(found.get(present.key) ?? []), agency])
  }
  return found
}

async function mergedSeries(
  db: Reader,
  axis: Axis,
  members: ReadonlyMap<string, AgencyVersion[]>,
): Promise<Map<string, Series>> {
  const presentOf = new Map<string, string>()
  for (const [present, list] of members) {
    if (list.length > 1) for (const agency of list) presentOf.set(agency.key, present)
  }
  const cells = await agencyCells(db, [...presentOf.keys()])
  return buildSeries(cells, axis, (cell) => presentOf.get(cell.agency) ?? cell.agency)
}

function merge(
  basis: Basis,
  axis: Axis,
  merged: ReadonlyMap<string, Series>,
  present: AgencyVersion,
  members: readonly AgencyVersion[],
  rows: readonly IndicatorRow[],
): IndicatorRow {
  const [first] = rows
  if (!first) throw new Error('merge needs at least one figure')
  const scope = {
    basis: withMembers(basis, members),
    agency: present,
    axis,
    series: merged.get(present.key) ?? emptySeries(axis),
    today: undefined,
    standings: () => [],
  }
  const period = parsePeriod(first.period)
  // A daily figure is the stock of that day, which adds up.
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
  return { ...newest, ...state, agency: described(present), sources: [...sources.values()], geography: 'merged' }
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
