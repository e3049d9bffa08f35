/** Closing (chốt số liệu): freezes what was submitted for a period, with the knowledge it rested on and the sources that were late. */
import { PipelineError } from '../errors.ts'
import { loadBasis } from '../indicators/basis.ts'
import type { Period } from '../indicators/periods.ts'
import { readIndicators } from '../indicators/read.ts'
import { currentTick } from '../indicators/tick.ts'
import { upsertRows } from '../warehouse/bulk.ts'
import type { Reader, Warehouse } from '../warehouse/open.ts'
import { listSourceStatus } from '../warehouse/source-status.ts'
import { lateSources, REPORT_FIGURES } from './figures.ts'
import type { ClosedAs, FigureOf, ReportFigure, ReportKind } from './report.ts'

export interface CloseOptions {
  kind: ReportKind
  period: Period
  by: string
  note: string
  /** why it is closed although something speaks against it */
  override: string | null
  /** real time, epoch ms: what is late */
  now: number
  zone: string
}

/**
 * Keeps every figure of the report. Throws CLOSE_REFUSED where the period is open, is closed already, or rests on a source that is late,
 * unless a reason is given, which is kept.
 */
export function close(warehouse: Warehouse, options: CloseOptions): Promise<ClosedAs & { figures: number }> {
  const { kind, period, by, note, override, now, zone } = options
  return warehouse.write(async (trx) => {
    const tick = await currentTick(trx.db)
    const basis = await loadBasis(trx.db, tick ?? 0, zone)
    const rows = await readIndicators(trx.db, { indicators: REPORT_FIGURES, periods: [period.text] }, zone)
    const late = [...lateSources(rows, await listSourceStatus(trx.db), now)].sort()
    const against = [
      ...(tick === null || rows.length === 0 ? ['nothing has been counted for it'] : []),
      ...(basis.tickDay <= period.lastDay ? [`it is open until ${period.lastDay}`] : []),
      ...((await findClosing(trx.db, kind, period.text)) ? ['it is closed already'] : []),
      ...(late.length > 0 ? [`late: ${late.join(', ')}`] : []),
    ]
    if (against.length > 0 && override === null)
      throw new PipelineError('CLOSE_REFUSED', { report: kind, period: period.text, why: against.join('; ') })
    const newest = await trx.db
      .selectFrom('landing')
      .select(({ fn }) => fn.max('id').as('id'))
      .executeTakeFirst()
    const landing = newest?.id ?? 0
    const row = {
      report: kind,
      period: period.text,
      closed_at: now,
      closed_by: by,
      note,
      landing,
      tick_at: tick ?? 0,
      late_sources: JSON.stringify(late),
      override_reason: against.length > 0 ? override : null,
    }
    const { id } = await trx.db.insertInto('closing').values(row).returning('id').executeTakeFirstOrThrow()
    await upsertRows(
      trx,
      'closing_value',
      ['closing', 'indicator', 'version', 'agency', 'value', 'value_state', 'numerator', 'denominator'],
      [],
      'nothing',
      rows.map((one) => [
        id,
        one.indicator,
        one.version,
        one.agency.key,
        one.value,
        one.valueState,
        one.numerator,
        one.denominator,
      ]),
    )
    return { id, at: now, by, note, lateSources: late, override: row.override_reason, landing, figures: rows.length }
  })
}

/** The newest closing of a period; null: it is not closed. */
export async function findClosing(db: Reader, kind: ReportKind, period: string): Promise<ClosedAs | null> {
  const row = await db
    .selectFrom('closing')
    .selectAll()
    .where('report', '=', kind)
    .where('period', '=', period)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  if (!row) return null
  return {
    id: row.id,
    at: row.closed_at,
    by: row.closed_by,
    note: row.note,
    lateSources: JSON.parse(row.late_sources) as string[],
    override: row.override_reason,
    landing: row.landing,
  }
}

export async function closedFigures(db: Reader, closing: number): Promise<FigureOf> {
  const rows = await db.selectFrom('closing_value').selectAll().where('closing', '=', closing).execute()
  const found = new Map(
    rows.map((row): [string, ReportFigure] => [
      `${row.indicator}|${row.agency}`,
      { value: row.value, valueState: row.value_state, numerator: row.numerator, denominator: row.denominator },
    ]),
  )
  return (indicator, agency) => found.get(`${indicator}|${agency}`)
}
