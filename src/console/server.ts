/** The console: a status page for people and /health for machines, on 127.0.0.1 unless a token guards it. Changes nothing. */
import { createHash, timingSafeEqual } from 'node:crypto'
import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'
import { explainError, type Language, PipelineError } from '../errors.ts'
import type { Warehouse } from '../warehouse/open.ts'
import type { RunRow } from '../warehouse/runs.ts'
import { html } from './page/html.ts'
import { page, statusPage } from './page/status-page.ts'
import { STYLE } from './page/style.ts'
import { speech } from './page/words.ts'
import { readStatus, type Status, type StatusConfig } from './status.ts'

export interface ConsoleOptions {
  /** 0 takes a free port */
  port: number
  /** anything but a loopback address needs a token */
  host?: string
  token?: string
  now: () => number
  config: StatusConfig
  /** a run in one sentence (src/schedule/runs.ts) */
  sentenceOf: (run: RunRow, language: Language) => string
}
export interface Console {
  url: string
  close(): Promise<void>
}

const LOOPBACK = ['127.0.0.1', 'localhost', '::1']
const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64')
const HEADERS = {
  'content-security-policy': `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
}

/** Throws USAGE for a host without a token, PORT_TAKEN. */
export async function startConsole(warehouse: Warehouse, options: ConsoleOptions): Promise<Console> {
  const { host = '127.0.0.1', port, token } = options
  if (!LOOPBACK.includes(host) && !token) {
    const mend = 'Set IOC_CONSOLE_TOKEN, or leave the host at 127.0.0.1.'
    throw new PipelineError('USAGE', { what: `The console does not listen on ${host} without a token`, mend })
  }
  const app = Fastify({ logger: false, forceCloseConnections: true })
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(HEADERS)
    // A page elsewhere may send a browser here under its own name; only the names we listen on are answered.
    if (!token && !LOOPBACK.includes(request.hostname.replace(/^\[|\]$/g, ''))) return reply.code(403).send('Forbidden')
    if (token && !mayEnter(request, token)) {
      return reply.code(401).header('www-authenticate', 'Basic realm="ioc-feed", charset="UTF-8"').send('Unauthorized')
    }
  })
  routes(app, warehouse, options)
  try {
    return { url: await app.listen({ port, host }), close: () => app.close() }
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw cause
    throw new PipelineError('PORT_TAKEN', { port }, { cause })
  }
}

function routes(app: FastifyInstance, warehouse: Warehouse, { now, config, sentenceOf }: ConsoleOptions): void {
  app.get<{ Querystring: { lang?: string } }>('/', async (request, reply) => {
    // The board starts in Vietnamese, whatever the server's locale.
    const language: Language = request.query.lang === 'en' ? 'en' : 'vi'
    const words = speech(language, config.zone)
    reply.type('text/html; charset=utf-8')
    try {
      const status = await readStatus(warehouse, config, language)
      return statusPage({ status, speech: words, now: now(), sentenceOf: (run) => sentenceOf(run, language) })
    } catch (error) {
      const { what, mend } = problemOf(error, language)
      reply.code(503)
      return page(words, html`<main><h1>${words.say('title')}</h1><section>${what}<p>→ ${mend}</p></section></main>`)
    }
  })
  app.get('/health', async (_, reply) => {
    try {
      return health(await readStatus(warehouse, config, 'en'), now())
    } catch (error) {
      reply.code(503)
      return { status: 'failed', problem: problemOf(error, 'en').what }
    }
  })
}

/** `ok`: every source fresh or partial and in time, nothing unconfirmed after a failed attempt, nothing refused, and what was compared with the records agrees. */
function health(status: Status, now: number) {
  const late = status.sources.filter((source) => source.state !== 'retired' && (source.freshUntil ?? 0) < now)
  const bad = status.sources.filter((source) => !['fresh', 'partial', 'retired'].includes(source.state))
  const stuck = status.outbox.filter((line) => (line.pending > 0 && line.attempts > 0) || line.refused > 0)
  const differences = status.spotCheck?.differences ?? 0
  return {
    status: late.length + bad.length + stuck.length + differences === 0 ? 'ok' : 'degraded',
    data: status.data,
    asOf: status.tick,
    sources: status.sources.map(({ id, state, asOf, freshUntil }) => ({ id, state, asOf, freshUntil })),
    outbox: status.outbox.map(({ target, pending, refused, oldest, attempts, confirmedAt }) => ({
      target,
      pending,
      refused,
      notConfirmedSince: attempts > 0 ? oldest : null,
      confirmedAt,
    })),
    quarantined: status.quarantine.reduce((sum, line) => sum + line.records, 0),
    spotCheck: status.spotCheck && { at: status.spotCheck.at, differences },
  }
}

function problemOf(error: unknown, language: Language): { what: string; mend: string } {
  if (error instanceof PipelineError) return explainError(error.code, error.params, language)
  const what = error instanceof Error ? error.message : String(error)
  return explainError('WAREHOUSE_UNREACHABLE', { warehouse: '', problem: what }, language)
}

/** `Authorization: Bearer <token>`, or the token as the password a browser asks for. */
function mayEnter(request: FastifyRequest, token: string): boolean {
  const [written = '', value = ''] = (request.headers.authorization ?? '').split(' ')
  const scheme = written.toLowerCase() // RFC 9110: whatever its case
  const given =
    scheme === 'basic'
      ? Buffer.from(value, 'base64')
          .toString('utf8')
          .replace(/^[^:]*:/, '')
      : value
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return ['basic', 'bearer'].includes(scheme) && timingSafeEqual(digest(given), digest(token))
}
