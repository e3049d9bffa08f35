/**
 * The SQL of a keyset read: a page behind a row, in the order in which the database compares. Names are quoted by Kysely, values bound.
 *
 * What is unique for us need not be for the database: to MySQL and SQL Server `a`, `A` and `a ` are mostly one value, in an order that only
 * they know. So nothing is compared here, and a page never ends between rows that are equal to the database.
 */
import { type Expression, type Kysely, sql as raw, type SelectQueryBuilder, type SqlBool } from 'kysely'
import { keepKey, keptKey, type Shape, type Tables } from './sql-connection.ts'

export type SourceQuery = SelectQueryBuilder<Tables, string, Record<string, unknown>>
export type Row = Record<string, unknown>

export const PER_PAGE = 1_000

export interface Place {
  /** from this value of the cursor on: inclusive where `after` is empty, else behind that row */
  cursor?: string
  after: readonly unknown[]
}
export interface Ask {
  db: Kysely<Tables>
  rows: (db: Kysely<Tables>) => SourceQuery
  unique: readonly string[]
  cursor: string | null
  comparesRows: boolean
  shape: Shape | null
}
export type Which = 'any' | 'is null' | 'not null'

const SOURCE = 'source'
export const columnOf = (column: string): Expression<unknown> => raw.id(SOURCE, column)

/** At least `PER_PAGE` rows where there are as many. */
export async function pageOf(ask: Ask, which: Which, { cursor: from, after }: Place): Promise<Row[]> {
  const ordered = which === 'not null' && ask.cursor !== null ? [ask.cursor, ...ask.unique] : ask.unique
  const values = after.map(keptKey)
  const position = from === undefined ? values : [from, ...values]
  let query = fromSource(ask, which)
  if (from !== undefined && ask.cursor !== null) {
    query = query.where(raw<SqlBool>`${columnOf(ask.cursor)} >= ${bound(ask, ask.cursor, from)}`)
  }
  if (values.length > 0) query = query.where(behind(ask, ordered, position))
  for (const column of ordered) query = query.orderBy(columnOf(column))
  const rows = await limited(ask, query).execute()
  return rows.length < PER_PAGE ? rows : [...rows, ...(await equalToLast(ask, which, ordered, rows))]
}

/** The rows that are equal to the last one of a full page to the database, and are not on it. */
async function equalToLast(ask: Ask, which: Which, ordered: readonly string[], rows: readonly Row[]): Promise<Row[]> {
  const last = rows.at(-1) ?? {}
  if (!ask.unique.some((column) => typeof last[column] === 'string')) return []
  let query = fromSource(ask, which)
  for (const column of ordered)
    query = query.where(raw<SqlBool>`${columnOf(column)} = ${bound(ask, column, last[column])}`)
  const idOf = (row: Row) => JSON.stringify(ask.unique.map((column) => keepKey(row[column])))
  const there = new Set(rows.map(idOf))
  return (await limited(ask, query).execute()).filter((row) => !there.has(idOf(row)))
}

/** The declared query as a subquery: the databases flatten it, so that an index on (cursor, key) is used. */
function fromSource(ask: Ask, which: Which): SourceQuery {
  const source = ask.db.selectFrom(ask.rows(ask.db).as(SOURCE))
  const selected = (
    ask.shape?.selection
      ? source.select(ask.shape.selection.map(({ column, as }) => raw`${as}`.as(column)))
      : source.selectAll()
  ) as SourceQuery
  if (ask.cursor === null || which === 'any') return selected
  const column = columnOf(ask.cursor)
  return selected.where(which === 'is null' ? raw<SqlBool>`${column} is null` : raw<SqlBool>`${column} is not null`)
}

/** Every row of these values of the first column of a key, with the key and the mark of deletion. */
export function sameKeys(ask: Ask, first: string, values: readonly unknown[]): Promise<Row[]> {
  const list = raw.join(values.map((value) => raw`${bound(ask, first, value)}`))
  return fromSource(ask, 'any')
    .where(raw<SqlBool>`${columnOf(first)} in (${list})`)
    .execute()
}

// only SQL Server has no LIMIT, and it alone has a shape
const limited = (ask: Ask, query: SourceQuery) => (ask.shape ? query.top(PER_PAGE) : query.limit(PER_PAGE))
const bound = ({ shape }: Ask, column: string, value: unknown) => (shape ? shape.bind(column, value) : value)

function behind(ask: Ask, columns: readonly string[], values: readonly unknown[]): Expression<SqlBool> {
  const [column = '', ...others] = columns
  const here = columnOf(column)
  const value = bound(ask, column, values[0])
  if (others.length === 0) return raw<SqlBool>`${here} > ${value}`
  if (ask.comparesRows) {
    const parts = values.map((one, i) => raw`${bound(ask, columns[i] ?? '', one)}`)
    return raw<SqlBool>`(${raw.join(columns.map(columnOf))}) > (${raw.join(parts)})`
  }
  // the first condition is what an index is entered by
  const rest = behind(ask, others, values.slice(1))
  return raw<SqlBool>`${here} >= ${value} and (${here} > ${value} or (${here} = ${value} and ${rest}))`
}
