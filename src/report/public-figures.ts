/**
 * Figures as the public may see them. Every count of dossiers from 1 to 4 is masked, of whatever agency, part and period: a small count of a
 * month or a commune is made of counts of a day and a procedure that are no larger, so showing it would show them. Of a share, so are its
 * numerator, its denominator and what lies between both. Counts of procedures, decisions and agencies are of nobody and stand.
 */
import { findIndicator } from '../indicators/catalogue/index.ts'
import { countingsOf, type Indicator, measuresOf, type Term } from '../indicators/catalogue/indicator.ts'
import { parsePeriod } from '../indicators/periods.ts'
import type { IndicatorRow } from '../indicators/read.ts'
import { type MeasureName, PUBLICATION_MEASURES } from '../warehouse/tables.ts'
import { dependences } from './dependences.ts'
import type { Relation } from './moves.ts'
import { isSmall, maskSmall } from './small-cells.ts'

/** Stands where a value state does. */
export const MASKED = 'masked'

type Part = 'numerator' | 'denominator'
/** A count of one row, at its place in the table: a row is an agency and a part, a column an indicator's count in a period. */
interface Place {
  row: IndicatorRow
  part: Part
  across: number
  down: number
}

/** The rows with what must not be told left out; all of them are looked at as one table. */
export function publicRows(rows: readonly IndicatorRow[]): IndicatorRow[] {
  const lines = new Names<IndicatorRow>()
  const columns = new Names<Pick<Place, 'row' | 'part'>>()
  const places = rows.flatMap((row) =>
    countsOf(row).map(
      ([part]): Place => ({
        row,
        part,
        down: lines.place(lineOf(row), row),
        across: columns.place(columnOf(row, part), { row, part }),
      }),
    ),
  )
  const counts = lines.all.map(() => columns.all.map((): number | null => null))
  for (const { row, part, across, down } of places) (counts[down] as (number | null)[])[across] = row[part]
  const across: Relation[] = [...dependences(columns.all.map(vectorOf))]
  const hidden = new Set<number>()
  // What is neither: of a share's denominator those that its numerator does not count.
  for (const [i, { row, part }] of columns.all.entries()) {
    const other = part === 'numerator' ? columns.find(columnOf(row, 'denominator')) : undefined
    if (other === undefined) continue
    const rest = counts.map((line) => subtract(line[other] ?? null, line[i] ?? null))
    if (rest.some((n) => n !== null && n < 0)) continue
    for (const [j, n] of rest.entries()) counts[j]?.push(n)
    const last = (counts[0]?.length ?? 0) - 1
    hidden.add(last)
    across.push([
      [other, 1],
      [i, -1],
      [last, -1],
    ])
  }
  const masked = maskSmall({ counts, hidden, across, down: sums(lines.all) })
  const maskedOf = Map.groupBy(
    places.filter((one) => masked[one.down]?.has(one.across)),
    ({ row }) => row,
  )
  const summing = new Set([...maskedOf.keys()].flatMap(summedIn))
  return rows.map((row) => {
    const own = maskedOf.get(row) ?? (row.value !== null && summing.has(pointsOf(row)) ? [] : null)
    const told = own ? hide(row, own) : row
    return told.reported && (own || told.reported.some(tellsSmall)) ? without(told) : told
  })
}

/** A component's points follow from those of its group, and a group's from the total: these are masked with it. */
function summedIn(row: IndicatorRow): string[] {
  const score = findIndicator(row.indicator)?.score
  return score ? [score.group, null].map((group) => `${lineOf(row)} ${row.period} ${group}`) : []
}
function pointsOf(row: IndicatorRow): string {
  const term = findIndicator(row.indicator)?.numerator
  return term?.of === 'points' ? `${lineOf(row)} ${row.period} ${term.group}` : ''
}

/** Places of what is called so, in the order in which it came. */
class Names<Of> {
  readonly all: Of[] = []
  private readonly places = new Map<string, number>()
  find(name: string): number | undefined {
    return this.places.get(name)
  }
  place(name: string, of: Of): number {
    const found = this.places.get(name)
    if (found !== undefined) return found
    this.places.set(name, this.all.length)
    return this.all.push(of) - 1
  }
}
const lineOf = (row: IndicatorRow): string => `${row.agency.key}\n${partOf(row)}`
const columnOf = ({ indicator, period }: IndicatorRow, part: Part): string => `${indicator} ${period} ${part}`
const subtract = (a: number | null, b: number | null): number | null => (a === null || b === null ? null : a - b)

