/** A table of a departmental database: its columns and key as the database itself tells them, and what its first rows look like. */
import { type Kysely, sql as raw } from 'kysely'
import { cellValue, dialectOf, SQL_LIMITS, type SqlConnection, type Tables } from '../../connect/sql-connection.ts'
import { nearest, PipelineError } from '../../errors.ts'
import type { Field, FieldType, Found, SettingLine, StreamDraft } from './draft.ts'
import { plain, quote } from './plain.ts'
import { profile } from './profile.ts'
import * as question from './questions.ts'
import { unusable } from './sample-error.ts'
import { DELETED } from './vocabulary.ts'

const LOOKED_AT = 200

interface Column {
  name: string
  type: string
  nullable: boolean
}
export interface TableSample {
  /** `postgres://…`, `mysql://…`, `mssql://…`, `sqlite:file` or a path */
  address: string
  table: string
  /** resolves a relative path */
  path: (typed: string) => string
}

export async function fromTable({ address, table, path }: TableSample, name: string, variable: string): Promise<Found> {
  const connection = connectionOf(address, path)
  const dialect = await dialectOf(connection)
  const open = await dialect.open(connection, name, 'Asia/Ho_Chi_Minh', SQL_LIMITS)
  try {
    const snapshot = await open.begin()
    try {
      const { columns, key } = await describe(snapshot.db, connection, table)
      const rows = await snapshot.db.selectFrom(table).selectAll().limit(LOOKED_AT).execute()
      return found({ connection, address, table, columns, key, rows, variable })
    } finally {
      await snapshot.end().catch(() => {})
    }
  } catch (error) {
    if (error instanceof PipelineError) throw error
    throw dialect.meaning(error, name, connection) ?? error
  } finally {
    await open.close()
  }
}

const SCHEMES: Readonly<Record<string, 'postgres' | 'mysql' | 'mssql'>> = {
  postgres: 'postgres',
  postgresql: 'postgres',
  mysql: 'mysql',
  mariadb: 'mysql',
  mssql: 'mssql',
  sqlserver: 'mssql',
}
function connectionOf(address: string, path: (typed: string) => string): SqlConnection {
  const scheme = /^([a-z]+):\/\//i.exec(address)?.[1]?.toLowerCase()
  if (scheme === undefined) return { dialect: 'sqlite', file: path(address.replace(/^sqlite:/, '')) }
  const dialect = SCHEMES[scheme]
  if (!dialect)
    throw unusable('--url', `${scheme}:// is none of postgres, mysql, mssql; an SQLite database is given by its path`)
  return { dialect, url: address }
}

/** By what the database says of itself; the table's name goes in as a value. */
async function describe(
  db: Kysely<Tables>,
  { dialect }: SqlConnection,
  table: string,
): Promise<{ columns: Column[]; key: string[] }> {
  if (dialect === 'sqlite') {
    type Info = { name: string; type: string; notnull: number | bigint; pk: number | bigint }
    const { rows } = await raw<Info>`SELECT name, type, "notnull", pk FROM pragma_table_info(${table})`.execute(db)
    const tables = await raw<{ name: string }>`SELECT name FROM sqlite_master WHERE type IN ('table', 'view')`.execute(
      db,
    )
    if (rows.length === 0)
      throw noTable(
        table,
        tables.rows.map(({ name }) => name),
      )
    const key = rows.filter(({ pk }) => Number(pk) > 0).toSorted((a, b) => Number(a.pk) - Number(b.pk))
    return {
      columns: rows.map((row) => ({ name: row.name, type: row.type, nullable: Number(row.notnull) === 0 })),
      key: key.map(({ name }) => name),
    }
  }
  const own =
    dialect === 'postgres' ? raw`current_schema()` : dialect === 'mysql' ? raw`database()` : raw`schema_name()`
  type Row = { name: string; type: string; nullable: string }
  const { rows } =
    await raw<Row>`SELECT column_name AS name, data_type AS type, is_nullable AS nullable FROM information_schema.columns
    WHERE table_schema = ${own} AND table_name = ${table} ORDER BY ordinal_position`.execute(db)
  if (rows.length === 0) {
    const tables = await raw<{
      name: string
    }>`SELECT table_name AS name FROM information_schema.tables WHERE table_schema = ${own}`.execute(db)
    throw noTable(
      table,
      tables.rows.map(({ name }) => name),
    )
  }
  const keys = await raw<{ name: string }>`SELECT k.column_name AS name FROM information_schema.table_constraints c
    JOIN information_schema.key_column_usage k ON k.constraint_name = c.constraint_name AND k.table_schema = c.table_schema AND k.table_name = c.table_name
    WHERE c.constraint_type = 'PRIMARY KEY' AND c.table_schema = ${own} AND c.table_name = ${table} ORDER BY k.ordinal_position`.execute(
    db,
  )
  return {
    columns: rows.map(({ name, type, nullable }) => ({ name, type, nullable: nullable === 'YES' })),
    key: keys.rows.map(({ name }) => name),
  }
}

