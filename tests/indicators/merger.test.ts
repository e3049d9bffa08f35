/** Agencies merge, are divided and end while dossiers are open: figures, rebuild, explain and both geographies must still say the same. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { loadBasis } from '../../src/indicators/basis.ts'
import { explain } from '../../src/indicators/explain.ts'
import { holderOn, placeOn } from '../../src/indicators/places.ts'
import { type IndicatorRow, readIndicators } from '../../src/indicators/read.ts'
import { rebuild } from '../../src/indicators/rebuild.ts'
import { refresh } from '../../src/indicators/refresh.ts'
import { tick } from '../../src/indicators/tick.ts'
import type { Warehouse } from '../../src/warehouse/open.ts'
import type { DossierRecord } from '../../src/warehouse/tables.ts'
import { eachDialect } from '../support/warehouse.ts'
import { at, DAY, dossier, land, seedAgencies, seedProcedures, seedProvince, ZONE } from './world.ts'

const NOW = at('2026-01-05T01:00')
const nth = (n: number) => `1.${String(n).padStart(6, '0')}`
const state = { asOf: NOW, state: 'fresh', freshUntil: NOW + DAY }
const SOURCES = new Map(['one-stop', 'planning', 'catalogue'].map((source) => [source, state]))

const FLOWS = ['finished-early', 'finished-on-time', 'finished-late', 'finished-no-due', 'withdrawn', 'stopped']
const OPEN = ['in-progress-within', 'in-progress-past-due', 'in-progress-no-due', 'paused']
const ADDITIVE = ['dossiers-received', 'carried-over', 'refused', 'overdue-now', ...FLOWS, ...OPEN]

/** Dossiers of every agency, some open across its end; what ends does so up to 200 days later. */
const LIVES = fc.sample(
  fc.record({
    agency: fc.constantFrom('S1', 'S2', 'S2', 'S3', 'V1', 'H1', 'X1', 'X2', 'X3'),
    n: fc.integer({ min: 1, max: 14 }),
    received: fc.integer({ min: 0, max: 180 }),
    due: fc.option(fc.integer({ min: 1, max: 60 })),
    took: fc.integer({ min: 1, max: 200 }),
    status: fc.constantFrom(4, 4, 5, 7, 8, 9, 9, 9, 10),
    channel: fc.constantFrom('online', 'counter'),
  }),
  { numRuns: 120, seed: 1682 },
)

/** The same dossiers as sources tell of them at `now`. */
function toldAt(now: number): DossierRecord[] {
  return LIVES.flatMap(({ agency, n, received, due, took, status, channel }, i) => {
    const receivedAt = at('2024-12-20T09:00') + received * DAY
    if (receivedAt > now) return []
    const ends = status > 6 && receivedAt + took * DAY < now
    const begun =
      agency.startsWith('X') && agency !== 'X2' && receivedAt >= at('2025-07-01') ? '2025-07-01' : '2020-01-01'
    return dossier({
      source: agency === 'S2' ? 'planning' : 'one-stop',
      code: `M${i}`,
      resolving: `${agency}@${begun}`,
      procedure: nth(n),
      channel,
      received_at: receivedAt,
      due_at: due === null ? null : receivedAt + due * DAY,
      status: ends || status <= 6 ? status : 4,
      ended_at: ends ? receivedAt + took * DAY : null,
      status_at: receivedAt + DAY,
    })
  })
}

const all = (warehouse: Warehouse, geography: 'then' | 'now') =>
  warehouse.read((db) => readIndicators(db, { geography }, ZONE))

/** Leaves sum up to the province, each figure once, and the identity holds for everybody. */
function checkSums(rows: readonly IndicatorRow[], what: string): void {
  const once = new Set(rows.map((row) => `${row.indicator}|${row.agency.key}|${row.period}`))
  expect(once.size, what).toBe(rows.length)
  const value = new Map(rows.map((row) => [`${row.indicator}|${row.agency.key}|${row.period}`, row.numerator ?? 0]))
  for (const period of new Set(rows.map((row) => row.period))) {
    const here = rows.filter((row) => row.period === period)
    for (const id of ADDITIVE) {
      const of = here.filter((row) => row.indicator === id)
      const leaves = of.filter((row) => row.agency.kind !== 'province')
      const sum = leaves.reduce((total, row) => total + (row.numerator ?? 0), 0)
      const provinces = of.filter((row) => row.agency.kind === 'province').map((row) => row.numerator)
      if (of.length > 0) expect([what, id, period, provinces], id).toEqual([what, id, period, [sum]])
    }
    if (/^\d{4}-\d\d-\d\d$/.test(period)) continue
    for (const key of new Set(here.map((row) => row.agency.key))) {
      const get = (id: string) => value.get(`${id}|${key}|${period}`) ?? 0
      const after = [...FLOWS, ...OPEN].reduce((sum, id) => sum + get(id), 0)
      expect([what, key, period, get('carried-over') + get('dossiers-received')]).toEqual([what, key, period, after])
    }
  }
}

