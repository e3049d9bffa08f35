import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import readExcelFile from 'read-excel-file/node'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import writeExcelFile from 'write-excel-file/node'
import { FileRefused } from '../../src/connect/csv.ts'
import { readXlsx, type XlsxOptions } from '../../src/connect/xlsx.ts'
import { showsDate } from '../../src/connect/xlsx-book.ts'
import { bookMembers, writeBook, writeZip } from '../support/zip.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ioc-feed-xlsx-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const OPTIONS: XlsxOptions = { columns: ['a', 'b'], aliases: {}, largest: 64 << 20 }
const path = () => join(folder, 'book.xlsx')
async function readAll(file = path(), options = OPTIONS, start: { row: number } | null = null) {
  const [rows, remarks, header, places]: [string[][], string[], string[], number[]] = [[], [], [], []]
  for await (const page of readXlsx(file, start, options)) {
    rows.push(...page.rows)
    remarks.push(...page.remarks)
    header.splice(0, header.length, ...page.header)
    places.push(page.next.row)
  }
  return { rows, remarks, header, places }
}
const refusal = async (file = path(), options = OPTIONS): Promise<string> =>
  readAll(file, options).then(
    () => 'it was read',
    (error: unknown) => {
      if (!(error instanceof FileRefused)) throw error
      return error.message
    },
  )

const inline = (text: string) => `<is><t>${text}</t></is>`
const HEAD = `<row r="1"><c r="A1" t="inlineStr">${inline('a')}</c><c r="B1" t="inlineStr">${inline('b')}</c></row>`
const row = (r: number, a: string, b = '') => `<row r="${r}">${a}${b}</row>`
const text = (address: string, value: string) => `<c r="${address}" t="inlineStr">${inline(value)}</c>`

it('a row of one cell in the last column is not one of 16,384 cells', async () => {
  async function* rows() {
    yield HEAD
    for (let r = 2; r < 1_002; r++) yield `<row r="${r}"><c r="XFD${r}"><v>1</v></c></row>`
    yield row(1_002, text('A1002', 'x'), text('XFD1002', 'y'))
  }
  await writeBook(path(), { rows: rows() })
  const before = process.memoryUsage().rss
  expect(await readAll()).toMatchObject({
    rows: [['x', '']],
    remarks: ["1001 rows have cells beyond the header's last column; they are not read"],
  })
  // 1,000 rows of 16,384 places are 131 MB
  expect(process.memoryUsage().rss - before).toBeLessThan(60 << 20)

  const wide = Array.from({ length: 300 }, (_, i) => `c${i}`)
  const last = 'KN'
  const header = wide.map((name, i) => text(i === 299 ? `${last}1` : '', name).replace(' r=""', '')).join('')
  await writeBook(path(), { rows: row(1, header) + row(2, text(`${last}2`, 'far')) })
  expect((await readAll(path(), { ...OPTIONS, columns: ['c0', 'c299'] })).rows).toEqual([
    wide.map((_, i) => (i === 299 ? 'far' : '')),
  ])
})

