/**
 * CSV by csv-parse, a slice of about a thousand records at a time: decoded in one piece and parsed in one call. Only a slice that fails is
 * looked at record by record, so that what is wrong is set aside by itself and clean files run at the parser's speed.
 */
import { type FileHandle, open } from 'node:fs/promises'
import type { Options, parse } from 'csv-parse/sync'
import type { Undecodable } from './connector.ts'
import {
  newlineOf,
  type Position,
  physicalLines,
  RETURN,
  type Slice,
  type SliceOptions,
  slices,
  unfinishedLine,
} from './csv-records.ts'
import type { DetectedTable } from './detect.ts'
import { findHeader, type HeaderRules, resolveHeader, TITLE_ROWS } from './header.ts'
import { decodeText, type Encoding } from './text.ts'

export interface CsvOptions extends HeaderRules {
  encoding: Encoding | 'detect'
  /** one ASCII character */
  delimiter: string
  /** longest record in bytes */
  longest: number
}
export interface RowsPage<At> {
  header: readonly string[]
  /** as many cells in each as in the header */
  rows: string[][]
  undecodable: (Omit<Undecodable, 'place'> & { line: number })[]
  next: At
  /** what is to be said of the file, with its first page */
  remarks?: string[]
}
/** The whole file is refused: the sentence says why. */
export class FileRefused extends Error {}
/** It says nothing of the content: the same may be right the next time. */
export class FileChanged extends FileRefused {
  constructor() {
    super('it changed while it was read')
  }
}

/** A file as it was found to be. */
interface Form extends CsvOptions {
  cut: SliceOptions
  /** loaded by who reads CSV, not by every reading thread */
  parse: typeof parse
  /** what its bytes are, where that is detected */
  table: DetectedTable | null
}
const FROM_THE_START: Position = { offset: 0, line: 1 }

/** Pages from `start` on (null: the first row below the header). Throws `FileRefused` before any row where the file cannot be right. */
export async function* readCsv(
  path: string,
  start: Position | null,
  options: CsvOptions,
): AsyncGenerator<RowsPage<Position>> {
  const file = await open(path, 'r')
  try {
    const before = await file.stat()
    const form = await formOf(file, options)
    const { header, rows: first } = await readHeader(file, form)
    await refuseHalfFile(file, before.size, header, form)
    let remarks = form.table ? form.table.remarks(header) : []
    for await (const slice of slices(file, start ?? first, form.cut)) {
      yield { header, ...readSlice(slice, header, form), next: slice.next, remarks }
      remarks = []
    }
    const after = await file.stat()
    if (after.size !== before.size || after.mtimeMs !== before.mtimeMs) throw new FileChanged()
  } finally {
    await file.close()
  }
}

async function formOf(file: FileHandle, options: CsvOptions): Promise<Form> {
  const mark = await markOf(file)
  if (mark !== null && mark !== options.encoding && !(options.encoding === 'detect' && mark === 'utf-8'))
    throw new FileRefused(`its byte order mark says ${mark}, it is declared ${options.encoding}`)
  const delimiter = options.delimiter.charCodeAt(0)
  const cut = { delimiter, newline: await newlineOf(file, delimiter), longest: options.longest }
  const { parse } = await import('csv-parse/sync')
  const form: Form = { ...options, cut, parse, table: null }
  if (options.encoding !== 'detect') return form
  const { detectTable } = await import('./detect.ts')
  return { ...form, table: detectTable(await sampleOf(file, form), { utf8: mark === 'utf-8' }) }
}

/** The first thousand records, or fewer where they are long. */
async function sampleOf(file: FileHandle, form: Form): Promise<string[][]> {
  for await (const slice of slices(file, FROM_THE_START, form.cut)) {
    if (slice.tooLong) continue
    const rows: string[][] = []
    for (let i = 0; i < slice.starts.length; i++)
      rows.push(...(parseRows(textOf(recordOf(slice, i), form) ?? '', form) ?? []))
    return rows
  }
  return []
}

