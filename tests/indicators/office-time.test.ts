/** Deadlines against a slow reference that goes minute by minute and day by day, on random calendars. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type CalendarData, dueByStatute, makeCalendar, processingHours } from '../../src/indicators/deadlines.ts'

const MINUTE = 60_000
const DAY = 86_400_000
const OFFSET = 7 * 3_600_000
const at = (local: string) => Date.parse(`${local}+07:00`)
const FIRST = at('2024-03-01T00:00')
const dayText = (day: number) => new Date(FIRST + OFFSET + day * DAY).toISOString().slice(0, 10)
const local = (instant: number) => new Date(instant + OFFSET).toISOString().slice(0, 16)

interface Hours {
  sessions: [number, number][]
  cutOff: number
  /** null: the calendar does not say */
  sameDay: number | null
}
/** What a test calendar is made of, told in minutes of the day. */
interface Plan {
  usual: Hours
  /** other hours from that day on */
  later: { from: number; hours: Hours } | null
  saturdays: Hours | null
  days: Map<number, 'off' | 'off_swap' | 'work_swap' | 'morning' | 'afternoon'>
}

const hours = fc
  .record({
    open: fc.integer({ min: 13, max: 17 }),
    noon: fc.integer({ min: 21, max: 23 }),
    back: fc.integer({ min: 26, max: 28 }),
    close: fc.integer({ min: 32, max: 36 }),
    cut: fc.integer({ min: 28, max: 36 }),
    sameDay: fc.option(fc.integer({ min: 18, max: 34 })),
  })
  .map(
    ({ open, noon, back, close, cut, sameDay }): Hours => ({
      sessions: [
        [open * 30, noon * 30],
        [back * 30, close * 30],
      ],
      cutOff: Math.min(cut, close) * 30,
      sameDay: sameDay === null ? null : sameDay * 30,
    }),
  )
const plan = fc
  .record({
    usual: hours,
    later: fc.option(fc.record({ from: fc.integer({ min: 5, max: 30 }), hours })),
    saturdays: fc.option(hours),
    days: fc.array(
      fc.tuple(
        fc.integer({ min: 0, max: 50 }),
        fc.constantFrom('off', 'off_swap', 'work_swap', 'morning', 'afternoon'),
      ),
      { maxLength: 12 },
    ),
  })
  .map(({ days, ...rest }): Plan => ({ ...rest, days: new Map(days) as Plan['days'] }))

const clock = (minute: number) =>
  `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`
const line = ({ sessions, cutOff, sameDay }: Hours) => ({
  sessions: sessions.map(([from, to]) => ({ from: clock(from), to: clock(to) })),
  cutOff: clock(cutOff),
  ...(sameDay === null ? {} : { sameDayCutOff: clock(sameDay) }),
})

function calendarOf({ usual, later, saturdays, days }: Plan): CalendarData {
  const changes = later ? dayText(later.from) : null
  return {
    version: 'test',
    covers: { from: '2024-01-01', to: '2024-12-31' },
    weekend: saturdays ? [7] : [6, 7],
    officeHours: [
      ...(saturdays ? [{ validFrom: null, validTo: null, weekdays: [6], ...line(saturdays) }] : []),
      { validFrom: null, validTo: changes, ...line(usual) },
      ...(later && changes ? [{ validFrom: changes, validTo: null, ...line(later.hours) }] : []),
    ],
    days: [...days].map(([day, kind]) => ({ date: dayText(day), kind })),
  }
}

/** Told from the plan alone: day 0 is Friday, 1 March 2024. */
const weekday = (day: number) => ((((day + 4) % 7) + 7) % 7) + 1
function hoursOn({ usual, later, saturdays, days }: Plan, day: number): Hours {
  const all = saturdays && weekday(day) === 6 ? saturdays : later && day >= later.from ? later.hours : usual
  const kind = days.get(day)
  if (kind !== 'morning' && kind !== 'afternoon') return all
  const half = all.sessions[kind === 'morning' ? 0 : 1] as [number, number]
  return { ...all, sessions: [half], cutOff: Math.min(all.cutOff, half[1]) }
}
function works(p: Plan, day: number): boolean {
  const kind = p.days.get(day)
  if (kind !== undefined) return kind !== 'off' && kind !== 'off_swap'
  return weekday(day) !== 7 && (weekday(day) !== 6 || p.saturdays !== null)
}
const isOffice = (p: Plan, minute: number) => {
  const day = Math.floor(minute / 1440)
  const of = minute - day * 1440
  return works(p, day) && hoursOn(p, day).sessions.some(([from, to]) => of >= from && of < to)
}
const isPaused = (pauses: readonly Wait[], minute: number) => pauses.some(([from, to]) => minute >= from && minute < to)

