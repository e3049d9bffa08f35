/**
 * What the console asks for and the scheduler does: the console itself changes nothing else.
 *
 *   asked ─► doing ─► done | failed
 */
import type { Reader, Trx } from './open.ts'

export const REQUEST_STATES = ['asked', 'doing', 'done', 'failed'] as const
export type RequestState = (typeof REQUEST_STATES)[number]
export interface FeedRequest {
  id: number
  kind: string
  params: unknown
  askedAt: number
  askedBy: string
  state: RequestState
  result: unknown
}

export async function askFor(trx: Trx, kind: string, params: unknown, askedBy: string, now: number): Promise<number> {
  const { id } = await trx.db
    .insertInto('request')
    .values({
      kind,
      params: JSON.stringify(params),
      asked_at: now,
      asked_by: askedBy,
      state: 'asked',
      result: null,
      done_at: null,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

/** The oldest request that nobody took yet, now taken. */
export async function takeRequest(trx: Trx): Promise<FeedRequest | undefined> {
  const row = await trx.db
    .selectFrom('request')
    .selectAll()
    .where('state', '=', 'asked')
    .orderBy('id')
    .limit(1)
    .executeTakeFirst()
  if (!row) return undefined
  await trx.db.updateTable('request').set({ state: 'doing' }).where('id', '=', row.id).execute()
  return fromRow({ ...row, state: 'doing' })
}

export async function finishRequest(
  trx: Trx,
  id: number,
  state: 'done' | 'failed',
  result: unknown,
  now: number,
): Promise<void> {
  await trx.db
    .updateTable('request')
    .set({ state, result: JSON.stringify(result), done_at: now })
    .where('id', '=', id)
    .execute()
}

/** Newest first. */
export async function listRequests(db: Reader, limit = 50): Promise<FeedRequest[]> {
  const rows = await db.selectFrom('request').selectAll().orderBy('id', 'desc').limit(limit).execute()
  return rows.map(fromRow)
}

interface Row {
  id: number
  kind: string
  params: string
  asked_at: number
  asked_by: string
  state: string
  result: string | null
}
const fromRow = (row: Row): FeedRequest => ({
  id: row.id,
  kind: row.kind,
  params: JSON.parse(row.params) as unknown,
  askedAt: row.asked_at,
  askedBy: row.asked_by,
  state: row.state as RequestState,
  result: row.result === null ? null : (JSON.parse(row.result) as unknown),
})
