/**
 * Working days of the public sector and the due date that the statutory limit gives (thời hạn giải quyết). Pure: the calendar is data.
 * Days are 'YYYY-MM-DD' in the calendar's zone, instants are epoch milliseconds. What is asked per dossier is cached by day.
 */
import { localDays } from './local-day.ts'
import { makeOfficeTime } from './office-time.ts'

const HOUR_MS = 3_600_000
const EPOCH = Temporal.PlainDate.from('1970-01-01')

/** The shape of data/reference/calendar.json, as far as deadlines need it. */
export interface CalendarData {
  version: string
  /** first and last day for which days off are listed */
  covers: { from: string; to: string }
  /** ISO days of the week, 7 = Sunday */
  weekend: readonly number[]
  officeHours: readonly OfficeHours[]
  days: readonly { date: string; kind: DayKind }[]
}
/** morning, afternoon: a half day, worked only in the sessions before, or from, noon */
export type DayKind = 'off' | 'off_swap' | 'work_swap' | 'morning' | 'afternoon'

export interface OfficeHours {
  /** null: from the beginning */
  validFrom: string | null
  /** exclusive */
  validTo: string | null
  /** ISO days of the week that they are of; absent: every day that no line before says otherwise */
  weekdays?: readonly number[] | undefined
  sessions: readonly { from: string; to: string }[]
  /** HH:MM; what is received later counts as received on the next day */
  cutOff: string
  /** HH:MM; what is to be answered the same day and is received later is due on the next working day */
  sameDayCutOff?: string | undefined
}
/** Where the calendar does not say; published rules of same-day procedures have it. */
const SAME_DAY_CUT_OFF = '15:00'

export interface Calendar {
  version: string
  zone: string
  /** false: nothing is listed for that day, so only weekends are known to be off */
  covers(date: string): boolean
  isWorkingDay(date: string): boolean
  /** end of the last office session of that day, also on a day off: a printed due date may be one */
  closeOfOffice(date: string): number
  /** from this instant on, receipt counts for the next day */
  cutOff(date: string): number
  /** from this instant on, what is to be answered the same day is due on the next working day */
  sameDayCutOff(date: string): number
  /** the n-th working day after (before, if negative) the date; 0: the date itself, or the next working day */
  addWorkingDays(date: string, n: number): string
  /** calendar days, without regard to days off */
  addDays(date: string, n: number): string
  daysBetween(from: string, to: string): number
  /** working days after `from` up to and including `to`: the first day is not counted; negative if `to` is earlier */
  workingDaysBetween(from: string, to: string): number
  /** the local day of an instant */
  dateOf(instant: number): string
  /** office time between two instants, ms; 0 if `to` is not later */
  workingMs(from: number, to: number): number
  /** the earliest instant at which `ms` of office time have passed since `from`; 0: the beginning of office time, if that is later */
  addWorkingMs(from: number, ms: number): number
}

export type LimitUnit = 'working-day' | 'day' | 'hour'

/** Waiting for the citizen, epoch ms. */
export interface Pause {
  from: number
  to: number
}

