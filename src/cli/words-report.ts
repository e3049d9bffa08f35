/** What `ioc report` and `ioc close` say. */
export const REPORT_WORDS = {
  'does-report': [
    'lập báo cáo tháng, quý, năm, hoặc theo QĐ 766 (XLSX, CSV, JSON)',
    'write the monthly, quarterly, yearly or QĐ 766 report (XLSX, CSV, JSON)',
  ],
  'does-close': ['chốt số liệu của một kỳ', 'freeze the figures of a period as they are submitted'],
  'report-kind': ['Chưa nêu loại báo cáo', 'Which report is not said'],
  'report-format': ['Không có định dạng {typed}', '{typed} is no format of a report'],
  'report-table': ['Báo cáo này không có bảng {typed}: {known}', 'The report has no table {typed}: {known}'],
  'report-written': ['Đã ghi {file}', 'Written: {file}'],
  'report-closed': ['Đã chốt ngày {at} bởi {by}: {note}', 'Closed {at} by {by}: {note}'],
  'report-late': ['Nguồn chậm khi chốt: {sources}', 'Sources that were late when it was closed: {sources}'],
  'report-override': ['Lý do vẫn chốt: {reason}', 'Closed all the same: {reason}'],
  'report-open': ['Kỳ chưa kết thúc: số liệu tạm tính.', 'The period is open: its figures are provisional.'],
  'close-needs': ['Chốt số liệu cần kỳ, người chốt và ghi chú', 'A closing needs a period, who closes it and a note'],
  'has-closed': ['Đã chốt {n} chỉ tiêu của kỳ {period} ({report}).', '{n} figures of {period} are closed ({report}).'],
} as const
