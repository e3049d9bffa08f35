import { describe, expect, it } from 'vitest'
import { looksLikePerson } from '../../src/connect/persons.ts'
import { compileProtect, compileProtectRow } from '../../src/sync/protect.ts'
import { sourceSchema } from '../../src/sync/source-schema.ts'
import { verdict } from '../../src/sync/verdict.ts'
import { dossierSchema, header, record } from './sample-stream.ts'

const schema = sourceSchema(dossierSchema, 'drop/dossier.schema.json', 'drop')
const protect = compileProtect(schema.root)

describe('verdicts', () => {
  it.each([
    ['072190123456', 'valid'],
    ['0721 9012 3456', 'valid'],
    ['301234568', 'valid'],
    ['000000001', 'dummy'],
    ['111111111111', 'dummy'],
    ['123456789', 'dummy'],
    ['012345678901', 'dummy'],
    ['987654321', 'dummy'],
    ['099190123456', 'present'],
    ['B1234567', 'present'],
    [' - ', 'absent'],
    ['', 'absent'],
    [null, 'absent'],
    [undefined, 'absent'],
    [301234568, 'valid'],
    [{ so: 1 }, 'present'],
  ])('identity %j is %s', (value, expected) => expect(verdict('id', value)).toBe(expected))

  it.each([
    ['phone', '+84 912.345.670', 'valid'],
    ['phone', '0276 3822 334', 'valid'],
    ['phone', '0000000000', 'dummy'],
    ['phone', 'không có máy', 'present'],
    ['email', 'a.b@tayninh.gov.vn', 'valid'],
    ['email', 'a.b', 'present'],
    ['name', 'Trần Thị Mẫu', 'present'],
    ['text', 'Nguyễn Văn A', 'dummy'],
  ] as const)('%s %j is %s', (kind, value, expected) => expect(verdict(kind, value)).toBe(expected))
})

describe('protect', () => {
  it('replaces persons, nested ones too', () => {
    const out = protect(record({ GiayTo: [{ Loai: '1', So: '072190123456' }, { Loai: '2' }] }))
    expect(out).toMatchObject({
      ChuHoSo: 'present',
      SoGiayTo: 'valid',
      GiayTo: [
        { Loai: '1', So: 'valid' },
        { Loai: '2', So: 'absent' },
      ],
    })
  })
  it('keeps of unknown fields name and type only', () => {
    const out = protect(record({ Moi: 'Trần Thị Mẫu', GiayTo: [{ Them: { a: 'bí mật' } }], '072190123456': 1 }))
    expect(out).toMatchObject({
      'x-unknown': [
        { name: 'Moi', type: 'string' },
        { name: '(12 characters)', type: 'number' },
      ],
      GiayTo: [{ 'x-unknown': [{ name: 'Them', type: 'object' }] }],
    })
    expect(JSON.stringify(out)).not.toMatch(/Trần|bí mật|0721/)
  })
  it('lets no person through in a value of another shape', () => {
    const out = JSON.stringify(
      protect(record({ DonVi: { ten: 'Trần Thị Mẫu' }, GiayTo: 'Trần Thị Mẫu', MaHoSo: ['Trần'] })),
    )
    expect(out).not.toContain('Trần')
  })
  it('refuses schemas whose marks it would overlook', () => {
    const hidden = {
      anyOf: [{ type: 'object', properties: { a: { 'x-personal': 'id' } } }],
      properties: { b: { type: 'string' } },
    }
    expect(() => sourceSchema(hidden, 'f', 'c')).toThrow(/x-personal/)
    expect(() => sourceSchema({ properties: { a: { 'x-personal': 'idd' } } }, 'f', 'c')).toThrow(/did you mean "id"/)
    expect(() => sourceSchema({ properties: { a: {} } }, 'f', 'c')).toThrow(/declare its type/)
  })
})

describe('rows', () => {
  it('reads positions from the header and drops unknown columns', () => {
    const rows = compileProtectRow(schema, ['Lạ', ...header], 'drop-1')
    expect(rows.columns).toEqual(header)
    expect(rows.unknown).toEqual([{ name: 'Lạ', place: 0 }])
    const cells = ['Trần Thị Mẫu', 'HS-1', '1.004194', '', '9', ' ', '', 'Trần Thị Mẫu', '000000001']
    expect(rows.protect(cells)).toEqual(['HS-1', '1.004194', null, '9', null, null, 'present', 'dummy'])
  })
  it('refuses the page where a required column is missing or stands twice', () => {
    const without = header.filter((name) => name !== 'MaTTHC')
    expect(() => compileProtectRow(schema, without, 'drop-1')).toThrow(/no column "MaTTHC"/)
    expect(() => compileProtectRow(schema, [...header, 'DonVi'], 'drop-1')).toThrow(/"DonVi" twice/)
  })
})

it('names no person for a field that is called like one', () => {
  expect(JSON.stringify(protect(record({ 'Trần Thị Mẫu': 1, 'Ghi chú': 1, 'Lý do': 1 })))).toContain(
    '"x-unknown":[{"name":"(12 characters)","type":"number"},{"name":"Ghi chú","type":"number"},{"name":"Lý do","type":"number"}]',
  )
})

it.each([
  ['Nguyễn Văn An', true],
  ['TRẦN THỊ MẪU', true],
  ['nguyễn văn an', true],
  ['nộp bởi Lê Hoa', true],
  ['072190123456', true],
  ['0912 345 670', true],
  ['a@b.vn', true],
  ['Huyện Dương Minh Châu', false],
  ['Xã Tân Bình', false],
  ['31/02/2024', false],
  ['20241331120000', false],
  ['Đã xong', false],
  ['hồ sơ đang xử lý', false],
  ['Đang xử lý', false],
  ['Từ chối tiếp nhận', false],
  ['72199001234', true],
  ['H56.22.17.001', false],
  ['000.00.13.H53-241105-0001', false],
])('%j looks like a person: %s', (text, expected) => expect(looksLikePerson(text)).toBe(expected))
