/** Publications, petitions, statements and scores that have landed, judged again by another calendar, other rules or other agencies; see rejudge.ts. */
import type { InputEntity } from '../connect/connector.ts'
import { type LocalDays, localDays } from '../indicators/local-day.ts'
import { currentTick } from '../indicators/tick.ts'
import {
  COUNTED_INPUTS,
  type CountedInput,
  type InputRecords,
  inputsAfter,
  type StoredInput,
  saveInputFeeds,
  saveInputs,
  saveSupersededInputs,
} from '../warehouse/inputs.ts'
import { countWork, newLanding } from '../warehouse/landing.ts'
import type { Trx, Warehouse } from '../warehouse/open.ts'
import { judgePetition, judgePublication } from './input-days.ts'
import { markScored, moveInputs } from './land-inputs.ts'
import { type Reference, readReferenceData, referenceLanding } from './reference.ts'

const BATCH = 1_000
const JUDGED = ['agency', 'due_at', 'announce_by_at', 'publish_by_at'] as const

interface When {
  zone: string
  asOf: number
  signal?: AbortSignal | undefined
}
type Judge<Name extends InputEntity> = (row: StoredInput<Name>, reference: Reference, days: LocalDays) => object

/** By when they must be dealt with. */
export async function rejudgeInputs(warehouse: Warehouse, when: When): Promise<void> {
  const judge: Judge<CountedInput> = (row, reference, days) =>
    'decided_at' in row ? judgePublication(row, reference, days) : judgePetition(row, reference, days)
  for (const name of COUNTED_INPUTS) await judgeEach(warehouse, name, when, judge)
}

/**
 * Looks at every row of `name`, since they are few, in batches, each a write of its own. What `judge` gives is put in the place of what was
 * so; only rows that are judged differently get another version. Returns how many.
 */
export async function judgeEach<Name extends InputEntity>(
  warehouse: Warehouse,
  name: Name,
  { zone, asOf, signal }: When,
  judge: Judge<Name>,
): Promise<number> {
  const days = localDays(zone)
  let reference: Reference | undefined
  let moved = 0
  for (let after: number | null = 0; after !== null; ) {
    signal?.throwIfAborted()
    const from: number = after
    after = await warehouse.write(async (trx) => {
      // Somebody else may be landing agencies or procedures.
      if (reference?.landing !== (await referenceLanding(trx.db))) reference = await readReferenceData(trx.db, zone)
      const current = reference
      const rows = await inputsAfter(trx.db, name, from, BATCH)
      const changed = rows
        .map((old) => ({ old, next: { ...old, ...judge(old, current, days) } }))
        .filter(({ old, next }) => JUDGED.some((column) => columnOf(old, column) !== columnOf(next, column)))
      await replace(trx, name, changed, { days, asOf })
      moved += changed.length
      return rows.length < BATCH ? null : (rows.at(-1)?.id ?? null)
    })
  }
  return moved
}
const columnOf = (row: object, column: string) => (row as Readonly<Record<string, unknown>>)[column]

async function replace<Name extends InputEntity>(
  trx: Trx,
  name: Name,
  changed: readonly { old: StoredInput<Name>; next: StoredInput<Name> }[],
  { days, asOf }: { days: LocalDays; asOf: number },
): Promise<void> {
  if (changed.length === 0) return
  const landing = await newLanding(trx, 'rejudge', asOf)
  const tickAt = (await currentTick(trx.db)) ?? 0
  const inOrder = changed.toSorted((a, b) => (keyOf(a.next) < keyOf(b.next) ? -1 : 1))
  const held = inOrder.map(({ old }) => old)
  const rows = inOrder.map(({ next }) => ({ ...next, known_from: landing }))
  await saveSupersededInputs(trx, name, held, landing)
  const cells = await moveInputs(trx, name, rows, held, { days, tickAt })
  await saveInputs(trx, name, rows)
  if (name === 'official-score')
    await markScored(trx, [...held, ...rows] as readonly object[] as InputRecords['official-score'][])
  for (const [source, own] of Map.groupBy(rows, (row) => row.source))
    await saveInputFeeds(trx, source, name, new Set(own.map(({ agency }) => agency)))
  await countWork(trx, landing, rows.length, cells)
}
const keyOf = (row: { source: string; code: string }) => `${row.source}\0${row.code}`
