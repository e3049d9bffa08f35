/**
 * The warehouse: one writer, many readers, on SQLite and PostgreSQL (design §3.1).
 *
 * `write` is the only way to change it, one at a time across processes. SQLite: one connection and BEGIN IMMEDIATE, because a
 * statement of a second task would otherwise fall into the first one's open transaction and vanish with its rollback.
 * PostgreSQL: an advisory lock as the first statement, because two systems landing the same dossier under READ COMMITTED count it twice.
 */
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import Sqlite from 'better-sqlite3'
import { Kysely, PostgresDialect, SqliteDialect, sql } from 'kysely'
import pg from 'pg'
import { PipelineError } from '../errors.ts'
import type { Tables } from './tables.ts'

export type Dialect = 'sqlite' | 'postgres'
export interface Trx {
  readonly db: Kysely<Tables>
  readonly dialect: Dialect
  /** the writer's own handle: hot statements are prepared once on it (src/warehouse/bulk.ts) */
  readonly sqlite: Sqlite.Database | null
  readonly postgres: pg.PoolClient | null
}
export type Reader = Kysely<Tables>
export interface LeaseHeld {
  name: string
  token: number
}
export interface Warehouse {
  readonly dialect: Dialect
  /** without password */
  readonly label: string
  /** Runs `fn` alone, in one transaction; awaits nothing but the database inside. With a lease, its fencing token is checked first. */
  write<T>(fn: (trx: Trx) => Promise<T>, lease?: LeaseHeld): Promise<T>
  /** One consistent, read-only snapshot. */
  read<T>(fn: (db: Reader) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** 30 s: the longest single landing write seen is under 3 s; beyond this somebody is stuck and the user should know. */
const WRITE_WAIT_MS = 30_000
/** any constant; one advisory lock per database */
const ADVISORY_LOCK = 766_766

/** `location`: a file path, or `postgres://user:password@host/database`. */
export async function openWarehouse(location: string): Promise<Warehouse> {
  return /^postgres(ql)?:\/\//.test(location) ? openPostgres(location) : openSqlite(location)
}

function openSqlite(path: string): Warehouse {
  const open = (readonly: boolean) => {
    try {
      mkdirSync(dirname(path), { recursive: true })
      const database = new Sqlite(path, { readonly })
      // Waiting is ours to do, asynchronously: the holder may be another task of this very process.
      database.pragma('busy_timeout = 0')
      database.pragma('cache_size = -65536')
      if (!readonly) {
        database.pragma('journal_mode = WAL')
        database.pragma('synchronous = NORMAL')
        // 50,000 pages: the default of 1,000 halves the landing rate (large transactions are copied back too often).
        database.pragma('wal_autocheckpoint = 50000')
      }
      return database
    } catch (cause) {
      throw new PipelineError('WAREHOUSE_UNREACHABLE', { warehouse: path, problem: message(cause) }, { cause })
    }
  }
  const writer = open(false)
  const writerDb = new Kysely<Tables>({ dialect: new SqliteDialect({ database: writer }) })
  let readerDb: Kysely<Tables> | null = null
  const turn = oneAtATime()

  const begin = async () => {
    const until = Date.now() + WRITE_WAIT_MS
    for (;;) {
      try {
        writer.exec('BEGIN IMMEDIATE')
        return
      } catch (cause) {
        if (!isBusy(cause)) throw known(cause, path)
        if (Date.now() > until)
          throw new PipelineError('WAREHOUSE_BUSY', { warehouse: path, seconds: WRITE_WAIT_MS / 1000 }, { cause })
        await new Promise((resolve) => setTimeout(resolve, 1 + Math.random() * 9))
      }
    }
  }
  return {
    dialect: 'sqlite',
    label: path,
    write: (fn, lease) =>
      turn(async () => {
        await begin()
        try {
          const trx: Trx = { db: writerDb, dialect: 'sqlite', sqlite: writer, postgres: null }
          if (lease) await checkLease(trx, lease)
          const result = await fn(trx)
          writer.exec('COMMIT')
          return result
        } catch (cause) {
          if (writer.inTransaction) writer.exec('ROLLBACK')
          throw known(cause, path)
        }
      }),
    read: async (fn) => {
      readerDb ??= new Kysely<Tables>({ dialect: new SqliteDialect({ database: open(true) }) })
      return readerDb.connection().execute(async (db) => {
        await sql`BEGIN`.execute(db)
        try {
          return await fn(db)
        } finally {
          await sql`ROLLBACK`.execute(db)
        }
      })
    },
    close: async () => {
      await turn(async () => {})
      await readerDb?.destroy()
      writer.close()
    },
  }
}

// Values are 64-bit integers within 2^53 by contract; one beyond it is our fault and must not be rounded silently.
const types = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') => {
    if (oid !== pg.types.builtins.INT8 && oid !== pg.types.builtins.NUMERIC) return pg.types.getTypeParser(oid, format)
    return (text: string) => {
      const value = Number(text)
      if (Number.isInteger(value) && !Number.isSafeInteger(value)) throw new Error(`integer ${text} is beyond 2^53`)
      return value
    }
  },
}

