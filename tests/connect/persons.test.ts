import { expect, it } from 'vitest'
import { quoted } from '../../src/connect/body.ts'

it.each([
  'Không tìm thấy hồ sơ của Nguyễn Văn An',
  'duplicate entry for Trần Thị B (CCCD 072099123456)',
  'write to someone@example.com',
])('a message of a source that names a person is withheld: %s', (text) => {
  expect(quoted(text)).not.toMatch(/Nguyễn|Trần|example/)
})

it.each(['Internal Server Error', 'Sai mật khẩu', 'Sở Công Thương không có quyền', 'Huyện Dương Minh Châu: hết hạn'])(
  'a message that names nobody is passed on: %s',
  (text) => {
    expect(quoted(text)).toBe(text)
  },
)
