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
import { looksLikeContact, looksLikePerson } from '../connect/persons.ts'
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