/** Minutes since FIRST. */
function slowHours(p: Plan, received: number, ended: number, pauses: readonly [number, number][]): number {
  let minutes = 0
  for (let minute = received; minute < ended; minute++) if (isOffice(p, minute) && !isPaused(pauses, minute)) minutes++
  return Math.floor(minutes / 60)
}

type Wait = readonly [from: number, to: number]
interface Asked {
  received: number
  limit: number
  unit: 'working-day' | 'day' | 'hour'
  waits: readonly Wait[]
}

/** The limit as a clock that an office runs: it stands while somebody is waited for, and what is asked once it has run out is not heard. */
function slowDue(p: Plan, asked: Asked): number {
  const day = Math.floor(asked.received / 1440)
  const of = asked.received - day * 1440
  const { cutOff, sameDay } = hoursOn(p, day)
  if (asked.limit === 0)
    return slowDays(
      p,
      { ...asked, unit: 'working-day' },
      nextOffice(p, of > Math.min(sameDay ?? 900, cutOff) ? day + 1 : day),
    )
  const late = of > cutOff
  if (asked.unit === 'hour')
    return slowMinutes(p, asked, late ? Math.max(asked.received, closeOf(p, day)) : asked.received)
  return slowDays(p, asked, late ? day + 1 : day)
}
const closeOf = (p: Plan, day: number) => day * 1440 + Math.max(...hoursOn(p, day).sessions.map(([, to]) => to))
function nextOffice(p: Plan, day: number): number {
  return works(p, day) ? day : nextOffice(p, day + 1)
}

function slowMinutes(p: Plan, { limit, waits }: Asked, start: number): number {
  let left = limit * 60
  for (let minute = start; ; minute++) {
    if (isPaused(waits, minute)) continue
    if (left === 0) return minute
    if (isOffice(p, minute)) left--
  }
}

/**
 * Day by day, after the first. A day is the office's unless somebody was waited for on it since a day before. What is asked on the last day,
 * or by the working day to which that moves, is still in time.
 */
function slowDays(p: Plan, { limit, unit, waits }: Asked, first: number): number {
  const spans = waits.map(([from, to]): Wait => [Math.floor(from / 1440), Math.floor(to / 1440)])
  const isWaited = (day: number) => spans.some(([from, to]) => from < day && day <= to)
  let day = first
  for (let left = limit; left > 0; ) {
    day++
    if ((unit === 'day' || works(p, day)) && !isWaited(day)) left--
  }
  // The clock has run out on `day`, unless it stands: then it has run out when the last answer has come.
  for (;;) {
    const last = nextOffice(p, day)
    const open = spans.filter(([from, to]) => from <= last && to > day)
    if (open.length === 0) return closeOf(p, last)
    day = Math.max(...open.map(([, to]) => to))
  }
}

// office hours and cut-offs are at half hours: half of the instants lie on them
const minute = fc.oneof(
  fc.integer({ min: 0, max: 20 * 1440 }),
  fc.integer({ min: 0, max: 20 * 48 }).map((n) => n * 30),
)
const pauses = fc.array(
  fc.tuple(minute, fc.integer({ min: 0, max: 5 * 1440 })).map(([from, long]): [number, number] => [from, from + long]),
  { maxLength: 3 },
)
const instants = (list: readonly [number, number][]) =>
  list.map(([from, to]) => ({ from: FIRST + from * MINUTE, to: FIRST + to * MINUTE }))

