/**
 * One stream, read to its end: pages arrive from the worker, are looked at by the guards, landed in batches, and the read is closed.
 *
 *   first look (≤ 1,000 records, nothing landed) ─► landing ─► closed: watermark promoted
 *            │                                         │  └──► incomplete: watermark stays, resume dropped
 *            └────────────── held ◄────────────────────┘      (held: the rest is only counted, nothing moves)
 */
import type { Completeness, Resume } from '../connect/connector.ts'
import { PipelineError } from '../errors.ts'
import { findCheckpoint } from '../warehouse/checkpoints.ts'
import { listUnfinished } from '../warehouse/dossiers.ts'
import type { Reader } from '../warehouse/open.ts'
import { listOpenKeys } from '../warehouse/quarantines.ts'
import type { CheckpointTable } from '../warehouse/tables.ts'
import { dropResume, findMissing, promote, provesDeletions, settleMissing } from './completeness.ts'
import { addCounts, type Counts, noCounts } from './counts.ts'
import {
  checkEmpty,
  checkShare,
  countRegressions,
  FIRST_LOOK,
  findWaiver,
  type GuardLimits,
  saveHold,
  type Tripped,
  useWaivers,
  usualTraffic,
} from './guards.ts'
import { type LandContext, land } from './land.ts'
import type { DossierRow, NormalisedPage, WorkerStart } from './protocol.ts'
import { readStream } from './read.ts'
import { readReferenceData } from './reference.ts'

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
  limits: GuardLimits
  signal: AbortSignal
  onProgress?: (counts: Counts) => void
}
export interface StreamResult {
  state: 'complete' | 'incomplete' | 'held'
  counts: Counts
  remarks: string[]
  held: Tripped | null
  why: string | null
}

/** Rows that may wait to be landed: together with the pages in flight this is the memory of a sync. */
const QUEUE_ROWS = 4_000

export async function readAndLand(task: StreamTask): Promise<StreamResult> {
  const { context } = task
  const checkpoint = await context.warehouse.read((db) => findCheckpoint(db, context.source, context.stream))
  context.openKeys = await context.warehouse.read((db) => listOpenKeys(db, context.source, context.stream))
  const stage = new Stage(task, checkpoint)
  let completeness: Completeness
  const resume =
    task.start.full || task.since !== null
      ? null
      : ((checkpoint?.resume ? JSON.parse(checkpoint.resume) : null) as Resume | null)
  try {
    completeness = await readStream(
      { ...task.start, watermark: task.since ?? checkpoint?.watermark ?? null, resume },
      { page: (page) => stage.accept(page), unfinished: (after) => unfinishedPage(context, after) },
      task.signal,
    )
  } catch (error) {
    // Pages that came before the failure are proven good by themselves; they land and the next run resumes after them.
    await stage.drain()
    throw error
  }
  await stage.finishReading()
  if (task.dryRun)
    return {
      state: completeness.enumerated === 'incomplete' ? 'incomplete' : 'complete',
      counts: stage.counts,
      remarks: [...stage.remarks],
      held: null,
      why: completeness.enumerated === 'incomplete' ? completeness.why : null,
    }
  return close(task, stage, completeness, resume !== null)
}

const UNFINISHED_PAGE = 500
async function unfinishedPage(context: LandContext, after: { key: readonly string[]; received: number } | null) {
  const rows = await context.warehouse.read((db) =>
    listUnfinished(
      db,
      context.source,
      after && { received: after.received, code: after.key[0] ?? '' },
      UNFINISHED_PAGE,
    ),
  )
  return {
    items: rows.map((row) => ({ key: [row.code], received: row.received })),
    last: rows.length < UNFINISHED_PAGE,
  }
}

/** Takes pages, lets the guards look, lands them one batch at a time. */
class Stage {
  readonly counts = noCounts()
  readonly remarks = new Set<string>()
  readonly waivers: number[] = []
  held: Tripped | null = null
  readonly range: string
  private readonly task: StreamTask
  private waiting: NormalisedPage[] = []
  private looked = false
  private read = 0
  private rejected = 0
  private regressed = 0
  private failure: unknown = null
  private landing: Promise<void> = Promise.resolve()

  constructor(task: StreamTask, checkpoint: CheckpointTable | undefined) {
    this.task = task
    this.range = JSON.stringify({ watermark: checkpoint?.watermark ?? null, full: task.start.full })
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
    if (this.held) {
      await this.countOnly(page)
      return
    }
    this.waiting.push(page)
    if (!this.looked) {
      if (this.read < FIRST_LOOK) return
      await this.firstLook()
    } else await this.check(checkShare('rejected', this.rejected, this.read, this.task.limits))
    if (this.held) return
    const queued = this.landing.then(() => this.landWaiting())
    this.landing = queued.catch((error: unknown) => {
      this.failure ??= error
    })
    if (this.waiting.reduce((rows, waiting) => rows + waiting.rows.length, 0) >= QUEUE_ROWS) await queued
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
    const upcoming = await context.warehouse.read((db) => countRegressions(db, context.source, rows))
    await this.check(checkShare('regressed', this.regressed + upcoming, this.read, limits))
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
    await this.landing
    this.held = tripped
    this.waiting = []
  }

