/** Whether, and how much, one record counts for a figure: the figure's own terms on the record's own entries. Pure. */
import type { ExpressionBuilder } from 'kysely'
import { type CellEntry, PROCESSED } from '../warehouse/cells.ts'
import type { CountedInput } from '../warehouse/inputs.ts'
import { recordOf } from '../warehouse/measures.ts'
import { type MeasureName, OF_NOW, type Tables } from '../warehouse/tables.ts'
import { type AgencyVersion, type Basis, countingDay, isWhole, membersOf } from './basis.ts'
import { type Counting, countingsOf, type DossierTerm, type HoursTerm } from './catalogue/indicator.ts'
import { isOfKind } from './figures.ts'
import { type CountedColumns, inputContributions } from './inputs.ts'
import { localDays } from './local-day.ts'
import { contributions, type Measured } from './measures.ts'
import { endOfDay, lastDayOf, type Period, startOfDay } from './periods.ts'

/** One agency (the province: everything) and period, under one basis. */
export interface Scoped {
  basis: Basis
  agency: AgencyVersion
  period: Period
}
/** Measures, and processing times by PROCESSED. */
export type CountedTerm = Pick<DossierTerm, 'when' | 'rule' | 'procedures' | 'plus'> & {
  weights: Readonly<Partial<Record<string, number>>>
}
export interface CountedTerms {
  numerator: CountedTerm | null
  denominator: CountedTerm | null
}
export interface Judged {
  /** what it adds above the line, and below it */
  numerator: number
  denominator: number
  /** whole working hours, where times are counted */
  hours: number | null
}
/** A term and what is summed with it; PROCESSED, which no indicator weighs, is none of these. */
type Part = Omit<Counting, 'weights'> & Pick<CountedTerm, 'weights'>
export const summandsOf = (term: CountedTerm | null): readonly Part[] =>
  term === null ? [] : countingsOf(term as Counting)

/** The dossiers whose times a percentile is told from. */
export const timed = ({ rule }: HoursTerm): CountedTerm => ({ when: 'in-period', weights: { [PROCESSED]: 1 }, rule })

/** Days that count, both included: stocks count what came before too; what lies beyond the tick's month does not count yet. */
export interface Window {
  /** null: from the beginning */
  from: string | null
  to: string
}

export function windowOf(when: DossierTerm['when'], { basis, period }: Pick<Scoped, 'basis' | 'period'>): Window {
  const last = lastDayOf(basis.tickMonth)
  const until = (day: string) => (day < last ? day : last)
  if (when === 'at-start') return { from: null, to: until(dayBefore(period.firstDay)) }
  return { from: when === 'in-period' ? period.firstDay : null, to: until(period.lastDay) }
}

const dayBefore = (day: string) => Temporal.PlainDate.from(day).subtract({ days: 1 }).toString()

/** Whose entries count: keys, or null for everybody's. */
export function countedAt({ basis, agency, period }: Scoped): ReadonlySet<string> | null {
  if (agency.kind === 'province' && isWhole(basis, countingDay(basis, period))) return null
  return new Set(membersOf(basis, agency, period).map(({ key }) => key))
}

export function makeJudge(scoped: Scoped, terms: CountedTerms): (record: Measured) => Judged {
  const { basis } = scoped
  const days = localDays(basis.zone)
  const judge = makeEntryJudge(scoped, terms)
  return (record) => judge(contributions(record, days, basis.tickAt))
}

/** Of one publication or petition, likewise. */
export function makeInputJudge(
  scoped: Scoped,
  terms: CountedTerms,
): <Name extends CountedInput>(name: Name, record: CountedColumns[Name]) => Judged {
  const { basis } = scoped
  const days = localDays(basis.zone)
  const judge = makeEntryJudge(scoped, terms)
  return (name, record) => judge(inputContributions(name, record, days, basis.tickAt))
}

