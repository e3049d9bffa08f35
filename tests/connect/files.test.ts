import { once } from 'node:events'
import {
  createWriteStream,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import iconv from 'iconv-lite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import writeExcelFile from 'write-excel-file/node'
import { FileRefused } from '../../src/connect/csv.ts'
import { type FilePattern, type FilesDeclaration, files } from '../../src/connect/files.ts'
import { readXlsx } from '../../src/connect/xlsx.ts'
import { withoutStates } from '../support/content.ts'
import { readAll, upTo } from '../support/read.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ioc-feed-files-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const HEADER = 'Mã hồ sơ;Đơn vị;Ngày nộp'
const put = (name: string, content: string | Buffer) => writeFileSync(join(folder, name), content)
const csv = (...rows: string[]) => `${[HEADER, ...rows].join('\r\n')}\r\n`
const many = (prefix: string, count: number) =>
  csv(...Array.from({ length: count }, (_, i) => `${prefix}-${i};Xã Tân Lập;05/11/2024`))

/** windows-1258 has the letters â ă ê ô ơ ư đ, and the five tones as characters after them. */
const TONES = ['\u0300', '\u0301', '\u0303', '\u0309', '\u0323']
const tonesApart = (text: string) =>
  text.normalize('NFD').replace(/(\p{L})(\p{M}+)/gu, (_, letter: string, marks: string) => {
    const tones = [...marks].filter((mark) => TONES.includes(mark)).join('')
    return (letter + [...marks].filter((mark) => !TONES.includes(mark)).join('')).normalize('NFC') + tones
  })

const PATTERNS: FilePattern[] = [
  { match: /^w_(?<period>\d{6})\.csv$/, drop: 'full', format: 'csv', encoding: 'windows-1258', delimiter: ';' },
  { match: /^t_(?<period>\d{6})\.csv$/, drop: 'full', format: 'csv', encoding: 'tcvn', delimiter: ';' },
  { match: /^hoso.*_(?<period>\d{6})\.csv$/, drop: 'full', format: 'csv', encoding: 'utf-8', delimiter: ';' },
  {
    match: /^capnhat.*_(?<period>\d{6})\.csv$/,
    drop: 'corrections',
    format: 'csv',
    encoding: 'utf-8',
    delimiter: ';',
  },
  { match: /^hoso.*_(?<period>\d{6})\.xlsx$/, drop: 'full', format: 'xlsx' },
]
const DECLARATION: FilesDeclaration<null> = {
  from: () => folder,
  patterns: PATTERNS,
  columns: ['Mã hồ sơ', 'Đơn vị', 'Ngày nộp'],
  aliases: { 'Mã HS': 'Mã hồ sơ' },
  stableFor: () => 0,
  longestRecord: 64 * 1024,
}
const read = files(DECLARATION)
const codes = (rows: Record<string, unknown>[]) => rows.map((row) => row['Mã hồ sơ'])
const bad = (result: Awaited<ReturnType<typeof readAll>>) =>
  result.pages.flatMap((page) => (page.undecodable ?? []).map(({ place, rule }) => `${place} ${rule}`))

it('a file that was touched while it was read is read by the next run, though its content is the same', async () => {
  put('hoso_202411.csv', many('a', 3_000))
  const onPage = async () => utimesSync(join(folder, 'hoso_202411.csv'), new Date(), new Date(Date.now() + 5_000))
  const first = await readAll(read, null, { onPage })
  expect(first.completeness).toMatchObject({ why: 'refused: hoso_202411.csv: it changed while it was read' })
  const next = await readAll(read, null, { watermark: upTo(first) })
  expect(next.completeness).toMatchObject({ enumerated: 'changes' })
  expect(next.rows).toHaveLength(3_000)
})

it('a full read without a file that is still being written does not say that it was everything', async () => {
  put('hoso_202411.csv', csv('a;x;1'))
  const { completeness, rows } = await readAll(files({ ...DECLARATION, stableFor: () => 3_600_000 }), null, {
    full: true,
  })
  expect(rows).toEqual([])
  expect(completeness).toMatchObject({ enumerated: 'changes' })
})

it('the memory of many files with long Vietnamese names fits into a resume point', async () => {
  for (let i = 0; i < 70; i++) put(`hoso_${'ệ'.repeat(70)}_${i}_202301.csv`, csv(`d${i};x;1`))
  const first = await readAll(read, null)
  for (const page of first.pages) expect(Buffer.byteLength(JSON.stringify(page.resume))).toBeLessThanOrEqual(1024)
  expect((await readAll(read, null, { watermark: upTo(first) })).rows).toEqual([])
})

it('older files that a changed pattern takes in are read, whenever they were put there', async () => {
  put('cu_202001.csv', csv('old;x;1'))
  for (let i = 0; i < 70; i++) put(`hoso_${i}_202301.csv`, csv(`d${i};x;1`))
  const first = await readAll(read, null)
  expect(first.rows).toHaveLength(70)
  const patterns: FilePattern[] = [
    ...PATTERNS,
    { match: /^cu_(?<period>\d{6})\.csv$/, drop: 'full', format: 'csv', encoding: 'utf-8', delimiter: ';' },
  ]
  const next = await readAll(files({ ...DECLARATION, patterns }), null, { watermark: upTo(first) })
  expect(codes(next.rows)).toContain('old')
})

describe('what is in a file', () => {
  it('reads a byte order mark, windows-1258 and TCVN3 alike', async () => {
    put('hoso_202410.csv', `\uFEFF${csv('a;Xã Tân Lập;05/10/2024')}`)
    const rest = csv('b;Huyện Gò Dầu;05/11/2024')
    put('t_202411.csv', iconv.encode(rest, 'tcvn'))
    put('w_202411.csv', iconv.encode(tonesApart(rest), 'windows-1258'))
    const { rows, completeness } = await readAll(read, null)
    expect(rows.map((row) => row['Đơn vị'])).toEqual(['Xã Tân Lập', 'Huyện Gò Dầu', 'Huyện Gò Dầu'])
    expect(completeness).toMatchObject({ enumerated: 'everything', by: 'snapshot' })
  })

  it('detects an encoding by column, says so in the run, and sets aside what is not certain', async () => {
    const patterns: FilePattern[] = [
      { match: /^hoso_(?<period>\d{6})\.csv$/, drop: 'full', format: 'csv', encoding: 'detect', delimiter: ';' },
    ]
    const rows = ['Xã Tân Lập', 'Huyện Gò Dầu', 'Thị trấn Châu Thành', 'Sở Tài chính'].map(
      (unit, i) => `${i};${unit};05/10/2024`,
    )
    put('hoso_202410.csv', Buffer.concat([iconv.encode(csv(...rows), 'tcvn'), Buffer.from('9;Kho bạc;05/10/2024\r\n')]))
    const result = await readAll(files({ ...DECLARATION, patterns: () => patterns }), null)
    expect(result.rows.map((row) => row['Đơn vị'])).toEqual(rows.map((row) => row.split(';')[1]))
    expect(result.pages.flatMap((page) => page.undecodable)).toMatchObject([
      {
        place: 'hoso_202410.csv line 6',
        rule: 'encoding',
        expected: 'column Đơn vị: read as TCVN3 (ABC), here UTF-8',
      },
    ])
    expect(result.pages.flatMap((page) => page.remarks ?? [])).toEqual([
      expect.stringMatching(
        /^hoso_202410\.csv: read as TCVN3 \(ABC\): .*Đơn vị.* \(\d+ % of \d+ words are Vietnamese\)$/,
      ),
    ])
  })

  it('sets aside wrong lines by place and rule and reads the rest', async () => {
    const lines = [HEADER, 'a;x;1', 'b;x', 'g;"x\r\ny";1', 'c;"x";1', 'd;"x;1', 'e;x;1;2', '', 'f;x;1', ';;', '']
    put(
      'hoso_202411.csv',
      Buffer.concat([
        Buffer.from(lines.join('\r\n')),
        iconv.encode('h;Tân Lập;1\r\n', 'tcvn'),
        Buffer.from('i;x;1\r\n'),
      ]),
    )
    const result = await readAll(read, null)
    expect(codes(result.rows)).toEqual(['a', 'g', 'c', 'f', 'i'])
    expect(bad(result).sort()).toEqual([
      'hoso_202411.csv line 12 encoding',
      'hoso_202411.csv line 3 column-count',
      'hoso_202411.csv line 7 syntax',
      'hoso_202411.csv line 8 column-count',
    ])
    expect(result.completeness).toMatchObject({ enumerated: 'everything' })
  })

  it('passes over a line of 200 MB without collecting it', async () => {
    const path = join(folder, 'hoso_202411.csv')
    const out = createWriteStream(path)
    out.write(csv('a;x;1'))
    const block = Buffer.alloc(1 << 20, 'y')
    for (let i = 0; i < 200; i++) if (!out.write(block)) await once(out, 'drain')
    out.end('\r\nb;x;1\r\n')
    await once(out, 'close')
    const before = process.memoryUsage()
    const result = await readAll(read, null)
    const after = process.memoryUsage()
    expect(codes(result.rows)).toEqual(['a', 'b'])
    expect(bad(result)).toEqual(['hoso_202411.csv line 3 too-long'])
    expect(result.pages.flatMap((page) => page.undecodable ?? [])[0]?.bytes.length).toBeLessThan(10_000)
    expect(after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers).toBeLessThan(64 << 20)
  })

  it('reads a workbook below its merged title, with dates of both kinds', async () => {
    const date = new Date(Date.UTC(2024, 10, 5, 8, 30))
    const sheet = await writeExcelFile([
      [{ value: 'DANH SÁCH HỒ SƠ', columnSpan: 3 }, null, null],
      ['Mã HS', 'ĐƠN VỊ', 'Ngày nộp'],
      ['0007', 'Xã Tân Lập', { value: date, type: Date, format: 'dd/mm/yyyy hh:mm' }],
      ['b', 'Xã Tân Lập', '05/11/2024'],
      ['c', 'Xã Tân Lập', 45601.25],
      [null, null, null],
    ]).toBuffer()
    put('hoso_202411.xlsx', sheet)
    const { rows } = await readAll(read, null)
    expect(codes(rows)).toEqual(['0007', 'b', 'c'])
    expect(rows.map((row) => row['Ngày nộp'])).toEqual(['05/11/2024 08:30', '05/11/2024', '45601.25'])
  })
})

describe('a workbook beyond the limit', () => {
  /** as large as `bytes` without a byte of it on the disk */
  const hollow = (name: string, bytes: number) => {
    put(name, '')
    truncateSync(join(folder, name), bytes)
    return join(folder, name)
  }

  it('is refused by its size before it is read; the file beside it is read', async () => {
    put('hoso_b_202410.csv', csv('b;x;1'))
    hollow('hoso_a_202410.xlsx', (1 << 20) + 1)
    const { rows, completeness } = await readAll(files({ ...DECLARATION, largest: 1 << 20 }), null)
    expect(codes(rows)).toEqual(['b'])
    expect(completeness).toMatchObject({
      enumerated: 'incomplete',
      why: 'refused: hoso_a_202410.xlsx: it has 1048577 bytes, more than the limit of 1048576',
    })
  })

  it('is refused also where Node could not read it in one piece', async () => {
    const path = hollow('hoso_202410.xlsx', 3 * 2 ** 30)
    const reading = readXlsx(path, null, { columns: ['Mã'], aliases: {}, largest: 96 << 20 })
    await expect(reading.next()).rejects.toThrow(FileRefused)
  })
})

describe('which files', () => {
  it('says a missing folder', async () => {
    rmSync(folder, { recursive: true })
    await expect(readAll(read, null)).rejects.toMatchObject({ code: 'SOURCE_MISSING' })
  })

  it('refuses by name what cannot be right, reads the others, and is incomplete', async () => {
    put('hoso_202410.csv', csv('a;x;1'))
    put('hoso_b_202410.csv', csv('b;x;1').slice(0, -5))
    put('hoso_c_202410.csv', 'Mã hồ sơ;Đơn vị\r\nc;x\r\n')
    put('hoso_d_202410.csv', '')
    put('hoso_e_209910.csv', csv('e;x;1'))
    put('hoso_f_202413.csv', csv('f;x;1'))
    put('t_202410.csv', `\uFEFF${csv('g;x;1')}`)
    put('hoso_h_202410.xlsx', Buffer.from('PK\u0003\u0004 and no more'))
    const { rows, completeness } = await readAll(read, null)
    expect(codes(rows)).toEqual(['a'])
    expect(completeness?.enumerated).toBe('incomplete')
    const why = completeness && 'why' in completeness ? completeness.why : ''
    for (const name of ['hoso_b_', 'hoso_c_', 'hoso_e_', 'hoso_f_']) expect(why).toContain(name)
    expect(why).toContain('2 more')
  })

  it('refuses by name what cannot be looked at, and takes it when it is back, early as its period is', async () => {
    const share = join(folder, 'share')
    mkdirSync(share)
    writeFileSync(join(share, 'early.csv'), csv('early;x;1'))
    symlinkSync(join(share, 'early.csv'), join(folder, 'hoso_202301.csv'))
    symlinkSync('hoso_202302.csv', join(folder, 'hoso_202302.csv'))
    // above 96 files the oldest are known by their time of change alone, and these changed after the early one
    await delay(20)
    for (let i = 100; i < 220; i++) put(`hoso_${i}_202410.csv`, csv(`d${i};x;1`))
    renameSync(share, `${share}.away`)
    const away = await readAll(read, null)
    expect(away.rows).toHaveLength(120)
    const why = away.completeness && 'why' in away.completeness ? away.completeness.why : ''
    expect(why).toContain('hoso_202301.csv: it cannot be looked at (ENOENT)')
    expect(why).toContain('hoso_202302.csv: it cannot be looked at (ELOOP)')
    renameSync(`${share}.away`, share)
    rmSync(join(folder, 'hoso_202302.csv'))
    // also where the process was killed before it could say so
    expect(codes((await readAll(read, null, { resume: away.resume })).rows)).toContain('early')
    const whole = await readAll(read, null)
    expect(codes(whole.rows)).toContain('early')
    expect(whole.completeness?.enumerated).toBe('everything')
  })

  it('says once why it refuses a file, then only that it has not changed; what is beside it is read once', async () => {
    put('hoso_a_202410.csv', csv('a;x;1'))
    put('hoso_b_202410.csv', 'Mã hồ sơ;Đơn vị\r\nb;x\r\n')
    const told = async (watermark: string | null, full = false) => {
      const { rows, completeness } = await readAll(read, null, { watermark, full })
      if (completeness?.enumerated !== 'incomplete') throw new Error('nothing is refused')
      return { codes: codes(rows), why: completeness.why, upTo: completeness.upTo ?? null }
    }
    const first = await told(null)
    expect(first).toMatchObject({ codes: ['a'], why: expect.stringContaining('has the columns Ngày nộp') })
    const again = await told(first.upTo)
    const unchanged =
      'refused: hoso_b_202410.csv: it was refused before and has not changed since; an earlier run says why'
    expect(again).toMatchObject({ codes: [], why: unchanged })
    // touched, or replaced by a copy of itself
    put('hoso_b_202410.csv', 'Mã hồ sơ;Đơn vị\r\nb;x\r\n')
    expect(await told(again.upTo)).toMatchObject({ codes: [], why: unchanged })
    expect(await told(again.upTo, true)).toMatchObject({ codes: ['a'], why: first.why })
    put('hoso_b_202410.csv', 'Mã hồ sơ;Ngày nộp\r\nb;1\r\n')
    expect((await told(again.upTo)).why).toContain('has the columns Đơn vị')
    put('hoso_b_202410.csv', csv('b;x;1'))
    const mended = await readAll(read, null, { watermark: again.upTo })
    expect(codes(mended.rows)).toEqual(['b'])
    expect(mended.completeness).toMatchObject({ enumerated: 'changes' })
  })

  it('says nothing of a file that was taken away while the folder was looked at', async () => {
    for (const name of ['hoso_a_202410.csv', 'hoso_b_202410.csv']) put(name, csv(`${name[5]};x;1`))
    const pattern = PATTERNS[2]
    if (!pattern) throw new Error('no pattern')
    const match = Object.assign(new RegExp(pattern.match), {
      exec(name: string) {
        rmSync(join(folder, 'hoso_b_202410.csv'), { force: true })
        return pattern.match.exec(name)
      },
    })
    const { rows, completeness } = await readAll(
      files({ ...DECLARATION, patterns: () => [{ ...pattern, match }] }),
      null,
    )
    expect(codes(rows)).toEqual(['a'])
    expect(completeness?.enumerated).toBe('everything')
  })

  it('takes files in the order of their periods, corrections after the full file', async () => {
    put('hoso_202411.csv', csv('a;new;1'))
    put('capnhat_202410.csv', csv('a;corrected;1'))
    put('hoso_202410.csv', csv('a;old;1'))
    put('hoso_202412.csv', csv('a;running;1'))
    put('note.txt', 'x')
    const { rows, pages } = await readAll(read, null)
    expect(rows.map((row) => [row['Đơn vị'], row.$period])).toEqual([
      ['old', '2024-10-31T23:59:59+07:00'],
      ['corrected', '2024-11-01T00:00:00+07:00'],
      ['new', '2024-11-30T23:59:59+07:00'],
      ['running', '2024-12-02T08:00:00+07:00'],
    ])
    expect(pages[0]?.remarks?.join()).toContain('note.txt')
  })

  it('HAZARD 27: reads each content once; last month saved again keeps its period', async () => {
    put('hoso_202410.csv', csv('a;old;1'))
    put('hoso_202411.csv', csv('a;new;1'))
    const first = await readAll(read, null)
    const watermark = upTo(first)
    expect((await readAll(read, null, { watermark })).pages).toEqual([])
    utimesSync(join(folder, 'hoso_202410.csv'), new Date(), new Date())
    expect((await readAll(read, null, { watermark })).pages).toEqual([])
    put('hoso_202410.csv', csv('a;old;2'))
    const again = await readAll(read, null, { watermark })
    expect(again.rows.map((row) => row.$period)).toEqual(['2024-10-31T23:59:59+07:00'])
    expect(again.completeness).toMatchObject({ enumerated: 'changes' })
    expect((await readAll(read, null, { watermark, full: true })).rows).toHaveLength(2)
  })

  it('leaves a file that is still being written, and takes it when it rests', async () => {
    put('hoso_202411.csv', csv('a;x;1'))
    const patient = files({ ...DECLARATION, stableFor: () => 2_000 })
    const now = Date.now()
    expect((await readAll(patient, null, { now })).rows).toEqual([])
    expect((await readAll(patient, null, { now: now + 60_000 })).rows).toHaveLength(1)
  })

  it('remembers hundreds of files in under 1 KB and still sees an early one that appears or changes', async () => {
    for (let i = 0; i < 240; i++) put(`hoso_${i}_2023${String(1 + (i % 12)).padStart(2, '0')}.csv`, csv(`d${i};x;1`))
    const first = await readAll(read, null)
    const watermark = upTo(first)
    expect(first.rows).toHaveLength(240)
    expect(Buffer.byteLength(watermark ?? '')).toBeLessThan(1024)
    for (const page of first.pages) expect(Buffer.byteLength(JSON.stringify(page.resume))).toBeLessThan(1024)
    expect((await readAll(read, null, { watermark })).rows).toEqual([])
    // an old file moved in keeps its time of writing
    const aside = `${folder}.aside`
    writeFileSync(aside, csv('late;x;1'))
    utimesSync(aside, new Date('2020-01-01'), new Date('2020-01-01'))
    renameSync(aside, join(folder, 'hoso_late_202301.csv'))
    put('hoso_0_202301.csv', csv('changed;x;1'))
    expect(codes((await readAll(read, null, { watermark })).rows).sort()).toEqual(['changed', 'late'])
  })
})

describe('going on after a crash', () => {
  const NAMES = ['hoso_a_202409.csv', 'hoso_b_202410.csv', 'hoso_c_202411.csv']
  it('goes on in the middle of a file and misses nothing', async () => {
    for (const name of NAMES) put(name, many(name[5] ?? '', 2_500))
    const whole = await readAll(read, null)
    for (let pages = 1; pages < whole.pages.length; pages++) {
      const begun = await readAll(read, null, { pages })
      const rest = await readAll(read, null, { resume: begun.resume })
      expect([...codes(begun.rows), ...codes(rest.rows)]).toEqual(codes(whole.rows))
      expect(withoutStates(upTo(rest) ?? '')).toEqual(withoutStates(upTo(whole) ?? ''))
    }
  })

  it('reads a file again from its start when it changed in between', async () => {
    for (const name of NAMES) put(name, many(name[5] ?? '', 2_500))
    const begun = await readAll(read, null, { pages: 4 })
    put('hoso_b_202410.csv', many('B', 10))
    const rest = await readAll(read, null, { resume: begun.resume })
    expect(codes(rest.rows).filter((code) => String(code).startsWith('B'))).toHaveLength(10)
    expect(codes(rest.rows).filter((code) => String(code).startsWith('a-'))).toHaveLength(0)
  })
})
