/**
 * `sql({...})`: a stream read from a departmental database, in one read-only snapshot (SQLite: one deferred transaction;
 * PostgreSQL: REPEATABLE READ READ ONLY), in the order of (cursor, key), a thousand rows at a time.
 *
 * It begins at the watermark minus the lookback, for rows are committed behind it. Rows without a cursor value are read every time,
 * first, up to a bound. A cursor value in the future is read but moves nothing. Where a row is deleted by a mark, its key is reported as deleted,
 * unless another row of the same key is alive.
 */
import { type Expression, type Kysely, sql as raw, type SelectQueryBuilder, type SqlBool } from 'kysely'
import type { Completeness, Key, Page, ReadContext, Resume } from './connector.ts'
import { parseIso } from './instants.ts'
import {
  cellValue,
  isSilence,
  type OpenSource,
  openSource,
  SQL_LIMITS,
  type SqlConnection,
  type SqlLimits,
  sqlError,
  type Tables,
} from './sql-connection.ts'

export type SourceQuery = SelectQueryBuilder<Tables, string, Record<string, unknown>>

export interface SqlDeclaration<Config> {
  connect: (config: Config) => SqlConnection
  /** The rows, with every column that the stream reads, by Kysely: `(db) => db.selectFrom('HoSos').selectAll()`; joins go here. */
  rows: (db: Kysely<Tables>) => SourceQuery
  /** column or columns that are unique and never NULL in `rows`, for reading on */
  unique: readonly string[]
  /** null: everything is read every time */
  cursor: {
    /** naive local text, DATE or timestamp that grows whenever a row changes */
    column: string
    zone: string
    /** how late a row may be committed, ISO 8601: `PT2H` */
    lookback: string
    /** rows without a cursor value beyond which the read is incomplete; 100,000 unless said */
    mostNulls?: number
  } | null
  /** a column that is not NULL in a deleted row, and the columns of the stream's key; null: nothing is deleted by a mark */
  deleted: { column: string; key: readonly string[] } | null
  /** how long a PostgreSQL server may take */
  limits?: Partial<SqlLimits>
}

const PER_PAGE = 1_000
const MOST_NULLS = 100_000
type Row = Record<string, unknown>

interface SqlResume extends Resume {
  /** null while the rows without a cursor value are read */
  cursor: string | null
  unique: readonly unknown[]
  /** epoch ms of the snapshot from which this was read */
  snapshot: number
  /** greatest cursor value so far that is not in the future */
  upTo: string | null
}

/** Builds a stream's `read`. Ends as `changes` (`everything` without a cursor, on a first or full read), by keyset. */
export function sql<Config>(declaration: SqlDeclaration<Config>) {
  return async function* read(context: ReadContext<Config>): AsyncGenerator<Page, Completeness> {
    const connection = declaration.connect(context.config)
    const zone = declaration.cursor?.zone ?? context.zone
    const limits = { ...SQL_LIMITS, ...declaration.limits }
    let open: OpenSource | undefined
    try {
      open = openSource(connection, context.source, zone, limits)
      const begin = open.db.startTransaction()
      const snapshot = await (connection.dialect === 'postgres'
        ? begin.setIsolationLevel('repeatable read').setAccessMode('read only').execute()
        : begin.execute())
      try {
        return yield* readSnapshot(snapshot, declaration, context)
      } catch (error) {
        // the rollback would wait behind the query that got no answer
        if (isSilence(error)) open.cut()
        throw error
      } finally {
        // a read-only snapshot has nothing to lose; why it could not be closed has been said by what failed before
        await snapshot
          .rollback()
          .execute()
          .catch(() => {})
      }
    } catch (error) {
      throw sqlError(error, connection, context.source, limits)
    } finally {
      await open?.close()
    }
  }
}

async function* readSnapshot<Config>(
  db: Kysely<Tables>,
  declaration: SqlDeclaration<Config>,
  context: ReadContext<Config>,
): AsyncGenerator<Page, Completeness> {
  const { cursor } = declaration
  const resume = context.resume as SqlResume | null
  const watermark = context.full ? null : context.watermark
  const progress: SqlResume = resume
    ? { ...resume, snapshot: context.now }
    : { cursor: null, unique: [], snapshot: context.now, upTo: watermark }
  const nullsDone = resume !== null && resume.cursor !== null
  let nulls = 0

  if (!nullsDone) {
    let after = resume?.unique ?? []
    for (;;) {
      const rows = await pageOf(db, declaration, cursor ? 'is null' : 'any', { after })
      if (rows.length === 0) break
      after = declaration.unique.map((column) => cellValue(rows.at(-1)?.[column]))
      nulls += rows.length
      if (cursor && nulls > (cursor.mostNulls ?? MOST_NULLS)) {
        return {
          enumerated: 'incomplete',
          why: `more than ${cursor.mostNulls ?? MOST_NULLS} rows have no ${cursor.column}`,
        }
      }
      yield await toPage(db, declaration, rows, { ...progress, cursor: null, unique: after })
      context.signal.throwIfAborted()
    }
  }
  if (!cursor) return { enumerated: 'everything', by: 'keyset', upTo: null }

  let at = startOf(cursor, resume, watermark)
  let upTo = progress.upTo
  for (;;) {
    const rows = await pageOf(db, declaration, 'not null', at)
    const last = rows.at(-1)
    if (!last) break
    const reached = cursorText(last[cursor.column])
    at = { cursor: reached, after: declaration.unique.map((column) => cellValue(last[column])) }
    upTo = greatest(upTo, rows, cursor, context.now)
    yield await toPage(db, declaration, rows, { ...progress, cursor: reached, unique: at.after, upTo })
    context.signal.throwIfAborted()
  }
  const all = context.full || (context.watermark === null && !resume)
  return { enumerated: all ? 'everything' : 'changes', by: 'keyset', upTo }
}

