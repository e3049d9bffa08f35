/**
 * The receiving side of the IOC, made up: signed batches of messages, idempotent by key and by id, the newest revision per figure held in memory.
 * A figure is (indicator, agency, period); a source status is one figure per source, ordered by its sequence.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { type Call, json, type Reply, text } from './http.ts'

export const RESULTS = ['accepted', 'duplicate', 'superseded', 'refused'] as const
export type Result = (typeof RESULTS)[number]
export interface Receipt {
  id: string
  result: Result
  reason?: string
}
export type Message = Record<string, unknown>

const KEY = 'sandbox'
const SECRET = 'sandbox-secret'
/** How far a sender's clock may be off. */
const TIMESTAMP_TOLERANCE = 5 * 60_000
/** Answers kept for a repeated Idempotency-Key; the first run of the sample sends some 200 batches. */
const ANSWERS_KEPT = 10_000

/** Messages in `GET /received`; `GET /received/newest` gives all of them, line by line. */
const SHOWN = 100

interface Figure {
  key: string
  newest: Message
  revision: number
  accepted: { id: string; revision: number }[]
}
interface Given {
  digest: string
  receipts: Receipt[]
}

export interface Received {
  /** receipts given, by result; an answer repeated under its Idempotency-Key is not counted again */
  counts: Record<Result, number>
  figures: number
  /** newest status message per source */
  sources: Record<string, Message>
  /** newest message per figure, ordered by figure key */
  newest: Message[]
}
export interface Filter {
  indicator?: string | null
  agency?: string | null
  period?: string | null
}

export interface Receiver {
  answer(call: Call): Reply
  received(filter?: Filter): Received
  /** every accepted (id, revision) of a figure, in the order of arrival; figure = `indicator|agency.key|period` or `source|name` */
  revisions(figure: string): readonly { id: string; revision: number }[]
  show(call: Call): Reply
}

export function receiver(): Receiver {
  const figures = new Map<string, Figure>()
  const sources = new Map<string, Figure>()
  const given = new Map<string, Given>()
  const counts: Record<Result, number> = { accepted: 0, duplicate: 0, superseded: 0, refused: 0 }

  function take(message: unknown): Receipt {
    const receipt = judge(message)
    counts[receipt.result] += 1
    return receipt
  }

  function judge(sent: unknown): Receipt {
    if (typeof sent !== 'object' || sent === null) return { id: '', result: 'refused', reason: 'not an object' }
    const message = sent as Message
    const place = placeOf(message)
    const id = textOf(message.id) ?? ''
    if ('problem' in place) return { id, result: 'refused', reason: place.problem }
    const held = place.source ? sources : figures
    const figure = held.get(place.key)
    if (!figure) {
      const accepted = [{ id: place.id, revision: place.revision }]
      held.set(place.key, { key: place.key, newest: message, revision: place.revision, accepted })
      return { id: place.id, result: 'accepted' }
    }
    if (figure.accepted.some((one) => one.id === place.id)) return { id: place.id, result: 'duplicate' }
    if (place.revision < figure.revision) return { id: place.id, result: 'superseded' }
    if (place.revision === figure.revision) {
      return { id: place.id, result: 'refused', reason: 'another message holds this revision of the figure' }
    }
    figure.newest = message
    figure.revision = place.revision
    figure.accepted.push({ id: place.id, revision: place.revision })
    return { id: place.id, result: 'accepted' }
  }

  function post(call: Call): Reply {
    const refused = unauthorised(call)
    if (refused) return json({ error: refused }, 401)
    const key = call.header('idempotency-key')
    if (key === '') return json({ error: 'Idempotency-Key is missing' }, 400)
    const digest = createHash('sha256').update(call.path).update(call.body).digest('hex')
    const before = given.get(key)
    if (before && before.digest !== digest) return json({ error: 'this Idempotency-Key came with another body' }, 422)
    if (before) return { ...json(before.receipts), headers: { 'idempotency-replayed': 'true' } }
    const messages = messagesOf(call.body)
    if (!messages) return json({ error: 'the body is not {messages: […]}' }, 400)
    const receipts = messages.map(take)
    given.set(key, { digest, receipts })
    if (given.size > ANSWERS_KEPT) given.delete(given.keys().next().value ?? '')
    return json(receipts)
  }

  function received(filter: Filter = {}): Received {
    const wanted = [...figures.values()].filter((figure) => fits(figure.newest, filter)).sort(byKey)
    return {
      counts: { ...counts },
      figures: figures.size,
      sources: Object.fromEntries(
        [...sources.values()].sort(byKey).map((one) => [String(one.newest.source), one.newest]),
      ),
      newest: wanted.map((figure) => figure.newest),
    }
  }

  return {
    received,
    revisions: (key) => (figures.get(key) ?? sources.get(key))?.accepted ?? [],
    answer(call) {
      const known = call.path === '/v1/indicators' || call.path === '/v1/source-status'
      if (!known) return json({ error: 'not found' }, 404)
      return call.method === 'POST' ? post(call) : json({ error: 'POST only' }, 405)
    },
    show(call) {
      const filter = {
        indicator: call.query.get('indicator'),
        agency: call.query.get('agency'),
        period: call.query.get('period'),
      }
      if (call.path === '/newest') {
        const lines = received(filter).newest.map((message) => `${JSON.stringify(message)}\n`)
        return { ...text(lines.join('')), type: 'application/x-ndjson; charset=utf-8' }
      }
      if (call.path === '/grey') {
        const now = Number(call.query.get('now') ?? Date.now())
        return json(
          [...figures.values()]
            .sort(byKey)
            .filter((one) => isGrey(one.newest, sources, now))
            .map((one) => one.key),
        )
      }
      if (call.path !== '') return json({ error: 'not found' }, 404)
      const { newest, ...rest } = received(filter)
      return json({ ...rest, matching: newest.length, newest: newest.slice(0, SHOWN) })
    },
  }
}

