/**
 * A measure that was added to a warehouse with dossiers is built behind everybody's back. Since the write that made its column, landing
 * and tick keep it by what changes; here the dossiers *as known then* are added, in chunks by id. Sums are linear: what a dossier counted
 * then, and what has changed about it since, is what it counts now. So nothing stands still meanwhile, and the order does not matter.
 *
 *   read a chunk as known at from_landing (no lock: it cannot change) ─► one short write: its cells, and built_to ─► … ─► live
 *
 * A crash falls between two writes: the next build goes on from built_to.
 */
import { PipelineError } from '../errors.ts'
import { addToColumns, type CellEntry } from '../warehouse/cells.ts'
import { listBuilding, moveBuild, refuseUnknownMeasures } from '../warehouse/measures.ts'
import type { LeaseHeld, Reader, Warehouse } from '../warehouse/open.ts'
import type { MeasureName, MeasureTable } from '../warehouse/tables.ts'
import { inputEntries } from './inputs.ts'
import { type LocalDays, localDays } from './local-day.ts'
import { contributions, MEASURED_COLUMNS, type Measured } from './measures.ts'

/** The lease of whoever builds. */
export const BUILD_LEASE = 'build'
/** 5,000: some 50 ms of writing; landing waits no longer than for another small batch. */
const CHUNK = 5_000

/** What rows that are no dossiers count, as known at a landing and a tick: few enough to be added together, in the last write. */
type KnownEntries = (db: Reader, landing: number, days: LocalDays, tickAt: number) => Promise<CellEntry[]>
const OTHERS: readonly KnownEntries[] = [
  async (db, landing, days, tickAt) => {
    const found: CellEntry[] = []
    for await (const entries of inputEntries(db, days, tickAt, landing)) found.push(...entries)
    return found
  },
]

export interface BuildOptions {
  zone: string
  /** BUILD_LEASE, where others may build too */
  lease?: LeaseHeld
  signal?: AbortSignal
  /** dossiers per write */
  chunk?: number
  /** looked at after each write; true: the rest is left for another time */
  pause?: () => boolean
  /** up to which dossier id, of which greatest one */
  onProgress?: (to: number, of: number) => void
}
export interface Built {
  /** live since */
  measures: string[]
  /** dossiers added to them */
  dossiers: number
  /** there is more to do */
  more: boolean
}

/** Builds what is being built, until done or told to pause. Throws LEASE_LOST where somebody else builds the same. */
export async function buildMeasures(warehouse: Warehouse, options: BuildOptions): Promise<Built> {
  const built: Built = { measures: [], dossiers: 0, more: false }
  for (;;) {
    options.signal?.throwIfAborted()
    const group = await warehouse.read(nextGroup)
    if (group.length === 0) return built
    const { dossiers, ends } = await buildChunk(warehouse, group, options)
    built.dossiers += dossiers
    if (ends) built.measures.push(...group.map(({ name }) => name))
    if (options.pause?.()) return { ...built, more: (await warehouse.read(listBuilding)).length > 0 }
  }
}

/** What was added together, or has come as far, shares a pass. */
async function nextGroup(db: Reader): Promise<MeasureTable[]> {
  const building = await listBuilding(db)
  const [first] = building
  return building.filter(
    (one) =>
      one.from_landing === first?.from_landing && one.tick_at === first.tick_at && one.built_to === first.built_to,
  )
}

async function buildChunk(
  warehouse: Warehouse,
  group: readonly MeasureTable[],
  { zone, lease, chunk = CHUNK, onProgress }: BuildOptions,
): Promise<{ dossiers: number; ends: boolean }> {
  const [first] = group
  if (!first) return { dossiers: 0, ends: true }
  const names = group.map(({ name }) => name as MeasureName)
  const read = await warehouse.read((db) => readChunk(db, first, chunk))
  const days = localDays(zone)
  const entries = read.rows.flatMap((row) => contributions(row, days, first.tick_at))
  const ends = read.last === null
  if (ends)
    for (const known of OTHERS)
      entries.push(...(await warehouse.read((db) => known(db, first.from_landing, days, first.tick_at))))
  const wanted = new Set<string>(names)
  await warehouse.write(async (trx) => {
    await refuseUnknownMeasures(trx.db)
    if (!(await moveBuild(trx, group, read.last ?? first.built_to, ends)))
      throw new PipelineError('LEASE_LOST', { what: BUILD_LEASE })
    await addToColumns(
      trx,
      names,
      entries.filter(({ measure }) => wanted.has(measure)),
    )
  }, lease)
  onProgress?.(read.last ?? read.greatest, read.greatest)
  return { dossiers: read.rows.length, ends }
}

interface Chunk {
  /** the dossiers that were known */
  rows: Measured[]
  /** the id up to which this chunk goes; null: nothing was known beyond */
  last: number | null
  /** greatest id of all */
  greatest: number
}

/** The next `size` dossiers after `built_to`, as known at `from_landing`. */
async function readChunk(db: Reader, { built_to, from_landing }: MeasureTable, size: number): Promise<Chunk> {
  const found = await db
    .selectFrom('dossier')
    .select(['id', 'known_from', ...MEASURED_COLUMNS])
    .where('id', '>', built_to)
    .orderBy('id')
    .limit(size)
    .execute()
  const greatest = await db
    .selectFrom('dossier')
    .select(({ fn }) => fn.max('id').as('id'))
    .executeTakeFirst()
  const last = found.at(-1)?.id ?? null
  const changed = found.filter((row) => row.known_from > from_landing)
  const versions = new Map<number, Measured>()
  if (last !== null && changed.length > 0) {
    const superseded = await db
      .selectFrom('dossier_version')
      .select(['dossier_id', 'data'])
      .where('dossier_id', '>', built_to)
      .where('dossier_id', '<=', last)
      .where('known_from', '<=', from_landing)
      .where('known_to', '>', from_landing)
      .execute()
    for (const { dossier_id, data } of superseded) versions.set(dossier_id, asMeasured(data))
  }
  const rows = found.flatMap((row) => (row.known_from > from_landing ? (versions.get(row.id) ?? []) : row))
  // Ids grow as dossiers come: after a whole chunk that came later, all the rest did.
  return { rows, last: rows.length === 0 ? null : last, greatest: greatest?.id ?? 0 }
}

/** A version saved before a column was made says nothing of it. */
function asMeasured(data: string): Measured {
  const row = JSON.parse(data) as Partial<Measured>
  return Object.fromEntries(MEASURED_COLUMNS.map((column) => [column, row[column] ?? null])) as unknown as Measured
}
