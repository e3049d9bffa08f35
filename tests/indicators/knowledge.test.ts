/** Times and landings (hazard 31): a time is the newest landing not after it, whatever the clock did in between. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  findKnowledge,
  knowledgeOf,
  knownInstant,
  landingAt,
  presentKnowledge,
} from '../../src/indicators/knowledge.ts'
import { readIndicators } from '../../src/indicators/read.ts'
import { refresh } from '../../src/indicators/refresh.ts'
import { tick, warehouseTime } from '../../src/indicators/tick.ts'
import { newLanding, saveMeta } from '../../src/warehouse/landing.ts'
import { eachDialect } from '../support/warehouse.ts'
import { landAt } from './known-world.ts'
import { at, DAY, dossier, FRESH, seedProvince, ZONE } from './world.ts'

const HOUR = DAY / 24

test('a day means its end, a time itself, in the zone; what is neither is refused', () => {
  expect(knownInstant('2024-12-05', ZONE)).toBe(at('2024-12-06') - 1)
  expect(knownInstant('2024-12-05T08:00', ZONE)).toBe(at('2024-12-05T08:00'))
  expect(knownInstant('2024-12-05 08:00:30', ZONE)).toBe(at('2024-12-05T08:00') + 30_000)
  for (const wrong of ['', 'now', '2024-13-01', '2024-02-30', '2024-12-05T25:00', '2024-12', 'landing:', '5'])
    expect(() => knownInstant(wrong, ZONE), wrong).toThrow(expect.objectContaining({ code: 'TIME_UNKNOWN' }))
})

eachDialect('knowledge', (open) => {
  test('no version is known before it landed, though the clock steps back', async () => {
    const { warehouse } = await open()
    await seedProvince(warehouse)
    const start = at('2024-12-02T08:00')
    await tick(warehouse, start, ZONE)
    // The clock is an hour fast for one landing, is set right, and goes on.
    const fast = await landAt(warehouse, [dossier({ code: 'A', resolving: 'S1@2020-01-01' })], start + 2 * HOUR)
    const right = await landAt(warehouse, [dossier({ code: 'B', resolving: 'S1@2020-01-01' })], start + HOUR)
    await tick(warehouse, start + 3 * HOUR, ZONE)
    const now = at('2026-01-05T01:00')
    await refresh(warehouse, { now, zone: ZONE, targets: [], sources: FRESH(now) })
    await warehouse.read(async (db) => {
      const count = async (landing: number | null) => {
        if (landing === null) return null
        const query = { indicators: ['dossiers-received'], agencies: ['S1'], periods: ['R30@2024-12-02'] }
        const [row] = await readIndicators(db, { ...query, known: await knowledgeOf(db, landing) }, ZONE)
        return row?.numerator
      }
      // nobody had brought anything of the agency yet
      expect(await count(await landingAt(db, start))).toBe(null)
      // B landed after A, so whoever knows B knows A.
      expect(await landingAt(db, start + HOUR)).toBe(right)
      expect(await count(right)).toBe(2)
      expect(await count(fast)).toBe(1)
      expect(await landingAt(db, start + 2 * HOUR)).toBe(right)
      expect(await landingAt(db, start - 1)).toBeNull()
      await expect(findKnowledge(db, '2024-12-01', ZONE)).rejects.toMatchObject({ code: 'NOT_YET_KNOWN' })
      await expect(findKnowledge(db, 'landing:99', ZONE)).rejects.toMatchObject({ code: 'NOT_YET_KNOWN' })
      expect(await findKnowledge(db, `landing:${fast}`, ZONE)).toEqual({ landing: fast, tickAt: start })
      expect((await presentKnowledge(db)).tickAt).toBe(start + 3 * HOUR)
    })
  })

  test('a later time never knows less', async () => {
    const { warehouse } = await open()
    const times = fc.sample(fc.integer({ min: 0, max: 1_000 }), { numRuns: 60, seed: 31 })
    await warehouse.write(async (trx) => {
      for (const time of times) await newLanding(trx, 'land', time)
    })
    await warehouse.read(async (db) => {
      let before = 0
      for (let time = 0; time <= 1_000; time += 10) {
        const landing = (await landingAt(db, time)) ?? 0
        expect(landing).toBeGreaterThanOrEqual(before)
        before = landing
      }
    })
  })

  test('landings outside a sync are dated by the warehouse: sample time where the data is a sample', async () => {
    const { warehouse } = await open()
    const now = at('2026-01-05T01:00')
    expect(await warehouse.read((db) => warehouseTime(db, now))).toBe(now)
    await tick(warehouse, at('2024-12-02T08:00'), ZONE)
    expect(await warehouse.read((db) => warehouseTime(db, now))).toBe(now)
    await warehouse.write((trx) => saveMeta(trx, 'data', 'sample'))
    expect(await warehouse.read((db) => warehouseTime(db, now))).toBe(at('2024-12-02T08:00'))
    await warehouse.write((trx) => saveMeta(trx, 'data', 'real'))
    expect(await warehouse.read((db) => warehouseTime(db, at('2024-12-01T00:00')))).toBe(at('2024-12-02T08:00'))
  })
})
