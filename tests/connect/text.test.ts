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
