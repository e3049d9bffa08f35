import { describe, expect, test } from 'vitest'
import { latestSlot, nextSlot, slotAt } from '../../src/schedule/slots.ts'

const HCM = 'Asia/Ho_Chi_Minh'
const at = (local: string, zone = HCM) => Temporal.ZonedDateTime.from(`${local}[${zone}]`).epochMilliseconds
const job = (cron: string) => ({ id: 'j', cron })

describe('slots', () => {
  test.each([
    ['0 1 * * *', '2024-12-02T00:59:59', '2024-12-01T01:00', '2024-12-02T01:00'],
    ['0 1 * * *', '2024-12-02T01:00:00', '2024-12-02T01:00', '2024-12-03T01:00'],
    ['*/15 7-17 * * 1-5', '2024-12-07T09:00', '2024-12-06T17:45', '2024-12-09T07:00'],
    ['30 6 1 * *', '2024-12-02T00:00', '2024-12-01T06:30', '2025-01-01T06:30'],
    ['0 0 29 2 *', '2024-03-01T00:00', '2024-02-29T00:00', '2028-02-29T00:00'],
  ])('%s at %s', (cron, now, latest, next) => {
    expect(latestSlot(job(cron), HCM, at(now))).toEqual({ id: `j@${latest}`, at: at(latest) })
    expect(nextSlot(job(cron), HCM, at(now))).toEqual({ id: `j@${next}`, at: at(next) })
  })
  test('a job more than 24.8 days away', () =>
    expect(nextSlot(job('0 1 1 1 *'), HCM, at('2024-02-01T00:00'))?.id).toBe('j@2025-01-01T01:00'))
  test('a local time that the zone leaves out is no slot, one that it repeats is one', () => {
    const zone = 'Europe/Berlin'
    expect(nextSlot(job('30 2 * * *'), zone, at('2024-03-30T03:00', zone))?.id).toBe('j@2024-04-01T02:30')
    const first = at('2024-10-27T02:30:00+02:00', zone)
    expect(slotAt(job('30 2 * * *'), zone, first).id).toBe('j@2024-10-27T02:30')
    expect(slotAt(job('30 2 * * *'), zone, first + 3_600_000).id).toBe('j@2024-10-27T02:30')
  })
})
