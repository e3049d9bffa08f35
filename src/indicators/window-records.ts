/** What cells of days do not hold, told from the dossiers of a window: measures by procedure, and processing times. */
import { PROCESSED } from '../warehouse/cells.ts'
import type { Reader } from '../warehouse/open.ts'
import { BY_PROCEDURE } from './catalogue/index.ts'
import { localDays } from './local-day.ts'
import { contributions, MEASURED_COLUMNS } from './measures.ts'
import { endOfDay, startOfDay } from './periods.ts'
import { emptySeries, type Series, WINDOW } from './series.ts'

export interface RecordWindow {
  /** null: everybody */
  agencies: readonly string[] | null
  /** both included */
  firstDay: string
  lastDay: string
  tickAt: number
  zone: string
  /** the key under which everybody is summed */
  everybody: string
}

const BATCH = 5_000

/** Adds to `found` what the records received or ended in the window contribute to it. */
export async function addRecords(db: Reader, found: Map<string, Series>, window: RecordWindow): Promise<void> {
  const { agencies, firstDay, lastDay, tickAt, zone, everybody } = window
  const days = localDays(zone)
  const [start, end] = [startOfDay(firstDay, zone), endOfDay(lastDay, zone)]
  const byProcedure = new Set<string>(BY_PROCEDURE)
  const seriesOf = (key: string) => {
    let series = found.get(key)
    if (!series) {
      series = emptySeries(WINDOW)
      found.set(key, series)
    }
    return series
  }
  for (let after = 0; ; ) {
    let query = db
      .selectFrom('dossier')
      .select(['id', ...MEASURED_COLUMNS])
      .where('counted', '=', 1)
      .where('id', '>', after)
      .where(({ or, and, eb }) =>
        or([
          and([eb('received_at', '>=', start), eb('received_at', '<', end)]),
          and([eb('ended_at', '>=', start), eb('ended_at', '<', end)]),
        ]),
      )
      .orderBy('id')
      .limit(BATCH)
    if (agencies !== null) query = query.where('resolving', 'in', agencies)
    const rows = await query.execute()
    for (const row of rows) {
      for (const entry of contributions(row, days, tickAt)) {
        if (entry.day < firstDay || entry.day > lastDay) continue
        for (const key of [entry.agency, everybody]) {
          if (entry.measure === PROCESSED) addTo(seriesOf(key).hours, entry.hours ?? 0, entry.n)
          else if (byProcedure.has(entry.measure)) {
            const { procedures } = seriesOf(key)
            const own = procedures.get(entry.procedure) ?? {}
            procedures.set(entry.procedure, own)
            own[entry.measure] ??= new Float64Array(2)
            add(own[entry.measure] as Float64Array, entry.n)
          }
        }
      }
    }
    const last = rows.at(-1)
    if (!last || rows.length < BATCH) return
    after = last.id
  }
}

function addTo(hours: Map<number, Float64Array>, bucket: number, n: number): void {
  const sums = hours.get(bucket) ?? new Float64Array(2)
  hours.set(bucket, sums)
  add(sums, n)
}

function add(sums: Float64Array, n: number): void {
  sums[1] = (sums[1] ?? 0) + n
}