async function readHeader(file: FileHandle, form: Form): Promise<{ header: string[]; rows: Position }> {
  const titles: string[][] = []
  for await (const slice of slices(file, FROM_THE_START, form.cut)) {
    for (let i = 0; i < slice.starts.length && titles.length < TITLE_ROWS; i++) {
      const text = textOf(recordOf(slice, i), form)
      const cells = text === undefined ? [] : (parseRows(text, form)?.[0] ?? [])
      const row = form.table ? cells.map(form.table.likely) : cells
      titles.push(row)
      const found = resolveHeader(row, form)
      if (!('header' in found)) continue
      const begins = slice.next.offset - slice.bytes.length
      const line = slice.lines[i + 1] ?? slice.next.line
      return { header: found.header, rows: { offset: begins + (slice.starts[i + 1] ?? slice.bytes.length), line } }
    }
    if (titles.length >= TITLE_ROWS || slice.tooLong) break
  }
  if (titles.length === 0) throw new FileRefused('it is empty')
  const found = findHeader(titles, form)
  const lacks = 'lacks' in found ? found.lacks : []
  const as = form.table ? form.table.remarks().join(', ') : `read as ${form.encoding}`
  throw new FileRefused(`no header row, ${as}, has the columns ${lacks.join(', ')}`)
}

async function markOf(file: FileHandle): Promise<'utf-8' | 'utf-16' | null> {
  const mark = Buffer.alloc(3)
  await file.read(mark, 0, 3, 0)
  if (mark.readUInt16BE(0) === 0xfffe || mark.readUInt16BE(0) === 0xfeff) return 'utf-16'
  return mark[0] === 0xef && mark[1] === 0xbb && mark[2] === 0xbf ? 'utf-8' : null
}

/** A file that ends inside a row is still being copied, or was cut: nothing of it is taken, so that nothing of it is missed. */
async function refuseHalfFile(file: FileHandle, size: number, header: readonly string[], form: Form): Promise<void> {
  const last = await unfinishedLine(file, size, form.cut.newline)
  if (last === null) return
  const endsRow = (bytes: Buffer) => {
    const text = textOf(bytes, form)
    return text !== undefined && parseRows(text, form)?.at(-1)?.length === header.length
  }
  if (endsRow(last.rest)) return
  // its row may have begun on a line before, by a quoted cell
  const lines = last.rest.includes('"') ? physicalLines(last.tail, form.cut.newline).slice(-LINES_OF_A_ROW) : []
  for (let from = last.tail.length; lines.length > 0; ) {
    from -= lines.pop()?.length ?? 0
    if (endsRow(last.tail.subarray(from))) return
  }
  throw new FileRefused('it ends in the middle of a row')
}
const LINES_OF_A_ROW = 100

type Rows = Pick<RowsPage<Position>, 'rows' | 'undecodable'>

function readSlice(slice: Slice, header: readonly string[], form: Form): Rows {
  const page: Rows = { rows: [], undecodable: [] }
  if (slice.tooLong) {
    page.undecodable.push({ line: slice.lines[0] ?? 0, rule: 'too-long', bytes: slice.bytes })
    return page
  }
  const text = textOf(slice.bytes, form)
  const rows = text === undefined ? undefined : parseRows(text, form)
  if (rows?.length === slice.starts.length) {
    for (const [i, row] of rows.entries())
      keep(page, row, { header, form, bytes: () => recordOf(slice, i), line: slice.lines[i] ?? 0 })
  } else readRecords(page, slice, header, form)
  return page
}

/** The slow way: each record is decoded by itself; of those that decode, the ones that do not parse are found by halving. */
function readRecords(page: Rows, slice: Slice, header: readonly string[], form: Form): void {
  const records: Line[] = []
  for (let i = 0; i < slice.starts.length; i++)
    decodeRecord(records, page, recordOf(slice, i), slice.lines[i] ?? 0, form)
  parseRecords(page, records, header, form)
}

interface Line {
  text: string
  bytes: Buffer
  line: number
}
function decodeRecord(records: Line[], page: Rows, bytes: Buffer, line: number, form: Form): void {
  const text = textOf(bytes, form)
  if (text !== undefined) records.push({ text, bytes, line })
  else page.undecodable.push({ line, rule: 'encoding', bytes: Uint8Array.from(bytes) })
}

