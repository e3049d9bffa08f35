/**
 * Code lists of the national portal (DVCQG): dossiers as they are synchronised to it (DongBoHoSoMC) and the catalogue of procedures. Each
 * takes the code or the Vietnamese words, whatever their case and tone position; `also` adds a system's own words. The words are those of
 * data/reference/code-lists.json (a test compares).
 */
import { agencyAnyCode } from './agencies.ts'
import { asText, type Converter, enumeration, type Instant, isRejection, type Rejection } from './converters.ts'
import { each, type Item, itemsIn, ofList, required } from './converters-list.ts'

type Table<Value> = Readonly<Record<string, Value>>
interface Also<Value> {
  /** further words of this system → value; they win over the national ones */
  also?: Table<Value>
}
const national = <Value extends string | number>(
  name: string,
  said: string,
  table: Table<Value>,
  also: Table<Value> = {},
) => ({
  ...enumeration({ ...table, ...also }, { fold: true }),
  name,
  doc: said,
})

export const STATUS: Table<number> = {
  ...Object.fromEntries(Array.from({ length: 10 }, (_, i) => [String(i + 1), i + 1])),
  'Mới đăng ký': 1,
  'Được tiếp nhận': 2,
  'Không được tiếp nhận': 3,
  'Đang xử lý': 4,
  'Yêu cầu bổ sung giấy tờ': 5,
  'Yêu cầu thực hiện nghĩa vụ tài chính': 6,
  'Công dân yêu cầu rút hồ sơ': 7,
  'Dừng xử lý': 8,
  'Đã xử lý xong': 9,
  'Đã trả kết quả': 10,
}
/** TrangThaiHoSo 1–10, as code or words → 1–10. */
export const nationalStatus = ({ also }: Also<number> = {}): Converter =>
  national('nationalStatus', 'TrangThaiHoSo 1–10 or its words, e.g. Đã xử lý xong = 9', STATUS, also)

type Channel = 'counter' | 'online' | 'post'
export const CHANNEL: Table<Channel> = {
  // an empty channel means the counter (QĐ 766, indicator 3.3)
  '': 'counter',
  1: 'counter',
  2: 'online',
  3: 'post',
  'Trực tiếp': 'counter',
  'Trực tuyến': 'online',
  'Bưu chính công ích': 'post',
  'Bưu chính': 'post',
}
/** KenhThucHien 1–3, as code or words → counter, online, post; empty is the counter. */
export const nationalChannel = ({ also }: Also<Channel> = {}): Converter =>
  national(
    'nationalChannel',
    'KenhThucHien 1 counter, 2 online, 3 post, or its words; empty is the counter',
    CHANNEL,
    also,
  )

type Payment = 'none' | 'national' | 'gateway' | 'other'
export const PAYMENT: Table<Payment> = {
  0: 'none',
  1: 'national',
  2: 'gateway',
  3: 'other',
  'Không thanh toán trực tuyến': 'none',
  'Qua Cổng Dịch vụ công quốc gia': 'national',
  'Qua hệ thống thanh toán của bộ, tỉnh': 'gateway',
  'Hình thức khác': 'other',
}
/** DuocThanhToanTrucTuyen 0–3, as code or words → none, national, gateway, other. */
export const nationalPayment = ({ also }: Also<Payment> = {}): Converter =>
  national(
    'nationalPayment',
    'DuocThanhToanTrucTuyen 0 none, 1 national, 2 gateway, 3 other, or its words',
    PAYMENT,
    also,
  )

type Applicant = 'citizen' | 'enterprise' | 'state' | 'other'
export const APPLICANT: Table<Applicant> = {
  1: 'citizen',
  2: 'enterprise',
  3: 'state',
  4: 'other',
  'Người dân': 'citizen',
  'Công dân': 'citizen',
  'Cá nhân': 'citizen',
  'Doanh nghiệp': 'enterprise',
  'Cơ quan nhà nước': 'state',
  'Tổ chức khác': 'other',
  'Tổ chức': 'other',
  Khác: 'other',
}
/** LoaiDoiTuong 1–4, as code or words → citizen, enterprise, state, other. */
export const nationalApplicant = ({ also }: Also<Applicant> = {}): Converter =>
  national('nationalApplicant', 'LoaiDoiTuong 1 citizen, 2 enterprise, 3 state, 4 other, or its words', APPLICANT, also)

