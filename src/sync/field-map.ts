/**
 * A stream's field map, checked against both schemas and compiled once: which raw fields each canonical field is read from, by
 * which converter, and what the canonical schema says of its value.
 */
import { placedWord } from '../config-place.ts'
import { isInput, type PlainMapped, type Stream } from '../connect/connector.ts'
import { asText, type ConvertContext, type Converter, isRejection } from '../connect/converters.ts'
import { nearest, PipelineError } from '../errors.ts'
import type { PlainMap } from './declared-map.ts'
import { pointerToken } from './mask.ts'
import type { JsonSchema, SourceSchema } from './source-schema.ts'
import { jsonType } from './source-schema.ts'
import type { Failure } from './validate.ts'

export interface MappedField {
  name: string
  schema: JsonSchema
  required: boolean
  /** raw fields; empty for constants */
  from: readonly string[]
  converter: Converter | null
  constant: unknown
}

export interface MapSource {
  stream: Pick<Stream<unknown>, 'name' | 'entity' | 'key' | 'order'> & { map: PlainMap }
  source: SourceSchema
  canonical: JsonSchema
  context: ConvertContext
  connector: string
  /** absolute path of its connector.ts, for messages */
  file?: string
}

/** @throws PipelineError CONNECTOR_INVALID with the nearest valid word where a name is unknown or a required field is not mapped */
export function compileFieldMap(options: MapSource): readonly MappedField[] {
  const { stream, source, canonical, connector } = options
  const fail = (problem: string, word = stream.name): never => {
    throw new PipelineError('CONNECTOR_INVALID', {
      connector,
      problem: `stream ${stream.name}: ${problem}`,
      file: options.file === undefined ? 'its connector.ts' : placedWord(options.file, word),
    })
  }
  const properties = canonical.properties as Readonly<Record<string, JsonSchema>>
  const required = new Set(canonical.required as readonly string[])
  const rawFields = [...(source.root.properties?.keys() ?? [])]
  checkNames(Object.keys(stream.map), Object.keys(properties), `canonical field of ${stream.entity}`, fail)
  const orderField = stream.order === 'arrival' ? [] : [stream.order.field]
  const raw = [...stream.key, ...orderField, ...Object.values(stream.map).flatMap(rawNames)]
  checkNames(raw, rawFields, `field in ${source.file}`, fail)
  const missing = [...required].filter((name) => !(name in stream.map))
  if (missing.length > 0) fail(`the map gives no ${missing.join(', ')}`)
  if (stream.key.length === 0) fail('key must name at least one raw field')
  checkKeyIsCode(stream, fail)
  return Object.entries(properties).map(([name, schema]) => {
    const mapped = stream.map[name]
    const isRequired = required.has(name)
    const constant = mapped === undefined ? null : constantOf(mapped, schema, options.context)
    if (isRequired && mapped !== undefined && rawNames(mapped).length === 0 && constant === null)
      fail(`${name} is the instance's agency, but sources.json gives none for ${options.context.source}`)
    const wrong = compileCheck({ name, schema, required: false })(constant)
    if (wrong)
      fail(
        `${name} is ${JSON.stringify(constant)}, expected ${wrong.expected}${nearTo(constant, schema)}`,
        String(constant),
      )
    const converter = typeof mapped === 'object' && 'as' in mapped ? mapped.as : null
    return { name, schema, required: isRequired, from: mapped ? rawNames(mapped) : [], converter, constant }
  })
}

const nearTo = (constant: unknown, { enum: allowed }: JsonSchema): string => {
  const near = Array.isArray(allowed) ? nearest(String(constant), allowed.map(String)) : undefined
  return near === undefined ? '' : `; did you mean "${near}"?`
}

function checkNames(
  names: readonly string[],
  known: readonly string[],
  what: string,
  fail: (problem: string, word?: string) => never,
) {
  const wrong = names.find((name) => !known.includes(name))
  if (wrong === undefined) return
  const near = nearest(wrong, known)
  fail(`there is no ${what} "${wrong}"${near ? `; did you mean "${near}"?` : ''}`, wrong)
}

// Quarantine is closed and deletions are applied by key, the warehouse finds a dossier by its code: they must be one thing.
function checkKeyIsCode({ entity, key, map }: MapSource['stream'], fail: (problem: string) => never) {
  if (entity !== 'dossier' && entity !== 'feedback' && !isInput(entity)) return
  const code = map.code === undefined ? [] : rawNames(map.code)
  if (code.length !== key.length || code.some((name) => !key.includes(name)))
    fail(`code must be mapped from the key (${key.join(', ')}), not from ${code.join(', ') || 'a constant'}`)
}