  /** A release covers what was observed, so a held read goes on counting to its end. */
  private async countOnly(page: NormalisedPage): Promise<void> {
    if (this.held?.guard === 'rejected') this.held = { ...this.held, observed: this.rejected }
    if (this.held?.guard === 'regressed') {
      const more = await this.task.context.warehouse.read((db) =>
        countRegressions(db, this.task.context.source, page.rows as readonly DossierRow[]),
      )
      this.held = { ...this.held, observed: this.held.observed + more }
    }
  }

  private async landWaiting(): Promise<void> {
    if (this.held || this.failure || this.waiting.length === 0) return
    const pages = this.waiting
    this.waiting = []
    const landed = await land(this.task.context, pages)
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
      if (waiver === undefined) this.held = tripped
    }
  }

  get everRead(): number {
    return this.read
  }
}

async function close(
  task: StreamTask,
  stage: Stage,
  completeness: Completeness,
  resumed: boolean,
): Promise<StreamResult> {
  const { context } = task
  const result = (state: StreamResult['state'], why: string | null = null): StreamResult => ({
    state,
    counts: stage.counts,
    remarks: [...stage.remarks],
    held: stage.held,
    why,
  })
  if (!stage.held) await lookAtEmptiness(task, stage, completeness)
  if (
    !stage.held &&
    completeness.enumerated === 'everything' &&
    completeness.total !== undefined &&
    !resumed &&
    completeness.total !== stage.everRead
  ) {
    completeness = {
      enumerated: 'incomplete',
      why: `it says it has ${completeness.total} records, ${stage.everRead} came`,
    }
  }
  if (!stage.held && completeness.enumerated !== 'incomplete') await deleteMissing(task, stage, completeness, resumed)
  if (stage.held) {
    const { guard, observed, limit } = stage.held
    await context.warehouse.write(
      (trx) =>
        saveHold(trx, {
          run: context.run,
          source: context.source,
          stream: context.stream,
          guard,
          observed,
          limit_value: limit,
          range: stage.range,
          held_at: Date.now(),
        }),
      context.lease,
    )
    return result('held')
  }
  if (completeness.enumerated === 'incomplete') {
    await context.warehouse.write((trx) => dropResume(trx, context), context.lease)
    return result('incomplete', completeness.why)
  }
  const complete = completeness
  await context.warehouse.write(async (trx) => {
    await useWaivers(trx, stage.waivers, Date.now())
    await promote(trx, context, complete, task.deletes === 'by-full-read' && provesDeletions(complete, resumed))
  }, context.lease)
  return result('complete')
}

async function lookAtEmptiness(task: StreamTask, stage: Stage, completeness: Completeness): Promise<void> {
  const { context } = task
  if (stage.everRead > 0 || completeness.enumerated === 'incomplete' || context.entity === 'feedback') return
  // A folder without a new file is an everyday sight; a list that is always whole is never empty.
  const all = completeness.enumerated === 'everything' && (task.start.full || task.deletes === 'by-full-read')
  const seen = await context.warehouse.read(async (db) => {
    const reference = await readReferenceData(db, context.zone)
    const since = (await findCheckpoint(db, context.source, context.stream))?.complete_at ?? null
    const known = await knownRows(task, db)
    const usual =
      since === null || context.entity !== 'dossier'
        ? 0
        : await usualTraffic(db, context.source, since, reference.calendar)
    return { calendar: reference.calendar, of: { read: 0, all, known, recentPerWorkingDay: usual, since } }
  })
  await stage.check(checkEmpty(seen.of, context.asOf, seen.calendar, task.limits))
}

async function knownRows(task: StreamTask, db: Reader): Promise<number> {
  const table = task.context.entity === 'procedure' ? 'procedure' : task.context.entity === 'dossier' ? 'dossier' : null
  if (!table) return 0
  const row = await db
    .selectFrom(table)
    .select(({ fn }) => fn.countAll<number>().as('n'))
    .where('source', '=', task.context.source)
    .executeTakeFirstOrThrow()
  return Number(row.n)
}

/** Deletes what a proven enumeration no longer lists; a mass deletion is held instead. */
async function deleteMissing(
  task: StreamTask,
  stage: Stage,
  completeness: Exclude<Completeness, { enumerated: 'incomplete' }>,
  resumed: boolean,
): Promise<void> {
  const { context } = task
  if (task.deletes !== 'by-full-read' || !provesDeletions(completeness, resumed)) return
  const missing = await context.warehouse.write((trx) => findMissing(trx, context, completeness), context.lease)
  const known = await context.warehouse.read((db) => knownRows(task, db))
  await stage.check(checkShare('deleted', missing.sure.length, known, task.limits))
  if (stage.held) return
  if (missing.sure.length > 0) {
    const page: NormalisedPage = {
      entity: context.entity,
      rows: [],
      records: [],
      deleted: missing.sure,
      rejected: [],
      notes: [],
      resume: {},
      read: 0,
      remarks: [],
    }
    addCounts(stage.counts, await land({ ...context, enumerates: false }, [page], { resume: false }))
  }
  await context.warehouse.write((trx) => settleMissing(trx, context, missing), context.lease)
}

/** A worker that stops without saying why is our fault; everything else keeps its own error. */
export const asPipelineError = (error: unknown): PipelineError =>
  error instanceof PipelineError
    ? error
    : new PipelineError('INTERNAL', { what: error instanceof Error ? error.message : String(error) }, { cause: error })
