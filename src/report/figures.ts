/** The figures that reports are made of. */
import type { IndicatorRow } from '../indicators/read.ts'
import type { FigureOf, ReportFigure } from './report.ts'
import { SERVICES_FIGURES } from './services-table.ts'
import { SETTLED_FIGURES } from './settled.ts'

/** Every figure that a report holds, whatever its period. */
export const REPORT_FIGURES: readonly string[] = [...SETTLED_FIGURES, ...SERVICES_FIGURES]

export function lookup(rows: readonly IndicatorRow[]): FigureOf {
  const found = new Map<string, ReportFigure>(rows.map((row) => [`${row.indicator}|${row.agency.key}`, row]))
  return (indicator, agency) => found.get(`${indicator}|${agency}`)
}
