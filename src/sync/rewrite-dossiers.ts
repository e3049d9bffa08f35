/** Dossiers that something beside them has changed: their versions, measures and next look, inside the caller's write. */
import { contributions, nextChange } from '../indicators/measures.ts'
import { currentTick } from '../indicators/tick.ts'
import { applyContributions } from '../warehouse/cells.ts'
import { type StoredDossier, saveDossiers, saveSuperseded } from '../warehouse/dossiers.ts'
import { countWork } from '../warehouse/landing.ts'
import type { Trx } from '../warehouse/open.ts'
import type { RecordContext } from './dossier-record.ts'

export async function rewriteDossiers(
  trx: Trx,
  { landing, days }: Pick<RecordContext, 'landing' | 'days'>,
  changed: readonly { old: StoredDossier; next: StoredDossier }[],
): Promise<void> {
  if (changed.length === 0) return
  const tickAt = (await currentTick(trx.db)) ?? 0
  const sorted = changed.toSorted((a, b) => (keyOf(a.next) < keyOf(b.next) ? -1 : 1))
  await saveSuperseded(
    trx,
    sorted.map(({ old }) => old),
    landing,
  )
  await saveDossiers(
    trx,
    sorted.map(({ next }) => ({ ...next, next_at: nextChange(next, days, tickAt), known_from: landing })),
  )
  const cells = await applyContributions(
    trx,
    sorted.values().map(({ next }) => contributions(next, days, tickAt)),
    sorted.values().map(({ old }) => contributions(old, days, tickAt)),
  )
  await countWork(trx, landing, sorted.length, cells)
}
const keyOf = ({ source, code }: StoredDossier) => `${source}\0${code}`
