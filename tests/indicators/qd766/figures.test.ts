/** Every component, group and the total of QĐ 766 from landed records, counted by hand from DOMAIN §1.3–1.4. */
import { expect, test } from 'vitest'
import { qd766 } from '../../../src/indicators/catalogue/qd766.ts'
import type { IndicatorRow } from '../../../src/indicators/read.ts'
import { rebuild } from '../../../src/indicators/rebuild.ts'
import { markDirty } from '../../../src/warehouse/cells.ts'
import { at } from '../../support/pages.ts'
import { eachDialect, ZONE } from '../../support/warehouse.ts'
import {
  bring,
  bringAll,
  COUNTED,
  counts,
  day,
  dossier,
  MONTH,
  PROVINCE,
  petition,
  petitions,
  publication,
  REAL,
  ratingOf,
  ready,
  score,
  scores,
  settle,
} from './landed.ts'

/** id → numerator, denominator, points by the formula of DOMAIN §1.3 */
const EXPECTED: Readonly<Record<string, readonly [number, number, number]>> = {
  // A on time, B and one decision of C late
  '1.1': [1, 3, 6 * (1 / 3)],
  // B late; the open one of C has time until today
  '1.2': [2, 3, 4 * (2 / 3)],
  // A, B and C stand in public, B not in full
  '1.3': [2, 3, 2 * (2 / 3)],
  '1.4': [90, 100, 6 * 0.9],
  // D4 ended late, D6 is open past its due date; D7 of October ended in November
  '2.1': [6, 8, 20 * (6 / 8)],
  '3.1': [3, 4, (2 * 0.75) / 0.8],
  '3.2': [2, 3, 4 * (2 / 3)],
  // D1 with its result, D3 needs none; D2 has none yet. Times 90 of 100 synchronised.
  '3.3': [2, 7, (6 * (2 / 7) * 0.9) / 0.5],
  '3.5': [1, 2, (2 * 0.5) / 0.8],
  '3.5b': [1, 2, (2 * 0.5) / 0.8],
  // D1 of D1, D2, D6; the fee of D4 is 0
  '3.6': [1, 3, 6 * (1 / 3)],
  '4.1': [3, 6, 6 * 0.5],
  // D5 has no result
  '4.2': [3, 7, 4 * (3 / 7)],
  'certified-copy': [4, 8, 2 * 0.5],
  '4.3': [2, 7, (2 * (2 / 7)) / 0.8],
  '4.4': [3, 6, 4 * 0.5],
  '4.5a': [1, 4, 2 * 0.25],
  '4.5b': [2, 7, 2 * (2 / 7)],
  // P2 was not answered within 15 working days
  '5.2': [2, 3, 6 * (2 / 3)],
  // nor did P1 satisfy
  '5.3': [1, 3, 6 * (1 / 3)],
  // 100 % less 2 of 8 late, less 2 of 8 disliked: D5 is rated 1, D8 has two petitions
  '5.4': [4, 8, (6 * 0.5) / 0.9],
}
const GROUPS = {
  CKMB: ['1.1', '1.2', '1.3', '1.4'],
  TDGQ: ['2.1'],
  CLGQ: ['3.1', '3.2', '3.3'],
  TTTT: ['3.5', '3.5b', '3.6'],
  MDSH: ['4.1', '4.2', 'certified-copy', '4.3', '4.4', '4.5a', '4.5b'],
  MDHL: ['5.2', '5.3', '5.4'],
}
const MAX = { CKMB: 18, TDGQ: 20, CLGQ: 12, TTTT: 10, MDSH: 22, MDHL: 18 }
const sum = (ids: readonly string[]) => ids.reduce((points, id) => points + (EXPECTED[id]?.[2] ?? Number.NaN), 0)
const TOTAL = sum(Object.keys(EXPECTED))

const toldOf = (row: IndicatorRow | undefined) => row && [row.numerator, row.denominator, row.value]
const stateOf = (row: IndicatorRow | undefined) => row && [row.valueState, row.value, row.numerator, row.denominator]
const MISSING = ['insufficient', null, null, null]
async function expectRebuilt(warehouse: Parameters<typeof rebuild>[0]) {
  expect((await rebuild(warehouse, ZONE)).differences).toEqual([])
}

