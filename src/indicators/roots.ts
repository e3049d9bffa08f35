/**
 * Which province an agency rolls up to on a day: that of its parent, and of the parent's parent, each where it is counted on that day.
 * Nearly always there is one province; then its figures are the sum over everything and nothing here costs anything. Where two are in
 * being on one day (a neighbour's history before it joined), each sums its own.
 */
import type { AgencyVersion } from './basis.ts'
import { placeOn } from './places.ts'

type Agencies = ReadonlyMap<string, AgencyVersion>

/** The provinces of one day. */
export interface Roots {
  /** one province has everything, also what reference data knows no more */
  single: boolean
  /** key of the province that the agency rolls up to; undefined where there is none */
  of(agency: AgencyVersion): string | undefined
  /** key of a province → everyone that rolls up to it, itself included */
  members: ReadonlyMap<string, readonly AgencyVersion[]>
}

export function makeRootsOn(agencies: Agencies): (day: string) => Roots {
  const known = new Map<string, Roots>()
  const provinces = [...agencies.values()].filter(isProvince)
  return (day) => {
    let found = known.get(day)
    if (!found) {
      found = rootsOn(agencies, provinces, day)
      known.set(day, found)
    }
    return found
  }
}

const isProvince = ({ kind }: AgencyVersion) => kind === 'province'
const isOn = ({ validFrom, validTo }: AgencyVersion, day: string) =>
  validFrom <= day && (validTo === null || day < validTo)

function rootsOn(agencies: Agencies, provinces: readonly AgencyVersion[], day: string): Roots {
  const present = provinces.filter((one) => isOn(one, day))
  const [only, other] = present
  if (!other) {
    const all = [...agencies.values()]
    return { single: true, of: () => only?.key, members: new Map(only ? [[only.key, all]] : []) }
  }
  // One without a parent belongs to the province that has been kept longest.
  const home = present.reduce((a, b) => (rankOf(b) < rankOf(a) ? b : a)).key
  const found = new Map<string, string>()
  for (const agency of agencies.values()) found.set(agency.key, rootOf(agencies, agency, day)?.key ?? home)
  const members = Map.groupBy(agencies.values(), ({ key }) => found.get(key) ?? home)
  return { single: false, of: ({ key }) => found.get(key), members }
}

const rankOf = ({ validFrom, key }: AgencyVersion) => `${validFrom} ${key}`

function rootOf(agencies: Agencies, agency: AgencyVersion, day: string): AgencyVersion | undefined {
  let found = placeOn(agencies, agency, day)
  // Reference data that makes a unit its own parent must not hang the pipeline.
  for (let steps = 0; found.kind !== 'province' && steps < STEPS_AT_MOST; steps++) {
    const parent: AgencyVersion | undefined = found.parent === null ? undefined : agencies.get(found.parent)
    if (!parent) return undefined
    found = placeOn(agencies, parent, day)
  }
  return found.kind === 'province' && isOn(found, day) ? found : undefined
}
const STEPS_AT_MOST = 10

/**
 * Agencies that roll up to the same province on every day, by a name of the group, and the groups of a province on a day. Cells are
 * summed by group in the database, whichever of the provinces of which day they are for. One group alone is everything.
 */
export interface RootGroups {
  /** null: there is never more than one province */
  groups: ReadonlyMap<string, readonly string[]> | null
  of(province: string, day: string): readonly string[]
}

export function makeRootGroups(agencies: Agencies, rootsOf: (day: string) => Roots): RootGroups {
  const days = [
    ...new Set([...agencies.values()].flatMap(({ validFrom, validTo }) => [validFrom, validTo ?? []].flat())),
  ]
  if (days.every((day) => rootsOf(day).single)) return { groups: null, of: () => [] }
  const signed = Map.groupBy(agencies.values(), (agency) => days.map((day) => rootsOf(day).of(agency) ?? '').join(' '))
  const groups = new Map([...signed.values()].map((members, i) => [`*${i}`, members.map(({ key }) => key)]))
  const first = new Map([...signed.values()].map((members, i) => [`*${i}`, members[0]]))
  return {
    groups,
    of(province, day) {
      const roots = rootsOf(day)
      return [...first].flatMap(([name, member]) => (member && roots.of(member) === province ? [name] : []))
    },
  }
}
