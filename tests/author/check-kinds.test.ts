/** check against the servers that departments have: databases, folders, SFTP, a tap, HTTPS with a private authority, a proxy. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { check } from '../../src/cli/connector-check.ts'
import { mariadbSource, postgresSource, type Source, sqliteSource } from '../connect/sql-sources.ts'
import { startSftp } from '../support/sftp.ts'
import { certificatesFor, proxyWith, serveSecure } from '../support/tls.ts'
import { type AuthorHome, call, instance, makeAuthorHome, record } from './author-home.ts'

let home: AuthorHome
const ends: (() => Promise<unknown>)[] = []
beforeAll(() => {
  home = makeAuthorHome('http://127.0.0.1:1')
})
afterAll(async () => {
  await Promise.all(ends.map((end) => end()))
  home.remove()
})

const MAP = `{ code: { from: KEY, as: kit.code() }, procedure: { value: '1.001193' }, resolving: { setting: 'agency' }, channel: { value: 'online' }, status: { value: 1 } }`
/** One connector per kind; `read` is its builder's call, with `config` for its settings. */
function connector(name: string, read: string, schema: object, key = 'MaHoSo'): void {
  home.put(
    `connectors/${name}/connector.ts`,
    `import * as kit from 'ioc-feed/connect'
const KEY = '${key}'
export default { name: '${name}', settings: { type: 'object' }, streams: [{
  name: 'dossier', entity: 'dossier', schema: '${name}/dossier.schema.json', key: [KEY], order: 'arrival', sees: 'everything', deletes: 'never',
  map: ${MAP},
  read: ${read},
}] }
`,
  )
  home.put(`schemas/sources/${name}/dossier.schema.json`, {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    required: [key],
    properties: { [key]: { type: 'string', maxLength: 60 }, ...schema },
  })
}
async function checked(name: string, settings: object, more: object = {}): Promise<{ exit: number; text: string }> {
  home.put(`connectors/${name}/sources.json`, { sources: [{ ...instance(''), id: name, settings, ...more }] })
  return call(home, check, [name === 'made-up' ? 'dept' : name])
}

describe('a database', () => {
  const text = { type: ['string', 'null'] }
  const use = async (make: () => Promise<Source>) => {
    const source = await make()
    ends.push(() => source.close())
    await source.put([1, 'H-1', '2024-11-05 08:00:00'])
    return source
  }
  beforeAll(() => {
    const read = `kit.sql({ connect: (config) => config, rows: (db) => db.selectFrom('HoSos').selectAll(), unique: ['Id'], deleted: null })`
    connector('db', read, { NgayCapNhat: text })
  })

  it('SQLite: a file, opened read-only', async () => {
    const { connection } = await use(sqliteSource)
    const { exit, text } = await checked('db', connection)
    expect(exit).toBe(0)
    expect(text).toMatch(/✓ Route: the file .* is there/)
    expect(text).toContain('· Login: none is asked for')
    expect(text).toContain('✓ Permission: may only read')
    expect(text).toContain('accepted; read in one consistent snapshot')
    const gone = await checked('db', { dialect: 'sqlite', file: join(home.dir, 'nowhere.sqlite') })
    expect(gone.exit).toBe(4)
    expect(gone.text).toContain('✗ Route: db: ')
  })

  it('PostgreSQL: warns of an account that may write, not of one that may only read; the clock', async () => {
    const source = await use(postgresSource)
    const owner = await checked('db', source.connection)
    expect(owner.text).toContain('! Permission: this account may WRITE to "HoSos"; use one that may only read')
    expect(owner.text).toMatch(/✓ Clock: -?0 s from this machine/)
    await source.run(`CREATE ROLE reader_of_check LOGIN PASSWORD 'p'; GRANT SELECT ON "HoSos" TO reader_of_check`)
    const url = new URL(source.url)
    url.username = 'reader_of_check'
    url.password = 'p'
    const reader = await checked('db', { dialect: 'postgres', url: url.href })
    expect(reader.text).toContain('✓ Permission: may only read')
    expect(reader.text).toContain('read in one consistent snapshot')
    await source.run('REVOKE SELECT ON "HoSos" FROM reader_of_check')
    const refused = await checked('db', { dialect: 'postgres', url: url.href })
    expect(refused).toMatchObject({ exit: 3, text: expect.stringMatching(/✓ Login[\s\S]*✗ Permission: 42501/) })
    await source.run('DROP OWNED BY reader_of_check; DROP ROLE reader_of_check')
  })

  it('MariaDB: the same, by its grants', async () => {
    const source = await use(mariadbSource)
    const { exit, text } = await checked('db', source.connection)
    expect(exit).toBe(0)
    expect(text).toMatch(/! Permission: this account may WRITE to/)
    expect(text).toContain('read in one consistent snapshot')
  })

  it('SQL Server: says that no live server was tested', async () => {
    const { exit, text } = await checked('db', { dialect: 'mssql', url: 'mssql://u:p4ssword@127.0.0.1:1/db' })
    expect(exit).toBe(4)
    expect(text).toContain('! SQL Server: not tested on a live server')
    expect(text).toMatch(/✗ Route: .*\n {4}→ Check address and port/)
    expect(text).not.toContain('p4ssword')
  })
})

