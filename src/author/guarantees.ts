/**
 * What a stream guarantees, in plain words and both languages, derived from its declaration and from what the engine does with it (design
 * §3.2, §3.3). What a generator written by hand does cannot be known from outside, and is said to be so.
 */
import type { Connector, Stream } from '../connect/connector.ts'
import type { Language } from '../errors.ts'
import { type Facts, factsOf } from './guarantees-facts.ts'

export const GUARANTEES = ['sees', 'late', 'deletions', 'duplicates', 'order', 'resume', 'complete'] as const
type Said = Readonly<Record<Language, string>>
export interface Guarantee extends Said {
  name: (typeof GUARANTEES)[number]
  /** limited: something is not seen, and the sentence says what; unknown: only the generator's author knows */
  state: 'sure' | 'limited' | 'unknown'
  /** a few words for one line; empty where the line does without */
  short: Said
}
type Told = Omit<Guarantee, 'name'>

export interface GuaranteeOptions {
  /** as `ioc sync` is told to read it; the connector's name where there is no instance yet */
  source?: string
}

/** One sentence for each of GUARANTEES, in that order. */
export function guaranteesOf<Config>(
  connector: Pick<Connector<Config>, 'name'>,
  stream: Stream<Config>,
  { source = connector.name }: GuaranteeOptions = {},
): Guarantee[] {
  const facts = factsOf(stream)
  const full = `ioc sync ${source} --full`
  return [
    { name: 'sees', ...sees(stream, facts) },
    { name: 'late', ...late(stream, facts, full) },
    { name: 'deletions', ...deletions(stream, facts, full) },
    { name: 'duplicates', ...duplicates(stream) },
    { name: 'order', ...order(stream) },
    { name: 'resume', ...resume(facts) },
    { name: 'complete', ...complete(facts) },
  ]
}

/** `deletions seen on every run; late rows up to 2 h; duplicates impossible; resumes at the page` */
export const inShort = (guarantees: readonly Guarantee[], language: Language): string =>
  guarantees
    .map(({ short }) => short[language])
    .filter((words) => words !== '')
    .join('; ')

const NO_WORDS: Said = { vi: '', en: '' }
const told = (state: Told['state'], vi: string, en: string, short: Said = NO_WORDS): Told => ({ state, vi, en, short })
type AnyStream = Pick<Stream<never>, 'sees' | 'cursor' | 'deletes' | 'key' | 'order'>

function sees({ sees, cursor }: AnyStream, { kind, unfinished }: Facts): Told {
  if (sees === 'everything')
    return told('sure', 'Mỗi lần chạy đọc toàn bộ danh sách.', 'Every run reads the whole list.')
  if (sees === 'new-only') {
    if (unfinished !== null) {
      const [vi, en] = unfinished === 'id' ? ['theo mã', 'by its key'] : ['theo khoảng ngày', 'by its window of days']
      return told(
        'sure',
        `Nguồn chỉ trả lời theo ngày tiếp nhận; hồ sơ chưa kết thúc được hỏi lại ${vi} ở mỗi lần chạy.`,
        `The source answers only by date received; what has not ended is asked for again ${en} in every run.`,
      )
    }
    return kind === null
      ? told(
          'unknown',
          'Nguồn chỉ trả lời theo ngày tiếp nhận; connector viết tay phải tự hỏi lại hồ sơ chưa kết thúc.',
          'The source answers only by date received; the generator, written by hand, must itself ask again for what has not ended.',
        )
      : told(
          'limited',
          'Nguồn chỉ trả lời theo ngày tiếp nhận và hồ sơ chưa kết thúc không được hỏi lại: thay đổi về sau không thấy được.',
          'The source answers only by date received and what has not ended is not asked for again: its later changes are not seen.',
        )
  }
  if (kind === 'files')
    return told(
      'sure',
      'Mỗi lần chạy nhận các tệp mới hoặc được lưu lại; tệp đã nhận, nội dung không đổi thì bỏ qua.',
      'Every run takes the files that are new or were saved again; a file taken before, unchanged, is passed over.',
    )
  if (!cursor)
    return told(
      'unknown',
      'Nguồn cho biết thay đổi; hỏi theo cách nào là do connector.',
      'The source tells what has changed; how it is asked is up to the connector.',
    )
  const [vi, en] =
    cursor.from === 'field'
      ? [`theo trường ${cursor.field}`, `by its field ${cursor.field}`]
      : ['theo đồng hồ của nguồn', "by the source's own clock"]
  return told(
    'sure',
    `Mỗi lần chạy đọc những gì thay đổi từ lần đọc đủ trước đó, ${vi}.`,
    `Every run reads what has changed since the last complete one, ${en}.`,
  )
}

