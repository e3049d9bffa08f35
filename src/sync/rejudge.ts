/**
 * What has landed, judged again where that by which it was judged has changed: due dates by another calendar (some years' days off are
 * announced late) or another statutory limit, of the dossiers that the change concerns; the counted row of a dossier held twice by another authority. In batches, each a write of its own; a crash in
 * between is harmless, since the change is taken for done only at the end.
 */
import { createHash } from 'node:crypto'
import { localDays } from '../indicators/local-day.ts'
import { contributions, nextChange } from '../indicators/measures.ts'
import { currentTick } from '../indicators/tick.ts'
import { applyContributions } from '../warehouse/cells.ts'
import { findGroups, type StoredDossier, saveDossiers, saveSuperseded } from '../warehouse/dossiers.ts'
import { countWork, findMeta, newLanding, saveMeta } from '../warehouse/landing.ts'
import type { LeaseHeld, Reader, Trx } from '../warehouse/open.ts'
import { type Concern, findConcern, isConcerned } from './concern.ts'
import { judge } from './due.ts'
import { type Electorate, elect } from './election.ts'
import { electorateOf, retiredSources } from './electorate.ts'
import { reassign } from './reassign.ts'
import { type Reference, readReferenceData, referenceLanding } from './reference.ts'
import { rejudgeInputs } from './rejudge-inputs.ts'
import type { SyncDeps } from './sync.ts'

type Deps = Pick<SyncDeps, 'warehouse' | 'config'>
const BATCH = 1_000
/** meta: by which calendar, limits and authority everything that has landed is judged */
const DUE_BY = 'due_by'
const COUNTED_BY = 'counted_by'

/** Brings due dates and counted rows up to the calendar, the limits and the authority of now; nothing to do on nearly every night. */
export async function rejudge(deps: Deps, asOf: number, signal?: AbortSignal): Promise<Rejudged> {
  const { warehouse, config } = deps
  await reassign(deps, asOf, signal)
  const authority = digestOf(await electorateOf(warehouse, config))
  const { concern, judged, countedBy } = await warehouse.read(async (db) => ({
    ...(await findConcern(db, (await findMeta(db, DUE_BY)) ?? '', config.zone)),
    countedBy: await findMeta(db, COUNTED_BY),
  }))
  const due = concern !== null && (concern.all || concern.ranges.length + concern.procedures.length > 0)
  const done = due ? await computeDueAgain(deps, concern, asOf, signal) : { looked: 0, changed: 0 }
  // They are few: another calendar or other rules have all of them looked at.
  if (concern?.inputs) await rejudgeInputs(warehouse, { zone: config.zone, asOf, signal })
  if (judged !== null) await warehouse.write((trx) => saveMeta(trx, DUE_BY, judged))
  if (countedBy !== authority) {
    await electAgain(deps, null, asOf, { signal })
    await warehouse.write((trx) => saveMeta(trx, COUNTED_BY, authority))
  }
  return done
}

/** Dossiers that were looked at because what their due dates rest on has changed, and those for which it made a difference. */
export interface Rejudged {
  looked: number
  changed: number
}

/** Also of the agencies that lines name by an identifier, and of who is retired: a retirement may have been broken off. */
function digestOf({ authorities, retired }: Electorate): string {
  const lines = [...authorities].map(([source, all]) => [source, ...all.map((line) => JSON.stringify(line)).sort()])
  return createHash('sha256')
    .update(JSON.stringify([lines, [...retired].sort()]))
    .digest('hex')
}

