/**
 * Land: one batch of normalised pages into the warehouse in one write, the resume point last. A crash re-reads this batch; it never skips it.
 */

import { isInput } from '../connect/connector.ts'
import { foldName } from '../connect/names.ts'
import { labelNamesPerson } from '../connect/persons.ts'
import { localDays } from '../indicators/local-day.ts'
import { currentTick } from '../indicators/tick.ts'
import { selectByKeys, upsertRows } from '../warehouse/bulk.ts'
import { saveCheckpoint } from '../warehouse/checkpoints.ts'
import { saveDrift } from '../warehouse/drift.ts'
import { INPUT_TABLES } from '../warehouse/inputs.ts'
import { newLanding } from '../warehouse/landing.ts'
import type { LeaseHeld, Trx, Warehouse } from '../warehouse/open.ts'
import { closeQuarantine, isOlder, type QuarantineEntry, saveQuarantine } from '../warehouse/quarantines.ts'
import type { IsAgency } from './agency-names.ts'
import { addCounts, type Counts, noCounts } from './counts.ts'
import type { RecordContext } from './dossier-record.ts'
import { foundIn } from './drift-judge.ts'
import type { Electorate } from './election.ts'
import { retiredSources } from './electorate.ts'
import { type RecordAt, recordsOf } from './kept-records.ts'
import { isFingerprint } from './keys.ts'
import { type LandedDossiers, landDossiers, type Waiting } from './land-dossiers.ts'
import { landFeedback } from './land-feedback.ts'
import { landInputs } from './land-inputs.ts'
import { announceReference, landAgencies } from './land-others.ts'
import { landProcedures } from './land-procedures.ts'
import { isMasked } from './mask.ts'
import type { CanonicalObject, DossierRow, LandedEntity, NormalisedPage, Rejected } from './protocol.ts'
import { type Reference, readReferenceData, referenceLanding } from './reference.ts'

export interface LandContext {
  warehouse: Warehouse
  lease: LeaseHeld
  source: string
  stream: string
  entity: LandedEntity
  orderDeclared: boolean
  /** remember which keys this read saw, to find what is missing at its end */
  enumerates: boolean
  run: string
  /** start of the read that first saw these versions (epoch ms; sample time for made-up sources) */
  arrivedAt: number
  /** see RecordContext; not set in a replay */
  lateBefore?: number | null
  asOf: number
  zone: string
  electorate: Electorate
  /** open quarantine keys of this stream with the order of the refused version; kept up to date here */
  openKeys: Map<string, number | null>
  /** the reference data as last read; landing looks whether it is still the newest */
  cache: { reference?: Reference }
}

export interface LandOptions {
  /** false for replays and closing writes, which have no place in the read */
  resume: boolean
  /** Looks at what the batch does before it is kept; what it throws takes all of it back, the resume point too. */
  allow?: (trx: Trx, landed: Counts) => Promise<void>
}

/** Lands `pages` as one batch. */
export async function land(
  context: LandContext,
  pages: readonly NormalisedPage[],
  options: LandOptions = { resume: true },
): Promise<Counts> {
  const counts = await context.warehouse.write(async (trx) => {
    const landing = await newLanding(trx, 'land', context.asOf, context.run)
    const reference = await freshReference(trx, context)
    const total = noCounts()
    for (const page of pages) addCounts(total, { read: page.read })
    const landed = await landRecords(
      trx,
      context,
      { ...recordContext(context, reference), landing },
      joined(pages, reference),
    )
    addCounts(total, landed.counts)
    await options.allow?.(trx, total)
    addCounts(total, await setAside(trx, context, pages, landed))
    addCounts(total, await takeNotes(trx, context, pages, landed))
    if (context.enumerates) await enumerate(trx, context, pages)
    await saveDrift(trx, { ...context, at: context.asOf }, foundIn(pages))
    if ((context.entity === 'agency' || context.entity === 'procedure') && total.landed + total.deleted > 0)
      await announceReference(trx, context.asOf, context.run)
    const last = pages[pages.length - 1]
    // Last: what has not landed is read again.
    if (options.resume && last)
      await saveCheckpoint(trx, context.source, context.stream, {
        resume: JSON.stringify(last.resume),
        run: context.run,
        updated_at: Date.now(),
      })
    addCounts(total, { writes: 1 })
    return total
  }, context.lease)
  return counts
}

type Joined = Pick<NormalisedPage, 'rows' | 'deleted'> & { recordAt: RecordAt }
const joined = (pages: readonly NormalisedPage[], { isAgency }: Reference): Joined => ({
  rows: pages.flatMap((page) => page.rows),
  deleted: deletedIn(pages),
  recordAt: recordsOf(pages, isAgency),
})

/** Deletions that no later page takes back: within a page they come last. */
function deletedIn(pages: readonly NormalisedPage[]): string[] {
  const deleted = new Set<string>()
  for (const page of pages) {
    if (deleted.size > 0) for (const row of page.rows) deleted.delete(landedKey(row))
    for (const key of page.deleted) deleted.add(canonicalKey(page.entity, key))
  }
  return [...deleted]
}

