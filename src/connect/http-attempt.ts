/** One attempt at one request, by axios: what came, or why nothing did. Timers, agents and bytes live here. */
import {
  type ClientRequest,
  Agent as HttpAgent,
  type IncomingMessage,
  request as plain,
  type RequestOptions,
} from 'node:http'
import { Agent as HttpsAgent, request as secure } from 'node:https'
import type { Readable } from 'node:stream'
import type { AxiosRequestConfig, AxiosResponse } from 'axios'
import type { HttpAnswer, HttpLimits, HttpRequest } from './http.ts'

export interface Failure {
  kind: 'network' | 'unreachable' | 'idle' | 'total' | 'too-large' | 'unreadable'
  place: string
  /** without the request: an axios error carries its headers, and with them the token */
  cause: Error
}
export type Outcome = { kind: 'answer'; answer: HttpAnswer } | Failure
export interface Attempt {
  (request: HttpRequest): Promise<Outcome>
  close(): void
}

/** Faults that a second try may cure. Z_BUF_ERROR: a compressed answer that was cut off. */
const NETWORK = new Set(
  `ECONNRESET ECONNREFUSED ECONNABORTED ETIMEDOUT EPIPE ENETUNREACH EHOSTUNREACH EAI_AGAIN ERR_STREAM_PREMATURE_CLOSE Z_BUF_ERROR`.split(
    ' ',
  ),
)
const LOOPBACK = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/

/** `signal` aborts at once and is thrown as its reason. */
export function makeAttempt(limits: HttpLimits, signal: AbortSignal): Attempt {
  const agents = { httpAgent: new HttpAgent({ keepAlive: true }), httpsAgent: new HttpsAgent({ keepAlive: true }) }

  const attempt = async (request: HttpRequest): Promise<Outcome> => {
    if (!URL.canParse(request.url)) {
      return {
        kind: 'unreachable',
        place: 'its address',
        cause: new Error('not a valid URL; correct it in sources.json'),
      }
    }
    const url = new URL(request.url)
    const place = `${url.host}${url.pathname}`
    const stop = new AbortController()
    let ended: Failure['kind'] | null = null
    const end = (kind: Failure['kind']) => {
      ended ??= kind
      stop.abort()
    }
    const { maxBytes, totalMs } = { ...limits, ...request.limits }
    const total = setTimeout(end, totalMs, 'total')
    const idle = setTimeout(end, limits.idleMs, 'idle')
    const cancel = () => stop.abort()
    signal.addEventListener('abort', cancel, { once: true })
    try {
      // at the first request: many a reading thread makes none
      const { default: axios } = await import('axios')
      const response: AxiosResponse<Readable> = await axios.request({
        ...configOf(request, url),
        ...agents,
        signal: stop.signal,
        transport: transportWith(limits.connectMs),
      })
      const sink = response.status >= 200 && response.status < 300 ? request.sink?.() : undefined
      const chunks: Uint8Array[] = []
      let bytes = 0
      for await (const chunk of response.data as AsyncIterable<Uint8Array>) {
        idle.refresh()
        bytes += chunk.length
        if (bytes > maxBytes) {
          end('too-large')
          response.data.destroy()
          break
        }
        if (sink) await sink.write(chunk)
        else chunks.push(chunk)
      }
      if (ended) return { kind: ended, place, cause: new Error(ended) }
      await sink?.end()
      return {
        kind: 'answer',
        answer: { status: response.status, headers: headersOf(response), place, ...decode(chunks) },
      }
    } catch (error) {
      signal.throwIfAborted()
      return ended ? { kind: ended, place, cause: new Error(ended) } : { place, ...classify(error) }
    } finally {
      clearTimeout(total)
      clearTimeout(idle)
      signal.removeEventListener('abort', cancel)
    }
  }

  return Object.assign(attempt, {
    close() {
      agents.httpAgent.destroy()
      agents.httpsAgent.destroy()
    },
  })
}

function configOf({ method = 'GET', query, headers, body }: HttpRequest, url: URL): AxiosRequestConfig {
  const data =
    body === undefined
      ? {}
      : 'json' in body
        ? { data: JSON.stringify(body.json), type: 'application/json' }
        : 'form' in body
          ? { data: new URLSearchParams(body.form).toString(), type: 'application/x-www-form-urlencoded' }
          : { data: body.text, type: body.type }
  const target = new URL(url)
  for (const [name, value] of Object.entries(query ?? {})) target.searchParams.set(name, value)
  return {
    url: target.href,
    method,
    headers: { accept: '*/*', ...(data.type ? { 'content-type': data.type } : {}), ...headers },
    ...(data.data === undefined ? {} : { data: data.data }),
    responseType: 'stream',
    maxRedirects: 0,
    maxBodyLength: Number.POSITIVE_INFINITY,
    validateStatus: null,
    transformRequest: [],
    // a proxy of the environment cannot reach this machine's own loopback
    ...(LOOPBACK.test(url.hostname) ? { proxy: false as const } : {}),
  }
}

/** axios's own timeout covers the whole answer; this one the connection only. */
const transportWith = (connectMs: number) => ({
  request(options: RequestOptions, onAnswer: (answer: IncomingMessage) => void): ClientRequest {
    const encrypted = options.protocol === 'https:'
    const outgoing = (encrypted ? secure : plain)(options, onAnswer)
    outgoing.once('socket', (socket) => {
      if (!socket.connecting) return
      const slow = Object.assign(new Error(`no connection within ${connectMs / 1000} s`), { code: 'ETIMEDOUT' })
      const timer = setTimeout(() => outgoing.destroy(slow), connectMs)
      for (const event of [encrypted ? 'secureConnect' : 'connect', 'close'])
        socket.once(event, () => clearTimeout(timer))
    })
    return outgoing
  },
})

function headersOf(response: AxiosResponse<Readable>): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(response.headers)) {
    if (value !== undefined && value !== null) headers[name.toLowerCase()] = String(value)
  }
  return headers
}

function decode(chunks: readonly Uint8Array[]): { text: string; damaged: boolean } {
  const bytes = Buffer.concat(chunks)
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes), damaged: false }
  } catch {
    // One record with wrong bytes must not stop the other 499 of its page: the reader sets that record aside.
    return { text: new TextDecoder('utf-8').decode(bytes), damaged: true }
  }
}

function classify(error: unknown): { kind: Failure['kind']; cause: Error } {
  const code = codeOf(error)
  const message = error instanceof Error ? error.message : String(error)
  const cause = new Error(code && !message.includes(code) ? `${message || 'failed'} (${code})` : message)
  if (code.startsWith('HPE_') || code === 'Z_DATA_ERROR') return { kind: 'unreadable', cause }
  return { kind: NETWORK.has(code) || message === 'socket hang up' ? 'network' : 'unreachable', cause }
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' ? code : ''
}
