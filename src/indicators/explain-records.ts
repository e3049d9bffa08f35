/** The procedures and agencies behind a figure, told from the dossiers themselves; dossiers are in explain-dossiers.ts. */
import { type CellEntry, PROCESSED } from '../warehouse/cells.ts'
import { COUNTED_INPUTS } from '../warehouse/inputs.ts'
import type { Reader } from '../warehouse/open.ts'
import { sourceStates } from '../warehouse/source-status.ts'
import type { MeasureName } from '../warehouse/tables.ts'
import { type Basis, countingDay, inBeing, membersOf } from './basis.ts'
import { getIndicator } from './catalogue/index.ts'
import { type AgencyTerm, measuresOf, type ProcedureTerm, type ServiceTerm } from './catalogue/indicator.ts'
import { makeStandings, standingsOf as ofProvince, type Ranked, standingKey } from './compute.ts'
import { type Behind, candidates, type DossierBehind, type Explained } from './explain-dossiers.ts'
import type { InputBehind } from './explain-inputs.ts'
import { type CountedTerm, countedAt, recordsCounted, windowOf } from './explain-judge.ts'
import type { OfficialBehind, PointsBehind } from './explain-points.ts'
import { agencyCounts, hasCounted, procedureCounts, RANKED_BY, type Standing, serviceCounts } from './figures.ts'
import { inputEntries } from './inputs.ts'
import { restsAt, standingsAt } from './known.ts'
import { localDays } from './local-day.ts'
import { contributions } from './measures.ts'
import { placeOn } from './places.ts'
import { loadRests } from './sources-of.ts'

export interface ProcedureBehind extends Behind {
  kind: 'procedure'
  procedure: string
  name: string
  level: string
  online: boolean
  integrated: boolean
  /** dossiers received in the period, and of those online */
  received: number
  receivedOnline: number
  /** decisions of the period that announced it */
  decisions: number
  source: string
}
export interface AgencyBehind extends Behind {
  kind: 'agency'
  agency: string
  name: string
  /** what it is ranked by, as it was said */
  numerator: number
  denominator: number
}
export type RecordBehind = DossierBehind | InputBehind | ProcedureBehind | AgencyBehind | OfficialBehind | PointsBehind

/** Terms of one kind of record; either may be of another kind, or not there. */
export interface Terms<Term> {
  numerator: Term | null
  denominator: Term | null
}
const given = <Term>({ numerator, denominator }: Terms<Term>): Term[] =>
  [numerator, denominator].filter((term) => term !== null) as Term[]

/** What both sides of a record say of it. */
function behindOf(
  terms: Terms<{ rule: { vi: string; en: string } }>,
  counts: { numerator: boolean; denominator: boolean },
  language: 'vi' | 'en',
): Behind | null {
  if (!counts.numerator && !counts.denominator) return null
  const role = counts.numerator ? 'numerator' : 'denominator'
  return {
    role,
    rule: terms[role]?.rule[language] ?? '',
    above: counts.numerator ? 1 : 0,
    below: terms.denominator ? (counts.denominator ? 1 : 0) : null,
  }
}

/** measure → what of a procedure it counted in the period */
type Counts = Map<MeasureName, number>

/** What the measures counted in the period, told from the rows themselves: agency it is counted under → procedure → measure. */
export async function countedIn(
  db: Reader,
  explained: Explained,
  measures: ReadonlySet<MeasureName>,
): Promise<Map<string, Map<string, Counts>>> {
  const { basis, period, known } = explained
  const day = countingDay(basis, period)
  const placeOf = (key: string) => {
    const agency = basis.agencies.get(key)
    return agency ? placeOn(basis.agencies, agency, day).key : key
  }
  const members = countedAt(explained)
  const days = localDays(basis.zone)
  const window = windowOf('in-period', explained)
  const weights = Object.fromEntries([...measures].map((name) => [name, 1]))
  const term: CountedTerm = { when: 'in-period', weights, rule: { vi: '', en: '' } }
  const found = new Map<string, Map<string, Counts>>()
  const add = ({ agency, procedure, day, measure, n }: CellEntry) => {
    if (measure === PROCESSED || !measures.has(measure)) return
    if (members && !members.has(agency)) return
    if (day < (window.from ?? '') || day > window.to) return
    const place = placeOf(agency)
    const procedures = found.get(place) ?? new Map<string, Counts>()
    found.set(place, procedures)
    const counts = procedures.get(procedure) ?? new Map<MeasureName, number>()
    procedures.set(procedure, counts)
    counts.set(measure, (counts.get(measure) ?? 0) + n)
  }
  const kinds = recordsCounted({ numerator: term, denominator: null })
  if (kinds.has('dossier'))
    for await (const rows of candidates(db, explained, { numerator: term, denominator: null }))
      for (const row of rows) for (const entry of contributions(row, days, basis.tickAt)) add(entry)
  if (COUNTED_INPUTS.some((name) => kinds.has(name)))
    for await (const entries of inputEntries(db, days, basis.tickAt, known?.landing ?? null)) entries.forEach(add)
  return found
}

export type ProcedureLike = ServiceTerm | ProcedureTerm
const RANKING: readonly MeasureName[] = ['received', 'received_online']
const SHOWN: readonly MeasureName[] = [...RANKING, 'published']

