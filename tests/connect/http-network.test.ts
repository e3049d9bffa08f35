/** The way to a source: certificates, proxies, faults by name. Everything is real and on this machine. */
import { createHash, X509Certificate } from 'node:crypto'
import { createServer } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Network } from '../../src/connect/network.ts'
import { PipelineError, twoLines } from '../../src/errors.ts'
import { type Loopback, quickHttp, serve } from '../support/loopback.ts'
import {
  type AskingProxy,
  type Certificates,
  certificatesFor,
  proxyWith,
  type Secure,
  serveSecure,
} from '../support/tls.ts'

let right: Awaited<ReturnType<typeof certificatesFor>>
let wrong: Certificates
let secure: Secure
let plain: Loopback
let proxy: AskingProxy
const PASSWORD = 'p@:/% w'

beforeAll(async () => {
  right = await certificatesFor('department.test')
  wrong = await certificatesFor('department.test')
  secure = await serveSecure({ cert: right.cert, key: right.key })
  plain = await serve(() => ({ ok: true }))
  proxy = await proxyWith('ioc', PASSWORD)
})
afterAll(() => Promise.all([secure.close(), plain.close(), proxy.close()]))

const open: { close(): void }[] = []
afterEach(() => {
  for (const one of open.splice(0)) one.close()
})
const httpWith = (network: Network, limits = {}) => {
  const quick = quickHttp({ network, limits })
  open.push(quick.http)
  return quick
}
const failure = async (network: Network, url: string, limits = {}) => {
  const { http, waits } = httpWith(network, limits)
  const error = await http.send({ url }).catch((reason: unknown) => reason)
  if (!(error instanceof PipelineError)) throw new Error(`no failure, but ${JSON.stringify(error)}`)
  return { code: error.code, fault: error.params.fault, said: twoLines(error, 'en'), tries: waits.length + 1 }
}
const pinOf = (certificate: string) =>
  createHash('sha256')
    .update(new X509Certificate(certificate).publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64')
const here = () => `https://127.0.0.1:${secure.port}/list`
const named = { servername: 'department.test' }

describe('certificates', () => {
  test('a private authority counts beside those of the system', async () => {
    const { http } = httpWith({ tls: { ...named, ca: right.ca } })
    expect((await http.json({ url: here() })).body).toEqual({ ok: true })
  })

  test.each([
    ['of an authority that nobody named', () => ({ ...named }), /unable to (?:verify|get)|self.signed/],
    ['of another authority', () => ({ ...named, ca: wrong.ca }), /unable to (?:verify|get)|certificate|self.signed/],
    ['for another name', () => ({ ca: right.ca, servername: 'other.test' }), /altnames|does not match/],
    [
      'with a key that is not pinned',
      () => ({ ...named, ca: right.ca, pin: [pinOf(wrong.cert)] }),
      /network\.tls\.pin/,
    ],
  ] as const)('%s: untrusted at once, in two lines', async (_, tls, says) => {
    const { code, fault, said, tries } = await failure({ tls: tls() }, here())
    expect({ code, fault, tries }).toEqual({ code: 'SOURCE_UNTRUSTED', fault: 'tls', tries: 1 })
    expect(said.split('\n')).toHaveLength(2)
    expect(said).toMatch(says)
  })

  test('a pinned key is one of several', async () => {
    const pin = [pinOf(wrong.cert), pinOf(right.cert)]
    const { http } = httpWith({ tls: { ...named, ca: right.ca, pin } })
    expect((await http.send({ url: here() })).status).toBe(200)
  })

  test('a pin does not stand in for an authority', async () => {
    expect(await failure({ tls: { ...named, pin: [pinOf(right.cert)] } }, here())).toMatchObject({ fault: 'tls' })
  })

  test('a server that asks for our certificate gets it; without one it refuses', async () => {
    const ours = await certificatesFor('ioc-feed', right.authority)
    const strict = await serveSecure({
      cert: right.cert,
      key: right.key,
      ca: right.ca,
      requestCert: true,
      rejectUnauthorized: true,
    })
    try {
      const url = `https://127.0.0.1:${strict.port}/list`
      const { http } = httpWith({ tls: { ...named, ca: right.ca, cert: ours.cert, key: ours.key } })
      await http.send({ url })
      expect(strict.asked.map(({ client }) => client)).toEqual(['ioc-feed'])
      expect(await failure({ tls: { ...named, ca: right.ca } }, url)).toMatchObject({ fault: 'tls' })
    } finally {
      await strict.close()
    }
  })

  test('a server below the asked version of TLS is refused', async () => {
    const old = await serveSecure({ cert: right.cert, key: right.key, maxVersion: 'TLSv1.2' })
    const url = `https://127.0.0.1:${old.port}/`
    const tls = { ...named, ca: right.ca }
    expect((await httpWith({ tls }).http.send({ url })).status).toBe(200)
    expect(await failure({ tls: { ...tls, minVersion: 'TLSv1.3' } }, url)).toMatchObject({ fault: 'tls' })
    await old.close()
  })

  test.each([
    [() => ({ ca: 'ca.pem' }), 'network.tls.ca'],
    [() => ({ ca: '-----BEGIN CERTIFICATE-----\nMIIx\n-----END CERTIFICATE-----' }), 'network.tls.ca'],
    [() => ({ cert: right.cert, key: wrong.key }), 'network.tls'],
  ])('settings that are none say where: %#', async (tls, path) => {
    const { code, said } = await failure({ tls: tls() }, here())
    expect(code).toBe('CONFIG_INVALID')
    expect(said).toContain(`sources.json: ${path} `)
    expect(said).not.toContain('MIIx')
  })
})

describe('a proxy', () => {
  test('with a password, to https and http, for names that only it knows', async () => {
    const { http } = httpWith({ proxy: proxy.url, tls: { ca: right.ca } })
    const { port } = new URL(plain.url)
    expect((await http.json({ url: `https://department.test:${secure.port}/list` })).body).toEqual({ ok: true })
    expect((await http.json({ url: `http://department.test:${port}/list` })).body).toEqual({ ok: true })
    expect(proxy.passed).toEqual([`department.test:${secure.port}`, `department.test:${port}`])
  })

  test('a name in noProxy is reached without it', async () => {
    proxy.passed.length = 0
    for (const rule of ['127.0.0.1', `127.0.0.1:${new URL(plain.url).port}`, '*', '.0.0.1']) {
      await httpWith({ proxy: proxy.url, noProxy: [rule] }).http.send({ url: plain.url })
    }
    expect(proxy.passed).toEqual([])
    await httpWith({ proxy: proxy.url, noProxy: ['127.0.0.1:1', '.test', '27.0.0.1'] }).http.send({ url: plain.url })
    expect(proxy.passed).toHaveLength(1)
  })

  test.each(['https', 'http'])('with a wrong password, to %s: named, at once, without the password', async (scheme) => {
    const wrongUrl = proxy.url.replace(encodeURIComponent(PASSWORD), 'wr0ng-secret')
    const { code, fault, said, tries } = await failure({ proxy: wrongUrl }, `${scheme}://department.test:1/list`)
    expect({ code, fault, tries }).toEqual({ code: 'SOURCE_PROXY', fault: 'proxy', tries: 1 })
    expect(said).toContain(`the proxy 127.0.0.1:${proxy.port} refuses the user name or password (407)`)
    expect(said.split('\n')).toHaveLength(2)
    expect(said).not.toContain('wr0ng')
  })

  test('that does not run, or says nothing, is the fault', async () => {
    const silent = createServer(() => {})
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const { port } = silent.address() as { port: number }
    for (const scheme of ['https', 'http']) {
      const url = `${scheme}://department.test/`
      expect(await failure({ proxy: 'http://127.0.0.1:1' }, url)).toMatchObject({
        code: 'SOURCE_PROXY',
        fault: 'proxy',
      })
    }
    const limits = { connectMs: 50, attempts: 2 }
    const { code, said, tries } = await failure(
      { proxy: `http://127.0.0.1:${port}` },
      'https://department.test/',
      limits,
    )
    expect({ code, tries }).toEqual({ code: 'SOURCE_PROXY', tries: 2 })
    expect(said).toMatch(/no connection within 0.05 s/)
    silent.close()
  })

  test('that is no address is a setting', async () => {
    expect(await failure({ proxy: 'proxy:8080' }, 'https://department.test/')).toMatchObject({ code: 'CONFIG_INVALID' })
  })
})

describe('which part of the way failed', () => {
  test.each([
    ['dns', 'http://no-such-host.invalid/'],
    ['route', 'http://127.0.0.1:1/'],
    ['address', 'no address'],
  ])('%s', async (fault, url) => {
    expect(await failure({}, url)).toMatchObject({ code: 'SOURCE_UNREACHABLE', fault })
  })

  test('a server that speaks no TLS', async () => {
    const url = plain.url.replace('http:', 'https:')
    expect(await failure({}, url)).toMatchObject({ code: 'SOURCE_UNTRUSTED', fault: 'tls' })
  })

  test('refused logins, answers and silence', async () => {
    const odd = await serve(({ path }, response) => {
      if (path === '/silent') return undefined
      response.statusCode = path === '/login' ? 401 : 404
      return {}
    })
    expect(await failure({}, `${odd.url}/login`)).toMatchObject({ code: 'SOURCE_UNAUTHORIZED', fault: 'login' })
    expect(await failure({}, `${odd.url}/none`)).toMatchObject({ code: 'SOURCE_ANSWERED_ERROR', fault: 'answer' })
    const limits = { idleSeconds: 0.05 }
    expect(await failure({ limits }, `${odd.url}/silent`)).toMatchObject({ code: 'SOURCE_STALLED', fault: 'timeout' })
    await odd.close()
  })

  test('a limit of sources.json is the one that is said', async () => {
    const { code, said } = await failure({ limits: { megabytes: 5 / 1024 / 1024 } }, plain.url)
    expect(code).toBe('SOURCE_TOO_LARGE')
    expect(said).toContain('5 bytes')
  })
})
