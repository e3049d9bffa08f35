/** What can be asked of a source beside reading a page of it, by the kind of its builder: whatever of this fails, the read itself tells. */
import { sql as raw } from 'kysely'
import type { Stream } from '../connect/connector.ts'
import type { Http } from '../connect/http.ts'
import { openPlace, type Place } from '../connect/places.ts'
import { addressOf } from '../connect/sql-address.ts'
import {
  dialectOf,
  type OpenSource,
  type Snapshot,
  SQL_TESTED_ON,
  type SqlConnection,
  type SqlDialect,
  type SqlLimits,
} from '../connect/sql-connection.ts'
import type { Target } from './check-probe.ts'
import { notNeeded, passed, type Step, type Tell, tell, warned } from './check-steps.ts'
import type { Opened } from './source.ts'

export interface Known {
  /** to be probed: where something is reached by name and port, but not by our HTTP */
  target: Target | null
  /** file, folder or command */
  place: string | null
  /** in place of what probing found */
  route: Step | null
  tls: Step | null
  login: Step | null
  permission: Step | null
  data: readonly Tell[]
  /** what is so whether it can be reached or not */
  remarks: readonly Tell[]
  /** theirs minus ours, ms */
  skew: number | null
}
const NOTHING: Known = {
  target: null,
  place: null,
  route: null,
  tls: null,
  login: null,
  permission: null,
  data: [],
  remarks: [],
  skew: null,
}
/** of this machine: nobody asks who we are */
const LOCAL: Known = { ...NOTHING, tls: notNeeded('tls'), login: notNeeded('login', tell('login-none')) }

type Declared = Readonly<Record<string, unknown>>
const declarationOf = ({ read }: Stream<unknown>) => (read.kit?.declaration ?? {}) as Declared
const called = <Value>(value: unknown, config: unknown): Value =>
  (typeof value === 'function' ? (value as (config: unknown) => unknown)(config) : value) as Value

/** Before it is read. Nothing is asked yet. */
export function knownBefore({ settings, source }: Opened, stream: Stream<unknown>): Known {
  const declared = declarationOf(stream)
  switch (stream.read.kit?.kind) {
    case 'sql':
      return sqlPlace(called<SqlConnection>(declared.connect, settings), source.id)
    case 'files': {
      const place = called<Place>(declared.from, settings)
      if (typeof place === 'string') return { ...LOCAL, place, route: passed('route', tell('route-folder', { place })) }
      if (place.kind !== 'sftp') return NOTHING
      const { host, port = 22 } = place
      const tls = passed('tls', tell('host-key'))
      return { ...NOTHING, target: { host, port, tls: true }, tls }
    }
    case 'singer': {
      const { command } = called<{ command: string }>(declared.tap, settings)
      // the tap logs in by itself, or not at all: a record says that it did
      return { ...LOCAL, login: null, place: command, route: passed('route', tell('tap-starts', { command })) }
    }
    case 'rest': {
      const { kind } = (declared.auth ?? {}) as { kind?: string }
      return kind === 'none' ? { ...NOTHING, login: LOCAL.login } : NOTHING
    }
    default:
      return NOTHING
  }
}

const PORTS: Readonly<Record<SqlDialect, number>> = { sqlite: 0, postgres: 5432, mysql: 3306, mssql: 1433 }
function sqlPlace(connection: SqlConnection, source: string): Known {
  if (connection.dialect === 'sqlite') {
    const place = connection.file
    return { ...LOCAL, place, route: passed('route', tell('route-file', { place })) }
  }
  const { dialect } = connection
  const remarks = SQL_TESTED_ON[dialect] === null ? [tell('untested-server', { server: 'SQL Server' })] : []
  const { host, port, tls } = addressOf(connection, source, PORTS[dialect], dialect === 'mssql')
  const step = tls === null ? notNeeded('tls', tell('tls-database-plain')) : passed('tls', tell('tls-stands'))
  // a path is a socket of this machine
  if (host.startsWith('/')) return { ...NOTHING, place: host, route: passed('route'), tls: step, remarks }
  return { ...NOTHING, target: { host, port, tls: tls !== null }, tls: step, remarks }
}

