/** Messages of the Singer specification, one JSON object a line: what each must have, and what is said where it has not. */
import { parseJson } from './json.ts'

export type Message =
  | { type: 'SCHEMA'; stream: string; keys: readonly string[]; properties: readonly string[] }
  | { type: 'RECORD'; stream: string; record: Fields }
  /** as JSON text, with every number as the tap wrote it: it gets it back */
  | { type: 'STATE'; state: string }
  | { type: 'ACTIVATE_VERSION'; stream: string }
export type Fields = { readonly [name: string]: unknown }

/** Deeper than any record of an office; a tap could else exhaust the stack. */
const DEPTH = 32

/** @throws SyntaxError, which names the line and quotes nothing of a record */
export function parseMessage(line: string, number: number): Message {
  const fail = (problem: string): never => {
    throw new SyntaxError(`line ${number} ${problem}`)
  }
  let value: unknown
  try {
    value = parseJson(line)
  } catch (error) {
    return fail(`is no JSON: ${(error as Error).message}`)
  }
  if (!isFields(value)) return fail('is no JSON object')
  const { type } = value
  const stream = (): string =>
    typeof value.stream === 'string' && value.stream !== ''
      ? value.stream
      : fail(`is a ${String(type)} without a stream`)
  switch (type) {
    case 'SCHEMA':
      return { type, stream: stream(), ...schemaOf(value, fail) }
    case 'RECORD': {
      const { record } = value
      if (!isFields(record)) return fail('is a RECORD without a record')
      if (isDeeper(record, DEPTH)) return fail(`is a RECORD nested deeper than ${DEPTH}`)
      return { type, stream: stream(), record }
    }
    case 'STATE':
      return 'value' in value ? { type, state: exactText(line) } : fail('is a STATE without a value')
    case 'ACTIVATE_VERSION':
      return { type, stream: stream() }
    case 'BATCH':
      return fail('is a BATCH, an extension whose files are not read: set the tap to send records')
    default:
      return fail(
        typeof type === 'string' ? `has the unknown type ${JSON.stringify(type.slice(0, 40))}` : 'has no type',
      )
  }
}

function schemaOf({ schema, key_properties: keys }: Fields, fail: (problem: string) => never) {
  if (!isFields(schema)) return fail('is a SCHEMA without a schema')
  if (!Array.isArray(keys)) return fail('is a SCHEMA without key_properties')
  if (!keys.every((key) => typeof key === 'string')) return fail('is a SCHEMA whose key_properties are no names')
  return { keys: keys as string[], properties: isFields(schema.properties) ? Object.keys(schema.properties) : [] }
}

function exactText(line: string): string {
  const whole = JSON.parse(line, asWritten) as { value: unknown }
  return JSON.stringify(whole.value)
}
// in Node, not yet in TypeScript's library
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown }
const asWritten = (_key: string, value: unknown, context?: { source?: string }): unknown =>
  typeof value === 'number' && context?.source !== undefined && String(value) !== context.source
    ? rawJSON(context.source)
    : value

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some((item) => isDeeper(item, levels - 1))
}
