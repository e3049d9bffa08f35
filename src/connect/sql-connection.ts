/**
 * Read-only connections to departmental databases, as Kysely sees them. Dates and naive timestamps arrive as the text that the database
 * prints, never as a Date made in this machine's zone, and whole numbers of any size exactly.
 */
import { existsSync } from 'node:fs'
import Database from 'better-sqlite3'
import { Kysely, PostgresDialect, SqliteDialect } from 'kysely'
import pg from 'pg'
import { PipelineError } from '../errors.ts'

/** Any table, any column: what they are is known to the department's database alone. */
export type Tables = Record<string, Record<string, unknown>>

export type SqlConnection =
  /** path of the database file, which is opened read-only */
  | { dialect: 'sqlite'; file: string }
  /** `postgres://user:password@host:port/database`, with a user that may only read */
  | { dialect: 'postgres'; url: string }

export interface SqlLimits {
  /** until the server has let us in */
  connectMs: number
  /** after which the server itself ends a statement */
  statementMs: number
  /** after which we take the server for gone: it ends nothing where the network in between has dropped the connection */
  silentMs: number
}
export const SQL_LIMITS: SqlLimits = { connectMs: 10_000, statementMs: 120_000, silentMs: 130_000 }
const BUSY_MS = 5_000
/** 30 s: a read waits for minutes while a page lands; firewalls forget a connection that is silent for so long. */
const KEEP_ALIVE_MS = 30_000

export interface OpenSource {
  db: Kysely<Tables>
  /** Ends the connection at once, without a word to the server: for one that has fallen silent, behind which anything else would wait. */
  cut(): void
  close(): Promise<void>
}

/** @throws PipelineError SOURCE_MISSING where the file does not exist */
export function openSource(connection: SqlConnection, source: string, zone: string, limits: SqlLimits): OpenSource {
  if (connection.dialect === 'postgres') return openPostgres(connection.url, zone, limits)
  const { file } = connection
  if (!existsSync(file)) throw new PipelineError('SOURCE_MISSING', { source, place: file })
  const database = new Database(file, { readonly: true, fileMustExist: true, timeout: BUSY_MS })
  database.defaultSafeIntegers(true)
  const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database }) })
  return { db, cut() {}, close: () => db.destroy() }
}

function openPostgres(url: string, zone: string, { connectMs, statementMs, silentMs }: SqlLimits): OpenSource {
  const pool = new pg.Pool({
    connectionString: url,
    max: 1,
    connectionTimeoutMillis: connectMs,
    statement_timeout: statementMs,
    query_timeout: silentMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    // timestamptz is printed in, and compared from, the stream's zone
    options: `-c TimeZone=${zone} -c DateStyle=ISO`,
    types: { getTypeParser: (oid: number) => parserOf(oid) },
  })
  let client: pg.PoolClient | undefined
  // A connection that the server closes while no query is under way is reported here, to the pool or, within a snapshot, to the client; the next
  // query says it again, with the source's name.
  pool.on('error', () => {})
  pool.on('connect', (made) => {
    client = made
    made.on('error', () => {})
  })
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
  // with a query under way, pg's `end` closes the socket and does not wait for the other side
  return { db, cut: () => void client?.end(), close: () => db.destroy() }
}
const INT2_INT4_OID = new Set([21, 23, 26])
const FLOAT4_FLOAT8 = new Set([700, 701])
const BOOL = 16
function parserOf(oid: number): (text: string) => unknown {
  if (INT2_INT4_OID.has(oid) || FLOAT4_FLOAT8.has(oid)) return Number
  return oid === BOOL ? (text) => text === 't' : (text) => text
}

/** Whole numbers as numbers while they are exact, else as their digits; bytes as hex. */
export function cellValue(value: unknown): unknown {
  if (typeof value === 'bigint') {
    return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : String(value)
  }
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value
}

const REFUSED_LOGIN = /^28|^42501$/
const WRONG_NAMES = /^(?:42P01|42703|42883|3D000|3F000)$/
const OUT_OF_REACH = /^(?:08|53|57|40)|^E[A-Z]+$/

/** The server did not answer a query within `silentMs`: pg has no code for it. */
export const isSilence = (error: unknown): boolean => (error as { message?: unknown }).message === 'Query read timeout'

/** What a driver's error means. Its text is not passed on where it may quote values of a row. */
export function sqlError(error: unknown, connection: SqlConnection, source: string, limits: SqlLimits): unknown {
  if (error instanceof PipelineError) return error
  const { code, message } = error as { code?: unknown; message?: unknown }
  const place = connection.dialect === 'sqlite' ? connection.file : 'its database'
  const options = { cause: error }
  if (connection.dialect === 'sqlite') {
    if (typeof code !== 'string' || !code.startsWith('SQLITE_')) return error
    if (/BUSY|LOCKED/.test(code)) {
      return new PipelineError(
        'SOURCE_UNREACHABLE',
        { source, problem: `its database stayed locked for ${BUSY_MS / 1000} s` },
        options,
      )
    }
    const problem = code === 'SQLITE_ERROR' ? String(message) : code
    const expected = code === 'SQLITE_ERROR' ? 'the tables and columns of this connector' : 'a SQLite database'
    return new PipelineError('SOURCE_UNREADABLE', { source, expected, problem, place }, options)
  }
  if (isSilence(error)) {
    return new PipelineError('SOURCE_STALLED', { source, seconds: limits.silentMs / 1000, place }, options)
  }
  if (typeof code !== 'string') {
    const lost = /timeout|terminated|Connection/i.test(String(message))
    return lost ? new PipelineError('SOURCE_UNREACHABLE', { source, problem: String(message) }, options) : error
  }
  if (REFUSED_LOGIN.test(code)) return new PipelineError('SOURCE_UNAUTHORIZED', { source, problem: code }, options)
  if (OUT_OF_REACH.test(code)) return new PipelineError('SOURCE_UNREACHABLE', { source, problem: code }, options)
  if (WRONG_NAMES.test(code)) {
    const expected = 'the tables and columns of this connector'
    return new PipelineError('SOURCE_UNREADABLE', { source, expected, problem: String(message), place }, options)
  }
  return new PipelineError('SOURCE_ANSWERED_ERROR', { source, problem: `SQLSTATE ${code}` }, options)
}
