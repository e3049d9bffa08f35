/** Reporting periods (kỳ báo cáo): what their names mean, which days they hold, which of them a change touches. */
import { PipelineError } from '../errors.ts'

export const PERIOD_KINDS = ['month', 'quarter', 'year', 'ytd', 'day'] as const
export type PeriodKind = (typeof PERIOD_KINDS)[number]

export interface Period {
  /** `2024-11`, `2024-Q4`, `2024`, `2024-YTD-11`, `2024-12-02` */
  text: string
  kind: PeriodKind
  /** YYYY-MM, both included */
  firstMonth: string
  lastMonth: string
  /** YYYY-MM-DD, both included */
  firstDay: string
  lastDay: string
}

const SHAPES: readonly [PeriodKind, RegExp][] = [
  ['month', /^(\d{4})-(0[1-9]|1[0-2])$/],
  ['quarter', /^(\d{4})-Q([1-4])$/],
  ['year', /^(\d{4})$/],
  ['ytd', /^(\d{4})-YTD-(0[1-9]|1[0-2])$/],
  ['day', /^(\d{4})-(0[1-9]|1[0-2])-(\d{2})$/],
]

/** Throws PERIOD_UNKNOWN for a text that names no period. */
export function parsePeriod(text: string): Period {
  for (const [kind, shape] of SHAPES) {
    const found = shape.exec(text)
    if (!found) continue
    const year = Number(found[1])
    const part = Number(found[2])
    if (kind === 'month') return span(text, kind, monthOf(year, part), monthOf(year, part))
    if (kind === 'quarter') return span(text, kind, monthOf(year, part * 3 - 2), monthOf(year, part * 3))
    if (kind === 'year') return span(text, kind, monthOf(year, 1), monthOf(year, 12))
    if (kind === 'ytd') return span(text, kind, monthOf(year, 1), monthOf(year, part))
    const month = monthOf(year, part)
    if (Number(found[3]) < 1 || text > lastDayOf(month)) break
    return { text, kind, firstMonth: month, lastMonth: month, firstDay: text, lastDay: text }
  }
  throw new PipelineError('PERIOD_UNKNOWN', { period: text })
}

function span(text: string, kind: PeriodKind, firstMonth: string, lastMonth: string): Period {
  return { text, kind, firstMonth, lastMonth, firstDay: `${firstMonth}-01`, lastDay: lastDayOf(lastMonth) }
}

const monthOf = (year: number, month: number) => `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}`

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
