/**
 * Working under a lease: taken or ALREADY_RUNNING, kept by a heartbeat, given back at the end.
 *
 *   free ─► held ─(heartbeat)─► held ─► released
 *             └─► lost: the signal aborts, and every further write with the lease is refused (LEASE_LOST)
 */
import { PipelineError } from '../errors.ts'
import { acquireLease, releaseLease, renewLease } from '../warehouse/leases.ts'
import type { LeaseHeld, Warehouse } from '../warehouse/open.ts'
import { describeHolder, isGone } from './holder.ts'

/** 60 s: how long another host waits for a holder that died without giving back. */
export const LEASE_TTL_MS = 60_000
/** 20 s: two heartbeats may fail before the lease runs out. */
export const LEASE_HEARTBEAT_MS = 20_000

export interface LeaseOptions {
  /** aborts the work as well */
  signal?: AbortSignal
  ttlMs?: number
  /** Calls `beat` every so often until the returned function is called. */
  every?: (beat: () => Promise<void>, ms: number) => () => void
}

/** Runs `fn` while `holder` has the lease `name`; throws ALREADY_RUNNING where somebody else has it. */
export async function withLease<T>(
  warehouse: Warehouse,
  name: string,
  holder: string,
  fn: (held: LeaseHeld, signal: AbortSignal) => Promise<T>,
  { signal, ttlMs = LEASE_TTL_MS, every = repeat }: LeaseOptions = {},
): Promise<T> {
  signal?.throwIfAborted()
  const taken = await warehouse.write((trx) => acquireLease(trx, name, holder, ttlMs, isGone))
  if (taken.held === null) throw alreadyRunning(name, taken.holder, taken.until)
  const { held } = taken
  const lost = new AbortController()
  const stop = every(heartbeat(warehouse, held, ttlMs, lost), LEASE_HEARTBEAT_MS)
  try {
    return await fn(held, signal ? AbortSignal.any([signal, lost.signal]) : lost.signal)
  } finally {
    stop()
    // A release that fails is no harm: the lease runs out by itself, and what `fn` did or threw must not be hidden.
    await warehouse.write((trx) => releaseLease(trx, held)).catch(() => {})
  }
}

function heartbeat(warehouse: Warehouse, held: LeaseHeld, ttlMs: number, lost: AbortController): () => Promise<void> {
  return async () => {
    try {
      if (await warehouse.write((trx) => renewLease(trx, held, ttlMs))) return
      lost.abort(new PipelineError('LEASE_LOST', { what: held.name }))
    } catch {
      // A busy database is no lost lease. The next heartbeat tries again, and the fencing token guards every write meanwhile.
    }
  }
}

function repeat(beat: () => Promise<void>, ms: number): () => void {
  const timer = setInterval(() => void beat(), ms)
  timer.unref()
  return () => clearInterval(timer)
}

const alreadyRunning = (what: string, holder: string, until: number, now = Date.now()): PipelineError =>
  new PipelineError('ALREADY_RUNNING', {
    what,
    holder: describeHolder(holder),
    // How long, not until when: the ledger's clock is the database's, and no zone is known here.
    seconds: Math.max(1, Math.ceil((until - now) / 1000)),
  })
