/**
 * One request to a system, as a curl line, an address or a description has it: what of it is public and goes into the connector, and what
 * is secret and goes into the environment.
 */
import type { HttpRequest } from '../../connect/http.ts'
import { labelNamesPerson } from '../../connect/persons.ts'
import { PipelineError } from '../../errors.ts'
import type { SettingLine, Todo } from './draft.ts'
import { isPaging, type Parameter } from './json-body.ts'
import { camel, property, quote } from './plain.ts'
import * as question from './questions.ts'

export interface Asked {
  /** as it was given, without user and password; null where only the answer is known */
  url: URL | null
  method: 'GET' | 'POST'
  headers: readonly (readonly [name: string, value: string])[]
  body?: { json: Readonly<Record<string, unknown>> } | { form: Readonly<Record<string, string>> }
  login?: { user: string; password: string }
  /** described ways to log in, where no value is known */
  auth?: AuthHint
  /** parameters that a description lists without values */
  described?: readonly Parameter[]
}
export type AuthHint =
  | { kind: 'bearer' }
  | { kind: 'basic' }
  | { kind: 'header'; name: string }
  | { kind: 'query'; name: string }
  | { kind: 'client-credentials'; path: string }

const SECRET =
  /pass|pwd|secret|token|key$|apikey|mat_?khau|credential|^auth|authorization|session|cookie|signature|^sig$/i
/** Beyond these a header of its own is taken for secret: most are keys of a gateway. */
const PUBLIC_HEADERS =
  /^(?:dstcode|madonvi|ma-don-vi|x-requested-with|accept-language|accept|tenant|x-tenant(?:-id)?)$/i
const DROPPED_HEADERS =
  /^(?:user-agent|accept-encoding|connection|content-length|content-type|host|origin|referer|pragma|cache-control|priority|dnt|sec-.*|upgrade-insecure-requests|if-.*|accept)$/i

/** An address of http or https, its user and password apart. Throws USAGE-like SAMPLE_UNREADABLE. */
export function addressOf(typed: string): Pick<Asked, 'url' | 'login'> {
  if (!URL.canParse(typed) || !/^https?:$/.test(new URL(typed).protocol))
    throw new PipelineError('SAMPLE_UNREADABLE', { sample: 'the address', problem: 'it is no http or https address' })
  const url = new URL(typed)
  const login =
    url.username === ''
      ? undefined
      : { user: decodeURIComponent(url.username), password: decodeURIComponent(url.password) }
  url.username = ''
  url.password = ''
  url.hash = ''
  return login ? { url, login } : { url }
}

/** The request itself, to be sent once. */
export function toRequest({ url, method, headers, body, login }: Asked): HttpRequest {
  const basic = login
    ? { authorization: `Basic ${Buffer.from(`${login.user}:${login.password}`).toString('base64')}` }
    : {}
  const sent = headers.filter(
    ([name]) => !/^(?:content-length|accept-encoding|connection|host|content-type)$/i.test(name),
  )
  return { url: url?.href ?? '', method, headers: { ...Object.fromEntries(sent), ...basic }, ...(body ? { body } : {}) }
}

export interface Described {
  /** code of `auth` */
  auth: string
  /** code of `request` */
  request: string
  settings: SettingLine[]
  parameters: Parameter[]
  todos: Todo[]
  /** e.g. `GET /api/ho-so` */
  asks: string
}

/** The request in the connector's own words. `variable`: the start of its environment variables, `IOC_` and the name. */
export function describe(asked: Asked, variable: string): Described {
  const made = new Settings(variable)
  const { url, method } = asked
  made.settings.push({
    name: 'url',
    code: "setting.url('address of the system')",
    value: url?.origin ?? `\${env:${variable}_URL}`,
    doc: 'address of the system',
  })
  const auth = authOf(asked, made)
  const parameters: Parameter[] = [...(asked.described ?? [])]
  const query = [...(url?.searchParams ?? [])]
  for (const [name, value] of query) parameters.push({ name, value, in: 'query' })
  const ownQuery = query
    .filter(([name]) => !isPaging(name) && name !== auth.query)
    .map(([name, value]) => [name, made.value(name, value)] as const)
  const headers = asked.headers
    .filter(([name]) => name.toLowerCase() !== auth.header && !DROPPED_HEADERS.test(name))
    .map(([name, value]) => [name, PUBLIC_HEADERS.test(name) ? quote(value) : made.secret(name, value)] as const)
  const body = bodyOf(asked.body, made, parameters)
  const path = url === null ? '/' : decoded(url.pathname)
  const parts = [
    `path: ${quote(path)}`,
    ...(method === 'POST' && !body ? [`method: 'POST'`] : []),
    ...group('query', ownQuery),
    ...group('headers', headers),
    ...(body ? [body] : []),
  ]
  const secretOrSet = [...ownQuery, ...headers].map(([, code]) => code).concat(body ?? '')
  const used = made.settings.filter(({ name }) =>
    secretOrSet.some((code) => new RegExp(`\\b${name}\\b`).test(code) && made.referred.has(name)),
  )
  const object = `{ ${parts.join(', ')} }`
  const request = used.length === 0 ? object : `({ ${used.map(({ name }) => name).join(', ')} }) => (${object})`
  const secret = made.settings.filter(({ code }) => code.startsWith('setting.secret')).map(({ name }) => name)
  const todos = [
    ...(url === null ? [question.noAddress()] : []),
    ...(made.doubted.length > 0 ? [question.secretParts(made.doubted)] : []),
  ]
  const known = secret.length > 0 ? `${made.settings.map(({ name }) => name).join(', ')}` : 'url'
  return {
    auth: auth.code,
    request,
    settings: made.settings,
    parameters,
    todos,
    asks: `\`${method} ${path}\` with ${known}`,
  }
}

