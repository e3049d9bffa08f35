/** Records of a sample → their fields: which types, which values, how often there is none. Bounded in depth, width and length. */
import { asText } from '../../connect/converters.ts'
import { labelNamesPerson } from '../../connect/persons.ts'
import type { Field, FieldType } from './draft.ts'

export const PROFILED_RECORDS = 2_000
const KEPT_VALUES = 200
const LONGEST_VALUE = 200
const DEEPEST = 4
const WIDEST = 300

export function typeOf(value: unknown): FieldType {
  if (value === null || value === undefined) return 'null'
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number'
  if (typeof value === 'boolean' || typeof value === 'string') return typeof value as FieldType
  return 'object'
}

type Fields = Readonly<Record<string, unknown>>
const isFields = (value: unknown): value is Fields => typeOf(value) === 'object'

/** Fields in the order in which they first come. A name that is itself a person (objects keyed by a number) is left out. */
export function profile(records: readonly unknown[], depth = 0): Field[] {
  const looked = records.filter(isFields).slice(0, PROFILED_RECORDS)
  const names = new Set<string>()
  for (const record of looked) {
    for (const name of Object.keys(record)) {
      if (names.size < WIDEST && name.length <= 100 && !labelNamesPerson(name)) names.add(name)
    }
  }
  return [...names].map((name) => fieldOf(name, looked, depth))
}

function fieldOf(name: string, records: readonly Fields[], depth: number): Field {
  const types = new Set<FieldType>()
  const values: string[] = []
  const inner: unknown[] = []
  let optional = false
  let longest = 0
  for (const record of records) {
    const value = record[name]
    types.add(typeOf(value))
    if (Array.isArray(value)) {
      inner.push(...value.slice(0, 50))
      // of a list of texts the texts: they may name persons
      values.push(...value.filter((item) => typeof item === 'string').slice(0, KEPT_VALUES - values.length))
    } else if (isFields(value)) inner.push(value)
    const text = typeof value === 'object' ? undefined : asText(value)
    if (text === '' || value === null || value === undefined) optional = true
    longest = Math.max(longest, text?.length ?? 0)
    if (text && values.length < KEPT_VALUES) values.push(text.slice(0, LONGEST_VALUE))
  }
  const fields = inner.some(isFields) && depth < DEEPEST ? profile(inner, depth + 1) : null
  return { name, types, values, optional, longest, personal: null, fields }
}
