/** Fields of raw records, counted: types, how many are empty, how many differ, what is a time, and what could be a key. */
import { labelNamesPerson, looksLikePerson } from '../connect/persons.ts'
import { orderAt } from '../sync/normalise.ts'
import { jsonType } from '../sync/source-schema.ts'

export interface FieldCount {
  /** `NguoiNop/HoTen`, `GiayTo[]/So` */
  path: string
  types: readonly string[]
  /** share of its parent objects in which it is absent, null or blank; 0 to 1 */
  empty: number
  distinct: number
  /** every value that is not empty is a time; `grows`: none is before the one that came before it */
  time: { grows: boolean; granularity: 'day' | 'second' } | null
  looksPersonal: boolean
}
export interface Counted {
  fields: FieldCount[]
  /** single fields first; pairs where no field is unique by itself */
  keys: string[][]
}
export interface CountOptions {
  zone: string
  /** it may not be a key */
  isPersonal: (path: string) => boolean
}

interface Tally {
  filled: number
  types: Set<string>
  values: Set<string>
  persons: number
  times: number
  grows: boolean
  days: boolean
  last: number
}
const DEPTH_AT_MOST = 8
const FIELDS_AT_MOST = 500
const NAME_AT_MOST = 64
/** Beyond this many values that look like a person one is no chance. */
const PERSONAL_SHARE = 0.2

export function countFields(records: readonly unknown[], options: CountOptions): Counted {
  const tallies = new Map<string, Tally>()
  const objects = new Map<string, number>()
  for (const record of records) look(record, '', 0)

  function look(value: unknown, path: string, depth: number): void {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return
    objects.set(path, (objects.get(path) ?? 0) + 1)
    for (const [name, item] of Object.entries(value))
      take(item, path === '' ? safeName(name) : `${path}/${safeName(name)}`, depth)
  }
  function take(value: unknown, path: string, depth: number): void {
    const tally = tallies.get(path) ?? newTally()
    if (!tallies.has(path) && tallies.size >= FIELDS_AT_MOST) return
    tallies.set(path, tally)
    note(tally, value, options.zone)
    if (depth >= DEPTH_AT_MOST) return
    if (Array.isArray(value)) for (const item of value) look(item, `${path}[]`, depth + 1)
    else look(value, path, depth + 1)
  }

  const fields = [...tallies].map(([path, tally]) => {
    const parent = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : ''
    return fieldOf(path, tally, objects.get(parent) ?? records.length)
  })
  return { fields, keys: keysOf(records, fields, options) }
}

const newTally = (): Tally => ({
  filled: 0,
  types: new Set(),
  values: new Set(),
  persons: 0,
  times: 0,
  grows: true,
  days: true,
  last: Number.NEGATIVE_INFINITY,
})
/** A person is not a field's name: objects keyed by a number exist. */
const safeName = (name: string) =>
  name.length > NAME_AT_MOST || labelNamesPerson(name) ? `(${name.length} characters)` : name

const isEmpty = (value: unknown) =>
  value === null || value === undefined || (typeof value === 'string' && value.trim() === '')

function note(tally: Tally, value: unknown, zone: string): void {
  if (isEmpty(value)) return
  tally.filled += 1
  tally.types.add(typeof value === 'number' && Number.isInteger(value) ? 'integer' : jsonType(value))
  if (typeof value === 'object') return
  const text = String(value)
  tally.values.add(text.length > 200 ? text.slice(0, 200) : text)
  if (looksLikePerson(text)) tally.persons += 1
  const at = timeOf(value, zone)
  if (at === null) return
  tally.times += 1
  if (at < tally.last) tally.grows = false
  tally.last = at
  if (text.length > 10 || typeof value === 'number') tally.days = false
}

/** 2001 to 2096 in ms: a smaller number is a count or an id. */
const EPOCHS = [1e12, 4e12] as const
function timeOf(value: unknown, zone: string): number | null {
  if (typeof value === 'number') return value >= EPOCHS[0] && value <= EPOCHS[1] ? value : null
  if (typeof value !== 'string' || value.length < 8) return null
  return orderAt(value, zone) ?? null
}

function fieldOf(path: string, tally: Tally, parents: number): FieldCount {
  const { filled, types, values, times, grows, days, persons } = tally
  return {
    path,
    types: [...types].sort(),
    empty: parents === 0 ? 0 : Math.max(0, parents - filled) / parents,
    distinct: values.size,
    time: filled > 0 && times === filled ? { grows, granularity: days ? 'day' : 'second' } : null,
    looksPersonal: filled > 0 && times < filled && persons / filled >= PERSONAL_SHARE,
  }
}

const PAIRS_OF = 8
const LEAST_RECORDS = 2
function keysOf(records: readonly unknown[], fields: readonly FieldCount[], { isPersonal }: CountOptions): string[][] {
  if (records.length < LEAST_RECORDS) return []
  const isScalar = ({ types }: FieldCount) => types.every((type) => type === 'string' || type === 'integer')
  const able = fields.filter(
    (field) =>
      !field.path.includes('/') &&
      field.empty === 0 &&
      isScalar(field) &&
      field.time === null &&
      !field.looksPersonal &&
      !isPersonal(field.path),
  )
  const single = able.filter(({ distinct }) => distinct === records.length).map(({ path }) => [path])
  if (single.length > 0) return single
  const best = able.toSorted((a, b) => b.distinct - a.distinct).slice(0, PAIRS_OF)
  const pairs = best.flatMap((a, i) => best.slice(i + 1).map((b) => [a.path, b.path]))
  return pairs.filter(([a = '', b = '']) => {
    const seen = new Set(
      records.map((record) => {
        const row = record as Readonly<Record<string, unknown>>
        return JSON.stringify([row[a], row[b]])
      }),
    )
    return seen.size === records.length
  })
}
