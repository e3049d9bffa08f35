/**
 * Sends what is pending for one target, strictly in its order, one batch in flight, under the lease `deliver:<target>`.
 *
 *   head of the outbox ─► batch ─► POST ─► answer ─► receipts in, outbox rows out (one write) ─► next batch
 *                           ▲                │ unknown: the same batch again, at most 4 attempts
 *                           └────────────────┘ then DELIVERY_FAILED; everything stays pending in order
 *
 * A crash between the answer and the receipts repeats the batch; the receiver knows the ids and answers `duplicate`.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { TargetConfig } from '../config.ts'
import { PipelineError } from '../errors.ts'
import { findMeta } from '../warehouse/landing.ts'
import type { LeaseHeld, Reader, Warehouse } from '../warehouse/open.ts'
import {
  countPending,
  type DueMessage,
  dueMessages,
  postpone,
  type Receipt,
  saveReceipts,
} from '../warehouse/outbox.ts'
import { countRefused, listRefused, type Refusal, requeueRefused } from '../warehouse/refused.ts'
import { BATCH_BODY_BYTES, BATCH_MESSAGES, type Batch, formBatch } from './outbox.ts'
import { ATTEMPTS, backOffMs, pauseMs } from './retry.ts'
import { type Confirmation, type Outcome, post } from './targets/rest.ts'

export interface SendOptions {
  /** real time, epoch ms */
  now: () => number
  signal: AbortSignal
  /** `deliver:<target>`, held by the caller; every write is fenced by it */
  lease?: LeaseHeld
  /** 0 ≤ x < 1 */
  random?: () => number
  sleep?: (ms: number, signal: AbortSignal) => Promise<unknown>
  /** told after each confirmed batch */
  onProgress?: (sent: Sent) => void
  attempts?: number
  /** first puts back what stands refused: somebody may have corrected the target */
  retryRefused?: boolean
  deadlineMs?: number
}
export interface Sent {
  delivered: number
  duplicate: number
  superseded: number
  /** figures whose newest message stands refused when this ends, whenever that was said */
  refused: number
  pending: number
  /** the first 20 of them */
  refusals: Refusal[]
  /** DELIVERY_FAILED, DELIVERY_UNAUTHORIZED, DELIVERY_REFUSED */
  error?: PipelineError
}

const COUNTED = { accepted: 'delivered', duplicate: 'duplicate', superseded: 'superseded' } as const
const REFUSALS_NAMED = 20
const pause = (ms: number, signal: AbortSignal) => delay(ms, undefined, { signal })

/** Name of the lease under which `target` is served. */
export const deliverLease = (target: string): string => `deliver:${target}`

/** Never throws for what the target does: see `error`. Throws what the warehouse throws, and the signal's reason. */
export async function send(warehouse: Warehouse, target: TargetConfig, options: SendOptions): Promise<Sent> {
  await checkSample(warehouse, target)
  const { name } = target
  if (options.retryRefused && (await warehouse.read((db) => countRefused(db, name))) > 0)
    await warehouse.write((trx) => requeueRefused(trx, name), options.lease)
  const sent: Sent = { delivered: 0, duplicate: 0, superseded: 0, refused: 0, pending: 0, refusals: [] }
  let refusedNow = 0
  let problem: Problem | null = null
  while (problem === null) {
    const due = await warehouse.read((db) => dueMessages(db, name, BATCH_MESSAGES, BATCH_BODY_BYTES))
    if (due.length === 0) break
    const batch = formBatch(due)
    const outcome = await attempt(target, batch, options)
    if (outcome.kind !== 'answer') {
      problem = problemOf(outcome)
      await putOff(warehouse, target, batch.messages, problem.text, options)
    } else {
      refusedNow += await record(warehouse, target, batch, outcome.confirmed, sent, options)
      options.onProgress?.(sent)
    }
  }
  Object.assign(sent, await warehouse.read((db) => whatIsLeft(db, name)))
  // What was refused before and is not asked for now was said then; `serve` would repeat it with every delivery.
  const error = errorOf(name, sent, problem, refusedNow > 0)
  return error ? { ...sent, error } : sent
}

/** What stays behind at the end of a push: still in the outbox, and refused with nothing newer in its place. */
export async function whatIsLeft(db: Reader, target: string): Promise<Pick<Sent, 'pending' | 'refused' | 'refusals'>> {
  return {
    pending: await countPending(db, target),
    refused: await countRefused(db, target),
    refusals: await listRefused(db, target, REFUSALS_NAMED),
  }
}

