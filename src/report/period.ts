/** Which periods a report is made for, calendar or reporting (15th to 14th), and how they are called. */
import { PipelineError } from '../errors.ts'
import { addMonths, type Period, parsePeriod } from '../indicators/periods.ts'
import type { ReportKind } from './report.ts'

const CALENDAR: Record<ReportKind, readonly Period['kind'][]> = {
  monthly: ['month'],
  quarterly: ['quarter'],
  yearly: ['year', 'half'],
  '766': ['month', 'quarter', 'half', 'year'],
}
const FORMS: Record<ReportKind, string> = {
  monthly: '2024-11 | RP-2024-11',
  quarterly: '2024-Q4 | RP-2024-Q4',
  yearly: '2024 | 2024-H1 | RP-2024 | RP-2024-H1',
  '766': '2024-11 | 2024-Q4 | 2024-H2 | 2024',
}

/** Throws PERIOD_UNKNOWN, REPORT_PERIOD. */
export function reportPeriod(kind: ReportKind, text: string): Period {
  const period = parsePeriod(text)
  // A reporting period is of the kind of the calendar one that it is named after.
  // QĐ 766 is scored for calendar periods only.
  const of = period.kind === 'reporting' && kind !== '766' ? parsePeriod(text.slice('RP-'.length)) : period
  if (!CALENDAR[kind].includes(of.kind))
    throw new PipelineError('REPORT_PERIOD', { kind, period: text, forms: FORMS[kind] })
  return period
}

/** The newest period of the kind that has ended on `day` (YYYY-MM-DD). */
export function lastEnded(kind: ReportKind, day: string): string {
  const month = addMonths(day.slice(0, 7), -1)
  if (kind === 'yearly') return String(Number(day.slice(0, 4)) - 1)
  if (kind !== 'quarterly') return month
  const quarter = Math.ceil(Number(day.slice(5, 7)) / 3)
  return quarter === 1 ? `${Number(day.slice(0, 4)) - 1}-Q4` : `${day.slice(0, 4)}-Q${quarter - 1}`
}

const dayText = (day: string) => day.split('-').reverse().join('/')
/** `tháng 11 năm 2024 (từ 01/11/2024 đến 30/11/2024)` */
export function periodText({ text, firstDay, lastDay }: Pick<Period, 'text' | 'firstDay' | 'lastDay'>): string {
  const named = text.replace(/^RP-/, '')
  const [year, part = ''] = named.split('-')
  const name =
    part === ''
      ? `năm ${year}`
      : part.startsWith('Q')
        ? `quý ${part.slice(1)} năm ${year}`
        : part.startsWith('H')
          ? `${part === 'H1' ? '6 tháng đầu' : '6 tháng cuối'} năm ${year}`
          : `tháng ${Number(part)} năm ${year}`
  return `${name} (từ ${dayText(firstDay)} đến ${dayText(lastDay)})`
}
