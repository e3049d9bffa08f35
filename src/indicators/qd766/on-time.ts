/**
 * QĐ 766 indicator 2.1: whether a dossier is on time at the end of a reporting period, by the six rules of the portal (DOMAIN §1.4).
 * Twice: `onTimeAt` is the rule as written, for explaining one dossier; `entriesOf` is the same as entries that can be summed, so that for
 * every period end up to the tick
 *   on time = open − late at the period's end + ended on time in the period.
 * A property test holds both to each other. The rule reads the dossier as it is known now: the due date is the one in force today.
 */
import type { DossierRecord } from '../../warehouse/tables.ts'
import { listOf } from '../lists.ts'
import type { LocalDays } from '../local-day.ts'
import type { Choices } from './rules.ts'

export type OnTimeChoices = Pick<Choices, 'onTimeCompare' | 'refused' | 'movedDue' | 'noLimit'>
/**
 * The readings by which the measures count (src/indicators/measures.ts), as data/reference/qd766.json chooses them. Another reading is
 * another measure: whoever changes one raises the measures' numbers in MEASURE_VERSIONS.
 */
export const ON_TIME: OnTimeChoices = {
  onTimeCompare: 'instant',
  refused: 'outside',
  movedDue: 'as-printed',
  noLimit: 'on-time',
}
export type Timed = Pick<
  DossierRecord,
  | 'counted'
  | 'deleted'
  | 'status'
  | 'status_at'
  | 'status_seen_at'
  | 'received_at'
  | 'due_at'
  | 'due_precision'
  | 'due_printed_at'
  | 'ended_at'
  | 'ended_precision'
  | 'supplements'
  | 'reappointments'
>
/** What decided: the due date that was told, the statutory limit, that there is neither, or a second request for supplements. */
export type Decided = 'due-date' | 'statutory-limit' | 'no-limit' | 'second-request'
export interface Verdict {
  /** open: received and not ended by the end of the period */
  phase: 'open' | 'ended'
  onTime: boolean
  by: Decided
  /** epoch ms: the terminal state, the request that is waited for, or the last instant of the period */
  end: number
  /** ms of waiting that are subtracted from it */
  waited: number
}
/** Half open, epoch ms; to null: without end so far. */
export interface Interval {
  from: number
  to: number | null
}
export interface Entries {
  /** while it is open: at which instants a period that ended then would find it late */
  late: Interval | null
  /** at its end: counted there, on time or not */
  end: { at: number; onTime: boolean } | null
}

/** One request for supplements; `to` null: not come back, and never will where the dossier has ended. */
interface Wait {
  from: number
  to: number | null
  /** the due date does not hold this wait yet */
  subtract: boolean
}

/** `at`: the last instant of the period. null: outside (not counted, not received by then, refused unless refusals count). */
export function onTimeAt(record: Timed, at: number, days: LocalDays, choices: OnTimeChoices): Verdict | null {
  if (!isInside(record)) return null
  if (record.status === 3) {
    const refused = refusal(record, days, choices)
    if (!refused || refused.at > at) return null
    return { phase: 'ended', onTime: refused.onTime, by: basisOf(record), end: refused.at, waited: 0 }
  }
  const received = record.received_at
  if (received === null || received > at) return null
  const ended = endOf(record, received)
  const hasEnded = ended !== null && ended <= at
  // Rules 2 and 5.
  const end = hasEnded ? ended : at
  const phase = hasEnded ? 'ended' : 'open'
  const byDate = comparesDates(record, hasEnded, choices)
  const waits = waitsOf(record, received, choices)
  const asked = waits.filter(({ from }) => isBy(from, end, hasEnded && record.ended_precision === 'day', days))
  // Rule 3, its second half.
  if (asked.length > 1) return { phase, onTime: false, by: 'second-request', end, waited: 0 }
  const wait = asked.find(({ from }) => from <= end)
  const pending = wait !== undefined && (wait.to === null || wait.to > end)
  const counted = pending ? wait.from : end
  // Rule 6, and what it says of the finished holds for what goes on.
  const waited = wait && !pending && wait.to !== null && wait.subtract ? wait.to - wait.from : 0
  const by = basisOf(record)
  if (record.due_at === null) return { phase, onTime: choices.noLimit === 'on-time', by, end: counted, waited }
  // Rules 1 and 4.
  const [had, due] = [counted - waited, record.due_at]
  const onTime = byDate ? days.dayOf(had) <= days.dayOf(due) : had <= due
  return { phase, onTime, by, end: counted, waited }
}

/** What is open becomes late only when the tick has crossed; what has ended is a fact. */
export function entriesOf(record: Timed, days: LocalDays, tickAt: number, choices: OnTimeChoices): Entries {
  if (!isInside(record)) return { late: null, end: null }
  if (record.status === 3) return { late: null, end: refusal(record, days, choices) }
  const received = record.received_at
  if (received === null) return { late: null, end: null }
  const to = endOf(record, received)
  const from = lateFrom(record, received, days, choices)
  const crossed = from !== null && (to === null ? from <= tickAt : from < to)
  const late = crossed ? { from, to } : null
  if (to === null) return { late, end: null }
  return { late, end: { at: to, onTime: onTimeAt(record, to, days, choices)?.onTime ?? false } }
}

