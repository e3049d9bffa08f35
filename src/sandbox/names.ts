import type { Random } from './random.ts'
import { item } from './random.ts'
import type { SampleApplicant } from './world-types.ts'

/**
 * Made-up people. Names are put together at random from the lists below, numbers have the documented form, e-mails are at names reserved for
 * examples: none is meant to be anybody. They are distinctive on purpose, so that a search for them proves that nothing leaks.
 */
const SURNAMES =
  'Nguyễn Trần Lê Phạm Huỳnh Phan Vũ Võ Đặng Bùi Đỗ Hồ Ngô Lý Đinh Trương Lương Đoàn Tạ Mai Trịnh Lâm Kiều Quách La Thái Tô Hứa'.split(
    ' ',
  )
const MIDDLES_MALE =
  'Văn|Hữu|Đức|Quang|Quốc|Thành|Công|Gia|Hoàng|Anh Minh|Bảo Khánh|Nhật Minh|Đình|Trọng|Tấn|Xuân|Duy|Thế|Khắc|Phúc'.split(
    '|',
  )
const MIDDLES_FEMALE =
  'Thị|Thị Ngọc|Thị Kim|Thị Mỹ|Thị Hồng|Thị Bích|Ngọc|Kim|Mỹ|Thu|Thanh|Thùy|Phương|Như|Diệu|Tường Vi|Bảo Ngọc|Cẩm'.split(
    '|',
  )
const GIVEN_MALE =
  'An Bách Bằng Cường Dũng Duẩn Đạt Đăng Điền Giang Hải Hào Hậu Hiển Hiếu Hùng Huy Hưng Khang Khoa Khôi Kiên Lâm Lộc Luân Mạnh Nghĩa Nguyên Nhân Nhựt Phát Phong Quân Quyết Sang Sơn Tài Tâm Thắng Thiện Thịnh Thuận Tín Toàn Trí Triết Trung Tuấn Tùng Vinh Vượng'.split(
    ' ',
  )
const GIVEN_FEMALE =
  'Ái Ánh Bình Chi Cúc Diễm Dung Duyên Đào Giao Hà Hạnh Hằng Hiền Hoa Huệ Hương Khuê Lan Liên Linh Loan Ly Mai Ngà Ngân Nga Nguyệt Nhi Nhung Oanh Phụng Quyên Quỳnh Sương Thảo Thi Thoa Thơ Thủy Tiên Trang Trâm Trinh Tuyết Uyên Vân Xuyến Yến Ý'.split(
    ' ',
  )
const STREETS =
  'Hoa Sữa|Bằng Lăng|Phượng Vĩ|Lộc Vừng|Thông Xanh|Bờ Kè|Cây Trôm|Giếng Mạch|Suối Đá|Bàu Sen|Đồng Khởi Cũ|Lò Gốm'.split(
    '|',
  )
const TRADES =
  'Thương mại Dịch vụ|Xây dựng|Sản xuất Bao bì|Vận tải|Nông sản|Cơ khí|Dệt may|Kỹ thuật số|Giống cây trồng'.split('|')
const MAIL = ['example.com', 'example.net', 'example.org']

/** 611,953 shares no factor with 1,000,000, so the first million tails are all different. */
const tail = (n: number, offset: number): string => String((offset + n * 611_953) % 1_000_000).padStart(6, '0')
const latinSyllables = new Map<string, string>()
/** Without marks and spaces, for e-mail addresses. There are few syllables and many people. */
function latin(name: string): string {
  let text = ''
  for (const syllable of name.split(' ')) {
    let plain = latinSyllables.get(syllable)
    if (plain === undefined) {
      plain = syllable.toLowerCase().normalize('NFD').replace(/\p{M}/gu, '').replace(/đ/g, 'd')
      latinSyllables.set(syllable, plain)
    }
    text += plain
  }
  return text
}

/** 12 digits: place of birth registration (072, 080), century and sex, two digits of the year, six more. */
function identityOf(random: Random, female: boolean, last: string): string {
  const year = random.between(1948, 2005)
  if (year < 1990 && random.chance(0.06)) return `29${random.int(10)}${last}` // the old nine-digit card
  const century = (year >= 2000 ? 2 : 0) + (female ? 1 : 0)
  return `${random.chance(0.86) ? '072' : '080'}${century}${String(year % 100).padStart(2, '0')}${last}`
}

/** Gives the nth person; `place` is where they live. Organisations carry the identity of their representative. */
export function makePeople(random: Random): (place: string, organisations: number) => SampleApplicant {
  const offset = random.int(1_000_000)
  let made = 0
  return (place, organisations) => {
    const last = tail(made++, offset)
    const female = random.chance(0.5)
    const middle = random.pick(female ? MIDDLES_FEMALE : MIDDLES_MALE)
    const given = random.pick(female ? GIVEN_FEMALE : GIVEN_MALE)
    const person = `${random.pick(SURNAMES)} ${middle} ${given}`
    const kind = random.chance(organisations) ? (random.chance(0.88) ? 2 : random.chance(0.5) ? 3 : 4) : 1
    return {
      name: kind === 1 ? person : organisationName(random, kind, person),
      identity: identityOf(random, female, last),
      phone: `0${item(['3', '5', '7', '8', '9'], random.int(5))}${String(random.int(100)).padStart(2, '0')}${last}`,
      email: `${latin(person)}.${last}@${random.pick(MAIL)}`,
      address: `Số ${random.between(1, 480)}, đường ${random.pick(STREETS)}, ${place}`,
      kind,
    }
  }
}

/** Named after its founder, so that an organisation's name is as distinctive as a person's. */
function organisationName(random: Random, kind: 2 | 3 | 4, person: string): string {
  if (kind === 2) return `Công ty TNHH ${random.pick(TRADES)} ${person}`
  return kind === 3 ? `Trường Trung học ${person}` : `Hội quán ${person}`
}
