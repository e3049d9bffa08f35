/** What happened, in one global order, for those who follow the board (SSE) and for the log of decisions. */
import type { Trx } from './open.ts'

/** `data` holds names, codes and counts, never a person. Returns the event's id. */
export async function appendEvent(trx: Trx, kind: string, data: unknown, at: number): Promise<number> {
  const { id } = await trx.db
    .insertInto('event')
    .values({ at, kind, data: JSON.stringify(data) })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}
