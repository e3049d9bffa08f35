/** Departmental systems made by hand for one hazard each, in the form of the shipped connectors. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { CHECKOUT } from '../../src/config.ts'
import { type Loopback, serve } from '../support/loopback.ts'

export const AGENCY = 'Sở Công Thương'
/** A dossier code in the national form, as the shipped schemas want it. */
export const code = (n: number, series = 241_104): string => `H53.07-${series}-${String(n).padStart(5, '0')}`
/** The schema of a shipped connector for a department whose dossier codes have another form: any text. */
export function anyCode(schema: string, field: string): Record<string, string> {
  const path = `schemas/sources/${schema}.schema.json`
  const read = JSON.parse(readFileSync(join(CHECKOUT, path), 'utf8')) as { properties: Record<string, object> }
  return {
    [path]: JSON.stringify({
      ...read,
      properties: { ...read.properties, [field]: { type: 'string', minLength: 1, maxLength: 100 } },
    }),
  }
}

/** The land office's database: rows are `[id, code, changed, more]`. */
export type LandRow = readonly [
  id: number,
  code: string,
  changed: string | null,
  more?: Readonly<Record<string, string | number | null>>,
]
export function landFile(file: string): { put(rows: readonly LandRow[]): void; close(): void } {
  const db = new Database(file)
  db.pragma('journal_mode = WAL')
  db.exec(`CREATE TABLE Groups (GroupCode TEXT, MaDinhDanh TEXT, TenNhom TEXT, Catalog TEXT);
    INSERT INTO Groups VALUES ('G1', 'H53.07', '${AGENCY}', 'x');
    CREATE TABLE HoSos (Id INTEGER PRIMARY KEY, MaHoSo TEXT, MaHoSoQuocGia TEXT, MaTTHC TEXT, NhomXuLy TEXT, KenhThucHien TEXT,
      TrangThaiHoSoId INTEGER, NgayNop TEXT, NgayTiepNhan TEXT, NgayHenTra TEXT, NgayKetThucXuLy TEXT, NgayTra TEXT,
      TenChuHoSo TEXT, SoGiayTo TEXT, DienThoai TEXT, LePhi INTEGER, DuocSoHoa INTEGER, NgayCapNhat TEXT, DeletedOn TEXT);
    CREATE INDEX changed ON HoSos (NgayCapNhat, Id)`)
  const insert =
    db.prepare(`INSERT OR REPLACE INTO HoSos (Id, MaHoSo, MaTTHC, NhomXuLy, KenhThucHien, TrangThaiHoSoId, NgayTiepNhan, NgayCapNhat, DeletedOn)
    VALUES (@id, @code, '1.000001', 'G1', '2', @status, @received, @changed, @deleted)`)
  return {
    put: (rows) =>
      db.transaction(() => {
        for (const [id, code, changed, more] of rows)
          insert.run({ id, code, changed, status: 4, received: '2024-11-04 08:00:00', deleted: null, ...more })
      })(),
    close: () => void db.close(),
  }
}

export interface StopRow {
  MaHoSo: string
  /** epoch ms at which the server knew of the change; not in the record */
  changedAt?: number
  [field: string]: unknown
}
export interface OneStop extends Loopback {
  rows: StopRow[]
  /** server time, epoch ms */
  now: number
  /** instead of the page: an object is sent as JSON, a text as it is, undefined: as usual */
  spoil: (page: number, size: number) => unknown
  /** called before each page that is asked for */
  before: (page: number, size: number) => void
  /** whether a change at the very second that is asked for is included */
  inclusive: boolean
}

/** The one-stop REST system: pages by number over `rows` in their order. */
export async function oneStop(): Promise<OneStop> {
  const state = {
    rows: [] as StopRow[],
    now: Date.UTC(2024, 11, 2, 1),
    spoil: (): unknown => undefined,
    before: () => {},
    inclusive: true,
  } as Omit<OneStop, keyof Loopback>
  const server = await serve(({ path, query }, response) => {
    response.setHeader('x-sample-time', String(state.now))
    if (path === '/oauth/token') return { access_token: 'made-up', token_type: 'Bearer', expires_in: 300 }
    if (path !== '/api/ho-so') return { error_code: '0', tongSo: '0', data: [] }
    const [page, size] = [Number(query.get('trang')), Number(query.get('kichThuoc'))]
    state.before(page, size)
    const spoilt = state.spoil(page, size)
    if (spoilt !== undefined) {
      if (typeof spoilt === 'string') response.setHeader('content-type', 'text/html')
      return spoilt
    }
    const since = query.get('thayDoiTu')
    const found = state.rows.filter((row) => since === null || isSince(row.changedAt ?? 0, since, state.inclusive))
    const data = found.slice((page - 1) * size, page * size).map(({ changedAt: _, ...row }) => row)
    return { error_code: '0', tongSo: String(found.length), data }
  })
  return bound(server, state)
}

