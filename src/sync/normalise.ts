/**
 * Valid record → canonical record: a dossier becomes a row in the order of DOSSIER_COLUMNS with its order and content hash, every
 * other entity an object. The content hash covers the canonical business fields only, neither order nor arrival.
 */
import { hash } from 'node:crypto'
import { isInput } from '../connect/connector.ts'
import type { Instant } from '../connect/converters.ts'
import { parseCompact, parseIso, parseVietnamese } from '../connect/instants.ts'
import { PipelineError } from '../errors.ts'
import { checkDossier, type DateField, type DossierDates } from './dossier-rules.ts'
import {
  compileFieldMap,
  compileReadField,
  type MappedField,
  type MapSource,
  type RawRecord,
  type ReadField,
  rawPath,
} from './field-map.ts'
import { codeText } from './keys.ts'
import { isMasked, pointerToken } from './mask.ts'
import { checkObject, contentOf } from './object-rules.ts'
import { type CanonicalObject, DOSSIER_COLUMNS, type DossierRow, type NoteKind } from './protocol.ts'
import { compileValidate, type Failure } from './validate.ts'

export interface Normalised {
  row: DossierRow | CanonicalObject | null
  /** null where there is a row */
  failures: readonly Failure[] | null
  orderAt: number | null
  /** what landed all the same */
  notes: readonly { kind: NoteKind; detail: string | null }[]
}
const NO_NOTES: Normalised['notes'] = []
export type Normalise = (record: RawRecord) => Normalised

export interface NormaliseOptions extends MapSource {
  /** where `canonical` was read from */
  canonicalPath: string
  /** epoch ms */
  now: number
  /** order of the cells where records are rows */
  columns: readonly string[] | null
}

export function compileNormalise(options: NormaliseOptions): Normalise {
  const fields = compileFieldMap(options)
  const reads = fields.map((field) => {
    const read = compileReadField(
      field.name === 'nationalCode' ? anyNational(field) : field,
      options.columns,
      options.context,
    )
    return field.name === 'nationalCode' ? unmasked(field, read, options.columns) : read
  })
  const order = compileOrder(options)
  return options.stream.entity === 'dossier'
    ? dossierNormalise(options, fields, reads, order)
    : objectNormalise(options, fields, reads, order)
}

/**
 * A national code in another form is a placeholder or a person's number: it lands as none, with a note. Kept, all dossiers with "0"
 * would count as one; refused, they would not count at all.
 */
const anyNational = (field: MappedField): MappedField => ({ ...field, schema: { type: field.schema.type } })

/** "0" and "-" are worth telling; anything longer or with letters may be a person. */
const placeholderOf = (text: string) => (/^[\d._/-]{1,8}$/.test(text) ? text : `(${text.length} characters)`)

/** Quarantine has masked what was no national code; the record lands again as it did. */
function unmasked({ from }: MappedField, read: ReadField, columns: readonly string[] | null): ReadField {
  // rows come from the source, only objects from quarantine
  if (columns !== null) return read
  return (record, failures) =>
    from.some((name) => isMasked((record as Readonly<Record<string, unknown>>)[name])) ? null : read(record, failures)
}

const DAY = 86_400_000
const TOMORROW = 'a date not after tomorrow'
type ReadOrder = (record: RawRecord, failures: Failure[]) => number | null

function compileOrder({ stream, columns, now }: NormaliseOptions): ReadOrder {
  if (stream.order === 'arrival') return () => null
  const { field, zone } = stream.order
  const place = columns ? columns.indexOf(field) : field
  return (record, failures) => {
    const value = (record as Readonly<Record<string | number, unknown>>)[place]
    const at = orderAt(value, zone)
    const path = `/${pointerToken(field)}`
    if (at === undefined) failures.push({ path, rule: 'date', expected: 'a date, time or epoch ms', value })
    // a record of 2099 would win over every later version of itself
    else if (at !== null && at > now + DAY) failures.push({ path, rule: 'future-date', expected: TOMORROW, value })
    else return at
    return null
  }
}

/** null where there is none (such a version is ordered by arrival); undefined where it is no time. */
export function orderAt(value: unknown, zone: string): number | null | undefined {
  if (value === null || value === undefined) return null
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : undefined
  if (typeof value !== 'string') return undefined
  const text = value.trim()
  for (const parse of ORDER_FORMS) {
    const parsed = parse(text, zone)
    if (parsed !== undefined) return parsed === null ? null : parsed.at
  }
  return undefined
}
const ORDER_FORMS = [
  parseCompact,
  parseVietnamese,
  (text: string, zone: string) => parseIso(text, zone, false),
] as const

const UNIT = '\u001F'

type Kind = 'code' | 'instant' | 'flag' | 'list' | 'plain'
function kindOf({ name, schema }: MappedField): Kind {
  if (name === 'code' || name === 'nationalCode') return 'code'
  const types = [schema.type].flat()
  if (types.includes('object')) return 'instant'
  if (types.includes('boolean')) return 'flag'
  return types.includes('array') ? 'list' : 'plain'
}
const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
function columnsOf(field: MappedField): string[] {
  if (kindOf(field) !== 'instant') return [snake(field.name)]
  const stem = field.name.replace(/At$/, '')
  const name = field.name === 'due' ? 'due_printed' : snake(stem)
  return [`${name}_at`, `${name}_precision`]
}

