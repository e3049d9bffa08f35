/**
 * Dossiers of one batch into the warehouse: order, identity, election, versions and measures, inside the caller's write.
 * Unchanged rows (same content hash) cost a lookup; those whose agency was mapped anew since move to it.
 */
import { contributions, nextChange } from '../indicators/measures.ts'
import { applyContributions } from '../warehouse/cells.ts'
import {
  findDossiers,
  findGroups,
  raiseOrder,
  type StoredDossier,
  saveDossiers,
  saveSuperseded,
} from '../warehouse/dossiers.ts'
import { countWork } from '../warehouse/landing.ts'
import type { Trx } from '../warehouse/open.ts'
import { saveFeeds } from '../warehouse/source-status.ts'
import type { DossierRecord } from '../warehouse/tables.ts'
import { findComplained } from './complaints.ts'
import type { Counts } from './counts.ts'
import { buildDossier, HASH_INDEX, orderOf, type RecordContext, remapped } from './dossier-record.ts'
import { type Electorate, elect } from './election.ts'
import type { RecordAt } from './kept-records.ts'
import { findRatings } from './land-feedback.ts'
import { nearDoubles } from './near-doubles.ts'
import type { DossierRow, NoteRow } from './protocol.ts'
import { statusBreach } from './status.ts'

export interface Waiting {
  key: string
  waitingFor: string
  path: string
  value: string
  record: string
  orderAt: number | null
}
export interface LandedDossiers {
  counts: Partial<Counts>
  waiting: Waiting[]
  notes: NoteRow[]
  /** keys whose good version is now in the warehouse, with its order */
  good: Map<string, number>
}
/** What the warehouse held and what it will hold; `next` null: as it was. */
interface State {
  old: StoredDossier | null
  next: DossierRecord | null
}
interface Batch {
  context: RecordContext
  electorate: Electorate
  tickAt: number
  states: Map<string, State>
  result: LandedDossiers
  /** row id → the order of its newest statement */
  raised: Map<number, number>
}

const keyOf = (row: { source: string; code: string }) => `${row.source}\0${row.code}`

export async function landDossiers(
  trx: Trx,
  context: RecordContext,
  electorate: Electorate,
  tickAt: number,
  rows: readonly DossierRow[],
  recordAt: RecordAt,
  deleted: readonly string[],
): Promise<LandedDossiers> {
  const codes = [...new Set([...rows.map((row) => String(row[0])), ...deleted])]
  const known = await findDossiers(
    trx,
    codes.map((code) => [context.source, code]),
  )
  const batch: Batch = {
    context,
    electorate,
    tickAt,
    states: new Map(known.map((old) => [keyOf(old), { old, next: null }])),
    result: {
      counts: {
        landed: 0,
        new: 0,
        changed: 0,
        unchanged: 0,
        stale: 0,
        late: 0,
        doubled: 0,
        deleted: 0,
        merged: 0,
        regressed: 0,
      },
      waiting: [],
      notes: [],
      good: new Map(),
    },
    raised: new Map(),
  }
  for (const [i, row] of rows.entries()) takeRow(batch, row, i, recordAt)
  const fresh = [...batch.states.values()].flatMap(({ old, next }) => (next && !old ? [next.code] : []))
  batch.result.notes.push(...(await nearDoubles(trx, context.source, fresh)))
  await rateFresh(trx, batch, fresh)
  await complainFresh(trx, batch)
  for (const code of deleted) takeDeletion(batch, code)
  await electGroups(trx, batch)
  await write(trx, batch)
  return batch.result
}

/** Feedback that came before its dossier; what is held already has its own. */
async function rateFresh(trx: Trx, { context, states }: Batch, fresh: readonly string[]): Promise<void> {
  if (fresh.length === 0) return
  for (const [code, rating] of await findRatings(trx, context.source, fresh))
    Object.assign(states.get(keyOf({ source: context.source, code }))?.next ?? {}, rating)
}

/** Petitions that came before their dossier, or name it by the national code that it has got now. */
async function complainFresh(trx: Trx, { states }: Batch): Promise<void> {
  const rows = [...states.values()].flatMap(({ old, next }) =>
    next && (!old || old.national_code !== next.national_code) ? next : [],
  )
  const complained = await findComplained(trx, rows)
  for (const row of rows) row.complained = complained.has(row) ? 1 : null
}

function count(batch: Batch, name: keyof Counts): void {
  batch.result.counts[name] = (batch.result.counts[name] ?? 0) + 1
}

