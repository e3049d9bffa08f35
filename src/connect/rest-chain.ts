/**
 * Pages of which each says where the next one is: by token, by link, or by its last row's value (keyset).
 *
 *   ask ─► page ─► next place? ── none ─► rows ≥ total? ─► complete | incomplete
 *     ▲                 └─ a place that was given before, a page that came before, nothing but empty pages ─► PAGINATION_LOOP
 *     └─────────────────┘ at most maxPages, then incomplete
 */
import { PipelineError } from '../errors.ts'
import { fingerprint } from './answer-formats.ts'
import type { Completeness, Page, Resume } from './connector.ts'
import { unbelievable, wholeNumber } from './paths.ts'
import { type Answered, type Ask, at, keysOf, pageOf } from './rest-ask.ts'
import type { Keyset, Link, Token } from './rest-declaration.ts'
import { nextPlace } from './rest-next.ts'
import type { Start } from './rest-pages.ts'
import { type Asking, joined, placed } from './rest-request.ts'

export type Chained = Token | Link | Keyset

/** How far we are and where the next page is; together with `since` it is the resume point. */
export interface Progress {
  /** token, address or value of the next page; null at the beginning and at the end */
  next: string | number | null
  pages: number
  /** rows that came, those of the page before not counted twice */
  rows: number
  /** the fewest rows that the source counted while it was read; null where it does not count */
  least: number | null
  /** the most */
  most: number | null
  /** why the read is not proven complete */
  doubt: string | null
  upTo: string
}

/** A server that filters behind its paging gives empty pages now and then, not so many in a row. */
const EMPTY_PAGES = 20
/** A resume point has room for this much of a token; with a longer one the read begins again after a crash. */
const LONGEST_KEPT = 600

/** `secretQuery`: parameters of a link that must not be kept. Throws PAGINATION_LOOP where a place or a page comes again. */
export async function* readByChain(
  paging: Chained,
  ask: Ask,
  start: Start,
  secretQuery: readonly string[],
): AsyncGenerator<Page, Completeness> {
  const { source, key, since } = start
  const loop = (problem: string) => new PipelineError('PAGINATION_LOOP', { source, problem })
  const resumed = progressOf(start, paging)
  let now = resumed
  let answer = await askAgain(paging, ask, resumed)
  if (answer === null) now = null
  const given = new Set<string | number>()
  const came = new Set<string>()
  let before: ReadonlySet<string> = new Set()
  let empty = 0
  for (;;) {
    answer ??= await ask(now?.next == null ? firstPage(paging) : following(paging, now.next))
    const page: number = (now?.pages ?? 0) + 1
    const keys = keysOf(answer, key)
    const fresh = keys.filter((one) => !before.has(one)).length
    const print = fingerprint(keys.join('\n'))
    // from the value on, the last row comes again
    const again = 'starts' in paging && paging.starts === 'at' ? fresh > 0 : keys.length > 0
    if (again && came.has(print)) throw loop(`page ${page} holds what an earlier page held`)
    came.add(print)
    empty = fresh === 0 ? empty + 1 : 0
    if (empty > EMPTY_PAGES) throw loop(`${EMPTY_PAGES} pages in a row bring nothing new, and more is said to follow`)

    const { next, doubt } = nextPlace(paging, answer, { at: now?.next ?? null, fresh, before: before.size, source })
    if (next !== null && given.has(next)) throw loop(`page ${page} names a page that has been read as the next one`)
    if (next !== null) given.add(next)
    const counted = totalOf(paging, answer, source)
    now = {
      next,
      pages: page,
      rows: (now?.rows ?? 0) + fresh,
      least: bound(Math.min, now?.least, counted),
      most: bound(Math.max, now?.most, counted),
      doubt: now?.doubt ?? doubt,
      upTo: now?.upTo ?? new Date(answer.serverTime).toISOString(),
    }
    before = new Set(keys)
    yield { ...pageOf(answer, answer.records, key, `page ${page}`), resume: kept(now, since, secretQuery) }
    if (next === null) return judged(now, paging, start)
    if (page >= paging.maxPages) return capped(now, paging)
    answer = null
  }
}

