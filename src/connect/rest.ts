/**
 * `rest({...})` builds a stream's `read` from a declaration: who we are, what is asked, what in an answer means failure, how it is
 * paged, and what has changed since when.
 */
import { PipelineError } from '../errors.ts'
import { pick, splitDamaged } from './body.ts'
import { type Completeness, type Page, type Read, type ReadContext, withKit } from './connector.ts'
import type { Http } from './http.ts'
import { parseJson } from './json.ts'
import type { Auth, RestRequest, Signer } from './rest-auth.ts'
import { type Answered, type PageNumber, readByNumber } from './rest-pages.ts'

export interface RestDeclaration<Config> {
  /** address of the system, e.g. from its settings; its path is kept */
  base: (config: Config) => string
  auth: Auth<Config>
  request: (config: Config) => RestRequest
  /** What in an answer of 200 means failure: a sentence, or undefined where all is well. It sees the body before `unwrap`. */
  guard: (body: unknown) => string | undefined
  /** dotted path of a field that holds JSON as text; the paths below then start inside it */
  unwrap?: string
  /** dotted path of the list of records. One object in its place is a list of one. */
  records: string
  paging: { kind: 'none'; key: readonly string[] } | PageNumber
  since?: Since<Config>
}

/** Only what changed, by the server's own clock: for records that carry no time of change. */
export interface Since<Config> {
  parameter: string
  /** the stream's own `cursor` */
  cursor: { from: 'server-clock'; lookback: string }
  /** zone in which the server reads the parameter */
  zone: string
  write: (at: number, zone: string) => string
  /** the parameter's value on a first or full read; undefined leaves it out */
  first: (config: Config) => string | undefined
}

/** `yyyyMMddHHmmss` in `zone` */
export const compactTime = (at: number, zone: string): string =>
  local(at, zone).toPlainDateTime().toString({ smallestUnit: 'second' }).replace(/\D/g, '')
const local = (at: number, zone: string) => Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone)

/** Watermark: the server's time (ISO, UTC) when the first request was answered. The lookback is subtracted when asking. */
export function rest<Config>(declaration: RestDeclaration<Config>): Read<Config> {
  const { paging } = declaration
  return withKit('rest', declaration, async function* read(context) {
    const ask = asker(declaration, context)
    const since = sinceOf(declaration.since, context)
    const asked = (page: Readonly<Record<string, string>>) =>
      ask({
        ...page,
        ...(since.value === undefined || !declaration.since ? {} : { [declaration.since.parameter]: since.value }),
      })
    if (paging.kind === 'none') return yield* readWhole(await asked({}), paging.key, since.incremental)
    return yield* readByNumber(paging, asked, {
      ...context,
      since: since.value ?? null,
      incremental: since.incremental,
    })
  })
}

function sinceOf<Config>(since: Since<Config> | undefined, { watermark, full, config }: ReadContext<Config>) {
  if (!since) return { value: undefined, incremental: false }
  if (watermark === null || full) return { value: since.first(config), incremental: false }
  const at = Temporal.Instant.from(watermark).subtract(lookback(since.cursor.lookback)).epochMilliseconds
  return { value: since.write(at, since.zone), incremental: true }
}
/** Days of a lookback count 24 hours here: an instant knows no calendar. */
const lookback = (duration: string) =>
  Temporal.Duration.from(duration).round({ largestUnit: 'hour', relativeTo: '2024-01-01' })

/** One request of this declaration → its records, with the login renewed once where it has run out. */
function asker<Config>(declaration: RestDeclaration<Config>, context: ReadContext<Config>) {
  const { config, source, http } = context
  const base = declaration.base(config)
  const signer = declaration.auth({ config, source, http, base })
  const request = declaration.request(config)

  return async function ask(query: Readonly<Record<string, string>>): Promise<Answered> {
    const asked = { ...request, query: { ...request.query, ...query } }
    const { body, headers, place, damaged } = await signedIn(signer, source, http, asked)

    const problem = declaration.guard(body)
    if (problem) throw new PipelineError('SOURCE_ANSWERED_ERROR', { source, problem: `${place}: ${problem}` })
    const unreadable = (expected: string, why: string, cause?: unknown) =>
      new PipelineError('SOURCE_UNREADABLE', { source, expected, problem: why, place }, { cause })
    const inner = declaration.unwrap === undefined ? body : unwrapped(body, declaration.unwrap, unreadable)
    const found = pick(inner, declaration.records)
    const records = Array.isArray(found) ? found : typeof found === 'object' && found !== null ? [found] : null
    if (!records) throw unreadable('a list of records', `there is none at "${declaration.records}"`)
    return { body: inner, records, damaged, place, serverTime: serverTime(headers) ?? context.now }
  }
}

/** A login that has run out is renewed once; a refused login is not tried again, since accounts get locked. */
async function signedIn(signer: Signer, source: string, http: Http, request: RestRequest) {
  for (let again = false; ; again = true) {
    const signed = await signer.sign(request)
    const answer = await http.json(signed).catch((error: unknown) => {
      const runOut = error instanceof PipelineError && error.code === 'SOURCE_UNAUTHORIZED'
      if (again || !runOut || !signer.renew()) throw error
      return null
    })
    if (answer && !signer.expired(answer.body)) return answer
    if (answer && again) {
      throw new PipelineError('SOURCE_UNAUTHORIZED', { source, problem: 'a new session is refused at once' })
    }
    signer.renew()
  }
}

function unwrapped(body: unknown, path: string, unreadable: (expected: string, why: string, cause?: unknown) => Error) {
  const text = pick(body, path)
  if (typeof text !== 'string') throw unreadable('JSON text', `"${path}" is no text`)
  try {
    return parseJson(text)
  } catch (cause) {
    throw unreadable('JSON text', `in "${path}" ${cause instanceof Error ? cause.message : ''}`, cause)
  }
}

/** The made-up systems say their sample time; every other server says its clock in `Date`. */
function serverTime(headers: Readonly<Record<string, string>>): number | undefined {
  const sample = headers['x-sample-time']
  const at =
    sample === undefined ? Date.parse(headers.date ?? '') : /^\d+$/.test(sample) ? Number(sample) : Date.parse(sample)
  return Number.isNaN(at) ? undefined : at
}

const ROWS_PER_PAGE = 1000
/** The whole list in one answer: one moment of the source, so it proves what is gone. Read again from the start after a crash. */
async function* readWhole(
  answer: Answered,
  key: readonly string[],
  incremental: boolean,
): AsyncGenerator<Page, Completeness> {
  const { records, damaged, place, serverTime } = answer
  for (let start = 0; start < records.length; start += ROWS_PER_PAGE) {
    const slice = records.slice(start, start + ROWS_PER_PAGE)
    const split = damaged ? splitDamaged(slice, key, place) : { records: slice }
    yield { ...split, resume: { rows: start + slice.length } }
  }
  const upTo = new Date(serverTime).toISOString()
  return { enumerated: incremental ? 'changes' : 'everything', by: 'snapshot', upTo, total: records.length }
}
