/**
 * TCVN3 (bảng mã ABC: the fonts .VnTime, .VnArial …), and TCVN 5712, which adds capitals with tones. Two things no table can tell:
 *
 * - 80–9F are capitals in TCVN 5712, and in the fonts the signs of windows-1252 (“ ” – … ‰). They are letters only where the word becomes a syllable.
 * - The fonts of capitals (.VnTimeH) draw small letters as capitals, and have no capitals with tones: `CéNG HOµ` is CỘNG HOÀ.
 */
import { iconv } from './iconv.ts'
import { isSyllable } from './syllables.ts'

const EITHER = /[\u0080-\u009F]/
const WORDS = /[A-Za-z\u0080-\u00FF]*[\u0080-\u009F][A-Za-z\u0080-\u00FF]*/g
const LATIN1 = /[\u0080-\u009F]/g

const ofTcvn = (bytes: string): string => iconv().decode(Buffer.from(bytes, 'latin1'), 'tcvn')
/** A byte of 80–9F as windows-1252 has it; as it is where that has nothing. */
export const signOf = (byte: string): string => iconv().decode(Buffer.from(byte, 'latin1'), 'windows-1252')

/** The text of TCVN bytes given as latin1. */
export function decodeTcvn(bytes: string): string {
  const text = EITHER.test(bytes) ? inPieces(bytes) : ofTcvn(bytes)
  return CAPITALS_DRAWN.test(text) ? text.replace(SEGMENT, drawnAsCapitals) : text
}

function inPieces(bytes: string): string {
  let text = ''
  let from = 0
  for (const { 0: word, index } of bytes.matchAll(WORDS)) {
    text += ofTcvn(bytes.slice(from, index))
    text += readsAsCapitals(word)
      ? ofTcvn(word)
      : word
          .split(/([\u0080-\u009F])/)
          .map(piece)
          .join('')
    from = index + word.length
  }
  return text + ofTcvn(bytes.slice(from))
}
const piece = (bytes: string): string => (EITHER.test(bytes) ? bytes.replace(LATIN1, signOf) : ofTcvn(bytes))

/** Whether a word with bytes of 80–9F is one of TCVN 5712 in capitals. */
export function readsAsCapitals(word: string): boolean {
  const text = ofTcvn(word)
  return word.length > 1 && text === text.toUpperCase() && isSyllable(text)
}

// a small letter with a mark beside a capital of ASCII, where no small one of ASCII stands in the word
const CAPITALS_DRAWN = /[à-ÿăđĩũơưạ-ỹ][A-Z]|[A-Z]{2}[à-ÿăđĩũơưạ-ỹ]/
const SEGMENT = /[^\t\n\r;,|"]+/g
const SMALL = /[a-z]/
const WORD = /\p{L}+/gu

/** All of a cell where nothing in it is small in ASCII, else the words that are so. */
function drawnAsCapitals(segment: string): string {
  if (!CAPITALS_DRAWN.test(segment)) return segment
  if (!SMALL.test(segment)) return segment.toUpperCase()
  return segment.replace(WORD, (word) => (CAPITALS_DRAWN.test(word) && !SMALL.test(word) ? word.toUpperCase() : word))
}
