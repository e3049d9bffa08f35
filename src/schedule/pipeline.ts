/** The whole way once: sync (read → land → replay), tell the state of every source, refresh the indicators; `runJob` then delivers. */
import { type Config, type Env, resolveTargets, type TargetConfig } from '../config.ts'
import { enqueueSourceStatus } from '../deliver/status.ts'
import { type ExitCode, worstExit } from '../errors.ts'
import { refresh } from '../indicators/refresh.ts'
import { currentTick } from '../indicators/tick.ts'
import { type SourceResult, type SyncDeps, type SyncOptions, type SyncResult, sync } from '../sync/sync.ts'
import type { Warehouse } from '../warehouse/open.ts'
import { countOpen } from '../warehouse/quarantines.ts'
import { type SourceState, sourceStates } from '../warehouse/source-status.ts'
import { holderId } from './holder.ts'
import { freshUntil } from './job.ts'
import { withLease } from './lease.ts'
import { type Pushed, push } from './push.ts'

export interface Pipeline {
  warehouse: Warehouse
  config: Config
  env: Env
  onProgress?: SyncDeps['onProgress']
}

/** What `sync` needs, with leases of this process and the last step of DESIGN's way of a record. */
export function syncDeps(pipeline: Pipeline, signal: AbortSignal): SyncDeps {
  const { warehouse, config, env } = pipeline
  const holder = holderId()
  return {
    warehouse,
    config,
    env,
    holder,
    withLease: (name, own, fn) => withLease(warehouse, name, holder, fn, { signal: own }),
    settle: async (results, asOf) => {
      await tellStates(pipeline, results, asOf)
      await refreshNow(pipeline, signal)
    },
    ...(pipeline.onProgress ? { onProgress: pipeline.onProgress } : {}),
  }
}

export const runSync = (pipeline: Pipeline, options: SyncOptions): Promise<SyncResult> =>
  sync(syncDeps(pipeline, options.signal), options)

/** One status message per source that was read; a source that somebody else is reading tells its own. */
async function tellStates(
  { warehouse, config }: Pipeline,
  results: readonly SourceResult[],
  asOf: number,
): Promise<void> {
  const now = Date.now()
  const targets = config.targets.map((target) => target.name)
  await warehouse.write(async (trx) => {
    for (const result of results) {
      const source = config.sources.find((candidate) => candidate.id === result.source)
      if (!source || result.error?.code === 'ALREADY_RUNNING' || result.error?.code === 'LEASE_LOST') continue
      const before = await trx.db
        .selectFrom('source_status')
        .select('as_of')
        .where('source', '=', source.id)
        .executeTakeFirst()
      const complete = result.state === 'succeeded' || result.state === 'partial'
      await enqueueSourceStatus(
        trx,
        {
          source: source.id,
          asOf: complete ? asOf : (before?.as_of ?? null),
          state: await stateOf(result, () => countOpen(trx.db, source.id)),
          freshUntil: freshUntil(config, source, now),
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

/** Drains the dirty marks under the lease `refresh`. */
export async function refreshNow(
  { warehouse, config }: Pipeline,
  signal: AbortSignal,
): Promise<{ looked: number; changed: number }> {
  return withLease(
    warehouse,
    'refresh',
    holderId(),
    async (lease) => {
      const { asOf, sources } = await warehouse.read(async (db) => ({
        asOf: await currentTick(db),
        sources: await sourceStates(db),
      }))
      if (asOf === null) return { looked: 0, changed: 0 }
      return refresh(warehouse, {
        asOf,
        now: Date.now(),
        zone: config.zone,
        targets: config.targets.map((target) => target.name),
        sources,
        lease,
      })
    },
    { signal },
  )
}

export interface JobResult extends SyncResult {
  pushed: Pushed[]
}

/** One job: sync, then push. The exit code is the worst of both. */
export async function runWhole(pipeline: Pipeline, options: SyncOptions & { push: boolean }): Promise<JobResult> {
  const synced = await runSync(pipeline, options)
  if (!options.push || synced.run === null) return { ...synced, pushed: [] }
  const pushed = await push(pipeline.warehouse, targetsNow(pipeline), { now: Date.now, signal: options.signal })
  return { ...synced, pushed, exit: worstExit([synced.exit, pushExit(pushed)]) }
}

export const targetsNow = ({ config, env }: Pipeline): TargetConfig[] => resolveTargets(config, env)
export const pushExit = (pushed: readonly Pushed[]): ExitCode => worstExit(pushed.map((one) => one.error?.exit ?? 0))
