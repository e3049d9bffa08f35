import fc from 'fast-check'
import { expect, test } from 'vitest'
import { askFigures } from '../../src/indicators/ask.ts'
import { loadBasis } from '../../src/indicators/basis.ts'
import { askParts, type Breakdown, CHANNELS, type Dimension, type PartFigure } from '../../src/indicators/breakdown.ts'
import { getIndicator, INDICATORS } from '../../src/indicators/catalogue/index.ts'
import type { Indicator } from '../../src/indicators/catalogue/indicator.ts'
import { heldCells } from '../../src/indicators/cell-source.ts'
import { needsOf } from '../../src/indicators/figures.ts'
import { parsePeriod } from '../../src/indicators/periods.ts'
import { readParts } from '../../src/indicators/read-parts.ts'
import { tick } from '../../src/indicators/tick.ts'
import type { Warehouse } from '../../src/warehouse/open.ts'
import type { DossierRecord } from '../../src/warehouse/tables.ts'
import { eachDialect, onDialects } from '../support/warehouse.ts'
import { anyDossiers, anyPeriod, cellsOf, RESTS } from './cells-of.ts'
import { at, dossier, land, seedProvince, ZONE } from './world.ts'

const TICK = at('2024-12-20T10:00')
const AGENCIES = ['S1', 'S3', 'V1', 'H1', 'X1'].map((code) => `${code}@2020-01-01`)
const FIELDS: Record<string, string> = { '1.000001': 'F1', '1.000002': 'F1', '1.000013': 'F2', '1.000014': 'F2' }

async function ready(warehouse: Warehouse) {
  await seedProvince(warehouse)
  await warehouse.write(async (trx) => {
    for (const [code, field] of Object.entries(FIELDS))
      await trx.db
        .updateTable('procedure')
        .set({ field_code: field, field_name: `Lĩnh vực ${field}`, pilot_from: '2024-12-01' })
        .where('code', '=', code)
        .execute()
  })
  await tick(warehouse, TICK, ZONE)
  return warehouse.read((db) => loadBasis(db, TICK, ZONE))
}
const parts = (of: Indicator) => (of.denominator ? [of.numerator, of.denominator] : [of.numerator])
/** Told from dossiers, which have a channel. */
const channelled = (one: Indicator) => needsOf(one).dossiers
const breakable = INDICATORS.filter(
  (one) =>
    one.kind !== 'score' && channelled(one) && parts(one).every(({ of }) => of !== 'agencies' && of !== 'procedures'),
)
const values: Record<Dimension, (row: DossierRecord) => string> = {
  procedure: (row) => row.procedure,
  field: (row) => FIELDS[row.procedure] ?? '',
  channel: (row) => row.channel,
}
const told = (figures: readonly (Omit<PartFigure, 'breakdown'> & Partial<PartFigure>)[]) =>
  figures.map(({ indicator, agency, period, value, valueState, numerator, denominator }) => [
    `${indicator.id} ${agency.key} ${period.text}`,
    value,
    valueState,
    numerator,
    denominator,
  ])
const only = (dimension: Dimension, value: string): Breakdown => ({ only: { [dimension]: [value] }, by: null })
const dimensions = fc.constantFrom<Dimension>('procedure', 'field', 'channel')

