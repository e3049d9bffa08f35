/**
 * Dossiers as they were known at a landing, in batches: a row that has not changed since is what it was, of every other one the version
 * that was known then. Memory holds one batch, whatever the warehouse holds.
 */
import type { ExpressionBuilder } from 'kysely'
import type { StoredDossier } from '../warehouse/dossiers.ts'
import type { Reader } from '../warehouse/open.ts'
import type { DossierRecord, Tables } from '../warehouse/tables.ts'
import { INDICATORS } from './catalogue/index.ts'
import type { Indicator } from './catalogue/indicator.ts'
import { MEASURED_COLUMNS, type Measured } from './measures.ts'

/** By which of its agencies a dossier may count. */
export type AgencyColumn = 'resolving' | 'receiving' | 'assisting'
export type KnownDossier<Column extends keyof DossierRecord = never> = Measured &
  Pick<StoredDossier, 'id' | Column | (typeof MEASURED_COLUMNS)[number]>

export interface KnownQuery<Column extends keyof DossierRecord = never> {
  /** null: as they are known now */
  landing: number | null
  /** keys; null: everybody's */
  agencies: readonly string[] | null
  by: readonly AgencyColumn[]
  /** besides those that measures read */
  columns?: readonly Column[]
  /** leaves out rows that count nowhere in what is looked at; versions are few and not narrowed */
  narrow?: (eb: ExpressionBuilder<Tables, 'dossier'>) => ReturnType<ExpressionBuilder<Tables, 'dossier'>['or']> | null
}

const BATCH = 5_000
/** Above this many agencies every version is looked at: a pattern for each would cost more than reading it. */
const PATTERNS_AT_MOST = 20

/** Whose agency decides where these indicators count. */
export function countedBy(indicators: readonly Indicator[] = INDICATORS): readonly AgencyColumn[] {
  const columns = new Set<AgencyColumn>(['resolving'])
  for (const { countsBy } of indicators) columns.add(countsBy)
  return [...columns]
}

/** Counted dossiers, those that have not changed since first. */
export async function* dossiersKnown<Column extends keyof DossierRecord = never>(
  db: Reader,
  query: KnownQuery<Column>,
): AsyncGenerator<KnownDossier<Column>[]> {
  if (query.agencies?.length === 0) return
  yield* unchanged(db, query)
  if (query.landing !== null) yield* superseded(db, query.landing, query)
}

async function* unchanged<Column extends keyof DossierRecord>(
  db: Reader,
  { landing, agencies, by, columns = [], narrow }: KnownQuery<Column>,
): AsyncGenerator<KnownDossier<Column>[]> {
  const selected = [...new Set<keyof DossierRecord>([...MEASURED_COLUMNS, ...columns])]
  for (let after = 0; ; ) {
    let rows = db
      .selectFrom('dossier')
      .select(['id', ...selected])
      .where('counted', '=', 1)
      .where('deleted', '=', 0)
      .where('id', '>', after)
      .orderBy('id')
      .limit(BATCH)
    if (landing !== null) rows = rows.where('known_from', '<=', landing)
    if (agencies !== null) rows = rows.where(({ eb, or }) => or(by.map((column) => eb(column, 'in', agencies))))
    if (narrow) rows = rows.where((eb) => narrow(eb) ?? eb.lit(true))
    const found = (await rows.execute()) as unknown as KnownDossier<Column>[]
    if (found.length > 0) yield found
    const last = found.at(-1)
    if (!last || found.length < BATCH) return
    after = last.id
  }
}

async function* superseded<Column extends keyof DossierRecord>(
  db: Reader,
  landing: number,
  { agencies, by }: KnownQuery<Column>,
): AsyncGenerator<KnownDossier<Column>[]> {
  const wanted = agencies === null ? null : new Set(agencies)
  for (let after = { known_to: landing, dossier_id: Number.MAX_SAFE_INTEGER }; ; ) {
    let rows = db
      .selectFrom('dossier_version')
      .select(['dossier_id', 'known_to', 'data'])
      .where('known_to', '>=', after.known_to)
      .where('known_from', '<=', landing)
      .where(({ eb, or }) => or([eb('known_to', '>', after.known_to), eb('dossier_id', '>', after.dossier_id)]))
      .orderBy('known_to')
      .orderBy('dossier_id')
      .limit(BATCH)
    if (agencies !== null && agencies.length <= PATTERNS_AT_MOST) rows = rows.where(names(by, agencies))
    const found = await rows.execute()
    const known = found.map(({ data }) => dossierOf(data)).filter((row) => row.counted === 1 && row.deleted === 0)
    const own = wanted ? known.filter((row) => by.some((column) => wanted.has(row[column] ?? ''))) : known
    if (own.length > 0) yield own as unknown as KnownDossier<Column>[]
    const last = found.at(-1)
    if (!last || found.length < BATCH) return
    after = last
  }
}

/** Versions that name one of the agencies. Their text is ours: no spaces, keys hold nothing that would be escaped. */
export const names =
  (by: readonly AgencyColumn[], agencies: readonly string[]) =>
  ({ eb, or }: ExpressionBuilder<Tables, 'dossier_version'>) =>
    or(
      by.flatMap((column) =>
        agencies.map((key): ReturnType<typeof or> => eb('data', 'like', `%"${column}":"${key}"%`) as never),
      ),
    )

/** A version as the row that it was; columns that came later are null in it. */
export function dossierOf(data: string): StoredDossier {
  const row = JSON.parse(data) as StoredDossier
  for (const column of LATER_COLUMNS) row[column] ??= null as never
  return row
}
/** Of migration 3 and later: a version of before does not hold them. */
const LATER_COLUMNS = [
  'due_in_2_at',
  'due_in_1_at',
  'processing_hours',
  'rating',
  'rated_at',
  'complained',
  'next_at',
] as const
