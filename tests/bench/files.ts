/**
 * `npm run bench -- files`: how fast files are read and how much memory that takes, by size; each read in a process of its own. What comes of
 * a page is thrown away, so it is the reading alone. Flat memory means that the last column does not follow the first.
 */
import { execFile } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import { readFormat } from '../../src/connect/formats.ts'
import { HEADER } from '../../src/sandbox/commune-file.ts'
import { writeBook } from '../support/zip.ts'

const CSV_ROWS = [10_000, 100_000, 1_000_000]
const XLSX_ROWS = [30_000, 300_000]
const OPTIONS = { columns: HEADER, aliases: {}, longest: 1 << 20, largest: 2 ** 31 }

/** A made-up dossier: half of its cells are texts that no other row has. */
const cellsOf = (i: number): string[] =>
  HEADER.map((column, place) => (place % 2 === 0 ? `${column.slice(0, 4)} ${i}` : `${column} ${i % 50}`))

function* csvLines(rows: number): Generator<string> {
  yield `${HEADER.join(';')}\r\n`
  for (let i = 0; i < rows; i++) yield `${cellsOf(i).join(';')}\r\n`
}

const letter = (column: number) => String.fromCharCode(65 + column)
async function writeWorkbook(path: string, rows: number): Promise<void> {
  const repeated = HEADER.length * 50
  const strings = function* () {
    for (const column of HEADER) for (let i = 0; i < 50; i++) yield `<si><t>${column} ${i}</t></si>`
    for (let i = 0; i < rows; i++)
      for (const [place, text] of cellsOf(i).entries()) if (place % 2 === 0) yield `<si><t>${text}</t></si>`
  }
  const sheet = function* () {
    const titles = HEADER.map((column, i) => `<c r="${letter(i)}1" t="inlineStr"><is><t>${column}</t></is></c>`)
    yield `<row r="1">${titles.join('')}</row>`
    let own = repeated
    for (let i = 0; i < rows; i++) {
      const cells = HEADER.map((_, place) => {
        const text = place % 2 === 0 ? own++ : place * 50 + (i % 50)
        return `<c r="${letter(place)}${i + 2}" t="s"><v>${text}</v></c>`
      })
      yield `<row r="${i + 2}">${cells.join('')}</row>`
    }
  }
  await writeBook(path, { rows: sheet(), strings: strings() })
}

/** In the process of one read: prints seconds, rows and peak memory. */
async function readOne(path: string): Promise<void> {
  const format = path.endsWith('.csv')
    ? ({ format: 'csv', encoding: 'utf-8', delimiter: ';' } as const)
    : ({ format: 'xlsx' } as const)
  const start = performance.now()
  let rows = 0
  for await (const page of readFormat({ name: 'bench', path }, format, null, OPTIONS)) rows += page.records.length
  const seconds = (performance.now() - start) / 1000
  const peak = process.resourceUsage().maxRSS / 1024
  process.stdout.write(JSON.stringify({ seconds, rows, peak }))
}

export async function benchFiles(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'ioc-feed-bench-'))
  console.log('format       rows  file MB        s  thousand/s  peak MB')
  try {
    for (const [format, sizes] of [
      ['csv', CSV_ROWS],
      ['xlsx', XLSX_ROWS],
    ] as const) {
      for (const rows of sizes) {
        const path = join(folder, `${rows}.${format}`)
        if (format === 'csv') await pipeline(Readable.from(csvLines(rows)), createWriteStream(path))
        else await writeWorkbook(path, rows)
        const { stdout } = await promisify(execFile)(process.execPath, [import.meta.filename, path])
        const read = JSON.parse(stdout) as { seconds: number; rows: number; peak: number }
        if (read.rows !== rows) throw new Error(`${read.rows} of ${rows} rows were read`)
        const size = (await stat(path)).size / 2 ** 20
        console.log(
          [
            format.padEnd(6),
            String(rows).padStart(10),
            size.toFixed(0).padStart(8),
            read.seconds.toFixed(2).padStart(8),
            (rows / read.seconds / 1000).toFixed(1).padStart(11),
            read.peak.toFixed(0).padStart(8),
          ].join(' '),
        )
        await rm(path)
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

if (process.argv[1] === import.meta.filename && process.argv[2]) await readOne(process.argv[2])
