/**
 * MySQL and MariaDB: REPEATABLE READ, `START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY` on one connection. Tables of InnoDB alone have
 * snapshots; a MyISAM table is read as it stands.
 */
import { connect as connectSocket } from 'node:net'
import { Kysely, MysqlDialect, type MysqlPool, sql as raw } from 'kysely'
import { type Connection, type ConnectionOptions, createConnection, type TypeCast } from 'mysql2'
import { PipelineError } from '../errors.ts'
import { type Address, addressOf, MIN_TLS, TLS_PROBLEM } from './sql-address.ts'
import { type Dialect, KEEP_ALIVE_MS, type SqlLimits, serverOf, type Tables } from './sql-connection.ts'

const PORT = 3306

export const dialect: Dialect = {
  async open(connection, source, zone, limits) {
    const address = addressOf(serverOf(connection), source, PORT, false)
    const client = createConnection(optionsOf(address, limits))
    // what breaks while no query is under way is said by the next one, with the source's name
    client.on('error', () => {})
    await connected(client)
    const db = new Kysely<Tables>({ dialect: new MysqlDialect({ pool: poolOf(client, limits.silentMs) }) })
    return {
      db,
      comparesRows: false,
      async begin() {
        await prepare(db, source, zone, limits.statementMs)
        await raw`start transaction with consistent snapshot, read only`.execute(db)
        return { db, frozen: true, end: async () => void (await raw`rollback`.execute(db)) }
      },
      cut: () => client.destroy(),
      close: () => db.destroy(),
    }
  },
  isSilence: (error) => codeOf(error) === 'PROTOCOL_SEQUENCE_TIMEOUT',
  meaning(error, source) {
    const { errno, message, fatal } = error as { errno?: unknown; message?: unknown; fatal?: unknown }
    // the driver gives no code for a statement on a connection that is gone
    const code = codeOf(error) || (fatal === true ? 'the connection was lost' : '')
    if (code === '') return null
    const options = { cause: error }
    const number = Number(errno)
    if (REFUSED_LOGIN.has(number)) {
      return new PipelineError('SOURCE_UNAUTHORIZED', { source, problem: `${code} (${number})` }, options)
    }
    if (OUT_OF_REACH.has(number) || /^E[A-Z]+$|^PROTOCOL_/.test(code) || TLS_PROBLEM.test(code) || fatal === true) {
      return new PipelineError('SOURCE_UNREACHABLE', { source, problem: code }, options)
    }
    if (WRONG_NAMES.has(number)) {
      const expected = 'the tables and columns of this connector'
      const params = { source, expected, problem: String(message), place: 'its database' }
      return new PipelineError('SOURCE_UNREADABLE', params, options)
    }
    return new PipelineError('SOURCE_ANSWERED_ERROR', { source, problem: `${code} (${number})` }, options)
  },
}

const codeOf = (error: unknown): string => {
  const { code } = error as { code?: unknown }
  return typeof code === 'string' ? code : ''
}
/** access denied: to the server, the database, a table, a column; the login plug-in */
const REFUSED_LOGIN = new Set([1044, 1045, 1142, 1143, 1698])
/** no table, column, database, function of that name */
const WRONG_NAMES = new Set([1049, 1054, 1146, 1305])
/** too many connections, going down, waited too long for a lock, a deadlock, the statement's time is over (MySQL, MariaDB) */
const OUT_OF_REACH = new Set([1040, 1053, 1205, 1213, 3024, 1969])

function optionsOf({ tls, host, port, ...login }: Address, { connectMs }: SqlLimits): ConnectionOptions {
  // the driver verifies the name by which it calls the server; where the certificate has another, only the socket knows the address
  const socket = () => connectSocket({ host, port, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS })
  const name = tls?.servername
  const { servername: _, minVersion = MIN_TLS, ...files } = tls ?? {}
  return {
    ...login,
    port,
    host: name ?? host,
    ...(host.startsWith('/') ? { socketPath: host } : name === undefined ? {} : { stream: socket }),
    ...(tls ? { ssl: { ...files, minVersion, rejectUnauthorized: true, verifyIdentity: true } } : {}),
    connectTimeout: connectMs,
    enableKeepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_MS,
    charset: 'utf8mb4',
    dateStrings: true,
    jsonStrings: true,
    typeCast,
  }
}

