/** How dossiers were settled, by agency: groups of agencies and the province sum them. */
import { type FigureOf, GROUPS, KIND_TEXT, type ReportAgency, STATE_TEXT } from './report.ts'
import { type Counts, countsOf, difference, PARTS, type Settled, type SettledRow, type Sum, sumOf } from './settled.ts'

export const OPERATIONS = {
  of: 'Đơn vị',
  name: 'Tình hình giải quyết',
  title: 'Tình hình tiếp nhận và giải quyết hồ sơ thủ tục hành chính',
  notes: [
    'Tổng số tiếp nhận = đã giải quyết + đang giải quyết + chờ bổ sung, nộp phí + công dân rút + dừng xử lý.',
    'Ô trống: không có số, xem Ghi chú; số 0 là không phát sinh.',
  ],
}

/** `stated`: agencies that report figures by hand. */
export function settledByAgency(
  agencies: readonly ReportAgency[],
  figureOf: FigureOf,
  stated: ReadonlySet<string>,
): Settled {
  const countsIn = ({ key }: ReportAgency) => countsOf((indicator) => figureOf(indicator, key))
  const province = agencies.find(({ kind }) => kind === 'province')
  const rows: SettledRow[] = []
  const sums: Sum[] = []
  const groups: SettledRow[] = []
  const all: Counts[] = []
  let missing = 0
  for (const [group, kind] of GROUPS.entries()) {
    const members = agencies.filter((agency) => agency.kind === kind).map((agency) => ({ agency, ...countsIn(agency) }))
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
    const total: SettledRow = {
      role: 'subtotal',
      place: roman(group + 1),
      name: KIND_TEXT[kind] ?? kind,
      // A sum over some of them would look like all of them.
      counts: partial > 0 ? null : sumOf(counted),
      note: note.filter(Boolean).join('; '),
    }
    const own = members.map(
      ({ agency, counts, state }, i): SettledRow => ({
        role: 'agency',
        agency: agency.key,
        place: String(i + 1),
        name: agency.name,
        counts,
        note: [noteOf(state), stated.has(agency.key) ? 'có số đơn vị báo cáo' : ''].filter(Boolean).join('; '),
      }),
    )
    rows.push(total, ...own)
    sums.push({ total, parts: own })
    groups.push(total)
  }
  const whole = province ? countsIn(province) : { counts: null, state: 'insufficient' }
  const rest = whole.counts && missing === 0 ? difference(whole.counts, sumOf(all)) : null
  if (rest && PARTS.some((part) => rest[part] !== 0)) {
    const note = 'của đơn vị không còn, chưa có đơn vị kế thừa'
    groups.push({ role: 'subtotal', place: '', name: 'Chưa xác định đơn vị', counts: rest, note })
    rows.push(groups.at(-1) as SettledRow)
  }
  const total: SettledRow = {
    role: 'total',
    place: '',
    name: province?.name ?? 'Toàn tỉnh',
    counts: whole.counts,
    note: noteOf(whole.state),
  }
  return { rows: [total, ...rows], sums: [...sums, { total, parts: groups }] }
}

const noteOf = (state: string): string => (state === 'ok' ? '' : (STATE_TEXT[state] ?? state))
const roman = (n: number): string => ['', 'I', 'II', 'III', 'IV', 'V'][n] ?? String(n)
