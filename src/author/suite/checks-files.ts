/** Hazards of what stays and what is said: 24, 26, 27. */
import { readFileSync } from 'node:fs'
import { rawFields } from '../record/protect-record.ts'
import type { Check } from './check.ts'
import { formsOf, makeSearch } from './search.ts'
import { fail, type Subject, saidOf } from './subject.ts'
import type { Row } from './types.ts'

const DAY = 86_400_000
const PERSON = 'Trần Thị Mẫu Suite'
const NUMBER = '079301234567'

export const secrets: Check = {
  hazard: 24,
  name: 'secrets-and-persons',
  title: ['Bí mật và danh tính không lọt vào kho, lỗi hay nhật ký', 'Secrets and persons in no table, error or log'],
  leaves: () => null,
  async run(subject) {
    const { source, facts, stream } = subject
    const home = await subject.open()
    const personal = subject.material.personal()
    const rows = subject.rows(20).map((row, i): Row => {
      const marked = Object.fromEntries(
        personal.map(({ name, kind }) => [name, kind === 'id' || kind === 'phone' ? NUMBER : `${PERSON} ${i}`]),
      )
      // columns shift, and people type names into any field
      const unknown = facts.kind === 'sql' || facts.kind === 'files' ? {} : { GhiChuLa: `${PERSON} ${NUMBER}` }
      return { ...row, record: { ...row.record, ...marked, ...unknown } }
    })
    const typed = rawFields(stream, ['status', 'received', 'rated', 'level'])[0]
    const wrong = rows[7] as Row
    if (typed !== undefined) rows[7] = { ...wrong, record: { ...wrong.record, [typed]: PERSON } }
    source.state.rows = rows
    const said: string[] = []
    const run = await home.sync()
    said.push(saidOf(run), ...run.remarks)
    if (facts.http) {
      const echo = `${PERSON} ${NUMBER} ${subject.secrets.join(' ')}`
      for (const spoilt of [
        { text: JSON.stringify({ success: false, error_code: '97', message: echo, error: echo }) },
        { status: 400, text: echo },
        {
          type: 'text/xml',
          text: `<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><soap:Fault><faultcode>x</faultcode><faultstring>${echo}</faultstring></soap:Fault></soap:Body></soap:Envelope>`,
        },
      ]) {
        source.state.spoil = () => spoilt
        const broken = await home.sync({ full: true })
        said.push(
          saidOf(broken),
          JSON.stringify(broken.error?.params ?? {}),
          String(broken.error?.stack),
          ...broken.remarks,
        )
      }
    }
    const needles = [
      ...subject.secrets.flatMap((secret, i) => formsOf(`secret ${i + 1}`, secret)),
      ...formsOf('name', PERSON),
      ...formsOf('number', NUMBER),
    ]
    const search = makeSearch(needles)
    const files = ['', '-wal'].flatMap((suffix) => {
      try {
        return [[`warehouse${suffix}`, readFileSync(home.file + suffix)] as const]
      } catch {
        return []
      }
    })
    const [hit] = [...files, ['what the runs said', Buffer.from(said.join('\n'))] as const].flatMap(([where, bytes]) =>
      search(where, bytes),
    )
    if (hit)
      fail(
        [`${hit.what} nằm trong ${hit.where}`, `${hit.what} stands in ${hit.where}`],
        [
          'đánh dấu x-personal trong lược đồ; dùng quoted() khi nhắc lại lời của nguồn',
          'mark the field x-personal; use quoted() for what the source says of itself',
        ],
      )
    return [
      `${rows.length} người, ${subject.secrets.length} bí mật: không thấy ở đâu`,
      `${rows.length} persons, ${subject.secrets.length} secrets: found nowhere, raw, URL-encoded or base64`,
    ]
  },
}

