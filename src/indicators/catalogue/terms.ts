/** Terms and kinds of indicators that several groups are made of. */
import type { MeasureName } from '../../warehouse/tables.ts'
import {
  type DossierTerm,
  type Indicator,
  indicator,
  type ProcedureKind,
  type Text,
  type Weights,
} from './indicator.ts'

/** Entries of the period. */
export const flow = (weights: Weights, rule: Text, procedures?: ProcedureKind): DossierTerm => ({
  of: 'dossiers',
  when: 'in-period',
  weights,
  rule,
  ...(procedures ? { procedures } : {}),
})

/** What stands at the end of the period, or at its start. */
export const stock = (weights: Weights, rule: Text, when: 'at-start' | 'at-end' = 'at-end'): DossierTerm => ({
  of: 'dossiers',
  when,
  weights,
  rule,
})

/** A count of what ended in the period, by the date of its end. */
export const ended = (
  id: string,
  measure: MeasureName,
  names: Text,
  rule: Text,
  direction: Indicator['direction'] = 'none',
) => indicator({ id, names, kind: 'count', direction, countsOn: 'ended', numerator: flow({ [measure]: 1 }, rule) })

/** A count of what stands at the end of the period, at as-of while it is open. */
export const standing = (
  id: string,
  weights: Weights,
  names: Text,
  rule: Text,
  direction: Indicator['direction'] = 'none',
) => indicator({ id, names, kind: 'count', direction, countsOn: 'period-end', numerator: stock(weights, rule) })

/** A count of what is so at the newest tick; kept for its day. */
export const now = (id: string, measure: MeasureName, names: Text, rule: Text, more: Partial<Indicator> = {}) =>
  indicator({
    id,
    names,
    kind: 'count',
    countsOn: 'now',
    periods: ['day'],
    kept: ['day'],
    numerator: stock({ [measure]: 1 }, rule),
    ...more,
  })

export const FINISHED: Weights = { finished_early: 1, finished_on_time: 1, finished_late: 1, finished_no_due: 1 }
/** Ended, in whatever way. */
export const ENDED: Weights = { ...FINISHED, withdrawn: 1, stopped: 1 }
/** Received and not ended. */
export const OPEN: Weights = {
  received: 1,
  finished_early: -1,
  finished_on_time: -1,
  finished_late: -1,
  finished_no_due: -1,
  withdrawn: -1,
  stopped: -1,
}
export const RECEIVED = { vi: 'ngày tiếp nhận trong kỳ', en: 'received in the period' }
export const received = flow({ received: 1 }, RECEIVED)
