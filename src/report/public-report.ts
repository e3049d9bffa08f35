/** What of a report the public may not see: every table is looked at together, since the same total stands in several. */
import type { Relation } from './moves.ts'
import { ADDS_UP, HIDDEN, type Masked, numbersOf, type Settled, type SettledRow } from './settled.ts'
import { maskSmall } from './small-cells.ts'

export function maskSettled(tables: readonly Settled[]): Masked {
  const rows: SettledRow[] = []
  const counts: number[][] = []
  const placeOf = new Map<SettledRow, number>()
  for (const row of tables.flatMap((table) => table.rows)) {
    if (!row.counts) continue
    const own = numbersOf(row.counts)
    // The province's row of several tables is one.
    const same =
      row.role === 'total' ? rows.findIndex((other, i) => other.role === 'total' && `${counts[i]}` === `${own}`) : -1
    placeOf.set(row, same >= 0 ? same : rows.push(row) - 1)
    if (same < 0) counts.push(own)
  }
  const sums = tables.flatMap((table) => table.sums)
  const down = sums.flatMap(({ total, parts }): Relation[] => {
    const place = placeOf.get(total)
    const others = parts.flatMap((row) => placeOf.get(row) ?? [])
    return place === undefined || others.length === 0 ? [] : [sumOf(place, others)]
  })
  const masked = maskSmall({
    counts,
    hidden: HIDDEN,
    across: ADDS_UP.map(({ total, parts }) => sumOf(total, parts)),
    down,
  })
  return new Map([...placeOf].map(([row, place]) => [row, masked[place] ?? new Set()]))
}

const sumOf = (total: number, parts: readonly number[]): Relation => [
  [total, 1],
  ...parts.map((part) => [part, -1] as const),
]
