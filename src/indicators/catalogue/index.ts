/** Every indicator, in the order in which people read them. */
import { nearest, PipelineError } from '../../errors.ts'
import type { MeasureName } from '../../warehouse/tables.ts'
import { handling } from './handling.ts'
import { type Indicator, measuresOf } from './indicator.ts'
import { onlineServices } from './online-services.ts'
import { operations } from './operations.ts'
import { pilotServices } from './pilots.ts'
import { urgency } from './urgency.ts'

export const INDICATORS: readonly Indicator[] = [
  ...onlineServices,
  ...pilotServices,
  ...operations,
  ...urgency,
  ...handling,
]
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
export const BY_PROCEDURE: readonly MeasureName[] = byProcedure(INDICATORS)
/** Of them those that a kept figure is told from: a refresh looks at no other. */
export const KEPT_BY_PROCEDURE: readonly MeasureName[] = byProcedure(INDICATORS.filter(({ kept }) => kept.length > 0))

function byProcedure(indicators: readonly Indicator[]): MeasureName[] {
  const terms = indicators.flatMap(({ numerator, denominator }) =>
    denominator ? [numerator, denominator] : [numerator],
  )
  const told = terms.filter(
    (term) => term.of === 'services' || (term.of === 'dossiers' && term.procedures !== undefined),
  )
  return [...new Set(told.flatMap(measuresOf))]
}
