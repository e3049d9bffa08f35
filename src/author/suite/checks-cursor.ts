/** Hazards of cursors and windows: 1 to 8. */
import type { Check } from './check.ts'
import { fail, type Subject, saidOf } from './subject.ts'
import type { Row, Said } from './types.ts'
import type { Home } from './world.ts'

const DAY = 86_400_000
const HINT_RESUME: Said = [
  'điểm đọc tiếp phải gồm cả giá trị con trỏ và khóa, và đọc lại từ chính giá trị đó (>=)',
  'the resume point must hold the cursor value and the key, and reading must go on at that very value (>=)',
]

/** A run is killed once something has landed; the next process finds what it left and reads on. */
export interface Killed {
  rows: Row[]
  before: number
  home: Home
  state: string
}
export function killedRun(subject: Subject): Promise<Killed> {
  return subject.once('killed', async () => {
    subject.source.state.perPage = subject.facts.kind === 'rest' ? 250 : null
    const rows = subject.many()
    subject.source.state.rows = rows
    const first = await subject.open()
    const home = await first.killed(1_000)
    await first.close()
    const before = await subject.count(home)
    const next = await home.sync()
    return { rows, before, home, state: saidOf(next) }
  })
}

const TAP: Said = [
  'tap tự quyết định hỏi nguồn từ lúc nào',
  'from when on the source is asked is decided by the tap itself',
]

const oneAnswer = (subject: Subject): Said | null =>
  subject.paged
    ? null
    : ['cả danh sách đến trong một câu trả lời', 'the whole list comes in one answer: there is nothing to resume']

export const equalCursor: Check = {
  hazard: 1,
  name: 'equal-cursor',
  title: ['Giá trị con trỏ bằng nhau, tiến trình bị dừng giữa chừng', 'Equal cursor values, killed in between'],
  leaves: oneAnswer,
  async run(subject) {
    const { rows, before, home, state } = await killedRun(subject)
    await subject.demand(home, rows, HINT_RESUME)
    const doubled = await subject.versions(home)
    if (doubled > 0)
      fail(
        [`${doubled} bản ghi bị ghi hai lần`, `${doubled} records were written twice`],
        ['cùng một bản ghi phải cho cùng một nội dung', 'the same record must have the same content each time'],
      )
    return [
      `${rows.length} bản ghi cùng thời điểm; dừng sau ${before}; lần sau ${state}: đủ, mỗi bản ghi một lần`,
      `${rows.length} records of one moment; killed after ${before}; next run ${state}: all of them, once`,
    ]
  },
}

export const lateRow: Check = {
  hazard: 2,
  name: 'late-row',
  title: ['Bản ghi ghi nhận muộn, sau mốc đã đọc', 'A record committed behind the watermark'],
  leaves: ({ facts }) =>
    facts.kind === 'singer'
      ? TAP
      : facts.since === null || facts.since === 'files'
        ? ['mỗi lần đọc lại toàn bộ', 'every read sees everything']
        : null,
  async run(subject) {
    const { facts, source } = subject
    const home = await subject.open()
    source.state.rows = subject.rows(30)
    await home.sync()
    const reached = subject.now
    subject.now += facts.since === 'window' ? DAY : 3_600_000
    const lookback = facts.lookback ?? 0
    const late = subject.row(100, reached - Math.max(lookback / 2, facts.since === 'window' ? 0 : 1_000))
    const beyond = subject.row(101, reached - 2 * DAY - 2 * lookback)
    source.state.rows.push(late, beyond)
    const run = await home.sync()
    const landed = await subject.landed(home)
    const code = subject.material.expected(late)?.code ?? ''
    if (landed.get(code)?.alive !== true)
      fail(
        [
          `${code} được ghi nhận trước mốc một khoảng ngắn và không bao giờ đến (${saidOf(run)})`,
          `${code}, committed a little behind the watermark, never comes (${saidOf(run)})`,
        ],
        [
          'khai báo lookback dài hơn thời gian một giao dịch ở nguồn',
          'declare a lookback longer than a transaction of the source is open',
        ],
      )
    const full = await home.sync({ full: true })
    await subject.demand(home, source.state.rows, [
      'đọc --full phải đọc hết, không kể mốc',
      'a --full read must enumerate everything, whatever the watermark',
    ])
    const told = full.counts.late > 0 ? full.counts.late : null
    return [
      `đến trong khoảng đọc lại; muộn hơn thì lần đọc đầy đủ thấy${told === null ? '' : ` và báo ${told}`}`,
      `inside the lookback it comes; beyond it the full read finds it${told === null ? '' : ` and says so (${told})`}`,
    ]
  },
}

