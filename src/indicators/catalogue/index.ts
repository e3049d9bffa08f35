/** Every indicator, in the order in which people read them. */
import { nearest, PipelineError } from '../../errors.ts'
import type { MeasureName } from '../../warehouse/tables.ts'
import { type Indicator, measuresOf } from './indicator.ts'
import { onlineServices } from './online-services.ts'
import { operations } from './operations.ts'

export const INDICATORS: readonly Indicator[] = [...onlineServices, ...operations]
const byId = new Map(INDICATORS.map((one) => [one.id, one]))

export const findIndicator = (id: string): Indicator | undefined => byId.get(id)

/** Throws UNKNOWN_NAME with the nearest names. */
export function getIndicator(id: string): Indicator {
  const found = byId.get(id)
  if (found) return found
  const ids = INDICATORS.map((one) => one.id)
  const near = nearest(id, ids)
  throw new PipelineError('UNKNOWN_NAME', {
    kind: 'indicator',
    name: id,
    known: near ? `${near} (nearest), ${ids.join(', ')}` : ids.join(', '),
  })
}

/** Measures that some indicator counts by procedure: distinct counts, and sums over procedures of a kind. */
export const BY_PROCEDURE: readonly MeasureName[] = [
  ...new Set(
    INDICATORS.flatMap(({ numerator, denominator }) => [numerator, denominator])
      .filter((term) => term?.of === 'services' || (term?.of === 'dossiers' && term.procedures !== undefined))
      .flatMap((term) => (term ? measuresOf(term) : [])),
  ),
]
