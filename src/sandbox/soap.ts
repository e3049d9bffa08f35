/**
 * One department's SOAP 1.1 service, made up: answers only by date received, at most 31 days at a time; faults come with HTTP 200;
 * local time is wrongly marked Z; a result of one row is a single element, none is an empty one.
 */
import { XMLParser } from 'fast-xml-parser'
import { DAY, falseZulu, parseDay } from './dates.ts'
import type { Call, Reply } from './http.ts'
import {
  agencyName,
  type DossierState,
  type Holding,
  holdingsOf,
  identityOf,
  localProcedureCode,
  procedureCode,
  procedureName,
  registeredAt,
  stateAt,
} from './view.ts'
import type { World } from './world-types.ts'

export const LONGEST_WINDOW_DAYS = 31
const NAMESPACE = 'urn:hoso:mau'

export function soapService(world: World): (call: Call) => Reply {
  const held = holdingsOf(world, 'judicial')
  const fieldCodes = new Map(
    [...new Set(world.procedures.map((one) => one.fieldCode))].map((code, i) => [code, String(i + 1).padStart(4, '0')]),
  )
  const rows = (shown: readonly Holding[], now: number): string =>
    shown
      .flatMap((holding) => {
        const state = stateAt(holding, now)
        if (!state) return []
        const row = rowOf(holding, state, fieldCodes.get(holding.procedure?.fieldCode ?? '') ?? '0000')
        return holding.dossier.dirt === 'doubled-row' ? [row, row] : [row]
      })
      .join('')

  return (call) => {
    const { header, body } = parseEnvelope(call.body)
    if (!body) return fault('Client', 'Thông điệp SOAP không đúng')
    if (header.TaiKhoan !== 'ioc' || header.MatKhau !== 'sandbox-secret')
      return fault('Client', 'Sai tài khoản hoặc mật khẩu')
    if (body.TraCuuHoSo) {
      const from = parseDay(body.TraCuuHoSo.TuNgay ?? '')
      const to = parseDay(body.TraCuuHoSo.DenNgay ?? '')
      if (from === null || to === null) return fault('Client', 'TuNgay, DenNgay phải có dạng dd/MM/yyyy')
      if (to < from) return fault('Client', 'DenNgay trước TuNgay')
      if ((to - from) / DAY + 1 > LONGEST_WINDOW_DAYS) {
        return fault('Client', `Khoảng tra cứu vượt quá ${LONGEST_WINDOW_DAYS} ngày`)
      }
      const within = held.filter((holding) => {
        const at = registeredAt(holding.dossier)
        return at >= from && at < to + DAY && at <= call.now
      })
      return result('TraCuuHoSo', call.empty ? '' : rows(within, call.now))
    }
    if (body.LayHoSo) {
      const code = body.LayHoSo.MaHoSo ?? ''
      const one = held.filter((holding) => holding.code === code && holding.dossier.dirt !== 'missing-key')
      return result('LayHoSo', call.empty ? '' : rows(one, call.now))
    }
    return fault('Client', 'Không có nghiệp vụ này')
  }
}

interface Operations {
  TraCuuHoSo?: Record<string, string>
  LayHoSo?: Record<string, string>
}

const parser = new XMLParser({ removeNSPrefix: true, parseTagValue: false, ignoreAttributes: true })

function parseEnvelope(raw: Buffer): { header: Record<string, string>; body: Operations | null } {
  try {
    const envelope = (parser.parse(raw.toString('utf8')) as { Envelope?: { Header?: unknown; Body?: unknown } })
      .Envelope
    const body = envelope?.Body
    return {
      header: (typeof envelope?.Header === 'object' ? envelope.Header : {}) as Record<string, string>,
      body: typeof body === 'object' ? (body as Operations) : null,
    }
  } catch {
    return { header: {}, body: null } // what is no XML gets the same fault as any other wrong message
  }
}

function rowOf(holding: Holding, state: DossierState, fieldCode: string): string {
  const { dossier } = holding
  const { applicant } = dossier
  const date = (at: number | null): string => (at === null ? '' : falseZulu(at))
  const received =
    dossier.dirt === 'impossible-date'
      ? '2024-13-05T09:30:00Z'
      : dossier.dirt === 'future-date'
        ? '2099-03-15T09:30:00Z'
        : date(state.receivedAt)
  const values: Record<string, string> = {
    MaHoSo: dossier.dirt === 'missing-key' ? '' : holding.code,
    MaHoSoQuocGia: dossier.dirt === 'missing-key' ? '' : dossier.nationalCode,
    MaTTHC: localProcedureCode(procedureCode(holding)),
    TenTTHC: procedureName(holding),
    MaLinhVuc: fieldCode,
    TenLinhVuc: holding.procedure?.fieldName ?? '',
    DonViXuLy: agencyName(holding),
    KenhThucHien: String(dossier.channel),
    ChuHoSo: applicant.name,
    SoGiayTo: identityOf(dossier),
    DienThoai: applicant.phone,
    Email: applicant.email,
    DiaChi: applicant.address,
    TrichYeuHoSo: dossier.summary,
    NgayNop: falseZulu(dossier.submittedAt),
    NgayTiepNhan: received,
    NgayHenTra: date(state.dueAt),
    NgayTuChoi: date(state.refusedAt),
    NgayKetThucXuLy: date(state.finishedAt),
    NgayTra: date(state.returnedAt),
    TrangThaiHoSo: String(state.status),
    LePhi: String(dossier.feeVnd),
    DuocThanhToanTrucTuyen: String(dossier.paidOnline),
    HoSoCoThanhPhanSoHoa: dossier.digitised ? '1' : '0',
  }
  const xml = Object.entries(values)
    .map(([name, value]) => (value === '' ? `<${name}/>` : `<${name}>${escaped(value)}</${name}>`))
    .join('')
  return `<HoSo>${dossier.dirt === 'nfd-text' ? xml.normalize('NFD') : xml}</HoSo>`
}

const result = (operation: string, rows: string): Reply =>
  envelope(
    `<${operation}Response xmlns="${NAMESPACE}"><${operation}Result>${rows === '' ? '<DanhSach/>' : `<DanhSach>${rows}</DanhSach>`}</${operation}Result></${operation}Response>`,
  )

const fault = (code: 'Client' | 'Server', message: string): Reply =>
  envelope(`<soap:Fault><faultcode>soap:${code}</faultcode><faultstring>${escaped(message)}</faultstring></soap:Fault>`)

const envelope = (body: string): Reply => ({
  status: 200,
  type: 'text/xml; charset=utf-8',
  body: `<?xml version="1.0" encoding="utf-8"?>\n<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>${body}</soap:Body></soap:Envelope>`,
})

const escaped = (value: string): string =>
  value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