const landedKey = (row: DossierRow | CanonicalObject): string => {
  const object = row as CanonicalObject
  return String(Array.isArray(row) ? row[0] : (object.code ?? object.local))
}
/** A procedure is known by the first eight characters of its code, its refused versions too: else they would stay open, and it would be missing. */
const canonicalKey = (entity: LandedEntity, key: string): string =>
  entity === 'procedure' && !key.startsWith('#') ? key.slice(0, 8) : key

async function landRecords(
  trx: Trx,
  context: LandContext,
  record: RecordContext,
  page: Joined,
): Promise<LandedDossiers> {
  const { entity } = context
  const tickAt = (await currentTick(trx.db)) ?? 0
  switch (entity) {
    case 'dossier': {
      const electorate = { ...context.electorate, retired: await retiredSources(trx.db) }
      const rows = page.rows as readonly DossierRow[]
      return landDossiers(trx, record, electorate, tickAt, rows, page.recordAt, page.deleted)
    }
    case 'procedure':
      return landProcedures(trx, record, page.rows as readonly CanonicalObject[], page.deleted)
    case 'agency':
      return landAgencies(trx, record, page.rows as readonly CanonicalObject[], page.recordAt)
    case 'feedback':
      return landFeedback(trx, record, page.rows as readonly CanonicalObject[], page.deleted)
    default: {
      const rows = page.rows as readonly CanonicalObject[]
      return landInputs(trx, entity, record, tickAt, rows, page.recordAt, page.deleted)
    }
  }
}

async function freshReference(trx: Trx, context: LandContext): Promise<Reference> {
  const newest = await referenceLanding(trx.db)
  if (context.cache.reference?.landing !== newest)
    context.cache.reference = await readReferenceData(trx.db, context.zone)
  return context.cache.reference
}

const recordContext = (context: LandContext, reference: Reference): Omit<RecordContext, 'landing'> => ({
  source: context.source,
  orderDeclared: context.orderDeclared,
  run: context.run,
  arrivedAt: context.arrivedAt,
  lateBefore: context.lateBefore ?? null,
  asOf: context.asOf,
  days: localDays(context.zone),
  reference,
})

/** Rejected and waiting records go to quarantine; a key whose good version has now landed leaves it. */
async function setAside(
  trx: Trx,
  context: LandContext,
  pages: readonly NormalisedPage[],
  landed: LandedDossiers,
): Promise<Partial<Counts>> {
  const refused = pages.flatMap((page) => page.rejected)
  const { rejected, outdated } = await withoutOutdated(trx, context, refused)
  const entries: QuarantineEntry[] = rejected.map((row) => ({
    key: canonicalKey(context.entity, row.key),
    outcome: 'quarantined',
    reasons: JSON.stringify(row.reasons),
    waitingFor: null,
    record: row.record,
    place: row.place,
    length: row.length,
    hmac: row.hmac,
    orderAt: row.orderAt,
  }))
  const agencies = [...new Set(pages.flatMap(({ records }) => records.agencies ?? []))]
  const isAgency = context.cache.reference?.isAgency ?? (() => false)
  for (const row of landed.waiting) {
    const kind = row.waitingFor.slice(0, row.waitingFor.indexOf(':'))
    const hidden = kind === 'agency' && agencyNamesPerson(row, agencies, isAgency)
    const value = hidden ? `(${row.value.length} characters)` : kind === 'agency' ? written(row, agencies) : row.value
    const reasons = JSON.stringify([{ path: row.path, rule: `unknown-${kind}`, expected: `a known ${kind}`, value }])
    entries.push({
      key: row.key,
      outcome: 'waiting-for',
      reasons,
      waitingFor: hidden ? `${kind}:${value}` : row.waitingFor,
      record: row.record,
      place: null,
      length: null,
      hmac: null,
      orderAt: row.orderAt,
    })
  }
  await saveQuarantine(
    trx,
    {
      source: context.source,
      stream: context.stream,
      run: context.run,
      arrivedAt: context.arrivedAt,
      at: context.asOf,
    },
    entries,
  )
  for (const { key, orderAt } of entries)
    if (!isOlder(orderAt, context.openKeys.get(key))) context.openKeys.set(key, orderAt)
  const closed = [...landed.good, ...outdated]
    .filter(([key, order]) => context.openKeys.has(key) && (context.openKeys.get(key) ?? order) <= order)
    .map(([key]) => key)
  await closeQuarantine(trx, context.source, context.stream, closed, 'landed', null, context.asOf)
  for (const key of closed) context.openKeys.delete(key)
  // What is deleted at its source must not come back by a replay.
  const gone = deletedIn(pages).filter((key) => context.openKeys.has(key))
  await closeQuarantine(trx, context.source, context.stream, gone, 'landed', 'deleted at its source', context.asOf)
  for (const key of gone) context.openKeys.delete(key)
  await closeMended(trx, context, pages)
  return { quarantined: rejected.length, waiting: landed.waiting.length, stale: refused.length - rejected.length }
}

