/**
 * One page of a connector on its way to `land`: repair the text, protect, validate, normalise; what is refused becomes a rejection
 * with its reasons. Everything that depends on the stream is compiled once, what depends on a page's header once per header.
 */
import type { Connector, Page, Stream, Undecodable } from '../connect/connector.ts'
import { repairText } from '../connect/text.ts'
import { PipelineError } from '../errors.ts'
import { isMappedFrom, type RawRecord } from './field-map.ts'
import { compareKeys, fingerprint, hmacHex, naturalKey } from './keys.ts'
import { compileMaskRow, isMasked, type MaskRules, maskRecord, nodeAt, pointerToken, reasonValue } from './mask.ts'
import { compileNormalise, type Normalise, orderAt } from './normalise.ts'
import { compileProtect, compileProtectRow } from './protect.ts'
import type { CanonicalObject, DossierRow, NormalisedPage, NoteRow, Rejected, WorkerStart } from './protocol.ts'
import { jsonType, readSchema, sourceSchema } from './source-schema.ts'
import { compileRowText, compileValidate, compileValidateRow, type Failure, rowObject } from './validate.ts'

/** What of a WorkerStart describes the stream; enough for replay. */
export type StreamStart = Pick<
  WorkerStart,
  'connector' | 'stream' | 'source' | 'agency' | 'zone' | 'now' | 'schemaHomes' | 'hmacKey'
>
type Row = DossierRow | CanonicalObject
export type Renormalised = { row: Row; key: string } | { rejected: Rejected }

export interface StreamReader {
  page(page: Page): NormalisedPage
  /** A protected record of quarantine, again: from `validate` on. */
  renormalise(record: unknown): Renormalised
}

/** One form of records: objects, or rows under one header. */
interface Form {
  protect: (raw: unknown) => unknown
  validate: (record: unknown) => readonly Failure[] | null
  normalise: Normalise
  keyOf: (record: unknown) => readonly unknown[]
  orderOf: (record: unknown) => unknown
  toObject: (record: unknown) => unknown
  /** JSON text of a record that passed, as quarantine may keep it */
  keep: (record: unknown) => string
  /** null, or why this raw record has not the form of its page */
  misfit: (raw: unknown) => { rule: string; expected: string } | null
  unknown: readonly { name: string; place: number }[]
}

