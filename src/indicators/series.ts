/** Cells of one agency as running sums: a flow is a difference of two entries, a stock is one entry. */
import { sql } from 'kysely'
import type { Reader } from '../warehouse/open.ts'
import { type CellMonthTable, type CellTimeTable, MEASURES, type MeasureName } from '../warehouse/tables.ts'
import { BY_PROCEDURE } from './catalogue/index.ts'
import { monthsBetween, type Period } from './periods.ts'

export type CellMonth = CellMonthTable
/** What running sums run along: the months that figures look at, or the one window of days that is asked for. */
export interface Axis {
  slots: readonly string[]
  /** how many slots lie before the period, and up to its end; what lies beyond the axis does not count yet */
  from(period: Period): number
  to(period: Period): number
}
/** Running sums per measure: entry i sums what lies before slot i. */
type Running = Record<MeasureName, Float64Array>
export interface Series {
  all: Running
  /** by procedure: the measures that some indicator counts by procedure */
  procedures: Map<string, Record<string, Float64Array>>
  /** whole working hours → how many dossiers took that long */
  hours: Map<number, Float64Array>
}
/** The province's series: the sum over every agency. */
export const EVERYTHING = '*'

/** The first month with cells to the tick's. */
export function makeAxis(firstMonth: string, tickMonth: string): Axis {
  const slots = monthsBetween(firstMonth < tickMonth ? firstMonth : tickMonth, tickMonth)
  const places = new Map(slots.map((month, i) => [month, i]))
  const first = slots[0] ?? ''
  const before = (month: string) => places.get(month) ?? (month < first ? 0 : slots.length)
  return {
    slots,
    from: (period) => before(period.firstMonth),
    // A month before the axis has no entry of its own.
    to: (period) => (period.lastMonth < first ? 0 : Math.min(before(period.lastMonth) + 1, slots.length)),
  }
}
/** One window of days: what lies before it, and up to its end. */
export const WINDOW: Axis = { slots: ['window'], from: () => 0, to: () => 1 }

/** A window whose cells are told from records, in two slots: what lies before it, and in it. */
export const BEFORE = 'before'
export const INSIDE = 'inside'
export const WINDOW_AXIS: Axis = { slots: [BEFORE, INSIDE], from: () => 1, to: () => 2 }

const monthSlot = (axis: Axis): ((month: string) => number) => {
  const places = new Map(axis.slots.map((month, i) => [month, i]))
  const first = axis.slots[0] ?? ''
  return (month) => places.get(month) ?? (month < first ? 0 : axis.slots.length)
}

export async function firstCellMonth(db: Reader): Promise<string | null> {
  const row = await db
    .selectFrom('cell_month')
    .select(({ fn }) => fn.min('month').as('month'))
    .executeTakeFirst()
  return row?.month ?? null
}

/** Above this many agencies one scan is cheaper than a list of keys. */
const KEYS_AT_MOST = 500

export async function agencyCells(db: Reader, agencies: readonly string[]): Promise<CellMonth[]> {
  if (agencies.length === 0) return []
  const query = db.selectFrom('cell_month').selectAll()
  if (agencies.length <= KEYS_AT_MOST) return query.where('agency', 'in', agencies).execute()
  const wanted = new Set(agencies)
  return (await query.execute()).filter((cell) => wanted.has(cell.agency))
}

/** All cells, summed over agencies (null: everybody) in the database. */
export async function provinceCells(db: Reader, agencies: readonly string[] | null = null): Promise<CellMonth[]> {
  if (agencies?.length === 0) return []
  let cells = db.selectFrom('cell_month')
  if (agencies) cells = cells.where('agency', 'in', agencies)
  return cells
    .select(['procedure', 'channel', 'month', sql.lit(EVERYTHING).$castTo<string>().as('agency')])
    .select(({ fn }) => MEASURES.map((name) => fn.sum<number>(name).as(name)))
    .groupBy(['procedure', 'channel', 'month'])
    .execute() as Promise<CellMonth[]>
}

/** Processing times of these agencies, and of everybody under EVERYTHING. */
export async function cellTimes(db: Reader, agencies: readonly string[]): Promise<CellTimeTable[]> {
  const query = db.selectFrom('cell_time').selectAll()
  const own =
    agencies.length === 0
      ? []
      : agencies.length <= KEYS_AT_MOST
        ? await query.where('agency', 'in', agencies).execute()
        : await query.execute()
  const all = await db
    .selectFrom('cell_time')
    .select(['month', 'bucket', sql.lit(EVERYTHING).$castTo<string>().as('agency')])
    .select(({ fn }) => fn.sum<number>('n').as('n'))
    .groupBy(['month', 'bucket'])
    .execute()
  return [...own, ...all]
}