describe('cells', () => {
  it('reads every kind of cell as the text that a CSV would have', async () => {
    const styles =
      '<numFmts><numFmt numFmtId="164" formatCode="[$-42A]dd/mm/yyyy\\ hh:mm;@"/><numFmt numFmtId="165" formatCode="[h]:mm"/></numFmts>' +
      '<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/></cellXfs>'
    const strings =
      '<si><t xml:space="preserve"> 0007 </t></si><si><r><t>Xã </t></r><r><t>Tân Lập</t></r><rPh><t>x</t></rPh></si><si><t>m_x000D_n &amp; &#7879;</t></si>'
    const kinds: [string, string][] = [
      ['<c r="A2" t="s"><v>0</v></c>', ' 0007 '],
      ['<c r="A2" t="s"><v>1</v></c>', 'Xã Tân Lập'],
      ['<c r="A2" t="s"><v>2</v></c>', 'm\rn & ệ'],
      ['<c r="A2"><v>15793596808644609</v></c>', '15793596808644609'],
      ['<c r="A2"><v>1.10</v></c>', '1.10'],
      ['<c r="A2" s="1"><v>45601</v></c>', '05/11/2024'],
      ['<c r="A2" s="2"><v>45601.354166666664</v></c>', '05/11/2024 08:30'],
      ['<c r="A2" s="2"><v>45601.354178</v></c>', '05/11/2024 08:30:01'],
      ['<c r="A2" s="2"><v>0.5</v></c>', '12:00'],
      ['<c r="A2" s="1"><v>1</v></c>', '01/01/1900'],
      ['<c r="A2" s="1"><v>61</v></c>', '01/03/1900'],
      ['<c r="A2" s="3"><v>1.5</v></c>', '1.5'],
      ['<c r="A2" s="1"><v>-3</v></c>', '-3'],
      ['<c r="A2" t="d"><v>2024-11-05T08:30:00</v></c>', '05/11/2024 08:30'],
      ['<c r="A2" t="str"><f>B2&amp;"x"</f><v>cached</v></c>', 'cached'],
      ['<c r="A2"><f>1+1</f><v>2</v></c>', '2'],
      ['<c r="A2" t="b"><v>1</v></c>', 'true'],
      ['<c r="A2" t="e"><v>#N/A</v></c>', '#N/A'],
      [text('A2', '&lt;x&gt;'), '<x>'],
    ]
    const rows = kinds.map(([cell], i) => row(i + 2, cell.replace('A2', `A${i + 2}`), text(`B${i + 2}`, 'b'))).join('')
    await writeBook(path(), { rows: HEAD + rows, strings, styles })
    expect((await readAll()).rows.map(([a]) => a)).toEqual(kinds.map(([, expected]) => expected))
  })

  it('counts days from 1904 where the workbook does', async () => {
    const styles = '<cellXfs><xf/><xf numFmtId="14"/></cellXfs>'
    await writeBook(path(), {
      rows: HEAD + row(2, '<c r="A2" s="1"><v>44139</v></c>'),
      styles,
      properties: 'date1904="1"',
    })
    expect((await readAll()).rows).toEqual([['05/11/2024', '']])
  })

  it.each([
    ['dd/mm/yyyy', true],
    ['mm:ss.0', true],
    ['[$-42A]d mmmm yyyy;@', true],
    ['yyyy"年"', true],
    ['[h]:mm:ss', false],
    ['General', false],
    ['#,##0', false],
    ['0.00', false],
    ['0.00 "đồng"', false],
    ['[Red]0', false],
    ['\\d0', false],
    ['@', false],
  ])('a number shown as %s is a date: %s', (format, expected) => {
    expect(showsDate(format)).toBe(expected)
  })

  it('needs neither addresses nor prefixes, and passes over empty and styled cells', async () => {
    const rows =
      '<row><c t="inlineStr"><is><t>a</t></is></c><c t="inlineStr"><is><t>b</t></is></c></row><row><c/><c><v>2</v></c></row><row/>'
    await writeBook(path(), { rows: rows.replaceAll(/<(\/?)(row|c|v|is|t)\b/g, '<$1x:$2') })
    expect((await readAll()).rows).toEqual([['', '2']])
  })
})

describe('rows', () => {
  it('finds the header below merged titles, pads short rows and leaves what stands beyond the header', async () => {
    const rows = [
      row(1, text('A1', 'DANH SÁCH')),
      row(3, text('A3', 'a'), text('B3', 'b')),
      row(4, text('B4', 'x')),
      row(7, text('A7', 'y'), text('D7', 'a note')),
      row(9, '<c r="A9"/>', '<c r="B9"/>'),
    ]
    await writeBook(path(), { rows: rows.join(''), more: ['', row(1, text('A1', 'z'))] })
    const read = await readAll()
    expect(read.rows).toEqual([
      ['', 'x'],
      ['y', ''],
    ])
    expect(read.remarks).toEqual([
      'only the first of 2 sheets is read',
      "1 rows have cells beyond the header's last column; they are not read",
    ])
  })

  it('agrees with another reader on a workbook of another writer', async () => {
    const data = Array.from({ length: 400 }, (_, i) => [`000${i}`, i / 8, `Xã ${i % 7}\nấp ${i}`])
    const book = await writeExcelFile([['a', 'b', 'c'], ...data]).toBuffer()
    writeFileSync(path(), book)
    const [sheet] = await readExcelFile(path(), { parseNumber: (digits) => digits, trim: false })
    const { rows, header } = await readAll()
    expect([header, ...rows]).toEqual(sheet?.data.map((cells) => cells.map((cell) => String(cell ?? ''))))
  })

  it('goes on behind any page, and gives the same', async () => {
    const rows = Array.from({ length: 2_500 }, (_, i) => row(i * 2 + 2, text(`A${i * 2 + 2}`, `k${i}`)))
    await writeBook(path(), { rows: [HEAD, ...rows] })
    const whole = await readAll()
    expect(whole.rows).toHaveLength(2_500)
    expect(whole.places).toHaveLength(3)
    for (const [i, place] of whole.places.entries()) {
      const rest = await readAll(path(), OPTIONS, { row: place })
      expect(rest.rows).toEqual(whole.rows.slice((i + 1) * 1_000))
    }
  })

  it('looks texts up in a file where they are more than memory should hold', async () => {
    const count = 2_000
    const long = 'Thủ tục '.repeat(500)
    const strings = function* () {
      for (let i = 0; i < count; i++) yield `<si><t>${i} ${long}</t></si>`
    }
    const rows = function* () {
      yield HEAD
      // neighbours in the sheet lie far apart in the file, and some across two of its blocks
      for (let i = 0; i < count; i++) yield row(i + 2, `<c r="A${i + 2}" t="s"><v>${(i * 719) % count}</v></c>`)
    }
    await writeBook(path(), { rows: rows(), strings: strings() })
    const { rows: read } = await readAll(path(), { ...OPTIONS, largest: 512 << 20 })
    expect(read).toHaveLength(count)
    expect(read.every(([a], i) => a === `${(i * 719) % count} ${long}`)).toBe(true)
  })
})