/** One object whose further fields are those of `state`, so that a test can change what the server does. */
function bound<State extends object>(server: Loopback, state: State): Loopback & State {
  for (const name of Object.keys(state) as (keyof State)[])
    Object.defineProperty(server, name, {
      get: () => state[name],
      set: (value: State[keyof State]) => {
        state[name] = value
      },
    })
  return server as Loopback & State
}

const HANOI = 7 * 3_600_000
const second = (ms: number): string =>
  new Date(ms + HANOI)
    .toISOString()
    .replace(/\.\d+Z$/, '')
    .replaceAll(/\D/g, '')
const isSince = (changed: number, since: string, inclusive: boolean) =>
  inclusive ? second(changed) >= since : second(changed) > since

export const stopRow = (code: string, more: Record<string, unknown> = {}): StopRow => ({
  MaHoSo: code,
  MaTTHC: '1.000001',
  DonViXuLy: AGENCY,
  TrangThaiHoSo: '4',
  NgayTiepNhan: '20241104080000',
  ...more,
})
export const stopRows = (count: number, series = 241_104): StopRow[] =>
  Array.from({ length: count }, (_, i) => stopRow(code(i, series)))

export interface Soap extends Loopback {
  rows: { code: string; received: string; xml?: string }[]
  /** the last day of a window is included, or is the day after it */
  end: 'inclusive' | 'exclusive'
  fault: string | null
  /** in place of the operation's answer */
  body: string | null
}
/** The SOAP service that answers only by date received; `received` is local time `yyyy-MM-ddTHH:mm:ss[.fff]`. */
export async function soapService(): Promise<Soap> {
  const state: Omit<Soap, keyof Loopback> = { rows: [], end: 'inclusive', fault: null, body: null }
  const server = await serve(({ body }, response) => {
    response.setHeader('content-type', 'text/xml; charset=utf-8')
    if (state.fault !== null)
      return envelope(
        `<soap:Fault><faultcode>soap:Server</faultcode><faultstring>${state.fault}</faultstring></soap:Fault>`,
      )
    if (state.body !== null) return envelope(state.body)
    const field = (name: string) => new RegExp(`<(?:\\w+:)?${name}>([^<]*)<`).exec(body)?.[1] ?? ''
    const day = (text: string) => text.split('/').reverse().join('-')
    const [from, to, code] = [day(field('TuNgay')), day(field('DenNgay')), field('MaHoSo')]
    const found = state.rows.filter((row) => {
      if (code !== '') return row.code === code
      const on = row.received.slice(0, 10)
      return on >= from && (state.end === 'inclusive' ? on <= to : on < to)
    })
    const rows = found.map(({ code, received, xml }) => xml ?? soapRow(code, received)).join('')
    const operation = code === '' ? 'TraCuuHoSo' : 'LayHoSo'
    return envelope(
      `<${operation}Response xmlns="urn:hoso:mau"><${operation}Result><DanhSach>${rows}</DanhSach></${operation}Result></${operation}Response>`,
    )
  })
  return bound(server, state)
}
/** Local time is wrongly marked Z, as this family of products does. */
export const soapRow = (code: string, received: string, more = ''): string =>
  `<HoSo><MaHoSo>${code}</MaHoSo><MaTTHC>1.000001</MaTTHC><DonViXuLy>${AGENCY}</DonViXuLy><NgayTiepNhan>${received}Z</NgayTiepNhan><TrangThaiHoSo>4</TrangThaiHoSo>${more}</HoSo>`
const envelope = (body: string) =>
  `<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>${body}</soap:Body></soap:Envelope>`
