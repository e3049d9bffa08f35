/** Cells of a window of days, told from the entries of its dossiers: what lies before it, and in it, by agency, procedure and channel. */
import { type CellEntry, PROCESSED } from '../warehouse/cells.ts'
import { MEASURES, type MeasureName } from '../warehouse/tables.ts'
import { BEFORE, type CellMonth, INSIDE } from './series.ts'

/** A processing time of a part. */
export interface PartTime {
  agency: string
  procedure: string
  channel: string
  /** INSIDE: the window */
  month: string
  /** whole working hours */
  bucket: number
  n: number
}
export interface WindowCells {
  cells: Map<string, CellMonth>
  times: Map<string, PartTime>
}

export const noWindowCells = (): WindowCells => ({ cells: new Map(), times: new Map() })

const ZEROS = Object.fromEntries(MEASURES.map((name) => [name, 0])) as Record<MeasureName, number>

/** Entries of days up to the end of the window that begins with `firstDay`. */
export function addWindowEntries(found: WindowCells, entries: readonly CellEntry[], firstDay: string): void {
  for (const { agency, procedure, channel, day, measure, n, hours } of entries) {
    const month = day < firstDay ? BEFORE : INSIDE
    if (measure === PROCESSED) {
      if (month === BEFORE) continue
      const key = `${agency}\n${procedure}\n${channel}\n${hours}`
      const time = found.times.get(key)
      if (time) time.n += n
      else found.times.set(key, { agency, procedure, channel, month, bucket: hours ?? 0, n })
      continue
    }
    const key = `${agency}\n${procedure}\n${channel}\n${month}`
    let cell = found.cells.get(key)
    if (!cell) {
      cell = { agency, procedure, channel, month, ...ZEROS }
      found.cells.set(key, cell)
    }
    cell[measure] += n
  }
}

export const windowCells = ({ cells, times }: WindowCells) => ({
  cells: [...cells.values()],
  times: [...times.values()],
})
