import { afterEach, describe, expect, test } from 'vitest'
import {
  compactTime,
  noAuth,
  oauth2ClientCredentials,
  type PageNumber,
  type RestDeclaration,
  rest,
  session,
} from '../../src/connect/index.ts'
import { readByNumber } from '../../src/connect/rest-pages.ts'
import { type Asked, contextOf, drain, type Loopback, quickHttp, serve } from '../support/loopback.ts'

interface Config {
  url: string
}
const open: Loopback[] = []
const server = async (answer: Parameters<typeof serve>[0]) => {
  const one = await serve(answer)
  open.push(one)
  return one
}
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()))
})

const paging: PageNumber = {
  kind: 'page-number',
  parameter: 'page',
  size: { parameter: 'size', rows: 4 },
  total: 'total',
  maxPages: 50,
  key: ['id'],
  seams: 'probe',
}
const declared = (change: Partial<RestDeclaration<Config>> = {}): RestDeclaration<Config> => ({
  base: ({ url }) => url,
  auth: noAuth(),
  request: () => ({ path: '/list' }),
  guard: (body) => ((body as { error?: string }).error ? 'it says error' : undefined),
  records: 'data',
  paging,
  ...change,
})
const readPages = (change: Partial<PageNumber> = {}) => rest(declared({ paging: { ...paging, ...change } }))
const rows = (count: number) => Array.from({ length: count }, (_, i) => ({ id: `r${String(i + 1).padStart(3, '0')}` }))
const idsOf = (records: readonly Record<string, unknown>[]) =>
  [...new Set(records.map(({ id }) => String(id)))].toSorted()

/** Serves pages of `list()`, which may change between two requests; `before` sees each request for a page of rows. */
const paged = (list: () => { id: string }[], before: (page: number, asked: Asked) => void = () => {}) =>
  server((asked) => {
    const [page, size] = [Number(asked.query.get('page')), Number(asked.query.get('size'))]
    if (size > 1) before(page, asked)
    return { total: String(list().length), data: list().slice((page - 1) * size, page * size) }
  })

/** mulberry32 */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

const CHANGES = ['worked on', 'deleted', 'in front', 'behind'] as const
/** A server whose set changes by one row before some of its answers. */
function movingSet(kind: (typeof CHANGES)[number] | 'any', rate: number, random: () => number) {
  const list = rows(20 + Math.floor(random() * 100))
  const atStart = list.map(({ id }) => id)
  const touched = new Set<string>()
  let made = 0
  function change() {
    const how = kind === 'any' ? CHANGES[Math.floor(random() * CHANGES.length)] : kind
    const fresh = { id: `n${made++}` }
    if (how === 'in front') list.unshift(fresh)
    else if (how === 'behind') list.push(fresh)
    else {
      const [row] = list.splice(Math.floor(random() * list.length), 1)
      if (row) touched.add(row.id)
      if (row && how === 'worked on') list.push(row)
    }
  }
  return {
    stayed: () => atStart.filter((id) => !touched.has(id)),
    async ask(query: Readonly<Record<string, string>>) {
      if (random() < rate) change()
      const [page, size] = [Number(query.page), Number(query.size)]
      const records = list.slice((page - 1) * size, page * size)
      return { body: { total: list.length }, records, damaged: false, place: 'made-up', serverTime: 0 }
    },
  }
}

