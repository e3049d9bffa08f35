/** The same made-up table of dossiers on each kind of database that a department has. */
import Database from 'better-sqlite3'
import pg from 'pg'
import { type SqlDeclaration, sql } from '../../src/connect/sql.ts'
import type { SqlConnection } from '../../src/connect/sql-connection.ts'
import { mariadbPlace } from '../support/mariadb.ts'
import { type ReadOptions, readAll } from '../support/read.ts'
import { throwaway } from '../support/warehouse.ts'

export const ZONE = 'Asia/Ho_Chi_Minh'
export const STREAM: NonNullable<ReadOptions['stream']> = {
  key: ['MaHoSo'],
  cursor: { from: 'field', field: 'NgayCapNhat', zone: ZONE, granularity: 'second', lookback: 'PT2H' },
  deletes: 'tombstones',
}
export const DECLARATION: SqlDeclaration<SqlConnection> = {
  connect: (connection) => connection,
  rows: (db) => db.selectFrom('HoSos').selectAll(),
  unique: ['Id'],
  mostNulls: 2_500,
  deleted: { column: 'DeletedOn' },
}
export const read = sql(DECLARATION)
/** Reads as the stream of dossiers does. */
export const readSql = (of: typeof read, connection: SqlConnection, options: ReadOptions = {}) =>
  readAll(of, connection, { ...options, stream: { ...STREAM, ...options.stream } })

export type Row = [id: number | string, code: string, changed: string | null, deleted?: string | null]
export interface Source {
  connection: SqlConnection
  /** '' for a file */
  url: string
  put(...rows: Row[]): Promise<void>
  run(statement: string): Promise<void>
  close(): Promise<void>
}

export async function sqliteSource(): Promise<Source> {
  const place = await throwaway('sqlite')
  const db = new Database(place.location)
  db.pragma('journal_mode = WAL')
  db.exec('CREATE TABLE HoSos (Id INTEGER PRIMARY KEY, MaHoSo TEXT, NgayCapNhat TEXT, DeletedOn TEXT, NgayNop TEXT)')
  const insert = db.prepare("INSERT OR REPLACE INTO HoSos VALUES (CAST(? AS INTEGER), ?, ?, ?, '2024-11-05')")
  return {
    connection: { dialect: 'sqlite', file: place.location },
    url: '',
    async put(...rows) {
      db.transaction(() => {
        for (const [id, code, changed, deleted = null] of rows) insert.run(String(id), code, changed, deleted)
      })()
    },
    run: async (statement) => void db.exec(statement),
    async close() {
      db.close()
      await place.remove()
    },
  }
}

export async function postgresSource(): Promise<Source> {
  const place = await throwaway('postgres')
  const client = new pg.Client({ connectionString: place.location })
  await client.connect()
  await client.query(
    'CREATE TABLE "HoSos" ("Id" bigint PRIMARY KEY, "MaHoSo" text, "NgayCapNhat" timestamp, "DeletedOn" timestamp, "NgayNop" date)',
  )
  const insert =
    'INSERT INTO "HoSos" VALUES ($1, $2, $3, $4, \'2024-11-05\') ON CONFLICT ("Id") DO UPDATE SET "NgayCapNhat" = $3, "DeletedOn" = $4'
  return {
    connection: { dialect: 'postgres', url: place.location },
    url: place.location,
    async put(...rows) {
      await client.query('BEGIN')
      for (const [id, code, changed, deleted = null] of rows) await client.query(insert, [id, code, changed, deleted])
      await client.query('COMMIT')
    },
    run: async (statement) => void (await client.query(statement)),
    async close() {
      await client.end()
      await place.remove()
    },
  }
}

export async function mariadbSource(): Promise<Source> {
  const { url, client, remove } = await mariadbPlace()
  await client.query(
    'CREATE TABLE HoSos (Id bigint PRIMARY KEY, MaHoSo varchar(100), NgayCapNhat datetime, DeletedOn datetime, NgayNop date) ENGINE=InnoDB',
  )
  return {
    connection: { dialect: 'mysql', url },
    url,
    async put(...rows) {
      const values = rows.map(([id, code, changed, deleted = null]) => [id, code, changed, deleted, '2024-11-05'])
      await client.query('REPLACE INTO HoSos VALUES ?', [values])
    },
    run: async (statement) => void (await client.query(statement)),
    close: remove,
  }
}

export const ids = (rows: readonly Record<string, unknown>[]) => rows.map((row) => Number(row.Id)).sort((a, b) => a - b)
export const range = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i)
