/** One word in one reading: whether it comes out as a Vietnamese syllable, as something else, or not at all. */
import { iconv } from './iconv.ts'
import { isSyllable } from './syllables.ts'
import { readsAsCapitals } from './tcvn.ts'
import { decodeText, type Encoding } from './text.ts'

/** How bytes become text. `utf-8+tcvn` is UTF-8 whose letters are those of a TCVN3 font, as spreadsheets save it; `utf-8+utf-8` was encoded twice. */
export const READINGS = ['utf-8', 'windows-1258', 'tcvn', 'vni', 'utf-8+tcvn', 'utf-8+vni', 'utf-8+utf-8'] as const
export type Reading = (typeof READINGS)[number]

/** `neutral` speaks neither for nor against: abbreviations (QĐ, HĐND), single letters, signs. */
export type Verdict = 'right' | 'wrong' | 'neutral' | 'impossible'

/** Cell of bytes as latin1 → its text in NFC; undefined where it cannot be of that reading. */
export function textIn(reading: Reading, cell: string): string | undefined {
  const [outer, inner] = reading.split('+') as [Encoding, Encoding?]
  const text = decodeText(Buffer.from(cell, 'latin1'), outer)
  const bytes = inner === undefined || text === undefined ? undefined : bytesSaved(text)
  const read = inner === undefined ? text : bytes && decodeText(bytes, inner)
  return read?.normalize('NFC')
}

/** The bytes that were taken for windows-1252 when they were saved; undefined where the text has letters beyond it. */
function bytesSaved(text: string): Buffer | undefined {
  // the small mu of Greek is what some programs write for the micro sign (à in TCVN3)
  const plain = text.replaceAll('\u03BC', '\u00B5')
  const bytes = iconv().encode(plain, 'windows-1252')
  return iconv().decode(bytes, 'windows-1252') === plain ? bytes : undefined
}

const HIGH = /[\u0080-\uFFFF]/
const EITHER = /[\u0080-\u009F]/
// words end at spaces, dashes, quotes, dots of leader; what follows a number or a letter as a unit is none of the word
const BETWEEN = /[\s\u00A0\u2010-\u2015\u2018-\u201E\u2020-\u2026\u2039\u203A]+/
const UNITS = /^[²³°±‰€™]+|[²³°±‰€™]+$/g
const LETTERS = /^[\p{L}\p{M}]+$/u
const ABBREVIATION = /^[A-ZĐ]{1,8}$/

/** `word` is a run of ASCII letters and bytes above 7F, as latin1. */
export function verdictOf(word: string, reading: Reading): Verdict {
  const text = textIn(reading, word)
  if (text === undefined) return 'impossible'
  // may be a capital of TCVN 5712 or a dash between two words
  if (reading === 'tcvn' && EITHER.test(word) && readsAsCapitals(word)) return 'impossible'
  const fontOfCapitals = reading.endsWith('tcvn')
  let verdict: Verdict = 'neutral'
  for (const part of text.split(BETWEEN)) {
    const judged = judge(part.replace(UNITS, ''), fontOfCapitals)
    if (judged === 'wrong') return 'wrong'
    if (judged === 'right') verdict = 'right'
  }
  return verdict
}

function judge(part: string, fontOfCapitals: boolean): Verdict {
  if (!HIGH.test(part)) return 'neutral'
  if (!LETTERS.test(part)) return 'wrong'
  if (part.length === 1) return 'neutral'
  if (inOneCase(part, fontOfCapitals) && isSyllable(part)) return 'right'
  const drawn = fontOfCapitals && !ASCII_SMALL.test(part) ? part.toUpperCase() : part
  return ABBREVIATION.test(drawn) ? 'neutral' : 'wrong'
}

const ASCII_SMALL = /[a-z]/
/** small, Capital or CAPITALS; a font of capitals has small letters with marks among them */
function inOneCase(word: string, fontOfCapitals: boolean): boolean {
  const rest = word.slice(1)
  return rest === rest.toLowerCase() || word === word.toUpperCase() || (fontOfCapitals && !ASCII_SMALL.test(word))
}
