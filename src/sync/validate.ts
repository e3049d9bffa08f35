/**
 * Protected record × its schema → nothing, or every failure with path, rule and value. Compiled once per process and schema: a
 * record that passes costs one run of the fast validator; only one that failed is run again to collect all its errors.
 */
import { fileURLToPath } from 'node:url'
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js'
import ajvFormats from 'ajv-formats'
import { suggestion } from '../config-check.ts'
import { placedWord } from '../config-place.ts'
import { PipelineError } from '../errors.ts'
import { CALENDAR_FORMATS, datePicture, isCalendarFormat, isDatePicture } from './formats.ts'
import { pointerToken } from './mask.ts'
import { type JsonSchema, jsonType, type SourceSchema } from './source-schema.ts'

export interface Failure {
  /** JSON pointer into the raw record */
  path: string
  rule: string
  expected: string
  /** as it stands in the protected record; masked before anybody sees it */
  value: unknown
}
/** null where the record is valid. */
export type Validate<Record = unknown> = (record: Record) => readonly Failure[] | null

const FAILURES_AT_MOST = 20
const EXPECTED_AT_MOST = 200
/** Annotations that schemas may carry; any other unknown keyword is a typing error and is refused. */
const ANNOTATIONS = ['x-personal', 'x-public', 'x-origin', 'x-note']

// The schema of schemas is compiled with the first schema that is held to it: 60 ms of every reading thread. Those of this checkout are held to
// it by tests/sync/validate.test.ts and, since a connector may be written here, by doctor and by what its author runs (checkSchemas).
const fast = { shipped: newAjv(false, false), other: newAjv(false, true) }
const thorough = { shipped: newAjv(true, false), other: newAjv(true, true) }
const OURS = fileURLToPath(new URL('../../schemas/', import.meta.url))
const compiled = new Map<string, ValidateFunction>()
const KEYWORDS = Object.keys(fast.other.RULES.all)

function newAjv(allErrors: boolean, validateSchema: boolean): Ajv2020 {
  const ajv = new Ajv2020({ strict: true, strictRequired: true, allowUnionTypes: true, allErrors, validateSchema })
  ajvFormats.default(ajv, { mode: 'fast', keywords: false })
  for (const [name, check] of Object.entries(CALENDAR_FORMATS)) ajv.addFormat(name, check)
  ajv.addVocabulary(ANNOTATIONS)
  return ajv
}

function compile(
  kind: typeof fast,
  schema: JsonSchema,
  file: string,
  connector: string,
  ajv = file.startsWith(OURS) ? kind.shipped : kind.other,
): ValidateFunction {
  const { $id: _, ...anonymous } = schema
  const text = `${kind === fast ? 'fast' : 'thorough'} ${ajv === kind.other} ${JSON.stringify(anonymous)}`
  const found = compiled.get(text)
  if (found) return found
  for (const format of formatsOf(anonymous)) {
    if (isDatePicture(format)) ajv.addFormat(format, datePicture(format))
  }
  try {
    const validate = ajv.compile(anonymous)
    compiled.set(text, validate)
    return validate
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause)
    const wrong = /unknown keyword: "([^"]+)"/.exec(said)?.[1]
    const problem = wrong === undefined ? said : `there is no keyword "${wrong}"${suggestion(wrong, KEYWORDS)}`
    const word = wrong ?? /(?:format|schema) "([^"]+)"/.exec(said)?.[1] ?? ''
    throw new PipelineError('CONNECTOR_INVALID', { connector, problem, file: placedWord(file, word) }, { cause })
  }
}

function formatsOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(formatsOf)
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([keyword, item]) =>
    keyword === 'format' && typeof item === 'string' ? [item] : formatsOf(item),
  )
}

/** Holds a schema to the schema of schemas, wherever it stands. @throws PipelineError CONNECTOR_INVALID */
export function checkSchema(schema: JsonSchema, file: string, connector: string): void {
  compile(fast, schema, file, connector, fast.other)
}

/** @throws PipelineError CONNECTOR_INVALID where the schema itself is wrong */
export function compileValidate(schema: JsonSchema, file: string, connector: string): Validate {
  const isValid = compile(fast, schema, file, connector)
  return (record) => (isValid(record) ? null : failuresOf(schema, file, connector, record))
}

/** The same for rows whose cells stand in the order of `columns`; a null cell is a field that is absent. */
export function compileValidateRow(
  source: SourceSchema,
  columns: readonly string[],
  connector: string,
): Validate<readonly unknown[]> {
  const file = source.path
  const isValid = compile(fast, positional(source, columns), file, connector)
  return (row) => {
    if (isValid(row)) return null
    return failuresOf(source.derived, file, connector, rowObject(columns, row))
  }
}

