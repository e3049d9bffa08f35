/** The land office's one-stop database (cơ sở dữ liệu một cửa của ngành tài nguyên): see README.md. */
import {
  agencyIdentifier,
  agencyLocal,
  code,
  defineConnector,
  enumeration,
  flag,
  integer,
  procedureCode,
  type SqlConnection,
  sql,
  sqlInstant,
  verdict,
} from 'ioc-feed/connect'

const ZONE = 'Asia/Ho_Chi_Minh'
// Transactions of this system are open for up to 90 minutes; their rows then appear behind the newest.
const LOOKBACK = 'PT2H'

interface Settings {
  file?: string
  url?: string
}

const connect = ({ file, url }: Settings): SqlConnection =>
  url === undefined ? { dialect: 'sqlite', file: file ?? '' } : { dialect: 'postgres', url }

const date = sqlInstant(ZONE)

export default defineConnector<Settings>({
  name: 'land',
  settings: {
    type: 'object',
    additionalProperties: false,
    properties: {
      file: { type: 'string', minLength: 1, format: 'path', description: 'SQLite database, opened read-only' },
      url: { type: 'string', pattern: '^postgres(ql)?://', description: 'PostgreSQL, a user that may only read' },
    },
    oneOf: [{ required: ['file'] }, { required: ['url'] }],
  },
  streams: [
    {
      name: 'agency',
      entity: 'agency',
      schema: 'land/agency.schema.json',
      key: ['GroupCode'],
      order: 'arrival',
      sees: 'everything',
      deletes: 'never',
      map: {
        local: 'GroupCode',
        agency: { from: 'MaDinhDanh', as: agencyIdentifier() },
        name: 'TenNhom',
      },
      read: sql<Settings>({
        connect,
        rows: (db) => db.selectFrom('Groups').select(['GroupCode', 'MaDinhDanh', 'TenNhom', 'Catalog']),
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
      cursor: { from: 'field', field: 'NgayCapNhat', zone: ZONE, granularity: 'second', lookback: LOOKBACK },
      deletes: 'tombstones',
      map: {
        code: { from: 'MaHoSo', as: code() },
        nationalCode: 'MaHoSoQuocGia',
        procedure: { from: 'MaTTHC', as: procedureCode() },
        procedureLocal: 'MaTTHC',
        resolving: { from: 'NhomXuLy', as: agencyLocal() },
        channel: {
          from: 'KenhThucHien',
          as: enumeration({ '': 'counter', '1': 'counter', '2': 'online', '3': 'post' }),
        },
        status: { from: 'TrangThaiHoSoId', as: integer() },
        identity: { from: 'SoGiayTo', as: verdict() },
        submitted: { from: 'NgayNop', as: date },
        received: { from: 'NgayTiepNhan', as: date },
        due: { from: 'NgayHenTra', as: date },
        finished: { from: 'NgayKetThucXuLy', as: date },
        returned: { from: 'NgayTra', as: date },
        fee: { from: 'LePhi', as: integer() },
        digitised: { from: 'DuocSoHoa', as: flag() },
      },
      read: sql<Settings>({
        connect,
        rows: (db) =>
          db
            .selectFrom('HoSos')
            .select(['Id', 'MaHoSo', 'MaHoSoQuocGia', 'MaTTHC', 'NhomXuLy', 'KenhThucHien', 'TrangThaiHoSoId'])
            .select(['NgayNop', 'NgayTiepNhan', 'NgayHenTra', 'NgayKetThucXuLy', 'NgayTra'])
            .select(['TenChuHoSo', 'SoGiayTo', 'DienThoai', 'LePhi', 'DuocSoHoa', 'NgayCapNhat', 'DeletedOn']),
        unique: ['Id'],
        deleted: { column: 'DeletedOn' },
      }),
    },
  ],
})
