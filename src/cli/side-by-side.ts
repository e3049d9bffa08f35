/** Columns of texts beside each other, each broken at its own width, so that all of it fits the terminal. */
import { widthOf } from './format.ts'

const BETWEEN = '  '
const LEAST = 8

/** As wide as its cells need; where that is too much, the wide columns share what the narrow ones leave. */
export function sideBySide(rows: readonly (readonly string[])[], width: number, indent = ''): string[] {
  const count = Math.max(0, ...rows.map((row) => row.length))
  const wanted = Array.from({ length: count }, (_, i) => Math.max(1, ...rows.map((row) => widthOf(row[i] ?? ''))))
  const widths = shared(wanted, width - widthOf(indent) - BETWEEN.length * (count - 1))
  return rows.flatMap((row) => {
    const cells = widths.map((wide, i) => broken(row[i] ?? '', wide))
    const height = Math.max(1, ...cells.map((lines) => lines.length))
    return Array.from({ length: height }, (_, line) =>
      (indent + cells.map((lines, i) => padded(lines[line] ?? '', widths[i] ?? 0)).join(BETWEEN)).trimEnd(),
    )
  })
}

function shared(wanted: readonly number[], width: number): number[] {
  if (wanted.reduce((a, b) => a + b, 0) <= width) return [...wanted]
  const given = new Map<number, number>()
  let left = width
  // the narrowest first: what it does not need is for the others
  for (const [place, i] of wanted
    .map((_, i) => i)
    .toSorted((a, b) => (wanted[a] ?? 0) - (wanted[b] ?? 0))
    .entries()) {
    const fair = Math.max(LEAST, Math.floor(left / (wanted.length - place)))
    const taken = Math.min(wanted[i] ?? 0, fair)
    given.set(i, taken)
    left -= taken
  }
  return wanted.map((_, i) => given.get(i) ?? LEAST)
}

function broken(text: string, width: number): string[] {
  const lines: string[] = []
  let rest = [...text.normalize('NFC')]
  while (rest.length > width) {
    const blank = rest.lastIndexOf(' ', width)
    const at = blank > width / 2 ? blank : width
    lines.push(rest.slice(0, at).join(''))
    rest = rest.slice(rest[at] === ' ' ? at + 1 : at)
  }
  return [...lines, rest.join('')]
}
const padded = (text: string, width: number) => text + ' '.repeat(Math.max(0, width - widthOf(text)))
