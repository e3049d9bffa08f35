/** The newest state of every source, as last told to the IOC. */
import { sql } from 'kysely'
import { upsertRows } from './bulk.ts'
import { markDirty } from './cells.ts'
import { findMeta, newestLanding } from './landing.ts'
import type { Reader, Trx } from './open.ts'
import {
  type DossierRecord,
  FEED_FIELDS,
  type FeedField,
  type SourceStateTable,
  type SourceStatusTable,
} from './tables.ts'

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

/** meta: the landing since which `source_state` is kept (migration 3 wrote it) */
const STATES_SINCE = 'source-states-since'

/** What `sourceStates` answered when that landing was the newest; null: nothing of then is kept. */
export async function sourceStatesAt(
  db: Reader,
  landing: number,
): Promise<Awaited<ReturnType<typeof sourceStates>> | null> {
  if (landing < Number((await findMeta(db, STATES_SINCE)) ?? 0)) return null
  const rows = await db
    .selectFrom('source_state as s')
    .selectAll('s')
    .where('s.known_from', '<=', landing)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('source_state as later')
            .select('later.source')
            .whereRef('later.source', '=', 's.source')
            .whereRef('later.known_from', '>', 's.known_from')
            .where('later.known_from', '<=', landing),
        ),
      ),
    )
    .orderBy('s.source')
    .execute()
  return new Map(
    rows.flatMap(({ source, state, as_of, fresh_until }) =>
      state === null ? [] : [[source, { asOf: as_of, state, freshUntil: fresh_until }]],
    ),
  )
}

/** What is told of a source from the newest landing on; null: it counts no more. */
export async function keepSourceState(
  trx: Trx,
  source: string,
  told: Pick<SourceStatusTable, 'state' | 'as_of' | 'fresh_until'> | null,
): Promise<void> {
  const { state, as_of, fresh_until } = told ?? { state: null, as_of: null, fresh_until: 0 }
  const row: Omit<SourceStateTable, 'source' | 'known_from'> = { state, as_of, fresh_until }
  await trx.db
    .insertInto('source_state')
    .values({ source, known_from: await newestLanding(trx.db), ...row })
    .onConflict((conflict) => conflict.columns(['source', 'known_from']).doUpdateSet(row))
    .execute()
}

export async function saveSourceStatus(
  trx: Trx,
  row: Omit<SourceStatusTable, 'retired_at' | 'successor'>,
): Promise<void> {
  const { source, ...rest } = row
  const retired = (await findSourceStatus(trx.db, source))?.retired_at != null
  await keepSourceState(trx, source, retired ? null : row)
  await trx.db
    .insertInto('source_status')
    .values({ source, ...rest, retired_at: null, successor: null })
    .onConflict((conflict) => conflict.column('source').doUpdateSet(rest))
    .execute()
}

/**
 * Sources that have never run are known as such: a figure of the whole province must not look whole without them. One that was taken
 * out of sources.json before it was ever read completely, and of which nothing has landed, is nobody's and named no more.
 */
export async function knowSources(trx: Trx, sources: readonly { id: string }[], now: number): Promise<void> {
  const ids = new Set(sources.map(({ id }) => id))
  const known = new Map((await listSourceStatus(trx.db)).map((row) => [row.source, row]))
  const added = [...ids].filter((id) => !known.has(id)).sort()
  await upsertRows(
    trx,
    'source_status',
    ['source', 'state', 'as_of', 'fresh_until', 'sequence'],
    ['source'],
    'nothing',
    added.map((id) => [id, 'never', null, now, 0]),
  )
  const gone: string[] = []
  for (const { source, as_of, retired_at } of known.values()) {
    if (!ids.has(source) && as_of === null && retired_at === null && !(await hasLanded(trx.db, source)))
      gone.push(source)
  }
  if (gone.length > 0) await trx.db.deleteFrom('source_status').where('source', 'in', gone).execute()
  for (const id of added) await keepSourceState(trx, id, { state: 'never', as_of: null, fresh_until: now })
  for (const id of gone) await keepSourceState(trx, id, null)
  if (added.length + gone.length > 0) await markDirty(trx, [['province', await firstMonth(trx.db)]])
}

