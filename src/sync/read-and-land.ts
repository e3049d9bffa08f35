/**
 * One stream, read to its end: pages arrive from the worker, are looked at by the guards, landed in batches, and the read is closed.
 *
 *   first look (≤ 1,000 records, nothing landed) ─► landing ─► closed: watermark promoted
 *            │                                         │  └──► incomplete: watermark stays, resume dropped
 *            └────────────── held ◄────────────────────┘      (held: the rest is only counted, nothing moves)
 */
import type { Completeness, Resume } from '../connect/connector.ts'
import { findCheckpoint } from '../warehouse/checkpoints.ts'
import { listShares, saveDrift, saveShares } from '../warehouse/drift.ts'
import type { Trx } from '../warehouse/open.ts'
import { listOpenKeys } from '../warehouse/quarantines.ts'
import { dropResume, findMissing, promote, provesDeletions, settleMissing } from './completeness.ts'
import { addCounts, type Counts } from './counts.ts'
import { SHARE_LEAST } from './drift-judge.ts'
import {
  checkEmpty,
  checkShare,
  countAlive,
  findStanding,
  saveHold,
  settleHolds,
  type Tripped,
  usualTraffic,
} from './guards.ts'
import { land } from './land.ts'
import { orderAt } from './normalise.ts'
import { NO_RECORDS, type NormalisedPage } from './protocol.ts'
import { readStream } from './read.ts'
import { readReferenceData } from './reference.ts'
import { asksOnly, rangeOf, Stage, type StreamTask } from './stage.ts'
import { unfinishedPages } from './unfinished.ts'

export interface StreamResult {
  state: 'complete' | 'incomplete' | 'held'
  counts: Counts
  remarks: string[]
  held: Tripped | null
  why: string | null
}

export async function readAndLand(task: StreamTask): Promise<StreamResult> {
  const { context } = task
  const checkpoint = await context.warehouse.read((db) => findCheckpoint(db, context.source, context.stream))
  context.openKeys = await context.warehouse.read((db) => listOpenKeys(db, context.source, context.stream))
  context.lateBefore = lateBefore(task, checkpoint?.watermark ?? null)
  const resume =
    task.start.full || task.since !== null
      ? null
      : ((checkpoint?.resume ? JSON.parse(checkpoint.resume) : null) as Resume | null)
  const range = rangeOf(task, checkpoint)
  const standing = await context.warehouse.read((db) => findStanding(db, context.source, context.stream, range))
  const stage = new Stage(task, checkpoint, standing, resume !== null)
  let completeness: Completeness
  try {
    completeness = await readStream(
      { ...task.start, watermark: task.since ?? checkpoint?.watermark ?? null, resume },
      { page: (page) => stage.accept(page), unfinished: unfinishedPages(task) },
      task.signal,
    )
  } catch (error) {
    // Pages that came before the failure are proven good by themselves; they land and the next run resumes after them.
    try {
      await stage.drain()
    } finally {
      // What was held stays held, whatever became of the rest of the read: else nobody could release it.
      if (stage.held) await hold(task, stage, stage.held, false)
    }
    throw error
  }
  await stage.finishReading()
  if (task.dryRun)
    return {
      state: completeness.enumerated === 'incomplete' ? 'incomplete' : 'complete',
      counts: stage.counts,
      remarks: [...stage.remarks, ...unknownFields(stage)],
      held: null,
      why: completeness.enumerated === 'incomplete' ? completeness.why : null,
    }
  const asked = asksOnly(task, checkpoint)
  return close(task, stage, completeness, { resumed: resume !== null, keepWatermark: asked })
}

/** A dry run keeps nothing, drift neither; it tells what it saw of it. */
const unknownFields = ({ drift }: Stage): string[] =>
  drift.found.flatMap(({ kind, field, found }) =>
    kind === 'new-field' ? [`unknown field ${field} (${found[0] ?? 'null'})`] : [],
  )

/** A full read alone finds what was committed so late that no other read has seen it; then it says so. */
function lateBefore({ start, cursor }: StreamTask, watermark: string | null): number | null {
  if (!start.full || !cursor || watermark === null) return null
  const at = orderAt(watermark, cursor.zone)
  if (at == null) return null
  return Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(cursor.zone).subtract(cursor.lookback)
    .epochMilliseconds
}