/**
 * A refused version older than the one that is held is passed over, as a good one of its age would be: the newer one has landed, and
 * nothing would ever close it. `outdated`: their keys with the order of what is held.
 */
async function withoutOutdated(
  trx: Trx,
  { entity, source }: LandContext,
  rejected: readonly Rejected[],
): Promise<{ rejected: readonly Rejected[]; outdated: ReadonlyMap<string, number> }> {
  const dated = rejected.filter((row) => row.orderAt !== null)
  const table = entity === 'dossier' || entity === 'feedback' ? entity : isInput(entity) ? INPUT_TABLES[entity] : null
  if (dated.length === 0 || table === null) return { rejected, outdated: new Map() }
  const rows = await selectByKeys<{ code: string; order_at: number }>(
    trx,
    table,
    ['source', 'code'],
    [...new Set(dated.map((row) => row.key))].map((key) => [source, key]),
  )
  const held = new Map(rows.map((row) => [row.code, row.order_at]))
  const isOutdated = ({ key, orderAt }: Rejected) => isOlder(orderAt, held.get(key))
  return {
    rejected: rejected.filter((row) => !isOutdated(row)),
    outdated: new Map(dated.filter(isOutdated).map(({ key }) => [key, held.get(key) ?? 0])),
  }
}

/**
 * Columns shift: in the place of an agency there may stand a person. A reference is folded, without leading zeros, so what was masked
 * of the field itself decides too.
 */
function agencyNamesPerson({ record, value }: Waiting, agencies: readonly string[], isAgency: IsAgency): boolean {
  if (agencies.length > 0) {
    const kept = JSON.parse(record) as Readonly<Record<string, unknown>>
    if (agencies.some((field) => isMasked(kept[field]))) return true
  }
  const colon = value.indexOf(':')
  if (value.slice(0, colon) === 'identifier') return false
  const parts = value.slice(colon + 1).split('|')
  return parts.some((part) => labelNamesPerson(part) && !isAgency(part))
}

/** An unknown agency as its source writes it: the reference is folded, with tones where nobody puts them. */
function written({ record, value }: Waiting, agencies: readonly string[]): string {
  if (!value.startsWith('name:') || agencies.length === 0) return value
  const kept = JSON.parse(record) as Readonly<Record<string, unknown>>
  const names = agencies.flatMap((field) => (typeof kept[field] === 'string' ? [kept[field]] : []))
  const parts = value.slice('name:'.length).split('|')
  return parts.map((part) => names.find((name) => foldName(name) === part) ?? part).join(', ')
}

/** What could not be decoded has no key by which a good version could close it: a file read again without it does. */
async function closeMended(trx: Trx, context: LandContext, pages: readonly NormalisedPage[]): Promise<void> {
  const parts = pages.flatMap((page) => (page.reread === undefined ? [] : [`${page.reread} `]))
  if (parts.length === 0 || context.openKeys.size === 0) return
  const open = await trx.db
    .selectFrom('quarantine')
    .select(['key', 'place'])
    .where('source', '=', context.source)
    .where('stream', '=', context.stream)
    .where('closed_at', 'is', null)
    .where('place', 'is not', null)
    .where('run', '!=', context.run)
    .execute()
  const mended = open.filter(({ place }) => parts.some((part) => place?.startsWith(part))).map(({ key }) => key)
  await closeQuarantine(trx, context.source, context.stream, mended, 'landed', 'no longer in the file', context.asOf)
  for (const key of mended) context.openKeys.delete(key)
}

async function takeNotes(
  trx: Trx,
  context: LandContext,
  pages: readonly NormalisedPage[],
  landed: LandedDossiers,
): Promise<Partial<Counts>> {
  const fromReading = pages.flatMap((page) => page.notes)
  const notes = [...fromReading, ...landed.notes]
  await upsertRows(
    trx,
    'note',
    ['source', 'stream', 'key', 'kind', 'detail', 'first_seen', 'run'],
    ['source', 'stream', 'key', 'kind'],
    'nothing',
    notes.map((note) => [context.source, context.stream, note.key, note.kind, note.detail, context.asOf, context.run]),
  )
  return { noted: notes.length, repaired: fromReading.filter((note) => note.kind === 'repaired-text').length }
}

async function enumerate(trx: Trx, context: LandContext, pages: readonly NormalisedPage[]): Promise<void> {
  const keys = pages.flatMap((page) => [
    ...page.rows.map(landedKey),
    // What stands for a missing key is another one each time such a record changes, and would be missing as often.
    ...page.rejected.filter(({ key }) => !isFingerprint(key)).map(({ key }) => canonicalKey(context.entity, key)),
  ])
  await upsertRows(
    trx,
    'enumerated',
    ['source', 'stream', 'key', 'run', 'missing_since'],
    ['source', 'stream', 'key'],
    'update',
    [...new Set(keys)].map((key) => [context.source, context.stream, key, context.run, null]),
  )
}
