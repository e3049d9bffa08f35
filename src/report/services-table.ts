/** Online public services (dịch vụ công trực tuyến) by agency: what is offered, and what of it is used. */
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

/** A column is a figure: its count, or the share whose parts stand beside it. */
const FIGURES: readonly { id: string; title: string; kind: 'count' | 'ratio' }[] = [
  { id: 'procedures-total', title: 'Thủ tục hành chính', kind: 'count' },
  { id: 'procedures-online', title: 'Được cung cấp trực tuyến', kind: 'count' },
  { id: 'procedures-integrated', title: 'Đã tích hợp Cổng DVCQG', kind: 'count' },
  { id: 'services-with-any-dossier', title: 'Có phát sinh hồ sơ', kind: 'count' },
  { id: 'services-with-online-dossier', title: 'Có hồ sơ trực tuyến', kind: 'count' },
  { id: 'full-process-online-use', title: 'Toàn trình có hồ sơ trực tuyến, trên số có phát sinh', kind: 'ratio' },
]
export const SERVICES_FIGURES: readonly string[] = FIGURES.map(({ id }) => id)

const COLUMNS: readonly Column[] = [
  { title: 'STT', kind: 'text', width: 6 },
  { title: 'Đơn vị', kind: 'text', width: 38 },
  ...FIGURES.flatMap(({ title, kind }): Column[] =>
    kind === 'count'
      ? [{ title, kind, width: 12 }]
      : [
          { title: 'Số dịch vụ', group: title, kind: 'count', width: 10 },
          { title: 'Trên số', group: title, kind: 'count', width: 10 },
          { title: 'Tỷ lệ', group: title, kind: 'ratio', width: 10 },
        ],
  ),
  { title: 'Ghi chú', kind: 'text', width: 24 },
]

/** Distinct counts of agencies do not add up to the province's: a procedure is carried out by many. So there are no subtotals. */
export function servicesTable(agencies: readonly ReportAgency[], figureOf: FigureOf): Table {
  const rows: Row[] = []
  const province = agencies.find(({ kind }) => kind === 'province')
  if (province) rows.push(rowOf('total', '', province, figureOf))
  for (const kind of GROUPS) {
    const members = agencies.filter((agency) => agency.kind === kind)
    if (members.length > 0)
      rows.push({ role: 'subtotal', cells: ['', KIND_TEXT[kind] ?? kind, ...COLUMNS.slice(2).map(() => null)] })
    for (const [i, agency] of members.entries()) rows.push(rowOf('agency', String(i + 1), agency, figureOf))
  }
  return {
    name: 'Dịch vụ công trực tuyến',
    title: 'Cung cấp và sử dụng dịch vụ công trực tuyến',
    columns: COLUMNS,
    rows,
    notes: ['Một thủ tục do nhiều đơn vị thực hiện: số của các đơn vị không cộng thành số của tỉnh.'],
  }
}

function rowOf(role: Row['role'], place: string, agency: ReportAgency, figureOf: FigureOf): Row {
  const cells: Cell[] = [place, agency.name]
  const states = new Set<string>()
  for (const { id, kind } of FIGURES) {
    const figure = figureOf(id, agency.key)
    const state = figure?.valueState ?? 'no-data-yet'
    if (state !== 'ok' && state !== 'no-cases') states.add(STATE_TEXT[state] ?? state)
    if (kind === 'count') cells.push(figure?.numerator ?? null)
    else cells.push(figure?.numerator ?? null, figure?.denominator ?? null, figure?.value ?? null)
  }
  cells.push([...states].join('; '))
  return { role, cells }
}
