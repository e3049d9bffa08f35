/** A department disputes three dossiers with its own worksheet: one command says of each, to the record, why it counts or does not. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterAll, beforeAll, expect, it } from 'vitest'
import writeExcelFile from 'write-excel-file/node'
import { documentOf } from '../cli/support.ts'
import { type Home, makeHome } from '../support/home.ts'

interface Row {
  code: string
  record: { code: string; run: string; due: number } | null
  why: { reason: string; detail?: string; id?: number } | null
  dates: { field: string; ours: string; theirs: string }[]
}
interface Joined {
  codeColumn: string
  total: { numerator: number }
  both: Row[]
  onlyTheirs: Row[]
  onlyOurs: { code: string; rule: string; above: number }[]
  counts: Record<string, number>
}
interface Picked {
  code: string
  resolving: string
  ended_at: number
  due_at: number
}

let home: Home
beforeAll(async () => {
  home = await makeHome({ dossiers: 1_500, communes: 12 })
  expect(await home.ioc(['sync'])).toMatchObject({ code: 0 })
}, 300_000)
afterAll(() => home?.remove())

const PERIOD = '2024-Q4'
const day = (at: number) => new Date(at + 7 * 3_600_000).toISOString().slice(0, 10)
const written = (iso: string) => iso.split('-').reverse().join('/')
const query = <T>(sql: string, ...params: unknown[]): T[] => {
  const database = new Sqlite(home.warehouse, { readonly: true })
  try {
    return database.prepare(sql).all(...params) as T[]
  } finally {
    database.close()
  }
}

/** An agency with a late and an early dossier in the quarter, and a record that is set aside under its key. */
function disputed() {
  const [from, to] = [Date.parse('2024-10-01T00:00+07:00'), Date.parse('2024-12-01T00:00+07:00')]
  const finished = query<Picked & { source: string }>(
    `SELECT source, code, resolving, ended_at, due_at FROM dossier WHERE counted = 1 AND status IN (9, 10)
       AND ended_at >= ? AND ended_at < ? AND due_at IS NOT NULL ORDER BY code`,
    from,
    to,
  )
  const aside = query<{ id: number; source: string; key: string; reasons: string }>(
    `SELECT id, source, key, reasons FROM quarantine WHERE closed_at IS NULL AND key NOT LIKE '#%'
       AND waiting_for IS NULL AND source IN (SELECT DISTINCT source FROM dossier) ORDER BY id`,
  )
  for (const late of finished.filter((row) => day(row.ended_at) > day(row.due_at))) {
    const early = finished.find((row) => row.resolving === late.resolving && day(row.ended_at) < day(row.due_at))
    const set = aside.find(({ source }) => source === late.source) ?? aside[0]
    if (early && set) return { late, early, set }
  }
  throw new Error('the sample has no such agency')
}

it('three disputed dossiers, explained to the record in one command', async () => {
  const { late, early, set } = disputed()
  const agency = late.resolving
  const theirDue = day(late.ended_at)
  const cell = (value: string, more: object = {}) => ({ value, type: String, ...more }) as const
  const file = join(home.dir, 'Hồ sơ đề nghị xem lại.xlsx')
  await writeExcelFile([
    [cell('ĐỀ NGHỊ XEM LẠI SỐ LIỆU QUÝ IV/2024', { columnSpan: 4 }), null, null, null],
    ['STT', 'Mã hồ sơ', 'Ngày hẹn trả', 'Ghi chú'].map((text) => cell(text)),
    [
      { value: 1, type: Number },
      cell(late.code),
      { value: new Date(`${theirDue}T00:00:00Z`), type: Date, format: 'dd/mm/yyyy' },
      cell('đã gia hạn'),
    ],
    [{ value: 2, type: Number }, cell(` ${early.code} `), cell(written(day(early.due_at))), cell('trễ hạn')],
    [{ value: 3, type: Number }, cell(set.key), cell(''), cell('không thấy trong báo cáo')],
  ] as never).toFile(file)

  const args = ['explain', 'finished-late', '--agency', agency, '--period', PERIOD, '--join', file]
  const ran = await home.ioc([...args, '--json'])
  expect(ran).toMatchObject({ code: 0, stderr: '' })
  const found = documentOf<Joined>(ran, 'explain')
  expect(found.codeColumn).toBe('Mã hồ sơ')
  expect(found.counts).toMatchObject({ listed: 3, both: 1, onlyTheirs: 2, doubled: 0 })

  // It is late by the date that its source prints; the department holds another one.
  expect(found.both).toMatchObject([
    {
      code: late.code,
      record: { code: late.code, run: expect.stringMatching(/./) },
      why: null,
      dates: [{ field: 'due', ours: day(late.due_at), theirs: theirDue }],
    },
  ])
  expect(found.onlyTheirs).toMatchObject([
    {
      code: early.code,
      record: { code: early.code, due: early.due_at },
      why: { reason: 'not-this-figure', detail: expect.stringContaining(`Finished early ${day(early.ended_at)}`) },
      dates: [],
    },
    { code: set.key, why: { reason: 'set-aside', id: set.id } },
  ])
  const [reason] = JSON.parse(set.reasons) as { rule: string }[]
  expect(found.onlyTheirs[1]?.why?.detail).toContain(reason?.rule)

  // Theirs and ours together are the figure.
  expect(found.total.numerator).toBe((found.counts.both ?? 0) + (found.counts.onlyOurs ?? 0))
  expect(found.onlyOurs.every(({ above, rule }) => above === 1 && rule !== '')).toBe(true)

  const read = await home.ioc(args)
  expect(read.code).toBe(0)
  for (const said of [
    'column "Mã hồ sơ": 3 rows',
    `set aside as record ${set.id}`,
    `the list says ${theirDue}, the record ${day(late.due_at)}`,
    'not of this figure: Finished early',
  ])
    expect(read.stdout).toContain(said)
}, 120_000)

