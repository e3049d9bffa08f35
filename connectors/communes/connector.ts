/** Files of dossiers that districts drop for themselves and their communes (tệp hồ sơ của huyện, xã): see README.md. */
import {
  agencyName,
  code,
  count,
  defineConnector,
  type Encoding,
  enumeration,
  excelSerial,
  type FilePattern,
  files,
  flag,
  oneOf,
  PERIOD_FIELD,
  procedureCode,
  verdict,
  vietnameseDate,
} from 'ioc-feed/connect'

const ZONE = 'Asia/Ho_Chi_Minh'

interface Settings {
  folder: string
  encodings?: Readonly<Record<string, Encoding>>
  stableSeconds?: number
}

/** hoso_<district>_<yyyyMM> is everything of that month, capnhat_<district>_<yyyyMM> what changed in it of earlier months. */
function patterns({ encodings = {} }: Settings): FilePattern[] {
  const csv = (district: string, encoding: Encoding) =>
    KINDS.map(
      ([prefix, drop]): FilePattern => ({
        match: new RegExp(`^${prefix}_${district}_(?<period>\\d{6})\\.csv$`, 'i'),
        drop,
        format: 'csv',
        encoding,
        delimiter: ';',
      }),
    )
  const xlsx = KINDS.map(
    ([prefix, drop]): FilePattern => ({
      match: new RegExp(`^${prefix}_\\d+_(?<period>\\d{6})\\.xlsx$`, 'i'),
      drop,
      format: 'xlsx',
    }),
  )
  const declared = Object.entries(encodings).flatMap(([district, encoding]) => csv(district, encoding))
  return [...declared, ...csv('\\d+', 'utf-8'), ...xlsx]
}
const KINDS = [
  ['hoso', 'full'],
  ['capnhat', 'corrections'],
] as const

const columns = [
  'Mã hồ sơ',
  'Mã TTHC',
  'Tên TTHC',
  'Đơn vị',
  'Huyện',
  'Kênh',
  'Người nộp',
  'Số CCCD',
  'Điện thoại',
  'Ngày nộp',
  'Ngày tiếp nhận',
  'Ngày hẹn trả',
  'Ngày kết thúc',
  'Ngày trả',
  'Trạng thái',
  'Lệ phí',
  'Tỷ lệ số hóa',
  'Thanh toán trực tuyến',
  'Đã số hóa',
]

// a workbook's date column holds a plain day number where somebody cleared its format
const date = oneOf(vietnameseDate(ZONE), excelSerial(ZONE))

const status = enumeration(
  {
    'Mới đăng ký': 1,
    'Được tiếp nhận': 2,
    'Không được tiếp nhận': 3,
    'Đang xử lý': 4,
    'Yêu cầu bổ sung giấy tờ': 5,
    'Yêu cầu thực hiện nghĩa vụ tài chính': 6,
    'Công dân yêu cầu rút hồ sơ': 7,
    'Dừng xử lý': 8,
    'Đã xử lý xong': 9,
    'Đã trả kết quả': 10,
  },
  { fold: true },
)

const channel = enumeration(
  {
    // the national rule: no channel given means at the counter
    '': 'counter',
    'Trực tiếp': 'counter',
    'Trực tuyến': 'online',
    'Bưu chính công ích': 'post',
    'Bưu chính': 'post',
  },
  { fold: true },
)

export default defineConnector<Settings>({
  name: 'communes',
  settings: {
    type: 'object',
    additionalProperties: false,
    required: ['folder'],
    properties: {
      folder: { type: 'string', minLength: 1, format: 'path', description: 'where the districts drop their files' },
      encodings: {
        type: 'object',
        description: 'district code → encoding of its CSV files; those not named write UTF-8',
        propertyNames: { pattern: '^\\d{2,5}$' },
        additionalProperties: { enum: ['utf-8', 'windows-1258', 'tcvn'] },
        default: {},
      },
      stableSeconds: {
        type: 'number',
        minimum: 0,
        default: 2,
        description: 'a file is taken when it has not changed for so long; 0 where files appear by an atomic rename',
      },
    },
  },
  streams: [
    {
      name: 'dossier',
      entity: 'dossier',
      schema: 'communes/dossier.schema.json',
      key: ['Mã hồ sơ'],
      order: { field: PERIOD_FIELD, zone: ZONE },
      sees: 'changes',
      deletes: 'never',
      map: {
        code: { from: 'Mã hồ sơ', as: code() },
        // districts number in the national form, so the code is the national one too
        nationalCode: { from: 'Mã hồ sơ', as: code() },
        procedure: { from: 'Mã TTHC', as: procedureCode() },
        procedureLocal: 'Mã TTHC',
        resolving: { from: ['Đơn vị', 'Huyện'], as: agencyName() },
        channel: { from: 'Kênh', as: channel },
        status: { from: 'Trạng thái', as: status },
        identity: { from: 'Số CCCD', as: verdict() },
        submitted: { from: 'Ngày nộp', as: date },
        received: { from: 'Ngày tiếp nhận', as: date },
        due: { from: 'Ngày hẹn trả', as: date },
        finished: { from: 'Ngày kết thúc', as: date },
        returned: { from: 'Ngày trả', as: date },
        fee: { from: 'Lệ phí', as: count() },
        // the file does not say through whose gateway; indicator 3.6 counts both alike
        paidOnline: {
          from: 'Thanh toán trực tuyến',
          as: enumeration({ Có: 'gateway', Không: 'none' }, { fold: true }),
        },
        digitised: { from: 'Đã số hóa', as: flag({ empty: false }) },
      },
      read: files<Settings>({
        from: ({ folder }) => folder,
        patterns,
        columns,
        aliases: { 'Số định danh': 'Số CCCD', 'Số điện thoại': 'Điện thoại', 'Kênh thực hiện': 'Kênh' },
        stableFor: ({ stableSeconds }) => (stableSeconds ?? 2) * 1000,
      }),
    },
  ],
})
