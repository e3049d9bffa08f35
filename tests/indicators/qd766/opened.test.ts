/** Points opened to what they are told from, compared between two times, and as people get them: command line and report. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readSheet } from 'read-excel-file/node'
import { afterAll, expect, test } from 'vitest'
import { makeCli } from '../../../src/cli/context.ts'
import { parseCall, VERBS } from '../../../src/cli/verbs.ts'
import { sayer } from '../../../src/cli/words.ts'
import { qd766 } from '../../../src/indicators/catalogue/qd766.ts'
import { explain } from '../../../src/indicators/explain.ts'
import { presentKnowledge } from '../../../src/indicators/knowledge.ts'
import { readIndicators } from '../../../src/indicators/read.ts'
import { revise } from '../../../src/indicators/revise.ts'
import { buildReport } from '../../../src/report/build.ts'
import { csvOf } from '../../../src/report/csv.ts'
import { reportPeriod } from '../../../src/report/period.ts'
import { writeWorkbook } from '../../../src/report/xlsx.ts'
import { documentOf, verbHere } from '../../cli/support.ts'
import { eachDialect, ZONE } from '../../support/warehouse.ts'
import { bring, bringAll, COUNTED, counts, MONTH, PROVINCE, REAL, ready, score, settle } from './landed.ts'

const folder = mkdtempSync(join(tmpdir(), 'ioc-feed-scores-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

type Warehouse = Parameters<typeof ready>[0]
async function filled(warehouse: Warehouse): Promise<void> {
  await ready(warehouse)
  await bringAll(warehouse)
  await bring(warehouse, 'official-score', [
    score('TDGQ', { score: 12.5 }),
    score('2.1', { score: 12.5, maxScore: 20 }),
  ])
  await settle(warehouse)
}
const opened = (warehouse: Warehouse, id: string, known?: Awaited<ReturnType<typeof presentKnowledge>>) =>
  warehouse.read((db) => explain(db, { indicator: `qd766-${id}`, period: MONTH, limit: 50, known }, ZONE))

eachDialect('points, opened', (open) => {
  test("2.1 to its dossiers, by the portal's rule", async () => {
    const { warehouse } = await open()
    await filled(warehouse)
    const { records, value, total } = await opened(warehouse, '2.1')
    expect([value, total]).toEqual([15, { numerator: 6, denominator: 8 }])
    const codes = (role: string) =>
      records.flatMap((one) => (one.kind === 'dossier' && one.role === role ? one.code : [])).sort()
    expect([codes('numerator'), codes('denominator')]).toEqual([
      ['D1', 'D2', 'D3', 'D5', 'D7', 'D8'],
      ['D4', 'D6'],
    ])
    expect(records[0]).toMatchObject({ rule: expect.stringContaining('quy tắc của Cổng'), above: 1, below: 1 })
  })

  test('every component, group and total to what it says', async () => {
    const { warehouse } = await open()
    await filled(warehouse)
    for (const { id } of qd766) {
      const { figure, value, total } = await opened(warehouse, id.slice(6))
      expect([id, value, total]).toEqual([
        id,
        figure?.value,
        { numerator: figure?.numerator, denominator: figure?.denominator },
      ])
      expect(figure?.value).not.toBeNull()
    }
  })

  test('of certified copies the portal says the ratio alone: it gives points, and is said to be one', async () => {
    const { warehouse } = await open()
    await filled(warehouse)
    const alone = { numerator: null, denominator: null, ratio: 0.75, score: 1.5, maxScore: 2 }
    await bring(warehouse, 'official-score', [score('certified-copy', alone)])
    await settle(warehouse, REAL + 1)
    const { figure, value, records } = await opened(warehouse, 'certified-copy')
    expect([value, figure?.value, figure?.valueState, figure?.difference]).toEqual([1.5, 1.5, 'ok', 0])
    expect(records).toMatchObject([
      { kind: 'official', above: 0.75, below: 1, rule: expect.stringMatching(/chỉ công bố tỷ lệ/) },
    ])
    // no counts are shown where none were given
    const report = await warehouse.read((db) =>
      buildReport(db, { kind: '766', period: reportPeriod('766', MONTH), now: REAL, zone: ZONE }),
    )
    const cells = report.tables[0]?.rows.find((row) => String(row.cells[1]).includes('chứng thực bản sao'))?.cells
    expect(cells?.slice(2, 7)).toEqual([null, null, 1.5, 2, 1.5])
    // what it belongs to is whole
    expect((await opened(warehouse, 'total')).figure?.valueState).toBe('ok')
  })

  test('3.3 with the share that multiplies it, 3.6 by the fees of procedures', async () => {
    const { warehouse } = await open()
    await filled(warehouse)
    const online = await opened(warehouse, '3.3')
    expect([online.value, online.total]).toEqual([
      expect.closeTo((12 * 2 * 0.9) / 7, 9),
      { numerator: 2, denominator: 7 },
    ])
    const paid = await opened(warehouse, '3.6')
    expect([paid.value, paid.total]).toEqual([2, { numerator: 1, denominator: 3 }])
  })

  test("a count of the portal to the portal's row, as known then and now", async () => {
    const { warehouse } = await open()
    await filled(warehouse)
    const then = await warehouse.read(presentKnowledge)
    await bring(warehouse, 'official-score', [score('1.4', { numerator: 99, denominator: 100 }, '2024-12-02')])
    await settle(warehouse, REAL + 1)
    const [now, before] = [await opened(warehouse, '1.4'), await opened(warehouse, '1.4', then)]
    expect(now.records).toMatchObject([
      { kind: 'official', component: '1.4', source: 'national', above: 99, below: 100 },
    ])
    expect([now.value, now.figure?.value]).toEqual([expect.closeTo(5.94, 9), expect.closeTo(5.94, 9)])
    expect([before.value, before.figure?.value]).toEqual([expect.closeTo(5.4, 9), expect.closeTo(5.4, 9)])
    const asked = { indicators: ['qd766-1.4'], agencies: [PROVINCE], periods: [MONTH, '2024-H2'] }
    const known = await warehouse.read((db) => readIndicators(db, { ...asked, known: then }, ZONE))
    expect(known.map(({ period, value }) => [period, value])).toEqual([
      [MONTH, expect.closeTo(5.4, 9)],
      ['2024-H2', null],
    ])
    const to = await warehouse.read(presentKnowledge)
    const query = { agency: PROVINCE, period: MONTH, from: then, to, limit: 10 }
    const revised = await warehouse.read((db) => revise(db, { ...query, indicator: 'qd766-1.4' }, ZONE))
    expect(revised.effects).toMatchObject([{ cause: 'corrected', kind: 'official', numerator: 9, denominator: 0 }])
    const group = await warehouse.read((db) => revise(db, { ...query, indicator: 'qd766-CKMB' }, ZONE))
    expect(group.effects).toMatchObject([{ kind: 'points', key: 'qd766-1.4', numerator: expect.closeTo(0.54, 9) }])
  })

  test('a group to its components, the total to its groups; a missing one takes the sum away and says which it is', async () => {
    const { warehouse } = await open()
    await filled(warehouse)
    const group = await opened(warehouse, 'TTTT')
    expect(group.records).toMatchObject([
      { kind: 'points', indicator: 'qd766-3.5', points: 1.25, max: 2, numerator: 1, denominator: 2 },
      { indicator: 'qd766-3.5b', points: 1.25 },
      { indicator: 'qd766-3.6', points: 2, max: 6 },
    ])
    expect(group).toMatchObject({ value: 4.5, total: { numerator: 4.5, denominator: 10 } })
    await bring(warehouse, 'official-score', [], { deleted: [`H53|${MONTH}|3.5`] })
    await settle(warehouse, REAL + 1)
    const less = await opened(warehouse, 'TTTT')
    expect(less).toMatchObject({ value: null, figure: { valueState: 'insufficient' } })
    expect(less.records[0]).toMatchObject({ points: null, numerator: null, above: 0 })
    const total = await opened(warehouse, 'total')
    expect(total.records.map((one) => one.kind === 'points' && [one.indicator.slice(6), one.max])).toEqual([
      ['CKMB', 18],
      ['TDGQ', 20],
      ['CLGQ', 12],
      ['TTTT', 10],
      ['MDSH', 22],
      ['MDHL', 18],
    ])
  })

  test('on the command line: a table, and documents of their schemas', async () => {
    const { warehouse, location } = await open()
    await filled(warehouse)
    const ask = (...typed: string[]) => verbHere(folder, location, typed)
    const rows = documentOf<Record<string, unknown>[]>(
      await ask('indicators', '--group', '766', '--period', MONTH, '--agency', '72'),
      'indicators',
    )
    expect(rows).toHaveLength(31)
    expect(rows.find(({ indicator }) => indicator === 'qd766-2.1')).toMatchObject({
      value: 15,
      max: 20,
      difference: 2.5,
    })
    for (const id of ['2.1', '1.4', 'TDGQ', 'total'])
      documentOf(await ask('explain', `qd766-${id}`, '--period', MONTH), 'explain')
    await expect(ask('indicators', '--group', '767')).rejects.toMatchObject({ code: 'USAGE' })
    await expect(ask('indicators', 'qd766-2.1', '--by', 'channel')).rejects.toMatchObject({ code: 'NOT_COUNTED' })

    const text = await printed(location, ['indicators', '--group', '766', '--period', MONTH])
    const line = (name: string) =>
      text
        .split('\n')
        .find((one) => one.includes(name))
        ?.trim()
        .replace(/ {2,}/g, ' | ')
    expect(line('2.1 ')).toBe('2.1 Dossiers handled on time | 6/8 | 15.00 | 20.00 | 12.50 | 2024-12-01 | +2.50')
    expect(line('1.1 ')).toBe('1.1 Procedures announced on time | 1/3 | 2.00 | 6.00')
    expect(line('5.1 Petitions about staff')).toBe('5.1 Petitions about staff | 1/3 | 33.33%')
    expect(line('Total')).toBe('Total | 57.36 | 100.00')
    expect(line('Class')).toBe('Class: average')
    // of the province, where no agency is named
    expect(text).not.toContain('Sở Tư pháp')
  })

  test('a report: what adds up does, what is missing is said in words', async () => {
    const { warehouse } = await open()
    await filled(warehouse)
    const built = (text = MONTH) =>
      warehouse.read((db) => buildReport(db, { kind: '766', period: reportPeriod('766', text), now: REAL, zone: ZONE }))
    const report = await built()
    const [table] = report.tables
    expect(table?.title).toBe('Bộ chỉ số phục vụ người dân, doanh nghiệp (QĐ 766/QĐ-TTg): Tỉnh Tây Ninh')
    const cell = (row: { cells: readonly unknown[] } | undefined, i: number) => Number(row?.cells[i] ?? 0)
    const sum = (role: string, i: number) =>
      table?.rows.filter((row) => row.role === role).reduce((total, row) => total + cell(row, i), 0)
    for (const column of [4, 5])
      for (const role of ['subtotal', 'agency']) expect(sum(role, column)).toBeCloseTo(cell(table?.rows[0], column), 6)
    expect(cell(table?.rows[0], 5)).toBe(100)
    const ofRow = (name: string) => table?.rows.find(({ cells }) => String(cells[1]).startsWith(name))?.cells
    expect(ofRow('2.1')).toEqual(['5', '2.1 Tỷ lệ hồ sơ xử lý đúng hạn', 6, 8, 15, 20, 12.5, '01/12/2024', 2.5, ''])
    expect(ofRow('5.1 Phản ánh, kiến nghị về cán bộ')?.at(-1)).toBe('theo dõi, không chấm điểm')
    expect(table?.notes[0]).toBe('Xếp loại: Trung bình.')

    const file = join(folder, 'diem.xlsx')
    await writeWorkbook(report, ['Báo cáo'], file)
    const sheet = await readSheet(file, 'Điểm QĐ 766')
    expect(sheet.find((row) => row[1] === '2.1 Tỷ lệ hồ sơ xử lý đúng hạn')?.slice(2, 7)).toEqual([6, 8, 15, 20, 12.5])
    expect(readFileSync(file).length).toBeGreaterThan(1_000)
    if (table) expect(csvOf(table)).toContain('5,2.1 Tỷ lệ hồ sơ xử lý đúng hạn,6,8,15,20,12.5,01/12/2024,2.5,')

    await bring(warehouse, 'official-score', [], { deleted: Object.keys(COUNTED).map((id) => `H53|${MONTH}|${id}`) })
    await settle(warehouse, REAL + 1)
    const [less] = (await built()).tables
    expect(less?.rows[0]?.cells).toEqual(['', 'Tổng điểm', null, null, null, 100, null, '', null, 'chưa đủ dữ liệu'])
    expect(less?.notes[0]).toMatch(/^Chưa xếp loại/)
    await bring(warehouse, 'official-score', counts())
    expect(() => reportPeriod('766', 'RP-2024-11')).toThrow(expect.objectContaining({ code: 'REPORT_PERIOD' }))
  })
})

/** What a verb prints for people, in English. */
async function printed(location: string, typed: readonly string[]): Promise<string> {
  const { name = '', values, positionals } = parseCall(typed, sayer('en'))
  const said: string[] = []
  const write = process.stdout.write
  process.stdout.write = ((text: string) => said.push(text) > 0) as typeof write
  try {
    const surroundings = {
      env: { IOC_LANG: 'en' },
      cwd: folder,
      signal: new AbortController().signal,
      document: () => {},
    }
    const verb = await VERBS[name]?.load()
    await verb?.(
      makeCli({ home: folder, warehouse: location, json: false, quiet: false }, surroundings),
      positionals,
      values,
    )
  } finally {
    process.stdout.write = write
  }
  return said.join('')
}
