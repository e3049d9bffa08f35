/** What a report rests on: the sources (nguồn) with their state, so that nobody signs what is not whole without seeing it. */
import type { Table } from './report.ts'
import type { SourceThen } from './then.ts'

export const SOURCE_STATE_TEXT: Readonly<Record<string, string>> = {
  fresh: 'đầy đủ',
  partial: 'đầy đủ, còn bản ghi cần rà soát',
  incomplete: 'đọc chưa hết',
  held: 'bị giữ lại',
  failed: 'không đọc được',
  never: 'chưa đọc lần nào',
}

/** `timeOf`: an instant as people read it. */
export function sourcesTable(sources: readonly SourceThen[], timeOf: (at: number) => string): Table {
  return {
    name: 'Nguồn dữ liệu',
    title: 'Nguồn dữ liệu của báo cáo',
    columns: [
      { title: 'Nguồn', kind: 'text', width: 24 },
      { title: 'Tình trạng', kind: 'text', width: 34 },
      { title: 'Đọc đủ đến', kind: 'text', width: 18 },
      { title: 'Ghi chú', kind: 'text', width: 30 },
    ],
    rows: sources.map(({ source, state, asOf, late }) => ({
      role: 'agency' as const,
      cells: [
        source,
        SOURCE_STATE_TEXT[state] ?? state,
        asOf === null ? '' : timeOf(asOf),
        late ? 'chậm: số liệu chưa đầy đủ hoặc đã quá hạn cập nhật' : '',
      ],
    })),
    notes: [],
  }
}
