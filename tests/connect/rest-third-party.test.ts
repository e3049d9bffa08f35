/**
 * Servers that others have written, used as they are: json-server behind the real command line, killed half-way and resumed; the same
 * behind a private certificate authority and a proxy that asks for a password.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { createHash, X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { createServer as createSecure } from 'node:https'
import { createRequire } from 'node:module'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Content, contentOf, differences, hashOf } from '../support/content.ts'
import { killAt, type Progress } from '../support/crash.ts'
import { type Department, makeDepartment } from '../support/department.ts'
import { type AskingProxy, certificatesFor, proxyWith } from '../support/tls.ts'

const require = createRequire(import.meta.url)
const text = { type: 'string', maxLength: 200 }
const SCHEMAS = {
  procedure: {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    required: ['id', 'name'],
    properties: { id: text, name: text },
  },
  dossier: {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    required: ['id', 'procedure', 'status'],
    properties: { id: text, procedure: text, status: text, received: text, changed: text },
  },
}

/** What an author writes for json-server: its own paging, its own filter for what has changed. */
const connector = (
  paging: string,
) => `import { code, defineConnector, enumeration, isoInstant, isoTime, noAuth, procedureCode, rest, setting, settings } from 'ioc-feed/connect'
const ZONE = 'Asia/Ho_Chi_Minh'
const none = { from: 'id', as: { name: 'none', doc: 'none', convert: () => [] } }
const common = { base: ({ url }) => url, auth: noAuth(), guard: () => undefined, records: '' }
export default defineConnector({
  name: 'department',
  settings: settings({ url: setting.url('address') }),
  streams: [
    {
      name: 'procedure', entity: 'procedure', schema: 'department/procedure.schema.json', key: ['id'], order: 'arrival', sees: 'everything', deletes: 'by-full-read',
      map: { code: { from: 'id', as: procedureCode() }, name: 'name', level: { value: 'full' }, online: { value: true }, integrated: { value: false }, executing: none, agencies: none },
      read: rest({ ...common, request: { path: '/procedures' }, paging: { kind: 'none' } }),
    },
    {
      name: 'dossier', entity: 'dossier', schema: 'department/dossier.schema.json', key: ['id'], order: { field: 'changed', zone: ZONE }, sees: 'changes',
      cursor: { from: 'field', field: 'changed', zone: ZONE, granularity: 'second', lookback: 'PT1M' }, deletes: 'never',
      map: { code: { from: 'id', as: code() }, procedure: { from: 'procedure', as: procedureCode() }, resolving: { setting: 'agency' }, channel: { value: 'online' },
        status: { from: 'status', as: enumeration({ 2: 2, 4: 4 }) }, received: { from: 'received', as: isoInstant({ zone: ZONE, falseZ: false }) } },
      read: rest({ ...common, request: { path: '/dossiers', query: { _sort: 'changed,id', _page: '1' } }, paging: ${paging},
        since: { parameter: 'changed_gte', zone: ZONE, write: isoTime, first: () => undefined } }),
    },
  ],
})
`
const BY_LINK = `{ kind: 'link', size: { parameter: '_limit', rows: 500 }, total: { header: 'X-Total-Count' }, maxPages: 1000 }`
const BY_NUMBER = `{ kind: 'page-number', parameter: '_page', from: 1, size: { parameter: '_limit', rows: 500 }, total: { header: 'X-Total-Count' }, maxPages: 1000, seams: 'probe' }`

interface JsonServer {
  create(): RequestListener & { use(handler: unknown): void }
  router(database: object): unknown
}

