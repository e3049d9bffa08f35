import { createServer } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, test } from 'vitest'
import { PipelineError } from '../../src/errors.ts'
import { type Asked, type Loopback, quickHttp, serve } from '../support/loopback.ts'

const open: Loopback[] = []
const server = async (answer: Parameters<typeof serve>[0]) => {
  const one = await serve(answer)
  open.push(one)
  return one
}
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()))
})
const code = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no error',
    (error: unknown) => (error instanceof PipelineError ? error.code : error),
  )

/** Answers 503 `times` times, then {"ok":true}. */
const failing = (times: number, status: number, headers: Record<string, string> = {}) => {
  let left = times
  return (_: Asked, response: Parameters<Parameters<typeof serve>[0]>[1]) => {
    if (left-- <= 0) return { ok: true }
    response.writeHead(status, headers).end('no')
    return undefined
  }
}

describe('retries', () => {
  test.each([429, 500, 502, 503, 504])('%i is tried again with full jitter', async (status) => {
    const { url } = await server(failing(3, status))
    const { http, waits } = quickHttp()
    expect((await http.json({ url })).body).toEqual({ ok: true })
    expect(waits).toEqual([100, 200, 400]) // half of 200, 400, 800
  })

  test('gives up after the last attempt, and says how often it asked', async () => {
    const { url, asked } = await server(failing(9, 503))
    await expect(quickHttp().http.json({ url: `${url}/list` })).rejects.toThrow(/\/list answered 503 4 times/)
    expect(asked).toHaveLength(4)
  })

  test('Retry-After in seconds is obeyed, with jitter on top, up to the cap', async () => {
    const { url } = await server(failing(1, 429, { 'retry-after': '7' }))
    const { http, waits } = quickHttp()
    await http.json({ url })
    expect(waits).toEqual([7100])
    const long = await server(failing(1, 429, { 'retry-after': '86400' }))
    const capped = quickHttp({ limits: { retryAfterCapMs: 5000 } })
    await capped.http.json({ url: long.url })
    expect(capped.waits).toEqual([5100])
  })

  test('Retry-After as a date is measured by the server own clock', async () => {
    const headers = { date: 'Mon, 02 Dec 2024 01:00:00 GMT', 'retry-after': 'Mon, 02 Dec 2024 01:00:30 GMT' }
    const { url } = await server(failing(1, 503, headers))
    const { http, waits } = quickHttp()
    await http.json({ url })
    expect(waits).toEqual([30_100])
  })

  test('a connection that breaks is tried again', async () => {
    let calls = 0
    const { url } = await server((_, response) => {
      if (calls++ > 0) return { ok: true }
      response.destroy()
      return undefined
    })
    expect((await quickHttp().http.json({ url })).body).toEqual({ ok: true })
  })

  test('an answer that is cut off below its length is tried again, then unreachable', async () => {
    const { url, asked } = await server((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' })
      response.write('{"data":[')
      response.destroy()
    })
    expect(await code(quickHttp().http.json({ url }))).toBe('SOURCE_UNREACHABLE')
    expect(asked).toHaveLength(4)
  })

  test('nobody listens: unreachable, after the retries', async () => {
    const { url, close } = await serve(() => '')
    await close()
    const { http, waits } = quickHttp()
    expect(await code(http.json({ url }))).toBe('SOURCE_UNREACHABLE')
    expect(waits).toHaveLength(3)
  })
})

describe('refusals', () => {
  test.each([
    [401, 'SOURCE_UNAUTHORIZED'],
    [403, 'SOURCE_UNAUTHORIZED'],
    [404, 'SOURCE_ANSWERED_ERROR'],
    [418, 'SOURCE_ANSWERED_ERROR'],
  ])('%i is %s at once', async (status, expected) => {
    const { url, asked } = await server(failing(9, status))
    expect(await code(quickHttp().http.json({ url }))).toBe(expected)
    expect(asked).toHaveLength(1)
  })

  test('no message, cause or stack holds the query, the token or the password in the address', async () => {
    const { url } = await server(failing(9, 401))
    const secret = url.replace('http://', 'http://user:pass-word@')
    const headers = { authorization: 'Bearer very-secret' }
    for (const address of [secret, 'http://user:pass-word@127.0.0.1:1']) {
      const error = await quickHttp()
        .http.json({ url: address, query: { key: 'query-secret' }, headers })
        .catch((reason: unknown) => reason)
      const { inspect } = await import('node:util')
      expect(inspect(error, { depth: 20, showHidden: true })).not.toMatch(/very-secret|pass-word|query-secret/)
    }
  })
})

