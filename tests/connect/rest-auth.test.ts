import { afterEach, describe, expect, test } from 'vitest'
import {
  AUTH_KINDS,
  type Auth,
  basic,
  bearer,
  headerKey,
  lgspAccessToken,
  noAuth,
  oauth2ClientCredentials,
  queryKey,
  rest,
  session,
} from '../../src/connect/index.ts'
import { PipelineError } from '../../src/errors.ts'
import { type Asked, contextOf, drain, STREAM } from '../support/loopback.ts'
import { type Config, closeServers, declared, paging, rows, server } from './rest-server.ts'

afterEach(closeServers)

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

describe('what is the same on every request', () => {
  const SECRET = 'khóa s@c:ret/%'
  const ascii = 's@c:ret/%'
  test.each<[string, Auth<Config>, (asked: Asked) => boolean]>([
    ['none', noAuth(), ({ headers }) => headers.authorization === undefined],
    [
      'header-key',
      headerKey({ name: 'X-Api-Key', value: () => ascii }),
      ({ headers }) => headers['x-api-key'] === ascii,
    ],
    ['query-key', queryKey({ name: 'key', value: () => SECRET }), ({ query }) => query.get('key') === SECRET],
    [
      'basic',
      basic({ credentials: () => ({ user: 'ioc', password: SECRET }) }),
      ({ headers }) =>
        Buffer.from(headers.authorization?.replace(/^Basic /, '') ?? '', 'base64').toString() === `ioc:${SECRET}`,
    ],
    ['bearer', bearer({ token: () => ascii }), ({ headers }) => headers.authorization === `Bearer ${ascii}`],
  ])('%s: each page has it; without it nothing comes, and nobody asks twice', async (kind, auth, allowed) => {
    const list = rows(6)
    const { url, asked } = await server((call, response) => {
      if (allowed(call)) {
        const [page, size] = [Number(call.query.get('page')), Number(call.query.get('size'))]
        return { total: 6, data: list.slice((page - 1) * size, page * size) }
      }
      response.statusCode = 401
      return {}
    })
    expect(auth.kind).toBe(kind)
    expect((await drain(rest(declared({ auth })), contextOf({ url }))).records).toEqual(list)
    if (kind === 'none') return
    asked.length = 0
    const refused = drain(rest(declared({ auth: noAuth() })), contextOf({ url }))
    await expect(refused).rejects.toMatchObject({ code: 'SOURCE_UNAUTHORIZED', params: { fault: 'login' } })
    expect(asked).toHaveLength(1)
  })

  test('every kind has a builder', () => {
    const credentials = () => ({ id: '', secret: '' })
    const builders = [
      noAuth(),
      headerKey({ name: '', value: () => '' }),
      queryKey({ name: '', value: () => '' }),
      basic({ credentials: () => ({ user: '', password: '' }) }),
      bearer({ token: () => '' }),
      oauth2ClientCredentials({ path: '', send: 'body', credentials }),
      session({ login: () => ({ path: '' }), at: '', as: '', refused: () => undefined, expired: () => false }),
      lgspAccessToken({ path: '', keys: () => ({ AccessKey: '', SecretKey: '', AppName: '' }) }),
    ]
    expect(builders.map(({ kind }) => kind)).toEqual(AUTH_KINDS)
  })
})

test('the provincial platform: keys in a header on the token request and, beside the token, on every call', async () => {
  const keys = { AccessKey: 'a', SecretKey: 'tối mật', AppName: 'ioc', PartnerCode: 'p', PartnerCodeCus: 'c' }
  const { url, asked } = await server(({ path, headers, body }, response) => {
    const header = String(headers.lgspaccesstoken ?? '')
    const given = JSON.parse(Buffer.from(header, 'base64').toString() || '{}') as object
    const known = JSON.stringify(given) === JSON.stringify(keys)
    if (known && path === '/token' && body === 'grant_type=client_credentials') return { access_token: 'lgsp-1' }
    if (known && headers.authorization === 'Bearer lgsp-1') return { total: 1, data: rows(1) }
    response.statusCode = 401
    return {}
  })
  const auth = lgspAccessToken<Config>({ path: '/token', keys: () => keys })
  expect((await drain(rest(declared({ auth })), contextOf({ url }))).records).toEqual(rows(1))
  expect(asked.map(({ path }) => path)).toEqual(['/token', '/list'])
  const wrong = lgspAccessToken<Config>({ path: '/token', keys: () => ({ ...keys, SecretKey: 'wrong' }) })
  await expect(drain(rest(declared({ auth: wrong })), contextOf({ url }))).rejects.toMatchObject({
    code: 'SOURCE_UNAUTHORIZED',
  })
})

