/** Why there is no figure: what was asked for is not counted, or not yet. */
import type { Reader } from '../warehouse/open.ts'
import { loadBasis } from './basis.ts'
import { getIndicator } from './catalogue/index.ts'
import { checkCarried } from './explain.ts'
import { parsePeriod } from './periods.ts'
import { findAgencies, type IndicatorQuery } from './read.ts'
import { currentTick } from './tick.ts'

/** Throws NOT_COUNTED where none of the indicators asked for has a figure for any of the agencies and periods asked for. */
export async function checkCounted(db: Reader, query: IndicatorQuery, zone: string): Promise<void> {
  const { known } = query
  const basis = await loadBasis(db, known?.tickAt ?? (await currentTick(db)) ?? 0, zone, known?.landing ?? null)
  const agencies = query.agencies?.flatMap((text) => findAgencies(basis, text)) ?? [null]
  const periods = query.periods?.map((text) => parsePeriod(text)) ?? [null]
  let first: unknown
  for (const id of query.indicators ?? []) {
    for (const agency of agencies)
      for (const period of periods) {
        try {
          return checkCarried(getIndicator(id), agency, period)
        } catch (error) {
          first ??= error
        }
      }
  }
  if (first !== undefined) throw first
}
