/** Explain: the records behind a figure, as they are or as they were known, and the quarantined ones that might change it. */
import { PipelineError } from '../errors.ts'
import type { Reader } from '../warehouse/open.ts'
import type { IndicatorValueTable } from '../warehouse/tables.ts'
import { type AgencyVersion, type Basis, carries, countingDay, loadBasis } from './basis.ts'
import { getIndicator } from './catalogue/index.ts'
import type { Indicator } from './catalogue/indicator.ts'
import { type AsideBehind, asideBehind, type ReadAside } from './explain-aside.ts'
import type { Explained } from './explain-dossiers.ts'
import type { RecordBehind } from './explain-records.ts'
import { makeTotal, recordsOf, type Total } from './explain-total.ts'
import { type Knowledge, knowledgeOf, landedAt, presentKnowledge } from './knowledge.ts'
import { withdrawnFrom } from './known.ts'
import { countedBy } from './known-dossiers.ts'
import { type Period, parsePeriod } from './periods.ts'
import { placeOn } from './places.ts'
import { findAgencies, type IndicatorRow, readIndicators, rowsOf } from './read.ts'
import { ofOtherDefinition } from './read-known.ts'

export interface ExplainQuery {
  indicator: string
  /** code or key; default: the province */
  agency?: string | undefined
  period: string
  /** records per role, and quarantined ones */
  limit: number
  /** `next` of the page before: the same knowledge, whatever has landed since */
  after?: string | undefined
  /** as it was known then; default: now */
  known?: Knowledge | undefined
  language?: 'vi' | 'en' | undefined
  /** reads a record set aside, as far as it can be read; without it all of them might count */
  readAside?: ReadAside | undefined
}
export interface Explanation {
  /** null: never computed */
  figure: IndicatorRow | null
  /** by what was known at that landing; null: now */
  known: { landing: number; at: number | null; tickAt: number } | null
  /** recomputed from the records, whatever the sources let be said of it; null: nothing to count on */
  value: number | null
  /** likewise: numerator above, denominator below the line (null where there is none) */
  total: Total
  records: RecordBehind[]
  /** where the next page begins; null: this was the last */
  next: string | null
  quarantined: AsideBehind[]
  /** those that would, and those that might count */
  quarantinedTotal: number
}

/** Throws PERIOD_UNKNOWN, UNKNOWN_NAME, USAGE for a cursor that is none, or NOT_COUNTED where the indicator has no figure for it. */
export async function explain(db: Reader, query: ExplainQuery, zone: string): Promise<Explanation> {
  const indicator = getIndicator(query.indicator)
  const page = query.after === undefined ? null : parseCursor(query.after)
  const known = page ? await knowledgeOf(db, page.landing) : (query.known ?? null)
  const explained = await explainedBy(db, indicator, query, known, zone)
  const { agency, period } = explained
  const { language, limit } = query
  const asked = { indicators: [indicator.id], agencies: [agency.key], periods: [period.text], language }
  const [figure] = await readIndicators(db, known ? { ...asked, known } : asked, zone)
  return explanationOf(db, explained, indicator, figure ?? null, { ...query, limit, page })
}

/** What is asked about, under the basis that was known then. */
export async function explainedBy(
  db: Reader,
  indicator: Indicator,
  query: Pick<ExplainQuery, 'agency' | 'period'>,
  known: Knowledge | null,
  zone: string,
): Promise<Explained> {
  const period = parsePeriod(query.period)
  const { tickAt } = known ?? (await presentKnowledge(db))
  const basis = await loadBasis(db, tickAt, zone, known?.landing ?? null)
  const agency = agencyOf(basis, query.agency, period)
  checkCarried(indicator, agency, period)
  return { basis, agency, period, known, by: countedBy([indicator]) }
}

export interface ExplainedMessage {
  /** the message as it was made */
  message: Record<string, unknown>
  /** by what was known when it was made; null for a source-status message, and for an indicator that is declared no more */
  explanation: Explanation | null
}

