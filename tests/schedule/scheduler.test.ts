import type { TaskContext, TaskFn } from 'node-cron'
import { expect, test } from 'vitest'
import type { JobConfig } from '../../src/config.ts'
import { holderId } from '../../src/schedule/holder.ts'
import { missedSlot, type SchedulerOptions, startScheduler } from '../../src/schedule/scheduler.ts'
import type { Slot } from '../../src/schedule/slots.ts'
import type { Warehouse } from '../../src/warehouse/open.ts'
import { closeInterruptedRuns, endRun, getRun, listRuns, startRun } from '../../src/warehouse/runs.ts'
import { eachDialect, ZONE } from '../support/warehouse.ts'

const job: JobConfig = { id: 'nightly', cron: '0 1 * * *', sources: ['*'], push: true, graceMinutes: 720 }
const at = (local: string) => Temporal.ZonedDateTime.from(`${local}[${ZONE}]`).epochMilliseconds
const quiet = {
  info() {},
  warn() {},
  error(_: string, error?: unknown) {
    throw error
  },
}

/** The clock of the test: `fire` is what node-cron does when a time comes, `missed` when it slept through one. */
function clock() {
  let onTime: TaskFn = () => {}
  let onMissed: (context: TaskContext) => unknown = () => {}
  const schedule: NonNullable<SchedulerOptions['schedule']> = (_, fn) => {
    onTime = fn
    return {
      on(_event, fun) {
        onMissed = fun
      },
      destroy() {},
    }
  }
  return {
    schedule,
    fire: (local: string) => onTime({ date: new Date(at(local)) } as TaskContext),
    missed: () => onMissed({} as TaskContext),
  }
}

/** What the child does: it starts its slot's run once. */
const runOf = (warehouse: Warehouse, now: () => number) => async (one: JobConfig, slot: Slot) => {
  const run = { kind: 'invocation', verb: 'run', job: one.id, slot: slot.id, startedAt: now(), asOf: now() } as const
  const id = await warehouse.write((trx) => startRun(trx, run))
  if (id) await warehouse.write((trx) => endRun(trx, id, { state: 'succeeded', endedAt: now() }))
}
const slotsRun = async (warehouse: Warehouse) =>
  (await warehouse.read((db) => listRuns(db, { job: 'nightly' }))).map((run) => run.counts.slot).reverse()

eachDialect('scheduler', (open) => {
  const start = async (warehouse: Warehouse, local: string, more: Partial<SchedulerOptions> = {}) => {
    let now = at(local)
    const hands = clock()
    const options = { zone: ZONE, now: () => now, log: quiet, run: runOf(warehouse, () => now), ...hands, ...more }
    const scheduler = await startScheduler(warehouse, [job], options)
    const set = (to: string) => {
      now = at(to)
    }
    return { scheduler, ...hands, set }
  }

  test('two schedulers, one run per slot', async () => {
    const { warehouse } = await open()
    const a = await start(warehouse, '2024-12-01T00:30', {})
    const b = await start(warehouse, '2024-12-01T00:30', {})
    a.set('2024-12-01T01:00')
    b.set('2024-12-01T01:00')
    await Promise.all([a.fire('2024-12-01T01:00:00.2'), b.fire('2024-12-01T01:00')])
    await a.scheduler.stop()
    await b.scheduler.stop()
    expect(await slotsRun(warehouse)).toEqual(['nightly@2024-12-01T01:00'])
  })

  test('down for three days: one run at start, no burst', async () => {
    const { warehouse } = await open()
    const first = await start(warehouse, '2024-12-01T00:30')
    first.set('2024-12-01T01:00')
    await first.fire('2024-12-01T01:00')
    await first.scheduler.stop()
    const again = await start(warehouse, '2024-12-04T09:00')
    await again.scheduler.stop()
    const third = await start(warehouse, '2024-12-04T09:30')
    await third.missed()
    await third.scheduler.stop()
    expect(await slotsRun(warehouse)).toEqual(['nightly@2024-12-01T01:00', 'nightly@2024-12-04T01:00'])
  })

  test('a slot older than the grace is left out, and so is one that a run by hand has covered', async () => {
    const { warehouse } = await open()
    expect(await missedSlot(warehouse, job, ZONE, at('2024-12-04T13:01'))).toBeNull()
    expect((await missedSlot(warehouse, job, ZONE, at('2024-12-04T13:00')))?.id).toBe('nightly@2024-12-04T01:00')
    const byHand = at('2024-12-04T08:00')
    await warehouse.write((trx) =>
      startRun(trx, { kind: 'invocation', verb: 'run', job: 'nightly', startedAt: byHand, asOf: byHand }),
    )
    expect(await missedSlot(warehouse, job, ZONE, at('2024-12-04T13:00'))).toBeNull()
    const edited = { ...job, cron: '0 9 * * *' }
    expect((await missedSlot(warehouse, edited, ZONE, at('2024-12-04T13:00')))?.id).toBe('nightly@2024-12-04T09:00')
  })

  test('a run longer than its interval: the slot inside it is left out; stop waits for the run', async () => {
    const { warehouse } = await open()
    const begun = Promise.withResolvers<void>()
    const end = Promise.withResolvers<void>()
    const ran: string[] = []
    const run = async (_: JobConfig, slot: Slot) => {
      ran.push(slot.id)
      begun.resolve()
      await end.promise
      ran.push('ended')
    }
    const { scheduler, fire } = await start(warehouse, '2024-12-01T20:00', { run })
    const first = fire('2024-12-02T01:00')
    await begun.promise
    await fire('2024-12-03T01:00')
    const stopped = scheduler.stop().then(() => ran.push('stopped'))
    end.resolve()
    await first
    await stopped
    await fire('2024-12-04T01:00')
    expect(ran).toEqual(['nightly@2024-12-02T01:00', 'ended', 'stopped'])
  })
})

eachDialect('run ledger', (open) => {
  test('counts add up, remarks append, interrupted runs are closed with what to do', async () => {
    const { warehouse } = await open()
    const base = { kind: 'source', verb: 'sync', startedAt: 1_733_000_000_000, asOf: 1 } as const
    const gone = `${holderId().split('/')[0]}/999999999/1/${holderId().split('/')[3]}`
    const [a, b] = await warehouse.write(async (trx) => [
      await startRun(trx, { ...base, source: 's', holder: holderId() }),
      await startRun(trx, { ...base, source: 't', holder: gone }),
    ])
    expect(a).toMatch(/^r20241130T205320000[a-z2-9]{4}$/)
    const closed = await warehouse.write((trx) => closeInterruptedRuns(trx, (holder) => holder === gone, 7))
    expect(closed).toEqual([b])
    const run = await warehouse.read((db) => getRun(db, b ?? ''))
    expect(run).toMatchObject({ state: 'failed', ended_at: 7, why: { code: 'RUN_INTERRUPTED' }, exit_code: 1 })
    await warehouse.write(async (trx) => {
      const end = { state: 'partial', endedAt: 9, counts: { read: 2, streams: { x: { read: 2 } } } } as const
      await endRun(trx, a ?? '', { ...end, remarks: ['one'] })
      await endRun(trx, a ?? '', { ...end, remarks: ['two'] })
    })
    const ended = await warehouse.read((db) => getRun(db, a ?? ''))
    expect(ended.counts).toEqual({ holder: holderId(), read: 4, streams: { x: { read: 4 } } })
    expect(ended.remarks).toEqual(['one', 'two'])
    await expect(warehouse.read((db) => getRun(db, 'rx'))).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
})
