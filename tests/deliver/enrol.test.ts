/** A target that is added later gets everything there is, once; one that was away gets what it missed. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { enrolOnly } from '../../src/deliver/enrol.ts'
import { enqueueSourceStatus } from '../../src/deliver/status.ts'
import { refresh } from '../../src/indicators/refresh.ts'
import { tick } from '../../src/indicators/tick.ts'
import { push, pushDue } from '../../src/schedule/push.ts'
import type { Warehouse } from '../../src/warehouse/open.ts'
import { countPending } from '../../src/warehouse/outbox.ts'
import { at, DAY, dossier, FRESH, land, seedProvince, ZONE } from '../indicators/world.ts'
import { eachDialect } from '../support/warehouse.ts'
import { type Ioc, startIoc } from './ioc.ts'

const TICK = at('2024-12-02T08:00')
const NOW = at('2026-01-05T01:00')
const options = { now: () => Date.now(), signal: new AbortController().signal, sleep: async () => {} }
let first: Ioc
let second: Ioc
beforeEach(async () => {
  first = await startIoc()
  second = await startIoc()
})
afterEach(async () => {
  await first.close()
  await second.close()
})

/** A night: one more dossier, the state of both sources, the figures. */
async function night(warehouse: Warehouse, targets: readonly string[], now: number): Promise<void> {
  await land(warehouse, [dossier({ resolving: 'S1@2020-01-01' })])
  await warehouse.write(async (trx) => {
    for (const source of ['one-stop', 'catalogue'])
      await enqueueSourceStatus(trx, { source, asOf: TICK, state: 'fresh', freshUntil: now + DAY }, targets, now)
  })
  await enrolOnly(warehouse, targets)
  await refresh(warehouse, { asOf: TICK, now, zone: ZONE, targets, sources: FRESH(now) })
}

const shown = ({ receiver }: Ioc) => {
  const { newest, sources } = receiver.received()
  return { newest, sources }
}
const pendingFor = (warehouse: Warehouse, target: string) => warehouse.read((db) => countPending(db, target))

eachDialect('targets', (open) => {
  test.each([
    ['push', push],
    ['serve', pushDue],
  ] as const)('%s brings a new one up to date, once', async (_, deliver) => {
    const { warehouse } = await open()
    await seedProvince(warehouse)
    await tick(warehouse, TICK, ZONE)
    await night(warehouse, ['ioc'], NOW)
    await night(warehouse, ['ioc'], NOW + DAY)
    await push(warehouse, [first.target], options)
    const board = { ...second.target, name: 'board' }
    const sent = (await deliver(warehouse, [first.target, board], options)).at(-1)
    expect(sent).toMatchObject({ target: 'board', pending: 0, refused: 0 })
    expect(shown(second).newest.length).toBeGreaterThan(100)
    expect(Object.keys(shown(second).sources)).toEqual(['catalogue', 'one-stop'])
    expect(shown(second)).toEqual(shown(first))
    // only the newest of each: nothing of the first night that the second replaced
    expect(second.receiver.received().counts).toMatchObject({
      accepted: shown(second).newest.length + 2,
      superseded: 0,
      duplicate: 0,
    })
    const requests = second.seen.length
    await push(warehouse, [first.target, board], options)
    expect(second.seen).toHaveLength(requests)
  })

  test('with the figures of the run that first knows it, in order', async () => {
    const { warehouse } = await open()
    await seedProvince(warehouse)
    await tick(warehouse, TICK, ZONE)
    await night(warehouse, ['ioc'], NOW)
    await night(warehouse, ['ioc', 'board'], NOW + DAY)
    expect(await pendingFor(warehouse, 'board')).toBeGreaterThan(100)
    await push(warehouse, [first.target, { ...second.target, name: 'board' }], options)
    expect(shown(second)).toEqual(shown(first))
    expect(second.receiver.received().counts.superseded).toBe(0)
  })

  test('one that was left out for a night gets what it missed and no more', async () => {
    const { warehouse } = await open()
    await seedProvince(warehouse)
    await tick(warehouse, TICK, ZONE)
    const board = { ...second.target, name: 'board' }
    await night(warehouse, ['ioc', 'board'], NOW)
    await push(warehouse, [first.target, board], options)
    const before = second.receiver.received().counts.accepted
    await night(warehouse, ['ioc'], NOW + DAY)
    expect(await pendingFor(warehouse, 'board')).toBe(0)
    const changed = await pendingFor(warehouse, 'ioc')
    await push(warehouse, [first.target, board], options)
    expect(shown(second)).toEqual(shown(first))
    expect(second.receiver.received().counts).toMatchObject({ accepted: before + changed, duplicate: 0 })
  })

  test('one that was left out is told of what is counted no more, one that is new is not', async () => {
    const { warehouse } = await open()
    await seedProvince(warehouse)
    const board = { ...second.target, name: 'board' }
    const at30 = at('2025-06-30T08:00')
    await tick(warehouse, at30, ZONE)
    await land(warehouse, [dossier({ resolving: 'S1@2020-01-01', received_at: at('2025-02-20T09:00') })])
    await enrolOnly(warehouse, ['ioc', 'board'])
    await refresh(warehouse, { now: NOW, zone: ZONE, targets: ['ioc', 'board'], sources: FRESH(NOW) })
    await push(warehouse, [first.target, board], options)
    // the province of then has no figures of the open year any more
    await tick(warehouse, at('2025-07-02T08:00'), ZONE)
    await enrolOnly(warehouse, ['ioc'])
    await refresh(warehouse, { now: NOW + DAY, zone: ZONE, targets: ['ioc'], sources: FRESH(NOW + DAY) })
    // as a run does: the states first, the figures behind them
    const status = { source: 'one-stop', asOf: NOW, state: 'fresh', freshUntil: NOW + 3 * DAY } as const
    await warehouse.write((trx) => enqueueSourceStatus(trx, status, ['ioc', 'board', 'third'], NOW + 2 * DAY))
    const third = await startIoc()
    await push(warehouse, [first.target, board, { ...third.target, name: 'third' }], options)
    const old = (ioc: Ioc) =>
      shown(ioc).newest.filter(
        ({ indicator, agency, period }) =>
          indicator === 'dossiers-received' && period === '2025' && (agency as { key: string }).key === '72@2020-01-01',
      )
    expect(old(first)).toHaveLength(1)
    expect(shown(second)).toEqual(shown(first))
    expect(old(third)).toEqual([])
    await third.close()
  })
})
