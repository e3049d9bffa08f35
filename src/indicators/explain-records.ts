/** The records behind a term: dossiers found by index and then judged by the same measures as the figure. */
import { PROCESSED } from '../warehouse/cells.ts'
import type { Reader } from '../warehouse/open.ts'
import { BY_OTHERS, type MeasureName } from '../warehouse/tables.ts'
import { type AgencyVersion, type Basis, countingDay, membersOf } from './basis.ts'
import { countedAt, movedIn, openAt } from './candidates.ts'
import {
  type AgencyTerm,
  type DossierTerm,
  type HoursTerm,
  measuresOf,
  type ProcedureTerm,
  type ServiceTerm,
  weightsOf,
} from './catalogue/indicator.ts'
import { makeStandings, type Ranked, standingKey } from './compute.ts'
import { agencyCounts, isOfKind, procedureCounts, serviceCounts, weigh } from './figures.ts'
import { localDays } from './local-day.ts'
import { contributions, MEASURED_COLUMNS } from './measures.ts'
import { endOfDay, lastDayOf, type Period, startOfDay } from './periods.ts'
import { placeOn } from './places.ts'

/** numerator: counts above the line, and below it too where there is one · denominator: below the line only. */
export type Role = 'numerator' | 'denominator'
export interface DossierBehind {
  kind: 'dossier'
  source: string
  code: string
  procedure: string
  /** key of the resolving agency */
  agency: string
  /** epoch ms */
  received: number | null
  due: number | null
  ended: number | null
  channel: string
  status: number
  role: Role
  rule: string
  /** the run that brought it */
  run: string
}
export interface ProcedureBehind {
  kind: 'procedure'
  procedure: string
  name: string
  level: string
  online: boolean
  integrated: boolean
  /** dossiers received in the period, and of those online */
  received: number
  receivedOnline: number
  source: string
  role: Role
  rule: string
}
export interface AgencyBehind {
  kind: 'agency'
  agency: string
  name: string
  numerator: number
  denominator: number
  role: Role
  rule: string
}
export type RecordBehind = DossierBehind | ProcedureBehind | AgencyBehind

/** What is explained: one agency (the province: everything) and period. */
export interface Explained {
  basis: Basis
  agency: AgencyVersion
  period: Period
}

const EXPLAINED_COLUMNS = ['id', 'source', 'code', 'run', ...MEASURED_COLUMNS] as const
const BATCH = 5_000

/** Days that count: stocks at the start count what came before, an open period ends with the tick's month, overdue-now with its day. */
interface Window {
  /** included; null: from the beginning */
  from: string | null
  to: string
}

function windowOf(term: Pick<DossierTerm, 'when'>, { basis, period }: Explained): Window {
  if (term.when === 'at-start') return { from: null, to: dayBefore(period.firstDay) }
  const open = period.kind !== 'day' && period.lastMonth > basis.tickMonth
  const to = open ? lastDayOf(basis.tickMonth) : period.lastDay
  return { from: term.when === 'in-period' ? period.firstDay : null, to }
}

const dayBefore = (day: string) => Temporal.PlainDate.from(day).subtract({ days: 1 }).toString()

/** Counted dossiers that may lie in the window, in batches by id. */
async function* candidates(db: Reader, { basis, agency, period }: Explained, window: Window, byOthers = false) {
  const leaves = membersOf(basis, agency, period).map(({ key }) => key)
  if (leaves.length === 0) return
  const end = endOfDay(window.to, basis.zone)
  const start = window.from === null ? null : startOfDay(window.from, basis.zone)
  let after = 0
  for (;;) {
    let query = db
      .selectFrom('dossier')
      .select(EXPLAINED_COLUMNS)
      .where('counted', '=', 1)
      .where('deleted', '=', 0)
      .where('id', '>', after)
      .orderBy('id')
      .limit(BATCH)
    if (agency.kind !== 'province') query = query.where(countedAt(leaves, byOthers))
    query = query.where(start === null ? openAt(end) : movedIn(start, end))
    const rows = await query.execute()
    yield rows
    const last = rows[rows.length - 1]
    if (!last || rows.length < BATCH) return
    after = last.id
  }
}

