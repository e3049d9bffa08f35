/** Persons typed or shifted into fields that are not theirs: nothing of them stays, what a data engineer must read does. */
import { afterEach, expect, test } from 'vitest'
import { listDrift } from '../../src/warehouse/drift.ts'
import type { Warehouse } from '../../src/warehouse/open.ts'
import { eachDialect } from '../support/warehouse.ts'
import { type Deployment, deploy, dossiersOf, openQuarantine, receivedOf } from './deployment.ts'
import { AGENCY, code } from './sources.ts'
import { records } from './tape.ts'

let deployment: Deployment
afterEach(() => deployment?.remove())

const NAME = 'Trần Thị Mẫu'
const ID = '072199001234'
const PHONE = '0912345678'
const TRACES = /trần thị mẫu|72199001234|912345678/i

/** All that is kept of a run, as text. */
async function keptIn(warehouse: Warehouse): Promise<string> {
  const tables = ['dossier', 'dossier_version', 'quarantine', 'note', 'run', 'alias', 'drift', 'field_share'] as const
  const rows = tables.map((table) => warehouse.read((db) => db.selectFrom(table).selectAll().execute()))
  return JSON.stringify(await Promise.all<unknown>(rows))
}

const HEAD = [
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
function cells(n: number, more: Readonly<Record<string, string>> = {}): string[] {
  const row: Readonly<Record<string, string>> = {
    'Mã hồ sơ': code(n),
    'Mã TTHC': '1.000001',
    'Tên TTHC': 'Đăng ký khai sinh',
    'Đơn vị': AGENCY,
    Kênh: 'Trực tiếp',
    'Người nộp': NAME,
    'Số CCCD': ID,
    'Điện thoại': PHONE,
    'Ngày nộp': '04/11/2024',
    'Ngày tiếp nhận': '04/11/2024',
    'Ngày hẹn trả': '14/11/2024',
    'Trạng thái': 'Đang xử lý',
    ...more,
  }
  return HEAD.map((column) => row[column] ?? '')
}
/** The cells behind the third moved left by `by`. */
const shifted = (n: number, by: number) => {
  const row = cells(n)
  return [...row.slice(0, 3), ...row.slice(3 + by), ...Array<string>(by).fill('')]
}

eachDialect('persons in the wrong place', (open) => {
  async function read(rows: readonly (readonly string[])[], header: readonly string[] = HEAD) {
    deployment = deploy({ communes: [{ id: 'communes', settings: { folder: 'drop', stableSeconds: 0 } }] })
    deployment.put('drop/hoso_705_202411.csv', `${[header, ...rows].map((row) => row.join(';')).join('\n')}\n`)
    const { warehouse } = await open()
    await deployment.prepare(warehouse)
    const run = await deployment.syncOne(warehouse, 'communes')
    return { warehouse, run, set: await openQuarantine(warehouse) }
  }

  test('of a file whose columns are shifted, or in whose agency a person was typed', async () => {
    const { warehouse, set } = await read([
      cells(0),
      ...[1, 2, 3, 4, 5].map((by) => shifted(by, by)),
      cells(11, { Huyện: ID }),
      cells(12, { Huyện: '0721 9900 1234' }),
      cells(13, { 'Đơn vị': NAME }),
      cells(14, { 'Đơn vị': `Bộ phận một cửa ${NAME}` }),
      cells(15, { 'Đơn vị': 'Xã Mới', Kênh: PHONE }),
      cells(16, { 'Mã TTHC': '9.999999', 'Tên TTHC': `Cấp lại thẻ cho ${NAME}` }),
    ])
    expect((await dossiersOf(warehouse)).map((row) => row.code)).toEqual([code(0)])
    expect(set).toHaveLength(11)
    const waiting = set.filter((row) => row.outcome === 'waiting-for').map((row) => row.waiting_for)
    expect(waiting.filter((what) => what?.startsWith('agency:('))).toHaveLength(4)
    expect(await keptIn(warehouse)).not.toMatch(TRACES)
  })

  test('units, districts and statuses stay readable, in records that wait and in refused ones', async () => {
    const odd = { 'Ngày nộp': '31/02/2024' }
    const { set } = await read([
      cells(1, { 'Đơn vị': 'Xã Tân Bình Mới', Huyện: 'Dương Minh Châu' }),
      cells(2, { 'Đơn vị': 'Văn phòng Đăng ký đất đai Mới', Huyện: 'Huyện Gò Dầu' }),
      cells(3, { ...odd, 'Đơn vị': 'Xã Tân Bình', Huyện: 'Dương Minh Châu', 'Trạng thái': 'Từ chối tiếp nhận' }),
      cells(4, { ...odd, 'Đơn vị': 'Phòng Tài Nguyên Và Môi Trường', Huyện: 'Gò Dầu', 'Trạng thái': 'Đã Xử Lý Xong' }),
      cells(5, { 'Trạng thái': 'Đang Giải Quyết' }),
    ])
    const kept = set.map(({ record }) => JSON.parse(record ?? '{}') as Record<string, unknown>)
    expect(
      kept.map(({ 'Đơn vị': unit, Huyện: district, 'Trạng thái': status }) => [unit, district ?? '', status]),
    ).toEqual([
      ['Xã Tân Bình Mới', 'Dương Minh Châu', 'Đang xử lý'],
      ['Văn phòng Đăng ký đất đai Mới', 'Huyện Gò Dầu', 'Đang xử lý'],
      ['Xã Tân Bình', 'Dương Minh Châu', 'Từ chối tiếp nhận'],
      ['Phòng Tài Nguyên Và Môi Trường', 'Gò Dầu', 'Đã Xử Lý Xong'],
      [AGENCY, '', 'Đang Giải Quyết'],
    ])
    expect(set.slice(0, 2).map((row) => row.waiting_for)).toEqual([
      'agency:name:xã tân bình mới|dương minh châu',
      'agency:name:văn phòng đăng ký đất đai mới|hụyên gò dầu',
    ])
    // told as it is written, not as it is compared
    expect(set.slice(0, 2).map((row) => (JSON.parse(row.reasons) as { value: string }[])[0]?.value)).toEqual([
      'Xã Tân Bình Mới, Dương Minh Châu',
      'Văn phòng Đăng ký đất đai Mới, Huyện Gò Dầu',
    ])
    expect(set[4]?.reasons).toContain('Đang Giải Quyết')
  })

  test('a column or a file that is named like a person; of 1,000 stray files five are named', async () => {
    deployment = deploy({ communes: [{ id: 'communes', settings: { folder: 'drop', stableSeconds: 0 } }] })
    deployment.put('drop/hoso_705_202411.csv', `${[...HEAD, NAME].join(';')}\n${[...cells(0), ''].join(';')}\n`)
    for (const name of [`CCCD ${NAME} ${ID}.pdf`, 'CCCD_TranThiMau.pdf', 'tran_thi_mau.jpg', `${NAME}.pdf`])
      deployment.put(`drop/${name}`, '')
    for (let i = 0; i < 1_000; i++) deployment.put(`drop/scan ${i}.pdf`, '')
    const { warehouse } = await open()
    await deployment.prepare(warehouse)
    const { remarks, state } = await deployment.syncOne(warehouse, 'communes')
    expect(state).toBe('succeeded')
    expect(remarks).toContain('scan 0.pdf matches no pattern of this source and is not read')
    expect(remarks).toContain(
      '999 more files, their names not told here, match no pattern of this source and are not read',
    )
    expect(remarks).toHaveLength(7)
    const drift = await warehouse.read((db) => listDrift(db, { source: 'communes' }))
    expect(drift).toMatchObject([{ field: '/(12 characters)', kind: 'new-field', found: ['null'] }])
    expect(await keptIn(warehouse)).not.toMatch(/trần thị|tran ?thi|tran_thi|72199001234/i)
  })

  test('a national code in another form groups nothing, is not kept, and is noted', async () => {
    const odd = ['0', ID, NAME, 'N-1', '000.00.19.H29-201118-0001']
    deployment = deploy({ tape: [{ id: 'tape', settings: { folder: 'tape' } }] })
    const national = (i: number) => odd[i % odd.length] ?? null
    const pages = [records(100, (i) => ({ national: national(i) }))]
    deployment.put('tape/dossier.json', JSON.stringify({ pages }))
    const { warehouse } = await open()
    await deployment.prepare(warehouse)
    expect(await deployment.syncOne(warehouse, 'tape')).toMatchObject({ state: 'succeeded', counts: { new: 100 } })
    const held = await dossiersOf(warehouse)
    expect(new Set(held.map((row) => row.national_code))).toEqual(new Set([null, odd[4]]))
    // one of the twenty that do say one dossier counts
    expect(held.filter((row) => row.counted)).toHaveLength(81)
    expect(await receivedOf(warehouse)).toBe(81)
    const notes = await warehouse.read((db) => db.selectFrom('note').select(['kind', 'detail']).execute())
    expect(notes).toHaveLength(80)
    expect(new Set(notes.map(({ kind, detail }) => `${kind} ${detail}`))).toEqual(
      new Set(
        ['0', '(12 characters)', '(10 characters)', '(3 characters)'].map((detail) => `national-code-form ${detail}`),
      ),
    )
    expect(await keptIn(warehouse)).not.toMatch(TRACES)
  })
})
