/**
 * Which targets have everything there is, sent or pending. A target seen for the first time gets the newest message of every figure and
 * source in one write; from then on each new message is put into its outbox as it is made.
 */
import type { LeaseHeld, Warehouse } from '../warehouse/open.ts'
import { enqueueNewest, listTargets, saveTargets } from '../warehouse/targets.ts'

/** Before delivering to these: who is new among them is brought up to date. Costs one look where nobody is. */
export async function enrolTargets(warehouse: Warehouse, names: readonly string[]): Promise<void> {
  const known = await warehouse.read(listTargets)
  if (names.every((name) => known.includes(name))) return
  await warehouse.write(async (trx) => {
    const before = await listTargets(trx.db)
    for (const name of names) if (!before.includes(name)) await enqueueNewest(trx, name)
    await saveTargets(trx, [...new Set([...before, ...names])])
  })
}

/**
 * Before making messages for these and no others. Who is left out (taken from the list, or added to it while `serve` still works with the
 * old one) misses what is made now, so that the next to deliver there brings it up to date again.
 */
export async function enrolOnly(warehouse: Warehouse, names: readonly string[], lease?: LeaseHeld): Promise<void> {
  await enrolTargets(warehouse, names)
  if ((await warehouse.read(listTargets)).every((name) => names.includes(name))) return
  await warehouse.write((trx) => saveTargets(trx, names), lease)
}
