/** How the sources stood, now or as the warehouse knew it at some time. */
import type { Knowledge } from '../indicators/knowledge.ts'
import type { IndicatorRow } from '../indicators/read.ts'
import type { Reader } from '../warehouse/open.ts'
import { sourceStates, sourceStatesAt } from '../warehouse/source-status.ts'

export interface SourceThen {
  source: string
  state: string
  /** epoch ms up to which it was read completely; null: never */
  asOf: number | null
  late: boolean
}

/**
 * `now`: real time, epoch ms, by which present states are late. Of then only what was not read whole is: nobody keeps at what time of day a
 * question was asked. Of a time of which states are not kept yet they are as the figures of then say them.
 */
export async function sourcesThen(
  db: Reader,
  rows: readonly Pick<IndicatorRow, 'sources'>[],
  known: Knowledge | undefined,
  now: number,
): Promise<SourceThen[]> {
  const told = new Map(rows.flatMap(({ sources }) => sources.map((one) => [one.source, one])))
  const states = known ? await sourceStatesAt(db, known.landing) : await sourceStates(db)
  const isWhole = (state: string) => state === 'fresh' || state === 'partial'
  return [...(states ?? told)]
    .map(([source, one]) => {
      const overdue = known === undefined && 'freshUntil' in one && one.freshUntil < now
      const late = told.has(source) && (!isWhole(one.state) || overdue)
      return { source, state: one.state, asOf: one.asOf, late }
    })
    .sort((a, b) => (a.source < b.source ? -1 : 1))
}
