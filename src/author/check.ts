/**
 * `ioc connector check`: how far one gets with a source, step by step, with the transport of the sync, so that what is said here is what
 * the sync meets. One small page is read of each stream and one record judged; nothing is stored anywhere.
 *
 *   dns ─► route ─► proxy ─► tls ─► login ─► permission ─► data      the first that fails says why, what follows is not reached
 */

import type { SourceConfig } from '../config.ts'
import type { Stream } from '../connect/connector.ts'
import { type ExitCode, type PipelineError, worstExit } from '../errors.ts'
import type { Reason } from '../sync/protocol.ts'
import {
  notNeeded,
  notReached,
  passed,
  STEPS,
  type Step,
  stepOf,
  type Tell,
  tell,
  upTo,
  warned,
} from './check-steps.ts'
import { type Tried, tryStream } from './check-try.ts'
import { type Guarantee, guaranteesOf } from './guarantees.ts'
import type { Sample } from './sampling.ts'
import { type AuthorDeps, compiled, type Opened, openSource, streamsNamed } from './source.ts'
import type { Traced } from './trace.ts'

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
  /** what is so whether it can be reached or not */
  remarks: readonly Tell[]
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
    if (!tried.some(({ error }) => error !== null && isOfSource(error))) tried.push(await tryStream(opened, stream))
  }
  const [first] = tried
  return {
    source: source.id,
    connector: opened.connector.name,
    kind: streams[0]?.read.kit?.kind ?? null,
    target: first?.place ?? null,
    remarks: first?.known.remarks ?? [],
    steps: first ? networkSteps(tried.find(({ error }) => error !== null && isOfSource(error)) ?? first) : [],
    clock: clockOf(opened, tried),
    streams: streams.map((stream, i) => checkedStream(opened, stream, tried[i])),
    exit: worstExit(tried.map(({ error }) => error?.exit ?? 0)),
  }
}

/** Everything up to the login is the source's, not the stream's. */
const isOfSource = (error: PipelineError) => STEPS.indexOf(stepOf(error)) <= STEPS.indexOf('login')

/** What is the source's own, of the first stream that was tried. */
function networkSteps({ probe, proxy, known, error }: Tried): Step[] {
  const through =
    proxy === null ? notNeeded('proxy', tell('proxy-none')) : passed('proxy', tell('proxy-used', { place: proxy }))
  const plain = notNeeded('tls', ...(probe ? [tell('tls-plain')] : []))
  const steps = [
    probe?.dns ?? (probe ? notReached('dns') : notNeeded('dns')),
    known.route ?? probe?.route ?? (probe ? notReached('route') : notNeeded('route')),
    through,
    known.tls ?? (probe?.target.tls ? passed('tls', tell('tls-stands')) : plain),
    known.login ?? passed('login', tell('login-done')),
  ]
  return upTo(steps, error && isOfSource(error) ? error : null)
}

function checkedStream(opened: Opened, stream: Stream<unknown>, tried: Tried | undefined): CheckedStream {
  return {
    stream: stream.name,
    steps: tried ? streamSteps(tried) : [notReached('permission'), notReached('data')],
    record: tried?.traced ? recordOf(tried.traced) : null,
    guarantees: guaranteesOf(opened.connector, stream, { source: opened.source.id }),
  }
}

function streamSteps({ known, sample, traced, error }: Tried): Step[] {
  const permission = known.permission ?? passed('permission', tell('permission-granted'))
  if (error) return upTo([permission, notReached('data')], error)
  const data = dataStep(sample, traced)
  return [permission, { ...data, says: [...data.says, ...known.data] }]
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
