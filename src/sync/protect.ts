/**
 * Persons stop here. A raw record goes in; out comes the same record in which
 * - each field marked `x-personal` is a verdict: present, valid, dummy or absent;
 * - each field that the schema does not know is an entry `{name, type}` under `x-unknown`, its value gone;
 * - each value of another shape than declared (an object where text is expected, text where an object is) is a marker that
 *   names its type; it cannot pass `validate`.
 * Scalars of known fields that are not personal pass as they are. A person typed into such a field is the business of
 * `mask.ts`: it decides what of a record quarantine may keep.
 */

import { labelNamesPerson } from '../connect/persons.ts'
import { PipelineError } from '../errors.ts'
import { MASKED } from './mask.ts'
import { type FieldNode, jsonType, type SourceSchema, UNKNOWN } from './source-schema.ts'
import { verdict } from './verdict.ts'

export type Protect<Raw = unknown> = (record: Raw) => unknown

/** Called for each field that the schema does not know, with the path of the object it stands in; `value` is not protected. */
export type OnUnknown = (path: string, name: string, value: unknown) => void

const UNKNOWN_AT_MOST = 50
const NAME_AT_MOST = 64

export function compileProtect(root: FieldNode, onUnknown: OnUnknown = () => {}): Protect {
  return protectNode(root, '', onUnknown)
}

function protectNode(node: FieldNode, path: string, onUnknown: OnUnknown): Protect {
  const { personal, types } = node
  if (personal) return (value) => verdict(personal, value)
  const asObject = node.properties ? protectObject(node.properties, path, onUnknown) : null
  const asArray = node.items ? protectNode(node.items, path, onUnknown) : null
  return (value) => {
    if (typeof value !== 'object' || value === null) {
      const structured = value !== null && value !== undefined && !takesScalar(types)
      return structured ? shapeMarker(value, types) : value
    }
    if (Array.isArray(value)) return asArray ? value.map((item) => asArray(item)) : shapeMarker(value, types)
    return asObject && isPlain(value) ? asObject(value) : shapeMarker(value, types)
  }
}

type Fields = { readonly [name: string]: unknown }

function protectObject(properties: ReadonlyMap<string, FieldNode>, path: string, onUnknown: OnUnknown) {
  const known = new Map([...properties].map(([name, node]) => [name, protectNode(node, `${path}/${name}`, onUnknown)]))
  const personal = [...properties].filter(([, node]) => node.personal).map(([name]) => name)
  return (value: object): Fields => {
    const raw = value as Fields
    const out: Record<string, unknown> = {}
    let unknown: { name: string; type: string }[] | null = null
    for (const name of Object.keys(raw)) {
      const protect = known.get(name)
      if (protect) out[name] = protect(raw[name])
      else {
        unknown ??= []
        const entry = { name: fieldName(name), type: jsonType(raw[name]) }
        if (unknown.length < UNKNOWN_AT_MOST) unknown.push(entry)
        onUnknown(path, entry.name, raw[name])
      }
    }
    for (const name of personal) out[name] ??= 'absent'
    if (unknown) out[UNKNOWN] = unknown
    return out
  }
}

/** Objects keyed by a number or an address exist, and headers that are the first row: a person is not a field's name. */
const fieldName = (name: string) =>
  name.length > NAME_AT_MOST || labelNamesPerson(name) ? `(${name.length} characters)` : name

const isPlain = (value: object) => {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
const takesScalar = (types: ReadonlySet<string>) =>
  ['string', 'number', 'integer', 'boolean'].some((type) => types.has(type))

/** A value of a type that the field does not take, so that validation refuses it, and which tells no more than the type. */
function shapeMarker(value: unknown, types: ReadonlySet<string>): unknown {
  const type = jsonType(value)
  if (!types.has('object')) return { [MASKED]: type }
  return types.has('string') ? [`(${type})`] : `(${type})`
}

const isBlank = (text: string) => text === '' || (text.charCodeAt(0) <= 32 && text.trim() === '')

export interface RowProtect {
  /** the schema's fields among the header's columns, in header order: the positions of a protected row */
  columns: readonly string[]
  protect: Protect<readonly unknown[]>
  /** header columns that the schema does not know */
  unknown: readonly { name: string; place: number }[]
}

/**
 * The same for pages with a header, by position. Columns that the schema does not know are left out; an empty cell is null.
 * @throws PipelineError SOURCE_UNREADABLE where a required column is missing or a known one stands twice
 */
export function compileProtectRow(schema: SourceSchema, header: readonly string[], source: string): RowProtect {
  const properties = schema.root.properties ?? new Map<string, FieldNode>()
  const places = header.map((name, place) => ({ name, place, node: properties.get(name) }))
  const known = places.filter((column) => column.node !== undefined)
  const bad = (problem: string): never => {
    throw new PipelineError('SOURCE_UNREADABLE', { source, expected: schema.file, problem, place: source })
  }
  const missing = schema.required.filter((name) => !header.includes(name))
  if (missing.length > 0) bad(`the header has no column ${missing.map((name) => `"${name}"`).join(', ')}`)
  const twice = known.find(({ name, place }) => header.indexOf(name) !== place)
  if (twice) bad(`the header has the column "${twice.name}" twice`)
  const steps = known.map(({ name, place, node }) => ({
    place,
    node: node as FieldNode,
    protect: protectNode(node as FieldNode, `/${name}`, () => {}),
  }))
  const protect = (row: readonly unknown[]): unknown[] => {
    const out = new Array<unknown>(steps.length)
    let i = 0
    for (const step of steps) {
      const value = row[step.place]
      if (step.node.personal) out[i] = verdict(step.node.personal, value)
      else if (typeof value === 'string') out[i] = isBlank(value) ? null : value
      else out[i] = value === undefined ? null : step.protect(value)
      i++
    }
    return out
  }
  const unknown = places
    .filter((column) => column.node === undefined)
    .map(({ name, place }) => ({ name: fieldName(name), place }))
  return { columns: known.map((column) => column.name), protect, unknown }
}
