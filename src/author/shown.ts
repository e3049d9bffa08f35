/** A request and its answer as they may be shown: no secret, no person; of an answer its shape, never its values. */
import type { Stream } from '../connect/connector.ts'
import type { HttpRequest } from '../connect/http.ts'
import { parseJson } from '../connect/json.ts'
import { labelNamesPerson } from '../connect/persons.ts'
import { PipelineError } from '../errors.ts'
import { jsonType } from '../sync/source-schema.ts'
import type { Exchange } from './sampling.ts'
import { SECRET_NAME } from './secrets.ts'

export interface ExchangeShown {
  method: string
  url: string
  /** null where none is sent */
  body: string | null
  /** null where no answer came that was taken */
  status: number | null
  type: string | null
  bytes: number | null
  /** e.g. `{error_code: string, data: 2 × {MaHoSo: string, …}, tongSo: number}` */
  shape: string | null
  /** why there is none */
  problem: string | null
}

export function exchangeShown({ request, answer, error }: Exchange): ExchangeShown {
  return {
    method: request.method ?? 'GET',
    url: urlShown(request),
    body: bodyShown(request),
    status: answer?.status ?? null,
    type: answer?.headers['content-type']?.split(';')[0] ?? null,
    bytes: answer ? Buffer.byteLength(answer.text) : null,
    shape: answer ? shapeOf(answer.text) : null,
    problem: error instanceof PipelineError ? error.message : error === null ? null : 'a fault of the connector',
  }
}

const HIDDEN = '***'
const hide = (name: string, value: string) => (SECRET_NAME.test(name) ? HIDDEN : value)

function urlShown({ url, query }: HttpRequest): string {
  if (!URL.canParse(url)) return '(no valid address)'
  const shown = new URL(url)
  for (const part of ['username', 'password'] as const) if (shown[part] !== '') shown[part] = HIDDEN
  for (const [name, value] of Object.entries(query ?? {})) shown.searchParams.set(name, value)
  const parameters = [...shown.searchParams].map(([name, value]) => `${name}=${hide(name, value)}`)
  return `${shown.origin}${shown.pathname}${parameters.length > 0 ? `?${parameters.join('&')}` : ''}`
}

const BODY_AT_MOST = 1_000
function bodyShown({ body }: HttpRequest): string | null {
  if (body === undefined) return null
  const text =
    'json' in body
      ? JSON.stringify(body.json, (name, value) => (typeof value === 'string' ? hide(name, value) : value))
      : 'form' in body
        ? Object.entries(body.form)
            .map(([name, value]) => `${name}=${hide(name, value)}`)
            .join('&')
        : withoutSecretElements(body.text)
  return text.length > BODY_AT_MOST ? `${text.slice(0, BODY_AT_MOST)}…` : text
}

/** `<MatKhau>…</MatKhau>` */
const withoutSecretElements = (xml: string): string =>
  xml.replace(/<([\w:.-]+)((?:\s[^<>]*)?)>([^<>]+)</g, (whole, name: string, attributes: string) =>
    SECRET_NAME.test(name) ? `<${name}${attributes}>${HIDDEN}<` : whole,
  )

const DEPTH = 4
const NAMES = 12
function shapeOf(text: string): string {
  const start = text.trimStart()
  if (start === '') return '(empty)'
  if (start.startsWith('<'))
    return `XML <${/<([\w:.-]+)/.exec(start.replace(/<\?[^>]*\?>|<!--.*?-->/gs, ''))?.[1] ?? ''}>`
  try {
    return shape(parseJson(text), 0)
  } catch {
    return `(text of ${text.length} characters)`
  }
}

function shape(value: unknown, depth: number): string {
  if (Array.isArray(value)) return value.length === 0 ? '[]' : `${value.length} × ${shape(value[0], depth)}`
  if (typeof value !== 'object' || value === null) return jsonType(value)
  const fields = Object.entries(value)
  if (depth >= DEPTH) return `{${fields.length} fields}`
  const named = fields.slice(0, NAMES).map(([name, item]) => {
    // objects keyed by a person's number exist
    const said = labelNamesPerson(name) || name.length > 64 ? `(${name.length} characters)` : name
    return `${said}: ${shape(item, depth + 1)}`
  })
  const more = fields.length > NAMES ? [`… ${fields.length - NAMES} more`] : []
  return `{${[...named, ...more].join(', ')}}`
}

type Declared = Readonly<Record<string, unknown>>
const called = (value: unknown, config: unknown): unknown => (typeof value === 'function' ? value(config) : value)

/** What stands in a request's place where no HTTP is spoken; null where it is, or where only the connector knows. */
export async function originOf(
  { read }: Stream<unknown>,
  config: unknown,
  fields: readonly string[],
): Promise<string | null> {
  const declared = (read.kit?.declaration ?? {}) as Declared
  switch (read.kit?.kind) {
    case 'sql':
      return queryOf(declared.rows, fields)
    case 'files':
      return placeOf(called(declared.from ?? declared.folder, config))
    case 'singer':
      return String((called(declared.tap, config) as { command?: unknown } | null)?.command ?? '')
    default:
      return null
  }
}

function placeOf(place: unknown): string | null {
  if (typeof place === 'string') return place
  const { host, path, folder, url } = (place ?? {}) as Readonly<Record<string, unknown>>
  if (url !== undefined) return String(url)
  return host === undefined ? null : `${host}:${path ?? folder ?? ''}`
}

/** The declared query as text; its values are bound and not shown. */
async function queryOf(rows: unknown, fields: readonly string[]): Promise<string | null> {
  if (typeof rows !== 'function') return null
  const { DummyDriver, Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } = await import('kysely')
  const db = new Kysely({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (one) => new SqliteIntrospector(one),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
  })
  return (rows(db, fields) as { compile(): { sql: string } }).compile().sql
}
