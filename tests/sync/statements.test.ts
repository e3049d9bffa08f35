/** What offices write by hand, read by the shipped connector from real files: no name comes through, and a reported figure stands beside. */
import { afterEach, expect, it } from 'vitest'
import writeExcelFile from 'write-excel-file/node'
import { readIndicators } from '../../src/indicators/read.ts'
import { refresh } from '../../src/indicators/refresh.ts'
import { statementsOf } from '../../src/warehouse/inputs.ts'
import type { Warehouse } from '../../src/warehouse/open.ts'
import { type Deployment, deploy, expectRebuilt } from '../faults/deployment.ts'
import { at } from '../support/pages.ts'
import { eachDialect, ZONE } from '../support/warehouse.ts'

let home: Deployment
afterEach(() => home.remove())

const NAME = 'Trần Thị Mẫu'
const TRACES = /trần|mẫu|912345678|072199001234/i
const TABLES = [
  'statement',
  'publication',
  'petition',
  'input_version',
  'quarantine',
  'note',
  'run',
  'drift',
  'field_share',
  'alias',
] as const
/** All that is kept, as text. */
async function keptIn(warehouse: Warehouse): Promise<string> {
  const rows = TABLES.map((table) => warehouse.read((db) => db.selectFrom(table).selectAll().execute()))
  return JSON.stringify(await Promise.all<unknown>(rows))
}
const csv = (rows: readonly (readonly string[])[]) => `\ufeff${rows.map((row) => row.join(';')).join('\r\n')}\r\n`
const STATEMENT = [
  'Mã đơn vị',
  'Tên đơn vị',
  'Chỉ tiêu',
  'Kỳ báo cáo',
  'Tử số',
  'Mẫu số',
  'Số văn bản',
  'Ngày ký',
  'Chức danh',
  'Người ký',
]
const PETITION = [
  'Mã PAKN',
  'Đơn vị xử lý',
  'Mã TTHC',
  'Mã hồ sơ',
  'Phân loại',
  'Người phản ánh',
  'Điện thoại',
  'Nội dung',
  'Ngày tiếp nhận',
  'Kết quả',
  'Ngày xử lý',
  'Ngày công khai',
  'Hài lòng',
  'Phản ánh lại',
]
const line = (more: readonly string[] = []) => {
  const row = [
    'H53.07',
    'Sở Công Thương',
    'dossiers-received',
    '2024-11',
    '1.622',
    '',
    '12/BC-SCT',
    '02/12/2024',
    'Chánh Văn phòng',
    NAME,
  ]
  return row.map((cell, i) => more[i] || cell)
}
const start = () =>
  deploy(
    { statements: [{ id: 'office', settings: { folder: 'office', stableSeconds: 0 } }] },
    {
      'office/statements/.keep': '',
      'office/publications/.keep': '',
      'office/petitions/.keep': '',
    },
  )
const openReasons = async (warehouse: Warehouse) => {
  const rows = await warehouse.read((db) =>
    db
      .selectFrom('quarantine')
      .select(['reasons', 'waiting_for'])
      .where('closed_at', 'is', null)
      .orderBy('id')
      .execute(),
  )
  return rows.map(({ reasons, waiting_for }) => waiting_for ?? (JSON.parse(reasons) as { rule: string }[])[0]?.rule)
}

