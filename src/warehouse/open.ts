/**
 * The warehouse: one writer, many readers, on SQLite and PostgreSQL (design §3.1).
 *
 * `write` is the only way to change it, one at a time across processes. SQLite: one connection and BEGIN IMMEDIATE, because a
 * statement of a second task would otherwise fall into the first one's open transaction and vanish with its rollback.
 * PostgreSQL: an advisory lock as the first statement, because two systems landing the same dossier under READ COMMITTED count it twice.
 */
import { existsSync, mkdirSync } from 'node:fs'
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

export interface OpenOptions {
  /** how long a write waits for its turn among processes */
  waitMs?: number
  /** how long a PostgreSQL server may leave a statement without an answer */
  silentMs?: number
}

/** 30 s: the longest single landing write seen is under 3 s; beyond this somebody is stuck and the user should know. */
const WRITE_WAIT_MS = 30_000
/**
 * 5 s: another process may hold the file for a moment while it recovers the log after a crash or copies it back at its end. Nothing in
 * this process holds it across an await, so waiting on the thread cannot wait for ourselves.
 */
const OPEN_WAIT_MS = 5_000
/** 120 s: a write awaits only the database; a client silent for longer has lost its machine, and would hold the lock until TCP notices (hours). */
const SILENT_MS = 120_000
/**
 * 10 min: far above any one statement of ours, also a migration's (a whole landing write stays under 3 s). Beyond it the network has dropped
 * the connection without a word, and waiting on would keep this process, and its leases, for as long as TCP repeats itself.
 */
const STATEMENT_MS = 600_000
/** 10 s: taking back is quick, or stands behind a statement that will never be answered. */
const ROLLBACK_MS = 10_000
/** 30 s: firewalls forget a connection that is silent for minutes, as one is between two runs of `serve`. */
const KEEP_ALIVE_MS = 30_000
/** any constant; one advisory lock per database */
const ADVISORY_LOCK = 766_766

/** `location`: a file path, or `postgres://user:password@host/database`. */
export async function openWarehouse(
  location: string,
  { waitMs = WRITE_WAIT_MS, silentMs = STATEMENT_MS }: OpenOptions = {},
): Promise<Warehouse> {
  return /^postgres(ql)?:\/\//.test(location) ? openPostgres(location, waitMs, silentMs) : openSqlite(location, waitMs)
}

function openSqlite(path: string, waitMs: number): Warehouse {
  const open = (readonly: boolean) => {
    let database: Sqlite.Database | undefined
    try {
      makeFolder(dirname(path))
      database = new Sqlite(path, { readonly, timeout: OPEN_WAIT_MS })
      database.pragma('cache_size = -65536')
      if (!readonly) {
        database.pragma('journal_mode = WAL')
        database.pragma('synchronous = NORMAL')
        // 50,000 pages: the default of 1,000 halves the landing rate (large transactions are copied back too often).
        database.pragma('wal_autocheckpoint = 50000')
        // Waiting for a turn is ours to do, asynchronously: the holder may be another task of this very process.
        database.pragma('busy_timeout = 0')
      }
      return database
    } catch (cause) {
      database?.close()
      const problem = known(cause, path, waitMs)
      throw problem instanceof PipelineError ? problem : unreachable(path, cause)
    }
  }
  const writer = open(false)
  let readerDb: Kysely<Tables> | null = null
  const turn = oneAtATime()

  const begin = async () => {
    const until = Date.now() + waitMs
    for (;;) {
      try {
        writer.exec('BEGIN IMMEDIATE')
        return
      } catch (cause) {
        if (!isBusy(cause)) throw known(cause, path, waitMs)
        if (Date.now() > until) throw busy(path, waitMs, cause)
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
        const door = { open: true }
        const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database: behind(door, writer) }) })
        try {
          const trx: Trx = { db, dialect: 'sqlite', sqlite: writer, postgres: null }
          if (lease) await checkLease(trx, lease)
          const result = await fn(trx)
          door.open = false
          writer.exec('COMMIT')
          return result
        } catch (cause) {
          door.open = false
          if (writer.inTransaction) writer.exec('ROLLBACK')
          throw known(cause, path, waitMs)
        }
      }),
    read: async (fn) => {
      readerDb ??= new Kysely<Tables>({ dialect: new SqliteDialect({ database: open(true) }) })
      try {
        return await readerDb.connection().execute(async (db) => {
          await sql`BEGIN`.execute(db)
          try {
            return await fn(db)
          } finally {
            await sql`ROLLBACK`.execute(db)
          }
        })
      } catch (cause) {
        throw wroteInRead(cause) ? cause : known(cause, path, waitMs)
      }
    },
    close: async () => {
      await turn(async () => {})
      await readerDb?.destroy()
      writer.close()
    },
  }
}

