/**
 * A deployment home with sources that do what a script file says, page by page, through the whole real path
 * (connector module → reading thread → protect … land). For tests of what the engine does, not of how systems talk.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CHECKOUT, type Config, loadConfig } from '../../src/config.ts'
import type { Completeness } from '../../src/connect/connector.ts'
import { syncDeps } from '../../src/schedule/pipeline.ts'
import { type SyncOptions, type SyncResult, sync } from '../../src/sync/sync.ts'
import type { Warehouse } from '../../src/warehouse/open.ts'

export interface Script {
  /** pages of raw records; a page may end the read with an error instead */
  pages: (readonly Record<string, string>[] | { fail: string })[]
  end?: Completeness
  deleted?: string[]
}

const CONNECTOR = `import { code, compactInstant, defineConnector, agencyIdentifier, enumeration, procedureCode } from 'ioc-feed/connect'
import { readFileSync } from 'node:fs'
const zone = 'Asia/Ho_Chi_Minh'
async function* script(context, name) {
  const { pages, end, deleted } = JSON.parse(readFileSync(context.config.folder + '/' + name + '.json', 'utf8'))
  const from = context.resume ? context.resume.page : 0
  for (let page = from; page < pages.length; page++) {
    if (pages[page].fail) throw new Error(pages[page].fail)
    yield { records: pages[page], deleted: page === pages.length - 1 ? (deleted ?? []).map((key) => [key]) : [], resume: { page: page + 1 } }
  }
  return end ?? { enumerated: 'changes', by: 'token', upTo: String(pages.length) }
}
const stream = (name, entity, deletes, map) => ({ name, entity, schema: 'script/' + name + '.schema.json', key: ['id'], order: 'arrival', sees: 'changes', deletes, map, read: (context) => script(context, name) })
export default defineConnector({
  name: 'script',
  settings: { type: 'object', additionalProperties: false, required: ['folder'], properties: { folder: { type: 'string' } } },
  streams: [
    stream('procedure', 'procedure', 'by-full-read', { code: { from: 'id', as: procedureCode() }, name: 'name', level: { value: 'full' }, online: { value: true }, integrated: { value: false }, executing: { from: 'none', as: { name: 'none', doc: 'none', convert: () => [] } }, agencies: { from: 'none', as: { name: 'none', doc: 'none', convert: () => [] } } }),
    stream('dossier', 'dossier', 'by-full-read', {
      code: { from: 'id', as: code() }, nationalCode: { from: 'national', as: { name: 'orNull', doc: 'text or null', convert: ([value]) => value || null } },
      procedure: { from: 'procedure', as: procedureCode() }, resolving: { from: 'agency', as: agencyIdentifier() },
      channel: { value: 'online' }, status: { from: 'status', as: enumeration({ 2: 2, 4: 4, 5: 5, 9: 9, 10: 10 }) },
      received: { from: 'received', as: compactInstant(zone) }, finished: { from: 'finished', as: compactInstant(zone) } }),
  ],
})
`
const text = (max: number) => ({ type: 'string', maxLength: max, pattern: '^[^<>]*$' })
const schema = (name: string, properties: Record<string, unknown>, required: string[]) =>
  JSON.stringify({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: `sources/script/${name}.schema.json`,
    title: `Script${name}`,
    type: 'object',
    required,
    properties,
  })

/** `sources`: id → its scripts by stream; a stream without a script has nothing. Change a script by calling `write` again. */
export function scriptHome(
  sources: Record<string, Record<string, Script>>,
  more: Record<string, unknown> = {},
): { home: string; config: Config; write(source: string, stream: string, script: Script): void; remove(): void } {
  const home = mkdtempSync(join(tmpdir(), 'ioc-script-'))
  const connector = join(home, 'connectors', 'script')
  mkdirSync(connector, { recursive: true })
  mkdirSync(join(home, 'schemas', 'sources', 'script'), { recursive: true })
  writeFileSync(join(connector, 'connector.ts'), CONNECTOR)
  writeFileSync(
    join(home, 'schemas/sources/script/procedure.schema.json'),
    schema('Procedure', { id: text(20), name: text(200), none: text(1) }, ['id', 'name']),
  )
  writeFileSync(
    join(home, 'schemas/sources/script/dossier.schema.json'),
    schema(
      'Dossier',
      {
        id: { ...text(60), minLength: 1 },
        national: text(60),
        procedure: text(20),
        agency: text(20),
        status: text(2),
        received: { type: 'string' },
        finished: { type: 'string' },
      },
      ['id', 'procedure', 'agency', 'status'],
    ),
  )
  const entry = (id: string) => ({
    id,
    name: id,
    agency: null,
    sample: false,
    authority: [{ rank: 1, from: '2020-01-01' }],
    grace: 'PT26H',
    settings: { folder: join(home, id) },
    ...more,
  })
  writeFileSync(join(connector, 'sources.json'), JSON.stringify({ sources: Object.keys(sources).map(entry) }))
  const write = (source: string, stream: string, script: Script) => {
    mkdirSync(join(home, source), { recursive: true })
    writeFileSync(join(home, source, `${stream}.json`), JSON.stringify(script))
  }
  for (const [source, streams] of Object.entries(sources)) {
    for (const stream of ['procedure', 'dossier']) write(source, stream, streams[stream] ?? { pages: [] })
  }
  const config = loadConfig({ home, env: {}, cwd: CHECKOUT })
  return { home, config, write, remove: () => rmSync(home, { recursive: true, force: true }) }
}

export const dossiers = (
  count: number,
  more: (i: number) => Record<string, string> = () => ({}),
  from = 0,
): Record<string, string>[] =>
  Array.from({ length: count }, (_, i) => ({
    id: `D-${from + i}`,
    procedure: '1.000001',
    agency: 'H53.07',
    status: '4',
    received: '20241104080000',
    finished: '',
    ...more(from + i),
  }))
export const PROCEDURE = { id: '1.000001', name: 'Thủ tục mẫu' }

/** The whole way to the warehouse; what follows it (states, figures, messages) has tests of its own. */
export function syncNow(warehouse: Warehouse, config: Config, options: Partial<SyncOptions> = {}): Promise<SyncResult> {
  const { signal } = new AbortController()
  const deps = { ...syncDeps({ warehouse, config, env: {} }, signal), settle: async () => {} }
  return sync(deps, { verb: 'sync', sources: config.sources, signal, ...options })
}
