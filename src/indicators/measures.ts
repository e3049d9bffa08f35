/**
 * What one dossier contributes to the measures: a pure function of the row and the persisted tick, so that
 * delta = new − old, `rebuild` streams rows through it, and `explain` runs it on the rows it finds.
 *
 * Signed measures are stocks: +1 where the dossier enters the state, −1 where it leaves. For every agency and period
 *   carried over + received = finished + in progress (within, past due, no due date) + paused + withdrawn + stopped
 * holds by construction: in progress within = stock − paused − past_due − no_due.
 */
import { type CellEntry, PROCESSED } from '../warehouse/cells.ts'
import type { DossierRecord, MeasureName } from '../warehouse/tables.ts'
import { listOf } from './lists.ts'
import type { LocalDays } from './local-day.ts'
import { entriesOf, nextChange as nextLate, ON_TIME } from './qd766/on-time.ts'

/** `agency`: `<code>@<valid_from>` of the resolving agency, but for measures that count by another. */
export type Contribution = CellEntry

/** What measures read of a dossier. */
export type Measured = Pick<
  DossierRecord,
  | 'counted'
  | 'deleted'
  | 'resolving'
  | 'procedure'
  | 'channel'
  | 'status'
  | 'status_at'
  | 'status_seen_at'
  | 'received_at'
  | 'due_at'
  | 'due_precision'
  | 'ended_at'
  | 'ended_precision'
  | 'supplements'
  | 'due_in_2_at'
  | 'due_in_1_at'
  | 'processing_hours'
  | 'receiving'
  | 'assisting'
  | 'fee'
  | 'paid_online'
  | 'digitised'
  | 'reused'
  | 'vneid'
  | 'reappointments'
  | 'electronic_result'
  | 'rating'
  | 'rated_at'
  | 'due_printed_at'
  | 'complained'
>

/** What `contributions` and `nextChange` read of a dossier. */
export const MEASURED_COLUMNS = [
  'counted',
  'deleted',
  'resolving',
  'procedure',
  'channel',
  'status',
  'status_at',
  'status_seen_at',
  'received_at',
  'due_at',
  'due_precision',
  'ended_at',
  'ended_precision',
  'supplements',
  'due_in_2_at',
  'due_in_1_at',
  'processing_hours',
  'receiving',
  'assisting',
  'fee',
  'paid_online',
  'digitised',
  'reused',
  'vneid',
  'reappointments',
  'electronic_result',
  'rating',
  'rated_at',
  'due_printed_at',
  'complained',
] as const satisfies readonly (keyof Measured)[]

interface Interval {
  from: number
  /** null: still open */
  to: number | null
}

/** Rows that are not counted, deleted, not received or not accepted (status 1) contribute nothing; a refusal (3) is its own measure. */
export function contributions(record: Measured, days: LocalDays, tickAt: number): Contribution[] {
  if (!record.counted || record.deleted || record.status === 1) return []
  const out: Contribution[] = []
  const { resolving: agency, procedure, channel, status } = record
  const add = (measure: MeasureName, at: number, n: number) =>
    out.push({ agency, procedure, channel, day: days.dayOf(at), measure, n })
  // Whoever was refused was served, too.
  if (record.rating !== null && record.rated_at !== null) addRating(add, record.rating, record.rated_at)
  if (status === 3) {
    if (record.ended_at !== null) add('refused', record.ended_at, 1)
    return out
  }
  const received = record.received_at
  if (received === null) return out
  addReception(out, record, days.dayOf(received))
  // An end before the reception can only come from day precision; the stock must not go negative for it.
  const ended = record.ended_at === null ? null : Math.max(record.ended_at, received)
  if (ended === null) {
    for (const [measure, over] of AGES) {
      const since = agedAt(days, received, over)
      if (since <= tickAt) add(measure, since, 1)
    }
  } else addEnd(out, record, ended, days)
  addScored(add, record, { from: received, to: ended }, days, tickAt)

  const within: Interval = { from: received, to: ended }
  const pauses =
    record.supplements === null && record.status !== 5 && record.status !== 6 ? [] : pausesOf(record, within)
  for (const pause of pauses) addInterval(add, 'paused', pause)
  const running = subtract(within, pauses)
  if (record.due_at === null) {
    for (const interval of running) addInterval(add, 'no_due', interval)
    return out
  }
  // What has ended is a fact; what is open becomes past due only when the tick has crossed its due instant.
  const due = record.due_at
  if (ended !== null ? due < ended : due <= tickAt) {
    for (const interval of running) {
      if (interval.to === null || interval.to > due)
        addInterval(add, 'past_due', { from: Math.max(interval.from, due), to: interval.to })
    }
  }
  const open = running.at(-1)
  if (open?.to === null) {
    for (const [measure, from, to] of stepsToDue(record, due, days)) {
      const start = from === null ? null : Math.max(from, open.from)
      if (start === null || start > tickAt || start >= to) continue
      add(measure, start, 1)
      if (to <= tickAt) add(measure, to, -1)
    }
  }
  return out
}

