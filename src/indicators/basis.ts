/** What figures rest on besides cells: agencies, procedures by version, the tick. Read once per refresh, explain or rebuild. */
import { liveMeasures } from '../warehouse/measures.ts'
import type { Reader } from '../warehouse/open.ts'
import type { AgencyKind } from './catalogue/indicator.ts'
import { knownAt } from './known-at.ts'
import { localDays } from './local-day.ts'
import type { Period } from './periods.ts'
import { holderOn, makeMembersOn } from './places.ts'
import { loadRules, type RulesOn } from './qd766/held.ts'
import { makeRootGroups, makeRootsOn, type RootGroups, type Roots } from './roots.ts'

export interface AgencyVersion {
  /** `<code>@<valid_from>` */
  key: string
  code: string
  kind: AgencyKind
  name: string
  /** key of the version it belongs to, followed through successors; null: none is known */
  parent: string | null
  validFrom: string
  /** exclusive */
  validTo: string | null
  successors: readonly string[]
}
export interface ProcedureVersion {
  code: string
  name: string
  level: string
  online: boolean
  integrated: boolean
  /** online and full-process (toàn trình) */
  full: boolean
  executing: readonly string[]
  fieldCode: string | null
  fieldName: string | null
  /** has a fee, ends in a result on paper; null: the catalogue does not say */
  fee: boolean | null
  requiresResult: boolean | null
  /** accepted online on trial, both days included; null: not, and open-ended */
  pilotFrom: string | null
  pilotTo: string | null
  source: string
}
/** The procedures as they stood on one day. */
export interface ProceduresOn {
  get(code: string): ProcedureVersion | undefined
  all(): ReadonlyMap<string, ProcedureVersion>
  /** those under the agency's authority; at the province all but what only another province's agencies hold */
  assigned(agency: AgencyVersion): ReadonlyMap<string, ProcedureVersion>
}
export interface Basis {
  zone: string
  /** the persisted tick that everything is classified against, epoch ms */
  tickAt: number
  tickDay: string
  tickMonth: string
  agencies: ReadonlyMap<string, AgencyVersion>
  /** measures whose cells hold every dossier; figures over another are not complete */
  live: ReadonlySet<string>
  /** agency → those counted under it on a day, itself included; who is counted elsewhere has none */
  membersOn(day: string): ReadonlyMap<string, readonly AgencyVersion[]>
  /** the provinces of a day and who rolls up to which */
  rootsOn(day: string): Roots
  rootGroups: RootGroups
  proceduresOn(day: string): ProceduresOn
  procedureSources: readonly string[]
  /** by which the periods are scored that begin on a day */
  rulesOn: RulesOn
}

/** `known`: the landing by whose knowledge agencies and procedures are told; null: by all of it. */
export async function loadBasis(db: Reader, tickAt: number, zone: string, known: number | null = null): Promise<Basis> {
  const tickDay = localDays(zone).dayOf(tickAt)
  const rows = await db
    .selectFrom('agency')
    .select(['key', 'code', 'kind', 'name', 'parent', 'valid_from', 'valid_to', 'successors'])
    .where(knownAt(known))
    .orderBy('key')
    .execute()
  const agencies = new Map(
    rows.map((row): [string, AgencyVersion] => [
      row.key,
      {
        key: row.key,
        code: row.code,
        kind: row.kind as AgencyKind,
        name: row.name,
        parent: row.parent,
        validFrom: row.valid_from,
        validTo: row.valid_to,
        successors: JSON.parse(row.successors) as string[],
      },
    ]),
  )
  const rootsOn = makeRootsOn(agencies)
  const places = {
    agencies,
    membersOn: makeMembersOn(agencies),
    rootsOn,
    rootGroups: makeRootGroups(agencies, rootsOn),
  }
  const procedures = await loadProcedures(db, places, known)
  const live = await liveMeasures(db)
  const rulesOn = await loadRules(db, known)
  return { zone, tickAt, tickDay, tickMonth: tickDay.slice(0, 7), live, ...places, ...procedures, rulesOn }
}

async function loadProcedures(
  db: Reader,
  { agencies, rootsOn }: Pick<Basis, 'agencies' | 'rootsOn'>,
  known: number | null,
): Promise<Pick<Basis, 'proceduresOn' | 'procedureSources'>> {
  const rows = await db
    .selectFrom('procedure')
    .select([
      'code',
      'name',
      'field_code',
      'field_name',
      'level',
      'online',
      'integrated',
      'executing',
      'fee',
      'requires_result',
      'pilot_from',
      'pilot_to',
      'source',
      'valid_from',
      'valid_to',
    ])
    .where(knownAt(known))
    .orderBy('code')
    .execute()
  const versions = rows.map((row) => ({
    validFrom: row.valid_from,
    validTo: row.valid_to,
    version: {
      code: row.code,
      name: row.name,
      level: row.level,
      online: row.online === 1,
      integrated: row.online === 1 && row.integrated === 1,
      full: row.online === 1 && row.level === 'full',
      executing: JSON.parse(row.executing) as string[],
      fieldCode: row.field_code,
      fieldName: row.field_name,
      fee: row.fee === null ? null : row.fee === 1,
      requiresResult: row.requires_result === null ? null : row.requires_result === 1,
      pilotFrom: row.pilot_from,
      pilotTo: row.pilot_to,
      source: row.source,
    } satisfies ProcedureVersion,
  }))
  const assignments = await db
    .selectFrom('procedure_agency')
    .select(['procedure', 'agency', 'valid_from', 'valid_to'])
    .where(knownAt(known))
    .execute()
  const days = new Map<string, ProceduresOn>()
  return {
    procedureSources: [...new Set(rows.map((row) => row.source))].sort(),
    proceduresOn(day) {
      let found = days.get(day)
      if (!found) {
        const valid = versions.filter((one) => holdsOn(one.validFrom, one.validTo, day)).map((one) => one.version)
        found = asOfDay(valid, heldOn(assignments, agencies, day), rootsOn(day))
        days.set(day, found)
      }
      return found
    },
  }
}

