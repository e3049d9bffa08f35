/** Explain: the records behind a figure, and the quarantined ones that might change it. */
import { PipelineError } from '../errors.ts'
import type { Reader } from '../warehouse/open.ts'
import { sourceStates } from '../warehouse/source-status.ts'
import { type AgencyVersion, type Basis, carries, countingDay, loadBasis, membersOf } from './basis.ts'
import { getIndicator } from './catalogue/index.ts'
import type { Indicator } from './catalogue/indicator.ts'
import {
  type Explained,
  explainAgencies,
  explainDossiers,
  explainProcedures,
  type RecordBehind,
  type Role,
  timed,
} from './explain-records.ts'
import { isOfDossiers } from './figures.ts'
import { type Period, parsePeriod } from './periods.ts'
import { placeOn } from './places.ts'
import { findAgencies, type IndicatorRow, readIndicators } from './read.ts'
import { loadRests } from './sources-of.ts'
import { currentTick } from './tick.ts'

export interface ExplainQuery {
  indicator: string
  /** code or key; default: the province */
  agency?: string | undefined
  period: string
  /** records per role, and quarantined ones */
  limit: number
  language?: 'vi' | 'en' | undefined
}
export interface QuarantinedBehind {
  id: number
  source: string
  key: string
  /** path, rule and value of each */
  reasons: unknown
  waitingFor: string | null
}
export interface Explanation {
  /** null: never computed */
  figure: IndicatorRow | null
  /** recomputed from the records: numerator above, denominator below the line (null where there is none) */
  total: { numerator: number; denominator: number | null }
  records: RecordBehind[]
  quarantined: QuarantinedBehind[]
  quarantinedTotal: number
}

/** Throws PERIOD_UNKNOWN, UNKNOWN_NAME, or NOT_COUNTED where the indicator has no figure for it. */
export async function explain(db: Reader, query: ExplainQuery, zone: string): Promise<Explanation> {
  const indicator = getIndicator(query.indicator)
  const period = parsePeriod(query.period)
  const basis = await loadBasis(db, (await currentTick(db)) ?? 0, zone)
  const agency = agencyOf(basis, query.agency, period)
  checkCarried(indicator, agency, period)
  const [figure] = await readIndicators(
    db,
    { indicators: [indicator.id], agencies: [agency.key], periods: [period.text], language: query.language },
    zone,
  )
  const behind = await recordsBehind(db, { basis, agency, period }, indicator, query)
  return {
    figure: figure ?? null,
    ...behind,
    ...(await quarantinedBehind(db, { basis, agency, period }, indicator, query.limit)),
  }
}

export interface ExplainedMessage {
  /** the message as it was made */
  message: Record<string, unknown>
  /** the records are those of today; null for a source-status message, and for a figure that is known no more */
  explanation: Explanation | null
}

/** A delivered message by its id. Throws MESSAGE_UNKNOWN. */
export async function explainMessage(
  db: Reader,
  id: string,
  zone: string,
  options: Pick<ExplainQuery, 'limit' | 'language'>,
): Promise<ExplainedMessage> {
  const row = await db.selectFrom('message').select(['kind', 'body']).where('id', '=', id).executeTakeFirst()
  if (!row) throw new PipelineError('MESSAGE_UNKNOWN', { id })
  const message = JSON.parse(row.body) as Record<string, unknown>
  if (row.kind !== 'indicator') return { message, explanation: null }
  const { key } = message.agency as { key: string }
  const figure = { indicator: String(message.indicator), agency: key, period: String(message.period) }
  const explanation = await explain(db, { ...figure, ...options }, zone).catch((error: unknown) => {
    // Its agency or indicator may have gone since, and that may be what the message says: it is shown all the same.
    if (error instanceof PipelineError && FORGOTTEN.has(error.code)) return null
    throw error
  })
  return { message, explanation }
}

const FORGOTTEN: ReadonlySet<string> = new Set(['UNKNOWN_NAME', 'NOT_COUNTED'])

