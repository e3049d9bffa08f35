/**
 * VNI for Windows (VNI-Times, VNI-Helve …): a letter is one byte, or a vowel and the byte of its mark. The tables are ours; iconv-lite has no VNI.
 * A mark may be of the other case than its vowel (`Keøm`, `AÙ`): the vowel's counts.
 */

const TONES = ['', '\u0301', '\u0300', '\u0309', '\u0303', '\u0323'] // none, sắc, huyền, hỏi, ngã, nặng
const MARKS = ['', 'ù', 'ø', 'û', 'õ', 'ï']
const HATTED = ['â', 'á', 'à', 'å', 'ã', 'ä']
const BREVED = ['ê', 'é', 'è', 'ú', 'ü', 'ë']

/** Letter of Unicode (NFC) → what VNI writes for it, each character one byte of windows-1252. */
export const VNI_LETTERS: ReadonlyMap<string, string> = lettersOfVni()

function lettersOfVni(): Map<string, string> {
  const letters = new Map<string, string>([
    ['đ', 'ñ'],
    ['ỵ', 'î'],
  ])
  const add = (base: string, written: readonly string[]) => {
    for (const [i, tone] of TONES.entries()) {
      const letter = (base + tone).normalize('NFC')
      if (!letters.has(letter)) letters.set(letter, written[i] ?? '')
    }
  }
  for (const base of ['a', 'e', 'o', 'u', 'y'])
    add(
      base,
      MARKS.map((mark) => base + mark),
    )
  for (const [letter, base] of ['âa', 'êe', 'ôo'].map((pair) => [...pair] as [string, string]))
    add(
      letter,
      HATTED.map((mark) => base + mark),
    )
  add(
    'ă',
    BREVED.map((mark) => `a${mark}`),
  )
  add(
    'ơ',
    MARKS.map((mark) => `ô${mark}`),
  )
  add(
    'ư',
    MARKS.map((mark) => `ö${mark}`),
  )
  add('i', ['i', 'í', 'ì', 'æ', 'ó', 'ò'])
  for (const [letter, written] of [...letters]) letters.set(letter.toUpperCase(), written.toUpperCase())
  return letters
}

const READ = new Map<string, string>()
for (const [letter, written] of VNI_LETTERS) {
  READ.set(written, letter)
  const [base = '', mark] = written
  if (mark === undefined) continue
  READ.set(base + mark.toLowerCase(), letter)
  READ.set(base + mark.toUpperCase(), letter)
}
const PIECE = /[aeouyôöAEOUYÔÖ][âáàåãäêéèúüëùøûõïÂÁÀÅÃÄÊÉÈÚÜËÙØÛÕÏ]|[\u0080-\u00FF]/g
// what the fonts have beside letters: the punctuation and signs of windows-1252
const SIGN = /[\u0080-\u00BF×÷]/

/** The text of VNI bytes given as latin1; undefined where a mark stands beside no vowel that it fits, or a byte is none of VNI. */
export function decodeVni(bytes: string, sign: (byte: string) => string): string | undefined {
  let whole = true
  const text = bytes.replace(PIECE, (piece) => {
    const letter = READ.get(piece)
    if (letter !== undefined) return letter
    if (SIGN.test(piece)) return sign(piece)
    whole = false
    return piece
  })
  return whole ? text : undefined
}