/** After a page of it was read: what else it has to tell. */
export async function knownAfter(
  opened: Opened,
  stream: Stream<unknown>,
  http: Http,
  signal: AbortSignal,
): Promise<Partial<Known>> {
  try {
    switch (stream.read.kit?.kind) {
      case 'sql':
        return await sqlFacts(opened, declarationOf(stream))
      case 'files':
        return { data: await filesFacts(opened, declarationOf(stream), http, signal) }
      default:
        return {}
    }
  } catch {
    return {} // the page came all the same
  }
}

async function filesFacts(
  { settings, source, now }: Opened,
  declared: Declared,
  http: Http,
  signal: AbortSignal,
): Promise<Tell[]> {
  const patterns = called<readonly { match: RegExp }[]>(declared.patterns, settings)
  const context = { source: source.id, now, stableFor: 0, largest: 2 ** 31, http, signal }
  const place = await openPlace(called<Place>(declared.from, settings), context)
  try {
    const names = (await place.names()).filter((name) => !/^(?:\.|~\$|clock\.json$)/.test(name))
    const count = names.filter((name) => patterns.some(({ match }) => match.test(name.normalize('NFC')))).length
    return [tell(count === 0 ? 'files-none' : 'files-match', { count, all: names.length })]
  } finally {
    place.close()
  }
}

/** Somebody waits for it. */
const LIMITS: SqlLimits = { connectMs: 5_000, statementMs: 10_000, silentMs: 15_000 }

async function sqlFacts({ settings, source, deps }: Opened, declared: Declared): Promise<Partial<Known>> {
  const connection = called<SqlConnection>(declared.connect, settings)
  const dialect = await dialectOf(connection)
  const open: OpenSource = await dialect.open(connection, source.id, deps.config.zone, LIMITS)
  try {
    const snapshot = await open.begin()
    try {
      const { frozen } = snapshot
      const writes = await mayWrite(snapshot, connection.dialect)
      const theirs = await clockOf(snapshot, connection.dialect)
      return {
        permission:
          writes === null
            ? passed('permission', tell('permission-read-only'))
            : warned('permission', tell('permission-may-write', { place: writes })),
        data: [tell(frozen ? 'snapshot' : 'no-snapshot')],
        skew: theirs === null ? null : theirs - (deps.clock ?? Date.now)(),
      }
    } finally {
      await snapshot.end()
    }
  } finally {
    await open.close()
  }
}

/** A table that this account may change, or what it may change by its grants; null where it may only read. */
async function mayWrite({ db }: Snapshot, dialect: SqlDialect): Promise<string | null> {
  if (dialect === 'postgres') {
    const { rows } = await raw<{ name: string }>`
      select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p') and n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'
        and has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE') limit 1`.execute(db)
    return rows[0]?.name ?? null
  }
  if (dialect === 'mysql') {
    const { rows } = await raw<Record<string, string>>`show grants`.execute(db)
    const grants = rows.flatMap((row) => Object.values(row).map(String))
    const writing = grants.find((grant) =>
      /^GRANT .*\b(?:ALL PRIVILEGES|INSERT|UPDATE|DELETE|DROP)\b.* ON /i.test(grant),
    )
    // no further: the rest of a grant may hold a password's hash
    return writing === undefined ? null : (/ ON (.+?) TO /i.exec(writing)?.[1] ?? '*')
  }
  if (dialect === 'mssql') {
    const { rows } = await raw<{ name: string | null }>`
      select case when has_perms_by_name(db_name(), 'DATABASE', 'INSERT') = 1 then db_name() end as name`.execute(db)
    return rows[0]?.name ?? null
  }
  return null // the file is opened read-only
}

async function clockOf({ db }: Snapshot, dialect: SqlDialect): Promise<number | null> {
  const query = {
    sqlite: null,
    postgres: raw<{ at: unknown }>`select floor(extract(epoch from clock_timestamp()) * 1000)::text as at`,
    mysql: raw<{ at: unknown }>`select floor(unix_timestamp(now(3)) * 1000) as at`,
    mssql: raw<{ at: unknown }>`select datediff_big(millisecond, '1970-01-01', sysutcdatetime()) as at`,
  }[dialect]
  if (query === null) return null
  const { rows } = await query.execute(db)
  const at = Number(rows[0]?.at)
  return Number.isFinite(at) ? at : null
}
