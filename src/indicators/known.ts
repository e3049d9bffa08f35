/**
 * The warehouse as it was known at a landing: cells recomputed from the records as they were then, and the figures that were told then.
 * Kept figures are their revisions of then; what nobody kept is recomputed by the same terms from what was known.
 */
import type { CellEntry } from '../warehouse/cells.ts'
import { PROCESSED } from '../warehouse/cells.ts'
import type { Reader } from '../warehouse/open.ts'
import { sourceStates, sourceStatesAt } from '../warehouse/source-status.ts'
import { type CellTimeTable, type IndicatorValueTable, MEASURES, type MeasureName } from '../warehouse/tables.ts'
import { type AgencyVersion, type Basis, carries } from './basis.ts'
import { BY_PROCEDURE, findIndicator } from './catalogue/index.ts'
import type { CellReader, CellSource } from './cell-source.ts'
import { RANKED_BY } from './figures.ts'
import { inputEntries } from './inputs.ts'
import type { Knowledge } from './knowledge.ts'
import { type AgencyColumn, dossiersKnown } from './known-dossiers.ts'
import { localDays } from './local-day.ts'
import { contributions } from './measures.ts'
import { parsePeriod } from './periods.ts'
import { loadNational } from './qd766/national.ts'
import { type CellMonth, EVERYTHING, emptySeries, type Series, WINDOW } from './series.ts'
import { loadRests, type RestsOf } from './sources-of.ts'

/**
 * Cells as known at a landing, in the form of those that are held. Each answer reads the agencies' dossiers once (the province's:
 * everybody's), and all that is no dossier, and keeps the cells only. `by`: whose agency may decide, see `countedBy`.
 */
export const knownCells =
  (db: Reader, { landing, tickAt }: Knowledge, zone: string, by: readonly AgencyColumn[]): CellSource =>
  (agencies, province): CellReader => {
    const own = new Set(agencies)
    const days = localDays(zone)
    async function* all(): AsyncGenerator<readonly CellEntry[]> {
      for await (const rows of dossiersKnown(db, { landing, agencies: province ? null : agencies, by }))
        for (const row of rows) yield contributions(row, days, tickAt)
      yield* inputEntries(db, days, tickAt, landing)
    }
    async function* entries(): AsyncGenerator<{ key: string; entry: CellEntry }> {
      for await (const some of all()) {
        for (const entry of some) {
          if (own.has(entry.agency)) yield { key: entry.agency, entry }
          if (province) yield { key: EVERYTHING, entry }
        }
      }
    }
    return {
      async months() {
        const cells = new Map<string, CellMonth>()
        const times = new Map<string, CellTimeTable>()
        for await (const { key, entry } of entries()) addMonth(cells, times, key, entry)
        return { cells: [...cells.values()], times: [...times.values()] }
      },
      async window(firstDay, lastDay) {
        const found = new Map<string, Series>()
        for await (const { key, entry } of entries()) {
          if (entry.day > lastDay) continue
          const series = found.get(key) ?? emptySeries(WINDOW)
          found.set(key, series)
          addWindow(series, entry, entry.day < firstDay)
        }
        return found
      },
      // What does not move in these days and is not open when they begin adds up to nothing in them.
      async *entries(_, lastDay) {
        for await (const { key, entry } of entries())
          if (entry.day <= lastDay && (province ? key === EVERYTHING : true)) yield [entry]
      },
      national: (query) => loadNational(db, { ...query, known: landing }),
    }
  }

function addMonth(
  cells: Map<string, CellMonth>,
  times: Map<string, CellTimeTable>,
  agency: string,
  { procedure, channel, day, measure, n, hours = 0 }: CellEntry,
): void {
  const month = day.slice(0, 7)
  if (measure === PROCESSED) {
    const text = `${agency}\n${month}\n${hours}`
    const time = times.get(text) ?? { agency, month, bucket: hours, n: 0 }
    times.set(text, time)
    time.n += n
    return
  }
  const text = `${agency}\n${procedure}\n${channel}\n${month}`
  let cell = cells.get(text)
  if (!cell) {
    cell = { agency, procedure, channel, month, ...NOTHING }
    cells.set(text, cell)
  }
  cell[measure] += n
}
const NOTHING = Object.fromEntries(MEASURES.map((name) => [name, 0])) as Record<MeasureName, number>

/** A stock counts what came before the window too; both slots are running sums. */
function addWindow(series: Series, { procedure, measure, n, hours = 0 }: CellEntry, before: boolean): void {
  const add = (sums: Float64Array) => {
    if (before) sums[0] = (sums[0] ?? 0) + n
    sums[1] = (sums[1] ?? 0) + n
  }
  if (measure === PROCESSED) {
    const sums = series.hours.get(hours) ?? new Float64Array(2)
    series.hours.set(hours, sums)
    add(sums)
    return
  }
  add(series.all[measure])
  if (!BY_PROCEDURE.includes(measure)) return
  const own = series.procedures.get(procedure) ?? {}
  series.procedures.set(procedure, own)
  own[measure] ??= new Float64Array(2)
  add(own[measure] as Float64Array)
}

