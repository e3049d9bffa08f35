/**
 * One request to a source over HTTP: deadlines, size limit, retries and errors in the project's terms.
 *
 *   send ─► attempt ─► answer ─────────────────────────────► accepted
 *             ▲           │ 429, 500, 502, 503, 504, network fault
 *             └── wait ◄──┘ until `attempts` are used up ──► PipelineError
 *
 * Every request of a connector only reads, so each may be repeated, POST included. What stalls is not repeated: the next run goes on there.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { type ErrorParams, PipelineError } from '../errors.ts'
import type { NetworkLimits, RequestBudget } from '../schemas.generated.ts'
import type { Budget } from './budget.ts'
import { type Attempt, type Failure, makeAttempt } from './http-attempt.ts'
import { parseJson } from './json.ts'
import { type Network, NetworkSettingError } from './network.ts'

export interface HttpLimits {
  /** until the connection stands, TLS included */
  connectMs: number
  /** without a byte */
  idleMs: number
  /** one attempt, first byte to last: bounds a server that sends one byte every now and then */
  totalMs: number
  /** of one answer, after decompression */
  maxBytes: number
  attempts: number
  retryBaseMs: number
  retryCapMs: number
  /** the longest that a `Retry-After` is obeyed */
  retryAfterCapMs: number
}
export const HTTP_LIMITS: HttpLimits = {
  connectMs: 10_000,
  idleMs: 30_000,
  totalMs: 120_000,
  maxBytes: 64 * 1024 * 1024,
  attempts: 4,
  retryBaseMs: 200,
  retryCapMs: 10_000,
  // A nightly run should not sleep for the hour that some gateways ask for: it ends, and the next one goes on.
  retryAfterCapMs: 60_000,
}

export interface HttpRequest {
  url: string
  method?: 'GET' | 'POST' | 'HEAD'
  query?: Readonly<Record<string, string>>
  headers?: Readonly<Record<string, string>>
  body?: { json: unknown } | { form: Readonly<Record<string, string>> } | { text: string; type: string }
  /** an answer that is taken although its status is no 2xx, e.g. a SOAP Fault with 500 */
  accept?: (answer: HttpAnswer) => boolean
  /** where the body of a 2xx goes instead of into `text`, made anew for each attempt */
  sink?: () => HttpSink
  /** for this request alone */
  limits?: Partial<Pick<HttpLimits, 'maxBytes' | 'totalMs'>>
}
export interface HttpSink {
  write(chunk: Uint8Array): Promise<void>
  /** after the last byte; not called where the answer breaks off */
  end(): Promise<void>
}
export interface HttpAnswer {
  status: number
  /** names in lower case */
  headers: Readonly<Record<string, string>>
  text: string
  /** as they came, decompressed */
  bytes: Uint8Array
  /** bytes that are no UTF-8 stand in `text` as U+FFFD */
  damaged: boolean
  /** host and path: what a message may name */
  place: string
}

export interface Http {
  /** Throws PipelineError with `params.fault` (see Fault): SOURCE_UNREACHABLE, SOURCE_UNTRUSTED, SOURCE_PROXY, SOURCE_UNAUTHORIZED, SOURCE_ANSWERED_ERROR, SOURCE_STALLED, SOURCE_TOO_LARGE, SOURCE_UNREADABLE. */
  send(request: HttpRequest): Promise<HttpAnswer>
  /** The same, with the body as JSON; numbers of 16 digits and more are exact text. */
  json(request: HttpRequest): Promise<HttpAnswer & { body: unknown }>
  /** Ends kept connections. */
  close(): void
}

export interface HttpOptions {
  /** the source's id, for messages */
  source: string
  signal: AbortSignal
  limits?: Partial<HttpLimits>
  /** `network` of the instance in sources.json */
  network?: Network | null
  /** file in which the request budget is kept, where `network` declares one */
  budgetFile?: string | null
  /** 0 ≤ x < 1 */
  random?: () => number
  sleep?: (ms: number, signal: AbortSignal) => Promise<unknown>
}

