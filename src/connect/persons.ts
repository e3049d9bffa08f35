/** Does a text look like a person: a name, a number that people have, an address to write to. A heuristic that errs towards yes. */

const REMEMBERED_AT_MOST = 4096

/** Procedures and agencies repeat; the answer for each text is kept, within bounds. */
function remembered(look: (text: string) => boolean): (text: string) => boolean {
  const answers = new Map<string, boolean>()
  return (text) => {
    const known = answers.get(text)
    if (known !== undefined) return known
    const answer = look(text)
    if (answers.size >= REMEMBERED_AT_MOST) answers.clear()
    answers.set(text, answer)
    return answer
  }
}

const DATE_LIKE = /^\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}[\d:. TZ+-]{0,20}$/
// 12 digits beginning with 0: citizen number; 9: old card; 10 or 11 beginning with 0, 84: telephone; @: e-mail
const CONTACT = /@|(?<!\d)(?:0\d{8,11}|\d{9}|84\d{9})(?!\d)/
const isContact = remembered((text) => !DATE_LIKE.test(text) && CONTACT.test(text.replace(/[\s.\-()]/g, '')))
export const looksLikeContact = (text: string): boolean => text.includes('@') || (text.length >= 9 && isContact(text))

// The family names of nearly all people in Việt Nam, without marks.
const FAMILY_NAMES = new Set(
  `nguyen tran le pham hoang huynh phan vu vo dang bui do ho ngo duong ly truong dinh lam doan trinh dao mai luong ha to cao chau
   ta thai luu phung quach thach tang kieu nghiem la au ton van quan tu lu giang uong khong`.split(/\s+/),
)
const unmarked = (word: string) =>
  word
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .replaceAll('đ', 'd')
const isWord = (word: string) => /^\p{L}+$/u.test(word)
const isCapital = (word: string) => /^\p{Lu}/u.test(word)

// "Huyện Dương Minh Châu" is a district
const PLACES = new Set(
  `xã phường huyện thị trấn thành phố tp tỉnh quận ấp khu sở ban phòng ủy ubnd cục chi trung bộ hội`.split(' '),
)

/** A family name before a capital, anywhere in a sentence; an address for mail. */
export function namesSomebody(sentence: string): boolean {
  const words = sentence
    .normalize('NFC')
    .split(/[\s,;:.()"']+/)
    .filter(Boolean)
  return (
    sentence.includes('@') ||
    words.some((_, i) => isCapital(words[i] ?? '') && isCapital(words[i + 1] ?? '') && isFamily(words, i))
  )
}
const isPlace = (words: readonly string[], i: number) => PLACES.has((words[i] ?? '').toLowerCase())
const isFamily = (words: readonly string[], i: number) =>
  FAMILY_NAMES.has(unmarked((words[i] ?? '').toLowerCase())) && !isPlace(words, i - 1)

/** Errs towards yes: two to six words that all begin with a capital, or a family name before a capital or at the head. */
export function looksLikeName(text: string): boolean {
  const words = text
    .normalize('NFC')
    .split(/[\s,;:.()]+/)
    .filter(Boolean)
  if (words.length < 2) return false
  const short = words.length <= 6 && words.every(isWord) && !isPlace(words, 0)
  if (short && words.every(isCapital)) return true
  if (short && isFamily(words, 0) && !/^hồ sơ/i.test(words.join(' '))) return true
  return words.some((word, i) => isCapital(word) && isCapital(words[i + 1] ?? '') && isFamily(words, i))
}

export const looksLikePerson = remembered((text) => looksLikeContact(text) || looksLikeName(text))
