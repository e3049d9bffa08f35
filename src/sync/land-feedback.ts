/**
 * Feedback (đánh giá mức độ hài lòng) inside the caller's write, and the dossiers that it rates: the newest rating is a column of its
 * dossier, so that a measure stays a function of one row. Whichever of the two comes first, the other finds it.
 */
import { selectByKeys, upsertRows, type Value } from '../warehouse/bulk.ts'
import { findDossiers } from '../warehouse/dossiers.ts'
import type { Trx } from '../warehouse/open.ts'
import type { DossierRecord, FeedbackTable } from '../warehouse/tables.ts'
import type { Counts } from './counts.ts'
import type { RecordContext } from './dossier-record.ts'
import type { LandedDossiers } from './land-dossiers.ts'
import type { CanonicalObject } from './protocol.ts'
import { rewriteDossiers } from './rewrite-dossiers.ts'

type StoredFeedback = Omit<FeedbackTable, 'id'> & { id: number }
type NewFeedback = Omit<StoredFeedback, 'id'>

const COLUMNS = [
  'source',
  'code',
  'dossier_code',
  'rated_at',
  'score',
  'channel',
  'deleted',
  'order_at',
  'content_hash',
  'run',
  'known_from',
] as const satisfies readonly (keyof NewFeedback)[]

/** `deleted`: codes that their source no longer has. */
export async function landFeedback(
  trx: Trx,
  context: RecordContext,
  rows: readonly CanonicalObject[],
  deleted: readonly string[] = [],
): Promise<LandedDossiers> {
  const counts: Partial<Counts> = { landed: 0, new: 0, changed: 0, unchanged: 0, deleted: 0 }
  const count = (name: keyof Counts) => {
    counts[name] = (counts[name] ?? 0) + 1
  }
  const good = new Map<string, number>()
  const last = new Map(rows.map((row) => [String(row.code), row]))
  const held = new Map(
    (
      await selectByKeys<StoredFeedback>(
        trx,
        'feedback',
        ['source', 'code'],
        [...new Set([...last.keys(), ...deleted])].map((code) => [context.source, code]),
      )
    ).map((row) => [row.code, row]),
  )
  const write = new Map<string, NewFeedback>()
  for (const [code, row] of last) {
    const old = held.get(code)
    const order = row.orderAt ?? context.arrivedAt
    good.set(code, order)
    if (old && !old.deleted && old.content_hash === row.contentHash) count('unchanged')
    else if (old && order < old.order_at) count('stale')
    else {
      count('landed')
      count(old ? 'changed' : 'new')
      write.set(code, feedbackOf(row, context, order))
    }
  }
  for (const code of deleted) {
    const old = held.get(code)
    const current = write.get(code) ?? old
    if (!current || current.deleted) continue
    count('deleted')
    // As with dossiers: what is replayed after the deletion is older than it.
    const order_at = context.orderDeclared ? current.order_at : Math.max(current.order_at, context.arrivedAt)
    write.set(code, { ...current, deleted: 1, order_at, run: context.run, known_from: context.landing })
  }
  await saveFeedback(trx, context, [...write.values()], held)
  const rated = new Set<string>()
  for (const [code, { dossier_code }] of write) {
    rated.add(dossier_code)
    const before = held.get(code)?.dossier_code
    if (before !== undefined) rated.add(before)
  }
  await rateDossiers(trx, context, [...rated])
  return { counts, waiting: [], notes: [], good }
}

function feedbackOf(row: CanonicalObject, context: RecordContext, order: number): NewFeedback {
  return {
    source: context.source,
    code: String(row.code),
    dossier_code: String(row.dossier),
    rated_at: (row.rated as { at: number }).at,
    score: Number(row.score),
    channel: (row.channel as string | null | undefined) ?? null,
    deleted: 0,
    order_at: order,
    content_hash: String(row.contentHash),
    run: context.run,
    known_from: context.landing,
  }
}

async function saveFeedback(
  trx: Trx,
  { landing }: RecordContext,
  rows: readonly NewFeedback[],
  held: ReadonlyMap<string, StoredFeedback>,
): Promise<void> {
  const superseded = rows.flatMap(({ code }) => held.get(code) ?? [])
  await upsertRows(
    trx,
    'input_version',
    ['entity', 'input_id', 'known_from', 'known_to', 'data'],
    ['entity', 'input_id', 'known_from', 'known_to'],
    'nothing',
    superseded.map((row): Value[] => ['feedback', row.id, row.known_from, landing, JSON.stringify(row)]),
  )
  await upsertRows(
    trx,
    'feedback',
    COLUMNS,
    ['source', 'code'],
    'update',
    rows.map((row) => COLUMNS.map((column) => row[column])),
  )
}

export type Rating = Pick<DossierRecord, 'rating' | 'rated_at'>
const UNRATED: Rating = { rating: null, rated_at: null }

/** The rating of each of these dossiers of a source that has one: the one given last, of two at once the one that was stated last. */
export async function findRatings(trx: Trx, source: string, codes: readonly string[]): Promise<Map<string, Rating>> {
  const any = await trx.db.selectFrom('feedback').select('id').where('source', '=', source).limit(1).executeTakeFirst()
  // Most sources have none at all.
  if (!any) return new Map()
  const rows = await selectByKeys<StoredFeedback>(
    trx,
    'feedback',
    ['source', 'dossier_code'],
    codes.map((code) => [source, code]),
  )
  const newest = new Map<string, StoredFeedback>()
  for (const row of rows) {
    const known = newest.get(row.dossier_code)
    if (!row.deleted && (!known || isNewer(row, known))) newest.set(row.dossier_code, row)
  }
  return new Map([...newest].map(([code, { score, rated_at }]) => [code, { rating: score, rated_at }]))
}

function isNewer(a: StoredFeedback, b: StoredFeedback): boolean {
  if (a.rated_at !== b.rated_at) return a.rated_at > b.rated_at
  return a.order_at !== b.order_at ? a.order_at > b.order_at : a.code > b.code
}

/** Sets the rating of dossiers that are held; whatever else comes later finds its own. */
async function rateDossiers(trx: Trx, context: RecordContext, codes: readonly string[]): Promise<void> {
  if (codes.length === 0) return
  const { source } = context
  const ratings = await findRatings(trx, source, codes)
  const held = await findDossiers(
    trx,
    codes.map((code) => [source, code]),
  )
  const changed = held.flatMap((old) => {
    const { rating, rated_at } = ratings.get(old.code) ?? UNRATED
    return old.rating === rating && old.rated_at === rated_at ? [] : [{ old, next: { ...old, rating, rated_at } }]
  })
  await rewriteDossiers(trx, context, changed)
}