it('the same records as a file that a spreadsheet opens, and the list as CSV of another make', async () => {
  const { late, set } = disputed()
  const args = ['explain', 'finished-late', '--agency', late.resolving, '--period', PERIOD]
  const out = join(home.dir, 'late.csv')
  expect(await home.ioc([...args, '--format', 'csv', '--out', out])).toMatchObject({ code: 0 })
  const text = readFileSync(out, 'utf8')
  expect(text.startsWith('\uFEFFsource,code,')).toBe(true)
  const lines = text.trimEnd().split('\r\n').slice(1)
  const json = await home.ioc([...args, '--format', 'json'])
  const records = JSON.parse(json.stdout) as { code: string; above: number }[]
  expect(lines.length).toBe(records.length)
  expect(records.map(({ code }) => code)).toContain(late.code)
  for (const [i, { code }] of records.entries()) expect(lines[i]).toContain(code)

  // Our own export is a list, too; a semicolon and another heading are none of our making.
  const own = documentOf<Joined>(await home.ioc([...args, '--join', out, '--json']), 'explain')
  expect(own.counts).toMatchObject({ both: records.length, onlyTheirs: 0, onlyOurs: 0 })
  const { writeFileSync } = await import('node:fs')
  const other = join(home.dir, 'other.csv')
  writeFileSync(other, `STT;Phiếu;Hạn trả\n1;${late.code.toLowerCase()};\n2;${set.key};\n3;KHONG-CO;\n4;KHONG-CO;\n`)
  const unnamed = await home.ioc([...args, '--join', other])
  expect(unnamed).toMatchObject({ code: 2, stdout: '' })
  expect(unnamed.stderr).toContain('LIST_UNREADABLE')
  const named = await home.ioc([...args, '--join', other, '--code-column', 'phiếu', '--json'])
  const joined = documentOf<Joined>(named, 'explain')
  expect(joined.counts).toMatchObject({ listed: 3, both: 1, doubled: 1 })
  expect(joined.onlyTheirs.map(({ code, why }) => [code, why?.reason])).toEqual([
    [set.key, 'set-aside'],
    ['KHONG-CO', 'not-landed'],
  ])
}, 120_000)

it('pages are of one knowledge, and as known at is sample time', async () => {
  const { late } = disputed()
  const args = ['explain', 'dossiers-received', '--agency', late.resolving, '--period', '2024', '--json']
  type Page = { records: { code: string }[]; next: string | null; total: { numerator: number } }
  const all = documentOf<Page>(await home.ioc([...args, '--limit', '100000']), 'explain')
  const codes: string[] = []
  let after: string[] = []
  const size = Math.ceil(all.total.numerator / 3)
  for (let page = 0; page < 5; page++) {
    const found = documentOf<Page>(await home.ioc([...args, '--limit', String(size), ...after]), 'explain')
    codes.push(...found.records.map(({ code }) => code))
    if (found.next === null) break
    after = ['--after', found.next]
  }
  expect(codes).toEqual(all.records.map(({ code }) => code))
  const then = await home.ioc([...args, '--as-known-at', '2024-12-02'])
  expect(documentOf<Page>(then, 'explain').total).toEqual(all.total)
  const figures = await home.ioc(['indicators', '--as-known-at', '2024-12-02', '--period', '2024-W45', '--json'])
  expect(documentOf<unknown[]>(figures, 'indicators').length).toBeGreaterThan(50)
  // What is set aside is read as far as it can be: some of it would count, of some too little is left to say.
  type Aside = { quarantined: { counts: string; waitingFor: string | null }[]; quarantinedTotal: number }
  const province = ['explain', 'dossiers-received', '--period', '2024', '--limit', '1000', '--json']
  const { quarantined, quarantinedTotal } = documentOf<Aside>(await home.ioc(province), 'explain')
  expect(new Set(quarantined.map(({ counts }) => counts))).toEqual(new Set(['would', 'might']))
  expect(quarantined.some(({ counts, waitingFor }) => counts === 'would' && waitingFor?.startsWith('procedure:'))).toBe(
    true,
  )
  const before = ['explain', 'dossiers-received', '--period', '2023-01', '--limit', '1000', '--json']
  expect(documentOf<Aside>(await home.ioc(before), 'explain').quarantinedTotal).toBeLessThan(quarantinedTotal)
  const none = await home.ioc([...args, '--as-known-at', '2001-01-01'])
  expect(none.code).toBe(2)
  const revised = await home.ioc([
    ...['revise', 'dossiers-received', '--agency', late.resolving, '--period', '2024', '--json'],
    ...['--between', 'landing:1', '2024-12-02'],
  ])
  const { from, to, effectsTotal } = documentOf<{
    from: { numerator: number }
    to: { numerator: number }
    effectsTotal: number
  }>(revised, 'revise')
  expect([from.numerator, to.numerator]).toEqual([0, all.total.numerator])
  expect(effectsTotal).toBeGreaterThanOrEqual(all.total.numerator)
}, 120_000)