describe('against a slow reference', () => {
  const limits = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 12 }))
  const units = fc.constantFrom('working-day', 'day', 'hour')
  const expectSame = (p: Plan, received: number, limit: number, unit: Asked['unit'], waits: readonly Wait[]) => {
    const since = waits.map(([from, to]): [number, number] => [Math.max(from, received), Math.max(to, received)])
    const found = dueByStatute(FIRST + received * MINUTE, limit, unit, makeCalendar(calendarOf(p)), instants(since))
    expect(local(found)).toBe(local(FIRST + slowDue(p, { received, limit, unit, waits: since }) * MINUTE))
  }

  test('due by statute, in every unit', () => {
    fc.assert(fc.property(plan, minute, limits, units, pauses, expectSame), { numRuns: 2_000 })
  })

  test('waits that overlap, of which one is answered on a Saturday and one on the Sunday behind it', () => {
    const usual: Hours = {
      sessions: [
        [390, 630],
        [780, 960],
      ],
      cutOff: 840,
      sameDay: null,
    }
    const waits = [
      [10_950, 14_400],
      [4_723, 11_520],
      [6_660, 12_960],
    ] as const
    const weekdays = { usual, later: null, saturdays: null, days: new Map() }
    for (const limit of [0, 1, 2, 5]) expectSame(weekdays, 841, limit, 'working-day', waits)
  })

  test('due by statute, where somebody is waited for around the moment at which the limit passes', () => {
    const around = fc.array(
      fc.tuple(fc.oneof(fc.constant(0), fc.integer({ min: -1500, max: 1500 })), fc.integer({ min: 0, max: 4 * 1440 })),
      {
        minLength: 1,
        maxLength: 3,
      },
    )
    fc.assert(
      fc.property(plan, minute, limits, units, around, (p, received, limit, unit, offsets) => {
        let due = slowDue(p, { received, limit, unit, waits: [] })
        const waits: Wait[] = []
        for (const [after, long] of offsets) {
          waits.push([due + after, due + after + long])
          due = slowDue(p, { received, limit, unit, waits: waits.filter(([from]) => from >= received) })
        }
        expectSame(
          p,
          received,
          limit,
          unit,
          waits.filter(([from]) => from >= received),
        )
      }),
      { numRuns: 1_000 },
    )
  })

  test('office hours from reception to end', () => {
    fc.assert(
      fc.property(plan, minute, fc.integer({ min: 0, max: 15 * 1440 }), pauses, (p, received, long, waits) => {
        const [from, to] = [FIRST + received * MINUTE, FIRST + (received + long) * MINUTE]
        expect(processingHours(from, to, makeCalendar(calendarOf(p)), instants(waits))).toBe(
          slowHours(p, received, received + long, waits),
        )
      }),
      { numRuns: 500 },
    )
  })

  test('adding office time is the inverse of measuring it', () => {
    fc.assert(
      fc.property(plan, minute, fc.integer({ min: 1, max: 80 * 60 }), (p, from, minutes) => {
        const calendar = makeCalendar(calendarOf(p))
        const start = FIRST + from * MINUTE
        const end = calendar.addWorkingMs(start, minutes * MINUTE)
        expect(calendar.workingMs(start, end)).toBe(minutes * MINUTE)
        expect(calendar.workingMs(start, end - 1)).toBe(minutes * MINUTE - 1)
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('by hand', () => {
  const calendar = makeCalendar({
    version: 'hand',
    covers: { from: '2024-01-01', to: '2024-12-31' },
    weekend: [6, 7],
    officeHours: [
      {
        validFrom: null,
        validTo: null,
        sessions: [
          { from: '07:00', to: '11:30' },
          { from: '13:30', to: '17:00' },
        ],
        cutOff: '17:00',
      },
    ],
    days: [{ date: '2024-11-06', kind: 'morning' }],
  })
  test.each([
    [
      'four hours from nine: half past nine left of the morning, the rest after lunch',
      '2024-11-04T09:00',
      4,
      '2024-11-04T15:00',
    ],
    ['received in lunch', '2024-11-04T12:15', 1, '2024-11-04T14:30'],
    ['before it opens', '2024-11-04T06:10', 2, '2024-11-04T09:00'],
    ['after the cut-off: the next morning', '2024-11-04T17:30', 2, '2024-11-05T09:00'],
    ['Friday evening: Monday', '2024-11-08T17:30', 1, '2024-11-11T08:00'],
    ['ends at the close, not at the next opening', '2024-11-04T13:30', 3.5, '2024-11-04T17:00'],
    ['over a half day', '2024-11-05T16:00', 6, '2024-11-07T07:30'],
  ])('%s', (_, received, limit, due) => {
    expect(local(dueByStatute(at(received), limit, 'hour', calendar))).toBe(due)
  })

  test('a half day closes at noon, and what comes later counts for the next day', () => {
    expect(local(calendar.closeOfOffice('2024-11-06'))).toBe('2024-11-06T11:30')
    expect(local(dueByStatute(at('2024-11-05T09:00'), 1, 'working-day', calendar))).toBe('2024-11-06T11:30')
    expect(local(dueByStatute(at('2024-11-06T13:00'), 0, 'working-day', calendar))).toBe('2024-11-07T17:00')
  })

  test('backwards from what was asked first, and a half day that has no such session', () => {
    expect(calendar.workingMs(at('2023-12-29T07:00'), at('2024-01-02T07:00'))).toBe(16 * 3_600_000)
    const broken = makeCalendar({
      version: 'broken',
      covers: { from: '2024-01-01', to: '2024-12-31' },
      weekend: [6, 7],
      officeHours: [{ validFrom: null, validTo: null, sessions: [{ from: '07:00', to: '11:30' }], cutOff: '11:00' }],
      days: [{ date: '2024-11-06', kind: 'afternoon' }],
    })
    expect(() => broken.closeOfOffice('2024-11-06')).toThrow(RangeError)
  })
})
