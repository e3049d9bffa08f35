/** Every kind of paging on a real server, and what servers do wrong with it. */
import { afterEach, describe, expect, test } from 'vitest'
import {
  type Keyset,
  type Link,
  type Offset,
  type Paging,
  queryKey,
  type RestDeclaration,
  rest,
  type Token,
} from '../../src/connect/index.ts'
import type { Answered } from '../../src/connect/rest-ask.ts'
import { readByChain } from '../../src/connect/rest-chain.ts'
import { linkWith } from '../../src/connect/rest-next.ts'
import type { Asking } from '../../src/connect/rest-request.ts'
import { type Asked, contextOf, drain } from '../support/loopback.ts'
import { type Config, closeServers, declared, idsOf, paging, rows, server } from './rest-server.ts'

afterEach(closeServers)

const reading = (kind: Paging, change: Partial<RestDeclaration<Config>> = {}) =>
  rest(declared({ paging: kind, ...change }))
const size = { parameter: 'size', rows: 4 }
const token: Token = { kind: 'token', next: 'next', parameter: 'token', maxPages: 50 }
const link: Link = { kind: 'link', maxPages: 50 }
const offset: Offset = { kind: 'offset', parameter: 'skip', size, total: 'total', maxPages: 50, seams: 'probe' }
const keyset: Keyset = { kind: 'keyset', parameter: 'after', field: 'id', size, starts: 'after', maxPages: 50 }

type Row = { id: string }
/** One server that speaks every kind over `list`. */
const speaking = (list: () => Row[], limit = 4) =>
  server(({ query, headers }, response) => {
    const at = Number(query.get('token') ?? query.get('skip') ?? query.get('start') ?? 0)
    const from = query.get('from')
    const after = query.get('after')
    const all = list()
    const count = Math.min(limit, Number(query.get('size') ?? limit))
    const begin =
      after !== null
        ? all.findIndex(({ id }) => id > after)
        : from !== null
          ? all.findIndex(({ id }) => id >= from)
          : at
    const data = begin < 0 ? [] : all.slice(begin, begin + count)
    const next = at + count < all.length ? String(at + count) : null
    if (next !== null) {
      const key = query.get('key')
      response.setHeader(
        'link',
        `</one,two>; rel="first", <?start=${next}&size=${count}${key ? `&key=${key}` : ''}>; title="a, b"; rel=next`,
      )
      response.setHeader('x-next', next)
    }
    response.setHeader('x-total', all.length)
    return {
      total: all.length,
      next,
      more: next !== null,
      href: next && `http://${headers.host}/list?start=${next}&size=${count}`,
      data,
    }
  })
const kinds: [string, Paging, string][] = [
  ['offset', offset, 'number'],
  ['offset without total', (({ total: _, ...rest }) => rest)(offset), 'number'],
  ['page from 0', { ...paging, from: 0 }, 'number'],
  ['token in the body', token, 'token'],
  ['token with more and a total in a header', { ...token, more: 'more', total: { header: 'X-Total' } }, 'token'],
  ['token in a header', { ...token, next: { header: 'X-Next' } }, 'token'],
  ['Link header', link, 'token'],
  ['link in the body', { ...link, next: 'href', total: 'total' }, 'token'],
  ['keyset', keyset, 'keyset'],
  ['keyset from the value on', { ...keyset, parameter: 'from', starts: 'at' }, 'keyset'],
]

