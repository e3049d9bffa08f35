/**
 * HTTP answers as a recording may hold them: the records are cut out and leave a mark where they stood; what is around them (the
 * envelope) is kept, with secrets, tokens, hosts and anything that may name a person replaced.
 */
import type { HttpAnswer, HttpRequest } from '../../connect/http.ts'
import { parseJson } from '../../connect/json.ts'
import { labelNamesPerson, looksLikePerson } from '../../connect/persons.ts'
import { namedAlike, sameShape } from './made-up.ts'
import type { Exchange } from './recording.ts'

export interface Observed {
  request: HttpRequest
  answer: HttpAnswer
}

/** Stands where the records stood. */
export const RECORDS = '{{records}}'
const ENVELOPE_TEXT_AT_MOST = 80
const KEPT_HEADERS = ['content-type', 'link']

export interface Envelopes {
  /** raw fields of the stream's key: what has them is a record */
  key: readonly string[]
  /** name of the row element, in XML */
  row: string | null
  /** texts that must not stand anywhere */
  secrets: readonly string[]
}

/** At most one exchange of each kind: the same method and path, with records or without. */
export function exchangesOf(observed: readonly Observed[], rules: Envelopes): Exchange[] {
  const tokens = new Set(rules.secrets)
  const kept = new Map<string, Exchange>()
  for (const one of observed) {
    const { hasRecords, ...answer } = responseOf(one, rules)
    if (!hasRecords) for (const token of tokensIn(answer.body)) tokens.add(token)
    const { pathname } = new URL(one.request.url)
    const id = `${one.request.method ?? 'GET'} ${pathname} ${hasRecords}`
    // an answer of which nothing may be kept tells nothing
    if (answer.text === '') continue
    if (!kept.has(id)) kept.set(id, { request: requestOf(one.request), response: { ...answer } })
  }
  // the longest first: a secret may contain another
  const hidden = [...tokens].sort((a, b) => b.length - a.length)
  return [...kept.values()].map((exchange) => masked(exchange, hidden) as Exchange)
}

function requestOf({ url, method = 'GET', query, body }: HttpRequest): Exchange['request'] {
  const { pathname, searchParams } = new URL(url)
  const sent = { ...Object.fromEntries(searchParams), ...query }
  const asked = { method, path: withoutPersons(pathname), query: nobodyIn(sent) as Readonly<Record<string, string>> }
  if (body === undefined) return asked
  if ('text' in body) return { ...asked, body: textNodes(body.text) }
  return { ...asked, body: nobodyIn('json' in body ? body.json : { ...body.form }) }
}

