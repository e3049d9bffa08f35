/** Replay: what waited for a procedure or agency that is now known, and what an operator asks to try again, re-enters at `validate`. */
import type { Reader, Trx } from '../warehouse/open.ts'
import { closeQuarantine, type StoredQuarantine } from '../warehouse/quarantines.ts'
import { addCounts, type Counts, noCounts } from './counts.ts'
import { type LandContext, land } from './land.ts'
import type { Renormalised } from './page.ts'
import type { CanonicalObject, DossierRow, NormalisedPage, Rejected } from './protocol.ts'
import type { Reference } from './reference.ts'

export interface ReplayTask {
  context: LandContext
  /** validate and normalise once more: src/sync/open-stream.ts */
  renormalise(record: unknown): Promise<Renormalised>
}

const BATCH = 1_000

const LISTED = 5_000

/** Open rows of a stream, after the row with the id `after`, that wait for something `reference` now knows; `next`: where to go on. */
export async function listReplayable(
  db: Reader,
  source: string,
  stream: string,
  reference: Reference,
  after = 0,
): Promise<{ rows: StoredQuarantine[]; next: number | null }> {
  const rows = await db
    .selectFrom('quarantine')
    .selectAll()
    .where('source', '=', source)
    .where('stream', '=', stream)
    .where('closed_at', 'is', null)
    .where('waiting_for', 'is not', null)
    .where('id', '>', after)
    .orderBy('id')
    .limit(LISTED)
    .execute()
  const next = rows.length < LISTED ? null : (rows.at(-1)?.id ?? null)
  return { rows: rows.filter((row) => isKnown(row.waiting_for ?? '', source, reference)), next }
}

function isKnown(waitingFor: string, source: string, reference: Reference): boolean {
  const colon = waitingFor.indexOf(':')
  const what = waitingFor.slice(colon + 1)
  if (waitingFor.slice(0, colon) === 'procedure') return reference.procedures.has(what)
  return reference.knows(what, source)
}

/** Tries `rows` again, oldest first; each keeps the arrival and order it had. What is still wrong stays, with its new reasons. */
export async function replay(task: ReplayTask, rows: readonly StoredQuarantine[]): Promise<Counts> {
  const counts = noCounts()
  // Rows of one batch share an arrival, so that an old record does not pass for a new one.
  const byArrival = Map.groupBy(
    rows.filter((row) => row.record !== null),
    (row) => row.arrived_at,
  )
  for (const [arrivedAt, group] of [...byArrival].sort(([a], [b]) => a - b)) {
    for (let start = 0; start < group.length; start += BATCH)
      addCounts(counts, await replayBatch(task, arrivedAt, group.slice(start, start + BATCH)))
  }
  return counts
}

async function replayBatch(task: ReplayTask, arrivedAt: number, group: readonly StoredQuarantine[]): Promise<Counts> {
  const rows: (DossierRow | CanonicalObject)[] = []
  const records: unknown[] = []
  const rejected: Rejected[] = []
  for (const row of group) {
    const record: unknown = JSON.parse(row.record ?? '{}')
    const again = await task.renormalise(record)
    if ('row' in again) {
      rows.push(again.row)
      records.push(record)
    } else rejected.push({ ...again.rejected, key: row.key, orderAt: row.order_at })
  }
  const page: NormalisedPage = {
    entity: task.context.entity,
    rows,
    records: { columns: null, text: JSON.stringify(records) },
    deleted: [],
    rejected,
    notes: [],
    resume: {},
    read: 0,
    remarks: [],
  }
  const counts = await land({ ...task.context, arrivedAt, enumerates: false }, [page], { resume: false })
  return { ...counts, replayed: counts.landed + counts.unchanged }
}

/** Closes open rows for good, audited by reason. Returns how many. */
export async function discard(trx: Trx, ids: readonly number[], reason: string, at: number): Promise<number> {
  const rows = await trx.db
    .selectFrom('quarantine')
    .selectAll()
    .where('id', 'in', [...ids])
    .where('closed_at', 'is', null)
    .execute()
  for (const row of rows) await closeQuarantine(trx, row.source, row.stream, [row.key], 'discarded', reason, at)
  return rows.length
}
