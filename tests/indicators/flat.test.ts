/** Work follows the change, not the warehouse: rows and cells touched are the same with ten times the dossiers. Counted, not timed. */
import { expect, it } from 'vitest'
import { tick } from '../../src/indicators/tick.ts'
import { land } from '../../src/sync/land.ts'
import type { Warehouse } from '../../src/warehouse/open.ts'
import {
  aboutToBeDue,
  codeOf,
  contextFor,
  type Lot,
  landAll,
  madeDossier,
  madeDossiers,
  readyToLand,
  type Work,
  workOf,
} from '../support/changes.ts'
import { at, page } from '../support/pages.ts'
import { eachDialect, ZONE } from '../support/warehouse.ts'

const LOT: Lot = { from: at('2024-01-01T00:00'), days: 300 }
const NOW = at('2024-12-02T08:00')
const CHANGES = 500

/** The same changes to the same dossiers, beside as many others as are asked for. */
async function workAmong(warehouse: Warehouse, dossiers: number): Promise<Record<string, Work>> {
  await readyToLand(warehouse, NOW)
  await landAll(contextFor(warehouse, NOW), madeDossiers(0, dossiers, LOT))
  const context = contextFor(warehouse, NOW + 1000)
  const changed = Array.from({ length: CHANGES }, (_, i) => madeDossier(i * 3, LOT, 1))
  await landAll(context, changed)
  const landed = await workOf(warehouse)
  await landAll(context, changed)
  const again = await workOf(warehouse)
  await landAll(
    context,
    Array.from({ length: CHANGES }, (_, i) => aboutToBeDue(i * 3 + 1, LOT, NOW, CHANGES * 3)),
  )
  const { crossed } = await tick(warehouse, NOW + 3_600_000, ZONE)
  expect(crossed).toBe(CHANGES)
  const ticked = await workOf(warehouse)
  await land(context, [page([], { deleted: Array.from({ length: 100 }, (_, i) => codeOf(i * 3 + 2)) })])
  return { landed, again, ticked, deleted: await workOf(warehouse) }
}

eachDialect('work', (open) => {
  it(`of ${CHANGES} changes, crossings and deletions is the same among 2,000 dossiers and among 20,000`, async () => {
    const few = await workAmong((await open()).warehouse, 2_000)
    const many = await workAmong((await open()).warehouse, 20_000)
    expect(many).toEqual(few)
    expect([few.landed?.rows_touched, few.ticked?.rows_touched, few.deleted?.rows_touched]).toEqual([
      CHANGES,
      CHANGES,
      100,
    ])
    // nothing changed: nothing touched, the newest counted work is still that of before
    expect(few.again).toEqual(few.landed)
    expect(few.landed?.cells_touched).toBeGreaterThan(CHANGES)
    expect(few.landed?.cells_touched).toBeLessThan(CHANGES * 30)
  }, 120_000)
})
