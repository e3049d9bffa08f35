/**
 * XLSX workbooks, streamed: memory does not grow with the rows. Merged title rows above the header are passed over, formula cells give the
 * value that the spreadsheet last computed, dates become the text that the same column has in a CSV (`dd/MM/yyyy[ HH:mm[:ss]]`), numbers keep
 * their digits. Only the first sheet is read.
 */
import { stat } from 'node:fs/promises'
import { FileChanged, FileRefused, type RowsPage } from './csv.ts'
import { findHeader, type HeaderRules, resolveHeader, TITLE_ROWS } from './header.ts'
import { type Book, openBook } from './xlsx-book.ts'
import { unescapeText } from './xlsx-strings.ts'
import { parseXml } from './xml-stream.ts'

export interface XlsxOptions extends HeaderRules {
  /** greatest size in bytes, packed and unpacked */
  largest: number
}
export type XlsxPage = RowsPage<{ row: number }> & { remarks: string[] }
const PER_PAGE = 1_000
const COLUMNS_AT_MOST = 16_384

/** Pages from row `start` on (from 0, counted in the sheet; null: the row below the header). Throws `FileRefused`. */
export async function* readXlsx(
  path: string,
  start: { row: number } | null,
  options: XlsxOptions,
): AsyncGenerator<XlsxPage> {
  const before = await stat(path)
  if (before.size > options.largest)
    throw new FileRefused(`it has ${before.size} bytes, more than the limit of ${options.largest}`)
  const book = await openBook(path, options.largest)
  try {
    const [sheet, ...more] = book.sheets
    if (!sheet) throw new FileRefused('its first sheet is empty')
    yield* pagesOf(readRows(book, sheet.part), start, options, start === null ? await othersThan(book, more) : [])
    const after = await stat(path)
    if (after.size !== before.size || after.mtimeMs !== before.mtimeMs) throw new FileChanged()
  } finally {
    book.close()
  }
}

async function othersThan(book: Book, more: Book['sheets']): Promise<string[]> {
  let filled = 0
  for (const { part } of more) {
    for await (const rows of readRows(book, part)) {
      if (!rows.some(({ cells, far }) => [...cells, ...far.map(({ text }) => text)].some((cell) => cell !== '')))
        continue
      filled++
      break
    }
  }
  return filled === 0 ? [] : [`only the first of ${filled + 1} sheets is read`]
}

interface Row {
  /** from 0 */
  row: number
  cells: string[]
  /** cells far behind those: a row of one cell in column XFD is not one of 16,384 */
  far: { column: number; text: string }[]
}
const GAP_AT_MOST = 256

async function* pagesOf(
  batches: AsyncIterable<Row[]>,
  start: { row: number } | null,
  options: XlsxOptions,
  remarks: string[],
): AsyncGenerator<XlsxPage> {
  const titles: Row[] = []
  let header: readonly string[] | null = null
  let page: XlsxPage | null = null
  let wider = 0
  for await (const batch of batches) {
    for (const one of batch) {
      if (!header) {
        bringNear(one, COLUMNS_AT_MOST)
        titles.push(one)
        header = headerIn(one, titles, options)
        continue
      }
      if (start && one.row < start.row) continue
      page ??= { header, rows: [], undecodable: [], next: { row: one.row }, remarks: remarks.splice(0) }
      const beyond = bringNear(one, header.length)
      if (squared(one.cells, header.length) || beyond) wider++
      if (one.cells.some((cell) => cell !== '')) page.rows.push(one.cells)
      page.next = { row: one.row + 1 }
      if (page.rows.length < PER_PAGE) continue
      yield page
      page = null
    }
  }
  if (!header) throw titles.length === 0 ? new FileRefused('its first sheet is empty') : lacking(titles, options)
  if (wider > 0) remarks.push(`${wider} rows have cells beyond the header's last column; they are not read`)
  if (!page && remarks.length > 0) page = { header, rows: [], undecodable: [], next: start ?? { row: 0 }, remarks: [] }
  if (page) yield { ...page, remarks: [...page.remarks, ...remarks] }
}

function headerIn({ row, cells }: Row, titles: readonly Row[], options: XlsxOptions): string[] | null {
  const end = cells.findLastIndex((cell) => cell.trim() !== '') + 1
  const found = resolveHeader(cells.slice(0, end), options)
  if ('header' in found) return found.header
  if (row + 1 >= TITLE_ROWS || titles.length >= TITLE_ROWS) throw lacking(titles, options)
  return null
}

function lacking(titles: readonly Row[], options: XlsxOptions): FileRefused {
  const found = findHeader(
    titles.map(({ cells }) => cells),
    options,
  )
  return new FileRefused(`no header row has the columns ${'lacks' in found ? found.lacks.join(', ') : ''}`)
}

/** Puts far cells of the first `width` columns at their places. Returns whether something stood beyond. */
function bringNear({ cells, far }: Row, width: number): boolean {
  let beyond = false
  for (const { column, text } of far.splice(0)) {
    if (column < width) put(cells, column, text)
    else if (text.trim() !== '') beyond = true
  }
  return beyond
}

