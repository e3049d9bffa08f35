/** Builds a report from figures: those held now, those known at some time, or those that were closed. */
import { type Basis, countingDay, inBeing, loadBasis } from '../indicators/basis.ts'
import type { Period } from '../indicators/periods.ts'
import { sourceQuality } from '../indicators/quality.ts'
import { type IndicatorRow, readIndicators } from '../indicators/read.ts'
import { currentTick } from '../indicators/tick.ts'
import { findMeta } from '../warehouse/landing.ts'
import type { Reader } from '../warehouse/open.ts'
import { listSourceStatus } from '../warehouse/source-status.ts'
import { adjustmentsTable } from './adjustments.ts'
import { closedFigures, findClosing } from './close.ts'
import { lateSources, lookup, REPORT_FIGURES } from './figures.ts'
import { operationsTable } from './operations-table.ts'
import { periodText } from './period.ts'
import { qualityTable } from './quality-table.ts'
import type { FigureOf, Report, ReportAgency, ReportKind, Table } from './report.ts'
import { scoresTables } from './scores-table.ts'
import { servicesTable } from './services-table.ts'
import { sourcesTable } from './sources-table.ts'

export interface ReportQuery {
  kind: ReportKind
  period: Period
  /** real time, epoch ms: what is late */
  now: number
  zone: string
  /** as it stands now, although the period was closed */
  current?: boolean
}

const TITLES: Record<ReportKind, string> = {
  monthly: 'Báo cáo tháng',
  quarterly: 'Báo cáo quý',
  yearly: 'Báo cáo năm',
  '766': 'Báo cáo QĐ 766/QĐ-TTg',
}

export async function buildReport(db: Reader, query: ReportQuery): Promise<Report> {
  const { kind, period, zone } = query
  const basis = await loadBasis(db, (await currentTick(db)) ?? 0, zone)
  const named = {
    kind,
    title: `${TITLES[kind]}: ${periodText(period)}`,
    period: period.text,
    firstDay: period.firstDay,
    lastDay: period.lastDay,
    asOf: basis.tickAt,
    provisional: basis.tickDay <= period.lastDay,
    sample: (await findMeta(db, 'data')) === 'sample',
  }
  if (kind === '766') return { ...named, closing: null, tables: await scoresTables(db, query) }
  const rows = await readIndicators(db, { indicators: REPORT_FIGURES, periods: [period.text] }, zone)
  const closing = await findClosing(db, kind, period.text)
  const closed = closing && !query.current ? await closedFigures(db, closing.id) : null
  const figureOf: FigureOf = closed ?? lookup(rows)
  const agencies = agenciesIn(basis, period, rows)
  const statuses = await listSourceStatus(db)
  const late = closed && closing ? new Set(closing.lateSources) : lateSources(rows, statuses, query.now)
  const timeOf = (at: number) => localMinute(at, zone)
  const tables: Table[] = [
    operationsTable(agencies, figureOf),
    servicesTable(agencies, figureOf),
    sourcesTable(statuses, late, timeOf),
    qualityTable(await sourceQuality(db, period, zone)),
  ]
  if (closed && closing) tables.push(adjustmentsTable(closed, rows, closing, period.text))
  return {
    ...named,
    closing: closed ? closing : null,
    tables,
  }
}

/** Those in being at the end of the period, and whoever has figures in it. */
function agenciesIn(basis: Basis, period: Period, rows: readonly IndicatorRow[]): ReportAgency[] {
  const day = countingDay(basis, period)
  const counted = new Set(rows.filter(({ numerator }) => (numerator ?? 0) > 0).map(({ agency }) => agency.key))
  return [...basis.agencies.values()]
    .filter((agency) => inBeing(agency, day) || counted.has(agency.key))
    .sort((a, b) => (a.code < b.code ? -1 : a.code > b.code ? 1 : 0))
}

/** 30/11/2024 08:00 */
export function localMinute(at: number, zone: string): string {
  const [day = '', time] = Temporal.Instant.fromEpochMilliseconds(at)
    .toZonedDateTimeISO(zone)
    .toPlainDateTime()
    .toString({ smallestUnit: 'minute' })
    .split('T')
  return `${day.split('-').reverse().join('/')} ${time}`
}
