/** Where the cells of asked-for figures come from: as they are held, or recomputed from records (src/indicators/known.ts). */
import type { CellEntry } from '../warehouse/cells.ts'
import type { OfficialQuery } from '../warehouse/inputs.ts'
import type { Reader } from '../warehouse/open.ts'
import type { CellTimeTable } from '../warehouse/tables.ts'
import { loadNational, type NationalCounts } from './qd766/national.ts'
import {
  agencyCells,
  type CellMonth,
  cellTimes,
  EVERYTHING,
  provinceCells,
  type Series,
  windowSeries,
} from './series.ts'
import { addRecords, windowEntries } from './window-records.ts'

export interface CellReader {
  /** of each agency, and of everybody under EVERYTHING where the province is asked for */
  months(): Promise<{ cells: CellMonth[]; times: CellTimeTable[] }>
  /** days, both included; `records`: with procedures and processing times, which daily cells do not have */
  window(firstDay: string, lastDay: string, records: boolean): Promise<Map<string, Series>>
  /** all entries, up to the last day, of what moves in these days or stands open when they begin: by procedure and channel, with times */
  entries(firstDay: string, lastDay: string): AsyncIterable<readonly CellEntry[]>
  /** what the national portal counts */
  national(query: Omit<OfficialQuery, 'known'>): Promise<NationalCounts>
}
/** `agencies`: keys whose cells count somewhere; `province`: the sum over everybody too. */
export type CellSource = (agencies: readonly string[], province: boolean) => CellReader

/** The maintained cells; `zone` for the days of records. */
export const heldCells =
  (db: Reader, tickAt: number, zone: string): CellSource =>
  (agencies, province) => ({
    async months() {
      const cells = [...(await agencyCells(db, agencies)), ...(province ? await provinceCells(db) : [])]
      return { cells, times: await cellTimes(db, agencies) }
    },
    async window(firstDay, lastDay, records) {
      const found = await windowSeries(db, agencies, firstDay, lastDay)
      if (records) {
        const keys = province ? null : agencies
        await addRecords(db, found, { agencies: keys, firstDay, lastDay, tickAt, zone, everybody: EVERYTHING })
      }
      return found
    },
    entries(firstDay, lastDay) {
      const keys = province ? null : agencies
      return windowEntries(db, { agencies: keys, firstDay, lastDay, tickAt, zone })
    },
    national: (query) => loadNational(db, query),
  })
