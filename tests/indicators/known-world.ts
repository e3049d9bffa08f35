/** Landings with their knowledge, at injected times: what src/sync/land-dossiers.ts leaves behind, without a source to read. */
import fc from 'fast-check'
import { presentKnowledge } from '../../src/indicators/knowledge.ts'
import { localDays } from '../../src/indicators/local-day.ts'
import { contributions, nextChange } from '../../src/indicators/measures.ts'
import { type IndicatorRow, readIndicators } from '../../src/indicators/read.ts'
import { refresh } from '../../src/indicators/refresh.ts'
import { currentTick, tick } from '../../src/indicators/tick.ts'
import { applyContributions } from '../../src/warehouse/cells.ts'
import { findDossiers, saveDossiers, saveSuperseded } from '../../src/warehouse/dossiers.ts'
import { newLanding } from '../../src/warehouse/landing.ts'
import type { Trx, Warehouse } from '../../src/warehouse/open.ts'
import { saveFeeds, saveSourceStatus } from '../../src/warehouse/source-status.ts'
import type { DossierRecord } from '../../src/warehouse/tables.ts'
import { at, DAY, dossier, FRESH, seedProvince, ZONE } from './world.ts'

/** One landing of `rows`, which replace what the warehouse holds of them. Returns its number. */
export function landAt(
  warehouse: Warehouse,
  rows: readonly DossierRecord[],
  at: number,
  { kind = 'land', run = `run-${at}` }: { kind?: string; run?: string } = {},
): Promise<number> {
  const days = localDays(ZONE)
  return warehouse.write(async (trx) => {
    const landing = await newLanding(trx, kind, at, run)
    const tick = (await currentTick(trx.db)) ?? 0
    const sorted = [...rows].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
    const next = sorted.map((row) => ({ ...row, run, known_from: landing, next_at: nextChange(row, days, tick) }))
    const old = await findDossiers(
      trx,
      next.map(({ source, code }) => [source, code]),
    )
    await saveSuperseded(trx, old, landing)
    await saveDossiers(trx, next)
    for (const [source, own] of Map.groupBy(next, (row) => row.source)) await saveFeeds(trx, source, own)
    await applyContributions(
      trx,
      next.map((row) => contributions(row, days, tick)),
      old.map((row) => contributions(row, days, tick)),
    )
    return landing
  })
}
const keyOf = ({ source, code }: DossierRecord) => `${source}\0${code}`

/** One landing of reference data: what `change` ends and adds is known from it on, and every figure is looked at again. */
export function referenceAt(
  warehouse: Warehouse,
  at: number,
  change: (trx: Trx, landing: number) => Promise<void>,
): Promise<number> {
  return warehouse.write(async (trx) => {
    const landing = await newLanding(trx, 'reference', at)
    await change(trx, landing)
    await trx.db
      .insertInto('dirty')
      .values({ agency: '*', month: '0001-01' })
      .onConflict((conflict) => conflict.doNothing())
      .execute()
    return landing
  })
}

/** Another version of what a procedure is, known from the landing on. */
export async function procedureBecomes(trx: Trx, landing: number, code: string, level: 'full' | 'partial') {
  const row = await trx.db
    .selectFrom('procedure')
    .selectAll()
    .where('code', '=', code)
    .where('known_to', 'is', null)
    .executeTakeFirstOrThrow()
  if (row.level === level) return
  await trx.db
    .updateTable('procedure')
    .set({ known_to: landing })
    .where('code', '=', code)
    .where('known_to', 'is', null)
    .execute()
  await trx.db
    .insertInto('procedure')
    .values({ ...row, level, known_from: landing, known_to: null })
    .execute()
}

/** Another version of whose successor an agency has, known from the landing on. */
export async function agencyBecomes(
  trx: Trx,
  landing: number,
  key: string,
  change: { valid_to: string | null; successors: readonly string[] },
) {
  const row = await trx.db
    .selectFrom('agency')
    .selectAll()
    .where('key', '=', key)
    .where('known_to', 'is', null)
    .executeTakeFirstOrThrow()
  await trx.db
    .updateTable('agency')
    .set({ known_to: landing })
    .where('key', '=', key)
    .where('known_to', 'is', null)
    .execute()
  await trx.db
    .insertInto('agency')
    .values({
      ...row,
      valid_to: change.valid_to,
      successors: JSON.stringify(change.successors),
      known_from: landing,
      known_to: null,
    })
    .execute()
}

export const START = at('2025-02-10T01:00')
const HOUR = DAY / 24
const NOW = at('2026-01-05T01:00')
const AGENCIES = ['S1', 'S2', 'S3', 'V1', 'H1', 'X1', 'X2']

export type Step =
  | { do: 'land'; rows: readonly Change[] }
  | { do: 'delete'; code: number }
  | { do: 'tick'; hours: number }
  | { do: 'procedure'; n: number; level: 'full' | 'partial' }
  | { do: 'agency'; ends: boolean }
