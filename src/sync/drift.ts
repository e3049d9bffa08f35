/**
 * Drift as the reading thread sees it: each record is compared with the schema on its way. A record that is as declared costs one look
 * per field; types and values are looked at only where validation has failed, so they cost nothing in a healthy stream.
 */
import type { DriftPolicy, Stream } from '../connect/connector.ts'
import { labelNamesPerson, looksLikePerson } from '../connect/persons.ts'
import type { DriftEntry } from '../warehouse/drift.ts'
import type { IsAgency } from './agency-names.ts'
import { isMasked, MASKED, type MaskRules, nodeAt, pointerToken } from './mask.ts'
import { jsonType, type SourceSchema } from './source-schema.ts'
import type { Failure } from './validate.ts'
import { type PersonalKind, verdict } from './verdict.ts'

export interface DriftFound extends DriftEntry {
  kind: 'new-field' | 'changed-type' | 'new-value'
  place: string
  /** the stream's policy does not let it pass */
  breaks: boolean
}
/** What one page brought, as plain data. */
export interface PageDrift {
  records: number
  /** by top-level field of the schema: in how many records it came, and in how many with a value */
  fields: Readonly<Record<string, readonly [came: number, filled: number]>>
  required: readonly string[]
  found: readonly DriftFound[]
}

export interface Watched {
  stream: Pick<Stream<unknown>, 'drift'>
  source: SourceSchema
  rules: MaskRules
}

/** A source that writes a key of its own into each record would fill the ledger. */
const FIELDS_AT_MOST = 200
const FOUND_AT_MOST = 20
const VALUE_AT_MOST = 40
/** Records of a page, items of a list: what kind of thing stands there, so many tell as well as all. */
const LOOKED_AT = 20

type Open = DriftFound & { found: string[] }

/** One for each stream that is read; `begin`, `see` and `take` for each page. */
export class DriftWatch {
  private readonly of: Watched
  private readonly policy: DriftPolicy
  private readonly names: readonly string[]
  /** what a field that has nothing to say holds */
  private readonly blank: readonly string[]
  private came: number[] = []
  private filled: number[] = []
  private records = 0
  /** for rows: which field each column is */
  private columns: readonly number[] | null = null
  private found = new Map<string, Open>()
  private readonly known = new Set<string>()
  private unplaced: Open[] = []

  constructor(of: Watched) {
    this.of = of
    this.policy = of.stream.drift ?? 'quarantine-rows'
    const fields = [...(of.source.root.properties ?? [])]
    this.names = fields.map(([name]) => name)
    this.blank = fields.map(([, { personal }]) => (personal ? 'absent' : ''))
  }

  begin(columns: readonly string[] | null): void {
    this.came = this.names.map(() => 0)
    this.filled = this.names.map(() => 0)
    this.records = 0
    this.found = new Map()
    this.unplaced = []
    this.columns = columns?.map((name) => this.names.indexOf(name)) ?? null
  }

  /** A protected record. */
  see(record: unknown): void {
    this.records++
    const { names, blank, came, filled, columns } = this
    if (columns) {
      const row = record as readonly unknown[]
      for (let i = 0; i < columns.length; i++) {
        const field = columns[i] as number
        const value = row[i]
        if (value !== null && value !== blank[field]) (filled[field] as number)++
      }
      return
    }
    const fields = record as { readonly [name: string]: unknown }
    for (let i = 0; i < names.length; i++) {
      const value = fields[names[i] as string]
      if (value === undefined) continue
      if (value !== 'absent' || blank[i] !== 'absent') (came[i] as number)++
      if (value !== null && value !== blank[i]) (filled[i] as number)++
    }
  }

  /** `name`: as it may be told; `value`: looked at for what kind of thing it is, never kept. */
  newField(path: string, name: string, value: unknown): void {
    const one = this.add(`${path}/${pointerToken(name)}`, 'new-field', null, typeOf(value), false)
    if (one && one.personal === null && one.count <= LOOKED_AT)
      one.personal = looksPersonal(value, this.of.rules.isAgency)
  }

  /** A column that the schema does not know; `values`: some of its cells. */
  newColumn(name: string, values: readonly unknown[]): void {
    const filled = values.filter((value) => value !== null && value !== undefined && value !== '')
    this.newField('', name, filled[0] ?? null)
    for (const value of filled.slice(1)) this.newField('', name, value)
  }

  /** Why a record was refused: by its schema, or by the map. */
  refused(failures: readonly Failure[], by: 'schema' | 'map'): void {
    for (const failure of failures) {
      const { rule, path, expected, value } = failure
      const isValue = rule === (by === 'schema' ? 'enum' : 'enumeration')
      if (!isValue && (by === 'map' || rule !== 'type')) continue
      const { root } = this.of.source
      const node = nodeAt(root, path)
      if (node?.personal) continue
      const breaks = this.policy === 'hold' || (this.policy === 'widen-only' && !widens(failure, this.of.rules))
      const field = withoutItems(path)
      if (isValue && value !== null && value !== undefined)
        this.add(field, 'new-value', expected, valueText(value, this.of.rules.isAgency), breaks)
      else this.add(field, 'changed-type', expected, typeOf(value), breaks)
    }
  }

