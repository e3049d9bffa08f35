/**
 * `ioc connector preview`: the first records of a stream beside what asked for them, on their whole way: request, response, extracted,
 * protected, mapped, set aside and why. Persons are masked before anything leaves here, secrets in every form they may have.
 */
import type { SourceConfig } from '../config.ts'
import { HTTP_LIMITS } from '../connect/http.ts'
import { inSmallPages, sample, watched } from './sampling.ts'
import { learn, redacted } from './secrets.ts'
import { type ExchangeShown, exchangeShown, originOf } from './shown.ts'
import { type AuthorDeps, compiled, httpOf, openSource, streamsNamed } from './source.ts'
import { firstTraced, type Traced, tracerOf } from './trace.ts'

export interface PreviewedStream {
  stream: string
  entity: string
  /** what is asked where no HTTP is: a query, a folder, a command */
  origin: string | null
  exchanges: readonly ExchangeShown[]
  records: readonly Traced[]
  /** what came and could not be decoded into a record at all */
  undecodable: readonly { place: string; rule: string }[]
  remarks: readonly string[]
  /** why the source says that it was not read completely */
  why: string | null
}
export interface Previewed {
  source: string
  connector: string
  streams: readonly PreviewedStream[]
}
export interface PreviewOptions {
  stream?: string | undefined
  records: number
}

const PAGES_AT_MOST = 5
const EXCHANGES_AT_MOST = 10

/** Throws what the sync would throw; nothing is stored. */
export async function previewSource(
  deps: AuthorDeps,
  source: SourceConfig,
  { stream: name, records }: PreviewOptions,
): Promise<Previewed> {
  const opened = await openSource(deps, source)
  const streams: PreviewedStream[] = []
  for (const stream of streamsNamed(opened, name)) {
    const tracer = tracerOf(opened, stream)
    const exchanges: ExchangeShown[] = []
    const http = watched(httpOf(opened, deps.signal, { attempts: Math.min(2, HTTP_LIMITS.attempts) }), {
      answered(exchange) {
        learn(opened.secrets, exchange.answer)
        if (exchanges.length < EXCHANGES_AT_MOST) exchanges.push(exchangeShown(exchange))
      },
    })
    try {
      const options = { http, signal: deps.signal, records, pages: PAGES_AT_MOST }
      const { pages, why } = await sample(opened, inSmallPages(stream, records), options)
      streams.push({
        stream: stream.name,
        entity: stream.entity,
        origin: await originOf(stream, opened.settings, (await compiled(opened, stream)).reader.fields),
        exchanges,
        records: firstTraced(tracer, pages, records),
        undecodable: pages.flatMap(({ undecodable = [] }) => undecodable.map(({ place, rule }) => ({ place, rule }))),
        remarks: pages.flatMap(({ remarks = [] }) => remarks),
        why,
      })
    } finally {
      http.close()
    }
  }
  // at the end: a token that the last answer handed out stands in the requests before it
  return redacted({ source: source.id, connector: opened.connector.name, streams }, opened.secrets)
}
