/**
 * The effects on figures that count procedures or agencies: each that counts on one side only is an effect of its own. What moved it is told
 * from its dossiers, or from reference data where no dossier did.
 */
import type { CellEntry } from '../warehouse/cells.ts'
import { COUNTED_INPUTS, type CountedInput, type StoredInput } from '../warehouse/inputs.ts'
import type { Reader } from '../warehouse/open.ts'
import { countingDay } from './basis.ts'
import type { AgencyTerm, Term } from './catalogue/indicator.ts'
import type { Explained } from './explain-dossiers.ts'
import { countedAt, windowOf } from './explain-judge.ts'
import { countedByProcedure, makeCounts, type ProcedureLike, standingsOf, type Terms } from './explain-records.ts'
import { bothTerms, hasFigure } from './explain-total.ts'
import { agencyCounts, measuresBehind, needsOf, type Standing } from './figures.ts'
import { inputContributions } from './inputs.ts'
import { localDays } from './local-day.ts'
import { contributions, type Measured } from './measures.ts'
import { placeOn } from './places.ts'
import type { Both, Effect } from './revise.ts'
import { dossierSteps } from './revise-dossiers.ts'
import { inputSteps } from './revise-inputs.ts'
import { type Counting, type CountOf, countingOf, type Step, type Version } from './revise-steps.ts'

export async function* otherEffects(db: Reader, both: Both): AsyncGenerator<Effect> {
  const procedures = bothTerms(both.indicator, isProcedures)
  if (procedures.numerator || procedures.denominator) yield* procedureEffects(db, both, procedures)
  const agencies = bothTerms(both.indicator, isAgencies)
  if (agencies.numerator || agencies.denominator) yield* agencyEffects(db, both, agencies)
}
const isAgencies = (term: Term): term is AgencyTerm => term.of === 'agencies'
const isProcedures = (term: Term): term is ProcedureLike => term.of === 'services' || term.of === 'procedures'

/** What counts on one side: the keys above the line, and those below it. */
interface Side {
  numerator: ReadonlySet<string>
  denominator: ReadonlySet<string>
}

async function* procedureEffects(db: Reader, both: Both, terms: Terms<ProcedureLike>): AsyncGenerator<Effect> {
  const received = async (explained: Explained) =>
    hasFigure(explained, both.indicator) ? await countedByProcedure(db, explained, terms) : new Map<string, never>()
  const [first, last] = [await received(both.from), await received(both.to)]
  type Received = typeof first
  const sideOf = (explained: Explained, totals: Received): Side => {
    const found = { numerator: new Set<string>(), denominator: new Set<string>() }
    if (!hasFigure(explained, both.indicator)) return found
    const counts = makeCounts(explained)
    const { basis, agency, period } = explained
    const assigned = basis.proceduresOn(countingDay(basis, period)).assigned(agency)
    for (const code of new Set([...assigned.keys(), ...totals.keys()])) {
      if (counts(terms.numerator, code, totals.get(code))) found.numerator.add(code)
      if (counts(terms.denominator, code, totals.get(code))) found.denominator.add(code)
    }
    return found
  }
  const { tickAt, tickDay, tickMonth } = both.to.basis
  const later: Explained = { ...both.from, basis: { ...both.from.basis, tickAt, tickDay, tickMonth } }
  // With the same dossiers: what the counting day alone, and what reference data, would have made of it.
  const without: Without[] = [
    { side: sideOf(later, first), cause: 'time', detail: 'tick' },
    { side: sideOf(both.to, first), cause: 'reclassified', detail: 'reference' },
  ]
  const sides = { before: sideOf(both.from, first), after: sideOf(both.to, last), without }
  yield* moved(db, both, 'procedure', sides, terms.denominator !== null, (_, procedure) => procedure)
}
interface Without extends Pick<Effect, 'cause' | 'detail'> {
  side: Side
}

async function* agencyEffects(db: Reader, both: Both, terms: Terms<AgencyTerm>): AsyncGenerator<Effect> {
  const kind = (terms.numerator ?? terms.denominator)?.kind
  if (!kind) return
  const sideOf = async (explained: Explained): Promise<Side> => {
    const standings = hasFigure(explained, both.indicator) ? await standingsOf(db, explained, kind) : []
    const counting = (term: AgencyTerm | null) =>
      new Set(standings.filter((one: Standing) => term && agencyCounts(term, one)).map(({ agency }) => agency.key))
    return { numerator: counting(terms.numerator), denominator: counting(terms.denominator) }
  }
  const [before, after] = [await sideOf(both.from), await sideOf(both.to)]
  const { agencies } = both.to.basis
  const day = countingDay(both.to.basis, both.period)
  const placeOf = (key: string) => {
    const agency = agencies.get(key)
    return agency ? placeOn(agencies, agency, day).key : key
  }
  const sides = { before, after, without: [] }
  yield* moved(db, both, 'agency', sides, terms.denominator !== null, placeOf)
}

