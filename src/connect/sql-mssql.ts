/**
 * SQL Server: SNAPSHOT isolation where the database allows it, else READ COMMITTED and the lookback; never dirty reads. What is sent is
 * tested, no server has answered it yet (SQL_TESTED_ON).
 *
 * The driver would give dates as a Date and decimals as a double. So the server is asked once which types the columns have, and prints those.
 */
import { type Expression, Kysely, MssqlDialect, sql as raw } from 'kysely'
import * as tarn from 'tarn'
import * as tedious from 'tedious'
import { PipelineError } from '../errors.ts'
import { type Address, addressOf, MIN_TLS } from './sql-address.ts'
import { type Dialect, type Shape, type SqlLimits, serverOf, type Tables } from './sql-connection.ts'
import { columnOf } from './sql-keyset.ts'

const PORT = 1433
/** 60 s: whoever writes to the table for longer is waited for by the next run. */
const LOCK_MS = 60_000
const NO_SNAPSHOT =
  'the database does not allow SNAPSHOT isolation: read with READ COMMITTED, what changes meanwhile comes with the lookback'

export const dialect: Dialect = {
  async open(connection, source, _zone, limits) {
    const address = addressOf(serverOf(connection), source, PORT, true)
    let client: tedious.Connection | undefined
    const connectionFactory = () => {
      client = new QuietConnection(optionsOf(address, limits))
      return client
    }
    const db = new Kysely<Tables>({
      dialect: new MssqlDialect({
        // else it tries a refused login again and again, until its own deadline
        tarn: { ...tarn, options: { min: 0, max: 1, propagateCreateError: true } },
        tedious: { ...tedious, connectionFactory },
        validateConnections: false,
      }),
    })
    return {
      db,
      comparesRows: false,
      shape: shapeOf,
      async begin() {
        const frozen = await allowsSnapshot(db)
        const begin = db.startTransaction().setIsolationLevel(frozen ? 'snapshot' : 'read committed')
        const snapshot = await begin.execute()
        // of two that wait for each other the department's own software goes first
        await raw`set deadlock_priority low`.execute(snapshot)
        await raw`set lock_timeout ${raw.lit(LOCK_MS)}`.execute(snapshot)
        const end = () => snapshot.rollback().execute()
        return { db: snapshot, frozen, ...(frozen ? {} : { remark: NO_SNAPSHOT }), end }
      },
      cut: () => client?.close(),
      close: () => db.destroy(),
    }
  },
  isSilence: (error) => codeOf(error) === 'ETIMEOUT' && /^Timeout: Request/.test((error as Error).message),
  meaning(error, source) {
    const { number, message } = error as { number?: unknown; message?: unknown }
    const code = codeOf(error)
    if (code === '') return null
    const options = { cause: error }
    const which = typeof number === 'number' ? number : 0
    if (code === 'ELOGIN' || REFUSED.has(which)) {
      return new PipelineError('SOURCE_UNAUTHORIZED', { source, problem: which > 0 ? `error ${which}` : code }, options)
    }
    if (WRONG_NAMES.has(which)) {
      const expected = 'the tables and columns of this connector'
      const params = { source, expected, problem: String(message), place: 'its database' }
      return new PipelineError('SOURCE_UNREADABLE', params, options)
    }
    if (which === 0 || OUT_OF_REACH.has(which)) {
      const problem = which > 0 ? `error ${which}` : causeOf(error) || code
      return new PipelineError('SOURCE_UNREACHABLE', { source, problem }, options)
    }
    return new PipelineError('SOURCE_ANSWERED_ERROR', { source, problem: `error ${which}` }, options)
  },
}

const codeOf = (error: unknown): string => {
  const { code } = (error ?? {}) as { code?: unknown }
  return typeof code === 'string' ? code : ''
}
/** Of the socket or the certificate, which the driver wraps. */
function causeOf(error: unknown): string {
  const { cause } = error as { cause?: { errors?: readonly unknown[] } }
  const [code] = [cause, ...(cause?.errors ?? [])].map(codeOf).filter((code) => code !== '')
  return code ?? ''
}
/** permission denied: on an object, on a column, to the database */
const REFUSED = new Set([229, 230, 916, 4060, 18456])
const WRONG_NAMES = new Set([207, 208])
/** deadlock, lock timeout, snapshot refused meanwhile */
const OUT_OF_REACH = new Set([1205, 1222, 3952, 3960])

/** Kysely prints every error of a connection on stderr; each of them also ends the query or the login that is under way. */
class QuietConnection extends tedious.Connection {
  override on(event: string | symbol, listener: (...args: never[]) => void): this {
    return super.on(event as 'error', event === 'error' ? () => {} : (listener as () => void))
  }
}

function optionsOf({ tls, host, port, database, user, password }: Address, limits: SqlLimits) {
  const { servername, minVersion = MIN_TLS, ...files } = tls ?? {}
  return {
    server: host,
    authentication: { type: 'default', options: { userName: user, password } },
    options: {
      port,
      database,
      encrypt: tls !== null,
      trustServerCertificate: false,
      ...(servername === undefined ? {} : { serverName: servername }),
      cryptoCredentialsDetails: { ...files, minVersion },
      connectTimeout: limits.connectMs,
      requestTimeout: limits.silentMs,
      // a Date that the shape has not covered is at least not moved by the zone of this machine
      useUTC: true,
      appName: 'ioc-feed',
    },
  } satisfies tedious.ConnectionConfiguration
}

const ALLOWED = 1
export async function allowsSnapshot(db: Kysely<Tables>): Promise<boolean> {
  const { rows } = await raw<{
    state: number
  }>`select snapshot_isolation_state as state from sys.databases where database_id = db_id()`.execute(db)
  return Number(rows[0]?.state) === ALLOWED
}

/** Asks the server for the types of a query's columns, by what it would answer: nothing is run. */
export async function shapeOf(
  db: Kysely<Tables>,
  query: { sql: string; parameters: readonly unknown[] },
): Promise<Shape> {
  const declared = query.parameters.map(
    (value, i) => `@${i + 1} ${typeof value === 'string' ? 'nvarchar(4000)' : 'float'}`,
  )
  const { rows } = await raw<{ name: string; type: string | null }>`
    select name, system_type_name as type
    from sys.dm_exec_describe_first_result_set(${query.sql}, ${declared.length > 0 ? declared.join(', ') : null}, 0)
    where is_hidden = 0 order by column_ordinal`.execute(db)
  const types = new Map(rows.map(({ name, type }) => [name, (type ?? '').replace(/\(.*/, '')]))
  return {
    selection: [...types].map(([column, type]) => ({ column, as: printed(column, type) })),
    // compared as nvarchar, a varchar column would be in another order than the one it is sorted in, and no index used
    bind: (column, value) =>
      typeof value === 'string' && /^(?:var)?char$/.test(types.get(column) ?? '')
        ? raw`cast(${value} as varchar(8000))`
        : value,
  }
}

function printed(column: string, type: string): Expression<unknown> {
  const ref = columnOf(column)
  switch (type) {
    case 'date':
      return raw`convert(varchar(10), ${ref}, 23)`
    case 'datetime':
    case 'smalldatetime':
    case 'datetime2':
    case 'datetimeoffset':
      return raw`convert(varchar(40), ${ref}, 126)`
    case 'time':
      return raw`convert(varchar(16), ${ref})`
    case 'decimal':
    case 'numeric':
    case 'bigint':
      return raw`convert(varchar(41), ${ref})`
    case 'money':
    case 'smallmoney':
      return raw`convert(varchar(30), ${ref}, 2)`
    default:
      return ref
  }
}
