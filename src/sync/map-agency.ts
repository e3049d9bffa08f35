/**
 * An agency that nobody knows becomes an alias of one that reference data knows, with the days on which it holds, for the sources that
 * call it so. What a name means to one source is no word on what it means to another.
 */
import { agencyNameKey, foldName } from '../connect/names.ts'
import { endAliases, listAliases, saveAliases, type WaitingAgency } from '../warehouse/aliases.ts'
import type { Reader, Trx } from '../warehouse/open.ts'
import type { AgencyTable, AliasTable } from '../warehouse/tables.ts'
import { announceReference } from './land-others.ts'
import { MAPPED } from './reference.ts'

export interface Near {
  agency: AgencyTable
  /** 0 to 1: how much of the two names is the same */
  likeness: number
}
const NEAR_AT_MOST = 3
const LIKE_AT_LEAST = 0.5

/** The known agencies whose names are nearest; `ref`: as it is looked up, with the district behind a bar. */
export function nearestAgencies(ref: string, agencies: readonly AgencyTable[]): Near[] {
  if (!ref.startsWith('name:')) return []
  const [name = '', within] = ref.slice('name:'.length).split('|')
  const byKey = new Map(agencies.map((agency) => [agency.key, agency]))
  return agencies
    .map((agency) => {
      const alike = likeness(name, foldName(agency.name))
      const container = agency.parent === null ? undefined : byKey.get(agency.parent)
      const inside = within !== undefined && container ? likeness(within, foldName(container.name)) : null
      // the district decides between communes that are called alike
      return { agency, likeness: inside === null ? alike : alike * 0.7 + inside * 0.3 }
    })
    .filter((near) => near.likeness >= LIKE_AT_LEAST)
    .sort((a, b) => b.likeness - a.likeness || (a.agency.valid_from < b.agency.valid_from ? 1 : -1))
    .slice(0, NEAR_AT_MOST)
}

/** Share of pairs of letters that both have (Dice), marks left out: where they differ is what was mistyped. */
function likeness(a: string, b: string): number {
  const [left, right] = [pairs(a), pairs(b)]
  const all = left.length + right.length
  if (all === 0) return 0
  const rest = [...right]
  const both = left.filter((pair) => {
    const at = rest.indexOf(pair)
    if (at >= 0) rest.splice(at, 1)
    return at >= 0
  })
  return (2 * both.length) / all
}
const pairs = (text: string): string[] => {
  const plain = ` ${text
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .replaceAll('đ', 'd')} `
  return Array.from({ length: Math.max(0, plain.length - 1) }, (_, i) => plain.slice(i, i + 2))
}

/** What waits under what was typed: the name as its source writes it, with the district after a comma, or the reference itself. */
export function waitingUnder(typed: string, waiting: readonly WaitingAgency[]): WaitingAgency[] {
  const key = foldName(typed)
  const called = ({ ref, written }: WaitingAgency): boolean =>
    ref === typed ||
    ref.slice(ref.indexOf(':') + 1) === typed ||
    (ref.startsWith('name:') &&
      [written, ref.slice('name:'.length).replaceAll('|', ' ')].some((text) => foldName(text) === key))
  return waiting.filter(called)
}

/** How a name that nothing waits for yet would be looked up: `Xã Tân Bình | Huyện Tân Biên` with its district. */
export function refOf(typed: string): string {
  const [name = '', within] = typed.split('|')
  return /^(?:name|local|code|identifier):/.test(typed) ? typed : `name:${agencyNameKey(name, within)}`
}

/** Versions that a code, an identifier, a key (`25459@2025-07-01`) or a known name means. */
export function agenciesNamed(typed: string, agencies: readonly AgencyTable[]): AgencyTable[] {
  const exact = agencies.filter(
    ({ key, code, identifier }) => key === typed || code === typed || identifier === typed.toUpperCase(),
  )
  if (exact.length > 0) return exact
  const name = foldName(typed)
  return agencies.filter((agency) => foldName(agency.name) === name)
}

export interface Mapping {
  sources: readonly string[]
  ref: string
  agency: string
  validFrom: string
  /** exclusive */
  validTo: string | null
  /** what a person has mapped it to on these days is replaced */
  replace: boolean
  by: string
  at: number
  run: string
}

const overlaps = (a: { valid_from: string; valid_to: string | null }, from: string, to: string | null) =>
  (a.valid_to ?? '9999') > from && (to ?? '9999') > a.valid_from

/** What is in the way: it means another agency to one of the sources on some of these days. */
export async function findClashes(
  db: Reader,
  { sources, ref, agency, validFrom, validTo }: Pick<Mapping, 'sources' | 'ref' | 'agency' | 'validFrom' | 'validTo'>,
): Promise<AliasTable[]> {
  const held = await listAliases(db, sources, ref)
  return held.filter((one) => one.agency !== agency && overlaps(one, validFrom, validTo))
}

/** What a source's own list says would be back with its next read. */
export const isReplaceable = ({ basis }: AliasTable): boolean => basis.startsWith(MAPPED)

/** Keeps the alias; one that says the same is left. Every process that lands reads the reference data anew. */
export async function saveMapping(trx: Trx, mapping: Mapping): Promise<void> {
  const { sources, ref, agency, validFrom, validTo, replace, by, at, run } = mapping
  const held = await listAliases(trx.db, sources, ref)
  const missing = sources.filter(
    (source) =>
      !held.some(
        (one) =>
          one.scope === source && one.agency === agency && one.valid_from === validFrom && one.valid_to === validTo,
      ),
  )
  if (missing.length === 0) return
  const landing = await announceReference(trx, at, run)
  const replaced = replace ? (await findClashes(trx.db, mapping)).filter(isReplaceable) : []
  await endAliases(trx, replaced, landing)
  // On other days it goes on meaning what it meant.
  const left = replaced.flatMap(({ known_from: _, known_to: __, ...one }) => [
    ...(one.valid_from < validFrom ? [{ ...one, valid_to: validFrom }] : []),
    ...(validTo !== null && (one.valid_to ?? '9999') > validTo ? [{ ...one, valid_from: validTo }] : []),
  ])
  await saveAliases(trx, left, landing)
  await saveAliases(
    trx,
    missing.map((scope) => ({
      ...{ scope, ref, agency, valid_from: validFrom, valid_to: validTo },
      basis: `${MAPPED}, ${by}`,
    })),
    landing,
  )
}
