/** Reports that add up, as people get them; closings that stay as they were submitted. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readSheet } from 'read-excel-file/node'
import { expect, test } from 'vitest'
import { refresh } from '../../src/indicators/refresh.ts'
import { tick } from '../../src/indicators/tick.ts'
import { buildReport } from '../../src/report/build.ts'
import { type CloseOptions, close } from '../../src/report/close.ts'
import { csvOf } from '../../src/report/csv.ts'
import { lastEnded, periodText, reportPeriod } from '../../src/report/period.ts'
import type { Report, Table } from '../../src/report/report.ts'
import { writeWorkbook } from '../../src/report/xlsx.ts'
import type { Warehouse } from '../../src/warehouse/open.ts'
import { saveSourceStatus, sourceStates } from '../../src/warehouse/source-status.ts'
import { at, DAY, dossier, land, seedProvince, ZONE } from '../indicators/world.ts'
import { seeded } from '../support/crash.ts'
import { eachDialect } from '../support/warehouse.ts'

const TICK = at('2024-12-02T08:00')
const NOW = at('2026-01-05T01:00')
const nth = (n: number) => `1.${String(n).padStart(6, '0')}`

/** A province with 300 dossiers in every state, read completely and in time. */
async function prepared(open: () => Promise<{ warehouse: Warehouse }>): Promise<Warehouse> {
  const { warehouse } = await open()
  await seedProvince(warehouse)
  await tick(warehouse, TICK, ZONE)
  const random = seeded(766)
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
  await land(
    warehouse,
    Array.from({ length: 300 }, () => {
      const received = at('2024-09-01T08:00') + Math.floor(random() * 90) * DAY
      const status = pick([2, 4, 4, 5, 7, 8, 9, 9, 9, 10, 3])
      const ended = [3, 7, 8, 9, 10].includes(status) ? received + Math.floor(random() * 20) * DAY : null
      return dossier({
        resolving: `${pick(['S1', 'S2', 'V1', 'H1', 'X1', 'X2'])}@2020-01-01`,
        procedure: nth(1 + Math.floor(random() * 14)),
        channel: pick(['online', 'counter', 'post']),
        status,
        received_at: received,
        due_at: random() < 0.8 ? received + Math.floor(random() * 15) * DAY : null,
        ended_at: ended,
      })
    }),
  )
  await tell(warehouse, 'one-stop', 'fresh')
  await tell(warehouse, 'catalogue', 'fresh')
  await refreshed(warehouse)
  return warehouse
}
const tell = (warehouse: Warehouse, source: string, state: string, until = NOW + DAY) =>
  warehouse.write((trx) => saveSourceStatus(trx, { source, state, as_of: TICK, fresh_until: until, sequence: 1 }))
async function refreshed(warehouse: Warehouse): Promise<void> {
  const sources = await warehouse.read(sourceStates)
  await refresh(warehouse, { now: NOW, zone: ZONE, targets: [], sources })
}
const report = (warehouse: Warehouse, text: string, current = false): Promise<Report> =>
  warehouse.read((db) =>
    buildReport(db, { kind: 'monthly', period: reportPeriod('monthly', text), now: NOW, zone: ZONE, current }),
  )
const settled = ({ tables: [table] }: Report): Table => table as Table
/** The row of whoever is called so. */
const cellsOf = (table: Table, name: string) => table.rows.find(({ cells }) => cells[1] === name)?.cells ?? []
const closing = (more: Partial<CloseOptions> = {}): CloseOptions => ({
  kind: 'monthly',
  period: reportPeriod('monthly', '2024-11'),
  by: 'Trưởng phòng',
  note: 'CV 123/BC',
  override: null,
  now: NOW,
  zone: ZONE,
  ...more,
})

