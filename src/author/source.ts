/** A configured source as the verbs that try it see it: its connector, its settings with their secrets, and what time it is there. */
import { randomBytes } from 'node:crypto'
import {
  budgetFile,
  type Config,
  clockUrl,
  type Env,
  resolveNetwork,
  resolveSettings,
  type SourceConfig,
} from '../config.ts'
import type { Connector, ReadContext, Stream } from '../connect/connector.ts'
import { type Http, type HttpLimits, makeHttp } from '../connect/http.ts'
import { loadConnector } from '../connect/load.ts'
import type { Network } from '../connect/network.ts'
import { nearest, PipelineError } from '../errors.ts'
import { checkSchemas } from '../sync/check-schemas.ts'
import { type OpenStream, openStream } from '../sync/open-stream.ts'
import { compileStream } from '../sync/page.ts'
import { readSampleClock } from '../sync/sample-clock.ts'
import { secretsIn } from './secrets.ts'

export interface AuthorDeps {
  config: Config
  env: Env
  signal: AbortSignal
  /** the wall clock, epoch ms */
  clock?: () => number
}
export interface Opened {
  deps: AuthorDeps
  source: SourceConfig
  connector: Connector<unknown>
  settings: Record<string, unknown>
  /** `network` of the instance, its references resolved */
  network: Network | null
  /** what no output may show, in every form in which it may appear; grows as logins are answered */
  secrets: string[]
  /** epoch ms: sample time for a made-up source */
  now: number
  /** null where the source is real, or its sample clock cannot be read */
  sampleTime: number | null
}

/** Throws CONFIG_INVALID, CONNECTOR_INVALID, SECRET_MISSING: all that is wrong before anything is asked of the source. */
export async function openSource(deps: AuthorDeps, source: SourceConfig): Promise<Opened> {
  const connector = await loadConnector(source.connector)
  checkSchemas(connector, deps.config.homes)
  const settings = resolveSettings(source, connector.settings, deps.env, deps.config.home)
  const address = clockUrl(source, deps.env)
  const sampleTime = address === null ? null : await readSampleClock(address)
  const network = resolveNetwork(source, deps.env)
  const secrets = secretsIn({ ...settings, network }, connector.settings)
  return {
    deps,
    source,
    connector,
    settings,
    network,
    secrets,
    sampleTime,
    now: sampleTime ?? (deps.clock ?? Date.now)(),
  }
}

/** All streams, or the one that is named. Throws UNKNOWN_NAME. */
export function streamsNamed({ connector }: Opened, name: string | undefined): readonly Stream<unknown>[] {
  if (name === undefined) return connector.streams
  const known = connector.streams.map((stream) => stream.name)
  const found = connector.streams.filter((stream) => stream.name === name)
  if (found.length > 0) return found
  const near = nearest(name, known)
  throw new PipelineError('UNKNOWN_NAME', {
    kind: 'stream',
    name,
    known: near ? `${near}?  (${known.join(', ')})` : known.join(', '),
  })
}

/** The stream with its schemas and map compiled, as the reading thread has it. Throws CONNECTOR_INVALID, CONFIG_UNREADABLE. */
export const compiled = ({ source, deps: { config }, now }: Opened, stream: Stream<unknown>): Promise<OpenStream> =>
  openStream({ ...startOf({ source, now, config }), stream: stream.name })

/** Nothing that is tried here is kept: the key under which undecodable records would be fingerprinted is for this process only. */
const KEY = randomBytes(32).toString('hex')
export const startOf = ({ source, now, config }: { source: SourceConfig; now: number; config: Config }) => ({
  connector: source.connector,
  source: source.id,
  agency: source.agency,
  zone: config.zone,
  now,
  schemaHomes: config.homes,
  hmacKey: KEY,
})

/** The transport of the sync, with the network settings of the source; `limits` only shorten what somebody waits for. */
export const httpOf = ({ source, network, deps }: Opened, signal: AbortSignal, limits: Partial<HttpLimits>): Http =>
  makeHttp({ source: source.id, signal, limits, network, budgetFile: budgetFile(deps.config.home) })

/** What the connector's `read` is given for a sample: a first read, of which only the beginning is taken. */
export function sampleContext(
  { source, settings, now, connector, deps: { config } }: Opened,
  stream: Stream<unknown>,
  http: Http,
  signal: AbortSignal,
): ReadContext<unknown> {
  const { fields } = compileStream(connector, stream, { ...startOf({ source, now, config }), stream: stream.name })
  return {
    config: settings,
    stream: { ...stream, fields },
    source: source.id,
    agency: source.agency,
    watermark: recent(stream, now),
    resume: null,
    now,
    zone: config.zone,
    signal,
    http,
    async *unfinished() {},
    full: false,
  }
}

/** Windows of days begin where the system does, years ago; what is wanted is what it says today. */
function recent({ read }: Stream<unknown>, now: number): string | null {
  const declared = read.kit?.declaration as { windows?: unknown } | undefined
  return declared?.windows === undefined ? null : new Date(now).toISOString()
}
