/** Hazards of pages, completeness and deletions: 9 to 13, 15. */
import type { Check } from './check.ts'
import { killedRun } from './checks-cursor.ts'
import { DRIBBLE } from './http-server.ts'
import { fail, type Subject, saidOf } from './subject.ts'
import type { Row, Said, Spoilt } from './types.ts'
import type { Home } from './world.ts'

const DAY = 86_400_000
const byPage = ({ facts }: Subject) =>
  ['page-number', 'offset', 'token', 'link', 'keyset'].includes(facts.paging) && facts.http
const NO_PAGES: Said = ['không có trang nào để xê dịch', 'it has no pages that could move']

export const movingRows: Check = {
  hazard: 9,
  name: 'moving-rows',
  title: ['Bản ghi đổi chỗ giữa các trang khi đang đọc', 'Rows move between pages while reading'],
  leaves: (subject) =>
    byPage(subject)
      ? null
      : subject.facts.kind === 'sql'
        ? ['đọc trong một ảnh chụp', 'it reads within one snapshot']
        : NO_PAGES,
  async run(subject) {
    const { source } = subject
    const home = await subject.open()
    const rows = subject.threePages()
    source.state.rows = [...rows]
    let moved = false
    source.state.before = ({ page }) => {
      if (page !== 1 || moved) return
      moved = true
      // one that has been read is gone: all behind it move forward by one
      source.state.rows = source.state.rows.toSpliced(3, 1)
    }
    const run = await home.sync()
    const stayed = rows.toSpliced(3, 1)
    const problem = await subject.difference(home, [...rows])
    const lost = await subject.difference(home, stayed)
    if (run.state !== 'incomplete' && lost && problem)
      fail(
        [`${lost[0]}, mà lần đọc kết thúc: ${saidOf(run)}`, `${lost[1]}, yet the read ended: ${saidOf(run)}`],
        [
          'đọc lại dòng ngay trước mỗi trang (seams: probe), hoặc so với tổng số',
          'ask again for the row before each page (seams: probe), or compare with the total',
        ],
      )
    source.state.before = null
    await home.sync({ full: true })
    const after = await subject.landed(home)
    const missing = [...subject.expected(stayed).keys()].find((code) => after.get(code)?.alive !== true)
    if (missing)
      fail(
        [`${missing} vẫn thiếu sau lần đọc yên tĩnh`, `${missing} is still missing after a quiet read`],
        ['đọc đầy đủ phải đọc hết', 'a full read must enumerate everything'],
      )
    return run.state === 'incomplete'
      ? ['lần đọc tự nhận là chưa đủ; lần yên tĩnh sau thì đủ', 'the run says incomplete; the next quiet one has all']
      : ['mọi bản ghi còn đó đều đến', 'all rows that stayed arrived']
  },
}

export const stuckPaging: Check = {
  hazard: 10,
  name: 'stuck-paging',
  title: [
    'Phân trang kẹt: cùng một trang mãi, A/B/A/B, không bao giờ hết, nhỏ giọt',
    'Stuck paging: one page for ever, A/B/A/B, no end, dribbling',
  ],
  leaves: (subject) => (byPage(subject) ? null : NO_PAGES),
  async run(subject) {
    const { source } = subject
    const all = subject.threePages()
    const bodies = bodiesOf(subject, all)
    const cap = 8
    const tricks: [name: Said, spoil: (page: number) => Spoilt | undefined][] = [
      [['trang đầu lặp mãi', 'the first page for ever'], () => bodies[0]],
      [['A/B/A/B', 'A/B/A/B'], (page) => bodies[page % 2]],
    ]
    for (const [name, spoil] of tricks) {
      subject.reset()
      source.state.rows = all
      let n = 0
      source.state.spoil = ({ page }) => (page === null ? undefined : spoil(n++))
      await refuses(subject, name, { maxPages: cap })
    }
    subject.reset()
    // one more page whenever one is asked for
    let next = 10_000
    source.state.rows = [...all]
    source.state.before = () => {
      source.state.rows = [...source.state.rows, ...subject.rows(subject.facts.perPage, { from: next })]
      next += subject.facts.perPage
    }
    await refuses(subject, ['không bao giờ hết', 'no end'], { maxPages: cap })
    subject.reset()
    source.state.rows = all
    source.state.spoil = ({ page }) => (page === 1 ? { text: DRIBBLE } : undefined)
    await refuses(subject, ['nhỏ giọt', 'dribbling'], { deadlines: { idleMs: 5_000, totalMs: 150 } })
    subject.reset()
    source.state.perPage = 5
    source.state.rows = subject.rows(150)
    const home = await subject.open()
    const run = await home.sync()
    await subject.demand(home, source.state.rows, [
      'nguồn nhiều trang thật không phải là vòng lặp',
      'a source that really has many pages is no loop',
    ])
    return [
      `mỗi kiểu đều dừng và không báo thành công; 30 trang thật thì ${run.state}`,
      `each ends, none as a success; 30 genuine pages: ${run.state}`,
    ]
  },
}