export const nothingNew: Check = {
  hazard: 3,
  name: 'nothing-new',
  title: [
    'Nhiều bản ghi cùng một mốc, nhiều lần đọc không có gì mới',
    'Many records of one moment, runs with nothing new',
  ],
  leaves: () => null,
  async run(subject) {
    const { source } = subject
    const home = await subject.open()
    const midnight = startOfDay(subject.now - 3 * DAY, subject.facts.zone)
    source.state.rows = subject.rows(100, { at: () => midnight })
    await home.sync()
    await subject.demand(home, source.state.rows, HINT_RESUME)
    const before = await subject.landed(home)
    for (let night = 0; night < 2; night++) {
      subject.now += DAY
      const run = await home.sync()
      if (run.counts.landed + run.counts.deleted > 0)
        fail(
          [
            `không có gì mới mà ghi ${run.counts.landed} bản ghi`,
            `nothing is new, yet ${run.counts.landed} records are written`,
          ],
          [
            'nội dung không được chứa thời điểm đọc hay số thứ tự',
            'the content must not hold the moment of reading or a running number',
          ],
        )
    }
    const kept = JSON.stringify(await home.checkpoint()).length
    if (kept > 1_100)
      fail(
        [`điểm đọc chiếm ${kept} byte`, `the checkpoint takes ${kept} bytes`],
        ['chỉ giữ giá trị con trỏ và khóa', 'keep a cursor value and a key, not a list of what was seen'],
      )
    if (before.size !== (await subject.landed(home)).size)
      fail(['số bản ghi thay đổi', 'the number of records changed'], HINT_RESUME)
    return [
      `100 bản ghi, 2 lần đọc nữa: không ghi gì, điểm đọc ${kept} byte`,
      `100 records, 2 more runs: nothing written, checkpoint ${kept} bytes`,
    ]
  },
}

export const unordered: Check = {
  hazard: 4,
  name: 'unordered',
  title: ['Nguồn không theo thứ tự hỏng sau trang đầu', 'An unordered source fails after its first page'],
  leaves: (subject) =>
    oneAnswer(subject) ??
    (subject.facts.since === null
      ? ['không có mốc thời gian', 'it has no watermark: every read sees everything']
      : subject.facts.kind === 'sql'
        ? ['câu truy vấn tự sắp theo con trỏ và khóa', 'the query itself orders by cursor and key']
        : null),
  async run(subject) {
    const { source } = subject
    const home = await subject.open()
    const first = subject.threePages()
    source.state.rows = first
    await home.sync()
    const proven = (await home.checkpoint()).watermark
    subject.now += DAY
    const times = [5, 1, 4, 2, 3]
    const fresh = subject.threePages(5_000).map((row, i) => ({
      ...subject.row(
        5_000 + i,
        subject.now -
          (times[i % 5] ?? 0) * 600_000 -
          (subject.facts.since === 'window' ? Math.floor(i / 20) * 3_600_000 : 0),
      ),
      ...(row.period ? { period: row.period } : {}),
    }))
    source.state.rows = [...first, ...fresh]
    const broken = await subject.broken(home)
    const { watermark } = await home.checkpoint()
    if (broken.state === 'succeeded' || watermark !== proven)
      fail(
        [
          `lần đọc hỏng (${saidOf(broken)}) mà mốc từ ${proven} thành ${watermark}`,
          `the read broke off (${saidOf(broken)}), yet the watermark went from ${proven} to ${watermark}`,
        ],
        [
          'mốc chỉ được trả về ở cuối, cùng lời khai đầy đủ',
          'return the watermark only at the end, with the statement of completeness',
        ],
      )
    await home.sync()
    await subject.demand(home, source.state.rows, [
      'những trang chưa đọc phải được hỏi lại',
      'the pages that were not read must be asked for again',
    ])
    return [
      'mốc không vượt quá phần đã chứng minh; lần sau đủ',
      'the watermark stays at what is proven; the next run brings the rest',
    ]
  },
}

export const seams: Check = {
  hazard: 5,
  name: 'window-seams',
  title: [
    'Mép cửa sổ: 23:59:59.000, 23:59:59.412, 00:00:00.000',
    'Window seams: 23:59:59.000, 23:59:59.412, 00:00:00.000',
  ],
  leaves: ({ facts }) =>
    facts.kind === 'singer'
      ? TAP
      : facts.since === null || facts.since === 'files'
        ? ['không hỏi theo thời gian', 'it does not ask by time']
        : null,
  async run(subject) {
    const { facts, source } = subject
    const midnight = startOfDay(subject.now, facts.zone)
    const moments = [midnight - 1_000, midnight - 588, midnight]
    // a window's end is included or not as the declaration says; a changed-since filter may be either
    const ends = facts.since === 'server-clock' ? [true, false] : [true]
    for (const inclusive of ends) {
      subject.reset()
      source.state.inclusive = inclusive
      const home = await subject.open()
      const rows = moments.map((at, i) => subject.row(i, at))
      for (const [i, at] of moments.entries()) {
        subject.now = at + 100
        source.state.rows = rows.slice(0, i + 1)
        await home.sync()
      }
      subject.now = midnight + DAY
      await home.sync()
      await subject.demand(home, rows, [
        'cửa sổ nửa mở [từ, đến), và đọc lại một khoảng trước mốc',
        'half-open windows [from, until), and a lookback behind the watermark',
      ])
      if ((await subject.versions(home)) > 0)
        fail(['có bản ghi bị ghi hai lần', 'a record was written twice'], HINT_RESUME)
      await home.close()
    }
    return [
      'mỗi bản ghi một lần',
      ends.length === 2 ? 'each once, with an inclusive and an exclusive server' : 'each once',
    ]
  },
}

export const startOfDay = (at: number, zone: string): number =>
  Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone).startOfDay().epochMilliseconds
