/**
 * What figures count or show beside dossiers, one row per (source, code): decisions that announce procedures, petitions, figures reported by
 * hand, the national portal's own score. What a row said before is kept in `input_version`.
 */
import { selectByKeys, updateByKeys, upsertRows, type Value } from './bulk.ts'
import { markDirty } from './cells.ts'
import { newestLanding } from './landing.ts'
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
export const INPUTS = Object.keys(INPUT_TABLES) as readonly InputName[]

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
  const landing = await newestLanding(trx.db)
  await upsertRows(
    trx,
    'input_feed',
    ['source', 'entity', 'agency', 'known_from'],
    ['source', 'entity', 'agency'],
    'nothing',
    added.map((agency) => [source, name, agency, landing]),
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
/**
 * Every row of a counted input, also deleted ones, in batches and in the order of ids; `known`: as the landing of that number knew them,
 * null: as they are.
 */
export async function* eachInput<Name extends CountedInput>(
  db: Reader,
  name: Name,
  known: number | null = null,
): AsyncGenerator<StoredInput<Name>[]> {
  for await (const rows of inputsInOrder(db, name)) yield known === null ? rows : await asKnown(db, name, rows, known)
}

/** Every row, also deleted ones, in batches and in the order of ids. */
export async function* inputsInOrder<Name extends InputName>(
  db: Reader,
  name: Name,
): AsyncGenerator<StoredInput<Name>[]> {
  for (let after = 0; ; ) {
    const rows = await inputsAfter(db, name, after, BATCH)
    const last = rows.at(-1)
    if (!last) return
    yield rows
    if (rows.length < BATCH) return
    after = last.id
  }
}

/** Up to `limit` rows with greater ids, in their order. */
export async function inputsAfter<Name extends InputName>(
  db: Reader,
  name: Name,
  id: number,
  limit: number,
): Promise<StoredInput<Name>[]> {
  const query = db.selectFrom(INPUT_TABLES[name] as CountedInput).selectAll()
  const rows: unknown = await query.where('id', '>', id).orderBy('id').limit(limit).execute()
  return rows as StoredInput<Name>[]
}

/** Of these rows, in the order of ids, what the landing knew of them; those that it did not know are left out. */
async function asKnown<Name extends InputName>(
  db: Reader,
  name: Name,
  rows: readonly StoredInput<Name>[],
  landing: number,
): Promise<StoredInput<Name>[]> {
  if (rows.every(({ known_from }) => known_from <= landing)) return [...rows]
  const then = new Map((await versionsAt(db, name, landing, rows)).map((row) => [row.id, row]))
  return rows.flatMap((row) => (row.known_from <= landing ? row : (then.get(row.id) ?? [])))
}

/** What has been superseded since and was known at the landing; `among`: only versions of these rows, in the order of ids. */
async function versionsAt<Name extends InputName>(
  db: Reader,
  name: Name,
  landing: number,
  among?: readonly { id: number }[],
): Promise<StoredInput<Name>[]> {
  let query = db
    .selectFrom('input_version')
    .select('data')
    .where('entity', '=', name)
    .where('known_from', '<=', landing)
    .where('known_to', '>', landing)
  const [first, last] = [among?.[0], among?.at(-1)]
  if (first && last) query = query.where('input_id', '>=', first.id).where('input_id', '<=', last.id)
  return (await query.execute()).map(({ data }) => JSON.parse(data) as StoredInput<Name>)
}

/** What a row said, one after the other; what it says now comes last. */
export type InputCourse<Name extends CountedInput = CountedInput> = readonly [StoredInput<Name>, ...StoredInput<Name>[]]

/** Every row of a counted input with what it said at `landing` and since, in batches. */
export async function* inputCourses<Name extends CountedInput>(
  db: Reader,
  name: Name,
  landing: number,
): AsyncGenerator<InputCourse<Name>[]> {
  for await (const rows of inputsInOrder(db, name)) {
    const found = await db
      .selectFrom('input_version')
      .select(['input_id', 'known_from', 'known_to', 'data'])
      .where('entity', '=', name)
      .where('input_id', '>=', rows[0]?.id ?? 0)
      .where('input_id', '<=', rows.at(-1)?.id ?? 0)
      .where('known_to', '>', landing)
      .orderBy('known_from')
      .execute()
    // Replaced within the landing that made it: nobody ever knew it.
    const versions = Map.groupBy(
      found.filter(({ known_from, known_to }) => known_from !== known_to),
      ({ input_id }) => input_id,
    )
    yield rows.map((row) => {
      const before = (versions.get(row.id) ?? []).map(({ data }) => JSON.parse(data) as StoredInput<Name>)
      return [...before, row] as unknown as InputCourse<Name>
    })
  }
}

/** Rows under these codes, whatever became of them, and publications of procedures so called; `known` as above. */
export async function inputsNamed<Name extends CountedInput>(
  db: Reader,
  name: Name,
  codes: readonly string[],
  known: number | null,
): Promise<StoredInput<Name>[]> {
  const named = (column: 'code' | 'procedure') =>
    db
      .selectFrom(name as CountedInput)
      .selectAll()
      .where(column, 'in', codes)
      .execute() as Promise<unknown> as Promise<StoredInput<Name>[]>
  const found = [...(await named('code')), ...(name === 'publication' ? await named('procedure') : [])]
  const rows = [...new Map(found.map((row) => [row.id, row])).values()].sort((a, b) => a.id - b.id)
  return known === null ? rows : asKnown(db, name, rows, known)
}

export interface InputQuery {
  agencies?: readonly string[] | undefined
  periods?: readonly string[] | undefined
  /** as the landing of that number knew them; default: as they are */
  known?: number | null | undefined
}

export interface OfficialQuery extends InputQuery {
  components?: readonly string[] | undefined
}

/** Figures reported by hand, the newest signature first; several documents may speak of one figure. */
export async function statementsOf(
  db: Reader,
  { indicators, agencies, periods, known }: InputQuery & { indicators?: readonly string[] | undefined } = {},
): Promise<StoredInput<'statement'>[]> {
  if (indicators?.length === 0 || agencies?.length === 0 || periods?.length === 0) return []
  let query = db.selectFrom('statement').selectAll().where('deleted', '=', 0)
  if (indicators) query = query.where('indicator', 'in', indicators)
  if (agencies) query = query.where('agency', 'in', agencies)
  if (periods) query = query.where('period', 'in', periods)
  if (known != null) query = query.where('known_from', '<=', known)
  const rows = await query.execute()
  if (known != null) {
    const asked = (one: StoredInput<'statement'>) =>
      among(indicators, one.indicator) && among(agencies, one.agency) && among(periods, one.period)
    rows.push(...(await versionsAt(db, 'statement', known)).filter((one) => one.deleted === 0 && asked(one)))
  }
  return rows.sort((a, b) => descending(a.signed_on, b.signed_on) || bySource(a, b))
}

/** What the national portal says of these units and periods, the newest statement first. */
export async function officialScoresOf(
  db: Reader,
  { components, agencies, periods, known }: OfficialQuery = {},
): Promise<StoredInput<'official-score'>[]> {
  if (components?.length === 0 || agencies?.length === 0 || periods?.length === 0) return []
  let query = db.selectFrom('official_score').selectAll().where('deleted', '=', 0)
  if (components) query = query.where('component', 'in', components)
  if (agencies) query = query.where('agency', 'in', agencies)
  if (periods) query = query.where('period', 'in', periods)
  if (known != null) query = query.where('known_from', '<=', known)
  const rows = await query.execute()
  if (known != null) {
    const asked = (one: StoredInput<'official-score'>) =>
      among(components, one.component) && among(agencies, one.agency) && among(periods, one.period)
    rows.push(...(await versionsAt(db, 'official-score', known)).filter((one) => one.deleted === 0 && asked(one)))
  }
  return rows.sort((a, b) => b.stated_at - a.stated_at || bySource(a, b))
}

const among = (list: readonly string[] | undefined, value: string) => list === undefined || list.includes(value)
const descending = (a: string, b: string) => (a < b ? 1 : a > b ? -1 : 0)
const bySource = (a: { source: string; code: string }, b: { source: string; code: string }) =>
  descending(b.source, a.source) || descending(b.code, a.code)
