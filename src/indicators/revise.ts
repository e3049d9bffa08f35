/**
 * Revise: why a figure differs between two knowledges. Both sides are recomputed from the records of then; the way from one to the other is
 * taken in steps (time, each version of each record, reference data), each step with its effect, so that the effects sum to the difference.
 */
import { COUNTED_INPUTS } from '../warehouse/inputs.ts'
import type { Reader } from '../warehouse/open.ts'
import { type AgencyVersion, type Basis, loadBasis } from './basis.ts'
import { getIndicator } from './catalogue/index.ts'
import type { Indicator } from './catalogue/indicator.ts'
import { agencyOf, checkCarried } from './explain.ts'
import type { Explained } from './explain-dossiers.ts'
import { type CountedRecord, recordsCounted } from './explain-judge.ts'
import { countedTerms, makeTotal, recordsOf } from './explain-total.ts'
import { type Knowledge, landedAt } from './knowledge.ts'
import { keptAt } from './known.ts'
import { countedBy } from './known-dossiers.ts'
import { type Period, parsePeriod } from './periods.ts'
import { dossierEffects } from './revise-dossiers.ts'
import { inputEffects } from './revise-inputs.ts'
import { otherEffects } from './revise-others.ts'
import { pointsEffects } from './revise-points.ts'

export const CAUSES = ['late', 'corrected', 'deleted', 'reclassified', 'rule', 'time'] as const
/**
 * late: landed since · corrected: it says something else · deleted: gone, or counted no more · reclassified: another agency, procedure or
 * channel, or these are something else · rule: another calendar, limit or definition · time: the tick passed its instant.
 */
export type Cause = (typeof CAUSES)[number]
export interface Effect {
  cause: Cause
  /** what exactly: the columns that changed, `landed`, `deleted`, `merged`, `replaced`, `tick`, `reference`, `calendar`, `definition` */
  detail: string
  kind: CountedRecord | 'procedure' | 'agency' | 'official' | 'points' | 'definition'
  key: string
  source: string | null
  code: string | null
  /** what it adds to the difference */
  numerator: number
  denominator: number | null
  /** that brought it; null: time, or reference data */
  landing: number | null
  run: string | null
}
export interface Point {
  landing: number
  at: number | null
  tickAt: number
  value: number | null
  /** from the records of then; as it was told where another definition told it */
  numerator: number
  denominator: number | null
  /** as it was told then; null: it was not */
  told: {
    value: number | null
    numerator: number | null
    denominator: number | null
    version: number
    revision: number
  } | null
  /** by today's definition from the records of then, where another one told it */
  recomputed?: { value: number | null; numerator: number; denominator: number | null }
}
export interface Revision {
  indicator: string
  agency: string
  period: string
  from: Point
  to: Point
  causes: { cause: Cause; records: number; numerator: number; denominator: number | null }[]
  /** up to the limit of each cause */
  effects: (Effect & { at: number | null })[]
  effectsTotal: number
}
export interface ReviseQuery {
  indicator: string
  agency?: string | undefined
  period: string
  from: Knowledge
  to: Knowledge
  /** effects of each cause */
  limit: number
}

/** One indicator, agency and period under two knowledges. */
export interface Both {
  indicator: Indicator
  period: Period
  from: Explained
  to: Explained
}

