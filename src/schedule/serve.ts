/**
 * `ioc serve`: the scheduler, the tick every minute, the delivery of what is due, and the console, until stopped.
 *
 *   lease `serve` ─► close interrupted runs ─► console ─► scheduler ─► pass, pass, pass … ─► signal
 *                                                                                              │
 *   release ◄─ console closed ◄─ scheduler stopped, its children ended ◄─ the pass under way ◄─┘
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { Config, Env } from '../config.ts'
import { PipelineError } from '../errors.ts'
import { appendEvent } from '../warehouse/events.ts'
import { findLease } from '../warehouse/leases.ts'
import type { Warehouse } from '../warehouse/open.ts'
import { closeInterruptedRuns } from '../warehouse/runs.ts'
import { runJob } from './child.ts'
import { holderId, isGone, localPid } from './holder.ts'
import { withLease } from './lease.ts'
import type { Log } from './log.ts'
import { buildPass, deliverPass, tickPass } from './passes.ts'
import { startScheduler } from './scheduler.ts'

export interface ServeOptions {
  port: number
  signal: AbortSignal
  /** real time, epoch ms */
  now: () => number
  env: Env
  log: Log
  /** opens the status page; given by the command line, since the console knows nothing of the scheduler */
  openConsole: (port: number) => Promise<{ url: string; close(): Promise<void> }>
  sampleNow?: () => Promise<number | null>
  /** told once everything runs */
  onReady?: (url: string) => void
  sleep?: (ms: number, signal: AbortSignal) => Promise<unknown>
}

export const SERVE_LEASE = 'serve'
const TICK_EVERY_MS = 60_000
/** 5 s: what a run enqueued while it could not be delivered waits at most this long. */
const IDLE_MS = 5_000
const SAID_AGAIN_MS = 3_600_000

/** Resolves when `signal` aborts and everything under way has ended. Throws ALREADY_RUNNING where this warehouse is served already. */
export async function serve(warehouse: Warehouse, config: Config, options: ServeOptions): Promise<void> {
  const { port, log, now } = options
  await withLease(
    warehouse,
    SERVE_LEASE,
    holderId(),
    async (_, signal) => {
      const interrupted = await warehouse.write((trx) => closeInterruptedRuns(trx, isGone, now()))
      for (const run of interrupted) log.warn(`${run} ended without a word; the next run takes up where it stopped`)
      const page = await options.openConsole(port)
      try {
        await scheduled(warehouse, config, page.url, { ...options, signal })
      } finally {
        await page.close()
      }
      // Stopped on purpose is an end like any other; a lost lease is not.
      if (!options.signal.aborted) throw signal.reason
    },
    { signal: options.signal },
  )
}

async function scheduled(warehouse: Warehouse, config: Config, url: string, options: ServeOptions): Promise<void> {
  const { now, log, env, signal } = options
  const scheduler = await startScheduler(warehouse, config.jobs, {
    zone: config.zone,
    now,
    log,
    run: async (job, slot) => {
      const code = await runJob(job.id, slot.id, { config, env, log, signal })
      log[code === 0 ? 'info' : 'warn'](`${slot.id} ended with exit code ${code ?? 'none (killed)'}`)
    },
  })
  log.info(`serving ${warehouse.label} at ${url}`)
  options.onReady?.(url)
  try {
    await passes(warehouse, config, options)
  } finally {
    await scheduler.stop()
  }
}

/** One pass at a time. Whatever goes wrong in one is said and tried again in the next. */
async function passes(warehouse: Warehouse, config: Config, options: ServeOptions): Promise<void> {
  const { signal, now, log, env, sleep = pause } = options
  let ticked = Number.NEGATIVE_INFINITY
  let said = { what: '', at: 0 }
  while (!signal.aborted) {
    let delivered = 0
    let building = false
    try {
      if (now() - ticked >= TICK_EVERY_MS) {
        ticked = now()
        const { sampleNow } = options
        const result = await tickPass(warehouse, { config, env, now, signal, ...(sampleNow ? { sampleNow } : {}) })
        if (result && result.changed > 0)
          await warehouse.write((trx) => appendEvent(trx, 'indicators', { changed: result.changed }, now()))
      }
      for (const sent of await deliverPass(warehouse, { config, env, now, signal })) {
        delivered += sent.delivered
        // A job's own push is at the same queue: what it leaves goes with a later pass.
        if (sent.error && sent.error.code !== 'ALREADY_RUNNING') throw sent.error
      }
      building = await buildPass(warehouse, { config, now, signal })
      // A pass in which the queue only waited for its next attempt says nothing about an outage.
      if (delivered > 0) said = { what: '', at: 0 }
    } catch (error) {
      if (signal.aborted) break
      // A newer program works on this warehouse: no further pass of this one would be right, and whoever starts it again starts the new one.
      if (error instanceof PipelineError && error.code === 'MEASURE_UNKNOWN') throw error
      // An outage is one line an hour, not one with every attempt.
      const what = error instanceof Error ? `${error.name} ${(error as { code?: string }).code ?? ''}` : String(error)
      if (what !== said.what || now() - said.at >= SAID_AGAIN_MS) {
        log.error('a pass failed; it is tried again', error)
        said = { what, at: now() }
      }
    }
    if (delivered === 0 && !building) await sleep(IDLE_MS, signal)
  }
}

/** A wait that ends early, without an error, when the signal aborts. */
const pause = (ms: number, signal: AbortSignal) => delay(ms, undefined, { signal }).catch(() => {})

export interface StopOptions {
  /** how often to look, and for how long */
  sleep?: (ms: number) => Promise<unknown>
  waits?: number
}

/** Ends `serve` on this warehouse: SIGTERM to its process, then waits for it. False where none runs. */
export async function stopServe(
  warehouse: Warehouse,
  { sleep = (ms) => delay(ms), waits = 150 }: StopOptions = {},
): Promise<boolean> {
  const held = () => warehouse.read((db) => findLease(db, SERVE_LEASE))
  const lease = await held()
  if (!lease || lease.expires_at === 0 || isGone(lease.holder)) return false
  const pid = localPid(lease.holder)
  if (pid === null) {
    if (lease.expires_at < Date.now()) return false
    throw new PipelineError('ELSEWHERE', { what: 'ioc serve', holder: lease.holder.split('/')[0] ?? '' })
  }
  // The holder's start time was compared above: this pid is that very process, not a later one.
  process.kill(pid, 'SIGTERM')
  for (let i = 0; i < waits; i++) {
    const now = await held()
    if (!now || now.token !== lease.token || isGone(lease.holder)) return true
    await sleep(200)
  }
  throw new PipelineError('STILL_RUNNING', { pid, seconds: (waits * 200) / 1000 })
}
