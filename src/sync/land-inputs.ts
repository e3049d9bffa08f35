/**
 * Publications, petitions, statements and official scores of one batch into the warehouse: order, versions, deletions and, of the first two,
 * measures, inside the caller's write. Unchanged rows (same content hash) cost a lookup; those whose agency was mapped anew since move to it.
 */
import type { InputEntity } from '../connect/connector.ts'
import { NATIONAL } from '../indicators/catalogue/qd766.ts'
import { inputContributions, nextInputChange } from '../indicators/inputs.ts'
import { parsePeriod } from '../indicators/periods.ts'
import { applyContributions, type CellEntry, markDirty } from '../warehouse/cells.ts'
import {
  type CountedInput,
  findInputs,
  findPublications,
  type InputRecords,
  raiseInputOrder,
  type StoredInput,
  saveInputFeeds,
  saveInputs,
  saveSupersededInputs,
} from '../warehouse/inputs.ts'
import { countWork } from '../warehouse/landing.ts'
import type { Trx } from '../warehouse/open.ts'
import { complainAbout } from './complaints.ts'
import type { Counts } from './counts.ts'
import type { RecordContext } from './dossier-record.ts'
import { buildInput, remappedAgency } from './input-record.ts'
import type { RecordAt } from './kept-records.ts'
import type { LandedDossiers } from './land-dossiers.ts'
import type { CanonicalObject } from './protocol.ts'

/** What the warehouse held and what it will hold; `next` null: as it was. */
interface State<Name extends InputEntity> {
  old: StoredInput<Name> | null
  next: InputRecords[Name] | null
}
interface Batch<Name extends InputEntity> {
  entity: Name
  context: RecordContext
  states: Map<string, State<Name>>
  result: LandedDossiers
  /** row id → the order of its newest statement */
  raised: Map<number, number>
}

export async function landInputs<Name extends InputEntity>(
  trx: Trx,
  entity: Name,
  context: RecordContext,
  tickAt: number,
  rows: readonly CanonicalObject[],
  recordAt: RecordAt,
  deleted: readonly string[],
): Promise<LandedDossiers> {
  const codes = [...new Set([...rows.map((row) => String(row.code)), ...deleted])]
  const known = await findInputs(trx, entity, context.source, codes)
  const counts = { landed: 0, new: 0, changed: 0, unchanged: 0, stale: 0, late: 0, doubled: 0, deleted: 0 }
  const batch: Batch<Name> = {
    entity,
    context,
    states: new Map(known.map((old) => [old.code, { old, next: null }])),
    result: { counts, waiting: [], notes: [], good: new Map() },
    raised: new Map(),
  }
  for (const [i, row] of rows.entries()) takeRow(batch, row, () => recordAt(i))
  for (const code of deleted) takeDeletion(batch, code)
  if (entity === 'publication') await succeed(trx, batch as unknown as Batch<'publication'>)
  await write(trx, batch, tickAt)
  return batch.result
}

function count(batch: Pick<Batch<InputEntity>, 'result'>, name: keyof Counts): void {
  batch.result.counts[name] = (batch.result.counts[name] ?? 0) + 1
}