describe.each(kinds.filter(([, { kind }]) => kind !== 'page-number'))('%s', (_, kind, by) => {
  test.each([0, 1, 4, 5, 8, 9])('%i rows come once each and are complete', async (count) => {
    const { url } = await speaking(() => rows(count))
    const { records, completeness } = await drain(reading(kind), contextOf({ url }))
    expect(idsOf(records)).toEqual(idsOf(rows(count)))
    if (!('starts' in kind && kind.starts === 'at')) expect(records).toHaveLength(count)
    expect(completeness).toMatchObject({ enumerated: 'everything', by })
  })

  test('a server with a smaller limit of its own is read to the end', async () => {
    const { url } = await speaking(() => rows(11), 3)
    const { records, completeness } = await drain(reading(kind), contextOf({ url }))
    expect(idsOf(records)).toHaveLength(11)
    expect(completeness).toMatchObject({ enumerated: 'everything' })
  })

  test('killed half-way it goes on behind the last landed page', async () => {
    const { url, asked } = await speaking(() => rows(12))
    const first = await drain(reading(kind), contextOf({ url }), 2)
    expect(JSON.stringify(first.resume).length).toBeLessThan(1_000)
    asked.length = 0
    const { records, completeness } = await drain(reading(kind), contextOf({ url }, { resume: first.resume }))
    expect(idsOf([...first.records, ...records])).toHaveLength(12)
    expect(records.length).toBeLessThan(9)
    expect(completeness).toMatchObject({ enumerated: 'everything', by })
  })

  test('a cap on pages is incomplete, never a success', async () => {
    const { url } = await speaking(() => rows(100))
    const { completeness } = await drain(reading({ ...kind, maxPages: 3 } as Paging), contextOf({ url }))
    expect(completeness).toMatchObject({ enumerated: 'incomplete', why: expect.stringContaining('raise maxPages') })
  })
})

test('pages are counted from 0 where the vendor does', async () => {
  const { url, asked } = await server(({ query }) => {
    const [page, count] = [Number(query.get('page')), Number(query.get('size'))]
    return { total: 9, data: rows(9).slice(page * count, (page + 1) * count) }
  })
  const { records } = await drain(reading({ ...paging, from: 0 }), contextOf({ url }))
  expect(records).toEqual(rows(9))
  expect(asked[0]?.query.get('page')).toBe('0')
})

describe('stuck paging', () => {
  const looping = async (kind: Paging, answer: (asked: Asked, call: number) => object) => {
    let calls = 0
    const { url } = await server((asked) => answer(asked, calls++))
    await expect(drain(reading(kind), contextOf({ url }))).rejects.toMatchObject({ code: 'PAGINATION_LOOP' })
    expect(calls).toBeLessThan(60)
  }
  test('the same token again', () => looping(token, (_, call) => ({ next: 'x', data: [{ id: `r${call}` }] })))
  test('tokens A, B, A, B', () => looping(token, (_, call) => ({ next: 'ab'[call % 2], data: [{ id: `r${call}` }] })))
  test('the same page under ever new tokens', () => looping(token, (_, call) => ({ next: `t${call}`, data: rows(4) })))
  test('more for ever, and nothing comes', () =>
    looping({ ...token, more: 'more' }, (_, call) => ({ more: true, next: `t${call}`, data: [] })))
  test('a link to itself', () => looping({ ...link, next: 'href' }, () => ({ href: '/list?a=1', data: rows(2) })))
  test('links A, B, A, B', () =>
    looping({ ...link, next: 'href' }, (_, call) => ({ href: `/list?p=${call % 2}`, data: [{ id: `r${call}` }] })))
  test('an offset that is not looked at', () =>
    looping({ ...offset, total: 'total' }, () => ({ total: 99, data: rows(4) })))
  test('a keyset value that is not looked at', () => looping(keyset, () => ({ data: rows(4) })))
  test('an offset that is not looked at, and no total', () =>
    looping((({ total: _, ...rest }) => ({ ...rest, seams: 'stable' as const }))(offset), () => ({ data: rows(4) })))
})

test.each<[string, Token | Link | Keyset]>([
  ['token', { ...token, maxPages: 6_000 }],
  ['link', { ...link, next: 'next', maxPages: 6_000 }],
  ['keyset', { ...keyset, maxPages: 6_000 }],
])('a genuine source of 5,000 pages by %s', async (_, kind) => {
  const list = Array.from({ length: 5_000 }, (_, i) => ({ id: String(i).padStart(5, '0') }))
  // without HTTP in between: ten thousand requests would only measure this machine
  const ask = async ({ query = {}, next }: Asking): Promise<Answered> => {
    const linked = next === undefined ? undefined : Number(new URL(next).searchParams.get('at'))
    const at = linked ?? Number(query.token ?? Number(query.after ?? -1) + 1)
    const following = kind.kind === 'link' ? `?at=${at + 1}` : String(at + 1)
    const body = { next: at + 1 < 5_000 ? following : null }
    const said = { headers: {}, address: 'http://made-up/', undecodable: [], damaged: false, place: 'made-up' }
    return { ...said, body, records: list.slice(at, at + 1), serverTime: 0 }
  }
  const start = { source: 'made-up', key: ['id'], resume: null, since: null, incremental: false, address: '' }
  const pages = readByChain(kind, ask, start, [])
  let came = 0
  let next = await pages.next()
  for (; !next.done; next = await pages.next()) came += next.value.records.length
  expect(came).toBe(5_000)
  expect(next.value).toMatchObject({ enumerated: 'everything' })
})

