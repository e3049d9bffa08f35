/**
 * `ioc connector accept-drift`: what a source sends otherwise becomes what its schema says. Pure but for `writeSchema`; the schema is
 * written into the home, so that an upgrade of the checkout does not undo it.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { foldName } from '../connect/names.ts'
import { PipelineError } from '../errors.ts'
import { isTold } from '../sync/drift.ts'
import type { JsonSchema } from '../sync/source-schema.ts'
import { isPersonalKind, type PersonalKind } from '../sync/verdict.ts'
import type { StoredDrift } from '../warehouse/drift.ts'

/** Why the schema cannot be made to say it. */
export type LeftWhy = 'not-told' | 'other-shape' | 'no-enumeration' | 'no-such-field'
export interface Accepted {
  drift: StoredDrift
  /** the personal kind that a new field is marked with */
  personal: PersonalKind | null
  /** false where the schema says it already, or cannot say it (a share) */
  writes: boolean
}
export interface Plan {
  schema: JsonSchema
  accepted: Accepted[]
  left: { drift: StoredDrift; why: LeftWhy }[]
}

type Mutable = { [keyword: string]: unknown }
const isSchema = (value: unknown): value is Mutable =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** `schema` as it will be; the given one is not touched. */
export function planDrift(schema: JsonSchema, drifts: readonly StoredDrift[]): Plan {
  const next = structuredClone(schema) as Mutable
  const plan: Plan = { schema: next, accepted: [], left: [] }
  for (const drift of drifts) {
    const before = JSON.stringify(next)
    const outcome = accept(next, drift)
    if (outcome.why) plan.left.push({ drift, why: outcome.why })
    else plan.accepted.push({ drift, personal: outcome.personal ?? null, writes: JSON.stringify(next) !== before })
  }
  return plan
}

type Outcome = { why?: LeftWhy; personal?: PersonalKind | null }
function accept(root: Mutable, { field, kind, found, personal }: StoredDrift): Outcome {
  const names = namesIn(field)
  const name = names.at(-1) ?? ''
  const parent = objectAt(root, names.slice(0, -1))
  if (!parent || !isSchema(parent.properties)) return { why: 'no-such-field' }
  if (kind === 'null-share') return {}
  if (kind === 'new-field') {
    if (!isTold(name)) return { why: 'not-told' }
    const marked = isPersonalKind(personal) ? personal : personalByName(name)
    // a field may be called `constructor`
    if (!Object.hasOwn(parent.properties, name)) {
      const value = marked ? { 'x-personal': marked } : typed(found)
      Object.defineProperty(parent.properties, name, { value, enumerable: true, writable: true, configurable: true })
    }
    return { personal: marked }
  }
  if (kind === 'missing-field') {
    if (Array.isArray(parent.required)) parent.required = parent.required.filter((one) => one !== name)
    return {}
  }
  const node = deref(root, parent.properties[name])
  if (!node) return { why: 'no-such-field' }
  return kind === 'changed-type' ? widenType(node, found) : addValues(node, found)
}

/** `/GiayTo/Loai` → GiayTo, Loai */
export const namesIn = (field: string): string[] =>
  field
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'))

/** The schema of the object in which a field stands; lists of objects are passed through. */
function objectAt(root: Mutable, names: readonly string[]): Mutable | null {
  let node = deref(root, root)
  for (const name of names) {
    node = deref(root, isSchema(node?.properties) ? node.properties[name] : undefined)
    while (node && !isSchema(node.properties) && node.items !== undefined) node = deref(root, node.items)
  }
  return node
}
function deref(root: Mutable, value: unknown): Mutable | null {
  let node = value
  // longer chains do not occur; a circle ends here
  for (let i = 0; i < 16; i++) {
    if (!isSchema(node)) return null
    if (typeof node.$ref !== 'string') return node
    node = node.$ref
      .slice(2)
      .split('/')
      .reduce<unknown>((part, name) => (isSchema(part) ? part[name] : undefined), root)
  }
  return null
}

const SCALARS = ['string', 'number', 'integer', 'boolean', 'null']
/** The schema of a new field; anything may be absent, so null is always one of its types. */
function typed(found: readonly string[]): Mutable {
  const list = found.find((type) => type.startsWith('array'))
  if (list) {
    const item = /^array of (\w+)$/.exec(list)?.[1] ?? 'string'
    const items = item === 'object' ? { type: 'object', properties: {} } : { type: unionOf([item, 'null']) }
    return { type: unionOf(['array', 'null']), items }
  }
  if (found.includes('object')) return { type: unionOf(['object', 'null']), properties: {} }
  const scalars = found.filter((type) => SCALARS.includes(type) && type !== 'null')
  return { type: unionOf([...(scalars.length > 0 ? scalars : ['string']), 'null']) }
}
function unionOf(types: readonly string[]): string | string[] {
  const once = [...new Set(types)].filter((type) => type !== 'integer' || !types.includes('number'))
  return once.length === 1 ? (once[0] ?? 'string') : once
}

function widenType(node: Mutable, found: readonly string[]): Outcome {
  // a list where a text was, a text where an object was: the map reads something else now, no schema mends that
  const known = new Set([node.type].flat())
  if (found.some((type) => !SCALARS.includes(type) && !known.has(type))) return { why: 'other-shape' }
  if (Array.isArray(node.enum) && found.includes('null') && !node.enum.includes(null)) node.enum.push(null)
  if (node.type !== undefined) node.type = unionOf([...[node.type].flat().map(String), ...found])
  return {}
}

