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
  ])('%s is a %s from %s to %s', (text, kind, firstDay, lastDay) => {
    expect(parsePeriod(text)).toMatchObject({ text, kind, firstDay, lastDay })
  })

  test.each(['', '2024-13', '2024-Q5', '2024-YTD-00', '2024-02-30', '2024-02-00', '24-11', 'November'])(
    '"%s" is refused with what is known',
    (text) => {
      expect(() => parsePeriod(text)).toThrow(
        expect.objectContaining({
          code: 'PERIOD_UNKNOWN',
          params: { period: text },
        }),
      )
    },
  )

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
