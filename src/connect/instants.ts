/**
 * Local dates and times → instants. Every parser answers an `Instant`, `null` for "no date" (empty text and the sentinels that
 * databases write for it), or `undefined` where the text is not a date of that form. The calendar is checked exactly.
 */
import type { Instant, Precision } from './converters.ts'

const DAY = 86_400_000
const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
// Nothing that this pipeline counts happened before 1900; such a year is a typing error.
const FIRST_YEAR = 1900

export type Parsed = Instant | null | undefined

const isLeap = (year: number) => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
const daysIn = (year: number, month: number) => (month === 2 && isLeap(year) ? 29 : (MONTH_DAYS[month - 1] ?? 0))
const isSentinel = (year: number, month: number, day: number) =>
  (year === 1 || year === FIRST_YEAR) && month === 1 && day === 1

interface LocalDay {
  midnight: number
  /** 24 hours long and without a change of offset, so that its instants are plain sums */
  even: boolean
}
// A year of dossiers has a few hundred distinct days: Temporal is asked once for each (it costs about 5 µs, a lookup 20 ns).
const zones = new Map<string, Map<number, LocalDay>>()
const KEPT_DAYS = 20_000

function localDay(zone: string, year: number, month: number, day: number): LocalDay {
  const days = zones.get(zone) ?? new Map<number, LocalDay>()
  zones.set(zone, days)
  const key = (year * 12 + month) * 32 + day
  let found = days.get(key)
  if (!found) {
    const date = new Temporal.PlainDate(year, month, day)
    const midnight = date.toZonedDateTime(zone).epochMilliseconds
    found = { midnight, even: date.add({ days: 1 }).toZonedDateTime(zone).epochMilliseconds - midnight === DAY }
    if (days.size >= KEPT_DAYS) days.clear()
    days.set(key, found)
  }
  return found
}

/** A local wall-clock time in `zone`, checked against the calendar; where a zone skips or repeats it, the earlier reading ('compatible'). */
export function localInstant(
  zone: string,
  year: number,
  month: number,
  day: number,
  time: { hour: number; minute: number; second: number; millisecond: number } | null,
  precision: Precision,
): Parsed {
  if (isSentinel(year, month, day)) return null
  if (year < FIRST_YEAR || year > 9999 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month))
    return undefined
  const local = localDay(zone, year, month, day)
  if (!time) return { at: local.midnight, precision }
  const { hour, minute, second, millisecond } = time
  if (hour > 23 || minute > 59 || second > 59) return undefined
  if (local.even) return { at: local.midnight + ((hour * 60 + minute) * 60 + second) * 1000 + millisecond, precision }
  const exact = new Temporal.PlainDateTime(year, month, day, hour, minute, second, millisecond).toZonedDateTime(zone)
  return { at: exact.epochMilliseconds, precision }
}

const COMPACT = /^(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2}))?$/
/** `yyyyMMddHHmmss` or `yyyyMMdd` */
export function parseCompact(text: string, zone: string): Parsed {
  if (text === '') return null
  const m = COMPACT.exec(text)
  return m ? fromParts(zone, m[1], m[2], m[3], m[4], m[5], m[6], undefined) : undefined
}