function dossierNormalise(
  { context, now, columns }: NormaliseOptions,
  fields: readonly MappedField[],
  reads: readonly ReadField[],
  order: ReadOrder,
): Normalise {
  const found = fields.flatMap(columnsOf)
  if (found.join() !== DOSSIER_COLUMNS.join())
    throw new PipelineError('INTERNAL', { what: 'schemas/canonical/dossier.schema.json and DOSSIER_COLUMNS differ' })
  const kinds = fields.map(kindOf)
  // most systems fill half of the fields: only those are read
  const active = reads.map((read, index) => ({ index, read })).filter(({ index }) => fields[index]?.from.length !== 0)
  const unmapped = fields.map((field) => field.constant)
  const place = (name: string) => fields.findIndex((field) => field.name === name)
  const at = {
    status: place('status'),
    statusAt: place('statusAt'),
    submitted: place('submitted'),
    received: place('received'),
    due: place('due'),
    finished: place('finished'),
    returned: place('returned'),
    refused: place('refused'),
  }
  const identity = place('identity')
  const national = place('nationalCode')
  const nationalForm = new RegExp(String(fields[national]?.schema.pattern), 'u')
  const rawOf = ({ from }: MappedField, record: RawRecord) => {
    const name = from[0] ?? ''
    return (record as Readonly<Record<string | number, unknown>>)[columns ? columns.indexOf(name) : name]
  }
  return (record) => {
    const failures: Failure[] = []
    const values = unmapped.slice()
    for (const { index, read } of active) values[index] = read(record, failures)
    const orderedAt = order(record, failures)
    const instant = (field: DateField) => (values[at[field]] ?? null) as Instant | null
    const dates: DossierDates = {
      status: values[at.status] as number,
      statusAt: instant('statusAt'),
      submitted: instant('submitted'),
      received: instant('received'),
      due: instant('due'),
      finished: instant('finished'),
      returned: instant('returned'),
      refused: instant('refused'),
    }
    // a date that could not be read has said so already; that it is missing would be a second complaint about the same cell
    if (failures.length === 0)
      checkDossier(dates, now, context.zone, (name, rule, expected) => {
        const field = fields[at[name]] as MappedField
        failures.push({ path: rawPath(field), rule, expected, value: rawOf(field, record) })
      })
    if (failures.length > 0) return { row: null, failures, orderAt: orderedAt, notes: NO_NOTES }
    const row = toColumns(kinds, values)
    const code = row[national] ?? null
    const isOdd = code !== null && !nationalForm.test(String(code))
    if (isOdd) row[national] = null
    const contentHash = hash('sha1', `dossier-1${UNIT}${row.join(UNIT)}`, 'hex')
    row.push(orderedAt, contentHash)
    const isDummy = values[identity] === 'dummy'
    if (!isOdd && !isDummy) return { row, failures: null, orderAt: orderedAt, notes: NO_NOTES }
    const notes: Normalised['notes'] = [
      ...(isDummy ? [{ kind: 'dummy-identity' as const, detail: null }] : []),
      ...(isOdd ? [{ kind: 'national-code-form' as const, detail: placeholderOf(String(code)) }] : []),
    ]
    return { row, failures: null, orderAt: orderedAt, notes }
  }
}

function toColumns(kinds: readonly Kind[], values: readonly unknown[]): (string | number | null)[] {
  const row: (string | number | null)[] = []
  for (let i = 0; i < kinds.length; i++) {
    const value = values[i] ?? null
    switch (kinds[i]) {
      case 'instant': {
        const instant = value as Instant | null
        row.push(instant === null ? null : instant.at, instant === null ? null : instant.precision)
        break
      }
      case 'flag':
        row.push(value === null ? null : value ? 1 : 0)
        break
      case 'list':
        // nothing asked and nothing known are one thing to whoever measures pauses
        row.push(value === null || (value as unknown[]).length === 0 ? null : JSON.stringify(value))
        break
      case 'code':
        row.push(value === null ? null : codeText(value))
        break
      default:
        row.push(value as string | number | null)
    }
  }
  return row
}

function objectNormalise(
  options: NormaliseOptions,
  fields: readonly MappedField[],
  reads: readonly ReadField[],
  order: ReadOrder,
): Normalise {
  const entity = options.stream.entity
  const validate = compileValidate(options.canonical, options.canonicalPath, options.connector)
  // what other records are found by
  const codes = new Set(entity === 'feedback' || isInput(entity) ? ['code', 'dossier'] : [])
  return (record) => {
    const failures: Failure[] = []
    const object: Record<string, unknown> = {}
    fields.forEach((field, i) => {
      const value = reads[i]?.(record, failures) ?? null
      if (value !== null || isNullable(field))
        object[field.name] = codes.has(field.name) && value !== null ? codeText(value) : value
    })
    const orderedAt = order(record, failures)
    if (failures.length === 0) failures.push(...inRawNames(validate(object) ?? [], fields))
    if (failures.length === 0) failures.push(...inRawNames(checkObject(entity, object, options.now), fields))
    if (failures.length > 0) return { row: null, failures, orderAt: orderedAt, notes: NO_NOTES }
    const contentHash = hash('sha1', `${entity}-1${UNIT}${JSON.stringify(contentOf(entity, object))}`, 'hex')
    const row = { ...object, orderAt: orderedAt, contentHash }
    return { row, failures: null, orderAt: orderedAt, notes: NO_NOTES }
  }
}

const isNullable = ({ schema }: MappedField) =>
  [schema.type].flat().includes('null') || (Array.isArray(schema.enum) && schema.enum.includes(null))

/** A canonical path → the raw field that it was read from, so that a reason names what stands in the source. */
function inRawNames(failures: readonly Failure[], fields: readonly MappedField[]): Failure[] {
  return failures.map((failure) => {
    const field = fields.find(({ name }) => failure.path === `/${name}` || failure.path.startsWith(`/${name}/`))
    return field ? { ...failure, path: rawPath(field), expected: `${field.name}: ${failure.expected}` } : failure
  })
}
