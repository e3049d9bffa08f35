/** What is compiled of a stream, and the two forms its records come in: objects, or rows under one header. */
import { fileURLToPath } from 'node:url'
import { placed } from '../config-place.ts'
import type { Connector, Stream } from '../connect/connector.ts'
import { PipelineError } from '../errors.ts'
import { agencyNamesIn } from './agency-names.ts'
import { declaredMap, type PlainMap } from './declared-map.ts'
import type { DriftWatch } from './drift.ts'
import { agencyFields, isMappedFrom } from './field-map.ts'
import { type LooseCell, looseCells, type MaskRules, maskRecord, pointerToken } from './mask.ts'
import { compileNormalise, type Normalise, type NormaliseOptions } from './normalise.ts'
import { compileProtect, compileProtectRow } from './protect.ts'
import type { WorkerStart } from './protocol.ts'
import { jsonType, readSchema, type SourceSchema, schemaFile, sourceSchema } from './source-schema.ts'
import { compileValidate, compileValidateRow, type Failure, rowObject } from './validate.ts'

/** What of a WorkerStart describes the stream; enough for replay. */
export type StreamStart = Pick<
  WorkerStart,
  'connector' | 'stream' | 'source' | 'agency' | 'zone' | 'now' | 'schemaHomes' | 'hmacKey'
>

/** With the map that its schema leaves. */
export type PlannedStream = Omit<Stream<unknown>, 'map'> & { map: PlainMap }

export interface Plan {
  connector: string
  stream: PlannedStream
  source: SourceSchema
  rules: MaskRules
  /** raw fields that agencies are read from */
  agencies: readonly string[]
  order: { field: string; zone: string } | null
  /** raw fields without which a kept record cannot be normalised again */
  needed: ReadonlySet<string>
  /** JSON pointers of the key fields */
  keyPaths: readonly string[]
  hmacKey: string
  instance: string
  normalise: Omit<NormaliseOptions, 'columns'>
}

export interface Form {
  protect: (raw: unknown) => unknown
  validate: (record: unknown) => readonly Failure[] | null
  normalise: Normalise
  keyOf: (record: unknown) => readonly unknown[]
  orderOf: (record: unknown) => unknown
  toObject: (record: unknown) => unknown
  /** a record that passed, as quarantine may keep it; of a row see `loose` */
  keep: (record: unknown) => unknown
  /** where records are rows, their columns */
  columns: readonly string[] | null
  /** cells that are masked when a row is kept */
  loose: readonly LooseCell[]
  /** null, or why this raw record has not the form of its page */
  misfit: (raw: unknown) => { rule: string; expected: string } | null
  unknown: readonly { name: string; place: number }[]
}

/** @throws PipelineError CONNECTOR_INVALID, CONFIG_UNREADABLE */
export function planStream({ name }: Connector<unknown>, given: Stream<unknown>, start: StreamStart): Plan {
  const path = schemaFile(start.schemaHomes, 'sources', given.schema)
  const source = sourceSchema(readSchema(start.schemaHomes, 'sources', given.schema), given.schema, name, path)
  const stream = { ...given, map: declaredMap(given.map, new Set(source.root.properties?.keys())) }
  const canonicalFile = `${stream.entity}.schema.json`
  const canonical = readSchema(start.schemaHomes, 'canonical', canonicalFile)
  const canonicalPath = schemaFile(start.schemaHomes, 'canonical', canonicalFile)
  const context = { zone: start.zone, source: start.source, agency: start.agency }
  const order = stream.order === 'arrival' ? null : stream.order
  if (stream.key.some((field) => source.root.properties?.get(field)?.personal))
    throw new PipelineError('CONNECTOR_INVALID', {
      connector: name,
      problem: `stream ${stream.name}: a personal field cannot be a key`,
      file: placed(
        source.path,
        `properties.${stream.key.find((field) => source.root.properties?.get(field)?.personal)}`,
      ),
    })
  return {
    connector: name,
    stream,
    source,
    rules: {
      root: source.root,
      keys: new Set([...stream.key, ...(order ? [order.field] : [])]),
      mapped: isMappedFrom(stream.map),
      isAgency: agencyNamesIn(start.schemaHomes),
    },
    agencies: agencyFields(stream.map, canonical),
    needed: isMappedFrom(Object.fromEntries(Object.entries(stream.map).filter(([field]) => field !== 'nationalCode'))),
    order,
    keyPaths: stream.key.map((field) => `/${pointerToken(field)}`),
    hmacKey: start.hmacKey,
    instance: start.source,
    normalise: {
      ...{ stream, source, canonical, canonicalPath, context },
      ...{ connector: name, file: fileOf(start.connector), now: start.now },
    },
  }
}

const fileOf = (connector: string) => (connector.startsWith('file:') ? fileURLToPath(connector) : connector)

type Fields = { readonly [name: string]: unknown }
const NONE: ReadonlySet<string> = new Set()

export function objectForm({ connector, stream, source, rules, order, normalise }: Plan, watch: DriftWatch): Form {
  return {
    protect: compileProtect(source.root, (path, name, value) => watch.newField(path, name, value)),
    validate: compileValidate(source.derived, source.path, connector),
    normalise: compileNormalise({ ...normalise, columns: null }),
    keyOf: (record) => stream.key.map((name) => (record as Fields)[name]),
    orderOf: (record) => (order ? (record as Fields)[order.field] : null),
    toObject: (record) => record,
    keep: (record) => maskRecord(rules, record, NONE),
    columns: null,
    loose: [],
    misfit: (raw) => (jsonType(raw) === 'object' ? null : { rule: 'type', expected: 'an object' }),
    unknown: [],
  }
}

/** @throws PipelineError SOURCE_UNREADABLE where the header has not the required columns */
export function rowForm(
  { connector, stream, source, rules, order, instance, normalise }: Plan,
  header: readonly string[],
): Form {
  const needed = [...source.required, ...stream.key, ...(order ? [order.field] : [])]
  const { columns, protect, unknown } = compileProtectRow(
    { ...source, required: [...new Set(needed)] },
    header,
    instance,
  )
  const validate = compileValidateRow(source, columns, connector)
  const keyPlaces = stream.key.map((name) => columns.indexOf(name))
  const orderPlace = order ? columns.indexOf(order.field) : -1
  const cells = (record: unknown) => record as readonly unknown[]
  return {
    protect: (raw) => protect(cells(raw)),
    validate: (record) => validate(cells(record)),
    normalise: compileNormalise({ ...normalise, columns }),
    keyOf: (record) => keyPlaces.map((place) => cells(record)[place]),
    orderOf: (record) => cells(record)[orderPlace],
    toObject: (record) => rowObject(columns, cells(record)),
    keep: (record) => record,
    columns,
    loose: looseCells(rules, columns),
    misfit: (raw) =>
      Array.isArray(raw) && raw.length === header.length
        ? null
        : { rule: 'column-count', expected: `${header.length} columns` },
    unknown,
  }
}
