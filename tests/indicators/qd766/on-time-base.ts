/** What the cases of the on-time rule are made of; see on-time-cases.ts. */
import type { DossierRecord } from '../../../src/warehouse/tables.ts'
import { at } from '../world.ts'

export interface OnTimeCase {
  says: string
  fields: Partial<DossierRecord>
  /** last instant of the period; the end of November unless said */
  periodEnd?: number
  options?: Readonly<Record<string, string>>
  /** what rules 2, 3 and 5 give as the end, before anything is subtracted */
  end?: number
  /** null: outside */
  byInstant: boolean | null
  byDate: boolean | null
}

/** Last instant of the day. */
export const endOf = (day: string): number => at(day) + 86_400_000 - 1
export const NOVEMBER = endOf('2024-11-30')

export const BASE: Partial<DossierRecord> = {
  status: 4,
  status_at: null,
  status_seen_at: at('2024-11-04T08:00'),
  received_at: at('2024-11-04T08:00'),
  due_printed_at: at('2024-11-11T15:00'),
  due_printed_precision: 'minute',
  due_at: at('2024-11-11T15:00'),
  due_precision: 'minute',
  due_ours_at: null,
}
export const DUE_BY_DAY = {
  due_printed_at: at('2024-11-11'),
  due_printed_precision: 'day',
  due_at: at('2024-11-11T17:00'),
  due_precision: 'day',
}
export const NO_DUE = { due_printed_at: null, due_printed_precision: null, due_at: null, due_precision: null }
/** five working days from 4 November, none printed */
export const BY_STATUTE = {
  due_printed_at: null,
  due_printed_precision: null,
  due_at: at('2024-11-11T17:00'),
  due_precision: 'day',
  due_ours_at: at('2024-11-11T17:00'),
}
export const ended = (status: number, when: string, precision = 'minute') => ({
  status,
  ended_at: at(when),
  ended_precision: precision,
  status_at: at(when),
})
/** [requested, completed, new due date] */
export const supplements = (...list: (readonly [string | null, string | null, string?])[]) => ({
  supplements: JSON.stringify(
    list.map(([requested, completed, newDue]) => ({
      requestedAt: requested && at(requested),
      completedAt: completed && at(completed),
      previousDueAt: null,
      newDueAt: newDue === undefined ? null : at(newDue),
    })),
  ),
})
