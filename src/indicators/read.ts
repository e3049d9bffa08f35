/** Reading figures: the newest revisions, under the agencies of then or of now. */
import { nearest, PipelineError } from '../errors.ts'
import type { Reader } from '../warehouse/open.ts'
import { listSourceStatus, sourceStates } from '../warehouse/source-status.ts'
import type { IndicatorValueTable } from '../warehouse/tables.ts'
import { type Ask, askFigures } from './ask.ts'
import { type AgencyVersion, type Basis, countingDay, loadBasis } from './basis.ts'
import { findIndicator, getIndicator, INDICATORS } from './catalogue/index.ts'
import { AGENCY_KINDS, EVERYWHERE, type Indicator, isKept } from './catalogue/indicator.ts'
import { heldCells } from './cell-source.ts'
import type { Figure } from './compute.ts'
import { type AskPresent, presentBasis, presentRow, underPresentAgencies } from './geography.ts'
import type { Knowledge } from './knowledge.ts'
import { type Period, parsePeriod } from './periods.ts'
import { countedUnder, lineage, placeOn } from './places.ts'
import { mostPoints } from './qd766/points.ts'
import { readKnown } from './read-known.ts'
import { readKnownNow } from './read-known-now.ts'
import { type Official, type Reported, withReported } from './reported.ts'
import { loadRests, type SourceOfFigure } from './sources-of.ts'
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
  /** null: computed when asked for, not kept */
  revision: number | null
  /** real time at which it became known, epoch ms; null likewise */
  knownAt: number | null
  /** class of a total of points: one of the five of an NGSI-LD standing */
  standing: string | null
  /** only of points: the most that there are */
  max?: number
  sources: SourceOfFigure[]
  /** only under the geography of now: counted with the agencies it succeeded, or left where it got to because successors are not one */
  geography?: 'merged' | 'undetermined'
  /** only of parts: the procedure, field or channel; what is broken down is missing from the row of all of them together */
  breakdown?: { procedure?: string; field?: string; channel?: string }
  /** only of a figure as it was known at some time */
  remarks?: readonly KnownRemark[]
  /** what the agency reports by hand, the newest signature first; beside the value, never in it */
  reported?: Reported[]
  /** the national portal's own score */
  official?: Official
  /** our points less the portal's; where both are said */
  difference?: number
}
/**
 * What is not as it was then. other-definition: told then by another version of the definition than today's · recomputed: nobody kept it,
 * it is recomputed from the records of then by today's definition · measure-since: likewise, over a measure that came later ·
 * states-of-now: how its sources stood then is not kept, their present states stand in.
 */
export type KnownRemark = 'other-definition' | 'recomputed' | 'measure-since' | 'states-of-now'
/** A figure with what it is greyed by; the row itself is the contract of --json. */
export interface DatedFigure {
  row: IndicatorRow
  /** real time, epoch ms; afterwards it is past its update, whatever states it carries */
  freshUntil: number
}
export interface IndicatorQuery {
  indicators?: readonly string[] | undefined
  /** codes, with every version in the period, or keys `<code>@<valid_from>`; of one that has ended the figures it is counted in */
  agencies?: readonly string[] | undefined
  periods?: readonly string[] | undefined
  /** together with `known`: the agencies of then as they were known then, or those of today */
  geography?: 'then' | 'now' | undefined
  /** as it was known then; default: now */
  known?: Knowledge | undefined
  language?: 'vi' | 'en' | undefined
}

/**
 * Past its update at `now` (real time): what it says may no longer be so. What was never read, or is brought by nobody, says so itself and
 * is not late on top.
 */
export const isLate = ({ row, freshUntil }: DatedFigure, now: number): boolean =>
  freshUntil < now && row.valueState !== 'no-data-yet' && (row.value !== null || row.sources.length > 0)

/** Sources of a figure whose last read did not come to its end: what they had to bring is missing from it. */
export const unreadSources = ({ sources }: Pick<IndicatorRow, 'sources'>): string[] =>
  sources.filter(({ state }) => state === 'failed' || state === 'incomplete').map(({ source }) => source)

