/** Figures as they were known at a landing: what was told then, and what nobody kept recomputed from what was known. */
import { listMeasures } from '../warehouse/measures.ts'
import type { Reader } from '../warehouse/open.ts'
import { askFigures } from './ask.ts'
import { type AgencyVersion, type Basis, carries, loadBasis } from './basis.ts'
import { findIndicator, getIndicator, INDICATORS } from './catalogue/index.ts'
import { type Indicator, isKept } from './catalogue/indicator.ts'
import type { Figure } from './compute.ts'
import { measuresBehind } from './figures.ts'
import type { Knowledge } from './knowledge.ts'
import { keptAt, knownCells, restsAt } from './known.ts'
import { countedBy } from './known-dossiers.ts'
import { type Period, parsePeriod } from './periods.ts'
import { lineage } from './places.ts'
import {
  countsAnyOf,
  type DatedFigure,
  figureRow,
  findAgencies,
  type IndicatorQuery,
  type IndicatorRow,
  type KnownRemark,
  rowsOf,
  sortRows,
} from './read.ts'
import { withReported } from './reported.ts'

/** As `readFigures`; they are past no update, whatever the clock says now. Throws PERIOD_UNKNOWN or UNKNOWN_NAME for what did not exist then. */
export async function readKnown(
  db: Reader,
  known: Knowledge,
  query: IndicatorQuery,
  zone: string,
): Promise<DatedFigure[]> {
  const indicators = query.indicators?.map((id) => getIndicator(id).id)
  const periods = query.periods?.map((text) => parsePeriod(text))
  const basis = await loadBasis(db, known.tickAt, zone, known.landing)
  const language = query.language ?? 'vi'
  const asked = query.agencies?.flatMap((text) => findAgencies(basis, text))
  const agencies = asked?.flatMap((agency) => lineage(basis.agencies, agency))
  const kept = await keptAt(db, basis, known, {
    indicators,
    agencies: agencies?.map(({ key }) => key),
    periods: periods?.map(({ text }) => text),
  })
  const rows = rowsOf(kept, basis, language).map((row) => remarked(row, ofOtherDefinition(row)))
  rows.push(...(await recomputed(db, basis, known, { ...query, zone }, kept, agencies, periods ?? [])))
  const wanted = asked ? rows.filter((row) => countsAnyOf(basis, asked, row)) : rows
  const beside = {
    indicators,
    agencies: agencies?.map(({ key }) => key),
    periods: periods?.map(({ text }) => text),
    known: known.landing,
  }
  return sortRows(await withReported(db, basis, wanted, beside, language)).map((row) => ({
    row,
    freshUntil: Number.POSITIVE_INFINITY,
  }))
}

export const remarked = (row: IndicatorRow, remarks: readonly KnownRemark[]): IndicatorRow =>
  remarks.length === 0 ? row : { ...row, remarks }

export const ofOtherDefinition = ({
  indicator,
  version,
}: Pick<IndicatorRow, 'indicator' | 'version'>): KnownRemark[] =>
  findIndicator(indicator)?.version === version ? [] : ['other-definition']

/** Kept of every agency for every period that is published. */
export const PUBLISHED = 'dossiers-received'

/** What is not kept, or was not yet: an indicator that came later is told by today's definition from the records of then. */
async function recomputed(
  db: Reader,
  basis: Basis,
  known: Knowledge,
  { indicators, language = 'vi', zone }: IndicatorQuery & { zone: string },
  kept: readonly { indicator: string; agency: string; period: string }[],
  agencies: readonly AgencyVersion[] = [...basis.agencies.values()],
  periods: readonly Period[],
): Promise<IndicatorRow[]> {
  const wanted = indicators?.map((id) => getIndicator(id)) ?? INDICATORS
  const unique = [...new Set(agencies)]
  const keys = unique.map(({ key }) => key)
  // Kept figures begin with the first month that was published then, for all indicators alike.
  const published = new Set(
    (
      await keptAt(db, basis, known, {
        indicators: [PUBLISHED],
        agencies: keys,
        periods: periods.map((one) => one.text),
      })
    ).map(({ agency, period }) => `${agency}|${period}`),
  )
  const there = new Set(kept.map(({ indicator, agency, period }) => `${indicator}|${agency}|${period}`))
  const lacks = (indicator: Indicator, agency: AgencyVersion, period: Period) =>
    !there.has(`${indicator.id}|${agency.key}|${period.text}`) &&
    indicator.periods.includes(period.kind) &&
    indicator.at.includes(agency.kind) &&
    (!isKept(indicator, agency.kind, period.kind) ||
      (published.has(`${agency.key}|${period.text}`) && carries(basis, agency, period) === 'all'))
  const missing = wanted.flatMap((indicator) =>
    periods.filter((period) => unique.some((agency) => lacks(indicator, agency, period))).map((period) => period.text),
  )
  if (missing.length === 0) return []
  const lacking = wanted.filter((one) => periods.some((of) => unique.some((agency) => lacks(one, agency, of))))
  const { rests, sure } = await restsAt(db, basis, known)
  const figures = await askFigures(basis, knownCells(db, known, zone, countedBy(lacking)), rests, {
    indicators: lacking,
    agencies: unique,
    periods: periods.filter(({ text }) => missing.includes(text)),
  })
  const remarksOf = await makeRemarks(db, known, sure)
  return figures
    .filter(({ indicator, agency, period }) => lacks(indicator, agency, period))
    .map((figure) => remarked(figureRow(figure, basis, language), remarksOf(figure)))
}

/** What is not as it was then of a figure that nobody kept. `sure`: how its sources stood is known. */
export async function makeRemarks(
  db: Reader,
  known: Knowledge,
  sure: boolean,
): Promise<(figure: Pick<Figure, 'indicator'>) => KnownRemark[]> {
  const since = await measuresSince(db, known)
  return ({ indicator }) => [
    'recomputed',
    ...(measuresBehind(indicator).some((name) => since.has(name)) ? (['measure-since'] as const) : []),
    ...(sure ? [] : (['states-of-now'] as const)),
  ]
}

/** Measures that the warehouse has held only since after then. */
export async function measuresSince(db: Reader, { landing }: Knowledge): Promise<ReadonlySet<string>> {
  const rows = await listMeasures(db)
  return new Set(rows.filter((row) => row.from_landing > landing).map(({ name }) => name))
}
