/** A server on 127.0.0.1 that answers as it is told: the hostile half of every source that is asked over HTTP. */
import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { HttpAsked, SourceState, Spoilt } from './types.ts'

export interface Answer extends Spoilt {
  headers?: Readonly<Record<string, string>>
}
/** null: the request is none of its own */
export type Answerer = (asked: HttpAsked) => Answer | null

export interface Server {
  url: string
  close(): Promise<void>
}

/** Sent one byte at a time, for ever: `text` of a spoilt answer that a server dribbles. */
export const DRIBBLE = '{{dribble}}'

export async function startServer(state: SourceState, answerers: readonly Answerer[]): Promise<Server> {
  const sockets = new Set<Socket>()
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
    const url = new URL(request.url ?? '/', 'http://127.0.0.1')
    const asked: HttpAsked = {
      method: request.method ?? 'GET',
      path: url.pathname,
      query: url.searchParams,
      body: Buffer.concat(chunks).toString('utf8'),
      page: null,
    }
    const answer = answered(answerers, asked)
    response.statusCode = answer.status ?? 200
    response.setHeader('content-type', answer.type ?? 'application/json; charset=utf-8')
    // a made-up system says its own time; a real one in Date
    response.setHeader('x-sample-time', String(state.now))
    response.setHeader('date', new Date(state.now).toUTCString())
    for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value)
    if (answer.text !== DRIBBLE) return void response.end(answer.text)
    const timer = setInterval(() => response.write(' '), 10)
    response.once('close', () => clearInterval(timer))
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.once('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

function answered(answerers: readonly Answerer[], asked: HttpAsked): Answer {
  for (const answerer of answerers) {
    const answer = answerer(asked)
    if (answer) return answer
  }
  return { status: 404, text: JSON.stringify({ message: 'the recording has no such request' }) }
}