type Delivery = 'counter' | 'post' | 'online'
const DELIVERY: Table<Delivery> = {
  0: 'counter',
  1: 'post',
  2: 'online',
  'Trực tiếp': 'counter',
  'Bưu chính công ích': 'post',
  'Bưu chính': 'post',
  'Trực tuyến': 'online',
}
/** HinhThuc 0–2 (how the result is handed over), as code or words → counter, post, online. */
export const nationalDelivery = ({ also }: Also<Delivery> = {}): Converter =>
  national('nationalDelivery', 'HinhThuc 0 counter, 1 post, 2 online, or its words', DELIVERY, also)

type Level = 'full' | 'partial' | 'information'
export const LEVEL: Table<Level> = {
  4: 'full',
  3: 'partial',
  2: 'information',
  1: 'information',
  'Toàn trình': 'full',
  'Một phần': 'partial',
  'Chỉ cung cấp thông tin': 'information',
}
/** The former four levels or their words → full (toàn trình), partial (một phần), information (NĐ 42/2022). */
export const nationalLevel = ({ also }: Also<Level> = {}): Converter =>
  national('nationalLevel', 'level 4 full, 3 partial, 2 and 1 information, or its words', LEVEL, also)
/** From the highest: a procedure with several services counts at the highest (QĐ 766, indicator 3.1). */
export const LEVELS: readonly Level[] = ['full', 'partial', 'information']

export const EXECUTING: Table<string> = {
  0: 'ministry',
  1: 'province',
  2: 'district',
  3: 'commune',
  'Cấp bộ': 'ministry',
  'Cấp tỉnh': 'province',
  'Cấp huyện': 'district',
  'Cấp xã': 'commune',
}
/** Executing levels (cấp thực hiện) of a procedure, `CAPTHUCHIEN[{CAPTHUCHIEN}]`: each once, from the top down. */
export const nationalExecuting = (): Converter => ({
  ...each({
    field: 'CAPTHUCHIEN',
    as: required(national('executing', '0 ministry, 1 province, 2 district, 3 commune', EXECUTING)),
    set: ['ministry', 'province', 'district', 'commune'],
  }),
  name: 'nationalExecuting',
})
/** Executing agencies of a procedure, `COQUANTHUCHIEN[{MADONVI}]`: each once, sorted. */
export const nationalAgencies = (): Converter => ({
  ...each({ field: 'MADONVI', as: required(agencyAnyCode()), set: true }),
  name: 'nationalAgencies',
})

const UNITS: Table<string> = { 'ngày làm việc': 'working-day', ngày: 'day', giờ: 'hour', 'giờ làm việc': 'hour' }
/** The first time limit that is a whole number in a known unit; others are prose ("theo quy định") and say nothing to count with. */
function firstLimit(items: readonly Item[]): { limit: number; unit: string } | null {
  for (const { THOIGIANGIAIQUYET, DONVITINH } of items.flatMap((item) => itemsIn(item, 'THOIGIAN'))) {
    const written = asText(THOIGIANGIAIQUYET) ?? ''
    const unit = UNITS[(asText(DONVITINH) ?? '').toLowerCase()]
    if (/^\d{1,5}$/.test(written) && unit) return { limit: Number(written), unit }
  }
  return null
}
/** Statutory limit of a procedure, `CACHTHUCTHUCHIEN[{THOIGIAN[{THOIGIANGIAIQUYET, DONVITINH}]}]`: the first whole one in a known unit. */
export const nationalLimit = (): Converter =>
  ofList('nationalLimit', 'first whole THOIGIANGIAIQUYET, else null', (items) => firstLimit(items)?.limit ?? null)
/** The unit of `nationalLimit`: working-day, day or hour. */
export const nationalLimitUnit = (): Converter =>
  ofList('nationalLimitUnit', 'its DONVITINH: working day, day or hour', (items) => firstLimit(items)?.unit ?? null)

/** Requests to supplement (yêu cầu bổ sung) of a dossier, `DanhSachHoSoBoSung`, oldest first; instants in epoch ms. `date` reads each. */
export function nationalSupplements(date: Converter): Converter {
  return ofList('nationalSupplements', `requests to supplement with their dates: ${date.doc}`, (items, _, context) => {
    const at = (value: unknown): number | null | Rejection => {
      const converted = date.convert([value], context) as Instant | Rejection | null
      return converted === null || isRejection(converted) ? converted : converted.at
    }
    const rows = items.map((item) => ({
      requestedAt: at(item.NgayBoSung),
      completedAt: at(item.NgayTiepNhanBoSung),
      previousDueAt: at(item.NgayHenTraTruoc),
      newDueAt: at(item.NgayHenTraMoi),
    }))
    const refused = rows.flatMap((row) => Object.values(row)).find(isRejection)
    return refused ?? rows.toSorted((a, b) => Number(a.requestedAt) - Number(b.requestedAt))
  })
}
