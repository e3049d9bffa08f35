/** Rebuild (đối soát): recomputes every measure from the dossiers, publications and petitions, and every held figure from those measures, and compares exactly. Changes nothing. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { sql } from 'kysely'
import {
  addEntries,
  CELL_DAY_KEY,
  CELL_MONTH_KEY,
  type Cell,
  type CellEntry,
  type CellTotals,
  noCells,
} from '../warehouse/cells.ts'
import { listBuilding, liveMeasures } from '../warehouse/measures.ts'
import type { Reader, Warehouse } from '../warehouse/open.ts'
import { sourceStates } from '../warehouse/source-status.ts'
import { MEASURES } from '../warehouse/tables.ts'
import { type Basis, loadBasis } from './basis.ts'
import { NATIONAL } from './catalogue/qd766.ts'
import { type CellSet, computeFigures, type Figure, publishedFrom } from './compute.ts'
import { inputEntries } from './inputs.ts'
import { localDays } from './local-day.ts'
import { newlyPublished, openMarks } from './marks.ts'
import { contributions, MEASURED_COLUMNS } from './measures.ts'
import { parsePeriod } from './periods.ts'
import { countedUnder, lineage } from './places.ts'
import { loadNational } from './qd766/national.ts'
import {
  buildSeries,
  type CellMonth,
  type DayStock,
  EVERYTHING,
  firstCellMonth,
  makeAxis,
  type Series,
  windowOf,
} from './series.ts'
import { loadRests } from './sources-of.ts'
import { currentTick } from './tick.ts'

export interface Difference {
  kind: 'cell_month' | 'cell_day' | 'cell_time' | 'indicator'
  /** `agency|procedure|channel|month`, `agency|day`, `agency|month|hours` or `indicator|agency|period` */
  key: string
  /** measure, or `value`, `numerator`, `denominator`, `version`, `value_state`, `standing`; of a figure that only one side has: `value_state` */
  field: string
  held: number | string | null
  recomputed: number | string | null
}
export interface Rebuilt {
  /** cells compared, both grains */
  cells: number
  /** figures compared */
  figures: number
  differences: Difference[]
  /** measures that are being built: not compared yet */
  building: string[]
}

const BATCH = 10_000

export function rebuild(warehouse: Warehouse, zone: string): Promise<Rebuilt> {
  return warehouse.read((db) => compare(db, zone, null))
}

/** `only`: keys of agencies but the province; what is counted at them and under them is compared. null: everything. */
export async function compare(
  db: Reader,
  zone: string,
  only: readonly string[] | null,
  signal?: AbortSignal,
): Promise<Rebuilt> {
  const tickAt = await currentTick(db)
  const basis = tickAt === null ? null : await loadBasis(db, tickAt, zone)
  const scope = only === null ? null : new Set(basis === null ? only : countedUnder(basis.agencies, only))
  const totals = await recompute(db, zone, tickAt ?? 0, scope, signal)
  const live = await liveMeasures(db)
  const held = await heldCells(db, scope)
  const differences: Difference[] = []
  const cells =
    compareCells('cell_month', live, held.months, totals.months, differences) +
    compareCells('cell_day', live, held.days, totals.days, differences) +
    compareCells('cell_time', live, held.times, totals.times, differences)
  // Without a tick nothing was ever refreshed.
  const figures = basis === null ? 0 : await compareFigures(db, basis, only, totals, differences)
  const building = (await listBuilding(db)).map(({ name }) => name).sort()
  return { cells, figures, differences, building }
}

type Scope = ReadonlySet<string> | null

async function heldCells(db: Reader, scope: Scope): Promise<{ months: Cell[]; days: Cell[]; times: Cell[] }> {
  const wanted = sql<boolean>`${scope === null ? sql`1 = 1` : sql`agency IN (${sql.join([...scope])})`}`
  const months = await db.selectFrom('cell_month').selectAll().where(wanted).execute()
  const days = await db.selectFrom('cell_day').selectAll().where(wanted).execute()
  const times = await db.selectFrom('cell_time').selectAll().where(wanted).execute()
  return {
    months: months.map((row) => toCell(row, CELL_MONTH_KEY)),
    days: days.map((row) => toCell(row, CELL_DAY_KEY)),
    times: times.map(({ agency, month, bucket, n }) => ({ key: [agency, month, String(bucket)], sums: [n] })),
  }
}