describe('pages by number', () => {
  test.each([0, 1, 3, 4, 5, 8, 9])('%i rows come once each and are complete', async (count) => {
    const { url } = await paged(() => rows(count))
    const { records, completeness } = await drain(readPages(), contextOf({ url }))
    expect(records).toEqual(rows(count))
    expect(completeness).toMatchObject({ enumerated: 'everything', by: 'number', total: count })
  })

  test('a server with a smaller limit of its own is read to the end', async () => {
    const { url } = await server(({ query }) => {
      const [page, size] = [Number(query.get('page')), Math.min(3, Number(query.get('size')))]
      return { total: 10, data: rows(10).slice((page - 1) * size, page * size) }
    })
    const { records, completeness } = await drain(readPages(), contextOf({ url }))
    expect(records).toEqual(rows(10))
    expect(completeness).toMatchObject({ enumerated: 'everything' })
  })

  test('a total that does not match is incomplete', async () => {
    const { url } = await server(({ query }) => ({ total: 9, data: query.get('page') === '1' ? rows(3) : [] }))
    const { records, completeness } = await drain(readPages(), contextOf({ url }))
    expect(idsOf(records)).toHaveLength(3)
    expect(completeness).toEqual({ enumerated: 'incomplete', why: '3 rows came of 9 that the source counts' })
    const more = await server(({ query }) => ({ total: 2, data: query.get('page') === '1' ? rows(3) : [] }))
    const result = await drain(readPages(), contextOf({ url: more.url }))
    expect(result.completeness).toMatchObject({ enumerated: 'incomplete' })
  })

  test('the same page again is a loop, and so is A, B, A, B', async () => {
    const always = await server(() => ({ total: 100, data: rows(4) }))
    await expect(drain(readPages(), contextOf({ url: always.url }))).rejects.toMatchObject({ code: 'PAGINATION_LOOP' })
    const turns = await server(({ query }) => {
      const odd = Number(query.get('page')) % 2 === 1
      return { total: 100, data: query.get('size') === '1' ? rows(1) : odd ? rows(4) : rows(8).slice(4) }
    })
    await expect(drain(readPages({ seams: 'trust' }), contextOf({ url: turns.url }))).rejects.toMatchObject({
      code: 'PAGINATION_LOOP',
    })
  })

  test('a server that gives the last page for all behind it is complete', async () => {
    const { url } = await server(({ query }) => {
      const [page, size] = [Number(query.get('page')), Number(query.get('size'))]
      const last = Math.ceil(8 / size)
      const shown = Math.min(page, last)
      return { total: 8, data: rows(8).slice((shown - 1) * size, shown * size) }
    })
    const { completeness, records } = await drain(readPages(), contextOf({ url }))
    expect(idsOf(records)).toHaveLength(8)
    expect(completeness).toMatchObject({ enumerated: 'everything' })
  })

  test('the page cap means incomplete; a set that just fits is complete', async () => {
    const { url } = await paged(() => rows(12))
    const capped = await drain(readPages({ maxPages: 2 }), contextOf({ url }))
    expect(capped.completeness).toEqual({
      enumerated: 'incomplete',
      why: 'the limit of 2 pages was reached at 8 of 12 rows; raise maxPages',
    })
    expect((await drain(readPages({ maxPages: 3 }), contextOf({ url }))).completeness).toMatchObject({ total: 12 })
  })

  test('rows for ever end at the cap', async () => {
    let made = 0
    const { url } = await server(({ query }) => ({
      total: 1_000_000,
      data: query.get('size') === '1' ? [] : Array.from({ length: 4 }, () => ({ id: `n${made++}` })),
    }))
    const { completeness } = await drain(readPages({ seams: 'trust' }), contextOf({ url }))
    expect(completeness).toMatchObject({ enumerated: 'incomplete' })
    expect(made).toBe(200)
  })

  test('a genuine long source is read', async () => {
    const { url } = await paged(() => many)
    const many = rows(800)
    const read = readPages({ maxPages: 2_000, size: { parameter: 'size', rows: 2 } })
    const { records, completeness } = await drain(read, contextOf({ url }))
    expect(records).toHaveLength(800)
    expect(completeness).toMatchObject({ total: 800 })
  })

  test('a total that is no number is unreadable', async () => {
    const { url } = await server(() => ({ data: rows(2) }))
    await expect(drain(readPages(), contextOf({ url }))).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE' })
  })
})