/** What the entries of one record add above the line, and below it. */
function makeEntryJudge(scoped: Scoped, terms: CountedTerms): (entries: readonly CellEntry[]) => Judged {
  const { basis, period } = scoped
  const members = countedAt(scoped)
  const procedures = basis.proceduresOn(countingDay(basis, period))
  const compiled = (['numerator', 'denominator'] as const).flatMap((role) => {
    const term = terms[role]
    return summandsOf(term).map((one) => ({ role, term: one, window: windowOf(one.when, scoped) }))
  })
  return (entries) => {
    const judged: Judged = { numerator: 0, denominator: 0, hours: null }
    for (const entry of entries) {
      if (members && !members.has(entry.agency)) continue
      for (const { role, term, window } of compiled) {
        const weight = term.weights[entry.measure]
        if (weight === undefined || entry.day > window.to || (window.from !== null && entry.day < window.from)) continue
        if (term.procedures && !isOfKind(term.procedures, procedures.get(entry.procedure), period)) continue
        judged[role] += weight * entry.n
        if (entry.measure === PROCESSED) judged.hours = entry.hours ?? 0
      }
    }
    return judged
  }
}

export type CountedRecord = 'dossier' | CountedInput
/** The kinds of records that the terms count one by one. */
export function recordsCounted({ numerator, denominator }: CountedTerms): ReadonlySet<CountedRecord> {
  const parts = [...summandsOf(numerator), ...summandsOf(denominator)]
  return new Set(parts.flatMap(({ weights }) => Object.keys(weights)).map(recordOfName))
}
const recordOfName = (name: string): CountedRecord => (name === PROCESSED ? 'dossier' : recordOf(name as MeasureName))

type Where = ExpressionBuilder<Tables, 'dossier'>
const RECEIVED: ReadonlySet<string> = new Set([
  'received',
  'received_online',
  'payable',
  'paid_online',
  'digitised',
  'reused',
  'vneid',
  'reappointed',
  'taken',
  'assisted',
  'with_result',
  'online_with_result',
  'digitised_with_result',
  'fee_unknown',
  'done',
  'done_hours',
])
const ENDED: ReadonlySet<string> = new Set([
  'finished_early',
  'finished_on_time',
  'finished_late',
  'finished_no_due',
  'withdrawn',
  'stopped',
  'refused',
  'returned_electronically',
  'ended_late_766',
  'ended_disliked',
  PROCESSED,
])
/** Entered and left by a dossier that is open. */
const WHILE_OPEN: ReadonlySet<string> = new Set(['paused', 'past_due', 'no_due', 'late_766', 'disliked', ...OF_NOW])

/** Which rows may count, told by their dates; null: a measure counts by another date, so that every row has to be looked at. */
export function narrowing(scoped: Pick<Scoped, 'basis' | 'period'>, terms: CountedTerms) {
  const asked = [...summandsOf(terms.numerator), ...summandsOf(terms.denominator)]
  const zone = scoped.basis.zone
  const ranges = asked.map((term) => {
    const { from, to } = windowOf(term.when, scoped)
    const own = Object.entries(term.weights).filter(([name]) => recordOfName(name) === 'dossier')
    return {
      from: from === null ? null : startOfDay(from, zone),
      to: endOfDay(to, zone),
      names: own.map(([name]) => name),
      vanishes: from === null && vanishes(Object.fromEntries(own)),
    }
  })
  const known = ranges.every(({ from, names, vanishes: gone }) =>
    from === null ? gone : names.every((name) => RECEIVED.has(name) || ENDED.has(name)),
  )
  return ({ or, and, eb }: Where) => {
    if (!known || ranges.length === 0) return null
    return or(
      ranges.map(({ from, to }) =>
        from === null
          ? and([eb('received_at', '<', to), or([eb('ended_at', 'is', null), eb('ended_at', '>=', to)])])
          : or([
              and([eb('received_at', '>=', from), eb('received_at', '<', to)]),
              and([eb('ended_at', '>=', from), eb('ended_at', '<', to)]),
            ]),
      ),
    )
  }
}

/** Counted at the end, and no way to end. */
const BESIDE = new Set(['refused', 'returned_electronically', 'ended_late_766', 'ended_disliked', PROCESSED])

/** Whether nothing is left of a dossier in the stock once it has ended: what ended before the day need not be looked at. */
function vanishes(weights: CountedTerm['weights']): boolean {
  const { received = 0, refused = 0 } = weights
  const outcomes = [...ENDED].filter((name) => !BESIDE.has(name))
  return (
    refused === 0 &&
    outcomes.every((name) => received + (weights[name] ?? 0) === 0) &&
    Object.keys(weights).every((name) => name === 'received' || ENDED.has(name) || WHILE_OPEN.has(name))
  )
}
