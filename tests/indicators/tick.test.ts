import fc from 'fast-check'
import { expect, test } from 'vitest'
import { rebuild } from '../../src/indicators/rebuild.ts'
import { refresh } from '../../src/indicators/refresh.ts'
import { currentTick, tick } from '../../src/indicators/tick.ts'
import type { Warehouse } from '../../src/warehouse/open.ts'
import { eachDialect } from '../support/warehouse.ts'
import { at, DAY, dossier, FRESH, land, seedProvince, ZONE } from './world.ts'

const START = at('2024-11-20T08:00')
const HOUR = DAY / 24
const pastDue = (warehouse: Warehouse) =>
  warehouse.read(
    async (db) =>
      (
        await db
          .selectFrom('cell_day')
          .select(({ fn }) => fn.sum<number | null>('past_due').as('n'))
          .executeTakeFirst()
      )?.n ?? 0,
  )
const marks = (warehouse: Warehouse) =>
  warehouse.read((db) =>
    db.selectFrom('dirty').select(['agency', 'month']).orderBy('agency').orderBy('month').execute(),
  )
const drain = (warehouse: Warehouse) => warehouse.write((trx) => trx.db.deleteFrom('dirty').execute())

eachDialect('tick', (open, dialect) => {
  test('moves what crossed, once, and never backwards', async () => {
    const { warehouse } = await open()
    expect(await tick(warehouse, START, ZONE)).toEqual({ from: null, to: START, crossed: 0 })
    const due = (hours: number) => dossier({ resolving: 'A@2020-01-01', due_at: START + hours * HOUR })
    await land(warehouse, [
      due(1),
      due(2),
      due(3),
      { ...due(1), counted: 0 },
      { ...due(1), status: 9, ended_at: START },
    ])
    await drain(warehouse)
    expect(await tick(warehouse, START + 2 * HOUR, ZONE)).toEqual({ from: START, to: START + 2 * HOUR, crossed: 2 })
    expect(await pastDue(warehouse)).toBe(2)
    expect(await marks(warehouse)).toEqual([{ agency: 'A@2020-01-01', month: '2024-11' }])
    expect(await tick(warehouse, START, ZONE)).toEqual({ from: START + 2 * HOUR, to: START + 2 * HOUR, crossed: 0 })
    expect(await warehouse.read(currentTick)).toBe(START + 2 * HOUR)
    expect(await warehouse.read((db) => db.selectFrom('tick').selectAll().execute())).toHaveLength(2)
  })

  test('a new day marks everything from the month of the day before', async () => {
    const { warehouse } = await open()
    await tick(warehouse, START, ZONE)
    await drain(warehouse)
    await tick(warehouse, START + HOUR, ZONE)
    expect(await marks(warehouse)).toEqual([])
    await tick(warehouse, at('2024-12-03T08:00'), ZONE)
    expect(await marks(warehouse)).toEqual([{ agency: '*', month: '2024-11' }])
  })

  test('random due dates, changes and ticks: cells and figures equal their recomputation', async () => {
    const { warehouse } = await open()
    await seedProvince(warehouse)
    await tick(warehouse, START, ZONE)
    let now = START
    const steps = fc.array(
      fc.record({
        code: fc.integer({ min: 1, max: 12 }),
        due: fc.option(fc.integer({ min: -100, max: 400 })),
        took: fc.option(fc.integer({ min: 1, max: 200 })),
        status: fc.constantFrom(4, 5, 6, 9, 7, 8),
        forward: fc.integer({ min: 0, max: 60 }),
        agency: fc.constantFrom('S1', 'H1', 'X1'),
      }),
      { minLength: 1, maxLength: 8 },
    )
    await fc.assert(
      fc.asyncProperty(steps, async (list) => {
        for (const { code, due, took, status, forward, agency } of list) {
          const at = (await warehouse.read(currentTick)) ?? START
          const received = at - 50 * HOUR
          const ended = [7, 8, 9].includes(status) ? Math.min(at, received + (took ?? 30) * HOUR) : null
          await land(warehouse, [
            dossier({
              code: `T${code}`,
              resolving: `${agency}@2020-01-01`,
              procedure: `1.00001${code % 5}`,
              received_at: received,
              due_at: due === null ? null : received + due * HOUR,
              status,
              ended_at: ended,
              status_at: received + HOUR,
            }),
          ])
          await tick(warehouse, at + forward * HOUR, ZONE)
        }
        now += 1
        if (list.length % 2 === 0)
          await refresh(warehouse, {
            asOf: (await warehouse.read(currentTick)) ?? START,
            now,
            zone: ZONE,
            targets: [],
            sources: FRESH(now),
          })
        const { differences, cells } = await rebuild(warehouse, ZONE)
        expect(differences).toEqual([])
        expect(cells).toBeGreaterThan(0)
      }),
      { numRuns: dialect === 'sqlite' ? 40 : 12 },
    )
  })
})
