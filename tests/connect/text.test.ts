import iconv from 'iconv-lite'
import { expect, it } from 'vitest'
import { decodeText, repairText } from '../../src/connect/text.ts'

const TEXT = 'Đã trả kết quả: Thị xã Hòa Thành, ương bướng Ỷ lại'

it('decodes UTF-8 without its mark and refuses invalid bytes', () => {
  expect(decodeText(Buffer.from(`\uFEFF${TEXT}`), 'utf-8')).toBe(TEXT)
  expect(decodeText(Buffer.from([0x41, 0xe3]), 'utf-8')).toBeUndefined()
  expect(decodeText(iconv.encode('Tây Ninh', 'tcvn'), 'utf-8')).toBeUndefined()
})

it('decodes windows-1258 and TCVN3 to NFC', () => {
  const apart = 'Tru\u031B\u0323c tie\u0302\u0301p'.normalize('NFC').replace('ế', 'ê\u0301').replace('ự', 'ư\u0323')
  expect(decodeText(iconv.encode(apart, 'windows-1258'), 'windows-1258')).toBe('Trực tiếp'.normalize('NFC'))
  expect(decodeText(iconv.encode(TEXT, 'tcvn'), 'tcvn')).toBe(TEXT)
})

it('refuses UTF-8 that is declared a legacy encoding', () => {
  expect(decodeText(Buffer.from('Đã xử lý xong'), 'windows-1258')).toBeUndefined()
  expect(decodeText(Buffer.from('Đã xử lý xong'), 'tcvn')).toBeUndefined()
})

it('leaves out NULs', () => expect(decodeText(Buffer.from('a\0b'), 'utf-8')).toBe('ab'))

it('repairs NFD, zero-width characters and soft hyphens at any depth, and keeps what is clean as it is', () => {
  const clean = { a: ['Hòa', { b: 'Hoà' }], n: 1, none: null }
  expect(repairText(clean)).toEqual({ value: clean, repaired: false })
  expect(repairText(clean).value).toBe(clean)
  const dirty = { a: ['Ho\u0300a', { b: 'x\u200By\u00AD' }], n: 1 }
  expect(repairText(dirty)).toEqual({ value: { a: ['Hòa', { b: 'xy' }], n: 1 }, repaired: true })
})

it('does not follow nesting without end', () => {
  let deep: unknown = 'Ho\u0300a'
  for (let i = 0; i < 50; i++) deep = [deep]
  expect(repairText(deep).repaired).toBe(false)
})

it('decodes VNI, a letter of one byte or a vowel and its mark, to NFC', () => {
  const read = (bytes: string) => decodeText(Buffer.from(bytes, 'latin1'), 'vni')
  expect(read('THAØNH PHOÁ HOÀ CHÍ MINH')).toBe('THÀNH PHỐ HỒ CHÍ MINH')
  expect(read('Ñöôøng Nguyeãn Vaên Linh, quaän 7: keå töø naêm 2006')).toBe(
    'Đường Nguyễn Văn Linh, quận 7: kể từ năm 2006',
  )
  expect(read('Kyõ luaät, tæ leä, thò tröôøng, khoâng bò laïnh, nghó, myõ, Thuïy Só, quyù, lyù, yù, cuû')).toBe(
    'Kỹ luật, tỉ lệ, thị trường, không bị lạnh, nghĩ, mỹ, Thụy Sĩ, quý, lý, ý, củ',
  )
  // a mark of the other case than its vowel; signs of windows-1252
  expect(read('KeØm \u0093AÙp\u0094 \u0096 5\u0089')).toBe('Kèm “Áp” – 5‰')
  expect(read('saùch xñù')).toBeUndefined()
  expect(decodeText(Buffer.from('Đã xử lý xong'), 'vni')).toBeUndefined()
})

it('tells the signs of a TCVN3 font from the capitals of TCVN 5712, and capitals that a font has drawn', () => {
  const read = (bytes: string) => decodeText(Buffer.from(bytes, 'latin1'), 'tcvn')
  expect(read('Tªn TCTD \u0085... \u0093Sè\u0094 \u0096 0,5\u0089')).toBe('Tên TCTD …... “Số” – 0,5‰')
  expect(read('H\u0095A, T\u009ENG')).toBe('HÓA, TỦNG')
  expect(read('T£N Tæ CHøC TÝN DôNG;bé tµi chÝnh;Bé TµI CHÝNH')).toBe('TÊN TỔ CHỨC TÍN DỤNG;bộ tài chính;BỘ TÀI CHÍNH')
  expect(read('tr­êng §H Hµ NéI')).toBe('trường ĐH Hà NỘI')
})
