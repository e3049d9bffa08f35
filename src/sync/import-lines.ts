/**
 * Rows of a list of agencies as lines that say one thing each: such a unit is there from a day on, such a one ends on a day with these
 * successors. Lists differ in form (units with their district and province beside them, old units with the new ones); lines do not.
 */
import { PipelineError } from '../errors.ts'
import type { AgencyKind } from '../indicators/catalogue/indicator.ts'
import type { ImportRow, ImportTable } from './import-file.ts'

/** What one row says of one unit. Dates are days, YYYY-MM-DD. */
export interface AgencyLine {
  row: number
  code: string
  name?: string
  kind?: AgencyKind
  /** code, or key */
  parent?: string
  identifier?: string
  /** the day on which it begins, where the row says so */
  from?: string
  /** exclusive; what it was until then has these successors */
  to?: string
  successors?: string[]
}

/** Throws REFERENCE_INVALID. */
export const invalidCell = (file: string, row: number, column: string, problem: string): PipelineError =>
  new PipelineError('REFERENCE_INVALID', { file, row, column, problem })

const CODE = /^[0-9A-Z.]{2,35}(@\d{4}-\d{2}-\d{2})?$/
const KINDS: readonly [RegExp, AgencyKind][] = [
  [/^(province|tỉnh|tinh|thành phố trực thuộc)/i, 'province'],
  [/^(commune|xã|xa|phường|phuong|thị trấn|thi[_ ]tran|đặc khu)/i, 'commune'],
  [/^(district|huyện|huyen|quận|quan|thị xã|thi[_ ]xa|thành phố|thanh[_ ]pho)/i, 'district'],
  [/^(vertical|ngành dọc|công an|cục |bhxh|bảo hiểm)/i, 'vertical'],
  [/^(department|sở|so$|ban |thanh tra|văn phòng)/i, 'department'],
]
const kindOf = (text: string | undefined): AgencyKind | undefined =>
  text === undefined ? undefined : KINDS.find(([shape]) => shape.test(text))?.[1]

/** `from`: the day from which the list holds. */
export function agencyLines({ file, isMap, rows }: ImportTable, from: string): AgencyLine[] {
  const lines = new Map<string, AgencyLine>()
  /** The first row that says it counts; a second must not say something else. */
  const add = (line: AgencyLine, column: string) => {
    const key = `${line.code} ${line.to === undefined ? 'begins' : 'ends'} ${line.to ?? line.from ?? ''}`
    const known = lines.get(key)
    if (!known) lines.set(key, line)
    else if (line.name !== undefined && known.name !== undefined && line.name !== known.name)
      throw invalidCell(
        file,
        line.row,
        column,
        `${line.code} is "${known.name}" in row ${known.row} and "${line.name}" here`,
      )
    else known.successors = [...new Set([...(known.successors ?? []), ...(line.successors ?? [])])]
  }
  for (const one of rows) (isMap ? mapped : listed)(file, one, from, add)
  return [...lines.values()]
}

type Add = (line: AgencyLine, column: string) => void

function listed(file: string, one: ImportRow, from: string, add: Add): void {
  const { row, cells } = one
  const code = codeIn(file, one, 'code')
  if (code === undefined) throw invalidCell(file, row, 'code', 'is empty')
  const parent = codeIn(file, one, 'parent')
  const province = codeIn(file, one, 'province')
  if (province !== undefined && cells['province name'] !== undefined)
    add({ row, code: province, name: cells['province name'], kind: 'province' }, 'province name')
  if (parent !== undefined && cells['parent name'] !== undefined)
    add(
      { row, code: parent, name: cells['parent name'], kind: 'district', ...given('parent', province) },
      'parent name',
    )
  const kind = kindOf(cells.kind) ?? (cells.kind === undefined ? kindOf(cells.name) : undefined)
  if (cells.kind !== undefined && kind === undefined)
    throw invalidCell(file, row, 'kind', `"${cells.kind}" is none of province, department, vertical, district, commune`)
  const successors = listIn(file, one, 'successors')
  const ends = dayIn(file, one, 'to') ?? (successors || isYes(cells.ended) ? from : undefined)
  add(
    {
      row,
      code,
      ...given('name', cells.name),
      ...given('kind', kind),
      ...given('parent', parent ?? province),
      ...given('identifier', cells.identifier),
      ...given('from', dayIn(file, one, 'from')),
      ...given('to', ends),
      ...given('successors', ends === undefined ? undefined : (successors ?? [])),
    },
    'name',
  )
}

/** The old unit, its district and the new unit stand in one row; a divided unit has several. */
function mapped(file: string, one: ImportRow, from: string, add: Add): void {
  const { row, cells } = one
  const old = codeIn(file, one, 'old code')
  const next = codeIn(file, one, 'new code')
  if (old === undefined) throw invalidCell(file, row, 'old code', 'is empty')
  if (next === undefined) throw invalidCell(file, row, 'new code', 'is empty')
  const province = codeIn(file, one, 'old province')
  const district = codeIn(file, one, 'old parent')
  if (district !== undefined && cells['old parent name'] !== undefined)
    add(
      {
        row,
        code: district,
        name: cells['old parent name'],
        kind: 'district',
        ...given('parent', province),
        to: from,
        successors: [],
      },
      'old parent name',
    )
  add(
    {
      row,
      code: old,
      kind: kindOf(cells['old name']) ?? 'commune',
      ...given('name', cells['old name']),
      ...given('parent', district ?? province),
      to: from,
      successors: [next],
    },
    'old name',
  )
  add(
    {
      row,
      code: next,
      kind: kindOf(cells['new name']) ?? 'commune',
      ...given('name', cells['new name']),
      ...given('parent', codeIn(file, one, 'new parent')),
    },
    'new name',
  )
}

const given = <K extends string, V>(key: K, value: V | undefined): { [key in K]?: V } =>
  value === undefined ? {} : ({ [key]: value } as { [key in K]?: V })
const isYes = (text: string | undefined): boolean => /^(x|1|yes|true|có|rồi)$/i.test(text ?? '')

/** Spreadsheets make numbers of codes: "25456.0" is 25456. */
function codeIn(file: string, { row, cells }: ImportRow, column: string): string | undefined {
  const text = cells[column]?.replace(/\.0$/, '').toUpperCase()
  if (text !== undefined && !CODE.test(text))
    throw invalidCell(file, row, column, `"${text.slice(0, 60)}" is no code of an agency`)
  return text
}

function listIn(file: string, one: ImportRow, column: string): string[] | undefined {
  const texts = one.cells[column]
    ?.split(/[;,|+]/)
    .map((text) => text.trim())
    .filter((text) => text !== '')
  return texts?.map((text) => codeIn(file, { row: one.row, cells: { [column]: text } }, column) ?? '')
}

export function dayIn(file: string, { row, cells }: ImportRow, column: string): string | undefined {
  const text = cells[column]
  if (text === undefined) return undefined
  const [, d = '', m = '', y = ''] = /^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})/.exec(text) ?? []
  const day = y === '' ? text.slice(0, 10) : `${y}-${m.padStart(2, '0')}-${d.padStart(2, '0')}`
  try {
    return Temporal.PlainDate.from(day, { overflow: 'reject' }).toString()
  } catch {
    throw invalidCell(file, row, column, `"${text.slice(0, 60)}" is no day (YYYY-MM-DD or dd/MM/yyyy)`)
  }
}
