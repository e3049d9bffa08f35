/** Titles of who signs for an office. Only words of this list come out: what stands beside them may be a name. */
import { type Converter, ofText, reject } from './converters.ts'

const TITLES = [
  'Chủ tịch',
  'Giám đốc',
  'Tổng Giám đốc',
  'Chánh Văn phòng',
  'Chánh Thanh tra',
  'Trưởng phòng',
  'Trưởng ban',
  'Trưởng Công an',
  'Cục trưởng',
  'Chi cục trưởng',
  'Thủ trưởng',
  'Trạm trưởng',
  'Hiệu trưởng',
  'Bí thư',
] as const
const DEPUTY = ['Phó Tổng Giám đốc', 'Phó Cục trưởng', 'Phó Chi cục trưởng', 'Phó Thủ trưởng', 'Phó Hiệu trưởng']
const KNOWN = new Map(
  [...TITLES, ...TITLES.map((title) => `Phó ${title}`), ...DEPUTY].map((title) => [title.toLowerCase(), title]),
)
// the longest first: a deputy is not the one whose deputy he is
const WORDS = [...KNOWN.keys()].sort((a, b) => b.length - a.length).join('|')
const TITLE = new RegExp(`(?<!\\p{L})(quyền |q\\. ?)?(${WORDS})(?!\\p{L})`, 'giu')

const EXPECTED = 'a title such as Chánh Văn phòng, Phó Giám đốc'

/**
 * The title of who signed (chức danh người ký): the last one that the text has, since "KT. GIÁM ĐỐC PHÓ GIÁM ĐỐC" is signed by a deputy.
 * Everything else in the text, a name above all, is left behind; a text without a title is refused.
 */
export const officeTitle = (): Converter =>
  ofText('officeTitle', `${EXPECTED}; a name beside it is left behind`, EXPECTED, (value) => {
    if (value === '') return null
    const text = value.replace(/\s+/g, ' ').toLowerCase()
    const [, acting, title = ''] = [...text.matchAll(TITLE)].at(-1) ?? []
    const known = KNOWN.get(title)
    if (known === undefined) return reject('title', EXPECTED)
    return acting ? `Quyền ${known}` : known
  })
