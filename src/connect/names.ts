/**
 * Keys by which agencies are found when a system writes their name (tên cơ quan) instead of their code.
 * Pure. Both sides of a comparison go through the same fold, so a key needs to be stable, not readable.
 */

const ZERO_WIDTH = /[\u00AD\u200B-\u200F\u2060\uFEFF]/g
const NOT_A_WORD = /[^\p{L}\p{M}\p{N}]+/gu
/** huyền, sắc, ngã, hỏi, nặng: the five tone marks; hat, breve and horn belong to the letter and stay with it */
const TONE = /[\u0300\u0301\u0303\u0309\u0323]/g
const FIRST_VOWEL = /[aeiouy][\u0302\u0306\u031B]*/
const COUNCIL = new RegExp(`(?<=^| )${canonicalTones('ủy ban nhân dân')}(?= |$)`, 'g')
/** how lists shorten the kind of a unit; "TT&TT" at the start of a name is not a town */
const SHORT_KIND = /^(tp|tx|tt|p|x|h) (?!và )/
const KINDS: Readonly<Record<string, string>> = {
  tp: 'thành phố',
  tx: 'thị xã',
  tt: 'thị trấn',
  p: 'phường',
  x: 'xã',
  h: 'huyện',
}

/**
 * Two spellings of one name give one key: Unicode form, case, spaces, punctuation, "&" for "và", tone position, the prefix
 * "Ủy ban nhân dân" or "UBND", "TP." for "Thành phố" and the like, "01" for "1". Diacritics stay: "Hòa Thạnh" is a
 * commune and "Hòa Thành" a town.
 */
export function foldName(name: string): string {
  const known = folded.get(name)
  if (known !== undefined) return known
  const key = fold(name)
  if (folded.size >= FOLDED_AT_MOST) folded.clear()
  folded.set(name, key)
  return key
}

// A province writes a few hundred names over and over; 4,096 keeps them all and bounds what a column of free text can hold.
const FOLDED_AT_MOST = 4096
const folded = new Map<string, string>()

function fold(name: string): string {
  const words = name
    .normalize('NFC')
    .replace(ZERO_WIDTH, '')
    .toLowerCase()
    // Ð (eth) looks like Đ and is what some converters from TCVN3 write
    .replaceAll('ð', 'đ')
    .replaceAll('&', ' và ')
    .replace(NOT_A_WORD, ' ')
    .trim()
    .replace(/(?<=^| )0+(?=\d)/g, '')
  return canonicalTones(words)
    .replace(COUNCIL, 'ubnd')
    .replace(/^ubnd (?=.)/, '')
    .replace(SHORT_KIND, (short, kind: string) => (KINDS[kind] ? `${canonicalTones(KINDS[kind])} ` : short))
}

/** `fold(name)`, or `fold(name)|fold(within)` where the containing unit is known: old Tây Ninh has two "Xã Tân Bình". */
export function agencyNameKey(name: string, within?: string | null): string {
  const container = within ? foldName(within) : ''
  return container === '' ? foldName(name) : `${foldName(name)}|${container}`
}

/**
 * The tone of "hoa" with huyền is written "hòa" (old) or "hoà" (new); official lists of before and after July 2025 differ in exactly
 * this, and neither NFC nor a collation makes them equal, since the mark sits on another letter. A syllable has one tone, so its
 * place carries no meaning: each word is decomposed, its tone set on the first vowel, and composed again. A word with two
 * tones is not a Vietnamese syllable and is left as it is.
 */
function canonicalTones(words: string): string {
  return words
    .split(' ')
    .map((word) => {
      const decomposed = word.normalize('NFD')
      const tones = decomposed.match(TONE)
      if (tones?.length !== 1) return word.normalize('NFC')
      return decomposed
        .replace(TONE, '')
        .replace(FIRST_VOWEL, (vowel) => vowel + tones[0])
        .normalize('NFC')
    })
    .join(' ')
}

/** What `agencyNames` needs of a version in data/reference/agencies.json. */
export interface NamedAgency {
  key: string
  code: string
  kind: 'province' | 'department' | 'vertical' | 'district' | 'commune'
  name: string
  parent: string | null
  validFrom: string
  validTo: string | null
}

/** A line of data/reference/aliases.json. */
export interface NameAlias {
  name: string
  within: string | null
  agency: string
  validFrom: string
  validTo: string | null
}

