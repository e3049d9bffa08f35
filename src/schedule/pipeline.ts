/** The whole way once: sync (read → land → replay), tell the state of every source, refresh the indicators; `runJob` then delivers. */
import { setTimeout as delay } from 'node:timers/promises'
import { type Config, type Env, resolveTargets, type TargetConfig } from '../config.ts'
import { enrolOnly } from '../deliver/enrol.ts'
import { enqueueSourceStatus } from '../deliver/status.ts'
import { asPipelineError, type ExitCode, PipelineError, worstExit } from '../errors.ts'
import { BUILD_LEASE, type Built, buildMeasures } from '../indicators/build.ts'
import { refresh } from '../indicators/refresh.ts'
import { type SpotCheck, spotCheck } from '../indicators/spot-check.ts'
import { type SourceResult, type SyncDeps, type SyncOptions, type SyncResult, sync } from '../sync/sync.ts'
import { listBuilding } from '../warehouse/measures.ts'
import type { Warehouse } from '../warehouse/open.ts'
import { countOpen } from '../warehouse/quarantines.ts'
import { amendRun, closeInterruptedRuns } from '../warehouse/runs.ts'
import type { SourceState } from '../warehouse/source-status.ts'
import { holderId, isGone } from './holder.ts'
import { freshUntil } from './job.ts'
import { withLease } from './lease.ts'
import { type Pushed, push } from './push.ts'

export interface Pipeline {
  warehouse: Warehouse
  config: Config
  env: Env
  onProgress?: SyncDeps['onProgress']
  /** new measures: up to which dossier id they are built, of which greatest one */
  onBuild?: (to: number, of: number) => void
}

/** What `sync` needs, with leases of this process and the last step of DESIGN's way of a record. */
export function syncDeps(pipeline: Pipeline, signal: AbortSignal, whole = true): SyncDeps {
  const { warehouse, config, env } = pipeline
  const holder = holderId()
  return {
    warehouse,
    config,
    env,
    holder,
    withLease: (name, own, fn) => withLease(warehouse, name, holder, fn, { signal: own }),
    settle: async (results, asOf) => {
      await tellStates(pipeline, results, asOf, whole)
      await buildNow(pipeline, signal)
      await refreshNow(pipeline, signal)
    },
    ...(pipeline.onProgress ? { onProgress: pipeline.onProgress } : {}),
  }
}

/** A run whose process was killed is closed first: the ledger must not say "running" of what no longer runs. */
export async function runSync(pipeline: Pipeline, options: SyncOptions): Promise<SyncResult> {
  await pipeline.warehouse.write((trx) => closeInterruptedRuns(trx, isGone, Date.now()))
  return sync(syncDeps(pipeline, options.signal, options.since == null), options)
}

/**
 * One status message per source that was read; a source that somebody else is reading tells its own.
 * `whole`: false for `--since`, which may leave out what lies between and so makes nothing fresh.
 */
async function tellStates(
  { warehouse, config }: Pipeline,
  results: readonly SourceResult[],
  asOf: number,
  whole: boolean,
): Promise<void> {
  const now = Date.now()
  const targets = config.targets.map((target) => target.name)
  await warehouse.write(async (trx) => {
    for (const result of results) {
      const source = config.sources.find((candidate) => candidate.id === result.source)
      if (!source || result.error?.code === 'ALREADY_RUNNING' || result.error?.code === 'LEASE_LOST') continue
      const before = await trx.db
        .selectFrom('source_status')
        .select(['as_of', 'fresh_until', 'state'])
        .where('source', '=', source.id)
        .executeTakeFirst()
      const ended = result.state === 'succeeded' || result.state === 'partial'
      const complete = ended && whole
      const known = before && before.state !== 'never' ? (before.state as SourceState) : 'incomplete'
      await enqueueSourceStatus(
        trx,
        {
          source: source.id,
          asOf: complete ? asOf : (before?.as_of ?? null),
          state: ended && !whole ? known : await stateOf(result, () => countOpen(trx.db, source.id)),
          // Only a complete read makes figures fresh for longer: a source that fails every night must grey at the IOC.
          freshUntil: complete ? freshUntil(config, source, now) : (before?.fresh_until ?? now),
        },
        targets,
        now,
      )
    }
  })
}

/** Records set aside on an earlier night are missing just as much: a source is fresh only while none is open. */
async function stateOf(result: SourceResult, open: () => Promise<number>): Promise<SourceState> {
  if (result.state === 'failed' || result.state === 'held' || result.state === 'incomplete') return result.state
  return (await open()) > 0 ? 'partial' : 'fresh'
}

