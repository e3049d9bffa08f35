/** Figures of now are found without reading those of before: every night adds revisions, and each refresh asks what is held. */
import type { Dialect } from '../open.ts'

export const statements = (_: Dialect): string[] => [
  'CREATE INDEX indicator_value_current ON indicator_value (agency, indicator, period) WHERE current = 1',
]
