/** The figures that reports are made of, and the sources behind them that are late. */
import type { IndicatorRow } from '../indicators/read.ts'
import { OPERATIONS_FIGURES } from './operations-table.ts'
import type { FigureOf, ReportFigure } from './report.ts'
import { SERVICES_FIGURES } from './services-table.ts'

/** Every figure that a report holds, whatever its period. */
export const REPORT_FIGURES: readonly string[] = [...OPERATIONS_FIGURES, ...SERVICES_FIGURES]

export function lookup(rows: readonly IndicatorRow[]): FigureOf {
  const found = new Map<string, ReportFigure>(rows.map((row) => [`${row.indicator}|${row.agency.key}`, row]))
  return (indicator, agency) => found.get(`${indicator}|${agency}`)
}

/** Sources of these figures that were not read completely in time. */
export function lateSources(
  rows: readonly Pick<IndicatorRow, 'sources'>[],
  statuses: readonly { source: string; state: string; fresh_until: number; as_of: number | null }[],
  now: number,
): Set<string> {
  const used = new Set(rows.flatMap(({ sources }) => sources.map(({ source }) => source)))
  const whole = (state: string) => state === 'fresh' || state === 'partial'
  return new Set(
    statuses
      .filter(({ source, state, fresh_until }) => used.has(source) && (!whole(state) || fresh_until < now))
      .map(({ source }) => source),
  )
}
