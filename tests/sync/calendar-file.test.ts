/** The calendar is checked wholly before any of it holds: what is wrong is named by its place, and the old one stays in force. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { CHECKOUT } from '../../src/config.ts'
import type { CalendarFile } from '../../src/schemas.generated.ts'
import { checkCalendar } from '../../src/sync/calendar-file.ts'
import { previewAsked, readAsked, saveImport } from '../../src/sync/import-reference.ts'
import { CALENDAR_RULE, installReference, readReferenceData } from '../../src/sync/reference.ts'
import { at } from '../support/pages.ts'
import { eachDialect, ZONE } from '../support/warehouse.ts'

const TEXT = readFileSync(join(CHECKOUT, 'data', 'reference', 'calendar.json'), 'utf8')
type Hours = CalendarFile['officeHours'][number]
/** The calendar with something else in it. */
function changed(change: (calendar: CalendarFile, hours: Hours) => void): CalendarFile {
  const calendar = JSON.parse(TEXT) as CalendarFile
  change(calendar, calendar.officeHours[0] as Hours)
  return calendar
}
const day = (date: string, kind: string) =>
  ({ date, kind, name: 'thêm', basis: 'mẫu', confidence: 'provisional' }) as CalendarFile['days'][number]
const adding = (...days: CalendarFile['days']) => changed((calendar) => calendar.days.push(...days))
const NEW = JSON.parse(TEXT).days.length

describe('what makes sense', () => {
  test.each<[string, CalendarFile]>([
    ['the calendar that comes with it', JSON.parse(TEXT)],
    ['a swap', adding(day('2024-11-07', 'off_swap'), day('2024-11-16', 'work_swap'))],
    ['half days', adding(day('2024-11-07', 'morning'), day('2024-11-09', 'afternoon'))],
    [
      'hours of Saturdays before those of the other days, and others from a day on',
      changed((calendar, hours) => {
        const saturdays = { ...hours, weekdays: [6], sessions: [{ from: '07:00', to: '11:00' }], cutOff: '11:00' }
        const { sameDayCutOff: _, ...line } = saturdays
        calendar.officeHours = [line, { ...hours, validTo: '2025-01-01' }, { ...hours, validFrom: '2025-01-01' }]
      }),
    ],
  ])('%s', (_, calendar) => {
    expect(checkCalendar(calendar, 'calendar.json')).toBe(calendar)
  })

  test.each<[string, CalendarFile, string, RegExp]>([
    ['a field nobody knows', changed((c) => Object.assign(c, { dayz: [] })), 'dayz', /days/],
    ['no day', adding(day('2024-02-30', 'off')), `days[${NEW}].date`, /date/],
    ['a kind nobody knows', adding(day('2024-11-07', 'holiday')), `days[${NEW}].kind`, /morning/],
    ['a week of days off', changed((c) => c.weekend.push(1, 2, 3, 4, 5)), 'weekend', /6/],
    ['years backwards', changed((c) => Object.assign(c.covers, { to: '2022-12-31' })), 'covers.to', /before/],
    ['a day out of range', adding(day('2028-01-03', 'off')), `days[${NEW}].date`, /2023-01-01 to 2027-12-31/],
    ['a day twice', adding(day('2024-01-01', 'off')), `days[${NEW}].date`, /twice/],
    ['a Monday worked in exchange', adding(day('2024-11-04', 'work_swap')), `days[${NEW}].kind`, /worked anyway/],
    ['a Sunday off in exchange', adding(day('2024-11-10', 'off_swap')), `days[${NEW}].kind`, /off anyway/],
    ['a swap without its worked day', adding(day('2024-11-07', 'off_swap')), `days[${NEW}].kind`, /worked in exchange/],
    [
      'a worked day for nothing',
      changed((c) => Object.assign(c, { days: c.days.filter(({ date }) => date !== '2024-04-29') })),
      'days[20].kind',
      /off in exchange/,
    ],
    [
      'a swap over half a year',
      adding(day('2027-03-15', 'off_swap'), day('2027-10-09', 'work_swap')),
      `days[${NEW}].kind`,
      /60 days/,
    ],
    [
      'an afternoon that the office does not have',
      changed((calendar, hours) => {
        hours.sessions.pop()
        calendar.days.push(day('2024-11-07', 'afternoon'))
      }),
      `days[${NEW}].kind`,
      /no such session/,
    ],
    [
      'a session backwards',
      changed((_, hours) => Object.assign(hours.sessions[1] ?? {}, { to: '13:00' })),
      'officeHours[0].sessions[1].to',
      /after from/,
    ],
    [
      'sessions that overlap',
      changed((_, hours) => Object.assign(hours.sessions[1] ?? {}, { from: '11:00' })),
      'officeHours[0].sessions[1].from',
      /before the end/,
    ],
    [
      'a cut-off before it opens',
      changed((_, hours) => Object.assign(hours, { cutOff: '06:00' })),
      'officeHours[0].cutOff',
      /opens/,
    ],
    [
      'a same-day cut-off after the cut-off',
      changed((_, hours) => Object.assign(hours, { sameDayCutOff: '17:30' })),
      'officeHours[0].sameDayCutOff',
      /not be after cutOff/,
    ],
    [
      'hours that end before they begin',
      changed((_, hours) => Object.assign(hours, { validFrom: '2025-01-01', validTo: '2024-01-01' })),
      'officeHours[0].validTo',
      /after validFrom/,
    ],
    [
      'hours twice',
      changed((calendar, hours) => calendar.officeHours.push({ ...hours, validFrom: '2025-01-01' })),
      'officeHours[1]',
      /officeHours\[0\]/,
    ],
    [
      'hours of one day of the week, said after all of them',
      changed((calendar, hours) => calendar.officeHours.push({ ...hours, weekdays: [5] })),
      'officeHours[1]',
      /officeHours\[0\]/,
    ],
    [
      'days without hours',
      changed((_, hours) => Object.assign(hours, { validTo: '2026-01-01' })),
      'officeHours',
      /weekday 1 from 2026-01-01/,
    ],
    [
      'weekdays without hours',
      changed((_, hours) => Object.assign(hours, { weekdays: [1, 2, 3, 4, 5, 6] })),
      'officeHours',
      /weekday 7 from the beginning/,
    ],
  ])('%s is refused', (_, calendar, path, problem) => {
    expect(() => checkCalendar(calendar, 'calendar.json')).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        params: expect.objectContaining({ file: 'calendar.json', path, problem: expect.stringMatching(problem) }),
      }),
    )
  })
})

