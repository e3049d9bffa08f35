/**
 * `ioc connector check`: how far one gets with a source, step by step, with the transport of the sync, so that what is said here is what
 * the sync meets. One small page is read of each stream and one record judged; nothing is stored anywhere.
 *
 *   dns ─► route ─► proxy ─► tls ─► login ─► permission ─► data      the first that fails says why, what follows is not reached
 */

import type { SourceConfig } from '../config.ts'
import type { Stream } from '../connect/connector.ts'
import type { HttpLimits } from '../connect/http.ts'
import { type ExitCode, PipelineError, worstExit } from '../errors.ts'
import type { Reason } from '../sync/protocol.ts'
import { type Probe, probe, targetOf } from './check-probe.ts'
import { notNeeded, notReached, passed, STEPS, type Step, stepOf, tell, upTo, warned } from './check-steps.ts'
import { type Guarantee, guaranteesOf } from './guarantees.ts'
import { type Exchange, inSmallPages, type Sample, sample, watched } from './sampling.ts'
import { learn } from './secrets.ts'
import { type AuthorDeps, compiled, httpOf, type Opened, openSource, streamsNamed } from './source.ts'
import { firstTraced, type Traced, tracerOf } from './trace.ts'

/** Somebody waits for it: one attempt, and no answer that dribbles. */
export const CHECK_LIMITS: Partial<HttpLimits> = { attempts: 1, connectMs: 5_000, idleMs: 15_000, totalMs: 30_000 }
/** of one stream, whatever it asks for on the way */
const STREAM_MS = 60_000
/** the first may hold no record: a window of days in which nothing came */
const PAGES_AT_MOST = 3

export interface Clock {
  /** theirs minus ours, ms; null where the source does not say its time */
  skew: number | null
  /** of a made-up source: epoch ms; null where it is real */
  sampleTime: number | null
  state: 'passed' | 'warned' | 'not-reached'
}
export interface CheckedRecord {
  fields: number
  unknown: readonly string[]
  /** the verdicts are all that is said of persons */
  persons: readonly { field: string; verdict: string }[]
  reasons: readonly Reason[]
}
export interface CheckedStream {
  stream: string
  steps: readonly Step[]
  record: CheckedRecord | null
  guarantees: readonly Guarantee[]
}
export interface Checked {
  source: string
  connector: string
  kind: string | null
  /** host and port, file or folder; null where the source was not asked for any */
  target: string | null
  steps: readonly Step[]
  clock: Clock
  streams: readonly CheckedStream[]
  exit: ExitCode
}

/** Throws what is wrong in the configuration (exit 2); what the source does wrong is in the steps. */
export async function checkSource(deps: AuthorDeps, source: SourceConfig, name?: string): Promise<Checked> {
  const opened = await openSource(deps, source)
  const streams = streamsNamed(opened, name)
  for (const stream of streams) await compiled(opened, stream)
  const tried: Tried[] = []
  for (const stream of streams) {
    // what stopped the first on its way would stop each
    const stopped = tried.find(({ error }) => error !== null && isOfSource(error))
    tried.push(stopped ? { ...NOT_TRIED, stream } : await tryStream(opened, stream))
  }
  const [first] = tried
  const network = first ? networkSteps(first) : []
  return {
    source: source.id,
    connector: opened.connector.name,
    kind: first?.stream.read.kit?.kind ?? null,
    target: first?.probes[0] ? placeOf(first.probes[0]) : null,
    steps: network,
    clock: clockOf(opened, tried),
    streams: tried.map((one) => checkedStream(opened, one)),
    exit: worstExit(tried.map(({ error }) => error?.exit ?? 0)),
  }
}

interface Tried {
  stream: Stream<unknown>
  isTried: boolean
  probes: readonly Probe[]
  /** an answer came, of whatever kind */
  answered: boolean
  /** theirs minus ours at each answer, ms */
  skews: readonly number[]
  sample: Sample | null
  traced: Traced | null
  error: PipelineError | null
}
const NOT_TRIED: Omit<Tried, 'stream'> = {
  isTried: false,
  probes: [],
  answered: false,
  skews: [],
  sample: null,
  traced: null,
  error: null,
}
/** Everything up to the login is the source's, not the stream's. */
const isOfSource = (error: PipelineError) => STEPS.indexOf(stepOf(error)) <= STEPS.indexOf('login')
const placeOf = ({ target: { host, port } }: Probe) => `${host}:${port}`