describe('a token that ends while we read', () => {
  const auth = oauth2ClientCredentials<Config>({
    path: '/token',
    send: 'body',
    credentials: () => ({ id: 'ioc', secret: 's' }),
  })

  test('between two tries of one page: renewed, and the tries begin again', async () => {
    let token = 0
    let calls = 0
    const { url, asked } = await server(({ path, headers }, response) => {
      if (path === '/token') return { access_token: `t${++token}` }
      calls += 1
      // 503, 503, then the token is over, then 503 again, then the page
      response.statusCode = calls === 3 ? 401 : calls < 5 ? 503 : 200
      if (calls === 5) return { total: 1, data: rows(1), was: headers.authorization }
      return {}
    })
    expect((await drain(rest(declared({ auth })), contextOf({ url }))).records).toEqual(rows(1))
    expect(asked.filter(({ path }) => path === '/token')).toHaveLength(2)
    expect(asked.at(-1)?.headers.authorization).toBe('Bearer t2')
  })

  test('by its own time: renewed before it ends, without a refused request', async () => {
    let token = 0
    const { url, asked } = await server(({ path, query }) => {
      if (path === '/token') return { access_token: `t${++token}`, expires_in: 0.000001 }
      const page = Number(query.get('page'))
      return { total: 8, data: rows(8).slice((page - 1) * 4, page * 4) }
    })
    const { records } = await drain(rest(declared({ auth, paging: { ...paging, seams: 'trust' } })), contextOf({ url }))
    expect(records).toEqual(rows(8))
    expect(asked.filter(({ path }) => path === '/token').length).toBeGreaterThan(1)
  })

  test('many requests at once: one renewal', async () => {
    let token = 0
    const { url, asked } = await server(({ path, headers }, response) => {
      if (path === '/token') return { access_token: `t${++token}` }
      if (path === '/list') return { total: 0, data: [] }
      if (headers.authorization === `Bearer t${token}` && token > 1) return { data: rows(1) }
      response.statusCode = 401
      return {}
    })
    const waiting = Array.from({ length: 40 }, (_, i) => ({ key: [`r${i}`], received: Number.NEGATIVE_INFINITY }))
    async function* unfinished() {
      yield* waiting
    }
    const stream = { ...STREAM, cursor: { from: 'server-clock', lookback: 'PT0S' } } as const
    const since = { parameter: 'since', zone: 'UTC', write: () => 'x', first: () => undefined }
    await drain(
      rest(
        declared({
          auth,
          since,
          unfinished: { by: 'id', request: () => ({ path: '/one' }), records: 'data', together: 8 },
        }),
      ),
      contextOf({ url }, { stream, watermark: '2024-12-02T01:00:00Z', unfinished }),
    )
    expect(asked.filter(({ path }) => path === '/token')).toHaveLength(2)
    expect(asked.filter(({ path }) => path === '/one').length).toBeGreaterThanOrEqual(40)
  })

  test('no secret stands in an error', async () => {
    const { url } = await server((_, response) => {
      response.statusCode = 400
      return { error: 'no client s3cr3t-value here' }
    })
    const own = oauth2ClientCredentials<Config>({
      path: '/token',
      send: 'body',
      credentials: () => ({ id: 'ioc', secret: 's3cr3t-value' }),
    })
    const error = await drain(rest(declared({ auth: own })), contextOf({ url })).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(PipelineError)
    expect(String(error)).not.toContain('s3cr3t')
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
      paging: { kind: 'none' },
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