function rawNames(mapped: PlainMapped): readonly string[] {
  if (typeof mapped === 'string') return [mapped]
  return 'from' in mapped ? [mapped.from].flat() : []
}

function constantOf(mapped: PlainMapped, schema: JsonSchema, context: ConvertContext): unknown {
  if (typeof mapped === 'string' || 'from' in mapped) return null
  if ('value' in mapped) return mapped.value
  return isAgencyReference(schema) && context.agency !== null ? agencyReference(context.agency) : context.agency
}
const isAgencyReference = (schema: JsonSchema) => String(schema.pattern).startsWith('^(identifier|code|')
/** `H53.14` → `identifier:H53.14`, `25459` → `code:25459`; a reference stays one. */
const agencyReference = (agency: string) => {
  if (/^[a-z]+:/.test(agency)) return agency
  return /^\d+$/.test(agency) ? `code:${agency}` : `identifier:${agency}`
}

export type RawRecord = { readonly [field: string]: unknown } | readonly unknown[]
/** The canonical value; failures are pushed. */
export type ReadField = (record: RawRecord, failures: Failure[]) => unknown

/** `columns`: where the records are rows, their order. */
export function compileReadField(
  field: MappedField,
  columns: readonly string[] | null,
  context: ConvertContext,
): ReadField {
  const check = compileCheck(field)
  if (field.from.length === 0) return () => field.constant
  const places = field.from.map((name) => (columns ? columns.indexOf(name) : name))
  const first = places[0] ?? -1
  const converter = field.converter
  return (record, failures) => {
    const raw = record as Readonly<Record<string | number, unknown>>
    const values = places.length === 1 ? [raw[first]] : places.map((place) => raw[place])
    const value = converter ? converter.convert(values, context) : asText(values[0]) || null
    const wrong = isRejection(value) ? value : check(value)
    if (!wrong) return value
    const culprit = places.length === 1 ? values[0] : values.map((item) => item ?? '').join(' | ')
    failures.push({ path: rawPath(field), rule: wrong.rule, expected: wrong.expected, value: culprit })
    return null
  }
}

export const rawPath = (field: Pick<MappedField, 'from' | 'name'>): string =>
  field.from[0] === undefined ? '' : `/${pointerToken(field.from[0])}`

type Wrong = { rule: string; expected: string } | null

/** The cheap part of a canonical field's schema: required, type, enum, pattern, bounds. */
function compileCheck({
  name,
  schema,
  required,
}: Pick<MappedField, 'name' | 'schema' | 'required'>): (value: unknown) => Wrong {
  const types = new Set([schema.type].flat().filter((type) => typeof type === 'string'))
  const allowed = Array.isArray(schema.enum) ? new Set<unknown>(schema.enum) : null
  const pattern = typeof schema.pattern === 'string' ? new RegExp(schema.pattern, 'u') : null
  const { minimum = -Infinity, maximum = Infinity, maxLength = Infinity } = schema as Readonly<Record<string, number>>
  const wrong = (rule: string, expected: string) => ({ rule, expected })
  return (value) => {
    if (value === null || value === undefined) return required ? wrong('required', `a value for ${name}`) : null
    if (allowed) return allowed.has(value) ? null : wrong('enum', `${name}: one of ${[...allowed].join(', ')}`)
    if (!hasType(types, value)) return wrong('type', `${name}: ${[...types].join(' or ')}`)
    if (typeof value === 'string') {
      if (value.length > maxLength) return wrong('maxLength', `${name}: at most ${maxLength} characters`)
      return pattern && !pattern.test(value) ? wrong('pattern', `${name}: ${schema.pattern}`) : null
    }
    if (typeof value !== 'number' || (value >= minimum && value <= maximum)) return null
    return wrong('range', `${name}: ${minimum} to ${maximum}`)
  }
}

const hasType = (types: ReadonlySet<unknown>, value: unknown): boolean => {
  if (types.size === 0 || types.has(jsonType(value))) return true
  return types.has('integer') && Number.isSafeInteger(value)
}

/** Raw fields from which the map reads agencies. */
export function agencyFields(map: PlainMap, canonical: JsonSchema): string[] {
  const properties = canonical.properties as Readonly<Record<string, JsonSchema>>
  return Object.entries(map).flatMap(([name, mapped]) =>
    isAgencyReference(properties[name] ?? {}) ? rawNames(mapped) : [],
  )
}

export const isMappedFrom = (map: PlainMap): ReadonlySet<string> => new Set(Object.values(map).flatMap(rawNames))
