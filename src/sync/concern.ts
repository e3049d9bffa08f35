/**
 * Which dossiers a change of the calendar or of statutory limits concerns: those in whose time a changed day lies, and those received of a
 * procedure since its limit is another. All others keep what they have, unread.
 */
import type { ExpressionBuilder } from 'kysely'
import { knownAt } from '../indicators/basis.ts'
import type { CalendarData } from '../indicators/deadlines.ts'
import type { LocalDays } from '../indicators/local-day.ts'
import { endOfDay, startOfDay } from '../indicators/periods.ts'
import { findMeta } from '../warehouse/landing.ts'
import type { Reader } from '../warehouse/open.ts'
import type { ProcedureTable, Tables } from '../warehouse/tables.ts'

export interface Concern {
  /** everything: nothing was judged yet, or by other rules */
  all: boolean
  /** changed days, YYYY-MM-DD, both included */
  ranges: readonly (readonly [from: string, to: string])[]
  /** received on that day or later */
  procedures: readonly { code: string; from: string }[]
  zone: string
}

/** Counts up when what is computed of a dossier by calendar and limits is computed otherwise. */
const RULES = 2

/** What everything that has landed is judged by. */
interface Judged {
  rules: number
  /** the calendar without its days */
  calendar: string
  /** days and limits as this landing knows them */
  landing: number
}

/** `judged`: how `DUE_BY` was left, '' if never, or of before there were rules; null where it need not be written again. */
export async function findConcern(
  db: Reader,
  text: string,
  zone: string,
): Promise<{ concern: Concern | null; judged: string | null }> {
  const calendar = (await findMeta(db, 'calendar')) ?? ''
  const newest = await db
    .selectFrom('landing')
    .select(({ fn }) => fn.max('id').as('id'))
    .executeTakeFirst()
  const now: Judged = { rules: RULES, calendar, landing: newest?.id ?? 0 }
  const judged = JSON.stringify(now)
  const before = parsed(text)
  const nothing = { all: false, ranges: [], procedures: [], zone }
  if (!before || before.rules !== RULES) return { concern: { ...nothing, all: true }, judged }
  const ranges = [...hoursChanged(before.calendar, calendar), ...(await daysChanged(db, before.landing))]
  const procedures = await limitsChanged(db, before.landing)
  const [first] = ranges
  if (!first && procedures.length === 0) return { concern: null, judged: null }
  // A new catalogue may change them by the thousand: then each row is cheaper to look at than to ask for.
  const all = procedures.length > PROCEDURES_AT_MOST
  return { concern: all ? { ...nothing, all } : { ...nothing, ranges, procedures }, judged }
}

function parsed(text: string): Judged | null {
  return text.startsWith('{') ? (JSON.parse(text) as Judged) : null
}

/** Nothing is said of when weekends or the range of years change: then everything is looked at. */
function hoursChanged(before: string, now: string): [string, string][] {
  if (before === now) return []
  const [old, next] = [JSON.parse(before), JSON.parse(now)] as [CalendarData, CalendarData]
  if (JSON.stringify(old.weekend) !== JSON.stringify(next.weekend)) return [['0001-01-01', '9999-12-31']]
  const texts = (data: CalendarData) => new Map(data.officeHours.map((hours) => [JSON.stringify(hours), hours]))
  const [a, b] = [texts(old), texts(next)]
  const changed = [...a, ...b].filter(([text]) => !a.has(text) || !b.has(text)).map(([, hours]) => hours)
  return changed.map(({ validFrom, validTo }) => [validFrom ?? '0001-01-01', validTo ?? '9999-12-31'])
}

async function daysChanged(db: Reader, since: number): Promise<[string, string][]> {
  const rows = await db
    .selectFrom('calendar')
    .select('date')
    .distinct()
    .where(({ or, eb }) => or([eb('known_from', '>', since), eb('known_to', '>', since)]))
    .orderBy('date')
    .execute()
  const ranges: [string, string][] = []
  for (const { date } of rows) {
    const last = ranges.at(-1)
    // Days of one holiday lie close together; a query of many ranges would be longer than what it saves.
    if (last && (ranges.length >= RANGES_AT_MOST || date <= plus(last[1], 14))) last[1] = date
    else ranges.push([date, date])
  }
  return ranges
}
const RANGES_AT_MOST = 30
const PROCEDURES_AT_MOST = 200
const plus = (day: string, days: number) => Temporal.PlainDate.from(day).add({ days }).toString()

type Limited = Pick<ProcedureTable, 'code' | 'valid_from' | 'limit_count' | 'limit_unit'>

/** The first day on which a procedure's limit is another than it was known to be; a procedure that was not known has no dossiers. */
async function limitsChanged(db: Reader, since: number): Promise<{ code: string; from: string }[]> {
  const touched = await db.selectFrom('procedure').select('code').distinct().where('known_from', '>', since).execute()
  const codes = touched.map(({ code }) => code)
  const found: { code: string; from: string }[] = []
  for (let start = 0; start < codes.length; start += 500) {
    const query = db
      .selectFrom('procedure')
      .select(['code', 'valid_from', 'limit_count', 'limit_unit'])
      .where('code', 'in', codes.slice(start, start + 500))
      .orderBy('valid_from')
    const old = Map.groupBy(await query.where(knownAt(since)).execute(), ({ code }) => code)
    const now = Map.groupBy(await query.where(knownAt(null)).execute(), ({ code }) => code)
    for (const [code, versions] of now) {
      const from = firstDifference(old.get(code) ?? [], versions)
      if (from !== null) found.push({ code, from })
    }
  }
  return found
}

function firstDifference(old: readonly Limited[], now: readonly Limited[]): string | null {
  if (old.length === 0) return null
  const days = ['0001-01-01', ...[...old, ...now].map(({ valid_from }) => valid_from)].sort()
  return days.find((day) => limitOn(old, day) !== limitOn(now, day)) ?? null
}
/** As landing reads it: the version of the day, that of the earliest before it. */
function limitOn(versions: readonly Limited[], day: string): string {
  const version = versions.findLast(({ valid_from }) => valid_from <= day) ?? versions[0]
  return version?.limit_count == null ? '' : `${version.limit_count} ${version.limit_unit}`
}

/** The rows to look at; what of them differs is seen by computing it. */
export const isConcerned =
  ({ all, ranges, procedures, zone }: Concern, days: LocalDays) =>
  ({ eb, or, and, lit }: ExpressionBuilder<Tables, 'dossier'>) => {
    if (all) return lit(true)
    const within = ranges.map(([from, to]) => {
      const end = to >= '9999' ? Number.MAX_SAFE_INTEGER : endOfDay(to, zone)
      const start = from <= '0001-12-31' ? Number.MIN_SAFE_INTEGER : startOfDay(from, zone)
      return and([
        or([eb('received_at', '<', end), eb('due_in_2_at', '<', end)]),
        or((['due_at', 'due_ours_at', 'ended_at', 'received_at'] as const).map((column) => eb(column, '>=', start))),
      ])
    })
    const limited = procedures.map(({ code, from }) =>
      from <= '0001-12-31'
        ? eb('procedure', '=', code)
        : and([eb('procedure', '=', code), eb('received_at', '>=', days.startOf(from))]),
    )
    return or([...within, ...limited])
  }
