/** What the IOC has still to get: messages as they were made, one outbox row per target, a receipt once confirmed. */
import { sql } from 'kysely'
import { deleteByKeys, upsertRows } from './bulk.ts'
import type { Reader, Trx } from './open.ts'

/** Of the `message` in a query: nothing newer of its figure has been made. */
export const IS_NEWEST = sql<boolean>`not exists (
  select newer.seq from message as newer where newer.figure = message.figure and newer.seq > message.seq)`

export interface DueMessage {
  seq: number
  id: string
  kind: string
  figure: string
  /** JSON text, sent exactly as it stands */
  body: string
  madeAt: number
  attempts: number
  nextAt: number
  /** when the target last refused it; null: it is sent for the first time */
  refusedAt: number | null
}
export interface NewMessage {
  id: string
  kind: string
  /** `indicator|agency|period` or `source|id` */
  figure: string
  revision: number
  body: string
}
export interface Receipt {
  seq: number
  /** message id */
  message: string
  result: string
  reason: string | null
}
export interface Backlog {
  target: string
  pending: number
  /** when the oldest unconfirmed message was made, epoch ms */
  oldest: number | null
  attempts: number
  nextAt: number
  lastError: string | null
}

/** As it stands in the partial indexes: a bound parameter would not match them. */
export const REFUSED = sql.lit('refused')

/** Appends one message with an outbox row per target; returns its place in the order. */
export async function enqueueMessage(
  trx: Trx,
  message: NewMessage,
  targets: readonly string[],
  now: number,
): Promise<number> {
  const { seq } = await trx.db
    .insertInto('message')
    .values({ ...message, made_at: now })
    .returning('seq')
    .executeTakeFirstOrThrow()
  for (const target of targets) await putIntoOutbox(trx, target, [seq])
  return seq
}

/** What is there already stays as it is. */
export async function putIntoOutbox(trx: Trx, target: string, seqs: readonly number[]): Promise<void> {
  const rows = seqs.map((seq) => [target, seq, 0, 0])
  await upsertRows(trx, 'outbox', ['target', 'seq', 'attempts', 'next_at'], ['target', 'seq'], 'nothing', rows)
}

/** The head of the queue in its order: at most `limit` messages whose bodies stay within `maxBytes` together, but at least one. */
export async function dueMessages(db: Reader, target: string, limit: number, maxBytes: number): Promise<DueMessage[]> {
  const rows = await db
    .selectFrom('outbox')
    .innerJoin('message', 'message.seq', 'outbox.seq')
    .leftJoin('receipt', (join) =>
      join
        .onRef('receipt.target', '=', 'outbox.target')
        .onRef('receipt.seq', '=', 'outbox.seq')
        .on('result', '=', REFUSED),
    )
    .select(['message.seq', 'message.id', 'kind', 'figure', 'body', 'made_at as madeAt', 'attempts'])
    .select(['next_at as nextAt', 'confirmed_at as refusedAt'])
    .where('outbox.target', '=', target)
    .orderBy('outbox.seq')
    .limit(limit)
    .execute()
  let bytes = 0
  const end = rows.findIndex((row, i) => {
    bytes += Buffer.byteLength(row.body) + 1
    return i > 0 && bytes > maxBytes
  })
  return end < 0 ? rows : rows.slice(0, end)
}

/** Confirmed: the receipt stands and the outbox row goes, in the caller's one write. */
export async function saveReceipts(trx: Trx, target: string, receipts: readonly Receipt[], now: number): Promise<void> {
  const columns = ['target', 'seq', 'message', 'result', 'reason', 'confirmed_at']
  const rows = receipts.map(({ seq, message, result, reason }) => [target, seq, message, result, reason, now])
  await upsertRows(trx, 'receipt', columns, ['target', 'seq'], 'update', rows)
  const keys = receipts.map(({ seq }) => [target, seq])
  await deleteByKeys(trx, 'outbox', ['target', 'seq'], keys)
}

/** A failed attempt at these messages. The head of the queue decides for the whole queue: order holds. */
export async function postpone(
  trx: Trx,
  target: string,
  seqs: readonly number[],
  nextAt: number,
  error: string,
): Promise<void> {
  const first = Math.min(...seqs)
  const last = Math.max(...seqs)
  await trx.db
    .updateTable('outbox')
    .set(({ eb }) => ({ attempts: eb('attempts', '+', 1), next_at: nextAt, last_error: error }))
    .where('target', '=', target)
    .where('seq', '>=', first)
    .where('seq', '<=', last)
    .execute()
}

export async function countPending(db: Reader, target: string): Promise<number> {
  const { n } = await db
    .selectFrom('outbox')
    .select(({ fn }) => fn.countAll<number>().as('n'))
    .where('target', '=', target)
    .executeTakeFirstOrThrow()
  return Number(n)
}

/** What is pending for `target`, and since when nothing of it was confirmed. */
export async function backlogOf(db: Reader, target: string): Promise<Backlog> {
  const [head] = await dueMessages(db, target, 1, 0)
  const failed = head
    ? await db
        .selectFrom('outbox')
        .select('last_error')
        .where('target', '=', target)
        .where('seq', '=', head.seq)
        .executeTakeFirst()
    : undefined
  return {
    target,
    pending: await countPending(db, target),
    oldest: head?.madeAt ?? null,
    attempts: head?.attempts ?? 0,
    nextAt: head?.nextAt ?? 0,
    lastError: failed?.last_error ?? null,
  }
}

/** When the target last took anything; a refusal is no confirmation. */
export async function lastConfirmedAt(db: Reader, target: string): Promise<number | null> {
  const row = await db
    .selectFrom('receipt')
    .select(({ fn }) => fn.max('confirmed_at').as('at'))
    .where('target', '=', target)
    .where('result', '<>', REFUSED)
    .executeTakeFirst()
  return row?.at ?? null
}
