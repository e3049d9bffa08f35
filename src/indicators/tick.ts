/**
 * Time is an event: what is open becomes past due when the persisted tick crosses its due instant, never by looking at the clock.
 * A tick costs what crossed in (old, new], found by index: every open dossier knows when its measures next change by time alone.
 */
import { updateByKeys } from '../warehouse/bulk.ts'
import { applyContributions, markDirty } from '../warehouse/cells.ts'
import { COUNTED_INPUTS, type CountedInput, type StoredInput } from '../warehouse/inputs.ts'
import { countWork, findMeta, newLanding } from '../warehouse/landing.ts'
import type { LeaseHeld, Reader, Trx, Warehouse } from '../warehouse/open.ts'
import { inputContributions, nextInputChange } from './inputs.ts'
import { type LocalDays, localDays } from './local-day.ts'
import { type Contribution, contributions, MEASURED_COLUMNS, nextChange } from './measures.ts'

/** Rows per batch: bounds memory after a long silence. */
const BATCH = 10_000

/** The newest tick, epoch ms; null before the first. */
export async function currentTick(db: Reader): Promise<number | null> {
  const row = await db
    .selectFrom('tick')
    .select(({ fn }) => fn.max('at').as('at'))
    .executeTakeFirst()
  return row?.at ?? null
}

/**
 * The warehouse's time, epoch ms: what landings are dated by. Sample time stands still between two reads of its clock, so the tick is the
 * last that is known of it; a real warehouse never goes behind its tick.
 */
export async function warehouseTime(db: Reader, now: number): Promise<number> {
  const tick = (await currentTick(db)) ?? 0
  return (await findMeta(db, 'data')) === 'sample' ? tick || now : Math.max(now, tick)
}

export interface Ticked {
  /** null: this was the first tick */
  from: number | null
  to: number
  /** dossiers, publications and petitions whose measures moved */
  crossed: number
}

/**
 * Moves the tick to `at` (epoch ms; sample time in a sample warehouse), never backwards, in one write.
 * A new local day marks everything dirty from the month before it on: procedures and agencies count by the day, overdue-now is of the day.
 */
export function tick(warehouse: Warehouse, at: number, zone: string, lease?: LeaseHeld): Promise<Ticked> {
  return warehouse.write(async (trx) => {
    const from = await currentTick(trx.db)
    if (from !== null && at <= from) return { from, to: from, crossed: 0 }
    const days = localDays(zone)
    const landing = await newLanding(trx, 'tick', at)
    const since = from ?? Number.MIN_SAFE_INTEGER
    let { crossed, cells } = await cross(trx, since, at, days)
    for (const name of COUNTED_INPUTS) {
      const inputs = await crossInputs(trx, name, since, at, days)
      crossed += inputs.crossed
      cells += inputs.cells
    }
    await countWork(trx, landing, crossed, cells)
    await trx.db.insertInto('tick').values({ at, landing }).execute()
    const before = from === null ? null : days.dayOf(from)
    if (before !== days.dayOf(at)) await markDirty(trx, [['*', (before ?? days.dayOf(at)).slice(0, 7)]])
    return { from, to: at, crossed }
  }, lease)
}

async function cross(trx: Trx, from: number, to: number, days: LocalDays): Promise<{ crossed: number; cells: number }> {
  let crossed = 0
  let cells = 0
  for (;;) {
    const rows = await trx.db
      .selectFrom('dossier')
      .select(['id', ...MEASURED_COLUMNS])
      .where('next_at', '<=', to)
      .orderBy('next_at')
      .orderBy('id')
      .limit(BATCH)
      .execute()
    const added: Contribution[][] = []
    const removed: Contribution[][] = []
    for (const row of rows) {
      const next = contributions(row, days, to)
      const old = contributions(row, days, from)
      if (next.length === old.length) continue
      added.push(next)
      removed.push(old)
      crossed++
    }
    cells += await applyContributions(trx, added, removed)
    // They leave the range that is asked for.
    await updateByKeys(
      trx,
      'dossier',
      ['id'],
      ['next_at'],
      rows.map((row) => [row.id, nextChange(row, days, to)]),
    )
    if (rows.length < BATCH) return { crossed, cells }
  }
}

/** The same for what is no dossier: few, and none of them far behind. */
async function crossInputs(
  trx: Trx,
  name: CountedInput,
  from: number,
  to: number,
  days: LocalDays,
): Promise<{ crossed: number; cells: number }> {
  const rows = (await trx.db
    .selectFrom(name)
    .selectAll()
    .where('next_at', '<=', to)
    .orderBy('id')
    .execute()) as StoredInput<CountedInput>[]
  const entries = (at: number) => rows.values().map((row) => inputContributions(name, row as never, days, at))
  const cells = await applyContributions(trx, entries(to), entries(from))
  const next = rows.map((row) => [row.id, nextInputChange(name, row as never, to)])
  await updateByKeys(trx, name, ['id'], ['next_at'], next)
  return { crossed: rows.length, cells }
}