/** The next instant at which `entriesOf` changes by time alone; null: never. */
export function nextChange(record: Timed, days: LocalDays, tickAt: number, choices: OnTimeChoices): number | null {
  const { status, received_at: received } = record
  if (!isInside(record) || status === 3 || received === null || record.ended_at !== null) return null
  const from = lateFrom(record, received, days, choices)
  return from !== null && from > tickAt ? from : null
}

const isInside = ({ counted, deleted, status }: Timed): boolean => counted === 1 && deleted === 0 && status !== 1

/** An end before the reception can only come from day precision. */
const endOf = ({ ended_at }: Timed, received: number): number | null =>
  ended_at === null ? null : Math.max(ended_at, received)

/** A refusal is never open and waits for nobody: only its day against what was due. */
function refusal(record: Timed, days: LocalDays, choices: OnTimeChoices): Entries['end'] {
  const { ended_at: at, due_at: due } = record
  if (choices.refused === 'outside' || at === null) return null
  if (due === null) return { at, onTime: choices.noLimit === 'on-time' }
  return { at, onTime: comparesDates(record, true, choices) ? days.dayOf(at) <= days.dayOf(due) : at <= due }
}

/** A side that is known only by day has no hour to compare. */
const comparesDates = (record: Timed, ended: boolean, { onTimeCompare }: OnTimeChoices): boolean =>
  onTimeCompare === 'date' || record.due_precision === 'day' || (ended && record.ended_precision === 'day')

/** Of the day of an end that is known by day, every request was made before it. */
const isBy = (from: number, end: number, byDay: boolean, days: LocalDays): boolean =>
  from <= end || (byDay && days.dayOf(from) === days.dayOf(end))

function basisOf(record: Timed): Decided {
  if (record.due_at === null) return 'no-limit'
  return isTold(record) ? 'due-date' : 'statutory-limit'
}

interface Supplement {
  requestedAt: number | null
  completedAt: number | null
  newDueAt: number | null
}

/** Whether the due date is one that the citizen was told, as src/sync/due.ts decides; else it is ours, by statute. */
function isTold({ due_printed_at, supplements, reappointments }: Timed): boolean {
  if (due_printed_at !== null) return true
  if (listOf<Supplement>(supplements).some(({ newDueAt }) => newDueAt !== null)) return true
  return listOf<{ to: number | null }>(reappointments).some(({ to }) => to !== null)
}

/**
 * Requests in order of time, from the reception on: what was answered before it cost the office nothing. A supplement that is waited for
 * is status 5 only; waiting for payment (6) is not in the rule.
 */
function waitsOf(record: Timed, received: number, { movedDue }: OnTimeChoices): Wait[] {
  const waiting = record.status === 5
  if (record.supplements === null && !waiting) return []
  const told = isTold(record)
  const since = record.status_at ?? record.status_seen_at
  const waits: Wait[] = []
  for (const { requestedAt, completedAt, newDueAt } of listOf<Supplement>(record.supplements)) {
    const from = requestedAt ?? completedAt
    if (from === null) continue
    // Completion unknown: still waiting, or never answered; else the wait ended when the present status began.
    const to = completedAt ?? (waiting || record.ended_at !== null ? null : since)
    if (to !== null && to < received) continue
    // Ours, by statute, holds every wait of which both ends are known (src/sync/due.ts).
    const held = told ? newDueAt !== null && movedDue === 'as-printed' : requestedAt !== null && completedAt !== null
    waits.push({
      from: Math.max(from, received),
      to: to === null ? null : Math.max(to, from, received),
      subtract: !held,
    })
  }
  if (waiting && !waits.some(({ to }) => to === null))
    waits.push({ from: Math.max(since, received), to: null, subtract: true })
  return waits.sort((a, b) => a.from - b.from)
}

/**
 * The first instant at which a period would find the open dossier late; null: never. Only the first wait matters: from the second request
 * on it is late whatever the date.
 */
function lateFrom(record: Timed, received: number, days: LocalDays, choices: OnTimeChoices): number | null {
  const [wait, second] = waitsOf(record, received, choices)
  const crossed = crossing(record, received, wait, days, choices)
  if (second === undefined) return crossed
  return crossed === null ? second.from : Math.min(crossed, second.from)
}

function crossing(
  record: Timed,
  received: number,
  wait: Wait | undefined,
  days: LocalDays,
  choices: OnTimeChoices,
): number | null {
  if (record.due_at === null) return choices.noLimit === 'on-time' ? null : received
  const first = comparesDates(record, false, choices) ? days.endOf(record.due_at) : record.due_at + 1
  // The clock stands at the request while it is waited for, and goes on from there.
  if (wait === undefined || first <= wait.from) return Math.max(first, received)
  if (wait.to === null) return null
  return Math.max(wait.to, wait.subtract ? first + (wait.to - wait.from) : first)
}
