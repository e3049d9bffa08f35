/** What is kept in English is said in Vietnamese to who reads Vietnamese, and as it is kept to everybody else. */
import { expect, it } from 'vitest'
import { expectedText, placeText, remarkLines, waitingText } from '../../src/cli/stored.ts'

it('what a rule expects', () => {
  expect(expectedText('the declared encoding', 'vi')).toBe('đúng bảng mã đã khai báo')
  expect(expectedText('received: a date not after tomorrow', 'vi')).toBe('received: ngày không sau ngày mai')
  expect(expectedText('finished not before received', 'vi')).toBe('finished không trước received')
  expect(expectedText('column Tên: not certain: likely TCVN3 (ABC), 61 % of 18 words', 'vi')).toBe(
    'cột Tên: chưa chắc bảng mã, có lẽ là TCVN3 (ABC) (61 % trong 18 từ là tiếng Việt)',
  )
  expect(expectedText('column Tên: read as TCVN3 (ABC), here VNI', 'vi')).toBe(
    'cột Tên: cả cột là TCVN3 (ABC), ô này là VNI',
  )
  expect(expectedText('^H53', 'vi')).toBe('^H53')
  expect(expectedText('the declared encoding', 'en')).toBe('the declared encoding')
})

it('where a record stood, and what it waits for', () => {
  expect(placeText('hoso_710_202401.csv line 127', 'vi')).toBe('hoso_710_202401.csv, dòng 127')
  expect(placeText('hoso_710_202401.csv line 127', 'en')).toBe('hoso_710_202401.csv line 127')
  const unknown = 'agency:name:phường bến trăng|thị xã hoà thành'
  expect(waitingText(unknown, null, 'vi')).toBe('chờ xác định cơ quan phường bến trăng, thị xã hoà thành')
  expect(waitingText(unknown, 'P. Bến Trăng, TX Hòa Thành', 'en')).toBe('waits for agency P. Bến Trăng, TX Hòa Thành')
  expect(waitingText('agency:H53.99', 'identifier:H53.99', 'en')).toBe('waits for agency H53.99')
  expect(waitingText('procedure:1.004194', '1.004194', 'vi')).toBe('chờ danh mục thủ tục 1.004194')
})

it('how the encoding of a file was decided', () => {
  expect(
    remarkLines(
      [
        'a.csv: read as VNI: Tên, Đơn vị (99 % of 214 words are Vietnamese)',
        'a.csv: not certain, its rows are set aside: Ghi chú (likely TCVN3 (ABC), 61 % of 18 words)',
      ],
      'vi',
    ),
  ).toEqual([
    'a.csv: đọc theo VNI: Tên, Đơn vị (99 % trong 214 từ là tiếng Việt)',
    'a.csv: chưa chắc bảng mã, để riêng các dòng có cột: Ghi chú (có lẽ là TCVN3 (ABC), 61 % trong 18 từ là tiếng Việt)',
  ])
})

it('fields that no schema knows are one line with their number, beside the other remarks', () => {
  const remarks = ['unknown field /X (array)', '2 files are read as utf-8', 'unknown column "Cột lạ" (string)']
  expect(remarkLines(remarks, 'vi')).toEqual([
    '2 tệp được đọc theo utf-8',
    'Trường không có trong lược đồ, không lưu giá trị (2): /X, "Cột lạ"',
  ])
  expect(remarkLines(remarks, 'en')[1]).toMatch(/\(2\): \/X, "Cột lạ"$/)
})
