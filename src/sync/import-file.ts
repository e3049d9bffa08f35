/** A file of reference data as somebody hands it over (CSV, XLSX or JSON), read into rows whose columns have our names. */
import { openSync, readFileSync, readSync } from 'node:fs'
import { basename } from 'node:path'
import { FileRefused, readCsv } from '../connect/csv.ts'
import { PipelineError } from '../errors.ts'

export const IMPORT_KINDS = ['agencies', 'calendar', 'aliases'] as const
export type ImportKind = (typeof IMPORT_KINDS)[number]
export interface ImportRow {
  /** as a spreadsheet counts it, from 1; of JSON the place in its list */
  row: number
  /** by our column names, see FORMS; trimmed, NFC, never empty */
  cells: Readonly<Record<string, string>>
}
export interface ImportTable {
  file: string
  kind: ImportKind
  /** old units and what became of them, instead of units as they are from a day on */
  isMap: boolean
  rows: ImportRow[]
}

/** Our name of a column → how lists of agencies head it; compared without case, marks of punctuation and tone position. */
const COLUMNS: Readonly<Record<string, readonly string[]>> = {
  'old code': ['old_ward_code', 'mã cũ', 'mã đơn vị cũ', 'from_code'],
  'old name': ['old_ward', 'tên cũ', 'tên đơn vị cũ'],
  'old parent': ['old_district_code', 'mã huyện cũ'],
  'old parent name': ['old_district', 'huyện cũ'],
  'old province': ['old_province_code', 'mã tỉnh cũ'],
  'new code': ['new_ward_code', 'mã mới', 'mã đơn vị mới', 'to_code'],
  'new name': ['new_ward', 'tên mới', 'tên đơn vị mới'],
  'new parent': ['new_province_code', 'mã tỉnh mới'],
  code: ['ward_code', 'mã', 'mã đơn vị', 'mã cơ quan', 'mã xã'],
  name: ['full_name', 'ward', 'tên', 'tên đơn vị', 'tên cơ quan', 'tên xã'],
  kind: ['type', 'ward_type', 'loại', 'cấp'],
  parent: ['district_code', 'mã cấp trên', 'trực thuộc', 'mã huyện'],
  'parent name': ['district', 'tên cấp trên', 'huyện'],
  province: ['province_code', 'mã tỉnh'],
  'province name': ['province', 'tỉnh'],
  identifier: ['mã định danh'],
  from: ['valid_from', 'validFrom', 'hiệu lực từ', 'từ ngày'],
  to: ['valid_to', 'validTo', 'hiệu lực đến', 'đến ngày'],
  successors: ['successor', 'kế tiếp', 'sáp nhập vào', 'mã kế tiếp'],
  ended: ['giải thể', 'kết thúc'],
  date: ['ngày'],
  basis: ['căn cứ'],
  confidence: ['độ tin cậy'],
  agency: ['cơ quan'],
  within: ['thuộc'],
}
const FORMS: readonly { kind: ImportKind; isMap: boolean; needs: readonly string[] }[] = [
  { kind: 'agencies', isMap: true, needs: ['old code', 'new code'] },
  { kind: 'calendar', isMap: false, needs: ['date', 'kind'] },
  { kind: 'aliases', isMap: false, needs: ['name', 'agency'] },
  { kind: 'agencies', isMap: false, needs: ['code'] },
]
const ALIASES = Object.fromEntries(
  Object.entries(COLUMNS).flatMap(([name, spellings]) => spellings.map((spelling) => [spelling, name])),
)
const LARGEST = 64 * 1024 * 1024

