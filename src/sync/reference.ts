/**
 * Reference data: agencies with their versions, names, the calendar. Files are installed into the warehouse as versions (never
 * overwritten); landing asks the warehouse, so that every process agrees on what an agency name meant.
 */
import type { Kysely } from 'kysely'
import { agencyNames, namesWithin, provinceOf } from '../connect/names.ts'
import { type Calendar, type CalendarData, makeCalendar } from '../indicators/deadlines.ts'
import { RULE_KIND } from '../indicators/qd766/held.ts'
import { upsertRows, type Value } from '../warehouse/bulk.ts'
import { markDirty } from '../warehouse/cells.ts'
import { findMeta, newLanding, saveMeta } from '../warehouse/landing.ts'
import type { Reader, Trx, Warehouse } from '../warehouse/open.ts'
import { firstMonth } from '../warehouse/source-status.ts'
import type { AgencyTable, ProcedureTable, Tables } from '../warehouse/tables.ts'
import { agencyNameTest, type IsAgency } from './agency-names.ts'
import { type InputDaysOn, makeInputDaysOn } from './input-days.ts'
import { ALWAYS } from './land-procedures.ts'
import {
  type AgencyFileRow,
  firstChange,
  listImports,
  type ReferenceState,
  referenceDigest,
  referenceState,
} from './reference-state.ts'

/** How the basis of an alias begins that a person has made: `ioc quarantine map`. */
export const MAPPED = 'quarantine map'

/** rule: the calendar without its days, which have a table of their own */
export const CALENDAR_RULE = 'calendar'

/** Installs `data/reference` from the first of `homes` that has each file, with what was imported since; nothing to do where that is installed. */
export async function installReference(warehouse: Warehouse, homes: readonly string[], at: number): Promise<boolean> {
  const isInstalled = async (db: Reader) =>
    (await findMeta(db, 'reference')) === referenceDigest(homes, await listImports(db))
  if (await warehouse.read(isInstalled)) return false
  return warehouse.write(async (trx) => {
    // Asked again: somebody may have imported in between.
    if (await isInstalled(trx.db)) return false
    const state = referenceState(homes, await listImports(trx.db))
    await installState(trx, state, await newLanding(trx, 'reference', at))
    return true
  })
}

/** Makes `state` what is known from a landing on. */
export async function installState(trx: Trx, state: ReferenceState, landing: number): Promise<void> {
  const { agencies, aliases, calendar } = state
  await noteReassignment(trx, agencies)
  await replaceVersions(trx, 'agency', landing, AGENCY, ['key'], agencies.map(agencyRow))
  const names = [
    ...agencyNames(agencies, aliases).map((name) => ({ ...name, scope: '' })),
    ...namesWithin(agencies, aliases).map((name) => ({ ...name, scope: scopeOf(name.province) })),
  ]
  await replaceVersions(
    trx,
    'alias',
    landing,
    ALIAS,
    ['scope', 'ref', 'valid_from'],
    names.map((one) => [one.scope, `name:${one.nameKey}`, one.agency, one.validFrom, one.validTo, 'data/reference']),
    (row) => row.scope === '' || String(row.scope).startsWith(scopeOf('')),
  )
  await replaceVersions(
    trx,
    'calendar',
    landing,
    CALENDAR,
    ['date'],
    calendar.days.map((day) => [day.date, day.kind, day.name, day.basis, day.confidence]),
  )
  const { version, covers, weekend, officeHours } = calendar
  await replaceRule(trx, CALENDAR_RULE, JSON.stringify({ version, covers, weekend, officeHours }), landing)
  await replaceRule(trx, RULE_KIND, JSON.stringify(state.rules), landing)
  await saveMeta(trx, 'reference', state.digest)
  await saveMeta(trx, 'reference_landing', String(landing))
  // Names, kinds and validity stand in every figure.
  await markDirty(trx, [['*', await firstMonth(trx.db)]])
}

/** meta: from which day on what has landed has to be looked at, since agencies may mean others now */
export const REASSIGN_FROM = 'reassign_from'

/** Where agencies are known already, the first day on which one of them begins or ends otherwise than it did. */
async function noteReassignment(trx: Trx, next: readonly AgencyFileRow[]): Promise<void> {
  const held = await trx.db
    .selectFrom('agency')
    .select(['key', 'valid_from', 'valid_to', 'successors'])
    .where('known_to', 'is', null)
    .execute()
  if (held.length === 0) return
  const before = held.map((row) => ({
    ...{ key: row.key, validFrom: row.valid_from, validTo: row.valid_to },
    successors: JSON.parse(row.successors) as string[],
  }))
  const earlier = await findMeta(trx.db, REASSIGN_FROM)
  const first = [firstChange(before, next), earlier].filter((day) => day !== undefined).sort()[0]
  if (first !== undefined && first !== earlier) await saveMeta(trx, REASSIGN_FROM, first)
}

const scopeOf = (province: string) => `province:${province}`