/** In the order of the catalogue, then agency (the province first), then period. Throws PERIOD_UNKNOWN or UNKNOWN_NAME for what does not exist. */
export async function readIndicators(db: Reader, query: IndicatorQuery, zone: string): Promise<IndicatorRow[]> {
  return (await readFigures(db, query, zone)).map(({ row }) => row)
}

/** As readIndicators, each with how long it is fresh as the sources stand now: a dead pipeline never changes what a revision says of them. */
export async function readFigures(db: Reader, query: IndicatorQuery, zone: string): Promise<DatedFigure[]> {
  if (query.known)
    return query.geography === 'now'
      ? readKnownNow(db, query.known, query, zone)
      : readKnown(db, query.known, query, zone)
  const indicators = query.indicators?.map((id) => getIndicator(id).id)
  const periods = query.periods?.map((text) => parsePeriod(text))
  const basis = await loadBasis(db, (await currentTick(db)) ?? 0, zone)
  const asked = query.agencies?.flatMap((text) => findAgencies(basis, text))
  const language = query.language ?? 'vi'
  if (query.geography === 'now') {
    const places = asked && [...new Set(asked.map((agency) => placeOn(basis.agencies, agency, basis.tickDay).key))]
    const agencies = places && countedUnder(basis.agencies, places)
    const held = await currentRows(db, { indicators, agencies, periods })
    const present = presentBasis(basis)
    const source = heldCells(db, basis.tickAt, zone)
    const rests = await loadRests(db, basis, await sourceStates(db))
    const ask = (of: Ask) => askFigures(present, source, rests, of)
    const rowOf = (figure: Figure) => figureRow(figure, basis, language)
    const moved = await underPresentAgencies(basis, present, rowsOf(held, basis, language), ask, rowOf)
    const of = places?.flatMap((key) => present.agencies.get(key) ?? []) ?? [...present.agencies.values()]
    for (const figure of await unkept(query, of, ask)) moved.push(presentRow(basis, present, figure, rowOf))
    const wanted = places ? moved.filter((row) => places.includes(row.agency.key)) : moved
    return withFreshness(db, sortRows(wanted), held)
  }
  const agencies = asked?.flatMap((agency) => lineage(basis.agencies, agency)).map((agency) => agency.key)
  const held = await currentRows(db, { indicators, agencies, periods })
  const rows = rowsOf(held, basis, language)
  const of = [...new Set((asked ?? [...basis.agencies.values()]).flatMap((one) => lineage(basis.agencies, one)))]
  const ask = async (asks: Ask) =>
    askFigures(basis, heldCells(db, basis.tickAt, zone), await loadRests(db, basis, await sourceStates(db)), asks)
  for (const figure of await unkept(query, of, ask)) rows.push(figureRow(figure, basis, language))
  const counted = asked ? rows.filter((row) => countsAnyOf(basis, asked, row)) : rows
  const beside = { indicators, agencies, periods: periods?.map(({ text }) => text) }
  return withFreshness(db, sortRows(await withReported(db, basis, counted, beside, language)), held)
}

/** Figures of the periods asked for that are not kept: computed now. A day is kept as it was told then, where it was. */
async function unkept(query: IndicatorQuery, agencies: readonly AgencyVersion[], ask: AskPresent): Promise<Figure[]> {
  const periods = query.periods?.map((text) => parsePeriod(text)) ?? []
  const indicators = query.indicators?.map((id) => getIndicator(id)) ?? INDICATORS
  const found: Figure[] = []
  for (const kind of new Set(periods.map((period) => period.kind))) {
    const missing = indicators.filter(
      (one) => one.periods.includes(kind) && !EVERYWHERE.every((agency) => isKept(one, agency, kind)),
    )
    if (missing.length === 0) continue
    const of = periods.filter((one) => one.kind === kind)
    const only: Ask['only'] = (one, agency) => !isKept(one, agency.kind, kind)
    found.push(...(await ask({ indicators: missing, agencies, periods: of, only })))
  }
  return found
}

