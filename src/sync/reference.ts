/**
 * Reference data: agencies with their versions, names, the calendar. Files are installed into the warehouse as versions (never
 * overwritten); landing asks the warehouse, so that every process agrees on what an agency name meant.
 */
import { createHash } from 'node:crypto'
import type { Kysely } from 'kysely'
import { readJsonFile } from '../config-check.ts'
import { agencyNames, type NameAlias, type NamedAgency } from '../connect/names.ts'
import { type Calendar, type CalendarData, makeCalendar } from '../indicators/deadlines.ts'
import { checkRules } from '../indicators/qd766/rules.ts'
import { upsertRows, type Value } from '../warehouse/bulk.ts'
import { markDirty } from '../warehouse/cells.ts'
import { findMeta, newLanding, saveMeta } from '../warehouse/landing.ts'
import type { Trx, Warehouse } from '../warehouse/open.ts'
import { firstMonth } from '../warehouse/source-status.ts'
import type { AgencyTable, ProcedureTable, Tables } from '../warehouse/tables.ts'
import { agencyNameTest, findReference, type IsAgency, readReference } from './agency-names.ts'

interface AgencyFileRow extends NamedAgency {
  codeSystem: string
  identifier: string | null
  successors: readonly string[]
}
type CalendarFile = Omit<CalendarData, 'days'> & {
  days: readonly { date: string; kind: string; name: string; basis: string; confidence: string }[]
}

/** meta: which calendar the deadlines are computed by */
export const CALENDAR_DIGEST = 'calendar_digest'
/** meta: the scoring rules of QĐ 766, JSON as checkRules leaves it */
export const QD766_RULES = 'qd766'

const FILES = ['agencies.json', 'aliases.json', 'calendar.json', 'qd766.json'] as const

/** Installs `data/reference` from the first of `homes` that has each file; does nothing where its content is already installed. */
export async function installReference(warehouse: Warehouse, homes: readonly string[], at: number): Promise<boolean> {
  const texts = FILES.map((file) => readReference(homes, file))
  const digest = createHash('sha256').update(texts.join('\0')).digest('hex')
  if ((await warehouse.read((db) => findMeta(db, 'reference'))) === digest) return false
  const [agencies, aliases, calendar] = texts.map((text) => JSON.parse(text)) as [
    { agencies: AgencyFileRow[] },
    { aliases: NameAlias[] },
    CalendarFile,
  ]
  const rulesFile = findReference(homes, 'qd766.json')
  const rules = checkRules(readJsonFile(rulesFile, rulesFile), rulesFile)
  return warehouse.write(async (trx) => {
    if ((await findMeta(trx.db, 'reference')) === digest) return false
    const landing = await newLanding(trx, 'reference', at)
    await replaceVersions(trx, 'agency', landing, AGENCY, ['key'], agencies.agencies.map(agencyRow))
    const names = agencyNames(agencies.agencies, aliases.aliases)
    await replaceVersions(
      trx,
      'alias',
      landing,
      ALIAS,
      ['scope', 'ref', 'valid_from'],
      names.map((name) => ['', `name:${name.nameKey}`, name.agency, name.validFrom, name.validTo, 'data/reference']),
      (row) => row.scope === '',
    )
    await replaceVersions(
      trx,
      'calendar',
      landing,
      CALENDAR,
      ['date'],
      calendar.days.map((day) => [day.date, day.kind, day.name, day.basis, day.confidence]),
    )
    await saveMeta(trx, 'calendar', JSON.stringify({ ...calendar, days: [], origin: undefined }))
    await saveMeta(
      trx,
      CALENDAR_DIGEST,
      createHash('sha256')
        .update(texts[2] ?? '')
        .digest('hex'),
    )
    await saveMeta(trx, QD766_RULES, JSON.stringify(rules))
    await saveMeta(trx, 'reference', digest)
    await saveMeta(trx, 'reference_landing', String(landing))
    // Names, kinds and validity stand in every figure.
    await markDirty(trx, [['*', await firstMonth(trx.db)]])
    return true
  })
}

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
  /** The agency version that `ref` means on `date` to `source`; undefined where nobody knows it. */
  resolve(ref: string, source: string, date: string): string | undefined
  /** Whether `ref` ever meant an agency to `source`, whatever the date: a dossier of last year may wait for a unit that is no more. */
  knows(ref: string, source: string): boolean
  /** Whether some agency is called so, with or without its kind. */
  isAgency: IsAgency
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
  const calendarText = await findMeta(db, 'calendar')
  if (!calendarText) throw new Error('reference data is not installed; installReference runs before any landing')
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
      return known || (aliased(source, ref, date) ?? aliased('', ref, date))
    },
    knows(ref, source) {
      const value = ref.slice(ref.indexOf(':') + 1)
      if (ref.startsWith('identifier:') && byIdentifier.has(value)) return true
      if (ref.startsWith('code:') && byCode.has(value.replace(/@.*$/, ''))) return true
      return byAlias.has(`${source}\0${ref}`) || byAlias.has(`\0${ref}`)
    },
    isAgency: agencyNameTest(() => [
      ...agencies.map(({ name }) => name),
      ...aliases.filter(({ ref }) => ref.startsWith('name:')).map(({ ref }) => ref.slice('name:'.length)),
    ]),
  }
}

const validOn = (row: { valid_from: string; valid_to: string | null }, date: string) =>
  row.valid_from <= date && (row.valid_to === null || date < row.valid_to)
function group<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  return Map.groupBy(items, key)
}
