/** Identifiers, numbers and days as they stand at the source, through every kind of source. */
import { join } from 'node:path'
import iconv from 'iconv-lite'
import pg from 'pg'
import { afterEach, expect, it } from 'vitest'
import writeExcelFile from 'write-excel-file/node'
import { serve } from '../support/loopback.ts'
import { at } from '../support/pages.ts'
import { onDialects, throwaway } from '../support/warehouse.ts'
import { type Deployment, deploy, dossiersOf, openQuarantine } from './deployment.ts'
import { AGENCY, anyCode, soapRow, soapService, stopRow } from './sources.ts'

let deployment: Deployment
afterEach(() => deployment.remove())

const HEADER =
  'Mã hồ sơ;Mã TTHC;Tên TTHC;Đơn vị;Huyện;Kênh;Người nộp;Số CCCD;Điện thoại;Ngày nộp;Ngày tiếp nhận;Ngày hẹn trả;Ngày kết thúc;Ngày trả;Trạng thái;Lệ phí;Tỷ lệ số hóa;Thanh toán trực tuyến;Đã số hóa'
const line = (code: string, more: Record<string, string> = {}) =>
  HEADER.split(';')
    .map((name) => ({ ...LINE, 'Mã hồ sơ': code, ...more })[name] ?? '')
    .join(';')
const LINE: Record<string, string> = {
  'Mã TTHC': '1.000001',
  'Tên TTHC': 'Đăng ký khai sinh',
  'Đơn vị': 'Xã Tân Lập',
  Huyện: 'Huyện Tân Biên',
  Kênh: 'Trực tuyến',
  'Ngày tiếp nhận': '04/11/2024',
  'Trạng thái': 'Đang xử lý',
  'Lệ phí': '1.622',
  'Đã số hóa': 'x',
}
/** windows-1258 writes the five tones as characters of their own */
const TONES = ['\u0300', '\u0301', '\u0303', '\u0309', '\u0323']
const tonesApart = (text: string) =>
  text.normalize('NFD').replace(/(\p{L})(\p{M}+)/gu, (_, letter: string, marks: string) => {
    const tones = [...marks].filter((mark) => TONES.includes(mark)).join('')
    return (letter + [...marks].filter((mark) => !TONES.includes(mark)).join('')).normalize('NFC') + tones
  })

