/** What the parts of the hostile suite say to each other. */
import type { Stream } from '../../connect/connector.ts'

export type Fields = Readonly<Record<string, unknown>>

/** One record that the hostile source holds. */
export interface Row {
  record: Fields
  /** when the source knows it to have changed, or to have been received; epoch ms */
  at: number
  /** files: the month of its file, `yyyyMM`, and what the file is */
  period?: string
  drop?: 'full' | 'corrections'
  /** sql: marked as deleted */
  gone?: boolean
}

/** How a stream is read, as far as its declaration says it. */
export interface Facts {
  kind: string
  /** how it moves from page to page; `none`: all in one answer */
  paging: string
  /** how it finds what has changed; null: it reads everything each time */
  since: 'field' | 'server-clock' | 'window' | 'files' | null
  /** ms; null where nothing is read again */
  lookback: number | null
  /** raw field that holds `Row.at`; null where the record does not carry it */
  timeField: string | null
  zone: string
  /** answers are asked by HTTP, so that one may be spoilt */
  http: boolean
  /** records that one page holds at most, as the check may set it */
  perPage: number
}

export interface HttpAsked {
  method: string
  path: string
  query: URLSearchParams
  body: string
  /** place of the page that is asked for, from 0; null for what is no page (a login, a question for one record) */
  page: number | null
}
export interface Spoilt {
  status?: number
  type?: string
  text: string
}

/** What a check may change in the source, at any moment. */
export interface SourceState {
  rows: Row[]
  /** the source's clock */
  now: number
  /** records per page that it gives at most; null: as many as it is asked for */
  perPage: number | null
  /** a change at the very moment that is asked for is included */
  inclusive: boolean
  /** another answer in place of the right one */
  spoil: ((asked: HttpAsked) => Spoilt | undefined) | null
  /** called before each page */
  before: ((asked: HttpAsked) => void) | null
}

export interface HostileSource {
  state: SourceState
  settings: Readonly<Record<string, unknown>>
  /** what the reading thread is told beside the settings; see hostile.ts */
  control: Readonly<Record<string, unknown>>
  facts: Facts
  /** files: the connector has a pattern for corrections that the suite can write */
  corrections?: boolean
  /** one page that holds these records, of so many in all; only where answers come page by page over HTTP */
  page?: (rows: readonly Row[], total: number) => Spoilt
  /** writes `state` to where the connector reads it; http answers from it directly */
  show(): Promise<void>
  close(): Promise<void>
}

export type AnyStream = Stream<unknown>

export type Verdict = 'PASS' | 'FAIL' | 'NOT APPLICABLE'
export interface Outcome {
  stream: string
  hazard: number
  /** key of the words that name the check */
  check: string
  verdict: Verdict
  /** FAIL: the smallest counter-example; NOT APPLICABLE: the reason; PASS: what was seen */
  what: Said
  /** FAIL: what to look at */
  hint: Said | null
  ms: number
}
/** A sentence in both languages. */
export type Said = readonly [vi: string, en: string]
