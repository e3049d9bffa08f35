/** What an author writes into `rest({...})`; the option reference is made from these comments. */
import type { AnswerFormat } from './answer-formats.ts'
import type { Key } from './connector.ts'
import type { Place } from './paths.ts'
import type { Auth } from './rest-auth.ts'
import type { RestRequest, Side } from './rest-request.ts'

export interface RestDeclaration<Config> {
  /** address of the system, e.g. from its settings; its path is kept */
  base: (config: Config) => string
  /** who we are: noAuth, headerKey, queryKey, basic, bearer, oauth2ClientCredentials, session or lgspAccessToken */
  auth: Auth<Config>
  /** what is asked for one page; with `parents`, once for each parent's id */
  request: RestRequest | ((config: Config, parent: string) => RestRequest)
  /** form of the answers; JSON unless said */
  answer?: AnswerFormat
  /** What in an answer of 200 means failure: a sentence, or undefined where all is well. It sees the body before `unwrap`. */
  guard: (body: unknown) => string | undefined
  /** path of a field that holds JSON as text; the paths below then start inside it. None unless said. */
  unwrap?: string
  /** Path of the records: dotted (`data.items`; '' is the whole answer) or JSONPath (`$.groups[*].items[*]`). One object in their place is a list of one. */
  records: string
  /** how the list is cut into pages */
  paging: Paging
  /** Only what changed: the stream's `cursor` as a parameter. Everything, every time, unless said. */
  since?: Since<Config>
  /** By date received, in windows: for systems that answer nothing else. Not together with `since`. */
  windows?: Windows<Config>
  /** For a `new-only` stream: how what has not ended is read again. */
  unfinished?: Unfinished<Config>
  /** One list per parent, e.g. the attachments of each agency. One list unless said. */
  parents?: Parents<Config>
}

export type Paging = NoPaging | PageNumber | Offset | Token | Link | Keyset

/** The whole list in one answer: one moment of the source, so it proves what is gone. */
export interface NoPaging {
  kind: 'none'
}

interface Counted {
  /** where the number of rows in all stands: path, or `{ header }`; it proves that all came. Not counted unless said. */
  total?: Place
  /** pages; a read that needs more is `incomplete`, never a success */
  maxPages: number
}
interface Sized {
  /** name of the page-size parameter, and rows asked for; a server's own smaller limit is found out */
  size: { parameter: string; rows: number }
  /** where the paging parameters stand; `query` unless said */
  in?: Side
}
interface Seams {
  /**
   * How rows that move between pages are noticed. `probe`: after each page the row before it is asked for again (a page of size 1).
   * `trust`: the server cannot give a page of size 1; any change of the total while reading makes the read incomplete. `stable`: the
   * vendor says that a row never changes its place and none is deleted.
   */
  seams: 'probe' | 'trust' | 'stable'
}
/** Pages by number. Rows may move while they are read, so it never proves a deletion. */
export interface PageNumber extends Counted, Sized, Seams {
  kind: 'page-number'
  /** name of the page parameter */
  parameter: string
  /** number of the first page */
  from: 0 | 1
}
/** Rows to skip. Rows may move while they are read, so it never proves a deletion. */
export interface Offset extends Counted, Sized, Seams {
  kind: 'offset'
  /** name of the parameter that says how many rows are skipped */
  parameter: string
}
/** Each answer names the next page. */
export interface Token extends Counted {
  kind: 'token'
  /** where the next token stands: path, or `{ header }`; absent, null or '' is the end */
  next: Place
  /** name of the parameter that sends it back */
  parameter: string
  /** where the token stands in the request; `query` unless said */
  in?: Side
  /** path of a flag that says whether more follows (`hasMore`), for servers that give a token on the last page too; the token alone decides unless said */
  more?: string
  /** name of the page-size parameter, and rows asked for; the server's own size unless said */
  size?: { parameter: string; rows: number }
}
/** Each answer gives the address of the next page, which must be on the same host. */
export interface Link extends Counted {
  kind: 'link'
  /** path of the address in the body; the `Link` header with rel="next" (RFC 8288) unless said */
  next?: string
  /** name of the page-size parameter, and rows asked for; the server's own size unless said */
  size?: { parameter: string; rows: number }
}
/** The rows behind a value, in the order of that field, which is in every record and never changes: it proves what is gone. */
export interface Keyset extends Counted, Sized {
  kind: 'keyset'
  /** name of the parameter that takes the last row's value */
  parameter: string
  /** path of the value in a record */
  field: string
  /** `after`: rows behind the value (>), so it must be unique; `at`: rows from the value on (>=), the last row comes again */
  starts: 'after' | 'at'
}

export interface Since<Config> {
  /** name of the changed-since parameter */
  parameter: string
  /** where it stands; `query` unless said */
  in?: Side
  /** zone in which the server reads it */
  zone: string
  /** from epoch ms: compactTime, isoTime, isoDay, vietnameseDay, epochSeconds or your own */
  write: Writer
  /** its value on a first or full read; undefined leaves it out */
  first: (config: Config) => string | undefined
}
/** Writes an instant (epoch ms) as a server in `zone` reads it. */
export type Writer = (at: number, zone: string) => string

/** Half-open windows of whole days: each moment lies in exactly one, whatever the server includes. */
export interface Windows<Config> {
  /** name of the parameter where a window begins, and whether the server's answer includes that day or second */
  from: { parameter: string; included: boolean }
  /** name of the parameter where it ends, and whether the server's answer includes that day or second */
  until: { parameter: string; included: boolean }
  /** where both stand; `query` unless said */
  in?: Side
  /** what the parameters are: a calendar day, or a moment (then the server compares times, however finely it stores them) */
  unit: 'day' | 'second'
  /** longest window that the server allows, in days */
  days: number
  /** zone of the server's days */
  zone: string
  /** from epoch ms: isoDay, vietnameseDay, compactTime, isoTime, epochSeconds or your own */
  write: Writer
  /** first day of the first read, `yyyy-MM-dd` */
  start: (config: Config) => string
  /** days before the last read that are asked for again: entries dated back */
  lookback: number
}

export type Unfinished<Config> =
  /** the windows in which something has not ended are read again */
  | { by: 'window' }
  | {
      /** one request for each */
      by: 'id'
      /** the request for one record by its key; the answer's records stand at `records`, and 404 says that it is gone */
      request: (config: Config, key: Key) => RestRequest
      /** path of the record or records in that answer; `records` of the stream unless said */
      records?: string
      /** requests at a time */
      together: number
    }

export interface Parents<Config> {
  /** the request for the list of parents */
  request: RestRequest | ((config: Config) => RestRequest)
  /** path of the parents in its answer */
  records: string
  /** path of the id in a parent; `request` of the stream gets it */
  id: string
  /** how the list of parents is cut into pages */
  paging: Paging
  /** field of each record in which the parent's id is put, for records that do not carry it; none unless said */
  as?: string
}
