/**
 * What figures count or show beside dossiers, one row per (source, code): decisions that announce procedures, petitions, figures reported by
 * hand, the national portal's own score. What a row said before is kept in `input_version`.
 */
import { selectByKeys, updateByKeys, upsertRows, type Value } from './bulk.ts'
import { markDirty } from './cells.ts'
import type { Reader, Trx } from './open.ts'
import { firstMonth } from './source-status.ts'
import type { OfficialScoreTable, PetitionTable, PublicationTable, StatementTable } from './tables.ts'

type Plain<Table> = Omit<Table, 'id'>
export interface InputRecords {
  publication: Plain<PublicationTable>
  petition: Plain<PetitionTable>
  statement: Plain<StatementTable>
  'official-score': Plain<OfficialScoreTable>
}
export type InputName = keyof InputRecords
export type StoredInput<Name extends InputName = InputName> = InputRecords[Name] & { id: number }
/** Inputs that cells count. */
export type CountedInput = 'publication' | 'petition'
export const COUNTED_INPUTS: readonly CountedInput[] = ['publication', 'petition']

const LANDED = ['source', 'code', 'deleted', 'order_at', 'content_hash', 'run', 'known_from'] as const
type Columns<Name extends InputName> = readonly Exclude<keyof InputRecords[Name], (typeof LANDED)[number]>[]
const COLUMNS: { readonly [Name in InputName]: Columns<Name> } = {
  publication: [
    'agency',
    'procedure',
    'decided_at',
    'decided_precision',
    'effective_at',
    'effective_precision',
    'published_at',
    'published_precision',
    'complete',
    'announce_by_at',
    'publish_by_at',
    'replaced_at',
    'next_at',
  ],
  petition: [
    'agency',
    'procedure',
    'dossier_code',
    'subject',
    'received_at',
    'received_precision',
    'outcome',
    'outcome_at',
    'outcome_precision',
    'published_at',
    'published_precision',
    'satisfied',
    'complained_again',
    'due_at',
    'publish_by_at',
    'next_at',
  ],
  statement: ['agency', 'indicator', 'period', 'numerator', 'denominator', 'signer', 'document', 'signed_on'],
  'official-score': [
    'agency',
    'period',
    'component',
    'numerator',
    'denominator',
    'ratio',
    'score',
    'max_score',
    'stated_at',
  ],
}
export const INPUT_TABLES = {
  publication: 'publication',
  petition: 'petition',
  statement: 'statement',
  'official-score': 'official_score',
} as const satisfies Record<InputName, string>

export const findInputs = <Name extends InputName>(
  trx: Trx,
  name: Name,
  source: string,
  codes: readonly string[],
): Promise<StoredInput<Name>[]> =>
  selectByKeys<StoredInput<Name>>(
    trx,
    INPUT_TABLES[name],
    ['source', 'code'],
    codes.map((code) => [source, code]),
  )

/** Publications of these procedures that one source holds, to find which of them takes the place of which. */
export const findPublications = (
  trx: Trx,
  source: string,
  procedures: readonly string[],
): Promise<StoredInput<'publication'>[]> =>
  selectByKeys<StoredInput<'publication'>>(
    trx,
    'publication',
    ['source', 'procedure'],
    procedures.map((procedure) => [source, procedure]),
  )

/** Inserts or overwrites; give rows sorted by code. */
export async function saveInputs<Name extends InputName>(
  trx: Trx,
  name: Name,
  rows: readonly InputRecords[Name][],
): Promise<void> {
  const columns = [...LANDED, ...COLUMNS[name]] as readonly string[]
  const valuesOf = (row: object) => columns.map((column) => (row as Record<string, Value>)[column] ?? null)
  await upsertRows(trx, INPUT_TABLES[name], columns, ['source', 'code'], 'update', rows.map(valuesOf))
}

/** Keeps what `rows` said until now, on the landing axis. */
export async function saveSupersededInputs<Name extends InputName>(
  trx: Trx,
  name: Name,
  rows: readonly StoredInput<Name>[],
  landing: number,
): Promise<void> {
  await upsertRows(
    trx,
    'input_version',
    ['entity', 'input_id', 'known_from', 'known_to', 'data'],
    [],
    'nothing',
    rows.map((row): Value[] => [name, row.id, row.known_from, landing, JSON.stringify(row)]),
  )
}

