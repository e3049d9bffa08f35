/**
 * Which dossiers a change of the calendar or of statutory limits concerns: those in whose time a changed day lies, and those received of a
 * procedure since its limit is another. All others keep what they have, unread. Every state in between counts, not only the first and the
 * last: dossiers have landed, or were judged by a pass that broke off, while a limit was another that is now what it was before.
 */
import type { ExpressionBuilder } from 'kysely'
import { type CalendarData, officeHoursLine } from '../indicators/deadlines.ts'
import type { LocalDays } from '../indicators/local-day.ts'
import { endOfDay, startOfDay } from '../indicators/periods.ts'
import { RULE_KIND } from '../indicators/qd766/held.ts'
import type { Reader } from '../warehouse/open.ts'
import type { ProcedureTable, Tables } from '../warehouse/tables.ts'
import { inputDaysOf } from './input-days.ts'
import { CALENDAR_RULE, findRule } from './reference.ts'

export interface Concern {
  /** everything: nothing was judged yet, or by other rules */
  all: boolean
  /** changed days, YYYY-MM-DD, both included */
  ranges: readonly (readonly [from: string, to: string])[]
  /** received on that day or later */
  procedures: readonly { code: string; from: string }[]
  /** publications and petitions: their days are others */
  inputs: boolean
  zone: string
}

/** Counts up when what is computed of a dossier by calendar and limits is computed otherwise. */
const RULES = 3

/** What everything that has landed is judged by. */
interface Judged {
  rules: number
  /** JSON of what publications and petitions are judged by */
  inputs: string
  /** calendar and limits as this landing knows them */
  landing: number
}

/** `judged`: how `DUE_BY` was left, '' if never, or of before there were rules; null where it need not be written again. */
export async function findConcern(
  db: Reader,
  text: string,
  zone: string,
): Promise<{ concern: Concern | null; judged: string | null }> {
  const scoring = await findRule(db, RULE_KIND)
  const newest = await db
    .selectFrom('landing')
    .select(({ fn }) => fn.max('id').as('id'))
    .executeTakeFirst()
  const inputs = scoring === null ? '' : JSON.stringify(inputDaysOf(JSON.parse(scoring)))
  const now: Judged = { rules: RULES, inputs, landing: newest?.id ?? 0 }
  const judged = JSON.stringify(now)
  const before = parsed(text)
  const nothing = { all: false, ranges: [], procedures: [], inputs: false, zone }
  if (!before || before.rules !== RULES) return { concern: { ...nothing, all: true, inputs: true }, judged }
  const ranges = [...(await hoursChanged(db, before.landing)), ...(await daysChanged(db, before.landing))]
  const procedures = await limitsChanged(db, before.landing)
  const others = ranges.length > 0 || before.inputs !== inputs
  if (!others && procedures.length === 0) return { concern: null, judged: null }
  // A new catalogue may change them by the thousand: then each row is cheaper to look at than to ask for.
  const all = procedures.length > PROCEDURES_AT_MOST
  const concern = all ? { ...nothing, all } : { ...nothing, ranges, procedures }
  return { concern: { ...concern, inputs: others }, judged }
}

function parsed(text: string): Judged | null {
  return text.startsWith('{') ? (JSON.parse(text) as Judged) : null
}

type Hours = Pick<CalendarData, 'weekend' | 'officeHours'>

async function hoursChanged(db: Reader, since: number): Promise<[string, string][]> {
  const rows = await db
    .selectFrom('rule')
    .select('data')
    .where('kind', '=', CALENDAR_RULE)
    .where(({ or, eb }) => or([eb('known_to', 'is', null), eb('known_to', '>', since)]))
    .orderBy('known_from')
    .execute()
  const known = rows.map(({ data }) => JSON.parse(data) as Hours)
  return known.flatMap((hours, i) => differingDays(known[i - 1] ?? hours, hours))
}

/** Nothing is said of since when weekends are others: then of all days. */
function differingDays(old: Hours, now: Hours): [string, string][] {
  if (JSON.stringify(old.weekend) !== JSON.stringify(now.weekend)) return [[FIRST_DAY, LAST_DAY]]
  const bounds = [...old.officeHours, ...now.officeHours].flatMap(({ validFrom, validTo }) => [validFrom, validTo])
  const starts = [...new Set([FIRST_DAY, ...bounds.filter((day) => day !== null)])].sort()
  const onAny = ({ officeHours }: Hours, day: string) =>
    JSON.stringify(
      WEEK.map((weekday) => {
        const line = officeHoursLine(officeHours, day, weekday)
        return [line?.sessions, line?.cutOff, line?.sameDayCutOff]
      }),
    )
  return starts.flatMap((day, i): [string, string][] => {
    const next = starts[i + 1]
    return onAny(old, day) === onAny(now, day) ? [] : [[day, next === undefined ? LAST_DAY : plus(next, -1)]]
  })
}
const WEEK = [1, 2, 3, 4, 5, 6, 7]
const [FIRST_DAY, LAST_DAY] = ['0001-01-01', '9999-12-31']

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
  const touched = await db
    .selectFrom('procedure')
    .select('code')
    .distinct()
    .where(({ or, eb }) => or([eb('known_from', '>', since), eb('known_to', '>', since)]))
    .execute()
  const codes = touched.map(({ code }) => code)
  const found: { code: string; from: string }[] = []
  for (let start = 0; start < codes.length; start += 500) {
    const rows = await db
      .selectFrom('procedure')
      .select(['code', 'valid_from', 'limit_count', 'limit_unit', 'known_from', 'known_to'])
      .where('code', 'in', codes.slice(start, start + 500))
      .where(({ or, eb }) => or([eb('known_to', 'is', null), eb('known_to', '>', since)]))
      .orderBy('valid_from')
      .execute()
    for (const [code, versions] of Map.groupBy(rows, (row) => row.code)) {
      const landings = versions.flatMap(({ known_from, known_to }) => [known_from, known_to ?? since])
      const points = [...new Set([since, ...landings.filter((landing) => landing > since)])].sort((a, b) => a - b)
      const states = points.map((point) => versions.filter((one) => isKnownAt(one, point)))
      const days = states.flatMap((state, i) => firstDifference(states[i - 1] ?? state, state) ?? [])
      const [from] = days.sort()
      if (from !== undefined) found.push({ code, from })
    }
  }
  return found
}
const isKnownAt = ({ known_from, known_to }: Pick<ProcedureTable, 'known_from' | 'known_to'>, landing: number) =>
  known_from <= landing && (known_to === null || known_to > landing)

function firstDifference(old: readonly Limited[], now: readonly Limited[]): string | null {
  if (old.length === 0) return null
  const days = [FIRST_DAY, ...[...old, ...now].map(({ valid_from }) => valid_from)].sort()
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
      const end = to === LAST_DAY ? Number.MAX_SAFE_INTEGER : endOfDay(to, zone)
      const start = from === FIRST_DAY ? Number.MIN_SAFE_INTEGER : startOfDay(from, zone)
      return and([
        or([eb('received_at', '<', end), eb('due_in_2_at', '<', end)]),
        or((['due_at', 'due_ours_at', 'ended_at', 'received_at'] as const).map((column) => eb(column, '>=', start))),
      ])
    })
    const limited = procedures.map(({ code, from }) =>
      from === FIRST_DAY
        ? eb('procedure', '=', code)
        : and([eb('procedure', '=', code), eb('received_at', '>=', days.startOf(from))]),
    )
    return or([...within, ...limited])
  }
