/** What the public may see of figures and reports. */
import { expect, test } from 'vitest'
import { findIndicator } from '../../src/indicators/catalogue/index.ts'
import { qd766 } from '../../src/indicators/catalogue/qd766.ts'
import { type IndicatorRow, readIndicators } from '../../src/indicators/read.ts'
import { readParts } from '../../src/indicators/read-parts.ts'
import { publicRows } from '../../src/report/public-figures.ts'
import { ZONE } from '../indicators/world.ts'
import { eachDialect } from '../support/warehouse.ts'
import { prepared, report, settled, state, tableOf } from './world.ts'

const isSmall = (n: unknown) => typeof n === 'number' && n > 0 && n < 5

test('an average of few is masked with the sum that it is told from', () => {
  const row = (indicator: string, period: string, numerator: number, denominator: number) =>
    ({
      indicator,
      agency: { key: 'S1@2020-01-01', kind: 'department' },
      period,
      value: numerator / denominator,
      valueState: 'ok',
      numerator,
      denominator,
      provisional: false,
    }) as IndicatorRow
  const few = { value: null, valueState: 'masked', numerator: null, denominator: null }
  for (const id of ['qd766-2.2', 'rating-average']) {
    const [masked, shown] = publicRows([row(id, '2024-11', 9, 2), row(id, '2024-09', 3, 20)])
    expect(masked).toMatchObject(few)
    // a sum of hours or points below 5 is of nobody; of how many it is says whether it is small
    expect(shown).toMatchObject({ value: 3 / 20, valueState: 'ok', numerator: 3, denominator: 20 })
  }
})

test('points of a component that is masked do not follow from its group and the total', () => {
  const row = (indicator: string, value: number | null, numerator: number | null, denominator: number | null) =>
    ({
      indicator,
      agency: { key: 'S1@2020-01-01', kind: 'department' },
      period: '2024-11',
      value,
      valueState: value === null ? 'insufficient' : 'ok',
      numerator,
      denominator,
      unit: 'points',
      provisional: false,
      difference: 0.5,
    }) as IndicatorRow
  const rows = [
    row('qd766-4.2', 0.3, 3, 40),
    row('qd766-4.3', 1, 20, 40),
    row('qd766-3.1', 2, 3, 4),
    ...qd766.filter(({ numerator }) => numerator.of === 'points').map(({ id }) => row(id, 9, null, null)),
  ]
  const shown = publicRows(rows)
  const masked = shown.filter(({ valueState }) => valueState === 'masked')
  expect(masked.map(({ indicator }) => findIndicator(indicator)?.numerator)).toMatchObject([
    { of: 'dossiers' },
    { of: 'points', group: findIndicator('qd766-4.2')?.score?.group },
    { of: 'points', group: null },
  ])
  expect(masked.every(({ value, difference }) => value === null && difference === undefined)).toBe(true)
  // procedures are of nobody
  expect(shown[2]).toEqual(rows[2])
  expect(publicRows([row('qd766-4.2', 0.3, 3, 40), { ...row('qd766-total', null, null, null) }])[1]?.valueState).toBe(
    'insufficient',
  )
})

