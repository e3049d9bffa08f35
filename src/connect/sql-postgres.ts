/** PostgreSQL: REPEATABLE READ READ ONLY is the snapshot. */
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { PipelineError } from '../errors.ts'
import { addressOf, MIN_TLS, type SqlTls, TLS_PROBLEM } from './sql-address.ts'
import { type Dialect, KEEP_ALIVE_MS, serverOf, type Tables } from './sql-connection.ts'

const PORT = 5432

export const dialect: Dialect = {
  async open(connection, source, zone, { connectMs, statementMs, silentMs }) {
    const { tls, ...where } = addressOf(serverOf(connection), source, PORT, false)
    const pool = new pg.Pool({
      ...where,
      ssl: tls === null ? false : optionsOf(tls),
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
    // A connection that the server closes while no query is under way is reported here, to the pool or, within a snapshot, to the client; the
    // next query says it again, with the source's name.
    pool.on('error', () => {})
    pool.on('connect', (made) => {
      client = made
      made.on('error', () => {})
    })
    const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
    return {
      db,
      comparesRows: true,
      async begin() {
        const begin = db.startTransaction().setIsolationLevel('repeatable read').setAccessMode('read only')
        const snapshot = await begin.execute()
        return { db: snapshot, frozen: true, end: () => snapshot.rollback().execute() }
      },
      // with a query under way, pg's `end` closes the socket and does not wait for the other side
      cut: () => void client?.end(),
      close: () => db.destroy(),
    }
  },
  // pg has no code for it
  isSilence: (error) => (error as { message?: unknown }).message === 'Query read timeout',
  meaning(error, source) {
    const { code, message } = error as { code?: unknown; message?: unknown }
    const options = { cause: error }
    const unreachable = (problem: string) => new PipelineError('SOURCE_UNREACHABLE', { source, problem }, options)
    if (typeof code !== 'string') {
      return /timeout|terminated|Connection|SSL/i.test(String(message)) ? unreachable(String(message)) : null
    }
    if (REFUSED_LOGIN.test(code)) return new PipelineError('SOURCE_UNAUTHORIZED', { source, problem: code }, options)
    if (OUT_OF_REACH.test(code) || TLS_PROBLEM.test(code)) return unreachable(code)
    if (WRONG_NAMES.test(code)) {
      const expected = 'the tables and columns of this connector'
      const params = { source, expected, problem: String(message), place: 'its database' }
      return new PipelineError('SOURCE_UNREADABLE', params, options)
    }
    return new PipelineError('SOURCE_ANSWERED_ERROR', { source, problem: `SQLSTATE ${code}` }, options)
  },
}

const REFUSED_LOGIN = /^28|^42501$/
const WRONG_NAMES = /^(?:42P01|42703|42883|3D000|3F000)$/
const OUT_OF_REACH = /^(?:08|53|57|40)|^E[A-Z]+$/

const optionsOf = ({ minVersion = MIN_TLS, ...tls }: SqlTls) => ({ ...tls, minVersion, rejectUnauthorized: true })

const INT2_INT4_OID = new Set([21, 23, 26])
const FLOAT4_FLOAT8 = new Set([700, 701])
const BOOL = 16
function parserOf(oid: number): (text: string) => unknown {
  if (INT2_INT4_OID.has(oid) || FLOAT4_FLOAT8.has(oid)) return Number
  return oid === BOOL ? (text) => text === 't' : (text) => text
}