const homes: string[] = []
afterAll(() => {
  for (const home of homes) rmSync(home, { recursive: true, force: true })
})
function homeWith(calendar: string): string {
  const home = mkdtempSync(join(tmpdir(), 'ioc-feed-calendar-'))
  homes.push(home)
  mkdirSync(join(home, 'data', 'reference'), { recursive: true })
  writeFileSync(join(home, 'data', 'reference', 'calendar.json'), calendar)
  return home
}
const pretty = (calendar: CalendarFile) => JSON.stringify(calendar, null, 1)

eachDialect('installing', (open) => {
  const START = at('2024-12-02T08:00')

  test('a wrong calendar installs nothing: one line names the place, and the old one stays in force', async () => {
    const { warehouse } = await open()
    expect(await installReference(warehouse, [CHECKOUT], START)).toBe(true)
    const dumped = () =>
      warehouse.read(async (db) => [
        await db.selectFrom('calendar').selectAll().orderBy('date').execute(),
        await db.selectFrom('rule').selectAll().execute(),
        await db.selectFrom('meta').selectAll().orderBy('key').execute(),
      ])
    const before = await dumped()
    const wrong = pretty(changed((_, hours) => Object.assign(hours.sessions[1] ?? {}, { from: '11:00' })))
    const line = wrong.split('\n').findIndex((text) => text.includes('"11:00"')) + 1
    const home = homeWith(wrong)
    await expect(installReference(warehouse, [home, CHECKOUT], START)).rejects.toThrow(
      `${join(home, 'data', 'reference', 'calendar.json')}:${line}: officeHours[0].sessions[1].from is before the end of the session before it`,
    )
    expect(await dumped()).toEqual(before)
    const { calendar } = await warehouse.read((db) => readReferenceData(db, ZONE))
    expect(calendar.closeOfOffice('2024-12-02')).toBe(at('2024-12-02T17:00'))
  })

  test('office hours are kept as versions: what was known then is still told', async () => {
    const { warehouse } = await open()
    await installReference(warehouse, [CHECKOUT], START)
    const summer = changed((_, hours) => Object.assign(hours.sessions[1] ?? {}, { to: '16:30' }))
    expect(await installReference(warehouse, [homeWith(pretty(summer)), CHECKOUT], START)).toBe(true)
    // other days off, the same hours: no other version
    const days = { ...summer, days: [...summer.days, day('2024-11-07', 'off')] }
    expect(await installReference(warehouse, [homeWith(pretty(days)), CHECKOUT], START)).toBe(true)
    const { calendar } = await warehouse.read((db) => readReferenceData(db, ZONE))
    expect(calendar.closeOfOffice('2024-12-02')).toBe(at('2024-12-02T16:30'))
    const rows = await warehouse.read((db) =>
      db.selectFrom('rule').selectAll().where('kind', '=', CALENDAR_RULE).orderBy('known_from').execute(),
    )
    const closes = rows.map(({ data }) => (JSON.parse(data) as CalendarFile).officeHours[0]?.sessions[1]?.to)
    expect(closes).toEqual(['17:00', '16:30'])
    expect(rows[0]?.known_to).toBe(rows[1]?.known_from)
    expect(rows[1]?.known_to).toBeNull()
  })

  test('an import that leaves half a swap is refused by its row; a half day is taken', async () => {
    const { warehouse } = await open()
    await installReference(warehouse, [CHECKOUT], START)
    const home = homeWith(TEXT)
    const config = { homes: [home, CHECKOUT], zone: ZONE, sources: [] as never[] }
    const asked = (text: string) => {
      const path = join(home, 'days.csv')
      writeFileSync(path, `date,kind,name\n${text}`)
      return readAsked({ path, from: '2024-11-01', basis: 'TB 1', by: 'test' })
    }
    const wrong = await asked('2024-11-06,morning,x\n2024-11-07,off_swap,x\n')
    await expect(previewAsked(warehouse, config, wrong)).rejects.toMatchObject({
      code: 'REFERENCE_INVALID',
      params: { row: 3, column: 'kind', problem: expect.stringMatching(/^2024-11-07: .*worked in exchange/) },
    })
    await expect(asked('2024-11-06,evening,x\n')).rejects.toMatchObject({ params: { row: 2, column: 'kind' } })
    await saveImport(warehouse, config, await asked('2024-11-06,morning,x\n'))
    const { calendar } = await warehouse.read((db) => readReferenceData(db, ZONE))
    expect(calendar.closeOfOffice('2024-11-06')).toBe(at('2024-11-06T11:30'))
  })
})