interface Change {
  code: number
  agency: string
  procedure: number
  online: boolean
  received: number
  due: number | null
  took: number | null
  status: number
  gone: 'no' | 'deleted' | 'uncounted'
}

const change: fc.Arbitrary<Change> = fc.record({
  code: fc.integer({ min: 1, max: 12 }),
  agency: fc.constantFrom(...AGENCIES),
  procedure: fc.integer({ min: 1, max: 14 }),
  online: fc.boolean(),
  received: fc.integer({ min: 0, max: 60 * 24 }),
  due: fc.option(fc.integer({ min: 1, max: 400 })),
  took: fc.option(fc.integer({ min: 1, max: 500 })),
  status: fc.constantFrom(1, 3, 4, 4, 4, 5, 7, 8, 9, 9, 10),
  gone: fc.constantFrom('no', 'no', 'no', 'deleted', 'uncounted'),
})
export const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('land' as const), rows: fc.array(change, { minLength: 1, maxLength: 8 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('tick' as const), hours: fc.integer({ min: 1, max: 24 * 12 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('delete' as const), code: fc.integer({ min: 1, max: 12 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('procedure' as const),
      n: fc.integer({ min: 1, max: 14 }),
      level: fc.constantFrom('full' as const, 'partial' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('agency' as const), ends: fc.boolean() }) },
)

function rowOf(one: Change): DossierRecord {
  const received = START - 40 * DAY + one.received * HOUR
  const ends = [3, 7, 8, 9, 10].includes(one.status)
  const ended = ends ? received + (one.took ?? 30) * HOUR : null
  return dossier({
    code: `K${one.code}`,
    resolving: `${one.agency}@2020-01-01`,
    procedure: `1.${String(one.procedure).padStart(6, '0')}`,
    channel: one.online ? 'online' : 'counter',
    received_at: one.status === 3 ? null : received,
    due_at: one.due === null ? null : received + one.due * HOUR,
    due_in_2_at: one.due === null ? null : received + (one.due - 48) * HOUR,
    due_in_1_at: one.due === null ? null : received + (one.due - 24) * HOUR,
    status: one.status,
    status_at: received + 5 * HOUR,
    ended_at: ended,
    processing_hours: ended === null || one.status < 9 ? null : (one.took ?? 30),
    counted: one.gone === 'no' ? 1 : 0,
    deleted: one.gone === 'deleted' ? 1 : 0,
  })
}

/** What was said at a landing, and who asks for it later. */
export interface Snapshot {
  landing: number
  rows: IndicatorRow[]
}
/** Replays the steps, each followed by a refresh unless none is wanted; every refresh is remembered as it was read then. */
export async function live(
  warehouse: Warehouse,
  steps: readonly Step[],
  { refreshed = true } = {},
): Promise<Snapshot[]> {
  await seedProvince(warehouse)
  await warehouse.write(async (trx) => {
    for (const [source, { asOf, state, freshUntil }] of FRESH(NOW))
      await saveSourceStatus(trx, { source, state, as_of: asOf, fresh_until: freshUntil, sequence: 1 })
  })
  let clock = START
  let now = NOW
  await tick(warehouse, clock, ZONE)
  const snapshots: Snapshot[] = []
  const held = new Map<number, DossierRecord>()
  for (const one of steps) {
    if (one.do === 'land') {
      const rows = new Map(one.rows.map((row) => [row.code, rowOf(row)]))
      for (const [code, row] of rows) held.set(code, row)
      await landAt(warehouse, [...rows.values()], clock)
    } else if (one.do === 'delete') {
      // The next one that there is, so that most deletions delete something.
      const code = [...held.keys()].sort((a, b) => a - b).find((known) => known >= one.code)
      const row = code === undefined ? undefined : held.get(code)
      if (row) await landAt(warehouse, [{ ...row, deleted: 1, counted: 0 }], clock)
    } else if (one.do === 'tick') {
      clock += one.hours * HOUR
      await tick(warehouse, clock, ZONE)
    } else if (one.do === 'procedure')
      await referenceAt(warehouse, clock, (trx, landing) =>
        procedureBecomes(trx, landing, `1.${String(one.n).padStart(6, '0')}`, one.level),
      )
    else
      await referenceAt(warehouse, clock, (trx, landing) =>
        agencyBecomes(
          trx,
          landing,
          'S3@2020-01-01',
          one.ends ? { valid_to: '2025-02-12', successors: ['S1@2020-01-01'] } : { valid_to: null, successors: [] },
        ),
      )
    now += 60_000
    if (refreshed) await refresh(warehouse, { now, zone: ZONE, targets: ['ioc'] })
    const snapshot = await warehouse.read(async (db) => ({
      landing: (await presentKnowledge(db)).landing,
      rows: refreshed ? await readIndicators(db, {}, ZONE) : [],
    }))
    snapshots.push(snapshot)
  }
  return snapshots
}
