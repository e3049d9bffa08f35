/** The newest state of every source, as last told to the IOC. */
import { sql } from 'kysely'
import { upsertRows } from './bulk.ts'
import type { Reader, Trx } from './open.ts'
import type { SourceStatusTable } from './tables.ts'

export const SOURCE_STATES = ['fresh', 'partial', 'incomplete', 'held', 'failed', 'never'] as const
export type SourceState = (typeof SOURCE_STATES)[number]

export function findSourceStatus(db: Reader, source: string): Promise<SourceStatusTable | undefined> {
  return db.selectFrom('source_status').selectAll().where('source', '=', source).executeTakeFirst()
}

export function listSourceStatus(db: Reader): Promise<SourceStatusTable[]> {
  return db.selectFrom('source_status').selectAll().orderBy('source').execute()
}

/** What `refresh` asks for: as-of, state and freshness by source. Retired ones count no more. */
export async function sourceStates(
  db: Reader,
): Promise<Map<string, { asOf: number | null; state: string; freshUntil: number }>> {
  const rows = await listSourceStatus(db)
  return new Map(
    rows
      .filter((row) => row.retired_at === null)
      .map((row) => [row.source, { asOf: row.as_of, state: row.state, freshUntil: row.fresh_until }]),
  )
}

export async function saveSourceStatus(
  trx: Trx,
  row: Omit<SourceStatusTable, 'retired_at' | 'successor'>,
): Promise<void> {
  const { source, ...rest } = row
  await trx.db
    .insertInto('source_status')
    .values({ source, ...rest, retired_at: null, successor: null })
    .onConflict((conflict) => conflict.column('source').doUpdateSet(rest))
    .execute()
}

/** Sources that have never run are known as such: a figure of the whole province must not look whole without them. */
export async function knowSources(trx: Trx, sources: readonly { id: string }[], now: number): Promise<void> {
  await upsertRows(
    trx,
    'source_status',
    ['source', 'state', 'as_of', 'fresh_until', 'sequence'],
    ['source'],
    'nothing',
    sources.map(({ id }) => [id, 'never', null, now, 0]),
  )
  // One that was taken out of sources.json before it ever ran is nobody's.
  const ids = sources.map(({ id }) => id)
  const nobodys = trx.db.deleteFrom('source_status').where('state', '=', 'never').where('sequence', '=', 0)
  await nobodys.where('retired_at', 'is', null).where('source', 'not in', ids).execute()
}

/**
 * Marks every figure that names `source` as one of its sources: those of the agencies it feeds, and every agency's where the source
 * carries procedures (their figures count them). From the first month that has cells on; nothing to mark before anything landed.
 */
export async function markSourceDirty(trx: Trx, source: string): Promise<void> {
  const first = await trx.db
    .selectFrom('cell_month')
    .select(({ fn }) => fn.min('month').as('month'))
    .executeTakeFirst()
  if (!first?.month) return
  const carriesProcedures = await trx.db
    .selectFrom('procedure')
    .select('code')
    .where('source', '=', source)
    .limit(1)
    .executeTakeFirst()
  const agencies = carriesProcedures
    ? sql<string>`SELECT '*', ${first.month} WHERE true`
    : // the province names every source, also one that has fed nobody yet
      sql<string>`SELECT agency, ${first.month} FROM feeds WHERE source = ${source} UNION ALL SELECT 'province', ${first.month} WHERE true`
  await sql`INSERT INTO dirty (agency, month) ${agencies} ON CONFLICT (agency, month) DO NOTHING`.execute(trx.db)
}
