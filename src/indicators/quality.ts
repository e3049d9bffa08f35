/** Data quality of every source in a period, told from its runs; the causes of what failed are counted apart. */
import type { Reader } from '../warehouse/open.ts'
import type { RunTable } from '../warehouse/tables.ts'
import { CAUSES, type Cause, causeOf, type quality } from './catalogue/quality.ts'
import { type Knowledge, landedAt } from './knowledge.ts'
import { localDays } from './local-day.ts'
import { endOfDay, type Period, startOfDay } from './periods.ts'
import { currentTick } from './tick.ts'

export interface SourceQuality {
  source: string
  /** n of d; d 0: nothing was read, so there is nothing to say */
  figures: Record<(typeof quality)[number]['id'], { numerator: number; denominator: number }>
  /** reads that were not complete, by cause */
  causes: Record<Cause, number>
}

/**
 * Every source that was ever read, by name. Runs count by what they took as now: sample time in a sample warehouse.
 * `known`: of the runs up to the landing that was the newest then.
 */
export async function sourceQuality(
  db: Reader,
  period: Period,
  zone: string,
  known?: Knowledge,
): Promise<SourceQuality[]> {
  const tick = known ? known.tickAt : await currentTick(db)
  const start = startOfDay(period.firstDay, zone)
  const landed = known ? ((await landedAt(db, known.landing)) ?? 0) : Number.POSITIVE_INFINITY
  const end = Math.min(endOfDay(period.lastDay, zone), landed + 1)
  const runs = db.selectFrom('run').selectAll().where('kind', '=', 'source').where('state', '<>', 'running')
  const rows = await runs.where('as_of', '>=', start).where('as_of', '<', end).orderBy('as_of').execute()
  const firsts = await db
    .selectFrom('run')
    .select(({ fn }) => ['source', fn.min('as_of').as('first')])
    .where('kind', '=', 'source')
    .where('as_of', '<', end)
    .groupBy('source')
    .orderBy('source')
    .execute()
  const holds = new Map(
    (await db.selectFrom('hold').select(['run', 'guard']).execute()).map((one) => [one.run, one.guard]),
  )
  const days = localDays(zone)
  const last = Math.min(end - 1, tick ?? end - 1)
  return firsts.flatMap(({ source, first }) => {
    if (source === null) return []
    const own = rows.filter((run) => run.source === source)
    const from = Math.max(start, Number(first))
    const passed = last < from ? 0 : daysBetween(days.dayOf(from), days.dayOf(last)) + 1
    return [qualityOf(source, own, passed, days.dayOf, holds)]
  })
}

const daysBetween = (from: string, to: string) => Temporal.PlainDate.from(from).until(to).days
const isComplete = ({ state }: Pick<RunTable, 'state'>) => state === 'succeeded' || state === 'partial'

function qualityOf(
  source: string,
  runs: readonly RunTable[],
  passed: number,
  dayOf: (at: number) => string,
  holds: ReadonlyMap<string, string>,
): SourceQuality {
  const sums = { read: 0, quarantined: 0, doubled: 0 }
  for (const { counts } of runs) {
    const own = JSON.parse(counts) as Partial<Record<keyof typeof sums, number>>
    for (const name of Object.keys(sums) as (keyof typeof sums)[]) sums[name] += own[name] ?? 0
  }
  const complete = runs.filter(isComplete)
  const causes = Object.fromEntries(CAUSES.map((cause) => [cause, 0])) as Record<Cause, number>
  for (const run of runs) {
    if (isComplete(run)) continue
    const why = run.why === null ? null : (JSON.parse(run.why) as { code: string })
    const code = run.state === 'held' ? 'SOURCE_HELD' : (why?.code ?? null)
    causes[causeOf(code, holds.get(run.id) ?? null)]++
  }
  return {
    source,
    figures: {
      valid: { numerator: sums.read - sums.quarantined, denominator: sums.read },
      complete: { numerator: complete.length, denominator: runs.length },
      unique: { numerator: sums.read - sums.doubled, denominator: sums.read },
      fresh: { numerator: new Set(complete.map((run) => dayOf(run.as_of))).size, denominator: passed },
    },
    causes,
  }
}