/** Groups cells by `keyOf` and sums them up along the axis; `byProcedure`: the measures that are kept apart by procedure, too. */
export function buildSeries(
  cells: Iterable<CellMonth>,
  axis: Axis,
  keyOf: (cell: Pick<CellMonth, 'agency'>) => string = (cell) => cell.agency,
  times: Iterable<CellTimeTable> = [],
  byProcedure: readonly MeasureName[] = BY_PROCEDURE,
): Map<string, Series> {
  const found = new Map<string, Series>()
  const slotOf = monthSlot(axis)
  const seriesOf = (key: string): Series => {
    let series = found.get(key)
    if (!series) {
      series = emptySeries(axis)
      found.set(key, series)
    }
    return series
  }
  for (const cell of cells) {
    const at = slotOf(cell.month) + 1
    if (at > axis.slots.length) continue
    const series = seriesOf(keyOf(cell))
    for (const name of MEASURES) if (cell[name] !== 0) add(series.all[name], at, cell[name])
    for (const name of byProcedure)
      if (cell[name] !== 0) add(runningOf(series, axis, cell.procedure, name), at, cell[name])
  }
  for (const time of times) {
    const at = slotOf(time.month) + 1
    if (at > axis.slots.length || time.n === 0) continue
    add(hoursOf(seriesOf(keyOf(time)), axis, time.bucket), at, time.n)
  }
  for (const series of found.values()) for (const sums of runnings(series)) accumulate(sums)
  return found
}

function* runnings({ all, procedures, hours }: Series): Generator<Float64Array> {
  for (const name of MEASURES) yield all[name]
  for (const own of procedures.values()) yield* Object.values(own)
  yield* hours.values()
}

export function emptySeries(axis: Axis): Series {
  const all = Object.fromEntries(MEASURES.map((name) => [name, new Float64Array(axis.slots.length + 1)])) as Running
  return { all, procedures: new Map(), hours: new Map() }
}

/** Running sums add up entry by entry. */
export function sumSeries(parts: readonly Series[], axis: Axis): Series {
  const sum = emptySeries(axis)
  for (const { all, procedures, hours } of parts) {
    for (const name of MEASURES) addAll(sum.all[name], all[name])
    for (const [procedure, own] of procedures)
      for (const [name, sums] of Object.entries(own)) addAll(runningOf(sum, axis, procedure, name as MeasureName), sums)
    for (const [bucket, sums] of hours) addAll(hoursOf(sum, axis, bucket), sums)
  }
  return sum
}

function addAll(sums: Float64Array, more: Float64Array): void {
  for (let i = 0; i < sums.length; i++) add(sums, i, more[i] ?? 0)
}

function runningOf({ procedures }: Series, axis: Axis, procedure: string, name: MeasureName): Float64Array {
  let own = procedures.get(procedure)
  if (!own) {
    own = {}
    procedures.set(procedure, own)
  }
  own[name] ??= new Float64Array(axis.slots.length + 1)
  return own[name]
}

function hoursOf({ hours }: Series, axis: Axis, bucket: number): Float64Array {
  let sums = hours.get(bucket)
  if (!sums) {
    sums = new Float64Array(axis.slots.length + 1)
    hours.set(bucket, sums)
  }
  return sums
}

function add(sums: Float64Array, at: number, n: number): void {
  sums[at] = (sums[at] ?? 0) + n
}

function accumulate(sums: Float64Array): void {
  for (let i = 1; i < sums.length; i++) sums[i] = (sums[i] ?? 0) + (sums[i - 1] ?? 0)
}

export type DayStock = Readonly<Record<MeasureName, number>>

/** A window of days from the daily cells, by agency and under EVERYTHING. It knows no procedures, channels and times. */
export async function windowSeries(
  db: Reader,
  agencies: readonly string[],
  firstDay: string,
  lastDay: string,
): Promise<Map<string, Series>> {
  const before = await sumsUpTo(db, agencies, '<', firstDay)
  const end = await sumsUpTo(db, agencies, '<=', lastDay)
  return new Map([...end].map(([key, sums]) => [key, windowOf(before.get(key), sums)]))
}

export function windowOf(before: DayStock | undefined, end: DayStock): Series {
  const series = emptySeries(WINDOW)
  for (const name of MEASURES) series.all[name].set([before?.[name] ?? 0, end[name]])
  return series
}

async function sumsUpTo(
  db: Reader,
  agencies: readonly string[],
  operator: '<' | '<=',
  day: string,
): Promise<Map<string, DayStock>> {
  const sums = db
    .selectFrom('cell_day')
    .select(({ fn }) => MEASURES.map((name) => fn.sum<number>(name).as(name)))
    .where('day', operator, day)
  const found = new Map<string, DayStock>()
  if (agencies.length > 0) {
    const each = sums.select('agency').groupBy('agency')
    const rows = await (agencies.length <= KEYS_AT_MOST ? each.where('agency', 'in', agencies) : each).execute()
    for (const row of rows) found.set(row.agency, row as DayStock)
  }
  const [all] = await sums.execute()
  // A sum over no rows is null.
  if (all && all[MEASURES[0]] !== null) found.set(EVERYTHING, all as DayStock)
  return found
}
