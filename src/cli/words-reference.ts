/** What `ioc reference import` and the course of a figure across reorganisations say, in both languages. */
type Pair = readonly [vi: string, en: string]

export const REFERENCE_WORDS = {
  'does-reference': [
    'nhập cơ quan, lịch, tên gọi theo quyết định; xem trước rồi ghi',
    'agencies, calendar, names by a decision: preview, then write',
  ],
  'import-needs': [
    'Cần tên tệp, --from (ngày hiệu lực) và --basis (số quyết định)',
    'A file, --from (the day it holds from) and --basis (the decision) are needed',
  ],
  'import-day': ['--from "{typed}" không phải là ngày', '--from "{typed}" is no day'],
  'import-yes': [
    'Chưa ghi gì: cần --yes để ghi (hoặc --dry-run để chỉ xem trước)',
    'Nothing was written: --yes is needed to write (--dry-run only shows the preview)',
  ],
  'import-more': ['… và {n} dòng nữa (xem hết: --json)', '… and {n} more (all of them: --json)'],
  'import-title': ['{file} · hiệu lực từ {from} · {basis}', '{file} · from {from} · {basis}'],
  'import-founded': ['Đơn vị mới: {n}', 'Founded: {n}'],
  'import-merged': ['Kết thúc, có một đơn vị kế tiếp: {n}', 'Ended, with one successor: {n}'],
  'import-renamed': ['Đổi tên: {n}', 'Renamed: {n}'],
  'import-reused': ['Mã được dùng lại với nghĩa khác: {n}', 'Codes that mean another unit from then on: {n}'],
  'import-undetermined': [
    'Chưa xác định (chia tách hoặc kết thúc không có kế tiếp): {n} đơn vị, {dossiers} hồ sơ',
    'Undetermined (divided, or ended without a successor): {n} agencies, {dossiers} dossiers',
  ],
  'import-corrected': ['Sửa thông tin: {n}', 'Told otherwise: {n}'],
  'import-moves': ['Được chuyển sang đơn vị khác: {what}', 'Assigned to another agency: {what}'],
  'import-moved': [
    '{dossiers} hồ sơ, {inputs} phản ánh kiến nghị, quyết định công bố, số báo cáo',
    '{dossiers} dossiers, {inputs} petitions, announced procedures and reported figures',
  ],
  'import-unresolved': ['Tên gọi không còn xác định được: {n}', 'Names that mean nobody any more: {n}'],
  'import-authorities': [
    'Nguồn đang gắn với cơ quan đã kết thúc (sửa sources.json): {n}',
    'Sources that name an agency which is no more (correct sources.json): {n}',
  ],
  'import-days': ['Ngày trong lịch: {n}', 'Days of the calendar: {n}'],
  'import-aliases': ['Tên gọi: {n}', 'Names: {n}'],
  'import-counts': [
    '{open} hồ sơ đang mở, {received} tiếp nhận từ ngày đó, {figures} số liệu',
    '{open} open dossiers, {received} received since, {figures} figures',
  ],
  'import-nothing': ['Không có gì thay đổi.', 'Nothing would change.'],
  'import-ask': ['Ghi những thay đổi này? [c/K] ', 'Write these changes? [y/N] '],
  'import-not': ['Chưa ghi gì.', 'Nothing was written.'],
  'import-done': [
    'Đã ghi (landing {landing}); {moved} bản ghi được chuyển đơn vị. Hồ sơ đang chờ cơ quan được đọc lại ở lần đồng bộ tới.',
    'Written (landing {landing}); {moved} records were assigned anew. What waits for an agency is replayed by the next sync.',
  ],
  'series-break': ['từ {on}: {what}', 'from {on}: {what}'],
  'series-began': ['{to} được thành lập', '{to} began'],
  'series-ended': ['{from} kết thúc, không có kế tiếp', '{from} ended, without a successor'],
  'series-renamed': ['{from} đổi tên thành {to}', '{from} was renamed {to}'],
  'series-merged': ['{from} sáp nhập thành {to}', '{from} merged into {to}'],
  'series-divided': ['{from} chia tách vào {to}', '{from} was divided among {to}'],
  'series-joined': ['{from} hợp nhất vào {to}', '{from} joined {to}'],
  'range-month': ['--{name} "{typed}" không phải là tháng (2024-11)', '--{name} "{typed}" is no month (2024-11)'],
  'range-period': ['--from, --to thay cho --period', '--from and --to stand in place of --period'],
  'geo-merged': ['theo đơn vị hiện nay', 'under the agency of now'],
  'geo-undetermined': ['chưa xác định đơn vị kế tiếp', 'undetermined: no one successor'],
  'geo-left': [
    'Chưa xác định: {agencies} đơn vị đã chia tách hoặc kết thúc, {n} ({figure})',
    'Undetermined: {agencies} agencies divided or ended, {n} ({figure})',
  ],
} as const satisfies Record<string, Pair>
