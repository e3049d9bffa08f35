/** The records behind a term: dossiers found by index and then judged by the same measures as the figure. */
import type { Reader } from '../warehouse/open.ts'
import type { MeasureName } from '../warehouse/tables.ts'
import { type AgencyVersion, type Basis, countingDay, membersOf } from './basis.ts'
import type { AgencyTerm, DossierTerm, ProcedureTerm, ServiceTerm } from './catalogue/indicator.ts'
import { makeStandings, type Ranked, standingKey } from './compute.ts'
import { agencyCounts, procedureCounts, serviceCounts } from './figures.ts'
import { localDays } from './local-day.ts'
import { contributions } from './measures.ts'
import { endOfDay, lastDayOf, type Period, startOfDay } from './periods.ts'
import { placeOn } from './places.ts'
import { MEASURED_COLUMNS } from './tick.ts'

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
async function* candidates(db: Reader, { basis, agency, period }: Explained, window: Window) {
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
    if (agency.kind !== 'province') query = query.where('resolving', 'in', leaves)
    query = query.where(({ or, eb, and }) =>
      start === null
        ? and([eb('received_at', '<', end), or([eb('ended_at', 'is', null), eb('ended_at', '>=', end)])])
        : or([
            and([eb('received_at', '>=', start), eb('received_at', '<', end)]),
            and([eb('ended_at', '>=', start), eb('ended_at', '<', end)]),
          ]),
    )
    const rows = await query.execute()
    yield rows
    const last = rows[rows.length - 1]
    if (!last || rows.length < BATCH) return
    after = last.id
  }
}

/** Dossiers of both terms of a figure; they look at the same window. Calls `found` for each that counts. */
export async function explainDossiers(
  db: Reader,
  explained: Explained,
  terms: { numerator: DossierTerm; denominator: DossierTerm | null },
  language: 'vi' | 'en',
  found: (record: DossierBehind, n: number) => void,
): Promise<void> {
  const { basis } = explained
  const days = localDays(basis.zone)
  const window = windowOf(terms.numerator, explained)
  for await (const rows of candidates(db, explained, window)) {
    for (const row of rows) {
      const weighed: Partial<Record<MeasureName, number>> = {}
      for (const { day, measure, n } of contributions(row, days, basis.tickAt)) {
        if (day > window.to || (window.from !== null && day < window.from)) continue
        weighed[measure] = (weighed[measure] ?? 0) + n
      }
      const above = weigh(terms.numerator, row.channel, weighed)
      const below = terms.denominator ? weigh(terms.denominator, row.channel, weighed) : 0
      const [term, n] = above !== 0 ? [terms.numerator, above] : [terms.denominator, below]
      if (!term || n === 0) continue
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
      found(behind, n)
    }
  }
}

function weigh(term: DossierTerm, channel: string, weighed: Partial<Record<MeasureName, number>>): number {
  if (term.online && channel !== 'online') return 0
  let sum = 0
  for (const [name, weight] of Object.entries(term.weights) as [MeasureName, number][])
    sum += weight * (weighed[name] ?? 0)
  return sum
}

interface Received {
  any: number
  online: number
}
/** Dossiers received in the period, counted from the rows themselves: agency they are counted under → procedure → how many. */
async function receivedIn(db: Reader, explained: Explained): Promise<Map<string, Map<string, Received>>> {
  const { agencies } = explained.basis
  const day = countingDay(explained.basis, explained.period)
  const placeOf = (key: string) => {
    const agency = agencies.get(key)
    return agency ? placeOn(agencies, agency, day).key : key
  }
  const days = localDays(explained.basis.zone)
  const window = windowOf({ when: 'in-period' }, explained)
  const found = new Map<string, Map<string, Received>>()
  for await (const rows of candidates(db, explained, window)) {
    for (const row of rows) {
      const received = contributions(row, days, explained.basis.tickAt).find((entry) => entry.measure === 'received')
      if (!received || received.day < (window.from ?? '') || received.day > window.to) continue
      const place = placeOf(row.resolving)
      const procedures = found.get(place) ?? new Map<string, Received>()
      found.set(place, procedures)
      const counts = procedures.get(row.procedure) ?? { any: 0, online: 0 }
      procedures.set(row.procedure, counts)
      counts.any++
      if (row.channel === 'online') counts.online++
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
  const received = asked.some((term) => term.of === 'services') ? await receivedIn(db, explained) : new Map()
  const totals = new Map<string, Received>()
  for (const counts of received.values()) {
    for (const [code, { any, online }] of counts as Map<string, Received>) {
      const total = totals.get(code) ?? { any: 0, online: 0 }
      totals.set(code, { any: total.any + any, online: total.online + online })
    }
  }
  const counts = (term: ProcedureLike, code: string) => {
    const procedure = procedures.get(code)
    if (term.of === 'procedures')
      return procedure !== undefined && assigned.has(code) && procedureCounts(term, procedure)
    return (
      (totals.get(code)?.[term.dossiers] ?? 0) > 0 && serviceCounts(term, procedure, term.assigned ? assigned : null)
    )
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
      received: totals.get(code)?.any ?? 0,
      receivedOnline: totals.get(code)?.online ?? 0,
      source: procedure.source,
      role: term === terms.numerator ? 'numerator' : 'denominator',
      rule: term.rule[language],
    })
  }
  return behind
}

const STANDING: Record<'numerator' | 'denominator', ServiceTerm> = {
  numerator: { of: 'services', dossiers: 'online', full: true, rule: { vi: '', en: '' } },
  denominator: { of: 'services', dossiers: 'any', full: true, rule: { vi: '', en: '' } },
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
  for (const [agency, services] of await receivedIn(db, explained)) {
    const count = (term: ServiceTerm) =>
      [...services].filter(([code, n]) => n[term.dossiers] > 0 && serviceCounts(term, procedures.get(code), null))
        .length
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
