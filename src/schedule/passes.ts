/** What `serve` does over and over: the tick with the refresh behind it, and the delivery of what is due. */
import { type Config, clockUrl, type Env, resolveTargets } from '../config.ts'
import { enrolOnly } from '../deliver/enrol.ts'
import { PipelineError } from '../errors.ts'
import { BUILD_LEASE, buildMeasures } from '../indicators/build.ts'
import { refresh } from '../indicators/refresh.ts'
import { tick } from '../indicators/tick.ts'
import { readSampleClock } from '../sync/sample-clock.ts'
import { findMeta } from '../warehouse/landing.ts'
import { listBuilding } from '../warehouse/measures.ts'
import type { Warehouse } from '../warehouse/open.ts'
import { holderId } from './holder.ts'
import { withLease } from './lease.ts'
import { type Pushed, pushDue } from './push.ts'

export interface PassOptions {
  config: Config
  env: Env
  /** real time, epoch ms */
  now: () => number
  signal: AbortSignal
  /** sample time of a sample warehouse; null while nobody says it */
  sampleNow?: () => Promise<number | null>
}

/** Brings tick and figures up to now; null where there is nothing to tick yet, or where a run is doing it at this moment. */
export async function tickPass(
  warehouse: Warehouse,
  options: PassOptions,
): Promise<{ at: number; changed: number } | null> {
  const { config, now, signal } = options
  const at = await timeNow(warehouse, options)
  if (at === null) return null
  return unlessBusy(async () => {
    const { to } = await withLease(warehouse, 'tick', holderId(), (lease) => tick(warehouse, at, config.zone, lease), {
      signal,
    })
    return withLease(
      warehouse,
      'refresh',
      holderId(),
      async (lease) => {
        const targets = config.targets.map((target) => target.name)
        await enrolOnly(warehouse, targets, lease)
        const { changed } = await refresh(warehouse, { now: now(), zone: config.zone, targets, lease })
        return { at: to, changed }
      },
      { signal },
    )
  })
}

/** 1 s: the tick and what is to be delivered wait no longer for a build. */
const BUILD_FOR_MS = 1_000

/** Builds measures for a moment; whether there is more to do. Whoever else is at it goes on. */
export async function buildPass(
  warehouse: Warehouse,
  { config, now, signal }: Pick<PassOptions, 'config' | 'now' | 'signal'>,
): Promise<boolean> {
  if ((await warehouse.read(listBuilding)).length === 0) return false
  const until = now() + BUILD_FOR_MS
  const built = await unlessBusy(() =>
    withLease(
      warehouse,
      BUILD_LEASE,
      holderId(),
      (lease, held) =>
        buildMeasures(warehouse, { zone: config.zone, lease, signal: held, pause: () => now() >= until }),
      { signal },
    ),
  )
  return built?.more ?? false
}

/** Delivers what is due; targets and their secrets are read anew each time. */
export const deliverPass = (
  warehouse: Warehouse,
  { config, env, now, signal }: Pick<PassOptions, 'config' | 'env' | 'now' | 'signal'>,
): Promise<Pushed[]> => pushDue(warehouse, resolveTargets(config, env), { now, signal })

/** Now: the sample clock in a sample warehouse, real time in a real one; null while nothing has landed or the clock cannot be read. */
async function timeNow(warehouse: Warehouse, options: PassOptions): Promise<number | null> {
  const holds = await warehouse.read((db) => findMeta(db, 'data'))
  if (holds === undefined) return null
  if (holds === 'real') return options.now()
  return (options.sampleNow ?? (() => readClocks(options.config, options.env)))()
}

async function readClocks(config: Config, env: Env): Promise<number | null> {
  const clocks = new Set(config.sources.filter((source) => source.sample).map((source) => clockUrl(source, env)))
  for (const clock of clocks) {
    const at = clock === null ? null : await readSampleClock(clock)
    if (at !== null) return at
  }
  return null
}

async function unlessBusy<T>(work: () => Promise<T>): Promise<T | null> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof PipelineError && ['ALREADY_RUNNING', 'LEASE_LOST'].includes(error.code)) return null
    throw error
  }
}
