/** One request and its answer, and how a fault spoils it. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import type { Fault } from './faults.ts'

export interface Call {
  method: string
  /** path below the system's prefix, `/oauth/token` */
  path: string
  query: URLSearchParams
  header: (name: string) => string
  body: Buffer
  /** sample time, epoch ms */
  now: number
  /** the fault `empty` met this request */
  empty: boolean
  /** the fault `moving` met this request */
  moving: boolean
}

export interface Reply {
  status: number
  type: string
  body: string | Buffer
  headers?: Record<string, string>
}

export const json = (body: unknown, status = 200): Reply => ({
  status,
  type: 'application/json; charset=utf-8',
  body: JSON.stringify(body),
})
export const text = (body: string, status = 200): Reply => ({ status, type: 'text/plain; charset=utf-8', body })

/** A batch of 500 indicator messages is about 0.5 MB; beyond this a sender is broken. */
const BODY_LIMIT = 64 * 1024 * 1024

export class BodyTooLarge extends Error {
  constructor() {
    super(`the body is above ${BODY_LIMIT} bytes`)
  }
}

/** Throws BodyTooLarge, but only at the end of the body: a sender that is cut off in the middle does not see the answer. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  let chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > BODY_LIMIT) chunks = []
    else chunks.push(chunk)
  }
  if (size > BODY_LIMIT) throw new BodyTooLarge()
  return Buffer.concat(chunks)
}

const LOGIN_PAGE = `<!DOCTYPE html><html lang="vi"><head><title>Đăng nhập</title></head>
<body><h1>Phiên làm việc đã hết hạn</h1><form method="post" action="/login"><input name="username"><input name="password" type="password"><button>Đăng nhập</button></form></body></html>`

/** Answers one request through the faults that met it. `lost` closes the connection after `handle` has had its effect. */
export async function respond(
  response: ServerResponse,
  faults: ReadonlyMap<Fault, number | null>,
  sampleTime: () => number,
  handle: () => Reply | Promise<Reply>,
): Promise<void> {
  const slow = faults.get('slow')
  if (slow) await delay(slow, undefined, { ref: false })
  if (faults.has('down')) return void response.destroy()
  const reply = refusal(faults) ?? (await handle())
  if (faults.has('lost')) return void response.destroy()
  const whole = typeof reply.body === 'string' ? Buffer.from(reply.body) : reply.body
  const body = faults.has('truncated') ? whole.subarray(0, whole.length >> 1) : whole
  send(response, { ...reply, body }, sampleTime())
}

export function send(response: ServerResponse, reply: Reply, sampleTime: number): void {
  response.writeHead(reply.status, {
    'content-type': reply.type,
    'content-length': Buffer.byteLength(reply.body),
    'x-sample-time': String(sampleTime),
    'x-sample-data': 'made-up',
    ...reply.headers,
  })
  response.end(reply.body)
}

function refusal(faults: ReadonlyMap<Fault, number | null>): Reply | null {
  if (faults.has('500')) return text('Internal Server Error', 500)
  if (faults.has('503')) {
    return { ...text('Service Unavailable', 503), headers: { 'retry-after': String(faults.get('503') ?? 1) } }
  }
  if (faults.has('login')) return { status: 200, type: 'text/html; charset=utf-8', body: LOGIN_PAGE }
  return null
}
