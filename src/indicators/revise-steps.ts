/**
 * Records on their way from one knowledge to another: time, then each version in the order of landings, time again, then reference data; each
 * step with what it moves. Whatever is counted, and of whatever kind the records are.
 */
import type { Reader } from '../warehouse/open.ts'
import type { Explained } from './explain-dossiers.ts'
import type { CountedRecord, CountedTerms } from './explain-judge.ts'
import { hasFigure } from './explain-total.ts'
import { localDays } from './local-day.ts'
import type { Both, Cause, Effect } from './revise.ts'

/** What every version of a record says of itself. */
export interface Version {
  source: string
  code: string
  run: string
  known_from: number
}
/** A record on its way from one knowledge to the other. */
export interface Course<Row> {
  /** null: not known yet */
  first: Row | null
  /** what it became, each known from its landing on */
  changes: readonly Row[]
}
/** What a record counts for under one basis: whatever form that has. */
export type CountOf<Row, Count> = (record: Row) => Count
export interface Counting<Row, Count> {
  /** under the first basis, judged by the tick at that instant */
  at(tickAt: number): CountOf<Row, Count>
  last: CountOf<Row, Count>
  nothing: Count
  /** null: nothing moved */
  difference(before: Count, after: Count): Count | null
}
export interface Step<Row, Count> {
  cause: Cause
  detail: string
  record: Row
  landing: number | null
  moved: Count
}
/** Why one version follows another (null: it is the first); `kind` of the landing that brought it. */
export type CauseOf<Row> = (before: Row | null, after: Row, kind: string) => { cause: Cause; detail: string }

/** From all versions of a record, oldest first. */
export function courseFrom<Row extends Version>(all: readonly Row[], { from, to }: Both): Course<Row> {
  const [landing, last] = [from.known?.landing ?? 0, to.known?.landing ?? 0]
  return {
    first: all.findLast(({ known_from }) => known_from <= landing) ?? null,
    changes: all.filter(({ known_from }) => known_from > landing && known_from <= last),
  }
}

/** Ticks in between are few; each is a basis of its own. */
export function countingOf<Row, Count>(
  { from, to }: Both,
  make: (scoped: Explained) => CountOf<Row, Count>,
): Pick<Counting<Row, Count>, 'at' | 'last'> {
  const days = localDays(from.basis.zone)
  const known = new Map<number, CountOf<Row, Count>>()
  return {
    at(tickAt) {
      let found = known.get(tickAt)
      if (!found) {
        const tickDay = days.dayOf(tickAt)
        const basis = { ...from.basis, tickAt, tickDay, tickMonth: tickDay.slice(0, 7) }
        found = make({ ...from, basis })
        known.set(tickAt, found)
      }
      return found
    },
    last: make(to),
  }
}

export interface Parts {
  numerator: number
  denominator: number
}
const NOTHING: Parts = { numerator: 0, denominator: 0 }

/** What records add above and below the line; nothing where the agency has no figure. */
export const countingParts = <Row>(
  both: Both,
  judge: (scoped: Explained) => CountOf<Row, Parts>,
): Counting<Row, Parts> => ({
  ...countingOf(both, (scoped): CountOf<Row, Parts> => {
    return hasFigure(scoped, both.indicator) ? judge(scoped) : () => NOTHING
  }),
  nothing: NOTHING,
  difference(before, after) {
    const [numerator, denominator] = [after.numerator - before.numerator, after.denominator - before.denominator]
    return numerator === 0 && denominator === 0 ? null : { numerator, denominator }
  },
})

/** Steps of records that count one by one, as effects. */
export async function* effectsOf<Row extends Version>(
  steps: AsyncIterable<Step<Row, Parts>>,
  kind: CountedRecord,
  terms: CountedTerms,
): AsyncGenerator<Effect> {
  for await (const { cause, detail, record, landing, moved } of steps) {
    yield {
      cause,
      detail,
      kind,
      key: `${record.source} ${record.code}`,
      source: record.source,
      code: record.code,
      numerator: moved.numerator,
      denominator: terms.denominator ? moved.denominator : null,
      landing,
      run: landing === null ? null : record.run,
    }
  }
}

/** Every step of every record that moves a count, record by record. */
export async function* stepsOf<Row extends Version, Count>(
  db: Reader,
  both: Both,
  counting: Counting<Row, Count>,
  courses: AsyncIterable<readonly Course<Row>[]>,
  causeOf: CauseOf<Row>,
): AsyncGenerator<Step<Row, Count>> {
  const ticks = await ticksOf(db)
  const kinds = new Map<number, string>()
  for await (const some of courses) {
    await readKinds(db, kinds, some)
    for (const course of some) yield* stepsOfOne(both, counting, ticks, kinds, course, causeOf)
  }
}

function* stepsOfOne<Row extends Version, Count>(
  { from, to }: Both,
  counting: Counting<Row, Count>,
  ticks: readonly { at: number; landing: number }[],
  kinds: ReadonlyMap<number, string>,
  { first, changes }: Course<Row>,
  causeOf: CauseOf<Row>,
): Generator<Step<Row, Count>> {
  let record = first
  let current = first ? counting.at(from.basis.tickAt)(first) : counting.nothing
  function* move(after: Count, step: Omit<Step<Row, Count>, 'moved'>): Generator<Step<Row, Count>> {
    const moved = counting.difference(current, after)
    current = after
    if (moved !== null) yield { ...step, moved }
  }
  for (const after of changes) {
    const landing = after.known_from
    const of = counting.at(ticks.findLast((tick) => tick.landing <= landing)?.at ?? 0)
    if (record) yield* move(of(record), { ...PASSED, record })
    yield* move(of(after), { ...causeOf(record, after, kinds.get(landing) ?? 'land'), record: after, landing })
    record = after
  }
  if (!record) return
  yield* move(counting.at(to.basis.tickAt)(record), { ...PASSED, record })
  yield* move(counting.last(record), { cause: 'reclassified', detail: 'reference', record, landing: null })
}
const PASSED = { cause: 'time', detail: 'tick', landing: null } as const

async function ticksOf(db: Reader): Promise<{ at: number; landing: number }[]> {
  return db.selectFrom('tick').select(['at', 'landing']).orderBy('landing').execute()
}

async function readKinds(db: Reader, kinds: Map<number, string>, courses: readonly Course<Version>[]): Promise<void> {
  const missing = new Set(courses.flatMap(({ changes }) => changes.map(({ known_from }) => known_from)))
  const asked = [...missing].filter((landing) => !kinds.has(landing))
  if (asked.length === 0) return
  const rows = await db.selectFrom('landing').select(['id', 'kind']).where('id', 'in', asked).execute()
  for (const { id, kind } of rows) kinds.set(id, kind)
}