/** Throws PERIOD_UNKNOWN, UNKNOWN_NAME, NOT_COUNTED. */
export async function revise(db: Reader, query: ReviseQuery, zone: string): Promise<Revision> {
  const both = await bothOf(db, query, zone)
  const { indicator, period, to } = both
  const kept = new Map<Cause, Effect[]>()
  const sums = new Map<Cause, Revision['causes'][number]>()
  let effectsTotal = 0
  const points = { from: await pointOf(db, both, 'from'), to: await pointOf(db, both, 'to') }
  for await (const effect of effectsBetween(db, both, points)) {
    effectsTotal++
    const { cause } = effect
    const list = kept.get(cause) ?? []
    kept.set(cause, list)
    if (list.length < query.limit) list.push(effect)
    const sum = sums.get(cause) ?? { cause, records: 0, numerator: 0, denominator: indicator.denominator ? 0 : null }
    sums.set(cause, sum)
    sum.records++
    sum.numerator += effect.numerator
    if (sum.denominator !== null) sum.denominator += effect.denominator ?? 0
  }
  const effects = CAUSES.flatMap((cause) => kept.get(cause) ?? [])
  return {
    indicator: indicator.id,
    agency: to.agency.key,
    period: period.text,
    ...points,
    causes: CAUSES.flatMap((cause) => sums.get(cause) ?? []),
    effects: await Promise.all(
      effects.map(async (effect) => ({
        ...effect,
        at: effect.landing === null ? null : await landedAt(db, effect.landing),
      })),
    ),
    effectsTotal,
  }
}

/** Every effect, one after the other; they sum to the difference of the two points. */
export async function* effectsBetween(
  db: Reader,
  both: Both,
  points: Readonly<Record<'from' | 'to', Point>>,
): AsyncGenerator<Effect> {
  const kinds = recordsCounted(countedTerms(both.indicator))
  if (kinds.has('dossier')) yield* dossierEffects(db, both)
  for (const name of COUNTED_INPUTS) if (kinds.has(name)) yield* inputEffects(db, both, name)
  yield* otherEffects(db, both)
  yield* pointsEffects(db, both)
  for (const side of ['from', 'to'] as const) {
    const { recomputed, numerator, denominator, told } = points[side]
    if (!recomputed || !told) continue
    const sign = side === 'from' ? 1 : -1
    yield {
      cause: 'rule',
      detail: `definition ${told.version} → ${both.indicator.version}`,
      kind: 'definition',
      key: both.indicator.id,
      source: null,
      code: null,
      numerator: sign * (recomputed.numerator - numerator),
      denominator: denominator === null ? null : sign * ((recomputed.denominator ?? 0) - denominator),
      landing: null,
      run: null,
    }
  }
}

/** The agency is the one that has the figure by the later knowledge; what was not known of it before counts nothing there. */
export async function bothOf(db: Reader, query: ReviseQuery, zone: string): Promise<Both> {
  const indicator = getIndicator(query.indicator)
  const period = parsePeriod(query.period)
  const by = countedBy([indicator])
  const [before, after] = [await basisOf(db, query.from, zone), await basisOf(db, query.to, zone)]
  const agency = agencyOf(after, query.agency, period)
  checkCarried(indicator, agency, period)
  const then: AgencyVersion = before.agencies.get(agency.key) ?? { ...agency, validFrom: '9999-12-31' }
  return {
    indicator,
    period,
    from: { basis: before, agency: then, period, known: query.from, by },
    to: { basis: after, agency, period, known: query.to, by },
  }
}

const basisOf = (db: Reader, { landing, tickAt }: Knowledge, zone: string): Promise<Basis> =>
  loadBasis(db, tickAt, zone, landing)

async function pointOf(db: Reader, { indicator, ...both }: Both, side: 'from' | 'to'): Promise<Point> {
  const explained = both[side]
  const known = explained.known as Knowledge
  const total = makeTotal(indicator)
  for await (const records of recordsOf(db, explained, indicator, 'vi', total)) void records
  const { value, total: parts } = total.read()
  const [told] = await keptAt(db, explained.basis, known, {
    indicators: [indicator.id],
    agencies: [explained.agency.key],
    periods: [explained.period.text],
  })
  const point = { landing: known.landing, at: await landedAt(db, known.landing), tickAt: known.tickAt }
  if (!told) return { ...point, value, ...parts, told: null }
  const { version, revision, numerator, denominator } = told
  const said = { value: told.value, numerator, denominator, version, revision }
  if (version === indicator.version || numerator === null) return { ...point, value, ...parts, told: said }
  const recomputed = { value, ...parts }
  return { ...point, value: told.value, numerator, denominator, told: said, recomputed }
}
