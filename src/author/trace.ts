/**
 * One record on its way through the real steps: extracted, protected, validated, mapped; as whoever writes a connector may see it. No
 * person is in what comes out of here, nor the value of a field that the schema does not know where it might be one.
 */
import type { Page, Stream } from '../connect/connector.ts'
import { looksLikePerson } from '../connect/persons.ts'
import { repairText } from '../connect/text.ts'
import { compileFieldMap, compileReadField, type MappedField, type RawRecord } from '../sync/field-map.ts'
import { type Plan, planStream } from '../sync/forms.ts'
import { isMasked, MASKED, maskRecord } from '../sync/mask.ts'
import { compileStream } from '../sync/page.ts'
import { compileProtect, compileProtectRow } from '../sync/protect.ts'
import type { Reason } from '../sync/protocol.ts'
import { type FieldNode, jsonType, UNKNOWN } from '../sync/source-schema.ts'
import { type Failure, rowObject } from '../sync/validate.ts'
import { type Opened, startOf } from './source.ts'

export interface TracedField {
  /** raw field, by its path: `NguoiNop/HoTen` */
  field: string
  /** personal: its kind; unknown: the schema does not know it */
  is: 'declared' | 'personal' | 'unknown'
  /** as it came, persons and whatever may be one masked; null where it is absent */
  extracted: string | null
  /** what of it passes `protect` */
  protected: string | null
}
export interface TracedMapping {
  /** canonical field */
  field: string
  /** raw fields; none for a constant */
  from: readonly string[]
  /** JSON text; null where there is none */
  value: string | null
}
export interface Traced {
  fields: TracedField[]
  mapped: TracedMapping[]
  /** why it is set aside; none where it lands */
  reasons: readonly Reason[]
  notes: readonly string[]
}
export type Tracer = (page: Page) => Traced[]

/** Throws CONNECTOR_INVALID, CONFIG_UNREADABLE; the tracer SOURCE_UNREADABLE where a page's header lacks a required column. */
export function tracerOf(opened: Opened, stream: Stream<unknown>): Tracer {
  const { source, now, connector, deps } = opened
  const start = { ...startOf({ source, now, config: deps.config }), stream: stream.name }
  const plan = planStream(connector, stream, start)
  const reader = compileStream(connector, stream, start)
  return (page) => {
    const header = page.header && (repairText(page.header).value as readonly string[])
    const form = formOf(plan, header)
    const mapping = mapperOf(plan, form.columns)
    const { resume } = page
    const judged = (record: unknown) =>
      reader.page({ records: [record], resume, ...(page.header ? { header: page.header } : {}) })
    return page.records.map((given) => {
      const { value } = repairText(given)
      const { rejected, notes } = judged(given)
      const reasons = rejected[0]?.reasons ?? []
      const said = notes.map(({ kind, detail }) => (detail === null ? kind : `${kind}: ${detail}`))
      if (header ? !Array.isArray(value) : !isFields(value)) return { fields: [], mapped: [], reasons, notes: said }
      const clean = form.protect(value as readonly unknown[])
      const failed = new Set(reasons.map(({ path }) => path))
      const record = form.columns ? rowObject(form.columns, clean as readonly unknown[]) : clean
      const kept = maskRecord(plan.rules, record, failed)
      const raw = header ? Object.fromEntries(header.map((name, i) => [name, (value as unknown[])[i]])) : value
      return {
        fields: fieldsOf(plan.source.root, raw, kept),
        mapped: mapping(clean as RawRecord),
        reasons,
        notes: said,
      }
    })
  }
}

/** By position or by name, as the page comes. */
function formOf({ source, instance }: Plan, header: readonly string[] | undefined) {
  if (!header) return { columns: null, protect: compileProtect(source.root) }
  const { columns, protect } = compileProtectRow(source, header, instance)
  return { columns, protect }
}

/** Canonical values one by one: those of a record that is set aside are seen too, as far as they can be had. */
function mapperOf({ normalise }: Plan, columns: readonly string[] | null): (record: RawRecord) => TracedMapping[] {
  const fields = compileFieldMap(normalise).filter(({ name }) => normalise.stream.map[name] !== undefined)
  const reads = fields.map((field) => ({ field, read: compileReadField(field, columns, normalise.context) }))
  return (record) =>
    reads.map(({ field, read }) => {
      const failures: Failure[] = []
      const value = read(record, failures)
      return { field: field.name, from: field.from, value: failures.length > 0 ? null : canonicalText(field, value) }
    })
}

const DAY_LENGTH = 10
/** An instant as a time: epoch milliseconds say nothing to a reader. */
function canonicalText({ schema }: MappedField, value: unknown): string | null {
  if (value === null || value === undefined) return null
  const { at, precision } = value as { at?: unknown; precision?: unknown }
  if (typeof at === 'number' && [schema.type].flat().includes('object')) {
    const text = new Date(at).toISOString()
    return `${text} (${precision})`
  }
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text.length > DAY_LENGTH && looksLikePerson(text) && !/^[a-z]+:/.test(text) ? `(${jsonType(value)})` : text
}