onDialects(['sqlite'], 'parts', (open) => {
  test('a part is what its dossiers alone would be, all parts together what all of them are, and what adds up does', async () => {
    const { warehouse } = await open()
    const basis = await ready(warehouse)
    const agencies = ['72@2020-01-01', ...AGENCIES].flatMap((key) => basis.agencies.get(key) ?? [])
    const now = INDICATORS.filter(({ periods }) => !periods.includes('month')).length
    await fc.assert(
      fc.asyncProperty(
        anyDossiers(AGENCIES, TICK),
        fc.oneof({ arbitrary: anyPeriod, weight: 4 }, fc.constant('2024-12-20')),
        dimensions,
        async (rows, text, dimension) => {
          const ask = { indicators: breakable, agencies, periods: [parsePeriod(text)] }
          const source = cellsOf(rows, TICK)
          const broken = await askParts(basis, source, RESTS, { ...ask, breakdown: { only: {}, by: dimension } })
          const together = broken.filter(({ breakdown }) => breakdown[dimension] === undefined)
          // In the order of the parts: by records or by cells.
          const byName = (list: ReturnType<typeof told>) => list.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1))
          expect(byName(told(together))).toEqual(byName(told(await askFigures(basis, source, RESTS, ask))))
          for (const value of new Set(rows.map(values[dimension]))) {
            const alone = cellsOf(
              rows.filter((row) => values[dimension](row) === value),
              TICK,
            )
            const one = await askParts(basis, source, RESTS, { ...ask, breakdown: only(dimension, value) })
            expect(byName(told(one))).toEqual(byName(told(await askFigures(basis, alone, RESTS, ask))))
          }
          for (const sum of together) {
            if (sum.indicator.numerator.of === 'hours' || sum.indicator.numerator.of === 'services') continue
            const own = broken.filter(
              ({ indicator, agency, breakdown }) =>
                indicator === sum.indicator && agency === sum.agency && breakdown[dimension] !== undefined,
            )
            const add = (of: 'numerator' | 'denominator') => own.reduce((total, one) => total + (one[of] ?? 0), 0)
            const what = `${sum.indicator.id} ${sum.agency.key} ${text} by ${dimension}`
            expect([what, add('numerator'), add('denominator')]).toEqual([what, sum.numerator, sum.denominator ?? 0])
          }
        },
      ),
      { numRuns: 60 },
    )
    expect(now).toBeGreaterThan(5)
  }, 120_000)
})

