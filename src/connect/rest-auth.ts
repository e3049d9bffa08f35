/** How a REST source lets us in. Each builder makes a signer per read: it adds what proves who we are, and logs in again when asked. */
import { PipelineError } from '../errors.ts'
import { isObject, pick, quoted } from './body.ts'
import type { Http, HttpRequest } from './http.ts'

export interface RestRequest {
  /** below the base address */
  path: string
  method?: 'GET' | 'POST'
  query?: Readonly<Record<string, string>>
  headers?: Readonly<Record<string, string>>
  /** sent as JSON */
  body?: Readonly<Record<string, unknown>>
}

export interface Caller<Config> {
  config: Config
  source: string
  http: Http
  base: string
}
export interface Signer {
  sign(request: RestRequest): Promise<HttpRequest>
  /** an answer of 200 that says the login is over */
  expired(body: unknown): boolean
  /** forgets the login, so that the next `sign` logs in again; false where there is none to renew */
  renew(): boolean
}
export type Auth<Config> = (caller: Caller<Config>) => Signer

/** Address below `base`, whose own path is kept: `http://host/one-stop` + `/api/x`. */
export const toHttp = (base: string, { path, body, ...rest }: RestRequest): HttpRequest => ({
  ...rest,
  url: `${base.replace(/\/+$/, '')}/${path.replace(/^\/+/, '')}`,
  ...(body === undefined ? {} : { body: { json: body } }),
})

export const noAuth =
  <Config>(): Auth<Config> =>
  ({ base }) => ({ sign: async (request) => toHttp(base, request), expired: () => false, renew: () => false })

/** One login at a time, kept until it is forgotten or its time is over. */
function kept<Login>(logIn: () => Promise<{ login: Login; until: number }>) {
  let current: Promise<{ login: Login; until: number }> | null = null
  const forget = () => {
    current = null
    return true
  }
  async function get(): Promise<Login> {
    current ??= logIn()
    const mine = current
    const { login, until } = await mine
    // the steady clock: a wall clock that is set back would keep a dead token alive
    if (performance.now() < until) return login
    if (current === mine) forget()
    return get()
  }
  return { get, forget }
}

/** A token is renewed this long before it ends, since a page may take that long to be sent. */
const EARLY_MS = 30_000

/** OAuth 2 client credentials (RFC 6749 §4.4). `send`: where the server looks for id and secret. */
export function oauth2ClientCredentials<Config>(options: {
  path: string
  send: 'basic' | 'body'
  credentials: (config: Config) => { id: string; secret: string }
}): Auth<Config> {
  return ({ config, source, http, base }) => {
    const { id, secret } = options.credentials(config)
    const refused = (problem: string) => new PipelineError('SOURCE_UNAUTHORIZED', { source, problem })
    const basic = Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')
    const token = kept(async () => {
      const own = options.send === 'body' ? { client_id: id, client_secret: secret } : {}
      const { status, body, place } = await http.json({
        ...toHttp(base, { path: options.path, method: 'POST' }),
        ...(options.send === 'basic' ? { headers: { authorization: `Basic ${basic}` } } : {}),
        body: { form: { grant_type: 'client_credentials', ...own } },
        accept: (answer) => answer.status === 400, // RFC 6749 §5.2: a wrong client may be answered so
      })
      const given = pick(body, 'access_token')
      if (status === 400) throw refused(`${place} answered ${quoted(pick(body, 'error'), [secret])}`)
      if (typeof given !== 'string' || given === '') throw refused(`${place} gave no access_token`)
      const seconds = Number(pick(body, 'expires_in'))
      const life = seconds > 0 ? Math.max(seconds * 1000 - EARLY_MS, (seconds * 1000) / 2) : Number.POSITIVE_INFINITY
      return { login: given, until: performance.now() + life }
    })
    return {
      async sign(request) {
        const signed = { ...request, headers: { ...request.headers, authorization: `Bearer ${await token.get()}` } }
        return toHttp(base, signed)
      },
      expired: () => false, // 401 says it
      renew: token.forget,
    }
  }
}

/** Log in once, then the session stands in the body of each request. `expired` recognises its end inside an answer of 200. */
export function session<Config>(options: {
  login: (config: Config) => RestRequest
  /** where the session stands in the login's answer */
  at: string
  /** name of the field in each request's body */
  as: string
  /** what in the login's answer means no; a sentence */
  refused: (body: unknown) => string | undefined
  expired: (body: unknown) => boolean
}): Auth<Config> {
  return ({ config, source, http, base }) => {
    const current = kept(async () => {
      const { body, place } = await http.json(toHttp(base, options.login(config)))
      const given = pick(body, options.at)
      const problem = options.refused(body) ?? (typeof given === 'string' && given !== '' ? undefined : 'no session')
      if (problem) throw new PipelineError('SOURCE_UNAUTHORIZED', { source, problem: `${place}: ${problem}` })
      return { login: given, until: Number.POSITIVE_INFINITY }
    })
    return {
      async sign(request) {
        const own = isObject(request.body) ? request.body : {}
        return toHttp(base, { ...request, body: { ...own, [options.as]: await current.get() } })
      },
      expired: options.expired,
      renew: current.forget,
    }
  }
}