/** The most points that there are, where it is one of QĐ 766. */
function mostOf(indicator: Indicator, basis: Basis, { firstDay }: Period): Pick<IndicatorRow, 'max'> {
  if (indicator.kind !== 'score') return {}
  const max = mostPoints(indicator, basis.rulesOn(firstDay))
  return max === null ? {} : { max }
}

/** A figure that nobody keeps, as it is told. */
export function figureRow(figure: Figure, basis: Basis, language: 'vi' | 'en'): IndicatorRow {
  const { indicator, agency, period, value, valueState, numerator, denominator, standing, rests } = figure
  const { key, code, validFrom, name, kind } = agency
  return {
    indicator: indicator.id,
    version: indicator.version,
    name: indicator.names[language],
    agency: { key, code, validFrom, name, kind },
    period: period.text,
    value,
    valueState,
    numerator,
    denominator,
    unit: indicator.unit,
    asOf: basis.tickAt,
    provisional: basis.tickDay <= period.lastDay,
    revision: null,
    knownAt: null,
    standing,
    ...mostOf(indicator, basis, period),
    sources: [...rests.sources],
  }
}

/**
 * The rule that the IOC greys by: fresh until the later of the figure's own time and the earliest among the latest statuses of its sources.
 * A figure that was summed over several agencies has no time of its own.
 */
export async function withFreshness(
  db: Reader,
  rows: readonly IndicatorRow[],
  held: readonly IndicatorValueTable[],
): Promise<DatedFigure[]> {
  const until = new Map((await listSourceStatus(db)).map(({ source, fresh_until }) => [source, fresh_until]))
  const keyOf = (indicator: string, agency: string, period: string) => `${indicator}|${agency}|${period}`
  const own = new Map(held.map((row) => [keyOf(row.indicator, row.agency, row.period), row.fresh_until]))
  return rows.map((row) => {
    const times = row.sources.map(({ source }) => until.get(source) ?? Number.NEGATIVE_INFINITY)
    const bySources = times.length === 0 ? Number.NEGATIVE_INFINITY : Math.min(...times)
    const ofItself = row.geography === 'merged' ? undefined : own.get(keyOf(row.indicator, row.agency.key, row.period))
    return { row, freshUntil: Math.max(ofItself ?? Number.NEGATIVE_INFINITY, bySources) }
  })
}

/** Whether one of `asked` is counted where the figure is, on its counting day. */
export function countsAnyOf(basis: Basis, asked: readonly AgencyVersion[], row: IndicatorRow): boolean {
  const day = countingDay(basis, parsePeriod(row.period))
  return asked.some((agency) => placeOn(basis.agencies, agency, day).key === row.agency.key)
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

export function rowsOf(rows: readonly IndicatorValueTable[], basis: Basis, language: 'vi' | 'en'): IndicatorRow[] {
  const open = new Map<string, boolean>()
  for (const { period } of rows) if (!open.has(period)) open.set(period, basis.tickDay <= parsePeriod(period).lastDay)
  return rows.map((row) => toRow(row, basis, open.get(row.period) ?? false, language))
}

function toRow(row: IndicatorValueTable, basis: Basis, provisional: boolean, language: 'vi' | 'en'): IndicatorRow {
  const agency = basis.agencies.get(row.agency)
  const indicator = findIndicator(row.indicator)
  return {
    indicator: row.indicator,
    version: row.version,
    name: indicator?.names[language] ?? row.indicator,
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
    ...(indicator ? mostOf(indicator, basis, parsePeriod(row.period)) : {}),
    sources: JSON.parse(row.sources) as SourceOfFigure[],
  }
}

const PLACE = new Map(INDICATORS.map((indicator, i) => [indicator.id, i]))
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

/** From the whole to the parts: whoever sees only the beginning sees what sums the rest. */
const rank = (kind: string): number => (AGENCY_KINDS as readonly string[]).indexOf(kind)

export function sortRows(rows: IndicatorRow[]): IndicatorRow[] {
  return rows.sort(
    (a, b) =>
      (PLACE.get(a.indicator) ?? -1) - (PLACE.get(b.indicator) ?? -1) ||
      rank(a.agency.kind) - rank(b.agency.kind) ||
      compare(a.agency.key, b.agency.key) ||
      compare(a.period, b.period),
  )
}