async function refuses(subject: Subject, name: Said, control: object): Promise<void> {
  const home = await subject.open()
  const run = await home.sync({ control })
  const ended = run.state === 'failed' || run.state === 'incomplete' || run.state === 'held'
  if (!ended)
    fail(
      [
        `${name[0]}: kết thúc ${saidOf(run)} với ${run.counts.read} bản ghi`,
        `${name[1]}: it ends as ${saidOf(run)} with ${run.counts.read} records`,
      ],
      [
        'chạm giới hạn số trang là chưa đủ (incomplete), không bao giờ là thành công',
        'reaching the cap of pages is incomplete, never a success',
      ],
    )
  const { watermark } = await home.checkpoint()
  if (watermark !== null)
    fail(
      [`${name[0]}: mốc thành ${watermark}`, `${name[1]}: the watermark became ${watermark}`],
      ['mốc chỉ đi khi đã đủ', 'the watermark moves with completeness only'],
    )
  await home.close()
}

/** The answers of an undisturbed read, page by page. */
function bodiesOf({ source, facts: { perPage } }: Subject, rows: readonly Row[]): Spoilt[] {
  const pages = [rows.slice(0, perPage), rows.slice(perPage, perPage * 2)]
  return pages.map((page) => source.page?.(page, rows.length) ?? { text: '' })
}

export const badAnswer: Check = {
  hazard: 11,
  name: 'bad-answer',
  title: [
    '200 nhưng là lỗi, trang đăng nhập, hoặc rỗng bất thường',
    'A 200 that is an error, a login page, or suspiciously empty',
  ],
  leaves: () => null,
  async run(subject) {
    const { source, facts } = subject
    const home = await subject.open()
    const rows = subject.rows(40)
    source.state.rows = rows
    await home.sync()
    const before = { checkpoint: await home.checkpoint() }
    const bad: [name: Said, spoilt: Spoilt | null][] = facts.http
      ? [
          [['{"success":false}', '{"success":false}'], { text: '{"success":false}' }],
          [['trang đăng nhập', 'a login page'], { type: 'text/html', text: '<!DOCTYPE html><title>Đăng nhập</title>' }],
          [['SOAP Fault', 'a SOAP Fault'], { type: 'text/xml', text: FAULT }],
        ]
      : facts.kind === 'singer'
        ? [[['trang web thay cho tin nhắn', 'a web page in place of messages'], { text: '<!DOCTYPE html>' }]]
        : facts.kind === 'files'
          ? [
              [
                ['trang web thay cho tệp', 'a web page in place of the file'],
                { text: '<!DOCTYPE html><title>Đăng nhập</title>' },
              ],
              [['tệp rỗng', 'an empty file'], { text: '' }],
            ]
          : []
    subject.now += DAY
    for (const [name, spoilt] of bad) {
      source.state.spoil = () => spoilt ?? undefined
      await unharmed(subject, home, rows, before.checkpoint.watermark, { name, full: false, mustEnd: true })
    }
    source.state.spoil = null
    source.state.rows = []
    // of ratings there may be none; of everything else there is never nothing
    const never = subject.stream.entity === 'dossier' || subject.stream.deletes === 'by-full-read'
    if (facts.kind !== 'files')
      await unharmed(subject, home, rows, before.checkpoint.watermark, {
        name: ['rỗng', 'empty'],
        full: true,
        mustEnd: never,
      })
    source.state.rows = [...rows, subject.row(90, subject.now - 3_600_000)]
    await home.sync({ full: true })
    await subject.demand(home, source.state.rows, ['sau đó phải đọc lại được', 'afterwards it must be read as before'])
    return [
      `${bad.length + 1} kiểu: hỏng hoặc tạm giữ, kho không đổi`,
      `${bad.length + 1} kinds: failed or held, the warehouse as it was`,
    ]
  },
}
const FAULT =
  '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><soap:Fault><faultcode>soap:Server</faultcode><faultstring>quá tải</faultstring></soap:Fault></soap:Body></soap:Envelope>'