function parseRecords(page: Rows, records: readonly Line[], header: readonly string[], form: Form): void {
  const rows = parseRows(records.map((record) => record.text).join(''), form)
  const [first, second] = records
  if (rows?.length === records.length) {
    for (const [i, { bytes, line }] of records.entries())
      keep(page, rows[i] ?? [], { header, form, bytes: () => bytes, line })
  } else if (first && !second) {
    const lines = physicalLines(first.bytes, form.cut.newline)
    if (lines.length > 1) parseLines(page, first, lines, header, form)
    else page.undecodable.push({ line: first.line, rule: 'syntax', bytes: Uint8Array.from(first.bytes) })
  } else if (records.length > 1) {
    const half = records.length >> 1
    parseRecords(page, records.slice(0, half), header, form)
    parseRecords(page, records.slice(half), header, form)
  }
}

/** A quote that was never meant to open has joined these lines. */
function parseLines(page: Rows, record: Line, lines: readonly Buffer[], header: readonly string[], form: Form): void {
  const records: Line[] = []
  for (const [i, bytes] of lines.entries()) decodeRecord(records, page, bytes, record.line + i, form)
  parseRecords(page, records, header, form)
}

interface Kept {
  header: readonly string[]
  form: Form
  bytes: () => Buffer
  line: number
}
function keep(page: Rows, row: string[], { header, form, bytes, line }: Kept): void {
  // blank lines, and the rows of bare delimiters that spreadsheets leave at the end
  if (row[0] === '' && row.every((cell) => cell === '')) return
  const aside = (rule: Undecodable['rule']) => ({ line, rule, bytes: Uint8Array.from(bytes()) })
  if (row.length !== header.length) return void page.undecodable.push(aside('column-count'))
  const read = form.table ? form.table.read(row) : { cells: row }
  if ('cells' in read) page.rows.push(read.cells)
  else page.undecodable.push({ ...aside('encoding'), expected: `column ${header[read.column]}: ${read.why}` })
}

/** Where the encoding is detected the text is still bytes, one character each: it is known by column only. */
function textOf(bytes: Buffer, { encoding }: CsvOptions): string | undefined {
  if (encoding !== 'detect') return decodeText(bytes, encoding)
  return bytes.toString('latin1').replace(MARK_AS_LATIN1, '').replace(NUL, '')
}
const MARK_AS_LATIN1 = /^\u00EF\u00BB\u00BF/
const NUL = /\0/g

function recordOf(slice: Slice, i: number): Buffer {
  return slice.bytes.subarray(slice.starts[i] ?? 0, slice.starts[i + 1] ?? slice.bytes.length)
}

/** Where nothing is quoted a row is what stands between the delimiters; the parser would take six times as long to say so. */
function splitRows(text: string, { delimiter, cut }: Form): string[][] {
  const lines = text.split(cut.newline === RETURN ? '\r' : /\r?\n/)
  if (lines.at(-1) === '') lines.pop()
  return lines.map((line) => line.split(delimiter))
}

/** Rows as arrays of any length; undefined where the quoting is wrong. */
function parseRows(text: string, form: Form): string[][] | undefined {
  if (!text.includes('"')) return splitRows(text, form)
  const options: Options = {
    delimiter: form.delimiter,
    record_delimiter: form.cut.newline === RETURN ? ['\r'] : ['\r\n', '\n'],
    relax_column_count: true,
    skip_empty_lines: false,
  }
  try {
    return form.parse(text, options) as unknown as string[][]
  } catch {
    return withInches(text, form, options)
  }
}

/** A quote inside a cell that does not begin with one is a character, as in 17" or 37°36'37.8"N. */
function withInches(text: string, form: Form, options: Options): string[][] | undefined {
  try {
    const rows = form.parse(text, { ...options, relax_quotes: true }) as unknown as string[][]
    // a quoted cell with something behind its closing quote stays wrong
    return rows.some((row) => row.some((cell) => cell.startsWith('"'))) ? undefined : rows
  } catch {
    return undefined
  }
}
