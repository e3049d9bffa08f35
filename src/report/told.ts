/** What a report tells, before it is made into tables: as it stands, as it was known then, or as it was closed. */
import { type Basis, countingDay, inBeing, loadBasis } from '../indicators/basis.ts'
import { findIndicator } from '../indicators/catalogue/index.ts'
import type { Knowledge } from '../indicators/knowledge.ts'
import type { Period } from '../indicators/periods.ts'
import { type SourceQuality, sourceQuality } from '../indicators/quality.ts'
import { type IndicatorRow, readIndicators } from '../indicators/read.ts'
import { currentTick } from '../indicators/tick.ts'
import { statementsOf } from '../warehouse/inputs.ts'
import type { Reader } from '../warehouse/open.ts'
import { countFields, type FieldCounts } from './fields-table.ts'
import { lookup, REPORT_FIGURES } from './figures.ts'
import type { FigureOf, ReportAgency } from './report.ts'
import { type Stated, statedOf } from './statements-table.ts'
import { type SourceThen, sourcesThen } from './then.ts'

/** Kept with a closing as it is; the figures of agencies are kept apart, for what changes later. */
export interface Beside {
  agencies: readonly ReportAgency[]
  fields: FieldCounts
  stated: readonly Stated[]
  sources: readonly SourceThen[]
  quality: readonly SourceQuality[]
}
export interface Told extends Beside {
  figureOf: FigureOf
  /** the tick that open dossiers are judged by, epoch ms; 0 before the first */
  tickAt: number
  /** the period has not ended on the day of the tick */
  open: boolean
  rows: readonly IndicatorRow[]
}
export interface TellQuery {
  period: Period
  zone: string
  /** as it was known then; undefined: as it stands */
  known: Knowledge | undefined
  /** real time, epoch ms: what is late */
  now: number
}

export async function tell(db: Reader, { period, zone, known, now }: TellQuery): Promise<Told> {
  const tickAt = known?.tickAt ?? (await currentTick(db)) ?? 0
  const basis = await loadBasis(db, tickAt, zone, known?.landing ?? null)
  const read = (indicators: readonly string[], agencies?: readonly string[]) =>
    readIndicators(db, { indicators, agencies, periods: [period.text], known }, zone)
  const rows = await read(REPORT_FIGURES)
  const agencies = agenciesIn(basis, period, rows)
  const province = agencies.find(({ kind }) => kind === 'province')
  const statements = await statementsOf(db, { periods: [period.text], known: known?.landing })
  // Statements may be of figures that reports do not hold.
  const others = statements.filter(
    ({ indicator, agency }) =>
      !REPORT_FIGURES.includes(indicator) && findIndicator(indicator) && basis.agencies.has(agency),
  )
  const beside =
    others.length === 0
      ? []
      : await read(
          [...new Set(others.map(({ indicator }) => indicator))],
          [...new Set(others.map(({ agency }) => agency))],
        )
  return {
    rows,
    figureOf: lookup(rows),
    agencies,
    fields: province
      ? await countFields(db, province, period, zone, known)
      : { state: 'no-data-yet', total: null, fields: [] },
    stated: statedOf(basis, statements, lookup([...rows, ...beside])),
    sources: await sourcesThen(db, rows, known, now),
    quality: await sourceQuality(db, period, zone, known),
    tickAt,
    open: basis.tickDay <= period.lastDay,
  }
}

/** Those in being at the end of the period, and whoever has figures in it. */
function agenciesIn(basis: Basis, period: Period, rows: readonly IndicatorRow[]): ReportAgency[] {
  const day = countingDay(basis, period)
  const counted = new Set(rows.filter(({ numerator }) => (numerator ?? 0) > 0).map(({ agency }) => agency.key))
  return [...basis.agencies.values()]
    .filter((agency) => inBeing(agency, day) || counted.has(agency.key))
    .sort((a, b) => (a.code < b.code ? -1 : a.code > b.code ? 1 : 0))
    .map(({ key, code, name, kind }) => ({ key, code, name, kind }))
}
