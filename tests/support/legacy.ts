/** Text → the bytes that old software has written, as latin1. The other direction of what src/connect reads. */
import iconv from 'iconv-lite'
import { VNI_LETTERS } from '../../src/connect/vni.ts'

export const WRITTEN = ['utf-8', 'utf-8 apart', 'windows-1258', 'tcvn', 'tcvn capitals', 'vni'] as const
export type Written = (typeof WRITTEN)[number]

/** undefined where that encoding cannot hold the text */
export function writtenIn(text: string, encoding: Written): string | undefined {
  if (encoding === 'utf-8') return Buffer.from(text.normalize('NFC')).toString('latin1')
  if (encoding === 'utf-8 apart') return Buffer.from(text.normalize('NFD')).toString('latin1')
  if (encoding === 'windows-1258') return encoded(apart1258(text))
  let whole = true
  const map = encoding === 'vni' ? VNI_LETTERS : TCVN3_LETTERS
  const letters = encoding === 'tcvn capitals' ? text.normalize('NFC').toLowerCase() : text.normalize('NFC')
  const bytes = letters.replace(/[^\t\n\r -~]/gu, (letter) => {
    const written = map.get(letter)
    if (written === undefined) whole = false
    return written ?? ''
  })
  if (!whole) return undefined
  return encoding === 'tcvn capitals' ? bytes.replace(/[a-z]/g, (letter) => letter.toUpperCase()) : bytes
}

/** The fonts have no capitals with tones: only those of ĂÂÊÔƠƯĐ, A1–A7. */
const TCVN3_LETTERS = new Map<string, string>()
for (let code = 0xa1; code <= 0xfe; code++) {
  const letter = iconv.decode(Buffer.from([code]), 'tcvn')
  const byte = String.fromCharCode(code)
  if (code <= 0xa7 || (letter === letter.toLowerCase() && /\p{L}/u.test(letter))) TCVN3_LETTERS.set(letter, byte)
}

/** windows-1258 has letters with hats and horns, and the tones as marks of their own. */
function apart1258(text: string): string {
  return text.normalize('NFC').replace(/[^\t\n\r -~]/gu, (letter) => {
    if (iconv.decode(iconv.encode(letter, 'windows-1258'), 'windows-1258') === letter) return letter
    const [, base = '', tones = ''] = /^(.[\u0302\u0306\u031B]*)(.*)$/u.exec(sorted(letter.normalize('NFD'))) ?? []
    return base.normalize('NFC') + tones
  })
}
// NFD puts a dot below before a hat
const sorted = (marks: string) => marks.replace(/(\u0323)([\u0302\u0306\u031B])/u, '$2$1')

function encoded(text: string): string | undefined {
  const bytes = iconv.encode(text, 'windows-1258')
  return iconv.decode(bytes, 'windows-1258') === text ? bytes.toString('latin1') : undefined
}