async function unharmed(
  subject: Subject,
  home: Home,
  rows: readonly Row[],
  watermark: string | null,
  { name, full, mustEnd }: { name: Said; full: boolean; mustEnd: boolean },
): Promise<void> {
  const run = await home.sync({ full })
  const problem = await subject.difference(home, rows)
  const at = (await home.checkpoint()).watermark
  const isWell = run.state === 'succeeded' || run.state === 'partial'
  if (problem) fail([`${name[0]}: ${problem[0]} (${saidOf(run)})`, `${name[1]}: ${problem[1]} (${saidOf(run)})`], GUARD)
  // of files it also says which were refused
  const moved = subject.facts.kind !== 'files' && at !== watermark
  if (mustEnd && (isWell || moved))
    fail([`${name[0]}: kết thúc ${saidOf(run)}`, `${name[1]}: it ends as ${saidOf(run)}`], GUARD)
}
const GUARD: Said = [
  'guard phải nhận ra câu trả lời lỗi; danh sách vắng mặt không phải là danh sách rỗng',
  'the guard must recognise an error; a list that is absent is not an empty list',
]

export const halfFull: Check = {
  hazard: 12,
  name: 'half-full-read',
  title: ['Đọc đầy đủ bị đứt nửa chừng', 'A full read dies half-way'],
  leaves: () => null,
  async run(subject) {
    const { source } = subject
    const home = await subject.open()
    const rows = subject.threePages()
    source.state.rows = rows
    await home.sync()
    const proven = (await home.checkpoint()).watermark
    subject.now += DAY
    const broken = await subject.broken(home, { full: true })
    if (broken.state === 'succeeded' || broken.state === 'partial')
      fail(
        [`lần đọc đứt mà kết thúc ${saidOf(broken)}`, `it broke off and ends as ${saidOf(broken)}`],
        ['đừng nuốt lỗi của trang', 'do not swallow the error of a page'],
      )
    await subject.demand(home, rows, [
      'thứ đã có phải còn nguyên cho đến khi chứng minh được là đủ',
      'what was there stays until completeness is proven',
    ])
    const at = (await home.checkpoint()).watermark
    if (at !== proven)
      fail(
        [`mốc thành ${at}`, `the watermark became ${at}`],
        ['mốc chỉ đi khi đã đủ', 'the watermark moves with completeness only'],
      )
    await home.sync({ full: true })
    await subject.demand(home, rows, ['lần sau phải đủ', 'the next full read must have all'])
    return ['những gì đã có vẫn được phục vụ; lần sau đủ', 'what was there is still served; the next full read has all']
  },
}

