/** The effects of dossiers: each is followed from what was known first to what was known last, one step after the other. */
import type { StoredDossier } from '../warehouse/dossiers.ts'
import type { Reader } from '../warehouse/open.ts'
import type { Explained } from './explain-dossiers.ts'
import { countedAt, makeJudge } from './explain-judge.ts'
import { countedTerms, hasFigure } from './explain-total.ts'
import { dossierOf, names } from './known-dossiers.ts'
import { localDays } from './local-day.ts'
import { MEASURED_COLUMNS, type Measured } from './measures.ts'
import { countedUnder } from './places.ts'
import type { Both, Cause, Effect } from './revise.ts'

const BATCH = 1_000

/** What a record became at a landing. */
interface Change {
  landing: number
  after: StoredDossier
}
/** A dossier on its way from one knowledge to the other. */
export interface Course {
  /** null: not known yet */
  first: StoredDossier | null
  changes: readonly Change[]
}
/** What a record counts for under one basis: whatever form that has. */
export type CountOf<Count> = (record: Measured) => Count
export interface Counting<Count> {
  /** under the first basis, judged by the tick at that instant */
  at(tickAt: number): CountOf<Count>
  last: CountOf<Count>
  nothing: Count
  /** null: nothing moved */
  difference(before: Count, after: Count): Count | null
}
export interface Step<Count> {
  cause: Cause
  detail: string
  record: StoredDossier
  landing: number | null
  moved: Count
}
interface Parts {
  numerator: number
  denominator: number
}

