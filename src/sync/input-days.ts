/**
 * By when a publication and a petition must be dealt with, in working days (QĐ 766 1.1, 1.2, 5.2), by the scoring rules in force on the day of
 * the decision or of the reception. Stored on the rows as the first instant that is too late: a day ends with its last second, whatever
 * office hours are.
 */
import { invalid } from '../config-check.ts'
import type { LocalDays } from '../indicators/local-day.ts'
import { componentOf, rulesOn } from '../indicators/qd766/rules.ts'
import type { ScoringFile } from '../schemas.generated.ts'
import type { InputRecords } from '../warehouse/inputs.ts'
import type { Reference } from './reference.ts'

/** Working days, negative before. */
export interface InputDays {
  /** from the day on which the legal basis takes effect to the decision */
  announce: number
  /** from the decision to its publication */
  update: number
  /** from the reception of a petition to a refusal, a request for a supplement, an answer; from the answer to its publication */
  refused: number
  supplement: number
  answered: number
  publish: number
}
export type InputDaysOn = (date: string) => InputDays

/** Of a province; a ministry has other days. A day before the first rules is judged by these, one between two sets by the earlier. */
export function makeInputDaysOn(rules: string | null): InputDaysOn {
  let sets: ReturnType<typeof inputDaysOf> | undefined
  return (date) => {
    if (rules === null) throw new Error('scoring rules are not installed; installReference runs before any landing')
    sets ??= inputDaysOf(JSON.parse(rules) as ScoringFile)
    const found = sets.findLast(({ from }) => from <= date) ?? sets[0]
    if (!found) throw new RangeError('there are no scoring rules')
    return found
  }
}

/** One line for each set of rules, by its first day. */
export const inputDaysOf = (file: ScoringFile): (InputDays & { from: string })[] =>
  file.sets
    .map(({ validFrom }) => ({ from: validFrom, ...inputDays(file, validFrom) }))
    .sort((a, b) => (a.from < b.from ? -1 : 1))

function inputDays(file: ScoringFile, date: string): InputDays {
  const rules = rulesOn(file, date)
  if (!rules) throw new RangeError(`no scoring rules are in force on ${date}`)
  const of = (component: string, step: string): number => {
    const days = componentOf(rules, component).workingDays?.[step]
    if (days === undefined) throw new RangeError(`rule set ${rules.id}: ${component} has no workingDays.${step}`)
    return days
  }
  return {
    announce: of('1.1', 'province'),
    update: of('1.2', 'province'),
    refused: of('5.2', 'refuse'),
    supplement: of('5.2', 'supplement'),
    answered: of('5.2', 'answer'),
    publish: of('5.2', 'publish'),
  }
}

/** Throws CONFIG_INVALID where a set of rules does not say all of them. */
export function checkInputDays(rules: ScoringFile, file: string): void {
  try {
    inputDaysOf(rules)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw invalid(file, 'sets', error.message)
  }
}

type Judge = Pick<Reference, 'calendar' | 'inputDaysOn'>
const tooLate = ({ calendar }: Judge, days: LocalDays, at: number, n: number): number =>
  days.startOf(calendar.addDays(calendar.addWorkingDays(calendar.dateOf(at), n), 1))

export function judgePublication(
  { decided_at, effective_at }: Pick<InputRecords['publication'], 'decided_at' | 'effective_at'>,
  judge: Judge,
  days: LocalDays,
): Pick<InputRecords['publication'], 'announce_by_at' | 'publish_by_at'> {
  const { announce, update } = judge.inputDaysOn(days.dayOf(decided_at))
  return {
    announce_by_at: effective_at === null ? null : tooLate(judge, days, effective_at, announce),
    publish_by_at: tooLate(judge, days, decided_at, update),
  }
}

type Outcome = 'refused' | 'supplement' | 'answered'
/** What is open has as long as an answer. */
export function judgePetition(
  { received_at, outcome, outcome_at }: Pick<InputRecords['petition'], 'received_at' | 'outcome' | 'outcome_at'>,
  judge: Judge,
  days: LocalDays,
): Pick<InputRecords['petition'], 'due_at' | 'publish_by_at'> {
  const allowed = judge.inputDaysOn(days.dayOf(received_at))
  return {
    due_at: tooLate(judge, days, received_at, allowed[(outcome ?? 'answered') as Outcome]),
    publish_by_at:
      outcome === 'answered' && outcome_at !== null ? tooLate(judge, days, outcome_at, allowed.publish) : null,
  }
}