eachDialect('reports', (open) => {
  test('every row adds up, and the agencies add up to the province, in a calendar month and from the 15th to the 14th', async () => {
    const warehouse = await prepared(open)
    for (const text of ['2024-11', 'RP-2024-11', '2024-10']) {
      const { columns, rows } = settled(await report(warehouse, text))
      expect(rows[0]?.role).toBe('total')
      const received: number[] = []
      for (const { cells } of rows) {
        const n = (i: number) => Number(cells[i])
        expect(n(2)).toBe(n(3) + n(4) + n(5))
        expect(n(6)).toBe(n(7) + n(8) + n(9) + n(10))
        expect(n(11)).toBe(n(12) + n(13) + n(14))
        expect(n(2)).toBe(n(6) + n(11) + n(15) + n(16) + n(17))
        received.push(n(2))
      }
      expect(received[0]).toBeGreaterThan(50)
      for (const [i, { kind }] of columns.entries()) {
        if (kind !== 'count') continue
        const of = (role: string) =>
          rows.filter((row) => row.role === role).reduce((sum, { cells }) => sum + Number(cells[i]), 0)
        expect([of('subtotal'), of('agency')]).toEqual([of('total'), of('total')])
      }
    }
  })

  test('a source that was never read completely leaves no number that looks whole', async () => {
    const warehouse = await prepared(open)
    await warehouse.write((trx) =>
      saveSourceStatus(trx, { source: 'land', state: 'incomplete', as_of: null, fresh_until: NOW, sequence: 1 }),
    )
    await land(warehouse, [dossier({ resolving: 'S1@2020-01-01', source: 'land', procedure: nth(11) })])
    await refreshed(warehouse)
    const table = settled(await report(warehouse, '2024-11'))
    expect(cellsOf(table, 'Đơn vị S1').slice(2, 20)).toEqual(Array.from({ length: 18 }, () => null))
    expect(cellsOf(table, 'Đơn vị S1').at(-1)).toBe('chưa đủ dữ liệu')
    expect(cellsOf(table, 'Sở, ban, ngành')[2]).toBeNull()
    expect(cellsOf(table, 'Sở, ban, ngành').at(-1)).toBe('thiếu số liệu của 1 đơn vị; 1 đơn vị chưa có dữ liệu')
    expect(cellsOf(table, 'Cấp xã')[2]).toBeGreaterThan(0)
  })

  test('a workbook has numbers as numbers; CSV takes nothing for a formula', async () => {
    const warehouse = await prepared(open)
    await warehouse.write((trx) =>
      trx.db.updateTable('agency').set({ name: '=cmd|"x"' }).where('code', '=', 'S1').execute(),
    )
    const made = await report(warehouse, '2024-11')
    const folder = mkdtempSync(join(tmpdir(), 'ioc-feed-report-'))
    try {
      const file = join(folder, 'report.xlsx')
      await writeWorkbook(made, ['Một dòng'], file)
      const sheet = await readSheet(file, 'Tình hình giải quyết')
      const table = settled(made)
      const start = sheet.findIndex((row) => row[1] === table.rows[0]?.cells[1])
      for (const [i, { cells }] of table.rows.entries())
        expect(sheet[start + i]).toEqual(cells.map((cell) => (cell === '' ? null : cell)))
      expect(sheet[0]?.[0]).toBe('Một dòng')
      // stored as shared text: no formula in the file
      expect(readFileSync(file).includes('<f>')).toBe(false)
    } finally {
      rmSync(folder, { recursive: true })
    }
    const csv = csvOf(settled(made))
    expect(csv.startsWith('\uFEFFSTT,Đơn vị,')).toBe(true)
    expect(csv).toContain(`\r\n1,"'=cmd|""x""",`)
  })

  test('a closed period stays as it was submitted; what changes later is told beside it', async () => {
    const warehouse = await prepared(open)
    const before = await report(warehouse, '2024-11')
    const closed = await close(warehouse, closing())
    expect(closed).toMatchObject({ by: 'Trưởng phòng', lateSources: [], override: null })
    await land(warehouse, [dossier({ resolving: 'S1@2020-01-01', received_at: at('2024-11-05T09:00') })])
    await refreshed(warehouse)
    const after = await report(warehouse, '2024-11')
    expect(after.closing).toMatchObject({ id: closed.id, note: 'CV 123/BC' })
    expect(after.tables.slice(0, 2)).toEqual(before.tables.slice(0, 2))
    const adjusted = after.tables.at(-1) as Table
    const S1 = adjusted.rows.filter(({ cells }) => cells[0] === 'Đơn vị S1')
    const [held = 0] = S1.filter(({ cells }) => cells[1] === 'Hồ sơ tiếp nhận trong kỳ').map(({ cells }) => cells[2])
    expect(S1.map(({ cells }) => cells.slice(1, 5))).toContainEqual([
      'Hồ sơ tiếp nhận trong kỳ',
      held,
      Number(held) + 1,
      1,
    ])
    expect(adjusted.rows.every(({ cells }) => String(cells[5]).includes(`--between landing:${closed.landing}`))).toBe(
      true,
    )
    const now = await report(warehouse, '2024-11', true)
    expect([now.closing, cellsOf(settled(now), 'Đơn vị S1')[2]]).toEqual([
      null,
      Number(cellsOf(settled(before), 'Đơn vị S1')[2]) + 1,
    ])
  })

  test('an open period, a late source and a second closing are refused, or closed with the reason kept', async () => {
    const warehouse = await prepared(open)
    const refused = (options: CloseOptions) =>
      close(warehouse, options).catch((error: { code: string; params: { why: string } }) => [
        error.code,
        error.params.why,
      ])
    const december = { period: reportPeriod('monthly', '2024-12') }
    expect(await refused(closing(december))).toEqual(['CLOSE_REFUSED', 'it is open until 2024-12-31'])
    await tell(warehouse, 'one-stop', 'failed')
    expect(await refused(closing())).toEqual(['CLOSE_REFUSED', 'late: one-stop'])
    await tell(warehouse, 'one-stop', 'fresh', NOW - 1)
    expect(await refused(closing())).toEqual(['CLOSE_REFUSED', 'late: one-stop'])
    const closed = await close(warehouse, closing({ override: 'hạn gửi hôm nay' }))
    expect(closed).toMatchObject({ lateSources: ['one-stop'], override: 'hạn gửi hôm nay' })
    await tell(warehouse, 'one-stop', 'fresh')
    expect(await refused(closing())).toEqual(['CLOSE_REFUSED', 'it is closed already'])
    const sources = (await report(warehouse, '2024-11')).tables[2] as Table
    expect(sources.rows.map(({ cells }) => [cells[0], cells[3] !== ''])).toEqual([
      ['catalogue', false],
      ['one-stop', true],
    ])
  })
})

test('periods of reports: which are taken, how they are called, which is the newest', () => {
  expect(() => reportPeriod('monthly', '2024-Q4')).toThrow(expect.objectContaining({ code: 'REPORT_PERIOD' }))
  expect(() => reportPeriod('quarterly', 'RP-2024-11')).toThrow(expect.objectContaining({ code: 'REPORT_PERIOD' }))
  expect(periodText(reportPeriod('monthly', 'RP-2024-11'))).toBe('tháng 11 năm 2024 (từ 15/10/2024 đến 14/11/2024)')
  expect(periodText(reportPeriod('quarterly', '2024-Q4'))).toBe('quý 4 năm 2024 (từ 01/10/2024 đến 31/12/2024)')
  expect(periodText(reportPeriod('yearly', '2024-H2'))).toBe('6 tháng cuối năm 2024 (từ 01/07/2024 đến 31/12/2024)')
  expect(['2024-12-02', '2025-01-31'].map((day) => lastEnded('monthly', day))).toEqual(['2024-11', '2024-12'])
  expect(['2024-12-02', '2025-01-31'].map((day) => lastEnded('quarterly', day))).toEqual(['2024-Q3', '2024-Q4'])
  expect(lastEnded('yearly', '2025-01-31')).toBe('2024')
})
