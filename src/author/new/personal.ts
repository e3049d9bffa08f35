/**
 * Which fields hold persons: by their names, in Vietnamese and English, and by the form of their values. Errs towards yes: a field that is
 * marked wrongly loses its values and somebody notices; one that is not marked lets persons in.
 */
import { labelNamesPerson } from '../../connect/persons.ts'
import { type PersonalKind, verdict } from '../../sync/verdict.ts'
import type { Field } from './draft.ts'
import { plain } from './plain.ts'

/** In this order: the first that fits. `…` at an end stands for anything. */
const NAMED: readonly (readonly [PersonalKind, RegExp])[] = [
  ['email', /email|thudientu|^mail|mail$/],
  ['phone', /dienthoai|didong|^sdt|sdt$|phone|mobile|^tel$|telephone|^fax|fax$|zalo/],
  [
    'id',
    /cccd|cmnd|cmtnd|^cmt|socmt|sogiayto|giaytotuythan|dinhdanhcanhan|sodinhdanh|hochieu|passport|identity|citizen|nationalid|^ssn$|masothue|taxcode|taxid|sobhxh|mabhxh|bhyt|idcard|idnumber|papernumber/,
  ],
  ['address', /diachi|address|thuongtru|tamtru|hokhau|noicutru|noio$|noisinh|quequan|residence|street/],
  ['account', /^taikhoan$|tentaikhoan|taikhoannop|username|useraccount|^account|techid|madoituong|sotaikhoan/],
  [
    'name',
    /hoten|hovaten|chuhoso$|tenchuhoso|nguoinop|nguoiyeucau|nguoinhan|nguoidai|nguoilam|nguoitra|nguoixuly|nguoitiep|nguoiky|nguoiduyet|nguoitao|nguoithuchien|nguoilienhe|tennguoi|tencongdan|tencanhan|tenkhachhang|canbo(?!so)|chuyenvien|lanhdao|nhanvien|tendoanhnghiep|tentochuc|daidien|fullname|firstname|lastname|surname|givenname|applicant(?!kind|type)|citizenname|personname|customername|^owner|ownername|contactname|submittedby|createdby|updatedby|assignee|handler$|officer/,
  ],
  [
    'text',
    /trichyeu|ghichu|noidung|thongtinkhac|ykien|lydo|^note|notes$|remark|comment|^content$|freetext|ngaysinh|namsinh|birth|^dob$|gioitinh|^gender|^sex$|dantoc|tongiao|ethnic|religion/,
  ],
]

/** What its name says; null where it says nothing. */
export const personalByName = (name: string): PersonalKind | null =>
  NAMED.find(([, words]) => words.test(plain(name)))?.[0] ?? null

const CITIZEN = /^0\d{11}$/
const MOBILE = /^(?:\+?84|0)[35789]\d{8}$/
const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/
/** A JSON number has lost its leading zero. */
const written = (value: string, isNumber: boolean) => (isNumber && /^\d{9}$|^\d{11}$/.test(value) ? `0${value}` : value)

/** What its values say: one identity number, telephone or address for mail suffices; of names a third. */
export function personalByValues({ values, types }: Pick<Field, 'values' | 'types'>): PersonalKind | null {
  if (values.length === 0) return null
  const isNumber = types.has('integer')
  const bare = values.map((value) => written(value.replace(/[\s.\-()]/g, ''), isNumber))
  // of numbers each must have the form: counters grow through it
  const some = (test: (text: string) => boolean) => (isNumber ? bare.every(test) : bare.some(test))
  if (values.some((value) => EMAIL.test(value))) return 'email'
  if (some((text) => CITIZEN.test(text) && verdict('id', text) === 'valid')) return 'id'
  if (some((text) => MOBILE.test(text))) return 'phone'
  const distinct = [...new Set(values)]
  const named = distinct.filter((value) => /^[^\d@]*$/.test(value) && labelNamesPerson(value))
  return named.length > 0 && named.length * 3 >= distinct.length ? 'name' : null
}

/** Yes, no, 0, 1: `TaiKhoanDuocXacThuc` is no account. */
const isFlag = ({ values }: Pick<Field, 'values'>) =>
  values.length > 0 && values.every((value) => /^(?:[0-3]|true|false|có|không|x)$/i.test(value))

export type Reason = 'name' | 'values' | 'long'
export interface Proposed {
  kind: PersonalKind
  by: Reason
}
const LONG_TEXT = 100

/** `mapped`: a canonical field is read from it, so that only numbers and addresses of persons speak against it. */
export function proposePersonal(field: Field, mapped: boolean): Proposed | null {
  if (field.fields || isFlag(field)) return null
  const named = personalByName(field.name)
  if (named && !mapped) return { kind: named, by: 'name' }
  const valued = personalByValues(field)
  if (valued && !(mapped && valued === 'name')) return { kind: valued, by: 'values' }
  // an old identity card; a key of nine digits is asked about instead
  const cards = field.values.filter((value) => field.types.has('string') && /^\d{9}$/.test(value))
  if (!mapped && cards.length > 0 && cards.length * 3 >= field.values.length) return { kind: 'id', by: 'values' }
  return !mapped && field.longest > LONG_TEXT ? { kind: 'text', by: 'long' } : null
}
