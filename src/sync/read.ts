/**
 * The main thread's side of the reading threads: starts them, hands over their pages one after the other, gives credit for each page
 * handled, and turns what they say back into errors.
 *
 *   spawned ─► reading ─► done ─► idle ─┐        bug, abort, death, no answer ─► terminated
 *                 ▲                     │
 *                 └─────────────────────┘ the next stream
 */
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { CHECKOUT } from '../config.ts'
import type { Completeness, Key } from '../connect/connector.ts'
import { loginMemory } from '../connect/logins.ts'
import { PipelineError } from '../errors.ts'
import type { FromWorker, NormalisedPage, ToWorker, WorkerStart } from './protocol.ts'

export interface UnfinishedItem {
  key: Key
  received: number
}
export interface ReadHandlers {
  /** Called for one page at a time, in order; a page that is being handled holds its credit. What it throws ends the read. */
  page(page: NormalisedPage): Promise<void>
  /** The next dossiers that have not ended, oldest first, after the given one. */
  unfinished(after: UnfinishedItem | null): Promise<{ items: readonly UnfinishedItem[]; last: boolean }>
}
export interface ReadOptions {
  /** how long a connector that was told to stop may take */
  graceMs?: number
  /** memory of the thread; beyond it the thread dies, not the process */
  heapMb?: number
}

const GRACE_MS = 2000
const COMPILE_CACHE = join(CHECKOUT, 'data', 'var', 'compile-cache')
const HEAP_MB = 512
/** A page lives until it is posted: with the default of 48 MB half a worker's garbage collection is copying pages that are about to die. */
const YOUNG_MB = 64

/**
 * Threads whose read has ended well, or with an error that the connector said in order, for the next one: starting one costs a quarter of a second, most of what reading a source in
 * which nothing has changed takes. They do not keep the process alive.
 */
const idle: Worker[] = []
const gone = new WeakSet<Worker>()

function threadOf(heapMb: number): Worker {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), {
    // each thread loads the same files: compiled once, it starts in half the time
    env: { ...process.env, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? COMPILE_CACHE },
    workerData: { logins: loginMemory },
    resourceLimits: { maxOldGenerationSizeMb: heapMb, maxYoungGenerationSizeMb: YOUNG_MB },
  })
  // one that dies while nobody reads from it must not take the process along
  worker.on('error', () => {})
  worker.once('exit', () => {
    gone.add(worker)
    const at = idle.indexOf(worker)
    if (at >= 0) idle.splice(at, 1)
  })
  return worker
}

const end = (worker: Worker): Promise<unknown> => worker.terminate()
async function rest(worker: Worker): Promise<void> {
  if (gone.has(worker)) return
  worker.unref()
  idle.push(worker)
}

/**
 * Reads one stream to its end.
 * @returns the connector's statement of completeness
 * @throws PipelineError as the connector threw it; SOURCE_INCOMPLETE where the thread died or `signal` stopped it (with the
 *   signal's reason as cause); what a handler threw, unchanged
 */
export function readStream(
  start: WorkerStart,
  handlers: ReadHandlers,
  signal: AbortSignal,
  options: ReadOptions = {},
): Promise<Completeness> {
  const { graceMs = GRACE_MS, heapMb = HEAP_MB } = options
  if (signal.aborted) return Promise.reject(stopped(start.source, signal))
  const waiting = heapMb === HEAP_MB ? idle.pop() : undefined
  const worker = waiting ?? threadOf(heapMb)
  worker.ref()
  const tell = (message: ToWorker) => worker.postMessage(message)
  return new Promise((resolve, reject) => {
    let ended = false
    let pages: Promise<void> = Promise.resolve()
    let grace: NodeJS.Timeout | null = null
    let heard = false

    // settled only when the thread rests or is gone and its last page is handled: nothing runs beside what the caller does next
    const settle = (leave: (worker: Worker) => Promise<unknown>, outcome: () => void) => {
      if (ended) return
      ended = true
      signal.removeEventListener('abort', onAbort)
      for (const [event, listener] of listeners) worker.off(event, listener)
      if (grace) clearTimeout(grace)
      leave(worker)
        .then(() => pages)
        .then(outcome, reject)
    }
    const fail = (error: unknown) => settle(end, () => reject(error))
    const stop = (why: string, error: unknown) => {
      failure ??= { error }
      tell({ type: 'abort', why })
      grace ??= setTimeout(() => fail(failure?.error), graceMs)
    }
    let failure: { error: unknown } | null = null
    const onAbort = () => stop('the run was stopped', stopped(start.source, signal))
    const died = (cause: unknown) => {
      // What it left running in an earlier read has ended it, not this one.
      if (waiting && !heard && !failure) return settle(end, () => resolve(readStream(start, handlers, signal, options)))
      return fail(failure?.error ?? incomplete(start.source, `the reading thread died (${reasonOf(cause)})`, cause))
    }

    const takePage = async (page: NormalisedPage) => {
      if (failure) return
      try {
        await handlers.page(page)
        tell({ type: 'credit' })
      } catch (error) {
        stop('a page could not be handled', error)
      }
    }
    const said = (message: FromWorker) => {
      heard = true
      if (message.type === 'page') pages = pages.then(() => takePage(message.page))
      else if (message.type === 'unfinished')
        handlers.unfinished(message.after).then(
          ({ items, last }) => tell({ type: 'unfinished', items, last }),
          (error: unknown) => stop('a question could not be answered', error),
        )
      else
        pages.then(() => {
          if (failure) fail(failure.error)
          else if (message.type === 'done') settle(heapMb === HEAP_MB ? rest : end, () => resolve(message.completeness))
          // said in order: the generator has ended and its connections are closed
          else if (message.stack === null && heapMb === HEAP_MB) settle(rest, () => reject(revived(message)))
          else fail(revived(message))
        })
    }
    const listeners = [
      ['message', said],
      ['error', died],
      ['messageerror', died],
      ['exit', (code: number) => pages.then(() => died(new Error(`exit code ${code}`)))],
    ] as const
    for (const [event, listener] of listeners) worker.on(event, listener)
    signal.addEventListener('abort', onAbort, { once: true })
    tell({ type: 'start', start })
  })
}

function revived({ code, params, stack }: Extract<FromWorker, { type: 'error' }>): PipelineError {
  const error = new PipelineError(code, params)
  if (stack !== null) error.stack = stack
  return error
}

const incomplete = (source: string, problem: string, cause: unknown) =>
  new PipelineError('SOURCE_INCOMPLETE', { source, problem }, { cause })
const stopped = (source: string, signal: AbortSignal) =>
  signal.reason instanceof PipelineError ? signal.reason : incomplete(source, 'it was stopped', signal.reason)
const reasonOf = (cause: unknown) =>
  (cause as NodeJS.ErrnoException | undefined)?.code ?? (cause instanceof Error ? cause.message : 'unknown')
