/**
 * Our own small runner: numbered, append-only, each migration inside one write, recorded in that same write.
 * A warehouse newer than this program is refused with the mend.
 */
import { sql } from 'kysely'
import { PipelineError } from '../errors.ts'
import { statements as first } from './migrations/0001-first.ts'
import type { Dialect, Trx, Warehouse } from './open.ts'
import { createViews } from './views.ts'

export const MIGRATIONS: readonly { id: number; name: string; statements: (dialect: Dialect) => string[] }[] = [
  { id: 1, name: 'first', statements: first },
]
export const NEWEST_SCHEMA = MIGRATIONS[MIGRATIONS.length - 1]?.id ?? 0

/** Brings the warehouse to the newest schema; returns the numbers that ran. `zone` is the zone of the local dates in the reporting views. */
export async function migrate(warehouse: Warehouse, zone: string, migrations = MIGRATIONS): Promise<number[]> {
  const known = migrations[migrations.length - 1]?.id ?? 0
  return warehouse.write(async (trx) => {
    const found = await schemaNumber(trx)
    if (found > known) throw new PipelineError('WAREHOUSE_NEWER', { found, known })
    const due = migrations.filter((migration) => migration.id > found)
    for (const migration of due) {
      for (const statement of migration.statements(trx.dialect)) await sql.raw(statement).execute(trx.db)
      await trx.db.insertInto('migration').values({ id: migration.id, name: migration.name, at: Date.now() }).execute()
    }
    if (due.length > 0) await createViews(trx, zone)
    return due.map((migration) => migration.id)
  })
}

async function schemaNumber(trx: Trx): Promise<number> {
  const int = trx.dialect === 'postgres' ? 'bigint' : 'integer'
  await sql
    .raw(`CREATE TABLE IF NOT EXISTS migration (id ${int} PRIMARY KEY, name text NOT NULL, at ${int} NOT NULL)`)
    .execute(trx.db)
  const row = await trx.db
    .selectFrom('migration')
    .select(({ fn }) => fn.max('id').as('id'))
    .executeTakeFirst()
  return row?.id ?? 0
}
