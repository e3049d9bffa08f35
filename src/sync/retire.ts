/** A system replaced by another: its rows stay for history, and no longer win an election. */
import type { SourceConfig } from '../config.ts'
import { warehouseTime } from '../indicators/tick.ts'
import { keepSourceState, markSourceDirty } from '../warehouse/source-status.ts'
import { electAgain } from './rejudge.ts'
import type { SyncDeps } from './sync.ts'

/** Marks `source` as retired in favour of `successor` and elects its groups anew. Returns how many groups were looked at. */
export async function retireSource(
  deps: SyncDeps,
  source: SourceConfig,
  successor: SourceConfig,
  signal: AbortSignal,
): Promise<number> {
  return deps.withLease(`source:${source.id}`, signal, async (lease) => {
    const now = Date.now()
    await deps.warehouse.write(async (trx) => {
      const blank = { state: 'never', as_of: null, fresh_until: now, sequence: 0 }
      await trx.db
        .insertInto('source_status')
        .values({ source: source.id, ...blank, retired_at: now, successor: successor.id })
        .onConflict((conflict) => conflict.column('source').doUpdateSet({ retired_at: now, successor: successor.id }))
        .execute()
      await keepSourceState(trx, source.id, null)
      // Figures rest on it no more; one that went on naming it would be grey for ever.
      await markSourceDirty(trx, source.id)
    }, lease)
    const asOf = await deps.warehouse.read((db) => warehouseTime(db, now))
    const groups = await electAgain(deps, source.id, asOf, { lease, signal })
    await deps.settle([], asOf)
    return groups
  })
}