const AGENCY = [
  'key',
  'code',
  'code_system',
  'identifier',
  'kind',
  'name',
  'parent',
  'valid_from',
  'valid_to',
  'successors',
]
const ALIAS = ['scope', 'ref', 'agency', 'valid_from', 'valid_to', 'basis']
const CALENDAR = ['date', 'kind', 'name', 'basis', 'confidence']
const agencyRow = (agency: AgencyFileRow): Value[] => [
  agency.key,
  agency.code,
  agency.codeSystem,
  agency.identifier,
  agency.kind,
  agency.name,
  agency.parent,
  agency.validFrom,
  agency.validTo,
  JSON.stringify(agency.successors),
]

/** Ends the known version of what changed or vanished and adds the new one; what stays the same is left alone. */
async function replaceVersions(
  trx: Trx,
  table: 'agency' | 'alias' | 'calendar',
  landing: number,
  columns: readonly string[],
  keys: readonly string[],
  rows: readonly (readonly Value[])[],
  mine: (row: Record<string, Value>) => boolean = () => true,
): Promise<void> {
  const current = (
    (await trx.db.selectFrom(table).selectAll().where('known_to', 'is', null).execute()) as unknown as Record<
      string,
      Value
    >[]
  ).filter(mine)
  const keyOf = (row: Record<string, Value>) => keys.map((key) => row[key]).join('\0')
  const old = new Map(current.map((row) => [keyOf(row), row]))
  const added: Value[][] = []
  for (const values of rows) {
    const row = Object.fromEntries(columns.map((column, i) => [column, values[i] ?? null])) as Record<string, Value>
    const known = old.get(keyOf(row))
    old.delete(keyOf(row))
    if (known && columns.every((column) => known[column] === row[column])) continue
    if (known) await endVersion(trx, table, keys, known, landing)
    added.push([...values, landing, null])
  }
  for (const gone of old.values()) await endVersion(trx, table, keys, gone, landing)
  await upsertRows(trx, table, [...columns, 'known_from', 'known_to'], [], 'nothing', added)
}

async function endVersion(
  trx: Trx,
  table: 'agency' | 'alias' | 'calendar',
  keys: readonly string[],
  row: Record<string, Value>,
  landing: number,
): Promise<void> {
  let query = trx.db.updateTable(table).set({ known_to: landing }).where('known_to', 'is', null)
  for (const key of keys) query = query.where(key as never, '=', row[key] as never)
  await query.execute()
}

/** As versions on the axis of knowledge; what the rule holds is dated within. */
async function replaceRule(trx: Trx, kind: string, data: string, landing: number): Promise<void> {
  const held = await findRule(trx.db, kind)
  if (held === data) return
  await trx.db
    .updateTable('rule')
    .set({ known_to: landing })
    .where('kind', '=', kind)
    .where('known_to', 'is', null)
    .execute()
  const row = { kind, valid_from: ALWAYS, valid_to: null, data, known_from: landing, known_to: null }
  await trx.db.insertInto('rule').values(row).execute()
}

/** JSON of the one that is known now. */
export async function findRule(db: Reader, kind: string): Promise<string | null> {
  const row = await db
    .selectFrom('rule')
    .select('data')
    .where('kind', '=', kind)
    .where('known_to', 'is', null)
    .executeTakeFirst()
  return row?.data ?? null
}

export interface Limit {
  count: number
  unit: string
}
export interface Reference {
  /** which landing of reference data this is; another number means: read again */
  landing: number
  agencies: ReadonlyMap<string, AgencyTable>
  /** codes of all known procedures */
  procedures: { has(code: string): boolean }
  /** the statutory limit that held on that day; that of the earliest version before it */
  limitOn(procedure: string, date: string): Limit | null
  calendar: Calendar
  /** By when publications and petitions of a day must be dealt with. */
  inputDaysOn: InputDaysOn
  /** The agency version that `ref` means on `date` to `source`; undefined where nobody knows it. */
  resolve(ref: string, source: string, date: string): string | undefined
  /** Whether `ref` ever meant an agency to `source`, whatever the date: a dossier of last year may wait for a unit that is no more. */
  knows(ref: string, source: string): boolean
  /** Whether some agency is called so, with or without its kind. */
  isAgency: IsAgency
  /** What `ref` of `source` means on `date` where a person has said that it was mapped wrongly before; undefined: nobody has, or it means nobody. */
  remapped(ref: string, source: string, date: string): string | undefined
}

/** The landing number that `readReferenceData` would give now; one cheap look per batch. */
export async function referenceLanding(db: Kysely<Tables>): Promise<number> {
  return Number((await findMeta(db, 'reference_landing')) ?? 0)
}

