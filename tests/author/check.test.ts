import { createServer, type Server } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { checkSource } from '../../src/author/check.ts'
import { type Asked, type Loopback, serve } from '../support/loopback.ts'
import { type AuthorHome, ID, instance, makeAuthorHome, NAME, PASSWORD, record } from './author-home.ts'

let server: Loopback
let home: AuthorHome
let answer: (asked: Asked, response: Parameters<Parameters<typeof serve>[0]>[1]) => unknown
const rows = [1, 2, 3].map((n) => record(n))
const paged = ({ query }: Asked, all: readonly unknown[] = rows) => {
  const [page, size] = [Number(query.get('page')), Number(query.get('size'))]
  return { total: all.length, data: all.slice((page - 1) * size, page * size) }
}
beforeAll(async () => {
  server = await serve((asked, response) => answer(asked, response))
  home = makeAuthorHome(server.url)
})
beforeEach(() => {
  answer = (asked) => paged(asked)
  server.asked.splice(0)
  pointTo(server.url)
})
afterAll(async () => {
  home.remove()
  await server.close()
})

const check = (stream?: string) => checkSource(home.deps(), home.source(), stream)
const pointTo = (url: string) => home.put('connectors/made-up/sources.json', { sources: [instance(url)] })
const states = async () => {
  const { steps, streams, exit } = await check('dossier')
  const all = [...steps, ...streams.flatMap((one) => one.steps)]
  return {
    exit,
    ...Object.fromEntries(all.map(({ step, state }) => [step, state])),
    why: all.find(({ error }) => error),
  }
}

describe('a source that is in order', () => {
  it('passes every step, reads one record of one small page per stream, and stores nothing', async () => {
    const checked = await check()
    expect(checked.exit).toBe(0)
    expect(checked.steps.map(({ step, state }) => [step, state])).toEqual([
      ['dns', 'not-needed'],
      ['route', 'passed'],
      ['proxy', 'not-needed'],
      ['tls', 'not-needed'],
      ['login', 'passed'],
    ])
    expect(checked.streams.map(({ stream }) => stream)).toEqual(['dossier', 'other'])
    expect(checked.streams[0]?.steps.map(({ state }) => state)).toEqual(['passed', 'passed'])
    expect(server.asked.map(({ path, query }) => [path, query.get('size')])).toEqual([
      ['/dossier', '1'],
      ['/other', '1'],
    ])
    expect(checked.streams[0]?.guarantees).toHaveLength(7)
  })

  it('says of persons the verdicts, of unknown fields the names', async () => {
    answer = (asked) => paged(asked, [record(1, { DiaChi: '12 Trần Phú', Ghi: { chu: NAME } })])
    const { streams } = await check('dossier')
    expect(streams[0]?.record).toEqual({
      fields: 9,
      unknown: ['DiaChi', 'Ghi'],
      persons: [
        { field: 'ChuHoSo', verdict: 'present' },
        { field: 'GiayTo[]/So', verdict: 'valid' },
      ],
      reasons: [],
    })
    const said = JSON.stringify(streams)
    for (const secret of [NAME, ID, 'Trần Phú', PASSWORD]) expect(said).not.toContain(secret)
  })

  it('warns of a record that would be set aside, with its reason', async () => {
    answer = (asked) => paged(asked, [record(1, { TrangThai: '7' })])
    const { exit, streams } = await check('dossier')
    expect(exit).toBe(0)
    expect(streams[0]?.steps[1]).toMatchObject({
      state: 'warned',
      says: [{ word: 'data-set-aside', params: { reasons: '/TrangThai enum (one of 1, 4, 9)' } }],
    })
  })

  it('warns where the clock of the source is another one', async () => {
    answer = (asked, response) => {
      response.setHeader('date', new Date(Date.now() + 600_000).toUTCString())
      return paged(asked)
    }
    const { clock } = await check('dossier')
    expect(clock.state).toBe('warned')
    expect(Math.round((clock.skew ?? 0) / 10_000)).toBe(60)
  })
})

describe('what fails is told by its step, and what follows is not reached', () => {
  const blocked = (...steps: string[]) => Object.fromEntries(steps.map((step) => [step, 'not-reached']))

  it('dns', async () => {
    pointTo('http://no-such-host.invalid')
    expect(await states()).toMatchObject({
      exit: 4,
      dns: 'failed',
      ...blocked('route', 'proxy', 'tls', 'login', 'permission', 'data'),
      why: { error: { code: 'SOURCE_UNREACHABLE' } },
    })
  })

  it('route', async () => {
    const closed = await serve(() => '')
    await closed.close()
    pointTo(closed.url)
    expect(await states()).toMatchObject({ exit: 4, route: 'failed', ...blocked('login', 'permission', 'data') })
  })

  it('tls, of a server that speaks none', async () => {
    pointTo(server.url.replace('http:', 'https:'))
    expect(await states()).toMatchObject({ exit: 4, route: 'passed', tls: 'failed', ...blocked('login', 'data') })
  })

  it.each([
    [401, 3, { tls: 'not-needed', login: 'failed', permission: 'not-reached', data: 'not-reached' }],
    [403, 3, { login: 'passed', permission: 'failed', data: 'not-reached' }],
    [404, 4, { login: 'passed', permission: 'passed', data: 'failed' }],
    [500, 4, { login: 'passed', permission: 'passed', data: 'failed' }],
  ])('an answer of %i', async (status, exit, expected) => {
    answer = (_, response) => void response.writeHead(status).end('{}')
    expect(await states()).toMatchObject({ exit, ...expected })
    // it asks once: a check is no second load on a system that is unwell
    expect(server.asked).toHaveLength(1)
  })

  it.each([
    ['a web page', '<html>log in</html>'],
    ['an error in a 200', { error: 'no' }],
  ])('data: %s', async (_, given) => {
    answer = () => given
    expect(await states()).toMatchObject({ exit: 4, permission: 'passed', data: 'failed' })
  })

  it('a connection that is closed without a word', async () => {
    const rude: Server = createServer((socket) => socket.destroy())
    await new Promise<void>((resolve) => rude.listen(0, '127.0.0.1', resolve))
    const { port } = rude.address() as { port: number }
    pointTo(`http://127.0.0.1:${port}`)
    expect(await states()).toMatchObject({ exit: 4, route: 'failed', ...blocked('login', 'data') })
    await new Promise((resolve) => rude.close(resolve))
  })

  it('what is wrong in the configuration ends it before anything is asked', async () => {
    home.put('connectors/made-up/sources.json', {
      sources: [{ ...instance(server.url), settings: { url: server.url, user: 'x' } }],
    })
    await expect(check()).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
    expect(server.asked).toEqual([])
  })
})