describe('what a kind cannot prove', () => {
  test('a total that is not reached', async () => {
    const { url } = await server(({ query }) => ({
      total: 9,
      next: query.has('token') ? null : 'b',
      data: rows(query.has('token') ? 3 : 4).slice(-3),
    }))
    const { completeness } = await drain(reading({ ...token, total: 'total' }), contextOf({ url }))
    expect(completeness).toMatchObject({ enumerated: 'incomplete', why: expect.stringContaining('of 9') })
  })

  test('more is said to follow, without a token', async () => {
    const { url } = await server(() => ({ more: true, next: null, data: rows(4) }))
    const { completeness } = await drain(reading({ ...token, more: 'more' }), contextOf({ url }))
    expect(completeness).toMatchObject({ enumerated: 'incomplete' })
  })

  test.each([
    ['rows that share a value behind the end of a page', keyset, () => [{ id: 'a' }, { id: 'b' }, { id: 'b' }]],
    [
      'rows out of order',
      { ...keyset, field: 'n' },
      () => [
        { id: 'a', n: 3 },
        { id: 'b', n: 1 },
      ],
    ],
    [
      'a page without any value',
      { ...keyset, field: 'n' },
      () => [
        { id: 'a', n: null },
        { id: 'b', n: null },
      ],
    ],
  ] as const)('keyset: %s is incomplete, and what came is kept', async (_, kind, data) => {
    const { url } = await server(({ query }) => ({ data: query.has('after') ? [] : data() }))
    const { records, completeness } = await drain(reading(kind), contextOf({ url }))
    expect(records).toHaveLength(data().length)
    expect(completeness).toMatchObject({ enumerated: 'incomplete' })
  })

  test('keyset from the value on: more rows than a page share one', async () => {
    const { url } = await server(({ query }) => ({
      data: [1, 2, 3, 4].map((n) => ({ id: `r${n}`, day: 'd' })).slice(0, Number(query.get('size'))),
    }))
    const { completeness } = await drain(reading({ ...keyset, field: 'day', starts: 'at' }), contextOf({ url }))
    expect(completeness).toMatchObject({ enumerated: 'incomplete', why: expect.stringContaining('share one day') })
  })

  test('seams that are trusted without a total are refused when the connector loads', () => {
    const { total: _, ...blind } = offset
    expect(() => reading({ ...blind, seams: 'trust' })).toThrow(/needs a total/)
  })

  test('offset: rows that slip over a seam are found again', async () => {
    let list = rows(12)
    let calls = 0
    const { url } = await server(({ query }) => {
      if (calls++ === 1) list = list.slice(2)
      const at = Number(query.get('skip'))
      return { total: list.length, data: list.slice(at, at + Number(query.get('size'))) }
    })
    const { records } = await drain(reading(offset), contextOf({ url }))
    expect(idsOf(records)).toEqual(idsOf(rows(12)))
  })
})

test.each<[string, Paging]>([
  ['offset', { ...offset, seams: 'stable' }],
  ['token', { ...token, total: 'total' }],
  ['keyset', { ...keyset, total: 'total' }],
])('%s: an empty page in the middle that counts 0 is not the end', async (_, kind) => {
  const { url } = await server(({ query }) => {
    const at = Number(query.get('token') ?? query.get('skip') ?? query.get('after')?.slice(1) ?? 0)
    if (at === 4) return { total: 0, next: null, data: [] }
    return { total: 12, next: String(at + 4), data: rows(12).slice(at, at + 4) }
  })
  const { completeness } = await drain(reading(kind), contextOf({ url }))
  expect(completeness).toMatchObject({ enumerated: 'incomplete', why: expect.stringContaining('12 at one time and 0') })
})