interface Assignment {
  procedure: string
  /** `<code>@<valid_from>` as the catalogue's name was resolved; codes are re-used by other units */
  agency: string
  valid_from: string
  valid_to: string | null
}

/** The assignments of a day with the agency that holds them then. */
function heldOn(assignments: readonly Assignment[], agencies: ReadonlyMap<string, AgencyVersion>, day: string) {
  const holders = new Map<string, string>()
  const holderOf = (key: string) => {
    let found = holders.get(key)
    if (found === undefined) {
      const agency = agencies.get(key)
      found = agency ? holderOn(agencies, agency, day).key : key
      holders.set(key, found)
    }
    return found
  }
  return assignments
    .filter((one) => holdsOn(one.valid_from, one.valid_to, day))
    .map(({ procedure, agency }) => ({ procedure, agency: holderOf(agency) }))
}

function asOfDay(
  versions: readonly ProcedureVersion[],
  assignments: readonly { procedure: string; agency: string }[],
  roots: Roots,
): ProceduresOn {
  const all = new Map(versions.map((version) => [version.code, version]))
  const named = new Map<string, string[]>()
  for (const { procedure, agency } of assignments) {
    const list = named.get(agency)
    if (list) list.push(procedure)
    else named.set(agency, [procedure])
  }
  const known = new Map<string, ReadonlyMap<string, ProcedureVersion>>()
  return {
    get: (code) => all.get(code),
    all: () => all,
    assigned(agency) {
      if (agency.kind === 'province' && roots.single) return all
      let found = known.get(agency.key)
      if (!found && agency.kind === 'province') {
        const elsewhere = heldElsewhere(assignments, new Set(roots.members.get(agency.key)?.map(({ key }) => key)))
        found = new Map(versions.filter(({ code }) => !elsewhere.has(code)).map((one) => [one.code, one]))
        known.set(agency.key, found)
      }
      if (!found) {
        const own = new Set(named.get(agency.key))
        // Executing level district or commune means every one of them.
        const whole = agency.kind === 'district' || agency.kind === 'commune' ? agency.kind : null
        found = new Map(
          versions
            .filter((one) => own.has(one.code) || (whole !== null && one.executing.includes(whole)))
            .map((one) => [one.code, one]),
        )
        known.set(agency.key, found)
      }
      return found
    },
  }
}

/** Procedures that agencies hold, but none of these. */
function heldElsewhere(assignments: readonly { procedure: string; agency: string }[], own: ReadonlySet<string>) {
  const found = new Set(assignments.map(({ procedure }) => procedure))
  for (const { procedure, agency } of assignments) if (own.has(agency)) found.delete(procedure)
  return found
}

const holdsOn = (from: string, to: string | null, day: string) => from <= day && (to === null || day < to)

/** The day whose procedure versions and agencies count for a period: its last, the tick's while it is open. */
export const countingDay = (basis: Basis, period: Period) =>
  period.lastDay < basis.tickDay ? period.lastDay : basis.tickDay

/**
 * Who is counted under the agency in a period, itself included: an agency's periods are those of its counting day. Of a province that is
 * not the only one everyone that rolls up to it; of one that is, who it succeeded.
 */
export function membersOf(basis: Basis, agency: AgencyVersion, period: Period): readonly AgencyVersion[] {
  const day = countingDay(basis, period)
  if (agency.kind === 'province' && !isWhole(basis, day)) return basis.rootsOn(day).members.get(agency.key) ?? []
  return basis.membersOn(day).get(agency.key) ?? []
}

/** Whether the province of the day is the only one: its figures are the sum over everything. */
export const isWhole = (basis: Basis, day: string): boolean => basis.rootsOn(day).single

/**
 * What figures an agency has for a period. all: it is in being on the counting day, or ended within the period without one successor ·
 * remainder: it had ended before, and what it left open stays with it; figures of dossiers, as long as there are any · none: it has not
 * begun, or is counted under its successor. Of a province nothing is left: whoever follows it rolls up what it had.
 */
export type Carried = 'all' | 'remainder' | 'none'

export function carries(basis: Basis, agency: AgencyVersion, period: Period): Carried {
  if (agency.validFrom > countingDay(basis, period) || membersOf(basis, agency, period).length === 0) return 'none'
  if (inBeing(agency, countingDay(basis, period))) return 'all'
  if (agency.kind === 'province') return 'none'
  return agency.validTo === null || period.firstDay < agency.validTo ? 'all' : 'remainder'
}

export const inBeing = (agency: AgencyVersion, day: string) => holdsOn(agency.validFrom, agency.validTo, day)
