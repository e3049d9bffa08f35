/** Delivery to every target, each under its own lease: at once for `ioc push` and `run`, when due for `serve`. */
import type { TargetConfig } from '../config.ts'
import { deliverLease, type SendOptions, type Sent, send, whatIsLeft } from '../deliver/deliver.ts'
import { enrolTargets } from '../deliver/enrol.ts'
import { PipelineError } from '../errors.ts'
import type { Warehouse } from '../warehouse/open.ts'
import { backlogOf } from '../warehouse/outbox.ts'
import { holderId } from './holder.ts'
import { withLease } from './lease.ts'

export type PushOptions = Omit<SendOptions, 'lease'>
export interface Pushed extends Sent {
  target: string
}

/** Sends everything that is pending, whatever `next_at` says, and what was refused once more. One target's trouble does not stop the others; each result says its own. */
export async function push(
  warehouse: Warehouse,
  targets: readonly TargetConfig[],
  options: PushOptions,
): Promise<Pushed[]> {
  await enrolTargets(warehouse, namesOf(targets))
  const pushed: Pushed[] = []
  for (const target of targets) pushed.push(await pushTo(warehouse, target, { retryRefused: true, ...options }))
  return pushed
}

/** The targets whose next attempt is due. Returns what was sent; empty where nothing was. */
export async function pushDue(
  warehouse: Warehouse,
  targets: readonly TargetConfig[],
  options: PushOptions,
): Promise<Pushed[]> {
  await enrolTargets(warehouse, namesOf(targets))
  const pushed: Pushed[] = []
  for (const target of targets) {
    const { pending, nextAt } = await warehouse.read((db) => backlogOf(db, target.name))
    // One attempt at a time: between attempts the console and the tick have their turn.
    if (pending > 0 && nextAt <= options.now())
      pushed.push(await pushTo(warehouse, target, { attempts: 1, ...options }))
  }
  return pushed
}

const namesOf = (targets: readonly TargetConfig[]): string[] => targets.map((target) => target.name)

async function pushTo(warehouse: Warehouse, target: TargetConfig, options: PushOptions): Promise<Pushed> {
  try {
    const sent = await withLease(
      warehouse,
      deliverLease(target.name),
      holderId(),
      (lease, signal) => send(warehouse, target, { ...options, lease, signal }),
      { signal: options.signal },
    )
    return { target: target.name, ...sent }
  } catch (error) {
    // Somebody else is at it, or this target is not for this warehouse: an outcome. Everything else is not ours to judge.
    const known =
      error instanceof PipelineError && ['ALREADY_RUNNING', 'LEASE_LOST', 'TARGET_SAMPLE'].includes(error.code)
    if (!known) throw error
    const left = await warehouse.read((db) => whatIsLeft(db, target.name))
    return { target: target.name, delivered: 0, duplicate: 0, superseded: 0, ...left, error }
  }
}