/** Builds what measures are new until all are there; what somebody else builds is left to them. */
export async function buildNow(
  { warehouse, config, onBuild }: Pipeline,
  signal: AbortSignal,
): Promise<Pick<Built, 'measures' | 'dossiers'>> {
  const none = { measures: [], dossiers: 0 }
  if ((await warehouse.read(listBuilding)).length === 0) return none
  try {
    return await withLease(
      warehouse,
      BUILD_LEASE,
      holderId(),
      (lease, held) =>
        buildMeasures(warehouse, {
          zone: config.zone,
          lease,
          signal: held,
          ...(onBuild ? { onProgress: onBuild } : {}),
        }),
      { signal },
    )
  } catch (error) {
    if (error instanceof PipelineError && ['ALREADY_RUNNING', 'LEASE_LOST'].includes(error.code)) return none
    throw error
  }
}

/** 120 × 500 ms: a refresh of everything takes seconds; somebody who holds the lease for a minute is stuck. */
const REFRESH_TRIES = 120
const REFRESH_PAUSE_MS = 500

/** Drains the dirty marks under the lease `refresh`. `serve` takes it every minute too: then this waits, its own marks are not yet drained. */
export async function refreshNow(
  { warehouse, config }: Pipeline,
  signal: AbortSignal,
): Promise<{ looked: number; changed: number }> {
  const targets = config.targets.map((target) => target.name)
  for (let tried = 1; ; tried++) {
    try {
      return await withLease(
        warehouse,
        'refresh',
        holderId(),
        async (lease) => {
          await enrolOnly(warehouse, targets, lease)
          return refresh(warehouse, { now: Date.now(), zone: config.zone, targets, lease })
        },
        { signal },
      )
    } catch (error) {
      if (!(error instanceof PipelineError) || error.code !== 'ALREADY_RUNNING' || tried >= REFRESH_TRIES) throw error
      await delay(REFRESH_PAUSE_MS, undefined, { signal })
    }
  }
}

export interface JobResult extends SyncResult {
  pushed: Pushed[]
  /** null: none was due */
  spotCheck: SpotCheck | null
  /** why none could be made, though it was due */
  notChecked?: PipelineError
}

/** Sync, then push, and behind a job the spot check of the day. The exit code is the worst of all. */
export async function runWhole(pipeline: Pipeline, options: SyncOptions & { push: boolean }): Promise<JobResult> {
  // Before the work: a wrong address or a missing secret is said at once, not after an hour of reading.
  const targets = options.push ? targetsNow(pipeline) : []
  const { warehouse, config } = pipeline
  const synced = await runSync(pipeline, options)
  if (synced.run === null) return { ...synced, pushed: [], spotCheck: null }
  const pushed = options.push ? await push(warehouse, targets, { now: Date.now, signal: options.signal }) : []
  // `serve` delivers the same queue: that it is at it just now is no failure of this job.
  const ours = pushed.filter(({ error }) => error?.code !== 'ALREADY_RUNNING')
  const checked = options.job == null ? { spotCheck: null } : await checkSpots(warehouse, config.zone, options.signal)
  const differs = checked.spotCheck !== null && checked.spotCheck.differences > 0
  const exit = worstExit([synced.exit, pushExit(ours), differs ? 1 : 0, checked.notChecked?.exit ?? 0])
  // The ledger closed the run with what was read: who looks there later must see what the process ended with.
  const { run } = synced
  const remarks = differs ? [`spot check: ${checked.spotCheck?.differences} differences`] : []
  if (exit !== synced.exit) await warehouse.write((trx) => amendRun(trx, run, exit, remarks))
  return { ...synced, pushed, ...checked, exit }
}

/** What has landed and been sent stays said, whatever becomes of the check. */
async function checkSpots(
  warehouse: Warehouse,
  zone: string,
  signal: AbortSignal,
): Promise<Pick<JobResult, 'spotCheck' | 'notChecked'>> {
  try {
    return { spotCheck: await spotCheck(warehouse, zone, Date.now(), signal) }
  } catch (error) {
    return { spotCheck: null, notChecked: asPipelineError(error) }
  }
}

export const targetsNow = ({ config, env }: Pipeline): TargetConfig[] => resolveTargets(config, env)
export const pushExit = (pushed: readonly Pushed[]): ExitCode => worstExit(pushed.map((one) => one.error?.exit ?? 0))