/** A protected row as the record it stands for. */
export function rowObject(columns: readonly string[], row: readonly unknown[]): Record<string, unknown> {
  const record: Record<string, unknown> = {}
  columns.forEach((name, i) => {
    if (row[i] !== null && row[i] !== undefined) record[name] = row[i]
  })
  return record
}

// Whatever looks at the whole record (if, dependentRequired) cannot be asked of a row by position: such a schema is refused there.
const PER_FIELD = new Set(['$schema', 'title', 'description', 'type', 'properties', 'required', 'additionalProperties'])

function positional(source: SourceSchema, columns: readonly string[]): JsonSchema {
  const { derived, required } = source
  const beyond = Object.keys(derived).filter(
    (word) => !PER_FIELD.has(word) && !word.startsWith('x-') && word[0] !== '$',
  )
  if (beyond.length > 0)
    throw new PipelineError('CONNECTOR_INVALID', {
      connector: source.file,
      problem: `"${beyond[0]}" cannot be checked on pages with a header`,
      file: `schemas/sources/${source.file}`,
    })
  const properties = derived.properties as Readonly<Record<string, JsonSchema>>
  const prefixItems = columns.map((name) => {
    const schema = properties[name] ?? {}
    return required.includes(name) || 'x-personal' in schema ? schema : nullable(schema)
  })
  return { type: 'array', prefixItems, minItems: columns.length, items: false }
}

// one union of types is checked faster than a branch
function nullable(schema: JsonSchema): JsonSchema {
  if (schema.type === undefined || 'const' in schema) return { anyOf: [{ type: 'null' }, schema] }
  const types = { ...schema, type: [...new Set([schema.type, 'null'].flat())] }
  return Array.isArray(schema.enum) ? { ...types, enum: [...new Set([...schema.enum, null])] } : types
}

function failuresOf(schema: JsonSchema, file: string, connector: string, record: unknown): readonly Failure[] {
  const validate = compile(thorough, schema, file, connector)
  if (validate(record)) return [{ path: '', rule: 'schema', expected: file, value: null }]
  const failures = (validate.errors ?? [])
    .filter((error) => !COMBINING_KEYWORDS.has(error.keyword))
    .map((error) => failureOf(error, record))
  const distinct = new Map(failures.map((failure) => [`${failure.path} ${failure.rule} ${failure.expected}`, failure]))
  return [...distinct.values()].slice(0, FAILURES_AT_MOST)
}
// they only say that one of their branches, which is listed too, did not hold
const COMBINING_KEYWORDS = new Set(['if', 'anyOf', 'oneOf', 'allOf'])

function failureOf(error: ErrorObject, record: unknown): Failure {
  const { keyword, instancePath, params } = error as ErrorObject & { params: Readonly<Record<string, unknown>> }
  const value = valueAt(record, instancePath)
  if (keyword === 'required') {
    const name = pointerToken(String(params.missingProperty))
    return { path: `${instancePath}/${name}`, rule: 'required', expected: 'a value', value: null }
  }
  // only a required personal field lacks `absent` among its verdicts
  if (keyword === 'enum' && value === 'absent')
    return { path: instancePath, rule: 'required', expected: 'present', value: null }
  if (keyword === 'format') {
    const format = String(params.format)
    return { path: instancePath, rule: isCalendarFormat(format) ? 'date' : format, expected: format, value }
  }
  return { path: instancePath, rule: keyword, expected: expectation(keyword, params, error.message), value }
}

function expectation(keyword: string, params: Readonly<Record<string, unknown>>, message: string | undefined): string {
  if (keyword === 'enum' && Array.isArray(params.allowedValues))
    return `one of ${params.allowedValues.join(', ')}`.slice(0, EXPECTED_AT_MOST)
  if (keyword === 'type') return [params.type].flat().join(' or ')
  if (keyword === 'pattern') return String(params.pattern).slice(0, EXPECTED_AT_MOST)
  return (message ?? keyword).slice(0, EXPECTED_AT_MOST)
}

export function valueAt(record: unknown, pointer: string): unknown {
  if (pointer === '') return jsonType(record) === 'object' ? null : record
  return pointer
    .slice(1)
    .split('/')
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>((part, name) => {
      if (typeof part !== 'object' || part === null) return undefined
      return (part as Readonly<Record<string, unknown>>)[name]
    }, record)
}
