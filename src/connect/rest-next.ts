/** Where the next page is, as an answer says it: a token, an address, or the value of its last row. */
import { PipelineError } from '../errors.ts'
import { valueAt } from './paths.ts'
import { type Answered, at } from './rest-ask.ts'
import type { Keyset, Link, Token } from './rest-declaration.ts'

export interface Next {
  /** null: nothing follows */
  next: string | number | null
  /** why what came so far is not proven to be all */
  doubt: string | null
}
export interface Seen {
  /** where this page was */
  at: string | number | null
  /** rows of it that were not on the page before */
  fresh: number
  /** rows of the page before */
  before: number
  source: string
}

export function nextPlace(paging: Token | Link | Keyset, answer: Answered, seen: Seen): Next {
  if (paging.kind === 'keyset') return nextValue(paging, answer, seen)
  return paging.kind === 'link' ? nextLink(paging, answer, seen) : nextToken(paging, answer, seen)
}

const END: Next = { next: null, doubt: null }
const unreadable = (source: string, { place }: Answered, expected: string, problem: string) =>
  new PipelineError('SOURCE_UNREADABLE', { source, expected, problem, place })

function nextToken({ next, more }: Token, answer: Answered, { source }: Seen): Next {
  const given = at(answer, next)
  const token = given === null || given === undefined || given === '' || given === false ? null : given
  if (more !== undefined) {
    const flag = at(answer, more)
    if (flag === undefined) throw unreadable(source, answer, 'a page', `it has no "${more}"`)
    if (flag === false || flag === 0 || /^(?:false|0|)$/i.test(String(flag ?? ''))) return END
    if (token === null) return { next: null, doubt: 'it says that more follows and gives no token for it' }
  }
  if (token === null) return END
  if (typeof token !== 'string' && typeof token !== 'number') {
    throw unreadable(source, answer, 'a page with the next token', 'the token is neither text nor number')
  }
  return { next: token, doubt: null }
}

function nextLink({ next }: Link, answer: Answered, { source }: Seen): Next {
  const given = next === undefined ? linkWith('next', answer.headers.link ?? '') : at(answer, next)
  if (given === null || given === undefined || given === '') return END
  const address =
    typeof given === 'string' && URL.canParse(given, answer.address) ? new URL(given, answer.address) : null
  if (!address) throw unreadable(source, answer, 'a page with a link to the next', 'the link is no address')
  // Whoever is logged in here must not be sent elsewhere with the key.
  if (address.origin !== new URL(answer.address).origin) {
    const problem = `${answer.place} links to another host, ${address.host}`
    throw new PipelineError('SOURCE_ANSWERED_ERROR', { source, problem })
  }
  return { next: address.href, doubt: null }
}

/** The target of the link with that relation in a `Link` header (RFC 8288): `<…>; rel="next last"; title="a, b"`. */
export function linkWith(relation: string, header: string): string | null {
  for (const [, target = '', parameters = ''] of header.matchAll(LINK)) {
    const rel = REL.exec(parameters)
    const relations = (rel?.[1] ?? rel?.[2] ?? '').toLowerCase().split(/\s+/)
    if (relations.includes(relation)) return target.trim()
  }
  return null
}
const LINK = /<([^<>]*)>((?:\s*;\s*[^\s=;,"]+(?:\s*=\s*(?:"(?:[^"\\]|\\.)*"|[^\s;,"]*))?)*)/g
const REL = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))/i

function nextValue({ field, starts, size }: Keyset, answer: Answered, { at: from, fresh, before }: Seen): Next {
  const count = answer.records.length
  if (fresh === 0) {
    // rows that share the last value fill the page: those behind them cannot be asked for
    const full = starts === 'at' && count > 1 && (count >= size.rows || count === before)
    return full ? { next: null, doubt: `${count} rows and more share one ${field}` } : END
  }
  const values = answer.records.map((record) => valueAt(record, field))
  const known = values.filter(
    (value): value is string | number => (typeof value === 'string' && value !== '') || typeof value === 'number',
  )
  const last = known.at(-1)
  if (last === undefined) return { next: null, doubt: `a page of ${count} rows has no ${field}` }
  const doubt = outOfOrder(from === null ? known : [from, ...known])
    ? `the rows do not come in the order of ${field}`
    : starts === 'after' && new Set(known).size < known.length
      ? `${field} is not unique: rows behind a page's end that share its last value would be lost; use starts: 'at'`
      : null
  return { next: last, doubt }
}

/** Only numbers, and digits of the same length, are in an order that no language of the server changes. */
function outOfOrder(values: readonly (string | number)[]): boolean {
  const numbers = values.every((value) => /^-?\d{1,15}$/.test(String(value)))
  const dates = values.every(
    (value) => /^[\d:.TZ +-]+$/.test(String(value)) && String(value).length === String(values[0]).length,
  )
  if (!numbers && !dates) return false
  const compared = numbers ? values.map(Number) : values.map(String)
  return compared.some((value, i) => i > 0 && value < (compared[i - 1] ?? value))
}
