/** What happened, in one global order, for those who follow the board (SSE) and for the log of decisions. */
import type { Reader, Trx } from './open.ts'

export interface FeedEvent {
  id: number
  at: number
  kind: string
  data: unknown
}

/** `data` holds names, codes and counts, never a person. Returns the event's id. */
export async function appendEvent(trx: Trx, kind: string, data: unknown, at: number): Promise<number> {
  const { id } = await trx.db
    .insertInto('event')
    .values({ at, kind, data: JSON.stringify(data) })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

/** Events after `id`, oldest first. */
export async function listEvents(db: Reader, after: number, limit = 500): Promise<FeedEvent[]> {
  const rows = await db.selectFrom('event').selectAll().where('id', '>', after).orderBy('id').limit(limit).execute()
  return rows.map((row) => ({ ...row, data: JSON.parse(row.data) as unknown }))
}
