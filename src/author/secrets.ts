/** What no output of the verbs may show: the secrets of the settings, and those that the source hands out while it is asked. */
import type { HttpAnswer } from '../connect/http.ts'
import { markedSecrets, redact, secretsOf } from '../sync/redact.ts'

/** Names of fields, headers and parameters whose values are never shown, whoever made them. */
export const SECRET_NAME = /pass|secret|token|key|mat_?khau|credential|auth|session|cookie|signature/i

type Schema = Readonly<Record<string, unknown>>

/** Of the settings: by their names, in addresses, and what the connector marks `x-secret`; longest first. */
export function secretsIn(settings: Readonly<Record<string, unknown>>, schema: Schema): string[] {
  return longestFirst([...secretsOf(settings), ...markedSecrets(settings, schema)])
}

const LOGIN_AT_MOST = 65_536
/** Adds tokens and sessions that an answer hands out: a login's answer is shown like any other. */
export function learn(secrets: string[], answer: HttpAnswer | null): void {
  if (answer === null || answer.text.length > LOGIN_AT_MOST) return
  const cookies = (answer.headers['set-cookie'] ?? '').match(/(?<==)[^;,\s]+/g) ?? []
  const found = [
    ...secrets,
    ...handedOut(parsed(answer.text), '', 0),
    ...cookies.flatMap((cookie) => secretsOf(cookie, 'secret')),
  ]
  secrets.splice(0, secrets.length, ...longestFirst(found))
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null // what is no JSON hands out no token that we would send
  }
}

const DEPTH_AT_MOST = 4
/** A page of rows is no login: what its rows hold is masked as persons are, field by field. */
function handedOut(value: unknown, name: string, depth: number): string[] {
  if (typeof value === 'string') return SECRET_NAME.test(name) ? secretsOf(value, 'secret') : []
  if (typeof value !== 'object' || value === null || Array.isArray(value) || depth >= DEPTH_AT_MOST) return []
  return Object.entries(value).flatMap(([key, item]) => handedOut(item, key, depth + 1))
}

const longestFirst = (secrets: readonly string[]) => [...new Set(secrets)].sort((a, b) => b.length - a.length)

/** A copy in which no text holds a secret: the last thing that happens to whatever is printed. */
export function redacted<T>(value: T, secrets: readonly string[]): T {
  if (typeof value === 'string') return redact(value, secrets) as T
  if (Array.isArray(value)) return value.map((item) => redacted(item, secrets)) as T
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [redact(name, secrets), redacted(item, secrets)]),
  ) as T
}