const VIETNAMESE = /^(\d{1,2})\/(\d{1,2})\/(\d{4})(?:[ ]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?$/
const DAY_FIRST =
  /^(?<d>\d{1,2})(?<by>[/.-])(?<mo>\d{1,2})\k<by>(?<y>\d{4})(?:[ ,]+(?<h>\d{1,2}):(?<mi>\d{2})(?::(?<s>\d{2}))?(?: *(?<half>SA|CH|AM|PM))?)?$/i
const TIME_FIRST =
  /^(?<h>\d{1,2}):(?<mi>\d{2})(?::(?<s>\d{2}))?(?: *(?<half>SA|CH|AM|PM))?[ ,]+(?<d>\d{1,2})(?<by>[/.-])(?<mo>\d{1,2})\k<by>(?<y>\d{4})$/i
/**
 * `dd/MM/yyyy[ HH:mm[:ss]]`, also with `-` or `.`, with the time first, and with SA (sáng, before noon) or CH (chiều, after noon), as
 * Windows in Vietnamese formats a time.
 */
export function parseVietnamese(text: string, zone: string): Parsed {
  if (text === '') return null
  const m = VIETNAMESE.exec(text)
  if (m) return fromParts(zone, m[3], m[2], m[1], m[4], m[5], m[6], undefined)
  const { d, mo, y, h, mi, s, half } = (DAY_FIRST.exec(text) ?? TIME_FIRST.exec(text))?.groups ?? {}
  if (y === undefined) return undefined
  if (half === undefined) return fromParts(zone, y, mo, d, h, mi, s, undefined)
  if (Number(h) < 1 || Number(h) > 12) return undefined
  const hour = (Number(h) % 12) + (/^[cp]/i.test(half) ? 12 : 0)
  return fromParts(zone, y, mo, d, String(hour), mi, s, undefined)
}

const EPOCH = /^(?:\/Date\()?(-?\d{1,15})(?:[+-]\d{4})?(?:\)\/)?$/
const FIRST_INSTANT = Date.UTC(FIRST_YEAR, 0, 2)
const LAST_INSTANT = Date.UTC(9999, 11, 31)
/** A whole number of seconds or milliseconds (`factor` 1000 or 1) since 1970; the offset that .NET writes behind it changes nothing. */
export function parseEpoch(text: string, factor: 1 | 1000): Parsed {
  if (text === '') return null
  const m = EPOCH.exec(text)
  if (!m) return undefined
  const at = Number(m[1]) * factor
  // .NET's empty date is the first day of the year 1, seen from any zone
  if (at === 0 || Math.abs(at - YEAR_ONE) <= DAY) return null
  return at < FIRST_INSTANT || at > LAST_INSTANT ? undefined : { at, precision: 'second' }
}
const YEAR_ONE = -62_135_596_800_000

const NAIVE = /^(\d{4})-(\d{2})-(\d{2})(?:[ T](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?)?$/
/** `YYYY-MM-DD`, `YYYY-MM-DD HH:MM` or `YYYY-MM-DD HH:MM:SS[.fff]` without an offset */
export function parseNaive(text: string, zone: string): Parsed {
  if (text === '') return null
  const m = NAIVE.exec(text)
  return m ? fromParts(zone, m[1], m[2], m[3], m[4], m[5], m[6], m[7]) : undefined
}

const OFFSET = /^(.*[T ].*?)(Z|z|[+-]\d{2}(?::?\d{2})?)$/
/** ISO 8601 date or date-time. With `falseZ` a trailing `Z` marks local time in `zone`, as some one-stop products write it. */
export function parseIso(text: string, zone: string, falseZ: boolean): Parsed {
  const m = OFFSET.exec(text)
  if (!m) return parseNaive(text, zone)
  const [, naive = '', offset = ''] = m
  if (offset === 'Z' || offset === 'z') return parseNaive(naive, falseZ ? zone : 'UTC')
  const hours = Number(offset.slice(1, 3))
  const minutes = offset.length > 3 ? Number(offset.slice(-2)) : 0
  if (hours > 14 || minutes > 59) return undefined
  const utc = parseNaive(naive, 'UTC')
  const shift = (hours * 60 + minutes) * 60_000 * (offset.startsWith('-') ? -1 : 1)
  return utc ? { at: utc.at - shift, precision: utc.precision } : utc
}

const SERIAL = /^\d{1,7}(?:\.\d+)?(?:[eE]-?\d+)?$/
/**
 * A day number of Excel's 1900 system; its fraction is the time of day. Serial 0 is "no date", 1 is the sentinel 1900-01-01,
 * and days up to 60 are refused: Excel believes that 1900 was a leap year, so they are off by one.
 */
export function parseExcelSerial(text: string, zone: string): Parsed {
  if (text === '') return null
  if (!SERIAL.test(text)) return undefined
  // a serial carries about 1e-10 days of rounding error; times in such sheets are typed to the second at best
  const seconds = Math.round(Number(text) * 86_400)
  const days = Math.floor(seconds / 86_400)
  if (days <= 1) return null
  if (days <= 60 || days > 2_958_465) return undefined
  const date = new Date((days - 25_569) * DAY)
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()]
  const rest = seconds - days * 86_400
  if (rest === 0) return localInstant(zone, year, month, day, null, 'day')
  const time = { hour: Math.floor(rest / 3600), minute: Math.floor(rest / 60) % 60, second: rest % 60, millisecond: 0 }
  return localInstant(zone, year, month, day, time, time.second === 0 ? 'minute' : 'second')
}

type Part = string | undefined
function fromParts(zone: string, y: Part, mo: Part, d: Part, h: Part, mi: Part, s: Part, fraction: Part): Parsed {
  if (h === undefined) return localInstant(zone, Number(y), Number(mo), Number(d), null, 'day')
  const millisecond = fraction === undefined ? 0 : Number(fraction.slice(0, 3).padEnd(3, '0'))
  const time = { hour: Number(h), minute: Number(mi), second: Number(s ?? 0), millisecond }
  return localInstant(zone, Number(y), Number(mo), Number(d), time, s === undefined ? 'minute' : 'second')
}