/** Throws RangeError for a date that does not exist, and for office hours that leave a day without any. */
export function makeCalendar(data: CalendarData, zone = 'Asia/Ho_Chi_Minh'): Calendar {
  const days = localDays(zone)
  // Days are counted from 1970-01-01, so that walking a deadline is integer arithmetic.
  const dayOf = cached((date: string) => EPOCH.until(Temporal.PlainDate.from(date)).days)
  const textOf = cached((day: number) => EPOCH.add({ days: day }).toString())
  const listed = new Map(data.days.map(({ date, kind }) => [dayOf(date), kind]))
  const weekend = new Set(data.weekend)
  const isWorking = (day: number) => {
    const kind = listed.get(day)
    return kind === undefined ? !weekend.has(weekdayOf(day)) : kind !== 'off' && kind !== 'off_swap'
  }
  const instantAt = (date: string, time: string) =>
    Temporal.PlainDate.from(date).toZonedDateTime({ timeZone: zone, plainTime: time }).epochMilliseconds
  const hoursOn = (date: string) => officeHoursOn(data, date, weekdayOf(dayOf(date)), listed.get(dayOf(date)))
  const closeOfOffice = cached((date: string) => instantAt(date, lastClose(hoursOn(date))))
  const cutOff = cached((date: string) => instantAt(date, hoursOn(date).cutOff))
  const sameDayCutOff = cached((date: string) => {
    const hours = hoursOn(date)
    return instantAt(date, earlier(hours.sameDayCutOff ?? SAME_DAY_CUT_OFF, hours.cutOff))
  })
  const office = makeOfficeTime(
    cached((day: number) =>
      isWorking(day)
        ? hoursOn(textOf(day)).sessions.map(({ from, to }) => ({
            from: instantAt(textOf(day), from),
            to: instantAt(textOf(day), to),
          }))
        : [],
    ),
    days.indexOf,
  )

  // Limits are few, and dossiers of one day many.
  const walks = cached((date: string) => cached((n: number) => walkWorkingDays(date, n)))
  function walkWorkingDays(date: string, n: number): string {
    if (!Number.isInteger(n)) throw new RangeError(`working days must be a whole number, got ${n}`)
    let day = dayOf(date)
    if (n === 0) while (!isWorking(day)) day++
    const step = Math.sign(n)
    for (let left = Math.abs(n); left > 0; ) {
      day += step
      if (isWorking(day)) left--
    }
    return textOf(day)
  }

  function workingDaysBetween(from: string, to: string): number {
    const start = dayOf(from)
    const end = dayOf(to)
    if (end < start) return -workingDaysBetween(to, from)
    let count = 0
    for (let day = start + 1; day <= end; day++) if (isWorking(day)) count++
    return count
  }

  return {
    version: data.version,
    zone,
    covers: (date) => data.covers.from <= date && date <= data.covers.to,
    isWorkingDay: (date) => isWorking(dayOf(date)),
    closeOfOffice,
    cutOff,
    sameDayCutOff,
    addWorkingDays: (date, n) => walks(date)(n),
    addDays: (date, n) => textOf(dayOf(date) + n),
    daysBetween: (from, to) => dayOf(to) - dayOf(from),
    workingDaysBetween,
    dateOf: days.dayOf,
    ...office,
  }
}

/** ISO day of the week; 1970-01-01 was a Thursday. */
const weekdayOf = (day: number) => ((((day + 3) % 7) + 7) % 7) + 1

/**
 * The instant at which the statutory limit ends, at the close of office. Bộ luật Dân sự 2015 Đ.147–148: the first day is not counted,
 * an end on a day off moves to the next working day; received after the cut-off of the day counts as received on the next day.
 * A limit of 0 is a same-day procedure; part of a day counts as a day. Hours are those of the office, counted from the reception itself, and
 * end within the day.
 * A pause that begins before the limit has passed gives its whole wait back, and the limit never ends before its answer; one that begins
 * later gives nothing: the office was late already. Days are compared by date, hours by instant.
 */
export function dueByStatute(
  receivedAt: number,
  limit: number,
  unit: LimitUnit,
  calendar: Calendar,
  pauses: readonly Pause[] = [],
): number {
  if (!(limit >= 0)) throw new RangeError(`a statutory limit is not negative, got ${limit}`)
  const received = calendar.dateOf(receivedAt)
  if (limit === 0) {
    const day = calendar.addWorkingDays(received, receivedAt > calendar.sameDayCutOff(received) ? 1 : 0)
    return afterPausedDays(day, 0, 'working-day', calendar, pauses)
  }
  const late = receivedAt > calendar.cutOff(received)
  if (unit === 'hour') {
    // After the cut-off nothing is worked on before the next day opens.
    const from = late ? Math.max(receivedAt, calendar.closeOfOffice(received)) : receivedAt
    return afterPausedTime(from, Math.ceil(limit * HOUR_MS), calendar, pauses)
  }
  const counted = late ? calendar.addDays(received, 1) : received
  return afterPausedDays(counted, Math.ceil(limit), unit, calendar, pauses)
}

const walk = (day: string, days: number, unit: 'working-day' | 'day', calendar: Calendar): string =>
  unit === 'day' ? calendar.addDays(day, days) : calendar.addWorkingDays(day, days)

