/**
 * Runs in the reading thread: the connector under test, whose pages may be made to wait or to break, and whose declaration is turned to
 * the hostile source. What it is to do stands in a file, read at each read; the connector's own code is what reads.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Kysely } from 'kysely'
import type { Completeness, Connector, Page, ReadContext, Stream } from '../../connect/connector.ts'
import { HTTP_LIMITS, makeHttp } from '../../connect/http.ts'
import { PipelineError } from '../../errors.ts'

export interface Control {
  /** the stream that is under test */
  stream: string
  /** break before this page (from 0), or at the end where there are fewer */
  failAt?: number
  /** wait behind this many records while the file is there */
  waitAfter?: { records: number; gate: string }
  /** lower the cap of pages */
  maxPages?: number
  /** ms: shorter deadlines of the same code */
  deadlines?: { idleMs: number; totalMs: number }
  /** where the files are */
  folder?: string
  /** the tap that plays the source */
  tap?: { command: string; args: readonly string[] }
  /** the database and its table */
  database?: { file: string; table: Readonly<Record<string, string>> }
}

/** Every read of the suite: a refused connection is not worth waiting for, the retries themselves are kept. */
const QUICK = { retryBaseMs: 1, retryCapMs: 2, retryAfterCapMs: 2 }

export function hostile(connector: Connector<unknown>, controlFile: string): Connector<unknown> {
  return {
    ...connector,
    streams: connector.streams.map((stream) => {
      const original = { ...(stream.read.kit?.declaration as object | undefined) }
      return { ...stream, read: (context: ReadContext<unknown>) => readHostile(stream, original, controlFile, context) }
    }),
  } as Connector<unknown>
}

async function* readHostile(
  stream: Stream<unknown>,
  original: object,
  controlFile: string,
  context: ReadContext<unknown>,
): AsyncGenerator<Page, Completeness> {
  const control = JSON.parse(readFileSync(controlFile, 'utf8')) as Control
  const isTested = control.stream === stream.name
  const undo = turn(stream, original, control, isTested)
  const limits = { ...HTTP_LIMITS, ...QUICK, ...control.deadlines }
  const http = makeHttp({ source: context.source, signal: context.signal, limits })
  const pages = stream.read({ ...context, http })
  let seen = 0
  try {
    for (let page = 0; ; page++) {
      if (isTested && page === control.failAt) throw broken(context.source)
      const next = await pages.next()
      if (next.done) {
        if (isTested && control.failAt !== undefined) throw broken(context.source)
        return next.value
      }
      yield next.value
      seen += next.value.records.length
      const wait = isTested ? control.waitAfter : undefined
      while (wait && seen >= wait.records && existsSync(wait.gate)) {
        context.signal.throwIfAborted()
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
    }
  } finally {
    await pages.return({ enumerated: 'incomplete', why: 'stopped' })
    http.close()
    undo()
  }
}

const broken = (source: string) => new PipelineError('SOURCE_INCOMPLETE', { source, problem: 'it broke off half-way' })

/** Points the declaration to the hostile source; the returned function points it back. */
function turn(stream: Stream<unknown>, original: object, control: Control, isTested: boolean): () => void {
  const declaration = stream.read.kit?.declaration as Record<string, unknown> | undefined
  if (!declaration) return () => {}
  const { folder, database, maxPages } = control
  if (stream.read.kit?.kind === 'files' && folder !== undefined) {
    const place = 'from' in declaration ? 'from' : 'folder'
    declaration[place] = () => join(folder, stream.name)
    // written whole before each read, by the wall clock
    declaration.stableFor = () => 0
  }
  if (stream.read.kit?.kind === 'sql' && database) {
    const table = database.table[stream.name]
    declaration.connect = () => ({ dialect: 'sqlite', file: database.file })
    if (table !== undefined)
      declaration.rows = (db: Kysely<Record<string, Record<string, unknown>>>) => db.selectFrom(table).selectAll()
  }
  if (stream.read.kit?.kind === 'singer' && control.tap && isTested) declaration.tap = () => control.tap
  const paging = declaration.paging as { maxPages?: number } | undefined
  const cap = paging?.maxPages
  if (paging && isTested && maxPages !== undefined && cap !== undefined) paging.maxPages = maxPages
  return () => {
    if (!('stableFor' in original)) delete declaration.stableFor
    Object.assign(declaration, original)
    if (paging && cap !== undefined) paging.maxPages = cap
  }
}
