/** The department of justice's system (Sở Tư pháp): a SOAP service that answers only by date received. */
import {
  agencyName,
  code,
  defineConnector,
  enumeration,
  flag,
  integer,
  isoInstant,
  procedureCode,
  soap,
  text,
  verdict,
} from 'ioc-feed/connect'

interface Settings {
  url: string
  username: string
  password: string
  start: string
}

const ZONE = 'Asia/Ho_Chi_Minh'
/** The service writes local time and marks it Z. */
const day = isoInstant({ zone: ZONE, falseZ: true })
const two = (value: number) => String(value).padStart(2, '0')
const written = ({ day, month, year }: { day: number; month: number; year: number }) =>
  `${two(day)}/${two(month)}/${year}`

export default defineConnector<Settings>({
  name: 'judicial',
  settings: {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    additionalProperties: false,
    required: ['url', 'username', 'password', 'start'],
    properties: {
      url: { type: 'string', format: 'uri', pattern: '^https?://', description: 'address of the service' },
      username: { type: 'string', minLength: 1 },
      password: { type: 'string', minLength: 1 },
      start: { type: 'string', format: 'date', description: 'first day received that is asked for' },
    },
  },
  streams: [
    {
      name: 'dossier',
      entity: 'dossier',
      schema: 'judicial/dossier.schema.json',
      key: ['MaHoSo'],
      order: 'arrival',
      sees: 'new-only',
      deletes: 'never',
      map: {
        code: { from: 'MaHoSo', as: code() },
        nationalCode: { from: 'MaHoSoQuocGia', as: text() },
        procedure: { from: 'MaTTHC', as: procedureCode() },
        procedureLocal: { from: 'MaTTHC', as: text() },
        resolving: { from: 'DonViXuLy', as: agencyName() },
        channel: { from: 'KenhThucHien', as: enumeration({ '': 'counter', 1: 'counter', 2: 'online', 3: 'post' }) },
        status: {
          from: 'TrangThaiHoSo',
          as: enumeration({ 1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 6, 7: 7, 8: 8, 9: 9, 10: 10 }),
        },
        identity: { from: 'SoGiayTo', as: verdict() },
        submitted: { from: 'NgayNop', as: day },
        received: { from: 'NgayTiepNhan', as: day },
        due: { from: 'NgayHenTra', as: day },
        finished: { from: 'NgayKetThucXuLy', as: day },
        returned: { from: 'NgayTra', as: day },
        refused: { from: 'NgayTuChoi', as: day },
        fee: { from: 'LePhi', as: integer() },
        paidOnline: {
          from: 'DuocThanhToanTrucTuyen',
          as: enumeration({ 0: 'none', 1: 'national', 2: 'gateway', 3: 'other' }),
        },
        digitised: { from: 'HoSoCoThanhPhanSoHoa', as: flag() },
      },
      read: soap({
        url: ({ url }) => url,
        namespace: 'urn:hoso:mau',
        header: ({ username, password }) => ({ TaiKhoan: username, MatKhau: password }),
        row: 'HoSo',
        list: 'DanhSach',
        key: ['MaHoSo'],
        unauthorized: ({ message }) => /tài khoản|mật khẩu/i.test(message),
        windows: {
          operation: 'TraCuuHoSo',
          body: ({ from, last }) => ({ TuNgay: written(from), DenNgay: written(last) }),
          days: 31,
          zone: ZONE,
          start: ({ start }) => start,
          // clerks enter paper dossiers up to a week after they were received
          lookback: 7,
        },
        byKey: { operation: 'LayHoSo', body: ([key = '']) => ({ MaHoSo: key }), together: 4 },
      }),
    },
  ],
})