/** The same bytes under the same key until the outcome is known or the attempts are used up. */
async function attempt(target: TargetConfig, batch: Batch, options: SendOptions): Promise<Outcome> {
  const { random = Math.random, sleep = pause, attempts = ATTEMPTS } = options
  for (let tried = 1; ; tried++) {
    options.signal.throwIfAborted()
    const outcome = useful(await post(target, batch, options.now(), options.signal, options.deadlineMs), batch)
    if (outcome.kind !== 'unknown') return outcome
    if (tried >= attempts) return { ...outcome, problem: `${outcome.problem} (${tried} attempts)` }
    await sleep(pauseMs(tried, random(), outcome.retryAfterMs), options.signal)
  }
}

/** An answer that confirms nothing of the batch is as good as none; every other one brings the queue forward. */
function useful(outcome: Outcome, batch: Batch): Outcome {
  if (outcome.kind !== 'answer') return outcome
  const ids = new Set(batch.messages.map((message) => message.id))
  if (outcome.confirmed.some(({ id }) => ids.has(id))) return outcome
  return { kind: 'unknown', problem: 'its answer names none of the messages sent', retryAfterMs: null }
}

/** One write: receipts of what the answer confirms. What it does not name stays where it is. Returns how many were refused. */
async function record(
  warehouse: Warehouse,
  target: TargetConfig,
  batch: Batch,
  confirmed: readonly Confirmation[],
  sent: Sent,
  { now, lease }: SendOptions,
): Promise<number> {
  const bySent = new Map(batch.messages.map((message) => [message.id, message]))
  const receipts: Receipt[] = []
  let refused = 0
  for (const { id, result, reason } of confirmed) {
    const message = bySent.get(id)
    if (!message) continue // not ours, or named twice
    bySent.delete(id)
    receipts.push({ seq: message.seq, message: id, result, reason })
    if (result === 'refused') refused += 1
    else sent[COUNTED[result]] += 1
  }
  receipts.sort((a, b) => a.seq - b.seq)
  await warehouse.write((trx) => saveReceipts(trx, target.name, receipts, now()), lease)
  return refused
}

async function putOff(
  warehouse: Warehouse,
  target: TargetConfig,
  messages: readonly DueMessage[],
  problem: string,
  { now, lease }: SendOptions,
): Promise<void> {
  const failures = (messages[0]?.attempts ?? 0) + 1
  const seqs = messages.map((message) => message.seq)
  await warehouse.write((trx) => postpone(trx, target.name, seqs, now() + backOffMs(failures), problem), lease)
}

interface Problem {
  code: 'DELIVERY_FAILED' | 'DELIVERY_UNAUTHORIZED'
  text: string
  cause: Error | undefined
}
/** Waiting mends an outage, but no key. */
const problemOf = (outcome: Exclude<Outcome, { kind: 'answer' }>): Problem => ({
  code: outcome.kind === 'refusal' && outcome.unauthorized ? 'DELIVERY_UNAUTHORIZED' : 'DELIVERY_FAILED',
  text: outcome.problem,
  cause: outcome.kind === 'unknown' ? outcome.cause : undefined,
})

function errorOf(target: string, sent: Sent, problem: Problem | null, refusedNow: boolean): PipelineError | undefined {
  if (problem) {
    const params = { target, count: sent.pending, problem: problem.text }
    return new PipelineError(problem.code, params, { cause: problem.cause })
  }
  if (!refusedNow || sent.refused === 0) return undefined
  const first = sent.refusals[0]
  const reason = first ? `${first.figure}: ${first.reason ?? 'no reason given'}` : ''
  return new PipelineError('DELIVERY_REFUSED', { target, count: sent.refused, problem: reason })
}

/** Made-up figures never reach a real IOC, and real ones never a sample one. */
async function checkSample(warehouse: Warehouse, target: TargetConfig): Promise<void> {
  const holds = await warehouse.read((db) => findMeta(db, 'data'))
  const takes = target.sample ? 'sample' : 'real'
  if (holds === undefined || holds === takes) return
  throw new PipelineError('TARGET_SAMPLE', {
    target: target.name,
    targetKind: takes,
    warehouse: warehouse.label,
    warehouseKind: holds,
    file: 'jobs/targets.json',
  })
}