describe('what comes', () => {
  test('numbers of 16 digits and more stay exact, others stay numbers', async () => {
    const { url } = await server(
      () => '{"a":15793596808644609,"b":[ -12345678901234567,1.25],"c":123456789012345,"d":1e3}',
    )
    expect((await quickHttp().http.json({ url })).body).toEqual({
      a: '15793596808644609',
      b: ['-12345678901234567', 1.25],
      c: 123456789012345,
      d: 1000,
    })
  })

  test.each([
    ['a web page', '<!DOCTYPE html><html>Đăng nhập</html>', 'it is a web page'],
    ['half a page', '{"data":[{"ChuHoSo":"Nguyễn Văn Mẫu"', 'cut off or malformed'],
    ['nothing', '', 'the answer is empty'],
  ])('%s with 200 is unreadable, and is not quoted', async (_, body, problem) => {
    const { url } = await server(() => body)
    const error = await quickHttp()
      .http.json({ url })
      .catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'SOURCE_UNREADABLE' })
    expect(String(error)).toContain(problem)
    expect(String(error)).not.toContain('Nguyễn')
  })

  test('bytes that are no UTF-8 are marked, the rest is read', async () => {
    const { url } = await server((_, response) => {
      response.end(Buffer.concat([Buffer.from('["'), Buffer.from([0xe8, 0x31]), Buffer.from('","x"]')]))
    })
    const answer = await quickHttp().http.json({ url })
    expect(answer.damaged).toBe(true)
    expect(answer.body).toEqual(['\uFFFD1', 'x'])
  })

  test('the limit counts what was decompressed', async () => {
    const bomb = gzipSync(Buffer.alloc(5_000_000, 32))
    const { url } = await server((_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': bomb.length }).end(bomb)
    })
    expect(bomb.length).toBeLessThan(100_000)
    expect(await code(quickHttp({ limits: { maxBytes: 1_000_000 } }).http.send({ url }))).toBe('SOURCE_TOO_LARGE')
    expect((await quickHttp().http.send({ url })).text).toHaveLength(5_000_000)
  })
})

describe('deadlines', () => {
  test('silence ends the request', async () => {
    const { url, asked } = await server((_, response) => {
      response.writeHead(200).write('{')
    })
    expect(await code(quickHttp({ limits: { idleMs: 60 } }).http.json({ url }))).toBe('SOURCE_STALLED')
    expect(asked).toHaveLength(1)
  })

  test('one byte now and then ends with the total deadline', async () => {
    const timers: NodeJS.Timeout[] = []
    const { url } = await server((_, response) => {
      response.writeHead(200)
      timers.push(setInterval(() => response.write(' '), 20))
    })
    expect(await code(quickHttp({ limits: { idleMs: 5000, totalMs: 250 } }).http.json({ url }))).toBe('SOURCE_STALLED')
    for (const timer of timers) clearInterval(timer)
  })

  test('a connection that does not come about ends with the connect deadline, and is tried again', async () => {
    // TLS to a server that accepts and says nothing: the connection never stands
    const silent = createServer(() => {})
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const { port } = silent.address() as { port: number }
    const { http, waits } = quickHttp({ limits: { connectMs: 50, attempts: 2 } })
    await expect(http.send({ url: `https://127.0.0.1:${port}/` })).rejects.toThrow(/no connection within/)
    expect(waits).toHaveLength(1)
    http.close()
    silent.close()
  })

  test('the signal ends a request and a wait at once', async () => {
    const { url } = await server(() => undefined)
    const stop = new AbortController()
    const waiting = quickHttp({ signal: stop.signal }).http.send({ url })
    setTimeout(() => stop.abort(new Error('stopped')), 30)
    await expect(waiting).rejects.toThrow('stopped')
  })
})

describe('redirects', () => {
  test('within the origin a GET is followed', async () => {
    const { url } = await server(({ path }, response) => {
      if (path === '/new') return { ok: true }
      response.writeHead(302, { location: '/new' }).end()
      return undefined
    })
    expect((await quickHttp().http.json({ url: `${url}/old` })).body).toEqual({ ok: true })
  })

  test('to another host no request goes', async () => {
    const other = await server(() => ({ ok: true }))
    const { url } = await server((_, response) => {
      response.writeHead(302, { location: other.url }).end()
    })
    await expect(quickHttp().http.json({ url, headers: { authorization: 'Bearer x' } })).rejects.toThrow(/another host/)
    expect(other.asked).toHaveLength(0)
  })

  test('in a circle they end', async () => {
    const { url } = await server((_, response) => {
      response.writeHead(302, { location: '/again' }).end()
    })
    await expect(quickHttp().http.json({ url })).rejects.toThrow(/circle/)
  })
})
