/**
 * Bytes → text, and text → clean text. Decoding is fatal: bytes that the declared encoding cannot have are reported, never
 * replaced. Legacy encodings end in NFC (windows-1258 stores tones as marks of their own); UTF-8 is left as it was written, so that
 * `repairText` can report what it mended.
 */
import { iconv } from './iconv.ts'
import { decodeTcvn, signOf } from './tcvn.ts'
import { decodeVni } from './vni.ts'

/** `tcvn` is TCVN3 (TCVN 5712, bảng mã ABC), `vni` VNI for Windows. */
export const ENCODINGS = ['utf-8', 'windows-1258', 'tcvn', 'vni'] as const
export type Encoding = (typeof ENCODINGS)[number]
type Legacy = Exclude<Encoding, 'utf-8'>

const utf8 = new TextDecoder('utf-8', { fatal: true })
const NUL = /\0/g
const REPLACED = '\uFFFD'
/**
 * The text of `bytes`, without byte order mark and NULs; undefined where they are not in that encoding: invalid UTF-8, an undefined code,
 * or UTF-8 in what is declared a legacy encoding (every byte of it would decode, to nonsense).
 */
export function decodeText(bytes: Uint8Array, encoding: Encoding): string | undefined {
  const text = encoding === 'utf-8' ? decodeUtf8(bytes) : decodeLegacy(bytes, encoding)
  return text?.includes('\0') ? text.replace(NUL, '') : text
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes)
  } catch {
    return undefined
  }
}

function decodeLegacy(bytes: Uint8Array, encoding: Legacy): string | undefined {
  const latin1 = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
  // the cheap look first: only bytes with such pairs are tried as UTF-8
  if (LOOKS_LIKE_UTF8.test(latin1) && decodeUtf8(bytes) !== undefined) return undefined
  const text = READERS[encoding](latin1)
  return text === undefined || text.includes(REPLACED) ? undefined : text.normalize('NFC')
}
// The frequent lead bytes of Vietnamese in UTF-8 (E1 BA, E1 BB, C4 91, C6 B0). No Vietnamese word of the legacy encodings has them.
const LOOKS_LIKE_UTF8 = /\u00E1[\u00BA\u00BB]|\u00C4\u0091|\u00C6\u00B0/
/** Bytes as latin1 → text in any form of Unicode. */
const READERS: Readonly<Record<Legacy, (latin1: string) => string | undefined>> = {
  'windows-1258': (latin1) => iconv().decode(Buffer.from(latin1, 'latin1'), 'windows-1258'),
  tcvn: decodeTcvn,
  vni: (latin1) => decodeVni(latin1, signOf),
}

const UNCLEAN = /[\u0300-\u036F\u00AD\u200B-\u200F\u2060\uFEFF]/
const INVISIBLE = /[\u00AD\u200B-\u200F\u2060\uFEFF]/g
// JSON from a source is nested a few levels; below this nothing is looked at.
const DEEPEST = 20

/**
 * Text in NFC without zero-width characters and soft hyphens, in strings, arrays and objects alike. Returns the very same value
 * where nothing was to repair. The place of a tone mark (hòa, hoà) is left alone: both are right.
 */
export function repairText(value: unknown): { value: unknown; repaired: boolean } {
  const clean = repair(value, 0)
  return { value: clean, repaired: clean !== value }
}

function repair(value: unknown, depth: number): unknown {
  if (typeof value === 'string') {
    // PostgreSQL takes no NUL in text, and no name has one.
    const text = value.includes('\0') ? value.replaceAll('\0', '') : value
    return UNCLEAN.test(text) ? text.replace(INVISIBLE, '').normalize('NFC') : text
  }
  if (typeof value !== 'object' || value === null || depth >= DEEPEST) return value
  return Array.isArray(value) ? repairArray(value, depth) : repairObject(value as Record<string, unknown>, depth)
}

function repairArray(values: readonly unknown[], depth: number): readonly unknown[] {
  let clean: unknown[] | undefined
  for (let i = 0; i < values.length; i++) {
    const repaired = repair(values[i], depth + 1)
    if (repaired === values[i]) continue
    clean ??= [...values]
    clean[i] = repaired
  }
  return clean ?? values
}

function repairObject(object: Readonly<Record<string, unknown>>, depth: number): Readonly<Record<string, unknown>> {
  let clean: Record<string, unknown> | undefined
  for (const name in object) {
    const repaired = repair(object[name], depth + 1)
    if (repaired === object[name]) continue
    clean ??= { ...object }
    clean[name] = repaired
  }
  return clean ?? object
}
