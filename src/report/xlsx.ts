/**
 * A report as a workbook: a sheet per table, numbers as numbers, headings and names that stay; printed landscape, one page wide, with the
 * headings on every page and the page's number below.
 */
import type { Blob } from 'node:buffer'
import type Stream from 'node:stream'
import writeExcelFile, { type Feature, type SheetData } from 'write-excel-file/node'
import type { Cell, Column, Report, Row, Table } from './report.ts'

const FORMAT: Readonly<Record<Column['kind'], string | undefined>> = {
  text: undefined,
  count: '#,##0',
  ratio: '0.00%',
  points: '0.00',
}
const BORDER = { borderStyle: 'thin', borderColor: '#999999' } as const
const HEAD = { ...BORDER, fontWeight: 'bold', align: 'center', alignVertical: 'center', wrap: true } as const
const ROLE = {
  total: { fontWeight: 'bold', backgroundColor: '#dce6f1' },
  subtotal: { fontWeight: 'bold', backgroundColor: '#f2f2f2' },
  agency: {},
} as const

/** Writes the workbook to `file`; `heading`: lines above each table. */
export async function writeWorkbook(report: Report, heading: readonly string[], file: string): Promise<void> {
  const headed = (table: Table) => heading.length + 2 + headRows(table) + 1
  const sheets = report.tables.map((table) => ({
    sheet: table.name.slice(0, 31),
    data: sheetOf(table, heading),
    columns: table.columns.map(({ width }) => ({ width })),
    orientation: 'landscape' as const,
    stickyRowsCount: headed(table),
    stickyColumnsCount: table.columns.slice(0, 2).filter(({ kind }) => kind === 'text').length,
  }))
  const titles = report.tables.map((table) => ({
    name: table.name.slice(0, 31),
    first: headed(table) - headRows(table),
    last: headed(table),
  }))
  const features = [onePageWide, titlesOnEveryPage(titles)]
  await writeExcelFile(sheets, { fontFamily: 'Times New Roman', fontSize: 11, features }).toFile(file)
}

const headRows = (table: Table) => (table.columns.some(({ group }) => group !== undefined) ? 2 : 1)

function sheetOf(table: Table, heading: readonly string[]): SheetData {
  const wide = table.columns.length
  const line = (value: string, style: object = {}) => [
    { value, columnSpan: wide, ...style },
    ...Array.from({ length: wide - 1 }, () => null),
  ]
  return [
    ...heading.map((text) => line(text)),
    line(table.title, { fontWeight: 'bold', fontSize: 14, align: 'center' }),
    line(''),
    ...headings(table.columns),
    table.columns.map((_, i) => ({
      value: `(${i + 1})`,
      ...HEAD,
      fontWeight: undefined,
      fontStyle: 'italic' as const,
    })),
    ...table.rows.map((row) => rowOf(table.columns, row)),
    line(''),
    ...table.notes.map((note) => line(note, { fontStyle: 'italic' })),
  ] as SheetData
}

/** One line of headings, or two where columns share one. */
function headings(columns: readonly Column[]) {
  if (!columns.some(({ group }) => group !== undefined))
    return [columns.map(({ title }) => ({ value: title, ...HEAD }))]
  const above = columns.map((column, i) => {
    if (column.group === undefined) return { value: column.title, rowSpan: 2, ...HEAD }
    if (columns[i - 1]?.group === column.group) return null
    const next = columns.findIndex((other, j) => j > i && other.group !== column.group)
    return { value: column.group, columnSpan: (next < 0 ? columns.length : next) - i, ...HEAD }
  })
  const below = columns.map((column) => (column.group === undefined ? null : { value: column.title, ...HEAD }))
  return [above, below]
}

function rowOf(columns: readonly Column[], { role, cells }: Row) {
  return columns.map((column, i) => {
    const style = { ...BORDER, ...ROLE[role], alignVertical: 'top', wrap: column.kind === 'text' } as const
    return cellOf(cells[i] ?? null, column, style)
  })
}

function cellOf(cell: Cell, { kind }: Column, style: object) {
  if (cell === null) return { value: '', ...style }
  const format = FORMAT[kind]
  return typeof cell === 'number' && format !== undefined
    ? { value: cell, type: Number, format, align: 'right', ...style }
    : { value: String(cell), type: String, ...(format === undefined ? {} : { align: 'right' }), ...style }
}

/** The library knows landscape but no scaling; 21 columns do not fit a page without it. */
const onePageWide: Feature<Stream | Buffer | Blob> = {
  files: {
    transform: {
      'xl/worksheets/sheet{id}.xml': {
        transform: (xml: string) =>
          xml
            .replace(/<sheetPr\b[^>]*\/>|<sheetPr\b[^>]*>.*?<\/sheetPr>/s, '')
            .replace(/(<worksheet\b[^>]*>)/, '$1<sheetPr><pageSetUpPr fitToPage="1"/></sheetPr>')
            .replace(
              /<pageSetup\b[^>]*\/>/,
              '<pageSetup paperSize="9" orientation="landscape" fitToWidth="1" fitToHeight="0"/><headerFooter><oddFooter>&amp;C&amp;A&amp;R&amp;P/&amp;N</oddFooter></headerFooter>',
            ),
      },
    },
  },
}

/** Rows, counted from 1, that each sheet repeats. */
const titlesOnEveryPage = (
  sheets: readonly { name: string; first: number; last: number }[],
): Feature<Stream | Buffer | Blob> => ({
  files: {
    transform: {
      'xl/workbook.xml': {
        transform: (xml: string) =>
          xml.replace('<definedNames/>', () => `<definedNames>${sheets.map(titleRows).join('')}</definedNames>`),
      },
    },
  },
})
const titleRows = ({ name, first, last }: { name: string; first: number; last: number }, i: number): string =>
  `<definedName name="_xlnm.Print_Titles" localSheetId="${i}">'${escaped(name.replaceAll("'", "''"))}'!$${first}:$${last}</definedName>`
const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