const RETRIED = new Set([408, 425, 429, 500, 502, 503, 504])
const REDIRECTS = new Set([301, 302, 303, 307, 308])
const MAX_REDIRECTS = 5

export function makeHttp(options: HttpOptions): Http {
  const { source, signal, limits, network, random = Math.random, sleep = pause } = options
  const bounds: HttpLimits = { ...HTTP_LIMITS, ...limitsOf(network?.limits), ...limits }
  const once = makeAttempt(bounds, signal, network ?? {})
  let budget: Promise<Budget> | null = null
  const attempt: Attempt = Object.assign(
    async (request: HttpRequest) => {
      if (network?.budget && options.budgetFile) {
        budget ??= openBudgetLater(options.budgetFile, network.budget)
        const host = URL.canParse(request.url) ? new URL(request.url).host : ''
        const turn = (await budget).reserve(host)
        if (turn > 0) await sleep(turn, signal)
      }
      return once(request)
    },
    { close: once.close },
  )
  const wait = (tried: number, asked: number | null) => {
    // full jitter: many clients that failed together do not come back together
    const jitter = random() * Math.min(bounds.retryCapMs, bounds.retryBaseMs * 2 ** (tried - 1))
    return sleep(asked === null ? jitter : Math.min(asked, bounds.retryAfterCapMs) + jitter, signal)
  }

  async function send(request: HttpRequest): Promise<HttpAnswer> {
    for (let tried = 1; ; tried++) {
      signal.throwIfAborted()
      const outcome = await follow(attempt, request, source)
      const last = tried >= bounds.attempts
      if (outcome.kind !== 'answer') {
        if (last || outcome.kind !== 'network') throw failed(source, outcome, { ...bounds, ...request.limits }, tried)
        await wait(tried, null)
        continue
      }
      const { answer } = outcome
      if ((answer.status >= 200 && answer.status < 300) || request.accept?.(answer)) return answer
      if (last || !RETRIED.has(answer.status)) throw refused(source, answer, tried)
      await wait(tried, retryAfter(answer.headers))
    }
  }

  return {
    send,
    async json(request) {
      const answer = await send(request)
      return { ...answer, body: readJson(source, answer) }
    },
    close() {
      attempt.close()
      // one that did not open has been said by the request that wanted it
      budget?.then((open) => open.close()).catch(() => {})
      budget = null
    },
  }
}

/** Loaded where a budget is declared: the database driver would cost every reading thread a part of its start. */
async function openBudgetLater(file: string, declared: RequestBudget): Promise<Budget> {
  const { openBudget } = await import('./budget.ts')
  return openBudget(file, declared)
}

function limitsOf({ connectSeconds, idleSeconds, totalSeconds, megabytes }: NetworkLimits = {}): Partial<HttpLimits> {
  return {
    ...(connectSeconds === undefined ? {} : { connectMs: connectSeconds * 1000 }),
    ...(idleSeconds === undefined ? {} : { idleMs: idleSeconds * 1000 }),
    ...(totalSeconds === undefined ? {} : { totalMs: totalSeconds * 1000 }),
    ...(megabytes === undefined ? {} : { maxBytes: megabytes * 1024 * 1024 }),
  }
}

const pause = (ms: number, signal: AbortSignal) => delay(ms, undefined, { signal })