const decoded = (path: string) => {
  try {
    return decodeURI(path)
  } catch {
    return path
  }
}
const group = (name: string, entries: readonly (readonly [string, string])[]): string[] =>
  entries.length === 0
    ? []
    : [
        `${name}: { ${entries.map(([key, code]) => `${property(key)}: ${code}`.replace(/^(\w+): \1$/, '$1')).join(', ')} }`,
      ]

/** The instance's settings, and code that refers to them. */
class Settings {
  readonly settings: SettingLine[] = []
  readonly referred = new Set<string>()
  /** names that are taken for secret though nothing says so */
  readonly doubted: string[] = []
  readonly #variable: string
  constructor(variable: string) {
    this.#variable = variable
  }
  add(wanted: string, kind: 'secret' | 'text', doc: string, value?: string): string {
    const base = camel(wanted)
    let name = base
    for (let n = 2; this.settings.some((one) => one.name === name); n++) name = `${base}${n}`
    const environment = `\${env:${this.#variable}_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}}`
    this.settings.push({ name, code: `setting.${kind}(${quote(doc)})`, value: value ?? environment, doc })
    return name
  }
  /** A value that stands in the request: as it is, or from the settings where it is secret or somebody's own. */
  value(name: string, value: string): string {
    if (SECRET.test(name)) return this.#refer(this.add(name, 'secret', `${name} of the request`))
    const own = /@|\d{9,}/.test(value) || labelNamesPerson(value) || /user|account|tai_?khoan|dang_?nhap/i.test(name)
    return own ? this.secret(name, value) : quote(value)
  }
  secret(name: string, _value: string): string {
    if (!SECRET.test(name)) this.doubted.push(name)
    return this.#refer(this.add(name, 'secret', `${name} of the request`))
  }
  #refer(name: string): string {
    this.referred.add(name)
    return name
  }
}

interface AuthCode {
  code: string
  /** header or query parameter that the login adds by itself */
  header?: string
  query?: string
}
const KEY_HEADER =
  /^(?:x-)?(?:api-?key|apikey|access-?token|auth-?token|token|key|subscription-key|ocp-apim-subscription-key|lgspaccesstoken|cookie)$/i

function authOf({ headers, login, url, auth }: Asked, made: Settings): AuthCode {
  const header = (name: string) => headers.find(([one]) => one.toLowerCase() === name)?.[1]
  const authorization = header('authorization')
  if (login || /^basic /i.test(authorization ?? '') || auth?.kind === 'basic') {
    const user = made.add('user', 'text', 'user name', undefined)
    const password = made.add('password', 'secret', 'password')
    return {
      code: `basic({ credentials: ({ ${user}, ${password} }) => ({ ${user}, ${password} }) })`,
      header: 'authorization',
    }
  }
  if (/^bearer /i.test(authorization ?? '') || auth?.kind === 'bearer') {
    const token = made.add('token', 'secret', 'bearer token')
    return { code: `bearer({ token: ({ ${token} }) => ${token} })`, header: 'authorization' }
  }
  if (auth?.kind === 'client-credentials') {
    const id = made.add('clientId', 'text', 'client id')
    const secret = made.add('clientSecret', 'secret', 'client secret')
    const credentials = `({ ${id}, ${secret} }) => ({ id: ${id}, secret: ${secret} })`
    return { code: `oauth2ClientCredentials({ path: ${quote(auth.path)}, send: 'body', credentials: ${credentials} })` }
  }
  const keyed =
    authorization !== undefined
      ? 'authorization'
      : auth?.kind === 'header'
        ? auth.name
        : headers.find(([name]) => KEY_HEADER.test(name))?.[0]
  if (keyed !== undefined) {
    const key = made.add(keyed === 'authorization' ? 'key' : keyed, 'secret', `header ${keyed}`)
    return { code: `headerKey({ name: ${quote(keyed)}, value: ({ ${key} }) => ${key} })`, header: keyed.toLowerCase() }
  }
  const inQuery =
    auth?.kind === 'query'
      ? auth.name
      : [...(url?.searchParams.keys() ?? [])].find((name) => SECRET.test(name) && !isPaging(name))
  if (inQuery !== undefined) {
    const key = made.add(inQuery, 'secret', `parameter ${inQuery}`)
    return { code: `queryKey({ name: ${quote(inQuery)}, value: ({ ${key} }) => ${key} })`, query: inQuery }
  }
  return { code: 'noAuth()' }
}

function bodyOf(body: Asked['body'], made: Settings, parameters: Parameter[]): string | undefined {
  if (!body) return undefined
  const kind = 'json' in body ? 'body' : 'form'
  const entries = Object.entries('json' in body ? body.json : body.form)
  const own = entries.filter(([name]) => !isPaging(name))
  for (const [name, value] of entries) parameters.push({ name, value: String(value), in: 'body' })
  const written = own.map(([name, value]) =>
    `${property(name)}: ${literal(name, value, made)}`.replace(/^(\w+): \1$/, '$1'),
  )
  return `${kind}: {${written.length > 0 ? ` ${written.join(', ')} ` : ''}}`
}

function literal(name: string, value: unknown, made: Settings): string {
  if (typeof value === 'string') return made.value(name, value)
  if (Array.isArray(value))
    return `[${value
      .slice(0, 50)
      .map((item) => literal(name, item, made))
      .join(', ')}]`
  if (typeof value === 'object' && value !== null)
    return `{ ${Object.entries(value)
      .map(([key, item]) => `${property(key)}: ${literal(key, item, made)}`)
      .join(', ')} }`
  return /^\d{9,}$/.test(String(value)) ? made.secret(name, String(value)) : String(value)
}