type Weighed = Partial<Record<string, number>>
/** Measures, and processing times by PROCESSED. */
export type CountedTerm = Pick<DossierTerm, 'when' | 'rule' | 'procedures'> & { weights: Weighed }
/** The dossiers whose times a percentile is told from. */
export const timed = ({ rule }: HoursTerm): CountedTerm => ({ when: 'in-period', weights: { [PROCESSED]: 1 }, rule })

/** Dossiers of both terms of a figure; they look at the same window. Calls `found` for each that counts, with what it counts above and below the line. */
export async function explainDossiers(
  db: Reader,
  explained: Explained,
  terms: { numerator: CountedTerm; denominator: CountedTerm | null },
  language: 'vi' | 'en',
  found: (record: DossierBehind, above: number, below: number) => void,
): Promise<void> {
  const { basis, agency, period } = explained
  const days = localDays(basis.zone)
  const window = windowOf(terms.numerator, explained)
  const procedures = basis.proceduresOn(countingDay(basis, period))
  const isOf = (term: CountedTerm, code: string) =>
    !term.procedures || isOfKind(term.procedures, procedures.get(code), period)
  const byOthers = Object.keys(terms.numerator.weights).some((name) => BY_OTHERS.has(name as MeasureName))
  const own = agency.kind === 'province' ? null : new Set(membersOf(basis, agency, period).map(({ key }) => key))
  for await (const rows of candidates(db, explained, window, byOthers)) {
    for (const row of rows) {
      const weighed: Weighed = {}
      for (const { day, measure, n, agency: at } of contributions(row, days, basis.tickAt)) {
        if (day > window.to || (window.from !== null && day < window.from) || (own && !own.has(at))) continue
        weighed[measure] = (weighed[measure] ?? 0) + n
      }
      const counted = (measure: string) => weighed[measure] ?? 0
      const countOf = (one: CountedTerm | null) => (one && isOf(one, row.procedure) ? weigh(one.weights, counted) : 0)
      const [above, below] = [countOf(terms.numerator), countOf(terms.denominator)]
      const term = above !== 0 ? terms.numerator : terms.denominator
      if (!term || (above === 0 && below === 0)) continue
      const behind: DossierBehind = {
        kind: 'dossier',
        source: row.source,
        code: row.code,
        procedure: row.procedure,
        agency: row.resolving,
        received: row.received_at,
        due: row.due_at,
        ended: row.ended_at,
        channel: row.channel,
        status: row.status,
        role: above !== 0 ? 'numerator' : 'denominator',
        rule: term.rule[language],
        run: row.run,
      }
      found(behind, above, below)
    }
  }
}

/** measure → how many dossiers of a procedure it counted in the period */
type Counts = Map<MeasureName, number>
/** What the measures counted in the period, told from the rows themselves: agency it is counted under → procedure → measure. */
async function countedIn(
  db: Reader,
  explained: Explained,
  measures: ReadonlySet<MeasureName>,
): Promise<Map<string, Map<string, Counts>>> {
  const { agencies } = explained.basis
  const day = countingDay(explained.basis, explained.period)
  const placeOf = (key: string) => {
    const agency = agencies.get(key)
    return agency ? placeOn(agencies, agency, day).key : key
  }
  const days = localDays(explained.basis.zone)
  const window = windowOf({ when: 'in-period' }, explained)
  const found = new Map<string, Map<string, Counts>>()
  for await (const rows of candidates(db, explained, window)) {
    for (const row of rows) {
      for (const entry of contributions(row, days, explained.basis.tickAt)) {
        const { measure } = entry
        if (measure === PROCESSED || !measures.has(measure)) continue
        if (entry.day < (window.from ?? '') || entry.day > window.to) continue
        const place = placeOf(entry.agency)
        const procedures = found.get(place) ?? new Map<string, Counts>()
        found.set(place, procedures)
        const counts = procedures.get(entry.procedure) ?? new Map<MeasureName, number>()
        procedures.set(entry.procedure, counts)
        counts.set(measure, (counts.get(measure) ?? 0) + entry.n)
      }
    }
  }
  return found
}

