/** Files of dossiers that districts drop for themselves and their communes (tệp hồ sơ của huyện, xã): see README.md. */
import * as kit from 'ioc-feed/connect'

const ZONE = 'Asia/Ho_Chi_Minh'
// a workbook's date column holds a plain day number where somebody cleared its format
const date = kit.oneOf(kit.vietnameseDate(ZONE), kit.excelSerial(ZONE))

const settings = kit.settings({
  folder: kit.setting.path('where the districts drop their files'),
  encodings: kit.setting.optional(
    kit.setting.table<kit.Encoding>(
      kit.ENCODINGS,
      'district code → encoding of its CSV files; those not named write UTF-8',
    ),
  ),
  stableSeconds: kit.setting.optional(
    kit.setting.number('a file is taken when it has not changed for so long; 2 unless said'),
  ),
})

/** hoso_<district>_<yyyyMM> is everything of that month, capnhat_<district>_<yyyyMM> what changed in it of earlier months. */
const patterns = ({ encodings = {} }: kit.ConfigOf<typeof settings>) =>
  (
    [
      ['hoso', 'full'],
      ['capnhat', 'corrections'],
    ] as const
  ).flatMap(([kind, drop]): kit.FilePattern[] => [
    ...Object.entries({ ...encodings, '\\d+': 'utf-8' as const }).map(([district, encoding]) => ({
      match: new RegExp(`^${kind}_${district}_(?<period>\\d{6})\\.csv$`, 'i'),
      drop,
      format: 'csv' as const,
      encoding,
      delimiter: ';',
    })),
    { match: new RegExp(`^${kind}_\\d+_(?<period>\\d{6})\\.xlsx$`, 'i'), drop, format: 'xlsx' },
  ])

export default kit.defineConnector({
  name: 'communes',
  settings,
  streams: [
    {
      name: 'dossier',
      entity: 'dossier',
      schema: 'communes/dossier.schema.json',
      key: ['Mã hồ sơ'],
      order: { field: kit.PERIOD_FIELD, zone: ZONE },
      sees: 'changes',
      deletes: 'never',
      map: {
        code: { from: 'Mã hồ sơ', as: kit.code() },
        // districts number in the national form, so the code is the national one too
        nationalCode: { from: 'Mã hồ sơ', as: kit.code() },
        procedure: { from: 'Mã TTHC', as: kit.procedureCode() },
        procedureLocal: 'Mã TTHC',
        resolving: { from: ['Đơn vị', 'Huyện'], as: kit.agencyName() },
        channel: { from: 'Kênh', as: kit.nationalChannel() },
        status: { from: 'Trạng thái', as: kit.nationalStatus() },
        identity: { from: 'Số CCCD', as: kit.verdict() },
        submitted: { from: 'Ngày nộp', as: date },
        received: { from: 'Ngày tiếp nhận', as: date },
        due: { from: 'Ngày hẹn trả', as: date },
        finished: { from: 'Ngày kết thúc', as: date },
        returned: { from: 'Ngày trả', as: date },
        fee: { from: 'Lệ phí', as: kit.count() },
        // the file does not say through whose gateway; indicator 3.6 counts both alike
        paidOnline: {
          from: 'Thanh toán trực tuyến',
          as: kit.enumeration({ Có: 'gateway', Không: 'none' }, { fold: true }),
        },
        digitised: { from: 'Đã số hóa', as: kit.flag({ empty: false }) },
      },
      read: kit.files({
        from: ({ folder }) => folder,
        patterns,
        aliases: { 'Số định danh': 'Số CCCD', 'Số điện thoại': 'Điện thoại', 'Kênh thực hiện': 'Kênh' },
        stableFor: ({ stableSeconds = 2 }) => stableSeconds * 1000,
      }),
    },
  ],
})
