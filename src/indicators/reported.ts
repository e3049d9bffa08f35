/**
 * What stands beside a figure and is never mixed with it: what the agency reports by hand (số đơn vị báo cáo), with the title of who signed and
 * the document, and the national portal's own score with the day on which it said so.
 */
import { type StoredInput, statementsOf } from '../warehouse/inputs.ts'
import type { Reader } from '../warehouse/open.ts'
import type { Basis } from './basis.ts'
import { findIndicator, INDICATORS } from './catalogue/index.ts'
import type { Indicator } from './catalogue/indicator.ts'
import { parsePeriod } from './periods.ts'
import { newestOfficial, type OfficialRow, officialKey } from './qd766/national.ts'
import type { IndicatorRow } from './read.ts'

export interface Reported {
  numerator: number
  /** null: the figure has none */
  denominator: number | null
  document: string
  /** title of who signed, never a name */
  signedBy: string
  /** YYYY-MM-DD */
  signedOn: string
  source: string
}
export interface Official {
  /** id of a component, code of a group, or `total` */
  component: string
  score: number | null
  maxScore: number | null
  numerator: number | null
  denominator: number | null
  /** 0 to 1 */
  ratio: number | null
  /** epoch ms: when the portal was first seen to say so */
  statedAt: number
  source: string
}
export interface Asked {
  indicators?: readonly string[] | undefined
  /** keys of agency versions */
  agencies?: readonly string[] | undefined
  periods?: readonly string[] | undefined
  /** as the landing of that number knew it; default: as it is */
  known?: number | undefined
}

/** `rows` with what is reported of them, and a row without a value for what is reported of a figure that nothing else tells. */
export async function withReported(
  db: Reader,
  basis: Basis,
  rows: readonly IndicatorRow[],
  asked: Asked,
  language: 'vi' | 'en',
): Promise<IndicatorRow[]> {
  const said = Map.groupBy(await statementsOf(db, asked), (one) => keyOf(one.indicator, one.agency, one.period))
  const scores = await officialOf(db, asked)
  if (said.size === 0 && scores.size === 0) return [...rows]
  const found = rows.map((row) => {
    const reported = said.get(keyOf(row.indicator, row.agency.key, row.period))
    const component = findIndicator(row.indicator)?.official
    const score = component === undefined ? undefined : scores.get(officialKey(component, row.agency.key, row.period))
    const official = score && officialScore(score)
    return {
      ...row,
      ...(reported ? { reported: reported.map(reportedOf) } : {}),
      ...(official ? { official, ...differenceOf(row, official) } : {}),
    }
  })
  const there = new Set(rows.map((row) => keyOf(row.indicator, row.agency.key, row.period)))
  for (const [key, statements] of said) {
    const [first] = statements
    const row = there.has(key) || !first ? null : rowOf(basis, first, language)
    if (row) found.push({ ...row, reported: statements.map(reportedOf) })
  }
  return found
}

/** Nine decimals: fewer than the errors of binary fractions. */
const differenceOf = ({ value }: IndicatorRow, { score }: Official): Pick<IndicatorRow, 'difference'> =>
  value === null || score === null ? {} : { difference: Number((value - score).toFixed(9)) }

const keyOf = (what: string, agency: string, period: string) => `${what}|${agency}|${period}`
const reportedOf = (one: StoredInput<'statement'>): Reported => ({
  numerator: one.numerator,
  denominator: one.denominator,
  document: one.document,
  signedBy: one.signer,
  signedOn: one.signed_on,
  source: one.source,
})

/** The newest of each figure that some indicator stands beside. */
function officialOf(db: Reader, { indicators, ...asked }: Asked): Promise<Map<string, OfficialRow>> {
  const wanted = indicators?.map((id) => findIndicator(id)) ?? INDICATORS
  const components = [...new Set(wanted.flatMap((one) => one?.official ?? []))]
  return newestOfficial(db, { ...asked, components })
}
const officialScore = (one: OfficialRow): Official => ({
  component: one.component,
  score: one.score,
  maxScore: one.max_score,
  numerator: one.numerator,
  denominator: one.denominator,
  ratio: one.ratio,
  statedAt: one.stated_at,
  source: one.source,
})

/** null where the indicator is not ours or has no such figure. */
function rowOf(basis: Basis, statement: StoredInput<'statement'>, language: 'vi' | 'en'): IndicatorRow | null {
  const indicator: Indicator | undefined = findIndicator(statement.indicator)
  const agency = basis.agencies.get(statement.agency)
  const period = parsePeriod(statement.period)
  if (!indicator || !agency) return null
  if (!indicator.at.includes(agency.kind) || !indicator.periods.includes(period.kind)) return null
  const { key, code, validFrom, name, kind } = agency
  return {
    indicator: indicator.id,
    version: indicator.version,
    name: indicator.names[language],
    agency: { key, code, validFrom, name, kind },
    period: period.text,
    value: null,
    valueState: 'no-data-yet',
    numerator: null,
    denominator: null,
    unit: indicator.unit,
    asOf: basis.tickAt,
    provisional: basis.tickDay <= period.lastDay,
    revision: null,
    knownAt: null,
    standing: null,
    sources: [],
  }
}