function late({ sees, cursor }: AnyStream, { kind, lookbackDays }: Facts, full: string): Told {
  if (sees === 'everything')
    return told(
      'sure',
      'Bản ghi đến muộn được thấy ở lần chạy sau.',
      'A row that comes late is seen by the next run.',
      { vi: 'bản ghi muộn: thấy ở lần chạy sau', en: 'late rows by the next run' },
    )
  if (kind === 'files')
    return told(
      'sure',
      'Tệp đến muộn vẫn được nhận, xếp theo kỳ ghi trong tên tệp chứ không theo lúc đến.',
      'A file that comes late is taken when it comes, and ranked by the period in its name, not by its arrival.',
      { vi: 'tệp muộn: vẫn được nhận', en: 'late files taken when they come' },
    )
  const back = cursor?.lookback ?? (lookbackDays === null ? null : `P${lookbackDays}D`)
  if (back === null)
    return told(
      'unknown',
      'Bản ghi đến muộn: không biết được từ khai báo.',
      'Late rows: the declaration does not tell.',
      { vi: 'bản ghi muộn: không rõ', en: 'late rows unknown' },
    )
  if (Temporal.Duration.from(back).blank)
    return told(
      'limited',
      `Bản ghi được ghi muộn ở nguồn, sau lần đọc, chỉ thấy khi đọc toàn bộ: ${full}.`,
      `A row that the source commits behind the last read is seen only by a full one: ${full}.`,
      { vi: 'bản ghi muộn: không thấy', en: 'late rows not seen' },
    )
  const long = { vi: duration(back, 'vi'), en: duration(back, 'en') }
  return told(
    'sure',
    `Bản ghi được ghi muộn đến ${long.vi} vẫn được thấy; muộn hơn thì chỉ khi đọc toàn bộ: ${full}.`,
    `A row that the source commits up to ${long.en} late is seen; what is later still, only by a full read: ${full}.`,
    { vi: `bản ghi muộn đến ${long.vi}`, en: `late rows up to ${long.en}` },
  )
}

const HELD: Said = {
  vi: ' Xóa hàng loạt thì bị giữ lại chờ người xem.',
  en: ' A mass deletion is held for a person to look at.',
}

function deletions({ deletes }: AnyStream, facts: Facts, full: string): Told {
  const never = { vi: 'không thấy bản ghi bị xóa', en: 'deletions not seen' }
  if (deletes === 'never')
    return told(
      'limited',
      'Không thấy bản ghi bị xóa: bản ghi đã mất ở nguồn vẫn được tính.',
      'Deletions are not seen: a record that is gone at the source still counts.',
      never,
    )
  if (deletes === 'tombstones') {
    const by = facts.mark === null ? '' : ` (${facts.mark})`
    return told(
      'sure',
      `Bản ghi nguồn đánh dấu đã xóa${by} được xóa ở lần chạy sau.${HELD.vi}`,
      `A record that the source marks as deleted${by} is gone with the next run.${HELD.en}`,
      { vi: 'thấy bản ghi bị xóa ở mỗi lần chạy', en: 'sees deletions on every run' },
    )
  }
  if (facts.by === 'number' || facts.by === 'window')
    return told(
      'limited',
      facts.by === 'number'
        ? 'Khai báo xóa theo đọc toàn bộ, nhưng đọc theo số trang không chứng minh được bản ghi nào đã mất: không có gì bị xóa.'
        : 'Khai báo xóa theo đọc toàn bộ, nhưng nguồn chỉ trả lời theo ngày: không chứng minh được bản ghi nào đã mất, không có gì bị xóa.',
      facts.by === 'number'
        ? 'Deletions are declared by full read, but pages by number cannot prove that a record is gone: nothing is deleted.'
        : 'Deletions are declared by full read, but a source that answers by date cannot prove that a record is gone: nothing is deleted.',
      never,
    )
  return byFullRead(facts, full)
}