describe('links', () => {
  test.each([
    ['<https://a/b?x=1>; rel="next"', 'https://a/b?x=1'],
    ['<a>; rel=prev, <b,c;d>;title="x, <y>; rel=next";REL="last NEXT"', 'b,c;d'],
    ['<a>; rel="prev"', null],
    ['', null],
    ['<a>; title="rel=next"', null],
  ])('%s', (header, target) => expect(linkWith('next', header)).toBe(target))

  test('to another host carry nobody there', async () => {
    const other = await speaking(() => rows(4))
    const { url } = await server(() => ({ href: `${other.url}/list`, data: rows(1) }))
    await expect(drain(reading({ ...link, next: 'href' }), contextOf({ url }))).rejects.toMatchObject({
      code: 'SOURCE_ANSWERED_ERROR',
    })
    expect(other.asked).toHaveLength(0)
  })

  test('with a key in them are kept without it', async () => {
    const { url, asked } = await speaking(() => rows(12))
    const read = reading(link, { auth: queryKey({ name: 'key', value: () => 's3cret' }) })
    const { resume } = await drain(read, contextOf({ url }), 1)
    expect(JSON.stringify(resume)).toContain('start=4')
    expect(JSON.stringify(resume)).not.toContain('s3cret')
    await drain(read, contextOf({ url }, { resume }))
    expect(asked.every(({ query }) => query.get('key') === 's3cret')).toBe(true)
  })
})

test('a link that was kept before the system moved is not followed with the key', async () => {
  const before = await server(() => ({ data: rows(1) }))
  const { url, asked } = await server(() => ({ data: rows(1) }))
  const next = `${before.url}/list?start=4`
  const resume = { next, pages: 1, rows: 4, least: null, doubt: null, upTo: '2024-12-02T01:00:00.000Z', since: null }
  const { records } = await drain(reading(link), contextOf({ url }, { resume }))
  expect([before.asked.length, asked.length, records.length]).toEqual([0, 1, 1])
})

test('a token that the server has forgotten since the last run: the read begins again', async () => {
  const { url } = await server(({ query }, response) => {
    if (query.get('token') === 'old') {
      response.statusCode = 410
      return {}
    }
    return { next: query.has('token') ? null : 'new', data: query.has('token') ? rows(8).slice(4) : rows(4) }
  })
  const resume = {
    next: 'old',
    pages: 1,
    rows: 4,
    least: null,
    doubt: null,
    upTo: '2024-12-01T00:00:00.000Z',
    since: null,
  }
  const { records, completeness } = await drain(reading(token), contextOf({ url }, { resume }))
  expect(records).toEqual(rows(8))
  expect(completeness).toMatchObject({ enumerated: 'everything' })
})

test('paging in a body: numbers as numbers, names that reach inside, other fields kept', async () => {
  const { url, asked } = await server(({ body }) => {
    const { page } = JSON.parse(body) as { page: { index: number; size: number } }
    return { total: 6, data: rows(6).slice((page.index - 1) * page.size, page.index * page.size) }
  })
  const request = { path: '/search', body: { unit: 'H53', page: { sort: 'id' } } }
  const inBody = { ...paging, in: 'body', parameter: 'page.index', size: { parameter: 'page.size', rows: 4 } } as const
  const { records } = await drain(reading(inBody, { request }), contextOf({ url }))
  expect(records).toEqual(rows(6))
  expect(asked[0]).toMatchObject({ method: 'POST', path: '/search' })
  expect(JSON.parse(asked[0]?.body ?? '')).toEqual({ unit: 'H53', page: { sort: 'id', index: 1, size: 4 } })
  const form = await server(({ body }) => ({ total: 1, data: rows(1), body }))
  await drain(
    reading({ ...paging, in: 'body' }, { request: { path: '/f', form: { a: 'b c' } } }),
    contextOf({ url: form.url }),
  )
  expect(form.asked[0]?.body).toBe('a=b+c&page=1&size=4')
})
