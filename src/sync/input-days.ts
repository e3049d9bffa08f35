/**
 * By when a publication and a petition must be dealt with, in working days (QĐ 766 1.1, 1.2, 5.2). Stored on the rows as the first instant that
 * is too late: a day ends with its last second, whatever office hours are.
 */
import type { Calendar } from '../indicators/deadlines.ts'
import type { LocalDays } from '../indicators/local-day.ts'
import type { InputRecords } from '../warehouse/inputs.ts'

/** The figures of data/reference/qd766.json for a province; a ministry has others (−20 and 10). */
export const INPUT_DAYS = { announce: -5, update: 5, refused: 2, supplement: 5, answered: 15, publish: 2 } as const

type Judge = Pick<Calendar, 'dateOf' | 'addWorkingDays' | 'addDays'>
const tooLate = (calendar: Judge, days: LocalDays, at: number, n: number): number =>
  days.startOf(calendar.addDays(calendar.addWorkingDays(calendar.dateOf(at), n), 1))

export const judgePublication = (
  { decided_at, effective_at }: Pick<InputRecords['publication'], 'decided_at' | 'effective_at'>,
  calendar: Judge,
  days: LocalDays,
): Pick<InputRecords['publication'], 'announce_by_at' | 'publish_by_at'> => ({
  announce_by_at: effective_at === null ? null : tooLate(calendar, days, effective_at, INPUT_DAYS.announce),
  publish_by_at: tooLate(calendar, days, decided_at, INPUT_DAYS.update),
})

type Outcome = 'refused' | 'supplement' | 'answered'
/** What is open has as long as an answer. */
export const judgePetition = (
  { received_at, outcome, outcome_at }: Pick<InputRecords['petition'], 'received_at' | 'outcome' | 'outcome_at'>,
  calendar: Judge,
  days: LocalDays,
): Pick<InputRecords['petition'], 'due_at' | 'publish_by_at'> => ({
  due_at: tooLate(calendar, days, received_at, INPUT_DAYS[(outcome ?? 'answered') as Outcome]),
  publish_by_at:
    outcome === 'answered' && outcome_at !== null ? tooLate(calendar, days, outcome_at, INPUT_DAYS.publish) : null,
})
