import { expect, it } from 'vitest'
import { quoted } from '../../src/connect/body.ts'
import { fileNamesPerson, labelNamesPerson } from '../../src/connect/persons.ts'

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

it.each([
  'Trần Thị Mẫu',
  'TRẦN THỊ MẪU',
  'trần thị mẫu',
  'tran thi mau',
  'Vỏ Văn An',
  'Lê Hoa',
  'Hộ kinh doanh Lê Hoa',
  'Công ty TNHH Trần Thị Mẫu',
  'Bộ phận một cửa Nguyễn Văn An',
  '072199001234',
  '72199001234',
  '0721 9900 1234',
  '0912345678',
])('a label that names a person: %s', (text) => expect(labelNamesPerson(text)).toBe(true))

it.each([
  'Xã Tân Bình',
  'xã tân bình',
  'Gò Dầu',
  'Huyện Dương Minh Châu',
  'Sở Tư pháp',
  'Văn phòng Đăng ký đất đai',
  'PHÒNG TÀI NGUYÊN VÀ MÔI TRƯỜNG',
  'Cơ quan khác',
  'Đang xử lý',
  'ĐÃ XỬ LÝ XONG',
  'Từ chối',
  'Trực Tuyến',
  'Đăng ký khai sinh',
  'Hỗ trợ',
  'Đào tạo nghề',
  'H53.14-241105-0001',
  '000.00.13.H53-241105-0001',
  '2021 - 2025',
])('a label that names nobody: %s', (text) => expect(labelNamesPerson(text)).toBe(false))

it.each([
  ['CCCD Trần Thị Mẫu 072199001234.pdf', true],
  ['CCCD_TranThiMau.pdf', true],
  ['tran_thi_mau.jpg', true],
  ['0912345678.jpg', true],
  ['hoso_705_202411 (1).csv', false],
  ['Báo cáo tháng 11.docx', false],
  ['scan 17.pdf', false],
])('the file %s names a person: %s', (name, expected) => expect(fileNamesPerson(name)).toBe(expected))
