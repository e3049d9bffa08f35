/** The land office's one-stop database (cơ sở dữ liệu một cửa của ngành tài nguyên): see README.md. */
import * as kit from 'ioc-feed/connect'

const ZONE = 'Asia/Ho_Chi_Minh'

const config = kit.settings({
  file: kit.setting.optional(kit.setting.path('SQLite database, opened read-only')),
  url: kit.setting.optional(kit.setting.text('PostgreSQL, a user that may only read', '^postgres(ql)?://')),
})
const connect = ({ file = '', url }: { file?: string; url?: string }) =>
  url === undefined ? ({ dialect: 'sqlite', file } as const) : ({ dialect: 'postgres', url } as const)

export default kit.defineConnector({
  name: 'land',
  settings: { ...config, oneOf: [{ required: ['file'] }, { required: ['url'] }] },
  streams: [
    {
      name: 'agency',
      entity: 'agency',
      schema: 'land/agency.schema.json',
      key: ['GroupCode'],
      order: 'arrival',
      sees: 'everything',
      deletes: 'never',
      map: { local: 'GroupCode', agency: { from: 'MaDinhDanh', as: kit.agencyIdentifier() }, name: 'TenNhom' },
      read: kit.sql({
        connect,
        rows: (db, fields) => db.selectFrom('Groups').select(fields),
        unique: ['GroupCode'],
        deleted: null,
      }),
    },
    {
      name: 'dossier',
      entity: 'dossier',
      schema: 'land/dossier.schema.json',
      key: ['MaHoSo'],
      order: { field: 'NgayCapNhat', zone: ZONE },
      sees: 'changes',
      // transactions of this system are open for up to 90 minutes; their rows then appear behind the newest
      cursor: { from: 'field', field: 'NgayCapNhat', zone: ZONE, granularity: 'second', lookback: 'PT2H' },
      deletes: 'tombstones',
      map: { ...kit.nationalDossier(kit.sqlInstant(ZONE)), resolving: { from: 'NhomXuLy', as: kit.agencyLocal() } },
      read: kit.sql({
        connect,
        rows: (db, fields) => db.selectFrom('HoSos').select(fields),
        unique: ['Id'],
        deleted: { column: 'DeletedOn' },
      }),
    },
  ],
})
