/** Reports that add up, as people get them. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readSheet } from 'read-excel-file/node'
import { expect, test } from 'vitest'
import { openZip } from '../../src/connect/zip.ts'
import { csvOf } from '../../src/report/csv.ts'
import { lastEnded, periodText, reportPeriod } from '../../src/report/period.ts'
import { writeWorkbook } from '../../src/report/xlsx.ts'
import { saveSourceStatus } from '../../src/warehouse/source-status.ts'
import { dossier, land } from '../indicators/world.ts'
import { eachDialect } from '../support/warehouse.ts'
import { cellsOf, NOW, nth, prepared, refreshed, report, settled, state, tableOf } from './world.ts'

/** What a workbook is made of, unpacked. */
async function partsOf(file: string): Promise<Map<string, string>> {
  const zip = await openZip(file, 'workbook')
  const parts = new Map<string, string>()
  for (const name of zip.members.keys())
    parts.set(name, Buffer.concat(await Array.fromAsync(zip.read(name, 10_000_000))).toString())
  zip.close()
  return parts
}

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

  test('the fields add up to the province; procedures of no field have a row of their own', async () => {
    const warehouse = await prepared(open)
    for (const text of ['2024-11', 'RP-2024-11', '2024-10']) {
      const made = await report(warehouse, text)
      const { columns, rows } = tableOf(made, 'Theo lĩnh vực')
      expect(rows.map(({ cells }) => cells[1])).toEqual(['Đơn vị 72', 'Hộ tịch', 'Đất đai', 'Chưa rõ lĩnh vực'])
      const numbers = columns.flatMap(({ kind }, i) => (kind === 'count' ? [i] : []))
      const [whole, ...fields] = rows.map(({ cells }) => numbers.map((i) => Number(cells[i])))
      expect(numbers.map((_, i) => fields.reduce((sum, row) => sum + (row[i] ?? 0), 0))).toEqual(whole)
      expect(whole).toEqual(numbers.map((i) => settled(made).rows[0]?.cells[i]))
      expect(fields.every(([received = 0]) => received > 10)).toBe(true)
    }
  })

  test('what agencies report by hand is beside our figures, in none of them, also of those that have no data', async () => {
    const warehouse = await prepared(open)
    const before = settled(await report(warehouse, '2024-11'))
    await state(warehouse, 'a', 'S3', 'dossiers-received', 812, null)
    await state(warehouse, 'b', 'S1', 'finished-in-time-share', 90, 100)
    await state(warehouse, 'c', 'S1', 'a-key-of-their-own', 7, null)
    const made = await report(warehouse, '2024-11')
    const stated = tableOf(made, 'Số đơn vị báo cáo').rows.map(({ cells }) => cells)
    const signed = ['Chánh Văn phòng', '12/BC-VP', '01/12/2024', 'statements']
    expect(stated.map(([agency, name, n, d]) => [agency, name, n, d])).toEqual([
      ['Đơn vị S1', 'a-key-of-their-own', 7, null],
      ['Đơn vị S1', 'Tỷ lệ giải quyết trước và đúng hạn', 90, 100],
      ['Đơn vị S3', 'Hồ sơ tiếp nhận trong kỳ', 812, null],
    ])
    expect(stated.every((cells) => cells.slice(6).join() === signed.join())).toBe(true)
    const S1 = cellsOf(before, 'Đơn vị S1').map(Number)
    expect(stated.map((cells) => cells.slice(4, 6))).toEqual([
      [null, null],
      [(S1[7] ?? 0) + (S1[8] ?? 0), (S1[7] ?? 0) + (S1[8] ?? 0) + (S1[9] ?? 0)],
      [null, null],
    ])
    expect(cellsOf(settled(made), 'Đơn vị S3').at(-1)).toBe('chưa có dữ liệu; có số đơn vị báo cáo')
    expect(settled(made).rows.map(({ cells }) => cells.slice(0, -1))).toEqual(
      before.rows.map(({ cells }) => cells.slice(0, -1)),
    )
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
      const parts = await partsOf(file)
      const names = made.tables.map(({ name }) => name)
      for (const [i, name] of names.entries()) {
        const xml = parts.get(`xl/worksheets/sheet${i + 1}.xml`) ?? ''
        // stored as shared text: nothing in the file is a formula
        expect([name, xml.includes('<f>'), xml.includes('<v>')]).toEqual([name, false, true])
        expect([name, xml]).toEqual([name, expect.stringMatching(/<sheetPr><pageSetUpPr fitToPage="1"\/><\/sheetPr>/)])
        expect([name, xml]).toEqual([
          name,
          expect.stringMatching(/<pageSetup paperSize="9" orientation="landscape" fitToWidth="1" fitToHeight="0"\/>/),
        ])
      }
      // The headings stand on every page: below one line of ours, the title and an empty one.
      const repeated = [
        ...(parts.get('xl/workbook.xml') ?? '').matchAll(/localSheetId="(\d)">'([^']+)'!\$(\d):\$(\d)</g),
      ]
      expect(repeated.map(([, i, name]) => [Number(i), name])).toEqual([...names.entries()])
      expect(repeated[0]?.slice(3)).toEqual(['4', '6'])
      expect(sheet[3]?.[0]).toBe('STT')
      expect(sheet[5]?.[1]).toBe('(2)')
    } finally {
      rmSync(folder, { recursive: true })
    }
    const csv = csvOf(settled(made))
    expect(csv.startsWith('\uFEFFSTT,Đơn vị,')).toBe(true)
    expect(csv).toContain(`\r\n1,"'=cmd|""x""",`)
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
