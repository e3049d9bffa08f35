/** The department of justice's system (Sở Tư pháp): a SOAP service that answers only by date received. */
import * as kit from 'ioc-feed/connect'

const ZONE = 'Asia/Ho_Chi_Minh'
/** dd/MM/yyyy */
const written = (day: Temporal.PlainDate) => day.toString().split('-').reverse().join('/')

const settings = kit.settings({
  url: kit.setting.url('address of the service'),
  username: kit.setting.text(),
  password: kit.setting.secret(),
  start: kit.setting.day('first day received that is asked for'),
})
type Config = kit.ConfigOf<typeof settings>

export default kit.defineConnector({
  name: 'judicial',
  settings,
  streams: [
    {
      name: 'dossier',
      entity: 'dossier',
      schema: 'judicial/dossier.schema.json',
      key: ['MaHoSo'],
      order: 'arrival',
      sees: 'new-only',
      deletes: 'never',
      // the service writes local time and marks it Z
      map: kit.nationalDossier(kit.isoInstant({ zone: ZONE, falseZ: true })),
      read: kit.soap<Config>({
        url: ({ url }) => url,
        namespace: 'urn:hoso:mau',
        header: ({ username, password }) => ({ TaiKhoan: username, MatKhau: password }),
        row: 'HoSo',
        list: 'DanhSach',
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
