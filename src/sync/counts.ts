/** What a run counted. Kept as JSON in `run.counts`; the shape is schemas/cli/runs.schema.json. */

export const COUNTS = [
  'read',
  'landed',
  'new',
  'changed',
  'unchanged',
  'stale',
  'late',
  'doubled',
  'deleted',
  'merged',
  'quarantined',
  'waiting',
  'replayed',
  'noted',
  'repaired',
  'regressed',
  'writes',
] as const
export type Count = (typeof COUNTS)[number]
export type Counts = Record<Count, number>

export const noCounts = (): Counts => Object.fromEntries(COUNTS.map((name) => [name, 0])) as Counts

export function addCounts(into: Counts, more: Partial<Counts>): void {
  for (const name of COUNTS) into[name] += more[name] ?? 0
}
