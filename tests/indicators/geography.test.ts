import { expect, test } from 'vitest'
import { knowledgeOf, presentKnowledge } from '../../src/indicators/knowledge.ts'
import { readIndicators } from '../../src/indicators/read.ts'
import { refresh } from '../../src/indicators/refresh.ts'
import { tick } from '../../src/indicators/tick.ts'
import type { Warehouse } from '../../src/warehouse/open.ts'
import { eachDialect } from '../support/warehouse.ts'
import { agencyBecomes, landAt, referenceAt } from './known-world.ts'
import { at, dossier, FRESH, land, seedProvince, ZONE } from './world.ts'

const TICK = at('2025-08-04T08:00')
const NOW = at('2026-01-05T01:00')

async function figures(warehouse: Warehouse, geography: 'then' | 'now', indicator: string, period: string) {
  const rows = await warehouse.read((db) =>
    readIndicators(db, { indicators: [indicator], periods: [period], geography }, ZONE),
  )
  return rows
    .filter((row) => row.numerator !== null)
    .map((row) => [row.agency.key, row.numerator, row.denominator, ...(row.geography ? [row.geography] : [])])
}

eachDialect('geography', (open) => {
  test('a code used again counts under the old unit before and the new one after; then and now; a division is undetermined', async () => {
    const { warehouse } = await open()
    await seedProvince(warehouse)
    await tick(warehouse, TICK, ZONE)
    const june = { received_at: at('2025-06-10T08:00'), procedure: '1.000013' }
    await land(warehouse, [
      dossier({ resolving: 'X1@2020-01-01', ...june }),
      dossier({ resolving: 'X3@2020-01-01', ...june, channel: 'counter' }),
      dossier({ resolving: 'X3@2020-01-01', ...june, procedure: '1.000014' }),
      dossier({ resolving: 'X2@2020-01-01', ...june }),
      dossier({ resolving: 'H1@2020-01-01', ...june }),
      dossier({ resolving: 'X1@2025-07-01', ...june, received_at: at('2025-07-10T08:00') }),
    ])
    await refresh(warehouse, { asOf: TICK, now: NOW, zone: ZONE, targets: [], sources: FRESH(NOW) })
    expect(await figures(warehouse, 'then', 'online-share', '2025-06')).toEqual([
      ['72@2020-01-01', 4, 5],
      ['H1@2020-01-01', 1, 1],
      ['X1@2020-01-01', 1, 1],
      ['X2@2020-01-01', 1, 1],
      ['X3@2020-01-01', 1, 2],
    ])
    // What the district and the divided commune left open stays with them, so they have figures; nothing is received there.
    expect(await figures(warehouse, 'then', 'online-share', '2025-07')).toEqual([
      ['80@2025-07-01', 1, 1],
      ['H1@2020-01-01', 0, 0],
      ['X1@2025-07-01', 1, 1],
      ['X2@2020-01-01', 0, 0],
    ])
    expect(await figures(warehouse, 'now', 'online-share', '2025-06')).toEqual([
      ['80@2025-07-01', 4, 5, 'merged'],
      ['H1@2020-01-01', 1, 1, 'undetermined'],
      ['X1@2025-07-01', 2, 3, 'merged'],
      ['X2@2020-01-01', 1, 1, 'undetermined'],
    ])
    // Nothing is lost or counted twice below the province.
    const sum = (rows: unknown[][]) => rows.slice(1).reduce((total, row) => total + Number(row[1]), 0)
    expect(sum(await figures(warehouse, 'now', 'dossiers-received', '2025-06'))).toBe(
      sum(await figures(warehouse, 'then', 'dossiers-received', '2025-06')),
    )
    // Distinct services are counted anew, not added: 13 at both, 14 at one.
    expect(await figures(warehouse, 'now', 'services-with-any-dossier', '2025-06')).toContainEqual([
      'X1@2025-07-01',
      2,
      null,
      'merged',
    ])
    // The year crosses the change: its figures are those of who was in being at its end, with what those before had; then as now.
    const year = [
      ['80@2025-07-01', 6, null],
      ['H1@2020-01-01', 1, null],
      ['X1@2025-07-01', 4, null],
      ['X2@2020-01-01', 1, null],
    ]
    expect(await figures(warehouse, 'then', 'dossiers-received', '2025')).toEqual(year)
    expect(await figures(warehouse, 'now', 'dossiers-received', '2025')).toEqual(
      year.map((row) => (/^[HX]\w@2020/.test(String(row[0])) ? [...row, 'undetermined'] : row)),
    )
  })

  test('rankings of now rank the agencies of now; an agency that is no more is found where it is counted', async () => {
    const { warehouse } = await open()
    await seedProvince(warehouse)
    await tick(warehouse, TICK, ZONE)
    const nth = (n: number) => `1.${String(n).padStart(6, '0')}`
    const february = { received_at: at('2025-02-10T08:00') }
    const june = { received_at: at('2025-06-10T08:00'), procedure: nth(13) }
    await land(warehouse, [
      // Seven and nine of ten online: one of two above 80 %; together all ten.
      ...Array.from({ length: 10 }, (_, i) => ({ n: i + 1, channel: i < 7 ? 'online' : 'counter' })).map(
        ({ n, channel }) => dossier({ resolving: 'S1@2020-01-01', procedure: nth(n), channel, ...february }),
      ),
      ...Array.from({ length: 10 }, (_, i) => ({ n: i + 1, channel: i > 0 ? 'online' : 'counter' })).map(
        ({ n, channel }) => dossier({ resolving: 'S2@2020-01-01', procedure: nth(n), channel, ...february }),
      ),
      dossier({ resolving: 'X1@2020-01-01', ...june }),
      dossier({ resolving: 'X3@2020-01-01', ...june, channel: 'counter' }),
      dossier({ resolving: 'X2@2020-01-01', ...june }),
    ])
    await refresh(warehouse, { asOf: TICK, now: NOW, zone: ZONE, targets: [], sources: FRESH(NOW) })
    expect(await figures(warehouse, 'then', 'departments-above-80', '2025-02')).toEqual([['72@2020-01-01', 1, 2]])
    expect(await figures(warehouse, 'now', 'departments-above-80', '2025-02')).toEqual([
      ['80@2025-07-01', 1, 1, 'merged'],
    ])
    expect(await figures(warehouse, 'now', 'departments-without-cases', '2025-02')).toEqual([
      ['80@2025-07-01', 1, 2, 'merged'],
    ])
    // X3 came to X1, where the same service is used online; X2 was divided.
    expect(await figures(warehouse, 'then', 'communes-at-100', '2025-06')).toEqual([['72@2020-01-01', 2, 3]])
    expect(await figures(warehouse, 'now', 'communes-at-100', '2025-06')).toEqual([
      ['80@2025-07-01', 2, 2, 'undetermined'],
    ])
    const ask = async (geography: 'then' | 'now', agencies: string[], periods: string[]) =>
      (
        await warehouse.read((db) =>
          readIndicators(db, { indicators: ['full-process-online-use'], agencies, periods, geography }, ZONE),
        )
      ).map((row) => [row.agency.key, row.period, row.numerator, row.denominator])
    expect(await ask('now', ['S2'], ['2025-02', '2025-Q1'])).toEqual([
      ['S1@2020-01-01', '2025-02', 10, 10],
      ['S1@2020-01-01', '2025-Q1', 10, 10],
    ])
    expect(await ask('then', ['S2'], ['2025-02', '2025-Q1'])).toEqual([
      ['S1@2020-01-01', '2025-Q1', 10, 10],
      ['S2@2020-01-01', '2025-02', 9, 10],
    ])
  })

  test("today's agencies over what was known then: at the newest landing what is said now, before it what had landed by then", async () => {
    const { warehouse } = await open()
    await seedProvince(warehouse)
    await tick(warehouse, TICK, ZONE)
    const june = { received_at: at('2025-06-10T08:00'), procedure: '1.000013', known_from: 1 }
    const first = await landAt(
      warehouse,
      [
        dossier({ resolving: 'X1@2020-01-01', ...june }),
        dossier({ resolving: 'X3@2020-01-01', ...june, code: 'moves', channel: 'counter' }),
        dossier({ resolving: 'X2@2020-01-01', ...june }),
        dossier({ resolving: 'S2@2020-01-01', ...june, received_at: at('2025-02-10T08:00') }),
        dossier({ resolving: 'S3@2020-01-01', ...june, procedure: '1.000011' }),
      ],
      TICK,
    )
    await landAt(
      warehouse,
      [
        dossier({ resolving: 'S1@2020-01-01', ...june, code: 'moves' }),
        dossier({ resolving: 'X1@2025-07-01', ...june, received_at: at('2025-07-10T08:00') }),
      ],
      TICK,
    )
    // That S3 had joined S1 became known last.
    await referenceAt(warehouse, TICK, (trx, landing) =>
      agencyBecomes(trx, landing, 'S3@2020-01-01', { valid_to: '2025-07-15', successors: ['S1@2020-01-01'] }),
    )
    await refresh(warehouse, { asOf: TICK, now: NOW, zone: ZONE, targets: [], sources: FRESH(NOW) })
    await warehouse.read(async (db) => {
      const of = async (more: object) => {
        const query = { periods: ['2025-02', '2025-06', '2025-07', '2025'], geography: 'now', ...more } as const
        const rows = await readIndicators(db, query, ZONE)
        return rows.map((row) =>
          [row.indicator, row.agency.key, row.period, row.geography, row.value, row.numerator, row.denominator].join(
            ' ',
          ),
        )
      }
      const now = await of({})
      expect(now.length).toBeGreaterThan(100)
      expect(await of({ known: await presentKnowledge(db) })).toEqual(now)
      const one = { indicators: ['dossiers-received'], periods: ['2025-06'], agencies: ['80', 'S1', 'X1', 'X2', 'X3'] }
      expect(await of({ ...one, known: await knowledgeOf(db, first) })).toEqual([
        'dossiers-received 80@2025-07-01 2025-06 merged 4 4 ',
        'dossiers-received S1@2020-01-01 2025-06 merged 1 1 ',
        'dossiers-received X1@2025-07-01 2025-06 merged 2 2 ',
        'dossiers-received X2@2020-01-01 2025-06 undetermined 1 1 ',
      ])
    })
  })
})
