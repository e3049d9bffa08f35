/** What a target refused and has nothing newer for: it counts as not delivered until that is taken, or something newer of the same figure. */
import type { Reader, Trx } from './open.ts'
import { IS_NEWEST, putIntoOutbox, REFUSED } from './outbox.ts'

export interface Refusal {
  /** message id */
  id: string
  figure: string
  reason: string | null
}

/**
 * Refused, and nothing newer of the same figure has been made since: the target holds an older value than we do, or none.
 * A newer message takes its place, whatever becomes of it: it is pending, confirmed, or stands refused itself.
 */
const standingRefused = (db: Reader, target: string) =>
  db
    .selectFrom('receipt')
    .innerJoin('message', 'message.seq', 'receipt.seq')
    .where('receipt.target', '=', target)
    .where('receipt.result', '=', REFUSED)
    .where(IS_NEWEST)

export async function countRefused(db: Reader, target: string): Promise<number> {
  const { n } = await standingRefused(db, target)
    .select(({ fn }) => fn.countAll<number>().as('n'))
    .executeTakeFirstOrThrow()
  return Number(n)
}

/** The first of what stands refused, in its order. */
export function listRefused(db: Reader, target: string, limit: number): Promise<Refusal[]> {
  const rows = standingRefused(db, target).select(['message.id', 'figure', 'reason'])
  return rows.orderBy('receipt.seq').limit(limit).execute()
}

/**
 * Puts what stands refused back at its old place in the order; nothing newer of the same figure can be behind it. The receipt of the
 * refusal stays until another one replaces it: what has been tried again is not yet taken.
 */
export async function requeueRefused(trx: Trx, target: string): Promise<void> {
  const rows = await standingRefused(trx.db, target).select('receipt.seq').orderBy('receipt.seq').execute()
  await putIntoOutbox(
    trx,
    target,
    rows.map((row) => row.seq),
  )
}