type Fields = Readonly<Record<string, unknown>>
const isFields = (value: unknown): value is Fields => jsonType(value) === 'object'

/** `kept`: what quarantine would keep of the protected record; nothing more of a declared field is ever shown. */
function fieldsOf(root: FieldNode, raw: unknown, kept: unknown): TracedField[] {
  const fields: TracedField[] = []
  walk(root, raw, kept, '', fields)
  return fields
}

const FIELDS_AT_MOST = 400
const ITEMS_AT_MOST = 3

function walk(node: FieldNode, raw: unknown, kept: unknown, path: string, out: TracedField[]): void {
  if (out.length >= FIELDS_AT_MOST) return
  const put = (is: TracedField['is'], extracted: string | null, clean: string | null) =>
    out.push({ field: path, is, extracted, protected: clean })
  if (node.personal) return void put('personal', personText(node.personal, raw), plainText(kept))
  if (Array.isArray(raw) && node.items && Array.isArray(kept)) {
    const { items } = node
    if (raw.length === 0) return void put('declared', '[]', '[]')
    for (const [i, item] of raw.slice(0, ITEMS_AT_MOST).entries()) walk(items, item, kept[i], `${path}/${i}`, out)
    if (raw.length > ITEMS_AT_MOST) put('declared', `(${raw.length} items)`, `(${raw.length} items)`)
    return
  }
  if (isFields(raw) && node.properties && isFields(kept)) {
    const names = new Set([...node.properties.keys(), ...Object.keys(raw)])
    for (const name of names) {
      const child = node.properties.get(name)
      const at = path === '' ? name : `${path}/${name}`
      if (child && (name in raw || child.personal)) walk(child, raw[name], kept[name], at, out)
      else if (!child) out.push(unknownField(at, name, raw[name], kept))
    }
    return
  }
  // an array or object where the schema has a scalar, or the other way round: protect has left its type only
  if (typeof raw === 'object' && raw !== null) return void put('declared', `(${jsonType(raw)})`, plainText(kept))
  put('declared', raw === null || raw === undefined ? null : plainText(kept ?? raw), plainText(kept))
}

function unknownField(path: string, name: string, value: unknown, kept: Fields): TracedField {
  const listed = Array.isArray(kept[UNKNOWN]) ? (kept[UNKNOWN] as { name: string }[]) : []
  // protect has taken a name that may be a person's out of it
  const isNamed = listed.length === 0 ? !looksLikePerson(name) : listed.some((one) => one.name === name)
  const field = isNamed ? path : `${path.slice(0, path.length - name.length)}(${name.length} characters)`
  return { field, is: 'unknown', extracted: unknownText(name, value), protected: `(${jsonType(value)})` }
}

const PERSON_FIELD =
  /ten|name|cccd|cmnd|giay_?to|dinh_?danh|phone|thoai|mobile|mail|dia_?chi|address|noi_?dung|ghi_?chu|note|ho_?va|nguoi|applicant|owner|birth|ngay_?sinh/i
/** A code, a number or a time: what is written in words may be a person's, and nothing vouches for it. */
const CODE = /^(?=.*\d)[\p{L}\d._:/+-]{1,40}$|^[A-Z_]{2,20}$/u

/** The value of a field that the schema does not know, where nothing speaks for a person; else its type and length. */
export function unknownText(name: string, value: unknown): string | null {
  if (value === null || value === undefined) return null
  if (typeof value === 'boolean') return String(value)
  if (typeof value === 'object') return `(${jsonType(value)})`
  const text = String(value)
  const isPlain = CODE.test(text) && !PERSON_FIELD.test(name) && !looksLikePerson(text)
  return isPlain ? text : `(${jsonType(value)}, ${text.length} characters)`
}

const personText = (kind: string, value: unknown): string | null =>
  value === null || value === undefined || value === '' ? null : `(${kind})`

const TEXT_AT_MOST = 200
function plainText(value: unknown): string | null {
  if (value === null || value === undefined) return null
  if (isMasked(value)) {
    const { [MASKED]: type, length } = value as Record<string, unknown>
    return length === undefined ? `(${type})` : `(${type}, ${length} characters)`
  }
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text.length > TEXT_AT_MOST ? `${text.slice(0, TEXT_AT_MOST)}…` : text
}

/** A page without records would trace nothing, and silently. */
export function firstTraced(tracer: Tracer, pages: readonly Page[], most: number): Traced[] {
  const traced: Traced[] = []
  for (const page of pages) {
    const wanted = page.records.slice(0, most - traced.length)
    if (wanted.length > 0) traced.push(...tracer({ ...page, records: wanted }))
    if (traced.length >= most) break
  }
  return traced
}
