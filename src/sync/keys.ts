/**
 * Natural keys and fingerprints. Each part is NFC without spaces and invisible characters; case is kept, since systems exist whose
 * codes differ in nothing else. Parts are joined by `|`; a `|` or `\` inside a part is escaped by `\`.
 */
import { createHmac } from 'node:crypto'

const INVISIBLE = /[\s\u00AD\u200B-\u200F\u2060\uFEFF]/g
const NEEDS_CARE = /[^\x21-\x7E]/

/** A code as keys compare it: NFC, no space anywhere, case kept; '' where there is none. */
export function codeText(value: unknown): string {
  if (typeof value !== 'string') {
    return typeof value === 'number' || typeof value === 'bigint' ? String(value) : ''
  }
  return NEEDS_CARE.test(value) ? value.replace(INVISIBLE, '').normalize('NFC') : value
}

/** The parts joined; null where one of them is missing. */
export function naturalKey(parts: readonly unknown[]): string | null {
  const texts = parts.map(codeText)
  if (texts.length === 0 || texts.includes('')) return null
  return texts.length === 1 ? (texts[0] ?? null) : texts.map((text) => text.replace(/[\\|]/g, '\\$&')).join('|')
}

export const hmacHex = (key: string, bytes: string | Uint8Array): string =>
  createHmac('sha256', Buffer.from(key, 'hex')).update(bytes).digest('hex')

/** What stands for a key that is missing: `#` and 16 hex digits of the HMAC of the whole record, never of a field. */
export const fingerprint = (hmac: string): string => `#${hmac.slice(0, 16)}`
export const isFingerprint = (key: string): boolean => /^#[0-9a-f]{16}$/.test(key)

/** By UTF-16 code unit, as `COLLATE "C"` and BINARY nearly do; only the same order every time matters. */
export const compareKeys = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
