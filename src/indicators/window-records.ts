/** What cells of days do not hold, told from the records of a window: measures by procedure and channel, and processing times. */
import { type CellEntry, PROCESSED } from '../warehouse/cells.ts'
import type { Reader } from '../warehouse/open.ts'
import { PETITION_MEASURES, PUBLICATION_MEASURES } from '../warehouse/tables.ts'
import { countedAt, movedIn, openAt } from './candidates.ts'
import { BY_PROCEDURE } from './catalogue/index.ts'
import { inputEntries } from './inputs.ts'
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
}

const BATCH = 5_000

/** Entries up to the last day, in batches, of the dossiers that move in the window and, for stocks, of those that stand open when it begins. */
export async function* recordEntries(
  db: Reader,
  { agencies, firstDay, lastDay, tickAt, zone }: RecordWindow,
  which: 'moved' | 'open-too',
): AsyncGenerator<readonly CellEntry[]> {
  const days = localDays(zone)
  const [start, end] = [startOfDay(firstDay, zone), endOfDay(lastDay, zone)]
  for (let after = 0; ; ) {
    let query = db
      .selectFrom('dossier')
      .select(['id', ...MEASURED_COLUMNS])
      .where('counted', '=', 1)
      .where('id', '>', after)
      .where((eb) =>
        which === 'moved' ? movedIn(start, end)(eb) : eb.or([movedIn(start, end)(eb), openAt(start)(eb)]),
      )
      .orderBy('id')
      .limit(BATCH)
    if (agencies !== null) query = query.where(countedAt(agencies, true))
    const rows = await query.execute()
    yield rows.flatMap((row) => contributions(row, days, tickAt).filter(({ day }) => day <= lastDay))
    const last = rows.at(-1)
    if (!last || rows.length < BATCH) return
    after = last.id
  }
}

/** Entries up to the last day of everything that moves in the window or stands when it begins: dossiers, then what is none. */
export async function* windowEntries(db: Reader, window: RecordWindow): AsyncGenerator<readonly CellEntry[]> {
  yield* recordEntries(db, window, 'open-too')
  yield* inputsIn(db, window)
}

/** They are few: all of them are looked at. */
async function* inputsIn(
  db: Reader,
  { agencies, lastDay, tickAt, zone }: RecordWindow,
): AsyncGenerator<readonly CellEntry[]> {
  for await (const entries of inputEntries(db, localDays(zone), tickAt))
    yield entries.filter(({ agency, day }) => day <= lastDay && (agencies === null || agencies.includes(agency)))
}

/** Adds to `found` what the records that move in the window contribute to it; `everybody`: the key under which all are summed. */
export async function addRecords(
  db: Reader,
  found: Map<string, Series>,
  { everybody, ...window }: RecordWindow & { everybody: string },
): Promise<void> {
  const byProcedure = new Set<string>(BY_PROCEDURE)
  const seriesOf = (key: string) => {
    let series = found.get(key)
    if (!series) {
      series = emptySeries(WINDOW)
      found.set(key, series)
    }
    return series
  }
  const sumsOf = (key: string, { procedure, measure }: CellEntry): Float64Array => {
    const { procedures } = seriesOf(key)
    const own = procedures.get(procedure) ?? {}
    procedures.set(procedure, own)
    own[measure] ??= new Float64Array(2)
    return own[measure]
  }
  for await (const entries of recordEntries(db, window, 'moved')) {
    for (const entry of entries) {
      if (entry.day < window.firstDay) continue
      for (const key of [entry.agency, everybody]) {
        if (entry.measure === PROCESSED) addTo(seriesOf(key).hours, entry.hours ?? 0, entry.n)
        else if (byProcedure.has(entry.measure)) add(sumsOf(key, entry), entry.n)
      }
    }
  }
  if (!OF_INPUTS.some((name) => byProcedure.has(name))) return
  // what stands in public since before the window counts at its start
  for await (const entries of inputsIn(db, window))
    for (const entry of entries) {
      if (!byProcedure.has(entry.measure)) continue
      for (const key of [entry.agency, everybody]) {
        const sums = sumsOf(key, entry)
        add(sums, entry.n)
        if (entry.day < window.firstDay) sums[0] = (sums[0] ?? 0) + entry.n
      }
    }
}

const OF_INPUTS = [...PUBLICATION_MEASURES, ...PETITION_MEASURES]

function addTo(hours: Map<number, Float64Array>, bucket: number, n: number): void {
  const sums = hours.get(bucket) ?? new Float64Array(2)
  hours.set(bucket, sums)
  add(sums, n)
}

function add(sums: Float64Array, n: number): void {
  sums[1] = (sums[1] ?? 0) + n
}
