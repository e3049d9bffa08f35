/** The row types of src/warehouse/tables.ts against the migrated database: names, kinds of value, null or not. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'kysely'
import { expect, it } from 'vitest'
import { MIGRATIONS } from '../../src/warehouse/migrate.ts'
import type { Reader } from '../../src/warehouse/open.ts'
import { MEASURES } from '../../src/warehouse/tables.ts'
import { eachDialect } from '../support/warehouse.ts'

/** Lines such as `string`, `number | null`, `number generated`, by table and column, in order of name. */
type Shape = Record<string, Record<string, string>>

const FOLDER = join(import.meta.dirname, '../../src/warehouse')
const SOURCE = ['tables-ledger.ts', 'tables-inputs.ts', 'tables.ts']
  .map((file) => readFileSync(join(FOLDER, file), 'utf8'))
  .join('\n')
const UNIONS: Record<string, string> = { RunState: 'string' }

/** TypeScript 7 has no parser to call; this reads the plain form that tables.ts is written in and fails on any other. */
function declared(text: string): Shape {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/.*$/gm, '')
  const interfaces = new Map<string, { parents: string[]; fields: [string, string][] }>()
  for (const [, name = '', parents = '', body = ''] of code.matchAll(
    /interface (\w+)(?: extends ([\w, ]+))? \{([^}]*)\}/g,
  )) {
    const lines = body.split('\n').filter((line) => line.trim() !== '')
    const fields = lines.map((line): [string, string] => {
      const field = /^\s+(\w+): ([\w<>| ]+)$/.exec(line)
      if (!field?.[1] || !field[2]) throw new Error(`tables.ts, ${name}: cannot read "${line.trim()}"`)
      return [field[1], field[2]]
    })
    interfaces.set(name, { parents: parents.split(/,\s*/).filter(Boolean), fields })
  }
  interfaces.set('MeasureColumns', { parents: [], fields: MEASURES.map((name) => [name, 'number']) })

  const columnsOf = (name: string): Record<string, string> => {
    const found = interfaces.get(name)
    if (!found) throw new Error(`tables.ts has no interface ${name}`)
    const own = found.fields.map(([column, type]) => [column, plain(type)])
    return Object.assign({}, ...found.parents.map(columnsOf), Object.fromEntries(own))
  }
  const tables = interfaces.get('Tables')?.fields ?? []
  return Object.fromEntries(tables.map(([table, type]) => [table, columnsOf(type)]))
}

function plain(type: string): string {
  const generated = /^Generated<(\w+)>$/.exec(type)
  if (generated) return `${generated[1]} generated`
  const [base = '', ...rest] = type.split(' | ')
  return [UNIONS[base] ?? base, ...rest].join(' | ')
}

interface Column {
  table: string
  name: string
  type: string
  nullable: boolean
  generated: boolean
}

async function sqliteColumns(db: Reader): Promise<Column[]> {
  // A primary key of one integer column is SQLite's row number: it fills itself and never is null, whatever the pragma says.
  const { rows } = await sql<{ table: string; name: string; type: string; notnull: number; pk: number; sql: string }>`
    SELECT m.name AS "table", c.name, c.type, c."notnull", c.pk, m.sql
    FROM sqlite_schema m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'`.execute(
    db,
  )
  return rows.map((row) => ({
    table: row.table,
    name: row.name,
    type: row.type.toLowerCase(),
    nullable: row.notnull === 0 && row.pk === 0,
    generated: row.pk > 0 && row.sql.includes(`${row.name} integer PRIMARY KEY AUTOINCREMENT`),
  }))
}

async function postgresColumns(db: Reader): Promise<Column[]> {
  const { rows } = await sql<{ table: string; name: string; type: string; nullable: string; identity: string }>`
    SELECT c.table_name AS "table", c.column_name AS name, c.data_type AS type, c.is_nullable AS nullable, c.is_identity AS identity
    FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
    WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE'`.execute(db)
  return rows.map((row) => ({ ...row, nullable: row.nullable === 'YES', generated: row.identity === 'YES' }))
}

const VALUE_OF: Record<string, string> = {
  text: 'string',
  integer: 'number',
  bigint: 'number',
  real: 'number',
  'double precision': 'number',
}

function migrated(columns: readonly Column[]): Shape {
  const shape: Shape = {}
  for (const { table, name, type, nullable, generated } of columns) {
    const value = `${VALUE_OF[type] ?? type}${nullable ? ' | null' : ''}${generated ? ' generated' : ''}`
    shape[table] = { ...shape[table], [name]: value }
  }
  return shape
}

eachDialect('table types', (open, dialect) => {
  it('are those of the migrated database', async () => {
    const { warehouse } = await open()
    const columns = await warehouse.read(dialect === 'sqlite' ? sqliteColumns : postgresColumns)
    expect(migrated(columns)).toEqual(declared(SOURCE))
  })
})

it('has every table of the migrations, and a difference is seen', () => {
  const made = MIGRATIONS.flatMap((migration) => migration.statements('sqlite')).flatMap(
    (statement) => /^CREATE TABLE (\w+)/.exec(statement)?.[1] ?? [],
  )
  expect(Object.keys(declared(SOURCE)).sort()).toEqual([...made, 'migration'].sort())
  expect(declared(SOURCE.replace('national_code: string | null', 'national_code: string'))).not.toEqual(
    declared(SOURCE),
  )
})
