/**
 * Converters: raw text → canonical value. Pure functions; they say no by returning a `Rejection`, never by throwing.
 */
import {
  localInstant,
  parseCompact,
  parseEpoch,
  parseExcelSerial,
  parseIso,
  parseNaive,
  parseVietnamese,
} from './instants.ts'
import { foldName } from './names.ts'

export interface Rejection {
  rejected: true
  /** e.g. `date`, `count`, `enumeration` */
  rule: string
  /** what was expected, e.g. `dd/MM/yyyy` */
  expected: string
}
export const reject = (rule: string, expected: string): Rejection => ({ rejected: true, rule, expected })
export const isRejection = (value: unknown): value is Rejection =>
  typeof value === 'object' && value !== null && (value as { rejected?: unknown }).rejected === true

/** An instant with how exactly the source knows it. `at` is epoch ms (UTC); day precision is local 00:00 of that day. */
export const PRECISIONS = ['day', 'minute', 'second'] as const
export type Precision = (typeof PRECISIONS)[number]
export interface Instant {
  at: number
  precision: Precision
}

export interface ConvertContext {
  /** the deployment's zone */
  zone: string
  source: string
  agency: string | null
}
/** `values` are the raw fields named by `from`, in order (`undefined` where absent). Returns the canonical value, null, or a rejection. */
export interface Converter {
  name: string
  doc: string
  convert(values: readonly unknown[], context: ConvertContext): unknown
}

/** Raw scalar as trimmed NFC text; '' where there is none; undefined for what is not a scalar. */
export function asText(value: unknown): string | undefined {
  if (typeof value === 'string') return COMBINING.test(value) ? value.normalize('NFC').trim() : value.trim()
  if (value === null || value === undefined) return ''
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : undefined
  if (typeof value === 'bigint' || typeof value === 'boolean') return String(value)
  return undefined
}
const COMBINING = /[\u0300-\u036f]/

type Convert = (text: string, context: ConvertContext, values: readonly unknown[]) => unknown
/** A converter of the first raw field as text; `expected` is what a refusal asks for. */
export function ofText(name: string, doc: string, expected: string, convert: Convert): Converter {
  return {
    name,
    doc,
    convert(values, context) {
      const value = asText(values[0])
      return value === undefined ? reject('type', expected) : convert(value, context, values)
    },
  }
}

/** Trimmed text; empty → null. */
export const text = (): Converter => ofText('text', 'trimmed text, empty is null', 'text', (value) => value || null)

/** An identifier exactly as written but trimmed and in NFC; empty is refused. */
export const code = (): Converter =>
  ofText('code', 'identifier: trimmed, NFC, not empty', 'a code', (value) => value || reject('required', 'a code'))

function date(name: string, expected: string, parse: (value: string) => Instant | null | undefined): Converter {
  const doc = `${expected} → instant; empty, 0001-01-01 and 1900-01-01 are null`
  return ofText(name, doc, expected, (value) => {
    const parsed = parse(value)
    return parsed === undefined ? reject('date', expected) : parsed
  })
}
/** `yyyyMMddHHmmss` or `yyyyMMdd`, local in `zone`. */
export const compactInstant = (zone: string): Converter =>
  date('compactInstant', 'yyyyMMddHHmmss or yyyyMMdd', (value) => parseCompact(value, zone))
/**
 * `dd/MM/yyyy[ HH:mm[:ss]]` with `/`, `-` or `.`, the time before or after, `SA`/`CH` as a Vietnamese Windows writes it; local in `zone`.
 * The precision is what was written.
 */
export const vietnameseDate = (zone: string): Converter =>
  date('vietnameseDate', 'dd/MM/yyyy[ HH:mm[:ss]]', (value) => parseVietnamese(value, zone))
/** ISO date or date-time; without an offset it is local in `zone`. `falseZ`: a trailing Z is local time wrongly marked. */
export const isoInstant = ({ zone, falseZ = false }: { zone: string; falseZ?: boolean }): Converter =>
  date('isoInstant', 'an ISO date or date-time', (value) => parseIso(value, zone, falseZ))
/** `YYYY-MM-DD[ HH:MM[:SS[.fff]]]` as databases print a naive timestamp, local in `zone`. */
export const sqlInstant = (zone: string): Converter =>
  date('sqlInstant', 'YYYY-MM-DD[ HH:MM:SS]', (value) => parseNaive(value, zone))