/** procedure → measure → how many dossiers, over all places */
export async function countedByProcedure(
  db: Reader,
  explained: Explained,
  terms: Terms<ProcedureLike>,
): Promise<Map<string, Counts>> {
  const having = given(terms).flatMap(measuresOf)
  const totals = new Map<string, Counts>()
  if (having.length === 0) return totals
  for (const procedures of (await countedIn(db, explained, new Set([...having, ...SHOWN]))).values()) {
    for (const [code, counts] of procedures) {
      const total = totals.get(code) ?? new Map<MeasureName, number>()
      totals.set(code, total)
      for (const [measure, n] of counts) total.set(measure, (total.get(measure) ?? 0) + n)
    }
  }
  return totals
}

/** Whether a procedure with such dossiers counts for a term, under one basis. */
export function makeCounts({ basis, agency, period }: Explained) {
  const procedures = basis.proceduresOn(countingDay(basis, period))
  const assigned = procedures.assigned(agency)
  return (term: ProcedureLike | null, code: string, counts: Counts | undefined): boolean => {
    const procedure = procedures.get(code)
    if (!term) return false
    if (term.of === 'procedures')
      return procedure !== undefined && assigned.has(code) && procedureCounts(term, procedure, period)
    return hasAny(term, counts) && serviceCounts(term, procedure, term.assigned ? assigned : null, period)
  }
}

/** Services and procedures of both terms. `cases`: some dossier arose at all. */
export async function explainProcedures(
  db: Reader,
  explained: Explained,
  terms: Terms<ProcedureLike>,
  language: 'vi' | 'en',
): Promise<{ records: ProcedureBehind[]; cases: boolean }> {
  const { basis, agency, period } = explained
  const procedures = basis.proceduresOn(countingDay(basis, period))
  const totals = await countedByProcedure(db, explained, terms)
  const counts = makeCounts(explained)
  const records: ProcedureBehind[] = []
  const codes = new Set([...procedures.assigned(agency).keys(), ...totals.keys()])
  for (const code of [...codes].sort()) {
    const procedure = procedures.get(code)
    const total = totals.get(code)
    const behind = behindOf(
      terms,
      { numerator: counts(terms.numerator, code, total), denominator: counts(terms.denominator, code, total) },
      language,
    )
    if (!procedure || !behind) continue
    records.push({
      kind: 'procedure',
      procedure: code,
      name: procedure.name,
      level: procedure.level,
      online: procedure.online,
      integrated: procedure.integrated,
      received: total?.get('received') ?? 0,
      receivedOnline: total?.get('received_online') ?? 0,
      decisions: total?.get('published') ?? 0,
      source: procedure.source,
      ...behind,
    })
  }
  return { records, cases: [...totals.values()].some((total) => (total.get('received') ?? 0) > 0) }
}

const hasAny = (term: ServiceTerm, counts: Counts | undefined): boolean =>
  hasCounted(term, (name) => counts?.get(name as MeasureName) ?? 0)

const STANDING: Record<'numerator' | 'denominator', ServiceTerm> = {
  numerator: { of: 'services', having: 'received_online', full: true, rule: { vi: '', en: '' } },
  denominator: { of: 'services', having: 'received', full: true, rule: { vi: '', en: '' } },
}

/** The agencies that a ranking looks at with what they are ranked by: as it was said where it is kept, else told from the dossiers. */
export async function standingsOf(db: Reader, explained: Explained, kind: AgencyTerm['kind']): Promise<Standing[]> {
  const { basis, period, known } = explained
  const ranked: Ranked = new Map()
  if (getIndicator(RANKED_BY).kept.includes(period.kind)) {
    const day = countingDay(basis, period)
    const agencies = [...basis.agencies.values()].filter((agency) => agency.kind === kind && inBeing(agency, day))
    const said = agencies.length === 0 ? [] : await standingsAt(db, known, agencies, period.text)
    for (const [agency, parts] of said) ranked.set(standingKey(agency, period.text), parts)
  } else {
    const says = await makeSays(db, explained)
    for (const [agency, services] of await countedIn(db, explained, new Set(RANKING))) {
      const procedures = basis.proceduresOn(countingDay(basis, period))
      const count = (term: ServiceTerm) =>
        [...services].filter(
          ([code, counts]) => hasAny(term, counts) && serviceCounts(term, procedures.get(code), null, period),
        ).length
      if (says(agency))
        ranked.set(standingKey(agency, period.text), [count(STANDING.numerator), count(STANDING.denominator)])
    }
  }
  return [...ofProvince(basis, explained.agency, makeStandings(basis, ranked))(kind, period)]
}

/** What an agency's sources do not let it say does not rank it. */
async function makeSays(db: Reader, { basis, known, period }: Explained): Promise<(agency: string) => boolean> {
  const indicator = getIndicator(RANKED_BY)
  const rests = known
    ? (await restsAt(db, basis, known)).rests
    : await loadRests(db, basis as Basis, await sourceStates(db))
  return (key) => {
    const agency = basis.agencies.get(key)
    const on = agency && rests(indicator, agency, membersOf(basis, agency, period))
    return on?.fed === true && on.whole
  }
}

/** Agencies of both terms, each with the parts it is ranked by. */
export async function explainAgencies(
  db: Reader,
  explained: Explained,
  terms: Terms<AgencyTerm>,
  language: 'vi' | 'en',
): Promise<AgencyBehind[]> {
  const [first] = given(terms)
  if (!first) return []
  const records: AgencyBehind[] = []
  for (const standing of await standingsOf(db, explained, first.kind)) {
    const counts = (term: AgencyTerm | null) => term !== null && agencyCounts(term, standing)
    const behind = behindOf(
      terms,
      { numerator: counts(terms.numerator), denominator: counts(terms.denominator) },
      language,
    )
    if (!behind) continue
    const { agency, numerator, denominator } = standing
    records.push({ kind: 'agency', agency: agency.key, name: agency.name, numerator, denominator, ...behind })
  }
  return records
}