function takeRow(batch: Batch, row: DossierRow, i: number, recordAt: RecordAt): void {
  const { context, states, result } = batch
  const code = String(row[0])
  const key = keyOf({ source: context.source, code })
  const state = states.get(key) ?? { old: null, next: null }
  const current = state.next ?? state.old
  const order = orderOf(row, context)
  if (current && !current.deleted && current.content_hash === row[HASH_INDEX]) {
    const moved = remapped(row, context, current)
    if (moved) {
      const known = { run: context.run, known_from: context.landing }
      states.set(key, { old: state.old, next: { ...withoutId(current as StoredDossier), ...moved, ...known } })
      count(batch, 'landed')
      count(batch, 'changed')
      result.good.set(code, order)
      return
    }
    if (current.run === context.run && current.order_at === order) {
      count(batch, 'doubled')
      result.notes.push({ key: code, kind: 'doubled-row', detail: null })
    } else count(batch, 'unchanged')
    if (context.orderDeclared && order > current.order_at) raise(batch, state, order)
    result.good.set(code, order)
    return
  }
  if (current && order < current.order_at) {
    count(batch, 'stale')
    return
  }
  const built = buildDossier(row, context, current)
  if ('waitingFor' in built) {
    result.waiting.push({
      key: code,
      waitingFor: built.waitingFor,
      path: built.path,
      value: built.value,
      record: recordAt(i),
      orderAt: context.orderDeclared ? order : null,
    })
    return
  }
  for (const kind of built.notes) result.notes.push({ key: code, kind, detail: null })
  const breach = current && !current.deleted ? statusBreach(current.status, built.record.status) : null
  if (breach) {
    result.notes.push({ key: code, kind: breach, detail: `${current?.status} → ${built.record.status}` })
    if (breach === 'status-backwards') count(batch, 'regressed')
  }
  count(batch, 'landed')
  if (context.lateBefore !== null && order > 0 && order < context.lateBefore) count(batch, 'late')
  count(batch, state.old || state.next ? 'changed' : 'new')
  states.set(key, { old: state.old, next: built.record })
  result.good.set(code, order)
}

function raise(batch: Batch, state: State, order: number): void {
  if (state.next) state.next.order_at = order
  else if (state.old) {
    batch.raised.set(state.old.id, order)
    state.old.order_at = order
  }
}

function takeDeletion(batch: Batch, code: string): void {
  const { context, states } = batch
  const state = states.get(keyOf({ source: context.source, code }))
  const current = state?.next ?? state?.old
  if (!state || !current || current.deleted) return
  // A version set aside before the deletion and replayed after it is older than the deletion.
  const order_at = context.orderDeclared ? current.order_at : Math.max(current.order_at, context.arrivedAt)
  state.next = {
    ...withoutId(current as StoredDossier),
    deleted: 1,
    counted: 0,
    order_at,
    run: context.run,
    known_from: context.landing,
  }
  count(batch, 'deleted')
}

/** Re-elects every group that a changed row belongs or belonged to; a row that loses or gains the count changes too. */
async function electGroups(trx: Trx, batch: Batch): Promise<void> {
  const national = new Set<string>()
  for (const { old, next } of batch.states.values()) {
    if (!next) {
      // a newer statement of the same content may win the group
      if (old?.national_code != null && batch.raised.has(old.id)) national.add(old.national_code)
      continue
    }
    if (next.national_code === null) next.counted = next.deleted ? 0 : 1
    else national.add(next.national_code)
    if (old?.national_code != null && old.national_code !== next.national_code) national.add(old.national_code)
  }
  if (national.size === 0) return
  for (const member of await findGroups(trx, [...national])) {
    const key = keyOf(member)
    if (!batch.states.has(key)) batch.states.set(key, { old: member, next: null })
  }
  const groups = Map.groupBy(
    [...batch.states.values()].filter((state) => national.has((state.next ?? state.old)?.national_code ?? '')),
    (state) => (state.next ?? state.old)?.national_code,
  )
  for (const group of groups.values()) electGroup(batch, group)
}

function electGroup(batch: Batch, group: readonly State[]): void {
  const rows = group.flatMap((state) => state.next ?? state.old ?? [])
  const elected = elect(rows, batch.electorate)
  for (const state of group) {
    const row = state.next ?? state.old
    if (!row) continue
    const counted = row === elected ? 1 : 0
    if (state.next) state.next.counted = counted
    else if (row.counted !== counted)
      state.next = { ...withoutId(row as StoredDossier), counted, known_from: batch.context.landing }
  }
  if (rows.filter((row) => !row.deleted).length > 1) {
    for (const state of group) {
      if (state.next && !state.old) count(batch, 'merged')
    }
  }
}

function withoutId({ id: _, ...record }: StoredDossier): DossierRecord {
  return record
}

async function write(trx: Trx, batch: Batch): Promise<void> {
  const { context, tickAt } = batch
  const changed = [...batch.states.values()].filter(
    (state): state is { old: StoredDossier | null; next: DossierRecord } => state.next !== null,
  )
  // Sorted by key: on SQLite the index is walked once, on PostgreSQL two writers would meet in one order.
  changed.sort((a, b) => (keyOf(a.next) < keyOf(b.next) ? -1 : 1))
  await raiseOrder(trx, batch.raised)
  if (changed.length === 0) return
  for (const { next } of changed) next.next_at = nextChange(next, context.days, tickAt)
  await saveSuperseded(
    trx,
    changed.flatMap(({ old }) => old ?? []),
    context.landing,
  )
  await saveDossiers(
    trx,
    changed.map(({ next }) => next),
  )
  const bySource = Map.groupBy(
    changed.map(({ next }) => next),
    ({ source }) => source,
  )
  for (const [source, rows] of bySource) await saveFeeds(trx, source, rows)
  const cells = await applyContributions(
    trx,
    changed.values().map(({ next }) => contributions(next, context.days, tickAt)),
    changed.values().map(({ old }) => (old ? contributions(old, context.days, tickAt) : [])),
  )
  await countWork(trx, context.landing, changed.length, cells)
}
