/**
 * One page of a connector on its way to `land`: repair the text, protect, validate, normalise; what is refused becomes a rejection
 * with its reasons. Everything that depends on the stream is compiled once, what depends on a page's header once per header.
 */
import type { Connector, Page, Stream, Undecodable } from '../connect/connector.ts'
import { repairText } from '../connect/text.ts'
import { DriftWatch, widens } from './drift.ts'
import type { RawRecord } from './field-map.ts'
import { type Form, objectForm, type Plan, planStream, rowForm, type StreamStart } from './forms.ts'
import { compareKeys, fingerprint, hmacHex, isFingerprint, naturalKey } from './keys.ts'
import { isMasked, maskRecord, nodeAt, pointerToken, reasonValue } from './mask.ts'
import { type Normalised, orderAt } from './normalise.ts'
import type { CanonicalObject, DossierRow, NormalisedPage, NoteRow, Rejected } from './protocol.ts'
import type { Failure } from './validate.ts'

export type { StreamStart }

// They stand in the ledger of every run: a source whose fields are named by number could fill it.
const REMARKS_AT_MOST = 50
const REMARK_AT_MOST = 300

type Row = DossierRow | CanonicalObject
export type Renormalised = { row: Row; key: string } | { rejected: Rejected }

export interface StreamReader {
  /** raw fields that the schema declares */
  fields: readonly string[]
  page(page: Page): NormalisedPage
  /** A protected record of quarantine, again: from `validate` on. */
  renormalise(record: unknown): Renormalised
}

/** @throws PipelineError CONNECTOR_INVALID, CONFIG_UNREADABLE; `page`: SOURCE_UNREADABLE where a header lacks a required column */
export function compileStream(
  connector: Connector<unknown>,
  stream: Stream<unknown>,
  start: StreamStart,
): StreamReader {
  const plan = planStream(connector, stream, start)
  const said = new Set<string>()
  let remarks: string[] = []
  const say = (remark: string) => {
    if (said.has(remark) || said.size > REMARKS_AT_MOST) return
    said.add(remark)
    if (said.size > REMARKS_AT_MOST) remarks.push('and more of which nothing is said')
    else remarks.push(remark.length > REMARK_AT_MOST ? `${remark.slice(0, REMARK_AT_MOST)}…` : remark)
  }
  const watch = new DriftWatch(plan)
  const objects = objectForm(plan, watch)
  const forms = new Map<string, Form>()
  const formOf = (header: readonly string[] | undefined): Form => {
    if (!header) return objects
    const clean = repairText(header).value as readonly string[]
    const id = JSON.stringify(clean)
    const form = forms.get(id) ?? rowForm(plan, clean)
    forms.set(id, form)
    return form
  }
  const again: Form = {
    ...objects,
    validate: (record) => withoutMarkers(objects.validate(record), record, plan.needed),
  }
  return {
    fields: [...(plan.source.root.properties?.keys() ?? [])],
    page(input) {
      remarks = []
      for (const remark of input.remarks ?? []) say(remark)
      const form = formOf(input.header)
      watch.begin(form.columns)
      for (const { name, place } of form.unknown) watch.newColumn(name, cellsOf(input.records, place))
      const deleted = deletedKeys(input, say)
      return { ...sift(plan, form, input, watch), drift: watch.take(), deleted, remarks }
    },
    renormalise(record) {
      const one = pass(plan, again, record, record)
      return 'row' in one ? { row: one.row, key: one.key } : { rejected: one }
    },
  }
}

function sift(plan: Plan, form: Form, input: Page, watch: DriftWatch): Omit<NormalisedPage, 'deleted' | 'remarks'> {
  const passed: Passed[] = []
  const notes: NoteRow[] = []
  const rejected = (input.undecodable ?? []).map((one) =>
    undecodable(plan, one.place, one.rule, one.expected ?? EXPECTED[one.rule], one.bytes),
  )
  for (let i = 0; i < input.records.length; i++) {
    const { value: raw, repaired } = repairText(input.records[i])
    const misfit = form.misfit(raw)
    if (misfit) {
      const bytes = Buffer.from(JSON.stringify(raw) ?? '')
      rejected.push(undecodable(plan, `record ${i + 1} of its page`, misfit.rule, misfit.expected, bytes))
      continue
    }
    const record = form.protect(raw)
    watch.see(record)
    const one = pass(plan, form, record, raw, watch)
    if (watch.waits) watch.placed(isFingerprint(one.key) ? null : one.key, i)
    if (!('row' in one)) {
      rejected.push(one)
      continue
    }
    passed.push(one)
    for (const note of one.notes) notes.push({ key: one.key, ...note })
    if (repaired) notes.push({ key: one.key, kind: 'repaired-text', detail: null })
  }
  passed.sort((a, b) => compareKeys(a.key, b.key))
  return {
    entity: plan.stream.entity,
    rows: passed.map(({ row }) => row),
    records: {
      columns: form.columns,
      text: JSON.stringify(passed.map(({ record }) => form.keep(record))),
      loose: form.loose,
      agencies: plan.agencies,
    },
    rejected,
    notes,
    resume: input.resume,
    ...(input.reread === undefined ? {} : { reread: input.reread }),
    read: input.records.length + (input.undecodable?.length ?? 0),
  }
}

