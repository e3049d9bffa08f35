/**
 * XLSX workbooks by read-excel-file: merged title rows above the header are passed over, formula cells give the value that the
 * spreadsheet last computed, dates become the text that the same column has in a CSV (`dd/MM/yyyy[ HH:mm[:ss]]`), numbers keep their digits.
 * A workbook is read and unpacked whole, so both sizes are looked at first: beyond the limit it must come as CSV, which streams.
 */
import { open } from 'node:fs/promises'
import readWorkbook from 'read-excel-file/node'
import { FileRefused, type RowsPage } from './csv.ts'
import { findHeader, type HeaderRules } from './header.ts'

export interface XlsxOptions extends HeaderRules {
  /** greatest size in bytes, packed and unpacked */
  largest: number
}
const PER_PAGE = 1_000

/** Pages from row `start` on (from 0, counted in the sheet; null: the row below the header). Throws `FileRefused` before any row. */
export async function* readXlsx(
  path: string,
  start: { row: number } | null,
  options: XlsxOptions,
): AsyncGenerator<RowsPage<{ row: number }> & { others: string[] }> {
  const bytes = await readWhole(path, options.largest)
  const size = unpackedSize(bytes)
  if (size === null) throw new FileRefused('it is not a whole XLSX workbook')
  if (size > options.largest) {
    throw new FileRefused(`unpacked it has ${size} bytes, more than the limit of ${options.largest}; export it as CSV`)
  }
  const [sheet, ...more] = await readWorkbook(bytes, { parseNumber: (digits) => digits, trim: false }).catch(
    (cause) => {
      throw new FileRefused('it is not a whole XLSX workbook', { cause })
    },
  )
  if (!sheet || sheet.data.length === 0) throw new FileRefused('its first sheet is empty')
  const found = findHeader(sheet.data, options)
  if ('lacks' in found) throw new FileRefused(`no header row has the columns ${found.lacks.join(', ')}`)
  const others = more.filter((other) => other.data.length > 0).map((other) => other.sheet)
  for (let row = start?.row ?? found.row + 1; row < sheet.data.length; row += PER_PAGE) {
    const page = sheet.data.slice(row, row + PER_PAGE)
    yield { ...rowsOf(page, row, found.header), next: { row: row + page.length }, others }
  }
}

/** The size is looked at on the open file and no more than that is read: a file that grows meanwhile is no whole workbook. */
async function readWhole(path: string, largest: number): Promise<Buffer> {
  const file = await open(path, 'r')
  try {
    const { size } = await file.stat()
    if (size > largest)
      throw new FileRefused(`it has ${size} bytes, more than the limit of ${largest}; export it as CSV`)
    const bytes = Buffer.alloc(size)
    for (let at = 0; at < size; ) {
      const { bytesRead } = await file.read(bytes, at, size - at, at)
      if (bytesRead === 0) throw new FileRefused('it changed while it was read')
      at += bytesRead
    }
    return bytes
  } finally {
    await file.close()
  }
}

function rowsOf(data: readonly (readonly unknown[])[], first: number, header: readonly string[]) {
  const page: Pick<RowsPage<never>, 'header' | 'rows' | 'undecodable'> = { header, rows: [], undecodable: [] }
  for (const [i, cells] of data.entries()) {
    const texts = cells.map(cellText)
    while (texts.length > header.length && texts.at(-1) === '') texts.pop()
    if (texts.every((text) => text === '')) continue
    while (texts.length < header.length) texts.push('')
    if (texts.length === header.length) page.rows.push(texts)
    else page.undecodable.push({ line: first + i + 1, rule: 'column-count', bytes: Buffer.from(texts.join('\t')) })
  }
  return page
}

function cellText(cell: unknown): string {
  if (cell === null || cell === undefined) return ''
  if (!(cell instanceof Date)) return String(cell)
  // a sheet's dates have no zone: the reader gives them as if they were UTC
  const iso = new Date(Math.round(cell.getTime() / 1000) * 1000).toISOString()
  const [year, month, day, time] = [iso.slice(0, 4), iso.slice(5, 7), iso.slice(8, 10), iso.slice(11, 19)]
  const clock = time.endsWith(':00') ? time.slice(0, 5) : time
  return clock === '00:00' ? `${day}/${month}/${year}` : `${day}/${month}/${year} ${clock}`
}

const END_OF_DIRECTORY = 0x06054b50
const DIRECTORY_ENTRY = 0x02014b50
/** Sum of the unpacked sizes in a zip's directory; null where the directory is missing, as in a file that was cut. */
function unpackedSize(zip: Buffer): number | null {
  const least = Math.max(0, zip.length - 65_557)
  let end = zip.length - 22
  while (end >= least && zip.readUInt32LE(end) !== END_OF_DIRECTORY) end--
  if (end < least) return null
  const entries = zip.readUInt16LE(end + 10)
  let at = zip.readUInt32LE(end + 16)
  let size = 0
  for (let i = 0; i < entries; i++) {
    if (at + 46 > zip.length || zip.readUInt32LE(at) !== DIRECTORY_ENTRY) return null
    size += zip.readUInt32LE(at + 24)
    at += 46 + zip.readUInt16LE(at + 28) + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32)
  }
  return size
}
