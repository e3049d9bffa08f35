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
// Written in one, any number of that length: a spreadsheet and `foldName` take leading zeros off. Not across separators, where codes and periods stand.
const RUN = /(?<!\d)\d{9,12}(?!\d)/
// mã định danh of an agency: H56.22.17.001
const IDENTIFIER = /^[A-Z]\d{2,3}(?:\.[0-9A-Z]{1,4}){1,6}$/
const isContact = remembered(
  (text) =>
    !DATE_LIKE.test(text) && !IDENTIFIER.test(text) && (RUN.test(text) || CONTACT.test(text.replace(/[\s.\-()]/g, ''))),
)
const looksLikeContact = (text: string): boolean => text.includes('@') || (text.length >= 9 && isContact(text))

// The family names of nearly all people in Việt Nam.
const FAMILY_NAMES =
  `nguyễn trần lê phạm hoàng huỳnh phan vũ võ đặng bùi đỗ hồ ngô dương lý trương đinh lâm đoàn trịnh đào mai lương hà tô cao
  châu tạ thái lưu phùng quách thạch tăng kiều nghiêm la lã âu tôn văn quan từ tú lữ giang uông khổng`.split(/\s+/)
const MARKS = /[\u0300-\u036f]/g
const bare = (word: string) => word.normalize('NFD').replace(MARKS, '')
const unmarked = (word: string) => bare(word).replaceAll('đ', 'd')
const UNMARKED_NAMES = new Set(FAMILY_NAMES.map(unmarked))
/** Wherever in the word its tone is written; hỏi and ngã are one, as many write them: "Vỏ" is Võ. */
const spelling = (word: string) =>
  bare(word) + [...word.normalize('NFD').replaceAll('\u0309', '\u0303').matchAll(MARKS)].sort().join('')
const SPELLINGS = new Set(FAMILY_NAMES.map(spelling))
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
  UNMARKED_NAMES.has(unmarked((words[i] ?? '').toLowerCase())) && !isPlace(words, i - 1)

// Half of these is a family name, together they are none: "xử lý", "từ chối".
const COMPOUNDS =
  /(?<!\p{L})(?:(?:xử|quản|pháp|địa|đại|thanh|hợp|tâm|vật) lý|lý (?:do|lịch)|hồ sơ|văn (?:phòng|bản|hóa|hoá|thư|bằng)|từ (?:chối|ngày|khi|xa)|đào tạo|lưu (?:trữ|hành|kho)|mai táng|(?:cơ|hải|liên) quan|quan hệ|cao đẳng|hà nội)(?!\p{L})/giu
const wordsOf = (text: string) =>
  text
    .normalize('NFC')
    .replace(COMPOUNDS, 'x')
    .split(/[\s,;:.()]+/)
    .filter(Boolean)

/** As it is written: "Đang" is no Đặng. In a text without any marks every spelling without them counts. */
function familyIn(text: string, words: readonly string[]): (i: number) => boolean {
  const known = /đ|[\u0300-\u036f]/i.test(text.normalize('NFD')) ? SPELLINGS : UNMARKED_NAMES
  return (i) => known.has(spelling((words[i] ?? '').toLowerCase())) && !isPlace(words, i - 1)
}

/** Errs towards yes: two to six words that all begin with a capital, or a family name before a capital or at the head. */
export function looksLikeName(text: string): boolean {
  const words = wordsOf(text)
  if (words.length < 2) return false
  const short = words.length <= 6 && words.every(isWord) && !isPlace(words, 0)
  if (short && (words.every(isCapital) || familyIn(text, words)(0))) return true
  return words.some((word, i) => isCapital(word) && isCapital(words[i + 1] ?? '') && isFamily(words, i))
}

export const looksLikePerson = remembered((text) => looksLikeContact(text) || looksLikeName(text))

const UNIT =
  /^(?:xã|phường|huyện|thị (?:xã|trấn)|thành phố|tỉnh|quận|ấp|khu|t[pxt]|[pxh]|sở|ban|phòng|ủy ban|uỷ ban|ubnd|chi cục|chi nhánh|cục|trung tâm|bộ|hội|văn phòng|công an|kho bạc|thanh tra|bảo hiểm|t(?:òa|oà) án|bệnh viện|bưu điện|điện lực|trường|viện|trạm|đội|tổ|hạt|quỹ|thuế)(?!\p{L})/iu
const MIDDLE_NAME = /^(?:thị|văn|thi|van)$/i

/**
 * Whether a label (an agency, a status, a title, a column) names a person. Two capitals do not suffice there, nor does a family name with
 * other marks: "Gò Dầu", "Đang xử lý", "Đăng ký khai sinh" are what such a field is for. What begins as units do is one.
 */
export const labelNamesPerson = remembered((text) => {
  if (looksLikeContact(text)) return true
  const words = wordsOf(text)
  if (words.length < 2) return false
  const isName = familyIn(text, words)
  const hasMiddle = (i: number) => MIDDLE_NAME.test(words[i + 1] ?? '')
  const isUnit = UNIT.test(text.normalize('NFC').trim())
  const isPair = (i: number) => isCapital(words[i] ?? '') && isCapital(words[i + 1] ?? '')
  if (words.some((_, i) => isName(i) && (hasMiddle(i) || (!isUnit && isPair(i))))) return true
  return !isUnit && words.length <= 6 && isName(0) && words.every((word) => isWord(word) && !isCapital(word))
})

/** The same of a file's name, in which words are joined: "CCCD_TranThiMau.pdf". Errs towards yes. */
export function fileNamesPerson(name: string): boolean {
  const stem = name.normalize('NFC').replace(/\.[^.]*$/, '')
  const words = stem.replace(/[_+-]+/g, ' ').replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
  return looksLikePerson(words) || labelNamesPerson(words)
}
