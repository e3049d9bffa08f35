/**
 * Where an agency is counted on a day: it is counted as itself while it is in being and, once it has ended, under its one successor, and
 * that one in turn. One that was divided, or ended without a successor, stays where it got to; nothing is apportioned. What an ended
 * agency left open therefore always lies with exactly one agency, and all of them sum up to the province.
 */
import type { AgencyVersion } from './basis.ts'

type Agencies = ReadonlyMap<string, AgencyVersion>

/** Under which agency `agency` is counted on `day`; itself before it began. */
export function placeOn(agencies: Agencies, agency: AgencyVersion, day: string): AgencyVersion {
  let found = agency
  for (const next of lineage(agencies, agency)) {
    if (next.validFrom > day && next !== agency) break
    found = next
    if (next.validTo === null || day < next.validTo) break
  }
  return found
}

/** The agency and everyone that it is ever counted under, in that order. */
export function lineage(agencies: Agencies, agency: AgencyVersion): AgencyVersion[] {
  const found: AgencyVersion[] = []
  let next: AgencyVersion | undefined = agency
  // Reference data that names itself as its own successor must not hang the pipeline.
  while (next && !found.includes(next)) {
    found.push(next)
    const [only, other]: readonly (string | undefined)[] = next.successors
    next = only === undefined || other !== undefined ? undefined : agencies.get(only)
  }
  return found
}

/** Agency → those counted under it on a day, itself included; who is counted elsewhere has none. */
export function makeMembersOn(agencies: Agencies): (day: string) => ReadonlyMap<string, readonly AgencyVersion[]> {
  const known = new Map<string, ReadonlyMap<string, readonly AgencyVersion[]>>()
  return (day) => {
    let found = known.get(day)
    if (!found) {
      found = Map.groupBy(agencies.values(), (agency) => placeOn(agencies, agency, day).key)
      known.set(day, found)
    }
    return found
  }
}

/** The keys among which the cells of `places` lie, whatever the day. */
export function countedUnder(agencies: Agencies, places: readonly string[]): string[] {
  const wanted = new Set(places)
  return [...agencies.values()]
    .filter((agency) => lineage(agencies, agency).some(({ key }) => wanted.has(key)))
    .map(({ key }) => key)
}

/**
 * Who holds on `day` what a catalogue assigned to `agency`. Before that agency began it is the version that had its code and became it:
 * a catalogue does not tell since when. A code that another unit took over passes nothing on.
 */
export function holderOn(agencies: Agencies, agency: AgencyVersion, day: string): AgencyVersion {
  if (agency.validFrom <= day) return placeOn(agencies, agency, day)
  for (const earlier of agencies.values()) {
    if (earlier.code !== agency.code || earlier.validFrom > day || earlier.validTo === null || earlier.validTo <= day)
      continue
    if (placeOn(agencies, earlier, agency.validFrom) === agency) return earlier
  }
  return agency
}
