/**
 * `sql({...})`: a stream read from a departmental database, in one read-only snapshot where the server has one, in the order of (cursor,
 * key), a thousand rows at a time.
 *
 * It begins at the watermark minus the lookback, for rows are committed behind it. Rows without a cursor value are read every time,
 * first, up to a bound. A cursor value in the future is read but moves nothing. Where a row is deleted by a mark, its key is reported as deleted,
 * unless another row of the same key is alive.
 */
import type { Kysely } from 'kysely'
import { PipelineError } from '../errors.ts'
import type { Completeness, Key, Page, ReadContext, Resume } from './connector.ts'
import { parseIso } from './instants.ts'
import {
  cellValue,
  type Dialect,
  dialectOf,
  keepKey,
  type OpenSource,
  type Snapshot,
  SQL_LIMITS,
  type SqlConnection,
  type SqlLimits,
  type Tables,
} from './sql-connection.ts'
import { type Ask, PER_PAGE, type Place, pageOf, type Row, type SourceQuery, sameKeys } from './sql-keyset.ts'

export type { SourceQuery }

/** The cursor, its zone and lookback, and the key are those of the stream; without a cursor everything is read every time. */
export interface SqlDeclaration<Config> {
  /** where the database is, from the instance's settings */
  connect: (config: Config) => SqlConnection
  /**
   * The rows by Kysely: `(db, fields) => db.selectFrom('HoSos').select(fields)`; joins go here. `fields`: what the stream's schema declares.
   */
  rows: (db: Kysely<Tables>, fields: readonly string[]) => SourceQuery
  /** column or columns that are unique and never NULL in `rows`, for reading on */
  unique: readonly string[]
  /** the column that marks a deleted row, by any value but NULL, or by the value `is`; null: nothing is deleted by a mark */
  deleted: { column: string; is?: string | number | boolean } | null
  /** rows without a cursor value beyond which the read is incomplete; 100,000 unless said */
  mostNulls?: number
  /** how long the server may take */
  limits?: Partial<SqlLimits>
}

const MOST_NULLS = 100_000

interface SqlResume extends Resume {
  /** null while the rows without a cursor value are read */
  cursor: string | null
  unique: readonly unknown[]
  /** epoch ms of the snapshot from which this was read */
  snapshot: number
  /** greatest cursor value so far that is not in the future */
  upTo: string | null
}
interface Cursor {
  column: string
  zone: string
  lookback: string
}

/** Builds a stream's `read`. Ends as `changes` (`everything` without a cursor, on a first or full read), by keyset. */
export function sql<Config>(declaration: SqlDeclaration<Config>) {
  return async function* read(context: ReadContext<Config>): AsyncGenerator<Page, Completeness> {
    const connection = declaration.connect(context.config)
    const limits = { ...SQL_LIMITS, ...declaration.limits }
    const dialect = await dialectOf(connection)
    const { cursor } = context.stream
    const zone = cursor?.from === 'field' ? cursor.zone : context.zone
    let open: OpenSource | undefined
    try {
      open = await dialect.open(connection, context.source, zone, limits)
      const snapshot = await open.begin()
      try {
        return yield* readSnapshot(open, snapshot, declaration, context)
      } catch (error) {
        // the rollback would wait behind the query that got no answer
        if (dialect.isSilence(error)) open.cut()
        throw error
      } finally {
        // a read-only snapshot has nothing to lose; why it could not be closed has been said by what failed before
        await snapshot.end().catch(() => {})
      }
    } catch (error) {
      throw said(error, dialect, connection, context.source, limits)
    } finally {
      await open?.close()
    }
  }
}

function said(
  error: unknown,
  dialect: Dialect,
  connection: SqlConnection,
  source: string,
  { silentMs }: SqlLimits,
): unknown {
  if (error instanceof PipelineError) return error
  if (dialect.isSilence(error)) {
    const params = { source, seconds: silentMs / 1000, place: 'its database' }
    return new PipelineError('SOURCE_STALLED', params, { cause: error })
  }
  return dialect.meaning(error, source, connection) ?? error
}

