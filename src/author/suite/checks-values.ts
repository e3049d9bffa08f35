/** Hazards of single values: 6, 7, 8, 16, 17, 18. */
import { isInput } from '../../connect/connector.ts'
import { rawFields } from '../record/protect-record.ts'
import { exactNumber } from './answers.ts'
import type { Check } from './check.ts'
import { fail, type Subject, saidOf } from './subject.ts'
import { readTime, writerLike } from './times.ts'
import type { Row, Said } from './types.ts'
import type { Home } from './world.ts'

const DAY = 86_400_000
const FAR = Date.UTC(2099, 0, 1, 5)

/** The raw field that says when it happened. */
const momentField = ({ stream, facts }: Subject): string | null =>
  facts.timeField ?? rawFields(stream, Object.keys(INSTANTS))[0] ?? null
const withField = (row: Row, field: string, value: unknown): Row => ({
  ...row,
  record: { ...row.record, [field]: value },
})
const MAPPED: Said = [
  'ánh xạ trường này bằng bộ chuyển đổi của bộ công cụ',
  'map this field with a converter of the kit',
]

export const farFuture: Check = {
  hazard: 6,
  name: 'far-future',
  title: ['Một bản ghi ghi năm 2099', 'A record dated 2099'],
  leaves: (subject) =>
    momentField(subject) === null ? ['bản ghi không mang thời điểm nào', 'its records carry no moment'] : null,
  async run(subject) {
    const field = momentField(subject) ?? ''
    const write = writerLike(subject.material.example(field), subject.material.zone)
    const { source } = subject
    const home = await subject.open()
    const rows = subject.rows(30)
    const far = withField(subject.row(40, subject.now - 3 * DAY), field, write?.(FAR))
    source.state.rows = [...rows, far]
    const run = await home.sync()
    await subject.demand(home, rows, [
      'một bản ghi sai không được làm dừng các bản ghi khác',
      'one wrong record must not stop the others',
    ])
    const { watermark } = await home.checkpoint()
    if (watermark?.includes('2099'))
      fail(
        [`mốc bị kéo tới ${watermark}`, `the watermark was dragged along to ${watermark}`],
        ['bỏ qua giá trị con trỏ ở tương lai khi tính mốc', 'leave cursor values of the future out of the watermark'],
      )
    if (run.counts.quarantined !== 1)
      fail(
        [`bản ghi năm 2099 không bị giữ lại (${saidOf(run)})`, `the record of 2099 was not set aside (${saidOf(run)})`],
        MAPPED,
      )
    subject.now += DAY
    const tomorrow = subject.row(50, subject.now - 60_000)
    source.state.rows.push(tomorrow)
    await home.sync()
    await subject.demand(
      home,
      [...rows, tomorrow],
      ['ngày mai phải vẫn đọc được', "tomorrow's records must still arrive"],
    )
    return [
      'giữ lại để rà soát, mốc không bị kéo theo, hôm sau vẫn đến',
      "set aside; the watermark stays; tomorrow's records arrive",
    ]
  },
}

export const nullCursor: Check = {
  hazard: 7,
  name: 'null-cursor',
  title: ['Con trỏ rỗng; cả trang không có con trỏ', 'NULL cursor values; a page of nothing else'],
  leaves: ({ facts }) =>
    facts.since === 'field' && facts.kind === 'sql'
      ? null
      : ['bản ghi không mang con trỏ', 'no field of the record is a cursor that could be NULL'],
  async run(subject) {
    const { source, facts } = subject
    const field = facts.timeField ?? ''
    const home = await subject.open()
    const nulls = subject.rows(facts.perPage + 50).map((row) => withField(row, field, null))
    source.state.rows = [...nulls, ...subject.rows(5, { from: 5_000 })]
    await home.sync()
    await subject.demand(home, source.state.rows, [
      'đọc riêng các dòng IS NULL',
      'read the rows where it IS NULL as well',
    ])
    subject.now += DAY
    source.state.rows.push(
      withField(subject.row(9_000, subject.now - 60_000), field, null),
      subject.row(9_001, subject.now - 60_000),
    )
    await home.sync()
    await subject.demand(home, source.state.rows, [
      'mỗi lần đều phải đọc lại các dòng IS NULL',
      'rows without a cursor value must be read every time',
    ])
    return [
      `${nulls.length} dòng không có con trỏ: không mất dòng nào`,
      `${nulls.length} rows without a cursor value: none lost, reading goes on`,
    ]
  },
}

