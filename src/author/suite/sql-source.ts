/** A SQLite database with the recorded rows as tables; the connector's own `rows` and `connect` are turned to it (see hostile.ts). */
import { join } from 'node:path'
import Database from 'better-sqlite3'
import type { Material } from './material.ts'
import { hours } from './rest-source.ts'
import { writerLike } from './times.ts'
import type { Facts, Row, SourceState } from './types.ts'

interface Declared {
  unique: readonly string[]
  deleted: { column: string; is?: string | number | boolean } | null
}
const declaredOf = ({ stream }: Material) => stream.read.kit?.declaration as unknown as Declared

export function sqlFacts(material: Material, zone: string): Facts {
  const { cursor } = material.stream
  const byField = cursor?.from === 'field'
  return {
    kind: 'sql',
    paging: 'keyset',
    since: byField ? 'field' : null,
    lookback: cursor ? hours(cursor.lookback) : null,
    timeField: byField ? cursor.field : null,
    zone: byField ? cursor.zone : zone,
    http: false,
    perPage: 1_000,
  }
}

export interface SqlDatabase {
  control: { file: string; table: Record<string, string> }
  show(): void
  close(): void
}

export function sqlDatabase(
  folder: string,
  tables: readonly { material: Material; state: SourceState }[],
): SqlDatabase {
  const file = join(folder, 'source.sqlite')
  const db = new Database(file)
  db.pragma('journal_mode = WAL')
  db.pragma('synchronous = OFF')
  const places = new WeakMap<Row, number>()
  let last = 0
  const named = tables.map(({ material, state }) => ({ material, state, table: `recorded_${material.stream.name}` }))
  const show = () =>
    db.transaction(() => {
      for (const { material, state, table } of named) {
        const columns = columnsOf(material)
        const list = columns.map(quoted).join(', ')
        db.exec(`DROP TABLE IF EXISTS ${quoted(table)}; CREATE TABLE ${quoted(table)} (${list})`)
        const insert = db.prepare(
          `INSERT INTO ${quoted(table)} (${list}) VALUES (${columns.map(() => '?').join(', ')})`,
        )
        for (const row of state.rows) {
          const place = places.get(row) ?? ++last
          places.set(row, place)
          const cells = cellsOf(material, row, place)
          insert.run(columns.map((column) => cell(cells[column])))
        }
      }
    })()
  show()
  return {
    control: { file, table: Object.fromEntries(named.map(({ material, table }) => [material.stream.name, table])) },
    show,
    close: () => void db.close(),
  }
}

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`
const columnsOf = (material: Material) => {
  const { unique, deleted } = declaredOf(material)
  return [...new Set([...material.columns, ...unique, ...(deleted ? [deleted.column] : [])])]
}

function cellsOf(material: Material, row: Row, place: number): Record<string, unknown> {
  const { unique, deleted } = declaredOf(material)
  const cells: Record<string, unknown> = { ...row.record }
  for (const column of unique) if (!material.stream.key.includes(column)) cells[column] = place
  if (deleted) {
    const like =
      material.example(deleted.column) ?? material.example(String(sqlFacts(material, material.zone).timeField))
    cells[deleted.column] = row.gone ? (deleted.is ?? writerLike(like, material.zone)?.(row.at) ?? 1) : null
  }
  return cells
}

/** As a driver binds it; a number too long for a double as it stands. */
function cell(value: unknown): unknown {
  if (value === undefined || value === null) return null
  if (typeof value === 'boolean') return value ? 1 : 0
  const exact = typeof value === 'string' ? /^@@number:(\d+)$/.exec(value)?.[1] : undefined
  if (exact !== undefined) return BigInt(exact)
  return typeof value === 'object' ? JSON.stringify(value) : value
}