async function* readSnapshot<Config>(
  open: OpenSource,
  snapshot: Snapshot,
  declaration: SqlDeclaration<Config>,
  context: ReadContext<Config>,
): AsyncGenerator<Page, Completeness> {
  const cursor = cursorOf(context)
  const { unique } = declaration
  const rows = (db: Kysely<Tables>) => declaration.rows(db, context.stream.fields)
  const shape = (await open.shape?.(snapshot.db, rows(snapshot.db).compile())) ?? null
  const ask: Ask = {
    db: snapshot.db,
    rows,
    unique,
    cursor: cursor?.column ?? null,
    comparesRows: open.comparesRows,
    shape,
  }
  const positionOf = (read: readonly Row[]) => {
    // nothing is greater than NULL: what comes behind such a row would be lost; behind a page that is not full nothing comes
    const empty = unique.find((column) => read.some((row) => (row[column] ?? null) === null))
    if (empty !== undefined && read.length >= PER_PAGE) {
      const expected = `a value of ${empty} in every row, by which it reads on`
      const params = { source: context.source, expected, problem: `a row has no ${empty}`, place: 'its database' }
      throw new PipelineError('SOURCE_UNREADABLE', params)
    }
    return unique.map((column) => keepKey(read.at(-1)?.[column]))
  }
  const resume = context.resume as SqlResume | null
  const watermark = context.full ? null : context.watermark
  const progress: SqlResume = resume
    ? { ...resume, snapshot: context.now }
    : { cursor: null, unique: [], snapshot: context.now, upTo: watermark }
  let remarks = snapshot.remark === undefined ? [] : [snapshot.remark]
  const toPage = async (read: readonly Row[], at: SqlResume): Promise<Page> => {
    const page = await pageFrom(ask, declaration, context.stream.key, read, at)
    const said = remarks
    remarks = []
    return said.length === 0 ? page : { ...page, remarks: said }
  }
  // two enumerations in a row are wanted for a deletion where rows could change meanwhile
  const by = snapshot.frozen ? 'keyset' : 'token'

  if (resume === null || resume.cursor === null) {
    const mostNulls = declaration.mostNulls ?? MOST_NULLS
    let after = resume?.unique ?? []
    let nulls = 0
    for (;;) {
      const read = await pageOf(ask, cursor ? 'is null' : 'any', { after })
      if (read.length === 0) break
      const before = after
      after = positionOf(read)
      checkMoved(context, before, after)
      nulls += read.length
      if (cursor && nulls > mostNulls) {
        return { enumerated: 'incomplete', why: `more than ${mostNulls} rows have no ${cursor.column}` }
      }
      yield await toPage(read, { ...progress, cursor: null, unique: after })
      context.signal.throwIfAborted()
    }
  }
  if (!cursor) return { enumerated: 'everything', by, upTo: null }

  let at = startOf(cursor, resume, watermark)
  let upTo = progress.upTo
  for (;;) {
    const read = await pageOf(ask, 'not null', at)
    const last = read.at(-1)
    if (!last) break
    const reached = cursorText(last[cursor.column])
    const before = at
    at = { cursor: reached, after: positionOf(read) }
    checkMoved(context, before, at)
    upTo = greatest(upTo, read, cursor, context.now)
    yield await toPage(read, { ...progress, cursor: reached, unique: at.after, upTo })
    context.signal.throwIfAborted()
  }
  const all = context.full || (context.watermark === null && !resume)
  return { enumerated: all ? 'everything' : 'changes', by, upTo }
}

/** A database that compares a value otherwise than it has printed it would give the same page for ever. */
function checkMoved({ source, stream }: Pick<ReadContext<never>, 'source' | 'stream'>, before: unknown, now: unknown) {
  if (JSON.stringify(before) !== JSON.stringify(now)) return
  const problem = `the page of stream "${stream.name}" behind a row ends with that row again`
  throw new PipelineError('PAGINATION_LOOP', { source, problem })
}

function cursorOf({ stream, source }: Pick<ReadContext<never>, 'stream' | 'source'>): Cursor | null {
  if (!stream.cursor) return null
  if (stream.cursor.from === 'field') return { column: stream.cursor.field, ...stream.cursor }
  const problem = `stream "${stream.name}" has no cursor column: a database has no clock of its changes`
  throw new PipelineError('CONNECTOR_INVALID', { connector: source, problem, file: 'its connector.ts' })
}

/**
 * A resumed read goes back to the lookback before the snapshot that it resumes from: rows committed late since then would lie
 * behind its position, and in front of the lookback of the next run.
 */
function startOf(cursor: Cursor, resume: SqlResume | null, watermark: string | null): Place {
  if (resume === null || resume.cursor === null) {
    return watermark === null ? { after: [] } : { cursor: before(watermark, cursor), after: [] }
  }
  const safe = before(localText(resume.snapshot, cursor.zone, resume.cursor), cursor)
  return resume.cursor < safe ? { cursor: resume.cursor, after: resume.unique } : { cursor: safe, after: [] }
}

async function pageFrom<Config>(
  ask: Ask,
  { deleted: mark }: SqlDeclaration<Config>,
  key: Key,
  rows: readonly Row[],
  resume: SqlResume,
): Promise<Page> {
  const isGone = goneBy(mark)
  const gone = rows.filter(isGone)
  const records = (gone.length === 0 ? rows : rows.filter((row) => !isGone(row))).map(recordOf)
  return gone.length === 0
    ? { records, resume }
    : { records, deleted: await deletedKeys(ask, key, gone, isGone), resume }
}

function goneBy(mark: SqlDeclaration<never>['deleted']): (row: Row) => boolean {
  if (!mark) return () => false
  if (mark.is === undefined) return (row) => row[mark.column] !== null
  // a bit is true, 1 or '1', as the database has it
  const plain = (value: unknown) => String(typeof value === 'boolean' ? Number(value) : cellValue(value))
  return (row) => row[mark.column] !== null && plain(row[mark.column]) === plain(mark.is)
}

function recordOf(row: Row): Row {
  const record: Row = {}
  for (const column in row) record[column] = cellValue(row[column])
  return record
}

/** Keys of deleted rows of which no other row is alive: a dossier typed in twice loses one row, not its life. */
async function deletedKeys(ask: Ask, key: Key, gone: readonly Row[], isGone: (row: Row) => boolean): Promise<Key[]> {
  const [first = ''] = key
  const keyOf = (row: Row): string[] => key.map((column) => String(cellValue(row[column]) ?? ''))
  const same = await sameKeys(ask, first, [...new Set(gone.map((row) => row[first]))])
  const living = new Set(same.filter((row) => !isGone(row)).map((row) => JSON.stringify(keyOf(row))))
  return gone.map(keyOf).filter((key) => key.every((part) => part !== '') && !living.has(JSON.stringify(key)))
}

const cursorText = (value: unknown): string => String(cellValue(value))

function greatest(upTo: string | null, rows: readonly Row[], cursor: Cursor, now: number): string | null {
  let best = upTo
  for (const row of rows) {
    const text = cursorText(row[cursor.column])
    const instant = parseIso(text, cursor.zone, false)
    if (instant && instant.at <= now && (best === null || text > best)) best = text
  }
  return best
}

/** `watermark` minus the lookback, in the form in which the source writes it, cut to the second. */
function before(watermark: string, cursor: Cursor): string {
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
