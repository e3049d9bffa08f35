/** One DongBoHoSoMC record, as UTF-8 JSON: every value is text, a missing one is "", dates are yyyyMMddHHmmss in local time. */
import iconv from 'iconv-lite'
import { compact } from './dates.ts'
import {
  agencyName,
  type DossierState,
  type Holding,
  identityOf,
  localProcedureCode,
  procedureCode,
  procedureName,
} from './view.ts'
import type { SampleSupplement } from './world-types.ts'

const date = (at: number | null): string => (at === null ? '' : compact(at))
const flag = (yes: boolean): string => (yes ? '1' : '0')

export function oneStopRecord(holding: Holding, state: DossierState): Buffer {
  const { dossier } = holding
  const text = JSON.stringify(fields(holding, state))
  if (dossier.dirt === 'nfd-text') return Buffer.from(text.normalize('NFD'))
  if (dossier.dirt === 'lying-encoding') return iconv.encode(text.normalize('NFC'), 'tcvn')
  return Buffer.from(text)
}

function fields(holding: Holding, state: DossierState) {
  const { dossier, procedure, salt } = holding
  const { applicant } = dossier
  const identity = identityOf(dossier)
  return {
    MaHoSo: dossier.dirt === 'missing-key' ? '' : holding.code,
    MaHoSoKhac: dossier.nationalCode === holding.code ? '' : dossier.nationalCode,
    MaTTHC: localProcedureCode(procedureCode(holding)),
    TenTTHC: procedureName(holding),
    MaLinhVuc: procedure?.fieldCode ?? '',
    TenLinhVuc: procedure?.fieldName ?? '',
    // an empty channel means the counter
    KenhThucHien: dossier.channel === 1 && salt % 50 === 0 ? '' : String(dossier.channel),
    ChuHoSo: applicant.name,
    SoGiayToChuHoSo: identity,
    LoaiDoiTuong: String(applicant.kind),
    MaDoiTuong: dossier.channel === 2 ? `TECH-${String(salt).padStart(10, '0')}` : '',
    ThongTinKhac: applicant.address,
    Email: applicant.email,
    Fax: '',
    SoDienThoai: applicant.phone,
    TrichYeuHoSo: dossier.summary,
    NgayNopHoSo: compact(dossier.submittedAt),
    NgayTiepNhan: received(holding, state),
    NgayHenTra: date(state.dueAt),
    NgayTuChoi: date(state.refusedAt),
    NgayKetThucXuLy: date(state.finishedAt),
    NgayTra: date(state.returnedAt),
    TrangThaiHoSo: String(state.status),
    ThongTinTra: '',
    HinhThuc: flag(dossier.channel === 3),
    DonViXuLy: agencyName(holding),
    GhiChu: '',
    NoiNopHoSo: dossier.channel === 2 ? '1' : '2',
    HoSoCoThanhPhanSoHoa: flag(dossier.reused),
    TaiKhoanDuocXacThucVoiVNeID: flag(dossier.vneid),
    DuocThanhToanTrucTuyen: String(dossier.paidOnline),
    DinhDanhCHS: identity === '' ? [] : [{ LoaiDinhDanh: identity.length === 12 ? '1' : '2', SoDinhDanh: identity }],
    DSKetNoiCSDL: [{ MaCSDL: '7' }],
    TaiLieuNop: documents(holding),
    DanhSachLePhi: fees(holding),
    DanhSachTepDinhKemKhac: [],
    DanhSachHoSoBoSung: state.supplements.map((supplement, i) => supplementOf(holding, supplement, i)),
    DanhSachGiayToKetQua: results(holding, state),
    SoBienNhan: '',
  }
}

function received({ dossier }: Holding, state: DossierState): string {
  if (dossier.dirt === 'impossible-date') return '20240231093000'
  if (dossier.dirt === 'future-date') return '20990315093000'
  return date(state.receivedAt)
}

/** Clerks write the applicant's name into file names, and put several files into one field with `##`. */
function documents({ dossier, code, salt }: Holding) {
  const count = Math.max(salt % 3, dossier.digitised || dossier.reused ? 1 : 0)
  return Array.from({ length: count }, (_, i) => ({
    TepDinhKemId: `${salt}-${i + 1}`,
    TenTepDinhKem: i === 0 ? `Đơn đề nghị ${dossier.applicant.name}.pdf##Căn cước.pdf` : 'Tờ khai.pdf',
    IsDeleted: 'False',
    MaThanhPhanHoSo: `TP${String(i + 1).padStart(2, '0')}`,
    DuongDanTaiTepTin: `/tep/${encodeURIComponent(code)}/${i + 1}`,
    DuocSoHoa: flag(dossier.digitised),
    DuocTaiSuDung: flag(dossier.reused && i === 0),
    DuocLayTuKhoDMQG: '0',
    MaKetQuaThayThe: '',
  }))
}

function fees({ dossier }: Holding) {
  if (dossier.feeVnd === 0) return []
  const way = dossier.paidOnline === 1 || dossier.paidOnline === 2 ? 'Trực tuyến' : 'Trực tiếp'
  return [
    { TenPhiLePhi: 'Lệ phí', MaPhiLePhi: 'LP01', HinhThucThu: way, Gia: String(dossier.feeVnd), LoaiPhiLePhi: '1' },
  ]
}

function supplementOf({ code, dossier }: Holding, supplement: SampleSupplement, i: number) {
  const back = supplement.completedAt
  return {
    HoSoBoSungId: `${code}-BS${i + 1}`,
    NguoiYeuCauBoSung: '',
    NoiDungBoSung: `Đề nghị ${dossier.applicant.name} bổ sung giấy tờ`,
    NgayBoSung: compact(supplement.requestedAt),
    NguoiTiepNhanBoSung: '',
    ThongTinTiepNhan: '',
    NgayTiepNhanBoSung: date(back),
    TrangThaiBoSung: flag(back !== null),
    DanhSachGiayToBoSung: [],
    DanhSachLePhiBoSung: [],
    NgayHenTraTruoc: date(supplement.previousDueAt),
    NgayHenTraMoi: back === null ? '' : date(supplement.newDueAt),
  }
}

function results({ dossier, code }: Holding, state: DossierState) {
  if (state.finishedAt === null || !dossier.electronicResult) return []
  return [
    {
      TenGiayTo: 'Kết quả giải quyết',
      MaThanhPhanHoSo: '',
      GiayToId: `${code}-KQ`,
      DuongDanTepTinKetQua: `/ket-qua/${encodeURIComponent(code)}.pdf`,
      MaGiayToKetQua: 'KQ01',
    },
  ]
}
