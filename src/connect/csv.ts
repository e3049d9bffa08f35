/**
 * CSV by csv-parse, a slice of about a thousand records at a time: decoded in one piece and parsed in one call. Only a slice that fails is
 * looked at record by record, so that what is wrong is set aside by itself and clean files run at the parser's speed.
 */
import { type FileHandle, open } from 'node:fs/promises'
import { parse } from 'csv-parse/sync'
import type { Undecodable } from './connector.ts'
import { type Position, physicalLines, type Slice, slices, unfinishedLine } from './csv-records.ts'
import { findHeader, type HeaderRules, resolveHeader, TITLE_ROWS } from './header.ts'
import { decodeText, type Encoding } from './text.ts'

export interface CsvOptions extends HeaderRules {
  encoding: Encoding
  /** one ASCII character */
  delimiter: string
  /** longest record in bytes */
  longest: number
}
export interface RowsPage<At> {
  header: readonly string[]
  /** as many cells in each as in the header */
  rows: string[][]
  undecodable: { line: number; rule: Undecodable['rule']; bytes: Uint8Array }[]
  next: At
}
/** The whole file is refused: the sentence says why. */
export class FileRefused extends Error {}

/** Pages from `start` on (null: the first row below the header). Throws `FileRefused` before any row where the file cannot be right. */
export async function* readCsv(
  path: string,
  start: Position | null,
  options: CsvOptions,
): AsyncGenerator<RowsPage<Position>> {
  const file = await open(path, 'r')
  try {
    const before = await file.stat()
    const { header, rows: first } = await readHeader(file, options)
    await refuseHalfFile(file, before.size, header, options)
    const cut = { delimiter: options.delimiter.charCodeAt(0), longest: options.longest }
    for await (const slice of slices(file, start ?? first, cut)) {
      yield { header, ...readSlice(slice, header.length, options), next: slice.next }
    }
    const after = await file.stat()
    if (after.size !== before.size || after.mtimeMs !== before.mtimeMs)
      throw new FileRefused('it changed while it was read')
  } finally {
    await file.close()
  }
}

async function readHeader(file: FileHandle, options: CsvOptions): Promise<{ header: string[]; rows: Position }> {
  await refuseOtherEncoding(file, options.encoding)
  const titles: string[][] = []
  const cut = { delimiter: options.delimiter.charCodeAt(0), longest: options.longest }
  for await (const slice of slices(file, { offset: 0, line: 1 }, cut)) {
    for (let i = 0; i < slice.starts.length && titles.length < TITLE_ROWS; i++) {
      const cells = decodeText(recordOf(slice, i), options.encoding)
      const row = cells === undefined ? [] : (parseRows(cells, options)?.[0] ?? [])
      titles.push(row)
      const found = resolveHeader(row, options)
      if (!('header' in found)) continue
      const begins = slice.next.offset - slice.bytes.length
      const line = slice.lines[i + 1] ?? slice.next.line
      return { header: found.header, rows: { offset: begins + (slice.starts[i + 1] ?? slice.bytes.length), line } }
    }
    if (titles.length >= TITLE_ROWS || slice.tooLong) break
  }
  if (titles.length === 0) throw new FileRefused('it is empty')
  const found = findHeader(titles, options)
  const lacks = 'lacks' in found ? found.lacks : []
  throw new FileRefused(`no header row, read as ${options.encoding}, has the columns ${lacks.join(', ')}`)
}

async function refuseOtherEncoding(file: FileHandle, encoding: Encoding): Promise<void> {
  const mark = Buffer.alloc(3)
  await file.read(mark, 0, 3, 0)
  const written = mark.readUInt16BE(0) === 0xfffe || mark.readUInt16BE(0) === 0xfeff ? 'utf-16' : marksUtf8(mark)
  if (written !== undefined && written !== encoding) {
    throw new FileRefused(`its byte order mark says ${written}, it is declared ${encoding}`)
  }
}
const marksUtf8 = (mark: Buffer) => (mark[0] === 0xef && mark[1] === 0xbb && mark[2] === 0xbf ? 'utf-8' : undefined)

