/** What is masked of a public table cannot be told from what is shown. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Relation } from '../../src/report/moves.ts'
import { ADDS_UP, type Counts, HIDDEN, numbersOf, PARTS, sumOf } from '../../src/report/settled.ts'
import { type Counted, type Masked, maskSmall } from '../../src/report/small-cells.ts'

/**
 * Whether another table shows the same and has another count there: searched for, cell by cell, without what the code knows of tables.
 * `masked`: what is not shown, with the least that it can be.
 */
function isOpen(
  counts: readonly number[],
  relations: readonly Relation[],
  masked: ReadonlyMap<number, number>,
  cell: number,
) {
  const known = new Map([...counts.entries()].filter(([i]) => !masked.has(i)))
  // What it is comes first, then what lies next to it: another table that is near is soon found.
  const near = (i: number, n = counts[i] ?? 0) =>
    [n, n + 1, n - 1, 2 * n].filter((value) => value >= (masked.get(i) ?? 0))
  const solve = (values: ReadonlyMap<number, number>): boolean => {
    const next = new Map(values)
    let free: number | undefined
    for (let moved = true; moved; ) {
      moved = false
      let fewest = Number.POSITIVE_INFINITY
      for (const relation of relations) {
        const open = relation.filter(([i]) => !next.has(i))
        const rest = relation.reduce((all, [i, by]) => all + by * (next.get(i) ?? 0), 0)
        const [last] = open
        if (!last && rest !== 0) return false
        if (last && open.length > 1 && open.length < fewest) {
          fewest = open.length
          free = last[0]
        }
        if (!last || open.length > 1) continue
        const value = -rest / last[1]
        if (!Number.isInteger(value) || value < (masked.get(last[0]) ?? 0)) return false
        next.set(last[0], value)
        moved = true
      }
    }
    if (free === undefined || next.has(free)) return true
    const place = free
    return near(place).some((value) => solve(new Map(next).set(place, value)))
  }
  return near(cell)
    .slice(1)
    .some((value) => solve(new Map(known).set(cell, value)))
}

const total = (all: number, parts: readonly number[]): Relation => [
  [all, 1],
  ...parts.map((part) => [part, -1] as const),
]
const sum = (list: readonly number[]) => list.reduce((all, one) => all + one, 0)
const upTo = (n: number) => Array.from({ length: n }, (_, i) => i)
/** Rows × columns with totals of both, the last in each. */
function withTotals(rows: readonly (readonly number[])[]): Counted & { counts: number[][] } {
  const whole = rows.map((row) => [...row, sum(row)])
  const width = whole[0]?.length ?? 0
  const counts = [...whole, upTo(width).map((i) => sum(whole.map((row) => row[i] ?? 0)))]
  return {
    counts,
    hidden: new Set(),
    across: [total(width - 1, upTo(width - 1))],
    down: [total(rows.length, upTo(rows.length))],
  }
}
/** The same without rows and columns: what isOpen takes. */
function flat({ counts, hidden, across, down }: Counted, masked: Masked) {
  const width = counts[0]?.length ?? 0
  const place = (row: number, column: number) => row * width + column
  const relations = [
    ...counts.flatMap((_, row) => across.map((one) => one.map(([i, by]) => [place(row, i), by] as const))),
    ...upTo(width).flatMap((column) => down.map((one) => one.map(([i, by]) => [place(i, column), by] as const))),
  ]
  const unknown = new Map(
    masked.flatMap((columns, row) => [
      ...[...hidden].map((column) => [place(row, column), 0] as const),
      ...[...columns].map((column) => [place(row, column), 1] as const),
    ]),
  )
  return { counts: counts.flat() as number[], relations, unknown }
}
/** Throws where a small count is shown, a zero is not, or a masked one could be no other. */
function checkMasked(table: Counted, masked: Masked): void {
  const { counts, relations, unknown } = flat(table, masked)
  const width = table.counts[0]?.length ?? 0
  for (const [i, n] of counts.entries()) {
    const isMasked = masked[Math.floor(i / width)]?.has(i % width)
    if (n > 0 && n < 5) expect([i, isMasked]).toEqual([i, true])
    if (n === 0) expect([i, isMasked]).toEqual([i, false])
    if (isMasked) expect([i, isOpen(counts, relations, unknown, i)]).toEqual([i, true])
  }
}
const count = fc.oneof(
  { weight: 2, arbitrary: fc.constant(0) },
  fc.integer({ min: 1, max: 6 }),
  fc.integer({ min: 5, max: 60 }),
)

