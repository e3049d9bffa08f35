/**
 * Connectors of a test's home: `list` knows the made-up procedures, `tape` plays pages from files, so that a test says what comes,
 * in which order, where it waits and where it breaks.
 */
import type { Completeness } from '../../src/connect/connector.ts'

export const LIST = 'list'
export const PROCEDURES = ['1.000001', '1.000002'] as const

export type TapeRecord = Record<string, string | null>
export interface Tape {
  /** a page of records; `gate`: wait until this file exists; `fail`: the read breaks here */
  pages: (readonly (TapeRecord | null)[] | { gate: string } | { fail: string })[]
  deleted?: readonly string[]
  end?: Completeness
}
export interface TapeOptions {
  name?: string
  /** source text of the stream's `order` */
  order?: string
  deletes?: 'never' | 'tombstones' | 'by-full-read'
  /** source text of converters */
  agency?: string
  received?: string
  statuses?: string
  drift?: 'hold' | 'quarantine-rows' | 'widen-only'
}

const HEAD = `import { agencyCode, agencyIdentifier, agencyName, code, compactInstant, defineConnector, enumeration, isoInstant, procedureCode } from 'ioc-feed/connect'
import { existsSync, readFileSync } from 'node:fs'
const zone = 'Asia/Ho_Chi_Minh'
const nothing = { name: 'nothing', doc: 'an empty list', convert: () => [] }
const orNull = { name: 'orNull', doc: 'text or null', convert: ([value]) => value || null }
`

/** The files of one tape connector and its schema; its sources take `settings.folder` with a `dossier.json` in it. */
export function tapeFiles({
  name = 'tape',
  order = "'arrival'",
  deletes = 'by-full-read',
  agency = 'agencyIdentifier()',
  received = 'compactInstant(zone)',
  statuses = '{ 2: 2, 4: 4, 5: 5, 9: 9, 10: 10 }',
  drift = 'quarantine-rows',
}: TapeOptions = {}): Record<string, string> {
  return {
    [`connectors/${name}/connector.ts`]: `${HEAD}
async function* play(context) {
  const { pages, deleted, end } = JSON.parse(readFileSync(context.config.folder + '/dossier.json', 'utf8'))
  const last = pages.findLastIndex((page) => Array.isArray(page))
  for (let page = context.resume?.page ?? 0; page < pages.length; page++) {
    if (pages[page].fail) throw new Error(pages[page].fail)
    while (pages[page].gate && !existsSync(pages[page].gate)) {
      context.signal.throwIfAborted()
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    if (pages[page].gate) continue
    yield { records: pages[page], deleted: page === last ? (deleted ?? []).map((key) => [key]) : [], resume: { page: page + 1 } }
  }
  return end ?? { enumerated: 'changes', by: 'token', upTo: String(pages.length) }
}
export default defineConnector({
  name: '${name}',
  settings: { type: 'object', additionalProperties: false, required: ['folder'], properties: { folder: { type: 'string', format: 'path' } } },
  streams: [{
    name: 'dossier', entity: 'dossier', schema: '${name}/dossier.schema.json', key: ['id'], order: ${order}, sees: 'changes', deletes: '${deletes}', drift: '${drift}',
    map: {
      code: { from: 'id', as: code() }, nationalCode: { from: 'national', as: orNull },
      procedure: { from: 'procedure', as: procedureCode() }, resolving: { from: 'agency', as: ${agency} },
      channel: { value: 'online' }, status: { from: 'status', as: enumeration(${statuses}) },
      received: { from: 'received', as: ${received} }, due: { from: 'due', as: compactInstant(zone) }, finished: { from: 'finished', as: compactInstant(zone) },
    },
    read: play,
  }],
})
`,
    [`schemas/sources/${name}/dossier.schema.json`]: schema(`${name}/dossier`, {
      id: { ...text(60), minLength: 1 },
      national: text(60),
      procedure: text(20),
      agency: text(20),
      status: text(2),
      received: text(40),
      due: text(40),
      finished: text(40),
      changed: text(40),
      applicant: { 'x-personal': 'name', enum: ['present', 'valid', 'dummy', 'absent'] },
    }),
  }
}

export function listFiles(): Record<string, string> {
  const records = PROCEDURES.map((id) => ({ id, name: `Thủ tục mẫu ${id}` }))
  return {
    [`connectors/${LIST}/connector.ts`]: `${HEAD}
export default defineConnector({
  name: '${LIST}',
  settings: { type: 'object', additionalProperties: false },
  streams: [{
    name: 'procedure', entity: 'procedure', schema: '${LIST}/procedure.schema.json', key: ['id'], order: 'arrival', sees: 'everything', deletes: 'never',
    map: {
      code: { from: 'id', as: procedureCode() }, name: 'name', level: { value: 'full' }, online: { value: true }, integrated: { value: false },
      executing: { from: 'none', as: nothing }, agencies: { from: 'none', as: nothing },
    },
    async *read() {
      yield { records: ${JSON.stringify(records)}, resume: {} }
      return { enumerated: 'everything', by: 'snapshot', upTo: null }
    },
  }],
})
`,
    [`schemas/sources/${LIST}/procedure.schema.json`]: schema(`${LIST}/procedure`, {
      id: text(20),
      name: text(200),
      none: text(1),
    }),
  }
}

const text = (max: number) => ({ type: ['string', 'null'], maxLength: max, 'x-public': true })
const schema = (path: string, properties: Record<string, unknown>) =>
  JSON.stringify({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: `sources/${path}.schema.json`,
    title: `Made-up ${path}`,
    type: 'object',
    required: ['id'],
    properties,
  })

/** `count` dossiers of Sở Công Thương, received in November 2024 and not finished. */
export const records = (count: number, more: (i: number) => TapeRecord = () => ({}), from = 0): TapeRecord[] =>
  Array.from({ length: count }, (_, i) => ({
    id: `D-${String(from + i).padStart(5, '0')}`,
    procedure: '1.000001',
    agency: 'H53.07',
    status: '4',
    received: '20241104080000',
    ...more(from + i),
  }))