/** Not `recursive`: Node 26 then tries for ever, deaf to signals, where a folder exists in which none can be made (/proc). */
function makeFolder(path: string): void {
  if (existsSync(path)) return
  makeFolder(dirname(path))
  try {
    mkdirSync(path)
  } catch (cause) {
    // another process was faster; what is no folder is found by opening the file
    if (codeOf(cause) !== 'EEXIST') throw cause
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

async function openPostgres(location: string, waitMs: number, silentMs: number): Promise<Warehouse> {
  // up to the last @ and without settings: a password may hold / and @, and may stand behind the question mark
  const label = location.replace(/\/\/.*@/s, '//').replace(/\?.*$/s, '')
  const pool = new pg.Pool({
    connectionString: location,
    max: 6,
    types: types as never,
    connectionTimeoutMillis: 10_000,
    query_timeout: silentMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
  })
  // A connection that breaks while idle is replaced at its next use; one that breaks in use fails its query, which reports it. Without a
  // listener of its own the second would end the process.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  const kysely = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
  try {
    const client = await pool.connect()
    client.release()
  } catch (cause) {
    await pool.end()
    throw unreachable(label, cause)
  }
  const turn = oneAtATime()
  return {
    dialect: 'postgres',
    label,
    write: (fn, lease) =>
      turn(async () => {
        const client = await pool.connect().catch((cause: unknown) => {
          throw unreachable(label, cause)
        })
        const door = { open: true }
        const borrowed = behind(door, client)
        // Kysely on this very connection: its pool is this one client.
        const db = new Kysely<Tables>({
          dialect: new PostgresDialect({
            pool: { connect: async () => borrowed, end: async () => {}, options: {} } as never,
          }),
        })
        try {
          await client.query(
            `BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = ${waitMs}; SET LOCAL idle_in_transaction_session_timeout = ${SILENT_MS}; SELECT pg_advisory_xact_lock(${ADVISORY_LOCK})`,
          )
          const trx: Trx = { db, dialect: 'postgres', sqlite: null, postgres: borrowed }
          if (lease) await checkLease(trx, lease)
          const result = await fn(trx)
          door.open = false
          await client.query('COMMIT')
          client.release()
          return result
        } catch (cause) {
          door.open = false
          await client
            .query({ text: 'ROLLBACK', query_timeout: Math.min(silentMs, ROLLBACK_MS) } as pg.QueryConfig)
            .then(
              () => client.release(),
              (broken: Error) => client.release(broken),
            )
          throw known(cause, label, waitMs)
        }
      }),
    read: async (fn) => {
      try {
        return await kysely.transaction().setIsolationLevel('repeatable read').setAccessMode('read only').execute(fn)
      } catch (cause) {
        throw wroteInRead(cause) ? cause : known(cause, label, waitMs)
      }
    },
    close: async () => {
      await turn(async () => {})
      await kysely.destroy()
    },
  }
}

/**
 * The writer's handle for the length of one write. A statement that outlived it (not awaited, or beside one that failed) would fall into
 * the next write or run by itself, and stay: it is refused. Closing and releasing are not the borrower's to do.
 */
function behind<Handle extends object>(door: { open: boolean }, handle: Handle): Handle {
  return new Proxy(handle, {
    get: (target, name) => {
      if (name === 'release' || name === 'close') return () => {}
      const value: unknown = Reflect.get(target, name)
      if (typeof value !== 'function') return value
      return (...given: unknown[]) => {
        if (!door.open) throw new Error('a statement outside its write')
        return value.apply(target, given)
      }
    },
  })
}

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
const busy = (warehouse: string, waitMs: number, cause: unknown) =>
  new PipelineError('WAREHOUSE_BUSY', { warehouse, seconds: waitMs / 1000 }, { cause })
const unreachable = (warehouse: string, cause: unknown) =>
  new PipelineError('WAREHOUSE_UNREACHABLE', { warehouse, problem: message(cause) }, { cause })

/** PostgreSQL's classes 08 and 57P: the connection or the server went away; 25P03: we were silent too long; then what the socket says. */
const GONE = /^(08...|57P0.|25P03|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT)$/
const isGone = (cause: unknown) =>
  GONE.test(codeOf(cause)) ||
  /^(Connection terminated|Client has encountered a connection error|Query read timeout)/.test(message(cause))

/**
 * PostgreSQL: no right to it (42501), no schema that this user may use (3F000), a user that may only read (25006), a login that holds no
 * longer (class 28). SQLite: the same of a file and its folder, and a disk that fails.
 */
const DENIED = /^(42501|3F000|25006|28...|SQLITE_(CANTOPEN|READONLY|PERM|IOERR)(_.*)?)$/
/** A statement of ours that would write where only reading is allowed: a bug, which keeps its stack. */
const wroteInRead = (cause: unknown) => ['25006', 'SQLITE_READONLY'].includes(codeOf(cause))

// SQLite has no code for a log's index that cannot grow, nor for a quota or a limit of the file's size: it calls them input/output errors.
const FULL = new Set(['SQLITE_FULL', 'SQLITE_IOERR_SHMSIZE', 'SQLITE_IOERR_WRITE', 'ENOSPC', 'EDQUOT', '53100'])

function known(cause: unknown, warehouse: string, waitMs: number): unknown {
  if (cause instanceof PipelineError) return cause
  const code = codeOf(cause)
  if (FULL.has(code)) return new PipelineError('DISK_FULL', { what: warehouse }, { cause })
  if (code === '55P03') return busy(warehouse, waitMs, cause)
  if (DENIED.test(code) || isGone(cause)) return unreachable(warehouse, cause)
  return cause
}
