/** What verbs say in ordinary and in unpleasant situations, on one small home. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { withLease } from '../../src/schedule/lease.ts'
import { openWarehouse, type Warehouse } from '../../src/warehouse/open.ts'
import { type Home, makeHome } from '../support/home.ts'

let home: Home
beforeAll(async () => {
  home = await makeHome({ dossiers: 1_500, only: ['catalogue', 'one-stop'] })
  expect(await home.ioc(['run', 'nightly'])).toMatchObject({ code: 0, stderr: '' })
}, 300_000)
afterAll(() => home?.remove())

async function onWarehouse<T>(work: (warehouse: Warehouse) => Promise<T>): Promise<T> {
  const warehouse = await openWarehouse(home.warehouse)
  try {
    return await work(warehouse)
  } finally {
    await warehouse.close()
  }
}
/** While another host, which nobody here can judge, holds the lease. */
const whileHeld = <T>(lease: string, work: () => Promise<T>): Promise<T> =>
  onWarehouse((warehouse) => withLease(warehouse, lease, 'elsewhere/1/1/a-b', work))

describe('a job', () => {
  it('whose messages ioc serve delivers has not failed', async () => {
    const ran = await whileHeld('deliver:ioc', () => home.ioc(['run', 'nightly']))
    expect(ran).toMatchObject({ code: 0, stderr: '' })
    expect(ran.stdout).toMatch(/To ioc: .*ioc serve or another push is sending them \(pid 1 \(elsewhere\)\)/)
  })
})
