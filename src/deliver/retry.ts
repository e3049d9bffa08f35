/** How long to wait before the next attempt. */

/** 4 attempts within one push: a hiccup of the network passes, an outage is for the next push. */
export const ATTEMPTS = 4
const BASE_MS = 500
const CAP_MS = 15_000
/** The longest that a `Retry-After` is obeyed within one push. */
const RETRY_AFTER_CAP_MS = 60_000

/** Full jitter: many senders that failed together do not come back together. `tried` counts from 1, 0 ≤ random < 1. */
export function pauseMs(tried: number, random: number, asked: number | null): number {
  const jitter = random * Math.min(CAP_MS, BASE_MS * 2 ** (tried - 1))
  return Math.round(asked === null ? jitter : Math.min(asked, RETRY_AFTER_CAP_MS) + jitter)
}

/** 1 s … 5 min: how long `serve` leaves a target alone after `failures` failed attempts in a row at the head of its queue. */
export const backOffMs = (failures: number): number => Math.min(300_000, 1000 * 2 ** Math.max(0, failures - 1))

/** `Retry-After` in seconds or as a date, against the server's own clock where it says it. */
export function retryAfterMs(retryAfter: unknown, date: unknown): number | null {
  const asked = typeof retryAfter === 'string' ? retryAfter.trim() : ''
  if (/^\d+$/.test(asked)) return Number(asked) * 1000
  const until = Date.parse(asked)
  const now = typeof date === 'string' ? Date.parse(date) : Number.NaN
  return Number.isNaN(until) || Number.isNaN(now) ? null : Math.max(0, until - now)
}
