/** One attempt at one request, by axios: what came, or why nothing did. Timers, agents and bytes live here. */
import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http'
import type { Readable } from 'node:stream'
import type { AxiosRequestConfig, AxiosResponse } from 'axios'
import { http, https, loadAxios } from '../on-demand.ts'
import type { HttpAnswer, HttpLimits, HttpRequest } from './http.ts'
import { type Fault, faultOf } from './http-faults.ts'
import { makeTransport, type Network, NetworkSettingError, type Transport, type Way } from './network.ts'

export interface Failure {
  kind: 'network' | 'unreachable' | 'idle' | 'total' | 'too-large' | 'unreadable'
  fault: Fault
  place: string
  /** without the request: an axios error carries its headers, and with them the token */
  cause: Error
}
type Why = Pick<Failure, 'kind' | 'fault' | 'cause'>
interface Stage {
  at: 'connecting' | 'shaking' | 'stands'
}
export type Outcome = { kind: 'answer'; answer: HttpAnswer } | Failure
export interface Attempt {
  (request: HttpRequest): Promise<Outcome>
  close(): void
}

/** `signal` aborts at once and is thrown as its reason. */
export function makeAttempt(limits: HttpLimits, signal: AbortSignal, network: Network = {}): Attempt {
  // at the first request: many a reading thread makes none
  let transport: Transport | null = null

  const attempt = async (request: HttpRequest): Promise<Outcome> => {
    if (!URL.canParse(request.url)) {
      return {
        kind: 'unreachable',
        fault: 'address',
        place: 'its address',
        cause: new Error('not a valid URL; correct it in sources.json'),
      }
    }
    const url = new URL(request.url)
    const place = `${url.host}${url.pathname}`
    const stop = new AbortController()
    let ended: Why | null = null
    const end = (kind: Failure['kind'], fault: Fault = 'timeout', cause = new Error(kind)) => {
      ended ??= { kind, fault, cause }
      stop.abort()
    }
    const { maxBytes, totalMs } = { ...limits, ...request.limits }
    /** how far the connection has come */
    const stage: Stage = { at: 'connecting' }
    let way: Way
    try {
      transport ??= makeTransport(network)
      way = transport.wayTo(url)
    } catch (error) {
      if (!(error instanceof NetworkSettingError)) throw error
      return { kind: 'unreachable', fault: 'setting', place, cause: error }
    }
    const slow = () => {
      const late = Object.assign(new Error(`no connection within ${limits.connectMs / 1000} s`), { code: 'ETIMEDOUT' })
      const { kind, fault, cause } = faultOf(late, way.proxy, stage.at)
      end(kind, fault, cause)
    }
    const total = setTimeout(end, totalMs, 'total')
    const idle = setTimeout(end, limits.idleMs, 'idle')
    const cancel = () => stop.abort()
    signal.addEventListener('abort', cancel, { once: true })
    try {
      const response: AxiosResponse<Readable> = await loadAxios().request({
        ...configOf(request, url),
        signal: stop.signal,
        transport: transportWith(limits.connectMs, slow, way, stage),
      })
      const sink = response.status >= 200 && response.status < 300 ? request.sink?.() : undefined
      const chunks: Uint8Array[] = []
      let bytes = 0
      for await (const chunk of response.data as AsyncIterable<Uint8Array>) {
        idle.refresh()
        bytes += chunk.length
        if (bytes > maxBytes) {
          end('too-large', 'answer')
          response.data.destroy()
          break
        }
        if (sink) await sink.write(chunk)
        else chunks.push(chunk)
      }
      if (ended) return { place, ...(ended as Why) }
      if (response.status === 407 && way.proxy !== null)
        return { place, ...faultOf(REFUSED_BY_PROXY, way.proxy, 'stands') }
      await sink?.end()
      return {
        kind: 'answer',
        answer: { status: response.status, headers: headersOf(response), place, ...decode(chunks) },
      }
    } catch (error) {
      signal.throwIfAborted()
      return { place, ...((ended as Why | null) ?? faultOf(error, way.proxy, stage.at)) }
    } finally {
      clearTimeout(total)
      clearTimeout(idle)
      signal.removeEventListener('abort', cancel)
    }
  }

  return Object.assign(attempt, {
    close() {
      transport?.close()
      transport = null
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
    // the agent of the source's own transport knows the proxy
    proxy: false,
  }
}

const REFUSED_BY_PROXY = { code: 'ERR_PROXY_TUNNEL', statusCode: 407 }

/** axios's own timeout covers the whole answer; this one the connection only, the way through a proxy and TLS included. */
const transportWith = (connectMs: number, slow: () => void, { agent, servername }: Way, stage: Stage) => ({
  request(options: RequestOptions, onAnswer: (answer: IncomingMessage) => void): ClientRequest {
    const encrypted = options.protocol === 'https:'
    const own = { ...options, agent, ...(servername === undefined ? {} : { servername }) }
    const outgoing = (encrypted ? https : http).request(own, onAnswer)
    // not by the request: one that has no socket yet, since its proxy says nothing, cannot be ended by itself
    const timer = setTimeout(slow, connectMs)
    outgoing.once('close', () => clearTimeout(timer))
    const stands = () => {
      clearTimeout(timer)
      stage.at = 'stands'
    }
    outgoing.once('socket', (socket) => {
      const shaking = encrypted && (socket as { secureConnecting?: boolean }).secureConnecting === true
      if (!socket.connecting && !shaking) return stands()
      if (!socket.connecting) stage.at = 'shaking'
      else if (encrypted)
        socket.once('connect', () => {
          stage.at = 'shaking'
        })
      socket.once(encrypted ? 'secureConnect' : 'connect', stands)
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

function decode(chunks: readonly Uint8Array[]): { text: string; damaged: boolean; bytes: Uint8Array } {
  const bytes = Buffer.concat(chunks)
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes), damaged: false, bytes }
  } catch {
    // One record with wrong bytes must not stop the other 499 of its page: the reader sets that record aside.
    return { text: new TextDecoder('utf-8').decode(bytes), damaged: true, bytes }
  }
}
