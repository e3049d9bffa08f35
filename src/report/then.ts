/** How the sources stood, and what agencies had reported by hand, now or as the warehouse knew it at some time. */
import type { Knowledge } from '../indicators/knowledge.ts'
import type { IndicatorRow } from '../indicators/read.ts'
import { type StoredInput, statementsOf } from '../warehouse/inputs.ts'
import type { Reader } from '../warehouse/open.ts'
import { listSourceStatus } from '../warehouse/source-status.ts'

export interface SourceThen {
  source: string
  state: string
  /** epoch ms up to which it was read completely; null: never */
  asOf: number | null
  late: boolean
}

/** `now`: real time, epoch ms, by which the present states are late. How late those of then were nobody keeps: only what was not read. */
export async function sourcesThen(
  db: Reader,
  rows: readonly Pick<IndicatorRow, 'sources'>[],
  known: Knowledge | undefined,
  now: number,
): Promise<SourceThen[]> {
  const told = new Map(rows.flatMap(({ sources }) => sources.map((one) => [one.source, one])))
  const isWhole = (state: string) => state === 'fresh' || state === 'partial'
  if (known)
    return [...told.values()]
      .sort((a, b) => (a.source < b.source ? -1 : 1))
      .map(({ source, state, asOf }) => ({ source, state, asOf, late: !isWhole(state) }))
  return (await listSourceStatus(db)).map(({ source, state, as_of, fresh_until }) => ({
    source,
    state,
    asOf: as_of,
    late: told.has(source) && (!isWhole(state) || fresh_until < now),
  }))
}

export async function statementsThen(
  db: Reader,
  period: string,
  known: Knowledge | undefined,
): Promise<StoredInput<'statement'>[]> {
  if (!known) return statementsOf(db, { periods: [period] })
  const rows = await db
    .selectFrom('statement')
    .selectAll()
    .where('period', '=', period)
    .where('known_from', '<=', known.landing)
    .execute()
  const versions = await db
    .selectFrom('input_version')
    .select('data')
    .where('entity', '=', 'statement')
    .where('known_from', '<=', known.landing)
    .where('known_to', '>', known.landing)
    .execute()
  const before = versions.map(({ data }) => JSON.parse(data) as StoredInput<'statement'>)
  return [...rows, ...before.filter((one) => one.period === period)].filter(({ deleted }) => deleted === 0)
}
