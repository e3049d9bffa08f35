/**
 * When a dossier is due (hạn trả): what is printed, put off by official re-appointments; where nothing is printed, our own from the
 * statutory limit. A day means its close of office.
 */
import { dueByStatute, type LimitUnit, type Pause, processingHours } from '../indicators/deadlines.ts'
import { listOf } from '../indicators/lists.ts'
import type { LocalDays } from '../indicators/local-day.ts'
import type { DossierBusiness, DossierRecord } from '../warehouse/tables.ts'
import type { Reference } from './reference.ts'

type Dated = Pick<
  DossierBusiness,
  'procedure' | 'received_at' | 'due_printed_at' | 'due_printed_precision' | 'supplements' | 'reappointments'
>
type Ended = Pick<DossierRecord, 'ended_at' | 'ended_precision'>
export type Due = Pick<DossierRecord, 'due_at' | 'due_precision' | 'due_ours_at' | 'due_in_2_at' | 'due_in_1_at'>
export type Judged = Due & Pick<DossierRecord, 'processing_hours'>

interface Supplement {
  requestedAt: number | null
  completedAt: number | null
  newDueAt: number | null
}

/** All that calendar and limits say of a dossier: when it is due, and the office hours that it took. */
export function judge(dossier: Dated & Ended, reference: Reference, days: LocalDays): Judged {
  const supplements = listOf<Supplement>(dossier.supplements)
  const pauses = answered(supplements)
  const { at: ours, unit } = statutory(dossier, pauses, reference, days)
  const printed = printedDue(dossier, supplements, days)
  const due =
    printed === null
      ? { at: ours, precision: ours === null ? null : unit === 'hour' ? 'minute' : 'day' }
      : printed.precision === 'day'
        ? { at: reference.calendar.closeOfOffice(days.dayOf(printed.at)), precision: 'day' }
        : printed
  const day = due.at === null ? null : days.dayOf(due.at)
  return {
    due_at: due.at,
    due_precision: due.precision,
    due_ours_at: ours,
    due_in_2_at: day === null ? null : days.startOf(reference.calendar.addWorkingDays(day, -2)),
    due_in_1_at: day === null ? null : days.startOf(reference.calendar.addWorkingDays(day, -1)),
    processing_hours: hoursOf(dossier, pauses, reference, days),
  }
}

/** Whole office hours that it took, pauses for supplements left out (thời gian giải quyết); null while it is open. */
function hoursOf(
  { received_at, ended_at, ended_precision }: Dated & Ended,
  pauses: readonly Pause[],
  { calendar }: Reference,
  days: LocalDays,
): number | null {
  if (received_at === null || ended_at === null) return null
  // An end known by its day only may have been any time of it: all of it is taken.
  const ended = ended_precision === 'day' ? calendar.closeOfOffice(days.dayOf(ended_at)) : ended_at
  return processingHours(received_at, ended, calendar, pauses)
}

/** Printed and ours lie on different days, and nothing has officially moved the printed one. */
export function dueDiffers(dossier: Dated, due: Due, days: LocalDays): boolean {
  if (dossier.due_printed_at === null || due.due_ours_at === null) return false
  const moved = dossier.supplements !== null || dossier.reappointments !== null
  return !moved && days.dayOf(dossier.due_printed_at) !== days.dayOf(due.due_ours_at)
}

/** The latest that the citizen was told: systems print the first date, the newest, or both. */
function printedDue(
  dossier: Dated,
  supplements: readonly Supplement[],
  days: LocalDays,
): { at: number; precision: string | null } | null {
  let latest: { at: number; precision: string | null } | null =
    dossier.due_printed_at === null ? null : { at: dossier.due_printed_at, precision: dossier.due_printed_precision }
  if (supplements.length === 0 && dossier.reappointments === null) return latest
  const later = [
    ...supplements.map(({ newDueAt }) => newDueAt),
    ...listOf<{ to: number | null }>(dossier.reappointments).map(({ to }) => to),
  ]
  for (const at of later) {
    if (at === null || (latest !== null && at <= latest.at)) continue
    // lists carry no precision: midnight is no hour at which anything is handed out
    latest = { at, precision: days.dayOf(at - 1) !== days.dayOf(at) ? 'day' : 'second' }
  }
  return latest
}

/** By the limit that held when the dossier was received; what the citizen took for supplements is not the office's time. */
function statutory(
  { procedure, received_at }: Dated,
  pauses: readonly Pause[],
  reference: Reference,
  days: LocalDays,
): { at: number | null; unit: LimitUnit | null } {
  const limit = received_at === null ? null : reference.limitOn(procedure, days.dayOf(received_at))
  if (received_at === null || !limit || !isUnit(limit.unit)) return { at: null, unit: null }
  const { unit } = limit
  return { at: dueByStatute(received_at, limit.count, unit, reference.calendar, pauses), unit }
}

const isUnit = (unit: string): unit is LimitUnit => unit === 'working-day' || unit === 'day' || unit === 'hour'
const answered = (supplements: readonly Supplement[]): Pause[] =>
  supplements.flatMap(({ requestedAt, completedAt }) =>
    requestedAt === null || completedAt === null ? [] : [{ from: requestedAt, to: completedAt }],
  )
