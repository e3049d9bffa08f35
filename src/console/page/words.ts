/** What the page says, in both languages, and how it writes numbers and times. */
import type { Language } from '../../errors.ts'

type Words = Record<string, readonly [vi: string, en: string]>

const WORDS = {
  title: ['Trạng thái cung cấp số liệu cho IOC', 'State of the data feed to the IOC'],
  other: ['English', 'Tiếng Việt'],
  sample: ['DỮ LIỆU MẪU – sample data', 'SAMPLE DATA – dữ liệu mẫu'],
  'sample-time': ['thời gian mẫu', 'sample time'],
  'sample-note': ['không phải số liệu thật của tỉnh', 'not real figures of the province'],
  empty: [
    'Chưa có dữ liệu. Chạy lần đồng bộ đầu tiên: ioc run nightly',
    'Nothing has landed yet. Run the first sync: ioc run nightly',
  ],
  'as-of': ['Số liệu đến', 'As of'],
  looked: ['trang tải lúc', 'page made at'],
  figures: ['Số liệu của tỉnh', 'Figures of the province'],
  'this-month': ['Trong tháng', 'Month'],
  'year-to-date': ['Từ đầu năm đến', 'Year to'],
  today: ['Tại thời điểm số liệu', 'At the time of the figures'],
  indicator: ['Chỉ tiêu', 'Indicator'],
  provisional: ['tạm tính', 'provisional'],
  late: ['Quá hạn cập nhật', 'Update overdue'],
  unread: ['Chưa đọc hết nguồn:', 'Not fully read:'],
  sources: ['Nguồn dữ liệu', 'Sources'],
  source: ['Nguồn', 'Source'],
  state: ['Tình trạng', 'State'],
  'complete-to': ['Đầy đủ đến', 'Complete up to'],
  'fresh-until': ['Số liệu có giá trị đến', 'Fresh until'],
  'last-run': ['Lần đồng bộ gần nhất', 'Last run'],
  never: ['chưa lần nào', 'never'],
  expired: ['đã quá hạn', 'expired'],
  quarantine: ['Bản ghi cần rà soát', 'Records set aside'],
  reason: ['Lý do', 'Reason'],
  records: ['Số bản ghi', 'Records'],
  none: ['Không có.', 'None.'],
  review: ['Xem từng bản ghi: ioc quarantine list', 'See each of them: ioc quarantine list'],
  runs: ['Các lần chạy gần đây', 'Last runs'],
  run: ['Lần chạy', 'Run'],
  took: ['Thời lượng', 'Took'],
  result: ['Kết quả', 'Result'],
  delivery: ['Gửi số liệu đến IOC', 'Delivery to the IOC'],
  target: ['Đích', 'Target'],
  pending: ['Chờ gửi', 'Pending'],
  confirmed: ['Xác nhận gần nhất', 'Last confirmed'],
  'all-confirmed': ['Đã xác nhận tất cả', 'All confirmed'],
  'not-confirmed-since': ['Chưa được xác nhận từ', 'Not confirmed since'],
  'refused-by': ['Bị IOC từ chối', 'Refused by the IOC'],
  'refused-mend': ['Gửi lại và xem lý do: ioc push --json', 'Try again and see why: ioc push --json'],
  'spot-check': ['Đối soát mẫu với bản ghi', 'Spot check against the records'],
  agree: ['khớp', 'agrees'],
  differ: ['KHÁC BIỆT', 'DIFFERENCES'],
  'differ-mend': ['Số đang giữ khác với bản ghi: ioc rebuild', 'What is kept differs from the records: ioc rebuild'],
  'n-agencies': ['đơn vị', 'agencies'],
  'n-cells': ['ô', 'cells'],
  'n-figures': ['số liệu', 'figures'],
  sending: ['Đang chờ gửi', 'Waiting to be sent'],
} as const satisfies Words
export type Word = keyof typeof WORDS

