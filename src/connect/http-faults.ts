/** What an error of the network means: which part of the way failed, and whether a second try may cure it. */
import type { Failure } from './http-attempt.ts'

export const FAULTS = [
  'address',
  'setting',
  'dns',
  'route',
  'proxy',
  'tls',
  'timeout',
  'cut',
  'answer',
  'login',
] as const
/**
 * Which part of the way to a source failed, as `params.fault` of the errors of `Http`: its address or network settings are wrong, its name
 * is not known, nothing answers there, the proxy refuses or fails, the certificate is not trusted, it is too slow, the connection was
 * cut, the answer is not one, the login is refused.
 */
export type Fault = (typeof FAULTS)[number]

/** Faults that a second try may cure. Z_BUF_ERROR: a compressed answer that was cut off. */
const NETWORK = new Set(
  `ECONNRESET ECONNREFUSED ECONNABORTED ETIMEDOUT EPIPE ENETUNREACH EHOSTUNREACH EAI_AGAIN ERR_STREAM_PREMATURE_CLOSE Z_BUF_ERROR`.split(
    ' ',
  ),
)
const DNS = /^(?:ENOTFOUND|EAI_\w+|EDNS\w*)$/
const ROUTE = /^(?:ECONNREFUSED|ENETUNREACH|EHOSTUNREACH|ETIMEDOUT|EADDRNOTAVAIL|EACCES)$/
const TLS =
  /^(?:ERR_TLS_|ERR_SSL_|CERT_|CRL_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_|HOSTNAME_MISMATCH|CA_MD_|CA_KEY_|EE_KEY_|EPROTO)/
const PROXY_PASSING = new Set([502, 503, 504])

/** What went wrong, without the request: an axios error carries its headers, and with them the token. */
export function faultOf(
  error: unknown,
  proxy: string | null,
  stage: 'connecting' | 'shaking' | 'stands',
): Pick<Failure, 'kind' | 'fault' | 'cause'> {
  const { code: given, statusCode } = (error ?? {}) as { code?: unknown; statusCode?: unknown; cause?: unknown }
  const code = typeof given === 'string' ? given : ''
  const status = Number(statusCode ?? (error as { cause?: { statusCode?: unknown } })?.cause?.statusCode)
  const message = error instanceof Error ? error.message : String(error)
  if (code === 'ERR_PROXY_TUNNEL') return tunnelFault(status, proxy)
  const cause = new Error(code && !message.includes(code) ? `${message || 'failed'} (${code})` : message)
  if (code.startsWith('HPE_') || code === 'Z_DATA_ERROR') return { kind: 'unreadable', fault: 'answer', cause }
  // A server that speaks no TLS, or wants a certificate of ours, cuts the connection while hands are shaken.
  const cut = NETWORK.has(code) || message === 'socket hang up'
  if (TLS.test(code) || (stage === 'shaking' && code !== 'ETIMEDOUT'))
    return { kind: cut ? 'network' : 'unreachable', fault: 'tls', cause }
  const kind = cut ? 'network' : 'unreachable'
  if (!DNS.test(code) && !ROUTE.test(code)) return { kind, fault: 'cut', cause }
  // behind a proxy it is the proxy that we connect to
  if (proxy !== null)
    return { kind, fault: 'proxy', cause: new Error(`the proxy ${proxy} cannot be reached: ${cause.message}`) }
  return { kind, fault: DNS.test(code) ? 'dns' : 'route', cause }
}

function tunnelFault(status: number, proxy: string | null): Pick<Failure, 'kind' | 'fault' | 'cause'> {
  const by = `the proxy ${proxy ?? ''}`.trim()
  const problem =
    status === 407
      ? `${by} refuses the user name or password (407)`
      : Number.isFinite(status)
        ? `${by} answered ${status}`
        : `${by} gave no connection`
  return { kind: PROXY_PASSING.has(status) ? 'network' : 'unreachable', fault: 'proxy', cause: new Error(problem) }
}
