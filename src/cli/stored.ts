/**
 * What the warehouse keeps in English (remarks of a run, what a rule expects, where a record stood, what one waits for), for a
 * reader: in Vietnamese where that is the language. Names, codes and values stay; what is in no table stands as it was stored.
 */
import type { Language } from '../errors.ts'
import { safe } from './format.ts'

type Phrases = readonly (readonly [english: RegExp, vietnamese: string])[]

const EXPECTED: Phrases = [
  [/^the declared encoding$/, 'đúng bảng mã đã khai báo'],
  [
    /^column (.+): not certain: likely (.+), (\d+) % of (\d+) words?$/,
    'cột $1: chưa chắc bảng mã, có lẽ là $2 ($3 % trong $4 từ là tiếng Việt)',
  ],
  [/^column (.+): read as (.+), here of no known encoding$/, 'cột $1: cả cột là $2, ô này không rõ bảng mã'],
  [/^column (.+): read as (.+), here (.+)$/, 'cột $1: cả cột là $2, ô này là $3'],
  [/^column (.+): only ASCII in the sample, here (.+)$/, 'cột $1: phần mẫu chỉ có ASCII, ô này là $2'],
  [/^column (.+): control characters$/, 'cột $1: có ký tự điều khiển'],
  [/^as many columns as the header has$/, 'số cột bằng dòng tiêu đề'],
  [/^(\d+) columns$/, '$1 cột'],
  [/^well-formed text$/, 'dữ liệu đúng cú pháp'],
  [/^a record within the size limit$/, 'bản ghi không vượt giới hạn kích thước'],
  [/^an object$/, 'một bản ghi'],
  [/^(?:a value|present)$/, 'có giá trị'],
  [/^a value for (\S+)$/, 'có giá trị cho $1'],
  [/^a code$/, 'một mã'],
  [/^a name$/, 'một tên'],
  [/^text$/, 'văn bản'],
  [/^a whole number$/, 'số nguyên'],
  [/^a date, time or epoch ms$/, 'ngày, giờ'],
  [/^an ISO date or date-time$/, 'ngày hoặc thời điểm theo ISO'],
  [/^a spreadsheet day number$/, 'ngày của bảng tính'],
  [/^a date not after tomorrow$/, 'ngày không sau ngày mai'],
  [/^a date within (\d+) years$/, 'ngày trong vòng $1 năm tới'],
  [/^the date received of a dossier with status (\d+)$/, 'ngày tiếp nhận của hồ sơ có trạng thái $1'],
  [
    /^the date finished or returned of a dossier with status (\d+)$/,
    'ngày có kết quả hoặc ngày trả của hồ sơ có trạng thái $1',
  ],
  [/^(\S+) not before (\S+)$/, '$1 không trước $2'],
  [/^a known procedure$/, 'thủ tục có trong danh mục'],
  [/^a known agency$/, 'cơ quan có trong danh mục'],
  [/^e\.g\. (.+) or (.+)$/, 'ví dụ $1 hoặc $2'],
  [/^e\.g\. (.+)$/, 'ví dụ $1'],
  [/^one of (.+)$/, 'một trong: $1'],
  [/^at most (\S+) characters$/, 'tối đa $1 ký tự'],
  [/^must NOT have fewer than (\d+) characters$/, 'ít nhất $1 ký tự'],
  [/^must NOT have more than (\d+) characters$/, 'tối đa $1 ký tự'],
  [/^must be >= (.+)$/, 'từ $1 trở lên'],
  [/^must be <= (.+)$/, 'không quá $1'],
  [/^date$/, 'ngày'],
  [/^date-time$/, 'thời điểm'],
]
const PLACES: Phrases = [
  [/^(.+) line (\d+)$/, '$1, dòng $2'],
  [/^record (\d+) of its page$/, 'bản ghi thứ $1 của trang'],
  [/^record (.+)$/, 'bản ghi $1'],
  [/^(.+), record (\d+)$/, '$1, bản ghi thứ $2'],
]
const REMARKS: Phrases = [
  [
    /^(.+): read as (.+): (.+) \((\d+) % of (\d+) words are Vietnamese\)$/,
    '$1: đọc theo $2: $3 ($4 % trong $5 từ là tiếng Việt)',
  ],
  [
    /^(.+): not certain, its rows are set aside: (.+) \(likely (.+), (\d+) % of (\d+) words?\)$/,
    '$1: chưa chắc bảng mã, để riêng các dòng có cột: $2 (có lẽ là $3, $4 % trong $5 từ là tiếng Việt)',
  ],
  [/^(.+): all of the sample is ASCII$/, '$1: phần mẫu chỉ có ASCII'],
  [/^(\d+) files? (?:is|are) read as (.+)$/, '$1 tệp được đọc theo $2'],
  [/^(.+): only the first sheet is read, not "(.*)"$/, '$1: chỉ đọc trang tính đầu tiên, không đọc "$2"'],
  [/^(.+) is still being written and is left for the next run$/, '$1 đang được ghi, để lại cho lần đồng bộ sau'],
  [
    /^(\d+) dossiers that had not ended are not found at the source any more$/,
    '$1 hồ sơ chưa kết thúc không còn thấy ở nguồn',
  ],
  [
    /^(\d+) records were committed more than (\S+) late; only this full read found them$/,
    '$1 bản ghi được ghi muộn quá $2; chỉ lần đọc toàn bộ này mới thấy',
  ],
  [/^a deletion without a key was passed over$/, 'bỏ qua một yêu cầu xóa không có mã'],
  [/^stopped before its end$/, 'dừng giữa chừng'],
]

