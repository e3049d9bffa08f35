/**
 * Pages by number over a set that moves while it is read.
 *
 * A row is lost in one way only: rows before it leave their place (deleted, or changed and so sorted to the end), all that follow move
 * forward, and one slips over the seam into a page that has been read already. What arrives in front only makes rows come twice. So
 * after each page the row that now stands just before it is asked for (a page of size 1). If it has been read, nothing slipped through,
 * since rows that do not change keep their order. If not, or if the total changed between the page and that question, we step back one
 * page, where the slipped rows now are, and go on from there. At the end as many rows must have come as the source counted at its
 * lowest. What cannot be proven so is `incomplete`. A row that changes while we read is newer than the watermark and comes with the next
 * read. Not seen: as many rows leaving as arriving in front, both between one page and the question that follows it; and a whole page of
 * rows leaving between two requests.
 *
 *   page n ─► row before it read? ── yes ─► page n + 1 … short page ─► rows ≥ total? ─► complete | incomplete
 *                └─ no ─► page n − 1, at most STEPS_BACK times at one place
 */
import { PipelineError } from '../errors.ts'
import { fingerprint } from './answer-formats.ts'
import { keyText } from './body.ts'
import type { Completeness, Page, Resume } from './connector.ts'
import { unbelievable, wholeNumber } from './paths.ts'
import { type Answered, type Ask, at, keysOf, pageOf } from './rest-ask.ts'
import type { Offset, PageNumber } from './rest-declaration.ts'
import { type Asking, joined, placed } from './rest-request.ts'

export interface Start {
  source: string
  /** the stream's key: by it pages and rows are compared */
  key: readonly string[]
  resume: Resume | null
  /** value of the changed-since parameter; a resume point of another one is not gone on with */
  since: string | null
  incremental: boolean
  /** of its first page */
  address: string
}
type Numbered = PageNumber | Offset

/** Where the read stands after `page` pages; together with `since` it is the resume point. */
interface Progress {
  page: number
  /** rows per page as the server gives them */
  size: number
  /** rows that came, those of the last pages not counted twice */
  rows: number
  /** the fewest and the most rows that the source counted while it was read */
  least: number
  most: number
  /** fingerprint of the last row of `page` */
  last: string
  /** a row has been seen to change its place */
  moved: boolean
  /** why the read is not proven complete */
  doubt: string | null
  upTo: string
}

const STEPS_BACK = 3

/** Throws PAGINATION_LOOP where a page comes again under another number. */
export async function* readByNumber(paging: Numbered, ask: Ask, start: Start): AsyncGenerator<Page, Completeness> {
  const { source, since, key } = start
  const taken = await resumed(paging, ask, start)
  let now: Progress | null = taken?.progress ?? null
  let recent: ReadonlySet<string>[] = taken?.lastKey === undefined ? [] : [new Set([taken.lastKey])]
  const pages = new Map<string, number>()
  let lastTotal = -1
  let steps = 0
  let furthest = 0
  let short = false
  for (;;) {
    const page: number = (now?.page ?? 0) + 1
    if (now && page > paging.maxPages) return now.rows >= now.most ? judged(now, paging, start) : capped(now, paging)
    const asked = sized(paging, page - 1, now?.size ?? paging.size.rows)
    // some servers know no page behind the last one
    const answer: Answered = await ask(asked, { gone: short && paging.total === undefined })
    const total = totalOf(answer, paging, source)
    const keys = keysOf(answer, key)
    short = keys.length < paging.size.rows
    now ??= begin(answer, keys.length, total, paging)
    // a page may come again where rows arrived in front; where nothing arrived it is a loop
    if (total !== lastTotal) pages.clear()
    lastTotal = total
    now = { ...now, least: Math.min(now.least, total), most: Math.max(now.most, total) }
    const print = fingerprint(keys.join('\n'))
    const same = pages.get(print)
    // Nothing stands behind a page that was not full. Some servers answer the last page for every page behind it.
    const behindLast = keys.length === 0 && (recent.at(-1)?.size ?? 0) < now.size
    const repeated = same !== undefined && (total === UNCOUNTED ? keys.length < now.size : now.rows >= total)
    if (behindLast || (repeated && keys.length > 0)) return judged(now, paging, start)
    if (same !== undefined && keys.length > 0) {
      throw new PipelineError('PAGINATION_LOOP', { source, problem: `page ${page} holds what page ${same} held` })
    }
    pages.set(print, page)
    const seam =
      recent.length > 0 ? await seamAt(paging, ask, start, page, now.size, now.last, total, recent) : 'unmoved'
    const fresh = keys.filter((key) => !recent.some((read) => read.has(key))).length
    now = { ...now, page, rows: now.rows + fresh, last: fingerprint(keys.at(-1) ?? '') }
    const counted = total !== UNCOUNTED && keys.length < now.size && now.rows >= now.least
    const ended: boolean = keys.length === 0 || counted
    if (seam !== 'unmoved') now.moved = true
    if (page > furthest) {
      furthest = page
      steps = 0
      recent = recent.slice(-1 - STEPS_BACK)
    }
    recent = [...recent, new Set(keys)]
    // Behind the last page nothing more would show that the row which stands before it has itself been moved there.
    const slipped = seam === 'slipped' || (seam === 'moved' && ended)
    const back = slipped && now.doubt === null && steps < STEPS_BACK
    if (slipped && !back) now.doubt ??= `rows kept moving between pages ${page - 1} and ${page} while they were read`
    if (back) {
      steps += 1
      now.page = Math.max(0, page - 2)
      pages.clear()
    }
    yield { ...pageOf(answer, answer.records, key, `page ${page}`), resume: { ...now, since } }
    if (!back && ended) return judged(now, paging, start)
  }
}

