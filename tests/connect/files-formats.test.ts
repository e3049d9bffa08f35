import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type FilePattern, type FilesDeclaration, files } from '../../src/connect/files.ts'
import { LARGEST_JSON } from '../../src/connect/formats.ts'
import { withoutStates } from '../support/content.ts'
import { readAll, upTo } from '../support/read.ts'
import { writeBook, writeZip } from '../support/zip.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ioc-feed-formats-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const put = (name: string, content: string | Buffer) => writeFileSync(join(folder, name), content)
const kind = (suffix: string, rest: object) =>
  ({ match: new RegExp(`_(?<period>\\d{6})\\.${suffix}$`), drop: 'full', ...rest }) as FilePattern
const CSV = { format: 'csv', encoding: 'utf-8', delimiter: ',' }
const DECLARATION: FilesDeclaration<null> = {
  from: () => folder,
  patterns: [
    kind('csv', CSV),
    kind('csv\\.gz', CSV),
    kind('csv\\.zip', CSV),
    kind('bundle\\.zip', { ...CSV, member: /^data\/.*\.csv$/ }),
    kind('tsv', { format: 'tsv', encoding: 'utf-8' }),
    kind('ndjson', { format: 'ndjson' }),
    kind('json', { format: 'json', records: 'data.items' }),
    kind('one\\.json', { format: 'json', records: 'data', one: true }),
    kind('xml', { format: 'xml', record: 'hoSo' }),
  ],
  columns: ['ma', 'donVi'],
  aliases: { Mã: 'ma', agency: 'donVi' },
  split: { donVi: ';' },
  stableFor: () => 0,
  longestRecord: 2_000,
  largest: 1 << 20,
}
const read = files(DECLARATION)
const without = (rows: readonly Record<string, unknown>[]) => rows.map(({ $period: _, ...row }) => row)
const bad = (result: Awaited<ReturnType<typeof readAll>>) =>
  result.pages.flatMap((page) => (page.undecodable ?? []).map(({ place, rule }) => `${place} ${rule}`))
const why = async () => {
  const { completeness } = await readAll(read, null)
  return completeness && 'why' in completeness ? completeness.why : 'nothing is refused'
}

describe('formats', () => {
  it('reads one record alike from each of them, several values in a cell too', async () => {
    put('a_202401.csv', 'Mã,donVi\n007,Sở A; Sở B;\n')
    put('a_202402.tsv', 'ma\tdonVi\n007\tSở A; Sở B;\n')
    put('a_202403.ndjson', '{"ma":"007","agency":"Sở A; Sở B;"}\n\n')
    put('a_202404.json', '{"data":{"items":[{"ma":"007","donVi":"Sở A; Sở B;"}]}}')
    put(
      'a_202405.xml',
      '<ds xmlns="x"><n:hoSo xmlns:n="y"><ma>007</ma><agency>Sở A; <![CDATA[Sở]]> B;</agency></n:hoSo></ds>',
    )
    put('a_202406.csv.gz', gzipSync('ma,donVi\n007,Sở A; Sở B;\n'))
    await writeZip(join(folder, 'a_202407.csv.zip'), [
      { name: 'x.csv', content: 'ma,donVi\n007,Sở A; Sở B;\n' },
      { name: '__MACOSX/._x.csv', content: 'y' },
    ])
    await writeZip(join(folder, 'a_202408.bundle.zip'), [
      { name: 'data/x.csv', content: 'ma,donVi\n007,Sở A; Sở B;\n' },
      { name: 'readme.csv', content: 'y' },
    ])
    put('a_202409.one.json', '{"data":{"ma":"007","donVi":"Sở A; Sở B;"}}')
    const { rows, completeness } = await readAll(read, null)
    expect(without(rows)).toEqual(Array.from({ length: 9 }, () => ({ ma: '007', donVi: ['Sở A', 'Sở B'] })))
    expect(rows[4]?.$period).toBe('2024-05-31T23:59:59+07:00')
    expect(completeness).toMatchObject({ enumerated: 'everything' })
  })

  it('keeps values as they were written', async () => {
    put('a_202403.ndjson', '{"ma":15793596808644609,"n":1.5}\n')
    put(
      'a_202404.xml',
      '<ds><hoSo id="0E68"><ma>0006</ma><tep><ten>a</ten></tep><tep><ten>b</ten></tep><rong/></hoSo></ds>',
    )
    expect(without((await readAll(read, null)).rows)).toEqual([
      { ma: '15793596808644609', n: 1.5 },
      { '@id': '0E68', ma: '0006', tep: [{ ten: 'a' }, { ten: 'b' }], rong: '' },
    ])
  })

  it('sets aside wrong lines of NDJSON by themselves', async () => {
    const lines = [
      '{"ma":"1"}',
      '{"ma":"2"',
      '[1]',
      '{"ma":"\xff"}',
      `{"ma":"${'x'.repeat(2_500)}"}`,
      '"x',
      '{"ma":"3"}',
      '',
    ]
    put('a_202403.ndjson', Buffer.from(lines.join('\n'), 'latin1'))
    const result = await readAll(read, null)
    expect(without(result.rows).map(({ ma }) => ma)).toEqual(['1', '3'])
    expect(bad(result)).toEqual([
      'a_202403.ndjson line 2 syntax',
      'a_202403.ndjson line 3 syntax',
      'a_202403.ndjson line 4 encoding',
      'a_202403.ndjson line 5 too-long',
      'a_202403.ndjson line 6 syntax',
    ])
  })

  it.each(['ndjson', 'json', 'xml'])('goes on in the middle of %s and misses nothing', async (format) => {
    const records = Array.from({ length: 2_500 }, (_, i) => ({ ma: `k${i}` }))
    if (format === 'ndjson') put('a_202403.ndjson', records.map((one) => `${JSON.stringify(one)}\n`).join(''))
    if (format === 'json') put('a_202403.json', JSON.stringify({ data: { items: records } }))
    if (format === 'xml')
      put('a_202403.xml', `<ds>${records.map(({ ma }) => `<hoSo><ma>${ma}</ma></hoSo>`).join('')}</ds>`)
    const whole = await readAll(read, null)
    expect(without(whole.rows)).toEqual(records)
    for (let pages = 1; pages < whole.pages.length; pages++) {
      const begun = await readAll(read, null, { pages })
      const rest = await readAll(read, null, { resume: begun.resume })
      expect(without([...begun.rows, ...rest.rows])).toEqual(records)
      expect(withoutStates(upTo(rest) ?? '')).toEqual(withoutStates(upTo(whole) ?? ''))
    }
  })
})