/** Dossiers of a figure that counts them one by one. */
export async function* dossierEffects(db: Reader, both: Both): AsyncGenerator<Effect> {
  const terms = countedTerms(both.indicator)
  if (!terms.numerator && !terms.denominator) return
  const counting: Counting<Parts> = {
    ...countingOf(both, (scoped): CountOf<Parts> => {
      return hasFigure(scoped, both.indicator) ? makeJudge(scoped, terms) : () => NOTHING
    }),
    nothing: NOTHING,
    difference(before, after) {
      const [numerator, denominator] = [after.numerator - before.numerator, after.denominator - before.denominator]
      return numerator === 0 && denominator === 0 ? null : { numerator, denominator }
    },
  }
  for await (const { cause, detail, record, landing, moved } of stepsOf(db, both, counting)) {
    yield {
      cause,
      detail,
      kind: 'dossier',
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
const NOTHING: Parts = { numerator: 0, denominator: 0 }

/** Ticks in between are few; each is a basis of its own. */
export function countingOf<Count>(
  { from, to }: Both,
  make: (scoped: Explained) => CountOf<Count>,
): Pick<Counting<Count>, 'at' | 'last'> {
  const days = localDays(from.basis.zone)
  const known = new Map<number, CountOf<Count>>()
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

/** Every step of every dossier that moves a count, dossier by dossier. */
export async function* stepsOf<Count>(db: Reader, both: Both, counting: Counting<Count>): AsyncGenerator<Step<Count>> {
  const ticks = await ticksOf(db)
  const kinds = new Map<number, string>()
  for await (const courses of coursesOf(db, both)) {
    await readKinds(db, kinds, courses)
    for (const course of courses) yield* stepsOfOne(both, counting, ticks, kinds, course)
  }
}

function* stepsOfOne<Count>(
  { from, to }: Both,
  counting: Counting<Count>,
  ticks: readonly { at: number; landing: number }[],
  kinds: ReadonlyMap<number, string>,
  { first, changes }: Course,
): Generator<Step<Count>> {
  let record = first
  let current = first ? counting.at(from.basis.tickAt)(first) : counting.nothing
  function* move(after: Count, step: Omit<Step<Count>, 'moved'>): Generator<Step<Count>> {
    const moved = counting.difference(current, after)
    current = after
    if (moved !== null) yield { ...step, moved }
  }
  for (const { landing, after } of changes) {
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

const WHERE = ['resolving', 'receiving', 'assisting', 'procedure', 'channel'] as const
const BY_RULE = ['due_at', 'due_precision', 'due_ours_at', 'due_in_2_at', 'due_in_1_at', 'processing_hours'] as const
const SAID = [
  ...MEASURED_COLUMNS.filter(
    (name) => !['counted', 'deleted'].includes(name) && ![...WHERE, ...BY_RULE].includes(name as never),
  ),
  ...BY_RULE,
] as const

/** Why one version follows another. */
function causeOf(before: StoredDossier | null, after: StoredDossier, kind: string): { cause: Cause; detail: string } {
  if (!before) return { cause: 'late', detail: 'landed' }
  const changed = (columns: readonly (keyof StoredDossier)[]) => columns.filter((name) => before[name] !== after[name])
  if (after.deleted && !before.deleted) return { cause: 'deleted', detail: 'deleted' }
  if (before.deleted && !after.deleted) return { cause: 'corrected', detail: 'seen-again' }
  const where = changed(WHERE)
  if (!after.counted && before.counted && where.length === 0) return { cause: 'deleted', detail: 'merged' }
  if (where.length > 0) return { cause: 'reclassified', detail: where.join(' ') }
  if (after.counted && !before.counted) return { cause: 'reclassified', detail: 'counts-now' }
  const said = changed(SAID)
  // Judged again without a new statement of the source.
  const judged = after.content_hash === before.content_hash && said.every((name) => BY_RULE.includes(name as never))
  if (kind !== 'land' || judged) return { cause: 'rule', detail: said.join(' ') || 'judged-again' }
  return { cause: 'corrected', detail: said.join(' ') || 'restated' }
}

async function ticksOf(db: Reader): Promise<{ at: number; landing: number }[]> {
  return db.selectFrom('tick').select(['at', 'landing']).orderBy('landing').execute()
}

async function readKinds(db: Reader, kinds: Map<number, string>, courses: readonly Course[]): Promise<void> {
  const missing = new Set(courses.flatMap(({ changes }) => changes.map(({ landing }) => landing)))
  const asked = [...missing].filter((landing) => !kinds.has(landing))
  if (asked.length === 0) return
  const rows = await db.selectFrom('landing').select(['id', 'kind']).where('id', 'in', asked).execute()
  for (const { id, kind } of rows) kinds.set(id, kind)
}

/** Dossiers that are, or were at some time in between, of the agency: those that are first, then those that have left. */
async function* coursesOf(db: Reader, { from, to }: Both): AsyncGenerator<Course[]> {
  const everybody = countedAt(to) === null
  const under = ({ basis, agency }: Explained) => countedUnder(basis.agencies, [agency.key])
  const agencies = everybody ? null : [...new Set([...under(from), ...under(to)])]
  const [landing, last] = [from.known?.landing ?? 0, to.known?.landing ?? 0]
  for (let after = 0; ; ) {
    let rows = db.selectFrom('dossier').selectAll().where('id', '>', after).orderBy('id').limit(BATCH)
    if (agencies) rows = rows.where(({ or, eb }) => or(to.by.map((column) => eb(column, 'in', agencies))))
    const found = (await rows.execute()) as StoredDossier[]
    if (found.length > 0) yield coursesFrom(found, await versionsOf(db, found, landing), landing, last)
    const end = found.at(-1)
    if (!end || found.length < BATCH) break
    after = end.id
  }
  if (!agencies) return
  const own = new Set(agencies)
  for (let after = 0; ; ) {
    const rows = await db
      .selectFrom('dossier_version')
      .select('dossier_id')
      .distinct()
      .where('known_to', '>', landing)
      .where('dossier_id', '>', after)
      .where(names(to.by, agencies))
      .orderBy('dossier_id')
      .limit(BATCH)
      .execute()
    const ids = rows.map((row) => row.dossier_id)
    const found =
      ids.length === 0
        ? []
        : ((await db.selectFrom('dossier').selectAll().where('id', 'in', ids).execute()) as StoredDossier[])
    const left = found.filter((row) => !to.by.some((column) => own.has(row[column] ?? '')))
    if (left.length > 0) yield coursesFrom(left, await versionsOf(db, left, landing), landing, last)
    const end = ids.at(-1)
    if (end === undefined || ids.length < BATCH) return
    after = end
  }
}

/** What was known after `landing` and is superseded now, oldest first. */
async function versionsOf(
  db: Reader,
  rows: readonly StoredDossier[],
  landing: number,
): Promise<Map<number, StoredDossier[]>> {
  const found = await db
    .selectFrom('dossier_version')
    .select(['dossier_id', 'known_from', 'known_to', 'data'])
    .where(
      'dossier_id',
      'in',
      rows.map(({ id }) => id),
    )
    .where('known_to', '>', landing)
    .orderBy('dossier_id')
    .orderBy('known_from')
    .execute()
  const versions = new Map<number, StoredDossier[]>()
  for (const { dossier_id, known_from, known_to, data } of found) {
    // Replaced within the landing that made it: nobody ever knew it.
    if (known_from === known_to) continue
    const list = versions.get(dossier_id) ?? []
    versions.set(dossier_id, list)
    list.push({ ...dossierOf(data), id: dossier_id, known_from })
  }
  return versions
}

function coursesFrom(
  rows: readonly StoredDossier[],
  versions: ReadonlyMap<number, readonly StoredDossier[]>,
  landing: number,
  last: number,
): Course[] {
  return rows.map((row) => {
    const all = [...(versions.get(row.id) ?? []), row].filter(({ known_from }) => known_from <= last)
    const first = all.findLast(({ known_from }) => known_from <= landing) ?? null
    const later = all.filter(({ known_from }) => known_from > landing)
    return { first, changes: later.map((after) => ({ landing: after.known_from, after })) }
  })
}
