/**
 * How dossiers were settled (tình hình giải quyết hồ sơ), by whatever stands in the rows: the columns of the periodic report on administrative
 * procedures (Biểu II.06 of TT 01/2020/TT-VPCP, from general knowledge: confirm before use) and those without which its rows would not add up.
 */
import type { Cell, Column, ReportFigure, Row, Table } from './report.ts'

/** Each a whole number; what sums others says which. */
export const PARTS = [
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
export type Counts = Record<(typeof PARTS)[number], number>

/** The figures that a row is made of. */
export const SETTLED_FIGURES: readonly string[] = [
  'dossiers-received',
  'online-share',
  ...PARTS.filter((part) => !part.startsWith('received_')),
]

export interface SettledRow {
  role: Row['role']
  /** key, where the row is one agency's */
  agency?: string
  place: string
  name: string
  /** null: the note says why */
  counts: Counts | null
  note: string
}
/** What adds up: a row and those that it sums. */
export interface Sum {
  total: SettledRow
  parts: readonly SettledRow[]
}
export interface Settled {
  rows: readonly SettledRow[]
  sums: readonly Sum[]
}

const RECEIVED = 'Hồ sơ tiếp nhận'
const SETTLED = 'Hồ sơ đã giải quyết'
const OPEN = 'Hồ sơ đang giải quyết'
const OTHER = 'Khác'

interface NumberColumn {
  title: string
  group: string
  of(counts: Counts): number
}
const part = (title: string, group: string, name: keyof Counts): NumberColumn => ({
  title,
  group,
  of: (counts) => counts[name],
})
const settledOf = (c: Counts) => c['finished-early'] + c['finished-on-time'] + c['finished-late'] + c['finished-no-due']
const openOf = (c: Counts) => c['in-progress-within'] + c['in-progress-past-due'] + c['in-progress-no-due']

/** In the order in which they stand. */
const NUMBERS: readonly NumberColumn[] = [
  {
    title: 'Tổng số',
    group: RECEIVED,
    of: (c) => c.received_online + c.received_otherwise + c['carried-over'],
  },
  part('Trong kỳ: trực tuyến', RECEIVED, 'received_online'),
  part('Trong kỳ: trực tiếp, bưu chính', RECEIVED, 'received_otherwise'),
  part('Từ kỳ trước', RECEIVED, 'carried-over'),
  { title: 'Tổng số', group: SETTLED, of: settledOf },
  part('Trước hạn', SETTLED, 'finished-early'),
  part('Đúng hạn', SETTLED, 'finished-on-time'),
  part('Quá hạn', SETTLED, 'finished-late'),
  part('Không có hạn', SETTLED, 'finished-no-due'),
  { title: 'Tổng số', group: OPEN, of: openOf },
  part('Trong hạn', OPEN, 'in-progress-within'),
  part('Quá hạn', OPEN, 'in-progress-past-due'),
  part('Không có hạn', OPEN, 'in-progress-no-due'),
  part('Chờ bổ sung, nộp phí', OTHER, 'paused'),
  part('Công dân rút', OTHER, 'withdrawn'),
  part('Dừng xử lý', OTHER, 'stopped'),
  part('Từ chối tiếp nhận (ngoài tổng số)', OTHER, 'refused'),
]

/** The shown numbers of a row, in order, and those that follow from them although they have no column: see ADDS_UP. */
export const numbersOf = (c: Counts): number[] => {
  const inTime = c['finished-early'] + c['finished-on-time']
  return [
    ...NUMBERS.map((column) => column.of(c)),
    inTime,
    inTime + c['finished-late'],
    c['in-progress-within'] + c['in-progress-past-due'],
    c.received_online + c.received_otherwise,
  ]
}
const [IN_TIME, WITH_DUE, OPEN_WITH_DUE, NEW] = [17, 18, 19, 20] as const
/** Those without a column. */
export const HIDDEN: ReadonlySet<number> = new Set([IN_TIME, WITH_DUE, OPEN_WITH_DUE, NEW])
/** Which of them sum which, by place. */
export const ADDS_UP: readonly { total: number; parts: readonly number[] }[] = [
  { total: 0, parts: [NEW, 3] },
  { total: NEW, parts: [1, 2] },
  { total: 0, parts: [4, 9, 13, 14, 15] },
  { total: 4, parts: [WITH_DUE, 8] },
  { total: WITH_DUE, parts: [IN_TIME, 7] },
  { total: IN_TIME, parts: [5, 6] },
  { total: 9, parts: [OPEN_WITH_DUE, 12] },
  { total: OPEN_WITH_DUE, parts: [10, 11] },
]
/** The share is told from these. */
const SHARE_OF = [5, 6, 7] as const

const columns = (of: string): Column[] => [
  { title: 'STT', kind: 'text', width: 6 },
  { title: of, kind: 'text', width: 38 },
  ...NUMBERS.map(({ title, group }): Column => ({ title, kind: 'count', width: 10, group })),
  { title: 'Tỷ lệ giải quyết trước và đúng hạn', kind: 'ratio', width: 12 },
  { title: 'Ghi chú', kind: 'text', width: 30 },
]

/** Stands in place of a number that the public may not see. */
export const MASK = '*'

/** `masked`: places of numbersOf by row. `of`: what the rows are. */
export function settledTable(
  { rows }: Settled,
  { of, masked, ...named }: Pick<Table, 'name' | 'title' | 'notes'> & { of: string; masked: Masked },
): Table {
  return { ...named, columns: columns(of), rows: rows.map((row) => rowOf(row, masked.get(row) ?? new Set())) }
}
export type Masked = ReadonlyMap<SettledRow, ReadonlySet<number>>

function rowOf({ role, place, name, counts, note }: SettledRow, masked: ReadonlySet<number>): Row {
  if (!counts) return { role, cells: [place, name, ...NUMBERS.map(() => null), null, note] }
  const withDue = settledOf(counts) - counts['finished-no-due']
  const share = withDue === 0 ? null : (counts['finished-early'] + counts['finished-on-time']) / withDue
  const cells: Cell[] = NUMBERS.map((column, i) => (masked.has(i) ? MASK : column.of(counts)))
  return { role, cells: [place, name, ...cells, SHARE_OF.some((i) => masked.has(i)) ? MASK : share, note] }
}

/** From the figures of an agency or of a part of the dossiers; null counts where there is nothing to count on. */
export function countsOf(figureOf: (indicator: string) => Pick<ReportFigure, 'numerator' | 'valueState'> | undefined): {
  counts: Counts | null
  state: string
} {
  const received = figureOf('dossiers-received')
  const online = figureOf('online-share')
  if (received?.numerator == null || online?.numerator == null)
    return { counts: null, state: received?.valueState ?? 'no-data-yet' }
  const counts = Object.fromEntries(PARTS.map((name) => [name, figureOf(name)?.numerator ?? 0])) as Counts
  counts.received_online = online.numerator
  counts.received_otherwise = received.numerator - online.numerator
  return { counts, state: received.valueState === 'held' ? 'held' : 'ok' }
}

export const sumOf = (list: readonly Counts[]): Counts =>
  Object.fromEntries(PARTS.map((name) => [name, list.reduce((all, one) => all + one[name], 0)])) as Counts
export const difference = (a: Counts, b: Counts): Counts =>
  Object.fromEntries(PARTS.map((name) => [name, a[name] - b[name]])) as Counts