/** In the order of ids. An agency's cells also count dossiers that it received or assisted with, and another resolves: those are no longer found by index. */
async function recompute(
  db: Reader,
  zone: string,
  tickAt: number,
  scope: Scope,
  signal?: AbortSignal,
): Promise<CellTotals> {
  const totals = noCells()
  const days = localDays(zone)
  const add = (entries: readonly CellEntry[]) =>
    addEntries(totals, scope === null ? entries : entries.filter(({ agency }) => scope.has(agency)), 1)
  for (let after = 0; ; ) {
    // SQLite answers at once: without a turn of the loop no signal would come through.
    if (signal) await nextTurn()
    signal?.throwIfAborted()
    let query = db
      .selectFrom('dossier')
      .select(['id', ...MEASURED_COLUMNS])
      .where('id', '>', after)
    if (scope !== null)
      query = query.where(({ or, eb }) =>
        or((['resolving', 'receiving', 'assisting'] as const).map((part) => eb(part, 'in', [...scope]))),
      )
    const rows = await query.orderBy('id').limit(BATCH).execute()
    for (const row of rows) add(contributions(row, days, tickAt))
    const last = rows[rows.length - 1]
    if (!last || rows.length < BATCH) break
    after = last.id
  }
  for await (const entries of inputEntries(db, days, tickAt)) add(entries)
  return totals
}

function toCell<Key extends string>(row: Record<Key, string> & DayStock, key: readonly Key[]): Cell {
  return { key: key.map((column) => row[column]), sums: MEASURES.map((name) => row[name]) }
}

/** A missing row is a row of zeros. Returns how many cells were compared. */
function compareCells(
  kind: 'cell_month' | 'cell_day' | 'cell_time',
  live: ReadonlySet<string>,
  held: readonly Cell[],
  recomputed: ReadonlyMap<string, Cell>,
  differences: Difference[],
): number {
  const left = new Map(recomputed)
  const compare = (key: readonly string[], kept: readonly number[], right: readonly number[]) => {
    for (const [i, field] of (kind === 'cell_time' ? ['n'] : MEASURES).entries()) {
      // What is being built is compared once it is there.
      if (kind !== 'cell_time' && !live.has(field)) continue
      const [a, b] = [kept[i] ?? 0, right[i] ?? 0]
      if (a !== b) differences.push({ kind, key: key.join('|'), field, held: a, recomputed: b })
    }
  }
  for (const cell of held) {
    const text = cell.key.join('\n')
    compare(cell.key, cell.sums, left.get(text)?.sums ?? [])
    left.delete(text)
  }
  for (const cell of left.values()) compare(cell.key, [], cell.sums)
  return held.length + left.size
}

/**
 * Figures, held or not, that no mark waits for. Of the held ones those before the months that are published now, and of the daily ones
 * those before the tick's day, are as they were then.
 */
