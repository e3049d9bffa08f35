/** `ioc report`, `ioc close` and who may see what, as they are typed. */
import { join } from 'node:path'
import { readSheet } from 'read-excel-file/node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { IndicatorRow } from '../../src/indicators/read.ts'
import type { Report } from '../../src/report/report.ts'
import { type Home, makeHome } from '../support/home.ts'
import { documentOf } from './support.ts'

let home: Home
beforeAll(async () => {
  home = await makeHome({ dossiers: 1_500, communes: 12, only: ['catalogue', 'one-stop', 'statements'] })
  expect(await home.ioc(['run', 'nightly'])).toMatchObject({ code: 0, stderr: '' })
}, 300_000)
afterAll(() => home?.remove())

const done = async (...typed: string[]) => {
  const ran = await home.kept(typed)
  expect([typed, ran.code, ran.stderr]).toEqual([typed, 0, ''])
  return ran
}
/** The one line that says what happened, and the one that says what to do. */
const refused = async (...typed: string[]) => {
  const { code, stdout, stderr } = await home.kept(typed)
  expect(stdout).toBe('')
  const lines = stderr.trimEnd().split('\n')
  expect([typed, lines.length, lines[1]?.startsWith('→ ')]).toEqual([typed, 2, true])
  return [code, lines[0]] as const
}

describe('a report', () => {
  it('is a document of its schema, a workbook, or a table as CSV', async () => {
    const made = documentOf<Report>(await done('report', 'monthly', '--json'), 'report')
    expect([made.period, made.audience, made.closing]).toEqual(['2024-11', 'staff', null])
    const file = join(home.dir, 'r.xlsx')
    await done('report', 'monthly', '--out', file)
    expect((await readSheet(file, 'Theo lĩnh vực')).flat()).toContain('Lĩnh vực')
    const { stdout } = await done('report', 'monthly', '--format', 'csv', '--table', 'Số đơn vị')
    expect(stdout).toContain('Hồ sơ tiếp nhận trong kỳ')
    documentOf(await done('report', 'yearly', '--period', '2024-H2', '--as-known-at', '2024-12-02', '--json'), 'report')
  })

  it('for the public, and figures for the public, have no small count; records have no public', async () => {
    const made = documentOf<Report>(await done('report', 'monthly', '--audience', 'public', '--json'), 'report')
    const [first] = made.tables
    for (const { cells } of first?.rows ?? [])
      for (const [i, cell] of cells.entries())
        if (first?.columns[i]?.kind === 'count') expect(typeof cell === 'number' && cell > 0 && cell < 5).toBe(false)
    const asked = ['indicators', 'dossiers-received', '--period', '2024-11', '--agency', 'H53.08', '--by', 'procedure']
    const rows = documentOf<IndicatorRow[]>(await done(...asked, '--audience', 'public', '--json'), 'indicators')
    expect(rows.some(({ valueState, value }) => valueState === 'masked' && value === null)).toBe(true)
    expect((await done(...asked, '--audience', 'public')).stdout).toMatch(/masked\n/)
    expect(await refused('explain', 'finished-late', '--audience', 'public')).toEqual([
      2,
      'USAGE: Lists of records are not for the public',
    ])
    expect(await refused('report', 'monthly', '--audience', 'everybody')).toEqual([
      2,
      'USAGE: --audience "everybody" is neither staff nor public',
    ])
  })

  it('by a name, a period or a time that there is none of is one line', async () => {
    expect(await refused('report', 'weekly')).toMatchObject([2, expect.stringMatching(/^UNKNOWN_NAME: /)])
    expect(await refused('report', 'yearly', '--period', '2024-11')).toMatchObject([
      2,
      expect.stringMatching(/^REPORT_PERIOD: /),
    ])
    expect(await refused('report', 'monthly', '--as-known-at', 'gestern')).toMatchObject([
      2,
      expect.stringMatching(/^TIME_UNKNOWN: /),
    ])
    expect(await refused('report', 'monthly', '--as-known-at', '2001-01-01')).toMatchObject([
      2,
      expect.stringMatching(/^NOT_YET_KNOWN: /),
    ])
  })
})

