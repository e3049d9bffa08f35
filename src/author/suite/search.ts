/** Looks for many secrets at once in any bytes: raw (NFC, NFD), URL-encoded, base64 at its three alignments. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Needle {
  /** what kind of secret, for the report: `phone of dossier …` */
  what: string
  bytes: Buffer
  /** digits only: a match inside an instant or a hash is none */
  digits: boolean
}
export interface Hit {
  where: string
  what: string
  offset: number
  around: string
}

/** Every form in which `value` might have been written. */
export function formsOf(what: string, value: string): Needle[] {
  const needles: Needle[] = []
  const seen = new Set<string>()
  const add = (form: string, text: string, digits = false) => {
    if (text.length < START || seen.has(text)) return
    seen.add(text)
    needles.push({ what: `${what}, ${form}`, bytes: Buffer.from(text), digits })
  }
  for (const form of ['NFC', 'NFD'] as const) {
    const text = value.normalize(form)
    add(`raw ${form}`, text, /^\d+$/.test(text))
    const encoded = encodeURIComponent(text)
    add(`URL-encoded ${form}`, encoded, /^\d+$/.test(encoded))
    add(
      `URL-encoded ${form}, small`,
      encoded.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
    )
    add(`form-encoded ${form}`, encoded.replaceAll('%20', '+'), /^\d+$/.test(encoded))
    for (const shift of [0, 1, 2]) {
      const standard = alignedBase64(Buffer.from(text), shift)
      add(`base64 ${form} +${shift}`, standard)
      add(`base64url ${form} +${shift}`, standard.replaceAll('+', '-').replaceAll('/', '_'))
    }
  }
  return needles
}

/** The characters that are the same whatever stands before and behind, where `shift` bytes stand before. */
function alignedBase64(bytes: Buffer, shift: number): string {
  const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64')
  const start = shift === 0 ? 0 : shift + 1
  return text.slice(start, Math.floor(((shift + bytes.length) * 8) / 6))
}

/** A search for all needles in one pass over the bytes: by their first six, since thousands share their first four. */
export function makeSearch(needles: readonly Needle[]): (where: string, bytes: Buffer) => Hit[] {
  const starts = new Uint32Array(1 << 18)
  const byStart = new Map<number, Needle[]>()
  for (const needle of needles) {
    const start = needle.bytes.readUIntBE(0, START)
    const bit = bitOf(needle.bytes.readUInt16BE(0), needle.bytes.readInt32BE(2))
    starts[bit >>> 5] = (starts[bit >>> 5] as number) | (1 << (bit & 31))
    const there = byStart.get(start)
    if (there) there.push(needle)
    else byStart.set(start, [needle])
  }
  return (where, bytes) => {
    const hits: Hit[] = []
    let first = 0
    let last = 0
    for (let i = 0; i < bytes.length; i++) {
      first = ((first << 8) | (last >>> 24)) & 0xffff
      last = (last << 8) | (bytes[i] as number)
      const bit = bitOf(first, last)
      if (((starts[bit >>> 5] as number) & (1 << (bit & 31))) === 0 || i < START - 1) continue
      const at = i - START + 1
      for (const needle of byStart.get(first * 0x1_0000_0000 + (last >>> 0)) ?? []) {
        if (!bytes.subarray(at, at + needle.bytes.length).equals(needle.bytes)) continue
        if (needle.digits && isPartOfNumber(bytes, at, needle.bytes.length)) continue
        const around = bytes.subarray(Math.max(0, at - 60), at + needle.bytes.length + 60).toString('latin1')
        hits.push({ where, what: needle.what, offset: at, around })
      }
    }
    return hits
  }
}

/** no needle is shorter */
const START = 6
/** of a set of 2^23 */
const bitOf = (first: number, last: number) => Math.imul(Math.imul(first, 0x85ebca6b) ^ last, 0x9e3779b1) >>> 9

/** Ten digits of an instant in ms, or of a hash in hex, are nobody's phone number. */
function isPartOfNumber(bytes: Buffer, at: number, length: number): boolean {
  const run = (is: (byte: number) => boolean) => {
    let from = at
    let to = at + length
    while (from > 0 && is(bytes[from - 1] as number)) from--
    while (to < bytes.length && is(bytes[to] as number)) to++
    return bytes.subarray(from, to).toString('latin1')
  }
  const digits = run((byte) => byte >= 48 && byte <= 57)
  if (/^1[0-9]{12}$/.test(digits)) return true
  return run((byte) => (byte >= 48 && byte <= 57) || (byte >= 97 && byte <= 102)).length >= 32
}

/** Every file below `folder`, but what `leave` names. */
export function* filesBelow(
  folder: string,
  leave: (path: string) => boolean,
): Generator<{ path: string; bytes: Buffer }> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (leave(path)) continue
    if (entry.isDirectory()) yield* filesBelow(path, leave)
    else if (entry.isFile()) yield { path, bytes: readFileSync(path) }
  }
}
