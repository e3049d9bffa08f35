/**
 * String formats of source schemas: those of ajv-formats in fast mode, and dates checked against the calendar, since the fast
 * patterns let 2024-02-31, hour 29 and minute 61 pass. A date format may be named by its own picture: `dd/MM/yyyy[ HH:mm]`.
 */
const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
const isLeap = (year: number) => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
const isDay = (year: number, month: number, day: number) =>
  month >= 1 && month <= 12 && day >= 1 && day <= (month === 2 && isLeap(year) ? 29 : (MONTH_DAYS[month - 1] ?? 0))

const TOKENS = ['yyyy', 'MM', 'dd', 'HH', 'mm', 'SSS', 'ss'] as const
type Token = (typeof TOKENS)[number]

export type Check = (text: string) => boolean

/** `true` where a format's name is a picture of a date, e.g. `yyyyMMddHHmmss`, `dd/MM/yyyy HH:mm`. */
export const isDatePicture = (format: string): boolean =>
  format.includes('yyyy') && format.includes('MM') && format.includes('dd')

/** A check of exactly that picture; what stands in square brackets at its end may be missing. */
export function datePicture(picture: string): Check {
  const [head = '', tail] = picture.replace(/\]$/, '').split('[')
  const short = fixedPicture(head)
  if (tail === undefined) return short
  const long = fixedPicture(head + tail)
  return (text) => short(text) || long(text)
}

function fixedPicture(picture: string): Check {
  const places = new Map<Token, number>()
  const literals: [place: number, code: number][] = []
  let length = 0
  while (length < picture.length) {
    const token = TOKENS.find((word) => picture.startsWith(word, length))
    if (token) places.set(token, length)
    else literals.push([length, picture.charCodeAt(length)])
    length += token?.length ?? 1
  }
  const digits = [...places].flatMap(([token, at]) => Array.from(token, (_, i) => at + i))
  const read = (text: string, token: Token, otherwise: number) => {
    const at = places.get(token)
    return at === undefined ? otherwise : numberAt(text, at, token.length)
  }
  return (text) =>
    text.length === length &&
    literals.every(([at, code]) => text.charCodeAt(at) === code) &&
    digits.every((at) => isDigit(text.charCodeAt(at))) &&
    isDay(read(text, 'yyyy', 0), read(text, 'MM', 1), read(text, 'dd', 1)) &&
    read(text, 'HH', 0) < 24 &&
    read(text, 'mm', 0) < 60 &&
    read(text, 'ss', 0) < 60
}

const isDigit = (code: number) => code >= 48 && code <= 57
function numberAt(text: string, at: number, length: number): number {
  let value = 0
  for (let i = at; i < at + length; i++) value = value * 10 + text.charCodeAt(i) - 48
  return value
}

const ISO = /^\d{4}-\d{2}-\d{2}[Tt]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:[Zz]|[+-](?:0\d|1[0-4]):?[0-5]\d)$/
const isoDay = datePicture('yyyy-MM-dd')

/** The standard formats whose fast pattern is not a calendar. */
export const CALENDAR_FORMATS: Readonly<Record<string, Check>> = {
  date: isoDay,
  'date-time': (text) => ISO.test(text) && isoDay(text.slice(0, 10)),
}

export const isCalendarFormat = (format: string): boolean => format in CALENDAR_FORMATS || isDatePicture(format)
