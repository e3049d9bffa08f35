/** Where each stream's reading stands: the watermark moves only with proof of completeness, the resume point with each landing. */
import type { Kysely } from 'kysely'
import type { Trx } from './open.ts'
import type { CheckpointTable, Tables } from './tables.ts'

export async function findCheckpoint(
  db: Kysely<Tables>,
  source: string,
  stream: string,
): Promise<CheckpointTable | undefined> {
  return db
    .selectFrom('checkpoint')
    .selectAll()
    .where('source', '=', source)
    .where('stream', '=', stream)
    .executeTakeFirst()
}

/** Sets the given columns, leaves the others. */
export async function saveCheckpoint(
  trx: Trx,
  source: string,
  stream: string,
  change: Partial<Omit<CheckpointTable, 'source' | 'stream'>> & { updated_at: number },
): Promise<void> {
  const blank = { watermark: null, resume: null, run: null, complete_at: null, deletions_checked_at: null }
  await trx.db
    .insertInto('checkpoint')
    .values({ source, stream, ...blank, ...change })
    .onConflict((conflict) => conflict.columns(['source', 'stream']).doUpdateSet(change))
    .execute()
}
