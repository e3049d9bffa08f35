/** What `ioc indicators` says of parts of the dossiers. */
export const FIGURE_WORDS = {
  'by-choice': [
    '--by "{typed}" không phải procedure, field hoặc channel',
    '--by "{typed}" is neither procedure, field nor channel',
  ],
  'parts-of-then': [
    'Số liệu theo thủ tục, lĩnh vực, cách nộp chỉ có theo cơ quan của kỳ đó',
    'Figures by procedure, field and channel are those of the agencies of then',
  ],
  'audience-choice': [
    '--audience "{typed}" không phải staff hoặc public',
    '--audience "{typed}" is neither staff nor public',
  ],
  'public-masked': [
    'Để công bố: số hồ sơ từ 1 đến 4, và những số mà từ đó suy ra được chúng, không nêu.',
    'For the public: counts of dossiers from 1 to 4, and what would tell them, are masked.',
  ],
  'public-no-records': ['Danh sách hồ sơ không dành cho công chúng', 'Lists of records are not for the public'],
  'all-parts': ['Tất cả', 'All together'],
  'no-field': ['(không có lĩnh vực)', '(without a field)'],
  'channel-online': ['Trực tuyến', 'Online'],
  'channel-counter': ['Trực tiếp', 'At the counter'],
  'channel-post': ['Bưu chính công ích', 'By post'],
  'group-choice': ['--group "{typed}" không phải 766', '--group "{typed}" is not 766'],
  'score-component': ['Chỉ số', 'Component'],
  'score-parts': ['Tử/mẫu', 'Parts'],
  'score-points': ['Điểm', 'Points'],
  'score-most': ['Tối đa', 'Most'],
  'score-official': ['Cổng QG', 'Portal'],
  'score-stated': ['Ngày', 'On'],
  'score-difference': ['Chênh lệch', 'Difference'],
  'score-class': ['Xếp loại: {name}', 'Class: {name}'],
} as const satisfies Record<string, readonly [vi: string, en: string]>
