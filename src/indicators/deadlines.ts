/**
 * Working days of the public sector and the due date that the statutory limit gives (thời hạn giải quyết). Pure: the calendar is data.
 * Days are 'YYYY-MM-DD' in the calendar's zone, instants are epoch milliseconds. What is asked per dossier is cached by day.
 */
import { makeOfficeTime } from './office-time.ts'

const DAY_MS = 86_400_000
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
}

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
  const startOf = cached((day: number) => instantAt(textOf(day), '00:00'))
  const hoursOn = (date: string) => officeHoursOn(data, date, weekdayOf(dayOf(date)), listed.get(dayOf(date)))
  const closeOfOffice = cached((date: string) => instantAt(date, lastClose(hoursOn(date))))
  const cutOff = cached((date: string) => instantAt(date, hoursOn(date).cutOff))
  const office = makeOfficeTime(
    cached((day: number) =>
      isWorking(day)
        ? hoursOn(textOf(day)).sessions.map(({ from, to }) => ({
            from: instantAt(textOf(day), from),
            to: instantAt(textOf(day), to),
          }))
        : [],
    ),
    (instant) => dayOf(dateOf(instant)),
  )

  function addWorkingDays(date: string, n: number): string {
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

  function dateOf(instant: number): string {
    // No zone is a full day from UTC: the guess is at most one day off, and is put right by the cached starts of days.
    let day = Math.floor(instant / DAY_MS)
    while (startOf(day) > instant) day--
    while (startOf(day + 1) <= instant) day++
    return textOf(day)
  }

  return {
    version: data.version,
    zone,
    covers: (date) => data.covers.from <= date && date <= data.covers.to,
    isWorkingDay: (date) => isWorking(dayOf(date)),
    closeOfOffice,
    cutOff,
    addWorkingDays,
    addDays: (date, n) => textOf(dayOf(date) + n),
    daysBetween: (from, to) => dayOf(to) - dayOf(from),
    workingDaysBetween,
    dateOf,
    ...office,
  }
}

/** ISO day of the week; 1970-01-01 was a Thursday. */
const weekdayOf = (day: number) => ((((day + 3) % 7) + 7) % 7) + 1

/**
 * The instant at which the statutory limit ends, at the close of office. Bộ luật Dân sự 2015 Đ.147–148: the first day is not counted,
 * an end on a day off moves to the next working day; received after the cut-off of the day counts as received on the next day.
 * A limit of 0 is a same-day procedure; part of a day counts as a day. The end moves on by the days of `pauses` that lie after reception.
 * Hours are those of the office, counted from the reception itself, and end within the day.
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
  const late = receivedAt > calendar.cutOff(received)
  const counted = late ? calendar.addDays(received, 1) : received
  if (unit === 'hour' && limit > 0) {
    // After the cut-off nothing is worked on before the next day opens.
    const start = late ? calendar.closeOfOffice(received) : receivedAt
    const from = Math.max(start, receivedAt)
    return calendar.addWorkingMs(from, Math.ceil(limit * HOUR_MS) + pausedMs(from, calendar, pauses))
  }
  const days = Math.ceil(limit) + pausedDays(received, unit, calendar, pauses)
  const end =
    unit !== 'day'
      ? calendar.addWorkingDays(counted, days)
      : calendar.addWorkingDays(calendar.addDays(counted, days), 0)
  return calendar.closeOfOffice(end)
}

/** Office time that the pauses took after `from`; overlapping ones count once. */
function pausedMs(from: number, calendar: Calendar, pauses: readonly Pause[]): number {
  let sum = 0
  let counted = from
  for (const pause of pauses.toSorted((a, b) => a.from - b.from)) {
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
  const within = pauses.map(({ from, to }) => ({ from, to: Math.min(to, endedAt) }))
  const ms = calendar.workingMs(receivedAt, endedAt) - pausedMs(receivedAt, calendar, within)
  return Math.floor(ms / HOUR_MS)
}

function pausedDays(received: string, unit: LimitUnit, calendar: Calendar, pauses: readonly Pause[]): number {
  let count = 0
  let counted = received
  for (const { from, to } of pauses.toSorted((a, b) => a.from - b.from)) {
    const [first, last] = [calendar.dateOf(from), calendar.dateOf(to)]
    // two requests may overlap, and a day counts once
    const start = first > counted ? first : counted
    if (last <= start) continue
    count += unit !== 'day' ? calendar.workingDaysBetween(start, last) : calendar.daysBetween(start, last)
    counted = last
  }
  return count
}

function officeHoursOn(data: CalendarData, date: string, weekday: number, kind: DayKind | undefined): OfficeHours {
  const hours = data.officeHours.find(
    (h) =>
      (h.validFrom ?? '') <= date &&
      (h.validTo === null || date < h.validTo) &&
      (h.weekdays === undefined || h.weekdays.includes(weekday)),
  )
  if (!hours) throw new RangeError(`calendar ${data.version} has no office hours on ${date}`)
  if (kind !== 'morning' && kind !== 'afternoon') return hours
  const sessions = hours.sessions.filter(({ from }) => from < '12:00' === (kind === 'morning'))
  if (sessions.length === 0) throw new RangeError(`calendar ${data.version}: ${date} is a half day without a session`)
  const close = lastClose({ ...hours, sessions })
  return { ...hours, sessions, cutOff: hours.cutOff < close ? hours.cutOff : close }
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
