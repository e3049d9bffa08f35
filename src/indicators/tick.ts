/**
 * Time is an event: what is open becomes past due when the persisted tick crosses its due instant, never by looking at the clock.
 * A tick costs what crossed in (old, new], found by index.
 */
import { applyContributions, markDirty } from '../warehouse/cells.ts'
import type { LeaseHeld, Reader, Trx, Warehouse } from '../warehouse/open.ts'
import { type LocalDays, localDays } from './local-day.ts'
import type { Measured } from './measures.ts'
import { type Contribution, contributions } from './measures.ts'

/** Rows per batch: bounds memory after a long silence. */
const BATCH = 10_000

/** What `contributions` reads of a dossier. */
export const MEASURED_COLUMNS = [
  'counted',
  'deleted',
  'resolving',
  'procedure',
  'channel',
  'status',
  'status_at',
  'status_seen_at',
  'received_at',
  'due_at',
  'due_precision',
  'ended_at',
  'ended_precision',
  'supplements',
] as const satisfies readonly (keyof Measured)[]

/** The newest tick, epoch ms; null before the first. */
export async function currentTick(db: Reader): Promise<number | null> {
  const row = await db
    .selectFrom('tick')
    .select(({ fn }) => fn.max('at').as('at'))
    .executeTakeFirst()
  return row?.at ?? null
}

export interface Ticked {
  /** null: this was the first tick */
  from: number | null
  to: number
  /** dossiers whose measures moved */
  crossed: number
}

/**
 * Moves the tick to `at` (epoch ms; sample time in a sample warehouse), never backwards, in one write. `now` is the real time of the landing.
 * A new local day marks everything dirty from the month before it on: procedures and agencies count by the day, overdue-now is of the day.
 */
export function tick(
  warehouse: Warehouse,
  at: number,
  zone: string,
  now = Date.now(),
  lease?: LeaseHeld,
): Promise<Ticked> {
  return warehouse.write(async (trx) => {
    const from = await currentTick(trx.db)
    if (from !== null && at <= from) return { from, to: from, crossed: 0 }
    const days = localDays(zone)
    const crossed = await cross(trx, from ?? Number.MIN_SAFE_INTEGER, at, days)
    const landing = await trx.db
      .insertInto('landing')
      .values({ at: now, kind: 'tick', run: null })
      .returning('id')
      .executeTakeFirstOrThrow()
    await trx.db.insertInto('tick').values({ at, landing: landing.id }).execute()
    const before = from === null ? null : days.dayOf(from)
    if (before !== days.dayOf(at)) await markDirty(trx, [['*', (before ?? days.dayOf(at)).slice(0, 7)]])
    return { from, to: at, crossed }
  }, lease)
}

async function cross(trx: Trx, from: number, to: number, days: LocalDays): Promise<number> {
  let crossed = 0
  let after = { due: from, id: Number.MAX_SAFE_INTEGER }
  for (;;) {
    const rows = await trx.db
      .selectFrom('dossier')
      .select(['id', ...MEASURED_COLUMNS])
      .where('ended_at', 'is', null)
      // The partial index holds counted = 1 as a literal; a parameter would not match it.
      .where(({ eb }) => eb('counted', '=', eb.lit(1)))
      .where('due_at', '<=', to)
      .where(({ eb, or, and }) =>
        or([eb('due_at', '>', after.due), and([eb('due_at', '=', after.due), eb('id', '>', after.id)])]),
      )
      .orderBy('due_at')
      .orderBy('id')
      .limit(BATCH)
      .execute()
    const added: Contribution[] = []
    const removed: Contribution[] = []
    for (const row of rows) {
      const next = contributions(row, days, to)
      const old = contributions(row, days, from)
      if (next.length === old.length) continue
      added.push(...next)
      removed.push(...old)
      crossed++
    }
    await applyContributions(trx, added, removed)
    const last = rows[rows.length - 1]
    if (rows.length < BATCH || last?.due_at == null) return crossed
    after = { due: last.due_at, id: last.id }
  }
}
