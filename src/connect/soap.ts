/**
 * `soap({...})` builds the `read` of a service that answers only by date received (ngày tiếp nhận): windows of half-open days from the
 * watermark to today, then, one by one, the dossiers that are older than the windows and have not ended; their later changes would
 * never be seen otherwise.
 */
import pLimit from 'p-limit'
import { PipelineError } from '../errors.ts'
import { keyText, quoted, splitDamaged } from './body.ts'
import { type Completeness, type Key, type Page, type Read, type ReadContext, withKit } from './connector.ts'
import { envelope, type SoapVersion, textsIn, type UsernameToken, type Xml, type XmlFields } from './soap-envelope.ts'
import type { SoapFault } from './soap-xml.ts'

export interface SoapDeclaration<Config> {
  /** the service's address */
  url: (config: Config) => string
  /** version of the envelope; 1.1 unless said */
  version?: SoapVersion
  /** the service's target namespace, in which the elements of header and operation are */
  namespace: string
  /** the SOAPAction of an operation; `<namespace>/<operation>` unless said */
  action?: (operation: string) => string
  /** elements of the header, such as a login; none unless said */
  header?: (config: Config) => XmlFields | Xml
  /** WS-Security username token: `usernameToken({ username, password, as: 'digest' })`; none unless said */
  security?: (config: Config) => UsernameToken
  /** name of the row element, e.g. `HoSo`; one is a list of one */
  row: string
  /**
   * name of the element that holds the rows and comes empty when there are none, e.g. `DanhSach`: an answer with neither is unreadable, never an
   * empty window. null: the service leaves it out, and an answer without rows must hold no text at all.
   */
  list: string | null
  /** elements within a row, by the end of their dotted path, that may come several times (`GiayTo`, `Phi.Khoan`): always arrays; none unless said */
  many?: readonly string[]
  /** names of attributes that are data, kept as `@name`; none unless said */
  attributes?: readonly string[]
  /** which faults mean that the login is wrong */
  unauthorized: (fault: SoapFault) => boolean
  /** windows of days by which the service is asked for what it received */
  windows: {
    /** name of the operation's element */
    operation: string
    /** the operation's elements, or with `xml` the whole body; `until` is the day after the last; `last` the last day itself, for services whose end date is included */
    body: (window: { from: Temporal.PlainDate; last: Temporal.PlainDate; until: Temporal.PlainDate }) => XmlFields | Xml
    /** longest window that the service allows, in days */
    days: number
    /** zone of the service's days */
    zone: string
    /** first day of the first read */
    start: (config: Config) => string
    /** days before the watermark that are asked for again: entries dated back */
    lookback: number
  }
  /** how one dossier is asked for that has not ended and lies before the windows */
  byKey: {
    /** name of the operation's element */
    operation: string
    /** the operation's elements, or with `xml` the whole body; values of the stream's key fields in their order */
    body: (key: Key) => XmlFields | Xml
    /** how many are asked for at once */
    together: number
  }
}

type Day = Temporal.PlainDate
const ROWS_PER_PAGE = 1000
const KEYS_PER_PAGE = 100

/** Watermark and `upTo`: the day (`yyyy-MM-dd`) on which the read began. Resume: the day from which windows are still to be read. */
export function soap<Config>(declaration: SoapDeclaration<Config>): Read<Config> {
  return withKit('soap', declaration, async function* read(context) {
    const { zone, days } = declaration.windows
    // the parser of XML is loaded by who reads, not by every reading thread
    const { rowsOf } = await import('./soap-xml.ts')
    const ask = asker(declaration, context, rowsOf)
    const resume = resumeOf(context.resume)
    const today = Temporal.Instant.fromEpochMilliseconds(context.now).toZonedDateTimeISO(zone).toPlainDate()
    const oldest = resume?.oldest ?? oldestDay(declaration, context)
    // a resumed read keeps its day: what came in since then is the next read's
    const upTo = resume?.upTo ?? today
    const state = { oldest: oldest.toString(), upTo: upTo.toString() }

    for (let from = resume?.from ?? oldest; Temporal.PlainDate.compare(from, today) <= 0; ) {
      const until = earlier(from.add({ days }), today.add({ days: 1 }))
      const answer = await ask(
        declaration.windows.operation,
        declaration.windows.body({ from, last: until.subtract({ days: 1 }), until }),
      )
      yield* inPages(
        answer,
        context.stream.key,
        `window ${from}`,
        { ...state, from: from.toString() },
        { ...state, from: until.toString() },
      )
      from = until
    }
    yield* olderUnfinished(declaration, context, ask, oldest, { ...state, from: today.add({ days: 1 }).toString() })
    return { enumerated: 'window', by: 'snapshot', upTo: upTo.toString() } satisfies Completeness
  })
}

function oldestDay<Config>(
  { windows }: SoapDeclaration<Config>,
  { watermark, full, config }: ReadContext<Config>,
): Day {
  const start = Temporal.PlainDate.from(windows.start(config))
  if (watermark === null || full) return start
  return dayOf(watermark, windows.zone).subtract({ days: windows.lookback })
}
/** Our own watermark is a day; `sync --since` gives an instant. */
const dayOf = (watermark: string, zone: string): Day =>
  watermark.length > 10
    ? Temporal.Instant.from(watermark).toZonedDateTimeISO(zone).toPlainDate()
    : Temporal.PlainDate.from(watermark)