export interface AgencyName {
  /** as `agencyNameKey` gives it */
  nameKey: string
  agency: string
  validFrom: string
  /** exclusive */
  validTo: string | null
}

/**
 * Every name key that the reference data knows, with the agency code and the dates between which it holds. A key that names two
 * agencies on one day is left out: a guess would count dossiers at the wrong commune, the quarantine asks a person instead.
 */
export function agencyNames(agencies: readonly NamedAgency[], aliases: readonly NameAlias[]): AgencyName[] {
  return unambiguous(allNames(agencies, aliases)).map(({ province: _, ...name }) => name)
}

/**
 * Names that are left out only because another province has them too (old Tây Ninh and old Long An both have a "Xã Long Thuận"): they
 * are clear to a source of one of the two.
 */
export function namesWithin(
  agencies: readonly NamedAgency[],
  aliases: readonly NameAlias[],
): (AgencyName & { province: string })[] {
  const names = allNames(agencies, aliases)
  const everywhere = new Set(unambiguous(names))
  const own = [...Map.groupBy(names, ({ province }) => province).values()].flatMap(unambiguous)
  return own.flatMap((name) =>
    everywhere.has(name) || name.province === null ? [] : { ...name, province: name.province },
  )
}

/** Key of the province version that an agency's parents lead to. */
export function provinceOf(
  agencies: ReadonlyMap<string, { key: string; kind: string; parent: string | null }>,
  key: string,
): string | null {
  let found = agencies.get(key)
  // Three tiers below it at most; reference data that goes in a circle must not hang.
  for (let steps = 0; found && found.kind !== 'province' && steps < 4; steps++) found = agencies.get(found.parent ?? '')
  return found?.kind === 'province' ? found.key : null
}

interface ProvincialName extends AgencyName {
  province: string | null
}

function allNames(agencies: readonly NamedAgency[], aliases: readonly NameAlias[]): ProvincialName[] {
  const byKey = new Map(agencies.map((agency) => [agency.key, agency]))
  const byCode = Map.groupBy(agencies, (agency) => agency.code)
  const first = agencies.find((agency) => agency.kind === 'province')?.name ?? ''
  const ofProvince = new Set(
    agencies.filter((a) => a.kind === 'department' || a.kind === 'vertical').map((a) => a.code),
  )
  const names = new Map<string, ProvincialName>()
  const add = (name: string, within: string | null, named: Omit<ProvincialName, 'nameKey'>) => {
    const nameKey = agencyNameKey(name, within)
    names.set(`${nameKey} ${named.agency} ${named.validFrom}`, { nameKey, ...named })
  }
  const nameOf = (province: string | null) => byKey.get(province ?? '')?.name ?? first
  for (const { key, name, code, parent, validFrom, validTo } of agencies) {
    const named = { agency: code, validFrom, validTo, province: provinceOf(byKey, key) }
    add(name, null, named)
    const container = parent === null ? undefined : byKey.get(parent)
    if (container) add(name, container.name, named)
    if (ofProvince.has(code)) add(withProvince(name, nameOf(named.province)), null, named)
  }
  for (const { name, within, agency, validFrom, validTo } of aliases) {
    const [version] = byCode.get(agency) ?? []
    const named = { agency, validFrom, validTo, province: version ? provinceOf(byKey, version.key) : null }
    add(name, within, named)
    if (ofProvince.has(agency)) add(withProvince(name, nameOf(named.province)), null, named)
  }
  return [...names.values()]
}

/** "Sở Tư pháp" → "Sở Tư pháp Tỉnh Tây Ninh", "Công an tỉnh" → "Công an Tỉnh Tây Ninh" */
function withProvince(name: string, province: string): string {
  return `${name.replace(/ tỉnh$/i, '')} ${province}`
}

function unambiguous<T extends AgencyName>(names: readonly T[]): T[] {
  const byNameKey = Map.groupBy(names, (name) => name.nameKey)
  const clashes = (a: T, b: T) =>
    a.agency !== b.agency && (a.validTo ?? '9999') > b.validFrom && (b.validTo ?? '9999') > a.validFrom
  return names.filter((name) => !byNameKey.get(name.nameKey)?.some((other) => clashes(name, other)))
}