eachDialect('QĐ 766 of landed records', (open) => {
  test('every component, the groups, the total and its class', async () => {
    const { warehouse } = await open()
    await ready(warehouse)
    await bringAll(warehouse)
    await settle(warehouse)
    const found = await scores(warehouse)
    expect([...found.keys()]).toEqual(qd766.map(({ id }) => id.slice(6)))
    for (const [id, [numerator, denominator, points]] of Object.entries(EXPECTED))
      expect([id, ...(toldOf(found.get(id)) ?? [])]).toEqual([id, numerator, denominator, expect.closeTo(points, 9)])
    for (const [id, ids] of Object.entries(GROUPS)) {
      const max = MAX[id as keyof typeof MAX]
      const points = expect.closeTo(sum(ids), 6)
      expect([id, ...(toldOf(found.get(id)) ?? []), found.get(id)?.max]).toEqual([id, points, max, points, max])
    }
    // 57.36: trung bình
    expect(TOTAL).toBeCloseTo(57.3607, 4)
    const total = found.get('total')
    expect(toldOf(total)).toEqual([expect.closeTo(TOTAL, 6), 100, expect.closeTo(TOTAL, 6)])
    expect([total?.standing, total?.valueState, total?.max, total?.unit]).toEqual(['bad', 'ok', 100, 'points'])
    // petitions by class are followed, without points
    expect([toldOf(found.get('5.1')), toldOf(found.get('5.1-staff'))]).toEqual([
      [2, 3, 2 / 3],
      [1, 3, 1 / 3],
    ])
    // D1 49, D3 and D4 77, D5 33, D8 41 of the hours 7:00 to 11:30 and 13:30 to 17:00; D7 was received before
    expect(toldOf(found.get('2.2'))).toEqual([277, 5, 55.4])
    await expectRebuilt(warehouse)
  })

  test('one missing count of the portal takes its component, the group, the total and the class away, and nothing else', async () => {
    const { warehouse } = await open()
    await ready(warehouse)
    await bringAll(warehouse, ['official-score'])
    await bring(warehouse, 'official-score', counts(Object.keys(COUNTED).filter((id) => id !== '4.4')))
    await settle(warehouse)
    const found = await scores(warehouse)
    for (const id of ['4.4', 'MDSH', 'total']) expect([id, stateOf(found.get(id))]).toEqual([id, MISSING])
    expect(found.get('total')?.standing).toBeNull()
    expect(toldOf(found.get('MDHL'))?.[2]).toBeCloseTo(sum(GROUPS.MDHL), 6)
    // a row without counts says nothing either
    await bring(warehouse, 'official-score', [score('4.4', { score: 1.5, maxScore: 4 })])
    await settle(warehouse, REAL + 1)
    expect(stateOf((await scores(warehouse)).get('4.4'))).toEqual(MISSING)
    // now the portal counts it: the figure is revised
    await bring(warehouse, 'official-score', counts(['4.4']))
    await settle(warehouse, REAL + 2)
    const after = await scores(warehouse)
    expect([after.get('4.4')?.value, after.get('total')?.standing]).toEqual([2, 'bad'])
    expect(after.get('4.4')?.revision).toBe(REAL + 2)
    // and no longer
    await bring(warehouse, 'official-score', [], { deleted: [`H53|${MONTH}|4.4`] })
    await settle(warehouse, REAL + 3)
    expect(stateOf((await scores(warehouse)).get('total'))).toEqual(MISSING)
    await expectRebuilt(warehouse)
  })

  test.each([
    ['publication', ['1.1', '1.2', '1.3', 'CKMB']],
    ['petition', ['5.2', '5.3', '5.4', 'MDHL']],
    ['feedback', ['5.4', 'MDHL']],
    ['official-score', [...Object.keys(COUNTED), '3.3', 'CKMB', 'CLGQ', 'TTTT', 'MDSH']],
  ] as const)('without %s: insufficient, never 0', async (entity, ids) => {
    const { warehouse } = await open()
    await ready(warehouse)
    await bringAll(warehouse, [entity])
    await settle(warehouse)
    const found = await scores(warehouse)
    const scored = [...found].filter(([, { max }]) => max !== undefined)
    const missing = scored.filter(([, { valueState }]) => valueState !== 'ok').map(([id]) => id)
    expect(missing.sort()).toEqual([...ids, 'total'].sort())
    for (const id of missing) expect([id, stateOf(found.get(id))]).toEqual([id, MISSING])
  })

  test('a catalogue that says of no procedure whether it has a fee, or ends on paper', async () => {
    const { warehouse } = await open()
    await ready(warehouse)
    await bringAll(warehouse)
    await warehouse.write(async (trx) => {
      await trx.db.updateTable('procedure').set({ fee: null, requires_result: null }).execute()
      await markDirty(trx, [['*', '0001-01']])
    })
    await settle(warehouse)
    const found = await scores(warehouse)
    const missing = [...found].filter(([, { valueState }]) => valueState === 'insufficient').map(([id]) => id)
    expect(missing).toEqual(['3.3', '3.5b', '3.6', '4.1', '4.2', 'CLGQ', 'TTTT', 'MDSH', 'total'])
  })

  test('kept at the province for months, quarters and years; elsewhere and for halves told when asked', async () => {
    const { warehouse } = await open()
    await ready(warehouse)
    await bringAll(warehouse)
    await settle(warehouse)
    const kept = await warehouse.read((db) =>
      db
        .selectFrom('indicator_value')
        .select(['agency', 'period'])
        .distinct()
        .where('indicator', '=', 'qd766-2.1')
        .where('current', '=', 1)
        .execute(),
    )
    expect(new Set(kept.map(({ agency }) => agency))).toEqual(new Set([PROVINCE]))
    expect(kept.map(({ period }) => period).sort()).toEqual(['2024', '2024-10', '2024-11', '2024-12', '2024-Q4'])
    const half = (await scores(warehouse, PROVINCE, '2024-H2')).get('2.1')
    expect([half?.revision, half?.numerator, half?.denominator, half?.provisional]).toEqual([null, 6, 8, true])
    const department = await scores(warehouse, 'H53.01@2020-01-01')
    expect(toldOf(department.get('2.1'))).toEqual([6, 8, 15])
    // a matter of the province only
    expect(department.has('1.2')).toBe(false)
    // the portal says nothing of departments
    expect(stateOf(department.get('1.4'))).toEqual(MISSING)
    const messages = await warehouse.read((db) =>
      db.selectFrom('message').select('body').where('figure', 'like', 'qd766-total|%').execute(),
    )
    const bodies = messages.map(({ body }) => JSON.parse(body))
    expect(bodies.find(({ period }) => period === MONTH)).toMatchObject({
      unit: 'points',
      standing: 'bad',
      provisional: false,
    })
  })

  test('the official score stands beside ours, with the difference', async () => {
    const { warehouse } = await open()
    await ready(warehouse)
    await bringAll(warehouse)
    await bring(warehouse, 'official-score', [
      score('2.1', { numerator: 5, denominator: 8, ratio: 0.625, score: 12.5, maxScore: 20 }),
      score('TDGQ', { score: 12.5 }),
      score('total', { score: 60 }),
    ])
    await settle(warehouse)
    const found = await scores(warehouse)
    expect(found.get('2.1')).toMatchObject({ value: 15, official: { score: 12.5, numerator: 5 }, difference: 2.5 })
    expect(found.get('TDGQ')).toMatchObject({ official: { component: 'TDGQ', score: 12.5 }, difference: 2.5 })
    expect(found.get('total')?.difference).toBeCloseTo(TOTAL - 60, 6)
    // the portal's row of a count has no points: nothing to compare
    expect(found.get('1.4')?.official?.score).toBeNull()
    expect(found.get('1.4')).not.toHaveProperty('difference')
  })

  test('petitions about a dossier count it once, whichever comes first, and no more when they go', async () => {
    const { warehouse } = await open()
    await ready(warehouse)
    await bringAll(warehouse, ['petition'])
    const disliked = async () => {
      await settle(warehouse)
      await expectRebuilt(warehouse)
      return (await scores(warehouse)).get('5.4')?.numerator
    }
    await bring(warehouse, 'petition', petitions)
    expect(await disliked()).toBe(4)
    await bring(warehouse, 'petition', [], { deleted: ['P3'] })
    expect(await disliked()).toBe(4)
    await bring(warehouse, 'petition', [], { deleted: ['P4'] })
    expect(await disliked()).toBe(5)
  })

  test('nothing to count on: no points, none or all of them, by the zero rules', async () => {
    const { warehouse } = await open()
    await ready(warehouse)
    // written down of it, and not so
    const said = { fee: 0, paid_online: 'none', digitised: 0, reused: 0, vneid: 0, electronic_result: 0 }
    const before = { ...said, received_at: at('2024-10-01T08:00'), finished_at: at('2024-10-02T08:00') }
    await bring(warehouse, 'dossier', [dossier('D0', { ...before, status: 10, finished_precision: 'second' })])
    await bring(warehouse, 'feedback', [ratingOf('D0', 5, '2024-10-03')])
    await bring(warehouse, 'publication', [
      publication('A0', '1.000001', { decided: day('2024-10-01'), published: day('2024-10-02'), complete: true }),
    ])
    await bring(warehouse, 'petition', [petition('P0', { received: day('2024-10-01') })])
    const nothing = { numerator: 0, denominator: 0 }
    await bring(
      warehouse,
      'official-score',
      Object.keys(COUNTED).map((id) => score(id, nothing)),
    )
    await settle(warehouse)
    const found = await scores(warehouse)
    const told = [...found].map(([id, { valueState, value }]) => `${id} ${valueState === 'ok' ? value : valueState}`)
    expect(told.slice(0, 24).join(', ')).toBe(
      '1.1 no-cases, 1.2 no-cases, 1.3 2, 1.4 0, 2.1 0, 2.2 no-cases, 3.1 1.875, 3.2 0, 3.3 0, 3.5 0, 3.5b 0, 3.6 0, 4.1 no-cases, ' +
        '4.2 no-cases, certified-copy no-cases, 4.3 no-cases, 4.4 no-cases, 4.5a no-cases, 4.5b no-cases, ' +
        '5.1 no-cases, 5.1-staff no-cases, 5.2 6, 5.3 6, 5.4 0',
    )
    // whatever could not be earned is not missing
    expect(found.get('total')).toMatchObject({ value: 15.875, valueState: 'ok', standing: 'veryBad' })
    await expectRebuilt(warehouse)
  })
})
