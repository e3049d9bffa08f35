/**
 * The two national record forms, mapped once. Departmental systems use their names whole or in part: what the stream's own schema
 * declares is mapped, the rest is left out, and what a connector knows better comes after.
 *
 *   map: { ...nationalDossier(compactInstant(ZONE)), resolving: { from: 'NhomXuLy', as: agencyLocal() } }
 */
import { agencyName } from './agencies.ts'
import type { Converted, Declared, MapOf } from './connector.ts'
import { type Converter, code, flag, integer, procedureCode, text, verdict } from './converters.ts'
import {
  allTrue,
  anyFlag,
  anyText,
  anyWith,
  first,
  firstOf,
  highest,
  inside,
  isOneOf,
  notEmpty,
  orElse,
  sumOf,
} from './converters-list.ts'
import {
  LEVELS,
  nationalAgencies,
  nationalApplicant,
  nationalChannel,
  nationalDelivery,
  nationalExecuting,
  nationalLevel,
  nationalLimit,
  nationalLimitUnit,
  nationalPayment,
  nationalStatus,
  nationalSupplements,
} from './converters-national.ts'

const from = (fields: string | readonly string[], as: Converter): Converted => ({ from: fields, as })
const declared = (...ways: readonly Converted[]): Declared => ({ declared: ways })

/**
 * A dossier as it is synchronised to the national portal (DongBoHoSoMC), with the shorter spellings that vendors use for the same.
 * `date` reads every date of the record.
 */
export const nationalDossier = (date: Converter): MapOf<'dossier'> => ({
  code: from('MaHoSo', code()),
  nationalCode: declared(from('MaHoSoQuocGia', text()), from(['MaHoSoKhac', 'MaHoSo'], firstOf())),
  procedure: from('MaTTHC', procedureCode()),
  procedureLocal: from('MaTTHC', text()),
  resolving: declared(from('DonViXuLy', agencyName())),
  channel: from('KenhThucHien', nationalChannel()),
  status: declared(from('TrangThaiHoSo', nationalStatus()), from('TrangThaiHoSoId', nationalStatus())),
  applicantKind: declared(from('LoaiDoiTuong', nationalApplicant())),
  identity: declared(from('SoGiayToChuHoSo', verdict()), from('SoGiayTo', verdict())),
  submitted: declared(from('NgayNopHoSo', date), from('NgayNop', date)),
  received: from('NgayTiepNhan', date),
  due: declared(from('NgayHenTra', date)),
  finished: declared(from('NgayKetThucXuLy', date)),
  returned: declared(from('NgayTra', date)),
  refused: declared(from('NgayTuChoi', date)),
  supplements: declared(from('DanhSachHoSoBoSung', nationalSupplements(date))),
  fee: declared(from('DanhSachLePhi', sumOf('Gia')), from('LePhi', integer())),
  paidOnline: declared(from('DuocThanhToanTrucTuyen', nationalPayment())),
  digitised: declared(
    from('TaiLieuNop', anyFlag('DuocSoHoa')),
    from('HoSoCoThanhPhanSoHoa', flag()),
    from('DuocSoHoa', flag()),
  ),
  vneid: declared(from('TaiKhoanDuocXacThucVoiVNeID', flag())),
  electronicResult: declared(from('DanhSachGiayToKetQua', anyText('DuongDanTepTinKetQua'))),
  delivery: declared(from('HinhThuc', nationalDelivery())),
})

/**
 * A procedure of the national catalogue (CSDL quốc gia về TTHC). `DICHVUCONG` is not in the national list: provinces' adapters add it.
 * Without any service a procedure gives information only.
 */
export const nationalProcedure = (): MapOf<'procedure'> => ({
  code: from('MATTHC', procedureCode()),
  localCode: from('MATTHC', text()),
  name: from('TENTTHC', code()),
  fieldCode: from('LINHVUCTHUCHIEN', first('MALINHVUC')),
  fieldName: from('LINHVUCTHUCHIEN', first('TENLINHVUC')),
  level: from('DICHVUCONG', orElse(highest('MUCDO', nationalLevel(), LEVELS), 'information')),
  // public, and a service at full or partial level is in service
  online: from(
    ['DICHVUCONG', 'TRANGTHAI'],
    allTrue(anyWith({ TRANGTHAI: ['1', ''], MUCDO: ['4', '3'] }), isOneOf('1')),
  ),
  integrated: from('DICHVUCONG', orElse(anyFlag('TICHHOP'), false)),
  executing: from('CAPTHUCHIEN', nationalExecuting()),
  agencies: from('COQUANTHUCHIEN', orElse(nationalAgencies(), [])),
  limit: from('CACHTHUCTHUCHIEN', nationalLimit()),
  limitUnit: from('CACHTHUCTHUCHIEN', nationalLimitUnit()),
  fee: from('CACHTHUCTHUCHIEN', orElse(inside('THOIGIAN', anyText('PHILEPHI')), false)),
  requiresResult: from('KETQUATHUCHIEN', orElse(notEmpty(), false)),
})