/** One effect for each key that counts differently, by what moved its dossiers last. */
async function* moved(
  db: Reader,
  both: Both,
  kind: 'procedure' | 'agency',
  { before, after, without }: { before: Side; after: Side; without: readonly Without[] },
  below: boolean,
  keyOf: (agency: string, procedure: string) => string,
): AsyncGenerator<Effect> {
  const keys = new Set([...before.numerator, ...before.denominator, ...after.numerator, ...after.denominator])
  const effects = new Map<string, { numerator: number; denominator: number }>()
  for (const key of keys) {
    const of = (role: keyof Side) => Number(after[role].has(key)) - Number(before[role].has(key))
    const [numerator, denominator] = [of('numerator'), of('denominator')]
    if (numerator !== 0 || denominator !== 0) effects.set(key, { numerator, denominator })
  }
  if (effects.size === 0) return
  const reasons = await lastMoves(db, both, new Set(effects.keys()), keyOf)
  for (const [key, { numerator, denominator }] of [...effects].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const alone = without.find(({ side }) => ROLES.every((role) => side[role].has(key) === after[role].has(key)))
    const { cause, detail } = alone ?? { cause: 'reclassified', detail: 'reference' }
    const byItself = { cause, detail, landing: null, run: null }
    yield {
      ...(alone ? byItself : (reasons.get(key) ?? byItself)),
      kind,
      key,
      source: null,
      code: null,
      numerator,
      denominator: below ? denominator : null,
    }
  }
}

const ROLES = ['numerator', 'denominator'] as const
type Counts = ReadonlyMap<string, number>

type Reasons = Map<string, Pick<Effect, 'cause' | 'detail' | 'landing' | 'run'>>

/** The last step that moved, under each of the keys, what the figure asks for. */
async function lastMoves(
  db: Reader,
  both: Both,
  keys: ReadonlySet<string>,
  keyOf: (agency: string, procedure: string) => string,
): Promise<Reasons> {
  const reasons: Reasons = new Map()
  const behind = measuresBehind(both.indicator)
  const measures = new Set<string>(behind.length > 0 ? behind : RANKED)
  const needs = needsOf(both.indicator)
  const counting = <Row>(entriesOf: (row: Row, scoped: Explained) => readonly CellEntry[]): Counting<Row, Counts> => ({
    ...countingOf(both, (scoped) => countedUnderKeys(scoped, measures, keys, keyOf, entriesOf)),
    nothing: new Map(),
    difference(from, to) {
      const moves = [...new Set([...from.keys(), ...to.keys()])].filter((key) => from.get(key) !== to.get(key))
      return moves.length === 0 ? null : new Map(moves.map((key) => [key, (to.get(key) ?? 0) - (from.get(key) ?? 0)]))
    },
  })
  const days = localDays(both.to.basis.zone)
  if (needs.dossiers) {
    const ofDossiers = counting<Measured>((row, { basis }) => contributions(row, days, basis.tickAt))
    await note(reasons, dossierSteps(db, both, ofDossiers))
  }
  for (const name of COUNTED_INPUTS) {
    if (!needs.inputs.includes(name)) continue
    const ofInputs = counting<StoredInput<CountedInput>>((row, { basis }) =>
      inputContributions(name, row as never, days, basis.tickAt),
    )
    await note(reasons, inputSteps(db, both, name, ofInputs))
  }
  return reasons
}

async function note(reasons: Reasons, steps: AsyncIterable<Step<Version, Counts>>): Promise<void> {
  for await (const { cause, detail, landing, record, moved } of steps) {
    for (const counted of moved.keys()) {
      const [key = ''] = counted.split('\n')
      const known = reasons.get(key)
      if (known && (known.landing ?? 0) > (landing ?? 0)) continue
      reasons.set(key, { cause, detail, landing, run: landing === null ? null : record.run })
    }
  }
}
/** What agencies are ranked by. */
const RANKED = ['received', 'received_online'] as const

/** What of each of the measures counts in the period under each key: a distinct count may ask for any of them. */
function countedUnderKeys<Row>(
  scoped: Explained,
  measures: ReadonlySet<string>,
  keys: ReadonlySet<string>,
  keyOf: (agency: string, procedure: string) => string,
  entriesOf: (row: Row, scoped: Explained) => readonly CellEntry[],
): CountOf<Row, Counts> {
  const members = countedAt(scoped)
  const window = windowOf('in-period', scoped)
  return (record) => {
    const counts = new Map<string, number>()
    for (const { agency, procedure, day, measure, n } of entriesOf(record, scoped)) {
      if (!measures.has(measure)) continue
      if ((members && !members.has(agency)) || day > window.to || day < (window.from ?? '')) continue
      const key = keyOf(agency, procedure)
      if (!keys.has(key)) continue
      const counted = `${key}\n${measure}`
      counts.set(counted, (counts.get(counted) ?? 0) + n)
    }
    return counts
  }
}