export async function readReferenceData(db: Kysely<Tables>, zone: string): Promise<Reference> {
  const landing = await referenceLanding(db)
  const agencies = await db.selectFrom('agency').selectAll().where('known_to', 'is', null).execute()
  const aliases = await db.selectFrom('alias').selectAll().where('known_to', 'is', null).execute()
  const procedures = (await db
    .selectFrom('procedure')
    .select(['code', 'valid_from', 'limit_count', 'limit_unit'])
    .where('known_to', 'is', null)
    .orderBy('valid_from')
    .execute()) as Pick<ProcedureTable, 'code' | 'valid_from' | 'limit_count' | 'limit_unit'>[]
  const days = await db.selectFrom('calendar').select(['date', 'kind']).where('known_to', 'is', null).execute()
  const calendarText = await findRule(db, CALENDAR_RULE)
  if (calendarText === null)
    throw new Error('reference data is not installed; installReference runs before any landing')
  const versions = group(procedures, (procedure) => procedure.code)
  const byIdentifier = group(
    agencies.filter((agency) => agency.identifier !== null),
    (agency) => agency.identifier ?? '',
  )
  const byCode = group(agencies, (agency) => agency.code)
  const byAlias = group(aliases, (alias) => `${alias.scope}\0${alias.ref}`)
  const versionOf = (code: string, date: string) => byCode.get(code)?.find((agency) => validOn(agency, date))?.key
  const aliased = (scope: string, ref: string, date: string) => {
    const alias = byAlias.get(`${scope}\0${ref}`)?.find((candidate) => validOn(candidate, date))
    return alias && versionOf(alias.agency, date)
  }
  const replaced = await db
    .selectFrom('alias')
    .select(['scope', 'ref'])
    .where('known_to', 'is not', null)
    .where('basis', 'like', `${MAPPED}%`)
    .execute()
  const remapped = new Set(replaced.map(({ scope, ref }) => `${scope}\0${ref}`))
  const provinces = provincesOfSources(agencies, await db.selectFrom('feeds').select(['source', 'agency']).execute())
  return {
    landing,
    agencies: new Map(agencies.map((agency) => [agency.key, agency])),
    procedures: versions,
    limitOn(procedure, date) {
      const known = versions.get(procedure)
      const version = known?.findLast(({ valid_from }) => valid_from <= date) ?? known?.[0]
      if (!version || version.limit_count === null) return null
      return { count: version.limit_count, unit: version.limit_unit ?? 'working-day' }
    },
    calendar: makeCalendar({ ...(JSON.parse(calendarText) as CalendarData), days: days as CalendarData['days'] }, zone),
    inputDaysOn: makeInputDaysOn(await findRule(db, RULE_KIND)),
    resolve(ref, source, date) {
      const colon = ref.indexOf(':')
      const scheme = ref.slice(0, colon)
      const value = ref.slice(colon + 1)
      // `code:25459@2025-07-01` carries the day on which its source means it, see unitCode
      const [code = '', day = date] = scheme === 'code' ? value.split('@') : []
      const known =
        scheme === 'identifier'
          ? byIdentifier.get(value)?.find((agency) => validOn(agency, date))?.key
          : scheme === 'code' && versionOf(code, day)
      return (
        known ||
        (aliased(source, ref, date) ??
          aliased('', ref, date) ??
          aliased(scopeOf(provinces.get(source) ?? ''), ref, date))
      )
    },
    knows(ref, source) {
      const value = ref.slice(ref.indexOf(':') + 1)
      if (ref.startsWith('identifier:') && byIdentifier.has(value)) return true
      if (ref.startsWith('code:') && byCode.has(value.replace(/@.*$/, ''))) return true
      return [source, '', scopeOf(provinces.get(source) ?? '')].some((scope) => byAlias.has(`${scope}\0${ref}`))
    },
    remapped: (ref, source, date) =>
      remapped.size > 0 && remapped.has(`${source}\0${ref}`) ? aliased(source, ref, date) : undefined,
    isAgency: agencyNameTest(() => [
      ...agencies.map(({ name }) => name),
      ...aliases.filter(({ ref }) => ref.startsWith('name:')).map(({ ref }) => ref.slice('name:'.length)),
    ]),
  }
}

/** The one province whose agencies a source has brought dossiers of: among names that two provinces have it means its own. */
function provincesOfSources(
  agencies: readonly AgencyTable[],
  feeds: readonly { source: string; agency: string }[],
): ReadonlyMap<string, string> {
  const byKey = new Map(agencies.map((one) => [one.key, one]))
  const found = new Map<string, string>()
  for (const [source, fed] of Map.groupBy(feeds, (row) => row.source)) {
    const own = new Set(fed.flatMap(({ agency }) => provinceOf(byKey, agency) ?? []))
    // A province that joined another goes on in it.
    const followed = new Set([...own].flatMap((key) => JSON.parse(byKey.get(key)?.successors ?? '[]') as string[]))
    const [only, other] = [...own].filter((key) => !followed.has(key))
    if (only !== undefined && other === undefined) found.set(source, only)
  }
  return found
}

const validOn = (row: { valid_from: string; valid_to: string | null }, date: string) =>
  row.valid_from <= date && (row.valid_to === null || date < row.valid_to)
function group<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  return Map.groupBy(items, key)
}
