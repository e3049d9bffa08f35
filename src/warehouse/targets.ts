/** Which targets have everything, and what one that is new has to get. */
import { sql } from 'kysely'
import { findMeta, saveMeta } from './landing.ts'
import type { Reader, Trx } from './open.ts'
import { IS_NEWEST, putIntoOutbox } from './outbox.ts'

/** meta: JSON list of the targets that have everything, sent or pending */
const TARGETS = 'targets'

export async function listTargets(db: Reader): Promise<string[]> {
  return JSON.parse((await findMeta(db, TARGETS)) ?? '[]') as string[]
}

export const saveTargets = (trx: Trx, targets: readonly string[]): Promise<void> =>
  saveMeta(trx, TARGETS, JSON.stringify([...targets].sort()))

/** Puts into the outbox of `target` the newest message of every figure and source that it has not had yet. */
export async function enqueueNewest(trx: Trx, target: string): Promise<void> {
  const figures = trx.db
    .selectFrom('indicator_value')
    .innerJoin('message', 'message.id', 'indicator_value.id')
    .select('message.seq')
    .where('current', '=', 1)
  const statuses = trx.db
    .selectFrom('source_status')
    .innerJoin('message', (join) => join.on('figure', '=', sql`'source|' || source_status.source`))
    .select(({ fn }) => fn.max('message.seq').as('seq'))
    .where('retired_at', 'is', null)
    .groupBy('source_status.source')
  // What is counted no more was said once, maybe while this target was left out, and there it still looks counted.
  const withdrawn = trx.db
    .selectFrom('message')
    .innerJoin('indicator_value', 'indicator_value.id', 'message.id')
    .select('message.seq')
    .where('message.seq', '>', await lastHad(trx.db, target))
    .where('current', '=', 0)
    .where('sources', '=', '[]')
    .where(IS_NEWEST)
  const rows = await trx.db
    .selectFrom(figures.unionAll(statuses).unionAll(withdrawn).as('newest'))
    .leftJoin('receipt', (join) => join.onRef('receipt.seq', '=', 'newest.seq').on('target', '=', target))
    .select('newest.seq')
    .where('receipt.seq', 'is', null)
    .orderBy('newest.seq')
    .execute()
  await putIntoOutbox(
    trx,
    target,
    rows.map((row) => row.seq),
  )
}

/**
 * The newest message of a figure that `target` has had or still has to get; past everything where it never had one. Of figures only: the
 * states of sources are told before it is brought up to date.
 */
async function lastHad(db: Reader, target: string): Promise<number> {
  const newest = (table: 'receipt' | 'outbox') =>
    db
      .selectFrom(table)
      .innerJoin('message', 'message.seq', `${table}.seq`)
      .select('message.seq')
      .where('target', '=', target)
      .where('kind', '=', 'indicator')
      .orderBy(`${table}.seq`, 'desc')
      .limit(1)
      .executeTakeFirst()
  const seqs = [await newest('receipt'), await newest('outbox')].flatMap((row) => row?.seq ?? [])
  return seqs.length > 0 ? Math.max(...seqs) : Number.MAX_SAFE_INTEGER
}
