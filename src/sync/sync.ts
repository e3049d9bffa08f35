/**
 * The way of a record, top to bottom:
 *
 *   read ─► protect ─► validate ─► normalise   (src/sync/worker.ts, one thread per stream, at most cores − 1)
 *        ─► land                               (src/sync/read-and-land.ts, one write at a time)
 *        ─► replay what waited                 (src/sync/replay-waiting.ts)
 *        ─► settle: tell the state of every source, refresh the indicators   (given by the caller)
 *
 * Streams of agencies and procedures of all sources run first. One failing source does not stop the others.
 */
import { availableParallelism } from 'node:os'
import pLimit from 'p-limit'
import { budgetFile, type Config, clockUrl, resolveNetwork, resolveSettings, type SourceConfig } from '../config.ts'
import type { Connector, Stream } from '../connect/connector.ts'
import { loadConnector } from '../connect/load.ts'
import { asPipelineError, type ExitCode, PipelineError, worstExit } from '../errors.ts'
import { currentTick, tick } from '../indicators/tick.ts'
import { findMeta, saveMeta } from '../warehouse/landing.ts'
import type { LeaseHeld, Warehouse } from '../warehouse/open.ts'
import { endRun, type RunCounts, startRun } from '../warehouse/runs.ts'
import { knowSources } from '../warehouse/source-status.ts'
import type { RunState } from '../warehouse/tables.ts'
import { withAddress } from './address.ts'
import { Barrier } from './barrier.ts'
import { addCounts, type Counts, noCounts } from './counts.ts'
import { declareInputs } from './declare-inputs.ts'
import { electorateOf } from './electorate.ts'
import { fingerprintKey } from './fingerprint-key.ts'
import { DEFAULT_GUARDS } from './guards.ts'
import type { LandContext } from './land.ts'
import { readAndLand, type StreamResult } from './read-and-land.ts'
import { installReference } from './reference.ts'
import { rejudge } from './rejudge.ts'
import { replayWaiting } from './replay-waiting.ts'
import { readSampleClock } from './sample-clock.ts'

export interface SyncDeps {
  warehouse: Warehouse
  config: Config
  env: Readonly<Record<string, string | undefined>>
  /** who we are, for leases and the run ledger */
  holder: string
  /** Runs `fn` as the only one working on `name`; ALREADY_RUNNING where somebody is. */
  withLease<T>(name: string, signal: AbortSignal, fn: (lease: LeaseHeld, signal: AbortSignal) => Promise<T>): Promise<T>
  /** Tells the state of every source and brings the indicators up to date; the last step. */
  settle(results: readonly SourceResult[], asOf: number): Promise<void>
  onProgress?: (source: string, counts: Counts) => void
}
export interface SyncOptions {
  sources: readonly SourceConfig[]
  verb: string
  job?: string | null
  slot?: string | null
  full?: boolean
  /** read as if the watermark were here (ISO instant or date) */
  since?: string | null
  dryRun?: boolean
  signal: AbortSignal
}
export interface SourceResult {
  source: string
  run: string
  state: Exclude<RunState, 'running'>
  error: PipelineError | null
  counts: Counts
  streams: Record<string, Counts>
  remarks: string[]
}
export interface SyncResult {
  /** null where the slot had been started before */
  run: string | null
  asOf: number
  exit: ExitCode
  sources: SourceResult[]
}

/** Reads the given sources, lands what is right, sets aside what is wrong, and settles. Throws only what concerns all of them. */
export async function sync(deps: SyncDeps, options: SyncOptions): Promise<SyncResult> {
  const { warehouse, config } = deps
  const sources = await notRetired(deps, options.sources)
  const sample = await refuseMixing(deps, sources, options.dryRun ?? false)
  const now = Date.now()
  const asOf = await timeOf(deps, sources, sample, now)
  await installReference(warehouse, config.homes, asOf)
  const invocation = {
    kind: 'invocation',
    verb: options.verb,
    job: options.job ?? null,
    startedAt: now,
    asOf,
    holder: deps.holder,
  } as const
  const { slot } = options
  const run = await warehouse.write((trx) =>
    slot ? startRun(trx, { ...invocation, slot }) : startRun(trx, invocation),
  )
  if (run === null) return { run, asOf, exit: 0, sources: [] }
  try {
    if (!options.dryRun) {
      // Until its first run has ended, what a source brings must not stand for a whole.
      await warehouse.write((trx) => knowSources(trx, config.sources, now))
      await tick(warehouse, asOf, config.zone)
      await rejudge(deps, asOf, options.signal)
    }
    const results = await syncAll(deps, { ...options, sources }, run, asOf)
    const remarks: string[] = []
    const { replayed } = options.dryRun
      ? noCounts()
      : await replayWaiting(deps, config.sources, run, asOf, options.signal, remarks)
    if (!options.dryRun) await deps.settle(results, asOf)
    const { state, exit, why } = overall(results)
    await warehouse.write((trx) =>
      endRun(trx, run, { state, endedAt: Date.now(), exitCode: exit, why, counts: { replayed }, remarks }),
    )
    return { run, asOf, exit, sources: results }
  } catch (cause) {
    // Stopped, or refused a lease: what landed stays, the ledger must not say "running" for ever.
    const error = asPipelineError(cause)
    const why = { code: error.code, params: error.params }
    await warehouse
      .write((trx) => endRun(trx, run, { state: 'failed', endedAt: Date.now(), exitCode: error.exit, why }))
      .catch(() => {})
    throw cause
  }
}

