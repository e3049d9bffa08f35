import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type CalendarData, dueByStatute, makeCalendar } from '../../src/indicators/deadlines.ts'

const data: CalendarData = JSON.parse(
  readFileSync(new URL('../../data/reference/calendar.json', import.meta.url), 'utf8'),
)
const calendar = makeCalendar(data)
const at = (local: string) => Date.parse(`${local}+07:00`)
const local = (instant: number) => new Date(instant + 7 * 3_600_000).toISOString().slice(0, 16)

describe('working days', () => {
  test.each([
    ['2024-05-04', true, 'Saturday worked for 29 April'],
    ['2024-04-29', false, 'Monday swapped off'],
    ['2024-04-27', false, 'ordinary Saturday'],
    ['2024-02-07', true, 'last day before Tết'],
    ['2024-02-08', false, 'Tết'],
    ['2024-02-14', false, 'Tết, day in lieu'],
    ['2024-02-15', true, 'first day after Tết'],
    ['2026-11-24', false, 'the new holiday'],
    ['2025-11-24', true, 'a year before it existed'],
    ['1969-12-31', true, 'a Wednesday before 1970'],
    ['1969-12-28', false, 'a Sunday before 1970'],
  ])('%s working: %s (%s)', (date, working) => {
    expect(calendar.isWorkingDay(date)).toBe(working)
  })

  test('adding skips Tết and counts the swapped Saturday', () => {
    expect(calendar.addWorkingDays('2024-02-07', 1)).toBe('2024-02-15')
    expect(calendar.addWorkingDays('2024-02-05', 5)).toBe('2024-02-19')
    // Fri 26 April + 3: Thu 2 May, Fri 3 May, Sat 4 May
    expect(calendar.addWorkingDays('2024-04-26', 3)).toBe('2024-05-04')
    expect(calendar.addWorkingDays('2024-05-04', -3)).toBe('2024-04-26')
    expect(calendar.addWorkingDays('2024-02-10', 0)).toBe('2024-02-15')
    expect(calendar.addWorkingDays('2024-02-15', 0)).toBe('2024-02-15')
    expect(() => calendar.addWorkingDays('2024-02-15', 1.5)).toThrow(RangeError)
  })

  test('working days of a month, and between in both directions', () => {
    expect(calendar.workingDaysBetween('2024-01-31', '2024-02-29')).toBe(16)
    expect(calendar.workingDaysBetween('2024-04-26', '2024-05-04')).toBe(3)
    expect(calendar.workingDaysBetween('2024-05-04', '2024-04-26')).toBe(-3)
    expect(calendar.workingDaysBetween('2024-05-04', '2024-05-04')).toBe(0)
  })

  test('between is the inverse of adding, from any working day', () => {
    for (let day = '2024-01-02', i = 0; i < 250; i++, day = calendar.addWorkingDays(day, 1))
      for (const n of [1, 7, 45]) expect(calendar.workingDaysBetween(day, calendar.addWorkingDays(day, n))).toBe(n)
  })

  test('says what it does not cover, and refuses a date that does not exist', () => {
    expect([calendar.covers('2022-12-31'), calendar.covers('2023-01-01'), calendar.covers('2028-01-01')]).toEqual([
      false,
      true,
      false,
    ])
    expect(() => calendar.isWorkingDay('2024-02-30')).toThrow(RangeError)
  })
})

describe('office hours', () => {
  test('close in the zone, also on a day off', () => {
    expect(local(calendar.closeOfOffice('2024-02-15'))).toBe('2024-02-15T17:00')
    expect(local(calendar.closeOfOffice('2024-02-10'))).toBe('2024-02-10T17:00')
  })

  test('change on their effective date', () => {
    const [hours] = data.officeHours
    if (!hours) throw new Error('the calendar has office hours')
    const summer = { ...hours, validFrom: '2024-06-01', sessions: [{ from: '06:30', to: '16:30' }], cutOff: '16:00' }
    const changing = makeCalendar({ ...data, officeHours: [{ ...hours, validTo: '2024-06-01' }, summer] })
    expect(local(changing.closeOfOffice('2024-05-31'))).toBe('2024-05-31T17:00')
    expect(local(changing.closeOfOffice('2024-06-01'))).toBe('2024-06-01T16:30')
    expect(local(changing.cutOff('2024-06-01'))).toBe('2024-06-01T16:00')
    const gap = makeCalendar({ ...data, officeHours: [summer] })
    expect(() => gap.closeOfOffice('2024-05-31')).toThrow(RangeError)
  })
})

