/** CSV that a spreadsheet opens as it is: UTF-8 with a mark, and no cell that it would take for a formula. */

/** Without it Excel reads Vietnamese as windows-1258. */
export const EXCEL_BOM = '\uFEFF'

/** RFC 4180, CRLF. A text that begins like a formula gets an apostrophe before it: what comes from a source must not be run. */
export function csvLine(cells: readonly (string | number | null)[]): string {
  return `${cells.map(cellText).join(',')}\r\n`
}

function cellText(cell: string | number | null): string {
  if (cell === null) return ''
  if (typeof cell === 'number') return String(cell)
  const safe = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
