/** What the status page and /health show, read in one snapshot. */
import type { Config } from '../config.ts'
import type { Language } from '../errors.ts'
import { type DatedFigure, readFigures } from '../indicators/read.ts'
import { findSpotCheck, type SpotCheck } from '../indicators/spot-check.ts'
import { findMeta } from '../warehouse/landing.ts'
import type { Reader, Warehouse } from '../warehouse/open.ts'
import { type Backlog, backlogOf, lastConfirmedAt } from '../warehouse/outbox.ts'
import { countRefused, listRefused, type Refusal } from '../warehouse/refused.ts'
import { lastRunOfSources, listRuns, type RunRow } from '../warehouse/runs.ts'
import { listSourceStatus } from '../warehouse/source-status.ts'

export interface SourceLine {
  id: string
  name: string
  /** fresh, partial, incomplete, held, failed, never, retired */
  state: string
  asOf: number | null
  freshUntil: number | null
  lastRun: RunRow | null
}
export interface FigureLine {
  month: DatedFigure | null
  year: DatedFigure | null
}
export interface OutboxLine extends Backlog {
  confirmedAt: number | null
  /** figures whose newest message stands refused, and the first of them */
  refused: number
  refusal: Refusal | null
}
export interface Status {
  /** null before anything landed */
  data: 'sample' | 'real' | null
  tick: number | null
  figures: FigureLine[]
  /** the province's overdue dossiers on the day of the tick */
  overdue: DatedFigure | null
  sources: SourceLine[]
  quarantine: { source: string; rule: string; records: number }[]
  runs: RunRow[]
  outbox: OutboxLine[]
  /** the newest comparison with the records; null: none has been made */
  spotCheck: SpotCheck | null
}

/** The figures that the province's report leads with; all others: ioc indicators. */
const MAIN = [
  'procedures-total',
  'procedures-online',
  'procedures-online-share',
  'procedures-integrated-share',
  'services-with-online-dossier-share',
  'full-process-share-of-used',
  'dossiers-received',
  'online-share',
  'finished-in-time-share',
  'finished-late',
  'in-progress-within-share',
  'in-progress-past-due',
  'departments-above-80',
  'districts-above-60',
  'communes-at-100',
]
const OVERDUE = 'overdue-now'
/** Each reason is parsed; beyond this many open records the page would take longer than its refresh. */
const REASONS_READ = 20_000

export type StatusConfig = Pick<Config, 'zone' | 'sources' | 'targets'>

export function readStatus(warehouse: Warehouse, config: StatusConfig, language: Language): Promise<Status> {
  return warehouse.read(async (db) => {
    const data = await findMeta(db, 'data')
    const tick = await newestTick(db)
    return {
      data: data === 'sample' || data === 'real' ? data : null,
      tick,
      ...(tick === null ? { figures: [], overdue: null } : await figuresOf(db, tick, config.zone, language)),
      sources: await sourcesOf(db, config),
      quarantine: await openReasons(db),
      runs: await listRuns(db, { kind: 'invocation', limit: 8 }),
      outbox: await outboxOf(db, config),
      spotCheck: await findSpotCheck(db),
    }
  })
}

async function newestTick(db: Reader): Promise<number | null> {
  const row = await db
    .selectFrom('tick')
    .select(({ fn }) => fn.max('at').as('at'))
    .executeTakeFirst()
  return row?.at ?? null
}

async function figuresOf(
  db: Reader,
  tick: number,
  zone: string,
  language: Language,
): Promise<Pick<Status, 'figures' | 'overdue'>> {
  const day = Temporal.Instant.fromEpochMilliseconds(tick).toZonedDateTimeISO(zone).toPlainDate().toString()
  const province = await db
    .selectFrom('agency')
    .select('key')
    .where('kind', '=', 'province')
    .where('known_to', 'is', null)
    .where('valid_from', '<=', day)
    .where(({ eb, or }) => or([eb('valid_to', 'is', null), eb('valid_to', '>', day)]))
    .executeTakeFirst()
  if (!province) return { figures: [], overdue: null }
  const month = day.slice(0, 7)
  const year = `${day.slice(0, 4)}-YTD-${day.slice(5, 7)}`
  const query = { indicators: [...MAIN, OVERDUE], agencies: [province.key], periods: [month, year, day], language }
  const found = await readFigures(db, query, zone)
  const find = (indicator: string, period: string) =>
    found.find(({ row }) => row.indicator === indicator && row.period === period) ?? null
  const figures = MAIN.map((id) => ({ month: find(id, month), year: find(id, year) }))
  return { figures: figures.filter((line) => line.month ?? line.year), overdue: find(OVERDUE, day) }
}

/** The configured sources and those that the warehouse still knows. */
async function sourcesOf(db: Reader, { sources }: StatusConfig): Promise<SourceLine[]> {
  const states = new Map((await listSourceStatus(db)).map((row) => [row.source, row]))
  const runs = await lastRunOfSources(db)
  const names = new Map(sources.map((source) => [source.id, source.name]))
  const ids = [...new Set([...names.keys(), ...states.keys()])]
  return ids.map((id) => {
    const row = states.get(id)
    return {
      id,
      name: names.get(id) ?? id,
      state: row ? (row.retired_at === null ? row.state : 'retired') : 'never',
      asOf: row?.as_of ?? null,
      freshUntil: row?.fresh_until ?? null,
      lastRun: runs.get(id) ?? null,
    }
  })
}

async function openReasons(db: Reader): Promise<Status['quarantine']> {
  const rows = await db
    .selectFrom('quarantine')
    .select(['source', 'reasons', 'waiting_for'])
    .where('closed_at', 'is', null)
    .orderBy('id')
    .limit(REASONS_READ)
    .execute()
  const counts = new Map<string, { source: string; rule: string; records: number }>()
  for (const { source, reasons, waiting_for } of rows) {
    const first = (JSON.parse(reasons) as { rule?: string }[])[0]
    const rule = waiting_for ? `waiting:${waiting_for.split(':')[0]}` : (first?.rule ?? '?')
    const key = `${source}\n${rule}`
    const line = counts.get(key) ?? { source, rule, records: 0 }
    line.records++
    counts.set(key, line)
  }
  return [...counts.values()].sort((a, b) => b.records - a.records)
}

async function outboxOf(db: Reader, { targets }: StatusConfig): Promise<OutboxLine[]> {
  const lines: OutboxLine[] = []
  for (const { name } of targets) {
    const [refusal = null] = await listRefused(db, name, 1)
    lines.push({
      ...(await backlogOf(db, name)),
      confirmedAt: await lastConfirmedAt(db, name),
      refused: await countRefused(db, name),
      refusal,
    })
  }
  return lines
}
