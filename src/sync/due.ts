/**
 * When a dossier is due (hạn trả): what is printed, put off by official re-appointments; where nothing is printed, our own from the
 * statutory limit. A day means its close of office.
 */
import { dueByStatute, type Pause } from '../indicators/deadlines.ts'
import type { LocalDays } from '../indicators/local-day.ts'
import type { DossierBusiness, DossierRecord } from '../warehouse/tables.ts'
import type { Reference } from './reference.ts'

type Dated = Pick<
  DossierBusiness,
  'procedure' | 'received_at' | 'due_printed_at' | 'due_printed_precision' | 'supplements' | 'reappointments'
>
export type Due = Pick<DossierRecord, 'due_at' | 'due_precision' | 'due_ours_at'>

interface Supplement {
  requestedAt: number | null
  completedAt: number | null
  newDueAt: number | null
}

export function dueOf(dossier: Dated, reference: Reference, days: LocalDays): Due {
  const supplements = listOf<Supplement>(dossier.supplements)
  const ours = statutory(dossier, supplements, reference, days)
  const printed = printedDue(dossier, supplements, days)
  if (printed === null) return { due_at: ours, due_precision: ours === null ? null : 'day', due_ours_at: ours }
  const byDay = printed.precision === 'day'
  return {
    due_at: byDay ? reference.calendar.closeOfOffice(days.dayOf(printed.at)) : printed.at,
    due_precision: printed.precision,
    due_ours_at: ours,
  }
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
  supplements: readonly Supplement[],
  reference: Reference,
  days: LocalDays,
): number | null {
  const limit = received_at === null ? null : reference.limitOn(procedure, days.dayOf(received_at))
  if (received_at === null || !limit || (limit.unit !== 'working-day' && limit.unit !== 'day')) return null
  const pauses = supplements.flatMap(({ requestedAt, completedAt }): Pause[] =>
    requestedAt === null || completedAt === null ? [] : [{ from: requestedAt, to: completedAt }],
  )
  return dueByStatute(received_at, limit.count, limit.unit, reference.calendar, pauses)
}

const listOf = <T>(text: string | null): T[] => (text === null ? [] : (JSON.parse(text) as T[]))
