/** Every indicator, in the order in which people read them. */
import { nearest, PipelineError } from '../../errors.ts'
import type { MeasureName } from '../../warehouse/tables.ts'
import { handling } from './handling.ts'
import { type Indicator, measuresByProcedure, type Term } from './indicator.ts'
import { onlineServices } from './online-services.ts'
import { operations } from './operations.ts'
import { petitionsAndPublications } from './petitions.ts'
import { pilotServices } from './pilots.ts'
import { behind, qd766 } from './qd766.ts'
import { urgency } from './urgency.ts'

export const INDICATORS: readonly Indicator[] = [
  ...onlineServices,
  ...pilotServices,
  ...operations,
  ...urgency,
  ...handling,
  ...petitionsAndPublications,
  ...qd766,
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

/** The terms that a figure is told from, those of the figures that it sums included. */
export const termsBehind = (indicator: Indicator): Term[] =>
  behind(indicator).flatMap(({ numerator, denominator }) => (denominator ? [numerator, denominator] : [numerator]))

const byProcedure = (indicators: readonly Indicator[]): readonly MeasureName[] => [
  ...new Set(indicators.flatMap(termsBehind).flatMap(measuresByProcedure)),
]
/** Measures that some indicator counts by procedure: distinct counts, and sums over procedures of a kind. */
export const BY_PROCEDURE = byProcedure(INDICATORS)
const kept = INDICATORS.filter((one) => one.kept.length > 0)
/** Of them those that a kept figure of the province is told from, and of any other agency: a refresh looks at no other. */
export const KEPT_BY_PROCEDURE = byProcedure(kept)
export const KEPT_BY_PROCEDURE_BELOW = byProcedure(
  kept.filter(({ keptAt }) => keptAt.some((kind) => kind !== 'province')),
)