/** A delivered message by its id: what it says, and the records of then that say it. Throws MESSAGE_UNKNOWN. */
export async function explainMessage(
  db: Reader,
  id: string,
  zone: string,
  options: Pick<ExplainQuery, 'limit' | 'language' | 'readAside'>,
): Promise<ExplainedMessage> {
  const row = await db.selectFrom('message').select(['kind', 'body', 'seq']).where('id', '=', id).executeTakeFirst()
  if (!row) throw new PipelineError('MESSAGE_UNKNOWN', { id })
  const message = JSON.parse(row.body) as Record<string, unknown>
  const value = await db.selectFrom('indicator_value').selectAll().where('id', '=', id).executeTakeFirst()
  if (row.kind !== 'indicator' || !value) return { message, explanation: null }
  try {
    return { message, explanation: await explainValue(db, value, row.seq, zone, options) }
  } catch (error) {
    // Its indicator may be declared no more: what the message says is shown all the same.
    if (error instanceof PipelineError && FORGOTTEN.has(error.code)) return { message, explanation: null }
    throw error
  }
}
const FORGOTTEN: ReadonlySet<string> = new Set(['UNKNOWN_NAME', 'NOT_COUNTED'])

/** One revision by the knowledge it was made from; the last of a withdrawn figure by that of the one whose value it repeats. */
async function explainValue(
  db: Reader,
  value: IndicatorValueTable,
  seq: number,
  zone: string,
  options: Pick<ExplainQuery, 'limit' | 'language' | 'readAside'>,
): Promise<Explanation> {
  const repeated = await withdrawnFrom(db, value)
  const told = repeated ?? value
  const until = repeated
    ? ((await db.selectFrom('message').select('seq').where('id', '=', repeated.id).executeTakeFirst())?.seq ?? seq)
    : seq
  const known: Knowledge = { landing: told.landing, tickAt: told.tick_at, message: until }
  const indicator = getIndicator(value.indicator)
  const basis = await loadBasis(db, known.tickAt, zone, known.landing)
  const agency = basis.agencies.get(value.agency)
  if (!agency) throw new PipelineError('UNKNOWN_NAME', { kind: 'agency', name: value.agency, known: '-' })
  const period = parsePeriod(value.period)
  checkCarried(indicator, agency, period)
  const explained = { basis, agency, period, known, by: countedBy([indicator]) }
  const [row] = rowsOf([value], basis, options.language ?? 'vi')
  const remarks = row ? ofOtherDefinition(row) : []
  const figure = row && remarks.length > 0 ? { ...row, remarks } : (row ?? null)
  return explanationOf(db, explained, indicator, figure, { ...options, page: null })
}

interface Page {
  landing: number
  numerator: number
  denominator: number
}
const CURSOR = /^(\d{1,15})\.(\d{1,9})\.(\d{1,9})$/

function parseCursor(text: string): Page {
  const [, landing, numerator, denominator] = CURSOR.exec(text) ?? []
  if (landing === undefined)
    throw new PipelineError('USAGE', { what: `--after "${text}"`, mend: 'ioc explain … --json  →  "next"' })
  return { landing: Number(landing), numerator: Number(numerator), denominator: Number(denominator) }
}

async function explanationOf(
  db: Reader,
  explained: Explained,
  indicator: Indicator,
  figure: IndicatorRow | null,
  options: Pick<ExplainQuery, 'limit' | 'language' | 'readAside'> & { page: Page | null },
): Promise<Explanation> {
  const { limit, language = 'vi', page } = options
  const passed = { numerator: page?.numerator ?? 0, denominator: page?.denominator ?? 0 }
  const seen = { numerator: 0, denominator: 0 }
  const kept: Record<RecordBehind['role'], RecordBehind[]> = { numerator: [], denominator: [] }
  const total = makeTotal(indicator)
  for await (const batch of recordsOf(db, explained, indicator, language, total)) {
    for (const record of batch) {
      const { role } = record
      if (seen[role]++ >= passed[role] && kept[role].length < limit) kept[role].push(record)
    }
  }
  const end = {
    numerator: passed.numerator + kept.numerator.length,
    denominator: passed.denominator + kept.denominator.length,
  }
  const more = end.numerator < seen.numerator || end.denominator < seen.denominator
  const landing = explained.known?.landing ?? (await presentKnowledge(db)).landing
  return {
    figure,
    known: explained.known && {
      landing,
      at: await landedAt(db, landing),
      tickAt: explained.known.tickAt,
    },
    ...total.read(),
    records: [...kept.numerator, ...kept.denominator],
    next: more ? `${landing}.${end.numerator}.${end.denominator}` : null,
    ...(await asideBehind(db, explained, indicator, limit, options.readAside)),
  }
}

/** One version: the one that has the figure for the period, else where the newest that the code names is counted then. */
export function agencyOf(basis: Basis, text: string | undefined, period: Period): AgencyVersion {
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