type ProcedureLike = ServiceTerm | ProcedureTerm

/** Services and procedures of both terms. */
export async function explainProcedures(
  db: Reader,
  explained: Explained,
  terms: { numerator: ProcedureLike; denominator: ProcedureLike | null },
  language: 'vi' | 'en',
): Promise<ProcedureBehind[]> {
  const { basis, agency, period } = explained
  const procedures = basis.proceduresOn(countingDay(basis, period))
  const assigned = procedures.assigned(agency)
  const asked = [terms.numerator, ...(terms.denominator ? [terms.denominator] : [])]
  const having = asked.flatMap(measuresOf)
  const counted = having.length > 0 ? await countedIn(db, explained, new Set([...having, ...SHOWN])) : new Map()
  const totals = new Map<string, Counts>()
  for (const procedures of counted.values()) {
    for (const [code, counts] of procedures as Map<string, Counts>) {
      const total = totals.get(code) ?? new Map<MeasureName, number>()
      totals.set(code, total)
      for (const [measure, n] of counts) total.set(measure, (total.get(measure) ?? 0) + n)
    }
  }
  const counts = (term: ProcedureLike, code: string) => {
    const procedure = procedures.get(code)
    if (term.of === 'procedures')
      return procedure !== undefined && assigned.has(code) && procedureCounts(term, procedure, period)
    return hasAny(term, totals.get(code)) && serviceCounts(term, procedure, term.assigned ? assigned : null, period)
  }
  const behind: ProcedureBehind[] = []
  for (const code of [...new Set([...assigned.keys(), ...totals.keys()])].sort()) {
    const procedure = procedures.get(code)
    const term = asked.find((one) => counts(one, code))
    if (!procedure || !term) continue
    behind.push({
      kind: 'procedure',
      procedure: code,
      name: procedure.name,
      level: procedure.level,
      online: procedure.online,
      integrated: procedure.integrated,
      received: totals.get(code)?.get('received') ?? 0,
      receivedOnline: totals.get(code)?.get('received_online') ?? 0,
      source: procedure.source,
      role: term === terms.numerator ? 'numerator' : 'denominator',
      rule: term.rule[language],
    })
  }
  return behind
}

const hasAny = (term: ServiceTerm, counts: Counts | undefined): boolean =>
  weigh(weightsOf(term), (name) => counts?.get(name as MeasureName) ?? 0) > 0

const SHOWN: readonly MeasureName[] = ['received', 'received_online']
const STANDING: Record<'numerator' | 'denominator', ServiceTerm> = {
  numerator: { of: 'services', having: 'received_online', full: true, rule: { vi: '', en: '' } },
  denominator: { of: 'services', having: 'received', full: true, rule: { vi: '', en: '' } },
}

/** Agencies of both terms, each with the parts it is ranked by. */
export async function explainAgencies(
  db: Reader,
  explained: Explained,
  terms: { numerator: AgencyTerm; denominator: AgencyTerm | null },
  language: 'vi' | 'en',
): Promise<AgencyBehind[]> {
  const { basis, period } = explained
  const procedures = basis.proceduresOn(countingDay(basis, period))
  const ranked: Ranked = new Map()
  for (const [agency, services] of await countedIn(db, explained, new Set(SHOWN))) {
    const count = (term: ServiceTerm) =>
      [...services].filter(
        ([code, counts]) => hasAny(term, counts) && serviceCounts(term, procedures.get(code), null, period),
      ).length
    ranked.set(standingKey(agency, period.text), [count(STANDING.numerator), count(STANDING.denominator)])
  }
  const behind: AgencyBehind[] = []
  for (const standing of makeStandings(basis, ranked)(terms.numerator.kind, period)) {
    const role = agencyCounts(terms.numerator, standing) ? 'numerator' : 'denominator'
    const term = terms[role]
    if (!term || !agencyCounts(term, standing)) continue
    const { agency, numerator, denominator } = standing
    behind.push({
      kind: 'agency',
      agency: agency.key,
      name: agency.name,
      numerator,
      denominator,
      role,
      rule: term.rule[language],
    })
  }
  return behind
}
