/** A connector of which nothing is known but how it is reached: the national form of a dossier stands in for its records. */
import type { Field, Found } from './draft.ts'
import { pagingOf } from './json-body.ts'
import * as question from './questions.ts'
import { fromAnswer } from './rest-sample.ts'
import { soapSettings } from './wsdl.ts'

const text = (name: string, optional = false): Field => ({
  name,
  types: new Set(['string']),
  values: [],
  optional,
  longest: 0,
  personal: null,
  fields: null,
})
/** As dossiers are synchronised to the national portal (DongBoHoSoMC). */
const FIELDS: readonly Field[] = [
  ...['MaHoSo', 'MaTTHC', 'DonViXuLy', 'KenhThucHien', 'TrangThaiHoSo'].map((name) => text(name)),
  ...['NgayTiepNhan', 'NgayHenTra', 'NgayKetThucXuLy', 'NgayTra'].map(
    (name): Field => ({ ...text(name, true), says: 'date-time' }),
  ),
  text('ChuHoSo', true),
  text('SoGiayToChuHoSo', true),
]

export const BLANK_KINDS = ['rest', 'soap', 'sql', 'files'] as const
export type BlankKind = (typeof BLANK_KINDS)[number]

export function blank(kind: BlankKind, variable: string): Found {
  const url = { name: 'url', value: `\${env:${variable}_URL}` }
  if (kind === 'rest') {
    const paging = pagingOf({ body: { total: 2 }, records: [{}] }, [], undefined)
    return fromAnswer(
      { fields: FIELDS, records: 'data', paging: { ...paging, todos: [question.pagingSize(100)] } },
      { url: null, method: 'GET', headers: [] },
      '',
      variable,
    )
  }
  const common = { fields: FIELDS, records: 0, asks: 'not known yet', needs: 'not known yet' }
  if (kind === 'files')
    return {
      ...common,
      kind,
      fields: [...FIELDS, { ...text('$period'), says: 'date-time' }],
      settings: [
        {
          name: 'folder',
          code: "setting.path('folder into which the files are dropped')",
          value: 'drop',
          doc: 'folder into which the files are dropped',
        },
      ],
      todos: [question.dropKind(), question.encodingDoubt('utf-8')],
      sees: 'changes',
      read: ({ key, map }) => `files<ConfigOf<typeof settings>>({
  from: ({ folder }) => folder,
  patterns: [
    // TODO files
    { match: /^hoso_(?<period>\\d{6})\\.csv$/i, drop: 'full', format: 'csv', encoding: 'utf-8', delimiter: ';' },
  ],
  columns: [${[...new Set([...key, ...map.flatMap(({ from }) => from)])]
    .filter((name) => name !== '$period')
    .map((name) => `'${name}'`)
    .join(', ')}],
})`,
    }
  if (kind === 'sql')
    return {
      ...common,
      kind,
      settings: [
        {
          ...url,
          code: "setting.secret('address of the database, with a user that may only read')",
          doc: 'address of the database, with a user that may only read',
        },
      ],
      todos: [question.sqlUnique(['MaHoSo'])],
      cursor: true,
      read: () => `sql<ConfigOf<typeof settings>>({
  connect: ({ url }) => ({ dialect: 'postgres', url }),
  rows: (db) => db.selectFrom('HoSo').selectAll(),
  // TODO read
  unique: ['MaHoSo'],
  deleted: null,
})`,
    }
  return {
    ...common,
    kind,
    settings: soapSettings(variable),
    todos: [
      question.soapAsk(
        'which namespace, operations and elements does the service have? Give its .wsdl to have them written',
        'dịch vụ có namespace, thao tác và phần tử nào? Đưa tệp .wsdl để được ghi sẵn',
      ),
    ],
    sees: 'new-only',
    read: () => `soap<ConfigOf<typeof settings>>({
  url: ({ url }) => url,
  // TODO read
  namespace: 'urn:hoso',
  header: ({ username, password }) => ({ username, password }),
  row: 'HoSo',
  list: 'DanhSach',
  unauthorized: ({ message }) => /tài khoản|mật khẩu/i.test(message),
  windows: {
    operation: 'TraCuuHoSo',
    body: ({ from, last }) => ({ TuNgay: String(from), DenNgay: String(last) }),
    days: 31,
    zone: ZONE,
    start: ({ start }) => start,
    lookback: 7,
  },
  byKey: { operation: 'LayHoSo', body: ([key = '']) => ({ MaHoSo: key }), together: 2 },
})`,
  }
}
