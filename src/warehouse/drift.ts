/**
 * Drift: what a source sends otherwise than its schema says. One row per field and kind, kept as a proposal until somebody accepts it.
 *
 *   open ─► closed (accepted) ─► open again when it brings what was not accepted
 */
import type { Reader, Trx } from './open.ts'
import type { DriftTable } from './tables.ts'

export const DRIFT_KINDS = ['new-field', 'missing-field', 'changed-type', 'new-value', 'null-share'] as const
export type DriftKind = (typeof DRIFT_KINDS)[number]

export interface DriftEntry {
  field: string
  kind: DriftKind
  found: readonly string[]
  expected: string | null
  personal: string | null
  place: string | null
  count: number
  /** a closed one of the same field is open again, although it brings nothing that was not accepted */
  reopens?: boolean
}
export interface StoredDrift extends Omit<DriftTable, 'id' | 'kind' | 'found'> {
  id: number
  kind: DriftKind
  found: string[]
}

// A column of free text taken for an enumeration has a new value in every row.
const FOUND_AT_MOST = 20

/** Adds, or counts up what is known. Reported by `run` where it is new, is open again, or brings another type or value. */
export async function saveDrift(
  trx: Trx,
  where: { source: string; stream: string; run: string; at: number },
  entries: readonly DriftEntry[],
): Promise<void> {
  if (entries.length === 0) return
  const { source, stream, run, at } = where
  const known = new Map(
    (await listDrift(trx.db, { source, stream })).map((row) => [`${row.kind} ${row.field}`, row] as const),
  )
  for (const entry of entries) {
    const old = known.get(`${entry.kind} ${entry.field}`)
    const { field, kind, expected, personal, place, count } = entry
    if (!old) {
      const row = { source, stream, field, kind, expected, personal, place, count, run, last_run: run }
      const seen = {
        found: JSON.stringify(entry.found),
        first_seen: at,
        last_seen: at,
        closed_at: null,
        closed_by: null,
      }
      await trx.db
        .insertInto('drift')
        .values({ ...row, ...seen })
        .execute()
      continue
    }
    // of a share every number is another one
    const more = kind === 'null-share' ? [] : entry.found.filter((one) => !old.found.includes(one))
    const again = old.closed_at !== null && (more.length > 0 || entry.reopens === true)
    const isNews = again || (more.length > 0 && old.found.length < FOUND_AT_MOST)
    const found = again ? entry.found : [...old.found, ...more].slice(0, FOUND_AT_MOST)
    await trx.db
      .updateTable('drift')
      .set({
        found: JSON.stringify(found),
        expected,
        personal: personal ?? old.personal,
        place: isNews ? place : old.place,
        count: old.count + count,
        last_seen: at,
        last_run: run,
        ...(isNews ? { run } : {}),
        ...(again ? { closed_at: null, closed_by: null } : {}),
      })
      .where('id', '=', old.id)
      .execute()
  }
}

export interface DriftFilter {
  source?: string
  stream?: string
  /** reported by one of these */
  runs?: readonly string[]
  open?: boolean
}
/** In order of stream and field. */
export async function listDrift(db: Reader, { source, stream, runs, open }: DriftFilter): Promise<StoredDrift[]> {
  let query = db.selectFrom('drift').selectAll().orderBy('source').orderBy('stream').orderBy('field').orderBy('kind')
  if (source !== undefined) query = query.where('source', '=', source)
  if (stream !== undefined) query = query.where('stream', '=', stream)
  if (runs !== undefined) query = query.where('run', 'in', [...runs])
  if (open) query = query.where('closed_at', 'is', null)
  const rows = await query.execute()
  return rows.map((row) => ({ ...row, kind: row.kind as DriftKind, found: JSON.parse(row.found) as string[] }))
}

export async function closeDrift(trx: Trx, ids: readonly number[], by: string, at: number): Promise<void> {
  if (ids.length === 0) return
  await trx.db
    .updateTable('drift')
    .set({ closed_at: at, closed_by: by })
    .where('id', 'in', [...ids])
    .where('closed_at', 'is', null)
    .execute()
}

export type FieldShares = Readonly<Record<string, readonly [came: number, filled: number]>>
export interface ShareOfRun {
  run: string
  records: number
  fields: FieldShares
}
// Ten runs are two weeks of working days: long enough for a spread, short enough to follow a source that changes slowly.
const RUNS_KEPT = 10

/** The latest runs of that scope, newest first. */
export async function listShares(db: Reader, source: string, stream: string, scope: string): Promise<ShareOfRun[]> {
  const rows = await db
    .selectFrom('field_share')
    .select(['run', 'records', 'fields'])
    .where('source', '=', source)
    .where('stream', '=', stream)
    .where('scope', '=', scope)
    .orderBy('at', 'desc')
    .orderBy('run', 'desc')
    .limit(RUNS_KEPT)
    .execute()
  return rows.map((row) => ({ ...row, fields: JSON.parse(row.fields) as FieldShares }))
}

/** Keeps the shares of a run, and no more than the latest runs. `kept`: what `listShares` has just given. */
export async function saveShares(
  trx: Trx,
  where: { source: string; stream: string; scope: string; at: number },
  { run, records, fields }: ShareOfRun,
  kept: readonly ShareOfRun[],
): Promise<void> {
  const { source, stream, scope, at } = where
  await trx.db
    .insertInto('field_share')
    .values({ source, stream, scope, run, at, records, fields: JSON.stringify(fields) })
    .execute()
  const old = kept.slice(RUNS_KEPT - 1).map((one) => one.run)
  if (old.length === 0) return
  await trx.db
    .deleteFrom('field_share')
    .where('source', '=', source)
    .where('stream', '=', stream)
    .where('scope', '=', scope)
    .where('run', 'in', old)
    .execute()
}