eachDialect('for the public', (open) => {
  test('figures of an agency, by procedure and day, tell no small count, no share of one, and not by what is left of a total', async () => {
    const warehouse = await prepared(open)
    const query = {
      indicators: [
        'dossiers-received',
        'online-share',
        'finished-early',
        'finished-on-time',
        'finished-late',
        'finished-in-time-share',
      ],
      agencies: ['S1'],
      breakdown: { only: {}, by: 'procedure' as const },
    }
    const rows = async (period: string) =>
      (await warehouse.read((db) => readParts(db, { ...query, periods: [period] }, ZONE))).map(({ row }) => row)
    for (const period of ['2024-11', '2024-11-05']) {
      const staff = await rows(period)
      const shown = publicRows(staff)
      const masked = shown.filter(({ valueState }) => valueState === 'masked')
      expect(masked.length).toBeGreaterThan(3)
      expect(masked.every(({ value }) => value === null)).toBe(true)
      for (const [i, row] of shown.entries()) {
        const { numerator: n, denominator: d } = row
        expect([i, isSmall(n), isSmall(d), isSmall(Number(d) - Number(n ?? d))]).toEqual([i, false, false, false])
        if (staff[i]?.numerator === 0 && staff[i]?.denominator === null) expect(row).toEqual(staff[i])
      }
      // Of no figure is one part alone masked beside a total that is shown.
      for (const own of Map.groupBy(shown, ({ indicator }) => indicator).values()) {
        const parts = own.filter(({ breakdown }) => breakdown)
        const [total] = own.filter(({ breakdown }) => !breakdown)
        if (total?.numerator != null) expect(parts.filter(({ numerator }) => numerator === null).length).not.toBe(1)
      }
    }
  })

  test('a share is not told by the counts beside it, nor a month by its quarter', async () => {
    const warehouse = await prepared(open)
    const read = async (indicators: string[], periods: string[]) =>
      publicRows(await warehouse.read((db) => readIndicators(db, { indicators, periods, agencies: ['H1'] }, ZONE)))
    const counts = ['finished-early', 'finished-on-time', 'finished-late']
    const all = await warehouse.read((db) =>
      readIndicators(
        db,
        { indicators: counts, periods: ['2024-09', '2024-10', '2024-11', '2024-Q4'], agencies: ['H1'] },
        ZONE,
      ),
    )
    const small = all.find(({ numerator }) => isSmall(numerator))
    expect(small).toBeDefined()
    const { indicator = '', period = '' } = small ?? {}
    const beside = await read([...counts, 'finished-in-time-share'], [period])
    expect(beside.find((row) => row.indicator === indicator)).toMatchObject({ value: null, valueState: 'masked' })
    const [share] = beside.filter((row) => row.indicator === 'finished-in-time-share')
    expect([share?.value, share?.valueState]).toEqual([null, 'masked'])
    const quarter = await read([indicator], ['2024-10', '2024-11', '2024-12', '2024-Q4'])
    const told = quarter.filter(({ numerator }) => numerator === null).map((row) => row.period)
    expect(told.length === 0 || told.length > 1).toBe(true)
  })

  test('procedures and agencies are of nobody', async () => {
    const warehouse = await prepared(open)
    const indicators = ['procedures-total', 'procedures-online', 'departments-without-cases', 'full-process-online-use']
    const rows = await warehouse.read((db) => readIndicators(db, { indicators, periods: ['2024-11'] }, ZONE))
    expect(rows.some(({ numerator }) => isSmall(numerator))).toBe(true)
    expect(publicRows(rows)).toEqual(rows)
  })

  test('what an agency reports of a masked figure is left out with it', async () => {
    const warehouse = await prepared(open)
    await state(warehouse, 'a', 'S3', 'refused', 2, null)
    await state(warehouse, 'b', 'S3', 'dossiers-received', 812, null)
    const indicators = ['refused', 'dossiers-received']
    const rows = await warehouse.read((db) =>
      readIndicators(db, { indicators, periods: ['2024-11'], agencies: ['S3'] }, ZONE),
    )
    expect(rows.map(({ reported }) => reported?.[0]?.numerator)).toEqual([812, 2])
    expect(publicRows(rows).map(({ reported }) => reported?.[0]?.numerator)).toEqual([812, undefined])
  })

  test('a report has stars where a small count stood, and none of the tables that are for staff', async () => {
    const warehouse = await prepared(open)
    await state(warehouse, 'a', 'S1', 'dossiers-received', 812, null)
    const [staff, made] = [
      await report(warehouse, '2024-11'),
      await report(warehouse, '2024-11', { audience: 'public' }),
    ]
    expect(made.tables.map(({ name }) => name)).toEqual([
      'Tình hình giải quyết',
      'Theo lĩnh vực',
      'Dịch vụ công trực tuyến',
      'Số đơn vị báo cáo',
      'Nguồn dữ liệu',
    ])
    let stars = 0
    for (const name of ['Tình hình giải quyết', 'Theo lĩnh vực']) {
      const [before, after] = [tableOf(staff, name), tableOf(made, name)]
      for (const [r, { cells }] of after.rows.entries())
        for (const [c, cell] of cells.entries()) {
          const was = before.rows[r]?.cells[c]
          if (cell === '*') stars++
          else expect([name, r, c, cell]).toEqual([name, r, c, was])
          if (before.columns[c]?.kind === 'count') expect([name, r, c, isSmall(cell)]).toEqual([name, r, c, false])
          if (was === 0 && before.columns[c]?.kind === 'count') expect([name, r, c, cell]).toEqual([name, r, c, 0])
        }
      // The share stands only where what it is told from does.
      for (const { cells } of after.rows) if (cells.slice(7, 10).includes('*')) expect(cells[19]).toBe('*')
    }
    expect(stars).toBeGreaterThan(10)
    expect(settled(made).rows[0]?.cells[2]).toBe(settled(staff).rows[0]?.cells[2])
    expect(tableOf(made, 'Số đơn vị báo cáo').rows.map(({ cells }) => cells.slice(2, 6))).toEqual([
      ['*', null, null, null],
    ])
  })
})
