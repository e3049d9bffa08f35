/** Dossier rows: one per (source, code); rows with the same national code form a group. */
import type { Kysely } from 'kysely'
import { selectByKeys, updateByKeys, upsertRows, type Value } from './bulk.ts'
import type { Trx } from './open.ts'
import type { DossierRecord, Tables } from './tables.ts'

export interface StoredDossier extends DossierRecord {
  id: number
}

/** Every column but `id`, in the order rows are bound. */
export const DOSSIER_RECORD_COLUMNS = [
  'source',
  'code',
  'national_code',
  'procedure',
  'procedure_local',
  'assisting',
  'receiving',
  'resolving',
  'channel',
  'status',
  'status_at',
  'status_precision',
  'applicant_kind',
  'identity',
  'submitted_at',
  'submitted_precision',
  'received_at',
  'received_precision',
  'due_printed_at',
  'due_printed_precision',
  'finished_at',
  'finished_precision',
  'returned_at',
  'returned_precision',
  'refused_at',
  'refused_precision',
  'supplements',
  'reappointments',
  'fee',
  'paid_online',
  'digitised',
  'reused',
  'vneid',
  'electronic_result',
  'delivery',
  'counted',
  'deleted',
  'due_at',
  'due_precision',
  'due_ours_at',
  'ended_at',
  'ended_precision',
  'ended_basis',
  'due_in_2_at',
  'due_in_1_at',
  'processing_hours',
  'rating',
  'rated_at',
  'complained',
  'next_at',
  'status_seen_at',
  'order_at',
  'order_declared',
  'content_hash',
  'run',
  'known_from',
] as const satisfies readonly (keyof DossierRecord)[]

/** Columns that say how and when a row came, not what it says: left out when two warehouses are compared. */
export const DOSSIER_BOOKKEEPING: readonly (keyof DossierRecord)[] = [
  'run',
  'known_from',
  'status_seen_at',
  'order_at',
  'order_declared',
]

export const findDossiers = (
  trx: Trx,
  keys: readonly (readonly [source: string, code: string])[],
): Promise<StoredDossier[]> => selectByKeys<StoredDossier>(trx, 'dossier', ['source', 'code'], keys)

export const findGroups = (trx: Trx, nationalCodes: readonly string[]): Promise<StoredDossier[]> =>
  selectByKeys<StoredDossier>(
    trx,
    'dossier',
    ['national_code'],
    nationalCodes.map((code) => [code]),
  )

/** Inserts or overwrites; give rows sorted by (source, code). */
export async function saveDossiers(trx: Trx, rows: readonly DossierRecord[]): Promise<void> {
  await upsertRows(
    trx,
    'dossier',
    DOSSIER_RECORD_COLUMNS,
    ['source', 'code'],
    'update',
    rows.map((row) => DOSSIER_RECORD_COLUMNS.map((column) => row[column])),
  )
}

/** Keeps what `rows` said until now, on the landing axis. */
export async function saveSuperseded(trx: Trx, rows: readonly StoredDossier[], landing: number): Promise<void> {
  await upsertRows(
    trx,
    'dossier_version',
    ['dossier_id', 'known_from', 'known_to', 'data'],
    [],
    'nothing',
    rows.map((row): Value[] => [row.id, row.known_from, landing, JSON.stringify(row)]),
  )
}

/** A newer statement of the same content: only its order moves, no new version. */
export async function raiseOrder(trx: Trx, orders: ReadonlyMap<number, number>): Promise<void> {
  await updateByKeys(trx, 'dossier', ['id'], ['order_at'], [...orders])
}

/** Dossiers of a source that have not ended, oldest reception first, after (received, code); up to `limit`. */
export async function listUnfinished(
  db: Kysely<Tables>,
  source: string,
  after: { received: number; code: string } | null,
  limit: number,
): Promise<{ code: string; received: number }[]> {
  let query = db
    .selectFrom('dossier')
    .select(['code', 'received_at as received'])
    .where('source', '=', source)
    .where('ended_at', 'is', null)
    .where('deleted', '=', 0)
    .where('received_at', 'is not', null)
  if (after)
    query = query.where(({ eb, or, and }) =>
      or([
        eb('received_at', '>', after.received),
        and([eb('received_at', '=', after.received), eb('code', '>', after.code)]),
      ]),
    )
  const rows = await query.orderBy('received_at').orderBy('code').limit(limit).execute()
  return rows.map((row) => ({ code: row.code, received: row.received ?? 0 }))
}