async function compareFigures(
  db: Reader,
  basis: Basis,
  only: readonly string[] | null,
  totals: CellTotals,
  differences: Difference[],
): Promise<number> {
  let query = db
    .selectFrom('indicator_value')
    .select(['indicator', 'agency', 'period', ...COMPARED])
    .where('current', '=', 1)
  if (only !== null) query = query.where('agency', 'in', only)
  const held = await query.execute()
  const rests = await loadRests(db, basis, await sourceStates(db))
  const wanted = [...basis.agencies.values()]
    .filter(({ key }) => only === null || only.includes(key))
    .map((agency) => ({ agency, from: '0000-00' }))
  const heldFrom = await firstCellMonth(db)
  const provinces = wanted.flatMap(({ agency: { kind, key } }) => (kind === 'province' ? [key] : []))
  const national = await loadNational(db, { components: NATIONAL, agencies: provinces })
  const cells = { ...recomputedCells(basis, totals, heldFrom), national }
  const published = publishedFrom(basis, cells.axis)
  const waiting = await makeWaiting(
    db,
    basis,
    publishedFrom(basis, makeAxis(heldFrom ?? basis.tickMonth, basis.tickMonth)),
  )
  const left = new Map<string, Figure>()
  for (const figure of computeFigures(basis, cells, wanted, new Map(), rests)) {
    if (waiting(figure.agency.key, figure.period.lastMonth)) continue
    left.set(`${figure.indicator.id}|${figure.agency.key}|${figure.period.text}`, figure)
  }
  let compared = 0
  for (const row of held) {
    const key = `${row.indicator}|${row.agency}|${row.period}`
    const period = parsePeriod(row.period)
    if (waiting(row.agency, period.lastMonth)) continue
    if (period.lastMonth < published || (period.kind === 'day' && period.text !== basis.tickDay)) continue
    compared++
    const figure = left.get(key)
    left.delete(key)
    const computed = figure && { ...figure, version: figure.indicator.version, value_state: figure.valueState }
    for (const field of computed ? COMPARED : (['value_state'] as const)) {
      const recomputed = computed?.[field] ?? null
      if (row[field] !== recomputed) differences.push({ kind: 'indicator', key, field, held: row[field], recomputed })
    }
  }
  for (const [key, { valueState }] of left)
    differences.push({ kind: 'indicator', key, field: 'value_state', held: null, recomputed: valueState })
  return compared + left.size
}

const COMPARED = ['version', 'value_state', 'value', 'numerator', 'denominator', 'standing'] as const

/** What the next refresh will look at anyway. */
async function makeWaiting(
  db: Reader,
  basis: Basis,
  from: string,
): Promise<(agency: string, lastMonth: string) => boolean> {
  const found = [...(await openMarks(db)), ...(await newlyPublished(db, from))]
  // A mark counts for everyone that the agency is ever counted under.
  const marks = found.flatMap(({ agency, month }) => {
    const marked = basis.agencies.get(agency)
    return marked ? lineage(basis.agencies, marked).map(({ key }) => ({ agency: key, month })) : [{ agency, month }]
  })
  return (agency, lastMonth) => {
    const province = basis.agencies.get(agency)?.kind === 'province'
    return marks.some((mark) => (province || mark.agency === '*' || mark.agency === agency) && mark.month <= lastMonth)
  }
}

/** `heldFrom`: figures of a month stay, as zeros, when its last dossier moves away. */
function recomputedCells(basis: Basis, totals: CellTotals, heldFrom: string | null): CellSet {
  const rows: CellMonth[] = []
  let first = heldFrom ?? basis.tickMonth
  for (const { key, sums } of totals.months.values()) {
    const [agency = '', procedure = '', channel = '', month = ''] = key
    if (month < first) first = month
    rows.push({ agency, procedure, channel, month, ...named(sums) })
  }
  const axis = makeAxis(first, basis.tickMonth)
  const times = [...totals.times.values()].map(({ key: [agency = '', month = '', hours], sums: [n = 0] }) => ({
    agency,
    month,
    bucket: Number(hours),
    n,
  }))
  const series = buildSeries(rows, axis, ({ agency }) => agency, times)
  for (const [key, all] of buildSeries(rows, axis, () => EVERYTHING, times)) series.set(key, all)
  return { axis, series, window: windowOn(totals, basis.tickDay) }
}

/** The window of one day. */
function windowOn(totals: CellTotals, on: string): Map<string, Series> {
  const sums = new Map<string, { before: number[]; end: number[] }>()
  for (const cell of totals.days.values()) {
    const [agency = '', day = ''] = cell.key
    if (day > on) continue
    for (const key of [agency, EVERYTHING]) {
      const known = sums.get(key) ?? { before: MEASURES.map(() => 0), end: MEASURES.map(() => 0) }
      sums.set(key, known)
      for (const [i, n] of cell.sums.entries()) {
        known.end[i] = (known.end[i] ?? 0) + n
        if (day < on) known.before[i] = (known.before[i] ?? 0) + n
      }
    }
  }
  return new Map([...sums].map(([key, { before, end }]) => [key, windowOf(named(before), named(end))]))
}

const named = (sums: readonly number[]) =>
  Object.fromEntries(MEASURES.map((name, i) => [name, sums[i] ?? 0])) as Record<(typeof MEASURES)[number], number>
