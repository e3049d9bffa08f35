/**
 * What of a protected record quarantine may keep. `protect` has removed the personal fields, but columns shift and people type
 * names into any field, so every other text that is kept must be one that the schema vouches for:
 *
 * | the field                                   | its value is kept                                                      |
 * |---------------------------------------------|------------------------------------------------------------------------|
 * | personal                                    | never: a verdict stands there                                          |
 * | key and order fields, valid                 | whole: without them the record cannot be found again                   |
 * | with pattern, enum, const or format, valid  | whole                                                                  |
 * | `x-public` (a procedure's title), valid     | whole                                                                  |
 * | free text that the map uses, valid          | up to 100 characters, unless it looks like a number or address of a person |
 * | other free text, valid                      | the same, and not where it looks like a name                           |
 * | anything that failed its schema or converter| up to 100 characters, unless it looks like a name, number or address   |
 *
 * What is not kept is replaced by `{ "x-masked": type, "length": n }`. A replay passes over such a marker in a field that the map
 * does not use; in one that it does, the record has to be read again.
 */
import { type FieldNode, jsonType } from './source-schema.ts'

export const TEXT_AT_MOST = 100
const VALUE_AT_MOST = 200

export interface MaskRules {
  root: FieldNode
  /** kept whole while valid */
  keys: ReadonlySet<string>
  /** raw fields that the map reads */
  mapped: ReadonlySet<string>
}

/** `failed`: JSON pointers of the values that failed. */
export function maskRecord(rules: MaskRules, record: unknown, failed: ReadonlySet<string>): unknown {
  return maskNode(rules, rules.root, record, '', failed)
}

function maskNode(
  rules: MaskRules,
  node: FieldNode,
  value: unknown,
  path: string,
  failed: ReadonlySet<string>,
): unknown {
  if (node.personal || value === null || typeof value === 'boolean' || value === undefined) return value
  if (typeof value !== 'object') return isKept(rules, node, String(value), path, failed) ? value : marker(value)
  if (Array.isArray(value)) {
    const { items } = node
    return items ? value.map((item, i) => maskNode(rules, items, item, `${path}/${i}`, failed)) : value
  }
  const { properties } = node
  if (!properties) return value
  const fields = Object.entries(value).map(([name, item]) => {
    const child = properties.get(name)
    return [name, child ? maskNode(rules, child, item, `${path}/${pointerToken(name)}`, failed) : item]
  })
  return Object.fromEntries(fields)
}

function isKept(rules: MaskRules, node: FieldNode, text: string, path: string, failed: ReadonlySet<string>): boolean {
  if (failed.has(path)) return text.length <= TEXT_AT_MOST && !looksLikePerson(text)
  const field = path.slice(1)
  if (node.narrowed || node.isPublic || rules.keys.has(field)) return true
  if (text.length > TEXT_AT_MOST) return false
  return rules.mapped.has(field) ? !looksLikeContact(text) : !looksLikePerson(text)
}

export const MASKED = 'x-masked'
const marker = (value: unknown) => ({ [MASKED]: jsonType(value), length: String(value).length })
export const isMasked = (value: unknown): boolean => typeof value === 'object' && value !== null && MASKED in value

export const pointerToken = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1')

/** A value that failed, as a reason may show it: at most 200 characters, null where absent. */
export function reasonValue(value: unknown, personal: boolean): string | null {
  if (value === null || value === undefined) return null
  if (personal) return String(value)
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
  if (typeof value === 'object') return isMasked(value) ? text : `(${jsonType(value)})`
  if (text.length > TEXT_AT_MOST || looksLikePerson(text)) return `(${jsonType(value)}, ${text.length} characters)`
  return text.slice(0, VALUE_AT_MOST)
}

