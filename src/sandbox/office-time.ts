import { item } from './random.ts'

/**
 * Office time: one unbroken axis of office seconds (07:00–11:30 and 13:30–17:00 of working days, 28,800 to a day), on which a dossier's life is
 * laid out by addition. Local time is UTC+7 throughout. The sandbox keeps its own small calendar of days off: it may read nothing of the pipeline's.
 */
export const OFFICE_DAY = 28_800
/** the last office second at which a same-day procedure is answered on the same working day (15:00) */
export const LATE_IN_THE_DAY = 21_600
const MORNING = 16_200
const DAY_MS = 86_400_000
const ZONE_MS = 7 * 3_600_000
const FIRST_DAY = Date.UTC(2024, 0, 1) / DAY_MS
const LAST_DAY = Date.UTC(2026, 11, 31) / DAY_MS

const DAYS_OFF = new Set(
  `2024-01-01 2024-02-08 2024-02-09 2024-02-12 2024-02-13 2024-02-14 2024-04-18 2024-04-29 2024-04-30 2024-05-01 2024-09-02 2024-09-03
  2025-01-01 2025-01-27 2025-01-28 2025-01-29 2025-01-30 2025-01-31 2025-04-07 2025-04-30 2025-05-01 2025-05-02 2025-09-01 2025-09-02
  2026-01-01 2026-01-02 2026-02-16 2026-02-17 2026-02-18 2026-02-19 2026-02-20 2026-04-27 2026-04-30 2026-05-01 2026-08-31 2026-09-01
  2026-09-02 2026-11-24`.split(/\s+/),
)
const WORKING_SATURDAYS = new Set(['2024-05-04', '2025-04-26', '2026-01-10', '2026-08-22'])

/** days since 1970-01-01 in local time, and the number of each among working days */
const workingDays: number[] = []
const nextWorkingDay: number[] = []
for (let day = FIRST_DAY; day <= LAST_DAY; day++) {
  const date = new Date(day * DAY_MS)
  const iso = date.toISOString().slice(0, 10)
  nextWorkingDay.push(workingDays.length)
  const weekend = date.getUTCDay() % 6 === 0
  if (WORKING_SATURDAYS.has(iso) || (!weekend && !DAYS_OFF.has(iso))) workingDays.push(day)
}

/** epoch ms of an office second */
export function toInstant(office: number): number {
  const day = item(workingDays, Math.floor(office / OFFICE_DAY))
  const second = office % OFFICE_DAY
  const ofDay = second < MORNING ? 7 * 3600 + second : 13.5 * 3600 + (second - MORNING)
  return day * DAY_MS + ofDay * 1000 - ZONE_MS
}

/** 17:00 of the nth working day, epoch ms */
export const closeOf = (workingDay: number): number => item(workingDays, workingDay) * DAY_MS + 17 * 3_600_000 - ZONE_MS

/** The office second of an instant; outside office hours, the next one. */
export function toOffice(instant: number): number {
  const local = instant + ZONE_MS
  const day = Math.floor(local / DAY_MS)
  const ofDay = Math.ceil((local - day * DAY_MS) / 1000)
  const n = item(nextWorkingDay, day - FIRST_DAY)
  if (workingDays[n] !== day || ofDay <= 7 * 3600) return n * OFFICE_DAY
  if (ofDay < 11.5 * 3600) return n * OFFICE_DAY + ofDay - 7 * 3600
  if (ofDay <= 13.5 * 3600) return n * OFFICE_DAY + MORNING
  if (ofDay < 17 * 3600) return n * OFFICE_DAY + MORNING + ofDay - 13.5 * 3600
  return (n + 1) * OFFICE_DAY
}

/** Days since 1970-01-01 in local time; cheaper than a date where only sameness matters. */
export const localDay = (instant: number): number => Math.floor((instant + ZONE_MS) / DAY_MS)
const shortDates = new Map<number, string>()
/** `yyMMdd` of a local day */
export function shortDate(day: number): string {
  let text = shortDates.get(day)
  if (text === undefined) {
    text = new Date(day * DAY_MS).toISOString().slice(2, 10).replace(/-/g, '')
    shortDates.set(day, text)
  }
  return text
}
/** 0 January 2024, 11 December 2024, 12 January 2025, … */
export function localMonth(instant: number): number {
  const date = new Date(instant + ZONE_MS)
  return (date.getUTCFullYear() - 2024) * 12 + date.getUTCMonth()
}