/** Whole numbers of 64 bits exactly, bits as a number. */
const typeCast: TypeCast = (field, next) => {
  if (field.type === 'LONGLONG') {
    const digits = field.string()
    return digits === null ? null : BigInt(digits)
  }
  if (field.type === 'BIT') {
    const bytes = field.buffer()
    return bytes === null ? null : bytes.length <= 6 ? bytes.readUIntBE(0, bytes.length) : bytes
  }
  return next()
}

const connected = (client: Connection): Promise<void> =>
  new Promise((resolve, reject) => {
    client.connect((error) => {
      if (!error) return resolve()
      client.destroy()
      reject(error)
    })
  })

/**
 * Kysely's pool of one connection that is never replaced: a new one would stand outside the snapshot. Each query has a deadline of ours, since
 * the server's own ends nothing where the network in between has dropped the connection.
 */
function poolOf(client: Connection, silentMs: number): MysqlPool {
  type Done = (error: unknown, result: unknown) => void
  const one = {
    config: undefined,
    threadId: undefined,
    query(sql: string, values: readonly unknown[], done?: Done) {
      return client.query({ sql, values: [...values], timeout: silentMs }, (error, result) => done?.(error, result))
    },
    release() {},
    destroy: () => client.destroy(),
    connect(done: (error?: unknown) => void) {
      done()
    },
  }
  return {
    getConnection: (done: (error: unknown, connection: never) => void) => done(null, one as never),
    end: (done: (error: unknown) => void) => {
      // it answers nothing any more where it was cut
      client.destroy()
      done(null)
    },
  } as MysqlPool
}

/** `sql_mode`: with NO_BACKSLASH_ESCAPES the driver's way of writing a value into a statement would not be safe. */
async function prepare(db: Kysely<Tables>, source: string, zone: string, statementMs: number): Promise<void> {
  await raw`set session sql_mode = ''`.execute(db)
  await raw`set session transaction isolation level repeatable read`.execute(db)
  const { rows } = await raw<{ version: string }>`select version() as version`.execute(db)
  if (/mariadb/i.test(rows[0]?.version ?? '')) {
    await raw`set session max_statement_time = ${statementMs / 1000}`.execute(db)
  } else await raw`set session max_execution_time = ${statementMs}`.execute(db)
  await setZone(db, source, zone)
}

/** TIMESTAMP columns are printed in, and compared from, the stream's zone. A server seldom knows zones by name; an offset it always knows. */
async function setZone(db: Kysely<Tables>, source: string, zone: string): Promise<void> {
  try {
    await raw`set session time_zone = ${zone}`.execute(db)
  } catch (error) {
    if ((error as { errno?: unknown }).errno !== UNKNOWN_ZONE) throw error
    const offset = onlyOffset(zone)
    if (offset === null) {
      const problem = `the server does not know the time zone ${zone}, whose offset changes`
      const expected = 'a server with time zone tables (mysql_tzinfo_to_sql)'
      throw new PipelineError('SOURCE_UNREADABLE', { source, expected, problem, place: 'its database' })
    }
    await raw`set session time_zone = ${offset}`.execute(db)
  }
}
const UNKNOWN_ZONE = 1298

/** `+07:00` where the zone has had that offset since 1990 and has no other ahead; else null. */
export function onlyOffset(zone: string): string | null {
  const since = Temporal.PlainDate.from('1990-01-01').toZonedDateTime(zone)
  return since.getTimeZoneTransition('next') === null ? since.offset : null
}