/** One version: the one that has the figure for the period, else where the newest that the code names is counted then. */
function agencyOf(basis: Basis, text: string | undefined, period: Period): AgencyVersion {
  const named =
    text === undefined
      ? [...basis.agencies.values()].filter(({ kind }) => kind === 'province')
      : findAgencies(basis, text)
  const newest = [...named].sort((a, b) => (a.validFrom < b.validFrom ? 1 : -1))
  const found = newest.find((agency) => carries(basis, agency, period) !== 'none') ?? newest[0]
  if (!found) throw new PipelineError('NOT_FOUND', { kind: 'agency', id: text ?? 'province', verb: 'doctor' })
  return placeOn(basis.agencies, found, countingDay(basis, period))
}

/** Throws NOT_COUNTED. */
export function checkCarried(indicator: Indicator, agency: AgencyVersion | null, period: Period | null): void {
  if (agency && !indicator.at.includes(agency.kind)) {
    throw new PipelineError('NOT_COUNTED', {
      indicator: indicator.id,
      wanted: `${agency.key} (${agency.kind})`,
      known: indicator.at.join(', '),
    })
  }
  if (period && !indicator.periods.includes(period.kind)) {
    throw new PipelineError('NOT_COUNTED', {
      indicator: indicator.id,
      wanted: `${period.text} (${period.kind})`,
      known: indicator.periods.join(', '),
    })
  }
}

async function recordsBehind(
  db: Reader,
  explained: Explained,
  indicator: Indicator,
  { limit, language = 'vi' }: ExplainQuery,
): Promise<Pick<Explanation, 'records' | 'total'>> {
  const { numerator, denominator } = indicator
  const kept: Record<Role, RecordBehind[]> = { numerator: [], denominator: [] }
  const count: Record<Role, number> = { numerator: 0, denominator: 0 }
  const keep = (record: RecordBehind, above = record.role === 'numerator' ? 1 : 0, below = 1) => {
    count.numerator += above
    count.denominator += below
    if (kept[record.role].length < limit) kept[record.role].push(record)
  }
  // Of an agency that has ended only dossiers are left.
  const carried = carries(explained.basis, explained.agency, explained.period)
  if (carried === 'none' || (carried === 'remainder' && !isOfDossiers(indicator))) {
    return { total: { numerator: 0, denominator: denominator && 0 }, records: [] }
  }
  if (numerator.of === 'hours') {
    await explainDossiers(db, explained, { numerator: timed(numerator), denominator: null }, language, keep)
  } else if (numerator.of === 'dossiers') {
    const below = denominator?.of === 'dossiers' ? denominator : null
    await explainDossiers(db, explained, { numerator, denominator: below }, language, keep)
  } else if (numerator.of === 'agencies') {
    const below = denominator?.of === 'agencies' ? denominator : null
    for (const one of await explainAgencies(db, explained, { numerator, denominator: below }, language)) keep(one)
  } else {
    const below = denominator?.of === 'services' || denominator?.of === 'procedures' ? denominator : null
    for (const one of await explainProcedures(db, explained, { numerator, denominator: below }, language)) keep(one)
  }
  return {
    total: { numerator: count.numerator, denominator: denominator ? count.denominator : null },
    records: [...kept.numerator, ...kept.denominator],
  }
}

/** Open quarantine of the sources that the figure rests on. A record set aside has no agency or date that could be trusted, so none is left out. */
async function quarantinedBehind(
  db: Reader,
  { basis, agency, period }: Explained,
  indicator: Indicator,
  limit: number,
): Promise<Pick<Explanation, 'quarantined' | 'quarantinedTotal'>> {
  const rests = await loadRests(db, basis, await sourceStates(db))
  const { names } = rests(indicator, agency, membersOf(basis, agency, period))
  if (names.length === 0) return { quarantined: [], quarantinedTotal: 0 }
  const open = db.selectFrom('quarantine').where('closed_at', 'is', null).where('source', 'in', names)
  const rows = await open.select(['id', 'source', 'key', 'reasons', 'waiting_for']).orderBy('id').limit(limit).execute()
  const total = await open.select(({ fn }) => fn.countAll<number>().as('n')).executeTakeFirst()
  return {
    quarantined: rows.map((row) => ({
      id: row.id,
      source: row.source,
      key: row.key,
      reasons: JSON.parse(row.reasons) as unknown,
      waitingFor: row.waiting_for,
    })),
    quarantinedTotal: total?.n ?? 0,
  }
}
