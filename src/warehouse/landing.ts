/** The landing number: the one axis of knowledge (design §3.3). Everything a figure reads carries known_from and known_to on it. */
import type { Kysely } from 'kysely'
import { refuseUnknownMeasures } from './measures.ts'
import type { Reader, Trx } from './open.ts'
import type { Tables } from './tables.ts'

/** Throws MEASURE_UNKNOWN: what lands must move every measure that is held. */
export async function newLanding(trx: Trx, kind: string, at: number, run: string | null = null): Promise<number> {
  await refuseUnknownMeasures(trx.db)
  const row = await trx.db.insertInto('landing').values({ at, kind, run }).returning('id').executeTakeFirstOrThrow()
  return row.id
}

/** The number of the newest landing; 0 before the first. */
export async function newestLanding(db: Reader): Promise<number> {
  const row = await db
    .selectFrom('landing')
    .select(({ fn }) => fn.max('id').as('id'))
    .executeTakeFirst()
  return row?.id ?? 0
}

export async function findMeta(db: Kysely<Tables>, key: string): Promise<string | undefined> {
  const row = await db.selectFrom('meta').select('value').where('key', '=', key).executeTakeFirst()
  return row?.value
}

export async function saveMeta(trx: Trx, key: string, value: string): Promise<void> {
  await trx.db
    .insertInto('meta')
    .values({ key, value })
    .onConflict((conflict) => conflict.column('key').doUpdateSet({ value }))
    .execute()
}

/** Adds to a landing's work: dossiers written, cells changed. In proportion to the change, whatever the warehouse holds. */
export async function countWork(trx: Trx, landing: number, rows: number, cells: number): Promise<void> {
  await trx.db
    .updateTable('landing')
    .set(({ eb, fn }) => ({
      rows_touched: eb(fn.coalesce('rows_touched', eb.lit(0)), '+', rows),
      cells_touched: eb(fn.coalesce('cells_touched', eb.lit(0)), '+', cells),
    }))
    .where('id', '=', landing)
    .execute()
}