function hide(row: IndicatorRow, hidden: readonly Place[]): IndicatorRow {
  const parts = new Set(hidden.map(({ part }) => part))
  // Of an average nobody's points: its numerator is their sum.
  const numerator = parts.has('numerator') || isAverage(findIndicator(row.indicator)) ? null : row.numerator
  const denominator = parts.has('denominator') ? null : row.denominator
  const { difference: _, ...rest } = row
  return { ...rest, value: null, valueState: MASKED, numerator, denominator }
}

/** What the agency reports of the same would tell it all the same. */
const without = ({ reported: _, ...row }: IndicatorRow): IndicatorRow => row
export const tellsSmall = ({ numerator, denominator }: { numerator: number; denominator: number | null }) =>
  isSmall(numerator) || (denominator !== null && (isSmall(denominator) || isSmall(denominator - numerator)))

/** Neither dossiers nor petitions; and what the national portal says itself. */
const OF_NOBODY: readonly Term['of'][] = ['services', 'procedures', 'agencies', 'official', 'points']
const ANNOUNCED: readonly string[] = PUBLICATION_MEASURES
const countsPersons = (term: Term | null): boolean =>
  term !== null &&
  !OF_NOBODY.includes(term.of) &&
  !(term.of === 'dossiers' && measuresOf(term).every((name) => ANNOUNCED.includes(name)))

/** The counts of dossiers that a row tells; a sum of points is none. */
function countsOf({ indicator, numerator, denominator }: IndicatorRow): [Part, number][] {
  const found = findIndicator(indicator)
  const counts: [Part, number][] = []
  if (!found) return counts
  if (countsPersons(found.numerator) && !isAverage(found) && numerator !== null) counts.push(['numerator', numerator])
  if (countsPersons(found.denominator) && denominator !== null) counts.push(['denominator', denominator])
  return counts
}
/** Sums of what dossiers say, and no counts of them. */
const SUMS: readonly MeasureName[] = ['rating_sum', 'done_hours']
const isAverage = (indicator: Indicator | undefined): boolean =>
  indicator !== undefined && measuresOf(indicator.numerator).some((name) => SUMS.includes(name))

const DIMENSIONS = ['procedure', 'field', 'channel'] as const
const partOf = ({ breakdown = {} }: IndicatorRow, without?: string): string =>
  DIMENSIONS.map((one) => (one === without ? '' : (breakdown[one] ?? '*'))).join('\n')

/** Parts beside all of them together, agencies beside their province. */
function sums(lines: readonly IndicatorRow[]): Relation[] {
  const found: Relation[] = []
  const add = (all: readonly number[], isTotal: (row: IndicatorRow) => boolean) => {
    const totals = all.filter((i) => isTotal(lines[i] as IndicatorRow))
    if (totals.length === 1 && all.length > 1) found.push(all.map((i) => [i, totals.includes(i) ? 1 : -1] as const))
  }
  const places = [...lines.keys()]
  const rowAt = (i: number) => lines[i] as IndicatorRow
  for (const all of Map.groupBy(places, (i) => partOf(rowAt(i))).values())
    add(all, (row) => row.agency.kind === 'province')
  for (const dimension of DIMENSIONS) {
    if (!lines.some(({ breakdown }) => breakdown?.[dimension] !== undefined)) continue
    const byParts = Map.groupBy(places, (i) => `${rowAt(i).agency.key}\n${partOf(rowAt(i), dimension)}`)
    for (const all of byParts.values()) add(all, (row) => row.breakdown?.[dimension] === undefined)
  }
  return found
}

/** A count as a sum of measures up to a day: what is in a period is what is up to its end without what is up to its beginning. */
function vectorOf({ row, part }: Pick<Place, 'row' | 'part'>): ReadonlyMap<string, number> {
  const indicator = findIndicator(row.indicator) as Indicator
  const term = part === 'numerator' ? indicator.numerator : indicator.denominator
  const { firstDay, lastDay } = parsePeriod(row.period)
  const start = firstDay
  // All that are open end now.
  const end = row.provisional ? 'now' : Temporal.PlainDate.from(lastDay).add({ days: 1 }).toString()
  if (term?.of !== 'dossiers') {
    const kind = term?.of === 'hours' ? 'hours' : `${row.indicator} ${part}`
    return new Map([
      [`${kind} ${start}`, -1],
      [`${kind} ${end}`, 1],
    ])
  }
  const vector = new Map<string, number>()
  const add = (name: string, n: number) => vector.set(name, (vector.get(name) ?? 0) + n)
  for (const { weights, when, procedures } of countingsOf(term))
    for (const [measure, weight] of Object.entries(weights)) {
      const kind = `${measure} ${procedures ?? ''}`
      if (when !== 'at-start') add(`${kind} ${end}`, weight)
      if (when !== 'at-end') add(`${kind} ${start}`, when === 'at-start' ? weight : -weight)
    }
  return new Map([...vector].filter(([, n]) => n !== 0))
}