const LISTS = {
  state: {
    fresh: ['Đã cập nhật, đầy đủ', 'Fresh'],
    partial: ['Đã cập nhật, còn bản ghi cần rà soát', 'Fresh, some set aside'],
    incomplete: ['Chưa đọc hết', 'Incomplete'],
    held: ['Bị giữ lại, chờ quyết định', 'Held, waiting for a decision'],
    failed: ['Đồng bộ thất bại', 'Failed'],
    never: ['Chưa đồng bộ', 'Never synchronised'],
    retired: ['Đã ngừng sử dụng', 'Retired'],
  },
  value: {
    'no-cases': ['Không phát sinh', 'No cases'],
    'no-data-yet': ['Chưa có dữ liệu', 'No data yet'],
    insufficient: ['Chưa đủ dữ liệu', 'Not enough data'],
    held: ['Đang giữ lại', 'Held'],
    masked: ['Không công bố', 'Masked'],
  },
  rule: {
    required: ['Thiếu trường bắt buộc', 'Required field missing'],
    key: ['Thiếu mã hồ sơ', 'Key missing'],
    minLength: ['Để trống', 'Left empty'],
    maxLength: ['Quá dài', 'Too long'],
    minimum: ['Nhỏ hơn mức cho phép', 'Below what is allowed'],
    maximum: ['Lớn hơn mức cho phép', 'Above what is allowed'],
    format: ['Sai định dạng', 'Wrong form'],
    type: ['Sai kiểu dữ liệu', 'Wrong type'],
    enum: ['Giá trị ngoài danh mục', 'Value not in the list'],
    pattern: ['Sai định dạng', 'Wrong form'],
    date: ['Ngày không tồn tại', 'Impossible date'],
    'future-date': ['Ngày ở tương lai', 'Date in the future'],
    'date-order': ['Thứ tự ngày không hợp lý', 'Dates out of order'],
    encoding: ['Sai bảng mã ký tự', 'Wrong encoding'],
    'column-count': ['Sai số cột', 'Wrong number of columns'],
    syntax: ['Không đọc được', 'Not readable'],
    'too-long': ['Dòng quá dài', 'Line too long'],
    'waiting:procedure': ['Chờ danh mục thủ tục', 'Waiting for its procedure'],
    'waiting:agency': ['Chờ xác định cơ quan', 'Waiting for its agency'],
  },
} as const satisfies Record<string, Words>

const pick = (pair: readonly [string, string] | undefined, language: Language): string | undefined =>
  pair?.[language === 'vi' ? 0 : 1]

export interface Speech {
  language: Language
  say(word: Word): string
  /** A word of a list; what is not in it stands as it is. */
  name(list: keyof typeof LISTS, word: string): string
  /** `1.622` */
  number(value: number): string
  /** `83,02%` of an unrounded ratio; only here is it rounded */
  percent(ratio: number): string
  /** `Trong tháng 12/2024` of `2024-12`, `Từ đầu năm đến 12/2024` of `2024-YTD-12`; other periods as they are written */
  period(text: string): string
  /** `01:00 02/12/2024` in the deployment's zone */
  time(at: number): string
  /** `2 phút 5 giây` */
  duration(ms: number): string
}

export function speech(language: Language, zone: string): Speech {
  const locale = language === 'vi' ? 'vi-VN' : 'en-GB'
  // Made when first asked: every verb has a speech, few print numbers, and making both costs 20 ms.
  let numbers: Intl.NumberFormat | undefined
  let percents: Intl.NumberFormat | undefined
  const asPercent = { style: 'percent', minimumFractionDigits: 2, maximumFractionDigits: 2 } as const
  const two = (n: number) => String(n).padStart(2, '0')
  return {
    language,
    say: (word) => pick(WORDS[word], language) ?? word,
    name: (list, word) => pick((LISTS[list] as Words)[word], language) ?? word,
    number: (value) => {
      numbers ??= new Intl.NumberFormat(locale)
      return numbers.format(value)
    },
    percent: (ratio) => {
      percents ??= new Intl.NumberFormat(locale, asPercent)
      return percents.format(ratio)
    },
    period: (text) => {
      const [, year, toDate, month] = /^(\d{4})-(YTD-)?(\d{2})$/.exec(text) ?? []
      if (!year) return text
      const word = pick(toDate ? WORDS['year-to-date'] : WORDS['this-month'], language)
      return `${word} ${month}/${year}`
    },
    time: (at) => {
      const t = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone)
      return `${two(t.hour)}:${two(t.minute)} ${two(t.day)}/${two(t.month)}/${t.year}`
    },
    duration: (ms) => {
      const seconds = Math.round(ms / 1000)
      const [m, s] = language === 'vi' ? ['phút', 'giây'] : ['min', 's']
      return seconds < 60 ? `${seconds} ${s}` : `${Math.floor(seconds / 60)} ${m} ${seconds % 60} ${s}`
    },
  }
}