export interface KeptQuery {
  indicators?: readonly string[] | undefined
  agencies?: readonly string[] | undefined
  periods?: readonly string[] | undefined
}

/** The revision of each kept figure that was current then; those that had been withdrawn by then are left out. */
export async function keptAt(
  db: Reader,
  basis: Basis,
  known: Knowledge,
  query: KeptQuery,
): Promise<IndicatorValueTable[]> {
  const { indicators, agencies, periods } = query
  if (indicators?.length === 0 || agencies?.length === 0 || periods?.length === 0) return []
  let rows = db
    .selectFrom('indicator_value as v')
    .selectAll('v')
    .where('v.landing', '<=', known.landing)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('indicator_value as w')
            .select('w.id')
            .whereRef('w.agency', '=', 'v.agency')
            .whereRef('w.indicator', '=', 'v.indicator')
            .whereRef('w.period', '=', 'v.period')
            .whereRef('w.revision', '>', 'v.revision')
            .where('w.landing', '<=', known.landing),
        ),
      ),
    )
  if (indicators) rows = rows.where('v.indicator', 'in', indicators)
  if (agencies) rows = rows.where('v.agency', 'in', agencies)
  if (periods) rows = rows.where('v.period', 'in', periods)
  const found = await rows.execute()
  const standing: IndicatorValueTable[] = []
  for (const row of found) {
    if (row.sources === '[]' && mayHaveGone(basis, row) && (await withdrawnFrom(db, row)) !== null) continue
    standing.push(row)
  }
  return standing
}

/** Only what is counted elsewhere, or nowhere, is ever withdrawn; a figure whose one source is retired names none either. */
function mayHaveGone(basis: Basis, { indicator, agency, period }: IndicatorValueTable): boolean {
  const version = basis.agencies.get(agency)
  return !version || !findIndicator(indicator) || carries(basis, version, parsePeriod(period)) !== 'all'
}

/** The last revision of a figure that is counted no more says what the one before it said: that one, else null. */
export async function withdrawnFrom(db: Reader, row: IndicatorValueTable): Promise<IndicatorValueTable | null> {
  if (row.sources !== '[]') return null
  const before = await db
    .selectFrom('indicator_value')
    .selectAll()
    .where('agency', '=', row.agency)
    .where('indicator', '=', row.indicator)
    .where('period', '=', row.period)
    .where('revision', '<', row.revision)
    .orderBy('revision', 'desc')
    .limit(1)
    .executeTakeFirst()
  return before && SAID.every((column) => before[column] === row[column]) ? before : null
}
const SAID = ['value', 'value_state', 'numerator', 'denominator', 'version', 'as_of', 'tick_at'] as const

/**
 * What figures rested on then: who had brought what, and how the sources stood. Where that was not kept yet the present states stand in,
 * and `sure` is false.
 */
export async function restsAt(
  db: Reader,
  basis: Basis,
  { landing }: Knowledge,
): Promise<{ rests: RestsOf; sure: boolean }> {
  const states = await sourceStatesAt(db, landing)
  return { rests: await loadRests(db, basis, states ?? (await sourceStates(db)), landing), sure: states !== null }
}

/** RANKED_BY of every agency as it was told then, for a period that is kept: [numerator, denominator] by agency; untold counts as nothing. */
export async function standingsAt(
  db: Reader,
  known: Knowledge | null,
  agencies: readonly AgencyVersion[],
  period: string,
): Promise<Map<string, readonly [number, number]>> {
  let rows = db
    .selectFrom('indicator_value as v')
    .select(['v.agency', 'v.numerator', 'v.denominator'])
    .where('v.indicator', '=', RANKED_BY)
    .where('v.period', '=', period)
    .where(
      'v.agency',
      'in',
      agencies.map(({ key }) => key),
    )
    .orderBy('v.revision')
  if (known === null) rows = rows.where('v.current', '=', 1)
  else rows = rows.where('v.landing', '<=', known.landing)
  const until = known?.message
  if (until !== undefined)
    rows = rows.where(({ exists, selectFrom }) =>
      exists(
        selectFrom('message')
          .select('message.seq')
          .whereRef('message.id', '=', 'v.id')
          .where('message.seq', '<', until),
      ),
    )
  // The newest comes last.
  return new Map((await rows.execute()).map((row) => [row.agency, [row.numerator ?? 0, row.denominator ?? 0]]))
}