  /** The place of what the last record brought. */
  placed(key: string | null, index: number): void {
    for (const one of this.unplaced) one.place = key === null ? `record ${index + 1} of its page` : `record ${key}`
    this.unplaced = []
  }
  get waits(): boolean {
    return this.unplaced.length > 0
  }

  take(): PageDrift {
    const { names, columns, records } = this
    if (columns) for (const field of columns) this.came[field] = records
    const fields = Object.fromEntries(names.map((name, i) => [name, [this.came[i] ?? 0, this.filled[i] ?? 0]] as const))
    return { records, fields, required: this.of.source.required, found: [...this.found.values()] }
  }

  private add(field: string, kind: Open['kind'], expected: string | null, what: string, breaks: boolean): Open | null {
    const id = `${kind} ${field}`
    let one = this.found.get(id)
    if (!one) {
      if (!this.known.has(id) && this.known.size >= FIELDS_AT_MOST) return null
      this.known.add(id)
      one = { field, kind, found: [], expected, personal: null, place: 'its header', count: 0, breaks }
      this.found.set(id, one)
      this.unplaced.push(one)
    }
    one.count++
    one.breaks ||= breaks
    if (!one.found.includes(what) && one.found.length < FOUND_AT_MOST) one.found.push(what)
    return one
  }
}

/**
 * What `widen-only` lets pass: null where a value was declared, but not in key and order; a decimal where a whole number was; and
 * another value of an enumeration that neither the map nor key and order need.
 */
export function widens({ rule, path, expected, value }: Failure, { mapped, keys }: MaskRules): boolean {
  const isAbsent = value === null || value === undefined
  const field = (path.split('/')[1] ?? '').replaceAll('~1', '/').replaceAll('~0', '~')
  // without its order a version would count as of its arrival, and outlast a newer one that comes late
  if (isAbsent && keys.has(field)) return false
  if (rule === 'type') return isAbsent || (typeof value === 'number' && expected.split(' or ').includes('integer'))
  if (rule !== 'enum') return false
  return isAbsent || !(mapped.has(field) || keys.has(field))
}

/** `/GiayTo/3/Loai` → `/GiayTo/Loai`: one field, however many items. */
const withoutItems = (path: string): string => path.replace(/\/\d+(?=\/|$)/g, '')

function typeOf(value: unknown): string {
  if (isMasked(value)) return String((value as Record<string, unknown>)[MASKED])
  if (Array.isArray(value)) {
    const marker = /^\((\w+)\)$/.exec(String(value[0]))?.[1]
    if (value.length === 1 && marker) return marker
    const items = [...new Set(value.slice(0, LOOKED_AT).map(typeOf))]
    return items.length === 1 ? `array of ${items[0]}` : 'array'
  }
  const marker = typeof value === 'string' ? /^\((object|array|string|number|boolean)\)$/.exec(value)?.[1] : undefined
  if (marker) return marker
  return Number.isSafeInteger(value) ? 'integer' : jsonType(value)
}

/** An enumeration's value, where it is short and names nobody. */
function valueText(value: unknown, isAgency: IsAgency): string {
  const text = typeof value === 'object' ? `(${jsonType(value)})` : String(value)
  const isTold = text.length <= VALUE_AT_MOST && !/[\r\n]/.test(text) && (!labelNamesPerson(text) || isAgency(text))
  return isTold ? text : `(${text.length} characters)`
}
/** Whether what `valueText` told is the value itself. */
export const isTold = (found: string): boolean => !/^\(\d+ characters\)$|^\((?:object|array)\)$/.test(found)

function looksPersonal(value: unknown, isAgency: IsAgency): PersonalKind | null {
  if (Array.isArray(value)) {
    const items: unknown[] = value.slice(0, LOOKED_AT).flat().slice(0, LOOKED_AT)
    const kinds = items.map((item) => (Array.isArray(item) ? null : looksPersonal(item, isAgency)))
    return kinds.find((kind) => kind !== null) ?? null
  }
  if (typeof value !== 'string' && typeof value !== 'number') return null
  const text = String(value)
  if (text.includes('@')) return /\s/.test(text) ? 'text' : 'email'
  if (verdict('id', text) === 'valid') return 'id'
  if (verdict('phone', text) === 'valid') return 'phone'
  if (typeof value === 'number' || isAgency(text)) return null
  // an opaque id (0d1f912345678a) holds as many digits as a telephone number
  if (labelNamesPerson(text.replace(/\d+/g, ' '))) return 'name'
  return /\s/.test(text) && looksLikePerson(text) ? 'text' : null
}