/** A retired system is not asked any more. Throws SOURCE_RETIRED where nothing else was asked for: nothing would be done, and look well. */
async function notRetired({ warehouse }: SyncDeps, sources: readonly SourceConfig[]): Promise<SourceConfig[]> {
  const rows = await warehouse.read((db) =>
    db.selectFrom('source_status').select(['source', 'successor']).where('retired_at', 'is not', null).execute(),
  )
  const successors = new Map(rows.map((row) => [row.source, row.successor ?? '']))
  const left = sources.filter((source) => !successors.has(source.id))
  if (left.length === 0 && sources.length > 0)
    throw new PipelineError('SOURCE_RETIRED', {
      source: sources.map((source) => source.id).join(', '),
      successor: [...new Set(sources.map((source) => successors.get(source.id)))].join(' '),
    })
  return left
}

/** Sample and real data never share a warehouse: a figure of one must never be taken for the other. */
async function refuseMixing({ warehouse }: SyncDeps, sources: readonly SourceConfig[], dry: boolean): Promise<boolean> {
  const held = await warehouse.read((db) => findMeta(db, 'data'))
  const kinds = new Set(sources.map((source) => (source.sample ? 'sample' : 'real')))
  const first = held ?? [...kinds][0]
  const other = sources.find((source) => (source.sample ? 'sample' : 'real') !== first)
  if (other && first)
    throw new PipelineError('SAMPLE_AND_REAL', {
      source: other.id,
      sourceKind: other.sample ? 'sample' : 'real',
      warehouse: warehouse.label,
      warehouseKind: first,
    })
  if (!held && first && !dry) await warehouse.write((trx) => saveMeta(trx, 'data', first))
  return first === 'sample'
}

/** Now, for everything that is judged by time: the sample clock in a sample warehouse, never behind the persisted tick. */
async function timeOf(
  { warehouse, env }: SyncDeps,
  sources: readonly SourceConfig[],
  sample: boolean,
  now: number,
): Promise<number> {
  const held = (await warehouse.read((db) => currentTick(db))) ?? 0
  if (!sample) return Math.max(now, held)
  for (const clock of new Set(sources.map((source) => clockUrl(source, env)))) {
    const at = clock === null ? null : await readSampleClock(clock)
    if (at !== null) return Math.max(at, held)
  }
  return held || now
}

async function syncAll(deps: SyncDeps, options: SyncOptions, parent: string, asOf: number): Promise<SourceResult[]> {
  const limit = pLimit(Math.max(1, availableParallelism() - 1))
  const barrier = new Barrier(options.sources.length)
  const ended = await Promise.allSettled(
    options.sources.map((source) => {
      const arrive = barrier.place()
      return syncSource(deps, options, source, parent, asOf, limit, arrive).finally(arrive)
    }),
  )
  // Only the warehouse can fail here. Nothing goes on unattended: all have ended before it is said.
  return ended.map((one) => {
    if (one.status === 'rejected') throw one.reason
    return one.value
  })
}

type Limit = ReturnType<typeof pLimit>
const FIRST: readonly string[] = ['agency', 'procedure']

async function syncSource(
  deps: SyncDeps,
  options: SyncOptions,
  source: SourceConfig,
  parent: string,
  asOf: number,
  limit: Limit,
  arrive: () => Promise<void>,
): Promise<SourceResult> {
  const run = await deps.warehouse.write((trx) =>
    startRun(trx, {
      kind: 'source',
      verb: options.verb,
      job: options.job ?? null,
      source: source.id,
      parent,
      startedAt: Date.now(),
      asOf,
      holder: deps.holder,
    }),
  )
  const result: SourceResult = {
    source: source.id,
    run,
    state: 'succeeded',
    error: null,
    counts: noCounts(),
    streams: {},
    remarks: [],
  }
  try {
    await deps.withLease(`source:${source.id}`, options.signal, async (lease, signal) => {
      const connector = await loadConnector(source.connector)
      const settings = resolveSettings(source, connector.settings, deps.env, deps.config.home)
      if (!options.dryRun) await declareInputs(deps.warehouse, source.id, connector.streams, lease)
      const task = { deps, options, source, connector, settings, run, asOf, lease, signal, result }
      await limit(() =>
        syncStreams(
          task,
          connector.streams.filter((stream) => FIRST.includes(stream.entity)),
        ),
      )
      await arrive()
      if (result.state === 'succeeded')
        await limit(() =>
          syncStreams(
            task,
            connector.streams.filter((stream) => !FIRST.includes(stream.entity)),
          ),
        )
    })
  } catch (error) {
    if (options.signal.aborted) result.remarks.push('stopped before its end')
    result.error = asPipelineError(error)
    result.state = result.counts.landed + result.counts.unchanged > 0 ? 'incomplete' : 'failed'
  } finally {
    void arrive()
  }
  if (result.state === 'succeeded' && result.counts.quarantined + result.counts.waiting > 0) result.state = 'partial'
  const why = result.error && { code: result.error.code, params: result.error.params }
  await deps.warehouse.write((trx) =>
    endRun(trx, run, {
      state: result.state,
      endedAt: Date.now(),
      why,
      exitCode: exitOf(result),
      counts: { ...(result.counts as RunCounts), streams: result.streams },
      remarks: result.remarks,
    }),
  )
  return result
}