async function close(
  task: StreamTask,
  stage: Stage,
  completeness: Completeness,
  { resumed, keepWatermark }: { resumed: boolean; keepWatermark: boolean },
): Promise<StreamResult> {
  const { context } = task
  const result = (state: StreamResult['state'], why: string | null = null): StreamResult => ({
    state,
    counts: stage.counts,
    remarks: [...stage.remarks, ...lateRemark(task, stage.counts)],
    held: stage.held,
    why,
  })
  // What a resumed read brings says nothing of the whole: it may have stopped behind the last page.
  const emptied = !stage.held && !resumed && (await lookAtEmptiness(task, stage, completeness))
  if (
    !stage.held &&
    completeness.enumerated === 'everything' &&
    completeness.total !== undefined &&
    !resumed &&
    // more came where rows moved and were read twice
    completeness.total > stage.everRead
  ) {
    completeness = {
      enumerated: 'incomplete',
      why: `it says it has ${completeness.total} records, ${stage.everRead} came`,
    }
  }
  const checked =
    !stage.held &&
    completeness.enumerated !== 'incomplete' &&
    (await deleteMissing(task, stage, completeness, resumed, emptied))
  if (stage.held) {
    await hold(task, stage, stage.held, completeness.enumerated === 'incomplete')
    return result('held')
  }
  if (completeness.enumerated === 'incomplete') {
    const upTo = keepWatermark ? undefined : completeness.upTo
    await context.warehouse.write((trx) => dropResume(trx, context, upTo), context.lease)
    return result('incomplete', completeness.why)
  }
  // --since may lie behind the kept watermark (then what is between was not read) or before it: the next ordinary read starts where it would have.
  const complete = keepWatermark ? { ...completeness, upTo: null } : completeness
  const scope = completeness.enumerated === 'everything' ? 'everything' : 'changes'
  await context.warehouse.write(async (trx) => {
    if (!resumed) await judgeDrift(trx, task, stage, scope)
    await settleHolds(trx, context.source, context.stream, stage.range, Date.now())
    await promote(trx, context, complete, checked)
  }, context.lease)
  return result('complete')
}

/** What only a whole read can say of its fields: which never came, which come empty more or less often than in the runs before. */
async function judgeDrift(trx: Trx, { context }: StreamTask, { drift }: Stage, scope: string): Promise<void> {
  const { source, stream, run } = context
  if (drift.records === 0) return
  const history = await listShares(trx.db, source, stream, scope)
  await saveDrift(trx, { source, stream, run, at: context.asOf }, drift.judge(history))
  if (drift.records < SHARE_LEAST) return
  const { records, fields } = drift
  await saveShares(trx, { source, stream, scope, at: context.asOf }, { run, records, fields }, history)
}

/** Held for what is missing, or `incomplete`: the next read has to see everything again, not what follows the last page. */
async function hold(
  { context }: StreamTask,
  { range, drift }: Stage,
  tripped: Tripped,
  incomplete: boolean,
): Promise<void> {
  const { guard, observed, limit } = tripped
  const again = guard === 'deleted' || guard === 'empty' || incomplete
  await context.warehouse.write(async (trx) => {
    if (again) await dropResume(trx, context)
    // What was waiting when it was held has not landed, and its drift neither; it is why somebody looks here.
    await saveDrift(trx, { ...context, at: context.asOf }, [...drift.found, ...drift.missingRequired()])
    await saveHold(trx, {
      run: context.run,
      source: context.source,
      stream: context.stream,
      guard,
      observed,
      limit_value: limit,
      range,
      held_at: Date.now(),
    })
  }, context.lease)
}

const lateRemark = ({ cursor }: StreamTask, { late }: Counts): string[] =>
  late > 0 ? [`${late} records were committed more than ${cursor?.lookback} late; only this full read found them`] : []

/** Returns whether nothing came and a person has released just that. */
async function lookAtEmptiness(task: StreamTask, stage: Stage, completeness: Completeness): Promise<boolean> {
  const { context } = task
  if (stage.everRead > 0 || completeness.enumerated === 'incomplete' || context.entity === 'feedback') return false
  // A folder without a new file is an everyday sight; a list that is always whole is never empty.
  const list = task.deletes === 'by-full-read'
  // a full read by windows asks from the first day on
  const { enumerated } = completeness
  const all = task.start.full ? enumerated !== 'changes' : enumerated === 'everything' && list
  const seen = await context.warehouse.read(async (db) => {
    const reference = await readReferenceData(db, context.zone)
    const since = (await findCheckpoint(db, context.source, context.stream))?.complete_at ?? null
    const known = await countAlive(db, context.entity, context.source)
    const usual =
      since === null || context.entity !== 'dossier'
        ? 0
        : await usualTraffic(db, context.source, since, reference.calendar)
    return { calendar: reference.calendar, of: { read: 0, all, list, known, recentPerWorkingDay: usual, since } }
  })
  const tripped = checkEmpty(seen.of, context.asOf, seen.calendar, task.limits)
  await stage.check(tripped)
  return tripped !== null && !stage.held
}

/** Deletes what a proven enumeration no longer lists; a mass deletion is held instead. Returns whether it could be told what is gone. */
async function deleteMissing(
  task: StreamTask,
  stage: Stage,
  completeness: Exclude<Completeness, { enumerated: 'incomplete' }>,
  resumed: boolean,
  emptied: boolean,
): Promise<boolean> {
  const { context } = task
  if (task.deletes !== 'by-full-read' || !provesDeletions(completeness, resumed)) return false
  const missing = await context.warehouse.write((trx) => findMissing(trx, context, completeness), context.lease)
  const gone = missing.sure.length + missing.suspected.length
  if (stage.unnamed > 0 && gone > 0) {
    stage.remarks.add(`${stage.unnamed} records came without a readable key, so none of the ${gone} missing is deleted`)
    return false
  }
  const known = await context.warehouse.read((db) => countAlive(db, context.entity, context.source))
  // Whoever released the empty list has released that everything on it goes.
  if (!emptied) await stage.check(checkShare('deleted', missing.sure.length, known, task.limits))
  if (stage.held) return false
  if (missing.sure.length > 0) {
    const page: NormalisedPage = {
      entity: context.entity,
      rows: [],
      records: NO_RECORDS,
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
  return true
}
