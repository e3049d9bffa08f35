/** A deployment home with one made-up department behind a server on loopback, for the verbs that try a source. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import '../../src/connect/resolve.ts'
import type { AuthorDeps } from '../../src/author/source.ts'
import { makeCli, type Values, type Verb } from '../../src/cli/context.ts'
import { loadConfig, type SourceConfig } from '../../src/config.ts'

export const PASSWORD = 'mật khẩu@:/%'
export const NAME = 'Nguyễn Thị Mẫu'
export const ID = '079195001234'
/** a record as the made-up department sends it; the person is made up */
export const record = (n: number, change: object = {}) => ({
  MaHoSo: `H53.99-2411-${String(n).padStart(4, '0')}`,
  MaTTHC: '1.001193',
  TrangThai: '4',
  NgayTiepNhan: `2024-11-${String(n).padStart(2, '0')}T08:00:00+07:00`,
  ChuHoSo: NAME,
  GiayTo: [{ Loai: '1', So: ID }],
  ...change,
})

const CONNECTOR = `import { basic, code, defineConnector, enumeration, isoInstant, procedureCode, rest } from 'ioc-feed/connect'
const zone = 'Asia/Ho_Chi_Minh'
const auth = basic({ credentials: ({ username, password }) => ({ user: username, password }) })
const stream = (name) => ({
  name, entity: 'dossier', schema: 'made-up/dossier.schema.json', key: ['MaHoSo'], order: 'arrival', sees: 'changes',
  cursor: { from: 'server-clock', lookback: 'PT2H' }, deletes: 'never',
  map: {
    code: { from: 'MaHoSo', as: code() }, procedure: { from: 'MaTTHC', as: procedureCode() }, resolving: { setting: 'agency' },
    channel: { value: 'online' }, status: { from: 'TrangThai', as: enumeration({ 1: 1, 4: 4, 9: 9 }) },
    received: { from: 'NgayTiepNhan', as: isoInstant({ zone }) },
  },
  read: rest({
    base: ({ url }) => url, auth, request: ({ password }) => ({ path: '/' + name, query: { ma: password } }),
    guard: (body) => body.error && body.error.replace('$1', 'mật khẩu@:/%'), records: 'data',
    paging: { kind: 'page-number', parameter: 'page', size: { parameter: 'size', rows: 50 }, total: 'total', maxPages: 9, from: 1, seams: 'probe' },
  }),
})
export default defineConnector({
  name: 'made-up',
  settings: {
    type: 'object', additionalProperties: false, required: ['url', 'username', 'password'],
    properties: { url: { type: 'string', pattern: '^https?://' }, username: { type: 'string' }, password: { type: 'string' } },
  },
  streams: [stream('dossier'), stream('other')],
})
`
const text = { type: ['string', 'null'] }
export const SCHEMA = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'sources/made-up/dossier.schema.json',
  type: 'object',
  required: ['MaHoSo', 'TrangThai'],
  properties: {
    MaHoSo: { type: 'string', maxLength: 60 },
    MaTTHC: { type: 'string' },
    TrangThai: { type: 'string', enum: ['1', '4', '9'] },
    NgayTiepNhan: text,
    NgayTra: text,
    ChuHoSo: { 'x-personal': 'name' },
    GiayTo: {
      type: 'array',
      items: { type: 'object', properties: { Loai: { type: 'string' }, So: { 'x-personal': 'id' } } },
    },
  },
}
export const instance = (url: string) => ({
  id: 'dept',
  name: 'Sở mẫu',
  agency: 'H53.99',
  sample: true,
  authority: [{ rank: 1, from: '2020-01-01' }],
  grace: 'PT26H',
  settings: { url, username: 'ioc', password: `\${env:MADE_UP_PASSWORD}` },
})

export interface AuthorHome {
  dir: string
  put(path: string, value: unknown): void
  deps(): AuthorDeps
  source(): SourceConfig
  remove(): void
}
export function makeAuthorHome(url: string): AuthorHome {
  const dir = mkdtempSync(join(tmpdir(), 'ioc-feed-author-'))
  const put = (path: string, value: unknown) => {
    mkdirSync(dirname(join(dir, path)), { recursive: true })
    writeFileSync(join(dir, path), typeof value === 'string' ? value : `${JSON.stringify(value, null, 2)}\n`)
  }
  put('connectors/made-up/connector.ts', CONNECTOR)
  put('connectors/made-up/sources.json', { sources: [instance(url)] })
  put('schemas/sources/made-up/dossier.schema.json', SCHEMA)
  const env = { MADE_UP_PASSWORD: PASSWORD, IOC_LANG: 'en' }
  const signal = new AbortController().signal
  let config: AuthorDeps['config'] | null = null
  const deps = (): AuthorDeps => {
    config ??= loadConfig({ home: dir, env, cwd: dir })
    return { config, env, signal }
  }
  return {
    dir,
    put(path, value) {
      config = null
      put(path, value)
    },
    deps,
    source() {
      const [source] = deps().config.sources
      if (!source) throw new Error('no source')
      return source
    },
    remove: () => rmSync(dir, { recursive: true, force: true }),
  }
}

/** A verb of the command line in this process: what it prints, and its document. */
export async function call(home: AuthorHome, verb: Verb, words: readonly string[], values: Values = {}, json = false) {
  const printed: string[] = []
  let document: unknown
  const cli = makeCli(
    { home: home.dir, json, quiet: false },
    {
      env: home.deps().env,
      cwd: home.dir,
      signal: new AbortController().signal,
      document: (given) => {
        document = given
      },
    },
  )
  const print = (line = '') => void printed.push(line)
  const exit = await verb({ ...cli, print, say: print, warn: print, width: 120 }, words, values)
  return { exit, stdout: json ? JSON.stringify(document) : '', lines: printed, text: printed.join('\n') }
}

/** Every form in which a secret or a person may get out. */
export const FORBIDDEN = [PASSWORD, NAME, ID].flatMap((text) => [
  text,
  encodeURIComponent(text),
  new URLSearchParams({ x: text }).toString().slice(2),
  Buffer.from(text).toString('base64').replace(/=+$/, ''),
])