function phrased(phrases: Phrases, text: string, language: Language): string {
  const found = language === 'vi' ? phrases.find(([english]) => english.test(text)) : undefined
  return found ? text.replace(found[0], found[1]) : text
}

/** `received: a date …` says the field first. */
export function expectedText(text: string, language: Language): string {
  const [, field = '', rest = text] = /^(\w+: )(.+)$/s.exec(text) ?? []
  return safe(field + phrased(EXPECTED, rest, language))
}
export const placeText = (text: string, language: Language): string => safe(phrased(PLACES, text, language))

const UNKNOWN_FIELD = /^unknown (?:field|column) (.+) \((\w+)\)$/
/** A source sends dozens of fields that nobody asked for: one line, not one each. */
export function remarkLines(remarks: readonly string[], language: Language): string[] {
  const fields = remarks.flatMap((remark) => UNKNOWN_FIELD.exec(remark)?.[1] ?? [])
  const others = remarks.filter((remark) => !UNKNOWN_FIELD.test(remark))
  const lines = others.map((remark) => safe(phrased(REMARKS, remark, language)))
  if (fields.length === 0) return lines
  const title =
    language === 'vi'
      ? 'Trường không có trong lược đồ, không lưu giá trị'
      : 'Fields that the schema does not know, kept without their values'
  return [...lines, `${title} (${fields.length}): ${fields.map(safe).join(', ')}`]
}

const WAITS: Readonly<Record<string, Readonly<Record<Language, string>>>> = {
  agency: { vi: 'chờ xác định cơ quan', en: 'waits for agency' },
  procedure: { vi: 'chờ danh mục thủ tục', en: 'waits for procedure' },
}
/** `agency:name:…` with the name as its source writes it → waits for agency Phường 1, TP. Tây Ninh */
export function waitingText(waitingFor: string, written: string | null, language: Language): string {
  const [, kind = '', scheme, what = ''] = /^([^:]*):(name:)?(.*)$/s.exec(waitingFor) ?? []
  const name = scheme === undefined ? what : (written ?? what)
  return safe(`${WAITS[kind]?.[language] ?? kind} ${name.split('|').filter(Boolean).join(', ')}`)
}
