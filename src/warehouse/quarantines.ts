/** Records set aside with their reasons (bản ghi cần rà soát): one row per (source, stream, key), open until a later good version lands. */
import type { Kysely } from 'kysely'
import { selectByKeys, updateByKeys, upsertRows } from './bulk.ts'
import type { Trx } from './open.ts'
import type { QuarantineTable, Tables } from './tables.ts'

export interface QuarantineEntry {
  key: string
  outcome: 'quarantined' | 'waiting-for'
  /** JSON array of Reason */
  reasons: string
  waitingFor: string | null
  record: string | null
  place: string | null
  length: number | null
  hmac: string | null
  orderAt: number | null
}
export type StoredQuarantine = { [name in keyof QuarantineTable]: name extends 'id' ? number : QuarantineTable[name] }

const COLUMNS = [
  'source',
  'stream',
  'key',
  'outcome',
  'reasons',
  'waiting_for',
  'record',
  'place',
  'length',
  'hmac',
  'order_at',
  'arrived_at',
  'count',
  'first_seen',
  'last_seen',
  'run',
  'closed_at',
  'closed_by',
  'closed_reason',
] as const satisfies readonly (keyof QuarantineTable)[]

/** Is a version of this order older than one of that? Where either does not say, the later read decides. */
export const isOlder = (order: number | null, than: number | null | undefined): boolean =>
  order !== null && than != null && order < than

/** Adds or renews; a row seen again counts up and opens again, an older version only counts. Returns how many are new or opened again. */
export async function saveQuarantine(
  trx: Trx,
  where: { source: string; stream: string; run: string; arrivedAt: number; at: number },
  entries: readonly QuarantineEntry[],
): Promise<number> {
  if (entries.length === 0) return 0
  const last = new Map<string, QuarantineEntry>()
  for (const entry of entries) if (!isOlder(entry.orderAt, last.get(entry.key)?.orderAt)) last.set(entry.key, entry)
  const known = new Map(
    (await findQuarantine(trx, where.source, where.stream, [...last.keys()])).map((row) => [row.key, row]),
  )
  let opened = 0
  const rows = [...last.values()].map((entry) => {
    const old = known.get(entry.key)
    const again = old !== undefined && old.closed_at === null
    // A person has given up exactly this record: a list that goes on naming it does not open it every night.
    const given = old?.closed_by === 'discarded' && old.record === entry.record && old.hmac === entry.hmac
    if (!again && !given) opened++
    // Last month's file, read again: replay must go on with the newest version, which is in no file that will be read again.
    if (old && again && isOlder(entry.orderAt, old.order_at))
      return COLUMNS.map((column) => {
        if (column === 'count') return old.count + 1
        return column === 'last_seen' ? where.at : old[column]
      })
    const arrived =
      old && again && old.record === entry.record && old.order_at === entry.orderAt ? old.arrived_at : where.arrivedAt
    return [
      where.source,
      where.stream,
      entry.key,
      entry.outcome,
      entry.reasons,
      entry.waitingFor,
      entry.record,
      entry.place,
      entry.length,
      entry.hmac,
      entry.orderAt,
      arrived,
      (old?.count ?? 0) + 1,
      old?.first_seen ?? where.at,
      where.at,
      where.run,
      given ? old.closed_at : null,
      given ? old.closed_by : null,
      given ? old.closed_reason : null,
    ]
  })
  await upsertRows(trx, 'quarantine', COLUMNS, ['source', 'stream', 'key'], 'update', rows)
  return opened
}

export const findQuarantine = (
  trx: Trx,
  source: string,
  stream: string,
  keys: readonly string[],
): Promise<StoredQuarantine[]> =>
  selectByKeys<StoredQuarantine>(
    trx,
    'quarantine',
    ['source', 'stream', 'key'],
    keys.map((key) => [source, stream, key]),
  )

export async function closeQuarantine(
  trx: Trx,
  source: string,
  stream: string,
  keys: readonly string[],
  by: 'landed' | 'discarded',
  reason: string | null,
  at: number,
): Promise<void> {
  await updateByKeys(
    trx,
    'quarantine',
    ['source', 'stream', 'key'],
    ['closed_at', 'closed_by', 'closed_reason'],
    keys.map((key) => [source, stream, key, at, by, reason]),
  )
}

/** Those of `ids` that are open. */
export async function listOpen(db: Kysely<Tables>, ids: readonly number[]): Promise<StoredQuarantine[]> {
  const rows: StoredQuarantine[] = []
  // 1,000: below what a statement may carry as parameters on either database
  for (let start = 0; start < ids.length; start += 1_000) {
    const part = ids.slice(start, start + 1_000)
    const found = db.selectFrom('quarantine').selectAll().where('id', 'in', part).where('closed_at', 'is', null)
    rows.push(...(await found.orderBy('id').execute()))
  }
  return rows
}

/** Open keys of a stream with the order of the version that was refused. */
export async function listOpenKeys(
  db: Kysely<Tables>,
  source: string,
  stream: string,
): Promise<Map<string, number | null>> {
  const rows = await db
    .selectFrom('quarantine')
    .select(['key', 'order_at'])
    .where('source', '=', source)
    .where('stream', '=', stream)
    .where('closed_at', 'is', null)
    .execute()
  return new Map(rows.map((row) => [row.key, row.order_at]))
}

/** Open rows of dossiers whose key is known and which `listUnfinished` does not name, after the row with the id `after`; up to `limit`. */
export async function listSetAside(
  db: Kysely<Tables>,
  source: string,
  stream: string,
  after: number,
  limit: number,
): Promise<Pick<StoredQuarantine, 'id' | 'key' | 'record' | 'first_seen'>[]> {
  return db
    .selectFrom('quarantine')
    .select(['id', 'key', 'record', 'first_seen'])
    .where('source', '=', source)
    .where('stream', '=', stream)
    .where('closed_at', 'is', null)
    .where('key', 'not like', '#%')
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('dossier')
            .select('dossier.id')
            .whereRef('dossier.source', '=', 'quarantine.source')
            .whereRef('dossier.code', '=', 'quarantine.key')
            .where('ended_at', 'is', null)
            .where('deleted', '=', 0)
            .where('received_at', 'is not', null),
        ),
      ),
    )
    .where('id', '>', after)
    .orderBy('id')
    .limit(limit)
    .execute()
}

export async function countOpen(db: Kysely<Tables>, source: string): Promise<number> {
  const row = await db
    .selectFrom('quarantine')
    .select(({ fn }) => fn.countAll<number>().as('n'))
    .where('source', '=', source)
    .where('closed_at', 'is', null)
    .executeTakeFirstOrThrow()
  return Number(row.n)
}