describe('rows that move between pages', () => {
  test('worked on, and so sorted to the end: none that stayed is lost', async () => {
    let list = rows(12)
    const { url } = await paged(
      () => list,
      (page) => {
        if (page === 2 && list[0]?.id === 'r001') list = [...list.slice(2), ...list.slice(0, 2)]
      },
    )
    const { records, completeness } = await drain(readPages(), contextOf({ url }))
    expect(idsOf(records)).toEqual(idsOf(rows(12)))
    expect(completeness).toMatchObject({ enumerated: 'everything' })
  })

  test('one deleted and one added, so that the total stays: none that stayed is lost', async () => {
    let list = rows(8)
    const { url } = await paged(
      () => list,
      (page) => {
        if (page === 2 && list[0]?.id === 'r001') list = [...list.slice(1), { id: 'r999' }]
      },
    )
    const { records } = await drain(readPages(), contextOf({ url }))
    expect(idsOf(records)).toEqual([...idsOf(rows(8)), 'r999'])
  })

  test('new rows in front make some come twice', async () => {
    let list = rows(12)
    const { url } = await paged(
      () => list,
      (page) => {
        if (page === 2) list = [{ id: `new${list.length}` }, ...list]
      },
    )
    const { records, completeness } = await drain(readPages(), contextOf({ url }))
    expect(idsOf(records)).toEqual(idsOf(rows(12)))
    expect(completeness).toMatchObject({ enumerated: 'everything' })
  })

  test('moving all the time: every row that stayed, or incomplete', async () => {
    for (const [count, worked] of [
      [40, 1],
      [40, 3],
      [40, 4],
      [23, 2],
      [9, 3],
    ] as const) {
      let list = rows(count)
      let moves = 0
      const { url } = await paged(
        () => list,
        (page) => {
          if (page > 1 && moves++ < 60) {
            const front = list.slice(0, worked).map(({ id }) => ({ id }))
            list = [...list.slice(worked), ...front]
          }
        },
      )
      const { records, completeness } = await drain(readPages(), contextOf({ url }))
      const everything = completeness?.enumerated === 'everything'
      expect(everything ? idsOf(records).length : count, `${count} rows, ${worked} moving`).toBe(count)
    }
  })

  test.each([
    ['worked on', 0.03, 0.99],
    ['deleted', 0.03, 0.99],
    ['in front', 0.03, 0.99],
    ['behind', 0.03, 0.99],
    ['any', 0.03, 0.9],
    ['any', 0.3, 0],
  ] as const)(
    'random changes (%s, at %d of requests): what is called complete has every row that stayed',
    async (kind, rate, least) => {
      const random = randomFrom(7)
      let complete = 0
      for (let run = 0; run < 300; run++) {
        const world = movingSet(kind, rate, random)
        const start = { source: 'made-up', resume: null, since: null, incremental: false }
        const reading = readByNumber({ ...paging, size: { parameter: 'size', rows: 12 } }, world.ask, start)
        const got = new Set<string>()
        let next = await reading.next()
        for (; !next.done; next = await reading.next())
          for (const record of next.value.records) got.add((record as { id: string }).id)
        if (next.value.enumerated === 'incomplete') continue
        complete += 1
        expect(world.stayed().filter((id) => !got.has(id))).toEqual([])
      }
      expect(complete / 300).toBeGreaterThanOrEqual(least)
    },
  )

  test('a server that cannot be probed: any change of the total is incomplete', async () => {
    let list = rows(8)
    const { url } = await paged(
      () => list,
      (page) => {
        if (page === 2) list = [...list, { id: 'r999' }]
      },
    )
    const { completeness } = await drain(readPages({ seams: 'trust' }), contextOf({ url }))
    expect(completeness).toMatchObject({ enumerated: 'incomplete' })
  })
})

describe('going on after a crash', () => {
  test('from the page after the last landed one', async () => {
    const { url, asked } = await paged(() => rows(12))
    const { resume } = await drain(readPages(), contextOf({ url }), 2)
    expect(JSON.stringify(resume).length).toBeLessThan(1_000)
    asked.length = 0
    const { records, completeness } = await drain(readPages(), contextOf({ url }, { resume }))
    expect(records).toEqual(rows(12).slice(8))
    expect(completeness).toMatchObject({ enumerated: 'everything', total: 12 })
  })

  test('from the start where rows have moved since', async () => {
    let list = rows(12)
    const { url } = await paged(() => list)
    const { resume } = await drain(readPages(), contextOf({ url }), 2)
    list = list.slice(1)
    const { records, completeness } = await drain(readPages(), contextOf({ url }, { resume }))
    expect(records).toEqual(list)
    expect(completeness).toMatchObject({ total: 11 })
  })

  test('the watermark is of the first read, not of the one that went on', async () => {
    let now = Date.UTC(2024, 11, 2, 1)
    const list = rows(12)
    const { url } = await server(({ query }, response) => {
      response.setHeader('x-sample-time', String(now))
      const [page, size] = [Number(query.get('page')), Number(query.get('size'))]
      return { total: 12, data: list.slice((page - 1) * size, page * size) }
    })
    const { resume } = await drain(readPages(), contextOf({ url }), 1)
    now += 3_600_000
    const { completeness } = await drain(readPages(), contextOf({ url }, { resume }))
    expect(completeness).toMatchObject({ upTo: '2024-12-02T01:00:00.000Z' })
  })
})

