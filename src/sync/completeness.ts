/**
 * The closing write of a read: the watermark moves only when completeness is proven and the guards pass; deletions follow only from
 * an enumeration of everything that was neither resumed nor paged by number, and only when a row is missing from two of them in a
 * row (one suffices for a snapshot or a keyset read).
 */
import type { Completeness } from '../connect/connector.ts'
import { saveCheckpoint } from '../warehouse/checkpoints.ts'
import type { Trx } from '../warehouse/open.ts'
import type { LandContext } from './land.ts'

export type Complete = Exclude<Completeness, { enumerated: 'incomplete' }>

/** May this read say what was deleted? */
export const provesDeletions = (completeness: Complete, resumed: boolean): boolean =>
  completeness.enumerated === 'everything' && completeness.by !== 'number' && !resumed

/** Keys the source no longer lists. `sure`: to be deleted now; `suspected`: missing for the first time. */
export async function findMissing(
  trx: Trx,
  context: LandContext,
  completeness: Complete,
): Promise<{ sure: string[]; suspected: string[] }> {
  const rows = await trx.db
    .selectFrom('enumerated')
    .select(['key', 'missing_since'])
    .where('source', '=', context.source)
    .where('stream', '=', context.stream)
    .where('run', '!=', context.run)
    .execute()
  const once = completeness.by === 'snapshot' || completeness.by === 'keyset'
  return {
    sure: rows.filter((row) => once || row.missing_since !== null).map((row) => row.key),
    suspected: rows.filter((row) => !once && row.missing_since === null).map((row) => row.key),
  }
}

/** Remembers the suspects, forgets what is deleted. */
export async function settleMissing(
  trx: Trx,
  context: LandContext,
  missing: { sure: readonly string[]; suspected: readonly string[] },
): Promise<void> {
  const of = { source: context.source, stream: context.stream }
  for (const key of missing.suspected)
    await trx.db
      .updateTable('enumerated')
      .set({ missing_since: context.run })
      .where('source', '=', of.source)
      .where('stream', '=', of.stream)
      .where('key', '=', key)
      .execute()
  for (const key of missing.sure)
    await trx.db
      .deleteFrom('enumerated')
      .where('source', '=', of.source)
      .where('stream', '=', of.stream)
      .where('key', '=', key)
      .execute()
}

/** Promotes the watermark and drops the resume point: this read is complete. */
export async function promote(
  trx: Trx,
  context: LandContext,
  completeness: Complete,
  deletionsChecked: boolean,
): Promise<void> {
  await saveCheckpoint(trx, context.source, context.stream, {
    ...(completeness.upTo === null ? {} : { watermark: completeness.upTo }),
    resume: null,
    run: context.run,
    updated_at: Date.now(),
    complete_at: context.asOf,
    ...(deletionsChecked ? { deletions_checked_at: context.asOf } : {}),
  })
}

/** What was read stays; the next read starts again at the watermark, or at `upTo` where the source remembers its parts. */
export async function dropResume(trx: Trx, context: LandContext, upTo?: string): Promise<void> {
  await saveCheckpoint(trx, context.source, context.stream, {
    ...(upTo === undefined ? {} : { watermark: upTo }),
    resume: null,
    run: context.run,
    updated_at: Date.now(),
  })
}
