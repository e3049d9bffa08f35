/** A hand-made server on 127.0.0.1, and what a connector's `read` is given. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Completeness, Page, ReadContext, Stream } from '../../src/connect/connector.ts'
import { type HttpOptions, makeHttp } from '../../src/connect/http.ts'

export interface Asked {
  method: string
  path: string
  query: URLSearchParams
  headers: IncomingMessage['headers']
  body: string
}
export interface Loopback {
  url: string
  asked: Asked[]
  close(): Promise<void>
}

/** `answer` may return an object (sent as JSON), a text, or write to `response` itself and return undefined. */
export async function serve(answer: (asked: Asked, response: ServerResponse) => unknown): Promise<Loopback> {
  const asked: Asked[] = []
  const sockets = new Set<Socket>()
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
    const url = new URL(request.url ?? '/', 'http://loopback')
    const call: Asked = {
      method: request.method ?? '',
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      body: Buffer.concat(chunks).toString('utf8'),
    }
    asked.push(call)
    const given = answer(call, response)
    if (given === undefined) return
    if (typeof given === 'string') return void response.end(given)
    response.setHeader('content-type', 'application/json').end(JSON.stringify(given))
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

/** An Http that never really waits; `waits` are the milliseconds it would have waited. */
export function quickHttp(options: Partial<HttpOptions> = {}) {
  const waits: number[] = []
  const http = makeHttp({
    source: 'made-up',
    signal: new AbortController().signal,
    random: () => 0.5,
    sleep: async (ms) => void waits.push(ms),
    ...options,
  })
  return { http, waits }
}

const MOMENT = Date.UTC(2024, 11, 2, 1)

/** What a stream of records keyed by `id` declares of itself. */
export const STREAM: ReadContext<unknown>['stream'] = {
  name: 'dossier',
  entity: 'dossier',
  key: ['id'],
  order: 'arrival',
  sees: 'changes',
  deletes: 'never',
  fields: [],
}

export function contextOf<Config>(config: Config, given: Partial<ReadContext<Config>> = {}): ReadContext<Config> {
  return {
    config,
    stream: STREAM,
    source: 'made-up',
    agency: null,
    watermark: null,
    resume: null,
    now: MOMENT,
    zone: 'Asia/Ho_Chi_Minh',
    signal: new AbortController().signal,
    http: quickHttp().http,
    async *unfinished() {},
    full: false,
    ...given,
  }
}

/** Reads to the end, or until `pages` pages have come, as after a crash. */
export async function drain<Config>(read: Stream<Config>['read'], context: ReadContext<Config>, pages = Infinity) {
  const seen: Page[] = []
  let completeness: Completeness | null = null
  const reading = read(context)
  while (seen.length < pages) {
    const next = await reading.next()
    if (next.done) {
      completeness = next.value
      break
    }
    seen.push(next.value)
  }
  await reading.return({ enumerated: 'incomplete', why: 'stopped by the test' })
  return {
    pages: seen,
    records: seen.flatMap((page) => page.records) as Record<string, unknown>[],
    undecodable: seen.flatMap((page) => page.undecodable ?? []),
    remarks: seen.flatMap((page) => page.remarks ?? []),
    resume: seen.at(-1)?.resume ?? null,
    completeness,
  }
}