export const oneInstant: Check = {
  hazard: 8,
  name: 'one-instant',
  title: ['Một thời điểm viết nhiều cách', 'One instant in several forms'],
  leaves: (subject) =>
    rawFields(subject.stream, Object.keys(INSTANTS)).length === 0
      ? ['không có trường thời điểm', 'no field of it is an instant']
      : null,
  async run(subject) {
    const field = rawFields(subject.stream, Object.keys(INSTANTS))[0] ?? ''
    const { material, source } = subject
    const { zone } = material
    const row = (i: number) =>
      material.row(i, subject.now - 3 * DAY, { template: 0, timeField: subject.facts.timeField })
    const home = await subject.open()
    const own = row(0).record[field] ?? ''
    const at = readTime(own, zone) ?? 0
    const example = String(own)
    const moment = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone)
    const local = moment.toPlainDateTime().toString({ smallestUnit: 'second' })
    const forms: Record<string, unknown> = {
      own,
      offset: `${local}${moment.offset}`,
      naive: local,
      compact: local.replace(/\D/g, ''),
    }
    const rows = Object.values(forms).map((value, i) => withField(row(i), field, value))
    source.state.rows = rows
    const seen = await instantsOf(subject, home, rows)
    if (!seen.has(0)) fail([`${own} không được nhận`, `${own}, as the source writes it, is not taken`], MAPPED)
    const others = [...seen].filter(([form]) => form > 0)
    const mine = seen.get(0)
    const grain = /:\d{2}|\d{14}/.test(example) ? 60_000 : DAY
    // what a source marks Z may be local time all the same: then its connector declares so, and both readings are one
    const shift = moment.offsetNanoseconds / 1e6
    const isAt = ([form, instant]: [number, number]) =>
      Math.abs(instant - at) < grain || (form === 0 && /Z$/.test(example) && Math.abs(instant - (at - shift)) < grain)
    const wrong = [...seen].find((one) => !isAt(one))
    const name = (form: number) => Object.keys(forms)[form] ?? ''
    if (wrong)
      fail(
        [
          `${forms[name(wrong[0])]} được hiểu là ${iso(wrong[1])}`,
          `${forms[name(wrong[0])]} is read as ${iso(wrong[1])}`,
        ],
        ['khai báo múi giờ của nguồn trong bộ chuyển đổi', 'declare the zone of the source in the converter'],
      )
    subject.now += DAY
    const later = await instantsOf(subject, home, rows)
    if (later.get(0) !== mine)
      fail([`lần sau hiểu khác: ${later.get(0)}`, `a later run reads it as ${later.get(0)}`], MAPPED)
    return [
      `${others.length + 1} cách viết được nhận, cùng một thời điểm; cách khác bị giữ lại`,
      `${others.length + 1} forms are taken, as one instant; what is not is set aside`,
    ]
  },
}
/** Canonical instants by which a record is told to be read rightly → where they land. */
const INSTANTS: Readonly<Record<string, string>> = { received: 'received_at', rated: 'rated_at', decided: 'decided_at' }
const iso = (at: number) => Temporal.Instant.fromEpochMilliseconds(at).toString()

/** What landed of each row, by its place. */
async function instantsOf(subject: Subject, home: Home, rows: readonly Row[]): Promise<Map<number, number>> {
  await home.sync({ full: true })
  const { stream } = subject
  const canonical = Object.keys(INSTANTS).find((name) => stream.map[name] !== undefined) ?? 'received'
  const landed = await home.warehouse.read((db) =>
    db
      .selectFrom(stream.entity as 'dossier')
      .select(['code', `${INSTANTS[canonical]} as at` as 'received_at as at'])
      .execute(),
  )
  const byCode = new Map(landed.map((row) => [row.code, row.at]))
  const keyed = rows.map((row, i) => [i, byCode.get(subject.material.expected(row)?.code ?? '')] as const)
  return new Map(keyed.filter((pair): pair is [number, number] => typeof pair[1] === 'number'))
}