/** What QĐ 766 takes away: late by its own rule, and disliked. `within`: from the reception to the end. */
function addScored(
  add: (measure: MeasureName, at: number, n: number) => void,
  record: Measured,
  within: Interval,
  days: LocalDays,
  tickAt: number,
): void {
  const { late, end } = entriesOf(record, days, tickAt, ON_TIME)
  if (late) addInterval(add, 'late_766', late)
  if (end && !end.onTime) add('ended_late_766', end.at, 1)
  const disliked = record.complained === 1 || (record.rating !== null && record.rating <= UNSATISFIED)
  if (!disliked) return
  addInterval(add, 'disliked', within)
  if (within.to !== null) add('ended_disliked', within.to, 1)
}

/** What is known of a dossier from its reception on, of its day. */
function addReception(out: Contribution[], record: Measured, day: string): void {
  const { resolving, procedure, channel, receiving, assisting, paid_online } = record
  const add = (measure: MeasureName, agency: string) => out.push({ agency, procedure, channel, day, measure, n: 1 })
  add('received', resolving)
  if (channel === 'online') add('received_online', resolving)
  const paid = paid_online === 'national' || paid_online === 'gateway'
  // Some systems say how it was paid and not how much: what is paid online is never more than what was to be paid.
  if (paid || (record.fee !== null && record.fee > 0)) add('payable', resolving)
  if (paid) add('paid_online', resolving)
  else if (record.fee === null) add('fee_unknown', resolving)
  if (record.digitised === 1) add('digitised', resolving)
  if (record.electronic_result === 1) {
    add('with_result', resolving)
    if (channel === 'online') add('online_with_result', resolving)
    if (record.digitised === 1) add('digitised_with_result', resolving)
  }
  if (record.reused === 1) add('reused', resolving)
  if (record.vneid === 1) add('vneid', resolving)
  if (record.reappointments !== null) add('reappointed', resolving)
  // A system that does not say who received it has its own counter; one that does not say who assisted had nobody do so.
  add('taken', receiving ?? resolving)
  if (assisting !== null) add('assisted', assisting)
}

function addEnd(out: Contribution[], record: Measured, ended: number, days: LocalDays): void {
  const { resolving: agency, procedure, channel, status, processing_hours: hours } = record
  const day = days.dayOf(ended)
  out.push({ agency, procedure, channel, day, measure: outcome(record, ended, days), n: 1 })
  if (status !== 9 && status !== 10) return
  if (record.electronic_result === 1)
    out.push({ agency, procedure, channel, day, measure: 'returned_electronically', n: 1 })
  if (hours === null) return
  out.push({ agency, procedure, channel, day, measure: PROCESSED, n: 1, hours })
  const since = days.dayOf(record.received_at ?? ended)
  out.push({ agency, procedure, channel, day: since, measure: 'done', n: 1 })
  if (hours > 0) out.push({ agency, procedure, channel, day: since, measure: 'done_hours', n: hours })
}

/** Of five: four and five are satisfied, one and two are not. */
function addRating(add: (measure: MeasureName, at: number, n: number) => void, rating: number, at: number): void {
  add('rated', at, 1)
  add('rating_sum', at, rating)
  if (rating >= 4) add('satisfied', at, 1)
  if (rating <= UNSATISFIED) add('dissatisfied', at, 1)
}
const UNSATISFIED = 2

/** How many days an open dossier may count since its reception before it is one of these. */
const AGES: readonly (readonly [MeasureName, over: number])[] = [
  ['open_over_10', 10],
  ['open_over_30', 30],
  ['open_over_90', 90],
]
const DAY = 86_400_000

