/** Which targets have everything, and what one that is new has to get. */
import { sql } from 'kysely'
import { findMeta, saveMeta } from './landing.ts'
import type { Reader, Trx } from './open.ts'
import { putIntoOutbox } from './outbox.ts'

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
  const rows = await trx.db
    .selectFrom(figures.unionAll(statuses).as('newest'))
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
