/**
 * Jobs at their times, by node-cron in the deployment's zone. How often a job runs, whatever happens to the clock:
 *
 * - one run per slot, also with two schedulers: the run ledger starts a slot once (startRun with `slot`);
 * - a slot that falls into a run of the same job is left out (the job's own next slot takes up everything);
 * - after a stop, a crash or a sleeping machine: one run for the newest missed slot if it is younger than the job's `graceMinutes` and
 *   no run of the job started since; never one per missed slot;
 * - an edited `cron` makes new slots: the newest of them is caught up like a missed one, so at most one run more.
 */
import { type ScheduledTask, schedule, type TaskContext, type TaskFn, type TaskOptions } from 'node-cron'
import type { JobConfig } from '../config.ts'
import type { Warehouse } from '../warehouse/open.ts'
import { findSlot, listRuns } from '../warehouse/runs.ts'
import type { Log } from './log.ts'
import { latestSlot, type Slot, slotAt } from './slots.ts'

export interface SchedulerOptions {
  zone: string
  now: () => number
  log: Log
  /** runs the job's slot to its end; resolves whatever its outcome */
  run: (job: JobConfig, slot: Slot) => Promise<unknown>
  schedule?: (cron: string, fn: TaskFn, options: TaskOptions) => Pick<ScheduledTask, 'on' | 'destroy'>
}
export interface Scheduler {
  /** No new run begins; resolves when those under way have ended. */
  stop(): Promise<void>
}

export async function startScheduler(
  warehouse: Warehouse,
  jobs: readonly JobConfig[],
  { zone, now, log, run, schedule: plan = schedule }: SchedulerOptions,
): Promise<Scheduler> {
  const underWay = new Map<string, Promise<unknown>>()
  let stopped = false

  const start = async (job: JobConfig, slot: Slot): Promise<void> => {
    if (stopped || underWay.has(job.id)) return void log.warn(`${slot.id} is left out: ${job.id} is still running`)
    // Claimed before the first await: a planned run and a catch-up may come at the same moment.
    const running = begin(job, slot).finally(() => underWay.delete(job.id))
    underWay.set(job.id, running)
    await running
  }
  const begin = async (job: JobConfig, slot: Slot): Promise<void> => {
    try {
      if (await warehouse.read((db) => findSlot(db, job.id, slot.id))) return
      await run(job, slot)
    } catch (error) {
      log.error(`${slot.id} could not be run`, error)
    }
  }
  const catchUp = async (job: JobConfig): Promise<void> => {
    const slot = await missedSlot(warehouse, job, zone, now())
    if (!slot) return
    log.info(`${slot.id} was missed and is caught up once`)
    await start(job, slot)
  }

  const tasks = jobs.map((job) => {
    const onTime = (context: TaskContext) => start(job, slotAt(job, zone, context.date.getTime()))
    const task = plan(job.cron, onTime, {
      timezone: zone,
      noOverlap: true,
      name: job.id,
      suppressMissedWarning: true,
    })
    task.on('execution:missed', () => catchUp(job))
    return task
  })
  for (const job of jobs) void catchUp(job).catch((error: unknown) => log.error(`${job.id}: no catch-up`, error))

  return {
    async stop() {
      stopped = true
      for (const task of tasks) await task.destroy()
      await Promise.allSettled(underWay.values())
    },
  }
}

/** The newest slot of `job` that nobody ran and that is young enough to be caught up. */
export async function missedSlot(
  warehouse: Warehouse,
  job: JobConfig,
  zone: string,
  now: number,
): Promise<Slot | null> {
  const slot = latestSlot(job, zone, now)
  if (!slot || now - slot.at > job.graceMinutes * 60_000) return null
  return warehouse.read(async (db) => {
    const [last] = await listRuns(db, { job: job.id, kind: 'invocation', limit: 1 })
    // A run by hand since then has read all that the slot would have.
    if (last && last.started_at >= slot.at) return null
    return (await findSlot(db, job.id, slot.id)) ? null : slot
  })
}