const NUMBERS: readonly unknown[] = ['integer', 'number']
function addValues(node: Mutable, found: readonly string[]): Outcome {
  if (!Array.isArray(node.enum)) return { why: 'no-enumeration' }
  if (!found.every(isTold)) return { why: 'not-told' }
  const types = [node.type ?? []].flat()
  const numbers = node.enum.some((value) => typeof value === 'number') || types.some((type) => NUMBERS.includes(type))
  for (const text of found) {
    const isNumber = numbers && text.trim() !== '' && Number.isFinite(Number(text))
    // what was told as 7 may have come as "7" too, where both are taken
    const values = !isNumber ? [text] : types.includes('string') ? [text, Number(text)] : [Number(text)]
    for (const value of values) if (!node.enum.includes(value)) node.enum.push(value)
  }
  return {}
}

/** Names by which systems call what is a person's; a field that is marked wrongly loses its values, one that is not lets persons in. */
const PERSONAL: readonly (readonly [PersonalKind, RegExp])[] = [
  ['email', /email|thu dien tu/],
  ['phone', /dien ?thoai|di ?dong|^sdt|phone|mobile|fax/],
  ['id', /cccd|cmnd|so ?giay ?to|dinh ?danh ?ca ?nhan|ho ?chieu|passport|ma ?so ?thue|identity/],
  ['address', /dia ?chi|address|thuong ?tru|tam ?tru|noi ?o/],
  ['account', /tai ?khoan$|user ?name|tech ?id/],
  ['name', /ho ?ten|ho va ten|chu ?ho ?so|nguoi|ten ?cong ?dan|can ?bo|dai ?dien|full ?name|applicant|owner/],
  ['text', /trich ?yeu|ghi ?chu|noi ?dung|y ?kien|ly ?do|note|remark|comment|ngay ?sinh|birth/],
]
function personalByName(name: string): PersonalKind | null {
  const plain = foldName(name)
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .replaceAll('đ', 'd')
  return PERSONAL.find(([, words]) => words.test(plain))?.[0] ?? null
}

export interface SchemaFile {
  /** where it is written: in the home */
  path: string
  schema: JsonSchema
  /** text in the layout of the file */
  write(schema: JsonSchema): string
}

/** Throws CONFIG_UNREADABLE. `homes`: the home first; what only the checkout has is copied into the home when it is written. */
export function readSchemaFile(homes: readonly string[], file: string): SchemaFile {
  const places = homes.map((home) => join(home, 'schemas', 'sources', file))
  const found = places.find((place) => existsSync(place))
  if (!found) throw new PipelineError('CONFIG_UNREADABLE', { file: `schemas/sources/${file}`, problem: 'no such file' })
  try {
    const raw = readFileSync(found, 'utf8')
    const schema = JSON.parse(raw) as JsonSchema
    return { path: places[0] ?? found, schema, write: (next) => schemaText(next, raw) }
  } catch (cause) {
    throw new PipelineError('CONFIG_UNREADABLE', { file: found, problem: (cause as Error).message }, { cause })
  }
}

export { writeWhole as writeSchema } from './write.ts'

const WIDTH = 120
/**
 * As the formatter of this project writes JSON, so that a diff shows what has changed: lists of plain values stand on one line where
 * they fit, objects where they do so in `like`.
 */
export const schemaText = (schema: unknown, like: string): string => `${written(schema, like, '', 0)}\n`
function written(value: unknown, like: string, indent: string, before: number): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const line = onOneLine(value)
  const isPlain = Array.isArray(value) && value.every((item) => typeof item !== 'object' || item === null)
  if (indent.length + before + line.length < WIDTH && (isPlain || like.includes(line))) return line
  const deeper = `${indent}  `
  const [head, foot] = Array.isArray(value) ? '[]' : '{}'
  const parts = Array.isArray(value)
    ? value.map((item) => deeper + written(item, like, deeper, 0))
    : Object.entries(value).map(([name, item]) => {
        const key = `${JSON.stringify(name)}: `
        return deeper + key + written(item, like, deeper, key.length)
      })
  return parts.length === 0 ? `${head}${foot}` : `${head}\n${parts.join(',\n')}\n${indent}${foot}`
}
function onOneLine(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(onOneLine).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const fields = Object.entries(value).map(([name, item]) => `${JSON.stringify(name)}: ${onOneLine(item)}`)
  return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`
}

/** Lines that go (`-`) and come (`+`), with two lines around each change; `…` stands for what is the same. */
export function lineDiff(before: string, after: string): string[] {
  const [a, b] = [before.split('\n'), after.split('\n')]
  const width = b.length + 1
  // longest common subsequence; a schema has a few hundred lines
  const longest = new Uint32Array((a.length + 1) * width)
  const at = (i: number, j: number) => longest[i * width + j] ?? 0
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      longest[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
  const all: string[] = []
  for (let i = 0, j = 0; i < a.length || j < b.length; ) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      all.push(`  ${a[i]}`)
      i++
      j++
    } else if (i < a.length && (j >= b.length || at(i + 1, j) >= at(i, j + 1))) all.push(`- ${a[i++]}`)
    else all.push(`+ ${b[j++]}`)
  }
  const near = all.map((_, i) => all.slice(Math.max(0, i - 2), i + 3).some((line) => !line.startsWith(' ')))
  if (!near.includes(true)) return []
  return all.flatMap((line, i) => (near[i] ? [line] : near[i - 1] !== false ? ['…'] : []))
}
