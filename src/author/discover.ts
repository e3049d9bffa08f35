/**
 * `ioc connector discover`: what a source really sends, counted over a sample: fields with their types, how many are empty, what could be
 * a key or a cursor, beside what the schema declares. No value of a personal field, nor of one that the schema does not know, leaves here.
 */
import type { SourceConfig } from '../config.ts'
import type { Page, Stream } from '../connect/connector.ts'
import { naturalKey } from '../sync/keys.ts'
import { type FieldNode, readSchema, type SourceSchema, sourceSchema } from '../sync/source-schema.ts'
import { countFields, type FieldCount } from './discover-fields.ts'
import { sample } from './sampling.ts'
import { redacted } from './secrets.ts'
import { type AuthorDeps, httpOf, type Opened, openSource, streamsNamed } from './source.ts'
import { firstTraced, tracerOf } from './trace.ts'

type Described = Omit<DiscoveredField, 'required'>
export interface DiscoveredField extends Omit<FieldCount, 'looksPersonal'> {
  /** missing: declared, and in none of the records; undeclared: the schema does not know it */
  schema: 'declared' | 'undeclared' | 'missing'
  required: boolean
  /** what the schema marks it as; `?` where it does not know the field and its values look like a person's */
  personal: string | null
  /** of declared fields that are not personal, as quarantine may keep them */
  examples: readonly string[]
}
export interface DiscoveredStream {
  stream: string
  entity: string
  records: number
  pages: number
  /** nothing was left to read */
  isWhole: boolean
  fields: readonly DiscoveredField[]
  /** fields, or pairs of fields, that are unique and never empty in the sample */
  keys: readonly (readonly string[])[]
  /** what the stream declares, and of how many records it is empty or that of another record too */
  declaredKey: { fields: readonly string[]; empty: number; doubled: number }
}
export interface Discovered {
  source: string
  connector: string
  streams: readonly DiscoveredStream[]
}
export interface DiscoverOptions {
  stream?: string | undefined
  pages: number
}

export const RECORDS_AT_MOST = 5_000
const EXAMPLES_FROM = 20
const EXAMPLES = 2
const EXAMPLE_AT_MOST = 40

/** Throws what the sync would throw. */
export async function discoverSource(
  deps: AuthorDeps,
  source: SourceConfig,
  { stream: name, pages }: DiscoverOptions,
): Promise<Discovered> {
  const opened = await openSource(deps, source)
  const streams: DiscoveredStream[] = []
  for (const stream of streamsNamed(opened, name)) streams.push(await discoverStream(opened, stream, pages))
  return redacted({ source: source.id, connector: opened.connector.name, streams }, opened.secrets)
}

async function discoverStream(opened: Opened, stream: Stream<unknown>, pages: number): Promise<DiscoveredStream> {
  const { signal, config } = opened.deps
  const { root, required } = schemaOf(opened, stream)
  const tracer = tracerOf(opened, stream)
  const http = httpOf(opened, signal, { attempts: 2 })
  try {
    const read = await sample(opened, stream, { http, signal, pages, records: RECORDS_AT_MOST })
    const records = read.pages.flatMap(objectsOf).slice(0, RECORDS_AT_MOST)
    const counted = countFields(records, {
      zone: config.zone,
      isPersonal: (path) => nodeOf(root, path)?.personal != null,
    })
    const examples = examplesOf(firstTraced(tracer, read.pages, EXAMPLES_FROM))
    return {
      stream: stream.name,
      entity: stream.entity,
      records: records.length,
      pages: read.pages.length,
      isWhole: read.isWhole,
      fields: [
        ...counted.fields.map((field) => described(root, field, examples.get(field.path) ?? [])),
        ...missingOf(root, '', new Set(counted.fields.map(({ path }) => path))),
      ].map((field) => ({ ...field, required: required.includes(field.path) })),
      keys: counted.keys,
      declaredKey: { fields: stream.key, ...keyCounts(records, stream.key) },
    }
  } finally {
    http.close()
  }
}

function keyCounts(records: readonly unknown[], key: readonly string[]): { empty: number; doubled: number } {
  const seen = new Set<string>()
  let [empty, doubled] = [0, 0]
  for (const record of records) {
    const parts = naturalKey(key.map((field) => (record as Readonly<Record<string, unknown>>)[field]))
    if (parts === null) empty += 1
    else if (seen.has(parts)) doubled += 1
    else seen.add(parts)
  }
  return { empty, doubled }
}

const schemaOf = ({ connector, deps: { config } }: Opened, { schema }: Stream<unknown>): SourceSchema =>
  sourceSchema(readSchema(config.homes, 'sources', schema), schema, connector.name)

const objectsOf = ({ header, records }: Page): unknown[] =>
  header
    ? records.map((row) => Object.fromEntries(header.map((name, i) => [name, (row as unknown[])[i]])))
    : [...records]

/** `GiayTo[]/So` */
function nodeOf(root: FieldNode, path: string): FieldNode | null {
  return path.split('/').reduce<FieldNode | null>((node, part) => {
    const isList = part.endsWith('[]')
    const child = node?.properties?.get(isList ? part.slice(0, -2) : part) ?? null
    return isList ? (child?.items ?? null) : child
  }, root)
}

function described(root: FieldNode, { looksPersonal, ...field }: FieldCount, examples: readonly string[]): Described {
  const node = nodeOf(root, field.path)
  const isBelowPersonal = parents(field.path).some((path) => nodeOf(root, path)?.personal != null)
  const schema = node || isBelowPersonal ? 'declared' : 'undeclared'
  const personal = node?.personal ?? (looksPersonal && schema === 'undeclared' ? '?' : null)
  return { ...field, schema, personal, examples: schema === 'declared' && !personal ? examples : [] }
}
const parents = (path: string): string[] =>
  path
    .split('/')
    .slice(0, -1)
    .map((_, i, parts) =>
      parts
        .slice(0, i + 1)
        .join('/')
        .replace(/\[\]$/, ''),
    )

function missingOf(node: FieldNode, path: string, came: ReadonlySet<string>): Described[] {
  return [...(node.properties ?? [])].flatMap(([name, child]) => {
    const at = path === '' ? name : `${path}/${name}`
    if (came.has(at)) return child.personal ? [] : missingOf(child, at, came)
    if (came.has(`${at}[]`)) return child.items && !child.personal ? missingOf(child.items, `${at}[]`, came) : []
    return [{ ...NOTHING, path: at, personal: child.personal }]
  })
}
const NOTHING = {
  types: [],
  empty: 1,
  distinct: 0,
  time: null,
  schema: 'missing',
  examples: [],
} as const

function examplesOf(traced: ReturnType<typeof firstTraced>): Map<string, string[]> {
  const examples = new Map<string, string[]>()
  for (const { field, is, extracted } of traced.flatMap(({ fields }) => fields)) {
    if (is !== 'declared' || extracted === null || extracted === '' || /^\(.*\)$/.test(extracted)) continue
    const path = field.replace(/\/\d+(?=\/|$)/g, '[]')
    const known = examples.get(path) ?? []
    const short = extracted.length > EXAMPLE_AT_MOST ? `${extracted.slice(0, EXAMPLE_AT_MOST)}…` : extracted
    if (known.length < EXAMPLES && !known.includes(short)) examples.set(path, [...known, short])
  }
  return examples
}