/** Redirects are followed within the same origin only, and only where nothing is re-sent: a token must not reach another host. */
async function follow(attempt: Attempt, request: HttpRequest, source: string) {
  let current = request
  for (let hops = 0; ; hops++) {
    const outcome = await attempt(current)
    const location = outcome.kind === 'answer' ? outcome.answer.headers.location : undefined
    if (outcome.kind !== 'answer' || !REDIRECTS.has(outcome.answer.status) || !location) return outcome
    const { place } = outcome.answer
    const from = new URL(current.url)
    const to = URL.canParse(location, from) ? new URL(location, from) : null
    const problem =
      to?.origin !== from.origin
        ? to?.hostname === from.hostname && to.protocol === 'https:'
          ? `${place} redirects to https; write https:// in its address`
          : `${place} redirects to another host`
        : current.method === 'POST'
          ? `${place} redirects a POST`
          : hops >= MAX_REDIRECTS
            ? `${place} redirects in a circle`
            : null
    if (problem || !to) throw new PipelineError('SOURCE_ANSWERED_ERROR', { source, problem: problem ?? 'a redirect' })
    const { query: _, ...rest } = current
    current = { ...rest, url: to.href }
  }
}

/** `Retry-After` in seconds or as a date, against the server's own clock where it says it. */
export function retryAfter(headers: Readonly<Record<string, string>>): number | null {
  const asked = headers['retry-after']?.trim()
  if (!asked) return null
  if (/^\d+$/.test(asked)) return Number(asked) * 1000
  const until = Date.parse(asked)
  const now = Date.parse(headers.date ?? '')
  return Number.isNaN(until) ? null : Math.max(0, until - (Number.isNaN(now) ? Date.now() : now))
}

function refused(source: string, { status, place }: HttpAnswer, tried: number): PipelineError {
  const problem = `${place} answered ${status}${tried > 1 ? ` ${tried} times` : ''}`
  const login = status === 401 || status === 403
  return new PipelineError(login ? 'SOURCE_UNAUTHORIZED' : 'SOURCE_ANSWERED_ERROR', {
    source,
    problem,
    fault: login ? 'login' : 'answer',
    status,
  })
}

function failed(source: string, failure: Failure, bounds: HttpLimits, tried: number): PipelineError {
  const { kind, fault, place, cause } = failure
  const make = (code: ConstructorParameters<typeof PipelineError>[0], params: ErrorParams) =>
    new PipelineError(code, { source, fault, ...params }, { cause })
  if (cause instanceof NetworkSettingError) {
    const file = cause.path.startsWith('network.') ? 'sources.json' : 'the environment'
    return make('CONFIG_INVALID', { file, path: cause.path, problem: cause.message })
  }
  if (kind === 'idle') return make('SOURCE_STALLED', { seconds: bounds.idleMs / 1000, place })
  // Bytes did come, but so few that the total deadline ran out: for whoever is on call the same mend.
  if (kind === 'total')
    return make('SOURCE_STALLED', { seconds: bounds.totalMs / 1000, place: `${place} (unfinished)` })
  if (kind === 'too-large') return make('SOURCE_TOO_LARGE', { limit: size(bounds.maxBytes), place })
  if (kind === 'unreadable') return make('SOURCE_UNREADABLE', { expected: 'HTTP', problem: cause.message, place })
  const problem = `${place}: ${cause.message}${tried > 1 ? ` (${tried} attempts)` : ''}`
  if (fault === 'tls') return make('SOURCE_UNTRUSTED', { problem })
  return make(fault === 'proxy' ? 'SOURCE_PROXY' : 'SOURCE_UNREACHABLE', { problem })
}

const size = (bytes: number) => (bytes >= 1024 * 1024 ? `${Math.round(bytes / 1024 / 1024)} MiB` : `${bytes} bytes`)

/** The answer's body as JSON, or SOURCE_UNREADABLE; the message never quotes the body, which may hold persons. */
export function readJson(source: string, { headers, text, place }: HttpAnswer): unknown {
  const unreadable = (problem: string, cause?: unknown) =>
    new PipelineError('SOURCE_UNREADABLE', { source, expected: 'JSON', problem, place }, { cause })
  const start = text.trimStart()
  if (start === '') throw unreadable('the answer is empty')
  if (headers['content-type']?.includes('html') || start.startsWith('<')) throw unreadable('it is a web page')
  try {
    return parseJson(text)
  } catch (cause) {
    throw unreadable(cause instanceof Error ? cause.message : String(cause), cause)
  }
}
