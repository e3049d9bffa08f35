/** Reporting periods (kỳ báo cáo): what their names mean, which days they hold, which of them a change touches. */
import { PipelineError } from '../errors.ts'

export const PERIOD_KINDS = ['month', 'quarter', 'half', 'year', 'ytd', 'day', 'week', 'rolling', 'reporting'] as const
export type PeriodKind = (typeof PERIOD_KINDS)[number]
/** Kinds whose ends are those of months: answered from monthly cells, the others from daily ones. */
const OF_MONTHS: readonly PeriodKind[] = ['month', 'quarter', 'half', 'year', 'ytd']
export const isOfMonths = ({ kind }: Pick<Period, 'kind'>): boolean => OF_MONTHS.includes(kind)

export interface Period {
  /** `2024-11`, `2024-Q4`, `2024-H2`, `2024`, `2024-YTD-11`, `2024-12-02`, `2024-W45`, `R7@2024-11-30`, `RP-2024-11` */
  text: string
  kind: PeriodKind
  /** YYYY-MM, both included */
  firstMonth: string
  lastMonth: string
  /** YYYY-MM-DD, both included */
  firstDay: string
  lastDay: string
}

const SHAPES: readonly [RegExp, (text: string, found: readonly string[]) => Period | null][] = [
  [/^(\d{4})-(0[1-9]|1[0-2])$/, (text) => months(text, 'month', text, text)],
  [
    /^(\d{4})-Q([1-4])$/,
    (text, [, year = '', n]) => months(text, 'quarter', monthOf(year, Number(n) * 3 - 2), monthOf(year, Number(n) * 3)),
  ],
  [
    /^(\d{4})-H([12])$/,
    (text, [, year = '', n]) => months(text, 'half', monthOf(year, Number(n) * 6 - 5), monthOf(year, Number(n) * 6)),
  ],
  [/^(\d{4})$/, (text) => months(text, 'year', monthOf(text, 1), monthOf(text, 12))],
  [
    /^(\d{4})-YTD-(0[1-9]|1[0-2])$/,
    (text, [, year = '', month]) => months(text, 'ytd', monthOf(year, 1), monthOf(year, Number(month))),
  ],
  [/^\d{4}-(?:0[1-9]|1[0-2])-\d{2}$/, (text) => (isDay(text) ? window(text, 'day', text, text) : null)],
  [/^(\d{4})-W(0[1-9]|[1-4]\d|5[0-3])$/, (text, [, year, week]) => weekOf(text, Number(year), Number(week))],
  [
    /^R([1-9]\d{0,2})@(\d{4}-(?:0[1-9]|1[0-2])-\d{2})$/,
    (text, [, n, day = '']) => (isDay(day) ? window(text, 'rolling', plusDays(day, 1 - Number(n)), day) : null),
  ],
  [/^RP-(\d{4}(?:-(?:0[1-9]|1[0-2]|Q[1-4]|H[12]))?)$/, (text, [, of = '']) => reporting(text, parsePeriod(of))],
]

/** Regular administrative reports close on the 14th: the period begins on the 15th of the month before (NĐ 09/2019). */
const CUT_OFF_DAY = 14
const reporting = (text: string, { firstMonth, lastMonth }: Period): Period =>
  window(text, 'reporting', `${addMonths(firstMonth, -1)}-${CUT_OFF_DAY + 1}`, `${lastMonth}-${CUT_OFF_DAY}`)

/** Throws PERIOD_UNKNOWN for a text that names no period. */
export function parsePeriod(text: string): Period {
  for (const [shape, make] of SHAPES) {
    const found = shape.exec(text)
    const period = found && make(text, found)
    if (period) return period
  }
  throw new PipelineError('PERIOD_UNKNOWN', { period: text })
}

/** ISO weeks, Monday to Sunday; a year without a week 53 has none. */
function weekOf(text: string, year: number, week: number): Period | null {
  const fourth = Temporal.PlainDate.from({ year, month: 1, day: 4 })
  const monday = fourth.subtract({ days: fourth.dayOfWeek - 1 }).add({ weeks: week - 1 })
  if (monday.weekOfYear !== week) return null
  return window(text, 'week', monday.toString(), monday.add({ days: 6 }).toString())
}

const plusDays = (day: string, days: number) => Temporal.PlainDate.from(day).add({ days }).toString()
const isDay = (text: string) => Number(text.slice(8)) >= 1 && text <= lastDayOf(text.slice(0, 7))
const window = (text: string, kind: PeriodKind, firstDay: string, lastDay: string): Period => ({
  text,
  kind,
  firstMonth: firstDay.slice(0, 7),
  lastMonth: lastDay.slice(0, 7),
  firstDay,
  lastDay,
})

function months(text: string, kind: PeriodKind, firstMonth: string, lastMonth: string): Period {
  return { text, kind, firstMonth, lastMonth, firstDay: `${firstMonth}-01`, lastDay: lastDayOf(lastMonth) }
}

const monthOf = (year: number | string, month: number) =>
  `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}`

export function lastDayOf(month: string): string {
  const last = new Date(Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5)), 0)).getUTCDate()
  return `${month}-${last}`
}

/** The month `n` after (before, if negative) the month. */
export function addMonths(month: string, n: number): string {
  const count = Number(month.slice(0, 4)) * 12 + Number(month.slice(5)) - 1 + n
  return monthOf(Math.floor(count / 12), (count % 12) + 1)
}

/** Both included; empty if `to` is earlier. */
export function monthsBetween(from: string, to: string): string[] {
  const months: string[] = []
  for (let month = from; month <= to; month = addMonths(month, 1)) months.push(month)
  return months
}

/** First instant of a local day, epoch ms. */
export const startOfDay = (day: string, zone: string) =>
  Temporal.PlainDate.from(day).toZonedDateTime({ timeZone: zone }).epochMilliseconds

/** First instant after a local day, epoch ms. */
export const endOfDay = (day: string, zone: string) =>
  Temporal.PlainDate.from(day).add({ days: 1 }).toZonedDateTime({ timeZone: zone }).epochMilliseconds

/** First instant after the period, epoch ms: the period is open (its figures provisional) while as-of lies before it. */
export const endInstant = (period: Period, zone: string) => endOfDay(period.lastDay, zone)

/**
 * Months, quarters, years and years to date, begun by `upToMonth`, whose figures may differ when something changed in `month`:
 * a stock is carried on, so everything that ends in that month or later.
 */
export function periodsTouchedBy(month: string, upToMonth: string): Period[] {
  const found = new Map<string, Period>()
  const add = (text: string) => {
    if (!found.has(text)) found.set(text, parsePeriod(text))
  }
  for (const touched of monthsBetween(month, upToMonth)) {
    const year = touched.slice(0, 4)
    add(touched)
    add(`${year}-Q${Math.ceil(Number(touched.slice(5)) / 3)}`)
    add(year)
    add(`${year}-YTD-${touched.slice(5)}`)
  }
  return [...found.values()]
}