function noTable(table: string, known: readonly string[]): PipelineError {
  const near = nearest(table, known)
  const list = known.slice(0, 30).join(', ') || '-'
  return new PipelineError('UNKNOWN_NAME', { kind: 'table', name: table, known: near ? `${near}?  (${list})` : list })
}

interface Looked {
  connection: SqlConnection
  address: string
  table: string
  columns: readonly Column[]
  key: readonly string[]
  rows: readonly Readonly<Record<string, unknown>>[]
  variable: string
}
function found({ connection, table, columns, key, rows, variable, address }: Looked): Found {
  const plainRows = rows.map((row) =>
    Object.fromEntries(Object.entries(row).map(([column, value]) => [column, cellValue(value)])),
  )
  const seen = new Map(profile(plainRows).map((field) => [field.name, field]))
  const fields = columns.map((column): Field => {
    const field = seen.get(column.name)
    const types = new Set<FieldType>([...(field?.types ?? [])].filter((type) => type !== 'null'))
    if (types.size === 0) types.add(typeOf(column.type))
    const says = /date|time/i.test(column.type) ? 'date-time' : undefined
    return {
      name: column.name,
      values: field?.values ?? [],
      longest: field?.longest ?? 0,
      types,
      optional: column.nullable,
      personal: null,
      fields: null,
      says,
    }
  })
  const deleted = fields.find((field) => DELETED.includes(plain(field.name)))
  const unique =
    key.length > 0
      ? key
      : fields
          .filter(({ optional }) => !optional)
          .slice(0, 1)
          .map(({ name }) => name)
  const setting: SettingLine =
    connection.dialect === 'sqlite'
      ? {
          name: 'file',
          code: "setting.path('SQLite database, opened read-only')",
          value: address.replace(/^sqlite:/, ''),
          doc: 'SQLite database, opened read-only',
        }
      : {
          name: 'url',
          code: "setting.secret('address of the database, with a user that may only read')",
          value: `\${env:${variable}_URL}`,
          doc: 'address of the database, with a user that may only read',
        }
  const connect =
    connection.dialect === 'sqlite'
      ? "({ file }) => ({ dialect: 'sqlite', file })"
      : `({ url }) => ({ dialect: ${quote(connection.dialect)}, url })`
  return {
    kind: 'sql',
    fields: fields.filter((field) => field !== deleted),
    records: rows.length,
    settings: [setting],
    todos: key.length === 0 ? [question.sqlUnique(unique)] : [],
    key: unique,
    sees: 'everything',
    cursor: true,
    ...(deleted ? { deletedBy: deleted.name } : {}),
    read: (stream) => readCode(stream, { connect, table, unique, deleted: deleted?.name }),
    asks: `the table \`${table}\``,
    needs: 'a user that may read this table and nothing else',
  }
}

const typeOf = (type: string): FieldType =>
  /int|serial/i.test(type) ? 'integer' : /bool|^bit$/i.test(type) ? 'boolean' : 'string'

function readCode(
  { fields }: StreamDraft,
  {
    connect,
    table,
    unique,
    deleted,
  }: { connect: string; table: string; unique: readonly string[]; deleted: string | undefined },
): string {
  const columns = [
    ...new Set([...fields.map(({ name }) => name), ...unique, ...(deleted === undefined ? [] : [deleted])]),
  ].map(quote)
  const lines: string[] = []
  for (let i = 0; i < columns.length; i += 6) lines.push(columns.slice(i, i + 6).join(', '))
  return `sql<ConfigOf<typeof settings>>({
  connect: ${connect},
  rows: (db) =>
    db
      .selectFrom(${quote(table)})
${lines.map((line) => `      .select([${line}])`).join('\n')},
  // TODO read
  unique: [${unique.map(quote).join(', ')}],
  deleted: ${deleted === undefined ? 'null' : `{ column: ${quote(deleted)} }`},
})`
}
