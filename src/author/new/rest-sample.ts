/** An API: one answer of it, from a file or fetched, and the request by which it came where that is known. */

import { type HttpAnswer, makeHttp } from '../../connect/http.ts'
import { parseJson } from '../../connect/json.ts'
import { type Asked, describe, toRequest } from './asked.ts'
import type { Field, Found, StreamDraft, Todo } from './draft.ts'
import { findRecords, guardOf, type Paging, pagingOf } from './json-body.ts'
import { quote } from './plain.ts'
import { profile } from './profile.ts'
import * as question from './questions.ts'
import { unusable } from './sample-error.ts'

const LIMITS = { maxBytes: 16 << 20, totalMs: 60_000, idleMs: 20_000, attempts: 2 }

/** One page, by the same client that reads later. Throws what a read would: SOURCE_UNREACHABLE, SOURCE_UNAUTHORIZED … */
export async function fetchPage(asked: Asked, name: string, signal: AbortSignal): Promise<HttpAnswer> {
  const http = makeHttp({ source: name, signal, limits: LIMITS })
  try {
    return await http.send(toRequest(asked))
  } finally {
    http.close()
  }
}

export interface RestSample {
  /** undefined where only a description is known */
  text?: string
  link?: string | undefined
  /** what a description says of records, in place of a text */
  fields?: readonly Field[]
  records?: string
  /** the description's own words for paging */
  paging?: Paging
}

/** `label`: what a message calls the sample. */
export function fromAnswer(sample: RestSample, asked: Asked, label: string, variable: string): Found {
  const described = describe(asked, variable)
  const answer = sample.text === undefined ? null : readAnswer(sample.text, label)
  const found = answer ? findRecords(answer.body) : null
  const fields = sample.fields ?? profile(found?.records ?? [])
  const todos: Todo[] = [...described.todos]
  const records = found?.records.length ?? 0
  if (found && records === 0) todos.push(question.noRecords())
  if (found?.single && records > 0) todos.push(question.oneRecord())
  const guard = found
    ? guardOf(found.unwrap === undefined ? found.body : answer?.body)
    : { code: null, todos: [question.noGuard()] }
  if (guard.code === null && guard.todos.length === 0) todos.push(question.noGuard())
  const paging = sample.paging ?? pagingOf(found ?? { body: {}, records: [] }, described.parameters, sample.link)
  todos.push(...guard.todos, ...paging.todos, question.noSince())
  const parts = {
    described,
    records: sample.records ?? found?.path ?? '',
    unwrap: found?.unwrap,
    ndjson: answer?.ndjson ?? false,
    guard: guard.code,
    paging: paging.code,
  }
  const secrets = described.settings.filter(({ code }) => code.startsWith('setting.secret')).map(({ name }) => name)
  return {
    kind: 'rest',
    fields,
    records,
    settings: described.settings,
    todos,
    sees: 'everything',
    read: (stream) => readCode(stream, parts),
    asks: described.asks.split(' with ')[0] ?? '',
    needs: secrets.length === 0 ? 'the address' : `the address, and ${secrets.join(', ')}`,
  }
}

interface Parts {
  described: ReturnType<typeof describe>
  records: string
  unwrap: string | undefined
  ndjson: boolean
  guard: string | null
  paging: string
}
function readCode(_: StreamDraft, { described, records, unwrap, ndjson, guard, paging }: Parts): string {
  return [
    'rest<ConfigOf<typeof settings>>({',
    '  base: ({ url }) => url,',
    `  auth: ${described.auth},`,
    '  // TODO request',
    `  request: ${described.request},`,
    ...(ndjson ? ["  answer: { format: 'ndjson' },"] : []),
    '  // TODO guard',
    `  guard: ${guard ?? '() => undefined'},`,
    ...(unwrap === undefined ? [] : [`  unwrap: ${quote(unwrap)},`]),
    '  // TODO read',
    `  records: ${quote(records)},`,
    '  // TODO paging',
    `  paging: ${paging.replaceAll('\n', '\n  ')},`,
    '  // TODO since',
    '})',
  ].join('\n')
}

function readAnswer(text: string, label: string): { body: unknown; ndjson: boolean } {
  const start = text.trimStart()
  if (start === '') throw unusable(label, 'it is empty')
  if (start.startsWith('<'))
    throw unusable(label, 'it is XML or a web page, not JSON; for a SOAP service give its .wsdl')
  try {
    return { body: parseJson(text), ndjson: false }
  } catch (cause) {
    const lines = text.split('\n').filter((line) => line.trim() !== '')
    try {
      if (lines.length > 1) return { body: lines.slice(0, 2_000).map(parseJson), ndjson: true }
    } catch {
      // neither
    }
    throw unusable(label, cause instanceof Error ? cause.message : 'it is no JSON', cause)
  }
}
