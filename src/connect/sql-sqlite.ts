/** SQLite: a file, opened read-only; one deferred transaction is the snapshot. */
import { existsSync } from 'node:fs'
import Database from 'better-sqlite3'
import { Kysely, SqliteDialect } from 'kysely'
import { PipelineError } from '../errors.ts'
import type { Dialect, SqlConnection, Tables } from './sql-connection.ts'

const BUSY_MS = 5_000
const fileOf = (connection: SqlConnection) => (connection.dialect === 'sqlite' ? connection.file : '')

export const dialect: Dialect = {
  /** @throws PipelineError SOURCE_MISSING where the file does not exist */
  async open(connection, source) {
    const file = fileOf(connection)
    if (!existsSync(file)) throw new PipelineError('SOURCE_MISSING', { source, place: file })
    const database = new Database(file, { readonly: true, fileMustExist: true, timeout: BUSY_MS })
    database.defaultSafeIntegers(true)
    const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database }) })
    return {
      db,
      comparesRows: true,
      async begin() {
        const snapshot = await db.startTransaction().execute()
        return { db: snapshot, frozen: true, end: () => snapshot.rollback().execute() }
      },
      cut() {},
      close: () => db.destroy(),
    }
  },
  isSilence: () => false,
  meaning(error, source, connection) {
    const { code, message } = error as { code?: unknown; message?: unknown }
    if (typeof code !== 'string' || !code.startsWith('SQLITE_')) return null
    const options = { cause: error }
    if (/BUSY|LOCKED/.test(code)) {
      const problem = `its database stayed locked for ${BUSY_MS / 1000} s`
      return new PipelineError('SOURCE_UNREACHABLE', { source, problem }, options)
    }
    const problem = code === 'SQLITE_ERROR' ? String(message) : code
    const expected = code === 'SQLITE_ERROR' ? 'the tables and columns of this connector' : 'a SQLite database'
    return new PipelineError('SOURCE_UNREADABLE', { source, expected, problem, place: fileOf(connection) }, options)
  },
}