eachDialect('mergers', (open, dialect) => {
  test('night by night across mergers, divisions and ends: sums, identity, rebuild, explain and now agree', async () => {
    const { warehouse } = await open()
    await seedProvince(warehouse)
    const nights =
      dialect === 'sqlite'
        ? [
            '2025-01-15',
            '2025-02-27',
            '2025-03-01',
            '2025-03-20',
            '2025-06-30',
            '2025-07-01',
            '2025-08-04',
            '2025-10-06',
          ]
        : ['2025-02-27', '2025-08-04']
    for (const [i, day] of [...nights, '2025-12-20'].entries()) {
      const asOf = at(`${day}T08:00`)
      await tick(warehouse, asOf, ZONE)
      await land(warehouse, toldAt(asOf))
      await refresh(warehouse, { now: NOW + i, zone: ZONE, targets: [], sources: SOURCES })
      expect((await rebuild(warehouse, ZONE)).differences, day).toEqual([])
      checkSums(await all(warehouse, 'then'), `then ${day}`)
      checkSums(await all(warehouse, 'now'), `now ${day}`)
    }
    const periods =
      dialect === 'sqlite' ? ['2025-02', '2025-03', '2025-Q1', '2025-07', '2025', '2025-12-20'] : ['2025-03']
    const figures = await warehouse.read((db) => readIndicators(db, { periods }, ZONE))
    await warehouse.read(async (db) => {
      for (const { indicator, agency, period, numerator, denominator } of figures) {
        // H2 and the new X3 never had any.
        if (numerator === null) continue
        const found = await explain(db, { indicator, agency: agency.key, period, limit: 1000 }, ZONE)
        const what = `${indicator} ${agency.key} ${period}`
        expect([what, found.total, found.figure?.agency.key]).toEqual([what, { numerator, denominator }, agency.key])
        expect(found.records.reduce((sum, { above }) => sum + above, 0)).toBeCloseTo(numerator, 6)
      }
    })
  }, 300_000)

  test('what a merged department left open is past due at its successor, with both sources behind it', async () => {
    const { warehouse } = await open()
    await seedProvince(warehouse)
    const open2 = { procedure: nth(1), received_at: at('2025-02-20T09:00'), due_at: at('2025-03-05T17:00') }
    const ofS2 = { ...open2, resolving: 'S2@2020-01-01', source: 'planning' }
    const still = dossier(ofS2)
    await tick(warehouse, at('2025-02-21T08:00'), ZONE)
    await land(warehouse, [dossier({ resolving: 'S1@2020-01-01', ...open2 }), still, dossier(ofS2)])
    const options = { zone: ZONE, targets: [], sources: SOURCES }
    await refresh(warehouse, { ...options, now: NOW })
    const get = async (geography: 'then' | 'now', ids: string[], periods: string[], agencies = ['72', 'S1', 'S2']) =>
      (await warehouse.read((db) => readIndicators(db, { indicators: ids, periods, agencies, geography }, ZONE)))
        .filter(({ revision }) => revision !== null)
        .map((row) => [row.agency.code, row.period, row.numerator, row.sources.map(({ source }) => source).join()])
    expect(await get('then', ['dossiers-received'], ['2025', '2025-02'], ['S1', 'S2'])).toEqual([
      ['S1', '2025', 1, 'one-stop'],
      ['S1', '2025-02', 1, 'one-stop'],
      ['S2', '2025', 2, 'planning'],
      ['S2', '2025-02', 2, 'planning'],
    ])

    await tick(warehouse, at('2025-03-20T08:00'), ZONE)
    await refresh(warehouse, { ...options, now: NOW + 1 })
    const both = 'one-stop,planning'
    expect(await get('then', ['dossiers-received'], ['2025', '2025-02'], ['S1', 'S2'])).toEqual([
      ['S1', '2025', 3, both],
      ['S1', '2025-02', 1, 'one-stop'],
      ['S2', '2025-02', 2, 'planning'],
    ])
    const now = ['carried-over', 'in-progress-past-due', 'overdue-now']
    const expected = (open: number) => [
      ['72', '2025-03', 3, both],
      ['S1', '2025-03', 3, both],
      ['72', '2025-03', open, both],
      ['S1', '2025-03', open, both],
      ['72', '2025-03-20', open, both],
      ['S1', '2025-03-20', open, both],
    ]
    expect(await get('then', now, ['2025-03', '2025-03-20'])).toEqual(expected(3))
    expect(await get('now', now, ['2025-03', '2025-03-20'])).toEqual(expected(3))

    // Only the ended department is marked; its successor and nobody else is looked at.
    await land(warehouse, [{ ...still, ended_at: at('2025-03-10T10:00'), status: 9 }])
    const { looked } = await refresh(warehouse, { ...options, now: NOW + 2 })
    expect(looked).toBeLessThan(2 * 6 * 40)
    expect(await get('then', now, ['2025-03', '2025-03-20'])).toEqual(expected(2))
    // And only the successor: what it counts of the ended one is read with its own.
    await land(warehouse, [dossier({ ...open2, resolving: 'S1@2020-01-01', received_at: at('2025-03-19T09:00') })])
    await refresh(warehouse, { ...options, now: NOW + 3 })
    expect(await get('then', ['dossiers-received', ...now], ['2025-03', '2025-Q1', '2025-03-20'], ['S1'])).toEqual([
      ['S1', '2025-03', 1, both],
      ['S1', '2025-Q1', 4, both],
      ['S1', '2025-03', 3, both],
      ['S1', '2025-Q1', 0, both],
      ['S1', '2025-03', 3, both],
      ['S1', '2025-Q1', 3, both],
      ['S1', '2025-03-20', 3, both],
    ])
    expect((await rebuild(warehouse, ZONE)).differences).toEqual([])
    const found = await warehouse.read((db) =>
      explain(db, { indicator: 'in-progress-past-due', agency: 'S2', period: '2025-03', limit: 10 }, ZONE),
    )
    expect([found.figure?.agency.code, found.total.numerator, found.records.length]).toEqual(['S1', 3, 3])
  })

  test('an ended agency without one successor keeps what it left until that is settled, and then has no figure', async () => {
    const { warehouse } = await open()
    await seedProvince(warehouse)
    await tick(warehouse, at('2025-09-10T08:00'), ZONE)
    const left = dossier({ resolving: 'H1@2020-01-01', procedure: nth(13), received_at: at('2025-06-10T08:00') })
    await land(warehouse, [left])
    const options = { zone: ZONE, targets: [], sources: SOURCES }
    await refresh(warehouse, { ...options, now: NOW })
    const ids = ['in-progress-no-due', 'procedures-total', 'finished-no-due', 'carried-over']
    const get = async () =>
      (
        await warehouse.read((db) =>
          readIndicators(db, { indicators: ids, periods: ['2025-08', '2025-09'], agencies: ['H1'] }, ZONE),
        )
      ).map((row) => [row.indicator, row.period, row.numerator])
    expect(await get()).toEqual([
      ['carried-over', '2025-08', 1],
      ['carried-over', '2025-09', 1],
      ['finished-no-due', '2025-08', 0],
      ['finished-no-due', '2025-09', 0],
      ['in-progress-no-due', '2025-08', 1],
      ['in-progress-no-due', '2025-09', 1],
    ])
    // Told late: it had ended in August, so that nothing was left for September.
    await land(warehouse, [{ ...left, ended_at: at('2025-08-05T10:00'), status: 9 }])
    await refresh(warehouse, { ...options, now: NOW + 1 })
    expect(await get()).toEqual([
      ['carried-over', '2025-08', 1],
      ['finished-no-due', '2025-08', 1],
      ['in-progress-no-due', '2025-08', 0],
    ])
    expect((await rebuild(warehouse, ZONE)).differences).toEqual([])
    const none = await warehouse.read((db) =>
      explain(db, { indicator: 'procedures-total', agency: 'H1', period: '2025-08', limit: 10 }, ZONE),
    )
    expect([none.figure, none.total, none.records]).toEqual([null, { numerator: 0, denominator: null }, []])
  })

  test('assignments go to the one successor, not to who takes over the code', async () => {
    const { warehouse } = await open()
    await seedProvince(warehouse)
    // X3 goes over into X1 and its code to another unit; S2 goes over into S1.
    await warehouse.write((trx) =>
      seedProcedures(trx, [
        { code: nth(21), agencies: ['X3'] },
        { code: nth(22), agencies: ['S2'] },
        { code: nth(23), agencies: ['X1@2025-07-01'] },
      ]),
    )
    await tick(warehouse, at('2025-08-04T08:00'), ZONE)
    await land(warehouse, [dossier({ resolving: 'S3@2020-01-01', received_at: at('2025-02-04T08:00') })])
    await refresh(warehouse, { now: NOW, zone: ZONE, targets: [], sources: SOURCES })
    const query = { indicators: ['procedures-total'], periods: ['2025-02', '2025-03', '2025-06', '2025-07'] }
    const rows = await warehouse.read((db) => readIndicators(db, query, ZONE))
    const totals = (code: string) =>
      rows.filter((row) => row.agency.code === code).map((row) => [row.agency.key, row.period, row.numerator])
    expect(totals('X3')).toEqual([
      ['X3@2020-01-01', '2025-02', 3],
      ['X3@2020-01-01', '2025-03', 3],
      ['X3@2020-01-01', '2025-06', 3],
      ['X3@2025-07-01', '2025-07', 2],
    ])
    expect(totals('X1').slice(-2)).toEqual([
      ['X1@2020-01-01', '2025-06', 3],
      ['X1@2025-07-01', '2025-07', 4],
    ])
    expect(totals('S1').slice(0, 2)).toEqual([
      ['S1@2020-01-01', '2025-02', 12],
      ['S1@2020-01-01', '2025-03', 13],
    ])
  })

  test('places follow single successors up to the day, one that was merged and then divided as far as it got, never in a circle', async () => {
    const { warehouse } = await open()
    await warehouse.write((trx) =>
      seedAgencies(trx, [
        { code: 'A', kind: 'department', validTo: '2024-01-01', successors: ['B@2024-01-01'] },
        {
          code: 'B',
          kind: 'department',
          validFrom: '2024-01-01',
          validTo: '2025-01-01',
          successors: ['A@2025-02-01', 'C@2025-01-01'],
        },
        { code: 'A', kind: 'department', validFrom: '2025-02-01' },
        { code: 'C', kind: 'department', validFrom: '2025-01-01' },
        { code: 'D', kind: 'department', validTo: '2024-01-01', successors: ['A@2025-02-01'] },
        { code: 'E', kind: 'department', validTo: '2024-01-01', successors: ['F@2020-01-01'] },
        { code: 'F', kind: 'department', validTo: '2024-01-01', successors: ['E@2020-01-01'] },
      ]),
    )
    const { agencies } = await warehouse.read((db) => loadBasis(db, NOW, ZONE))
    const of = (key: string) => {
      const found = agencies.get(key)
      if (!found) throw new Error(key)
      return found
    }
    const place = (key: string, day: string) => placeOn(agencies, of(key), day).key
    expect(place('A@2020-01-01', '2023-12-31')).toBe('A@2020-01-01')
    expect(place('A@2020-01-01', '2024-01-01')).toBe('B@2024-01-01')
    expect(place('A@2020-01-01', '2025-03-01')).toBe('B@2024-01-01')
    // Its successor begins a year after its end.
    expect(place('D@2020-01-01', '2025-01-31')).toBe('D@2020-01-01')
    expect(place('D@2020-01-01', '2025-02-01')).toBe('A@2025-02-01')
    expect(place('E@2020-01-01', '2025-01-01')).toBe('F@2020-01-01')
    // Named by the catalogue of 2025, A did not hold it as the A of before, which became another.
    expect(holderOn(agencies, of('A@2025-02-01'), '2023-01-01').key).toBe('A@2025-02-01')
  })
})