describe('what is refused whole', () => {
  it.each([
    ['a_202401.ndjson', '{"ma":"1"}\n{"ma":', 'it ends in the middle of a line'],
    ['a_202401.json', '{"data":{"items":[{"ma":"1"}', 'it is cut off or malformed at character 28 of 28'],
    ['a_202401.json', '{"data":{"items":{"ma":"1"}}}', 'there is no list of records at "data.items"'],
    ['a_202401.one.json', '{"data":[{"ma":"1"}]}', 'there is no record at "data"'],
    ['a_202401.json', Buffer.from('{"ma":"\xff"}', 'latin1'), 'it is not UTF-8'],
    ['a_202401.xml', '<ds><hoSo><ma>1</ma></hoSo>', 'its XML is cut off or malformed'],
    ['a_202401.xml', '<!DOCTYPE ds [<!ENTITY x "y">]><ds/>', 'its XML declares a document type'],
    ['a_202401.xml', `<ds><hoSo>${'<a>b</a>'.repeat(1_001)}</hoSo></ds>`, 'a record is longer than 2000 characters'],
    ['a_202401.csv.gz', gzipSync('ma,donVi\n'.repeat(9)).subarray(0, -9), 'it is not a whole gzip file'],
    ['a_202401.csv.gz', 'ma,donVi\n', 'it is not a whole gzip file'],
    ['a_202401.csv.gz', gzipSync(Buffer.alloc(2 << 20)), 'unpacked it has'],
    ['a_202401.csv.zip', 'PK\u0003\u0004', 'it is not a whole zip archive'],
  ])('%s: %s', async (name, content, expected) => {
    put(name, content)
    expect(await why()).toContain(`refused: ${name}: ${expected}`)
  })

  it('an archive of which it is not said which file is meant, or which is protected', async () => {
    const member = (name: string) => ({ name, content: 'ma,donVi\n1,x\n' })
    await writeZip(join(folder, 'a_202401.csv.zip'), [member('a.csv'), member('b.csv')])
    expect(await why()).toContain('there are 2 files in it, there must be one')
    await writeZip(join(folder, 'a_202401.csv.zip'), [member('a.csv'), member('a.csv')])
    expect(await why()).toContain('two of its members have one name')
    await writeZip(join(folder, 'a_202401.csv.zip'), [])
    expect(await why()).toContain('there are 0 files in it')
    rmSync(join(folder, 'a_202401.csv.zip'))
    await writeZip(join(folder, 'a_202401.bundle.zip'), [member('a.csv')])
    expect(await why()).toContain('there are 0 files that match the declared member')
    rmSync(join(folder, 'a_202401.bundle.zip'))
    put('a_202401.json', ' '.repeat(LARGEST_JSON + 1))
    expect(await why()).toContain('export it as NDJSON')
  })
})

it('hands on a thousand rows at a time, whatever the format: memory does not follow the size of a file', async () => {
  const codes = Array.from({ length: 12_345 }, (_, i) => `k${i}`)
  put('a_202401.csv', `ma,donVi\n${codes.map((code) => `${code},x\n`).join('')}`)
  put('a_202402.ndjson', codes.map((ma) => `${JSON.stringify({ ma })}\n`).join(''))
  put('a_202403.xml', `<ds>${codes.map((ma) => `<hoSo><ma>${ma}</ma></hoSo>`).join('')}</ds>`)
  const rows = codes.map((_, i) => `<row r="${i + 2}"><c r="A${i + 2}" t="s"><v>${i}</v></c></row>`)
  const head = '<row r="1"><c t="str"><v>ma</v></c><c t="str"><v>donVi</v></c></row>'
  await writeBook(join(folder, 'a_202404.xlsx'), {
    rows: [head, ...rows],
    strings: codes.map((ma) => `<si><t>${ma}</t></si>`),
  })
  const patterns = [...(DECLARATION.patterns as FilePattern[]), kind('xlsx', { format: 'xlsx' })]
  const { pages, rows: read } = await readAll(files({ ...DECLARATION, patterns }), null)
  expect(read.map(({ ma }) => ma)).toEqual([...codes, ...codes, ...codes, ...codes])
  expect(Math.max(...pages.map(({ records }) => records.length))).toBe(1_000)
})