/** A spreadsheet's day number, local in `zone`. */
export const excelSerial = (zone: string): Converter =>
  date('excelSerial', 'a spreadsheet day number', (value) => parseExcelSerial(value, zone))

/** Epoch seconds or milliseconds, also as .NET writes them (`/Date(1730770200000+0700)/`); 0 is "no date". */
export const epochInstant = (unit: 'seconds' | 'milliseconds'): Converter =>
  date('epochInstant', `epoch ${unit}`, (value) => parseEpoch(value, unit === 'seconds' ? 1000 : 1))
/** The day of another converter's instant, for fields that hold days and write 00:00:00 behind them. */
export const asDay = (zone: string, instant: Converter): Converter => ({
  name: `day of ${instant.name}`,
  doc: `${instant.doc}; only the day counts`,
  convert(values, context) {
    const found = instant.convert(values, context) as Instant | Rejection | null
    if (found === null || isRejection(found) || found.precision === 'day') return found
    const { year, month, day } = Temporal.Instant.fromEpochMilliseconds(found.at).toZonedDateTimeISO(zone)
    return localInstant(zone, year, month, day, null, 'day') ?? null
  },
})

/** The first of several converters that does not refuse; the first one's refusal where all do. For columns of mixed forms. */
export const oneOf = (first: Converter, ...others: readonly Converter[]): Converter => ({
  name: [first, ...others].map((converter) => converter.name).join(' or '),
  doc: [first, ...others].map((converter) => converter.doc).join('; or '),
  convert(values, context) {
    const refused = first.convert(values, context)
    if (!isRejection(refused)) return refused
    for (const other of others) {
      const value = other.convert(values, context)
      if (!isRejection(value)) return value
    }
    return refused
  },
})

const COUNT = /^(?:\d{1,3}(?:\.\d{3})*|\d+)$/
const DECIMAL = /^(?:\d{1,3}(?:\.\d{3})+,\d+|\d+(?:,\d+)?)$/
const PERCENT = /^(\d+)(?:,(\d+))?\s*%$/
const INTEGER = /^-?\d+$/
const MACHINE = /^-?\d{1,30}(?:\.\d{1,30})?(?:[eE][+-]?\d{1,3})?$/
const MACHINE_PERCENT = /^(\d{1,15}(?:\.\d{1,15})?)\s*%?$/
const UNIT_VND = /\s*(?:đ|₫|đồng|vnđ|vnd)\.?$/iu
const safe = (value: number, rule: string) => (Number.isSafeInteger(value) ? value : reject(rule, 'at most 2^53'))

/** A count as vi-VN writes it: `1.622` is 1622. Never guessed per value: the column says that it is a count. */
export const count = (): Converter =>
  ofText('count', 'vi-VN whole number, dots group thousands: 1.622 = 1622', 'e.g. 1.622', (value) => {
    if (value === '') return null
    return COUNT.test(value) ? safe(Number(value.replaceAll('.', '')), 'count') : reject('count', 'e.g. 1.622')
  })
/** A vi-VN decimal: `1.234,5` is 1234.5. `1.622` is refused: in a decimal column it has two readings. */
export const decimal = (): Converter =>
  ofText('decimal', 'vi-VN decimal, comma before the fraction: 1.234,5', 'e.g. 1.234,5', (value) => {
    if (value === '') return null
    return DECIMAL.test(value) ? Number(value.replaceAll('.', '').replace(',', '.')) : reject('decimal', 'e.g. 1.234,5')
  })
/** A vi-VN percentage as a ratio: `83,02%` is 0.8302. */
export const percent = (): Converter =>
  ofText('percent', 'vi-VN percentage as a ratio: 83,02% = 0.8302', 'e.g. 83,02%', (value) => {
    if (value === '') return null
    const m = PERCENT.exec(value)
    // the exponent keeps the nearest double of the decimal; dividing by 100 would round twice
    return m ? Number(`${m[1]}.${m[2] ?? '0'}e-2`) : reject('percent', 'e.g. 83,02%')
  })
/** An amount in VND as vi-VN writes it, with or without its unit: `50.000 đ`, `1.250.000 VNĐ`. */
export const amount = (): Converter =>
  ofText('amount', 'whole VND, dots group thousands: 50.000 đ = 50000', 'e.g. 50.000 đ', (value) => {
    const bare = value.replace(UNIT_VND, '')
    if (value === '') return null
    return COUNT.test(bare) ? safe(Number(bare.replaceAll('.', '')), 'amount') : reject('amount', 'e.g. 50.000 đ')
  })