async function computeDueAgain(
  { warehouse, config }: Deps,
  concern: Concern,
  asOf: number,
  signal?: AbortSignal,
): Promise<Rejudged> {
  const days = localDays(config.zone)
  const done = { looked: 0, changed: 0 }
  let reference: Reference | undefined
  for (let after: number | null = 0; after !== null; ) {
    signal?.throwIfAborted()
    const from: number = after
    after = await warehouse.write(async (trx) => {
      const rows: StoredDossier[] = await trx.db
        .selectFrom('dossier')
        .selectAll()
        .where('id', '>', from)
        .where(isConcerned(concern, days))
        .orderBy('id')
        .limit(BATCH)
        .execute()
      // Somebody else may be landing procedures, and dossiers that are due by their limits.
      if (reference?.landing !== (await referenceLanding(trx.db)))
        reference = await readReferenceData(trx.db, config.zone)
      const current = reference
      done.looked += rows.length
      done.changed += await replaceJudged(
        trx,
        config.zone,
        asOf,
        rows.map((old) => ({ ...old, ...judge(old, current, days) })),
        rows,
      )
      return rows.length < BATCH ? null : (rows.at(-1)?.id ?? null)
    })
  }
  return done
}

/** Elects the groups in which `source` (null: any) holds a row anew. Returns how many. */
export async function electAgain(
  { warehouse, config }: Deps,
  source: string | null,
  asOf: number,
  { lease, signal }: { lease?: LeaseHeld; signal?: AbortSignal | undefined } = {},
): Promise<number> {
  const electorate = await electorateOf(warehouse, config)
  let groups = 0
  for (let after: string | null = ''; after !== null; ) {
    signal?.throwIfAborted()
    const codes: string[] = await groupsAfter(warehouse.read, source, after)
    await warehouse.write(async (trx) => {
      const present = { ...electorate, retired: await retiredSources(trx.db) }
      const rows = await findGroups(trx, codes)
      const next = [...Map.groupBy(rows, (row) => row.national_code).values()].flatMap((group) => {
        const elected = elect(group, present)
        return group.map((old) => ({ ...old, counted: old === elected ? 1 : 0 }))
      })
      await replaceJudged(trx, config.zone, asOf, next, rows)
    }, lease)
    groups += codes.length
    after = codes.length < BATCH ? null : (codes.at(-1) ?? null)
  }
  return groups
}

/** National codes that more than one row, or one of `source`, carries. */
async function groupsAfter(read: Deps['warehouse']['read'], source: string | null, after: string): Promise<string[]> {
  const rows = await read((db: Reader) => {
    const query = db
      .selectFrom('dossier')
      .select('national_code')
      .where('national_code', '>', after)
      .groupBy('national_code')
      .orderBy('national_code')
      .limit(BATCH)
    return (
      source === null ? query.having(({ fn }) => fn.countAll(), '>', 1) : query.where('source', '=', source)
    ).execute()
  })
  return rows.flatMap((row) => row.national_code ?? [])
}

/** Rows that are judged differently now: a new version each, and their measures by the difference. Returns how many. */
export async function replaceJudged(
  trx: Trx,
  zone: string,
  asOf: number,
  judged: readonly StoredDossier[],
  held: readonly StoredDossier[],
): Promise<number> {
  const olds = new Map(held.map((row) => [row.id, row]))
  const changed = judged.flatMap((next) => {
    const old = olds.get(next.id)
    return old && JUDGED.some((column) => old[column] !== next[column]) ? [{ old, next }] : []
  })
  if (changed.length === 0) return 0
  const landing = await newLanding(trx, 'rejudge', asOf)
  const tickAt = (await currentTick(trx.db)) ?? 0
  const days = localDays(zone)
  changed.sort((a, b) => (keyOf(a.next) < keyOf(b.next) ? -1 : 1))
  await saveSuperseded(
    trx,
    changed.map(({ old }) => old),
    landing,
  )
  await saveDossiers(
    trx,
    changed.map(({ next }) => ({ ...next, next_at: nextChange(next, days, tickAt), known_from: landing })),
  )
  const cells = await applyContributions(
    trx,
    changed.values().map(({ next }) => contributions(next, days, tickAt)),
    changed.values().map(({ old }) => contributions(old, days, tickAt)),
  )
  await countWork(trx, landing, changed.length, cells)
  return changed.length
}
const JUDGED = [
  'due_at',
  'due_precision',
  'due_ours_at',
  'due_in_2_at',
  'due_in_1_at',
  'processing_hours',
  'counted',
  'resolving',
  'receiving',
  'assisting',
] as const
const keyOf = (row: { source: string; code: string }) => `${row.source}\0${row.code}`
