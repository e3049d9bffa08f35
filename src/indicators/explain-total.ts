/** All records behind a figure, of whatever kind its terms are, and what they add up to. */
import { COUNTED_INPUTS } from '../warehouse/inputs.ts'
import type { Reader } from '../warehouse/open.ts'
import { carries } from './basis.ts'
import type { AgencyTerm, Indicator, Term } from './catalogue/indicator.ts'
import { dossiersBehind, type Explained } from './explain-dossiers.ts'
import { inputsBehind } from './explain-inputs.ts'
import { type CountedTerm, recordsCounted, timed } from './explain-judge.ts'
import { componentPoints, officialBehind, pointsBehind } from './explain-points.ts'
import { explainAgencies, explainProcedures, type ProcedureLike, type RecordBehind } from './explain-records.ts'
import { isOfDossiers, partsOf } from './figures.ts'
import type { Points } from './qd766/points.ts'

export interface Total {
  numerator: number
  denominator: number | null
}
export interface TotalMaker {
  add(record: RecordBehind, hours: number | null): void
  /** some dossier arose at all: what a distinct count needs to have a value */
  cases(some: boolean): void
  /** its points, told from what was counted */
  score(points: Points | null): void
  /** what was counted so far */
  counted(): { numerator: number; denominator: number }
  /** value null: nothing to count on */
  read(): { value: number | null; total: Total }
}

export function makeTotal(indicator: Indicator): TotalMaker {
  let numerator = 0
  let denominator = 0
  let cases = true
  let points: Points | null = null
  const times = new Map<number, number>()
  return {
    add({ above, below }, hours) {
      numerator += above
      denominator += below ?? 0
      if (hours !== null && above !== 0) times.set(hours, (times.get(hours) ?? 0) + above)
    },
    cases(some) {
      cases = some
    },
    score(told) {
      points = told
    },
    counted: () => ({ numerator, denominator }),
    read() {
      if (indicator.kind === 'score') {
        const { value, ...total } = points ?? { value: null, numerator, denominator }
        return { value, total: { numerator: total.numerator, denominator: total.denominator } }
      }
      if (indicator.numerator.of === 'hours')
        return {
          value: percentile(times, indicator.numerator.share, numerator),
          total: { numerator, denominator: null },
        }
      const { value, ...total } = partsOf(indicator, numerator, indicator.denominator ? denominator : null)
      return { value: indicator.kind === 'distinct' && !cases ? null : value, total }
    },
  }
}

/** As `figures` tells it from the histogram. */
function percentile(times: ReadonlyMap<number, number>, share: number, total: number): number | null {
  let seen = 0
  for (const [hours, n] of [...times].sort(([a], [b]) => a - b)) {
    seen += n
    if (seen >= share * total) return hours
  }
  return null
}

/** Both terms of a kind; the other's place is empty where it is of another kind. */
export function bothTerms<Wanted extends Term>(
  { numerator, denominator }: Indicator,
  is: (term: Term) => term is Wanted,
) {
  return {
    numerator: is(numerator) ? numerator : null,
    denominator: denominator && is(denominator) ? denominator : null,
  }
}
const isAgencies = (term: Term): term is AgencyTerm => term.of === 'agencies'
const isProcedures = (term: Term): term is ProcedureLike => term.of === 'services' || term.of === 'procedures'

/** The terms that count dossiers, publications or petitions one by one. */
export function countedTerms({ numerator, denominator }: Indicator) {
  const of = (term: Term | null): CountedTerm | null =>
    term?.of === 'hours' ? timed(term) : term?.of === 'dossiers' ? term : null
  return { numerator: of(numerator), denominator: of(denominator) }
}

/** Whether the agency has the figure at all: of one that has ended only dossiers are left. */
export function hasFigure({ basis, agency, period }: Explained, indicator: Indicator): boolean {
  const carried = carries(basis, agency, period)
  return carried === 'all' || (carried === 'remainder' && isOfDossiers(indicator))
}

/** Every record behind the figure, in batches; all are added to `total`. */
export async function* recordsOf(
  db: Reader,
  explained: Explained,
  indicator: Indicator,
  language: 'vi' | 'en',
  total: TotalMaker,
): AsyncGenerator<RecordBehind[]> {
  if (!hasFigure(explained, indicator)) return
  const counted = countedTerms(indicator)
  const kinds = recordsCounted(counted)
  if (kinds.has('dossier')) {
    for await (const found of dossiersBehind(db, explained, counted, language)) {
      for (const { record, judged } of found) total.add(record, judged.hours)
      yield found.map(({ record }) => record)
    }
  }
  for (const name of COUNTED_INPUTS) {
    if (!kinds.has(name)) continue
    for await (const records of inputsBehind(db, explained, counted, name, language)) {
      for (const record of records) total.add(record, null)
      yield records
    }
  }
  const procedures = bothTerms(indicator, isProcedures)
  if (procedures.numerator || procedures.denominator) {
    const { records, cases } = await explainProcedures(db, explained, procedures, language)
    for (const record of records) total.add(record, null)
    total.cases(cases)
    yield records
  }
  if (indicator.kind === 'score') {
    const official = await officialBehind(db, explained, indicator, language)
    if (official) {
      total.add(official, null)
      yield [official]
    }
    const { points, records } = indicator.score
      ? { points: await componentPoints(db, explained, indicator, total.counted(), official !== null), records: [] }
      : await pointsBehind(db, explained, indicator, language)
    for (const record of records) total.add(record, null)
    total.score(points)
    yield records
  }
  const agencies = bothTerms(indicator, isAgencies)
  if (agencies.numerator || agencies.denominator) {
    const records = await explainAgencies(db, explained, agencies, language)
    for (const record of records) total.add(record, null)
    yield records
  }
}