interface SourceTask {
  deps: SyncDeps
  options: SyncOptions
  source: SourceConfig
  connector: Connector<unknown>
  settings: Record<string, unknown>
  run: string
  asOf: number
  lease: LeaseHeld
  signal: AbortSignal
  result: SourceResult
}

/** One stream after the other; what stops one stops the source, what it has landed stays. */
async function syncStreams(task: SourceTask, streams: readonly Stream<unknown>[]): Promise<void> {
  const { result } = task
  for (const stream of streams) {
    task.signal.throwIfAborted()
    const counts = noCounts()
    const before = { ...result.counts }
    const outcome = await readStreamOf(task, stream, (sofar) => {
      result.counts = { ...before }
      addCounts(result.counts, sofar)
      task.deps.onProgress?.(task.source.id, result.counts)
    })
    addCounts(counts, outcome.counts)
    result.counts = before
    addCounts(result.counts, counts)
    result.streams[stream.name] = counts
    result.remarks.push(...outcome.remarks)
    if (outcome.state === 'complete') continue
    result.state = outcome.state
    result.error = errorOf(task, outcome)
    return
  }
}

async function readStreamOf(
  task: SourceTask,
  stream: Stream<unknown>,
  onProgress: (counts: Counts) => void,
): Promise<StreamResult> {
  const { deps, options, source } = task
  return readAndLand({
    context: await landContext(deps, source, stream, task.run, task.asOf, task.lease),
    start: {
      connector: source.connector,
      stream: stream.name,
      source: source.id,
      agency: source.agency,
      settings: task.settings,
      network: resolveNetwork(source, deps.env),
      budgetFile: budgetFile(deps.config.home),
      zone: deps.config.zone,
      now: task.asOf,
      full: options.full ?? false,
      schemaHomes: deps.config.homes,
      hmacKey: fingerprintKey(deps.config.home),
    },
    since: options.since ?? null,
    dryRun: options.dryRun ?? false,
    sees: stream.sees,
    deletes: stream.deletes,
    cursor: stream.cursor?.from === 'field' && isOrder(stream, stream.cursor.field) ? stream.cursor : null,
    limits: { ...DEFAULT_GUARDS, ...source.guards },
    drift: stream.drift ?? 'quarantine-rows',
    signal: task.signal,
    onProgress,
  }).catch((error: unknown) => {
    throw withAddress(error, source, task.settings)
  })
}

const isOrder = ({ order }: Stream<unknown>, field: string) => order !== 'arrival' && order.field === field

/** What `land` needs to know of one stream. */
export async function landContext(
  deps: Pick<SyncDeps, 'warehouse' | 'config'>,
  source: SourceConfig,
  stream: Stream<unknown>,
  run: string,
  asOf: number,
  lease: LeaseHeld,
): Promise<LandContext> {
  return {
    warehouse: deps.warehouse,
    lease,
    source: source.id,
    stream: stream.name,
    entity: stream.entity,
    orderDeclared: stream.order !== 'arrival',
    enumerates: stream.deletes === 'by-full-read',
    run,
    arrivedAt: asOf,
    asOf,
    zone: deps.config.zone,
    electorate: await electorateOf(deps.warehouse, deps.config),
    openKeys: new Map(),
    cache: {},
  }
}

function errorOf({ source, run }: SourceTask, outcome: StreamResult): PipelineError {
  if (outcome.held)
    return new PipelineError('SOURCE_HELD', {
      source: source.id,
      guard: outcome.held.guard,
      observed: outcome.held.observed,
      limit: outcome.held.limit,
      run,
    })
  return new PipelineError('SOURCE_INCOMPLETE', {
    source: source.id,
    problem: outcome.why ?? 'it stopped before its end',
  })
}

function exitOf(result: SourceResult): ExitCode {
  if (result.state === 'succeeded' || result.state === 'partial') return 0
  return result.error?.exit ?? 4
}

const WORST = ['failed', 'held', 'incomplete', 'partial', 'succeeded'] as const
/** `why`: the error that the exit code is of, so that the ledger names a source and a mend. */
function overall(results: readonly SourceResult[]) {
  const state = WORST.find((candidate) => results.some((result) => result.state === candidate)) ?? 'succeeded'
  const exit = worstExit(results.map(exitOf))
  const error = results.find((result) => result.error !== null && exitOf(result) === exit)?.error ?? null
  return { state, exit, why: error && { code: error.code, params: error.params } }
}
