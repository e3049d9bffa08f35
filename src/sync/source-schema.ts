/**
 * Source schemas read once: local `$ref`s inlined, personal marks checked, and two things derived: the tree of fields by which
 * `protect` decides what passes, and the schema that `validate` compiles (of the record after `protect`).
 *
 * Every field declares its type; marks stand in `properties` and `items` only. A mark hidden in a branch (`anyOf`, `if`) would be
 * overlooked by `protect`, so such a schema is refused.
 */
import { existsSync, readdirSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { readJsonFile, suggestion } from '../config-check.ts'
import { placed } from '../config-place.ts'
import { PipelineError } from '../errors.ts'
import { isPersonalKind, PERSONAL_KINDS, type PersonalKind, VERDICTS } from './verdict.ts'

export type JsonSchema = { readonly [keyword: string]: unknown }

export interface FieldNode {
  types: ReadonlySet<string>
  personal: PersonalKind | null
  /** `x-public`: published text such as a procedure's title; quarantine keeps it whole */
  isPublic: boolean
  /** pattern, enum, const, format or a type without text say what may stand here */
  narrowed: boolean
  properties: ReadonlyMap<string, FieldNode> | null
  items: FieldNode | null
}

export interface SourceSchema {
  file: string
  /** absolute where it was read from a home */
  path: string
  root: FieldNode
  required: readonly string[]
  /** schema of the protected record */
  derived: JsonSchema
}

/** The first `<home>/schemas/<folder>/<path>` that exists; relative where there is none. */
export const schemaFile = (homes: readonly string[], folder: 'sources' | 'canonical', path: string): string =>
  homes.map((home) => join(home, 'schemas', folder, path)).find((file) => existsSync(file)) ??
  join('schemas', folder, path)

/** @throws PipelineError CONFIG_UNREADABLE */
export function readSchema(homes: readonly string[], folder: 'sources' | 'canonical', path: string): JsonSchema {
  const file = schemaFile(homes, folder, path)
  if (!isAbsolute(file)) {
    const problem = `no such file${suggestion(
      path,
      homes.flatMap((home) => schemasIn(join(home, 'schemas', folder))),
    )}`
    throw new PipelineError('CONFIG_UNREADABLE', { file, problem })
  }
  return readJsonFile(file, file) as JsonSchema
}
const schemasIn = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json'))
    : []

/** `path`: where the schema was read from, for messages. */
export function sourceSchema(
  schema: JsonSchema,
  file: string,
  connector: string,
  path = `schemas/sources/${file}`,
): SourceSchema {
  const fail = (problem: string, at = ''): never => {
    throw new PipelineError('CONNECTOR_INVALID', { connector, problem, file: placed(path, at) })
  }
  const inlined = inline(schema, schema, [], fail)
  const root = fieldNode(inlined, '', fail)
  if (!root.properties) return fail('the schema of a record must have properties')
  if (countMarks(inlined) !== countPersonal(root)) fail('x-personal may stand in properties and items only')
  return { file, path, root, required: strings(inlined.required), derived: derive(inlined, false) }
}

const isSchema = (value: unknown): value is JsonSchema =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const strings = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
type Fail = (problem: string, at?: string) => never

function inline(value: JsonSchema, root: JsonSchema, through: readonly string[], fail: Fail): JsonSchema {
  const { $ref, $defs: _, ...rest } = value
  if (typeof $ref === 'string') {
    if (through.includes($ref)) fail(`${$ref} refers to itself`)
    const target = $ref.startsWith('#/') ? at(root, $ref.slice(2).split('/')) : undefined
    if (!isSchema(target)) return fail(`${$ref} does not lead to a schema of the same file`)
    return inline({ ...target, ...rest }, root, [...through, $ref], fail)
  }
  const inlineAny = (item: unknown): unknown => {
    if (Array.isArray(item)) return item.map(inlineAny)
    return isSchema(item) ? inline(item, root, through, fail) : item
  }
  return Object.fromEntries(Object.entries(rest).map(([keyword, item]) => [keyword, inlineAny(item)]))
}

const at = (value: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>((part, name) => (isSchema(part) ? part[name] : undefined), value)

function fieldNode(schema: unknown, path: string, fail: Fail): FieldNode {
  const at = placeIn(path)
  if (!isSchema(schema)) return fail(`${path} must be a schema that declares its type`, at)
  const mark = schema['x-personal']
  if (mark !== undefined && !isPersonalKind(mark))
    return fail(
      `${path} has x-personal ${JSON.stringify(mark)}${suggestion(String(mark), PERSONAL_KINDS)}`,
      `${at}.x-personal`,
    )
  const types = typesOf(schema)
  if (mark === undefined && types.size === 0) return fail(`${path} must declare its type`, at)
  if (types.has('object') && types.has('array') && types.has('string'))
    return fail(`${path} may not be object, array and string at once`, at)
  const properties = mark === undefined && isSchema(schema.properties) ? Object.entries(schema.properties) : null
  return {
    types,
    personal: mark ?? null,
    isPublic: schema['x-public'] === true,
    narrowed: !types.has('string') || isNarrowed(schema),
    properties:
      properties && new Map(properties.map(([name, child]) => [name, fieldNode(child, `${path}/${name}`, fail)])),
    items: mark === undefined && schema.items !== undefined ? fieldNode(schema.items, `${path}/items`, fail) : null,
  }
}

/** `/GiayTo/items/So` → `properties.GiayTo.items.properties.So` */
const placeIn = (path: string): string =>
  path
    .split('/')
    .slice(1)
    .map((part) => (part === 'items' ? 'items' : `properties.${part}`))
    .join('.')

const branches = (schema: JsonSchema): JsonSchema[] =>
  ['anyOf', 'oneOf', 'allOf'].flatMap((keyword) =>
    Array.isArray(schema[keyword]) ? schema[keyword].filter(isSchema) : [],
  )
function isNarrowed(schema: JsonSchema): boolean {
  if (['pattern', 'enum', 'const', 'format'].some((keyword) => keyword in schema)) return true
  const parts = branches(schema)
  return parts.length > 0 && parts.every(isNarrowed)
}

function typesOf(schema: JsonSchema): Set<string> {
  if (schema.type !== undefined)
    return new Set(Array.isArray(schema.type) ? strings(schema.type) : [String(schema.type)])
  if (Array.isArray(schema.enum)) return new Set(schema.enum.map(jsonType))
  if ('const' in schema) return new Set([jsonType(schema.const)])
  if (isSchema(schema.properties)) return new Set(['object'])
  if (schema.items !== undefined) return new Set(['array'])
  return new Set(branches(schema).flatMap((part) => [...typesOf(part)]))
}

export function jsonType(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  if (Array.isArray(value)) return 'array'
  return typeof value
}

function countMarks(value: unknown): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + countMarks(item), 0)
  if (!isSchema(value)) return 0
  return ('x-personal' in value ? 1 : 0) + countMarks(Object.values(value))
}
function countPersonal(node: FieldNode): number {
  const children = [...(node.properties?.values() ?? []), ...(node.items ? [node.items] : [])]
  return (node.personal ? 1 : 0) + children.reduce((sum, child) => sum + countPersonal(child), 0)
}

/** The schema of what `protect` returns: verdicts in place of persons (a required one is not `absent`), and `x-unknown` allowed. */
function derive(schema: JsonSchema, required: boolean): JsonSchema {
  if ('x-personal' in schema)
    return { 'x-personal': schema['x-personal'], enum: VERDICTS.filter((word) => !required || word !== 'absent') }
  const derived: Record<string, unknown> = { ...schema }
  if (isSchema(schema.properties)) {
    const names = strings(schema.required)
    const properties = Object.entries(schema.properties).map(([name, child]) => [
      name,
      isSchema(child) ? derive(child, names.includes(name)) : child,
    ])
    derived.type = schema.type ?? 'object'
    derived.properties = { ...Object.fromEntries(properties), [UNKNOWN]: { type: 'array' } }
  }
  if (isSchema(schema.items)) derived.items = derive(schema.items, false)
  return derived
}

/** Where `protect` lists the fields that the schema does not know. */
export const UNKNOWN = 'x-unknown'