eachDialect('statements', (open) => {
  it('land with the title of who signed; a name in any column stays outside, also where the row is set aside or waits', async () => {
    home = start()
    const { warehouse } = await open()
    await home.prepare(warehouse)
    home.put(
      'office/statements/baocao_202411.csv',
      csv([
        STATEMENT,
        line(),
        line(['', '', 'online-share', '', '1.234', '1.622', '', '', `KT. GIÁM ĐỐC PHÓ GIÁM ĐỐC ${NAME}`]),
        // no title at all; nobody knows the agency; a name where the number of the document belongs; of a month that does not exist
        line(['', '', '', '', '', '', '13/BC-SCT', '', NAME]),
        line(['H99.07', NAME, '', '', '', '', '14/BC-SCT', '', `Giám đốc ${NAME}`]),
        line(['', '', '', '', '', '', NAME]),
        line(['', '', '', '2024-13', '', '', '15/BC-SCT']),
        // signed on a day to come
        line(['', '', '', '', '', '', '16/BC-SCT', '15/12/2024']),
      ]),
    )
    home.put(
      'office/petitions/phananh_202411.csv',
      csv([
        PETITION,
        [
          'PAKN.20241104.0001',
          'H53.07',
          '',
          '',
          'Hành vi hành chính',
          NAME,
          '0912345678',
          `${NAME} phản ánh`,
          '04/11/2024',
          'Đã trả lời',
          '20/11/2024',
          '',
          '',
          '',
        ],
        ['PAKN.20241104.0002', 'H53.07', '', NAME, '', NAME, '', '', '04/11/2024', '', '', '', '', ''],
        [
          'PAKN.20241104.0003',
          'H53.07',
          '',
          '',
          '',
          NAME,
          '',
          '072199001234',
          '04/11/2024',
          'Đã trả lời',
          '',
          '',
          '',
          '',
        ],
      ]),
    )
    const first = await home.syncOne(warehouse, 'office')
    expect(first).toMatchObject({ state: 'partial', counts: { landed: 3, quarantined: 6, waiting: 1 } })
    expect((await openReasons(warehouse)).sort()).toEqual(
      ['title', 'pattern', 'period', 'future-date', 'agency:identifier:H99.07', 'pattern', 'required'].sort(),
    )
    const reported = await warehouse.read((db) => statementsOf(db))
    expect(
      reported
        .map(({ indicator, numerator, denominator, signer, document, signed_on }) => [
          indicator,
          numerator,
          denominator,
          signer,
          document,
          signed_on,
        ])
        .sort(),
    ).toEqual([
      ['dossiers-received', 1622, null, 'Chánh Văn phòng', '12/BC-SCT', '2024-12-02'],
      ['online-share', 1234, 1622, 'Phó Giám đốc', '12/BC-SCT', '2024-12-02'],
    ])
    expect(await keptIn(warehouse)).not.toMatch(TRACES)
    await expectRebuilt(warehouse)
  })

  it('a corrected file replaces its rows and closes what was set aside; a workbook does as well', async () => {
    home = start()
    const { warehouse } = await open()
    await home.prepare(warehouse)
    home.put('office/statements/baocao_202411.csv', csv([STATEMENT, line(['', '', '', '', '', '', '', '', 'ký thay'])]))
    expect(await home.syncOne(warehouse, 'office')).toMatchObject({ counts: { landed: 0, quarantined: 1 } })
    home.put('office/statements/baocao_202411.csv', csv([STATEMENT, line()]))
    expect(await home.syncOne(warehouse, 'office')).toMatchObject({ state: 'succeeded', counts: { landed: 1 } })
    expect(await openReasons(warehouse)).toEqual([])
    const book = [STATEMENT, line(['', '', '', '2024-10', '57'])].map((row) =>
      row.map((value) => ({ value, type: String })),
    )
    home.put('office/statements/baocao_202410.xlsx', await writeExcelFile(book as never).toBuffer())
    expect(await home.syncOne(warehouse, 'office')).toMatchObject({ state: 'succeeded', counts: { landed: 1 } })
    expect((await warehouse.read((db) => statementsOf(db, { periods: ['2024-10'] })))[0]).toMatchObject({
      numerator: 57,
    })
  })

  it('stands beside the figure or, where nothing tells it, alone; it is part of no sum, and the province does not wait for it', async () => {
    home = start()
    const { warehouse } = await open()
    await home.prepare(warehouse)
    home.put(
      'office/statements/baocao_202411.csv',
      csv([STATEMENT, line(), line(['', '', '', '', '1.600', '', '9/BC-SCT', '20/11/2024'])]),
    )
    await home.syncOne(warehouse, 'office')
    await refresh(warehouse, { now: Date.now(), asOf: at('2024-12-02T08:00'), zone: ZONE, targets: [] })
    const rows = await warehouse.read((db) =>
      readIndicators(db, { indicators: ['dossiers-received'], periods: ['2024-11'] }, ZONE),
    )
    const own = rows.find(({ agency }) => agency.code === 'H53.07')
    expect(own).toMatchObject({
      value: null,
      valueState: 'no-data-yet',
      reported: [
        {
          numerator: 1622,
          denominator: null,
          document: '12/BC-SCT',
          signedBy: 'Chánh Văn phòng',
          signedOn: '2024-12-02',
          source: 'office',
        },
        { numerator: 1600, document: '9/BC-SCT', signedOn: '2024-11-20' },
      ],
    })
    expect(rows.filter(({ reported }) => reported)).toHaveLength(1)
    expect(rows.filter(({ value }) => (value ?? 0) > 0)).toEqual([])
    const others = await warehouse.read((db) =>
      readIndicators(db, { indicators: ['dossiers-received'], periods: ['2024-10'] }, ZONE),
    )
    expect(others.some(({ reported }) => reported)).toBe(false)
    const province = rows.find(({ agency }) => agency.kind === 'province')
    expect(province?.sources.map(({ source }) => source) ?? []).not.toContain('office')
  })
})
