/** The provincial one-stop system (hệ thống một cửa): dossiers as they are synchronised to the national portal, and people's ratings. */
import {
  agencyName,
  code,
  compactInstant,
  compactTime,
  defineConnector,
  enumeration,
  flag,
  integer,
  oauth2ClientCredentials,
  pick,
  procedureCode,
  quoted,
  type RestDeclaration,
  rest,
  text,
  verdict,
} from 'ioc-feed/connect'
import { anyFlag, anyText, firstOf, sumOf, supplements } from './converters.ts'

interface Settings {
  url: string
  clientId: string
  clientSecret: string
}

const ZONE = 'Asia/Ho_Chi_Minh'
/** The filter rests on a time of change that records do not carry; what is committed late shows up within two hours. */
const CURSOR = { from: 'server-clock', lookback: 'PT2H' } as const

/** `0` and `00`, as text or number, are both success in this family of systems. */
function guard(body: unknown): string | undefined {
  const given = String(pick(body, 'error_code') ?? 'no error_code')
  return /^0+$/.test(given) ? undefined : `error_code ${quoted(given)}: ${quoted(pick(body, 'message'))}`
}

const list = (path: string, since: string): RestDeclaration<Settings> => ({
  base: ({ url }) => url,
  auth: oauth2ClientCredentials({
    path: '/oauth/token',
    send: 'body',
    credentials: ({ clientId, clientSecret }) => ({ id: clientId, secret: clientSecret }),
  }),
  request: () => ({ path }),
  guard,
  records: 'data',
  paging: {
    kind: 'page-number',
    parameter: 'trang',
    from: 1,
    size: { parameter: 'kichThuoc', rows: 500 },
    total: 'tongSo',
    // 5,000 × 500 rows: five years of a large province
    maxPages: 5_000,
    seams: 'probe',
  },
  since: { parameter: since, zone: ZONE, write: compactTime, first: () => undefined },
})

const day = compactInstant(ZONE)

export default defineConnector<Settings>({
  name: 'one-stop',
  settings: {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    additionalProperties: false,
    required: ['url', 'clientId', 'clientSecret'],
    properties: {
      url: { type: 'string', format: 'uri', pattern: '^https?://', description: 'address of the system, without /api' },
      clientId: { type: 'string', minLength: 1 },
      clientSecret: { type: 'string', minLength: 1 },
    },
  },
  streams: [
    {
      name: 'dossier',
      entity: 'dossier',
      schema: 'one-stop/dossier.schema.json',
      key: ['MaHoSo'],
      order: 'arrival',
      sees: 'changes',
      cursor: CURSOR,
      deletes: 'never',
      map: {
        code: { from: 'MaHoSo', as: code() },
        nationalCode: { from: ['MaHoSoKhac', 'MaHoSo'], as: firstOf() },
        procedure: { from: 'MaTTHC', as: procedureCode() },
        procedureLocal: { from: 'MaTTHC', as: text() },
        resolving: { from: 'DonViXuLy', as: agencyName() },
        // an empty channel means the counter (QĐ 766, indicator 3.3)
        channel: { from: 'KenhThucHien', as: enumeration({ '': 'counter', 1: 'counter', 2: 'online', 3: 'post' }) },
        status: {
          from: 'TrangThaiHoSo',
          as: enumeration({ 1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 6, 7: 7, 8: 8, 9: 9, 10: 10 }),
        },
        applicantKind: {
          from: 'LoaiDoiTuong',
          as: enumeration({ 1: 'citizen', 2: 'enterprise', 3: 'state', 4: 'other' }),
        },
        identity: { from: 'SoGiayToChuHoSo', as: verdict() },
        submitted: { from: 'NgayNopHoSo', as: day },
        received: { from: 'NgayTiepNhan', as: day },
        due: { from: 'NgayHenTra', as: day },
        finished: { from: 'NgayKetThucXuLy', as: day },
        returned: { from: 'NgayTra', as: day },
        refused: { from: 'NgayTuChoi', as: day },
        supplements: { from: 'DanhSachHoSoBoSung', as: supplements(ZONE) },
        fee: { from: 'DanhSachLePhi', as: sumOf('Gia') },
        paidOnline: {
          from: 'DuocThanhToanTrucTuyen',
          as: enumeration({ 0: 'none', 1: 'national', 2: 'gateway', 3: 'other' }),
        },
        digitised: { from: 'TaiLieuNop', as: anyFlag('DuocSoHoa') },
        reused: { from: 'HoSoCoThanhPhanSoHoa', as: flag() },
        vneid: { from: 'TaiKhoanDuocXacThucVoiVNeID', as: flag() },
        electronicResult: { from: 'DanhSachGiayToKetQua', as: anyText('DuongDanTepTinKetQua') },
        delivery: { from: 'HinhThuc', as: enumeration({ 0: 'counter', 1: 'post', 2: 'online' }) },
      },
      read: rest(list('/api/ho-so', 'thayDoiTu')),
    },
    {
      name: 'feedback',
      entity: 'feedback',
      schema: 'one-stop/feedback.schema.json',
      key: ['MaDanhGia'],
      order: 'arrival',
      sees: 'changes',
      cursor: CURSOR,
      deletes: 'never',
      map: {
        code: { from: 'MaDanhGia', as: code() },
        dossier: { from: 'MaHoSo', as: code() },
        rated: { from: 'NgayDanhGia', as: day },
        score: { from: 'MucDo', as: integer() },
      },
      read: rest(list('/api/danh-gia', 'tuNgay')),
    },
  ],
})
