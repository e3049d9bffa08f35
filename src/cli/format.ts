/** Numbers, tables and progress for a terminal. */
import type { Language } from '../errors.ts'

export const number = (value: number, language: Language): string =>
  new Intl.NumberFormat(language === 'vi' ? 'vi-VN' : 'en-US', { maximumFractionDigits: 2 }).format(value)

/** Only display rounds: 0.19975 → 19.98 % (half up). */
export const percent = (value: number, language: Language): string =>
  `${new Intl.NumberFormat(language === 'vi' ? 'vi-VN' : 'en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2, roundingMode: 'halfExpand' } as Intl.NumberFormatOptions).format(value * 100)} %`

/** Columns padded to their widest cell; numbers to the right. */
export function table(rows: readonly (readonly string[])[], right: readonly number[] = []): string[] {
  const widths: number[] = []
  for (const row of rows) for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length)
  return rows.map((row) =>
    row
      .map((cell, i) => (right.includes(i) ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
      .join('  ')
      .trimEnd(),
  )
}

/** A line that is rewritten in place; nothing where stderr is no terminal. */
export function progress(quiet: boolean): { show(line: string): void; clear(): void } {
  const active = process.stderr.isTTY && !quiet
  return {
    show: (line) => {
      if (active) process.stderr.write(`\r\x1b[K${line.slice(0, (process.stderr.columns ?? 80) - 1)}`)
    },
    clear: () => {
      if (active) process.stderr.write('\r\x1b[K')
    },
  }
}
