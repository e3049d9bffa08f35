/**
 * What has landed before it was known what became of its agency: a dossier, petition or decision on or after the day from which other
 * versions are known is with the version of its own day. In batches, each a write of its own, by difference and with versions like every
 * other correction; a crash in between is harmless, since the day is forgotten only at the end.
 */
import { type LocalDays, localDays } from '../indicators/local-day.ts'
import { parsePeriod, startOfDay } from '../indicators/periods.ts'
import type { StoredDossier } from '../warehouse/dossiers.ts'
import { INPUTS, type InputRecords } from '../warehouse/inputs.ts'
import { findMeta } from '../warehouse/landing.ts'
import { saveFeeds } from '../warehouse/source-status.ts'
import type { AgencyTable } from '../warehouse/tables.ts'
import { REASSIGN_FROM, type Reference, readReferenceData, referenceLanding } from './reference.ts'
import { replaceJudged } from './rejudge.ts'
import { judgeEach } from './rejudge-inputs.ts'
import type { SyncDeps } from './sync.ts'

const BATCH = 1_000
type Versions = Pick<Reference, 'agencies' | 'resolve'>

/**
 * The version that `key` means on the day a dossier or petition was received, or something decided. The code decides: from the day on which it is another unit's, a source
 * that writes it means that one. A code that nobody has any more leads to the one successor; of one that was divided, or has none, nobody
 * can tell, and the dossier stays where it is: undetermined, not apportioned.
 */
export function versionFor({ agencies, resolve }: Versions, key: string, day: string): string {
  const agency = agencies.get(key)
  if (!agency || isOn(agency, day)) return key
  const byCode = resolve(`code:${agency.code}`, '', day)
  if (byCode !== undefined) return byCode
  const seen = new Set<string>()
  for (let one: AgencyTable | undefined = agency; one && !seen.has(one.key); ) {
    seen.add(one.key)
    const [only, other] = JSON.parse(one.successors) as string[]
    one = only === undefined || other !== undefined ? undefined : agencies.get(only)
    if (one && isOn(one, day)) return one.key
  }
  return key
}
const isOn = ({ valid_from, valid_to }: AgencyTable, day: string) =>
  valid_from <= day && (valid_to === null || day < valid_to)

/** Versions that do not hold for every day from `from` on: only their dossiers may be another's. */
export const changing = (agencies: Iterable<AgencyTable>, from: string): string[] =>
  [...agencies].filter(({ valid_from, valid_to }) => valid_to !== null || valid_from > from).map(({ key }) => key)

/** Returns how many records have been assigned anew; nothing to do but after a change of reference data. */
export async function reassign(
  { warehouse, config }: Pick<SyncDeps, 'warehouse' | 'config'>,
  asOf: number,
  signal?: AbortSignal,
): Promise<number> {
  const from = await warehouse.read((db) => findMeta(db, REASSIGN_FROM))
  if (from === undefined) return 0
  const days = localDays(config.zone)
  const start = startOfDay(from, config.zone)
  let reference: Reference | undefined
  let moved = 0
  for (let after: number | null = 0; after !== null; ) {
    signal?.throwIfAborted()
    const last: number = after
    after = await warehouse.write(async (trx) => {
      if (reference?.landing !== (await referenceLanding(trx.db)))
        reference = await readReferenceData(trx.db, config.zone)
      const current = reference
      const keys = changing(current.agencies.values(), from)
      if (keys.length === 0) return null
      const rows: StoredDossier[] = await trx.db
        .selectFrom('dossier')
        .selectAll()
        .where('id', '>', last)
        .where('received_at', '>=', start)
        .where(({ or, eb }) => or(PARTS.map((part) => eb(part, 'in', keys))))
        .orderBy('id')
        .limit(BATCH)
        .execute()
      const next = rows.map((old) => {
        const day = days.dayOf(old.received_at ?? asOf)
        const of = (key: string | null) => (key === null ? null : versionFor(current, key, day))
        return {
          ...old,
          resolving: of(old.resolving) ?? old.resolving,
          receiving: of(old.receiving),
          assisting: of(old.assisting),
        }
      })
      moved += await replaceJudged(trx, config.zone, asOf, next, rows)
      for (const [source, own] of Map.groupBy(next, (row) => row.source)) await saveFeeds(trx, source, own)
      return rows.length < BATCH ? null : (rows.at(-1)?.id ?? null)
    })
  }
  for (const name of INPUTS)
    moved += await judgeEach(warehouse, name, { zone: config.zone, asOf, signal }, (row, current, days) => ({
      agency: row.deleted ? row.agency : inputVersionFor(current, row, days, from),
    }))
  await warehouse.write((trx) =>
    trx.db.deleteFrom('meta').where('key', '=', REASSIGN_FROM).where('value', '=', from).execute(),
  )
  return moved
}

type Assigned = InputRecords[keyof InputRecords]
/**
 * A decision or petition by its day, as it lands. What is said of a period is said of one unit, and is no part of what another becomes: it goes on
 * only with that very unit, known by its identifier, by its code, or by having changed nothing but its name.
 */
export function inputVersionFor(versions: Versions, row: Assigned, days: LocalDays, from: string): string {
  const { agency } = row
  const by = (day: string) => (day < from ? agency : versionFor(versions, agency, day))
  if ('decided_at' in row) return by(days.dayOf(row.decided_at))
  if ('received_at' in row) return by(days.dayOf(row.received_at))
  const { firstDay, lastDay } = parsePeriod(row.period)
  return lastDay < from ? agency : sameUnit(versions, agency, firstDay, lastDay)
}

function sameUnit({ agencies, resolve }: Versions, key: string, firstDay: string, lastDay: string): string {
  const agency = agencies.get(key)
  if (!agency || isOn(agency, lastDay)) return key
  const byIdentifier = agency.identifier === null ? undefined : resolve(`identifier:${agency.identifier}`, '', lastDay)
  if (byIdentifier !== undefined) return byIdentifier
  // A period that it lived to see the beginning of is that unit's.
  if (isOn(agency, firstDay)) return key
  const successors = JSON.parse(agency.successors) as string[]
  const byCode = resolve(`code:${agency.code}`, '', lastDay)
  if (byCode !== undefined && successors.includes(byCode)) return byCode
  const [only, other] = successors
  const isRename =
    only !== undefined &&
    other === undefined &&
    [...agencies.values()].filter((one) => (JSON.parse(one.successors) as string[]).includes(only)).length === 1
  const next = isRename ? agencies.get(only) : undefined
  return next && next.valid_from === agency.valid_to && isOn(next, lastDay) ? next.key : key
}

const PARTS = ['resolving', 'receiving', 'assisting'] as const
