/** Bodies of answers, made from what was recorded: the envelope as it was, with other records, totals and tokens in it. */
import { parseJson } from '../../connect/json.ts'
import { escapeXml } from '../../connect/soap-envelope.ts'
import { RECORDS } from '../record/exchanges.ts'
import type { Exchange, Recording } from '../record/recording.ts'
import type { Answerer } from './http-server.ts'
import type { Fields } from './types.ts'

/** A number too long for a double: `exactNumber('15793596808644609')` stands in JSON as these digits. */
export const exactNumber = (digits: string): string => `@@number:${digits}`
const withNumbers = (text: string) => text.replace(/(\\?")@@number:(\d+)\1/g, '$2')

/** Where every value is text a number is its digits. */
const plainText = (value: unknown) => String(value).replace(/^@@number:/, '')

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const hasMark = (exchange: Exchange) => JSON.stringify(exchange.response).includes(RECORDS)

/** The recorded answer that had records in it. */
export const recordedPage = ({ exchanges = [] }: Recording): Exchange | undefined => exchanges.find(hasMark)

/** Logins and whatever else was asked: answered as it was recorded. */
export function recordedAnswers(recordings: readonly Recording[]): Answerer {
  const others = recordings.flatMap(({ exchanges = [] }) => exchanges.filter((exchange) => !hasMark(exchange)))
  return (asked) => {
    const found = others.find(({ request }) => asked.method === request.method && asked.path === request.path)
    return (
      (found && {
        status: found.response.status,
        type: found.response.headers['content-type'] ?? 'application/json',
        text: found.response.text ?? JSON.stringify(found.response.body),
      }) ??
      null
    )
  }
}

const steps = (path: string) =>
  path
    .replace(/^\$\.?/, '')
    .split('.')
    .filter(Boolean)
function put(body: unknown, path: string, value: unknown): void {
  const names = steps(path)
  const last = names.pop()
  let place = body
  for (const name of names) {
    if (!isObject(place)) return
    place[name] ??= {}
    place = place[name]
  }
  if (!isObject(place) || last === undefined) return
  if (value === undefined) delete place[last]
  // a number that was recorded as text stays text
  else place[last] = typeof place[last] === 'string' && typeof value === 'number' ? String(value) : value
}
export function take(body: unknown, path: string): unknown {
  return steps(path).reduce<unknown>((place, name) => (isObject(place) ? place[name] : undefined), body)
}

export interface PageParts {
  records: readonly unknown[]
  /** dotted path → value; undefined takes it out */
  set: Readonly<Record<string, unknown>>
  /** path of JSON inside text, where the paths begin */
  unwrap?: string | undefined
  /** XML: name of a record's element */
  row?: string | null
}

/** The body of a page of JSON, NDJSON, XML or a table. */
export function bodyWith({ response }: Exchange, { records, set, unwrap, row = null }: PageParts): string {
  if (response.text !== undefined && row !== null) {
    const envelope = Object.entries(set).reduce((text, [path, value]) => putXml(text, path, value), response.text)
    return envelope.replace(RECORDS, () => records.map((record) => xmlOf(row, record)).join(''))
  }
  if (response.text !== undefined) return response.text.replace(RECORDS, () => linesOf(response.text ?? '', records))
  const body: unknown = structuredClone(response.body)
  const inner = unwrap === undefined ? body : parseJson(String(take(body, unwrap)))
  const filled = fill(inner, records)
  for (const [path, value] of Object.entries(set)) put(filled, path, value)
  if (unwrap === undefined) return withNumbers(JSON.stringify(filled))
  put(body, unwrap, JSON.stringify(filled))
  return withNumbers(JSON.stringify(body))
}

/** Sets the element at a path; one that was not recorded comes last in its parent. */
function putXml(text: string, path: string, value: unknown): string {
  const [name = '', parent = ''] = steps(path).reverse()
  const element = new RegExp(`<((?:[\\w.-]+:)?${name})(?:\\s[^>]*)?(?:/>|>[^<]*</\\1>)`)
  const written = value === undefined ? '' : `<${name}>${escapeXml(String(value))}</${name}>`
  if (element.test(text)) return text.replace(element, () => written)
  return text.replace(
    new RegExp(`(?=</(?:[\\w.-]+:)?${parent}>(?![\\s\\S]*</(?:[\\w.-]+:)?${parent}>))`),
    () => written,
  )
}

function fill(value: unknown, records: readonly unknown[]): unknown {
  if (value === RECORDS) return records
  if (Array.isArray(value)) return value.map((item) => fill(item, records))
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, fill(item, records)]))
}

function linesOf(template: string, records: readonly unknown[]): string {
  const [first = ''] = template.split('\n', 1)
  if (first === RECORDS) return records.map((record) => withNumbers(JSON.stringify(record))).join('\n')
  const delimiter = [';', '\t', ',', '|'].find((sign) => first.includes(sign)) ?? ','
  return records.map((record) => csvLine(first.split(delimiter), record as Fields, delimiter)).join('\n')
}

export const csvLine = (header: readonly string[], record: Fields, delimiter: string): string =>
  header.map((name) => csvCell(record[name.replace(/^"|"$/g, '')], delimiter)).join(delimiter)
function csvCell(value: unknown, delimiter: string): string {
  const text = value === null || value === undefined ? '' : plainText(value)
  return text.includes(delimiter) || /["\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** A record as an element. */
export const xmlOf = (name: string, value: unknown): string => {
  if (Array.isArray(value)) return value.map((item) => xmlOf(name, item)).join('')
  if (isObject(value))
    return `<${name}>${Object.entries(value)
      .map(([field, item]) => xmlOf(field, item))
      .join('')}</${name}>`
  return `<${name}>${escapeXml(value === null || value === undefined ? '' : plainText(value))}</${name}>`
}