function byFullRead({ by, everyRun, mayBeUnfrozen }: Facts, full: string): Told {
  const once = by === 'snapshot' || by === 'keyset'
  const [vi, en] =
    by === null
      ? [
          'vắng ở một lần đọc đủ (hoặc hai lần liền, tùy cách đọc)',
          'missing from one complete read (or two in a row, by how it is read)',
        ]
      : once && mayBeUnfrozen
        ? [
            'vắng ở một lần đọc đủ (hai lần liền nếu máy chủ không có snapshot)',
            'missing from one complete read (two in a row where the server offers no snapshot)',
          ]
        : once
          ? ['vắng ở một lần đọc đủ', 'missing from one complete read']
          : ['vắng ở hai lần đọc đủ liền nhau', 'missing from two complete reads in a row']
  if (everyRun)
    return told('sure', `Bản ghi ${vi} thì bị xóa.${HELD.vi}`, `A record ${en} is deleted.${HELD.en}`, {
      vi: once ? 'thấy bản ghi bị xóa ở mỗi lần chạy' : 'thấy bản ghi bị xóa sau hai lần chạy',
      en: once ? 'sees deletions on every run' : 'sees deletions after two runs',
    })
  if (everyRun === null)
    return told(
      'unknown',
      `Bản ghi ${vi} thì bị xóa; lần chạy nào đọc đủ là do connector viết tay.${HELD.vi}`,
      `A record ${en} is deleted; which runs read everything is up to the generator, written by hand.${HELD.en}`,
      { vi: 'bản ghi bị xóa: tùy connector', en: 'deletions up to the connector' },
    )
  return told(
    'limited',
    `Bản ghi ${vi} thì bị xóa, và chỉ lệnh ${full} đọc đủ: không công việc nào trong jobs/ làm việc đó.${HELD.vi}`,
    `A record ${en} is deleted, and only ${full} reads everything: no job of jobs/ does.${HELD.en}`,
    { vi: `thấy bản ghi bị xóa chỉ khi chạy ${full}`, en: `sees deletions only by ${full}` },
  )
}

const duplicates = ({ key }: AnyStream): Told =>
  told(
    'sure',
    `Mỗi bản ghi chỉ có một, theo ${key.join(' + ')}, dù đọc bao nhiêu lần.`,
    `Each record stands once, by ${key.join(' + ')}, however often it is read.`,
    { vi: 'không thể trùng', en: 'duplicates impossible' },
  )

const order = ({ order }: AnyStream): Told =>
  order === 'arrival'
    ? told(
        'sure',
        'Bản đọc sau thay bản đọc trước (nguồn không cho biết bản nào mới hơn).',
        'What is read later replaces what was read before (the source does not say which is newer).',
      )
    : told(
        'sure',
        `Bản cũ không thay bản mới: ${order.field} quyết định.`,
        `An older version never replaces a newer one: ${order.field} decides.`,
      )

const RESUMES: Readonly<Record<NonNullable<Facts['resume']>, readonly [Said, Said]>> = {
  start: [
    {
      vi: 'Bị ngắt giữa chừng thì đọc lại từ đầu; phần đã ghi được giữ.',
      en: 'A read that is cut off begins again; what has landed stays.',
    },
    { vi: 'bị ngắt thì đọc lại từ đầu', en: 'begins again when cut off' },
  ],
  page: [
    {
      vi: 'Bị ngắt giữa chừng thì đọc tiếp từ trang đó nếu danh sách chưa dịch chuyển, nếu không thì từ đầu.',
      en: 'A read that is cut off goes on at its page if the list has not moved since, else it begins again.',
    },
    { vi: 'đọc tiếp từ trang đang dở', en: 'resumes at the page' },
  ],
  token: [
    {
      vi: 'Bị ngắt giữa chừng thì đọc tiếp từ trang đó, theo mã trang của nguồn.',
      en: "A read that is cut off goes on at its page, by the source's own token.",
    },
    { vi: 'đọc tiếp từ trang đang dở', en: 'resumes at the page' },
  ],
  row: [
    {
      vi: 'Bị ngắt giữa chừng thì đọc tiếp sau bản ghi cuối cùng đã ghi.',
      en: 'A read that is cut off goes on behind the last row that landed.',
    },
    { vi: 'đọc tiếp sau bản ghi cuối', en: 'resumes at the row' },
  ],
  file: [
    {
      vi: 'Bị ngắt giữa chừng thì đọc tiếp trong chính tệp đó.',
      en: 'A read that is cut off goes on within the file.',
    },
    { vi: 'đọc tiếp trong tệp đang dở', en: 'resumes within the file' },
  ],
  window: [
    {
      vi: 'Bị ngắt giữa chừng thì đọc tiếp từ khoảng ngày đó.',
      en: 'A read that is cut off goes on at its window of days.',
    },
    { vi: 'đọc tiếp từ khoảng ngày đang dở', en: 'resumes at the window' },
  ],
  state: [
    {
      vi: 'Bị ngắt giữa chừng thì đọc tiếp từ STATE cuối cùng mà bản ghi trước nó đã được ghi.',
      en: 'A read that is cut off goes on from the last STATE whose records have landed.',
    },
    { vi: 'đọc tiếp từ STATE cuối', en: 'resumes at the last STATE' },
  ],
}

