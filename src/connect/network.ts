/**
 * How one source is reached: TLS on top of the system's certificate authorities, a proxy, a pinned key. There is no switch that ignores a
 * certificate. Agents are made at the first request that needs them: reading the system's authorities costs a quarter of a second.
 */
import { createHash, X509Certificate } from 'node:crypto'
import type { AgentOptions, Agent as HttpAgent } from 'node:http'
import type { Agent as HttpsAgent } from 'node:https'
import {
  checkServerIdentity,
  createSecureContext,
  getCACertificates,
  type PeerCertificate,
  type SecureContext,
} from 'node:tls'
import { http, https } from '../on-demand.ts'
import type { SourceNetwork, SourceTls } from '../schemas.generated.ts'

/** `network` of an instance in sources.json, its references resolved. */
export type Network = SourceNetwork

export interface Way {
  agent: HttpAgent | HttpsAgent
  /** host and port of the proxy; null where none stands in between */
  proxy: string | null
  /** what a TLS connection is asked for by name, where that is not the address */
  servername: string | undefined
}
export interface Transport {
  wayTo(url: URL): Way
  close(): void
}

/** Our own network settings are wrong, not the server. */
export class NetworkSettingError extends Error {
  /** e.g. `network.tls.ca` */
  readonly path: string
  constructor(path: string, problem: string) {
    super(problem)
    this.path = path
  }
}

const LOOPBACK = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/
type Env = Readonly<Record<string, string | undefined>>

export function makeTransport(network: Network = {}, env: Env = process.env): Transport {
  const { tls = {} } = network
  const agents = new Map<string, HttpAgent | HttpsAgent>()
  let context: SecureContext | null = null
  const agentFor = (secure: boolean, proxy: Proxy | null) => {
    const name = `${secure}${proxy !== null}`
    const known = agents.get(name)
    if (known) return known
    const options: AgentOptions = { keepAlive: true, ...(proxy ? { proxyEnv: proxy.env } : {}) }
    if (secure) context ??= contextOf(tls)
    const made = secure
      ? new https.Agent({
          ...options,
          ...(context ? { secureContext: context } : {}),
          checkServerIdentity: identity(tls),
        })
      : new http.Agent(options)
    agents.set(name, made)
    return made
  }
  return {
    wayTo(url) {
      const secure = url.protocol === 'https:'
      const proxy = proxyFor(url, network, env)
      return {
        agent: agentFor(secure, proxy),
        proxy: proxy?.host ?? null,
        servername: secure ? tls.servername : undefined,
      }
    },
    close() {
      for (const agent of agents.values()) agent.destroy()
      agents.clear()
    },
  }
}

/** Everything that this machine trusts; per thread, since the system's store is slow to read. */
let trusted: readonly string[] | null = null
const trustedHere = () => {
  trusted ??= [...new Set([...getCACertificates('default'), ...getCACertificates('system')])]
  return trusted
}

function contextOf({ ca, cert, key, minVersion = 'TLSv1.2' }: SourceTls): SecureContext {
  const own = ca === undefined ? [] : certificatesIn('ca', ca)
  if (cert !== undefined) certificatesIn('cert', cert)
  try {
    return createSecureContext({
      ca: [...trustedHere(), ...own],
      minVersion,
      ...(cert === undefined || key === undefined ? {} : { cert, key }),
    })
  } catch (cause) {
    throw new NetworkSettingError('network.tls', `has a certificate and a key that do not fit (${codeOf(cause)})`)
  }
}
const codeOf = (error: unknown) => String((error as { code?: unknown }).code ?? 'unreadable')

const PEM = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g
function certificatesIn(name: string, text: string): string[] {
  const found = text.match(PEM) ?? []
  try {
    for (const one of found) new X509Certificate(one)
  } catch {
    throw new NetworkSettingError(`network.tls.${name}`, 'holds a certificate that is damaged')
  }
  if (found.length === 0) {
    throw new NetworkSettingError(
      `network.tls.${name}`,
      `holds no certificate; write "\${file:${name}.pem}" for the text of that file`,
    )
  }
  return found
}

const identity =
  ({ pin }: SourceTls) =>
  (host: string, certificate: PeerCertificate): Error | undefined => {
    const problem = checkServerIdentity(host, certificate)
    if (problem || !pin) return problem
    const key = new X509Certificate(certificate.raw).publicKey.export({ type: 'spki', format: 'der' })
    const found = createHash('sha256').update(key).digest('base64')
    if (pin.includes(found)) return undefined
    return Object.assign(new Error(`its key is ${found}, which network.tls.pin does not name`), { code: 'ERR_TLS_PIN' })
  }

interface Proxy {
  host: string
  /** as Node's agents want it */
  env: Record<string, string>
}
/** `network.proxy` over the environment's; a proxy of the environment cannot reach this machine's own loopback. */
function proxyFor(url: URL, { proxy, noProxy = [] }: Network, env: Env): Proxy | null {
  if (proxy === null) return null
  const secure = url.protocol === 'https:'
  const names = secure ? ['HTTPS_PROXY', 'https_proxy'] : ['HTTP_PROXY', 'http_proxy']
  const fromEnv = LOOPBACK.test(url.hostname) ? undefined : names.map((name) => env[name]).find(Boolean)
  const address = proxy ?? fromEnv
  if (address === undefined) return null
  const where = proxy === undefined ? (names[0] ?? '') : 'network.proxy'
  if (!URL.canParse(address) || !/^https?:$/.test(new URL(address).protocol)) {
    throw new NetworkSettingError(where, 'is no http:// or https:// address')
  }
  const without =
    proxy === undefined ? (['NO_PROXY', 'no_proxy'].map((name) => env[name]).find(Boolean) ?? '').split(/[\s,]+/) : []
  const excepted = [...noProxy, ...without].filter(Boolean)
  if (excepted.some((rule) => matches(rule, url))) return null
  return { host: new URL(address).host, env: { HTTP_PROXY: address, HTTPS_PROXY: address } }
}

/** `*`, `host`, `.suffix`, `*.suffix`, each with or without `:port`. */
function matches(rule: string, url: URL): boolean {
  if (rule === '*') return true
  const [, name = '', port = ''] = /^(\[.*\]|[^:]*)(?::(\d+))?$/.exec(rule.toLowerCase()) ?? []
  const ownPort = url.port || (url.protocol === 'https:' ? '443' : '80')
  if (port !== '' && port !== ownPort) return false
  const suffix = name.replace(/^\*/, '')
  return suffix.startsWith('.') ? url.hostname.endsWith(suffix) : url.hostname === suffix
}
