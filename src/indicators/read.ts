/** Reading figures: the newest revisions, under the agencies of then or of now. */
import { nearest, PipelineError } from '../errors.ts'
import type { Reader } from '../warehouse/open.ts'
import type { IndicatorValueTable } from '../warehouse/tables.ts'
import { type AgencyVersion, type Basis, loadBasis } from './basis.ts'
import { findIndicator, getIndicator, INDICATORS } from './catalogue/index.ts'
import { underPresentAgencies } from './geography.ts'
import { type Period, parsePeriod } from './periods.ts'
import type { SourceOfFigure } from './sources-of.ts'
import { currentTick } from './tick.ts'

export interface IndicatorRow {
  indicator: string
  version: number
  name: string
  agency: { key: string; code: string; validFrom: string; name: string; kind: string }
  period: string
  value: number | null
  valueState: string
  numerator: number | null
  denominator: number | null
  unit: string
  /** the tick it was computed at, epoch ms */
  asOf: number
  /** the period is open at the newest tick, not at that of the revision: its end alone makes no new one */
  provisional: boolean
  revision: number
  /** real time at which it became known, epoch ms */
  knownAt: number
  standing: string | null
  sources: SourceOfFigure[]
  /** only under the geography of now: summed over the agencies it succeeded, or left where it was because successors are not one */
  geography?: 'merged' | 'undetermined'
}
export interface IndicatorQuery {
  indicators?: readonly string[] | undefined
  /** codes, with every version in the period, or keys `<code>@<valid_from>` */
  agencies?: readonly string[] | undefined
  periods?: readonly string[] | undefined
  geography?: 'then' | 'now' | undefined
  language?: 'vi' | 'en' | undefined
}

/** In the order of the catalogue, then agency, then period. Throws PERIOD_UNKNOWN or UNKNOWN_NAME for what does not exist. */
export async function readIndicators(db: Reader, query: IndicatorQuery, zone: string): Promise<IndicatorRow[]> {
  const indicators = query.indicators?.map((id) => getIndicator(id).id)
  const periods = query.periods?.map((text) => parsePeriod(text))
  const basis = await loadBasis(db, (await currentTick(db)) ?? 0, zone)
  const agencies = query.agencies?.flatMap((text) => findAgencies(basis, text)).map((agency) => agency.key)
  const language = query.language ?? 'vi'
  if (query.geography === 'now') {
    const rows = rowsOf(await currentRows(db, { indicators, periods }), basis, language)
    const moved = await underPresentAgencies(db, basis, rows)
    return sortRows(agencies ? moved.filter((row) => agencies.includes(row.agency.key)) : moved)
  }
  return sortRows(rowsOf(await currentRows(db, { indicators, agencies, periods }), basis, language))
}

/** The versions that a code or key names. Throws UNKNOWN_NAME. */
export function findAgencies(basis: Basis, text: string): AgencyVersion[] {
  const exact = basis.agencies.get(text)
  if (exact) return [exact]
  const found = [...basis.agencies.values()].filter((agency) => agency.code === text)
  if (found.length > 0) return found
  const codes = [...new Set([...basis.agencies.values()].map((agency) => agency.code))]
  const near = nearest(text, codes)
  throw new PipelineError('UNKNOWN_NAME', {
    kind: 'agency',
    name: text,
    known: near ?? `${codes.slice(0, 5).join(', ')} … (${codes.length})`,
  })
}

interface RowQuery {
  indicators?: readonly string[] | undefined
  agencies?: readonly string[] | undefined
  periods?: readonly Period[] | undefined
}

function currentRows(db: Reader, { indicators, agencies, periods }: RowQuery): Promise<IndicatorValueTable[]> {
  if (indicators?.length === 0 || agencies?.length === 0 || periods?.length === 0) return Promise.resolve([])
  let rows = db.selectFrom('indicator_value').selectAll().where('current', '=', 1)
  if (indicators) rows = rows.where('indicator', 'in', indicators)
  if (agencies) rows = rows.where('agency', 'in', agencies)
  if (periods) {
    rows = rows.where(
      'period',
      'in',
      periods.map((period) => period.text),
    )
  }
  return rows.execute()
}

function rowsOf(rows: readonly IndicatorValueTable[], basis: Basis, language: 'vi' | 'en'): IndicatorRow[] {
  const open = new Map<string, boolean>()
  for (const { period } of rows) if (!open.has(period)) open.set(period, basis.tickDay <= parsePeriod(period).lastDay)
  return rows.map((row) => toRow(row, basis, open.get(row.period) ?? false, language))
}

function toRow(row: IndicatorValueTable, basis: Basis, provisional: boolean, language: 'vi' | 'en'): IndicatorRow {
  const agency = basis.agencies.get(row.agency)
  return {
    indicator: row.indicator,
    version: row.version,
    name: findIndicator(row.indicator)?.names[language] ?? row.indicator,
    agency: {
      key: row.agency,
      code: agency?.code ?? row.agency,
      validFrom: agency?.validFrom ?? '',
      name: agency?.name ?? row.agency,
      kind: agency?.kind ?? '',
    },
    period: row.period,
    value: row.value,
    valueState: row.value_state,
    numerator: row.numerator,
    denominator: row.denominator,
    unit: row.unit,
    asOf: row.as_of,
    provisional,
    revision: row.revision,
    knownAt: row.computed_at,
    standing: row.standing,
    sources: JSON.parse(row.sources) as SourceOfFigure[],
  }
}

const PLACE = new Map(INDICATORS.map((indicator, i) => [indicator.id, i]))
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

function sortRows(rows: IndicatorRow[]): IndicatorRow[] {
  return rows.sort(
    (a, b) =>
      (PLACE.get(a.indicator) ?? -1) - (PLACE.get(b.indicator) ?? -1) ||
      compare(a.agency.key, b.agency.key) ||
      compare(a.period, b.period),
  )
}
