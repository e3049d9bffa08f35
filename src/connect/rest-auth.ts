/** How a REST source lets us in. Each builder makes a signer per read: it adds what proves who we are, and logs in again when asked. */
import { PipelineError } from '../errors.ts'
import { isObject, pick, quoted } from './body.ts'
import type { Http, HttpRequest } from './http.ts'
import { keepLogin, steadyMs } from './logins.ts'
import { type RestRequest, toHttp } from './rest-request.ts'

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
  /** the login of this request was refused: the next `sign` logs in again; false where there is none to renew */
  renew(refused: HttpRequest): boolean
  /** query parameters that are secret: never kept with an address that the server gave */
  secretQuery: readonly string[]
}
export const AUTH_KINDS = [
  'none',
  'header-key',
  'query-key',
  'basic',
  'bearer',
  'oauth2-client-credentials',
  'session',
  'lgsp-access-token',
] as const
/** Made by one of the builders below. */
export type Auth<Config> = ((caller: Caller<Config>) => Signer) & { readonly kind: (typeof AUTH_KINDS)[number] }

const made = <Config>(kind: Auth<Config>['kind'], signer: (caller: Caller<Config>) => Signer): Auth<Config> =>
  Object.assign(signer, { kind })

/** What never changes while we read: added to each request, and not to be renewed. */
const fixed = <Config>(
  kind: Auth<Config>['kind'],
  add: (config: Config) => { headers?: Record<string, string>; query?: Record<string, string> },
): Auth<Config> =>
  made(kind, ({ config, base }) => {
    const { headers, query } = add(config)
    return {
      sign: async (request) => signed(toHttp(base, { ...request, headers: { ...request.headers, ...headers } }), query),
      expired: () => false,
      renew: () => false,
      secretQuery: Object.keys(query ?? {}),
    }
  })
/** Over the address too, since one that the server gave holds its query itself. */
const signed = (request: HttpRequest, query: Readonly<Record<string, string>> = {}): HttpRequest =>
  Object.keys(query).length === 0 ? request : { ...request, query: { ...request.query, ...query } }

/** Everybody may read. */
export const noAuth = <Config>(): Auth<Config> => fixed('none', () => ({}))

/** A key in a header, such as `X-Api-Key`. */
export const headerKey = <Config>(options: {
  /** name of the header */
  name: string
  /** the key, from the settings */
  value: (config: Config) => string
}): Auth<Config> => fixed('header-key', (config) => ({ headers: { [options.name]: options.value(config) } }))

/** A key in the address. It may end in the logs of every server in between: `headerKey` is better where both are offered. */
export const queryKey = <Config>(options: {
  /** name of the parameter */
  name: string
  /** the key, from the settings */
  value: (config: Config) => string
}): Auth<Config> => fixed('query-key', (config) => ({ query: { [options.name]: options.value(config) } }))

