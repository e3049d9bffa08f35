import { expect, test } from 'vitest'
import { causeOf } from '../../src/indicators/catalogue/quality.ts'
import { parsePeriod } from '../../src/indicators/periods.ts'
import { sourceQuality } from '../../src/indicators/quality.ts'
import { tick } from '../../src/indicators/tick.ts'
import type { Warehouse } from '../../src/warehouse/open.ts'
import { endRun, type RunEnd, startRun } from '../../src/warehouse/runs.ts'
import { eachDialect } from '../support/warehouse.ts'
import { at, ZONE } from './world.ts'

async function ran(warehouse: Warehouse, source: string, day: string, end: Partial<RunEnd>): Promise<string> {
  const asOf = at(`${day}T02:00`)
  return warehouse.write(async (trx) => {
    const run = await startRun(trx, { kind: 'source', verb: 'sync', startedAt: asOf, asOf, source })
    await endRun(trx, run, { state: 'succeeded', endedAt: asOf + 1, ...end })
    return run
  })
}
const failed = (code: 'SOURCE_UNREACHABLE' | 'SOURCE_ANSWERED_ERROR' | 'RUN_INTERRUPTED') =>
  ({ state: 'failed', why: { code, params: {} } }) as const

eachDialect('data quality', (open) => {
  test('valid, complete, unique and fresh by source, with the causes of what failed', async () => {
    const { warehouse } = await open()
    await tick(warehouse, at('2024-11-10T08:00'), ZONE)
    // before the period: not counted, but since then every day was to have a read
    await ran(warehouse, 'one-stop', '2024-10-30', {})
    await ran(warehouse, 'one-stop', '2024-11-01', { counts: { read: 90, quarantined: 2, doubled: 1 } })
    await ran(warehouse, 'one-stop', '2024-11-02', { state: 'partial', counts: { read: 10, quarantined: 1 } })
    await ran(warehouse, 'one-stop', '2024-11-02', {})
    await ran(warehouse, 'one-stop', '2024-11-03', failed('SOURCE_UNREACHABLE'))
    await ran(warehouse, 'one-stop', '2024-11-04', failed('SOURCE_ANSWERED_ERROR'))
    await ran(warehouse, 'one-stop', '2024-11-05', failed('RUN_INTERRUPTED'))
    const held = [await ran(warehouse, 'one-stop', '2024-11-06', { state: 'held' })]
    held.push(await ran(warehouse, 'one-stop', '2024-11-07', { state: 'held' }))
    await warehouse.write(async (trx) => {
      for (const [i, guard] of ['drift', 'deleted'].entries())
        await trx.db
          .insertInto('hold')
          .values({
            run: held[i] ?? '',
            source: 'one-stop',
            stream: 'dossier',
            guard,
            observed: 1,
            limit_value: 0,
            range: '{}',
            held_at: 1,
          })
          .execute()
    })
    await ran(warehouse, 'land', '2024-11-08', {})
    const found = await warehouse.read((db) => sourceQuality(db, parsePeriod('2024-11'), ZONE))
    expect(found).toEqual([
      {
        source: 'land',
        figures: {
          valid: { numerator: 0, denominator: 0 },
          complete: { numerator: 1, denominator: 1 },
          unique: { numerator: 0, denominator: 0 },
          // 8 to 10 November
          fresh: { numerator: 1, denominator: 3 },
        },
        causes: { source: 0, network: 0, ours: 0, 'rule-change': 0, undecided: 0 },
      },
      {
        source: 'one-stop',
        figures: {
          valid: { numerator: 97, denominator: 100 },
          complete: { numerator: 3, denominator: 8 },
          unique: { numerator: 99, denominator: 100 },
          fresh: { numerator: 2, denominator: 10 },
        },
        causes: { source: 1, network: 1, ours: 1, 'rule-change': 1, undecided: 1 },
      },
    ])
  })
})

test('a failure without a code is ours', () => {
  expect(causeOf(null, null)).toBe('ours')
})
