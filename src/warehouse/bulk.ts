/**
 * Hot statements: many rows, one shape. SQLite runs a statement prepared once, row by row (faster there than multi-row VALUES);
 * PostgreSQL takes the rows as one array per column. Table and column names come from our own code, never from input.
 * Only inside `warehouse.write`.
 */
import { createHash } from 'node:crypto'
import type Sqlite from 'better-sqlite3'
import type pg from 'pg'
import type { Trx } from './open.ts'
import type { Tables } from './tables.ts'

export type Value = string | number | null
type TableName = keyof Tables

/** What happens to a row whose key is already there. `add`: numbers are added to what is there. */
export type OnConflict = 'update' | 'nothing' | 'add'

/**
 * Inserts `rows` (values in `columns` order). Rows are written in the order given; give them sorted by key, each key once
 * (PostgreSQL refuses to change a row twice in one statement).
 */
export async function upsertRows(
  trx: Trx,
  table: TableName,
  columns: readonly string[],
  keys: readonly string[],
  onConflict: OnConflict,
  rows: readonly (readonly Value[])[],
): Promise<void> {
  if (rows.length === 0) return
  const conflict = conflictClause(table, columns, keys, onConflict)
  if (trx.sqlite) {
    const statement = prepared(
      trx.sqlite,
      `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')}) ${conflict}`,
    )
    for (const row of rows) statement.run(row)
    return
  }
  const { unnest, values } = await asArrays(trx, table, columns, rows)
  const text = `INSERT INTO ${table} (${columns.join(', ')}) SELECT * FROM unnest(${unnest}) ${conflict}`
  await client(trx).query({ name: statementName(text), text, values })
}

function conflictClause(
  table: string,
  columns: readonly string[],
  keys: readonly string[],
  onConflict: OnConflict,
): string {
  if (keys.length === 0) return ''
  const rest = columns.filter((column) => !keys.includes(column))
  if (onConflict === 'nothing' || rest.length === 0) return `ON CONFLICT (${keys.join(', ')}) DO NOTHING`
  const sets = rest.map((column) =>
    onConflict === 'add' ? `${column} = ${table}.${column} + excluded.${column}` : `${column} = excluded.${column}`,
  )
  return `ON CONFLICT (${keys.join(', ')}) DO UPDATE SET ${sets.join(', ')}`
}

/** All rows of `table` whose `keyColumns` equal one of `keys`; the order is not stated. */
export async function selectByKeys<T>(
  trx: Trx,
  table: TableName,
  keyColumns: readonly string[],
  keys: readonly (readonly Value[])[],
): Promise<T[]> {
  if (keys.length === 0) return []
  if (trx.sqlite) {
    const statement = prepared(
      trx.sqlite,
      `SELECT * FROM ${table} WHERE ${keyColumns.map((column) => `${column} = ?`).join(' AND ')}`,
    )
    const found: T[] = []
    for (const key of keys) for (const row of statement.all(key) as T[]) found.push(row)
    return found
  }
  const { unnest, values } = await asArrays(trx, table, keyColumns, keys)
  const on = keyColumns.map((column) => `t.${column} = k.${column}`).join(' AND ')
  const text = `SELECT t.* FROM unnest(${unnest}) AS k (${keyColumns.join(', ')}) JOIN ${table} t ON ${on}`
  const result = await client(trx).query({ name: statementName(text), text, values })
  return result.rows as T[]
}

/** Deletes the rows of `table` whose `keyColumns` equal one of `keys`. */
export async function deleteByKeys(
  trx: Trx,
  table: TableName,
  keyColumns: readonly string[],
  keys: readonly (readonly Value[])[],
): Promise<void> {
  if (keys.length === 0) return
  if (trx.sqlite) {
    const statement = prepared(
      trx.sqlite,
      `DELETE FROM ${table} WHERE ${keyColumns.map((column) => `${column} = ?`).join(' AND ')}`,
    )
    for (const key of keys) statement.run(key)
    return
  }
  const { unnest, values } = await asArrays(trx, table, keyColumns, keys)
  const on = keyColumns.map((column) => `t.${column} = k.${column}`).join(' AND ')
  await client(trx).query(
    `DELETE FROM ${table} t USING unnest(${unnest}) AS k (${keyColumns.join(', ')}) WHERE ${on}`,
    values,
  )
}

/** Updates `set` columns of rows found by `keyColumns`; each row holds the key values, then the new values. */
export async function updateByKeys(
  trx: Trx,
  table: TableName,
  keyColumns: readonly string[],
  set: readonly string[],
  rows: readonly (readonly Value[])[],
): Promise<void> {
  if (rows.length === 0) return
  if (trx.sqlite) {
    const statement = prepared(
      trx.sqlite,
      `UPDATE ${table} SET ${set.map((column) => `${column} = ?`).join(', ')} WHERE ${keyColumns.map((column) => `${column} = ?`).join(' AND ')}`,
    )
    for (const row of rows) statement.run([...row.slice(keyColumns.length), ...row.slice(0, keyColumns.length)])
    return
  }
  const columns = [...keyColumns, ...set]
  const { unnest, values } = await asArrays(trx, table, columns, rows)
  const sets = set.map((column) => `${column} = k.${column}`).join(', ')
  const on = keyColumns.map((column) => `t.${column} = k.${column}`).join(' AND ')
  await client(trx).query(
    `UPDATE ${table} t SET ${sets} FROM unnest(${unnest}) AS k (${columns.join(', ')}) WHERE ${on}`,
    values,
  )
}

const statements = new WeakMap<Sqlite.Database, Map<string, Sqlite.Statement>>()
function prepared(database: Sqlite.Database, sql: string): Sqlite.Statement {
  // outside a transaction each row would commit by itself
  if (!database.inTransaction) throw new Error('bulk statements need an open write')
  const known = statements.get(database) ?? new Map<string, Sqlite.Statement>()
  statements.set(database, known)
  const statement = known.get(sql) ?? database.prepare(sql)
  known.set(sql, statement)
  return statement
}

// PostgreSQL keeps a prepared statement under a name of at most 63 bytes and refuses another text under it.
const names = new Map<string, string>()
function statementName(text: string): string {
  const name = names.get(text) ?? createHash('sha256').update(text).digest('base64url')
  names.set(text, name)
  return name
}

function client(trx: Trx): pg.PoolClient {
  if (!trx.postgres) throw new Error('bulk statements need an open write')
  return trx.postgres
}

async function asArrays(
  trx: Trx,
  table: string,
  columns: readonly string[],
  rows: readonly (readonly Value[])[],
): Promise<{ unnest: string; values: Value[][] }> {
  const types = await columnTypes(trx, table, columns)
  const unnest = columns.map((column, i) => `$${i + 1}::${types.get(column)}[]`).join(', ')
  return { unnest, values: columns.map((_, i) => rows.map((row) => row[i] ?? null)) }
}

// One look per table is enough, but for a table or column that a migration has made since.
const knownTypes = new Map<string, Map<string, string>>()
async function columnTypes(trx: Trx, table: string, columns: readonly string[]): Promise<Map<string, string>> {
  const known = knownTypes.get(table)
  if (known && columns.every((column) => known.has(column))) return known
  const result = await client(trx).query<{ column_name: string; data_type: string }>(
    'SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = $1',
    [table],
  )
  const types = new Map(result.rows.map((row) => [row.column_name, row.data_type]))
  const missing = columns.find((column) => !types.has(column))
  if (missing) throw new Error(`table ${table} has no column ${missing}`)
  knownTypes.set(table, types)
  return types
}
