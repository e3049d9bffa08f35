/** Data quality of the sources, with the causes of what failed split: who is to be called. */
import { quality } from '../indicators/catalogue/quality.ts'
import type { SourceQuality } from '../indicators/quality.ts'
import type { Table } from './report.ts'

export function qualityTable(sources: readonly SourceQuality[]): Table {
  return {
    name: 'Chất lượng dữ liệu',
    title: 'Chất lượng dữ liệu của các nguồn trong kỳ',
    columns: [
      { title: 'Nguồn', kind: 'text', width: 24 },
      ...quality.map(({ names }) => ({ title: names.vi, kind: 'ratio' as const, width: 12 })),
      ...['Do nguồn', 'Do đường truyền', 'Do hệ thống này', 'Do thay đổi quy định', 'Chờ quyết định'].map((title) => ({
        title,
        group: 'Số lần đọc không đủ',
        kind: 'count' as const,
        width: 12,
      })),
    ],
    rows: sources.map(({ source, figures, causes }) => ({
      role: 'agency' as const,
      cells: [
        source,
        ...quality.map(({ id }) =>
          figures[id].denominator === 0 ? null : figures[id].numerator / figures[id].denominator,
        ),
        ...Object.values(causes),
      ],
    })),
    notes: quality.map(({ names, rule }) => `${names.vi}: ${rule.vi}.`),
  }
}
