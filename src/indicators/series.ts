/** Monthly cells of one agency as running sums: a flow is a difference of two entries, a stock is one entry. */
import { sql } from 'kysely'
import type { Reader } from '../warehouse/open.ts'
import { type CellMonthTable, MEASURES, type MeasureName } from '../warehouse/tables.ts'
import { monthsBetween } from './periods.ts'

export type CellMonth = CellMonthTable
/** The months that figures look at: the first with cells to the tick's. What lies beyond the tick's month does not count yet. */
export interface Axis {
  months: readonly string[]
  /** how many months of the axis lie before `month` */
  before(month: string): number
}
/** Running sums per measure: entry i sums the first i months of the axis. */
type Running = Record<MeasureName, Float64Array>
export interface Series {
  all: Running
  online: Running
  /** by procedure, received by any channel and online */
  services: Map<string, { any: Float64Array; online: Float64Array }>
}
/** The province's series: the sum over every agency. */
export const EVERYTHING = '*'

export function makeAxis(firstMonth: string, tickMonth: string): Axis {
  const months = monthsBetween(firstMonth < tickMonth ? firstMonth : tickMonth, tickMonth)
  const places = new Map(months.map((month, i) => [month, i]))
  return { months, before: (month) => places.get(month) ?? (month < (months[0] ?? '') ? 0 : months.length) }
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

/** All cells, summed over agencies in the database. */
export async function provinceCells(db: Reader): Promise<CellMonth[]> {
  return db
    .selectFrom('cell_month')
    .select(['procedure', 'channel', 'month', sql.lit(EVERYTHING).$castTo<string>().as('agency')])
    .select(({ fn }) => MEASURES.map((name) => fn.sum<number>(name).as(name)))
    .groupBy(['procedure', 'channel', 'month'])
    .execute() as Promise<CellMonth[]>
}

/** Groups cells by `keyOf` and sums them up along the axis. */
export function buildSeries(
  cells: Iterable<CellMonth>,
  axis: Axis,
  keyOf: (cell: CellMonth) => string = (cell) => cell.agency,
): Map<string, Series> {
  const found = new Map<string, Series>()
  for (const cell of cells) {
    const at = axis.before(cell.month) + 1
    if (at > axis.months.length) continue
    const key = keyOf(cell)
    let series = found.get(key)
    if (!series) {
      series = emptySeries(axis)
      found.set(key, series)
    }
    const online = cell.channel === 'online'
    for (const name of MEASURES) {
      if (cell[name] === 0) continue
      add(series.all[name], at, cell[name])
      if (online) add(series.online[name], at, cell[name])
    }
    if (cell.received !== 0) addService(series, axis, cell.procedure, at, cell.received, online)
  }
  for (const series of found.values()) {
    for (const name of MEASURES) {
      accumulate(series.all[name])
      accumulate(series.online[name])
    }
    for (const service of series.services.values()) {
      accumulate(service.any)
      accumulate(service.online)
    }
  }
  return found
}

export function emptySeries(axis: Axis): Series {
  const running = () =>
    Object.fromEntries(MEASURES.map((name) => [name, new Float64Array(axis.months.length + 1)])) as Running
  return { all: running(), online: running(), services: new Map() }
}

/** Running sums add up entry by entry. */
export function sumSeries(parts: readonly Series[], axis: Axis): Series {
  const sum = emptySeries(axis)
  for (const { all, online, services } of parts) {
    for (const name of MEASURES) {
      addAll(sum.all[name], all[name])
      addAll(sum.online[name], online[name])
    }
    for (const [procedure, service] of services) {
      const known = serviceOf(sum, axis, procedure)
      addAll(known.any, service.any)
      addAll(known.online, service.online)
    }
  }
  return sum
}

function addAll(sums: Float64Array, more: Float64Array): void {
  for (let i = 0; i < sums.length; i++) add(sums, i, more[i] ?? 0)
}

function addService(series: Series, axis: Axis, procedure: string, at: number, n: number, online: boolean): void {
  const service = serviceOf(series, axis, procedure)
  add(service.any, at, n)
  if (online) add(service.online, at, n)
}

function serviceOf(series: Series, axis: Axis, procedure: string): { any: Float64Array; online: Float64Array } {
  let service = series.services.get(procedure)
  if (!service) {
    service = { any: new Float64Array(axis.months.length + 1), online: new Float64Array(axis.months.length + 1) }
    series.services.set(procedure, service)
  }
  return service
}

function add(sums: Float64Array, at: number, n: number): void {
  sums[at] = (sums[at] ?? 0) + n
}

function accumulate(sums: Float64Array): void {
  for (let i = 1; i < sums.length; i++) sums[i] = (sums[i] ?? 0) + (sums[i - 1] ?? 0)
}

export type DayStock = Readonly<Record<MeasureName, number>>

export const sumStocks = (parts: readonly DayStock[]): DayStock =>
  Object.fromEntries(MEASURES.map((name) => [name, parts.reduce((sum, part) => sum + part[name], 0)])) as DayStock

/** Running sums of the daily cells up to and including `day`, by agency and under EVERYTHING. */
export async function dayStocks(db: Reader, agencies: readonly string[], day: string): Promise<Map<string, DayStock>> {
  const sums = db
    .selectFrom('cell_day')
    .select(({ fn }) => MEASURES.map((name) => fn.sum<number>(name).as(name)))
    .where('day', '<=', day)
  const found = new Map<string, DayStock>()
  if (agencies.length > 0) {
    const each = sums.select('agency').groupBy('agency')
    const rows = await (agencies.length <= KEYS_AT_MOST ? each.where('agency', 'in', agencies) : each).execute()
    for (const row of rows) found.set(row.agency, row as DayStock)
  }
  const [all] = await sums.execute()
  if (all) found.set(EVERYTHING, all as DayStock)
  return found
}