describe('what changed, by the server clock', () => {
  const since: RestDeclaration<Config>['since'] = {
    parameter: 'since',
    cursor: { from: 'server-clock', lookback: 'PT2H' },
    zone: 'Asia/Ho_Chi_Minh',
    write: compactTime,
    first: () => undefined,
  }
  const read = rest(declared({ since }))

  test('the first read leaves the parameter out and keeps the server time of the first answer', async () => {
    const { url, asked } = await server((_, response) => {
      response.setHeader('date', 'Mon, 02 Dec 2024 01:00:00 GMT')
      return { total: 1, data: rows(1) }
    })
    const { completeness } = await drain(read, contextOf({ url }))
    expect(completeness).toMatchObject({ enumerated: 'everything', upTo: '2024-12-02T01:00:00.000Z' })
    expect(asked[0]?.query.has('since')).toBe(false)
  })

  test('the next one asks from the watermark less the lookback, in the zone of the server', async () => {
    const { url, asked } = await server(() => ({ total: 1, data: rows(1) }))
    const watermark = '2024-12-02T01:00:00.000Z' // 08:00 in Hanoi
    const { completeness } = await drain(read, contextOf({ url }, { watermark }))
    expect(asked[0]?.query.get('since')).toBe('20241202060000')
    expect(completeness).toMatchObject({ enumerated: 'changes' })
    asked.length = 0
    await drain(read, contextOf({ url }, { watermark, full: true }))
    expect(asked[0]?.query.has('since')).toBe(false)
  })
})

describe('answers that are no answers', () => {
  const list = rest(declared({ paging: { kind: 'none', key: ['id'] } }))
  test.each([
    ['a failure with 200', () => ({ error: 'x' }), 'SOURCE_ANSWERED_ERROR'],
    ['a login page with 200', () => '<html>Đăng nhập</html>', 'SOURCE_UNREADABLE'],
    ['half a page', () => '{"data":[{"id":"1"', 'SOURCE_UNREADABLE'],
    ['no list', () => ({ data: null }), 'SOURCE_UNREADABLE'],
    ['another shape', () => ({ items: [] }), 'SOURCE_UNREADABLE'],
  ])('%s', async (_, answer, code) => {
    const { url } = await server(answer)
    await expect(drain(list, contextOf({ url }))).rejects.toMatchObject({ code })
  })

  test('a server that dribbles is stalled', async () => {
    const timers: NodeJS.Timeout[] = []
    const { url } = await server((_, response) => {
      timers.push(setInterval(() => response.write(' '), 20))
    })
    const { http } = quickHttp({ limits: { totalMs: 200 } })
    await expect(drain(list, contextOf({ url }, { http }))).rejects.toMatchObject({ code: 'SOURCE_STALLED' })
    for (const timer of timers) clearInterval(timer)
  })

  test('one object where a list is expected is a list of one', async () => {
    const { url } = await server(() => ({ data: { id: 'only' } }))
    expect((await drain(list, contextOf({ url }))).records).toEqual([{ id: 'only' }])
  })

  test('one record with bytes that are no UTF-8 is set aside, the others come', async () => {
    const { url } = await server((_, response) => {
      response.end(
        Buffer.concat([Buffer.from('{"data":[{"id":"a"},{"id":"b","t":"'), Buffer.from([0xb5]), Buffer.from('"}]}')]),
      )
    })
    const { records, undecodable } = await drain(list, contextOf({ url }))
    expect(records).toEqual([{ id: 'a' }])
    expect(undecodable).toMatchObject([{ place: 'record b', rule: 'encoding' }])
  })
})

describe('the whole list in one answer', () => {
  test('JSON text inside a field; a snapshot in pages of 1,000', async () => {
    const { url } = await server(() => ({ message: JSON.stringify({ result: rows(2_500) }) }))
    const read = rest(declared({ unwrap: 'message', records: 'result', paging: { kind: 'none', key: ['id'] } }))
    const { pages, records, completeness } = await drain(read, contextOf({ url }))
    expect(pages.map((page) => page.records.length)).toEqual([1000, 1000, 500])
    expect(records).toEqual(rows(2_500))
    expect(completeness).toMatchObject({ enumerated: 'everything', by: 'snapshot', total: 2_500 })
  })

  test('text that is no JSON, or no text, is unreadable', async () => {
    const read = rest(declared({ unwrap: 'message', records: 'result', paging: { kind: 'none', key: ['id'] } }))
    for (const message of ['{"result":[', { result: [] }]) {
      const { url } = await server(() => ({ message }))
      await expect(drain(read, contextOf({ url }))).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE' })
    }
  })
})

