/** What a report rests on: the sources (nguồn) with their state, so that nobody signs what is not whole without seeing it. */
import type { SourceStatusTable } from '../warehouse/tables.ts'
import type { Table } from './report.ts'

export const SOURCE_STATE_TEXT: Readonly<Record<string, string>> = {
  fresh: 'đầy đủ',
  partial: 'đầy đủ, còn bản ghi cần rà soát',
  incomplete: 'đọc chưa hết',
  held: 'bị giữ lại',
  failed: 'không đọc được',
  never: 'chưa đọc lần nào',
}

/** `timeOf`: an instant as people read it. */
export function sourcesTable(
  statuses: readonly SourceStatusTable[],
  late: ReadonlySet<string>,
  timeOf: (at: number) => string,
): Table {
  return {
    name: 'Nguồn dữ liệu',
    title: 'Nguồn dữ liệu của báo cáo',
    columns: [
      { title: 'Nguồn', kind: 'text', width: 24 },
      { title: 'Tình trạng', kind: 'text', width: 34 },
      { title: 'Đọc đủ đến', kind: 'text', width: 18 },
      { title: 'Ghi chú', kind: 'text', width: 30 },
    ],
    rows: statuses.map(({ source, state, as_of }) => ({
      role: 'agency' as const,
      cells: [
        source,
        SOURCE_STATE_TEXT[state] ?? state,
        as_of === null ? '' : timeOf(as_of),
        late.has(source) ? 'chậm: số liệu chưa đầy đủ hoặc đã quá hạn cập nhật' : '',
      ],
    })),
    notes: [],
  }
}