export const deletions: Check = {
  hazard: 13,
  name: 'deletions',
  title: ['Xóa sau khi đọc tiếp; xóa hàng loạt', 'Deletions after a resume; a mass deletion'],
  leaves: ({ stream }) =>
    stream.deletes === 'never' || stream.entity === 'agency'
      ? ['không xóa gì theo nguồn này', 'nothing is ever deleted after this source']
      : null,
  async run(subject) {
    const { source, stream } = subject
    const home = await subject.open()
    // enough that one goes without asking, and so few that a third does not
    const count = 100
    const rows = subject.rows(count)
    source.state.rows = rows
    await home.sync()
    subject.now += DAY
    await subject.broken(home, { full: true })
    const resumed = await home.sync()
    await subject.demand(home, rows, [
      `sau khi đọc tiếp (${saidOf(resumed)}) không được xóa gì của phần không đọc lại`,
      `after a resume (${saidOf(resumed)}) nothing of what was not seen again may be deleted`,
    ])
    subject.now += DAY
    const gone = rows.slice(5, 8)
    const left = rows.filter((row) => !gone.includes(row))
    const mark = (row: Row): Row => ({
      ...row,
      gone: true,
      ...(subject.facts.timeField
        ? { record: subject.material.at(row.record, subject.now - 60_000, subject.facts.timeField) }
        : {}),
      at: subject.now - 60_000,
    })
    source.state.rows = stream.deletes === 'tombstones' ? [...left, ...gone.map(mark)] : left
    await home.sync({ full: true })
    const twice = await home.sync({ full: true })
    await subject.demand(home, left, [
      `sau hai lần đọc đầy đủ (${saidOf(twice)}) bản ghi đã mất ở nguồn phải mất ở kho`,
      `after two full reads (${saidOf(twice)}) what is gone at the source must be gone here`,
    ])
    subject.now += DAY
    const third = left.slice(0, Math.floor(left.length / 3))
    const rest = left.filter((row) => !third.includes(row))
    source.state.rows = stream.deletes === 'tombstones' ? [...rest, ...third.map(mark)] : rest
    await home.sync({ full: true })
    const mass = await home.sync({ full: true })
    if (mass.state !== 'held')
      fail(
        [
          `một phần ba biến mất mà lần đọc kết thúc ${saidOf(mass)}`,
          `a third vanishes and the run ends as ${saidOf(mass)}`,
        ],
        ['khai báo deletes đúng với nguồn', 'declare deletes as the source really is'],
      )
    return [
      'đọc tiếp không xóa gì; 3 bản ghi mất thì xóa; một phần ba mất thì tạm giữ',
      'a resume deletes nothing; 3 that are gone go; a third that vanishes is held',
    ]
  },
}

export const leftOver: Check = {
  hazard: 15,
  name: 'left-over',
  title: ['Việc dở dang của lần chạy bị dừng', 'Work left over from a run that was killed'],
  leaves: (subject) =>
    subject.paged
      ? null
      : ['cả danh sách đến trong một câu trả lời', 'the whole list comes in one answer: nothing is left half-done'],
  async run(subject) {
    const { rows, home, before, state } = await killedRun(subject)
    const runs = await home.warehouse.read((db) =>
      db
        .selectFrom('run')
        .select(['state', 'why'])
        .where('source', '=', 'suite')
        .orderBy('started_at')
        .orderBy('id')
        .execute(),
    )
    if (
      !runs.some(({ state: one, why }) => one === 'failed' && (why ?? '').includes('RUN_INTERRUPTED')) ||
      runs.some((run) => run.state === 'running')
    )
      fail(
        [
          `sổ lần chạy: ${runs.map((run) => run.state).join(', ')}`,
          `the ledger of runs says: ${runs.map((run) => run.state).join(', ')}`,
        ],
        ['', ''],
      )
    await subject.demand(home, rows, [
      'lần sau phải đọc tiếp phần còn lại',
      'the next run must read on where the killed one stopped',
    ])
    return [
      `${before} còn lại từ lần trước, lần sau ${state}: đủ ${rows.length}`,
      `${before} left from the killed run, the next one ${state}: all ${rows.length}`,
    ]
  },
}
