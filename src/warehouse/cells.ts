/**
 * Cells: the measures at two grains, agency × procedure × channel × month and agency × day, one wide row each, and processing times as
 * an exact histogram (agency × month × whole working hours), all maintained by delta.
 * A row whose measures have all become zero stays; it counts as absent wherever cells are compared.
 */
import { upsertRows, type Value } from './bulk.ts'
import type { Trx } from './open.ts'
import { MEASURES, type MeasureName } from './tables.ts'

/** One signed entry; src/indicators/measures.ts makes them. */
export interface CellEntry {
  agency: string
  procedure: string
  channel: string
  /** local day, YYYY-MM-DD */
  day: string
  measure: MeasureName | typeof PROCESSED
  n: number
  /** of PROCESSED only: whole working hours from reception to end */
  hours?: number
}
/** An entry of the histogram of processing times. */
export const PROCESSED = 'processed'
export interface Cell {
  /** primary key in column order */
  key: readonly string[]
  /** in the order of MEASURES; of a time the one count */
  sums: number[]
}
export interface CellTotals {
  months: Map<string, Cell>
  days: Map<string, Cell>
  times: Map<string, Cell>
}

export const CELL_MONTH_KEY = ['agency', 'procedure', 'channel', 'month'] as const
export const CELL_DAY_KEY = ['agency', 'day'] as const
export const CELL_TIME_KEY = ['agency', 'month', 'bucket'] as const
const MEASURE_INDEX = Object.fromEntries(MEASURES.map((name, i) => [name, i])) as Record<MeasureName, number>

export const noCells = (): CellTotals => ({ months: new Map(), days: new Map(), times: new Map() })

/** Adds `sign` × the entries to `totals`, at both grains. */
export function addEntries(totals: CellTotals, entries: readonly CellEntry[], sign: 1 | -1): void {
  // The entries of one dossier follow each other, and those of one day of it: their cells are looked up once.
  let last: CellEntry | null = null
  let cell = ''
  let month: Cell | null = null
  let date: Cell | null = null
  for (const entry of entries) {
    const { agency, procedure, channel, day, measure, n } = entry
    if (measure === PROCESSED) {
      addTo(cellOf(totals.times, `${agency}\n${day.slice(0, 7)}\n${entry.hours}`, 1), 0, sign * n)
      continue
    }
    const same = last?.agency === agency && last.procedure === procedure && last.channel === channel
    if (!same) cell = `${agency}\n${procedure}\n${channel}\n`
    if (!same || last?.day !== day || !month || !date) {
      if (!same || !month || last?.day.slice(0, 7) !== day.slice(0, 7))
        month = cellOf(totals.months, cell + day.slice(0, 7))
      date = cellOf(totals.days, `${agency}\n${day}`)
    }
    last = entry
    const index = MEASURE_INDEX[measure]
    addTo(month, index, sign * n)
    addTo(date, index, sign * n)
  }
}

const NOTHING = MEASURES.map(() => 0)
function cellOf(cells: Map<string, Cell>, text: string, width: number = MEASURES.length): Cell {
  let cell = cells.get(text)
  if (!cell) {
    cell = { key: text.split('\n'), sums: NOTHING.slice(0, width) }
    cells.set(text, cell)
  }
  return cell
}

function addTo({ sums }: Cell, index: number, n: number): void {
  sums[index] = (sums[index] ?? 0) + n
}

/**
 * Nets `added` against `removed`, adds the difference to both grains and marks for each touched agency its earliest month as dirty.
 * Each yields the entries of one record after those of another, so that nobody has to hold those of a batch.
 * Returns the number of cells touched: nothing changed means nothing written.
 */
export async function applyContributions(
  trx: Trx,
  added: Iterable<readonly CellEntry[]>,
  removed: Iterable<readonly CellEntry[]>,
): Promise<number> {
  const totals = noCells()
  for (const entries of added) addEntries(totals, entries, 1)
  for (const entries of removed) addEntries(totals, entries, -1)
  const months = changed(totals.months)
  const days = changed(totals.days)
  const times = changed(totals.times).map(([agency, month, hours, n]) => [agency, month, Number(hours), n] as Value[])
  await upsertRows(trx, 'cell_month', [...CELL_MONTH_KEY, ...MEASURES], CELL_MONTH_KEY, 'add', months)
  await upsertRows(trx, 'cell_day', [...CELL_DAY_KEY, ...MEASURES], CELL_DAY_KEY, 'add', days)
  await upsertRows(trx, 'cell_time', [...CELL_TIME_KEY, 'n'], CELL_TIME_KEY, 'add', times)
  const earliest = new Map<string, string>()
  const note = (agency: string, month: string) => {
    const known = earliest.get(agency)
    if (known === undefined || month < known) earliest.set(agency, month)
  }
  for (const row of months) note(String(row[0]), String(row[3]))
  for (const row of days) note(String(row[0]), String(row[1]).slice(0, 7))
  for (const row of times) note(String(row[0]), String(row[1]))
  await markDirty(trx, [...earliest])
  return months.length + days.length + times.length
}

/** Adds `entries` to the columns of `measures` alone, marking nothing: what is being built is in no figure yet. */
export async function addToColumns(
  trx: Trx,
  measures: readonly MeasureName[],
  entries: readonly CellEntry[],
): Promise<void> {
  const totals = noCells()
  addEntries(totals, entries, 1)
  const columns = measures.map((name) => MEASURE_INDEX[name])
  for (const [table, key, cells] of [
    ['cell_month', CELL_MONTH_KEY, totals.months],
    ['cell_day', CELL_DAY_KEY, totals.days],
  ] as const) {
    const rows = changed(cells).map((row) => [
      ...row.slice(0, key.length),
      ...columns.map((index) => row[key.length + index] ?? 0),
    ])
    await upsertRows(trx, table, [...key, ...measures], key, 'add', rows)
  }
}

/** Rows that differ, sorted by key: large batches are written in the order of the index. */
function changed(cells: ReadonlyMap<string, Cell>): (string | number)[][] {
  const keys: string[] = []
  for (const [text, cell] of cells) if (cell.sums.some((n) => n !== 0)) keys.push(text)
  return keys.sort().map((text) => {
    const cell = cells.get(text)
    return cell ? [...cell.key, ...cell.sums] : []
  })
}

/** Figures of these agencies ('*': of all) may differ from that month on. */
export async function markDirty(trx: Trx, marks: readonly (readonly [agency: string, month: string])[]): Promise<void> {
  await upsertRows(trx, 'dirty', ['agency', 'month'], ['agency', 'month'], 'nothing', marks)
}