function put(cells: string[], column: number, text: string): void {
  while (cells.length < column) cells.push('')
  cells[column] = text
}

/** Cells have an address, so a missing or surplus one shifts nothing. Returns whether something stood beyond the header. */
function squared(cells: string[], width: number): boolean {
  const wider = cells.length > width && cells.slice(width).some((cell) => cell.trim() !== '')
  if (cells.length > width) cells.length = width
  while (cells.length < width) cells.push('')
  return wider
}

/** The rows that have cells, in batches as they come. */
async function* readRows(book: Book, part: string): AsyncGenerator<Row[]> {
  let ready: Row[] = []
  let cells: string[] = []
  let far: Row['far'] = []
  let [row, column, length] = [-1, -1, 0]
  let [type, style, value, reading, phonetic] = ['n', 0, '', false, 0]
  const handlers = {
    open(name: string, attributes: Readonly<Record<string, string>>) {
      if (name === 'c') {
        column = attributes.r === undefined ? column + 1 : columnOf(attributes.r)
        if (!(column >= 0 && column < COLUMNS_AT_MOST)) throw new FileRefused('a cell has an address of no sheet')
        type = attributes.t ?? 'n'
        style = Number(attributes.s ?? 0)
        value = ''
      } else if (name === 'v') reading = true
      else if (name === 't') reading = type === 'inlineStr' && phonetic === 0
      else if (name === 'rPh') phonetic++
      else if (name === 'row') {
        const next = attributes.r === undefined ? row + 1 : Number(attributes.r) - 1
        // read on from a row's number, it has to mean the same row again
        if (!(next > row)) throw new FileRefused('its rows are not in order')
        row = next
        column = -1
        length = 0
        cells = []
        far = []
      }
    },
    text(text: string) {
      if (reading) value += text
    },
    close(name: string) {
      if (name === 'v' || name === 't') reading = false
      else if (name === 'rPh') phonetic--
      else if (name === 'c') {
        if (value === '') return
        const text = cellText(book, type, style, value)
        length += text.length
        if (length > 4 << 20) throw new FileRefused(`row ${row + 1} has more than 4 MiB`)
        if (column > cells.length + GAP_AT_MOST) far.push({ column, text })
        else put(cells, column, text)
      } else if (name === 'row' && cells.length + far.length > 0) ready.push({ row, cells, far })
    },
  }
  for await (const _ of parseXml(book.part(part), handlers)) {
    if (ready.length === 0) continue
    yield ready
    ready = []
  }
}

function cellText(book: Book, type: string, style: number, value: string): string {
  if (type === 's') return book.strings.at(Number(value))
  if (type === 'n') return book.isDate[style] ? dateText(value, book.epoch) : value
  if (type === 'b') return value === '1' ? 'true' : 'false'
  if (type === 'd') return isoText(value)
  // of a formula, written in the cell, or an error such as #N/A: a converter refuses that one
  return unescapeText(value)
}

/** `BC12` → 54 */
function columnOf(address: string): number {
  let column = 0
  for (let i = 0; i < address.length; i++) {
    const letter = address.charCodeAt(i) - 64
    if (letter < 1 || letter > 26) break
    column = column * 26 + letter
  }
  return column - 1
}

const LAST_DAY = 2_958_466
/** A sheet's dates have no zone. */
function dateText(digits: string, epoch: number): string {
  const serial = Number(digits) + epoch
  if (!(serial >= 0 && serial < LAST_DAY)) return digits
  // a spreadsheet of 1900 believes in its 29 February, which is day 60
  const days = serial < 60 && epoch === 0 ? serial + 1 : serial
  const seconds = Math.round(days * 86_400)
  const clock = clockOf(seconds % 86_400)
  if (serial < 1) return clock
  const day = dayText(Math.floor(seconds / 86_400))
  return clock === '00:00' ? day : `${day} ${clock}`
}
const isoText = (value: string): string => {
  const [day = '', time = ''] = value.split('T')
  const [year, month, date] = day.split('-')
  if (date === undefined) return value
  const clock = time.replace(/[.Z+-].*$/, '').replace(/^(\d\d:\d\d):00$/, '$1')
  return clock === '' || clock === '00:00' ? `${date}/${month}/${year}` : `${date}/${month}/${year} ${clock}`
}

const two = (n: number): string => (n < 10 ? `0${n}` : String(n))
function clockOf(second: number): string {
  const minutes = `${two(Math.floor(second / 3600))}:${two(Math.floor(second / 60) % 60)}`
  return second % 60 === 0 ? minutes : `${minutes}:${two(second % 60)}`
}

/** A sheet has few different days and many cells with them. */
const dayTexts = new Map<number, string>()
const DAYS_KEPT = 4_096
function dayText(serial: number): string {
  const known = dayTexts.get(serial)
  if (known !== undefined) return known
  const iso = new Date((serial - 25_569) * 86_400_000).toISOString()
  const text = `${iso.slice(8, 10)}/${iso.slice(5, 7)}/${iso.slice(0, 4)}`
  if (dayTexts.size >= DAYS_KEPT) dayTexts.clear()
  dayTexts.set(serial, text)
  return text
}
