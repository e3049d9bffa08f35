/** What offices write down by hand and drop as files: figures they report, decisions that announce procedures, petitions. See README.md. */
import * as kit from 'ioc-feed/connect'

const ZONE = 'Asia/Ho_Chi_Minh'
const date = kit.oneOf(kit.vietnameseDate(ZONE), kit.excelSerial(ZONE))
// 1.622 is a count, 83,5 a decimal: a figure may be either
const figure = kit.oneOf(kit.count(), kit.decimal())

const settings = kit.settings({
  folder: kit.setting.path('where its folders statements, publications and petitions lie'),
  stableSeconds: kit.setting.optional(kit.setting.number('a file is taken when it has not changed for so long; 2')),
})
type Config = kit.ConfigOf<typeof settings>

/** `<stem>_<yyyyMM>.csv` or `.xlsx` in a folder of its own, everything of that month. */
const drops = (folder: string, stem: string) =>
  kit.files<Config>({
    from: (config) => `${config.folder}/${folder}`,
    patterns: [
      {
        match: new RegExp(`^${stem}_(?<period>\\d{6})\\.csv$`, 'i'),
        drop: 'full',
        format: 'csv',
        encoding: 'utf-8',
        delimiter: ';',
      },
      { match: new RegExp(`^${stem}_(?<period>\\d{6})\\.xlsx$`, 'i'), drop: 'full', format: 'xlsx' },
    ],
    stableFor: ({ stableSeconds = 2 }) => stableSeconds * 1000,
  })

const STATEMENT = ['Kỳ báo cáo', 'Mã đơn vị', 'Chỉ tiêu', 'Số văn bản'] as const
const PUBLICATION = ['Mã TTHC', 'Số quyết định'] as const
const byPeriod = { field: kit.PERIOD_FIELD, zone: ZONE }

export default kit.defineConnector({
  name: 'statements',
  settings,
  streams: [
    {
      name: 'statement',
      entity: 'statement',
      schema: 'statements/statement.schema.json',
      key: STATEMENT,
      order: byPeriod,
      sees: 'changes',
      deletes: 'never',
      map: {
        code: { from: STATEMENT, as: kit.joined('|', kit.code()) },
        agency: { from: 'Mã đơn vị', as: kit.agencyAnyCode() },
        indicator: 'Chỉ tiêu',
        period: 'Kỳ báo cáo',
        numerator: { from: 'Tử số', as: figure },
        denominator: { from: 'Mẫu số', as: figure },
        signer: { from: 'Chức danh', as: kit.officeTitle() },
        document: 'Số văn bản',
        signed: { from: 'Ngày ký', as: date },
      },
      read: drops('statements', 'baocao'),
    },
    {
      name: 'publication',
      entity: 'publication',
      schema: 'statements/publication.schema.json',
      key: PUBLICATION,
      order: byPeriod,
      sees: 'changes',
      deletes: 'never',
      map: {
        code: { from: PUBLICATION, as: kit.joined('|', kit.code()) },
        agency: { from: 'Đơn vị công bố', as: kit.agencyAnyCode() },
        procedure: { from: 'Mã TTHC', as: kit.procedureCode() },
        decided: { from: 'Ngày quyết định', as: date },
        effective: { from: 'Ngày hiệu lực', as: date },
        published: { from: 'Ngày công khai', as: date },
        complete: { from: 'Đủ nội dung', as: kit.flag({ empty: false }) },
      },
      read: drops('publications', 'congbo'),
    },
    {
      name: 'petition',
      entity: 'petition',
      schema: 'statements/petition.schema.json',
      key: ['Mã PAKN'],
      order: byPeriod,
      sees: 'changes',
      deletes: 'never',
      map: {
        code: { from: 'Mã PAKN', as: kit.code() },
        agency: { from: 'Đơn vị xử lý', as: kit.agencyAnyCode() },
        procedure: { from: 'Mã TTHC', as: kit.orNone(kit.procedureCode()) },
        dossier: 'Mã hồ sơ',
        subject: {
          from: 'Phân loại',
          as: kit.enumeration({ 'Quy định hành chính': 'procedure', 'Hành vi hành chính': 'staff' }, { fold: true }),
        },
        received: { from: 'Ngày tiếp nhận', as: date },
        outcome: {
          from: 'Kết quả',
          as: kit.enumeration(
            { 'Từ chối': 'refused', 'Yêu cầu bổ sung': 'supplement', 'Đã trả lời': 'answered' },
            { fold: true },
          ),
        },
        outcomeAt: { from: 'Ngày xử lý', as: date },
        published: { from: 'Ngày công khai', as: date },
        satisfied: { from: 'Hài lòng', as: kit.flag() },
        complainedAgain: { from: 'Phản ánh lại', as: kit.flag() },
      },
      read: drops('petitions', 'phananh'),
    },
  ],
})