describe('what is refused', () => {
  it('names what a workbook lacks, and every limit', async () => {
    await writeBook(path(), { rows: '' })
    expect(await refusal()).toBe('its first sheet is empty')
    await writeBook(path(), { rows: row(1, text('A1', 'a')) })
    expect(await refusal()).toBe('no header row has the columns b')
    await writeBook(path(), { rows: HEAD + row(2, '<c r="A2" t="s"><v>5</v></c>'), strings: '<si><t>x</t></si>' })
    expect(await refusal()).toBe('a cell names a text that the workbook does not have')
    await writeBook(path(), { rows: HEAD + row(2, '<c r="ZZZZ2"><v>5</v></c>') })
    expect(await refusal()).toBe('a cell has an address of no sheet')
    await writeBook(path(), { rows: HEAD + row(5, '<c r="A5"><v>5</v></c>') + row(2, '<c r="A2"><v>5</v></c>') })
    expect(await refusal()).toBe('its rows are not in order')
    await writeBook(path(), { rows: HEAD + row(2, text('A2', 'x'.repeat((1 << 20) + 1))) })
    expect(await refusal()).toBe('a value is longer than 1048576 characters')
    await writeBook(path(), { rows: `${HEAD}<row r="2">` })
    expect(await refusal()).toBe('its XML is cut off or malformed')
  })

  it('takes no document type: neither a file of this machine nor a billion laughs', async () => {
    const prolog = '<!DOCTYPE worksheet [<!ENTITY x SYSTEM "file:///etc/hostname"><!ENTITY y "&x;&x;">]>'
    await writeBook(path(), { rows: HEAD + row(2, text('A2', '&y;')), prolog })
    expect(await refusal()).toBe('its XML declares a document type')
    await writeBook(path(), { rows: HEAD + row(2, text('A2', '&y;')) })
    expect(await refusal()).toBe('its XML is cut off or malformed')
    await writeBook(path(), { rows: '<a>'.repeat(100) })
    expect(await refusal()).toBe('its XML nests deeper than 64')
  })

  it('stops a bomb by what its directory says, and one whose directory lies by what comes', async () => {
    const blank = ' '.repeat(1 << 20)
    const bomb = bookMembers({
      rows: (function* () {
        yield HEAD
        for (let i = 0; i < 65; i++) yield `<row r="${i + 2}"/>${blank}`
      })(),
    })
    await writeZip(path(), bomb)
    expect(readFileSync(path()).length).toBeLessThan(1 << 20)
    expect(await refusal()).toMatch(/^unpacked it has \d+ bytes, more than the limit of 67108864$/)
    const small = bookMembers({ rows: HEAD + row(2, text('A2', 'x'.repeat(100_000))) })
    const lying = small.map((one) => (one.name.includes('s0') ? { ...one, says: { size: 400 } } : one))
    await writeZip(path(), lying)
    expect(await refusal()).toBe('it is not a whole XLSX workbook')
    await writeZip(
      path(),
      small.map((one) => (one.name.includes('s0') ? { ...one, says: { crc: 1 } } : one)),
    )
    expect(await refusal()).toBe('it is damaged: XLSX workbook part with a wrong checksum')
  })

  it('says what an old or protected workbook is, and what is no workbook', async () => {
    writeFileSync(path(), Buffer.from('d0cf11e0a1b11ae1', 'hex'))
    expect(await refusal()).toContain('save it as .xlsx')
    writeFileSync(path(), 'PK\u0003\u0004 and no more')
    expect(await refusal()).toBe('it is not a whole XLSX workbook')
    await writeZip(path(), [{ name: 'readme.txt', content: 'x' }])
    expect(await refusal()).toBe('it is not a whole XLSX workbook')
    // as large as 3 GiB without a byte of it on the disk
    writeFileSync(path(), '')
    truncateSync(path(), 3 * 2 ** 30)
    expect(await refusal()).toBe('it has 3221225472 bytes, more than the limit of 67108864')
  })
})
