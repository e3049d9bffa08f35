/**
 * Guards: when the data looks wrong as a whole, nothing further lands and a person decides (held). They look at the first 1,000
 * records before anything lands, then cumulatively, over all reads of a range: what held reads had landed counts on, and an unreleased
 * limit stands, else each night would let one more share pass. A release waives one guard, up to the observed count, for the next read
 * of the same range; when a read of it has passed, its holds are settled.
 */
import type { Kysely } from 'kysely'
import { type InputEntity, isInput } from '../connect/connector.ts'
import type { Calendar } from '../indicators/deadlines.ts'
import { INPUT_TABLES } from '../warehouse/inputs.ts'
import type { Trx } from '../warehouse/open.ts'
import type { HoldTable, Tables } from '../warehouse/tables.ts'
import type { Counts } from './counts.ts'
import { orderOf } from './dossier-record.ts'
import type { DossierRow, LandedEntity } from './protocol.ts'
import { statusBreach } from './status.ts'

export const GUARDS = ['rejected', 'regressed', 'deleted', 'empty', 'drift'] as const
export type Guard = (typeof GUARDS)[number]

/** Shares of what was read (rejected, regressed) or is known (deleted); a source may set its own in sources.json. */
export const DEFAULT_GUARDS = { rejected: 0.1, regressed: 0.05, deleted: 0.05, empty: true }
export type GuardLimits = typeof DEFAULT_GUARDS

/** Below this many cases a share says nothing: three of twenty is a bad day, not a broken schema. */
const LEAST_CASES = 20
export const FIRST_LOOK = 1_000

export interface Tripped {
  guard: Guard
  observed: number
  limit: number
}

/** `observed` of `of` against the share, or against the limit `standing` from an unreleased hold; null where it passes. */
export function checkShare(
  guard: 'rejected' | 'regressed' | 'deleted',
  observed: number,
  of: number,
  limits: GuardLimits,
  standing = Number.POSITIVE_INFINITY,
): Tripped | null {
  const limit = Math.min(Math.max(Math.floor(of * limits[guard]), LEAST_CASES), standing)
  return observed > limit ? { guard, observed, limit } : null
}

/**
 * Nothing came although something must have: everything was asked for and something is known, a list that is always whole is looked at for
 * the first time, or working days with usual traffic lie between.
 */
export function checkEmpty(
  seen: { read: number; all: boolean; list: boolean; known: number; recentPerWorkingDay: number; since: number | null },
  asOf: number,
  calendar: Calendar,
  limits: GuardLimits,
): Tripped | null {
  if (!limits.empty || seen.read > 0) return null
  if (seen.all)
    return seen.known > 0 || (seen.list && seen.since === null)
      ? { guard: 'empty', observed: 0, limit: Math.max(1, seen.known) }
      : null
  if (seen.since === null || seen.recentPerWorkingDay < LEAST_CASES) return null
  // Only days that lie wholly between the two reads must have brought something.
  const between =
    calendar.workingDaysBetween(calendar.dateOf(seen.since), calendar.dateOf(asOf)) -
    (calendar.isWorkingDay(calendar.dateOf(asOf)) ? 1 : 0)
  return between >= 1 ? { guard: 'empty', observed: 0, limit: Math.floor(seen.recentPerWorkingDay) } : null
}

/** Dossiers received per working day over the 30 days before `until`. */
export async function usualTraffic(
  db: Kysely<Tables>,
  source: string,
  until: number,
  calendar: Calendar,
): Promise<number> {
  const from = until - 30 * 86_400_000
  const row = await db
    .selectFrom('dossier')
    .select(({ fn }) => fn.countAll<number>().as('n'))
    .where('source', '=', source)
    .where('received_at', '>=', from)
    .where('received_at', '<', until)
    .executeTakeFirstOrThrow()
  const days = calendar.workingDaysBetween(calendar.dateOf(from), calendar.dateOf(until))
  return days > 0 ? Number(row.n) / days : 0
}

type Keyed = 'dossier' | (typeof INPUT_TABLES)[InputEntity]
/** The table whose rows a source deletes by their codes. */
export const keyedTable = (entity: LandedEntity): Keyed | null =>
  entity === 'dossier' ? entity : isInput(entity) ? INPUT_TABLES[entity] : null

/** How many of these rows are not deleted yet, or were by one of `runs`. */
export async function countAliveKeys(
  db: Kysely<Tables>,
  table: Keyed,
  source: string,
  codes: readonly string[],
  runs: readonly string[],
): Promise<number> {
  let alive = 0
  for (let start = 0; start < codes.length; start += 500) {
    const row = await db
      .selectFrom(table as 'dossier')
      .select(({ fn }) => fn.countAll<number>().as('n'))
      .where('source', '=', source)
      .where(({ eb, or }) => or([eb('deleted', '=', 0), ...(runs.length > 0 ? [eb('run', 'in', [...runs])] : [])]))
      .where('code', 'in', codes.slice(start, start + 500))
      .executeTakeFirstOrThrow()
    alive += Number(row.n)
  }
  return alive
}

