/** What has changed of a closed period since (điều chỉnh sau chốt): the closed figures stay as they were submitted. */
import { findIndicator } from '../indicators/catalogue/index.ts'
import type { IndicatorRow } from '../indicators/read.ts'
import type { ClosedAs, FigureOf, Row, Table } from './report.ts'

export function adjustmentsTable(
  closed: FigureOf,
  rows: readonly IndicatorRow[],
  closing: Pick<ClosedAs, 'landing'>,
  period: string,
): Table {
  const changed = rows.flatMap((row): Row[] => {
    const then = closed(row.indicator, row.agency.key)
    const same = then?.value === row.value && then.numerator === row.numerator && then.denominator === row.denominator
    if (same) return []
    const by = then?.value == null || row.value === null ? null : row.value - then.value
    const ask = `ioc revise ${row.indicator} --agency ${row.agency.key} --period ${period} --between landing:${closing.landing} now`
    return [
      {
        role: 'agency',
        cells: [
          row.agency.name,
          findIndicator(row.indicator)?.names.vi ?? row.indicator,
          then?.value ?? null,
          row.value,
          by,
          ask,
        ],
      },
    ]
  })
  return {
    name: 'Điều chỉnh sau chốt',
    title: 'Điều chỉnh sau chốt số liệu',
    columns: [
      { title: 'Đơn vị', kind: 'text', width: 38 },
      { title: 'Chỉ tiêu', kind: 'text', width: 38 },
      { title: 'Đã chốt', kind: 'points', width: 12 },
      { title: 'Hiện nay', kind: 'points', width: 12 },
      { title: 'Chênh lệch', kind: 'points', width: 12 },
      { title: 'Xem bản ghi', kind: 'text', width: 60 },
    ],
    rows: changed,
    notes: [
      changed.length === 0 ? 'Không có số liệu nào thay đổi sau khi chốt.' : 'Các bảng khác giữ số liệu đã chốt.',
    ],
  }
}