const file = (name: string) => `\${file:${name}}`
/** Of this month and the last: figures of every month since would be made too. */
const day = (back: number) => new Date(Date.now() - back * 86_400_000).toISOString().slice(0, 10)
const two = (n: number) => String(n).padStart(2, '0')
const database = (count: number) => ({
  procedures: [{ id: '1.000001', name: 'Thủ tục mẫu' }],
  dossiers: Array.from({ length: count }, (_, i) => {
    const date = day(2 + (i % 28))
    // many share a moment of change
    const changed = `${date}T${two(8 + (i % 9))}:00:00`
    return { id: `D-${i}`, procedure: '1.000001', status: '2', received: `${date}T08:00:00`, changed }
  }),
})

describe('json-server', () => {
  const ROWS = 8_000
  let folder = ''
  let server: ChildProcess
  let url = ''
  /** requests as json-server itself logs them */
  let log = ''
  const homes: Department[] = []
  const home = (paging: string) => {
    const made = makeDepartment(connector(paging), SCHEMAS)
    made.instance({ url })
    homes.push(made)
    return made
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'json-server-'))
    writeFileSync(join(folder, 'db.json'), JSON.stringify(database(ROWS)))
    const port = await freePort()
    url = `http://127.0.0.1:${port}`
    const program = require.resolve('json-server/lib/cli/bin.js')
    const words = [program, 'db.json', '--host', '127.0.0.1', '--port', String(port), '--delay', '25']
    // in a test of its own it would log nothing
    const env = { ...process.env, NODE_ENV: 'production' }
    server = spawn(process.execPath, words, { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] })
    server.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      log += chunk
    })
    await until(() =>
      fetch(url).then(
        () => true,
        () => false,
      ),
    )
  })
  afterAll(() => {
    server?.kill()
    for (const one of homes) one.remove()
    rmSync(folder, { recursive: true, force: true })
  })
  const pagesAsked = () => [...log.matchAll(/GET \/dossiers\?\S*?_page=(\d+)/g)].map(([, page]) => Number(page))

  test('by its Link header: killed half-way, resumed, the same as an undisturbed run by page number', async () => {
    const undisturbed = home(BY_NUMBER)
    expect(await undisturbed.ioc(['sync'])).toMatchObject({ code: 0, stderr: '' })

    const disturbed = home(BY_LINK)
    const killed = await killAt(disturbed.start(['sync']), landedIn(disturbed.warehouse), { writes: 1, afterMs: 0 })
    expect(killed.signal).toBe('SIGKILL')
    const half = countIn(disturbed.warehouse)
    expect(half).toBeGreaterThan(0)
    expect(half).toBeLessThan(ROWS)

    log = ''
    expect(await disturbed.ioc(['sync'])).toMatchObject({ code: 0, stderr: '' })
    expect(pagesAsked().length).toBeGreaterThan(0)
    expect(Math.min(...pagesAsked())).toBeGreaterThan(1)
    expect(countIn(disturbed.warehouse)).toBe(ROWS)
    const [expected, found] = [await saidOf(undisturbed), await saidOf(disturbed)]
    expect(differences(expected, found)).toEqual([])
    expect(hashOf(found)).toBe(hashOf(expected))

    // a change made through the server's own interface comes with the next read, and little else
    const change = { status: '4', changed: `${day(1)}T00:00:00` }
    const headers = { 'content-type': 'application/json' }
    await fetch(`${url}/dossiers/D-1`, { method: 'PATCH', headers, body: JSON.stringify(change) })
    log = ''
    expect(await disturbed.ioc(['sync'])).toMatchObject({ code: 0, stderr: '' })
    expect(pagesAsked()).toEqual([1])
    expect(statusIn(disturbed.warehouse, 'D-1')).toBe(4)
  }, 120_000)
})

