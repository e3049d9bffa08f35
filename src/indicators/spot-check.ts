/**
 * The spot check (đối soát mẫu): after a job, once on each day of the tick, what is kept at a few agencies is recomputed from the records and
 * compared. Agencies come in turn, so that within a month of nights all have; those that differed come again every night until they agree.
 */
import { findMeta, saveMeta } from '../warehouse/landing.ts'
import type { Reader, Warehouse } from '../warehouse/open.ts'
import { loadBasis } from './basis.ts'
import { localDays } from './local-day.ts'
import { countedUnder } from './places.ts'
import { compare, type Difference } from './rebuild.ts'
import { currentTick } from './tick.ts'

export interface SpotCheck {
  /** real time, epoch ms */
  at: number
  /** local day of the tick */
  day: string
  /** keys of the agencies compared */
  agencies: string[]
  cells: number
  figures: number
  differences: number
  /** one of them; null: there are none */
  example: Difference | null
}
/** `differing`: keys that come again; `last`: the key after which the next in turn comes. */
type Kept = SpotCheck & { differing: string[]; last: string }

const KEY = 'spot_check'
const NIGHTS = 30
const AT_LEAST = 5

/** Null where that of the day has been made, or there is nothing yet to compare. */
export async function spotCheck(
  warehouse: Warehouse,
  zone: string,
  now: number,
  signal?: AbortSignal,
): Promise<SpotCheck | null> {
  const kept = await warehouse.read(async (db): Promise<Kept | null> => {
    const tickAt = await currentTick(db)
    if (tickAt === null) return null
    const before = await keptCheck(db)
    const day = localDays(zone).dayOf(tickAt)
    if (before?.day === day) return null
    const { agencies } = await loadBasis(db, tickAt, zone)
    const keys = [...agencies.values()].filter(({ kind }) => kind !== 'province').map(({ key }) => key)
    const chosen = inTurn(keys.sort(), before?.last ?? '', before?.differing ?? [])
    if (chosen.length === 0) return null
    const { cells, figures, differences } = await compare(db, zone, chosen, signal)
    return {
      ...{ at: now, day, agencies: chosen, cells, figures },
      differences: differences.length,
      example: differences[0] ?? null,
      differing: chosen.filter((key) => {
        const own = countedUnder(agencies, [key])
        return differences.some((one) => own.includes(agencyOf(one)))
      }),
      last: chosen.at(-1) ?? '',
    }
  })
  if (kept) await warehouse.write((trx) => saveMeta(trx, KEY, JSON.stringify(kept)))
  return kept && shown(kept)
}

/** The newest one; null: none has been made. */
export async function findSpotCheck(db: Reader): Promise<SpotCheck | null> {
  const kept = await keptCheck(db)
  return kept && shown(kept)
}

async function keptCheck(db: Reader): Promise<Kept | null> {
  const text = await findMeta(db, KEY)
  return text === undefined ? null : (JSON.parse(text) as Kept)
}
const agencyOf = ({ kind, key }: Difference): string => key.split('|')[kind === 'indicator' ? 1 : 0] ?? ''
const shown = ({ differing: _, last: __, ...check }: Kept): SpotCheck => check

/** Of `keys`, sorted: those after `last`, from the first again behind the last one; `again` before them. */
export function inTurn(keys: readonly string[], last: string, again: readonly string[]): string[] {
  const known = again.filter((key) => keys.includes(key))
  const after = [...keys.filter((key) => key > last), ...keys.filter((key) => key <= last)]
  const some = after.filter((key) => !known.includes(key)).slice(0, Math.max(AT_LEAST, Math.ceil(keys.length / NIGHTS)))
  return [...known, ...some]
}
