/**
 * The measures that a warehouse holds. What the program knows and the warehouse lacks becomes a column of both grains: empty warehouses hold
 * it at once; where dossiers are, landing and tick keep it from then on, and a build adds those of before (src/indicators/build.ts).
 */
import { sql } from 'kysely'
import type { Dialect, Reader, Trx } from './open.ts'
import { MEASURES, type MeasureName, type MeasureTable } from './tables.ts'

/** Measures of this program that the warehouse does not have yet; all of them before migration 3. */
export async function missingMeasures(db: Reader): Promise<MeasureName[]> {
  const known = new Set((await db.selectFrom('measure').select('name').execute()).map(({ name }) => name))
  return MEASURES.filter((name) => !known.has(name))
}

/** Adds the columns of `names`. From this write on every landing keeps them. */
export async function addMeasures(trx: Trx, dialect: Dialect, names: readonly MeasureName[]): Promise<void> {
  if (names.length === 0) return
  const int = dialect === 'postgres' ? 'bigint' : 'integer'
  const dossier = await trx.db.selectFrom('dossier').select('id').limit(1).executeTakeFirst()
  const landing = await trx.db
    .selectFrom('landing')
    .select(({ fn }) => fn.max('id').as('id'))
    .executeTakeFirst()
  const tick = await trx.db
    .selectFrom('tick')
    .select(({ fn }) => fn.max('at').as('at'))
    .executeTakeFirst()
  for (const name of names) {
    for (const table of ['cell_month', 'cell_day'] as const)
      await sql`ALTER TABLE ${sql.table(table)} ADD COLUMN ${sql.ref(name)} ${sql.raw(int)} NOT NULL DEFAULT 0`.execute(
        trx.db,
      )
    await trx.db
      .insertInto('measure')
      .values({
        name,
        version: 1,
        state: dossier ? 'building' : 'live',
        from_landing: landing?.id ?? 0,
        tick_at: tick?.at ?? 0,
        built_to: 0,
      })
      .execute()
  }
}

export const listMeasures = (db: Reader): Promise<MeasureTable[]> =>
  db.selectFrom('measure').selectAll().orderBy('name').execute()

/** Measures whose columns hold every dossier. */
export async function liveMeasures(db: Reader): Promise<ReadonlySet<string>> {
  const rows = await db.selectFrom('measure').select('name').where('state', '=', 'live').execute()
  return new Set(rows.map(({ name }) => name))
}
