/** Builds a report: of the figures held now, of those known at some time, or of those that were closed. */
import type { Knowledge } from '../indicators/knowledge.ts'
import { localDays } from '../indicators/local-day.ts'
import type { Period } from '../indicators/periods.ts'
import { currentTick } from '../indicators/tick.ts'
import { findMeta } from '../warehouse/landing.ts'
import type { Reader } from '../warehouse/open.ts'
import { adjustmentsTable } from './adjustments.ts'
import { findClosed } from './close.ts'
import { FIELDS, settledByField } from './fields-table.ts'
import { OPERATIONS, settledByAgency } from './operations-table.ts'
import { periodText } from './period.ts'
import { maskSettled } from './public-report.ts'
import { qualityTable } from './quality-table.ts'
import type { Audience, Report, ReportKind, Table } from './report.ts'
import { scoresTables } from './scores-table.ts'
import { servicesTable } from './services-table.ts'
import { settledTable } from './settled.ts'
import { sourcesTable } from './sources-table.ts'
import { statementsTable } from './statements-table.ts'
import { type Told, tell } from './told.ts'

export interface ReportQuery {
  kind: ReportKind
  period: Period
  /** real time, epoch ms: what is late */
  now: number
  zone: string
  /** as it stands, although the period was closed */
  current?: boolean
  /** as it was known then, closings included */
  known?: Knowledge | undefined
  audience?: Audience
}

const TITLES: Record<ReportKind, string> = {
  monthly: 'Báo cáo tháng',
  quarterly: 'Báo cáo quý',
  yearly: 'Báo cáo năm',
  '766': 'Báo cáo QĐ 766/QĐ-TTg',
}

export async function buildReport(db: Reader, query: ReportQuery): Promise<Report> {
  const { kind, period, zone, known, now, current = false, audience = 'staff' } = query
  const named = {
    kind,
    title: `${TITLES[kind]}: ${periodText(period)}`,
    period: period.text,
    firstDay: period.firstDay,
    lastDay: period.lastDay,
    sample: (await findMeta(db, 'data')) === 'sample',
    audience,
  }
  const isOpen = (tickAt: number) => localDays(zone).dayOf(tickAt) <= period.lastDay
  if (kind === '766') {
    const asOf = known?.tickAt ?? (await currentTick(db)) ?? 0
    return { ...named, asOf, provisional: isOpen(asOf), closing: null, tables: await scoresTables(db, query) }
  }
  const closed = current ? null : await findClosed(db, kind, period, known)
  const present = await tell(db, { period, zone, known, now })
  const told = closed ?? present
  return {
    ...named,
    asOf: told.tickAt,
    provisional: isOpen(told.tickAt),
    closing: closed?.closing ?? null,
    tables: [
      ...tablesOf(told, audience, (at) => localMinute(at, zone)),
      ...(closed && audience === 'staff'
        ? [adjustmentsTable(closed.figureOf, present.rows, closed.closing, period.text)]
        : []),
    ],
  }
}

/** For the public without what only those who look after the data need. */
function tablesOf(told: Omit<Told, 'rows' | 'open'>, audience: Audience, timeOf: (at: number) => string): Table[] {
  const { agencies, figureOf, fields, stated } = told
  const isPublic = audience === 'public'
  const byAgency = settledByAgency(agencies, figureOf, new Set(stated.map(({ agency }) => agency)))
  const province = agencies.find(({ kind }) => kind === 'province')
  const byField = settledByField(province?.name ?? 'Toàn tỉnh', fields)
  const masked = isPublic ? maskSettled([byAgency, byField]) : new Map()
  const notes = isPublic ? [PUBLIC_NOTE] : []
  const hidden = new Set(
    agencies
      .filter((one) => byAgency.rows.some((row) => row.agency === one.key && masked.get(row)?.size > 0))
      .map(({ key }) => key),
  )
  return [
    settledTable(byAgency, { ...OPERATIONS, notes: [...OPERATIONS.notes, ...notes], masked }),
    settledTable(byField, { ...FIELDS, notes: [...FIELDS.notes, ...notes], masked }),
    servicesTable(agencies, figureOf),
    statementsTable(stated, isPublic ? hidden : null),
    sourcesTable(told.sources, timeOf),
    ...(isPublic ? [] : [qualityTable(told.quality)]),
  ]
}
const PUBLIC_NOTE =
  'Dấu *: không công bố. Số hồ sơ từ 1 đến 4 được che, cùng những số mà từ đó suy ra được chúng; số 0 vẫn ghi.'

/** 30/11/2024 08:00 */
export function localMinute(at: number, zone: string): string {
  const [day = '', time] = Temporal.Instant.fromEpochMilliseconds(at)
    .toZonedDateTimeISO(zone)
    .toPlainDateTime()
    .toString({ smallestUnit: 'minute' })
    .split('T')
  return `${day.split('-').reverse().join('/')} ${time}`
}
