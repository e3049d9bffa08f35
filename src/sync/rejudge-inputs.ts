/** Publications and petitions that have landed, judged again by another calendar or other rules; see rejudge.ts. */
import { localDays } from '../indicators/local-day.ts'
import { currentTick } from '../indicators/tick.ts'
import {
  COUNTED_INPUTS,
  type CountedInput,
  type InputRecords,
  type StoredInput,
  saveInputs,
  saveSupersededInputs,
} from '../warehouse/inputs.ts'
import { countWork, newLanding } from '../warehouse/landing.ts'
import type { Trx, Warehouse } from '../warehouse/open.ts'
import { judgePetition, judgePublication } from './input-days.ts'
import { moveInputs } from './land-inputs.ts'
import { readReferenceData } from './reference.ts'

const BATCH = 1_000
const JUDGED = ['due_at', 'announce_by_at', 'publish_by_at'] as const

/** In batches, each a write of its own; only rows that are judged differently get another version. */
export async function rejudgeInputs(
  warehouse: Warehouse,
  zone: string,
  asOf: number,
  signal?: AbortSignal,
): Promise<void> {
  const reference = await warehouse.read((db) => readReferenceData(db, zone))
  const days = localDays(zone)
  const judge = (name: CountedInput, row: StoredInput<CountedInput>) =>
    name === 'publication'
      ? judgePublication(row as InputRecords['publication'], reference, days)
      : judgePetition(row as InputRecords['petition'], reference, days)
  for (const name of COUNTED_INPUTS) {
    for (let after: number | null = 0; after !== null; ) {
      signal?.throwIfAborted()
      const from: number = after
      after = await warehouse.write(async (trx) => {
        const rows = (await trx.db
          .selectFrom(name)
          .selectAll()
          .where('id', '>', from)
          .orderBy('id')
          .limit(BATCH)
          .execute()) as StoredInput<CountedInput>[]
        const judged = rows.map((old) => ({ old, next: { ...old, ...judge(name, old) } }))
        const changed = judged.filter(({ old, next }) =>
          JUDGED.some((column) => columnOf(old, column) !== columnOf(next, column)),
        )
        await replace(trx, name, changed, { days, asOf })
        return rows.length < BATCH ? null : (rows.at(-1)?.id ?? null)
      })
    }
  }
}
const columnOf = (row: object, column: string) => (row as Readonly<Record<string, unknown>>)[column]

async function replace(
  trx: Trx,
  name: CountedInput,
  changed: readonly { old: StoredInput<CountedInput>; next: StoredInput<CountedInput> }[],
  { days, asOf }: { days: ReturnType<typeof localDays>; asOf: number },
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
  await countWork(trx, landing, rows.length, cells)
}
const keyOf = (row: { source: string; code: string }) => `${row.source}\0${row.code}`