eachDialect('parts of what is held', (open) => {
  test('cells and records of the warehouse say what the dossiers say', async () => {
    const { warehouse } = await open()
    const basis = await ready(warehouse)
    const agencies = ['72@2020-01-01', ...AGENCIES].flatMap((key) => basis.agencies.get(key) ?? [])
    const rows = fc.sample(anyDossiers(AGENCIES, TICK, 200), { numRuns: 3, seed: 11 }).flat()
    await land(warehouse, rows)
    const indicators = INDICATORS.filter(
      (one) => one.kind !== 'score' && parts(one).every(({ of }) => of !== 'agencies'),
    )
    for (const text of [
      '2024-12',
      '2024-Q4',
      '2024-H1',
      '2024',
      'R7@2024-12-15',
      '2024-W40',
      'RP-2024-12',
      '2024-12-20',
    ])
      for (const by of ['procedure', 'field'] as const) {
        const breakdown: Breakdown = { only: { channel: ['online'] }, by }
        const ask = { indicators: indicators.filter(channelled), agencies, periods: [parsePeriod(text)], breakdown }
        const held = await warehouse.read((db) => askParts(basis, heldCells(db, TICK, ZONE), RESTS, ask))
        const recomputed = await askParts(basis, cellsOf(rows, TICK), RESTS, ask)
        expect(held.map(({ breakdown: part }) => part)).toEqual(recomputed.map(({ breakdown: part }) => part))
        expect(told(held)).toEqual(told(recomputed))
        expect(held.length).toBeGreaterThan(100)
      }
  }, 120_000)

  test('as they are read: rows by code, all together last, shares of services over those of the part', async () => {
    const { warehouse } = await open()
    await ready(warehouse)
    const S1 = 'S1@2020-01-01'
    await land(warehouse, [
      dossier({ resolving: S1, procedure: '1.000001', channel: 'online' }),
      dossier({ resolving: S1, procedure: '1.000002', channel: 'counter' }),
      dossier({ resolving: S1, procedure: '1.000003', channel: 'post' }),
      dossier({ resolving: 'X1@2020-01-01', procedure: '1.000013', channel: 'online' }),
    ])
    const read = async (
      indicator: string,
      breakdown: Breakdown,
      more: { agencies?: string[]; period?: string } = {},
    ) => {
      const query = { indicators: [indicator], periods: [more.period ?? '2024-11'], agencies: more.agencies, breakdown }
      const found = await warehouse.read((db) => readParts(db, query, ZONE))
      return found.map(({ row, part }) => [
        row.breakdown ?? null,
        Object.values(part).join(),
        row.numerator,
        row.denominator,
      ])
    }
    await warehouse.write((trx) =>
      trx.db
        .insertInto('source_status')
        .values(
          ['one-stop', 'catalogue'].map((source) => ({
            source,
            state: 'never',
            as_of: null,
            fresh_until: TICK,
            sequence: 1,
            retired_at: null,
            successor: null,
          })),
        )
        .execute(),
    )
    // No source was ever read completely: the figure says so, and nothing is told of its parts.
    expect(await read('dossiers-received', { only: {}, by: 'channel' })).toEqual([[null, '', null, null]])
    await warehouse.write((trx) => trx.db.updateTable('source_status').set({ state: 'fresh', as_of: TICK }).execute())
    expect(await read('dossiers-received', { only: {}, by: 'channel' })).toEqual([
      [{ channel: 'counter' }, '', 1, null],
      [{ channel: 'online' }, '', 2, null],
      [{ channel: 'post' }, '', 1, null],
      [null, '', 4, null],
    ])
    expect(await read('dossiers-received', { only: { field: ['F1'] }, by: 'procedure' }, { agencies: ['S1'] })).toEqual(
      [
        [{ field: 'F1', procedure: '1.000001' }, 'Thủ tục 1.000001,Lĩnh vực F1', 1, null],
        [{ field: 'F1', procedure: '1.000002' }, 'Thủ tục 1.000002,Lĩnh vực F1', 1, null],
        [{ field: 'F1' }, 'Lĩnh vực F1', 2, null],
      ],
    )
    expect(await read('online-share', { only: { procedure: ['1.000001', '1.000009'] }, by: null })).toEqual([
      [{ procedure: '1.000001' }, 'Thủ tục 1.000001', 1, 1],
      [{ procedure: '1.000009' }, 'Thủ tục 1.000009', 0, 0],
    ])
    // Fields have procedures that nobody has asked for, too.
    expect(await read('services-with-any-dossier-share', { only: {}, by: 'field' })).toEqual([
      [{ field: '' }, '', 1, 9],
      [{ field: 'F1' }, 'Lĩnh vực F1', 2, 2],
      [{ field: 'F2' }, 'Lĩnh vực F2', 1, 2],
      [null, '', 4, 13],
    ])
    expect(await read('pilots', { only: {}, by: 'field' }, { period: '2024-12' })).toEqual([
      [{ field: 'F1' }, 'Lĩnh vực F1', 2, null],
      [{ field: 'F2' }, 'Lĩnh vực F2', 2, null],
      [null, '', 4, null],
    ])
    expect(await read('overdue-now', { only: {}, by: 'channel' }, { period: '2024-12-20' })).toEqual([
      [null, '', 0, null],
    ])
    for (const [indicator, breakdown, error] of [
      ['procedures-total', { only: {}, by: 'channel' }, 'NOT_COUNTED'],
      ['departments-above-80', { only: { procedure: ['1.000001'] }, by: null }, 'NOT_COUNTED'],
      ['online-share', only('procedure', '1.00001'), 'UNKNOWN_NAME'],
      ['online-share', only('channel', 'fax'), 'UNKNOWN_NAME'],
    ] as [string, Breakdown, string][])
      await expect(read(indicator, breakdown), indicator).rejects.toMatchObject({ code: error })
  })
})

test('every online service figure can be asked for at province, agency, procedure and month', () => {
  expect(CHANNELS).toHaveLength(3)
  const services = INDICATORS.filter(
    (one) => one.kind !== 'score' && needsOf(one).procedures && parts(one).every(({ of }) => of !== 'agencies'),
  )
  expect(services.length).toBeGreaterThan(10)
  for (const one of services) {
    expect(one.periods, one.id).toContain('month')
    for (const kind of ['province', 'department', 'district', 'commune'] as const)
      if (one !== getIndicator('pilots-used-share')) expect(one.at, one.id).toContain(kind)
  }
})
