/** Between reading and landing: takes pages, lets the guards look at them, lands them one batch at a time. */

import type { DriftPolicy } from '../connect/connector.ts'
import type { Reader } from '../warehouse/open.ts'
import type { CheckpointTable } from '../warehouse/tables.ts'
import { addCounts, type Counts, noCounts } from './counts.ts'
import { RunDrift } from './drift-judge.ts'
import {
  checkShare,
  countAlive,
  countAliveKeys,
  countRegressions,
  FIRST_LOOK,
  findWaiver,
  type GuardLimits,
  keyedTable,
  type Standing,
  type Tripped,
} from './guards.ts'
import { isFingerprint } from './keys.ts'
import { type LandContext, land } from './land.ts'
import { BATCH_ROWS, type DossierRow, type NormalisedPage, type WorkerStart } from './protocol.ts'

export interface StreamTask {
  context: LandContext
  /** everything the worker needs but where to start */
  start: Omit<WorkerStart, 'watermark' | 'resume'>
  /** read as if the watermark were here; the kept watermark is not touched by the question */
  since: string | null
  /** read and judge, land nothing */
  dryRun: boolean
  sees: 'changes' | 'new-only' | 'everything'
  deletes: 'never' | 'tombstones' | 'by-full-read'
  /** where the order of the records is the field of the cursor: how late a record may come and still be found by the next read */
  cursor: { zone: string; lookback: string } | null
  limits: GuardLimits
  drift: DriftPolicy
  signal: AbortSignal
  onProgress?: (counts: Counts) => void
}
/** --since on a stream that has a watermark of its own. */
export const asksOnly = ({ since }: StreamTask, checkpoint: CheckpointTable | undefined): boolean =>
  since !== null && typeof checkpoint?.watermark === 'string'

/** What a read is asked for; where it goes on inside that does not matter. */
export const rangeOf = ({ since, start }: StreamTask, checkpoint: CheckpointTable | undefined): string =>
  JSON.stringify({ watermark: since ?? checkpoint?.watermark ?? null, full: start.full })

/** Takes a batch back out of its own write. */
class Stopped extends Error {
  readonly tripped: Tripped
  constructor(tripped: Tripped) {
    super(tripped.guard)
    this.tripped = tripped
  }
}

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve))

/** Takes pages, lets the guards look, lands them one batch at a time. */
export class Stage {
  readonly counts = noCounts()
  readonly remarks = new Set<string>()
  readonly drift: RunDrift
  held: Tripped | null = null
  readonly range: string
  private readonly resumable: boolean
  private readonly task: StreamTask
  private readonly standing: Standing
  /** records that held reads landed and this one goes on behind */
  private readonly behind: number
  /** held reads whose deletions this one sees again */
  private readonly seenAgain: readonly string[]
  private waiting: NormalisedPage[] = []
  private looked = false
  private read = 0
  private rejected = 0
  /** set aside on an earlier night, asked for again and refused again: nothing that has changed, and no share of what has come */
  private stillRefused = 0
  private readonly knownRefused: ReadonlySet<string>
  /** living rows that tombstones would delete or held reads of this range have deleted, and how many lived before */
  private removed: number
  private known: number | null = null
  private failure: unknown = null
  /** records that came and cannot be told by their key: each may be one that seems to be missing */
  unnamed = 0
  private landing: Promise<void> = Promise.resolve()
  private scheduled: Promise<void> | null = null

  /** `standing`: what held reads of the same range left; `resumed`: this one goes on behind what they landed and does not see it again */
  constructor(task: StreamTask, checkpoint: CheckpointTable | undefined, standing: Standing, resumed: boolean) {
    this.task = task
    this.drift = new RunDrift(task.drift)
    this.standing = standing
    this.removed = resumed ? standing.deleted : 0
    this.behind = resumed ? standing.read : 0
    this.seenAgain = resumed ? [] : standing.runs
    this.range = rangeOf(task, checkpoint)
    this.knownRefused = new Set(task.sees === 'new-only' ? task.context.openKeys.keys() : [])
    // A question does not say where the next ordinary read goes on: it may have begun behind what that one still has to read.
    this.resumable = !asksOnly(task, checkpoint)
  }

  /** Resolves when there is room for the next page. */
  async accept(page: NormalisedPage): Promise<void> {
    if (this.failure) throw this.failure
    for (const remark of page.remarks) this.remarks.add(remark)
    this.read += page.read
    if (page.drift) this.drift.add(page.drift)
    const again = page.rejected.filter(({ key }) => this.knownRefused.has(key)).length
    this.stillRefused += again
    this.rejected += page.rejected.length - again
    this.unnamed += page.rejected.filter(({ key }) => isFingerprint(key)).length
    if (this.task.dryRun) {
      addCounts(this.counts, { read: page.read, quarantined: page.rejected.length })
      return
    }
    // Before it is queued: a landing under way takes everything that waits.
    if (this.looked) await this.checkSoFar()
    await this.countRemoved(page)
    if (this.held) return this.countOnly(page)
    this.waiting.push(page)
    if (!this.looked) {
      if (this.read < FIRST_LOOK) return
      await this.firstLook()
    }
    if (this.held) return
    const queued = this.scheduleLanding()
    if (
      this.waiting.reduce(
        (all, { rows, rejected, deleted }) => all + rows.length + rejected.length + deleted.length,
        0,
      ) >= BATCH_ROWS
    )
      await queued
  }

