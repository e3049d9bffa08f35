/** Between reading and landing: takes pages, lets the guards look at them, lands them one batch at a time. */
import type { CheckpointTable } from '../warehouse/tables.ts'
import { addCounts, type Counts, noCounts } from './counts.ts'
import {
  checkShare,
  countAlive,
  countAliveKeys,
  countRegressions,
  FIRST_LOOK,
  findWaiver,
  type GuardLimits,
  type Tripped,
} from './guards.ts'
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
  signal: AbortSignal
  onProgress?: (counts: Counts) => void
}
/** --since on a stream that has a watermark of its own. */
export const asksOnly = ({ since }: StreamTask, checkpoint: CheckpointTable | undefined): boolean =>
  since !== null && typeof checkpoint?.watermark === 'string'

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve))

/** Takes pages, lets the guards look, lands them one batch at a time. */
export class Stage {
  readonly counts = noCounts()
  readonly remarks = new Set<string>()
  readonly waivers: number[] = []
  held: Tripped | null = null
  readonly range: string
  private readonly resumable: boolean
  private readonly task: StreamTask
  private waiting: NormalisedPage[] = []
  private looked = false
  private read = 0
  private rejected = 0
  private regressed = 0
  /** living rows that tombstones would delete, and how many live */
  private removed = 0
  private known: number | null = null
  private failure: unknown = null
  private landing: Promise<void> = Promise.resolve()
  private scheduled: Promise<void> | null = null

  constructor(task: StreamTask, checkpoint: CheckpointTable | undefined) {
    this.task = task
    this.range = JSON.stringify({ watermark: task.since ?? checkpoint?.watermark ?? null, full: task.start.full })
    // A question does not say where the next ordinary read goes on: it may have begun behind what that one still has to read.
    this.resumable = !asksOnly(task, checkpoint)
  }

  /** Resolves when there is room for the next page. */
  async accept(page: NormalisedPage): Promise<void> {
    if (this.failure) throw this.failure
    for (const remark of page.remarks) this.remarks.add(remark)
    this.read += page.read
    this.rejected += page.rejected.length
    if (this.task.dryRun) {
      addCounts(this.counts, { read: page.read, quarantined: page.rejected.length })
      return
    }
    // Before it is queued: a landing under way takes everything that waits.
    if (this.looked) await this.check(checkShare('rejected', this.rejected, this.read, this.task.limits))
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
    await this.check(checkShare('rejected', this.rejected, this.read, this.task.limits))
    await this.lookForRegressions(this.waiting)
  }

  private async lookForRegressions(pages: readonly NormalisedPage[]): Promise<void> {
    const { context, limits } = this.task
    if (context.entity !== 'dossier' || this.held) return
    const rows = pages.flatMap((page) => page.rows as readonly DossierRow[])
    const upcoming = await context.warehouse.read((db) => countRegressions(db, context, rows))
    await this.check(checkShare('regressed', this.regressed + upcoming, this.read, limits))
  }

  /** Tombstones delete as surely as a list that has become short: a department that deletes by the hundred is asked first. */
  private async countRemoved({ deleted }: NormalisedPage): Promise<void> {
    const { context, limits } = this.task
    if (deleted.length === 0 || context.entity !== 'dossier') return
    const { known, removed } = await context.warehouse.read(async (db) => ({
      known: this.known ?? (await countAlive(db, context.entity, context.source)),
      removed: await countAliveKeys(db, context.source, deleted),
    }))
    this.known = known
    this.removed += removed
    if (this.held?.guard === 'deleted') this.held = { ...this.held, observed: this.removed }
    await this.check(checkShare('deleted', this.removed, known, limits))
  }

  /** Holds unless a person has released exactly this. Pages that were waiting are given up: the next read brings them again. */
  async check(tripped: Tripped | null): Promise<void> {
    if (!tripped || this.held) return
    const { context } = this.task
    const waiver = await context.warehouse.read((db) =>
      findWaiver(db, context.source, context.stream, this.range, tripped),
    )
    if (waiver !== undefined) {
      if (!this.waivers.includes(waiver)) this.waivers.push(waiver)
      return
    }
    this.held = tripped
    this.waiting = []
    await this.landing
  }

  /** A release covers what was observed, so a held read goes on counting to its end. */
  private async countOnly(page: NormalisedPage): Promise<void> {
    if (this.held?.guard === 'rejected') this.held = { ...this.held, observed: this.rejected }
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
    const landed = await land(this.task.context, pages, { resume: this.resumable })
    this.regressed += landed.regressed
    addCounts(this.counts, landed)
    this.task.onProgress?.(this.counts)
    const tripped = checkShare('regressed', this.regressed, this.read, this.task.limits)
    if (tripped) {
      // Not through `check`, which waits for the landing this runs in.
      const { context } = this.task
      const waiver = await context.warehouse.read((db) =>
        findWaiver(db, context.source, context.stream, this.range, tripped),
      )
      if (waiver !== undefined) {
        if (!this.waivers.includes(waiver)) this.waivers.push(waiver)
        return
      }
      this.held = tripped
      for (const page of this.waiting.splice(0)) await this.countOnly(page)
    }
  }

  get everRead(): number {
    return this.read
  }
}