/** What is asked for may be a person: the last row's value, a name that is looked for. */
function nobodyIn(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(nobodyIn)
  if (isObject(value))
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [namedAlike(name), nobodyIn(item)]))
  if (typeof value !== 'string' && typeof value !== 'number') return value
  return looksLikePerson(String(value)) ? sameShape(value) : value
}
/** Of an address, each part of its path and each value in its query. */
const withoutPersons = (address: string): string =>
  address.replace(/[^/?&=<>;"\s]+/g, (part) => (looksLikePerson(decoded(part)) ? sameShape(part) : part))
function decoded(part: string): string {
  try {
    return decodeURIComponent(part.replaceAll('+', ' '))
  } catch {
    return part
  }
}
const textNodes = (xml: string): string =>
  xml.replace(/(?<=>)[^<>]+(?=<)/g, (text) => (looksLikePerson(text.trim()) ? sameShape(text) : text))

function responseOf({ answer }: Observed, rules: Envelopes): Exchange['response'] & { hasRecords: boolean } {
  const headers = Object.fromEntries(Object.entries(answer.headers).filter(([name]) => KEPT_HEADERS.includes(name)))
  if (headers.link !== undefined) headers.link = withoutPersons(headers.link)
  const base = { status: answer.status, headers }
  const text = answer.text.trimStart()
  if (text.startsWith('<')) {
    const cut = cutXml(answer.text, rules.row)
    return { ...base, text: cut === null ? '' : textNodes(cut), hasRecords: cut !== null }
  }
  try {
    const found = { records: false }
    const body = cutJson(parseJson(answer.text), rules, found)
    return { ...base, body, hasRecords: found.records }
  } catch {
    return cutLines(answer.text, rules, base)
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isRecord = (value: unknown, key: readonly string[]) =>
  isObject(value) && key.every((field) => Object.hasOwn(value, field))

/** `listed`: it stands in a list of objects, which may be records that `unwrap` has yet to make. */
function cutJson(value: unknown, rules: Envelopes, found: { records: boolean }, listed = false): unknown {
  if (isRecord(value, rules.key) || (Array.isArray(value) && value.some((item) => isRecord(item, rules.key)))) {
    found.records = true
    return RECORDS
  }
  if (Array.isArray(value)) return value.slice(0, 3).map((item) => cutJson(item, rules, found, true))
  if (isObject(value))
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => [namedAlike(name), cutJson(item, rules, found, listed)]),
    )
  if (typeof value === 'number') return looksLikePerson(String(value)) ? sameShape(value) : value
  if (typeof value !== 'string') return value
  if (/^\s*[[{]/.test(value)) {
    try {
      return JSON.stringify(cutJson(parseJson(value), rules, found, listed))
    } catch {
      // text that only looks so
    }
  }
  const isTold = value.length <= ENVELOPE_TEXT_AT_MOST && !looksLikePerson(value) && (!listed || CODE.test(value))
  return isTold ? value : sameShape(value)
}

/** What is written in words in a list may be anybody's. */
const CODE = /^(?=.*\d)[\p{L}\d._:/+-]+$|^[A-Z_]+$|^$/u

/** From the first row element to the last; null where there is none. */
function cutXml(text: string, row: string | null): string | null {
  if (row === null) return null
  const element = new RegExp(`<((?:[\\w.-]+:)?${row})[\\s/>][\\s\\S]*</\\1>`)
  return element.test(text) ? text.replace(element, RECORDS) : null
}

/** One JSON object per line, or a table with its header. */
function cutLines(text: string, { key }: Envelopes, base: Omit<Exchange['response'], 'body' | 'text'>) {
  const [first = ''] = text.split(/\r?\n/, 1)
  if (first.startsWith('{')) return { ...base, text: RECORDS, hasRecords: true }
  const isTable = key.every((field) => first.includes(field))
  const header = first.replace(/[^,;\t|"]+/g, (cell) => (labelNamesPerson(cell) ? sameShape(cell) : cell))
  return { ...base, text: isTable ? `${header}\n${RECORDS}` : '', hasRecords: isTable }
}

/** What a login's answer gives: not a word, but something with digits or of great length. */
function tokensIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(tokensIn)
  if (isObject(value)) return Object.values(value).flatMap(tokensIn)
  const isToken = typeof value === 'string' && value.length >= 8 && (/\d/.test(value) || value.length > 24)
  return isToken ? [value] : []
}

const SHORTEST_PART = 6
const HOST = /\bhttps?:\/\/[^/\s"'<>]+/g
const IP = /\b(?:\d{1,3}\.){3}\d{1,3}\b/g
function masked(value: unknown, secrets: readonly string[]): unknown {
  if (Array.isArray(value)) return value.map((item) => masked(item, secrets))
  if (isObject(value))
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, masked(item, secrets)]))
  if (typeof value !== 'string' || value === RECORDS) return value
  let text = value
  for (const secret of secrets) {
    if (text === secret) text = sameShape(secret)
    // a user name of three letters is part of many a word
    else if (secret.length >= SHORTEST_PART) text = text.replaceAll(secret, sameShape(secret))
    else text = text.replaceAll(`>${secret}<`, `>${sameShape(secret)}<`)
  }
  return text.replace(HOST, (url) => (isWellKnown(url) ? url : 'https://may-chu.invalid')).replace(IP, '192.0.2.1')
}
/** Namespaces of XML are no hosts. */
const isWellKnown = (url: string) =>
  /^https?:\/\/(?:www\.w3\.org|schemas\.xmlsoap\.org|docs\.oasis-open\.org)/.test(url)
