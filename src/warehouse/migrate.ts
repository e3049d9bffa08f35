/**
 * Our own small runner: numbered, append-only, each migration inside one write, recorded in that same write.
 * A warehouse newer than this program is refused with the mend.
 */
import { sql } from 'kysely'
import { PipelineError } from '../errors.ts'
import { addMeasures, dueMeasures, isDue } from './measures.ts'
import { statements as first } from './migrations/0001-first.ts'
import { statements as drift } from './migrations/0002-drift.ts'
import { statements as trust } from './migrations/0003-trust.ts'
import { statements as current } from './migrations/0004-current.ts'
import type { Dialect, Reader, Warehouse } from './open.ts'
import { createViews } from './views.ts'

export const MIGRATIONS: readonly { id: number; name: string; statements: (dialect: Dialect) => string[] }[] = [
  { id: 1, name: 'first', statements: first },
  { id: 2, name: 'drift', statements: drift },
  { id: 3, name: 'trust', statements: trust },
  { id: 4, name: 'current', statements: current },
]
export const NEWEST_SCHEMA = MIGRATIONS[MIGRATIONS.length - 1]?.id ?? 0

/** Brings the warehouse to the newest schema; returns the numbers that ran. `zone` is the zone of the local dates in the reporting views. */
export async function migrate(warehouse: Warehouse, zone: string, migrations = MIGRATIONS): Promise<number[]> {
  const { dialect } = warehouse
  const known = migrations[migrations.length - 1]?.id ?? 0
  const missing = async (db: Reader) => {
    const found = await schemaNumber(db, dialect)
    if (found > known) throw new PipelineError('WAREHOUSE_NEWER', { found, known })
    return migrations.filter((migration) => migration.id > found)
  }
  const upToDate = async (db: Reader) =>
    (await missing(db)).length === 0 && (!holdsMeasures(known) || !isDue(await dueMeasures(db)))
  // By reading first: a user that may only read can look at a warehouse, and nobody who looks waits for the writer's turn.
  if (await warehouse.read(upToDate)) return []
  return warehouse.write(async (trx) => {
    const due = await missing(trx.db)
    if (due.length > 0) await createLedger(trx.db, dialect)
    for (const migration of due) {
      for (const statement of migration.statements(dialect)) await sql.raw(statement).execute(trx.db)
      await trx.db.insertInto('migration').values({ id: migration.id, name: migration.name, at: Date.now() }).execute()
    }
    if (holdsMeasures(known)) await addMeasures(trx, dialect, await dueMeasures(trx.db))
    if (due.length > 0) await createViews(trx, zone)
    return due.map((migration) => migration.id)
  })
}

/** Since migration 3 measures are a registry of their own. */
const holdsMeasures = (schema: number) => schema >= 3

/** Tables where ours stand or would stand; on PostgreSQL without those of extensions (PostGIS …), which are nobody's data. */
export async function listTables(db: Reader, dialect: Dialect): Promise<string[]> {
  const query =
    dialect === 'postgres'
      ? sql<{ name: string }>`SELECT relname::text AS name FROM pg_catalog.pg_class c
          WHERE relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = current_schema()) AND relkind IN ('r', 'p', 'f')
          AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend WHERE classid = 'pg_catalog.pg_class'::regclass AND objid = c.oid AND deptype = 'e')`
      : sql<{ name: string }>`SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'`
  return (await query.execute(db)).rows.map(({ name }) => name)
}

/** 0 where nothing of ours is there yet. */
async function schemaNumber(db: Reader, dialect: Dialect): Promise<number> {
  if (!(await listTables(db, dialect)).includes('migration')) return 0
  const row = await db
    .selectFrom('migration')
    .select(({ fn }) => fn.max('id').as('id'))
    .executeTakeFirst()
  return row?.id ?? 0
}

async function createLedger(db: Reader, dialect: Dialect): Promise<void> {
  const int = dialect === 'postgres' ? 'bigint' : 'integer'
  await sql
    .raw(`CREATE TABLE IF NOT EXISTS migration (id ${int} PRIMARY KEY, name text NOT NULL, at ${int} NOT NULL)`)
    .execute(db)
}
