/** Where the course of a figure breaks: the days on which its agency began, ended, was renamed, merged or divided, and with whom. */
import type { Reader } from '../warehouse/open.ts'
import { type AgencyVersion, type Basis, loadBasis } from './basis.ts'
import { parsePeriod } from './periods.ts'
import { placeOn } from './places.ts'
import type { IndicatorRow } from './read.ts'
import { currentTick } from './tick.ts'

/** joined: it went on, and took others in. */
export const BREAK_KINDS = ['began', 'ended', 'renamed', 'merged', 'divided', 'joined'] as const
export interface Break {
  /** the first day after the break, YYYY-MM-DD */
  on: string
  kind: (typeof BREAK_KINDS)[number]
  from: { key: string; name: string }[]
  to: { key: string; name: string }[]
}
export interface Course {
  /** of the periods in which there are any */
  breaks: ReadonlyMap<IndicatorRow, readonly Break[]>
  /** under whom the agency of a row is counted in the end: rows of one course follow one another */
  courseOf(row: IndicatorRow): string
}

/** The breaks within the periods of rows as they are told; under the geography of now those of all that a row counts. */
export async function coursesOf(
  db: Reader,
  rows: readonly IndicatorRow[],
  zone: string,
  isNow: boolean,
): Promise<Course> {
  const basis = await loadBasis(db, (await currentTick(db)) ?? 0, zone)
  const byAgency = breaksOf(basis)
  const breaks = new Map<IndicatorRow, readonly Break[]>()
  for (const row of rows) {
    const { firstDay, lastDay } = parsePeriod(row.period)
    const members = isNow
      ? (basis.membersOn(basis.tickDay).get(row.agency.key) ?? []).map(({ key }) => key)
      : [row.agency.key]
    const found = members.flatMap((key) => byAgency.get(key) ?? []).filter(({ on }) => firstDay <= on && on <= lastDay)
    const once = [...new Set(found)].sort((a, b) => (a.on < b.on ? -1 : 1))
    if (once.length > 0) breaks.set(row, once)
  }
  return {
    breaks,
    courseOf({ agency: { key } }) {
      const agency = basis.agencies.get(key)
      return agency ? placeOn(basis.agencies, agency, basis.tickDay).key : key
    },
  }
}

/** By key of the agency whose figures break: who begins or goes on, or who ended without one that follows. */
export function breaksOf({ agencies }: Pick<Basis, 'agencies'>): ReadonlyMap<string, readonly Break[]> {
  const found = new Map<string, Break[]>()
  const note = (key: string, one: Break) => found.set(key, [...(found.get(key) ?? []), one])
  const start = [...agencies.values()].reduce((least, { validFrom }) => (validFrom < least ? validFrom : least), '9999')
  const before = predecessors(agencies)
  for (const agency of agencies.values()) {
    const { key, validFrom, validTo, successors } = agency
    const to = [named(agency)]
    for (const [on, ended] of before.get(key) ?? new Map<string, AgencyVersion[]>()) {
      const [only, other] = ended
      const divided = ended.every((one) => one.successors.length > 1)
      const begins = on === validFrom
      const alone = only?.code === agency.code && !other
      note(key, {
        on,
        kind: divided ? 'divided' : !begins ? 'joined' : alone ? 'renamed' : 'merged',
        from: ended.map(named),
        to,
      })
    }
    // The first day of the record is nobody's founding.
    if (validFrom !== start && !before.get(key)?.has(validFrom))
      note(key, { on: validFrom, kind: 'began', from: [], to })
    if (validTo === null || successors.length === 1) continue
    const next = successors.flatMap((successor) => agencies.get(successor) ?? [])
    note(key, { on: validTo, kind: next.length === 0 ? 'ended' : 'divided', from: to, to: next.map(named) })
  }
  return found
}

/** Agency → day → who ended on it and is succeeded by the agency. */
function predecessors(agencies: ReadonlyMap<string, AgencyVersion>): Map<string, Map<string, AgencyVersion[]>> {
  const found = new Map<string, Map<string, AgencyVersion[]>>()
  for (const agency of agencies.values()) {
    if (agency.validTo === null) continue
    for (const key of agency.successors) {
      const days = found.get(key) ?? new Map<string, AgencyVersion[]>()
      days.set(agency.validTo, [...(days.get(agency.validTo) ?? []), agency])
      found.set(key, days)
    }
  }
  return found
}

const named = ({ key, name }: AgencyVersion) => ({ key, name })
