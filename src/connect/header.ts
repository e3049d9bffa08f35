/** The header row of a file: found below title rows, its spellings resolved to the raw field names of the source schema, once. */
import { asText } from './converters.ts'
import { foldName } from './names.ts'

export interface HeaderRules {
  /** raw fields that every file must have, as the source schema names them */
  columns: readonly string[]
  /** other spellings of a header → raw field */
  aliases: Readonly<Record<string, string>>
}

/** Rows above the header that may be titles. */
export const TITLE_ROWS = 20

/** Raw field names in the order of the cells, or which declared columns this row lacks. */
export function resolveHeader(
  cells: readonly unknown[],
  rules: HeaderRules,
): { header: string[] } | { lacks: string[] } {
  const known = new Map(rules.columns.map((column) => [foldName(column), column]))
  for (const [spelling, column] of Object.entries(rules.aliases)) known.set(foldName(spelling), column)
  const header: string[] = []
  const seen = new Set<string>()
  for (const [i, cell] of cells.entries()) {
    const written = asText(cell) ?? ''
    const name = known.get(foldName(written)) ?? (written === '' ? `column ${i + 1}` : written)
    // a second column of the same name would silently take the place of the first
    const unique = seen.has(name) ? `${name} (column ${i + 1})` : name
    seen.add(unique)
    header.push(unique)
  }
  const lacks = rules.columns.filter((column) => !seen.has(column))
  return lacks.length === 0 ? { header } : { lacks }
}

/** The first row that is a header, and how many rows it stands below the first; else what the likeliest row lacks. */
export function findHeader(
  rows: readonly (readonly unknown[])[],
  rules: HeaderRules,
): { header: string[]; row: number } | { lacks: string[] } {
  let least: string[] = [...rules.columns]
  for (const [row, cells] of rows.slice(0, TITLE_ROWS).entries()) {
    const found = resolveHeader(cells, rules)
    if ('header' in found) return { header: found.header, row }
    if (found.lacks.length < least.length) least = found.lacks
  }
  return { lacks: least }
}
