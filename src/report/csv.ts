/** A table as CSV for spreadsheets: UTF-8 with a mark of its encoding, points in numbers, CRLF. */
import type { Cell, Table } from './report.ts'

export function csvOf({ columns, rows }: Pick<Table, 'columns' | 'rows'>): string {
  const head = columns.map(({ group, title }) => (group === undefined ? title : `${group}: ${title}`))
  return `\uFEFF${[head, ...rows.map(({ cells }) => cells)].map((line) => line.map(csvCell).join(',')).join('\r\n')}\r\n`
}

/** Text that a spreadsheet would take for a formula gets an apostrophe in front of it; numbers stay numbers. */
export function csvCell(cell: Cell): string {
  if (cell === null) return ''
  if (typeof cell === 'number') return String(cell)
  const text = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
