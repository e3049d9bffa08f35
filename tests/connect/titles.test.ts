import { expect, it } from 'vitest'
import { isRejection } from '../../src/connect/converters.ts'
import { labelNamesPerson } from '../../src/connect/persons.ts'
import { officeTitle } from '../../src/connect/titles.ts'

const context = { zone: 'Asia/Ho_Chi_Minh', source: 'x', agency: null }
const read = (text: string) => officeTitle().convert([text], context)

it.each([
  ['Chánh Văn phòng', 'Chánh Văn phòng'],
  ['CHÁNH VĂN PHÒNG', 'Chánh Văn phòng'],
  ['Phó Chánh Văn phòng Nguyễn Thị Mẫu', 'Phó Chánh Văn phòng'],
  ['KT. GIÁM ĐỐC\nPHÓ GIÁM ĐỐC', 'Phó Giám đốc'],
  ['TL. CHỦ TỊCH, CHÁNH VĂN PHÒNG: Trần Văn Thử', 'Chánh Văn phòng'],
  ['Q. Giám đốc', 'Quyền Giám đốc'],
  ['Lê Mẫu Một, Trưởng phòng', 'Trưởng phòng'],
  ['giám đốc sở lê thị mẫu', 'Giám đốc'],
])('%s', (text, title) => {
  expect(read(text)).toBe(title)
  expect(labelNamesPerson(String(read(text)))).toBe(false)
})

it('refuses a text without a title; an empty cell is nothing', () => {
  for (const text of ['Nguyễn Thị Mẫu', 'Giám đốcx', '0912345678']) expect(isRejection(read(text))).toBe(true)
  expect(read('')).toBeNull()
})