const basicOf = (user: string, password: string) => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`

/** User name and password with each request (RFC 7617). */
export const basic = <Config>(options: {
  /** user name and password, from the settings */
  credentials: (config: Config) => { user: string; password: string }
}): Auth<Config> =>
  fixed('basic', (config) => {
    const { user, password } = options.credentials(config)
    return { headers: { authorization: basicOf(user, password) } }
  })

/** A token that does not end, or that somebody renews in the settings. */
export const bearer = <Config>(options: {
  /** the token, from the settings */
  token: (config: Config) => string
}): Auth<Config> => fixed('bearer', (config) => ({ headers: { authorization: `Bearer ${options.token(config)}` } }))

/** A token is renewed this long before it ends, since a page may take that long to be sent. */
const EARLY_MS = 30_000

interface TokenRequest {
  /** below the base address, or a whole address where another host gives the tokens */
  path: string
  headers: Readonly<Record<string, string>>
  form: Readonly<Record<string, string>>
  secrets: readonly string[]
}
/** A token by client credentials, kept until it is refused or its time is over. */
function tokenOf<Config>({ source, http, base }: Caller<Config>, { path, headers, form, secrets }: TokenRequest) {
  const refused = (problem: string) => new PipelineError('SOURCE_UNAUTHORIZED', { source, problem, fault: 'login' })
  return keepLogin([base, path, ...secrets, ...Object.values(form)], async () => {
    const { status, body, place } = await http.json({
      ...toHttp(base, { path, method: 'POST', headers }),
      body: { form: { grant_type: 'client_credentials', ...form } },
      accept: (answer) => answer.status === 400, // RFC 6749 §5.2: a wrong client may be answered so
    })
    const given = pick(body, 'access_token')
    if (status === 400) throw refused(`${place} answered ${quoted(pick(body, 'error'), secrets)}`)
    if (typeof given !== 'string' || given === '') throw refused(`${place} gave no access_token`)
    const seconds = Number(pick(body, 'expires_in'))
    const until = seconds > 0 ? steadyMs() + Math.max(seconds * 1000 - EARLY_MS, (seconds * 1000) / 2) : null
    return { value: given, until }
  })
}
const bearing = <Config>(
  { base }: Caller<Config>,
  token: ReturnType<typeof keepLogin>,
  more: Readonly<Record<string, string>> = {},
): Signer => ({
  async sign(request) {
    const own = { ...request.headers, ...more, authorization: `Bearer ${await token.get()}` }
    return toHttp(base, { ...request, headers: own })
  },
  expired: () => false, // 401 says it
  renew({ headers }) {
    token.forget(headers?.authorization?.slice('Bearer '.length) ?? '')
    return true
  },
  secretQuery: [],
})

/** OAuth 2 client credentials (RFC 6749 §4.4): one login for all streams that are read at the same time, renewed before it ends. */
export const oauth2ClientCredentials = <Config>(options: {
  /** where tokens are given: below the base address, or a whole address where that is another host */
  path: string
  /** where the server looks for id and secret: the Authorization header, or the form */
  send: 'basic' | 'body'
  /** id and secret, from the settings */
  credentials: (config: Config) => { id: string; secret: string }
  /** asked-for scope; none unless said */
  scope?: string
}): Auth<Config> =>
  made('oauth2-client-credentials', (caller) => {
    const { id, secret } = options.credentials(caller.config)
    const { path, send, scope } = options
    const own: Record<string, string> = send === 'body' ? { client_id: id, client_secret: secret } : {}
    const form: Record<string, string> = scope === undefined ? own : { ...own, scope }
    const authorization = basicOf(encodeURIComponent(id), encodeURIComponent(secret))
    const headers: Record<string, string> = send === 'basic' ? { authorization } : {}
    return bearing(caller, tokenOf(caller, { path, headers, form, secrets: [id, secret] }))
  })

/**
 * The provincial platform (LGSP) of several provinces: a header `lgspaccesstoken` with the application's keys, base64 of JSON, on the
 * token request and, beside the bearer token, on every call.
 */
export const lgspAccessToken = <Config>(options: {
  /** where tokens are given: below the base address, or a whole address where that is another host */
  path: string
  /** the application's keys, from the settings */
  keys: (config: Config) => LgspKeys
}): Auth<Config> =>
  made('lgsp-access-token', (caller) => {
    const { AccessKey, SecretKey, AppName, PartnerCode, PartnerCodeCus } = options.keys(caller.config)
    const keys = { AccessKey, SecretKey, AppName, PartnerCode, PartnerCodeCus }
    const lgspaccesstoken = Buffer.from(JSON.stringify(keys)).toString('base64')
    const headers = { lgspaccesstoken }
    const secrets = [lgspaccesstoken, AccessKey, SecretKey]
    return bearing(caller, tokenOf(caller, { path: options.path, headers, form: {}, secrets }), headers)
  })
/** as the platform gives them to an application; the partner codes where it gives any */
export interface LgspKeys {
  AccessKey: string
  SecretKey: string
  AppName: string
  PartnerCode?: string
  PartnerCodeCus?: string
}

/** Log in once, then the session stands in the body of each request. `expired` recognises its end inside an answer of 200. */
export const session = <Config>(options: {
  /** the request that logs in */
  login: (config: Config) => RestRequest
  /** dotted path of the session in the login's answer */
  at: string
  /** name of the field in each request's body */
  as: string
  /** what in the login's answer means no; a sentence */
  refused: (body: unknown) => string | undefined
  /** what in an answer of 200 means that the session is over */
  expired: (body: unknown) => boolean
}): Auth<Config> =>
  made('session', ({ config, source, http, base }) => {
    const login = options.login(config)
    const current = keepLogin([base, JSON.stringify(login)], async () => {
      const { body, place } = await http.json(toHttp(base, login))
      const given = pick(body, options.at)
      const problem = options.refused(body) ?? (typeof given === 'string' && given !== '' ? undefined : 'no session')
      if (problem)
        throw new PipelineError('SOURCE_UNAUTHORIZED', { source, problem: `${place}: ${problem}`, fault: 'login' })
      return { value: String(given), until: null }
    })
    return {
      async sign(request) {
        const value = await current.get()
        if (request.form) return toHttp(base, { ...request, form: { ...request.form, [options.as]: value } })
        const own = isObject(request.body) ? request.body : {}
        return toHttp(base, { ...request, body: { ...own, [options.as]: value } })
      },
      expired: options.expired,
      renew({ body = { json: null } }) {
        const given = 'json' in body ? pick(body.json, options.as) : 'form' in body ? body.form[options.as] : ''
        current.forget(String(given))
        return true
      },
      secretQuery: [],
    }
  })
