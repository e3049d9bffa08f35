import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type FilesDeclaration, files } from '../../src/connect/files.ts'
import { type Http, makeHttp } from '../../src/connect/http.ts'
import { listing, type Place, sftp } from '../../src/connect/places.ts'
import { type Loopback, serve } from '../support/loopback.ts'
import { readAll, upTo } from '../support/read.ts'
import { type SftpServer, type SftpServerOptions, sshKeys, startSftp } from '../support/sftp.ts'

let folder: string
const ends: (() => unknown)[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ioc-feed-places-'))
})
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
  rmSync(folder, { recursive: true, force: true })
})

const put = (name: string, content: string) => writeFileSync(join(folder, name), content)
const csv = (...codes: string[]) => `${['a,b', ...codes.map((code) => `${code},x`)].join('\n')}\n`
const DECLARATION: Omit<FilesDeclaration<null>, 'from'> = {
  patterns: [{ match: /^x_\d*(?<period>\d{6})\.csv$/, drop: 'full', format: 'csv', encoding: 'utf-8', delimiter: ',' }],
  columns: ['a', 'b'],
  stableFor: () => 0,
  largest: 1 << 20,
}
const reader = (place: Place, more: Partial<FilesDeclaration<null>> = {}) =>
  files<null>({ ...DECLARATION, from: () => place, ...more })
const codes = ({ rows }: { rows: Record<string, unknown>[] }) => rows.map(({ a }) => a)
const whyOf = ({ completeness }: Awaited<ReturnType<typeof readAll>>) =>
  completeness && 'why' in completeness ? completeness.why : null
const copies = () => readdirSync(tmpdir()).filter((name) => name.startsWith(`ioc-feed-copy-${process.pid}-`))