/** The page at which a read goes on; null where there is none, or the server has forgotten it: then the read begins again. */
async function askAgain(paging: Chained, ask: Ask, resumed: Progress | null): Promise<Answered | null> {
  if (resumed?.next == null) return null
  try {
    return await ask(following(paging, resumed.next))
  } catch (error) {
    if (error instanceof PipelineError && error.code === 'SOURCE_ANSWERED_ERROR') return null
    throw error
  }
}

const firstPage = (paging: Chained): Asking =>
  paging.size ? placed('in' in paging ? paging.in : 'query', { [paging.size.parameter]: paging.size.rows }) : {}
const following = (paging: Chained, next: string | number): Asking =>
  paging.kind === 'link'
    ? { next: String(next) }
    : joined(firstPage(paging), placed(paging.in, { [paging.parameter]: next }))

const bound = (of: typeof Math.min, known: number | null | undefined, counted: number | null): number | null =>
  counted === null ? null : of(known ?? counted, counted)

function totalOf({ total }: Chained, answer: Answered, source: string): number | null {
  if (total === undefined) return null
  const counted = wholeNumber(at(answer, total))
  if (counted !== undefined) return counted
  const problem = `"${typeof total === 'string' ? total : total.header}" is no number`
  throw new PipelineError('SOURCE_UNREADABLE', {
    source,
    expected: 'a page with its total',
    problem,
    place: answer.place,
  })
}

function judged({ rows, least, most, doubt, upTo }: Progress, { kind }: Chained, { incremental }: Start): Completeness {
  const short = least !== null && rows < least ? `${rows} rows came of ${least} that the source counts` : null
  const why = short ?? unbelievable(rows, least, most) ?? doubt
  if (why !== null) return { enumerated: 'incomplete', why }
  const by = kind === 'keyset' ? 'keyset' : 'token'
  return { enumerated: incremental ? 'changes' : 'everything', by, upTo, ...(least === null ? {} : { total: rows }) }
}

const capped = ({ rows, least }: Progress, { maxPages }: Chained): Completeness => ({
  enumerated: 'incomplete',
  why: `the limit of ${maxPages} pages was reached at ${rows}${least === null ? '' : ` of ${least}`} rows; raise maxPages`,
})

/** The resume point. Keys that stand in an address are left out: they are added to every request anyway. */
function kept(now: Progress, since: string | null, secretQuery: readonly string[]): Resume {
  if (typeof now.next !== 'string') return { ...now, since }
  let next = now.next
  if (secretQuery.length > 0 && URL.canParse(next)) {
    const address = new URL(next)
    for (const name of secretQuery) address.searchParams.delete(name)
    next = address.href
  }
  return Buffer.byteLength(JSON.stringify(next)) > LONGEST_KEPT ? { since } : { ...now, next, since }
}

const sameOrigin = (one: string, other: string): boolean => new URL(one, other).origin === new URL(other).origin

function progressOf({ resume, since, address }: Start, { kind }: Chained): Progress | null {
  if (resume === null || resume.since !== since) return null
  const { next, pages, rows, least, most, doubt, upTo } = resume
  const place = typeof next === 'string' || typeof next === 'number'
  if (!place || typeof pages !== 'number' || typeof rows !== 'number' || typeof upTo !== 'string') return null
  // the system has moved since: our key is for where it is now
  if (kind === 'link' && !(URL.canParse(String(next), address) && sameOrigin(String(next), address))) return null
  return {
    next,
    pages,
    rows,
    least: typeof least === 'number' ? least : null,
    most: typeof most === 'number' ? most : null,
    doubt: typeof doubt === 'string' ? doubt : null,
    upTo,
  }
}
