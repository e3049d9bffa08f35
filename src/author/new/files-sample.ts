/** A CSV file or workbook that an agency drops → the columns, how it is written, and how its successors are likely named. */
import { basename, dirname, extname, isAbsolute, relative } from 'node:path'
import { parse } from 'csv-parse/sync'
import { FileRefused } from '../../connect/csv.ts'
import { detectTable } from '../../connect/detect.ts'
import { resolveHeader } from '../../connect/header.ts'
import { fileNamesPerson, looksLikePerson } from '../../connect/persons.ts'
import { decodeText } from '../../connect/text.ts'
import type { Field, Found, StreamDraft, Todo } from './draft.ts'
import { quote } from './plain.ts'
import { PROFILED_RECORDS, profile } from './profile.ts'
import * as question from './questions.ts'
import { readSample, unusable } from './sample-error.ts'

const LOOKED_AT = 1 << 20
const LARGEST_WORKBOOK = 64 << 20
const TITLE_ROWS = 20

interface Table {
  header: readonly string[]
  rows: readonly (readonly string[])[]
  /** code of the format, as a pattern has it */
  format: string
  todos: Todo[]
}

export async function fromFile(path: string, home: string): Promise<Found> {
  const kind = extname(path).toLowerCase()
  const table = kind === '.xlsx' ? await readBook(path) : await readTable(path, kind === '.tsv')
  const records = table.rows.map((row) => Object.fromEntries(table.header.map((name, i) => [name, row[i] ?? ''])))
  const fields = profile(records)
  const pattern = patternOf(basename(path))
  const folder = folderOf(path, home)
  return {
    kind: 'files',
    fields: [...fields, PERIOD],
    records: records.length,
    settings: [
      {
        name: 'folder',
        code: "setting.path('folder into which the files are dropped')",
        value: folder,
        doc: 'folder into which the files are dropped',
      },
    ],
    todos: [...table.todos, ...pattern.todos, question.dropKind()],
    sees: 'changes',
    read: (stream) => readCode(stream, pattern.code, table.format),
    asks: `files such as \`${pattern.shown}\`, in the order of the period in their names`,
    needs: 'the folder, readable',
  }
}

/** The column that `files` adds; see PERIOD_FIELD. */
const PERIOD: Field = {
  name: '$period',
  types: new Set(['string']),
  values: [],
  optional: false,
  longest: 40,
  personal: null,
  fields: null,
  says: 'date-time',
}

function readCode({ key, map }: StreamDraft, match: string, format: string): string {
  const columns = [...new Set([...key, ...map.flatMap(({ from }) => from)])].filter((name) => name !== PERIOD.name)
  const listed = columns.map(quote).join(', ')
  return `files<ConfigOf<typeof settings>>({
  from: ({ folder }) => folder,
  patterns: [
    // TODO files
    { match: ${match}, drop: 'full', ${format} },
  ],
  columns: [${listed.length > 90 ? `\n    ${columns.map(quote).join(',\n    ')},\n  ` : listed}],
})`
}

function folderOf(path: string, home: string): string {
  const folder = relative(home, dirname(path))
  return folder.startsWith('..') || isAbsolute(folder) ? 'drop' : folder.replaceAll('\\', '/') || '.'
}

/**
 * The period in a name is recognised, else the time of the last change counts; other numbers may differ from file to file. A name with a person
 * in it is not repeated.
 */
function patternOf(name: string): { code: string; shown: string; todos: Todo[] } {
  const kind = extname(name).slice(1).toLowerCase()
  const period = /20\d{2}-?(?:0[1-9]|1[0-2])(?:-?(?:0[1-9]|[12]\d|3[01]))?(?!\d)/.exec(name)
  // numbers of a month, a district: only a run as long as a person's counts
  const anonymous = fileNamesPerson(name.replace(/(?<!\d)\d{1,8}(?!\d)/g, ''))
  if (!period || anonymous) {
    const stem = anonymous ? '.*' : literally(name.slice(0, -kind.length - 1)).replace(/\d+/g, '\\d+')
    const shown = anonymous ? `*.${kind}` : name
    return { code: `/^${stem}\\.${kind}$/i, period: 'changed'`, shown, todos: [question.filePattern(shown)] }
  }
  const digits = literally(period[0]).replace(/\d+/g, (run) => `\\d{${run.length}}`)
  const before = literally(name.slice(0, period.index)).replace(/\d+/g, '\\d+')
  const after = literally(name.slice(period.index + period[0].length, -kind.length - 1)).replace(/\d+/g, '\\d+')
  return { code: `/^${before}(?<period>${digits})${after}\\.${kind}$/i`, shown: name, todos: [] }
}
const literally = (text: string) => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')

async function readTable(path: string, tabs: boolean): Promise<Table> {
  const bytes = await readSample(path, LOOKED_AT, false)
  // what was cut off at the end is no whole line
  const end = bytes.length < LOOKED_AT ? bytes.length : bytes.lastIndexOf(10) + 1
  const whole = bytes.subarray(0, end)
  if (whole.length === 0) throw unusable(path, 'it is empty')
  if (whole.includes(0))
    throw unusable(path, 'it holds NUL bytes: a workbook, or text in UTF-16; save it as CSV UTF-8 or .xlsx')
  const utf8 = decodeText(whole, 'utf-8')
  const text = utf8 ?? Buffer.from(whole).toString('latin1')
  const delimiter = tabs ? '\t' : delimiterOf(text)
  const raw = parseRows(path, text.replace(/^\uFEFF/, ''), delimiter)
  const detected = utf8 === undefined ? detect(raw) : null
  const rows = detected ? detected.rows : raw
  const at = headerRow(rows)
  if (at === null) throw unusable(path, 'no header row was found: a row of names above rows of as many values')
  const encoding = detected?.encoding ?? 'utf-8'
  const format = tabs
    ? `format: 'tsv', encoding: ${quote(encoding)}`
    : `format: 'csv', encoding: ${quote(encoding)}, delimiter: ${quote(delimiter)}`
  const todos = detected ? [question.encodingDoubt(encoding)] : []
  return { ...headed(rows, at), format, todos }
}

