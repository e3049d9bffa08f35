/** Which step of reaching a source an error belongs to. The steps stand in the order in which they are passed. */
import type { PipelineError } from '../errors.ts'

export const STEPS = ['dns', 'route', 'proxy', 'tls', 'login', 'permission', 'data'] as const
export type StepName = (typeof STEPS)[number]
export const STEP_STATES = ['passed', 'warned', 'failed', 'not-reached', 'not-needed'] as const

/** What a step has to tell; the words stand in src/cli/words-connector.ts. */
export type Telling =
  | 'dns-found'
  | 'dns-literal'
  | 'route-stands'
  | 'route-folder'
  | 'route-file'
  | 'tls-stands'
  | 'tls-plain'
  | 'tls-database-plain'
  | 'host-key'
  | 'tap-starts'
  | 'proxy-none'
  | 'proxy-used'
  | 'login-done'
  | 'login-none'
  | 'permission-granted'
  | 'permission-read-only'
  | 'permission-may-write'
  | 'data-accepted'
  | 'data-set-aside'
  | 'data-empty'
  | 'data-incomplete'
  | 'files-match'
  | 'files-none'
  | 'snapshot'
  | 'no-snapshot'
  | 'untested-server'
export interface Tell {
  word: Telling
  params: Readonly<Record<string, string | number>>
}
export interface Step {
  step: StepName
  state: (typeof STEP_STATES)[number]
  says: readonly Tell[]
  /** why it failed, as the sync would have said it */
  error: PipelineError | null
}

/** What the transport says failed (`Fault`): `timeout` and `cut` may be before or after the first answer. */
const OF_FAULT: Readonly<Record<string, StepName>> = {
  address: 'dns',
  dns: 'dns',
  route: 'route',
  cut: 'route',
  proxy: 'proxy',
  tls: 'tls',
  login: 'login',
  answer: 'data',
}
const NAME = /ENOTFOUND|EAI_AGAIN|EAI_NODATA|EAI_NONAME|not a valid URL/
const PROXY = /proxy|answered 407/i
const CERTIFICATE =
  /CERT|\bTLS|\bSSL|ERR_TLS|ERR_SSL|EPROTO|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH|handshake|pinned|host key/i
const FORBIDDEN = /answered 403|\b42501\b|\b1142\b|\b1044\b|EACCES|EPERM/

/** Of the transport's own `fault` where it says one, else of what it says happened. */
export function stepOf(error: PipelineError): StepName {
  const problem = String(error.params.problem ?? '')
  const fault = OF_FAULT[String(error.params.fault ?? '')]
  if (fault && !(fault === 'login' && FORBIDDEN.test(problem))) return fault
  switch (error.code) {
    case 'SOURCE_UNAUTHORIZED':
      if (/host key/.test(problem)) return 'tls'
      return FORBIDDEN.test(problem) ? 'permission' : 'login'
    case 'SOURCE_UNREACHABLE':
      if (NAME.test(problem)) return 'dns'
      if (PROXY.test(problem)) return 'proxy'
      return CERTIFICATE.test(problem) ? 'tls' : 'route'
    case 'SOURCE_UNTRUSTED':
      return 'tls'
    case 'SOURCE_PROXY':
      return 'proxy'
    case 'SOURCE_MISSING':
      return 'route'
    case 'SOURCE_ANSWERED_ERROR':
      return PROXY.test(problem) ? 'proxy' : 'data'
    case 'SOURCE_UNREADABLE':
      return FORBIDDEN.test(problem) ? 'permission' : 'data'
    default:
      return 'data'
  }
}

export const passed = (step: StepName, ...says: Tell[]): Step => ({ step, state: 'passed', says, error: null })
export const warned = (step: StepName, ...says: Tell[]): Step => ({ step, state: 'warned', says, error: null })
export const notNeeded = (step: StepName, ...says: Tell[]): Step => ({ step, state: 'not-needed', says, error: null })
export const failed = (step: StepName, error: PipelineError): Step => ({ step, state: 'failed', says: [], error })
export const notReached = (step: StepName): Step => ({ step, state: 'not-reached', says: [], error: null })
export const tell = (word: Telling, params: Tell['params'] = {}): Tell => ({ word, params })

/** The steps as they are known to have gone, cut where one failed: what follows it was not reached. */
export function upTo(known: readonly Step[], error: PipelineError | null): Step[] {
  const at = error === null ? STEPS.length : STEPS.indexOf(stepOf(error))
  return known.map((one) => {
    const place = STEPS.indexOf(one.step)
    if (place < at) return one
    return place === at && error ? failed(one.step, error) : notReached(one.step)
  })
}