/** `kind`: where it is not to be told from the columns. Throws REFERENCE_UNREADABLE. */
export async function readImport(path: string, kind?: ImportKind): Promise<ImportTable> {
  const file = basename(path)
  const refused = (problem: string, cause?: unknown) =>
    new PipelineError('REFERENCE_UNREADABLE', { file, problem }, { cause })
  try {
    if (/\.json$/i.test(path)) return ofJson(path, file, kind)
    let lacks = ''
    for (const form of FORMS.filter((one) => kind === undefined || one.kind === kind)) {
      try {
        const rows = await readRows(path, form.needs)
        return { file, kind: form.kind, isMap: form.isMap, rows }
      } catch (error) {
        if (!(error instanceof FileRefused) || !/has the columns/.test(error.message)) throw error
        lacks = `${lacks}${lacks === '' ? '' : '; '}${form.kind}: ${form.needs.join(', ')}`
      }
    }
    throw new FileRefused(`no row has the columns of a list (${lacks})`)
  } catch (error) {
    if (error instanceof PipelineError) throw error
    const code = (error as NodeJS.ErrnoException).code
    if (!(error instanceof FileRefused) && !(error instanceof SyntaxError) && code === undefined) throw error
    throw refused(code ?? (error as Error).message, error)
  }
}

async function readRows(path: string, needs: readonly string[]): Promise<ImportRow[]> {
  const rules = { columns: needs, aliases: ALIASES }
  const rows: ImportRow[] = []
  const keep = (header: readonly string[], cells: readonly string[], row: number) => {
    const named = cells.flatMap((cell, i): [string, string][] => {
      const text = cell.normalize('NFC').trim()
      return text === '' ? [] : [[header[i] ?? '', text]]
    })
    if (named.length > 0) rows.push({ row, cells: Object.fromEntries(named) })
  }
  if (/\.xlsx$/i.test(path)) {
    const { readXlsx } = await import('../connect/xlsx.ts')
    for await (const page of readXlsx(path, null, { ...rules, largest: LARGEST }))
      for (const [i, cells] of page.rows.entries()) keep(page.header, cells, page.next.row - page.rows.length + i + 1)
    return rows
  }
  const options = { ...rules, encoding: 'detect', delimiter: delimiterOf(path), longest: 1024 * 1024 } as const
  for await (const page of readCsv(path, null, options)) {
    const [bad] = page.undecodable
    if (bad) throw new FileRefused(`line ${bad.line} is not a row of the table (${bad.rule})`)
    for (const [i, cells] of page.rows.entries()) keep(page.header, cells, page.next.line - page.rows.length + i)
  }
  return rows
}

function delimiterOf(path: string): string {
  const head = Buffer.alloc(4096)
  const read = readSync(openSync(path, 'r'), head, 0, head.length, 0)
  const [line = ''] = head.toString('utf8', 0, read).split('\n')
  const counts = [',', ';', '\t'].map((one): [string, number] => [one, line.split(one).length])
  return counts.reduce((a, b) => (b[1] > a[1] ? b : a))[0]
}

/** `{agencies: […]}`, `{days: […]}`, `{aliases: […]}` as in data/reference, or a list of objects with our column names. */
function ofJson(path: string, file: string, kind?: ImportKind): ImportTable {
  const value = JSON.parse(readFileSync(path, 'utf8').replace(/^\uFEFF/, '')) as Record<string, unknown>
  const named = { agencies: value.agencies, calendar: value.days, aliases: value.aliases }
  const found = Array.isArray(value) ? (kind ?? 'agencies') : IMPORT_KINDS.find((one) => Array.isArray(named[one]))
  if (!found || (kind !== undefined && kind !== found)) throw new FileRefused(`it has no list of ${kind ?? 'agencies'}`)
  const list = (Array.isArray(value) ? value : named[found]) as Record<string, unknown>[]
  const ours = new Map(Object.entries(ALIASES))
  const rows = list.map((item, i) => ({
    row: i + 1,
    cells: Object.fromEntries(
      Object.entries(item).flatMap(([key, cell]): [string, string][] => {
        const text = Array.isArray(cell)
          ? cell.join(';')
          : String(cell ?? '')
              .normalize('NFC')
              .trim()
        return text === '' ? [] : [[ours.get(key) ?? key, text]]
      }),
    ),
  }))
  return { file, kind: found, isMap: false, rows }
}