function headed(rows: readonly (readonly string[])[], at: number): Pick<Table, 'header' | 'rows'> {
  const found = resolveHeader(rows[at] ?? [], { columns: [], aliases: {} })
  const header = 'header' in found ? found.header : []
  return {
    header,
    rows: rows.slice(at + 1, at + 1 + PROFILED_RECORDS).filter((row) => row.some((cell) => cell.trim() !== '')),
  }
}

const DELIMITERS = [';', ',', '\t', '|'] as const
/** The sign that stands most often and as often in each of the first lines, outside of quotes. */
function delimiterOf(text: string): string {
  const lines = text.split('\n', 40).map((line) => line.replace(/"[^"]*"/g, ''))
  const score = (sign: string) => {
    const counts = lines.map((line) => line.split(sign).length - 1).filter((count) => count > 0)
    const usual = counts.toSorted((a, b) => a - b)[counts.length >> 1] ?? 0
    return counts.filter((count) => count === usual).length * Math.min(usual, 30)
  }
  return DELIMITERS.reduce((best: string, sign) => (score(sign) > score(best) ? sign : best), ';')
}

function parseRows(path: string, text: string, delimiter: string): string[][] {
  try {
    return parse(text, {
      delimiter,
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: false,
      to: PROFILED_RECORDS + TITLE_ROWS,
    })
  } catch (cause) {
    throw unusable(path, `its quoting is wrong, read with the delimiter ${JSON.stringify(delimiter)}`, cause)
  }
}

function detect(raw: readonly (readonly string[])[]): { rows: string[][]; encoding: string } {
  const table = detectTable(raw)
  const rows = raw.map((row) => row.map((cell, column) => table.likely(cell, column)))
  const readings = new Set(table.columns.filter(({ reading }) => reading !== null).map(({ reading }) => reading))
  const certain = table.columns.every((column) => column.reading === null || column.certain)
  const [only] = readings
  const plain = readings.size === 1 && certain && typeof only === 'string' && !only.includes('+')
  return { rows, encoding: plain && only ? only : 'detect' }
}

/** Titles stand in one or two cells, a header names most columns, and its cells are no values. */
function headerRow(rows: readonly (readonly string[])[]): number | null {
  const filled = (row: readonly string[]) => row.filter((cell) => cell.trim() !== '').length
  const widest = Math.max(0, ...rows.slice(0, 60).map(filled))
  const at = rows.slice(0, TITLE_ROWS).findIndex((row) => filled(row) >= Math.max(2, widest * 0.6) && isHeader(row))
  return at === -1 || widest < 2 ? null : at
}
function isHeader(row: readonly string[]): boolean {
  const named = row.map((cell) => cell.trim()).filter((cell) => cell !== '')
  const values = named.filter(
    (cell) =>
      /^[\d.,/: -]+$/.test(cell) ||
      /\d{6}/.test(cell) ||
      (cell.includes(' ') && looksLikePerson(cell) && /\d/.test(cell)),
  )
  return values.length <= named.length / 5 && new Set(named).size >= named.length * 0.8
}

/** Names of columns by which the header of a workbook is found below its titles. */
const TELLING =
  'STT|Mã hồ sơ|Số hồ sơ|Mã số hồ sơ|MaHoSo|SoHoSo|Mã TTHC|MaTTHC|MATTHC|Mã thủ tục|Mã thủ tục hành chính|Mã số TTHC|Tên TTHC|TenTTHC|Tên thủ tục|Tên thủ tục hành chính|Ngày tiếp nhận|NgayTiepNhan|Ngày nhận|Ngày hẹn trả|Trạng thái|Tình trạng|Đơn vị|Cơ quan|Mã đơn vị|Mã định danh|Mã đánh giá|Mã|Tên|Code|ID|No.|TT'.split(
    '|',
  )

async function readBook(path: string): Promise<Table> {
  await readSample(path, LARGEST_WORKBOOK, true)
  const { readXlsx } = await import('../../connect/xlsx.ts')
  let last: unknown
  for (const columns of [[], ...TELLING.map((name) => [name])]) {
    const options = { columns, aliases: {}, largest: LARGEST_WORKBOOK }
    try {
      for await (const page of readXlsx(path, null, options)) {
        const { header, rows } = page
        const named = header.filter((name) => !/^column \d+$/.test(name))
        // the first row, unless it is a title
        if (
          columns.length === 0 &&
          (named.length < 2 || named.length < header.length * 0.6 || !isHeader(header) || rows.length === 0)
        )
          break
        const remarks = (page as { remarks?: readonly string[] }).remarks ?? []
        const sheets = remarks.some((remark) => remark.includes('sheets'))
        return { header, rows, format: `format: 'xlsx'`, todos: sheets ? [question.otherSheets()] : [] }
      }
    } catch (error) {
      if (!(error instanceof FileRefused)) throw error
      last = error
      if (!/no header row/.test(error.message)) break
    }
  }
  throw unusable(
    path,
    last instanceof FileRefused && !/no header row/.test(last.message)
      ? last.message
      : 'no header row was recognised; delete what stands above it',
    last,
  )
}