test('of every table with totals: no small count is shown, zeros are, and every masked count could be another', () => {
  const size = fc.integer({ min: 1, max: 4 })
  const tables = fc
    .tuple(size, size)
    .chain(([r, c]) => fc.array(fc.array(count, { minLength: c, maxLength: c }), { minLength: r, maxLength: r }))
  fc.assert(
    fc.property(tables, (rows) => {
      const table = withTotals(rows)
      checkMasked(table, maskSmall(table))
    }),
    { numRuns: 500 },
  )
})

test('the same of reports, where sums of columns stand that have no column themselves', () => {
  const parts = fc
    .record(Object.fromEntries(PARTS.map((part) => [part, count])) as Record<keyof Counts, typeof count>)
    .map((counts): Counts => {
      // What came in is what became of it: what is left over was carried over.
      const became = sum(PARTS.slice(3, -1).map((part) => counts[part]))
      const online = Math.min(counts.received_online, became)
      const otherwise = Math.min(counts.received_otherwise, became - online)
      const carried = became - online - otherwise
      return { ...counts, received_online: online, received_otherwise: otherwise, 'carried-over': carried }
    })
  const agencies = fc.array(fc.array(parts, { minLength: 1, maxLength: 2 }), { minLength: 1, maxLength: 2 })
  fc.assert(
    fc.property(agencies, (groups) => {
      const whole = [...groups.flatMap((group) => [...group, sumOf(group)]), sumOf(groups.flat())]
      const begins = groups.map((_, i) => sum(groups.slice(0, i).map(({ length }) => length + 1)))
      const tops = groups.map((group, i) => (begins[i] ?? 0) + group.length)
      const down = [
        ...groups.map((group, i) =>
          total(
            tops[i] ?? 0,
            upTo(group.length).map((j) => (begins[i] ?? 0) + j),
          ),
        ),
        total(whole.length - 1, tops),
      ]
      const across = ADDS_UP.map((one) => total(one.total, one.parts))
      const table = { counts: whole.map(numbersOf), hidden: HIDDEN, across, down }
      checkMasked(table, maskSmall(table))
    }),
    { numRuns: 60 },
  )
})

test('nothing is masked without a small count, and no more than it takes with one', () => {
  const maskRow = (counts: number[], across: Relation[]) => [
    ...(maskSmall({ counts: [counts], hidden: new Set(), across, down: [] })[0] ?? []),
  ]
  const plain = withTotals([
    [10, 20, 0],
    [30, 7, 5],
  ])
  expect(maskSmall(plain).every(({ size }) => size === 0)).toBe(true)
  // The small one, and the next smallest, since the total tells what is left.
  expect(maskRow([2, 7, 100, 109], [total(3, [0, 1, 2])])).toEqual([0, 1])
  // Alone in its row it is the total: both are masked.
  expect(maskRow([3, 0, 3], [total(2, [0, 1])])).toEqual([0, 2])
  // No total, nothing to tell it from.
  expect(maskRow([2, 7, 100], [])).toEqual([0])
  // Two ones that make a shown two would be told by it.
  expect(maskRow([1, 1, 50, 52], [total(3, [0, 1, 2])])).toEqual([0, 1, 2])
  // A total that is no sum of what is there tells nobody anything.
  expect(maskRow([2, 100, 500], [total(2, [0, 1])])).toEqual([0])
  // A rectangle: one more in the row and one more in the column, and where both meet.
  const table = withTotals([
    [2, 30, 40],
    [50, 8, 60],
    [70, 80, 90],
  ])
  expect(maskSmall(table).map((row) => [...row].sort())).toEqual([[0, 1], [0, 1], [], []])
})
