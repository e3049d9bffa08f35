/**
 * Figures of now are found without reading those of before: every night adds revisions, and each refresh asks what is held. And petitions and
 * announced procedures are looked at again where agencies were imported before these followed them.
 */
import type { Dialect } from '../open.ts'

export const statements = (_: Dialect): string[] => [
  'CREATE INDEX indicator_value_current ON indicator_value (agency, indicator, period) WHERE current = 1',
  "INSERT INTO meta SELECT 'reassign_from', first FROM (SELECT min(valid_from) AS first FROM rule WHERE kind = 'basis:agencies') AS made WHERE first IS NOT NULL AND NOT EXISTS (SELECT 1 FROM meta WHERE key = 'reassign_from')",
]