/** A decimal as machines write it, a point before the fraction: `1234.5`. `1.234,5` is refused. `whole`: the fraction must be zero. */
export const machineDecimal = ({ whole = false }: { whole?: boolean } = {}): Converter => {
  const expected = whole ? 'e.g. 50000 or 50000.00' : 'e.g. 1234.5'
  return ofText('machineDecimal', `decimal with a point, no grouping: ${expected}`, expected, (value) => {
    if (value === '') return null
    const number = MACHINE.test(value) ? Number(value) : Number.NaN
    if (!Number.isFinite(number) || (whole && !Number.isInteger(number))) return reject('decimal', expected)
    return whole ? safe(number, 'decimal') : number
  })
}
/** Percentage points as machines write them, as a ratio: `83.02` or `83.02%` is 0.8302. */
export const machinePercent = (): Converter =>
  ofText('machinePercent', 'percentage points with a point, as a ratio: 83.02 = 0.8302', 'e.g. 83.02', (value) => {
    if (value === '') return null
    const m = MACHINE_PERCENT.exec(value)
    return m ? Number(`${m[1]}e-2`) : reject('percent', 'e.g. 83.02')
  })
/** A whole number as machines write it, no grouping. */
export const integer = (): Converter =>
  ofText('integer', 'whole number without grouping', 'a whole number', (value) => {
    if (value === '') return null
    return INTEGER.test(value) ? safe(Number(value), 'integer') : reject('integer', 'a whole number')
  })

const TRUE = new Set(['1', 'x', 'có', 'co', 'true', 'đúng', 'rồi', 'đã', 'đã có', 'yes', 'y', '✓', '✔', '☑', '√'])
const FALSE = new Set(['0', 'không', 'khong', 'false', 'sai', 'chưa', 'chưa có', 'no', 'n', '☐'])
/** 1/0, Có/Không, x, true/false, Đúng/Sai, rồi/chưa. `empty` is what an empty cell means: false in a column ticked with `x`, else null. */
export const flag = ({ empty = null }: { empty?: boolean | null } = {}): Converter =>
  ofText('flag', '1/0, Có/Không, x, true/false, Đúng/Sai, rồi/chưa, yes/no', 'e.g. Có or Không', (value) => {
    if (value === '') return empty
    const word = value.toLowerCase()
    if (TRUE.has(word)) return true
    return FALSE.has(word) ? false : reject('flag', 'e.g. Có or Không')
  })

/** Exact text → value. Empty text is null unless the table says otherwise. `fold` compares without case, tone marks' place and spacing. */
export function enumeration<Value extends string | number | boolean | null>(
  table: Readonly<Record<string, Value>>,
  { fold = false }: { fold?: boolean } = {},
): Converter {
  const known = new Map(Object.entries(table))
  const folded = new Map(fold ? Object.entries(table).map(([label, value]) => [foldName(label), value] as const) : [])
  const expected = `one of ${Object.keys(table).filter(Boolean).join(', ')}`
  return ofText('enumeration', expected, expected, (value) => {
    const found = known.get(value)
    if (found !== undefined) return found
    if (value === '') return null
    const similar = fold ? folded.get(foldName(value)) : undefined
    return similar === undefined ? reject('enumeration', expected) : similar
  })
}

const PROCEDURE = /^[1-9]\.\d{6}(?:\.\d{3}\.\d{2}\.\d{2}\.[A-Z]\d{2,3}(?:\.\d{2})?)?$/
/** Procedure code (mã TTHC) → its first eight characters, on which the national and the local form agree. */
export const procedureCode = (): Converter =>
  ofText('procedureCode', 'mã TTHC, e.g. 1.004194 or 2.000815.000.00.00.H55', 'e.g. 1.004194', (value) =>
    PROCEDURE.test(value) ? value.slice(0, 8) : reject('procedure-code', 'e.g. 1.004194'),
  )

/** The verdict that `protect` left in the place of a personal value; null where the field does not exist. */
export const verdict = (): Converter => ({
  name: 'verdict',
  doc: 'present, valid, dummy or absent, as protect found it',
  convert([value]) {
    if (value === undefined || value === null) return null
    return VERDICTS.has(value) ? value : reject('verdict', 'present, valid, dummy or absent')
  },
})
const VERDICTS = new Set<unknown>(['present', 'valid', 'dummy', 'absent'])