async function tryStream(opened: Opened, stream: Stream<unknown>): Promise<Tried> {
  const signal = AbortSignal.any([opened.deps.signal, AbortSignal.timeout(STREAM_MS)])
  const probes: Probe[] = []
  const exchanges: Exchange[] = []
  const skews: number[] = []
  const clock = opened.deps.clock ?? Date.now
  const http = watched(httpOf(opened, signal, CHECK_LIMITS), {
    async asking({ url }) {
      const target = targetOf(url)
      if (!target || probes.some((one) => placeOf(one) === `${target.host}:${target.port}`)) return
      probes.push(await probe(target, signal, CHECK_LIMITS.connectMs ?? 0))
    },
    answered(exchange) {
      exchanges.push(exchange)
      const theirs = Date.parse(exchange.answer?.headers.date ?? '')
      if (!Number.isNaN(theirs)) skews.push(theirs - clock())
      learn(opened.secrets, exchange.answer)
    },
  })
  const known = { stream, isTried: true, probes, skews }
  try {
    const read = await sample(opened, inSmallPages(stream, 1), { http, signal, records: 1, pages: PAGES_AT_MOST })
    const traced = firstTraced(tracerOf(opened, stream), read.pages, 1)[0] ?? null
    return { ...known, answered: true, sample: read, traced, error: null }
  } catch (error) {
    if (opened.deps.signal.aborted) throw opened.deps.signal.reason
    const answered = exchanges.some((one) => one.answer !== null)
    return { ...known, answered, sample: null, traced: null, error: knownError(error, opened, signal) }
  } finally {
    http.close()
  }
}

function knownError(error: unknown, { source }: Opened, signal: AbortSignal): PipelineError {
  if (error instanceof PipelineError) return error
  if (!signal.aborted) throw error
  return new PipelineError('SOURCE_STALLED', { source: source.id, seconds: STREAM_MS / 1000, place: 'its first page' })
}

/** What is the source's own, of the first stream that was tried. */
function networkSteps({ probes, error }: Tried): Step[] {
  const [first] = probes
  const known = [
    first?.dns ?? (first ? notReached('dns') : notNeeded('dns')),
    first?.route ?? (first ? notReached('route') : notNeeded('route')),
    notNeeded('proxy', tell('proxy-none')),
    first?.target.tls ? passed('tls', tell('tls-stands')) : notNeeded('tls', ...(first ? [tell('tls-plain')] : [])),
    passed('login', tell('login-done')),
  ]
  return upTo(known, error && isOfSource(error) ? error : null)
}

function checkedStream(opened: Opened, { stream, isTried, sample, traced, error }: Tried): CheckedStream {
  const steps =
    !isTried || (error && isOfSource(error))
      ? [notReached('permission'), notReached('data')]
      : error
        ? upTo([passed('permission', tell('permission-granted')), notReached('data')], error)
        : [passed('permission', tell('permission-granted')), dataStep(sample, traced)]
  return {
    stream: stream.name,
    steps,
    record: traced && recordOf(traced),
    guarantees: guaranteesOf(opened.connector, stream, { source: opened.source.id }),
  }
}

function dataStep(sample: Sample | null, traced: Traced | null): Step {
  if (sample?.why && !traced) return warned('data', tell('data-incomplete', { why: sample.why }))
  if (!traced) return warned('data', tell('data-empty'))
  const { length: fields } = traced.fields
  if (traced.reasons.length === 0) return passed('data', tell('data-accepted', { fields }))
  const said = traced.reasons.slice(0, 3).map(({ path, rule, expected }) => `${path} ${rule} (${expected})`)
  return warned('data', tell('data-set-aside', { reasons: said.join('; ') }))
}

const recordOf = ({ fields, reasons }: Traced): CheckedRecord => ({
  fields: fields.length,
  unknown: [...new Set(fields.filter(({ is }) => is === 'unknown').map(({ field }) => listed(field)))],
  persons: fields
    .filter(({ is }) => is === 'personal')
    .map(({ field, protected: verdict }) => ({ field: listed(field), verdict: verdict ?? 'absent' })),
  reasons,
})

/** `TaiLieuNop/0/TenTep` → `TaiLieuNop[]/TenTep` */
const listed = (field: string) => field.replace(/\/\d+(?=\/|$)/g, '[]')

/** `Date` counts whole seconds, and an answer is on its way for a while. */
const SKEW_AT_MOST = 60_000
function clockOf({ sampleTime }: Opened, tried: readonly Tried[]): Clock {
  const skews = tried.flatMap((one) => one.skews)
  const skew = skews.length === 0 ? null : skews.reduce((a, b) => (Math.abs(a) < Math.abs(b) ? a : b))
  if (skew === null) return { skew, sampleTime, state: sampleTime === null ? 'not-reached' : 'passed' }
  return { skew, sampleTime, state: Math.abs(skew) > SKEW_AT_MOST ? 'warned' : 'passed' }
}
