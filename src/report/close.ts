/** Closing (chốt số liệu): freezes what was submitted for a period, with the knowledge it rested on and the sources that were late. */
import { PipelineError } from '../errors.ts'
import type { Knowledge } from '../indicators/knowledge.ts'
import type { Period } from '../indicators/periods.ts'
import { upsertRows } from '../warehouse/bulk.ts'
import { newestLanding } from '../warehouse/landing.ts'
import type { Reader, Warehouse } from '../warehouse/open.ts'
import type { ClosedAs, FigureOf, ReportFigure, ReportKind } from './report.ts'
import { type Beside, type Told, tell } from './told.ts'

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

/** What speaks against a closing. */
const AGAINST = {
  open: (until: string) => ({ en: `it is open until ${until}`, vi: `kỳ còn mở đến hết ngày ${until}` }),
  closed: (by: string) => ({ en: `it is closed already, by ${by}`, vi: `đã được chốt bởi ${by}` }),
  late: (sources: string) => ({ en: `late: ${sources}`, vi: `nguồn chậm: ${sources}` }),
  incomplete: { en: 'figures of the province are not complete', vi: 'số liệu toàn tỉnh chưa đủ' },
  uncounted: { en: 'records have landed that no figure counts yet', vi: 'có bản ghi mới chưa được tính vào số liệu' },
}

const UNTOLD = ['insufficient', 'no-data-yet']

/**
 * Keeps every figure of the report. Throws CLOSE_NOTHING where there is none; and CLOSE_REFUSED where the period is open, is closed already,
 * has figures that are incomplete, rests on a source that is late or on records that no figure counts yet, unless a reason is given, which
 * is kept.
 */
export function close(warehouse: Warehouse, options: CloseOptions): Promise<ClosedAs & { figures: number }> {
  const { kind, period, by, note, override, now, zone } = options
  return warehouse.write(async (trx) => {
    const told = await tell(trx.db, { period, zone, known: undefined, now })
    const late = told.sources.filter((one) => one.late).map(({ source }) => source)
    if (!told.rows.some(({ numerator }) => numerator !== null))
      throw new PipelineError('CLOSE_NOTHING', { period: period.text })
    const incomplete = told.rows.some(
      ({ agency, valueState }) => agency.kind === 'province' && UNTOLD.includes(valueState),
    )
    const uncounted = await trx.db.selectFrom('dirty').select('agency').limit(1).executeTakeFirst()
    const before = await newestClosing(trx.db, kind, period.text)
    const against = [
      ...(told.open ? [AGAINST.open(period.lastDay)] : []),
      ...(before ? [AGAINST.closed(before.closed_by)] : []),
      ...(late.length > 0 ? [AGAINST.late(late.join(', '))] : []),
      ...(incomplete ? [AGAINST.incomplete] : []),
      ...(uncounted ? [AGAINST.uncounted] : []),
    ]
    if (against.length > 0 && override === null) {
      const [why, whyVi] = (['en', 'vi'] as const).map((language) => against.map((one) => one[language]).join('; '))
      throw new PipelineError('CLOSE_REFUSED', {
        report: kind,
        period: period.text,
        why: why ?? '',
        whyVi: whyVi ?? '',
      })
    }
    const { agencies, fields, stated, sources, quality } = told
    const row = {
      report: kind,
      period: period.text,
      closed_at: now,
      closed_by: by,
      note,
      landing: await newestLanding(trx.db),
      tick_at: told.tickAt,
      late_sources: JSON.stringify(late),
      override_reason: against.length > 0 ? override : null,
      beside: JSON.stringify({ agencies, fields, stated, sources, quality } satisfies Beside),
    }
    const { id } = await trx.db.insertInto('closing').values(row).returning('id').executeTakeFirstOrThrow()
    await upsertRows(
      trx,
      'closing_value',
      ['closing', 'indicator', 'version', 'agency', 'value', 'value_state', 'numerator', 'denominator'],
      [],
      'nothing',
      told.rows.map((one) => [
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
    return { ...closedAs({ ...row, id }), figures: told.rows.length }
  })
}

/** The newest closing of a period, `known`: of those by then; null: it is not closed. */
async function newestClosing(db: Reader, kind: ReportKind, period: string, known?: Knowledge) {
  let closings = db.selectFrom('closing').selectAll().where('report', '=', kind).where('period', '=', period)
  if (known) closings = closings.where('landing', '<=', known.landing)
  return (await closings.orderBy('id', 'desc').limit(1).executeTakeFirst()) ?? null
}

type Closing = NonNullable<Awaited<ReturnType<typeof newestClosing>>>
const closedAs = (row: Omit<Closing, 'beside'>): ClosedAs => ({
  id: row.id,
  at: row.closed_at,
  by: row.closed_by,
  note: row.note,
  lateSources: JSON.parse(row.late_sources) as string[],
  override: row.override_reason,
  landing: row.landing,
})

/** What a period was closed with, as it was submitted; null: it is not closed, or was not then. */
export async function findClosed(
  db: Reader,
  kind: ReportKind,
  period: Period,
  known?: Knowledge,
): Promise<(Omit<Told, 'rows' | 'open'> & { closing: ClosedAs }) | null> {
  const closing = await newestClosing(db, kind, period.text, known)
  if (!closing) return null
  return {
    ...(JSON.parse(closing.beside) as Beside),
    figureOf: await closedFigures(db, closing.id),
    tickAt: closing.tick_at,
    closing: closedAs(closing),
  }
}

async function closedFigures(db: Reader, closing: number): Promise<FigureOf> {
  const rows = await db.selectFrom('closing_value').selectAll().where('closing', '=', closing).execute()
  const found = new Map(
    rows.map((row): [string, ReportFigure] => [
      `${row.indicator}|${row.agency}`,
      { value: row.value, valueState: row.value_state, numerator: row.numerator, denominator: row.denominator },
    ]),
  )
  return (indicator, agency) => found.get(`${indicator}|${agency}`)
}