async function openPostgres(location: string): Promise<Warehouse> {
  const label = location.replace(/\/\/[^@/]*@/, '//')
  const pool = new pg.Pool({
    connectionString: location,
    max: 6,
    types: types as never,
    connectionTimeoutMillis: 10_000,
  })
  pool.on('error', () => {}) // an idle connection that breaks is replaced at the next use, which reports if it cannot
  const kysely = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
  try {
    const client = await pool.connect()
    client.release()
  } catch (cause) {
    throw new PipelineError('WAREHOUSE_UNREACHABLE', { warehouse: label, problem: message(cause) }, { cause })
  }
  const turn = oneAtATime()
  return {
    dialect: 'postgres',
    label,
    write: (fn, lease) =>
      turn(async () => {
        const client = await pool.connect()
        // Kysely on this very connection: its pool is this one client.
        const db = new Kysely<Tables>({
          dialect: new PostgresDialect({
            pool: { connect: async () => borrowed(client), end: async () => {}, options: {} } as never,
          }),
        })
        try {
          await client.query(
            `BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = ${WRITE_WAIT_MS}; SELECT pg_advisory_xact_lock(${ADVISORY_LOCK})`,
          )
          const trx: Trx = { db, dialect: 'postgres', sqlite: null, postgres: client }
          if (lease) await checkLease(trx, lease)
          const result = await fn(trx)
          await client.query('COMMIT')
          client.release()
          return result
        } catch (cause) {
          await client.query('ROLLBACK').then(
            () => client.release(),
            (broken: Error) => client.release(broken),
          )
          throw known(cause, label)
        }
      }),
    read: (fn) => kysely.transaction().setIsolationLevel('repeatable read').setAccessMode('read only').execute(fn),
    close: async () => {
      await turn(async () => {})
      await kysely.destroy()
    },
  }
}

const borrowed = (client: pg.PoolClient) =>
  new Proxy(client, {
    get: (target, name) =>
      name === 'release'
        ? () => {}
        : typeof target[name as keyof pg.PoolClient] === 'function'
          ? (target[name as keyof pg.PoolClient] as () => unknown).bind(target)
          : target[name as keyof pg.PoolClient],
  })

/** A late holder is fenced off: its token is no longer the lease's. */
async function checkLease(trx: Trx, lease: LeaseHeld): Promise<void> {
  const row = await trx.db.selectFrom('lease').select('token').where('name', '=', lease.name).executeTakeFirst()
  if (row?.token !== lease.token) throw new PipelineError('LEASE_LOST', { what: lease.name })
}

/** A queue of one inside this process; the database's lock orders processes. */
function oneAtATime(): <T>(task: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (task) => {
    const next = last.then(task, task)
    last = next.catch(() => {})
    return next
  }
}

const message = (cause: unknown) => (cause instanceof Error ? cause.message : String(cause))
const codeOf = (cause: unknown) => String((cause as { code?: unknown } | null)?.code ?? '')
const isBusy = (cause: unknown) => codeOf(cause).startsWith('SQLITE_BUSY')
function known(cause: unknown, warehouse: string): unknown {
  const code = codeOf(cause)
  if (code === 'SQLITE_FULL' || code === '53100') return new PipelineError('DISK_FULL', { what: warehouse }, { cause })
  if (code === '55P03')
    return new PipelineError('WAREHOUSE_BUSY', { warehouse, seconds: WRITE_WAIT_MS / 1000 }, { cause })
  return cause
}