interface Passed {
  key: string
  row: Row
  record: unknown
  notes: Normalised['notes']
}
function pass(plan: Plan, form: Form, record: unknown, raw: unknown, watch?: DriftWatch): Passed | Rejected {
  const failed = form.validate(record)
  if (failed) watch?.refused(failed, 'schema')
  const invalid = failed && notWidening(plan, failed)
  if (invalid) return reject(plan, form, record, invalid, raw)
  const key = naturalKey(form.keyOf(record))
  if (key === null) return reject(plan, form, record, [], raw)
  const { row, failures, notes } = form.normalise(record as RawRecord)
  if (failures) watch?.refused(failures, 'map')
  return row === null ? reject(plan, form, record, failures ?? [], raw) : { key, row, record, notes }
}

/** Under `widen-only` what only widens is no reason to refuse; what the map makes of it decides. */
function notWidening({ stream, rules }: Plan, failures: readonly Failure[]): readonly Failure[] | null {
  if (stream.drift !== 'widen-only') return failures
  const left = failures.filter((failure) => !widens(failure, rules))
  return left.length > 0 ? left : null
}

function reject(plan: Plan, form: Form, record: unknown, failures: readonly Failure[], raw: unknown): Rejected {
  const { keyPaths, source, rules, hmacKey } = plan
  const parts = form.keyOf(record)
  const missing = keyPaths.filter(
    (path, i) => naturalKey([parts[i]]) === null && !failures.some((failure) => failure.path === path),
  )
  const all = [...failures, ...missing.map((path) => ({ path, rule: 'required', expected: 'a value', value: null }))]
  const failed = new Set(all.map(({ path }) => path))
  // a key that is not what its schema says may be anything, a person too
  const key = keyPaths.some((path) => failed.has(path)) ? null : naturalKey(parts)
  return {
    key: key ?? fingerprint(hmacHex(hmacKey, JSON.stringify(raw) ?? '')),
    orderAt: orderOfRefused(plan, form.orderOf(record), failed),
    reasons: all.map(({ path, rule, expected, value }) => ({
      path,
      rule,
      expected,
      value: reasonValue(value, nodeAt(source.root, path), rules.isAgency),
    })),
    record: JSON.stringify(maskRecord(rules, form.toObject(record), failed)),
    place: null,
    length: null,
    hmac: null,
  }
}

const DAY = 86_400_000
/** An order that is no time, or one of 2099, says nothing: kept, it would outlast every mended version, and the record stay open. */
function orderOfRefused({ order, normalise }: Plan, value: unknown, failed: ReadonlySet<string>): number | null {
  if (!order || failed.has(`/${pointerToken(order.field)}`)) return null
  const at = orderAt(value, order.zone)
  return at == null || at > normalise.now + DAY ? null : at
}

function undecodable({ hmacKey }: Plan, place: string, rule: string, expected: string, bytes: Uint8Array): Rejected {
  const hmac = hmacHex(hmacKey, bytes)
  const reasons = [{ path: '', rule, expected, value: null }]
  return { key: fingerprint(hmac), orderAt: null, reasons, record: null, place, length: bytes.length, hmac }
}

type Fields = { readonly [name: string]: unknown }
const EXPECTED: Readonly<Record<Undecodable['rule'], string>> = {
  encoding: 'the declared encoding',
  'column-count': 'as many columns as the header has',
  syntax: 'well-formed text',
  'too-long': 'a record within the size limit',
}

/** Some cells of a column: what kind of thing stands there, they tell as well as all. */
const cellsOf = (records: readonly unknown[], place: number): unknown[] =>
  records.slice(0, 50).map((row) => (Array.isArray(row) ? (row[place] as unknown) : null))

function deletedKeys(page: Page, say: (remark: string) => void): string[] {
  return (page.deleted ?? []).flatMap((parts) => {
    const key = naturalKey(parts)
    if (key === null) say('a deletion without a key was passed over')
    return key === null ? [] : [key]
  })
}

/** What quarantine masked in fields that the map does not read, or only as a national code, is no reason to refuse a record again. */
function withoutMarkers(failures: readonly Failure[] | null, record: unknown, needed: ReadonlySet<string>) {
  const left = failures?.filter(({ path }) => {
    const field = (path.split('/')[1] ?? '').replaceAll('~1', '/').replaceAll('~0', '~')
    return needed.has(field) || !isMasked((record as Fields)[field])
  })
  return left && left.length > 0 ? left : null
}
