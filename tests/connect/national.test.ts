/** The maps of the two national record forms: what each canonical field is made of. */
import { describe, expect, it } from 'vitest'
import { type Converter, compactInstant, isRejection } from '../../src/connect/converters.ts'
import { nationalDossier, nationalProcedure } from '../../src/connect/national.ts'
import { declaredMap } from '../../src/sync/declared-map.ts'

const ZONE = 'Asia/Ho_Chi_Minh'
const as = (mapped: unknown, ...values: unknown[]) => {
  const { as: converter } = mapped as { as: Converter }
  const value = converter.convert(values, { zone: ZONE, source: 'made-up', agency: null })
  return isRejection(value) ? `rejected ${value.rule}` : value
}

describe('nationalDossier', () => {
  const map = nationalDossier(compactInstant(ZONE))
  const declared = (...fields: string[]) => declaredMap(map, new Set(fields))

  it('maps what the schema declares, and of several spellings the first', () => {
    expect(declared('MaHoSo').nationalCode).toBeUndefined()
    expect(declared('MaHoSo', 'MaHoSoKhac').nationalCode).toMatchObject({ from: ['MaHoSoKhac', 'MaHoSo'] })
    expect(declared('MaHoSo', 'MaHoSoKhac', 'MaHoSoQuocGia').nationalCode).toMatchObject({ from: 'MaHoSoQuocGia' })
    expect(declared('NgayNop').submitted).toMatchObject({ from: 'NgayNop' })
    expect(Object.keys(declared())).toEqual(['code', 'procedure', 'procedureLocal', 'channel', 'received'])
  })

  it('reads lists', () => {
    const all = declared('MaHoSo', 'MaHoSoKhac', 'TaiLieuNop', 'DanhSachLePhi', 'DanhSachHoSoBoSung', 'LePhi')
    expect(as(all.nationalCode, '', 'H53.01-240823-0001')).toBe('H53.01-240823-0001')
    expect(as(all.digitised, [{ DuocSoHoa: '0' }, { DuocSoHoa: '1' }])).toBe(true)
    expect(as(all.digitised, undefined)).toBe(null)
    expect(as(all.fee, [{ Gia: '15000' }, { Gia: '' }, { Gia: '5000' }])).toBe(20_000)
    expect(as(declared('LePhi').fee, '15000')).toBe(15_000)
    const asked = { NgayBoSung: '20240823093000', NgayTiepNhanBoSung: '', NgayHenTraTruoc: '20240901' }
    expect(as(all.supplements, [{ ...asked, NgayBoSung: '20240824093000' }, asked])).toMatchObject([
      { requestedAt: Date.UTC(2024, 7, 23, 2, 30), completedAt: null, previousDueAt: Date.UTC(2024, 7, 31, 17) },
      { requestedAt: Date.UTC(2024, 7, 24, 2, 30) },
    ])
    expect(as(all.supplements, [{ ...asked, NgayBoSung: '20240231093000' }])).toBe('rejected date')
  })
})

describe('nationalProcedure', () => {
  const map = nationalProcedure()
  const services = [
    { MUCDO: 3, TICHHOP: 0, TRANGTHAI: '1' },
    { MUCDO: '4', TICHHOP: '1', TRANGTHAI: '0' },
  ]

  it('counts a procedure at the highest level of its services, without any as information', () => {
    expect(as(map.level, services)).toBe('full')
    expect(as(map.level, [])).toBe('information')
    expect(as(map.level, [{ MUCDO: '9' }])).toBe('rejected enumeration')
  })

  it('is online where it is public and a full or partial service is in service', () => {
    expect(as(map.online, services, '1')).toBe(true)
    expect(as(map.online, services.slice(1), '1')).toBe(false)
    expect(as(map.online, services, '0')).toBe(false)
    expect(as(map.online, [{ MUCDO: 2, TRANGTHAI: '1' }], '1')).toBe(false)
    expect(as(map.integrated, services)).toBe(true)
  })

  it('reads who executes it, its limit and its fee', () => {
    expect(as(map.executing, [{ CAPTHUCHIEN: '3' }, { CAPTHUCHIEN: 1 }, { CAPTHUCHIEN: '3' }])).toEqual([
      'province',
      'commune',
    ])
    expect(as(map.executing, [{ CAPTHUCHIEN: '' }])).toBe('rejected required')
    const agencies = [{ MADONVI: 'H53.14' }, { MADONVI: '000.00.14.H53' }, { MADONVI: '25459' }]
    expect(as(map.agencies, agencies)).toEqual(['code:25459', 'identifier:H53.14'])
    expect(as(map.agencies, null)).toEqual([])
    const times = [
      { THOIGIANGIAIQUYET: 'theo quy định', DONVITINH: 'Ngày' },
      { THOIGIANGIAIQUYET: 15, DONVITINH: 'Ngày làm việc', PHILEPHI: [{}] },
    ]
    const ways = [{ KENH: '1', THOIGIAN: times }]
    expect([as(map.limit, ways), as(map.limitUnit, ways), as(map.limit, [])]).toEqual([15, 'working-day', null])
    expect([as(map.fee, ways), as(map.fee, []), as(map.fee, undefined)]).toEqual([true, false, false])
    expect(as(map.fieldCode, [{ MALINHVUC: ' a ' }, { MALINHVUC: 'b' }])).toBe('a')
    expect(as(map.requiresResult, '')).toBe(false)
  })
})
