/** One stream tried: what was reached on the way, the page that came of it, and one record judged. */
import type { Stream } from '../connect/connector.ts'
import type { HttpLimits } from '../connect/http.ts'
import { makeTransport } from '../connect/network.ts'
import { EXIT, PipelineError } from '../errors.ts'
import { type Known, knownAfter, knownBefore } from './check-kinds.ts'
import { type Probe, probe, type Target, targetOf } from './check-probe.ts'
import { inSmallPages, type Sample, sample, watched } from './sampling.ts'
import { learn } from './secrets.ts'
import { httpOf, type Opened } from './source.ts'
import { firstTraced, type Traced, tracerOf } from './trace.ts'

/** Somebody waits for it: one attempt, and no answer that dribbles. */
const LIMITS: Partial<HttpLimits> & { connectMs: number } = {
  attempts: 1,
  connectMs: 5_000,
  idleMs: 15_000,
  totalMs: 30_000,
}
/** of one stream, whatever it asks for on the way */
const STREAM_MS = 60_000
/** the first may hold no record: a window of days in which nothing came */
const PAGES_AT_MOST = 3

export interface Tried {
  stream: Stream<unknown>
  /** host and port, file, folder or command; null where it asked for none */
  place: string | null
  probe: Probe | null
  /** host and port of the proxy; null where none stands in between */
  proxy: string | null
  known: Known
  /** theirs minus ours at each answer, ms */
  skews: readonly number[]
  sample: Sample | null
  traced: Traced | null
  error: PipelineError | null
}

const placeOf = ({ host, port }: Target) => `${host}:${port}`

export async function tryStream(opened: Opened, stream: Stream<unknown>): Promise<Tried> {
  const signal = AbortSignal.any([opened.deps.signal, AbortSignal.timeout(STREAM_MS)])
  const clock = opened.deps.clock ?? Date.now
  const before = knownBefore(opened, stream)
  const tried: { -readonly [Name in keyof Tried]: Tried[Name] } = {
    stream,
    place: before.target ? placeOf(before.target) : before.place,
    probe: before.target && (await probe(before.target, signal, LIMITS.connectMs)),
    proxy: null,
    known: before,
    skews: [],
    sample: null,
    traced: null,
    error: null,
  }
  const skews: number[] = []
  const http = watched(httpOf(opened, signal, LIMITS), {
    async asking({ url }) {
      const target = targetOf(url)
      if (tried.probe || !target) return
      tried.place = placeOf(target)
      tried.proxy = proxyTo(url, opened)
      // behind a proxy it is the proxy that we look up and connect to
      const next = tried.proxy === null ? target : { ...target, ...targetOf(`http://${tried.proxy}`), tls: target.tls }
      tried.probe = await probe(next, signal, LIMITS.connectMs)
    },
    answered({ answer }) {
      const theirs = Date.parse(answer?.headers.date ?? '')
      if (!Number.isNaN(theirs)) skews.push(theirs - clock())
      learn(opened.secrets, answer)
    },
  })
  try {
    tried.sample = await sample(opened, inSmallPages(stream, 1), { http, signal, records: 1, pages: PAGES_AT_MOST })
    tried.traced = firstTraced(tracerOf(opened, stream), tried.sample.pages, 1)[0] ?? null
    tried.known = { ...before, ...(await knownAfter(opened, stream, http, signal)) }
  } catch (error) {
    if (opened.deps.signal.aborted) throw opened.deps.signal.reason
    // no fault of the source: what is wrong in the configuration and shows only here, such as a certificate that is none; a bug
    if (error instanceof PipelineError && (error.exit === EXIT.usage || error.exit === EXIT.ours)) throw error
    tried.error = knownError(error, opened, signal)
  } finally {
    http.close()
  }
  const { skew } = tried.known
  return { ...tried, skews: skew === null ? skews : [...skews, skew] }
}

function proxyTo(url: string, { network }: Opened): string | null {
  const transport = makeTransport(network ?? {})
  try {
    return transport.wayTo(new URL(url)).proxy
  } catch {
    return null // network settings that are wrong: the request itself says so
  } finally {
    transport.close()
  }
}

function knownError(error: unknown, { source }: Opened, signal: AbortSignal): PipelineError {
  if (error instanceof PipelineError) return error
  if (!signal.aborted) throw error
  return new PipelineError('SOURCE_STALLED', { source: source.id, seconds: STREAM_MS / 1000, place: 'its first page' })
}