describe('behind a private authority and a proxy that asks for a password', () => {
  const PASSWORD = 'p@:/% w'
  let home: Department
  let proxy: AskingProxy
  let port = 0
  let close: () => void = () => {}
  let right: Awaited<ReturnType<typeof certificatesFor>>

  beforeAll(async () => {
    right = await certificatesFor('department.test')
    const wrong = await certificatesFor('department.test')
    const jsonServer = require('json-server') as JsonServer
    const app = jsonServer.create()
    app.use(jsonServer.router(database(10)))
    const server = createSecure({ cert: right.cert, key: right.key }, app)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    port = (server.address() as AddressInfo).port
    close = () => server.close()
    proxy = await proxyWith('ioc', PASSWORD)
    home = makeDepartment(connector(BY_LINK), SCHEMAS)
    home.write('ca.pem', right.ca)
    home.write('other.pem', wrong.ca)
  })
  afterAll(async () => {
    close()
    await proxy?.close()
    home?.remove()
  })
  const sync = (tls: object, password = PASSWORD) => {
    const address = `http://ioc:\${env:PROXY_PASSWORD}@127.0.0.1:${proxy.port}`
    home.instance({ url: `https://department.test:${port}` }, { proxy: address, tls })
    return home.ioc(['sync'], { PROXY_PASSWORD: encodeURIComponent(password) })
  }
  const pin = () =>
    createHash('sha256')
      .update(new X509Certificate(right.cert).publicKey.export({ type: 'spki', format: 'der' }))
      .digest('base64')

  test('it is read, with its key pinned', async () => {
    expect(await sync({ ca: file('ca.pem'), pin: [pin()] })).toMatchObject({ code: 0, stderr: '' })
    expect(countIn(home.warehouse)).toBe(10)
    expect(proxy.passed).toContain(`department.test:${port}`)
  }, 60_000)

  test.each([
    ['another authority', { ca: file('other.pem') }, PASSWORD, 'SOURCE_UNTRUSTED'],
    ['another key', { ca: file('ca.pem'), pin: [Buffer.alloc(32).toString('base64')] }, PASSWORD, 'SOURCE_UNTRUSTED'],
    ['another password of the proxy', { ca: file('ca.pem') }, 'wr0ng-secret', 'SOURCE_PROXY'],
  ] as const)(
    '%s: two lines that name it',
    async (_, tls, password, code) => {
      const ran = await sync(tls, password)
      expect(ran.code).toBe(4)
      const said = `${ran.stdout}\n${ran.stderr}`
      const lines = said.split('\n').filter((line) => line.includes(code) || line.trim().startsWith('→'))
      expect(lines).toHaveLength(2)
      expect(lines[1]).toMatch(code === 'SOURCE_PROXY' ? /network\.proxy/ : /network\.tls/)
      expect(said).not.toMatch(/wr0ng|\n\s+at /)
    },
    60_000,
  )
})

/** What a warehouse says, without the hours at which the two runs were made. */
async function saidOf({ warehouse }: Department): Promise<Content> {
  const content = await contentOf(warehouse)
  for (const table of ['checkpoint', 'source_status']) {
    const lines = content.get(table) ?? []
    content.set(
      table,
      lines.map((line) => line.replace(/\t\d{13}$/, '').replace(/^(\S+\tprocedure\t)\S+/, '$1…')),
    )
  }
  return content
}
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
async function until(ready: () => Promise<boolean>): Promise<void> {
  while (!(await ready())) await new Promise((resolve) => setTimeout(resolve, 50))
}
const ask = <T>(warehouse: string, query: string, ...values: unknown[]): T | undefined => {
  const database = new Sqlite(warehouse, { readonly: true, fileMustExist: true })
  try {
    return database
      .prepare(query)
      .pluck()
      .get(...values) as T
  } finally {
    database.close()
  }
}
const countIn = (warehouse: string) => ask<number>(warehouse, 'SELECT count(*) FROM dossier') ?? 0
const statusIn = (warehouse: string, code: string) =>
  ask<number>(warehouse, 'SELECT status FROM dossier WHERE code = ?', code)
/** One write seen: the first dossiers have landed. */
const landedIn = (warehouse: string): Progress => ({
  look: async () => {
    try {
      return countIn(warehouse) > 0 ? 1 : 0
    } catch {
      return 0 // no tables yet
    }
  },
  close: async () => {},
})
