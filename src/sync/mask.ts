/**
 * What of a protected record quarantine may keep. `protect` has removed the personal fields, but columns shift and people type
 * names into any field, so every other text that is kept must be one that the schema vouches for:
 *
 * | the field                                    | its value is kept                                                     |
 * |----------------------------------------------|-----------------------------------------------------------------------|
 * | personal                                     | never: a verdict stands there                                         |
 * | key and order fields, valid                  | whole: without them the record cannot be found again                  |
 * | with pattern, enum, const or format, valid   | whole                                                                 |
 * | `x-public` (an agency, a status, a title)    | unless it is a number or address of a person, or names one that is no agency we know |
 * | free text that the map uses, valid           | the same, up to 100 characters                                        |
 * | other free text, and anything that failed    | up to 100 characters, unless it looks like a name, number or address  |
 *
 * What is not kept is replaced by `{ "x-masked": type, "length": n }`. A replay passes over such a marker in a field that the map
 * does not use; in one that it does, the record has to be read again.
 */
import { labelNamesPerson, looksLikePerson } from '../connect/persons.ts'
import type { IsAgency } from './agency-names.ts'
import { type FieldNode, jsonType } from './source-schema.ts'

export const TEXT_AT_MOST = 100
const VALUE_AT_MOST = 200

export interface MaskRules {
  root: FieldNode
  /** kept whole while valid */
  keys: ReadonlySet<string>
  /** raw fields that the map reads */
  mapped: ReadonlySet<string>
  /** whether reference data has an agency of this name: "Dương Minh Châu" is a district too */
  isAgency: IsAgency
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
  const field = path.slice(1)
  if (failed.has(path)) return text.length <= TEXT_AT_MOST && !namesPerson(text, node.isPublic, rules.isAgency)
  if (node.narrowed || rules.keys.has(field)) return true
  if (!node.isPublic && text.length > TEXT_AT_MOST) return false
  return !namesPerson(text, node.isPublic || rules.mapped.has(field), rules.isAgency)
}

function namesPerson(text: string, isLabel: boolean, isAgency: IsAgency): boolean {
  return isLabel ? labelNamesPerson(text) && !isAgency(text) : looksLikePerson(text)
}

export const MASKED = 'x-masked'
const marker = (value: unknown) => ({ [MASKED]: jsonType(value), length: String(value).length })
export const isMasked = (value: unknown): boolean => typeof value === 'object' && value !== null && MASKED in value

export const pointerToken = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1')

/** A value that failed, as a reason may show it: at most 200 characters, null where absent. */
export function reasonValue(value: unknown, node: FieldNode | null, isAgency: IsAgency): string | null {
  if (value === null || value === undefined) return null
  if (node?.personal) return String(value)
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
  if (typeof value === 'object') return isMasked(value) ? text : `(${jsonType(value)})`
  if (text.length > TEXT_AT_MOST || namesPerson(text, node?.isPublic ?? false, isAgency))
    return `(${jsonType(value)}, ${text.length} characters)`
  return text.slice(0, VALUE_AT_MOST)
}

/** The same as `maskRecord` for rows that passed, as plain data: which of their cells have to be looked at when one is kept. */
export function looseCells(rules: MaskRules, columns: readonly string[]): LooseCell[] {
  return columns.flatMap((name, place) => {
    const node = rules.root.properties?.get(name)
    if (!node || node.personal || node.narrowed || rules.keys.has(name)) return []
    return [{ place, isLabel: node.isPublic || rules.mapped.has(name), isLong: node.isPublic }]
  })
}
export interface LooseCell {
  place: number
  isLabel: boolean
  /** may have more than 100 characters */
  isLong: boolean
}

export function maskRow(cells: readonly LooseCell[], row: readonly unknown[], isAgency: IsAgency): readonly unknown[] {
  const masked = [...row]
  for (const { place, isLabel, isLong } of cells) {
    const value = row[place]
    if (typeof value !== 'string') continue
    if ((!isLong && value.length > TEXT_AT_MOST) || namesPerson(value, isLabel, isAgency)) masked[place] = marker(value)
  }
  return masked
}

/** The field that a JSON pointer leads to. */
export function nodeAt(root: FieldNode, pointer: string): FieldNode | null {
  const names = pointer
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'))
  return names.reduce<FieldNode | null>((node, name) => node?.properties?.get(name) ?? node?.items ?? null, root)
}