function takeRow<Name extends InputEntity>(batch: Batch<Name>, row: CanonicalObject, record: () => string): void {
  const { entity, context, states, result } = batch
  const code = String(row.code)
  const state = states.get(code) ?? { old: null, next: null }
  const current = state.next ?? state.old
  // a declared order that is absent sorts first, as with dossiers
  const order = context.orderDeclared ? (row.orderAt ?? 0) : context.arrivedAt
  if (current && !current.deleted && current.content_hash === row.contentHash) {
    const agency = remappedAgency(entity, row, context)
    if (agency !== undefined && agency !== current.agency) {
      const known = { run: context.run, known_from: context.landing }
      states.set(code, { old: state.old, next: { ...withoutId(current), agency, ...known } })
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
  const built = buildInput(entity, row, order, context)
  if ('waitingFor' in built) {
    result.waiting.push({
      key: code,
      ...built,
      record: record(),
      orderAt: context.orderDeclared ? order : null,
    })
    return
  }
  count(batch, 'landed')
  if (context.lateBefore !== null && order > 0 && order < context.lateBefore) count(batch, 'late')
  count(batch, current ? 'changed' : 'new')
  states.set(code, { old: state.old, next: built.record })
  result.good.set(code, order)
}

function raise<Name extends InputEntity>(batch: Batch<Name>, state: State<Name>, order: number): void {
  if (state.next) state.next.order_at = order
  else if (state.old) {
    batch.raised.set(state.old.id, order)
    state.old.order_at = order
  }
}

function takeDeletion<Name extends InputEntity>(batch: Batch<Name>, code: string): void {
  const { context, states } = batch
  const state = states.get(code)
  const current = state?.next ?? state?.old
  if (!state || !current || current.deleted) return
  const order_at = context.orderDeclared ? current.order_at : Math.max(current.order_at, context.arrivedAt)
  state.next = { ...withoutId(current), deleted: 1, order_at, run: context.run, known_from: context.landing }
  count(batch, 'deleted')
}

function withoutId<Record extends object>(record: Record): Omit<Record, 'id'> & Record {
  const { id: _, ...rest } = record as Record & { id?: number }
  return rest as Omit<Record, 'id'> & Record
}

/** Which publication of a procedure took the place of which: each stands in public until the next of its source was published. */
async function succeed(trx: Trx, batch: Batch<'publication'>): Promise<void> {
  const { context, states } = batch
  const changed = [...states.values()].filter(({ next }) => next !== null)
  const procedures = new Set(changed.flatMap(({ old, next }) => [old?.procedure ?? [], next?.procedure ?? []].flat()))
  if (procedures.size === 0) return
  for (const old of await findPublications(trx, context.source, [...procedures]))
    if (!states.has(old.code)) states.set(old.code, { old, next: null })
  const groups = Map.groupBy(states.values(), ({ old, next }) => (next ?? old)?.procedure ?? '')
  for (const procedure of procedures) {
    const inOrder = (groups.get(procedure) ?? [])
      .flatMap((state) => {
        const row = state.next ?? state.old
        return row ? [{ state, row }] : []
      })
      .sort((a, b) => (a.row.published_at ?? 0) - (b.row.published_at ?? 0) || (a.row.code < b.row.code ? -1 : 1))
    const standing = inOrder.filter(({ row }) => row.published_at !== null && !row.deleted)
    for (const { state, row } of inOrder) {
      const place = standing.findIndex((one) => one.row === row)
      const replaced_at = place < 0 ? null : (standing[place + 1]?.row.published_at ?? null)
      if (replaced_at === row.replaced_at) continue
      state.next = { ...withoutId(row), replaced_at, ...(state.next ? {} : { known_from: context.landing }) }
    }
  }
}

async function write<Name extends InputEntity>(trx: Trx, batch: Batch<Name>, tickAt: number): Promise<void> {
  const { entity, context } = batch
  const changed = [...batch.states.values()].filter(
    (state): state is { old: StoredInput<Name> | null; next: InputRecords[Name] } => state.next !== null,
  )
  changed.sort((a, b) => (a.next.code < b.next.code ? -1 : 1))
  await raiseInputOrder(trx, entity, batch.raised)
  if (changed.length === 0) return
  const held = changed.flatMap(({ old }) => old ?? [])
  const rows = changed.map(({ next }) => next)
  await saveSupersededInputs(trx, entity, held, context.landing)
  const cells = await moveInputs(trx, entity, rows, held, { days: context.days, tickAt })
  await saveInputs(trx, entity, rows)
  const both = [...held, ...rows] as readonly InputRecords[InputEntity][]
  if (entity === 'petition') {
    const codes = (both as readonly InputRecords['petition'][]).flatMap(({ dossier_code: code }) => code ?? [])
    await complainAbout(trx, context, [...new Set(codes)])
  }
  if (entity === 'official-score') await markScored(trx, both as readonly InputRecords['official-score'][])
  await saveInputFeeds(trx, context.source, entity, new Set(rows.map(({ agency }) => agency)))
  await countWork(trx, context.landing, changed.length, cells)
}

/** Points that are told from the portal's own counts are looked at again. */
export async function markScored(trx: Trx, rows: readonly InputRecords['official-score'][]): Promise<void> {
  const counted = rows.filter(({ component }) => NATIONAL.includes(component))
  await markDirty(
    trx,
    counted.map(({ agency, period }) => [agency, parsePeriod(period).firstMonth]),
  )
}

/** Moves the cells, where there are any of `name`, from what `held` contributed to what `rows` contribute, and sets when that changes next. Returns the cells touched. */
export async function moveInputs(
  trx: Trx,
  name: InputEntity,
  rows: readonly InputRecords[InputEntity][],
  held: readonly InputRecords[InputEntity][],
  { days, tickAt }: Pick<RecordContext, 'days'> & { tickAt: number },
): Promise<number> {
  if (name !== 'publication' && name !== 'petition') return 0
  const [next, old] = [rows as InputRecords[CountedInput][], held as InputRecords[CountedInput][]]
  for (const row of next) row.next_at = nextInputChange(name, row as never, tickAt)
  const entries = (row: InputRecords[CountedInput]): CellEntry[] => inputContributions(name, row as never, days, tickAt)
  return applyContributions(trx, next.values().map(entries), old.values().map(entries))
}
