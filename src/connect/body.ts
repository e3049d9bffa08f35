/** Reaching into an answer, and quoting from it without letting a person or a secret through. */
import type { Undecodable } from './connector.ts'
import { namesSomebody } from './persons.ts'

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The value at a dotted path, `data.items`; '' is the whole. Undefined where there is none. */
export function pick(body: unknown, path: string): unknown {
  let value = body
  for (const name of path === '' ? [] : path.split('.')) {
    value = isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined
  }
  return value
}

const LONGEST_QUOTE = 120
/** What a source says about itself, fit for a message: one line, cut, long numbers and the given secrets masked; nothing of it where it names a person. */
export function quoted(text: unknown, secrets: readonly string[] = []): string {
  let line = String(text ?? '')
    .replace(/\s+/g, ' ')
    .trim()
  for (const secret of secrets) if (secret !== '') line = line.replaceAll(secret, '…')
  line = line.replace(/\d{9,}/g, '…')
  // "Internal Server Error" is three capitals and no person; a family name before a capital is one.
  if (namesSomebody(line)) return '(withheld: it may name a person)'
  return line.length > LONGEST_QUOTE ? `${line.slice(0, LONGEST_QUOTE)}…` : line
}

/** Key fields of a record as one text; the whole record where a key field is missing, so that two such records stay two. */
export function keyText(record: unknown, key: readonly string[]): string {
  const parts = key.map((field) => (isObject(record) ? record[field] : undefined))
  return parts.every((part) => (typeof part === 'string' && part !== '') || typeof part === 'number')
    ? parts.join('|')
    : JSON.stringify(record)
}

/** Sets aside the records that hold bytes which are no UTF-8; asked only where the answer is damaged. */
export function splitDamaged(
  records: readonly unknown[],
  key: readonly string[],
  place: string,
): { records: unknown[]; undecodable: Undecodable[] } {
  const whole: unknown[] = []
  const undecodable: Undecodable[] = []
  for (const [i, record] of records.entries()) {
    const text = JSON.stringify(record)
    if (text.includes('\uFFFD')) {
      const named = keyText(record, key)
      const known = named !== text && !named.includes('\uFFFD')
      const where = known ? `record ${named}` : `${place}, record ${i + 1}`
      undecodable.push({ place: where, rule: 'encoding', bytes: Buffer.from(text) })
    } else whole.push(record)
  }
  return { records: whole, undecodable }
}
