import { describe, expect, test } from 'vitest'
import { endInstant, parsePeriod, periodsTouchedBy } from '../../src/indicators/periods.ts'
import { at, ZONE } from './world.ts'

describe('periods', () => {
  test.each([
    ['2024-11', 'month', '2024-11-01', '2024-11-30'],
    ['2024-02', 'month', '2024-02-01', '2024-02-29'],
    ['2024-Q4', 'quarter', '2024-10-01', '2024-12-31'],
    ['2024', 'year', '2024-01-01', '2024-12-31'],
    ['2024-YTD-11', 'ytd', '2024-01-01', '2024-11-30'],
    ['2024-12-02', 'day', '2024-12-02', '2024-12-02'],
    ['2024-H2', 'half', '2024-07-01', '2024-12-31'],
    ['2024-W45', 'week', '2024-11-04', '2024-11-10'],
    ['2025-W01', 'week', '2024-12-30', '2025-01-05'],
    ['2020-W53', 'week', '2020-12-28', '2021-01-03'],
    ['R7@2024-11-30', 'rolling', '2024-11-24', '2024-11-30'],
    ['R30@2024-03-01', 'rolling', '2024-02-01', '2024-03-01'],
    ['RP-2024-11', 'reporting', '2024-10-15', '2024-11-14'],
    ['RP-2024-01', 'reporting', '2023-12-15', '2024-01-14'],
    ['RP-2024-Q4', 'reporting', '2024-09-15', '2024-12-14'],
    ['RP-2024-H1', 'reporting', '2023-12-15', '2024-06-14'],
    ['RP-2024', 'reporting', '2023-12-15', '2024-12-14'],
  ])('%s is a %s from %s to %s', (text, kind, firstDay, lastDay) => {
    expect(parsePeriod(text)).toMatchObject({ text, kind, firstDay, lastDay })
  })

  test.each([
    '',
    '2024-13',
    '2024-Q5',
    '2024-YTD-00',
    '2024-02-30',
    '2024-02-00',
    '24-11',
    'November',
    '2024-W00',
    '2024-W53',
    '2024-H3',
    'R0@2024-11-30',
    'R7@2024-02-30',
    'RP-2024-YTD-11',
  ])('"%s" is refused with what is known', (text) => {
    expect(() => parsePeriod(text)).toThrow(
      expect.objectContaining({
        code: 'PERIOD_UNKNOWN',
        params: { period: text },
      }),
    )
  })

  test('months and end', () => {
    expect(parsePeriod('2024-Q4')).toMatchObject({ firstMonth: '2024-10', lastMonth: '2024-12', lastDay: '2024-12-31' })
    expect(endInstant(parsePeriod('2024-YTD-11'), ZONE)).toBe(at('2024-12-01'))
    expect(endInstant(parsePeriod('2024-12-02'), ZONE)).toBe(at('2024-12-03'))
  })

  test('a change touches everything that ends in its month or later', () => {
    expect(periodsTouchedBy('2024-11', '2025-01').map((period) => period.text)).toEqual([
      '2024-11',
      '2024-Q4',
      '2024',
      '2024-YTD-11',
      '2024-12',
      '2024-YTD-12',
      '2025-01',
      '2025-Q1',
      '2025',
      '2025-YTD-01',
    ])
    expect(periodsTouchedBy('2025-02', '2025-01')).toEqual([])
  })
})