/** Whether figures count anything of it: its dossiers, its procedures, what else it brings. */
async function hasLanded(db: Reader, source: string): Promise<boolean> {
  const fed = await db.selectFrom('feeds').select('agency').where('source', '=', source).limit(1).executeTakeFirst()
  if (fed !== undefined || (await carriesProcedures(db, source))) return true
  const brought = db.selectFrom('input_feed').select('agency').where('source', '=', source).where('agency', '!=', '')
  return (await brought.limit(1).executeTakeFirst()) !== undefined
}

async function carriesProcedures(db: Reader, source: string): Promise<boolean> {
  const found = db.selectFrom('procedure').select('code').where('source', '=', source).limit(1)
  return (await found.executeTakeFirst()) !== undefined
}

/** The first month that has cells; without any, figures still rest on procedures, agencies and the states of their sources. */
export async function firstMonth(db: Reader): Promise<string> {
  const first = await db
    .selectFrom('cell_month')
    .select(({ fn }) => fn.min('month').as('month'))
    .executeTakeFirst()
  return first?.month ?? '0001-01'
}

/** `source` has brought these dossiers: of an agency that rests on one source more, or with what it did not write down before, all figures change. */
export async function saveFeeds(
  trx: Trx,
  source: string,
  dossiers: readonly Pick<DossierRecord, 'resolving' | FeedField>[],
): Promise<void> {
  await saveFeedAgencies(trx, source, new Set(dossiers.map(({ resolving }) => resolving)))
  await saveFeedFields(trx, source, dossiers)
}

async function saveFeedAgencies(trx: Trx, source: string, agencies: ReadonlySet<string>): Promise<void> {
  const rows = await trx.db.selectFrom('feeds').select('agency').where('source', '=', source).execute()
  const known = new Set(rows.map((row) => row.agency))
  const added = [...agencies].filter((agency) => !known.has(agency)).sort()
  if (added.length === 0) return
  const landing = await newestLanding(trx.db)
  await upsertRows(
    trx,
    'feeds',
    ['source', 'agency', 'known_from'],
    ['source', 'agency'],
    'nothing',
    added.map((agency) => [source, agency, landing]),
  )
  const month = await firstMonth(trx.db)
  // Who brings its first dossiers is looked at for what it does not write down, in every total.
  const totals = rows.length === 0 ? ['province'] : []
  await markDirty(
    trx,
    [...added, ...totals].map((agency) => [agency, month]),
  )
}

async function saveFeedFields(
  trx: Trx,
  source: string,
  rows: readonly Pick<DossierRecord, FeedField>[],
): Promise<void> {
  const held = await trx.db.selectFrom('feed_field').select('field').where('source', '=', source).execute()
  const known = new Set(held.map(({ field }) => field))
  const added = FEED_FIELDS.filter((field) => !known.has(field) && rows.some((row) => row[field] !== null))
  if (added.length === 0) return
  const landing = await newestLanding(trx.db)
  await upsertRows(
    trx,
    'feed_field',
    ['source', 'field', 'known_from'],
    ['source', 'field'],
    'nothing',
    added.map((field) => [source, field, landing]),
  )
  await markSourceDirty(trx, source)
}

/**
 * Marks every figure that names `source` as one of its sources: those of the agencies it feeds, and every agency's where the source
 * carries procedures (their figures count them). From the first month that has cells on.
 */
export async function markSourceDirty(trx: Trx, source: string): Promise<void> {
  const month = await firstMonth(trx.db)
  const agencies = (await carriesProcedures(trx.db, source))
    ? sql<string>`SELECT '*', ${month} WHERE true`
    : // the province names every source, also one that has fed nobody yet
      sql<string>`SELECT agency, ${month} FROM feeds WHERE source = ${source} UNION SELECT agency, ${month} FROM input_feed
        WHERE source = ${source} AND agency <> '' AND entity IN ('publication', 'petition') UNION SELECT 'province', ${month} WHERE true`
  await sql`INSERT INTO dirty (agency, month) ${agencies} ON CONFLICT (agency, month) DO NOTHING`.execute(trx.db)
}
