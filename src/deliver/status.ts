/** The state of a source as the IOC is told it, once per run. */
import { createHash } from 'node:crypto'
import type { Trx } from '../warehouse/open.ts'
import { enqueueMessage } from '../warehouse/outbox.ts'
import { findSourceStatus, markSourceDirty, type SourceState, saveSourceStatus } from '../warehouse/source-status.ts'

export interface SourceStatus {
  source: string
  /** epoch ms up to which the source was read completely; null before the first time */
  asOf: number | null
  state: SourceState
  /** real time, epoch ms: afterwards whoever shows figures of this source greys them */
  freshUntil: number
}

/**
 * In the caller's write: the newest status, its message and outbox rows. Figures carry the state of their sources, so another state
 * than before also marks them dirty. `sequence` never goes backwards, not even after a restored backup. Returns the sequence.
 */
export async function enqueueSourceStatus(
  trx: Trx,
  status: SourceStatus,
  targets: readonly string[],
  now: number,
): Promise<number> {
  const { source, asOf, state, freshUntil } = status
  const before = await findSourceStatus(trx.db, source)
  const sequence = Math.max((before?.sequence ?? 0) + 1, now)
  await saveSourceStatus(trx, { source, state, as_of: asOf, fresh_until: freshUntil, sequence })
  const id = createHash('sha256').update(`source-status|${source}|${sequence}`).digest('hex')
  const body = JSON.stringify({ id, kind: 'source-status', source, asOf, state, freshUntil, sequence })
  await enqueueMessage(
    trx,
    { id, kind: 'source-status', figure: `source|${source}`, revision: sequence, body },
    targets,
    now,
  )
  if ((before?.state ?? 'never') !== state) await markSourceDirty(trx, source)
  return sequence
}