describe('an SFTP server', () => {
  const start = async (options: SftpServerOptions = {}): Promise<SftpServer> => {
    const server = await startSftp(folder, { password: 'secret', ...options })
    ends.push(server.close)
    return server
  }
  const at = ({ port, hostKey }: SftpServer, more: object = {}) =>
    sftp({ host: '127.0.0.1', port, user: 'ioc', password: 'secret', hostKey, folder: '/', ...more })

  it('reads each content once, without fetching a file that has not changed; leaves no copy and no connection', async () => {
    put('x_202401.csv', csv('1', '2'))
    put('x_202402.csv', csv('3'))
    mkdirSync(join(folder, 'x_202403.csv'))
    symlinkSync('x_202402.csv', join(folder, 'x_202404.csv'))
    const server = await start()
    const first = await readAll(reader(at(server)), null)
    expect(codes(first)).toEqual(['1', '2', '3', '3'])
    const watermark = upTo(first)
    server.asked.splice(0)
    expect((await readAll(reader(at(server)), null, { watermark })).pages).toEqual([])
    expect(server.asked.filter((what) => !/^(?:LIST|STAT)/.test(what))).toEqual([])
    // saved again as it was: another state, the same content
    utimesSync(join(folder, 'x_202401.csv'), new Date(0), new Date(0))
    const touched = await readAll(reader(at(server)), null, { watermark })
    expect(touched.pages).toEqual([])
    expect(server.asked).toContain('READ /x_202401.csv')
    put('x_202401.csv', csv('1', '5'))
    expect(codes(await readAll(reader(at(server)), null, { watermark: upTo(touched) }))).toEqual(['1', '5'])
    expect(copies()).toEqual([])
    await expect.poll(server.open).toBe(0)
  })

  it('knows hundreds of files, and sees an early one that comes late with an old time', async () => {
    for (let i = 100; i < 230; i++) put(`x_${i}2024${String(1 + (i % 12)).padStart(2, '0')}.csv`, csv(`d${i}`))
    const server = await start()
    const first = await readAll(reader(at(server)), null)
    expect(first.rows).toHaveLength(130)
    const watermark = upTo(first)
    expect(Buffer.byteLength(watermark ?? '')).toBeLessThan(1024)
    expect((await readAll(reader(at(server)), null, { watermark })).rows).toEqual([])
    put('x_999202401.csv', csv('late'))
    utimesSync(join(folder, 'x_999202401.csv'), new Date('2020-01-01'), new Date('2020-01-01'))
    expect(codes(await readAll(reader(at(server)), null, { watermark }))).toContain('late')
  })

  it('logs in with a key', async () => {
    put('x_202401.csv', csv('1'))
    const keys = sshKeys()
    const server = await start({ publicKey: keys.public })
    expect(codes(await readAll(reader(at(server, { password: undefined, privateKey: keys.private })), null))).toEqual([
      '1',
    ])
  })

  it('gives its password to no server but the declared one', async () => {
    const server = await start()
    let asked = 0
    const stranger = await start({ before: () => void asked++ })
    const place = at(server, { port: stranger.port })
    await expect(readAll(reader(place), null)).rejects.toMatchObject({
      code: 'SOURCE_UNAUTHORIZED',
      params: { problem: `127.0.0.1:${stranger.port} shows the host key ${stranger.hostKey}, not the declared one` },
    })
    expect(asked).toBe(0)
    // while a key is being changed both are right
    const both = at(server, { hostKey: ['SHA256:old', server.hostKey] })
    expect((await readAll(reader(both), null)).rows).toEqual([])
  })

  it('says a refused login, a missing folder and a server that is away', async () => {
    const server = await start()
    await expect(readAll(reader(at(server, { password: 'wrong' })), null)).rejects.toMatchObject({
      code: 'SOURCE_UNAUTHORIZED',
    })
    await expect(readAll(reader(at(server, { folder: '/none' })), null)).rejects.toMatchObject({
      code: 'SOURCE_MISSING',
    })
    const closed = createServer()
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve))
    const { port } = closed.address() as { port: number }
    await new Promise((resolve) => closed.close(resolve))
    await expect(readAll(reader(at(server, { port })), null)).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' })
  })

  it('ends unreachable where the connection breaks in a file, and goes on there', async () => {
    put('x_202401.csv', csv('1'))
    put('x_202402.csv', csv('2'))
    let broken = false
    const server = await start({
      before(asked) {
        if (broken || asked !== 'READ /x_202402.csv') return
        broken = true
        throw new Error('cable')
      },
    })
    const pages: unknown[] = []
    let resume = null
    const failing = readAll(reader(at(server)), null, {
      onPage: async (page) => {
        pages.push(...page.records)
        resume = page.resume
      },
    })
    await expect(failing).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' })
    expect(pages).toHaveLength(1)
    expect(codes(await readAll(reader(at(server)), null, { resume }))).toEqual(['2'])
    expect(copies()).toEqual([])
  })

  it('leaves a file that grows while it is looked at, and refuses one that grows while it is read', async () => {
    put('x_202401.csv', csv('1'))
    put('x_202402.csv', csv('2'))
    let looks = 0
    const server = await start({
      before(asked) {
        if (asked === 'LIST /' && ++looks === 2) put('x_202401.csv', csv('1', '11'))
        if (asked === 'READ /x_202402.csv' && looks++ < 3) put('x_202402.csv', csv('2', '22'))
      },
    })
    const result = await readAll(reader(at(server)), null)
    expect(result.rows).toEqual([])
    expect(result.pages.flatMap(({ remarks }) => remarks)).toContain(
      'x_202401.csv is still being written and is left for the next run',
    )
    expect(whyOf(result)).toBe('refused: x_202402.csv: it changed while it was read')
    // not the file's fault: it is looked at again
    const watermark = result.completeness && 'upTo' in result.completeness ? (result.completeness.upTo ?? null) : null
    expect(codes(await readAll(reader(at(server)), null, { watermark }))).toEqual(['1', '11', '2', '22'])
  })

  it('refuses a file beyond the limit by name and reads the others', async () => {
    put('x_202401.csv', `${csv('1')}${'y'.repeat(1 << 20)}`)
    put('x_202402.csv', csv('2'))
    const server = await start()
    const result = await readAll(reader(at(server)), null)
    expect(codes(result)).toEqual(['2'])
    expect(whyOf(result)).toBe('refused: x_202401.csv: it has 1048584 bytes, more than the limit of 1048576')
  })
})

