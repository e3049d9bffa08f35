/**
 * Working days of the public sector and the due date that the statutory limit gives (thời hạn giải quyết). Pure: the calendar is data.
 * Days are 'YYYY-MM-DD' in the calendar's zone, instants are epoch milliseconds. What is asked per dossier is cached by day.
 */

const DAY_MS = 86_400_000
const EPOCH = Temporal.PlainDate.from('1970-01-01')

/** The shape of data/reference/calendar.json, as far as deadlines need it. */
export interface CalendarData {
  version: string
  /** first and last day for which days off are listed */
  covers: { from: string; to: string }
  /** ISO days of the week, 7 = Sunday */
  weekend: readonly number[]
  officeHours: readonly OfficeHours[]
  days: readonly { date: string; kind: 'off' | 'off_swap' | 'work_swap' }[]
}

export interface OfficeHours {
  /** null: from the beginning */
  validFrom: string | null
  /** exclusive */
  validTo: string | null
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
}

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
  const listed = new Map(data.days.map(({ date, kind }) => [dayOf(date), kind === 'work_swap']))
  const weekend = new Set(data.weekend)
  // 1970-01-01 was a Thursday, ISO day 4
  const isWorking = (day: number) => listed.get(day) ?? !weekend.has(((((day + 3) % 7) + 7) % 7) + 1)
  const instantAt = (date: string, time: string) =>
    Temporal.PlainDate.from(date).toZonedDateTime({ timeZone: zone, plainTime: time }).epochMilliseconds
  const startOf = cached((day: number) => instantAt(textOf(day), '00:00'))
  const closeOfOffice = cached((date: string) => instantAt(date, lastClose(officeHoursOn(data, date))))
  const cutOff = cached((date: string) => instantAt(date, officeHoursOn(data, date).cutOff))

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
  }
}

/**
 * The instant at which the statutory limit ends, at the close of office. Bộ luật Dân sự 2015 Đ.147–148: the first day is not counted,
 * an end on a day off moves to the next working day; received after the cut-off of the day counts as received on the next day.
 * A limit of 0 is a same-day procedure; part of a day counts as a day. The end moves on by the days of `pauses` that lie after reception.
 */
export function dueByStatute(
  receivedAt: number,
  limitDays: number,
  unit: 'working-day' | 'day',
  calendar: Calendar,
  pauses: readonly Pause[] = [],
): number {
  if (!(limitDays >= 0)) throw new RangeError(`a statutory limit is not negative, got ${limitDays}`)
  const received = calendar.dateOf(receivedAt)
  const counted = receivedAt > calendar.cutOff(received) ? calendar.addDays(received, 1) : received
  const days = Math.ceil(limitDays) + pausedDays(received, unit, calendar, pauses)
  const end =
    unit === 'working-day'
      ? calendar.addWorkingDays(counted, days)
      : calendar.addWorkingDays(calendar.addDays(counted, days), 0)
  return calendar.closeOfOffice(end)
}

function pausedDays(
  received: string,
  unit: 'working-day' | 'day',
  calendar: Calendar,
  pauses: readonly Pause[],
): number {
  let count = 0
  let counted = received
  for (const { from, to } of pauses.toSorted((a, b) => a.from - b.from)) {
    const [first, last] = [calendar.dateOf(from), calendar.dateOf(to)]
    // two requests may overlap, and a day counts once
    const start = first > counted ? first : counted
    if (last <= start) continue
    count += unit === 'working-day' ? calendar.workingDaysBetween(start, last) : calendar.daysBetween(start, last)
    counted = last
  }
  return count
}

function officeHoursOn(data: CalendarData, date: string): OfficeHours {
  const hours = data.officeHours.find((h) => (h.validFrom ?? '') <= date && (h.validTo === null || date < h.validTo))
  if (!hours) throw new RangeError(`calendar ${data.version} has no office hours on ${date}`)
  return hours
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
