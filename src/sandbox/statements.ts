/**
 * What offices of the sample province write by hand and drop as files, made up: figures that agencies report, decisions that announce
 * procedures, petitions. A file holds its month; what is open is written anew as sample time goes on.
 */
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { replace } from './communes.ts'
import { DAY, day, endOfMonth, month, months } from './dates.ts'
import { makePeople } from './names.ts'
import { makeRandom, type Random } from './random.ts'
import type { SampleAgency, World } from './world-types.ts'

export interface StatementDrops {
  folder: string
  /** brings the files from sample time `from` (null: nothing is there yet) to `to` */
  write(from: number | null, to: number): void
}
type Row = readonly string[]
/** One row as it stands at a sample time; null before it is known. */
interface Entry {
  month: string
  at(now: number): Row | null
}
interface Kind {
  folder: string
  stem: string
  header: Row
  entries: readonly Entry[]
}

/** Sample time stands in December 2024: three whole months, and what comes in it. */
const FIRST = Date.UTC(2024, 8, 1)
const MONTHS_AHEAD = 120 * DAY

export function statementDrops(world: World, dir: string): StatementDrops {
  const folder = join(dir, 'statements')
  rmSync(folder, { recursive: true, force: true })
  const kinds = [statements(world), publications(world), petitions(world)]
  for (const kind of kinds) mkdirSync(join(folder, kind.folder), { recursive: true })
  const written = new Map<string, string>()
  return {
    folder,
    write(_, to) {
      for (const { folder: own, stem, header, entries } of kinds) {
        for (const [yyyyMM, of] of Map.groupBy(entries, (entry) => entry.month)) {
          const rows = of.flatMap((entry) => [entry.at(to) ?? []].filter((row) => row.length > 0))
          if (rows.length === 0) continue
          const text = `\ufeff${[header, ...rows].map((row) => `${row.map(cell).join(';')}\r\n`).join('')}`
          const path = join(folder, own, `${stem}_${yyyyMM}.csv`)
          if (written.get(path) !== text) replace(path, text)
          written.set(path, text)
        }
      }
    },
  }
}
const cell = (text: string): string => (/[;"\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
const codeOf = ({ identifier, code }: SampleAgency): string => identifier ?? code

/** An agency that gives totals only, and the land office for the week in which its system was down. */
function statements(world: World): Kind {
  const people = makePeople(makeRandom(world.seed, 'signers'))
  const provincial = world.agencies.filter(({ kind }) => kind === 'department' || kind === 'vertical')
  const counts = Map.groupBy(world.dossiers, ({ agency }) => world.agencies[agency])
  const [silent] = provincial.toSorted((a, b) => (counts.get(a)?.length ?? 0) - (counts.get(b)?.length ?? 0))
  const land = provincial.find(({ name }) => /tài nguyên/i.test(name))
  const random = makeRandom(world.seed, 'statements')
  /** One document: its figures, signed by one. */
  const entries = (agency: SampleAgency, signedAt: number, figures: readonly Row[]): Entry[] => {
    const { name } = people('thành phố Tây Ninh', 0)
    const title = random.pick(['Chánh Văn phòng', 'Phó Giám đốc', 'Giám đốc'])
    return figures.map((figure) => {
      const row = [codeOf(agency), agency.name, ...figure, day(signedAt), title, name]
      return { month: month(signedAt), at: (now) => (signedAt <= now ? row : null) }
    })
  }
  const monthly = months(FIRST, world.start + MONTHS_AHEAD).flatMap((yyyyMM, i) => {
    if (silent === undefined) return []
    const [total, signedAt] = [random.between(80, 160), endOfMonth(yyyyMM) - 6 * 3_600_000]
    const period = `${yyyyMM.slice(0, 4)}-${yyyyMM.slice(4)}`
    const inTime = String(Math.floor(total * 0.97))
    return entries(silent, signedAt, [
      ['dossiers-received', period, String(total), '', `${200 + i}/BC-TK`],
      ['finished-in-time-share', period, inTime, String(total), `${200 + i}/BC-TK`],
    ])
  })
  const week = ['dossiers-received', '2024-W48', '57', '', '1204/BC-VPĐK']
  return {
    folder: 'statements',
    stem: 'baocao',
    header: [
      'Mã đơn vị',
      'Tên đơn vị',
      'Chỉ tiêu',
      'Kỳ báo cáo',
      'Tử số',
      'Mẫu số',
      'Số văn bản',
      'Ngày ký',
      'Chức danh',
      'Người ký',
    ],
    entries: land ? [...monthly, ...entries(land, world.start - DAY, [week])] : monthly,
  }
}

/** Ten procedures a month, one in eight late, one in nine without all its parts. */
function publications(world: World): Kind {
  const random = makeRandom(world.seed, 'publications')
  const entries = months(FIRST, world.start + MONTHS_AHEAD).flatMap((yyyyMM, i) => {
    const decidedAt = endOfMonth(yyyyMM) - random.between(12, 20) * DAY
    return Array.from({ length: 10 }, (_, n): Entry => {
      const procedure = random.pick(world.procedures)
      const effectiveAt = decidedAt + (random.int(8) === 0 ? 3 : random.between(9, 20)) * DAY
      const publishedAt = decidedAt + (random.int(8) === 0 ? 12 : random.between(1, 5)) * DAY
      const complete = random.int(9) === 0 ? '' : 'x'
      const head = [procedure.code, `${2_300 + i * 10 + n}/QĐ-UBND`, 'H53', day(decidedAt), day(effectiveAt)]
      return {
        month: yyyyMM,
        at: (now) =>
          decidedAt > now ? null : publishedAt > now ? [...head, '', ''] : [...head, day(publishedAt), complete],
      }
    })
  })
  const header = [
    'Mã TTHC',
    'Số quyết định',
    'Đơn vị công bố',
    'Ngày quyết định',
    'Ngày hiệu lực',
    'Ngày công khai',
    'Đủ nội dung',
  ]
  return { folder: 'publications', stem: 'congbo', header, entries }
}

function petitions(world: World): Kind {
  const random = makeRandom(world.seed, 'petitions')
  const people = makePeople(makeRandom(world.seed, 'petitioners'))
  const used = world.agencies.filter(({ kind }) => kind === 'department' || kind === 'district')
  const entries = months(FIRST, world.start + MONTHS_AHEAD).flatMap((yyyyMM) => {
    const first = endOfMonth(yyyyMM) - 27 * DAY
    return Array.from({ length: 30 }, (_, n) => {
      const about = { procedure: random.int(2) === 0 ? random.pick(world.procedures).code : '', dossier: '' }
      return petition(random, people, used, { yyyyMM, first, n, about })
    })
  })
  const header = [
    'Mã PAKN',
    'Đơn vị xử lý',
    'Mã TTHC',
    'Mã hồ sơ',
    'Phân loại',
    'Người phản ánh',
    'Điện thoại',
    'Nội dung',
    'Ngày tiếp nhận',
    'Kết quả',
    'Ngày xử lý',
    'Ngày công khai',
    'Hài lòng',
    'Phản ánh lại',
  ]
  return { folder: 'petitions', stem: 'phananh', header, entries }
}

interface About {
  procedure: string
  dossier: string
}
function petition(
  random: Random,
  people: ReturnType<typeof makePeople>,
  agencies: readonly SampleAgency[],
  { yyyyMM, first, n, about }: { yyyyMM: string; first: number; n: number; about: About },
): Entry {
  const agency = random.pick(agencies)
  const person = people('thành phố Tây Ninh', 0)
  const receivedAt = first + random.int(26) * DAY
  const outcome = random.pick(['Đã trả lời', 'Đã trả lời', 'Đã trả lời', 'Từ chối', 'Yêu cầu bổ sung'])
  const within = { 'Đã trả lời': 18, 'Từ chối': 1, 'Yêu cầu bổ sung': 5 }[outcome] ?? 1
  const outcomeAt = receivedAt + random.between(1, within) * DAY
  const publishedAt = outcome === 'Đã trả lời' ? outcomeAt + random.int(3) * DAY : null
  const head = [
    `PAKN.${yyyyMM}${String(n + 1).padStart(2, '0')}.${String(random.int(10_000)).padStart(4, '0')}`,
    codeOf(agency),
    about.procedure,
    about.dossier,
    random.int(4) === 0 ? 'Hành vi hành chính' : 'Quy định hành chính',
    person.name,
    person.phone,
    `Phản ánh của ${person.name} về thời gian giải quyết`,
    day(receivedAt),
  ]
  const judged = random.int(6) === 0 ? ['Không', random.int(2) === 0 ? 'Có' : 'Không'] : ['Có', 'Không']
  return {
    month: yyyyMM,
    at(now) {
      if (receivedAt > now) return null
      if (outcomeAt > now) return [...head, '', '', '', '', '']
      const isPublic = publishedAt !== null && publishedAt <= now
      return [...head, outcome, day(outcomeAt), isPublic ? day(publishedAt) : '', ...(isPublic ? judged : ['', ''])]
    },
  }
}
