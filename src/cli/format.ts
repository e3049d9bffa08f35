/** Numbers, tables and progress for a terminal. */
import type { Language } from '../errors.ts'

const locale = (language: Language) => (language === 'vi' ? 'vi-VN' : 'en-GB')

export const number = (value: number, language: Language): string =>
  new Intl.NumberFormat(locale(language), { maximumFractionDigits: 2 }).format(value)

/** Only display rounds, half up: 0.19975 → 19.98%; always two digits, so that a column lines up. */
export const percent = (ratio: number, language: Language, digits = 2): string =>
  new Intl.NumberFormat(locale(language), {
    style: 'percent',
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(ratio)

/** Columns on a terminal: code points of the composed form (Vietnamese letters have no wide ones, and NFD would count marks). */
export const widthOf = (text: string): number => [...text.normalize('NFC')].length
const blanks = (text: string, width: number): string => ' '.repeat(Math.max(0, width - widthOf(text)))

/** Whole percent, rounded down: 100 is done. */
export const doneOf = (to: number, of: number): number => (of === 0 ? 100 : Math.floor((100 * to) / of))

export interface TableOptions {
  /** columns of numbers, set to the right */
  right?: readonly number[]
  /** the column of words that gives way where the terminal is narrow */
  wrap?: number
  /** columns of the terminal; without end in a pipe or file, where a line is a record */
  width?: number
  indent?: string
}

/** Columns as wide as their widest cell; `wrap` is broken between words where the whole would not fit `width`. */
export function table(rows: readonly (readonly string[])[], options: TableOptions = {}): string[] {
  const { right = [], wrap, width = Number.POSITIVE_INFINITY, indent = '' } = options
  const widths: number[] = []
  for (const row of rows) for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, widthOf(cell))
  if (wrap !== undefined && widths[wrap] !== undefined) {
    const others = widths.reduce((sum, one, i) => sum + (i === wrap ? 0 : one + 2), widthOf(indent))
    widths[wrap] = Math.min(widths[wrap], Math.max(LEAST_WRAPPED, width - others))
  }
  return rows.flatMap((row) => {
    const words = wrap === undefined ? [] : broken(row[wrap] ?? '', widths[wrap] ?? 0)
    const lines = Math.max(1, words.length)
    return Array.from({ length: lines }, (_, line) => {
      const cells = row.map((cell, i) => (i === wrap ? (words[line] ?? '') : line === 0 ? cell : ''))
      return (indent + cells.map((cell, i) => padded(cell, widths[i] ?? 0, right.includes(i))).join('  ')).trimEnd()
    })
  })
}
/** Below this a column of words is no longer readable; the line is then too long instead. */
const LEAST_WRAPPED = 16

const padded = (cell: string, width: number, right: boolean): string =>
  right ? blanks(cell, width) + cell : cell + blanks(cell, width)

function broken(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines[lines.length - 1]
    if (last !== undefined && widthOf(last) + 1 + widthOf(word) <= width) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}

/** What comes from a source may hold control characters, which a terminal would obey. */
export const safe = (text: string): string => text.replace(/\p{Cc}/gu, '�')

/** A line that is rewritten in place; nothing where stderr is no terminal. */
export function progress(quiet: boolean): { show(line: string): void; clear(): void } {
  const active = process.stderr.isTTY && !quiet
  return {
    show: (line) => {
      if (active) process.stderr.write(`\r\x1b[K${[...line].slice(0, (process.stderr.columns ?? 80) - 1).join('')}`)
    },
    clear: () => {
      if (active) process.stderr.write('\r\x1b[K')
    },
  }
}
