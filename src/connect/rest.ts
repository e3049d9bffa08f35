/**
 * `rest({...})` builds a stream's `read` from a declaration: who we are, what is asked, what in an answer means failure, how it is
 * paged, and what has changed since when.
 *
 *   windows? ─► parents? ─► pages ─► records          then: what has not ended, by id
 */
import { type Completeness, type Page, type Read, type ReadContext, type Resume, withKit } from './connector.ts'
import { type Answered, type Ask, type Asker, asker, pageOf } from './rest-ask.ts'
import { readByChain } from './rest-chain.ts'
import { type Changes, changesSince, eachPage, withFieldCursor } from './rest-cursor.ts'
import type { Paging, RestDeclaration } from './rest-declaration.ts'
import { readByNumber, type Start } from './rest-pages.ts'
import { readByParent } from './rest-parents.ts'
import { type Asking, addressOf, joined, type RestRequest } from './rest-request.ts'
import { readUnfinished } from './rest-unfinished.ts'
import { readWindows } from './rest-windows.ts'

/**
 * Watermark: the server's time (ISO, UTC) when the first request was answered, the greatest value of a cursor that is a field, or, with
 * windows, the day of the read. The lookback is subtracted when asking. Throws where the declaration contradicts itself.
 */
export function rest<Config>(declaration: RestDeclaration<Config>): Read<Config> {
  const problem = contradiction(declaration)
  if (problem !== null) throw new Error(`rest({…}): ${problem}`)
  return withKit('rest', declaration, async function* read(context) {
    const asks = await asker(declaration, context)
    const changes = changesSince(declaration.since, context)
    const { cursor } = context.stream
    if (declaration.since && cursor?.from === 'field') {
      return yield* withFieldCursor(pagesOf(declaration, context, asks, changes), cursor, context)
    }
    return yield* pagesOf(declaration, context, asks, changes)
  })
}

function contradiction<Config>({
  paging,
  parents,
  since,
  windows,
  unfinished,
}: RestDeclaration<Config>): string | null {
  if (since && windows) return 'since and windows do not go together'
  if (unfinished?.by === 'window' && !windows) return "unfinished: { by: 'window' } needs windows"
  const blind = [paging, parents?.paging].some(
    (one) => one && 'seams' in one && one.seams === 'trust' && one.total === undefined,
  )
  return blind ? "seams: 'trust' needs a total; without one nothing shows that rows have moved" : null
}

async function* pagesOf<Config>(
  declaration: RestDeclaration<Config>,
  context: ReadContext<Config>,
  asks: Asker,
  changes: Changes,
): AsyncGenerator<Page, Completeness> {
  const { windows, unfinished } = declaration
  let before = changes.after ?? Number.NEGATIVE_INFINITY
  let pages: AsyncGenerator<Page, Completeness>
  if (windows) {
    const read = readWindows(windows, context, unfinished?.by === 'window', (asking, resume, name) =>
      readLists(declaration, context, asks, { asking, resume, name, incremental: true }),
    )
    before = read.oldest.toZonedDateTime(windows.zone).epochMilliseconds
    pages = read.pages
  } else {
    const { asking, value: name, incremental } = changes
    pages = readLists(declaration, context, asks, { asking, resume: context.resume, name, incremental })
  }
  let last: Resume = context.resume ?? {}
  const end = yield* eachPage(pages, (page) => {
    last = page.resume
    return page
  })
  if (end.enumerated === 'incomplete' || unfinished?.by !== 'id') return end
  yield* readUnfinished(unfinished, context, {
    askFor: asks.askFor,
    listAt: declaration.records,
    before,
    resume: last,
  })
  return end
}

interface Part {
  asking: Asking
  resume: Resume | null
  /** tells this part from others: the value of the changed-since parameter, or the window */
  name: string | null
  incremental: boolean
}

/** One part of the source: its one list, or one list per parent. */
function readLists<Config>(
  { request, records, paging, parents }: RestDeclaration<Config>,
  { config, source, stream }: ReadContext<Config>,
  { askFor, secretQuery, base }: Asker,
  { asking, resume, name, incremental }: Part,
): AsyncGenerator<Page, Completeness> {
  const requestOf = (parent: string): RestRequest => (typeof request === 'function' ? request(config, parent) : request)
  const list = (parent: string, from: Resume | null) => {
    const request = requestOf(parent)
    const address = addressOf(base, request.path)
    const start = { source, key: stream.key, resume: from, since: name, incremental, address }
    const ask = askFor(request, records, stream.key)
    return readPages(paging, (more, options) => ask(joined(asking, more), options), start, secretQuery)
  }
  if (!parents) return list('', resume)
  const listOfParents = typeof parents.request === 'function' ? parents.request(config) : parents.request
  const address = addressOf(base, listOfParents.path)
  const start = { source, key: [parents.id], resume: null, since: null, incremental: false, address }
  return readByParent(parents, {
    source,
    resume,
    name,
    incremental,
    list: () => readPages(parents.paging, askFor(listOfParents, parents.records, []), start, secretQuery),
    children: list,
  })
}

function readPages(paging: Paging, ask: Ask, start: Start, secretQuery: readonly string[]) {
  switch (paging.kind) {
    case 'none':
      return readWhole(ask, start)
    case 'page-number':
    case 'offset':
      return readByNumber(paging, ask, start)
    default:
      return readByChain(paging, ask, start, secretQuery)
  }
}

const ROWS_PER_PAGE = 1000
/** The whole list in one answer: one moment of the source, so it proves what is gone. Read again from the start after a crash. */
async function* readWhole(ask: Ask, { key, incremental }: Start): AsyncGenerator<Page, Completeness> {
  const answer: Answered = await ask({})
  const { records, place, serverTime } = answer
  for (let start = 0; start === 0 || start < records.length; start += ROWS_PER_PAGE) {
    const slice = records.slice(start, start + ROWS_PER_PAGE)
    const part = start === 0 ? answer : { ...answer, undecodable: [] }
    yield { ...pageOf(part, slice, key, place), resume: { rows: start + slice.length } }
  }
  const upTo = new Date(serverTime).toISOString()
  return { enumerated: incremental ? 'changes' : 'everything', by: 'snapshot', upTo, total: records.length }
}