describe('files', () => {
  const put = (folder: string, ...names: string[]) => {
    mkdirSync(folder, { recursive: true })
    for (const name of names) writeFileSync(join(folder, name), '{"MaHoSo":"H-1"}\n')
    return folder
  }
  const PATTERNS = `patterns: [{ match: /^hs_(?<period>\\d{6})\\.ndjson$/, drop: 'full', format: 'ndjson' }], columns: [], stableFor: () => 0`

  it('a folder: how many of its files match', async () => {
    connector('drop', `kit.files({ from: ({ folder }) => folder, ${PATTERNS} })`, { $period: { type: 'string' } })
    const folder = put(join(home.dir, 'drop'), 'hs_202401.ndjson', 'hs_202402.ndjson', 'other.pdf')
    const { exit, text } = await checked('drop', { folder })
    expect(exit).toBe(0)
    expect(text).toContain(`✓ Route: the folder ${folder} is there`)
    expect(text).toContain('accepted; 2 of 3 files match a pattern')
    const none = await checked('drop', { folder: put(join(home.dir, 'others'), 'other.pdf') })
    expect(none.text).toContain('! Data: no record came to look at; none of 1 files matches a pattern')
    const gone = await checked('drop', { folder: join(home.dir, 'nowhere') })
    expect(gone.exit).toBe(4)
    expect(gone.text).toContain('✗ Route: drop: ')
  })

  it('SFTP: its host key, its login', async () => {
    const server = await startSftp(put(join(home.dir, 'sftp'), 'hs_202401.ndjson'), { password: 'right' })
    ends.push(() => server.close())
    connector('sftp', `kit.files({ from: (config) => kit.sftp(config), ${PATTERNS} })`, { $period: { type: 'string' } })
    const place = {
      host: '127.0.0.1',
      port: server.port,
      user: 'ioc',
      password: 'right',
      folder: '/',
      hostKey: server.hostKey,
    }
    const right = await checked('sftp', place)
    expect(right.text).toContain('✓ TLS: the server has the key that was declared')
    expect(right.text).toContain('1 of 1 files match a pattern')
    expect(right.exit).toBe(0)
    const stranger = await checked('sftp', { ...place, hostKey: 'SHA256:AAAA' })
    expect(stranger.exit).toBe(3)
    expect(stranger.text).toMatch(/✗ TLS: .* shows the host key .*\n {4}→ Ask whoever runs the server whether its key/)
    const wrong = await checked('sftp', { ...place, password: 'wr0ng-secret' })
    expect(wrong.text).toContain('✗ Login:')
    expect(wrong.text).not.toContain('wr0ng-secret')
  })
})

it('a tap: it starts, or there is none', async () => {
  const tap = join(import.meta.dirname, '../support/tap.mjs')
  const read = `kit.singer({ tap: ({ command }) => ({ command, args: ['${tap}'] }), config: () => ({ rows: 3 }), catalog: 'none', stream: 'dossier' })`
  connector('tap', read, { changed: { type: 'string' }, status: { type: 'string' } }, 'id')
  const started = await checked('tap', { command: process.execPath })
  expect(started.text).toContain(`✓ Route: ${process.execPath} starts`)
  const none = await checked('tap', { command: 'no-such-tap' })
  expect(none).toMatchObject({ exit: 4, text: expect.stringContaining('✗ Route:') })
})

describe('HTTPS', () => {
  it('a private authority, and a proxy that asks for a password', async () => {
    const certificates = await certificatesFor('department.test')
    const secure = await serveSecure(certificates, { total: 1, data: [record(1)] })
    const proxy = await proxyWith('ioc', 'p@ss:word')
    ends.push(
      () => secure.close(),
      () => proxy.close(),
    )
    const settings = { url: `https://department.test:${secure.port}`, username: 'ioc', password: 'x-password' }
    const through = (network: object) => checked('made-up', settings, { id: 'dept', network })
    const untrusted = await through({ proxy: proxy.url })
    expect(untrusted).toMatchObject({
      exit: 4,
      text: expect.stringMatching(/✓ Proxy: through 127[\s\S]*✗ TLS: [\s\S]*· Login/),
    })
    const good = await through({ proxy: proxy.url, tls: { ca: certificates.ca } })
    expect(good.text).toMatch(/✓ Proxy: through .*\n.*✓ TLS: its certificate is trusted\n.*✓ Login: accepted/)
    expect(good.exit).toBe(0)
    const wrong = await through({ proxy: proxy.url.replace('p%40ss', 'wr0ng'), tls: { ca: certificates.ca } })
    expect(wrong).toMatchObject({ exit: 4, text: expect.stringMatching(/✗ Proxy: .*407[\s\S]*· TLS/) })
    for (const { text } of [untrusted, good, wrong]) expect(text).not.toMatch(/p@ss|p%40ss|wr0ng|x-password/)
    await expect(through({ tls: { ca: 'no certificate' } })).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  })
})
