/**
 * Read-only connections to departmental databases, as Kysely sees them; a driver is loaded when its dialect is first read. Dates and naive
 * timestamps arrive as the text that the database prints, never as a Date made in this machine's zone, whole numbers of any size and
 * decimals exactly.
 */
import type { Expression, Kysely } from 'kysely'
import type { PipelineError } from '../errors.ts'
import type { ServerAddress } from './sql-address.ts'

/** Any table, any column: what they are is known to the department's database alone. */
export type Tables = Record<string, Record<string, unknown>>

export const SQL_DIALECTS = ['sqlite', 'postgres', 'mysql', 'mssql'] as const
export type SqlDialect = (typeof SQL_DIALECTS)[number]
/** On which servers reading is tested; null: what is sent is tested, no server has answered it. `ioc connector check` says so. */
export const SQL_TESTED_ON: Readonly<Record<SqlDialect, string | null>> = {
  sqlite: 'SQLite 3',
  postgres: 'PostgreSQL 18',
  mysql: 'MariaDB 10.11',
  mssql: null,
}
export const SQL_TESTED = Object.fromEntries(
  SQL_DIALECTS.map((dialect) => [dialect, SQL_TESTED_ON[dialect] !== null]),
) as Readonly<Record<SqlDialect, boolean>>

export type SqlConnection =
  /** path of the database file, which is opened read-only */
  | { dialect: 'sqlite'; file: string }
  /** a server, by address or by parts, with a user that may only read; `mysql` is MariaDB too */
  | ({ dialect: 'postgres' | 'mysql' | 'mssql' } & ServerAddress)

export function serverOf(connection: SqlConnection): ServerAddress {
  if (connection.dialect === 'sqlite') throw new TypeError('a file is no server')
  return connection
}

export interface SqlLimits {
  /** until the server has let us in, ms; 10,000 unless said */
  connectMs: number
  /** after which the server itself ends a statement, ms; 120,000 unless said */
  statementMs: number
  /** after which we take the server for gone, ms; 130,000 unless said: it ends nothing where the network in between has dropped the connection */
  silentMs: number
}
export const SQL_LIMITS: SqlLimits = { connectMs: 10_000, statementMs: 120_000, silentMs: 130_000 }
/** 30 s: a read waits for minutes while a page lands; firewalls forget a connection that is silent for so long. */
export const KEEP_ALIVE_MS = 30_000

/** How the columns of `rows` are asked for and compared, where that depends on their type in the database. */
export interface Shape {
  /** the expressions to select, each with its column's name; null: all columns as they are */
  selection: readonly { column: string; as: Expression<unknown> }[] | null
  /** a value as it has to be written to be compared with a column */
  bind(column: string, value: unknown): unknown
}
export interface Snapshot {
  db: Kysely<Tables>
  /** false where the server offers none: rows that change meanwhile may be seen before and after */
  frozen: boolean
  /** what a person should know of this read */
  remark?: string
  end(): Promise<void>
}
export interface OpenSource {
  db: Kysely<Tables>
  /** `(a, b) > (1, 2)` is understood, and an index used for it */
  comparesRows: boolean
  begin(): Promise<Snapshot>
  shape?(db: Kysely<Tables>, query: { sql: string; parameters: readonly unknown[] }): Promise<Shape>
  /** Ends the connection at once, without a word to the server: for one that has fallen silent, behind which anything else would wait. */
  cut(): void
  close(): Promise<void>
}
/** A dialect's module. */
export interface Dialect {
  open(connection: SqlConnection, source: string, zone: string, limits: SqlLimits): Promise<OpenSource>
  /** What a driver's error means; null: it is none of the driver's. Its text is not passed on where it may quote values of a row. */
  meaning(error: unknown, source: string, connection: SqlConnection): PipelineError | null
  /** The server did not answer within `silentMs`. */
  isSilence(error: unknown): boolean
}

const DIALECTS: Readonly<Record<SqlDialect, () => Promise<{ dialect: Dialect }>>> = {
  sqlite: () => import('./sql-sqlite.ts'),
  postgres: () => import('./sql-postgres.ts'),
  mysql: () => import('./sql-mysql.ts'),
  mssql: () => import('./sql-mssql.ts'),
}
export const dialectOf = async ({ dialect }: SqlConnection): Promise<Dialect> => (await DIALECTS[dialect]()).dialect

/** Whole numbers as numbers while they are exact, else as their digits; bytes as hex. */
export function cellValue(value: unknown): unknown {
  if (typeof value === 'bigint') return isExact(value) ? Number(value) : String(value)
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value
}
const isExact = (value: bigint) => value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER

/** A value of a key as a resume point keeps it: what JSON has no type for is marked, so that it is compared as what it was. */
export function keepKey(value: unknown): unknown {
  if (typeof value === 'bigint' && !isExact(value)) return { whole: String(value) }
  return value instanceof Uint8Array ? { bytes: Buffer.from(value).toString('hex') } : cellValue(value)
}
export function keptKey(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  const { whole, bytes } = value as { whole?: string; bytes?: string }
  return whole === undefined ? Buffer.from(bytes ?? '', 'hex') : BigInt(whole)
}
