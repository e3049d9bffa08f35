/**
 * The run ledger (lần đồng bộ): one row per invocation, one below it per source and per delivery.
 *
 *   running ─► succeeded | partial | incomplete | held | failed
 *      └──────► failed (RUN_INTERRUPTED) when its process is gone: see closeInterruptedRuns
 */
import { randomInt } from 'node:crypto'
import type { ErrorCode, ErrorParams, ExitCode } from '../errors.ts'
import { PipelineError } from '../errors.ts'
import type { Reader, Trx } from './open.ts'
import type { RunState, RunTable } from './tables.ts'

export interface Why {
  code: ErrorCode
  params: ErrorParams
}
/** Counters, and what belongs to a run but is no counter: `slot` and `holder` (host, pid and start of the process). */
export type RunCounts = { [name: string]: number | string | RunCounts }
export interface RunRow extends Omit<RunTable, 'why' | 'counts' | 'remarks'> {
  why: Why | null
  counts: RunCounts
  remarks: string[]
}
export interface NewRun {
  kind: 'invocation' | 'source' | 'push'
  verb: string
  startedAt: number
  /** what the run takes as now: sample time in a sample warehouse */
  asOf: number
  parent?: string | null
  job?: string | null
  source?: string | null
  /** `<job>@<local time>`: a slot is started once, however many schedulers there are */
  slot?: string | null
  holder?: string | null
}
export interface RunEnd {
  state: Exclude<RunState, 'running'>
  endedAt: number
  why?: Why | null
  exitCode?: ExitCode | null
  counts?: RunCounts
  remarks?: readonly string[]
}

/** The id of the new run; null where its slot has been started before (the one writer makes that decision safe). */
export async function startRun(trx: Trx, run: NewRun & { slot: string }): Promise<string | null>
export async function startRun(trx: Trx, run: NewRun & { slot?: null }): Promise<string>
export async function startRun(trx: Trx, run: NewRun): Promise<string | null>
export async function startRun(trx: Trx, run: NewRun): Promise<string | null> {
  if (run.slot && (await findSlot(trx.db, run.job ?? '', run.slot))) return null
  const id = runId(run.startedAt)
  const counts: RunCounts = {
    ...(run.slot ? { slot: run.slot } : {}),
    ...(run.holder ? { holder: run.holder } : {}),
  }
  await trx.db
    .insertInto('run')
    .values({
      id,
      parent: run.parent ?? null,
      kind: run.kind,
      verb: run.verb,
      job: run.job ?? null,
      source: run.source ?? null,
      state: 'running',
      why: null,
      started_at: run.startedAt,
      ended_at: null,
      as_of: run.asOf,
      counts: JSON.stringify(counts),
      remarks: '[]',
      exit_code: null,
    })
    .execute()
  return id
}

/** Counts are added to what the run has counted so far, remarks appended. */
export async function endRun(trx: Trx, id: string, end: RunEnd): Promise<void> {
  const row = await getRun(trx.db, id)
  await trx.db
    .updateTable('run')
    .set({
      state: end.state,
      ended_at: end.endedAt,
      why: end.why ? JSON.stringify(end.why) : null,
      exit_code: end.exitCode ?? null,
      counts: JSON.stringify(mergedCounts(row.counts, end.counts ?? {})),
      remarks: JSON.stringify([...row.remarks, ...(end.remarks ?? [])]),
    })
    .where('id', '=', id)
    .execute()
}

/** What came behind the work of a run that has ended (delivery, the spot check): the exit code of the whole, and what there is to say. */
export async function amendRun(trx: Trx, id: string, exitCode: number, remarks: readonly string[]): Promise<void> {
  const row = await getRun(trx.db, id)
  const said = JSON.stringify([...row.remarks, ...remarks])
  await trx.db.updateTable('run').set({ exit_code: exitCode, remarks: said }).where('id', '=', id).execute()
}

