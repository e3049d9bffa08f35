/** From a travelling row to the record the warehouse keeps: agencies resolved, the effective due instant, the end. Pure. */
import type { LocalDays } from '../indicators/local-day.ts'
import { DOSSIER_RECORD_COLUMNS } from '../warehouse/dossiers.ts'
import type { DossierBusiness, DossierRecord } from '../warehouse/tables.ts'
import { dueDiffers, judge } from './due.ts'
import { DOSSIER_COLUMNS, type DossierRow, type NoteKind } from './protocol.ts'
import type { Reference } from './reference.ts'

export const ORDER_INDEX = DOSSIER_COLUMNS.length
export const HASH_INDEX = DOSSIER_COLUMNS.length + 1

const PARTS = (['resolving', 'receiving', 'assisting'] as const).map((column) => ({
  column,
  index: DOSSIER_COLUMNS.indexOf(column),
}))

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

// Copied and filled, every row has one shape, and there is one copy of it; made key by key each would become a slow dictionary.
const BLANK = JSON.parse(
  JSON.stringify(Object.fromEntries(DOSSIER_RECORD_COLUMNS.map((column) => [column, null]))),
) as DossierRecord

/** The agencies of an unchanged row that were mapped anew since it landed, and mean others now; null: none. */
export function remapped(
  row: DossierRow,
  { reference, source, days }: RecordContext,
  held: DossierRecord,
): Partial<Pick<DossierRecord, (typeof PARTS)[number]['column']>> | null {
  if (held.received_at === null) return null
  const day = days.dayOf(held.received_at)
  const moved = PARTS.flatMap(({ column, index }) => {
    const ref = row[index]
    const meant = typeof ref === 'string' ? reference.remapped(ref, source, day) : undefined
    return meant === undefined || meant === held[column] ? [] : [[column, meant] as const]
  })
  return moved.length === 0 ? null : Object.fromEntries(moved)
}

/** `current` is what the warehouse holds for this key, null if nothing. A procedure or agency nobody knows yet makes it wait. */
export function buildDossier(row: DossierRow, context: RecordContext, current: DossierRecord | null): Built {
  const record: DossierRecord = { ...BLANK }
  for (let i = 0; i < DOSSIER_COLUMNS.length; i++) record[DOSSIER_COLUMNS[i] as 'code'] = (row[i] ?? null) as never
  const { reference, days } = context
  if (!reference.procedures.has(record.procedure))
    return { waitingFor: `procedure:${record.procedure}`, path: '/procedure', value: record.procedure }
  const date = days.dayOf(record.received_at ?? record.submitted_at ?? context.asOf)
  const resolving = reference.resolve(record.resolving, context.source, date)
  if (resolving === undefined)
    return { waitingFor: `agency:${record.resolving}`, path: '/resolving', value: record.resolving }
  const notes: NoteKind[] = []
  const other = (ref: string | null, note: NoteKind) => {
    const found = ref === null ? null : (reference.resolve(ref, context.source, date) ?? null)
    if (ref !== null && found === null) notes.push(note)
    return found
  }
  const seen = current && current.status === record.status ? current.status_seen_at : firstSeen(row, record, context)
  const end = endOf(record, seen)
  record.ended_at = end.ended_at
  record.ended_precision = end.ended_precision
  record.ended_basis = end.ended_basis
  const judged = judge(record, reference, days)
  if (dueDiffers(record, judged, days)) notes.push('due-differs')
  record.resolving = resolving
  record.receiving = other(record.receiving, 'unknown-receiving-agency')
  record.assisting = other(record.assisting, 'unknown-assisting-agency')
  record.due_at = judged.due_at
  record.due_precision = judged.due_precision
  record.due_ours_at = judged.due_ours_at
  record.due_in_2_at = judged.due_in_2_at
  record.due_in_1_at = judged.due_in_1_at
  record.processing_hours = judged.processing_hours
  record.source = context.source
  record.counted = 1
  record.deleted = 0
  record.rating = current?.rating ?? null
  record.rated_at = current?.rated_at ?? null
  record.complained = current?.complained ?? null
  record.status_seen_at = seen
  record.order_at = orderOf(row, context)
  record.order_declared = context.orderDeclared ? 1 : 0
  record.content_hash = String(row[HASH_INDEX])
  record.run = context.run
  record.known_from = context.landing
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
const OPEN: End = { ended_at: null, ended_precision: null, ended_basis: null }
const endAt = (at: number | null, precision: string | null, basis: string): End | null =>
  at === null ? null : { ended_at: at, ended_precision: precision, ended_basis: basis }

function endOf(business: DossierBusiness, statusSeenAt: number): End {
  const finished = () => endAt(business.finished_at, business.finished_precision, 'finished')
  const stated = () => endAt(business.status_at, business.status_precision, 'status-date')
  const seen = { ended_at: statusSeenAt, ended_precision: 'second', ended_basis: 'first-seen' }
  switch (business.status) {
    case 9:
    case 10:
      return finished() ?? endAt(business.returned_at, business.returned_precision, 'returned') ?? seen
    case 3:
      return endAt(business.refused_at, business.refused_precision, 'refused') ?? stated() ?? seen
    case 7:
    case 8:
      return finished() ?? stated() ?? seen
    default:
      return OPEN
  }
}
