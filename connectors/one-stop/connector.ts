/** The provincial one-stop system (hệ thống một cửa): dossiers as they are synchronised to the national portal, and people's ratings. */
import * as kit from 'ioc-feed/connect'

const ZONE = 'Asia/Ho_Chi_Minh'
const day = kit.compactInstant(ZONE)
const settings = kit.settings({
  url: kit.setting.url('address of the system, without /api'),
  clientId: kit.setting.text(),
  clientSecret: kit.setting.secret(),
})

/** The filter rests on a time of change that records do not carry; what is committed late shows up within two hours. */
const cursor = { from: 'server-clock', lookback: 'PT2H' } as const

const list = (path: string, parameter: string) =>
  kit.rest<kit.ConfigOf<typeof settings>>({
    base: ({ url }) => url,
    auth: kit.oauth2ClientCredentials({
      path: '/oauth/token',
      send: 'body',
      credentials: ({ clientId, clientSecret }) => ({ id: clientId, secret: clientSecret }),
    }),
    request: { path },
    guard: kit.success('error_code', /^0+$/, 'message'),
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
    since: { parameter, zone: ZONE, write: kit.compactTime, first: () => undefined },
  })

export default kit.defineConnector({
  name: 'one-stop',
  settings,
  streams: [
    {
      name: 'dossier',
      entity: 'dossier',
      schema: 'one-stop/dossier.schema.json',
      key: ['MaHoSo'],
      order: 'arrival',
      sees: 'changes',
      cursor,
      deletes: 'never',
      map: { ...kit.nationalDossier(day), reused: { from: 'HoSoCoThanhPhanSoHoa', as: kit.flag() } },
      read: list('/api/ho-so', 'thayDoiTu'),
    },
    {
      name: 'feedback',
      entity: 'feedback',
      schema: 'one-stop/feedback.schema.json',
      key: ['MaDanhGia'],
      order: 'arrival',
      sees: 'changes',
      cursor,
      deletes: 'never',
      map: {
        code: { from: 'MaDanhGia', as: kit.code() },
        dossier: { from: 'MaHoSo', as: kit.code() },
        rated: { from: 'NgayDanhGia', as: day },
        score: { from: 'MucDo', as: kit.integer() },
      },
      read: list('/api/danh-gia', 'tuNgay'),
    },
  ],
})