/** A file that ends inside a row is still being copied, or was cut: nothing of it is taken, so that nothing of it is missed. */
async function refuseHalfFile(
  file: FileHandle,
  size: number,
  header: readonly string[],
  options: CsvOptions,
): Promise<void> {
  const rest = await unfinishedLine(file, size)
  if (rest === null || rest.includes('"')) return
  const text = decodeText(rest, options.encoding)
  const row = text === undefined ? undefined : parseRows(text, options)?.[0]
  if (row?.length !== header.length) throw new FileRefused('it ends in the middle of a row')
}

type Rows = Pick<RowsPage<Position>, 'rows' | 'undecodable'>

function readSlice(slice: Slice, width: number, options: CsvOptions): Rows {
  const page: Rows = { rows: [], undecodable: [] }
  if (slice.tooLong) {
    page.undecodable.push({ line: slice.lines[0] ?? 0, rule: 'too-long', bytes: slice.bytes })
    return page
  }
  const text = decodeText(slice.bytes, options.encoding)
  const rows = text === undefined ? undefined : parseRows(text, options)
  if (rows?.length === slice.starts.length) {
    for (const [i, row] of rows.entries()) keep(page, row, width, () => recordOf(slice, i), slice.lines[i] ?? 0)
  } else readRecords(page, slice, width, options)
  return page
}

/** The slow way: each record is decoded by itself; of those that decode, the ones that do not parse are found by halving. */
function readRecords(page: Rows, slice: Slice, width: number, options: CsvOptions): void {
  const records: Line[] = []
  for (let i = 0; i < slice.starts.length; i++)
    decodeRecord(records, page, recordOf(slice, i), slice.lines[i] ?? 0, options)
  parseRecords(page, records, width, options)
}

interface Line {
  text: string
  bytes: Buffer
  line: number
}
function decodeRecord(records: Line[], page: Rows, bytes: Buffer, line: number, options: CsvOptions): void {
  const text = decodeText(bytes, options.encoding)
  if (text !== undefined) records.push({ text, bytes, line })
  else page.undecodable.push({ line, rule: 'encoding', bytes: Uint8Array.from(bytes) })
}

function parseRecords(page: Rows, records: readonly Line[], width: number, options: CsvOptions): void {
  const rows = parseRows(records.map((record) => record.text).join(''), options)
  const [first, second] = records
  if (rows?.length === records.length) {
    for (const [i, { bytes, line }] of records.entries()) keep(page, rows[i] ?? [], width, () => bytes, line)
  } else if (first && !second) {
    const lines = physicalLines(first.bytes)
    if (lines.length > 1) parseLines(page, first, lines, width, options)
    else page.undecodable.push({ line: first.line, rule: 'syntax', bytes: Uint8Array.from(first.bytes) })
  } else if (records.length > 1) {
    const half = records.length >> 1
    parseRecords(page, records.slice(0, half), width, options)
    parseRecords(page, records.slice(half), width, options)
  }
}

/** A quote that was never meant to open has joined these lines. */
function parseLines(page: Rows, record: Line, lines: readonly Buffer[], width: number, options: CsvOptions): void {
  const records: Line[] = []
  for (const [i, bytes] of lines.entries()) decodeRecord(records, page, bytes, record.line + i, options)
  parseRecords(page, records, width, options)
}

function keep(page: Rows, row: string[], width: number, bytes: () => Buffer, line: number): void {
  // blank lines, and the rows of bare delimiters that spreadsheets leave at the end
  if (row[0] === '' && row.every((cell) => cell === '')) return
  if (row.length === width) page.rows.push(row)
  else page.undecodable.push({ line, rule: 'column-count', bytes: Uint8Array.from(bytes()) })
}

function recordOf(slice: Slice, i: number): Buffer {
  return slice.bytes.subarray(slice.starts[i] ?? 0, slice.starts[i + 1] ?? slice.bytes.length)
}

/** Where nothing is quoted a row is what stands between the delimiters; the parser would take six times as long to say so. */
function splitRows(text: string, delimiter: string): string[][] {
  const lines = text.split(/\r?\n/)
  if (lines.at(-1) === '') lines.pop()
  return lines.map((line) => line.split(delimiter))
}

/** Rows as arrays of any length; undefined where the quoting is wrong. */
function parseRows(text: string, options: CsvOptions): string[][] | undefined {
  if (!text.includes('"')) return splitRows(text, options.delimiter)
  try {
    return parse(text, {
      delimiter: options.delimiter,
      record_delimiter: ['\r\n', '\n'],
      relax_column_count: true,
      skip_empty_lines: false,
    })
  } catch {
    return undefined
  }
}
