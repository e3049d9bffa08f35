/** An IOC on a real port whose every answer a test can choose. */
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TargetConfig } from '../../src/config.ts'
import { readBody } from '../../src/sandbox/http.ts'
import { type Receiver, receiver } from '../../src/sandbox/receiver.ts'

export interface Seen {
  path: string
  headers: IncomingHttpHeaders
  body: string
}
/** ok · lost: took it, then the connection broke · silent: took it, never answers · half: names every second id · refuse: takes none of it · a status · an answer of its own */
export type Behaviour =
  | 'ok'
  | 'lost'
  | 'silent'
  | 'half'
  | 'refuse'
  | number
  | { status: number; headers?: object; body: string }

export interface Ioc {
  target: TargetConfig
  receiver: Receiver
  seen: Seen[]
  /** one per request to come; 'ok' afterwards */
  next: Behaviour[]
  /** for every request that has none of its own */
  always: Behaviour
  /** resolves at the next request, after it was taken */
  taken(): Promise<void>
  close(): Promise<void>
}

export async function startIoc(): Promise<Ioc> {
  const waiting: (() => void)[] = []
  const ioc = { receiver: receiver(), seen: [], next: [], always: 'ok' } as unknown as Ioc
  const server = createServer(async (request, response) => {
    const body = await readBody(request)
    const path = request.url ?? ''
    ioc.seen.push({ path, headers: request.headers, body: body.toString('utf8') })
    const behaviour = ioc.next.shift() ?? ioc.always
    const refuses = typeof behaviour === 'number' || typeof behaviour === 'object' || behaviour === 'refuse'
    const reply = refuses
      ? null
      : ioc.receiver.answer({
          method: request.method ?? '',
          path: path.replace('/ioc', ''),
          query: new URLSearchParams(),
          header: (name) => String(request.headers[name] ?? ''),
          body,
          now: 0,
          empty: false,
          moving: false,
        })
    for (const resolve of waiting.splice(0)) resolve()
    if (behaviour === 'refuse') {
      const { messages } = JSON.parse(body.toString('utf8')) as { messages: { id: string }[] }
      const refused = messages.map(({ id }) => ({ id, result: 'refused', reason: 'unknown agency' }))
      return void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(refused))
    }
    if (behaviour === 'silent') return
    if (behaviour === 'lost') return void response.destroy()
    if (typeof behaviour === 'number') return void response.writeHead(behaviour).end()
    if (typeof behaviour === 'object') {
      return void response.writeHead(behaviour.status, { ...behaviour.headers }).end(behaviour.body)
    }
    const receipts = JSON.parse(String(reply?.body)) as unknown[]
    const shown = behaviour === 'half' ? receipts.filter((_, i) => i % 2 === 0) : receipts
    response.writeHead(reply?.status ?? 500, { 'content-type': 'application/json' }).end(JSON.stringify(shown))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}/ioc/v1`
  return Object.assign(ioc, {
    target: { name: 'ioc', kind: 'rest', url, key: 'sandbox', secret: 'sandbox-secret', sample: true } as TargetConfig,
    taken: () => new Promise<void>((resolve) => waiting.push(resolve)),
    close() {
      server.closeAllConnections()
      return new Promise<void>((resolve) => server.close(() => resolve()))
    },
  })
}
