/** A SOAP service that answers by date received and by key, as `soap({...})` declares, over rows that a check may change. */

import { RECORDS } from '../record/exchanges.ts'
import { rawFields } from '../record/protect-record.ts'
import type { Recording } from '../record/recording.ts'
import { recordedPage, xmlOf } from './answers.ts'
import type { Answerer } from './http-server.ts'
import type { Material } from './material.ts'
import { readTime } from './times.ts'
import type { Facts, Row, SourceState } from './types.ts'

type Day = Temporal.PlainDate
type XmlFields = Readonly<Record<string, unknown>>
interface Declared {
  row: string
  windows: {
    operation: string
    body: (window: { from: Day; last: Day; until: Day }) => XmlFields
    zone: string
    lookback: number
  }
  byKey?: { operation: string; body: (key: readonly string[]) => XmlFields }
}

const DAY = 86_400_000
const declaredOf = ({ stream }: Material) => stream.read.kit?.declaration as unknown as Declared

export function soapFacts(material: Material): Facts {
  const { windows } = declaredOf(material)
  return {
    kind: 'soap',
    paging: 'windows',
    since: 'window',
    lookback: windows.lookback * DAY,
    timeField: rawFields(material.stream, ['received'])[0] ?? null,
    zone: windows.zone,
    http: true,
    perPage: 25,
  }
}

export interface SoapParts {
  material: Material
  recording: Recording
  path: string
  state: SourceState
}

export function soapAnswerer({ material, recording, path, state }: SoapParts): Answerer {
  const declared = declaredOf(material)
  const { windows, byKey, row } = declared
  const template = recordedPage(recording)?.response
  const names = windowFields(declared)
  let page = 0
  const answer = (operation: string, rows: readonly Row[]) => ({
    type: template?.headers['content-type'] ?? 'text/xml; charset=utf-8',
    text: (template?.text ?? '')
      .replaceAll(windows.operation, operation)
      .replace(RECORDS, () => rows.map(({ record }) => xmlOf(row, record)).join('')),
  })
  return (asked) => {
    if (asked.path !== path || asked.method !== 'POST') return null
    const operation = /<(?:[\w.-]+:)?Body[^>]*>\s*<(?:[\w.-]+:)?([\w.-]+)/.exec(asked.body)?.[1]
    const field = (name: string) => new RegExp(`<(?:[\\w.-]+:)?${name}[^>]*>([^<]*)<`).exec(asked.body)?.[1] ?? ''
    if (byKey && operation === byKey.operation) {
      const isAsked = ({ record }: Row) =>
        Object.entries(fieldsOf(byKey.body(material.stream.key.map((name) => String(record[name] ?? ''))))).every(
          ([name, value]) => field(name) === String(value),
        )
      return answer(operation, state.rows.filter(isAsked))
    }
    if (operation !== windows.operation) return null
    const from = readTime(field(names.from), windows.zone) ?? 0
    const end = readTime(field(names.end), windows.zone) ?? 0
    const until = names.included ? end + DAY : end
    // a new read begins at the oldest window
    page = from <= (state.rows[0]?.at ?? 0) - 31 * DAY ? 0 : page + 1
    state.before?.({ ...asked, page })
    return (
      state.spoil?.({ ...asked, page }) ??
      answer(
        operation,
        state.rows.filter(({ at }) => at >= from && at < until),
      )
    )
  }
}

/** Elements with text, also of a body that is written as a whole. */
const fieldsOf = (body: XmlFields): XmlFields =>
  typeof body.xml === 'string'
    ? Object.fromEntries(
        [...body.xml.matchAll(/<(?:[\w.-]+:)?([\w.-]+)[^>]*>([^<]*)<\//g)].map(([, name, text]) => [name, text]),
      )
    : body

/** Which of the fields is which, and whether the last day is part of the window: by what changes when one of them does. */
function windowFields({ windows }: Declared): { from: string; end: string; included: boolean } {
  const day = (text: string) => Temporal.PlainDate.from(text)
  const base = { from: day('2001-02-03'), last: day('2001-02-05'), until: day('2001-02-06') }
  const written = (window: typeof base) => fieldsOf(windows.body(window))
  const differs = (a: XmlFields, b: XmlFields) => Object.keys(a).find((name) => a[name] !== b[name])
  const plain = written(base)
  const from = differs(plain, written({ ...base, from: day('2001-02-02') })) ?? ''
  const last = differs(plain, written({ ...base, last: day('2001-02-04') }))
  const until = differs(plain, written({ ...base, until: day('2001-02-07') }))
  return { from, end: last ?? until ?? '', included: last !== undefined }
}
