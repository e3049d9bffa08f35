/**
 * How dossiers were settled (tình hình giải quyết hồ sơ), by agency, with the columns of the periodic report on administrative procedures
 * (Biểu II.06 of TT 01/2020/TT-VPCP, from general knowledge: confirm before use) and those without which its rows would not add up.
 */
import {
  type Cell,
  type Column,
  type FigureOf,
  GROUPS,
  KIND_TEXT,
  type ReportAgency,
  type Row,
  STATE_TEXT,
  type Table,
} from './report.ts'

const count = (title: string, group?: string): Column => ({
  title,
  kind: 'count',
  width: 10,
  ...(group !== undefined && { group }),
})
const RECEIVED = 'Hồ sơ tiếp nhận'
const SETTLED = 'Hồ sơ đã giải quyết'
const OPEN = 'Hồ sơ đang giải quyết'
const OTHER = 'Khác'

/** Each a whole number, in the order of the columns; what sums others says which. */
const PARTS = [
  'received_online',
  'received_otherwise',
  'carried-over',
  'finished-early',
  'finished-on-time',
  'finished-late',
  'finished-no-due',
  'in-progress-within',
  'in-progress-past-due',
  'in-progress-no-due',
  'paused',
  'withdrawn',
  'stopped',
  'refused',
] as const
type Part = (typeof PARTS)[number]
type Counts = Record<Part, number>

const COLUMNS: readonly Column[] = [
  { title: 'STT', kind: 'text', width: 6 },
  { title: 'Đơn vị', kind: 'text', width: 38 },
  count('Tổng số', RECEIVED),
  count('Trong kỳ: trực tuyến', RECEIVED),
  count('Trong kỳ: trực tiếp, bưu chính', RECEIVED),
  count('Từ kỳ trước', RECEIVED),
  count('Tổng số', SETTLED),
  count('Trước hạn', SETTLED),
  count('Đúng hạn', SETTLED),
  count('Quá hạn', SETTLED),
  count('Không có hạn', SETTLED),
  count('Tổng số', OPEN),
  count('Trong hạn', OPEN),
  count('Quá hạn', OPEN),
  count('Không có hạn', OPEN),
  count('Chờ bổ sung, nộp phí', OTHER),
  count('Công dân rút', OTHER),
  count('Dừng xử lý', OTHER),
  count('Từ chối tiếp nhận (ngoài tổng số)', OTHER),
  { title: 'Tỷ lệ giải quyết trước và đúng hạn', kind: 'ratio', width: 12 },
  { title: 'Ghi chú', kind: 'text', width: 30 },
]

/** The figures that this table is made of. */
export const OPERATIONS_FIGURES: readonly string[] = [
  'dossiers-received',
  'online-share',
  ...PARTS.filter((part) => !part.startsWith('received_')),
]

export function operationsTable(agencies: readonly ReportAgency[], figureOf: FigureOf): Table {
  const province = agencies.find(({ kind }) => kind === 'province')
  const rows: Row[] = []
  const all: Counts[] = []
  let missing = 0
  for (const [group, kind] of GROUPS.entries()) {
    const members = agencies
      .filter((agency) => agency.kind === kind)
      .map((agency) => ({ agency, ...countsOf(agency, figureOf) }))
    if (members.length === 0) continue
    const counted = members.flatMap(({ counts }) => counts ?? [])
    const partial = members.filter(({ state }) => state === 'insufficient').length
    all.push(...counted)
    missing += partial
    const without = members.length - counted.length - partial
    const note = [
      partial > 0 ? `thiếu số liệu của ${partial} đơn vị` : '',
      without > 0 ? `${without} đơn vị chưa có dữ liệu` : '',
    ]
    // A sum over some of them would look like all of them.
    rows.push(
      rowOf(
        'subtotal',
        roman(group + 1),
        KIND_TEXT[kind] ?? kind,
        partial > 0 ? null : sum(counted),
        note.filter(Boolean).join('; '),
      ),
    )
    for (const [i, { agency, counts, state }] of members.entries())
      rows.push(rowOf('agency', String(i + 1), agency.name, counts, state === 'ok' ? '' : (STATE_TEXT[state] ?? state)))
  }
  const whole = province ? countsOf(province, figureOf) : { counts: null, state: 'insufficient' }
  const rest = whole.counts && missing === 0 ? difference(whole.counts, sum(all)) : null
  if (rest && PARTS.some((part) => rest[part] !== 0))
    rows.push(rowOf('subtotal', '', 'Chưa xác định đơn vị', rest, 'của đơn vị không còn, chưa có đơn vị kế thừa'))
  rows.unshift(
    rowOf(
      'total',
      '',
      province?.name ?? 'Toàn tỉnh',
      whole.counts,
      whole.state === 'ok' ? '' : (STATE_TEXT[whole.state] ?? ''),
    ),
  )
  return {
    name: 'Tình hình giải quyết',
    title: 'Tình hình tiếp nhận và giải quyết hồ sơ thủ tục hành chính',
    columns: COLUMNS,
    rows,
    notes: [
      'Tổng số tiếp nhận = đã giải quyết + đang giải quyết + chờ bổ sung, nộp phí + công dân rút + dừng xử lý.',
      'Ô trống: không có số, xem Ghi chú; số 0 là không phát sinh.',
    ],
  }
}

function countsOf(agency: ReportAgency, figureOf: FigureOf): { counts: Counts | null; state: string } {
  const received = figureOf('dossiers-received', agency.key)
  const online = figureOf('online-share', agency.key)
  if (received?.numerator == null || online?.numerator == null)
    return { counts: null, state: received?.valueState ?? 'no-data-yet' }
  const counts = Object.fromEntries(PARTS.map((part) => [part, figureOf(part, agency.key)?.numerator ?? 0])) as Counts
  counts.received_online = online.numerator
  counts.received_otherwise = received.numerator - online.numerator
  return { counts, state: received.valueState === 'held' ? 'held' : 'ok' }
}

const sum = (list: readonly Counts[]): Counts =>
  Object.fromEntries(PARTS.map((part) => [part, list.reduce((all, one) => all + one[part], 0)])) as Counts
const difference = (a: Counts, b: Counts): Counts =>
  Object.fromEntries(PARTS.map((part) => [part, a[part] - b[part]])) as Counts

function rowOf(role: Row['role'], place: string, name: string, counts: Counts | null, note: string): Row {
  if (!counts) return { role, cells: [place, name, ...COLUMNS.slice(2, -1).map(() => null), note] }
  const c = counts
  const settled = c['finished-early'] + c['finished-on-time'] + c['finished-late'] + c['finished-no-due']
  const withDue = settled - c['finished-no-due']
  const open = c['in-progress-within'] + c['in-progress-past-due'] + c['in-progress-no-due']
  const cells: Cell[] = [
    place,
    name,
    c.received_online + c.received_otherwise + c['carried-over'],
    c.received_online,
    c.received_otherwise,
    c['carried-over'],
    settled,
    c['finished-early'],
    c['finished-on-time'],
    c['finished-late'],
    c['finished-no-due'],
    open,
    c['in-progress-within'],
    c['in-progress-past-due'],
    c['in-progress-no-due'],
    c.paused,
    c.withdrawn,
    c.stopped,
    c.refused,
    withDue === 0 ? null : (c['finished-early'] + c['finished-on-time']) / withDue,
    note,
  ]
  return { role, cells }
}

const roman = (n: number): string => ['', 'I', 'II', 'III', 'IV', 'V'][n] ?? String(n)