export const newOnly: Check = {
  hazard: 26,
  name: 'new-only',
  title: ['Nguồn chỉ trả lời theo ngày tiếp nhận', 'A source that answers only by date received'],
  leaves: ({ stream }) =>
    stream.sees === 'new-only' ? null : ['nguồn cho thấy thay đổi', 'the source shows what changes'],
  async run(subject) {
    const { source, facts } = subject
    const home = await subject.open()
    const lookback = facts.lookback ?? 0
    const old = subject.now - lookback - 40 * DAY
    const open = openRow(subject, old)
    if (!open)
      fail(
        [
          'bản ghi mẫu không có hồ sơ đang giải quyết và bản đã xong của nó',
          'the recording has no record that is open, and another content for it',
        ],
        ['ghi thêm trang', 'record more pages'],
      )
    const rows = [open.before, ...subject.rows(20, { from: 10 })]
    source.state.rows = rows
    await home.sync()
    await subject.demand(home, rows, ['phải đọc từ ngày bắt đầu', 'it must be read from its first day'])
    subject.now += 2 * DAY
    source.state.rows = rows.with(0, open.after)
    const run = await home.sync()
    await subject.demand(home, source.state.rows, [
      `hồ sơ chưa xong cũ hơn cửa sổ không được hỏi lại (${saidOf(run)}): khai báo unfinished hoặc byKey`,
      `what is unfinished and older than the windows is not asked for again (${saidOf(run)}): declare unfinished, or byKey`,
    ])
    return [
      'hồ sơ chưa xong được hỏi lại, thay đổi của nó đến',
      'what is unfinished is asked for again, its change arrives',
    ]
  },
}
/** A record that has not ended, and the same with another content. */
function openRow(subject: Subject, at: number): { before: Row; after: Row } | null {
  const ends = rawFields(subject.stream, ['finished', 'returned', 'refused'])
  for (let template = 0; template < subject.material.usable.length; template++) {
    const before = subject.material.row(0, at, { template, timeField: subject.facts.timeField })
    if (
      ends.some(
        (name) => before.record[name] !== null && before.record[name] !== '' && before.record[name] !== undefined,
      )
    )
      continue
    const after = subject.material.changed(before, subject.facts.timeField)
    if (after) return { before, after }
  }
  return null
}

export const oldFile: Check = {
  hazard: 27,
  name: 'old-file',
  title: ['Tệp tháng trước lưu lại; tệp đính chính ít dòng', "Last month's file saved again; a small correction"],
  leaves: ({ facts, stream }) =>
    facts.kind === 'files' || (stream.order !== 'arrival' && facts.timeField !== null)
      ? null
      : ['không phải tệp, và thứ tự là lúc đến', 'no files, and the order is arrival'],
  async run(subject) {
    const { source, facts, material } = subject
    const home = await subject.open()
    const isFiles = facts.kind === 'files'
    const now = subject.now
    const [last, current] = [monthBefore(now, 1), monthBefore(now, 0)]
    const row = (n: number, at: number, period: string): Row => ({
      ...subject.row(n, at),
      ...(isFiles ? { period } : {}),
    })
    const older = Array.from({ length: 30 }, (_, i) => row(i, now - 3 * DAY, last))
    const newer = older.slice(0, 10).map((one) => {
      const changed = material.changed(one, facts.timeField, now - DAY)
      return { ...(changed ?? one), ...(isFiles ? { period: current } : {}) }
    })
    source.state.rows = isFiles ? [...older, ...newer] : newer
    await home.sync()
    const wanted = isFiles ? [...newer, ...older.slice(10)] : newer
    await subject.demand(home, wanted, [
      'thứ tự là kỳ ghi trong tên tệp',
      'the order is the period that the name declares',
    ])
    // saved again by a spreadsheet: another hash, the same month
    subject.now += DAY
    source.state.rows = isFiles ? [...[...older].reverse(), ...newer] : older.slice(0, 10)
    // of files only the one that changed is read again
    const again = await home.sync({ full: !isFiles })
    await subject.demand(home, wanted, [
      `bản cũ đến sau không được đè bản mới (${saidOf(again)})`,
      `an older version that comes later must not overwrite (${saidOf(again)})`,
    ])
    if (isFiles && source.corrections === true) {
      subject.now += DAY
      const five = newer.slice(0, 5).map((one) => {
        const changed = material.changed(one, null)
        return { ...(changed ?? one), period: current, drop: 'corrections' as const }
      })
      source.state.rows = [...source.state.rows, ...five]
      await home.sync()
      await subject.demand(
        home,
        [...five, ...wanted.slice(5)],
        ['tệp đính chính thay vài dòng, không xóa dòng nào', 'a correction replaces its rows and deletes none'],
      )
    }
    return isFiles
      ? [
          'tệp cũ lưu lại không đè gì; đính chính thay 5 dòng, không xóa',
          "last month's file again changes nothing; a correction replaces 5 rows, deletes none",
        ]
      : ['bản cũ đến sau không đè bản mới', 'an older version that comes later does not overwrite']
  },
}
const monthBefore = (at: number, months: number): string => {
  const day = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO('UTC').toPlainDate().subtract({ months })
  return day.toString().slice(0, 7).replace('-', '')
}
