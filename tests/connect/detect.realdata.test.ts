import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import iconv from 'iconv-lite'
import { describe, expect, it } from 'vitest'
import { readCsv } from '../../src/connect/csv.ts'
import { detectTable } from '../../src/connect/detect.ts'
import { WRITTEN, writtenIn } from '../support/legacy.ts'
import { describeReal, percent, report } from '../support/realdata.ts'

const HIGH = /[\u0080-\u00FF]/
const inOneLine = (text: string) =>
  text
    .normalize('NFC')
    .replace(/[\s\u00A0]+/g, ' ')
    .trim()

describeReal('encodings', (folder) => {
  const tables = readdirSync(folder).filter((name) => /^(?:tcvn3|vni)__/.test(name))
  const transcriptOf = (table: string) => {
    const stem = table.replace(/^(?:tcvn3|vni)__/, '').replace(/__.*$/, '')
    return readFileSync(join(folder, `${stem}.expected.txt`), 'utf8')
  }
  const rowsOf = (table: string) =>
    parse(readFileSync(join(folder, table)), {
      encoding: 'latin1',
      relax_column_count: true,
    }) as string[][]

  /** The transcripts leave six cells as they were, but for two letters read as VNI: `Sù nghiƯp KHCN`, `Kinh phÝ thùc hiƯn tù chđ`. */
  const leftByTranscript = (cell: string) => cell.replaceAll('\u00D6', 'Ư').replaceAll('\u00F1', 'đ')

  interface Count {
    cells: number
    certain: number
    wrong: string[]
    left: number
  }
  function compare(table: string, rows: readonly (readonly string[])[]): Count & { columns: number; sure: number } {
    const transcript = inOneLine(transcriptOf(table))
    const detected = detectTable(rows)
    const found: Count = { cells: 0, certain: 0, wrong: [], left: 0 }
    const high = new Set<number>()
    for (const row of rows) {
      for (const [column, cell] of row.entries()) {
        if (!HIGH.test(cell)) continue
        high.add(column)
        found.cells++
        const read = detected.read(row.map((_, at) => (at === column ? cell : '')))
        if (!('cells' in read)) continue
        found.certain++
        const text = inOneLine(read.cells[column] ?? '')
        if (transcript.includes(text)) continue
        if (transcript.includes(inOneLine(leftByTranscript(cell)))) found.left++
        else found.wrong.push(`${table}: ${text}`)
      }
    }
    const sure = [...high].filter((column) => detected.columns[column]?.certain).length
    return { ...found, columns: high.size, sure }
  }

  it('no cell is converted otherwise than its transcript says', () => {
    const found = tables.map((table) => compare(table, rowsOf(table)))
    const sum = (of: (one: (typeof found)[number]) => number) => found.reduce((total, one) => total + of(one), 0)
    const whole = found.filter(({ cells, certain }) => cells === certain).length
    const [cells, certain] = [sum((one) => one.cells), sum((one) => one.certain)]
    report(
      `detection on ${tables.length} real tables: ${found.flatMap(({ wrong }) => wrong).length} wrong; certain are ${whole} tables whole (${percent(whole, tables.length)}), ` +
        `${sum((one) => one.sure)} of ${sum((one) => one.columns)} columns (${percent(
          sum((one) => one.sure),
          sum((one) => one.columns),
        )}), ` +
        `${certain} of ${cells} cells (${percent(certain, cells)}); ${sum((one) => one.left)} cells that the transcript left undecoded are not compared`,
    )
    expect(found.flatMap(({ wrong }) => wrong)).toEqual([])
    expect(sum((one) => one.left)).toBe(6)
    expect(tables).toHaveLength(32)
    expect(certain / cells).toBeGreaterThan(0.99)
  })

  it('nor when a spreadsheet has saved the letters of the font as UTF-8', () => {
    const saved = (cell: string) =>
      Buffer.from(iconv.decode(Buffer.from(cell, 'latin1'), 'windows-1252')).toString('latin1')
    const found = tables.map((table) =>
      compare(
        table,
        rowsOf(table).map((row) => row.map(saved)),
      ),
    )
    // compare knows the cells that transcripts left by their first bytes only
    const wrong = found
      .flatMap((one) => one.wrong)
      .filter((text) => !/Sự nghiệp KHCN|Kinh phí thực hiện tự chủ/.test(text))
    expect(wrong).toEqual([])
  })

  it('the reader of files converts the same, row by row', async () => {
    let [rows, aside] = [0, 0]
    for (const table of tables) {
      const transcript = inOneLine(transcriptOf(table))
      const options = { columns: [], aliases: {}, encoding: 'detect', delimiter: ',', longest: 1 << 20 } as const
      for await (const page of readCsv(join(folder, table), null, options)) {
        aside += page.undecodable.length
        for (const { rule, expected } of page.undecodable) {
          expect(rule).toBe('encoding')
          expect(expected).toMatch(/^column .+: (?:not certain: likely|read as|only ASCII)/)
        }
        for (const row of page.rows) {
          rows++
          for (const cell of row)
            if (/[^ -~\s]/.test(cell) && !/Sự nghiệp KHCN|Kinh phí thực hiện tự chủ/.test(cell))
              expect(transcript).toContain(inOneLine(cell))
        }
      }
    }
    report(`detection, read as files: ${rows} rows, ${aside} set aside (${percent(aside, rows + aside)})`)
    expect(aside).toBeLessThan(rows / 50)
  })

  describe('the text of the transcripts, written in each encoding', () => {
    it.each(WRITTEN)('%s: none wrong', (encoding) => {
      let [cells, certain] = [0, 0]
      const wrong: string[] = []
      for (const name of readdirSync(folder).filter((one) => one.endsWith('.expected.txt'))) {
        const text = readFileSync(join(folder, name), 'utf8').normalize('NFC')
        const rows = text.split('\n', 25).map((line) =>
          line.split('\t').flatMap((cell) => {
            const written = writtenIn(cell, encoding)
            return [{ cell: written === undefined ? '' : cell, written: written ?? '' }]
          }),
        )
        const table = detectTable(rows.map((row) => row.map(({ written }) => written)))
        for (const row of rows) {
          for (const [column, { cell, written }] of row.entries()) {
            if (!HIGH.test(written)) continue
            cells++
            const read = table.read(row.map((_, at) => (at === column ? written : '')))
            if (!('cells' in read)) continue
            certain++
            if (folded(read.cells[column] ?? '', encoding) !== folded(cell, encoding)) wrong.push(cell)
          }
        }
      }
      report(
        `detection of text written in ${encoding}: ${wrong.length} wrong, ${certain} of ${cells} cells certain (${percent(certain, cells)})`,
      )
      expect(wrong).toEqual([])
      expect(certain / cells).toBeGreaterThan(0.9)
    })
  })
})

/** Whether a font draws capitals is not in the bytes, only that it may. */
const folded = (text: string, encoding: string) => (encoding.startsWith('tcvn') ? text.toLowerCase() : text)
