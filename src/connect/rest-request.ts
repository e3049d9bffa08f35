/** What a REST source is asked: the request as it is declared, and what paging, windows and logins add to it. */
import type { HttpRequest } from './http.ts'

export interface RestRequest {
  /** below the base address, or a whole address */
  path: string
  /** POST where there is a body, else GET */
  method?: 'GET' | 'POST'
  /** parameters of the address; none unless said */
  query?: Readonly<Record<string, string>>
  /** none unless said */
  headers?: Readonly<Record<string, string>>
  /** sent as JSON */
  body?: Readonly<Record<string, unknown>>
  /** sent as application/x-www-form-urlencoded, instead of `body` */
  form?: Readonly<Record<string, string>>
}

/** Where a parameter stands: in the address, or in the body (JSON or form), where a dotted name reaches inside. */
export type Side = 'query' | 'body'

/** What is added to the declared request for one page. */
export interface Asking {
  query?: Readonly<Record<string, string>>
  /** set in the JSON body or in the form */
  body?: Readonly<Record<string, string | number>>
  /** address that the server gave for the next page, in place of the declared one */
  next?: string
}

/** One parameter on its side. Numbers stay numbers in a JSON body, since many servers refuse them as text. */
export const placed = (side: Side | undefined, values: Readonly<Record<string, string | number>>): Asking =>
  side === 'body'
    ? { body: values }
    : { query: Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)])) }

export const joined = (...parts: readonly Asking[]): Asking => {
  const next = parts.findLast((part) => part.next !== undefined)?.next
  return {
    query: Object.assign({}, ...parts.map((part) => part.query)),
    body: Object.assign({}, ...parts.map((part) => part.body)),
    ...(next === undefined ? {} : { next }),
  }
}

export function withAsking(request: RestRequest, { query = {}, body = {}, next }: Asking): RestRequest {
  const { query: own, ...rest } = request
  // a link of the server holds all parameters of the address already
  const address = next === undefined ? { query: { ...own, ...query } } : { path: next }
  if (Object.keys(body).length === 0) return { ...rest, ...address }
  if (rest.form) {
    const texts = Object.entries(body).map(([name, value]) => [name, String(value)])
    return { ...rest, ...address, form: { ...rest.form, ...Object.fromEntries(texts) } }
  }
  const whole = Object.entries(body).reduce(
    (made, [name, value]) => setAt(made, name.split('.'), value),
    rest.body ?? {},
  )
  return { ...rest, ...address, body: whole }
}

function setAt(into: unknown, [name = '', ...rest]: readonly string[], value: unknown): Record<string, unknown> {
  const own = typeof into === 'object' && into !== null ? (into as Record<string, unknown>) : {}
  return { ...own, [name]: rest.length === 0 ? value : setAt(own[name], rest, value) }
}

/** Address below `base`, whose own path is kept: `http://host/one-stop` + `/api/x`; a whole address is that. */
export const addressOf = (base: string, path: string): string =>
  /^https?:\/\//.test(path) ? path : `${base.replace(/\/+$/, '')}/${path.replace(/^\/+/, '')}`

export const toHttp = (base: string, { path, body, form, ...rest }: RestRequest): HttpRequest => ({
  ...(body || form ? { method: 'POST' } : {}),
  ...rest,
  url: addressOf(base, path),
  ...(body ? { body: { json: body } } : form ? { body: { form } } : {}),
})
