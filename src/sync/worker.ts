/**
 * The reading thread: a connector's generator runs here, and everything from its raw pages to canonical rows.
 *
 *   start ─► wait for credit ─► next page ─► normalise ─► post ─┐
 *                  ▲                                            │
 *                  └────────────────────────────────────────────┘ until the generator returns (done) or throws (error)
 *
 * Each page posted costs its records; the main thread gives them back once the page is handled. An abort ends the generator.
 * After done the thread waits for another start (see src/sync/read.ts).
 */
import '../connect/resolve.ts'
import { type MessagePort, parentPort } from 'node:worker_threads'
import type { Completeness, Connector, Page, ReadContext, Stream } from '../connect/connector.ts'
import { makeHttp } from '../connect/http.ts'
import { PipelineError } from '../errors.ts'
import { openStream } from './open-stream.ts'
import type { StreamReader } from './page.ts'
import { BATCH_ROWS, type FromWorker, type ToWorker, type WorkerStart } from './protocol.ts'
import { describeUnexpected, markedSecrets, redact, secretsOf } from './redact.ts'

const RECORDS_AT_MOST = 10_000
const RESUME_BYTES_AT_MOST = 1024
/** The state is the tap's own: one entry for each of its parts, which we can neither shorten nor leave out. */
const STATE_BYTES_AT_MOST = 64 * 1024

type Unfinished = Extract<ToWorker, { type: 'unfinished' }>
interface Line {
  take(message: Exclude<ToWorker, { type: 'start' }>): void
  post(message: FromWorker): void
  /** resolves when another page may be made */
  credit(): Promise<void>
  unfinished(after: Unfinished['items'][number] | null): Promise<Unfinished>
  signal: AbortSignal
}

function connect(port: MessagePort): Line {
  const abort = new AbortController()
  /** records of each page on its way, oldest first */
  const onTheWay: number[] = []
  let credit = BATCH_ROWS
  let waiting: (() => void) | null = null
  let answer: { resolve(message: Unfinished): void; reject(why: unknown): void } | null = null
  return {
    take(message) {
      if (message.type === 'unfinished') return answer?.resolve(message)
      if (message.type === 'credit') credit += onTheWay.shift() ?? 0
      else {
        abort.abort(new Error(message.why))
        answer?.reject(abort.signal.reason)
      }
      waiting?.()
    },
    post(message) {
      port.postMessage(message)
      if (message.type !== 'page') return
      const records = Math.max(1, message.page.read)
      onTheWay.push(records)
      credit -= records
    },
    signal: abort.signal,
    async credit() {
      while (credit <= 0 && !abort.signal.aborted) {
        await new Promise<void>((resolve) => {
          waiting = resolve
        })
      }
      abort.signal.throwIfAborted()
    },
    unfinished: (after) =>
      new Promise((resolve, reject) => {
        abort.signal.throwIfAborted()
        answer = { resolve, reject }
        port.postMessage({ type: 'unfinished', after } satisfies FromWorker)
      }),
  }
}

async function* unfinished(line: Line) {
  let after: Unfinished['items'][number] | null = null
  for (let last = false; !last; ) {
    const answer: Unfinished = await line.unfinished(after)
    yield* answer.items
    after = answer.items.at(-1) ?? after
    last = answer.last || answer.items.length === 0
  }
}

async function run(start: WorkerStart, line: Line, secrets: string[]): Promise<Completeness> {
  const { connector, stream, reader } = await openStream(start)
  secrets.push(...markedSecrets(start.settings, connector.settings ?? {}))
  const http = makeHttp({
    source: start.source,
    signal: line.signal,
    network: start.network ?? null,
    budgetFile: start.budgetFile ?? null,
  })
  const context: ReadContext<unknown> = {
    config: start.settings,
    stream: { ...stream, fields: reader.fields },
    source: start.source,
    agency: start.agency,
    watermark: start.watermark,
    resume: start.resume,
    now: start.now,
    zone: start.zone,
    signal: line.signal,
    http,
    unfinished: () => unfinished(line),
    full: start.full,
  }
  try {
    return await pump(stream.read(context), reader, limitsOf(connector, stream), line)
  } finally {
    http.close()
  }
}

async function pump(pages: AsyncGenerator<Page, Completeness>, reader: StreamReader, limits: PageLimits, line: Line) {
  try {
    for (;;) {
      await line.credit()
      const next = await pages.next()
      line.signal.throwIfAborted()
      if (next.done) return next.value
      checkPage(next.value, limits)
      line.post({ type: 'page', page: reader.page(next.value) })
    }
  } finally {
    await pages.return({ enumerated: 'incomplete', why: 'stopped' })
  }
}

interface PageLimits {
  connector: string
  resumeBytes: number
}
const limitsOf = ({ name }: Connector<unknown>, { read }: Stream<unknown>): PageLimits => ({
  connector: name,
  resumeBytes: read.kit?.kind === 'singer' ? STATE_BYTES_AT_MOST : RESUME_BYTES_AT_MOST,
})

function checkPage(page: Page, { connector, resumeBytes }: PageLimits): void {
  const fail = (problem: string): never => {
    throw new PipelineError('CONNECTOR_INVALID', { connector, problem, file: 'its connector.ts' })
  }
  if (!Array.isArray(page?.records)) fail('a page has no records')
  if (page.records.length > RECORDS_AT_MOST)
    fail(`a page has ${page.records.length} records, at most ${RECORDS_AT_MOST}`)
  const resume = JSON.stringify(page.resume) as string | undefined
  if (!resume?.startsWith('{')) fail('the resume point of a page is not a JSON object')
  const bytes = Buffer.byteLength(resume ?? '')
  if (bytes > resumeBytes) fail(`a resume point has ${bytes} bytes, at most ${resumeBytes}`)
}

function errorMessage(error: unknown, secrets: readonly string[]): FromWorker {
  if (error instanceof PipelineError) {
    const params = Object.entries(error.params).map(([name, value]) => [
      name,
      typeof value === 'string' ? redact(value, secrets) : value,
    ])
    return { type: 'error', code: error.code, params: Object.fromEntries(params), stack: null }
  }
  const { what, stack } = describeUnexpected(error, secrets)
  return { type: 'error', code: 'INTERNAL', params: { what }, stack }
}

async function serve(start: WorkerStart, line: Line): Promise<void> {
  const secrets = secretsOf({ settings: start.settings, network: start.network ?? null })
  try {
    line.post({ type: 'done', completeness: await run(start, line, secrets) })
  } catch (error) {
    // longest first: one may contain another
    secrets.sort((a, b) => b.length - a.length)
    line.post(errorMessage(error, secrets))
  }
}

if (parentPort) {
  const port = parentPort
  /** of the read that is under way; what is said after its end, a last credit, is for nobody */
  let line: Line | null = null
  port.on('message', (message: ToWorker) => {
    if (message.type === 'start') {
      line = connect(port)
      void serve(message.start, line)
    } else line?.take(message)
  })
}
