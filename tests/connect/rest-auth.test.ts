import { describe, expect, test } from 'vitest'
import { oauth2ClientCredentials, rest, session } from '../../src/connect/index.ts'
import { contextOf, drain } from '../support/loopback.ts'
import { type Config, declared, rows, server } from './rest-server.ts'

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
