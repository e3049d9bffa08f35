/**
 * What remains of a person: a verdict. `valid` has the documented form, `dummy` is a known placeholder, `present` is anything
 * else that is not empty.
 */
export const PERSONAL_KINDS = ['name', 'id', 'phone', 'email', 'address', 'text', 'account'] as const
export type PersonalKind = (typeof PERSONAL_KINDS)[number]
export const VERDICTS = ['present', 'valid', 'dummy', 'absent'] as const
export type Verdict = (typeof VERDICTS)[number]

export const isPersonalKind = (value: unknown): value is PersonalKind => PERSONAL_KINDS.some((kind) => kind === value)

const NOTHING = /^[\s\-–.,/_?*]*$/

export function verdict(kind: PersonalKind, value: unknown): Verdict {
  if (typeof value === 'string') return NOTHING.test(value) ? 'absent' : ofText(kind, value)
  if (value === null || value === undefined) return 'absent'
  if (typeof value === 'number' || typeof value === 'bigint') return ofText(kind, String(value))
  if (typeof value === 'object') return Object.keys(value).length === 0 ? 'absent' : 'present'
  return 'present'
}

function ofText(kind: PersonalKind, text: string): Verdict {
  if (kind === 'id') return identity(text.replace(SEPARATORS, ''))
  if (kind === 'phone') return phone(text.replace(SEPARATORS, '').replace(/^\+?84(?=\d{9,10}$)/, '0'))
  if (kind === 'email') return email(text.trim())
  return PLACEHOLDER.test(text.trim()) ? 'dummy' : 'present'
}

const SEPARATORS = /[\s.\-()]/g
// 3 digits province of birth registration (001–096), 1 century and sex (0–3 for the living), 2 year of birth, 6 random
const CITIZEN = /^0(?:0[1-9]|[1-8]\d|9[0-6])[0-3]\d{8}$/
/** Old identity cards (CMND) have 9 digits; they are no longer in force but stand in dossiers of 2024. */
const OLD_CARD = /^\d{9}$/
// Vendors send 000000001 where the number is missing or has another length.
const FILLER = /^0{6,}|^(\d)\1+$|0{8,}$/

function identity(digits: string): Verdict {
  if (!/^\d+$/.test(digits)) return 'present'
  if (FILLER.test(digits) || isRun(digits)) return 'dummy'
  return CITIZEN.test(digits) || OLD_CARD.test(digits) ? 'valid' : 'present'
}

const MOBILE_OR_LANDLINE = /^0(?:[35789]\d{8}|2\d{9})$/
function phone(digits: string): Verdict {
  if (!/^\d+$/.test(digits)) return 'present'
  if (/^0?(\d)\1+$/.test(digits) || isRun(digits)) return 'dummy'
  return MOBILE_OR_LANDLINE.test(digits) ? 'valid' : 'present'
}

const EMAIL = /^[^\s@]+@[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9-]+)+$/i
function email(text: string): Verdict {
  if (/@(?:example|test)\./i.test(text)) return 'dummy'
  return EMAIL.test(text) ? 'valid' : 'present'
}

const PLACEHOLDER = /^(?:test|abc|không có|khong co|không|nguyễn văn a|nguyen van a|(.)\1+)$/iu

/** 123456789, 012345678901, 987654321: each digit is the one before it plus (or minus) one, 9 followed by 0. */
function isRun(digits: string): boolean {
  if (digits.length < 6) return false
  const step = (digits.charCodeAt(1) - digits.charCodeAt(0) + 10) % 10
  if (step !== 1 && step !== 9) return false
  for (let i = 2; i < digits.length; i++) {
    if ((digits.charCodeAt(i) - digits.charCodeAt(i - 1) + 10) % 10 !== step) return false
  }
  return true
}