onDialects(['sqlite'], 'lossless', (open) => {
  it('HAZARD 18: a number of 17 digits and a leading zero in JSON stay as they are', async () => {
    const { warehouse } = await open()
    const body = JSON.stringify({ error_code: 0, tongSo: 3, data: [stopRow('N1'), stopRow('0006'), stopRow('0E68')] })
    const server = await serve(({ path }, response) => {
      if (path === '/oauth/token') return { access_token: 'made-up', token_type: 'Bearer', expires_in: 300 }
      if (path !== '/api/ho-so') return { error_code: '0', tongSo: '0', data: [] }
      // as a number, which no double can hold
      response.setHeader('content-type', 'application/json').end(body.replace('"N1"', '15793596808644609'))
    })
    const settings = { url: server.url, clientId: 'made-up', clientSecret: 'made-up' }
    deployment = deploy({ 'one-stop': [{ id: 'one-stop', settings }] }, anyCode('one-stop/dossier', 'MaHoSo'))
    await deployment.prepare(warehouse)
    expect((await deployment.syncOne(warehouse, 'one-stop')).state).toBe('succeeded')
    expect((await dossiersOf(warehouse)).map((row) => row.code).sort()).toEqual(['0006', '0E68', '15793596808644609'])
    await server.close()
  })

  it('HAZARD 18: XML codes 0006 and 0E68, and a single row where many are expected', async () => {
    const { warehouse } = await open()
    const server = await soapService()
    const settings = { url: server.url, username: 'a', password: 'b', start: '2024-09-01' }
    deployment = deploy({ judicial: [{ id: 'judicial', settings }] }, anyCode('judicial/dossier', 'MaHoSo'))
    await deployment.prepare(warehouse)
    server.rows = [
      { code: '0006', received: '2024-09-10T08:00:00' },
      {
        code: '0E68',
        received: '2024-11-04T00:00:00',
        xml: soapRow('0E68', '2024-11-04T00:00:00', '<LePhi>0015000</LePhi>'),
      },
      { code: '15793596808644609', received: '2024-11-04T23:59:59' },
    ]
    expect(await deployment.syncOne(warehouse, 'judicial')).toMatchObject({ state: 'succeeded', counts: { new: 3 } })
    expect((await dossiersOf(warehouse)).map((row) => [row.code, row.received_at, row.fee])).toEqual([
      ['0006', at('2024-09-10T08:00'), null],
      ['0E68', at('2024-11-04T00:00'), 15_000],
      ['15793596808644609', at('2024-11-04T23:59:59'), null],
    ])
    await server.close()
  })

  it('HAZARD 18: files in UTF-8 with BOM, windows-1258, TCVN3 and a workbook: the same rows, numbers and days', async () => {
    const { warehouse } = await open()
    const settings = { folder: 'drops', stableSeconds: 0, encodings: { 705: 'tcvn', 706: 'windows-1258' } }
    deployment = deploy({ communes: [{ id: 'communes', settings }] }, anyCode('communes/dossier', 'Mã hồ sơ'))
    await deployment.prepare(warehouse)
    const file = (...rows: string[]) => `${[HEADER, ...rows].join('\r\n')}\r\n`
    deployment.put('drops/hoso_704_202411.csv', `\uFEFF${file(line('0006'), line('0E68', { 'Lệ phí': '1.234,50' }))}`)
    deployment.put('drops/hoso_705_202411.csv', iconv.encode(file(line('T-0007')), 'tcvn'))
    deployment.put('drops/hoso_706_202411.csv', iconv.encode(tonesApart(file(line('W-0008'))), 'windows-1258'))
    const cells = HEADER.split(';').map((name) => ({ ...LINE, 'Mã hồ sơ': 'X-0009' })[name] ?? '')
    const serial = 45_600 // 2024-11-04
    const sheet = [
      HEADER.split(';'),
      cells.map((cell, i) => (HEADER.split(';')[i] === 'Ngày tiếp nhận' ? serial : cell)),
    ]
    await writeExcelFile(
      sheet.map((row) =>
        row.map((value) => (typeof value === 'number' ? { value, type: Number } : { value, type: String })),
      ) as never,
    ).toFile(join(deployment.home, 'drops', 'hoso_707_202411.xlsx'))
    const run = await deployment.syncOne(warehouse, 'communes')
    expect(run).toMatchObject({ state: 'partial', counts: { new: 4, quarantined: 1 } })
    const rows = await dossiersOf(warehouse)
    const day = at('2024-11-04T00:00')
    expect(
      rows.map((row) => [row.code, row.fee, row.received_at, row.received_precision, row.digitised, row.channel]),
    ).toEqual(['0006', 'T-0007', 'W-0008', 'X-0009'].map((code) => [code, 1622, day, 'day', 1, 'online']))
    // one agency, however it was written
    expect(new Set(rows.map((row) => row.resolving)).size).toBe(1)
    const [wrong] = await openQuarantine(warehouse)
    expect([wrong?.key, JSON.parse(wrong?.reasons ?? '')]).toEqual([
      '0E68',
      [expect.objectContaining({ path: '/Lệ phí', value: '1.234,50' })],
    ])
  })

  it('HAZARD 18: a PostgreSQL DATE is the same day, whatever the zone of the machine', async () => {
    const source = await throwaway('postgres')
    const client = new pg.Client({ connectionString: source.location })
    await client.connect()
    await client.query(`CREATE TABLE "Groups" ("GroupCode" text, "MaDinhDanh" text, "TenNhom" text, "Catalog" text);
      INSERT INTO "Groups" VALUES ('G1', 'H53.07', '${AGENCY}', 'x');
      CREATE TABLE "HoSos" ("Id" bigint PRIMARY KEY, "MaHoSo" text, "MaHoSoQuocGia" text, "MaTTHC" text, "NhomXuLy" text, "KenhThucHien" text,
        "TrangThaiHoSoId" int, "NgayNop" date, "NgayTiepNhan" date, "NgayHenTra" date, "NgayKetThucXuLy" timestamp, "NgayTra" timestamp,
        "TenChuHoSo" text, "SoGiayTo" text, "DienThoai" text, "LePhi" bigint, "DuocSoHoa" int, "NgayCapNhat" timestamp, "DeletedOn" timestamp);
      INSERT INTO "HoSos" VALUES (15793596808644609, '0006', NULL, '1.000001', 'G1', '2', 4, '2024-11-03', '2024-11-04', '2024-11-11', NULL, NULL,
        NULL, NULL, NULL, 15000, 0, '2024-11-04 00:00:00', NULL)`)
    await client.end()
    const settings = { url: source.location }
    deployment = deploy({ land: [{ id: 'land', settings }] })
    for (const zone of ['Asia/Ho_Chi_Minh', 'America/New_York', 'UTC']) {
      const { warehouse, location } = await open()
      await deployment.prepare(warehouse)
      const ended = await deployment.start(['sync', 'land', '--warehouse', location], { TZ: zone }).ended
      expect([zone, ended.code, ended.stderr]).toEqual([zone, 0, ''])
      expect(
        (await dossiersOf(warehouse)).map((row) => [
          row.code,
          row.submitted_at,
          row.received_at,
          row.received_precision,
          row.fee,
        ]),
      ).toEqual([['0006', at('2024-11-03T00:00'), at('2024-11-04T00:00'), 'day', 15_000]])
    }
    await source.remove()
  })
})