describe('a listing', () => {
  let http: Http
  beforeEach(() => {
    http = makeHttp({ source: 'test', signal: new AbortController().signal, random: () => 0 })
    ends.push(() => http.close())
  })
  const index = (...hrefs: string[]) =>
    `<html><pre>${hrefs.map((href) => `<A class=x HREF="${href}">f</A>`).join('')}</pre></html>`
  const start = async (answer: Parameters<typeof serve>[0]): Promise<Loopback> => {
    const server = await serve(answer)
    ends.push(server.close)
    return server
  }
  const page = (server: Loopback) => listing({ url: `${server.url}/drops/`, links: { in: 'html' } })

  it('fetches the files that a page links to, from its own host only, each content once', async () => {
    const elsewhere = await start(() => csv('stolen'))
    let modified = 'Mon, 01 Jan 2024 00:00:00 GMT'
    const server = await start(({ path }, response) => {
      response.setHeader('last-modified', modified)
      if (path === '/drops/')
        return index('../', 'x_202402.csv', '/x_202401.csv?a=1&amp;b=2#top', `${elsewhere.url}/x_202403.csv`)
      return csv(path.includes('01') ? '1' : '2')
    })
    const first = await readAll(reader(page(server)), null, { http })
    expect(codes(first)).toEqual(['1', '2'])
    expect(elsewhere.asked).toEqual([])
    expect(server.asked.find(({ method, path }) => method === 'GET' && path === '/x_202401.csv')?.query.get('b')).toBe(
      '2',
    )
    server.asked.splice(0)
    const watermark = upTo(first)
    expect((await readAll(reader(page(server)), null, { watermark, http })).pages).toEqual([])
    expect(server.asked.filter(({ method }) => method === 'GET').map(({ path }) => path)).toEqual(['/drops/'])
    modified = 'Tue, 02 Jan 2024 00:00:00 GMT'
    expect((await readAll(reader(page(server)), null, { watermark, http })).pages).toEqual([])
  })

  it('compares contents where the server says no times, and knows no HEAD', async () => {
    let rows = ['1']
    const server = await start(({ method, path }, response) => {
      if (method === 'HEAD') response.statusCode = 405
      return path === '/drops/' ? index('x_202401.csv') : csv(...rows)
    })
    const first = await readAll(reader(page(server)), null, { http })
    expect(codes(first)).toEqual(['1'])
    expect((await readAll(reader(page(server)), null, { watermark: upTo(first), http })).pages).toEqual([])
    rows = ['1', '2']
    expect(codes(await readAll(reader(page(server)), null, { watermark: upTo(first), http }))).toEqual(['1', '2'])
  })

  it('reads a JSON listing with names, sizes and times', async () => {
    const server = await start(({ path, headers }) => {
      if (headers['x-key'] !== 'k') return 'no'
      const files = [{ link: 'f/1', title: 'tháng/x_202401.csv', size: 5, at: 'x' }]
      return path === '/drops' ? { data: { files } } : csv('1')
    })
    const place = listing({
      url: `${server.url}/drops`,
      headers: { 'x-key': 'k' },
      links: { in: 'json', records: 'data.files', url: 'link', name: 'title', changes: ['size', 'at'] },
    })
    const first = await readAll(reader(place), null, { http })
    expect(codes(first)).toEqual(['1'])
    expect(server.asked.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /drops',
      'GET /drops',
      'GET /f/1',
    ])
    expect((await readAll(reader(place), null, { watermark: upTo(first), http })).pages).toEqual([])
  })

  it('refuses by name what is too large or gone; a file that comes in two attempts is whole', async () => {
    let tries = 0
    const server = await start(({ method, path }, response) => {
      if (path === '/drops/') return index('x_202401.csv', 'x_202402.csv', 'x_202403.csv')
      if (method === 'HEAD') return ''
      if (path.endsWith('01.csv')) return 'y'.repeat((1 << 20) + 1)
      if (path.endsWith('02.csv')) {
        response.statusCode = 404
        return ''
      }
      if (tries++ === 0) {
        response.writeHead(200, { 'content-length': '1000' }).write(csv('half', 'of', 'it', 'is', 'longer'))
        setTimeout(() => response.destroy(), 20)
        return undefined
      }
      return csv('3')
    })
    const result = await readAll(reader(page(server)), null, { http })
    expect(codes(result)).toEqual(['3'])
    expect(whyOf(result)).toBe(
      'refused: x_202401.csv: it has more than the limit of 1048576 bytes; x_202402.csv: it was taken away while it was read',
    )
    expect(copies()).toEqual([])
  })

  it('says what is no listing', async () => {
    const server = await start(({ path }) => (path === '/json' ? { files: 1 } : 'moved'))
    await expect(readAll(reader(page(server)), null, { http })).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE' })
    const json = listing({ url: `${server.url}/json`, links: { in: 'json', records: 'files', url: 'u' } })
    await expect(readAll(reader(json), null, { http })).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE' })
  })
})

it('removes what a killed process left behind', async () => {
  // no process has that id: the largest is 4,194,304
  const left = join(tmpdir(), 'ioc-feed-copy-99999999-aaaaaa')
  mkdirSync(left, { recursive: true })
  put('x_202401.csv', csv('1'))
  const server = await startSftp(folder, { password: 'p' })
  ends.push(server.close)
  const { port, hostKey } = server
  await readAll(reader(sftp({ host: '127.0.0.1', port, user: 'ioc', password: 'p', hostKey, folder: '/' })), null)
  expect(() => statSync(left)).toThrow('ENOENT')
})