it('parts of a figure are told as they were known then, too', async () => {
  const asked = ['indicators', 'dossiers-received', '--period', '2024-11', '--by', 'channel']
  expect(await refused(...asked, '--as-known-at', '2001-01-01')).toMatchObject([
    2,
    expect.stringMatching(/^NOT_YET_KNOWN: /),
  ])
  const valuesOf = async (...more: string[]) =>
    documentOf<IndicatorRow[]>(await done(...asked, ...more, '--json'), 'indicators').map((row) => [
      row.breakdown?.channel,
      row.value,
    ])
  const now = await valuesOf()
  expect(now.length).toBe(4)
  expect(await valuesOf('--as-known-at', '2024-12-03')).toEqual(now)
})

describe('a closing', () => {
  const by = ['--by', 'Trưởng phòng', '--note', 'CV 1/BC']
  it('that lacks something, or is of something that there is none of, is one line', async () => {
    expect(await refused('close', '--period', '2024-11')).toMatchObject([2, expect.stringMatching(/^USAGE: /)])
    expect(await refused('close', '--period', '2024-11', '--by', ' ', '--note', 'x')).toMatchObject([
      2,
      expect.stringMatching(/^USAGE: /),
    ])
    expect(await refused('close', 'monthyl', '--period', '2024-11', ...by)).toEqual([
      2,
      'UNKNOWN_NAME: There is no report "monthyl"',
    ])
    expect(await refused('close', 'quarterly', '--period', '2024-11', ...by)).toMatchObject([
      2,
      expect.stringMatching(/^REPORT_PERIOD: /),
    ])
    expect(await refused('close', '--period', '2024-W45', ...by)).toMatchObject([
      2,
      expect.stringMatching(/^REPORT_PERIOD: /),
    ])
    expect(await refused('close', '--period', '2024-13', ...by)).toMatchObject([
      2,
      expect.stringMatching(/^PERIOD_UNKNOWN: /),
    ])
    expect(await refused('close', '--period', '2031-01', ...by, '--override', 'x')).toEqual([
      2,
      'CLOSE_NOTHING: There is no figure of 2031-01 to close',
    ])
    // It closes what is known now; of a time that has passed there is --as-known-at of the report.
    expect(await refused('close', '--period', '2024-11', ...by, '--as-known-at', '2024-12-01')).toMatchObject([
      2,
      expect.stringMatching(/^USAGE: /),
    ])
  })

  it('is refused while the period is open, and when it is closed already, in the language of who closes', async () => {
    expect(await refused('close', '--period', '2024-12', ...by)).toEqual([
      5,
      'CLOSE_REFUSED: The monthly figures of 2024-12 are not closed: it is open until 2024-12-31',
    ])
    const closed = documentOf<{ report: string; figures: number }>(
      await done('close', '--period', '2024-11', ...by, '--json'),
      'close',
    )
    expect([closed.report, closed.figures > 100]).toEqual(['monthly', true])
    expect(await refused('close', '--period', '2024-11', ...by)).toEqual([
      5,
      'CLOSE_REFUSED: The monthly figures of 2024-11 are not closed: it is closed already, by Trưởng phòng',
    ])
    const vi = await home.kept(['close', '--period', '2024-11', ...by], { env: { IOC_LANG: 'vi' } })
    expect(vi.stderr).toContain('CLOSE_REFUSED: Chưa chốt số liệu monthly kỳ 2024-11: đã được chốt bởi Trưởng phòng\n')
    const made = documentOf<Report>(await done('report', 'monthly', '--json'), 'report')
    expect([made.closing?.by, made.tables.at(-1)?.rows]).toEqual(['Trưởng phòng', []])
    await done('close', '--period', '2024-11', '--by', 'Phó\nphòng\u001b[2J ', '--note', 'x', '--override', 'y')
    const again = documentOf<Report>(await done('report', 'monthly', '--json'), 'report')
    expect(again.closing?.by).toBe('Phó phòng [2J')
  })
})