function resume({ resume }: Facts): Told {
  if (resume === null)
    return told(
      'unknown',
      'Đọc tiếp từ đâu khi bị ngắt là do connector viết tay; không gì mất, vì phần chưa ghi được đọc lại.',
      'Where a read that is cut off goes on is up to the generator, written by hand; nothing is lost, what has not landed is read again.',
      { vi: 'đọc tiếp: tùy connector', en: 'resumes where the connector says' },
    )
  const [sentence, short] = RESUMES[resume]
  return told('sure', sentence.vi, sentence.en, short)
}

function complete({ kind, maxPages, counted, by }: Facts): Told {
  if (kind === null)
    return told(
      'unknown',
      'Đọc đủ hay chưa là do connector viết tay tự nói.',
      'Whether a read was complete is what the generator, written by hand, says itself.',
    )
  if (kind === 'files')
    return told(
      'sure',
      'Một tệp sai bị từ chối cả tệp, các tệp khác vẫn đọc; lần chạy là chưa đủ cho đến khi tệp được sửa.',
      'A wrong file is refused whole while the others are read; runs end incomplete until it is mended.',
    )
  const caps = maxPages === null ? NO_WORDS : limits(maxPages)
  const counts = counted
    ? { vi: ' ít bản ghi hơn số nguồn nêu,', en: ' with fewer rows than the source counts,' }
    : NO_WORDS
  const state = counted || by === 'snapshot' || by === 'keyset' || by === 'window' ? 'sure' : 'limited'
  const blind =
    state === 'limited' && kind !== 'singer'
      ? {
          vi: ' Nguồn không nêu tổng số, nên trang thiếu ở giữa không đếm được.',
          en: ' The source states no total, so that what it leaves out itself is not counted.',
        }
      : NO_WORDS
  return told(
    state,
    `Lần đọc bị ngắt,${counts.vi}${caps.vi} lặp trang hoặc đứng yên không bao giờ là thành công.${blind.vi}`,
    `A read that is cut off,${counts.en}${caps.en} repeats its pages or stalls is never a success.${blind.en}`,
  )
}
const limits = (pages: number): Said => ({
  vi: ` quá ${pages.toLocaleString('vi-VN')} trang,`,
  en: ` needs more than ${pages.toLocaleString('en-GB')} pages,`,
})

const UNITS = [
  ['years', 'năm', 'years'],
  ['months', 'tháng', 'months'],
  ['weeks', 'tuần', 'weeks'],
  ['days', 'ngày', 'days'],
  ['hours', 'giờ', 'h'],
  ['minutes', 'phút', 'min'],
  ['seconds', 'giây', 's'],
] as const

/** `PT2H` → `2 h`, `2 giờ` */
function duration(iso: string, language: Language): string {
  const parts = Temporal.Duration.from(iso)
  const said = UNITS.filter(([unit]) => parts[unit] !== 0).map(([unit, vi, en]) => {
    const one = parts[unit] === 1 && en.length > 3 ? en.slice(0, -1) : en
    return `${parts[unit]} ${language === 'vi' ? vi : one}`
  })
  return said.join(' ')
}