/** Goes on behind the last landed page only if its last row still stands there; else the whole read begins again. */
async function resumed(paging: Numbered, ask: Ask, { resume, since, key }: Start) {
  if (!isProgress(resume) || resume.since !== since || paging.seams === 'trust') return null
  const { since: _, ...progress } = resume
  if (progress.page === 0) return null
  if (paging.seams === 'stable') return { progress, lastKey: undefined }
  const { records } = await ask(sized(paging, progress.page * progress.size - 1, 1))
  // the last page was not full: no row stands at its end
  if (records[0] === undefined) return null
  const lastKey = keyText(records[0], key)
  return fingerprint(lastKey) === progress.last ? { progress, lastKey } : null
}

/** Asks for the page with `before` pages of that size before it. */
const sized = (paging: Numbered, before: number, size: number): Asking =>
  joined(
    placed(paging.in, {
      [paging.parameter]: paging.kind === 'offset' ? before * size : before + paging.from,
    }),
    placed(paging.in, { [paging.size.parameter]: size }),
  )

function begin(answer: Answered, rows: number, total: number, paging: Numbered): Progress {
  // a server that gives fewer rows than were asked for has a limit of its own
  const size = rows > 0 && rows < paging.size.rows && rows < total ? rows : paging.size.rows
  const upTo = new Date(answer.serverTime).toISOString()
  return { page: 0, size, rows: 0, least: total, most: total, last: '', moved: false, doubt: null, upTo }
}

/** What stands just before `page` now: still the last row of the page before, another row that has been read, or one that has not. */
async function seamAt(
  paging: Numbered,
  ask: Ask,
  { source, key: fields }: Start,
  page: number,
  size: number,
  last: string,
  total: number,
  recent: readonly ReadonlySet<string>[],
): Promise<'unmoved' | 'moved' | 'slipped'> {
  if (paging.seams !== 'probe' || page === 1) return 'unmoved'
  const probe = await ask(sized(paging, (page - 1) * size - 1, 1))
  const { records } = probe
  // a total that changed since the page was given means that the probe sees another set than the page did
  if (records[0] === undefined || totalOf(probe, paging, source) !== total) return 'slipped'
  const key = keyText(records[0], fields)
  if (fingerprint(key) === last) return 'unmoved'
  return recent.some((read) => read.has(key)) ? 'moved' : 'slipped'
}

function judged(end: Progress, { seams }: Numbered, { incremental }: Start): Completeness {
  const { rows, least, most } = end
  const uncounted = most === UNCOUNTED
  const counted = uncounted
    ? null
    : rows < least
      ? `${rows} rows came of ${least} that the source counts`
      : rows > most && !end.moved
        ? `${rows} rows came, more than the ${most} that the source counts`
        : seams === 'trust' && (least !== most || rows !== most)
          ? `the source counted ${least} rows at one time and ${most} at another`
          : unbelievable(rows, least, most)
  const why = counted ?? end.doubt
  if (why) return { enumerated: 'incomplete', why }
  const enumerated = incremental ? 'changes' : 'everything'
  return { enumerated, by: 'number', upTo: end.upTo, ...(uncounted ? {} : { total: rows }) }
}

const capped = ({ rows, most }: Progress, { maxPages }: Numbered): Completeness => ({
  enumerated: 'incomplete',
  why: `the limit of ${maxPages} pages was reached at ${rows}${most === UNCOUNTED ? '' : ` of ${most}`} rows; raise maxPages`,
})

/** For a source that does not count its rows. */
const UNCOUNTED = Number.MAX_SAFE_INTEGER
function totalOf(answer: Answered, { total }: Numbered, source: string): number {
  if (total === undefined) return UNCOUNTED
  const value = wholeNumber(at(answer, total))
  if (value !== undefined) return value
  const problem = `"${typeof total === 'string' ? total : total.header}" is no number`
  throw new PipelineError('SOURCE_UNREADABLE', {
    source,
    expected: 'a page with its total',
    problem,
    place: answer.place,
  })
}

function isProgress(resume: Resume | null): resume is Resume & Progress & { since: string | null } {
  const numbers = ['page', 'size', 'rows', 'least', 'most']
  return resume !== null && numbers.every((name) => typeof resume[name] === 'number') && typeof resume.upTo === 'string'
}
