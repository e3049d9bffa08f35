/**
 * data/reference/calendar.json, checked wholly before any of it holds: by its schema, and whether it makes sense. A day that no hours are
 * of, or a swap without its other half, would otherwise show as a wrong due date, months later.
 */
import { join } from 'node:path'
import { CHECKOUT } from '../config.ts'
import { type Check, checker, invalid, readJsonFile } from '../config-check.ts'
import { isOfHalf, officeHoursLine } from '../indicators/deadlines.ts'
import type { CalendarFile } from '../schemas.generated.ts'

type Hours = CalendarFile['officeHours'][number]
export type CalendarDay = CalendarFile['days'][number]
export interface Fault {
  /** as `sessions[0].from` */
  path: string
  problem: string
}
export interface DayFault extends Fault {
  date: string
}

let schemaCheck: Check | undefined

/** The calendar in `value`, as read from `file`. Throws CONFIG_INVALID with the place in it. */
export function checkCalendar(value: unknown, file: string): CalendarFile {
  schemaCheck ??= checker(
    readJsonFile(join(CHECKOUT, 'schemas', 'config', 'calendar.schema.json'), 'calendar') as Record<string, unknown>,
  )
  schemaCheck(value, file)
  const calendar = value as CalendarFile
  const fault = rangeFault(calendar) ?? hoursFault(calendar.officeHours) ?? daysFault(calendar)
  if (fault) throw invalid(file, fault.path, fault.problem)
  return calendar
}

function rangeFault({ covers, days }: CalendarFile): Fault | null {
  if (covers.to < covers.from) return { path: 'covers.to', problem: 'must not be before covers.from' }
  const i = days.findIndex(({ date }) => date < covers.from || date > covers.to)
  return i < 0 ? null : { path: `days[${i}].date`, problem: `lies outside of covers (${covers.from} to ${covers.to})` }
}

function hoursFault(lines: readonly Hours[]): Fault | null {
  for (const [i, line] of lines.entries()) {
    const own = lineFault(line)
    if (own) return { ...own, path: `officeHours[${i}].${own.path}` }
    const before = lines.findIndex((other, j) => j < i && takesDaysOf(other, line))
    if (before >= 0)
      return { path: `officeHours[${i}]`, problem: `is of days whose hours officeHours[${before}] has already said` }
  }
  // Of days off, too: a printed due date may be one, and ends with its office hours.
  const changes = lines.flatMap(({ validFrom, validTo }) => [validFrom ?? BEGINNING, validTo ?? BEGINNING])
  for (const date of [BEGINNING, ...changes].sort())
    for (let weekday = 1; weekday <= 7; weekday++)
      if (!officeHoursLine(lines, date, weekday))
        return { path: 'officeHours', problem: `has no hours of weekday ${weekday} ${sinceText(date)}` }
  return null
}
const BEGINNING = '0001-01-01'
const sinceText = (date: string) => (date === BEGINNING ? 'from the beginning (validFrom null)' : `from ${date} on`)

function lineFault({ validFrom, validTo, sessions, cutOff, sameDayCutOff }: Hours): Fault | null {
  if (validFrom !== null && validTo !== null && validTo <= validFrom)
    return { path: 'validTo', problem: 'must be after validFrom' }
  for (const [i, { from, to }] of sessions.entries()) {
    if (to <= from) return { path: `sessions[${i}].to`, problem: 'must be after from' }
    if (from < (sessions[i - 1]?.to ?? ''))
      return { path: `sessions[${i}].from`, problem: 'is before the end of the session before it' }
  }
  const opens = sessions[0]?.from ?? ''
  if (cutOff <= opens) return { path: 'cutOff', problem: 'must be after the office opens' }
  if (sameDayCutOff === undefined) return null
  if (sameDayCutOff <= opens) return { path: 'sameDayCutOff', problem: 'must be after the office opens' }
  return sameDayCutOff > cutOff ? { path: 'sameDayCutOff', problem: 'must not be after cutOff' } : null
}

/** The first line that is of a day says its hours; one for all weekdays takes what those before it leave. */
function takesDaysOf(before: Hours, line: Hours): boolean {
  const apart =
    (before.validTo !== null && before.validTo <= (line.validFrom ?? BEGINNING)) ||
    (line.validTo !== null && line.validTo <= (before.validFrom ?? BEGINNING))
  if (apart) return false
  return before.weekdays === undefined || (line.weekdays?.some((day) => before.weekdays?.includes(day)) ?? false)
}

/** What is wrong with the listed days; also where an import has changed some. */
export function daysFault({ days, weekend, officeHours }: Omit<CalendarFile, 'origin'>): DayFault | null {
  const seen = new Set<string>()
  for (const [i, { date, kind }] of days.entries()) {
    const fault = (field: 'date' | 'kind', problem: string) => ({ path: `days[${i}].${field}`, date, problem })
    if (seen.has(date)) return fault('date', 'stands twice')
    seen.add(date)
    const weekday = Temporal.PlainDate.from(date).dayOfWeek
    const isOff = weekend.includes(weekday)
    if (kind === 'work_swap' && !isOff) return fault('kind', 'work_swap is of a day that is worked anyway')
    if (kind === 'off_swap' && isOff) return fault('kind', 'off_swap is of a day that is off anyway')
    if (kind !== 'morning' && kind !== 'afternoon') continue
    if (!officeHoursLine(officeHours, date, weekday)?.sessions.some((session) => isOfHalf(session, kind)))
      return fault('kind', `is ${kind}, but the office has no such session on that day`)
  }
  return swapFault(days)
}

/** In order of date, each swapped day off has its worked day. */
function swapFault(days: readonly CalendarDay[]): DayFault | null {
  const dated = (wanted: CalendarDay['kind']) =>
    days
      .flatMap(({ date, kind }, i) => (kind === wanted ? [{ date, path: `days[${i}].kind` }] : []))
      .sort((a, b) => (a.date < b.date ? -1 : 1))
  const [offs, works] = [dated('off_swap'), dated('work_swap')]
  for (let i = 0; i < Math.max(offs.length, works.length); i++) {
    const [off, work] = [offs[i], works[i]]
    if (off && work && Math.abs(daysBetween(off.date, work.date)) <= SWAPPED_WITHIN) continue
    if (off && (!work || off.date < work.date))
      return { ...off, problem: `off_swap: no day within ${SWAPPED_WITHIN} days of it is worked in exchange` }
    if (work) return { ...work, problem: `work_swap: no day within ${SWAPPED_WITHIN} days of it is off in exchange` }
  }
  return null
}
/** Days; notices swap within a month. */
const SWAPPED_WITHIN = 60
const daysBetween = (from: string, to: string) => Temporal.PlainDate.from(from).until(to).days
