/** What holds of every dossier, whatever system it comes from: dates that are possible, in order, and fit the status. */
import type { Instant } from '../connect/converters.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
/** A due date may lie ahead; beyond this it is a typing error. */
const DUE_YEARS = 10

export interface DossierDates {
  status: number
  statusAt: Instant | null
  submitted: Instant | null
  received: Instant | null
  due: Instant | null
  finished: Instant | null
  returned: Instant | null
  refused: Instant | null
}
export type DateField = Exclude<keyof DossierDates, 'status'>
export type Breach = (field: DateField, rule: string, expected: string) => void

const PAST: readonly DateField[] = ['statusAt', 'submitted', 'received', 'finished', 'returned', 'refused']
const IN_ORDER: readonly (readonly [earlier: DateField, later: DateField])[] = [
  ['submitted', 'received'],
  ['submitted', 'finished'],
  ['submitted', 'returned'],
  ['received', 'finished'],
  ['received', 'returned'],
  ['finished', 'returned'],
  ['received', 'refused'],
]
// TrangThaiHoSo: 1 newly registered, 3 not accepted, 7 withdrawn (may happen before it is received), 9 finished, 10 returned
const NOT_YET_RECEIVED = new Set([1, 3, 7])
const ENDED = new Set([9, 10])

export function checkDossier(dates: DossierDates, now: number, zone: string, breach: Breach): void {
  for (const field of PAST) {
    const instant = dates[field]
    if (instant && instant.at > now + DAY) breach(field, 'future-date', 'a date not after tomorrow')
  }
  if (dates.due && dates.due.at > now + DUE_YEARS * 366 * DAY)
    breach('due', 'future-date', `a date within ${DUE_YEARS} years`)
  for (const [earlier, later] of IN_ORDER) {
    const [a, b] = [dates[earlier], dates[later]]
    if (a && b && !isInOrder(a, b, zone)) breach(later, 'date-order', `${later} not before ${earlier}`)
  }
  if (!dates.received && !NOT_YET_RECEIVED.has(dates.status))
    breach('received', 'required', `the date received of a dossier with status ${dates.status}`)
  if (ENDED.has(dates.status) && !dates.finished && !dates.returned)
    breach('finished', 'ended-without-date', `the date finished or returned of a dossier with status ${dates.status}`)
}

/** `a` not after `b`, as exactly as the vaguer of the two is known: by date, by minute, or by instant. */
export function isInOrder(a: Instant, b: Instant, zone: string): boolean {
  if (a.at <= b.at) return true
  if (b.precision === 'day') return isBeforeNextDay(a.at, b.at, zone)
  // `a` of day precision stands for its 00:00, so being after `b` it is on a later date
  if (a.precision === 'day') return false
  const byMinute = a.precision === 'minute' || b.precision === 'minute'
  return byMinute && Math.floor(a.at / MINUTE) <= Math.floor(b.at / MINUTE)
}

function isBeforeNextDay(at: number, midnight: number, zone: string): boolean {
  if (at < midnight + 23 * HOUR) return true
  if (at >= midnight + 25 * HOUR) return false
  const day = Temporal.Instant.fromEpochMilliseconds(midnight).toZonedDateTimeISO(zone)
  return at < day.add({ days: 1 }).startOfDay().epochMilliseconds
}
