/** Figures as they were known at a landing, under the agencies of today: today's map over the records of then. */
import type { Reader } from '../warehouse/open.ts'
import { askFigures } from './ask.ts'
import { loadBasis } from './basis.ts'
import { getIndicator, INDICATORS } from './catalogue/index.ts'
import { presentBasis, presentRow } from './geography.ts'
import { type Knowledge, presentKnowledge } from './knowledge.ts'
import { keptAt, knownCells, restsAt } from './known.ts'
import { countedBy } from './known-dossiers.ts'
import { parsePeriod } from './periods.ts'
import { placeOn } from './places.ts'
import { type DatedFigure, figureRow, findAgencies, type IndicatorQuery, sortRows } from './read.ts'
import { makeRemarks, PUBLISHED, remarked } from './read-known.ts'

/**
 * All of them are recomputed: what was told then was told under the agencies of then. Open dossiers, periods and procedures are as they were
 * known then; without periods those that were published. Throws PERIOD_UNKNOWN or UNKNOWN_NAME for what does not exist today.
 */
export async function readKnownNow(
  db: Reader,
  known: Knowledge,
  query: IndicatorQuery,
  zone: string,
): Promise<DatedFigure[]> {
  const { language = 'vi' } = query
  const indicators = query.indicators?.map((id) => getIndicator(id)) ?? INDICATORS
  const then = await loadBasis(db, known.tickAt, zone, known.landing)
  const today = await loadBasis(db, (await presentKnowledge(db)).tickAt, zone)
  const present = presentBasis(then, today)
  const asked = query.agencies?.flatMap((text) => findAgencies(today, text))
  const places = asked?.map((agency) => placeOn(today.agencies, agency, today.tickDay).key)
  const published = query.periods
    ? []
    : (await keptAt(db, then, known, { indicators: [PUBLISHED] })).map(({ period }) => period)
  const { rests, sure } = await restsAt(db, then, known)
  const figures = await askFigures(present, knownCells(db, known, zone, countedBy(indicators)), rests, {
    indicators,
    agencies: [...present.agencies.values()].filter(({ key }) => places?.includes(key) ?? true),
    periods: [...new Set(query.periods ?? published)].map(parsePeriod),
  })
  const remarksOf = await makeRemarks(db, known, sure)
  const rows = figures.map((figure) => {
    const row = presentRow(today, present, figure, (one) => figureRow(one, then, language))
    return remarked(row, remarksOf(figure))
  })
  return sortRows(rows).map((row) => ({ row, freshUntil: Number.POSITIVE_INFINITY }))
}
