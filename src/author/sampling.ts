/** A few records of a stream, read as the sync reads them, with every request watched; in small pages, to burden the source little. */
import type { Page, ReadContext, Stream } from '../connect/connector.ts'
import type { Http, HttpAnswer, HttpRequest } from '../connect/http.ts'
import { rest } from '../connect/rest.ts'
import type { RestDeclaration } from '../connect/rest-declaration.ts'
import { PipelineError } from '../errors.ts'
import { withAddress } from '../sync/address.ts'
import { describeUnexpected } from '../sync/redact.ts'
import { redacted } from './secrets.ts'
import { type Opened, sampleContext } from './source.ts'

/** One request and what came of it. */
export interface Exchange {
  request: HttpRequest
  answer: HttpAnswer | null
  error: unknown
}
export interface Watch {
  /** before anything is sent */
  asking?(request: HttpRequest): Promise<void>
  answered(exchange: Exchange): void
}

/** The same transport; whoever watches sees each request, and its answer or its error. */
export function watched(http: Http, watch: Watch): Http {
  async function seen<T extends HttpAnswer>(request: HttpRequest, send: () => Promise<T>): Promise<T> {
    await watch.asking?.(request)
    try {
      const answer = await send()
      watch.answered({ request, answer, error: null })
      return answer
    } catch (error) {
      watch.answered({ request, answer: null, error })
      throw error
    }
  }
  return {
    ...http,
    send: (request) => seen(request, () => http.send(request)),
    json: (request) => seen(request, () => http.json(request)),
  }
}

/** The stream asking for pages of at most `rows` rows, where its paging lets the size be chosen. */
export function inSmallPages(stream: Stream<unknown>, rows: number): Stream<unknown> {
  const { kit } = stream.read
  const declared = kit?.declaration as RestDeclaration<unknown> & {
    paging: { size?: { rows: number }; seams?: string }
  }
  const size = kit?.kind === 'rest' ? declared.paging?.size : undefined
  // `trust` says that this server cannot give a page of another size
  if (!size || declared.paging.seams === 'trust') return stream
  const paging = { ...declared.paging, size: { ...size, rows: Math.min(size.rows, rows) } }
  return { ...stream, read: rest({ ...declared, paging } as RestDeclaration<unknown>) }
}

export interface Sampling {
  http: Http
  signal: AbortSignal
  /** records and pages at which reading stops */
  records: number
  pages: number
}
export interface Sample {
  pages: Page[]
  /** nothing was left to read */
  isWhole: boolean
  /** why the source says that its read was not complete */
  why: string | null
}

/** Throws what the connector throws. Where windows of days are read and nothing came of late, those of a year are. */
export async function sample(opened: Opened, stream: Stream<unknown>, options: Sampling): Promise<Sample> {
  const context = sampleContext(opened, stream, options.http, options.signal)
  try {
    const recent = await begun(stream, context, options)
    if (context.watermark === null || recent.pages.some(({ records }) => records.length > 0)) return recent
    const year = new Date(opened.now - YEAR_MS).toISOString()
    return await begun(stream, { ...context, watermark: year }, { ...options, pages: WINDOWS_AT_MOST })
  } catch (error) {
    if (options.signal.aborted) throw error
    throw withoutSecrets(withAddress(error, opened.source, opened.settings), opened.secrets)
  }
}

/** As the reading thread tells it: what a driver or a tap says may quote the address, and with it the password. */
function withoutSecrets(error: unknown, secrets: readonly string[]): unknown {
  if (!(error instanceof PipelineError)) {
    // a fault of the connector's own may quote a record
    const { what, stack } = describeUnexpected(error, secrets)
    return new PipelineError('INTERNAL', { what }, { cause: Object.assign(new Error(what), { stack }) })
  }
  return new PipelineError(error.code, redacted(error.params, secrets), { cause: error.cause })
}

const YEAR_MS = 365 * 86_400_000
/** of a month each, the one before included */
const WINDOWS_AT_MOST = 14

async function begun(stream: Stream<unknown>, context: ReadContext<unknown>, options: Sampling): Promise<Sample> {
  const { signal, records, pages } = options
  const reading = stream.read(context)
  const taken: Page[] = []
  let count = 0
  try {
    while (taken.length < pages && count < records) {
      const next = await reading.next()
      signal.throwIfAborted()
      if (next.done) {
        const why = next.value.enumerated === 'incomplete' ? next.value.why : null
        return { pages: taken, isWhole: why === null, why }
      }
      taken.push(next.value)
      count += next.value.records.length + (next.value.undecodable?.length ?? 0)
    }
    return { pages: taken, isWhole: false, why: null }
  } finally {
    await reading.return({ enumerated: 'incomplete', why: 'only a sample was wanted' })
  }
}
