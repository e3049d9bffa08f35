/**
 * Small cells (ô số nhỏ): which counts of a public table must be masked, so that no count from 1 to 4 is told or follows from what is shown.
 *
 * A small count is masked. Where it follows from others (a total and the rest of its row or column), more are masked: the fewest dossiers
 * found that leave another table possible, one that shows the same and differs in that count. Zeros are shown; whoever reads the table knows
 * that what is masked is 1 or more, and not which of it is small: all of it has the same sign.
 */
import { findMoves, type Move, type Relation, relationsOf, type Space } from './moves.ts'

/** Counts below this are small. */
const SMALL = 5

export interface Counted {
  /** by row and column; null: nothing stands there, nothing is known of it */
  counts: readonly (readonly (number | null)[])[]
  /** columns that stand nowhere, but follow from those that do: they must not tell a small count either */
  hidden: ReadonlySet<number>
  /** between the columns, the same in every row */
  across: readonly Relation[]
  /** between the rows, the same in every column */
  down: readonly Relation[]
}
/** Columns that are masked, by row. */
export type Masked = readonly ReadonlySet<number>[]

/** Moves along a row that are looked at for each count; many where none of a few can be undone elsewhere. */
const FEW = 6
const MANY = 100

export function maskSmall({ counts: given, hidden, across, down }: Counted): Masked {
  const counts = withZeros(given, down)
  const masked = counts.map((row) => new Set([...row.keys()].filter((column) => isSmall(row[column] ?? 0))))
  const safe = counts.map(() => new Set<number>())
  const between = { across: told(across, counts), down: told(down, turned(counts)) }
  const table: Table = {
    ...between,
    counts,
    hidden,
    masked,
    acrossOf: relationsOf(between.across),
    downOf: relationsOf(between.down),
  }
  // What a change touches is safe on all its places: with and without it the table shows the same.
  for (const [row, own] of masked.entries())
    for (const column of own) {
      if (safe[row]?.has(column)) continue
      const found = cheapest(table, row, column, FEW) ?? cheapest(table, row, column, MANY)
      for (const [r, c] of found ?? everything(table, column)) {
        masked[r]?.add(c)
        safe[r]?.add(c)
      }
    }
  return masked
}

export const isSmall = (n: number): boolean => n > 0 && n < SMALL

interface Table extends Counted {
  masked: readonly ReadonlySet<number>[]
  acrossOf: Space['of']
  downOf: Space['of']
}
type Place = readonly [row: number, column: number]

/** Where a total is that of the rows which have something, the others have nothing: a part without a row, an agency without dossiers. */
function withZeros(given: Counted['counts'], down: readonly Relation[]): (number | null)[][] {
  const counts = given.map((row) => [...row])
  const columns = turned(given)
  for (const relation of down)
    for (const [column, line] of columns.entries())
      if (
        holds(
          relation,
          line.map((n) => n ?? 0),
        )
      )
        for (const [row] of relation) if (line[row] === null) (counts[row] as (number | null)[])[column] = 0
  return counts
}

/**
 * Relations that the counts fulfil somewhere, where there is something. Others tell nobody anything, as a province beside some of its
 * agencies does not.
 */
const told = (relations: readonly Relation[], lines: Counted['counts']): Relation[] =>
  relations.filter((relation) => lines.some((line) => holds(relation, line)))

const holds = (relation: Relation, line: readonly (number | null)[]): boolean =>
  relation.some(([place]) => (line[place] ?? 0) !== 0) &&
  relation.reduce((sum, [place, factor]) => sum + factor * (line[place] ?? Number.NaN), 0) === 0

const turned = (counts: Counted['counts']): (number | null)[][] =>
  Array.from({ length: counts[0]?.length ?? 0 }, (_, column) => counts.map((row) => row[column] ?? null))

/** A change costs what it masks besides. Zeros are shown and stay; what is masked is 1 or more. */
function costOf({ counts, hidden, masked }: Table, row: number, column: number, by: number): number | null {
  const count = counts[row]?.[column] ?? null
  if (count === null) return 0
  if (count === 0 || count + by < 1) return null
  return hidden.has(column) || masked[row]?.has(column) ? 0 : count
}

/** A move along the row, made in this row and undone in others: it closes both ways. null: none was found. */
function cheapest(table: Table, row: number, column: number, moves: number): Place[] | null {
  let best: { cost: number; along: Move; rows: Move } | null = null
  for (const sign of [1, -1]) {
    const cost: Space['cost'] = (c, by) => costOf(table, row, c, sign * by)
    for (const { move: along } of findMoves({ relations: table.across, of: table.acrossOf, cost }, column, 1, moves)) {
      const sum = (r: number, by: number) => sumCost(table, r, along, by)
      const [found] = findMoves({ relations: table.down, of: table.downOf, cost: sum }, row, sign, 1)
      if (found && (!best || found.cost < best.cost)) best = { cost: found.cost, along, rows: found.move }
    }
  }
  return best && placesOf(table, [...best.rows.keys()], [...best.along.keys()])
}

function sumCost(table: Table, row: number, along: Move, by: number): number | null {
  let sum = 0
  for (const [column, change] of along) {
    const cost = costOf(table, row, column, by * change)
    if (cost === null) return null
    sum += cost
  }
  return sum
}

const placesOf = ({ counts }: Table, rows: readonly number[], columns: readonly number[]): Place[] =>
  rows.flatMap((row) =>
    columns.filter((column) => counts[row]?.[column] !== null).map((column): Place => [row, column]),
  )

/** Of all rows whatever is connected with the column, but zeros: with all of it masked the table of twice as many is possible, too. */
function everything(table: Table, start: number): Place[] {
  const columns = new Set([start])
  for (const column of columns)
    for (const i of table.acrossOf.get(column) ?? []) for (const [other] of table.across[i] ?? []) columns.add(other)
  return placesOf(table, [...table.counts.keys()], [...columns]).filter(
    ([row, column]) => table.counts[row]?.[column] !== 0,
  )
}
