/**
 * Made-up values of the same shape as real ones: as long, in the same alphabet, with the same verdict. None belongs to anybody: numbers
 * use a province code, a telephone prefix and a mail domain that nobody was ever given.
 */
import { labelNamesPerson } from '../../connect/persons.ts'
import { type PersonalKind, verdict } from '../../sync/verdict.ts'

/** The same real value always becomes the same made-up one, within one recording run, so that joins hold. */
export interface Replacer {
  personal(kind: PersonalKind, value: unknown): unknown
  /** a dossier's code with another number in it */
  code(value: unknown): unknown
  /** any other text or number: letters for letters, digits for digits */
  text(value: unknown): unknown
  /** a text that is kept, with the codes in it replaced */
  kept(text: string): string
  replaced: number
}

export function makeReplacer(): Replacer {
  const codes = new Map<string, string>()
  const persons = new Map<string, unknown>()
  let next = 0
  const replacer: Replacer = {
    replaced: 0,
    personal(kind, value) {
      if (verdict(kind, value) === 'absent') return value
      const id = `${kind}\0${JSON.stringify(value)}`
      if (!persons.has(id)) persons.set(id, madeUp(kind, value, persons.size + 101))
      replacer.replaced += 1
      return persons.get(id)
    },
    code(value) {
      if ((typeof value !== 'string' && typeof value !== 'number') || value === '') return value
      const real = String(value)
      if (!codes.has(real)) {
        next += 1
        codes.set(real, renumbered(real, next))
      }
      const code = codes.get(real) ?? ''
      return typeof value === 'number' ? Number(code) : code
    },
    text(value) {
      replacer.replaced += 1
      return sameShape(value)
    },
    kept(text) {
      const code = codes.get(text)
      return code ?? text
    },
  }
  return replacer
}

/** `H53.07-241104-00012` with n = 3 → `H53.07-241104-00003`: the last number in it, as wide as it was. */
export function renumbered(code: string, n: number): string {
  const runs = [...code.matchAll(/\d+/g)]
  const run = runs.findLast(([digits]) => digits.length >= 4) ?? runs.at(-1)
  if (!run) return `${code}-${n}`
  const [digits] = run
  // a code that is nothing but a number may be a person's: nothing of it stays
  const whole = digits.length === code.length && digits.length >= 9
  const number = whole ? String(10 ** (digits.length - 1) + n) : String(n).padStart(digits.length, '0')
  return code.slice(0, run.index) + number + code.slice(run.index + digits.length)
}

const FAMILY = ['Mẫu', 'Thử', 'Ghi']
const GIVEN = ['Một', 'Hai', 'Ba', 'Tư', 'Năm', 'Sáu', 'Bảy', 'Tám', 'Chín', 'Mười']

function madeUp(kind: PersonalKind, value: unknown, n: number): unknown {
  if (typeof value !== 'string' && typeof value !== 'number') return sameShape(value)
  const text = String(value)
  const shaped = shapeOf(kind, text, n)
  // what would be judged otherwise is not of the same shape
  const made = verdict(kind, shaped) === verdict(kind, text) ? shaped : keptVerdict(kind, text)
  return typeof value === 'number' ? Number(made) : made
}

function shapeOf(kind: PersonalKind, text: string, n: number): string {
  const digits = text.replace(/\D/g, '').length
  const tail = (width: number) => String((n * 7919) % 10 ** width).padStart(width, '0')
  // 003 was never a province's code; 050 no operator's prefix
  if (kind === 'id') {
    if (digits === 12) return inPlace(text, `003099${tail(6)}`)
    return digits === 9 ? inPlace(text, `099${tail(6)}`) : sameShape(text)
  }
  if (kind === 'phone')
    return digits >= 9 && digits <= 12
      ? inPlace(text, `${/^\D*84/.test(text) ? '8450' : '050'}${tail(digits)}`.slice(0, digits))
      : sameShape(text)
  if (kind === 'email') return text.includes('@') ? `mau.${n}@mau.invalid` : sameShape(text)
  if (kind === 'name') return nameLike(text, n)
  return sameShape(text)
}

/** Known placeholders are nobody's; they are what the verdict `dummy` is for. */
const keptVerdict = (kind: PersonalKind, text: string) =>
  verdict(kind, text) === 'dummy' ? DUMMIES[kind] : sameShape(text)
const DUMMIES: Readonly<Record<PersonalKind, string>> = {
  id: '000000001',
  phone: '0000000000',
  email: 'a@example.com',
  name: 'Nguyễn Văn A',
  address: 'test',
  text: 'test',
  account: 'test',
}

/** Digits put where digits stand. */
function inPlace(text: string, digits: string): string {
  let at = 0
  return text.replace(/\d/g, () => digits[at++] ?? '0')
}

function nameLike(text: string, n: number): string {
  const words = text.trim().split(/\s+/)
  const made = words.map((_, i) =>
    i === 0 ? (FAMILY[n % FAMILY.length] ?? 'Mẫu') : (GIVEN[(n + i * 3) % GIVEN.length] ?? 'Một'),
  )
  const name = made.join(' ')
  if (text === text.toUpperCase()) return name.toUpperCase()
  return text === text.toLowerCase() ? name.toLowerCase() : name
}

const LETTERS = 'mau thu'.replaceAll(' ', '')
/** Letters for letters, digits for digits; everything else as it is. Never one letter all through, which would look like a placeholder. */
export function sameShape<T>(value: T): T {
  if (typeof value === 'number') return Number(String(value).replace(/[1-9]/g, '1')) as T
  if (Array.isArray(value)) return value.map((item: unknown) => sameShape(item)) as T
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [namedAlike(name), sameShape(item)])) as T
  if (typeof value !== 'string') return value
  let at = 0
  let count = 0
  const letter = () => LETTERS[at++ % LETTERS.length] ?? 'm'
  const digit = () => String((count++ % 2) + 1)
  return value
    .normalize('NFC')
    .replace(/\p{L}|\d/gu, (sign) =>
      /\d/.test(sign) ? digit() : /\p{Lu}/u.test(sign) ? letter().toUpperCase() : letter(),
    ) as T
}

const NAME_AT_MOST = 64
/** Objects keyed by a person's number exist, and headers that are the first row. */
export const namedAlike = (name: string): string =>
  name.length > NAME_AT_MOST || labelNamesPerson(name) ? sameShape(name) : name
