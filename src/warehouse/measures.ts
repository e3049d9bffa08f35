/**
 * The measures that a warehouse holds. What the program knows and the warehouse lacks becomes a column of both grains: empty warehouses hold
 * it at once; where dossiers are, landing and tick keep it from then on, and a build adds those of before (src/indicators/build.ts).
 *
 *   (missing, or of an older version) ─migrate─► building ─build, chunk by chunk─► live
 */
import { sql } from 'kysely'
import { PipelineError } from '../errors.ts'
import { markDirty } from './cells.ts'
import type { Dialect, Reader, Trx } from './open.ts'
import {
  MEASURE_VERSIONS,
  MEASURES,
  type MeasureName,
  type MeasureTable,
  PETITION_MEASURES,
  PUBLICATION_MEASURES,
} from './tables.ts'

const GRAINS = ['cell_month', 'cell_day'] as const
/** whose rows measures count */
const COUNTED = ['dossier', 'publication', 'petition'] as const
/** before every month */
const EVER = '0001-01'

export const measureVersion = (name: MeasureName): number => MEASURE_VERSIONS[name] ?? 1
const isMeasure = (name: string): name is MeasureName => (MEASURES as readonly string[]).includes(name)

/** Measures of this program that the warehouse lacks, or holds by an older rule; all of them before migration 3. */
export interface DueMeasures {
  missing: MeasureName[]
  outdated: MeasureName[]
}

/** The records that a measure counts. */
export function recordOf(name: MeasureName): 'dossier' | 'publication' | 'petition' {
  if ((PUBLICATION_MEASURES as readonly string[]).includes(name)) return 'publication'
  return (PETITION_MEASURES as readonly string[]).includes(name) ? 'petition' : 'dossier'
}

/** Throws MEASURE_UNKNOWN where the warehouse holds what this program does not know. */
export async function dueMeasures(db: Reader): Promise<DueMeasures> {
  const held = new Map((await heldVersions(db)).map(({ name, version }) => [name, version]))
  return {
    missing: MEASURES.filter((name) => !held.has(name)),
    outdated: MEASURES.filter((name) => (held.get(name) ?? Number.POSITIVE_INFINITY) < measureVersion(name)),
  }
}

/**
 * For every landing: a program that still runs while another has added a measure would move dossiers without moving its column, for ever.
 * One look at some forty rows.
 */
export async function refuseUnknownMeasures(db: Reader): Promise<void> {
  await heldVersions(db)
}

async function heldVersions(db: Reader): Promise<Pick<MeasureTable, 'name' | 'version'>[]> {
  const rows = await db.selectFrom('measure').select(['name', 'version']).execute()
  for (const { name, version } of rows)
    if (!isMeasure(name) || version > measureVersion(name))
      throw new PipelineError('MEASURE_UNKNOWN', { measure: name })
  return rows
}

export const isDue = ({ missing, outdated }: DueMeasures): boolean => missing.length + outdated.length > 0

/** Makes the columns of what is missing and empties those of what is outdated. From this write on every landing keeps them. */
export async function addMeasures(trx: Trx, dialect: Dialect, { missing, outdated }: DueMeasures): Promise<void> {
  const int = dialect === 'postgres' ? 'bigint' : 'integer'
  for (const name of missing)
    for (const table of GRAINS)
      await sql`ALTER TABLE ${sql.table(table)} ADD COLUMN ${sql.ref(name)} ${sql.raw(int)} NOT NULL DEFAULT 0`.execute(
        trx.db,
      )
  const zeros = Object.fromEntries(outdated.map((name) => [name, 0]))
  if (outdated.length > 0) for (const table of GRAINS) await trx.db.updateTable(table).set(zeros).execute()
  const names = [...missing, ...outdated]
  if (names.length === 0) return
  const { holds, landing, tick } = await now(trx)
  for (const name of names) {
    const row = {
      version: measureVersion(name),
      state: holds ? 'building' : 'live',
      from_landing: landing,
      tick_at: tick,
      built_to: 0,
    }
    await trx.db
      .insertInto('measure')
      .values({ name, ...row })
      .onConflict((conflict) => conflict.column('name').doUpdateSet(row))
      .execute()
  }
  if (!holds) return
  // A new rule may look at instants that no open dossier has been waiting for: the next tick looks at all of them, once.
  await trx.db
    .updateTable('dossier')
    .set({ next_at: tick })
    .where('ended_at', 'is', null)
    .where('received_at', 'is not', null)
    .where('counted', '=', 1)
    .where('deleted', '=', 0)
    .execute()
  await markDirty(trx, [['*', EVER]])
}

async function now(trx: Trx): Promise<{ holds: boolean; landing: number; tick: number }> {
  let holds = false
  for (const table of COUNTED) holds ||= (await trx.db.selectFrom(table).select('id').limit(1).execute()).length > 0
  const landing = await trx.db
    .selectFrom('landing')
    .select(({ fn }) => fn.max('id').as('id'))
    .executeTakeFirst()
  const tick = await trx.db
    .selectFrom('tick')
    .select(({ fn }) => fn.max('at').as('at'))
    .executeTakeFirst()
  return { holds, landing: landing?.id ?? 0, tick: tick?.at ?? 0 }
}

export const listMeasures = (db: Reader): Promise<MeasureTable[]> =>
  db.selectFrom('measure').selectAll().orderBy('name').execute()

/** What is being built, least advanced first. */
export const listBuilding = (db: Reader): Promise<MeasureTable[]> =>
  db.selectFrom('measure').selectAll().where('state', '=', 'building').orderBy('built_to').orderBy('name').execute()

/** Measures whose columns hold every dossier. */
export async function liveMeasures(db: Reader): Promise<ReadonlySet<string>> {
  const rows = await db.selectFrom('measure').select('name').where('state', '=', 'live').execute()
  return new Set(rows.map(({ name }) => name))
}

/**
 * Moves the build of `measures` on to the dossier id `to`; false where they no longer stand at `measure.built_to`, so that nothing is
 * ever added twice. `ends`: they hold every dossier now, and every figure over them is looked at.
 */
export async function moveBuild(
  trx: Trx,
  measures: readonly MeasureTable[],
  to: number,
  ends: boolean,
): Promise<boolean> {
  for (const { name, version, from_landing, built_to } of measures) {
    const { numUpdatedRows } = await trx.db
      .updateTable('measure')
      .set({ built_to: to, state: ends ? 'live' : 'building' })
      .where(({ and }) => and({ name, version, from_landing, built_to, state: 'building' }))
      .executeTakeFirst()
    if (numUpdatedRows !== 1n) return false
  }
  if (ends) await markDirty(trx, [['*', EVER]])
  return true
}

/** Gives a measure up, whether this program knows it or not; false where the warehouse has none of that name. */
export async function forgetMeasure(trx: Trx, name: string): Promise<boolean> {
  const { numDeletedRows } = await trx.db.deleteFrom('measure').where('name', '=', name).executeTakeFirst()
  if (numDeletedRows === 0n) return false
  for (const table of GRAINS) await sql`ALTER TABLE ${sql.table(table)} DROP COLUMN ${sql.ref(name)}`.execute(trx.db)
  return true
}