/** Rows that `source` still lists, as far as we know; 0 for what is never deleted. */
export async function countAlive(db: Kysely<Tables>, entity: LandedEntity, source: string): Promise<number> {
  const table = entity === 'feedback' ? entity : keyedTable(entity)
  if (table === null && entity !== 'procedure') return 0
  const count = db.selectNoFrom(({ selectFrom, fn }) => {
    const all = fn.countAll<number>().as('n')
    const alive =
      table !== null
        ? selectFrom(table as 'dossier')
            .select(all)
            .where('source', '=', source)
            .where('deleted', '=', 0)
        : selectFrom('procedure')
            .select(all)
            .where('source', '=', source)
            .where('valid_to', 'is', null)
            .where('known_to', 'is', null)
    return alive.as('n')
  })
  return Number((await count.executeTakeFirstOrThrow()).n)
}

/** How many of `rows` would take a dossier's status backwards, looked up without landing them. An older row never lands, so it does not count. */
export async function countRegressions(
  db: Kysely<Tables>,
  context: { source: string; orderDeclared: boolean; arrivedAt: number },
  rows: readonly DossierRow[],
): Promise<number> {
  let regressed = 0
  for (let start = 0; start < rows.length; start += 500) {
    const part = rows.slice(start, start + 500)
    const held = await db
      .selectFrom('dossier')
      .select(['code', 'status', 'order_at'])
      .where('source', '=', context.source)
      .where('deleted', '=', 0)
      .where(
        'code',
        'in',
        part.map((row) => String(row[0])),
      )
      .execute()
    const known = new Map(held.map((row) => [row.code, row]))
    for (const row of part) {
      const old = known.get(String(row[0]))
      if (!old || orderOf(row, context) < old.order_at) continue
      if (statusBreach(old.status, Number(row[STATUS_INDEX])) === 'status-backwards') regressed++
    }
  }
  return regressed
}
const STATUS_INDEX = 8

/** What earlier reads of the same range leave to the next one. */
export interface Standing {
  /** the lowest limit of each guard whose hold nobody has released */
  limits: { readonly [guard in Guard]?: number }
  /** the held reads, and what they landed within those limits */
  runs: readonly string[]
  read: number
  regressed: number
  deleted: number
}

export async function findStanding(
  db: Kysely<Tables>,
  source: string,
  stream: string,
  range: string,
): Promise<Standing> {
  const holds = await db
    .selectFrom('hold')
    .leftJoin('run', 'run.id', 'hold.run')
    .select(['hold.run', 'hold.guard', 'hold.limit_value', 'hold.released_at', 'run.counts'])
    .where('hold.source', '=', source)
    .where('hold.stream', '=', stream)
    .where('hold.range', '=', range)
    .where('hold.used_at', 'is', null)
    .execute()
  const limits: { [guard: string]: number } = {}
  const landed = { read: 0, regressed: 0, deleted: 0 }
  for (const { guard, limit_value, released_at } of holds)
    if (released_at === null) limits[guard] = Math.min(limits[guard] ?? limit_value, limit_value)
  const byRun = new Map(holds.map((hold) => [hold.run, hold.counts]))
  for (const counts of byRun.values()) {
    const run = JSON.parse(counts ?? '{}') as Partial<Counts> & { streams?: { [stream: string]: Partial<Counts> } }
    // A read that broke off has no count of its streams, only of all it did.
    const of = run.streams?.[stream] ?? run
    landed.read += of.read ?? 0
    landed.regressed += of.regressed ?? 0
    landed.deleted += of.deleted ?? 0
  }
  return { limits, runs: [...byRun.keys()], ...landed }
}

/** The released hold that lets this read pass `tripped`; undefined where there is none for that range or more came than was released. */
export async function findWaiver(
  db: Kysely<Tables>,
  source: string,
  stream: string,
  range: string,
  tripped: Tripped,
): Promise<number | undefined> {
  const row = await db
    .selectFrom('hold')
    .select(['id'])
    .where('source', '=', source)
    .where('stream', '=', stream)
    .where('guard', '=', tripped.guard)
    .where('range', '=', range)
    .where('released_at', 'is not', null)
    .where('used_at', 'is', null)
    .where('observed', '>=', tripped.observed)
    .executeTakeFirst()
  return row?.id
}

export async function saveHold(
  trx: Trx,
  hold: Omit<HoldTable, 'id' | 'released_at' | 'released_by' | 'reason' | 'used_at'>,
): Promise<void> {
  await trx.db
    .insertInto('hold')
    .values({ ...hold, released_at: null, released_by: null, reason: null, used_at: null })
    .execute()
}

/** A read of `range` has passed: what was released for it is used, what was not has been mended at the source. */
export async function settleHolds(trx: Trx, source: string, stream: string, range: string, at: number): Promise<void> {
  await trx.db
    .updateTable('hold')
    .set({ used_at: at })
    .where('source', '=', source)
    .where('stream', '=', stream)
    .where('range', '=', range)
    .where('used_at', 'is', null)
    .execute()
}

/** Waives the guards that hold `run`; audited by who and why. Returns how many were waived; 0 also where a later read has passed. */
export async function releaseRun(trx: Trx, run: string, by: string, reason: string, at: number): Promise<number> {
  const result = await trx.db
    .updateTable('hold')
    .set({ released_at: at, released_by: by, reason })
    .where('run', '=', run)
    .where('released_at', 'is', null)
    .where('used_at', 'is', null)
    .executeTakeFirst()
  return Number(result.numUpdatedRows)
}