  /** What has arrived by then lands together: SQLite does not give way, and page by page each would be a write of its own. */
  private scheduleLanding(): Promise<void> {
    this.scheduled ??= this.landing
      .then(() => nextTurn())
      .then(() => {
        this.scheduled = null
        return this.landWaiting()
      })
    this.landing = this.scheduled.catch((error: unknown) => {
      this.failure ??= error
    })
    return this.scheduled
  }

  async finishReading(): Promise<void> {
    if (!this.looked && !this.held) await this.firstLook()
    await this.drain()
  }

  /** Lands what is waiting. A first look that never filled up is made now. */
  async drain(): Promise<void> {
    await this.landing
    if (!this.looked && !this.held && this.waiting.length > 0) await this.firstLook()
    if (!this.held) await this.landWaiting()
    if (this.failure) throw this.failure
  }

  private async firstLook(): Promise<void> {
    this.looked = true
    await this.checkSoFar()
  }

  /** Drift first: it says why so many records are refused. */
  private async checkSoFar(): Promise<void> {
    const breaking = this.drift.breaking()
    if (breaking > 0) await this.check({ guard: 'drift', observed: breaking, limit: 0 })
    await this.check(checkShare('rejected', this.rejected, this.read - this.stillRefused, this.task.limits))
  }

  /** Tombstones delete as surely as a list that has become short: a department that deletes by the hundred is asked first. */
  private async countRemoved({ deleted }: NormalisedPage): Promise<void> {
    const { context, limits } = this.task
    const table = keyedTable(context.entity)
    if (deleted.length === 0 || table === null) return
    const { known, removed } = await context.warehouse.read(async (db) => ({
      known: this.known ?? (await countAlive(db, context.entity, context.source)) + this.standing.deleted,
      removed: await countAliveKeys(db, table, context.source, deleted, this.seenAgain),
    }))
    this.known = known
    this.removed += removed
    if (this.held?.guard === 'deleted') this.held = { ...this.held, observed: this.removed }
    if (removed > 0) await this.check(checkShare('deleted', this.removed, known, limits, this.standing.limits.deleted))
  }

  /** Holds unless a person has released exactly this. Pages that were waiting are given up: the next read brings them again. */
  async check(tripped: Tripped | null): Promise<void> {
    if (!tripped || this.held) return
    if (await this.task.context.warehouse.read((db) => this.isWaived(db, tripped))) return
    // a batch that was landing meanwhile may have tripped first
    if (this.held) return
    this.held = tripped
    this.waiting = []
    await this.landing
  }

  private async isWaived(db: Reader, tripped: Tripped): Promise<boolean> {
    const { source, stream } = this.task.context
    return (await findWaiver(db, source, stream, this.range, tripped)) !== undefined
  }

  /** A release covers what was observed, so a held read goes on counting to its end. */
  private async countOnly(page: NormalisedPage): Promise<void> {
    if (this.held?.guard === 'rejected') this.held = { ...this.held, observed: this.rejected }
    if (this.held?.guard === 'drift') this.held = { ...this.held, observed: this.drift.breaking() }
    if (this.held?.guard === 'regressed') {
      const more = await this.task.context.warehouse.read((db) =>
        countRegressions(db, this.task.context, page.rows as readonly DossierRow[]),
      )
      this.held = { ...this.held, observed: this.held.observed + more }
    }
  }

  private async landWaiting(): Promise<void> {
    if (this.held || this.failure || this.waiting.length === 0) return
    const pages = this.waiting
    this.waiting = []
    const read = pages.reduce((sum, page) => sum + page.read, 0)
    const landed = await land(this.task.context, pages, {
      resume: this.resumable,
      allow: (trx, { regressed }) => this.allowRegressions(trx.db, regressed, read),
    }).catch((error: unknown) => {
      if (error instanceof Stopped) return error.tripped
      throw error
    })
    if ('guard' in landed) {
      // Not through `check`, which waits for the landing this runs in.
      this.held ??= landed
      for (const page of this.waiting.splice(0)) await this.countOnly(page)
      return
    }
    addCounts(this.counts, landed)
    this.task.onProgress?.(this.counts)
  }

  /**
   * Landing has looked up what each row was, so regressions are counted there, before the batch is kept: were it kept, the next read
   * would go on behind them and find nothing wrong.
   */
  private async allowRegressions(db: Reader, regressed: number, read: number): Promise<void> {
    if (regressed === 0) return
    const { standing, counts } = this
    const tripped = checkShare(
      'regressed',
      standing.regressed + counts.regressed + regressed,
      this.behind + counts.read + read,
      this.task.limits,
      standing.limits.regressed,
    )
    if (tripped && !(await this.isWaived(db, tripped))) throw new Stopped(tripped)
  }

  get everRead(): number {
    return this.read
  }
}