export function mergedCounts(a: RunCounts, b: RunCounts): RunCounts {
  const merged: RunCounts = { ...a }
  for (const [name, value] of Object.entries(b)) {
    const before = merged[name]
    if (typeof value === 'number' && typeof before === 'number') merged[name] = before + value
    else if (typeof value === 'object' && typeof before === 'object') merged[name] = mergedCounts(before, value)
    else merged[name] = value
  }
  return merged
}

export async function findRun(db: Reader, id: string): Promise<RunRow | undefined> {
  const row = await db.selectFrom('run').selectAll().where('id', '=', id).executeTakeFirst()
  return row && parsed(row)
}

/** Throws NOT_FOUND. */
export async function getRun(db: Reader, id: string): Promise<RunRow> {
  const row = await findRun(db, id)
  if (!row) throw new PipelineError('NOT_FOUND', { kind: 'Run', id, verb: 'runs' })
  return row
}

export interface RunFilter {
  parent?: string
  source?: string
  job?: string
  kind?: NewRun['kind']
  state?: RunState
  limit?: number
}

/** Newest first. */
export async function listRuns(db: Reader, filter: RunFilter = {}): Promise<RunRow[]> {
  const { limit, ...equal } = filter
  let query = db.selectFrom('run').selectAll().orderBy('started_at', 'desc').orderBy('id', 'desc')
  for (const [column, value] of Object.entries(equal)) {
    if (value !== undefined) query = query.where(column as 'source', '=', value)
  }
  const rows = await query.limit(limit ?? 50).execute()
  return rows.map(parsed)
}

/** The newest run of each source, by source. */
export async function lastRunOfSources(db: Reader): Promise<Map<string, RunRow>> {
  const newest = db
    .selectFrom('run')
    .select(({ fn }) => ['source', fn.max('id').as('id')])
    .where('kind', '=', 'source')
    .groupBy('source')
  const rows = await db
    .selectFrom('run')
    .innerJoin(newest.as('newest'), 'newest.id', 'run.id')
    .selectAll('run')
    .execute()
  return new Map(rows.map((row) => [row.source ?? '', parsed(row)]))
}

/** The run that a slot started. A slot stays within a job's latest runs: 200 of them are more than any catch-up looks back. */
export async function findSlot(db: Reader, job: string, slot: string): Promise<RunRow | undefined> {
  const runs = await listRuns(db, { job, kind: 'invocation', limit: 200 })
  return runs.find((run) => run.counts.slot === slot)
}

/** Marks runs as failed whose process is gone (kill -9, power): nothing of what they landed is lost. Returns their ids. */
export async function closeInterruptedRuns(
  trx: Trx,
  isGone: (holder: string) => boolean,
  now: number,
): Promise<string[]> {
  const running = await listRuns(trx.db, { state: 'running', limit: 1000 })
  const gone = running.filter(({ counts }) => typeof counts.holder === 'string' && isGone(counts.holder))
  for (const run of gone) {
    const why: Why = { code: 'RUN_INTERRUPTED', params: { run: run.id, verb: run.verb } }
    await endRun(trx, run.id, { state: 'failed', endedAt: now, why, exitCode: 1 })
  }
  return gone.map((run) => run.id)
}

const LETTERS = 'abcdefghijkmnpqrstuvwxyz23456789'
/** Sortable by time to the millisecond: `r20241201T010000123k3x9`, UTC. */
function runId(at: number): string {
  const time = new Date(at).toISOString().replaceAll(/[-:.Z]/g, '')
  return `r${time}${Array.from({ length: 4 }, () => LETTERS[randomInt(LETTERS.length)]).join('')}`
}

const parsed = (row: RunTable): RunRow => ({
  ...row,
  why: row.why === null ? null : (JSON.parse(row.why) as Why),
  counts: JSON.parse(row.counts) as RunCounts,
  remarks: JSON.parse(row.remarks) as string[],
})