/** Procedures and agencies repeat; the answer for each text is kept, within bounds. */
function remembered(look: (text: string) => boolean): (text: string) => boolean {
  const answers = new Map<string, boolean>()
  return (text) => {
    const known = answers.get(text)
    if (known !== undefined) return known
    const answer = look(text)
    if (answers.size >= REMEMBERED_AT_MOST) answers.clear()
    answers.set(text, answer)
    return answer
  }
}
const REMEMBERED_AT_MOST = 4096

const DATE_LIKE = /^\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}[\d:. TZ+-]{0,20}$/
// 12 digits beginning with 0: citizen number; 9: old card; 10 or 11 beginning with 0, 84: telephone; @: e-mail
const CONTACT = /@|(?<!\d)(?:0\d{8,11}|\d{9}|84\d{9})(?!\d)/
const isContact = remembered((text) => !DATE_LIKE.test(text) && CONTACT.test(text.replace(/[\s.\-()]/g, '')))
export const looksLikeContact = (text: string): boolean => text.includes('@') || (text.length >= 9 && isContact(text))

// The family names of nearly all people in Việt Nam, without marks.
const FAMILY_NAMES = new Set(
  `nguyen tran le pham hoang huynh phan vu vo dang bui do ho ngo duong ly truong dinh lam doan trinh dao mai luong ha to cao chau
   ta thai luu phung quach thach tang kieu nghiem la au ton van quan tu lu giang uong khong`.split(/\s+/),
)
const unmarked = (word: string) =>
  word
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .replaceAll('đ', 'd')
const isWord = (word: string) => /^\p{L}+$/u.test(word)
const isCapital = (word: string) => /^\p{Lu}/u.test(word)

// "Huyện Dương Minh Châu" is a district
const PLACES = new Set(
  `xã phường huyện thị trấn thành phố tp tỉnh quận ấp khu sở ban phòng ủy ubnd cục chi trung bộ hội`.split(' '),
)

/** Errs towards yes: two to six words that all begin with a capital, or a family name before a capital or at the head. */
export function looksLikeName(text: string): boolean {
  const words = text
    .normalize('NFC')
    .split(/[\s,;:.()]+/)
    .filter(Boolean)
  if (words.length < 2) return false
  const isPlace = (i: number) => PLACES.has((words[i] ?? '').toLowerCase())
  const isFamily = (i: number) => FAMILY_NAMES.has(unmarked((words[i] ?? '').toLowerCase())) && !isPlace(i - 1)
  const short = words.length <= 6 && words.every(isWord) && !isPlace(0)
  if (short && words.every(isCapital)) return true
  if (short && isFamily(0) && !/^hồ sơ/i.test(words.join(' '))) return true
  return words.some((word, i) => isCapital(word) && isCapital(words[i + 1] ?? '') && isFamily(i))
}

export const looksLikePerson = remembered((text) => looksLikeContact(text) || looksLikeName(text))

/** The same as `maskRecord` for rows that passed: most columns need no look, which are fixed by the header. */
export function compileMaskRow(
  rules: MaskRules,
  columns: readonly string[],
): (row: readonly unknown[]) => readonly unknown[] {
  const free = columns.flatMap((name, place) => {
    const node = rules.root.properties?.get(name)
    const isSure = !node || node.personal || node.narrowed || node.isPublic || rules.keys.has(name)
    return isSure ? [] : [{ place, looks: rules.mapped.has(name) ? looksLikeContact : looksLikePerson }]
  })
  return (row) => {
    let masked: unknown[] | null = null
    for (const { place, looks } of free) {
      const value = row[place]
      if (typeof value !== 'string' || (value.length <= TEXT_AT_MOST && !looks(value))) continue
      masked ??= [...row]
      masked[place] = marker(value)
    }
    return masked ?? row
  }
}

/** The field that a JSON pointer leads to. */
export function nodeAt(root: FieldNode, pointer: string): FieldNode | null {
  const names = pointer
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'))
  return names.reduce<FieldNode | null>((node, name) => node?.properties?.get(name) ?? node?.items ?? null, root)
}