export const poison: Check = {
  hazard: 16,
  name: 'poison',
  title: ['Một bản ghi hỏng giữa nhiều bản ghi', 'One poison record among many'],
  leaves: (subject) => (poisonField(subject) === null ? ['mọi giá trị đều được nhận', 'it takes every value'] : null),
  async run(subject) {
    const field = poisonField(subject) ?? ''
    const { source } = subject
    const home = await subject.open()
    const rows = subject.rows(60)
    const sick = rows[37] as Row
    source.state.rows = rows.with(37, withField(sick, field, POISON))
    const run = await home.sync()
    await subject.demand(home, rows.toSpliced(37, 1), [
      'một bản ghi sai không được làm dừng các bản ghi khác',
      'one wrong record must not stop the others',
    ])
    const [kept, ...more] = await subject.quarantine(home)
    if (!kept || more.length > 0 || !kept.reasons.includes(`"/${field}"`))
      fail(
        [
          `trong khu rà soát có ${more.length + (kept ? 1 : 0)} bản ghi, lý do không nêu /${field} (${saidOf(run)})`,
          `quarantine has ${more.length + (kept ? 1 : 0)} records and names no /${field} (${saidOf(run)})`,
        ],
        [
          'để lược đồ và bộ chuyển đổi từ chối, đừng đoán giá trị',
          'let the schema and the converter refuse it; do not guess a value',
        ],
      )
    source.state.rows = rows
    subject.now += DAY
    await home.sync({ full: true })
    await subject.demand(home, rows, ['bản ghi đã sửa phải vào kho', 'the mended record must land'])
    if ((await subject.quarantine(home)).length > 0)
      fail(['bản ghi đã sửa vẫn nằm trong khu rà soát', 'what was mended still stands in quarantine'], MAPPED)
    return [
      `59 vào kho, 1 giữ lại vì /${field}, sửa xong thì vào một lần`,
      `59 landed, 1 set aside for /${field}, landed once when it was mended`,
    ]
  },
}
const POISON = '⚠ sai'
/** A field of which the poisoned value is refused. */
function poisonField({ stream, material }: Subject): string | null {
  const candidates = rawFields(stream, ['status', 'received', 'rated', 'score', 'procedure', 'level', 'agency'])
  const row = { record: material.usable[0] ?? {} }
  return (
    candidates.find(
      (field) =>
        !stream.key.includes(field) && material.expected({ record: { ...row.record, [field]: POISON } }) === null,
    ) ?? null
  )
}

export const keys: Check = {
  hazard: 17,
  name: 'keys',
  title: [
    'Khóa lặp, rỗng, khác nhau ở khoảng trắng hay dạng Unicode',
    'Keys twice, empty, equal but for space or Unicode form',
  ],
  leaves: () => null,
  async run(subject) {
    const { source, stream } = subject
    const field = stream.key.at(-1) ?? ''
    const home = await subject.open()
    const rows = subject.rows(6)
    const text = (row: Row) => String(row.record[field])
    const [first, second, third] = rows as [Row, Row, Row]
    const isText = typeof first.record[field] === 'string'
    const odd = [
      first,
      withField(subject.row(80, first.at), field, null),
      withField(subject.row(81, first.at), field, ''),
      ...(isText
        ? [withField(second, field, ` ${text(second)} `), withField(third, field, text(third).normalize('NFD'))]
        : []),
    ]
    source.state.rows = [...rows, ...odd]
    const run = await home.sync()
    if (run.state === 'failed' || run.state === 'incomplete')
      fail(
        [`lần đọc dừng: ${saidOf(run)}`, `the read stopped: ${saidOf(run)}`],
        ['khóa sai chỉ được làm hỏng bản ghi của nó', 'a wrong key must cost its own record only'],
      )
    const alive = [...(await subject.landed(home)).entries()].filter(([, { alive }]) => alive).map(([code]) => code)
    const folded = new Map<string, string[]>()
    for (const code of alive) {
      const id = decodeURIComponent(code.replace(/%(?![\da-f]{2})/gi, '%25'))
        .normalize('NFC')
        .replaceAll(/\s/g, '')
      folded.set(id, [...(folded.get(id) ?? []), code])
    }
    const double = [...folded.values()].find((codes) => codes.length > 1)
    if (double)
      fail(
        [`"${double.join('" và "')}" là hai bản ghi`, `"${double.join('" and "')}" are two records`],
        [
          'dùng code() cho khóa: nó bỏ khoảng trắng và đưa về NFC',
          'map the key by code(): it takes spaces out and composes letters',
        ],
      )
    await subject.demand(home, rows, ['khóa lặp không được làm mất bản ghi', 'a doubled key must not cost a record'])
    return ['không dừng, không có bản ghi đôi', 'no crash, no silent double']
  },
}

