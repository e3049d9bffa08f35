/** A system replaced by another: its rows stay for history, and no longer win an election. */
import type { SourceConfig } from '../config.ts'
import { localDays } from '../indicators/local-day.ts'
import { contributions } from '../indicators/measures.ts'
import { currentTick } from '../indicators/tick.ts'
import { applyContributions } from '../warehouse/cells.ts'
import { findGroups, type StoredDossier, saveDossiers, saveSuperseded } from '../warehouse/dossiers.ts'
import { newLanding } from '../warehouse/landing.ts'
import type { Trx } from '../warehouse/open.ts'
import { markSourceDirty } from '../warehouse/source-status.ts'
import { type Electorate, elect } from './election.ts'
import { electorateOf } from './electorate.ts'
import type { SyncDeps } from './sync.ts'

const BATCH = 1_000

/** Marks `source` as retired in favour of `successor` and elects its groups anew. Returns how many groups were looked at. */
export async function retireSource(
  deps: SyncDeps,
  source: SourceConfig,
  successor: SourceConfig,
  signal: AbortSignal,
): Promise<number> {
  return deps.withLease(`source:${source.id}`, signal, async (lease) => {
    const now = Date.now()
    await deps.warehouse.write(async (trx) => {
      const blank = { state: 'never', as_of: null, fresh_until: now, sequence: 0 }
      await trx.db
        .insertInto('source_status')
        .values({ source: source.id, ...blank, retired_at: now, successor: successor.id })
        .onConflict((conflict) => conflict.column('source').doUpdateSet({ retired_at: now, successor: successor.id }))
        .execute()
      // Figures rest on it no more; one that went on naming it would be grey for ever.
      await markSourceDirty(trx, source.id)
    }, lease)
    const electorate = await electorateOf(deps.warehouse, deps.config)
    let after = ''
    let groups = 0
    for (;;) {
      const codes = await deps.warehouse.read((db) =>
        db
          .selectFrom('dossier')
          .select('national_code')
          .distinct()
          .where('source', '=', source.id)
          .where('national_code', '>', after)
          .orderBy('national_code')
          .limit(BATCH)
          .execute(),
      )
      if (codes.length === 0) break
      const national = codes.flatMap((row) => row.national_code ?? [])
      await deps.warehouse.write((trx) => electAgain(trx, electorate, national, deps.config.zone, now), lease)
      after = national[national.length - 1] ?? ''
      groups += national.length
    }
    await deps.settle([], now)
    return groups
  })
}

async function electAgain(
  trx: Trx,
  electorate: Electorate,
  national: readonly string[],
  zone: string,
  now: number,
): Promise<void> {
  const landing = await newLanding(trx, 'retire', now)
  const tickAt = (await currentTick(trx.db)) ?? 0
  const days = localDays(zone)
  const changed: { old: StoredDossier; next: StoredDossier }[] = []
  for (const group of Map.groupBy(await findGroups(trx, national), (row) => row.national_code).values()) {
    const elected = elect(group, electorate)
    for (const old of group) {
      const counted = old === elected ? 1 : 0
      if (old.counted !== counted) changed.push({ old, next: { ...old, counted, known_from: landing } })
    }
  }
  await saveSuperseded(
    trx,
    changed.map(({ old }) => old),
    landing,
  )
  await saveDossiers(
    trx,
    changed.map(({ next }) => next),
  )
  await applyContributions(
    trx,
    changed.flatMap(({ next }) => contributions(next, days, tickAt)),
    changed.flatMap(({ old }) => contributions(old, days, tickAt)),
  )
}
