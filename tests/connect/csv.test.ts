import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it, test } from 'vitest'
import { type CsvOptions, FileRefused, readCsv } from '../../src/connect/csv.ts'
import type { Position } from '../../src/connect/csv-records.ts'
import { type Written, writtenIn } from '../support/legacy.ts'

const folder = mkdtempSync(join(tmpdir(), 'ioc-feed-csv-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const OPTIONS: CsvOptions = { columns: [], aliases: {}, encoding: 'utf-8', delimiter: ',', longest: 1 << 20 }
async function read(content: string | Buffer, given: Partial<CsvOptions> = {}, start: Position | null = null) {
  const path = join(folder, 'made-up.csv')
  writeFileSync(path, content)
  const pages = []
  for await (const page of readCsv(path, start, { ...OPTIONS, ...given })) pages.push(page)
  return {
    header: pages[0]?.header,
    rows: pages.flatMap((page) => page.rows),
    undecodable: pages.flatMap((page) => page.undecodable),
    remarks: pages.flatMap((page) => page.remarks ?? []),
    places: pages.map(({ next }) => next),
  }
}

describe('a file that was cut', () => {
  const head = '"id","t","n"\n"1","a","x"\n'
  test.each([
    ['behind a quoted cell', '"2","b"'],
    ['inside a quoted cell', '"2","b'],
    ['inside a cell of two lines', '"2","b\nc'],
    ['behind a cell of two lines', '"2","b\nc"'],
  ])('%s is refused whole', async (_, rest) => {
    await expect(read(head + rest)).rejects.toThrow('it ends in the middle of a row')
  })
  test.each(['"2","b","c"', '"2","b\nc","d"', '"2","b","c\n\n""d"""'])('%j is no cut', async (rest) =>
    expect((await read(head + rest)).rows).toHaveLength(2),
  )
})

describe('lines', () => {
  const rows = [
    ['1', 'a'],
    ['2', 'b'],
  ]
  test.each([
    ['LF', 'id,t\n1,a\n2,b\n'],
    ['CR LF', 'id,t\r\n1,a\r\n2,b\r\n'],
    ['CR', 'id,t\r1,a\r2,b\r'],
    ['CR, the last without', '"id","t"\r"1","a"\r"2","b"'],
    ['CR LF and LF', 'id,t\r\n1,a\n2,b'],
    ['blank ones at the end', 'id,t\n1,a\n2,b\n\n\n,\n \n'.replace(' \n', '')],
    ['a byte order mark before a quote', '\uFEFF"id",t\n1,a\n2,b\n'],
  ])('%s', async (_, text) => expect(await read(text)).toMatchObject({ header: ['id', 't'], rows, undecodable: [] }))

  test.each(['\n', '\r\n', '\r'])('%j within quotes belong to the cell', async (newline) => {
    const text = ['id,t', '1,"a', '\u0111\u00F4ng"', '2,b', ''].join(newline)
    expect((await read(text)).rows).toEqual([
      ['1', `a${newline}\u0111\u00F4ng`],
      ['2', 'b'],
    ])
  })

  it('LF within quotes of a file whose lines end in CR', async () => {
    expect((await read('id,t\r1,"a\nb"\r2,b\r')).rows).toEqual([
      ['1', 'a\nb'],
      ['2', 'b'],
    ])
  })

  it('of a file in CR are places too: one is set aside by its number', async () => {
    expect((await read('id,t\r1,a,x\r2,b\r')).undecodable).toMatchObject([{ line: 2, rule: 'column-count' }])
  })
})

describe('cells', () => {
  it('are tab-separated where that is declared, with commas and quotes inside', async () => {
    const text = 'id\tt\n1\ta, "b"\n2\t"x\ty"\n'
    expect((await read(text, { delimiter: '\t' })).rows).toEqual([
      ['1', 'a, "b"'],
      ['2', 'x\ty'],
    ])
  })
  it('keep a quote that does not begin them', async () => {
    expect((await read('id,t\n1,17" x 2\n"2",37°36\'37.8"N\n')).rows).toEqual([
      ['1', '17" x 2'],
      ['2', '37°36\'37.8"N'],
    ])
  })
  it('with something behind their closing quote are set aside', async () => {
    const { rows, undecodable } = await read('id,t\n1,"a" b\n2,b\n')
    expect(rows).toEqual([['2', 'b']])
    expect(undecodable).toMatchObject([{ line: 2, rule: 'syntax' }])
  })
})

describe('an encoding that is detected', () => {
  const bytes = (text: string, encoding: Written) => Buffer.from(writtenIn(text, encoding) ?? '', 'latin1')
  const TITLES = ['Cấp giấy phép xây dựng', 'Đăng ký khai sinh', 'Chứng thực bản sao', 'Cấp đổi thẻ căn cước']
  const table = (encoding: Written, count = TITLES.length) => [
    bytes('mã,tên\n', encoding),
    ...Array.from({ length: count }, (_, i) =>
      bytes(`H${i},${(TITLES[i % TITLES.length] ?? '').toLowerCase()}\n`, encoding),
    ),
  ]
  const detect = { encoding: 'detect', columns: ['Mã', 'Tên'] } as const

  test.each([
    ['utf-8', 'UTF-8'],
    ['windows-1258', 'windows-1258'],
    ['tcvn', 'TCVN3 (ABC)'],
    ['vni', 'VNI'],
  ] as const)('%s: header and rows are text, and the run says how they were read', async (encoding, title) => {
    const { header, rows, remarks, undecodable } = await read(Buffer.concat(table(encoding)), detect)
    expect(header).toEqual(['Mã', 'Tên'])
    expect(rows).toEqual(TITLES.map((name, i) => [`H${i}`, name.toLowerCase()]))
    expect(remarks.join('\n')).toContain(`read as ${title}: `)
    expect(remarks.join('\n')).toMatch(/Tên.* \(100 % of \d+ words are Vietnamese\)/)
    expect(undecodable).toEqual([])
  })

  it('is decided on the beginning of a file and held against all of it', async () => {
    const lines = table('tcvn', 2_500)
    lines[2_001] = bytes('H2000,đăng ký khai tử\n', 'vni')
    const { rows, undecodable, remarks } = await read(Buffer.concat(lines), detect)
    expect(rows).toHaveLength(2_499)
    expect(undecodable).toMatchObject([
      { line: 2_002, rule: 'encoding', expected: 'column Tên: read as TCVN3 (ABC), here VNI' },
    ])
    expect(remarks).toHaveLength(1)
  })

  it('is the same after a crash in the middle of the file', async () => {
    const file = Buffer.concat(table('vni', 2_500))
    const whole = await read(file, detect)
    const [first = null] = whole.places
    const rest = await read(file, detect, first)
    expect(rest.rows.length).toBeLessThan(1_600)
    expect(rest.rows).toEqual(whole.rows.slice(-rest.rows.length))
    expect(rest.remarks).toEqual(whole.remarks)
  })

  it('that is not certain sets the rows aside, with the proposal', async () => {
    const doubtful = Buffer.from('id,t\n1,h\u00F3\n2,x\n', 'latin1')
    const { rows, undecodable, remarks } = await read(doubtful, { encoding: 'detect' })
    expect(rows).toEqual([['2', 'x']])
    expect(undecodable).toMatchObject([
      {
        line: 2,
        rule: 'encoding',
        expected: expect.stringMatching(/^column t: not certain: likely .*, 100 % of 1 word$/),
      },
    ])
    expect(remarks).toEqual([expect.stringMatching(/^not certain, its rows are set aside: t \(likely /)])
  })

  it('may have a mark of UTF-8, and never that of UTF-16', async () => {
    const marked = Buffer.concat([Buffer.from('\uFEFF'), ...table('utf-8')])
    expect((await read(marked, detect)).rows).toHaveLength(4)
    await expect(read(Buffer.from('\uFEFFid', 'utf16le'), detect)).rejects.toThrow(FileRefused)
  })

  it('says what it took the columns for where the header is not there', async () => {
    await expect(read(Buffer.concat(table('tcvn')), { ...detect, columns: ['Ngày'] })).rejects.toThrow(
      /^no header row, read as TCVN3 \(ABC\): 1, 2 \(100 % of \d+ words are Vietnamese\), has the columns Ngày$/,
    )
  })
})