export const lossless: Check = {
  hazard: 18,
  name: 'lossless',
  title: ['Mã số giữ nguyên từng chữ số', 'Identifiers keep every digit'],
  leaves: (subject) =>
    codeFields(subject).length === 0
      ? ['không có trường mã dạng văn bản', 'no field of it is an identifier as text']
      : null,
  async run(subject) {
    const { source, material } = subject
    const asNumber = subject.facts.kind === 'rest' || subject.facts.kind === 'sql'
    const fields = codeFields(subject)
    // a procedure that no catalogue has waits for one, whatever its form
    const procedures = new Set(rawFields(subject.stream, ['procedure']))
    const rows: Row[] = []
    const tried: { field: string; value: string; row: Row }[] = []
    for (const field of fields)
      for (const value of [...PLAIN, ...(procedures.has(field) ? [] : likeRecorded(material.example(field)))]) {
        const sent = asNumber && /^\d{17}$/.test(value) ? exactNumber(value) : value
        const row = withField(subject.row(rows.length, subject.now - 3 * DAY), field, sent)
        tried.push({ field, value, row })
        rows.push(row)
      }
    // a key of several fields is tried field by field: so many refused ones among few would look like a broken schema
    const others = fields.length > 1 ? subject.rows(12 * tried.length, { from: 10_000 }) : []
    source.state.rows = [...rows, ...others]
    const home = await subject.open()
    const run = await home.sync()
    const landed = await subject.landed(home)
    let exact = 0
    for (const { field, value, row } of tried) {
      // a text that the schema takes must be that very text; one that it refuses is set aside
      const wanted = material.expected({ ...row, record: { ...row.record, [field]: value } })
      const own = wanted && landed.get(wanted.code)
      if (!wanted) continue
      // by the converter itself: what it makes of a code must be that code
      if (isOwnCode(subject, field) && wanted.code !== value)
        fail([`${value} trong ${field} thành ${wanted.code}`, `${value} in ${field} becomes ${wanted.code}`], EXACT)
      if (own?.alive !== true || (wanted.hash !== '' && own.hash !== wanted.hash))
        fail(
          [
            `${value} trong ${field} không còn nguyên (${saidOf(run)})`,
            `${value} in ${field} does not arrive as it is (${saidOf(run)})`,
          ],
          [
            'đừng đổi mã sang số; khai báo trường là văn bản',
            'do not turn a code into a number; declare the field as text',
          ],
        )
      exact += 1
    }
    const single = await subject.open()
    source.state.rows = subject.rows(1)
    await single.sync()
    await subject.demand(single, source.state.rows, ['một phần tử cũng là danh sách', 'one element is a list too'])
    const refused = tried.length - exact
    if (exact === 0)
      return [
        'lược đồ từ chối mọi dạng thử (số 0 đứng đầu, 16 chữ số trở lên); một bản ghi duy nhất cũng đến',
        'the schema refuses every form that was tried (leading zeros, 16 digits and more); a single record arrives too',
      ]
    return [
      `${exact} giá trị nguyên vẹn, ${refused} bị lược đồ từ chối; một bản ghi duy nhất cũng đến`,
      `${exact} values exact, ${refused} refused by the schema; a single record arrives too`,
    ]
  },
}
/** Codes in the recorded form: leading zeros in the same length and in a longer one, more digits than a double holds. */
function likeRecorded(example: unknown): string[] {
  const digits = /\d+(?=\D*$)/
  const found = digits.exec(String(example))?.[0]
  if (found === undefined) return []
  // behind the numbers of the records beside it
  return [...new Set(['917'.padStart(found.length, '0'), '00000918', '15793596808644609'])].map((run) =>
    String(example).replace(digits, run),
  )
}
const PLAIN = ['0006', '0E68', '15793596808644609', '1.234,50']
const EXACT: Said = [
  'đừng đổi mã sang số; khai báo trường là văn bản',
  'do not turn a code into a number; declare the field as text',
]
const isOwnCode = ({ stream }: Subject, field: string) =>
  (stream.entity === 'dossier' || stream.entity === 'feedback' || isInput(stream.entity)) &&
  stream.key.length === 1 &&
  stream.key[0] === field
/** Text fields that the map takes as they are. */
function codeFields({ stream, material }: Subject): string[] {
  const taken = rawFields(stream, ['code', 'local', 'procedureLocal', 'localCode', 'dossier'])
  return [...new Set(taken)].filter((field) => typeof material.example(field) === 'string')
}