/** Null when the request is signed as agreed. */
function unauthorised(call: Call): string | null {
  const timestamp = call.header('x-ioc-timestamp')
  if (call.header('x-ioc-key') !== KEY) return 'unknown X-IOC-Key'
  if (!/^\d+$/.test(timestamp)) return 'X-IOC-Timestamp is not epoch milliseconds'
  const expected = createHmac('sha256', SECRET).update(`${timestamp}.`).update(call.body).digest()
  const signature = Buffer.from(call.header('x-ioc-signature'), 'hex')
  if (signature.length !== expected.length || !timingSafeEqual(signature, expected))
    return 'X-IOC-Signature does not match'
  if (Math.abs(Date.now() - Number(timestamp)) > TIMESTAMP_TOLERANCE)
    return 'X-IOC-Timestamp is more than 5 minutes off'
  return null
}

function messagesOf(body: Buffer): unknown[] | null {
  try {
    const value = JSON.parse(body.toString('utf8')) as { messages?: unknown } | null
    return Array.isArray(value?.messages) ? (value.messages as unknown[]) : null
  } catch {
    return null // answered as a wrong body
  }
}

/** A message is whatever was sent: an object, for one, has no text. */
const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null)

type Place = { source: boolean; key: string; id: string; revision: number } | { problem: string }

function placeOf(message: Message): Place {
  if (message.kind === 'source-status') {
    const { source, sequence } = message
    if (typeof source !== 'string' || typeof sequence !== 'number') return { problem: 'source or sequence is missing' }
    return {
      source: true,
      key: `source|${source}`,
      id: textOf(message.id) ?? `${source}:${sequence}`,
      revision: sequence,
    }
  }
  if (message.kind !== 'indicator') return { problem: 'kind is neither indicator nor source-status' }
  const { id, indicator, period, revision } = message
  const agency = agencyKey(message)
  if (typeof id !== 'string' || typeof indicator !== 'string' || typeof period !== 'string' || agency === null) {
    return { problem: 'id, indicator, agency.key or period is missing' }
  }
  if (typeof revision !== 'number') return { problem: 'revision is not a number' }
  return { source: false, key: `${indicator}|${agency}|${period}`, id, revision }
}

function agencyKey(message: Message): string | null {
  const agency = message.agency as { key?: unknown } | null | undefined
  return typeof agency?.key === 'string' ? agency.key : null
}

const fits = (message: Message, { indicator, agency, period }: Filter): boolean =>
  (!indicator || message.indicator === indicator) &&
  (!period || message.period === period) &&
  (!agency || agencyKey(message) === agency || agencyKey(message)?.split('@')[0] === agency)

/** A figure is fresh until the later of its own freshUntil and the earliest among the latest statuses of its sources. */
function isGrey(message: Message, sources: ReadonlyMap<string, Figure>, now: number): boolean {
  const named = Array.isArray(message.sources) ? (message.sources as unknown[]) : []
  const statuses = named.map((one) => {
    const name = textOf(one) ?? textOf((one as { source?: unknown } | null)?.source)
    return instant(sources.get(`source|${name}`)?.newest.freshUntil)
  })
  const bySources = statuses.length === 0 ? Number.NEGATIVE_INFINITY : Math.min(...statuses)
  return now > Math.max(instant(message.freshUntil), bySources)
}

/** Epoch ms or ISO text; what is absent was never fresh. */
function instant(value: unknown): number {
  const at = typeof value === 'number' ? value : typeof value === 'string' ? Date.parse(value) : Number.NaN
  return Number.isNaN(at) ? Number.NEGATIVE_INFINITY : at
}

const byKey = (a: Figure, b: Figure): number => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)