/** Close of the day on which `days` have passed after `since`, those left out on which somebody was waited for. */
function afterPausedDays(
  since: string,
  days: number,
  unit: 'working-day' | 'day',
  calendar: Calendar,
  pauses: readonly Pause[],
): number {
  let last = walk(since, days, unit, calendar)
  let due = calendar.addWorkingDays(last, 0)
  let counted = since
  for (const { from, to } of inOrder(pauses)) {
    const asked = calendar.dateOf(from)
    if (asked > due) break
    const answered = calendar.dateOf(to)
    const start = later(asked, counted)
    if (answered <= start) continue
    const waited = unit === 'day' ? calendar.daysBetween(start, answered) : calendar.workingDaysBetween(start, answered)
    // No day given back is no step: it would leave the day off on which an answer came, and the next wait would count from there.
    last = later(answered, waited === 0 ? last : walk(last, waited, unit, calendar))
    due = calendar.addWorkingDays(last, 0)
    counted = answered
  }
  return calendar.closeOfOffice(due)
}

function afterPausedTime(since: number, ms: number, calendar: Calendar, pauses: readonly Pause[]): number {
  let left = ms
  let due = calendar.addWorkingMs(since, left)
  let counted = since
  for (const { from, to } of inOrder(pauses)) {
    if (from > due) break
    const start = Math.max(from, counted)
    if (to <= start) continue
    left += calendar.workingMs(start, to)
    due = Math.max(to, calendar.addWorkingMs(since, left))
    counted = to
  }
  return due
}

const inOrder = (pauses: readonly Pause[]): readonly Pause[] =>
  pauses.length < 2 ? pauses : pauses.toSorted((a, b) => a.from - b.from)
const earlier = (a: string, b: string): string => (a < b ? a : b)
const later = (a: string, b: string): string => (a > b ? a : b)

/** Office time that the pauses took after `from`; overlapping ones count once. */
function pausedMs(from: number, calendar: Calendar, pauses: readonly Pause[]): number {
  let sum = 0
  let counted = from
  for (const pause of inOrder(pauses)) {
    const start = Math.max(pause.from, counted)
    if (pause.to <= start) continue
    sum += calendar.workingMs(start, pause.to)
    counted = pause.to
  }
  return sum
}

/** Whole office hours from reception to end, without the pauses between; null for what has not ended. */
export function processingHours(
  receivedAt: number,
  endedAt: number,
  calendar: Calendar,
  pauses: readonly Pause[] = [],
): number {
  const ms = calendar.workingMs(receivedAt, endedAt)
  if (pauses.length === 0) return Math.floor(ms / HOUR_MS)
  const within = pauses.map(({ from, to }) => ({ from, to: Math.min(to, endedAt) }))
  return Math.floor((ms - pausedMs(receivedAt, calendar, within)) / HOUR_MS)
}

/** The first line of office hours that is of the day; ISO day of the week. */
export const officeHoursLine = <Hours extends OfficeHours>(
  lines: readonly Hours[],
  date: string,
  weekday: number,
): Hours | undefined =>
  lines.find(
    ({ validFrom, validTo, weekdays }) =>
      (validFrom ?? '') <= date &&
      (validTo === null || date < validTo) &&
      (weekdays === undefined || weekdays.includes(weekday)),
  )

export const isOfHalf = ({ from }: { from: string }, kind: 'morning' | 'afternoon'): boolean =>
  from < '12:00' === (kind === 'morning')

function officeHoursOn(data: CalendarData, date: string, weekday: number, kind: DayKind | undefined): OfficeHours {
  const hours = officeHoursLine(data.officeHours, date, weekday)
  if (!hours) throw new RangeError(`calendar ${data.version} has no office hours on ${date}`)
  if (kind !== 'morning' && kind !== 'afternoon') return hours
  const sessions = hours.sessions.filter((session) => isOfHalf(session, kind))
  if (sessions.length === 0) throw new RangeError(`calendar ${data.version}: ${date} is a half day without a session`)
  return { ...hours, sessions, cutOff: earlier(hours.cutOff, lastClose({ ...hours, sessions })) }
}

function lastClose({ sessions }: OfficeHours): string {
  return sessions.reduce((latest, { to }) => (to > latest ? to : latest), '00:00')
}

function cached<Key, Value>(compute: (key: Key) => Value): (key: Key) => Value {
  const known = new Map<Key, Value>()
  return (key) => {
    const found = known.get(key)
    if (found !== undefined) return found
    const value = compute(key)
    known.set(key, value)
    return value
  }
}