/** A newer statement of the same content: only its order moves, no new version. */
export async function raiseInputOrder(trx: Trx, name: InputName, orders: ReadonlyMap<number, number>): Promise<void> {
  await updateByKeys(trx, INPUT_TABLES[name], ['id'], ['order_at'], [...orders])
}

/** `source` has brought inputs of these agencies; where that is new, figures that count them rest on one source more. */
export async function saveInputFeeds(
  trx: Trx,
  source: string,
  name: InputName,
  agencies: ReadonlySet<string>,
): Promise<void> {
  const rows = await trx.db
    .selectFrom('input_feed')
    .select('agency')
    .where('source', '=', source)
    .where('entity', '=', name)
    .execute()
  const known = new Set(rows.map(({ agency }) => agency))
  const added = [...agencies].filter((agency) => !known.has(agency)).sort()
  if (added.length === 0) return
  await upsertRows(
    trx,
    'input_feed',
    ['source', 'entity', 'agency'],
    ['source', 'entity', 'agency'],
    'nothing',
    added.map((agency) => [source, name, agency]),
  )
  // what is only shown beside figures changes none of them
  if (name === 'statement') return
  const month = await firstMonth(trx.db)
  await markDirty(
    trx,
    added.filter((agency) => agency !== '').map((agency) => [agency, month]),
  )
}

const BATCH = 5_000
/** Every row of a counted input, also deleted ones, in batches; `known`: as the landing of that number knew them, null: as they are. */
export async function* eachInput<Name extends CountedInput>(
  db: Reader,
  name: Name,
  known: number | null = null,
): AsyncGenerator<InputRecords[Name][]> {
  for (let after = 0; ; ) {
    let query = db.selectFrom(name as CountedInput).selectAll()
    if (known !== null) query = query.where('known_from', '<=', known)
    const rows = (await query.where('id', '>', after).orderBy('id').limit(BATCH).execute()) as StoredInput[]
    yield rows as unknown as InputRecords[Name][]
    const last = rows.at(-1)
    if (!last || rows.length < BATCH) break
    after = last.id
  }
  if (known === null) return
  for (let after = 0; ; ) {
    const rows = await db
      .selectFrom('input_version')
      .select(['input_id', 'data'])
      .where('entity', '=', name)
      .where('known_from', '<=', known)
      .where('known_to', '>', known)
      .where('input_id', '>', after)
      .orderBy('input_id')
      .limit(BATCH)
      .execute()
    yield rows.map(({ data }) => JSON.parse(data) as InputRecords[Name])
    const last = rows.at(-1)
    if (!last || rows.length < BATCH) return
    after = last.input_id
  }
}

export interface InputQuery {
  agencies?: readonly string[] | undefined
  periods?: readonly string[] | undefined
}

/** Figures reported by hand that stand now, the newest signature first; several documents may speak of one figure. */
export async function statementsOf(
  db: Reader,
  { indicators, agencies, periods }: InputQuery & { indicators?: readonly string[] | undefined } = {},
): Promise<StoredInput<'statement'>[]> {
  if (indicators?.length === 0 || agencies?.length === 0 || periods?.length === 0) return []
  let query = db.selectFrom('statement').selectAll().where('deleted', '=', 0)
  if (indicators) query = query.where('indicator', 'in', indicators)
  if (agencies) query = query.where('agency', 'in', agencies)
  if (periods) query = query.where('period', 'in', periods)
  return query.orderBy('signed_on', 'desc').orderBy('source').orderBy('code').execute()
}

/** What the national portal says of these units and periods, the newest statement first. */
export async function officialScoresOf(
  db: Reader,
  { components, agencies, periods }: InputQuery & { components?: readonly string[] | undefined } = {},
): Promise<StoredInput<'official-score'>[]> {
  if (components?.length === 0 || agencies?.length === 0 || periods?.length === 0) return []
  let query = db.selectFrom('official_score').selectAll().where('deleted', '=', 0)
  if (components) query = query.where('component', 'in', components)
  if (agencies) query = query.where('agency', 'in', agencies)
  if (periods) query = query.where('period', 'in', periods)
  return query.orderBy('stated_at', 'desc').orderBy('source').orderBy('code').execute()
}