const earlier = (a: Day, b: Day): Day => (Temporal.PlainDate.compare(a, b) < 0 ? a : b)

function resumeOf(resume: ReadContext<unknown>['resume']): { oldest: Day; upTo: Day; from: Day } | null {
  const { oldest, upTo, from } = resume ?? {}
  if (typeof oldest !== 'string' || typeof upTo !== 'string' || typeof from !== 'string') return null
  return {
    oldest: Temporal.PlainDate.from(oldest),
    upTo: Temporal.PlainDate.from(upTo),
    from: Temporal.PlainDate.from(from),
  }
}

interface Rows {
  rows: readonly unknown[]
  damaged: boolean
}
type Resumed = Readonly<Record<string, string>>

/** A window's rows in pages; the window counts as read only with its last page. */
function* inPages(
  { rows, damaged }: Rows,
  key: readonly string[],
  place: string,
  during: Resumed,
  after: Resumed,
): Generator<Page> {
  for (let start = 0; start === 0 || start < rows.length; start += ROWS_PER_PAGE) {
    const slice = rows.slice(start, start + ROWS_PER_PAGE)
    const split = damaged ? splitDamaged(slice, key, place) : { records: slice }
    yield { ...split, resume: start + ROWS_PER_PAGE < rows.length ? during : after }
  }
}

async function* olderUnfinished<Config>(
  { byKey, windows }: SoapDeclaration<Config>,
  { unfinished, stream: { key } }: ReadContext<Config>,
  ask: (operation: string, body: XmlFields | Xml) => Promise<Rows>,
  oldest: Day,
  resume: Resumed,
): AsyncGenerator<Page> {
  const limit = pLimit(byKey.together)
  const before = oldest.toZonedDateTime(windows.zone).epochMilliseconds
  const page = async (keys: readonly Key[]): Promise<Page> => {
    const answers = await limit.map(keys, (one) => ask(byKey.operation, byKey.body(one)))
    const gone = keys.filter((one, i) => !answers[i]?.rows.some((row) => keyText(row, key) === one.join('|'))).length
    const found = answers.map(({ rows, damaged }) =>
      damaged ? splitDamaged(rows, key, 'by key') : { records: rows, undecodable: [] },
    )
    return {
      records: found.flatMap(({ records }) => records),
      undecodable: found.flatMap(({ undecodable }) => undecodable),
      resume,
      ...(gone > 0 ? { remarks: [`${gone} dossiers that had not ended are not found at the source any more`] } : {}),
    }
  }
  let keys: Key[] = []
  for await (const dossier of unfinished()) {
    if (dossier.received >= before) continue
    keys.push(dossier.key)
    if (keys.length < KEYS_PER_PAGE) continue
    yield await page(keys)
    keys = []
  }
  if (keys.length > 0) yield await page(keys)
}

/** One call → its rows. Faults come with 200, with 500, and in 1.2 with 400. */
function asker<Config>(
  declaration: SoapDeclaration<Config>,
  { config, source, http, now }: ReadContext<Config>,
  rowsOf: typeof import('./soap-xml.ts').rowsOf,
) {
  const { namespace, row, list, many = [], attributes = [], version = '1.1' } = declaration
  const url = declaration.url(config)
  const header = declaration.header?.(config) ?? {}
  const security = declaration.security?.(config) ?? null
  const secrets = [...textsIn(header), ...(security ? [security.username, security.password] : [])]
  // a token is good for minutes, a read may take hours
  const began = performance.now()

  return async function ask(operation: string, body: XmlFields | Xml): Promise<Rows> {
    const action = declaration.action?.(operation) ?? `${namespace}/${operation}`
    const at = Math.floor(now + performance.now() - began)
    const text = envelope({ version, namespace, operation, header, body, security, now: at })
    const answer = await http.send({
      url,
      method: 'POST',
      headers: version === '1.1' ? { soapaction: `"${action}"` } : {},
      body: { type: version === '1.1' ? 'text/xml; charset=utf-8' : soap12(action), text },
      accept: ({ status, text }) => (status === 500 || status === 400) && /<(?:[\w.-]+:)?Fault[\s>]/.test(text),
    })
    const { place } = answer
    const unreadable = (problem: string) =>
      new PipelineError('SOURCE_UNREADABLE', { source, expected: 'a SOAP answer', problem, place })
    const found = rowsOf(answer.text, { operation, row, list, many, attributes })
    if ('problem' in found) throw unreadable(found.problem)
    if ('fault' in found) {
      const code = declaration.unauthorized(found.fault) ? 'SOURCE_UNAUTHORIZED' : 'SOURCE_ANSWERED_ERROR'
      throw new PipelineError(code, { source, problem: `${place}: ${quoted(found.fault.message, secrets)}` })
    }
    return { rows: found.rows, damaged: answer.damaged }
  }
}
const soap12 = (action: string): string => `application/soap+xml; charset=utf-8; action="${action}"`
