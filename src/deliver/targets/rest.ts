/** One signed POST of one batch to an IOC over REST, and what came of it. */
import { createHmac } from 'node:crypto'
import type { AxiosResponse } from 'axios'
import { loadAxios } from '../../on-demand.ts'
import type { Batch } from '../outbox.ts'
import { retryAfterMs } from '../retry.ts'

export interface RestTarget {
  name: string
  /** the folder of the two endpoints, e.g. `https://ioc.example/ioc/v1` */
  url: string
  key: string
  secret: string
}
export interface Confirmation {
  id: string
  result: 'accepted' | 'duplicate' | 'superseded' | 'refused'
  reason: string | null
}
/**
 * answer: what was confirmed, possibly less than was sent · refusal: sent again, it would be refused again ·
 * unknown: it may or may not have arrived, so the same batch goes again.
 */
export type Outcome =
  | { kind: 'answer'; confirmed: readonly Confirmation[] }
  | { kind: 'refusal'; problem: string; unauthorized?: true }
  | { kind: 'unknown'; problem: string; retryAfterMs: number | null; cause?: Error }

/** 30 s for the whole call: a batch takes a receiver well under a second. */
const DEADLINE_MS = 30_000
/** 16 MiB; an answer to 500 messages is about 50 KB. */
const ANSWER_BYTES = 16 * 1024 * 1024
const RESULTS: readonly string[] = ['accepted', 'duplicate', 'superseded', 'refused'] satisfies Confirmation['result'][]
const LOOPBACK = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/
/** Refused for what it is or how it is signed: the same batch would be refused again. 408, 425, 429 and 5xx pass. */
const isRefusal = (status: number) => status >= 400 && status < 500 && ![408, 425, 429].includes(status)

/** Aborts with `signal`'s reason. `now`: epoch ms. */
export async function post(
  target: RestTarget,
  batch: Batch,
  now: number,
  signal: AbortSignal,
  deadlineMs = DEADLINE_MS,
): Promise<Outcome> {
  const url = new URL(`${target.url.replace(/\/+$/, '')}/${batch.channel}`)
  try {
    const answer = await loadAxios().post<string>(url.href, batch.body, {
      headers: {
        'content-type': 'application/json; charset=utf-8',
        accept: 'application/json',
        'idempotency-key': batch.key,
        'x-ioc-timestamp': String(now),
        'x-ioc-key': target.key,
        'x-ioc-signature': createHmac('sha256', target.secret).update(`${now}.`).update(batch.body).digest('hex'),
      },
      signal: AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]),
      maxContentLength: ANSWER_BYTES,
      maxBodyLength: Number.POSITIVE_INFINITY,
      maxRedirects: 0,
      responseType: 'text',
      transformRequest: [],
      transformResponse: [],
      validateStatus: null,
      ...(LOOPBACK.test(url.hostname) ? { proxy: false as const } : {}),
    })
    return readAnswer(answer, url.host)
  } catch (error) {
    signal.throwIfAborted()
    const { code = '', message } = error as { code?: string; message: string }
    const problem = code === 'ERR_CANCELED' ? `no answer within ${deadlineMs / 1000} s` : code || message
    // A new error: the one of axios carries the request with its key and signature.
    return { kind: 'unknown', problem: `${url.host}: ${problem}`, retryAfterMs: null, cause: new Error(message) }
  }
}

function readAnswer({ status, data, headers }: AxiosResponse<string>, host: string): Outcome {
  if (status === 401 || status === 403) {
    return { kind: 'refusal', problem: `${host} answered ${status}`, unauthorized: true }
  }
  if (isRefusal(status)) return { kind: 'refusal', problem: `${host} answered ${status} to the whole batch` }
  const unknown = (problem: string, cause?: Error): Outcome => ({
    kind: 'unknown',
    problem: `${host} ${problem}`,
    retryAfterMs: retryAfterMs(headers['retry-after'], headers.date),
    ...(cause ? { cause } : {}),
  })
  if (status < 200 || status >= 300) return unknown(`answered ${status}`)
  if (data.trim() === '') return unknown(`answered ${status} with nothing in it`)
  try {
    const receipts: unknown = JSON.parse(data)
    if (!Array.isArray(receipts)) return unknown('answered something that is no list of receipts')
    return { kind: 'answer', confirmed: receipts.flatMap(confirmationOf) }
  } catch (cause) {
    const problem = data.trimStart().startsWith('<') ? 'answered with a web page' : 'answered with broken JSON'
    return unknown(problem, cause as Error)
  }
}

/** What is not understood confirms nothing. */
function confirmationOf(receipt: unknown): Confirmation[] {
  const { id, result, reason } = (receipt ?? {}) as { [name: string]: unknown }
  if (typeof id !== 'string' || typeof result !== 'string' || !RESULTS.includes(result)) return []
  return [
    { id, result: result as Confirmation['result'], reason: typeof reason === 'string' ? reason.slice(0, 200) : null },
  ]
}
