/** The spot check: some agencies each day, all of them in turn, and those that differ until they agree. */
import { expect, test } from 'vitest'
import { refresh } from '../../src/indicators/refresh.ts'
import { findSpotCheck, inTurn, spotCheck } from '../../src/indicators/spot-check.ts'
import { tick } from '../../src/indicators/tick.ts'
import type { Warehouse } from '../../src/warehouse/open.ts'
import { eachDialect } from '../support/warehouse.ts'
import { at, DAY, dossier, FRESH, land, landInputRows, petitionRow, seedProvince, ZONE } from './world.ts'

const TICK = at('2024-12-02T08:00')
const NOW = at('2026-01-05T01:00')
const keyOf = (code: string) => `${code}@2020-01-01`

async function night(warehouse: Warehouse, n: number) {
  await tick(warehouse, TICK + n * DAY, ZONE)
  await refresh(warehouse, { now: NOW + n * DAY, zone: ZONE, targets: [], sources: FRESH(NOW + 99 * DAY) })
  return spotCheck(warehouse, ZONE, NOW + n * DAY)
}

eachDialect('spot check', (open) => {
  test('once a day, another few each; what differs is found with its place, and comes again until it agrees', async () => {
    const { warehouse } = await open()
    expect(await spotCheck(warehouse, ZONE, NOW)).toBeNull()
    await seedProvince(warehouse)
    await tick(warehouse, TICK, ZONE)
    const codes = ['S1', 'S2', 'H1', 'H2', 'X1', 'X2', 'V1']
    await land(
      warehouse,
      codes.flatMap((code) => [
        // resolved by one, received and assisted by another: all of it is counted somewhere
        dossier({ resolving: keyOf(code), receiving: keyOf('X2'), assisting: keyOf('X1') }),
        dossier({ resolving: keyOf(code), channel: 'counter', processing_hours: 9, status: 9, ended_at: TICK - DAY }),
      ]),
    )
    await landInputRows(warehouse, 'petition', [petitionRow({ agency: keyOf('X2') })])
    const first = await night(warehouse, 0)
    expect(first).toMatchObject({ day: '2024-12-02', differences: 0, example: null })
    expect(first?.agencies.length).toBeGreaterThanOrEqual(5)
    expect(first?.cells).toBeGreaterThan(10)
    expect(first?.figures).toBeGreaterThan(200)
    // that day's has been made
    expect(await spotCheck(warehouse, ZONE, NOW + 1)).toBeNull()

    const seen = new Set(first?.agencies)
    for (let n = 1; n <= 4; n++) {
      const check = await night(warehouse, n)
      expect([n, check?.differences]).toEqual([n, 0])
      for (const key of check?.agencies ?? []) seen.add(key)
    }
    expect([...seen]).toEqual(expect.arrayContaining(codes.map(keyOf)))

    // Wrong by one where another received what S1 resolves.
    const wrong = (by: 1 | -1) =>
      warehouse.write((trx) =>
        trx.db
          .updateTable('cell_day')
          .set(({ eb }) => ({ taken: eb('taken', '+', by) }))
          .where('agency', '=', keyOf('X2'))
          .where('taken', '>', 0)
          .execute(),
      )
    await wrong(1)
    let n = 5
    let found = await night(warehouse, n)
    while (found?.differences === 0 && n < 12) found = await night(warehouse, ++n)
    expect(found?.agencies).toContain(keyOf('X2'))
    expect(found?.example).toMatchObject({ kind: 'cell_day', key: expect.stringMatching(/^X2@/), field: 'taken' })
    const again = await night(warehouse, ++n)
    // it alone comes again, before those whose turn it is
    expect([again?.differences, again?.agencies[0], again?.agencies.length]).toEqual([
      found?.differences,
      keyOf('X2'),
      6,
    ])
    await wrong(-1)
    expect(await night(warehouse, ++n)).toMatchObject({
      differences: 0,
      agencies: expect.arrayContaining([keyOf('X2')]),
    })
    const mended = await night(warehouse, ++n)
    expect(mended?.agencies.length).toBeLessThan(again?.agencies.length ?? 0)
    expect(await warehouse.read(findSpotCheck)).toEqual(mended)
  })
})

test('in turn: after the last, from the first again behind the end, what differed before', () => {
  const keys = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
  expect(inTurn(keys, '', [])).toEqual(['a', 'b', 'c', 'd', 'e'])
  expect(inTurn(keys, 'e', [])).toEqual(['f', 'g', 'a', 'b', 'c'])
  expect(inTurn(keys, 'g', ['c', 'gone'])).toEqual(['c', 'a', 'b', 'd', 'e', 'f'])
  expect(inTurn(['a', 'b'], 'a', ['a', 'b'])).toEqual(['a', 'b'])
  expect(inTurn([], 'a', ['a'])).toEqual([])
  const many = Array.from({ length: 300 }, (_, i) => String(1000 + i))
  expect(inTurn(many, '', [])).toHaveLength(10)
})