describe('OAuth 2 client credentials', () => {
  const auth = (send: 'basic' | 'body') =>
    oauth2ClientCredentials<Config>({ path: '/token', send, credentials: () => ({ id: 'ioc', secret: 's@c:ret/%' }) })
  const guarded = (valid: (token: number) => boolean) => {
    let token = 0
    return server(({ path, headers, body }, response) => {
      if (path === '/token') {
        const form = new URLSearchParams(body)
        const inBody = form.get('client_secret') === 's@c:ret/%'
        const [id, secret] = Buffer.from(headers.authorization?.slice(6) ?? '', 'base64')
          .toString()
          .split(':')
        const inHeader = id === 'ioc' && decodeURIComponent(secret ?? '') === 's@c:ret/%'
        if (inBody || inHeader) return { access_token: `t${++token}`, expires_in: 3600 }
        response.statusCode = 400
        return { error: 'invalid_client' }
      }
      if (headers.authorization === `Bearer t${token}` && valid(token)) return { total: 1, data: rows(1) }
      response.statusCode = 401
      return { error: 'invalid_token' }
    })
  }

  test.each(['basic', 'body'] as const)('id and secret in %s', async (send) => {
    const { url } = await guarded(() => true)
    expect((await drain(rest(declared({ auth: auth(send) })), contextOf({ url }))).records).toEqual(rows(1))
  })

  test('a token that is refused is renewed once', async () => {
    const { url, asked } = await guarded((token) => token > 1)
    expect((await drain(rest(declared({ auth: auth('body') })), contextOf({ url }))).records).toEqual(rows(1))
    expect(asked.filter(({ path }) => path === '/token')).toHaveLength(2)
    const never = await guarded(() => false)
    await expect(drain(rest(declared({ auth: auth('body') })), contextOf({ url: never.url }))).rejects.toMatchObject({
      code: 'SOURCE_UNAUTHORIZED',
    })
    expect(never.asked.filter(({ path }) => path === '/token')).toHaveLength(2)
  })

  test('a wrong secret is asked once only', async () => {
    const { url, asked } = await guarded(() => true)
    const wrong = oauth2ClientCredentials<Config>({
      path: '/token',
      send: 'body',
      credentials: () => ({ id: 'ioc', secret: 'wrong' }),
    })
    await expect(drain(rest(declared({ auth: wrong })), contextOf({ url }))).rejects.toMatchObject({
      code: 'SOURCE_UNAUTHORIZED',
    })
    expect(asked).toHaveLength(1)
  })
})

describe('a session', () => {
  const auth = session<Config>({
    login: () => ({ path: '/login', method: 'POST', body: { username: 'ioc' } }),
    at: 'session',
    as: 'session',
    refused: (body) => ((body as { code: number }).code === 0 ? undefined : 'refused'),
    expired: (body) => (body as { code?: number }).code === -1,
  })
  const read = rest(
    declared({
      auth,
      request: () => ({ path: '/share', method: 'POST', body: { service: 'x' } }),
      paging: { kind: 'none', key: ['id'] },
    }),
  )
  const guarded = (valid: (session: number) => boolean, code = 0) => {
    let sessions = 0
    return server(({ path, body }) => {
      if (path === '/login') return { code, session: `s${++sessions}` }
      const given = JSON.parse(body) as { session: string; service: string }
      return valid(sessions) && given.session === `s${sessions}` && given.service === 'x'
        ? { code: 0, data: rows(2) }
        : { code: -1 }
    })
  }

  test('stands in the body of each request; one that has ended inside 200 is renewed once', async () => {
    const { url, asked } = await guarded((sessions) => sessions > 1)
    expect((await drain(read, contextOf({ url }))).records).toEqual(rows(2))
    expect(asked.map(({ path }) => path)).toEqual(['/login', '/share', '/login', '/share'])
  })

  test('that never holds, or is refused, is unauthorized', async () => {
    const { url } = await guarded(() => false)
    await expect(drain(read, contextOf({ url }))).rejects.toMatchObject({ code: 'SOURCE_UNAUTHORIZED' })
    const refused = await guarded(() => true, -3)
    await expect(drain(read, contextOf({ url: refused.url }))).rejects.toMatchObject({ code: 'SOURCE_UNAUTHORIZED' })
    expect(refused.asked).toHaveLength(1)
  })
})
