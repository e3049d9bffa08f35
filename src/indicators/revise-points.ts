/** The effects on points: of the portal's own row, and of components and groups that are summed. */
import type { Reader } from '../warehouse/open.ts'
import type { Explained } from './explain-dossiers.ts'
import type { OfficialBehind, PointsBehind } from './explain-points.ts'
import { makeTotal, recordsOf } from './explain-total.ts'
import type { Both, Effect } from './revise.ts'

type Record = OfficialBehind | PointsBehind

export async function* pointsEffects(db: Reader, both: Both): AsyncGenerator<Effect> {
  if (!['official', 'points'].includes(both.indicator.numerator.of)) return
  const [before, after] = [await behind(db, both, both.from), await behind(db, both, both.to)]
  for (const key of [...new Set([...before.keys(), ...after.keys()])].sort()) {
    const [first, last] = [before.get(key), after.get(key)]
    const numerator = (last?.above ?? 0) - (first?.above ?? 0)
    const denominator = (last?.below ?? 0) - (first?.below ?? 0)
    if (numerator === 0 && denominator === 0) continue
    const official = last?.kind === 'official' ? last : null
    yield {
      cause: first ? 'corrected' : 'late',
      detail: official ? 'official-score' : 'points',
      kind: last?.kind ?? first?.kind ?? 'points',
      key,
      source: official?.source ?? null,
      code: null,
      numerator,
      denominator,
      landing: official?.landing ?? null,
      run: official?.run ?? null,
    }
  }
}

async function behind(db: Reader, { indicator }: Both, explained: Explained): Promise<Map<string, Record>> {
  const found = new Map<string, Record>()
  for await (const records of recordsOf(db, explained, indicator, 'vi', makeTotal(indicator)))
    for (const record of records) {
      if (record.kind === 'official') found.set(record.component, record)
      if (record.kind === 'points') found.set(record.indicator, record)
    }
  return found
}