describe('local day of an instant', () => {
  test('turns at local midnight', () => {
    expect(calendar.dateOf(at('2024-05-04T00:00:00.000'))).toBe('2024-05-04')
    expect(calendar.dateOf(at('2024-05-04T23:59:59.999'))).toBe('2024-05-04')
    expect(calendar.dateOf(at('2024-05-05T00:00:00.000'))).toBe('2024-05-05')
  })

  test.each(['Asia/Ho_Chi_Minh', 'America/New_York', 'Pacific/Kiritimati', 'Asia/Kathmandu'])(
    'agrees in %s',
    (zone) => {
      const zoned = makeCalendar(data, zone)
      for (let instant = Date.UTC(2024, 0, 1); instant < Date.UTC(2025, 0, 1); instant += 7 * 3_599_000) {
        const expected = Temporal.Instant.fromEpochMilliseconds(instant)
          .toZonedDateTimeISO(zone)
          .toPlainDate()
          .toString()
        expect(zoned.dateOf(instant)).toBe(expected)
      }
    },
  )
})

describe('due by statute', () => {
  test.each([
    ['the first day is not counted', '2024-11-04T09:00:00', 1, 'working-day', '2024-11-05T17:00'],
    ['five working days over a weekend', '2024-11-04T09:00:00', 5, 'working-day', '2024-11-11T17:00'],
    ['at the cut-off is in time', '2024-11-04T17:00:00', 1, 'working-day', '2024-11-05T17:00'],
    ['after it counts from the next day', '2024-11-04T17:00:01', 1, 'working-day', '2024-11-06T17:00'],
    ['Friday evening counts as Saturday', '2024-11-08T18:00:00', 1, 'working-day', '2024-11-11T17:00'],
    ['received on a Saturday', '2024-11-09T10:00:00', 1, 'working-day', '2024-11-11T17:00'],
    ['over Tết', '2024-02-07T10:00:00', 3, 'working-day', '2024-02-19T17:00'],
    ['ends on the swapped Saturday', '2024-04-26T10:00:00', 3, 'working-day', '2024-05-04T17:00'],
    ['same day', '2024-11-04T09:00:00', 0, 'working-day', '2024-11-04T17:00'],
    ['same day, after the cut-off of a Friday', '2024-11-08T17:30:00', 0, 'working-day', '2024-11-11T17:00'],
    ['half a day is a day', '2024-11-04T09:00:00', 0.5, 'working-day', '2024-11-05T17:00'],
    ['calendar days', '2024-11-04T09:00:00', 10, 'day', '2024-11-14T17:00'],
    ['calendar days that end on a Sunday', '2024-11-04T09:00:00', 6, 'day', '2024-11-11T17:00'],
    ['calendar days that end in Tết', '2024-01-31T09:00:00', 10, 'day', '2024-02-15T17:00'],
    ['calendar days that end on the swapped Saturday', '2024-04-24T09:00:00', 10, 'day', '2024-05-04T17:00'],
  ] as const)('%s', (_, received, limit, unit, due) => {
    expect(local(dueByStatute(at(received), limit, unit, calendar))).toBe(due)
  })

  test.each([
    ['at 15:00 is in time', '2024-11-04T15:00:00', '2024-11-04T17:00'],
    ['after it is the next working day', '2024-11-04T15:00:01', '2024-11-05T17:00'],
    ['after it on a Friday', '2024-11-08T16:00:00', '2024-11-11T17:00'],
    ['after it before Tết', '2024-02-07T15:30:00', '2024-02-15T17:00'],
    ['on a Saturday, whatever the hour', '2024-11-09T16:00:00', '2024-11-11T17:00'],
    ['on a Saturday that is worked, after it', '2024-05-04T15:30:00', '2024-05-06T17:00'],
  ])('same day: received %s', (_, received, due) => {
    for (const unit of ['working-day', 'day', 'hour'] as const)
      expect(local(dueByStatute(at(received), 0, unit, calendar))).toBe(due)
    // a limit of a day has the cut-off of the day
    expect(dueByStatute(at('2024-11-04T15:30:00'), 1, 'working-day', calendar)).toBe(at('2024-11-05T17:00'))
  })

  test('the same-day cut-off is of the hours of its day; 15:00 where they do not say, and never after the cut-off', () => {
    const [{ sameDayCutOff: _, ...hours } = { cutOff: '', sessions: [] }] = data.officeHours
    const other = { ...hours, validFrom: '2024-06-01', validTo: null, sameDayCutOff: '10:00' }
    const changing = makeCalendar({
      ...data,
      officeHours: [{ ...hours, validFrom: null, validTo: '2024-06-01' }, other],
      days: [...data.days, { date: '2024-05-30', kind: 'morning' }],
    })
    const cutOffs = ['2024-05-31', '2024-06-01', '2024-05-30'].map((day) => local(changing.sameDayCutOff(day)))
    expect(cutOffs).toEqual(['2024-05-31T15:00', '2024-06-01T10:00', '2024-05-30T11:30'])
  })

  /** Received on Monday 4 November at nine, five working days: due on Monday the 11th. */
  const waited = (unit: 'working-day' | 'day' | 'hour', limit: number, ...waits: readonly [string, string][]) =>
    local(
      dueByStatute(
        at('2024-11-04T09:00:00'),
        limit,
        unit,
        calendar,
        waits.map(([from, to]) => ({ from: at(from), to: at(to) })),
      ),
    )
  test.each([
    ['within: its days are given back', [['2024-11-06T09:00', '2024-11-13T10:00']], '2024-11-18T17:00'],
    ['asked on the last day: till the answer', [['2024-11-11T16:00', '2024-11-20T10:00']], '2024-11-20T17:00'],
    [
      'asked on the last day after hours: the day counts',
      [['2024-11-11T19:00', '2024-11-12T10:00']],
      '2024-11-12T17:00',
    ],
    ['answered on a Saturday: the next working day', [['2024-11-11T16:00', '2024-11-16T10:00']], '2024-11-18T17:00'],
    ['asked the day after: nothing', [['2024-11-12T08:00', '2024-11-20T10:00']], '2024-11-11T17:00'],
    [
      'the second is within what the first gave back',
      [
        ['2024-11-08T09:00', '2024-11-12T10:00'],
        ['2024-11-13T09:00', '2024-11-15T10:00'],
      ],
      '2024-11-15T17:00',
    ],
    [
      'the second comes too late',
      [
        ['2024-11-14T09:00', '2024-11-15T10:00'],
        ['2024-11-08T09:00', '2024-11-12T10:00'],
      ],
      '2024-11-13T17:00',
    ],
  ] as [string, [string, string][], string][])('a supplement %s', (_, waits, due) => {
    expect(waited('working-day', 5, ...waits)).toBe(due)
  })

  test('a supplement is within hours by the minute, and within calendar days up to the working day to which they move', () => {
    expect(waited('hour', 8)).toBe('2024-11-05T09:00')
    expect(waited('hour', 8, ['2024-11-05T08:30', '2024-11-06T10:00'])).toBe('2024-11-06T10:30')
    expect(waited('hour', 8, ['2024-11-05T09:01', '2024-11-06T10:00'])).toBe('2024-11-05T09:00')
    // Saturday the 9th, so Monday the 11th
    expect(waited('day', 5)).toBe('2024-11-11T17:00')
    expect(waited('day', 5, ['2024-11-11T08:00', '2024-11-13T08:00'])).toBe('2024-11-13T17:00')
    expect(waited('day', 5, ['2024-11-12T08:00', '2024-11-13T08:00'])).toBe('2024-11-11T17:00')
  })

  test('later receipt is never due earlier', () => {
    for (const unit of ['working-day', 'day'] as const) {
      let last = 0
      for (let received = at('2024-01-25T00:00:00'); received < at('2024-05-15T00:00:00'); received += 3_600_000) {
        const due = dueByStatute(received, 7, unit, calendar)
        expect(due).toBeGreaterThanOrEqual(last)
        last = due
      }
    }
  })

  test('a limit that is no limit is refused', () => {
    for (const limit of [-1, Number.NaN])
      expect(() => dueByStatute(at('2024-11-04T09:00:00'), limit, 'day', calendar)).toThrow(RangeError)
  })
})
