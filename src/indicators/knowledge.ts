/**
 * What was known when: one axis, the number of the landing (design §3.3). A time means the newest landing that is not after it; landings
 * carry the warehouse's time (sample time in a sample warehouse), and their order, not that time, says what was known: a clock that
 * steps back makes no version known before it landed.
 */
import { PipelineError } from '../errors.ts'
import { newestLanding } from '../warehouse/landing.ts'
import type { Reader } from '../warehouse/open.ts'
import { endOfDay } from './periods.ts'

export interface Knowledge {
  /** records, agencies and procedures as this landing left them */
  landing: number
  /** the tick that was known then, epoch ms: what open dossiers are judged by; 0 before the first */
  tickAt: number
  /** the newest message made by then, where one message is explained: several refreshes may follow one landing */
  message?: number
}

/** The newest landing, and all that it knows. */
export async function presentKnowledge(db: Reader): Promise<Knowledge> {
  return knowledgeOf(db, await newestLanding(db))
}

export async function knowledgeOf(db: Reader, landing: number): Promise<Knowledge> {
  const row = await db
    .selectFrom('tick')
    .select(({ fn }) => fn.max('at').as('at'))
    .where('landing', '<=', landing)
    .executeTakeFirst()
  return { landing, tickAt: row?.at ?? 0 }
}

/** When the landing was, warehouse's time, epoch ms; null: there is none of that number. */
export async function landedAt(db: Reader, landing: number): Promise<number | null> {
  const row = await db.selectFrom('landing').select('at').where('id', '=', landing).executeTakeFirst()
  return row?.at ?? null
}

const LANDING = /^landing:(\d{1,15})$/

/**
 * What `text` points at: a local time (`2024-12-05T08:00`), a day (its end) or `landing:N`.
 * Throws TIME_UNKNOWN where it is none of them, NOT_YET_KNOWN where nothing had landed by then.
 */
export async function findKnowledge(db: Reader, text: string, zone: string): Promise<Knowledge> {
  const named = LANDING.exec(text)?.[1]
  if (named !== undefined) {
    const landing = Number(named)
    if ((await landedAt(db, landing)) === null) throw await notYet(db, text, zone)
    return knowledgeOf(db, landing)
  }
  const landing = await landingAt(db, knownInstant(text, zone))
  if (landing === null) throw await notYet(db, text, zone)
  return knowledgeOf(db, landing)
}

/** The newest landing whose time is not after `at` (epoch ms); null: none was by then. */
export async function landingAt(db: Reader, at: number): Promise<number | null> {
  const row = await db
    .selectFrom('landing')
    .select(({ fn }) => fn.max('id').as('id'))
    .where('at', '<=', at)
    .executeTakeFirst()
  return row?.id ?? null
}

/** A local day (its last instant) or time → epoch ms. Throws TIME_UNKNOWN. */
export function knownInstant(text: string, zone: string): number {
  try {
    if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return endOfDay(text, zone) - 1
    if (/^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?$/.test(text))
      return Temporal.PlainDateTime.from(text.replace(' ', 'T')).toZonedDateTime(zone).epochMilliseconds
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause
  }
  throw new PipelineError('TIME_UNKNOWN', { text })
}

async function notYet(db: Reader, text: string, zone: string): Promise<PipelineError> {
  const first = await db.selectFrom('landing').select(['id', 'at']).orderBy('id').limit(1).executeTakeFirst()
  const newest = await presentKnowledge(db)
  const from = first
    ? Temporal.Instant.fromEpochMilliseconds(first.at).toZonedDateTimeISO(zone).toPlainDateTime().toString({
        smallestUnit: 'minute',
      })
    : '-'
  return new PipelineError('NOT_YET_KNOWN', { text, first: from, newest: newest.landing })
}
