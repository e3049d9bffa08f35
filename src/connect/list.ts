/**
 * A department's own list (CSV or XLSX) to be held against figures: the codes of its dossiers, petitions or announced procedures and the days
 * that it writes beside them. Nothing else of a row is kept: such a list names persons.
 */
import { extname } from 'node:path'
import { FileRefused, type RowsPage, readCsv } from './csv.ts'
import { parseIso, parseVietnamese } from './instants.ts'
import { foldName } from './names.ts'

export interface ListRow {
  /** from 1, below the header */
  line: number
  code: string
  /** YYYY-MM-DD */
  dates: Partial<Record<ListDate, string>>
}
export type ListDate = 'received' | 'due' | 'ended' | 'decided' | 'published'
/** what it is a list of */
export type ListOf = 'dossier' | 'publication' | 'petition'
export interface List {
  /** the column of codes as the list writes it */
  column: string
  rows: ListRow[]
  /** rows that name a record again; the first counts */
  doubled: number
}

/** How departments head the column of codes; the first that a file has is taken. */
const CODES: Readonly<Record<ListOf, readonly string[]>> = {
  dossier: [
    'Mã hồ sơ',
    'Số hồ sơ',
    'Mã số hồ sơ',
    'Mã HS',
    'Mã biên nhận',
    'Số biên nhận',
    'Mã hồ sơ quốc gia',
    'MaHoSo',
    'SoHoSo',
    'Code',
  ],
  petition: ['Mã PAKN', 'Mã phản ánh', 'Số PAKN', 'Mã phản ánh kiến nghị', 'Code'],
  publication: ['Mã TTHC', 'Mã thủ tục', 'Mã số TTHC', 'Code'],
}
const RECEIVED = ['Ngày tiếp nhận', 'Ngày nhận', 'Ngày nhận hồ sơ', 'NgayTiepNhan', 'Received']
const DUE = ['Ngày hẹn trả', 'Hạn trả', 'Ngày hẹn', 'Hạn xử lý', 'Hạn giải quyết', 'NgayHenTra', 'Due']
const PUBLISHED = ['Ngày công khai', 'Ngày đăng tải', 'Published']
const DATES: Readonly<Record<ListOf, Partial<Record<ListDate, readonly string[]>>>> = {
  dossier: {
    received: RECEIVED,
    due: DUE,
    ended: [
      'Ngày kết thúc',
      'Ngày trả kết quả',
      'Ngày có kết quả',
      'Ngày trả',
      'Ngày hoàn thành',
      'Ngày giải quyết',
      'NgayKetThuc',
      'Ended',
    ],
  },
  petition: {
    received: RECEIVED,
    due: DUE,
    ended: ['Ngày xử lý', 'Ngày trả lời', 'Ngày giải quyết', 'Ended'],
    published: PUBLISHED,
  },
  publication: { decided: ['Ngày quyết định', 'Ngày ban hành', 'Ngày công bố', 'Decided'], published: PUBLISHED },
}
const DELIMITERS = [',', ';', '\t']
const LONGEST = 1 << 20
/** What a person works with in a spreadsheet. */
const LARGEST = 256 << 20

/** Reads the list at `path`; `column` names its codes where the usual names do not. Throws `FileRefused`. */
export async function readList(
  path: string,
  zone: string,
  column: string | undefined,
  of: ListOf = 'dossier',
): Promise<List> {
  const names = column === undefined ? CODES[of] : [column]
  for (const name of names) {
    for (const open of readersOf(path, name)) {
      try {
        return await collect(open(), name, zone, of)
      } catch (error) {
        // Another name, or another delimiter, may be the one.
        if (!(error instanceof FileRefused) || !/no header row|has the columns/.test(error.message)) throw error
      }
    }
  }
  throw new FileRefused(`it has no column ${names.map((name) => `"${name}"`).join(', ')}`)
}

type Pages = AsyncIterable<Pick<RowsPage<unknown>, 'header' | 'rows' | 'undecodable'>>
type Reader = () => Pages

function readersOf(path: string, name: string): Reader[] {
  const rules = { columns: [name], aliases: {} }
  if (extname(path).toLowerCase() === '.xlsx') return [() => xlsxPages(path, rules)]
  return DELIMITERS.map(
    (delimiter) => () => readCsv(path, null, { ...rules, encoding: 'detect', delimiter, longest: LONGEST }),
  )
}

async function* xlsxPages(path: string, rules: { columns: string[]; aliases: object }): Pages {
  const { readXlsx } = await import('./xlsx.ts')
  yield* readXlsx(path, null, { columns: rules.columns, aliases: {}, largest: LARGEST })
}

async function collect(pages: Pages, column: string, zone: string, of: ListOf): Promise<List> {
  const list: List = { column, rows: [], doubled: 0 }
  const seen = new Set<string>()
  let line = 0
  for await (const { header, rows } of pages) {
    const at = header.findIndex((cell) => foldName(cell) === foldName(column))
    const dates = placesOf(header, DATES[of])
    for (const cells of rows) {
      line++
      const code = (cells[at] ?? '').normalize('NFC').trim()
      if (code === '') continue
      if (seen.has(code.toUpperCase())) {
        list.doubled++
        continue
      }
      seen.add(code.toUpperCase())
      list.rows.push({ line, code, dates: datesIn(cells, dates, zone) })
    }
  }
  return list
}

function placesOf(
  header: readonly string[],
  heads: Partial<Record<ListDate, readonly string[]>>,
): [ListDate, number][] {
  return (Object.keys(heads) as ListDate[]).flatMap((date): [ListDate, number][] => {
    const names = new Set((heads[date] ?? []).map(foldName))
    const at = header.findIndex((cell) => names.has(foldName(cell)))
    return at < 0 ? [] : [[date, at]]
  })
}

function datesIn(cells: readonly string[], places: readonly [ListDate, number][], zone: string): ListRow['dates'] {
  const dates: ListRow['dates'] = {}
  for (const [date, at] of places) {
    const text = (cells[at] ?? '').trim()
    const parsed = parseVietnamese(text, zone) ?? parseIso(text, zone, false)
    if (parsed)
      dates[date] = Temporal.Instant.fromEpochMilliseconds(parsed.at).toZonedDateTimeISO(zone).toPlainDate().toString()
  }
  return dates
}
