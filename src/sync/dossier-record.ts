/** From a travelling row to the record the warehouse keeps: agencies resolved, the effective due instant, the end. Pure. */
import type { LocalDays } from '../indicators/local-day.ts'
import type { DossierBusiness, DossierRecord } from '../warehouse/tables.ts'
import { dueDiffers, dueOf, hoursOf } from './due.ts'
import { DOSSIER_COLUMNS, type DossierRow, type NoteKind } from './protocol.ts'
import type { Reference } from './reference.ts'

export const ORDER_INDEX = DOSSIER_COLUMNS.length
export const HASH_INDEX = DOSSIER_COLUMNS.length + 1

export interface RecordContext {
  source: string
  orderDeclared: boolean
  run: string
  arrivedAt: number
  /** what is found only now although its order lies before this was committed too late (epoch ms); null where that cannot be told */
  lateBefore: number | null
  asOf: number
  days: LocalDays
  reference: Reference
  landing: number
}

export type Built =
  | { record: DossierRecord; notes: readonly NoteKind[] }
  | { waitingFor: string; path: string; value: string }

// Copied and filled, every row has one shape; made key by key each would become a slow dictionary.
const BLANK = JSON.parse(
  JSON.stringify(Object.fromEntries(DOSSIER_COLUMNS.map((column) => [column, null]))),
) as DossierBusiness

/** `current` is what the warehouse holds for this key, null if nothing. A procedure or agency nobody knows yet makes it wait. */
export function buildDossier(row: DossierRow, context: RecordContext, current: DossierRecord | null): Built {
  const business: DossierBusiness = { ...BLANK }
  DOSSIER_COLUMNS.forEach((column, i) => {
    business[column] = (row[i] ?? null) as never
  })
  const { reference, days } = context
  if (!reference.procedures.has(business.procedure))
    return { waitingFor: `procedure:${business.procedure}`, path: '/procedure', value: business.procedure }
  const date = days.dayOf(business.received_at ?? business.submitted_at ?? context.asOf)
  const resolving = reference.resolve(business.resolving, context.source, date)
  if (resolving === undefined)
    return { waitingFor: `agency:${business.resolving}`, path: '/resolving', value: business.resolving }
  const notes: NoteKind[] = []
  const other = (ref: string | null, note: NoteKind) => {
    const found = ref === null ? null : (reference.resolve(ref, context.source, date) ?? null)
    if (ref !== null && found === null) notes.push(note)
    return found
  }
  const seen =
    current && current.status === business.status ? current.status_seen_at : firstSeen(row, business, context)
  const due = dueOf(business, reference, days)
  const end = endOf(business, seen)
  if (dueDiffers(business, due, days)) notes.push('due-differs')
  const record: DossierRecord = {
    ...business,
    resolving,
    receiving: other(business.receiving, 'unknown-receiving-agency'),
    assisting: other(business.assisting, 'unknown-assisting-agency'),
    source: context.source,
    counted: 1,
    deleted: 0,
    ...due,
    ...end,
    processing_hours: hoursOf({ ...business, ...end }, reference, days),
    rating: current?.rating ?? null,
    rated_at: current?.rated_at ?? null,
    next_at: null,
    status_seen_at: seen,
    order_at: orderOf(row, context),
    order_declared: context.orderDeclared ? 1 : 0,
    content_hash: String(row[HASH_INDEX]),
    run: context.run,
    known_from: context.landing,
  }
  return { record, notes }
}

/** A declared order that is absent sorts first: such a version never overwrites one that says when it is from. */
export function orderOf(row: DossierRow, context: Pick<RecordContext, 'orderDeclared' | 'arrivedAt'>): number {
  return context.orderDeclared ? Number(row[ORDER_INDEX] ?? 0) : context.arrivedAt
}

/** When this status was first seen: as the record itself is dated where it is, so that a first load does not make everything happen today. */
function firstSeen(row: DossierRow, business: DossierBusiness, context: RecordContext): number {
  const dated = context.orderDeclared ? orderOf(row, context) : 0
  const seen = dated > 0 ? Math.min(dated, context.arrivedAt) : context.arrivedAt
  return Math.max(seen, business.received_at ?? business.submitted_at ?? seen)
}

type End = Pick<DossierRecord, 'ended_at' | 'ended_precision' | 'ended_basis'>
function endOf(business: DossierBusiness, statusSeenAt: number): End {
  const finished: End = {
    ended_at: business.finished_at,
    ended_precision: business.finished_precision,
    ended_basis: 'finished',
  }
  const returned: End = {
    ended_at: business.returned_at,
    ended_precision: business.returned_precision,
    ended_basis: 'returned',
  }
  const refused: End = {
    ended_at: business.refused_at,
    ended_precision: business.refused_precision,
    ended_basis: 'refused',
  }
  const stated: End = {
    ended_at: business.status_at,
    ended_precision: business.status_precision,
    ended_basis: 'status-date',
  }
  const seen: End = { ended_at: statusSeenAt, ended_precision: 'second', ended_basis: 'first-seen' }
  const first = (...ends: End[]) => ends.find((end) => end.ended_at !== null) ?? seen
  switch (business.status) {
    case 9:
    case 10:
      return first(finished, returned)
    case 3:
      return first(refused, stated)
    case 7:
    case 8:
      return first(finished, stated)
    default:
      return { ended_at: null, ended_precision: null, ended_basis: null }
  }
}
