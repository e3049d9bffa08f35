/** Which fields `connector new` takes for personal: by their names, by the form of their values, and which of them it leaves alone. */
import { describe, expect, it } from 'vitest'
import { personalByName, proposePersonal } from '../../src/author/new/personal.ts'
import { profile } from '../../src/author/new/profile.ts'

describe('by name', () => {
  it.each([
    ['HoTen', 'name'],
    ['ho_va_ten', 'name'],
    ['Người nộp hồ sơ', 'name'],
    ['ChuHoSo', 'name'],
    ['applicantName', 'name'],
    ['full_name', 'name'],
    ['CanBoXuLy', 'name'],
    ['SoGiayToChuHoSo', 'id'],
    ['Số CCCD/CMND', 'id'],
    ['identityNumber', 'id'],
    ['SĐT', 'phone'],
    ['dien_thoai', 'phone'],
    ['mobilePhone', 'phone'],
    ['E-mail', 'email'],
    ['DiaChiThuongTru', 'address'],
    ['homeAddress', 'address'],
    ['TrichYeuHoSo', 'text'],
    ['GhiChu', 'text'],
    ['NgaySinh', 'text'],
    ['tenTaiKhoan', 'account'],
  ])('%s is %s', (name, kind) => expect(personalByName(name)).toBe(kind))

  it.each([
    'MaHoSo',
    'MaTTHC',
    'TenTTHC',
    'DonViXuLy',
    'TrangThai',
    'NgayTiepNhan',
    'applicantKind',
    'LePhi',
    'linhVuc',
    'createdAt',
  ])('%s is not', (name) => expect(personalByName(name)).toBe(null))
})

const proposed = (values: readonly unknown[], mapped = false) => {
  const [field] = profile(values.map((x) => ({ x })))
  return field ? proposePersonal(field, mapped) : null
}
describe('by values', () => {
  it.each([
    [['072199001234'], 'id'],
    [['không có', '072 199 001 234'], 'id'],
    [[72199001234, 72199001235], 'id'],
    [['0912345678'], 'phone'],
    [['+84 912 345 678'], 'phone'],
    [[912345678], 'phone'],
    [['290123456', '290123457'], 'id'],
    [['a.b@mau.vn'], 'email'],
    [['Nguyễn Văn Mẫu', 'Trần Thị Ví Dụ', 'Công ty A'], 'name'],
  ])('%j is %s', (values, kind) => expect(proposed(values)).toEqual({ kind, by: 'values' }))

  it.each([
    [['Sở Tư pháp', 'Huyện Dương Minh Châu', 'UBND xã Tân Bình']],
    [['Đang xử lý', 'Đã trả kết quả']],
    [['20241105081500', '20241106']],
    [[1001, 1002, 912345679]],
    [['H53.01-241105-0001']],
    [['1.004194']],
  ])('%j is not', (values) => expect(proposed(values)).toBe(null))

  it('what is mapped may look like a name, as agencies do, but not like a number of a person', () => {
    expect(proposed(['Châu Thành', 'Tân Châu'], true)).toBe(null)
    expect(proposed(['072199001234'], true)).toEqual({ kind: 'id', by: 'values' })
  })

  it('long text is asked about; a flag is none of it', () => {
    expect(proposed(['x'.repeat(120)])).toEqual({ kind: 'text', by: 'long' })
    const [flag] = profile([{ TaiKhoanDuocXacThuc: '0' }, { TaiKhoanDuocXacThuc: '1' }])
    expect(flag && proposePersonal(flag, false)).toBe(null)
  })

  it('names in a list inside a record are found, a person as a field name is not repeated', () => {
    const [list, other] = profile([{ ds: [{ ten: 'Lê Thị Mẫu', ma: 'A' }], 'Phạm Văn Mẫu': 1 }])
    expect(list?.fields?.map((field) => [field.name, proposePersonal(field, false)?.kind ?? null])).toEqual([
      ['ten', 'name'],
      ['ma', null],
    ])
    expect(other).toBe(undefined)
  })
})