/** @throws PipelineError CONNECTOR_INVALID, CONFIG_UNREADABLE */
export function compileStream(
  connector: Connector<unknown>,
  stream: Stream<unknown>,
  start: StreamStart,
): StreamReader {
  const source = sourceSchema(readSchema(start.schemaHomes, 'sources', stream.schema), stream.schema, connector.name)
  const canonical = readSchema(start.schemaHomes, 'canonical', `${stream.entity}.schema.json`)
  const context = { zone: start.zone, source: start.source, agency: start.agency }
  const shared = { stream, source, canonical, context, connector: connector.name, now: start.now }
  const order = stream.order === 'arrival' ? null : stream.order
  const mapped = isMappedFrom(stream.map)
  const rules: MaskRules = {
    root: source.root,
    keys: new Set([...stream.key, ...(order ? [order.field] : [])]),
    mapped,
  }
  const keyPaths = stream.key.map((name) => `/${pointerToken(name)}`)
  const said = new Set<string>()
  let remarks: string[] = []
  const say = (remark: string) => {
    if (!said.has(remark)) remarks.push(remark)
    said.add(remark)
  }
  if (stream.key.some((name) => source.root.properties?.get(name)?.personal))
    throw new PipelineError('CONNECTOR_INVALID', {
      connector: connector.name,
      problem: `stream ${stream.name}: a personal field cannot be a key`,
      file: `schemas/sources/${stream.schema}`,
    })

  const objects: Form = {
    protect: compileProtect(source.root, (path, name, type) => say(`unknown field ${path}/${name} (${type})`)),
    validate: compileValidate(source.derived, `schemas/sources/${stream.schema}`, connector.name),
    normalise: compileNormalise({ ...shared, columns: null }),
    keyOf: (record) => stream.key.map((name) => (record as Fields)[name]),
    orderOf: (record) => (order ? (record as Fields)[order.field] : null),
    toObject: (record) => record,
    keep: (record) => JSON.stringify(maskRecord(rules, record, NONE)),
    misfit: (raw) => (jsonType(raw) === 'object' ? null : { rule: 'type', expected: 'an object' }),
    unknown: [],
  }

  function rowsForm(header: readonly string[]): Form {
    const { columns, protect, unknown } = compileProtectRow(source, header, start.source)
    const validate = compileValidateRow(source, columns, connector.name)
    const maskRow = compileMaskRow(rules, columns)
    const toText = compileRowText(columns)
    const keyPlaces = stream.key.map((name) => columns.indexOf(name))
    const orderPlace = order ? columns.indexOf(order.field) : -1
    return {
      protect: (raw) => protect(raw as readonly unknown[]),
      validate: (record) => validate(record as readonly unknown[]),
      normalise: compileNormalise({ ...shared, columns }),
      keyOf: (record) => keyPlaces.map((place) => (record as readonly unknown[])[place]),
      orderOf: (record) => (record as readonly unknown[])[orderPlace],
      toObject: (record) => rowObject(columns, record as readonly unknown[]),
      keep: (record) => toText(maskRow(record as readonly unknown[])),
      misfit: (raw) =>
        Array.isArray(raw) && raw.length === header.length
          ? null
          : { rule: 'column-count', expected: `${header.length} columns` },
      unknown,
    }
  }
  const forms = new Map<string, Form>()
  function formOf(header: readonly string[] | undefined): Form {
    if (!header) return objects
    const clean = repairText(header).value as readonly string[]
    const id = JSON.stringify(clean)
    const form = forms.get(id) ?? rowsForm(clean)
    forms.set(id, form)
    return form
  }

  function reject(form: Form, record: unknown, failures: readonly Failure[], raw: unknown): Rejected {
    const parts = form.keyOf(record)
    const missing = keyPaths.filter(
      (path, i) => naturalKey([parts[i]]) === null && !failures.some((f) => f.path === path),
    )
    const all = [...failures, ...missing.map((path) => ({ path, rule: 'required', expected: 'a value', value: null }))]
    const failed = new Set(all.map(({ path }) => path))
    // a key that is not what its schema says may be anything, a person too
    const key = keyPaths.some((path) => failed.has(path)) ? null : naturalKey(parts)
    return {
      key: key ?? fingerprint(hmacHex(start.hmacKey, JSON.stringify(raw) ?? '')),
      orderAt: order ? (orderAt(form.orderOf(record), order.zone) ?? null) : null,
      reasons: all.map(({ path, rule, expected, value }) => ({
        path,
        rule,
        expected,
        value: reasonValue(value, Boolean(nodeAt(source.root, path)?.personal)),
      })),
      record: JSON.stringify(maskRecord(rules, form.toObject(record), failed)),
      place: null,
      length: null,
      hmac: null,
    }
  }

  const undecodable = (place: string, rule: string, expected: string, bytes: Uint8Array): Rejected => {
    const hmac = hmacHex(start.hmacKey, bytes)
    const reasons = [{ path: '', rule, expected, value: null }]
    return { key: fingerprint(hmac), orderAt: null, reasons, record: null, place, length: bytes.length, hmac }
  }

  type Passed = { key: string; row: Row; record: unknown }
  function pass(form: Form, record: unknown, raw: unknown, notes: NoteRow[]): Passed | Rejected {
    const invalid = form.validate(record)
    if (invalid) return reject(form, record, invalid, raw)
    const key = naturalKey(form.keyOf(record))
    if (key === null) return reject(form, record, [], raw)
    const { row, failures, dummyIdentity } = form.normalise(record as RawRecord)
    if (row === null) return reject(form, record, failures ?? [], raw)
    if (dummyIdentity) notes.push({ key, kind: 'dummy-identity', detail: null })
    return { key, row, record }
  }

  function page(input: Page): NormalisedPage {
    remarks = []
    for (const remark of input.remarks ?? []) say(remark)
    const form = formOf(input.header)
    for (const { name, place } of form.unknown) say(`unknown column "${name}" (${cellType(input.records, place)})`)
    const passed: Passed[] = []
    const rejected = (input.undecodable ?? []).map((one) =>
      undecodable(one.place, one.rule, EXPECTED[one.rule], one.bytes),
    )
    const notes: NoteRow[] = []
    for (let i = 0; i < input.records.length; i++) {
      const { value: raw, repaired } = repairText(input.records[i])
      const misfit = form.misfit(raw)
      if (misfit) {
        const bytes = Buffer.from(JSON.stringify(raw) ?? '')
        rejected.push(undecodable(`record ${i + 1} of its page`, misfit.rule, misfit.expected, bytes))
        continue
      }
      const one = pass(form, form.protect(raw), raw, notes)
      if (!('row' in one)) rejected.push(one)
      else {
        passed.push(one)
        if (repaired) notes.push({ key: one.key, kind: 'repaired-text', detail: null })
      }
    }
    if (!passed.every((one, i) => i === 0 || compareKeys((passed[i - 1] as Passed).key, one.key) <= 0))
      passed.sort((a, b) => compareKeys(a.key, b.key))
    return {
      entity: stream.entity,
      rows: passed.map(({ row }) => row),
      records: passed.map(({ record }) => form.keep(record)),
      deleted: deletedKeys(input, say),
      rejected,
      notes,
      resume: input.resume,
      read: input.records.length + (input.undecodable?.length ?? 0),
      remarks,
    }
  }

  function renormalise(record: unknown): Renormalised {
    const one = pass(
      { ...objects, validate: (value) => withoutMarkers(objects.validate(value), value, mapped) },
      record,
      record,
      [],
    )
    return 'row' in one ? { row: one.row, key: one.key } : { rejected: one }
  }
  return { page, renormalise }
}

type Fields = { readonly [name: string]: unknown }
const NONE: ReadonlySet<string> = new Set()
const EXPECTED: Readonly<Record<Undecodable['rule'], string>> = {
  encoding: 'the declared encoding',
  'column-count': 'as many columns as the header has',
  syntax: 'well-formed text',
  'too-long': 'a record within the size limit',
}

function cellType(records: readonly unknown[], place: number): string {
  const cells = records.slice(0, 50).map((row) => (Array.isArray(row) ? (row[place] as unknown) : null))
  return jsonType(cells.find((cell) => cell !== null && cell !== undefined && cell !== ''))
}

function deletedKeys(page: Page, say: (remark: string) => void): string[] {
  return (page.deleted ?? []).flatMap((parts) => {
    const key = naturalKey(parts)
    if (key === null) say('a deletion without a key was passed over')
    return key === null ? [] : [key]
  })
}

/** What quarantine masked in fields that the map does not read is no reason to refuse a record again. */
function withoutMarkers(failures: readonly Failure[] | null, record: unknown, mapped: ReadonlySet<string>) {
  const left = failures?.filter(({ path }) => {
    const field = (path.split('/')[1] ?? '').replaceAll('~1', '/').replaceAll('~0', '~')
    return mapped.has(field) || !isMasked((record as Fields)[field])
  })
  return left && left.length > 0 ? left : null
}