/** First instant of the day on which more than `over` days have passed since the day of reception; from noon, so that no change of clocks shifts it. */
const agedAt = (days: LocalDays, received: number, over: number): number =>
  days.startOf(days.dayOf(days.startOf(days.dayOf(received)) + (over + 1.5) * DAY))

/** The last days before an open dossier is due, each a stock that it enters and leaves as the tick passes. */
function stepsToDue(
  record: Pick<Measured, 'due_in_2_at' | 'due_in_1_at'>,
  due: number,
  days: LocalDays,
): [measure: MeasureName, from: number | null, to: number][] {
  const today = days.startOf(days.dayOf(due))
  return [
    ['due_in_2', record.due_in_2_at, record.due_in_1_at ?? today],
    ['due_in_1', record.due_in_1_at, today],
    ['due_today', today, due],
  ]
}

/** The next instant after `tickAt` at which `contributions` change by time alone (epoch ms); null: never. */
export function nextChange(record: Measured, days: LocalDays, tickAt: number): number | null {
  const { due_at: due, received_at: received, status } = record
  if (!record.counted || record.deleted || status === 1 || status === 3) return null
  if (record.ended_at !== null || received === null) return null
  let next: number | null = null
  const consider = (at: number | null) => {
    if (at !== null && at > tickAt && (next === null || at < next)) next = at
  }
  for (const [, over] of AGES) consider(agedAt(days, received, over))
  consider(nextLate(record, days, tickAt, ON_TIME))
  if (due !== null) {
    for (const at of [record.due_in_2_at, record.due_in_1_at, days.startOf(days.dayOf(due)), due]) consider(at)
  }
  return next
}

function addInterval(
  add: (measure: MeasureName, at: number, n: number) => void,
  measure: MeasureName,
  interval: Interval,
): void {
  add(measure, interval.from, 1)
  if (interval.to !== null) add(measure, interval.to, -1)
}

/** Early: finished on a date before the due date; on time: same date and not late; late: after. By date where either side is only known by day. */
export function outcome(
  record: Pick<Measured, 'status' | 'due_at' | 'due_precision' | 'ended_precision'>,
  ended: number,
  days: LocalDays,
): MeasureName {
  if (record.status === 7) return 'withdrawn'
  if (record.status === 8) return 'stopped'
  if (record.due_at === null) return 'finished_no_due'
  const endDay = days.dayOf(ended)
  const dueDay = days.dayOf(record.due_at)
  if (endDay < dueDay) return 'finished_early'
  const byDate = record.due_precision === 'day' || record.ended_precision === 'day'
  if (endDay === dueDay && (byDate || ended <= record.due_at)) return 'finished_on_time'
  return 'finished_late'
}

interface Supplement {
  requestedAt: number | null
  completedAt: number | null
}

/** Waiting for supplement (5) or payment (6): from the request to its completion, clipped to the dossier's time, without overlaps. */
function pausesOf(record: Measured, within: Interval): Interval[] {
  const waiting = record.status === 5 || record.status === 6
  const found: Interval[] = []
  for (const supplement of listOf<Supplement>(record.supplements)) {
    if (supplement.requestedAt === null) continue
    // Completion unknown: still waiting if the status says so, else it ended when the present status began.
    const to = supplement.completedAt ?? (waiting ? null : (record.status_at ?? record.status_seen_at))
    found.push({ from: supplement.requestedAt, to })
  }
  if (waiting && !found.some((pause) => pause.to === null))
    found.push({ from: record.status_at ?? record.status_seen_at, to: null })
  found.sort((a, b) => a.from - b.from)
  const merged: Interval[] = []
  for (const pause of found) {
    const from = Math.max(pause.from, within.from)
    const to = within.to === null ? pause.to : Math.min(pause.to ?? within.to, within.to)
    if (to !== null && to <= from) continue
    const last = merged[merged.length - 1]
    if (last && (last.to === null || last.to >= from))
      last.to = last.to === null || to === null ? null : Math.max(last.to, to)
    else merged.push({ from, to })
  }
  return merged
}

function subtract(whole: Interval, parts: readonly Interval[]): Interval[] {
  const left: Interval[] = []
  let from: number | null = whole.from
  for (const part of parts) {
    if (from !== null && part.from > from) left.push({ from, to: part.from })
    from = part.to
  }
  if (from !== null && (whole.to === null || from < whole.to)) left.push({ from, to: whole.to })
  return left
}