interface Start {
  /** from this cursor value on: inclusive where `after` is empty, else behind that row */
  cursor?: string
  after: readonly unknown[]
}

/**
 * A resumed read goes back to the lookback before the snapshot that it resumes from: rows committed late since then would lie
 * behind its position, and in front of the lookback of the next run.
 */
function startOf(cursor: CursorOf, resume: SqlResume | null, watermark: string | null): Start {
  if (resume === null || resume.cursor === null) {
    return watermark === null ? { after: [] } : { cursor: before(watermark, cursor), after: [] }
  }
  const safe = before(localText(resume.snapshot, cursor.zone, resume.cursor), cursor)
  return resume.cursor < safe ? { cursor: resume.cursor, after: resume.unique } : { cursor: safe, after: [] }
}
type CursorOf = NonNullable<SqlDeclaration<never>['cursor']>

async function pageOf<Config>(
  db: Kysely<Tables>,
  declaration: SqlDeclaration<Config>,
  which: 'any' | 'is null' | 'not null',
  { cursor: from, after }: Start,
): Promise<Row[]> {
  const { cursor, unique } = declaration
  // the declared query as a subquery: both databases flatten it, so that an index on (cursor, key) is used
  let query = db.selectFrom(declaration.rows(db).as('source')).selectAll().limit(PER_PAGE) as SourceQuery
  const ordered = which === 'not null' && cursor ? [cursor.column, ...unique] : [...unique]
  if (cursor && which !== 'any') query = query.where(cursor.column, which === 'is null' ? 'is' : 'is not', null)
  if (from !== undefined && cursor) query = query.where(cursor.column, '>=', from)
  if (after.length > 0) query = query.where(behind(ordered, from === undefined ? after : [from, ...after]))
  for (const column of ordered) query = query.orderBy(column)
  return query.execute()
}

/** `(a, b) > (1, 2)`; the names are quoted by Kysely, the values bound. */
function behind(columns: readonly string[], values: readonly unknown[]): Expression<SqlBool> {
  if (columns.length === 1) return raw<SqlBool>`${raw.ref(columns[0] ?? '')} > ${values[0]}`
  const names = raw.join(columns.map((column) => raw.ref(column)))
  return raw<SqlBool>`(${names}) > (${raw.join(values.map((value) => raw`${value}`))})`
}

async function toPage<Config>(
  db: Kysely<Tables>,
  declaration: SqlDeclaration<Config>,
  rows: readonly Row[],
  resume: SqlResume,
): Promise<Page> {
  const mark = declaration.deleted
  const gone = mark ? rows.filter((row) => row[mark.column] !== null) : []
  const live = mark ? rows.filter((row) => row[mark.column] === null) : rows
  const records = live.map(recordOf)
  return gone.length === 0
    ? { records, resume }
    : { records, deleted: await deletedKeys(db, declaration, gone), resume }
}

function recordOf(row: Row): Row {
  const record: Row = {}
  for (const column in row) record[column] = cellValue(row[column])
  return record
}

/** Keys of deleted rows of which no other row is alive: a dossier typed in twice loses one row, not its life. */
async function deletedKeys<Config>(
  db: Kysely<Tables>,
  declaration: SqlDeclaration<Config>,
  gone: readonly Row[],
): Promise<Key[]> {
  const mark = declaration.deleted
  const [first, ...rest] = mark?.key ?? []
  if (!mark || first === undefined) return []
  const keyOf = (row: Row): string[] => [first, ...rest].map((column) => String(cellValue(row[column]) ?? ''))
  const alive = (await (db.selectFrom(declaration.rows(db).as('source')).select([first, ...rest]) as SourceQuery)
    .where(first, 'in', [...new Set(gone.map((row) => row[first]))])
    .where(mark.column, 'is', null)
    .execute()) as Row[]
  const living = new Set(alive.map((row) => JSON.stringify(keyOf(row))))
  return gone.map(keyOf).filter((key) => key.every((part) => part !== '') && !living.has(JSON.stringify(key)))
}

const cursorText = (value: unknown): string => String(cellValue(value))

function greatest(upTo: string | null, rows: readonly Row[], cursor: CursorOf, now: number): string | null {
  let best = upTo
  for (const row of rows) {
    const text = cursorText(row[cursor.column])
    const instant = parseIso(text, cursor.zone, false)
    if (instant && instant.at <= now && (best === null || text > best)) best = text
  }
  return best
}

/** `watermark` minus the lookback, in the form in which the source writes it, cut to the second. */
function before(watermark: string, cursor: CursorOf): string {
  const at = parseIso(watermark, cursor.zone, false)?.at
  if (at === undefined) return watermark
  const earlier = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(cursor.zone).subtract(cursor.lookback)
  return localText(earlier.epochMilliseconds, cursor.zone, watermark)
}

/** Local date or time in `zone`, as long and with the same separator as `like`. */
function localText(at: number, zone: string, like: string): string {
  const local = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone).toPlainDateTime()
  const text = local.toString({ smallestUnit: 'second', roundingMode: 'floor' })
  return text.replace('T', like[10] ?? 'T').slice(0, Math.min(19, like.length))
}
