/** How dossiers are handled: by whom they are received, in what time, with which payment and papers, and what people say of it. */
import { type HoursTerm, type Indicator, indicator, KEPT_SPARINGLY, type Text } from './indicator.ts'
import { FINISHED, flow, received } from './terms.ts'

const hours = (share: number): HoursTerm => ({
  of: 'hours',
  share,
  rule: {
    vi: 'đã giải quyết trong kỳ; giờ làm việc từ khi tiếp nhận, trừ thời gian chờ',
    en: 'finished in the period; working hours since its reception, waiting left out',
  },
})
const time = (id: string, share: number, names: Text) =>
  indicator({
    id,
    names,
    kind: 'percentile',
    unit: 'working-hours',
    direction: 'down',
    countsOn: 'ended',
    kept: KEPT_SPARINGLY,
    numerator: hours(share),
  })

const payable = flow(
  { payable: 1 },
  { vi: 'phải nộp phí, lệ phí, tiếp nhận trong kỳ', en: 'with a fee to pay, received in the period' },
)
const finished = flow(FINISHED, { vi: 'đã giải quyết trong kỳ', en: 'finished in the period' })
const rated = flow(
  { rated: 1 },
  { vi: 'được đánh giá trong kỳ (lần đánh giá mới nhất)', en: 'rated in the period, by its newest rating' },
)
const SATISFIED = { vi: 'được đánh giá 4 hoặc 5 điểm trong kỳ', en: 'rated 4 or 5 in the period' }
const DISSATISFIED = { vi: 'được đánh giá 1 hoặc 2 điểm trong kỳ', en: 'rated 1 or 2 in the period' }

/** A share that is better the higher it is. */
const share = (
  id: string,
  names: Text,
  countsOn: Indicator['countsOn'],
  numerator: Indicator['numerator'],
  denominator: Indicator['numerator'],
  more: Partial<Indicator> = {},
) => indicator({ id, names, kind: 'ratio', direction: 'up', countsOn, numerator, denominator, ...more })
const kept = { kept: KEPT_SPARINGLY }
const asked = { kept: [] }

export const handling: readonly Indicator[] = [
  indicator({
    id: 'dossiers-taken',
    names: { vi: 'Hồ sơ đã tiếp nhận, theo nơi tiếp nhận', en: 'Dossiers received, by who received them' },
    kind: 'count',
    countsOn: 'received',
    countsBy: 'receiving',
    ...asked,
    numerator: flow(
      { taken: 1 },
      {
        vi: 'tiếp nhận trong kỳ tại đơn vị (không ghi nơi tiếp nhận: đơn vị giải quyết)',
        en: 'received there in the period (by the resolving agency where nobody is named)',
      },
    ),
  }),
  indicator({
    id: 'dossiers-assisted',
    names: { vi: 'Hồ sơ được hỗ trợ nộp, theo nơi hỗ trợ', en: 'Dossiers filed with help, by who helped' },
    kind: 'count',
    countsOn: 'received',
    countsBy: 'assisting',
    ...asked,
    numerator: flow(
      { assisted: 1 },
      { vi: 'được đơn vị hỗ trợ nộp, tiếp nhận trong kỳ', en: 'filed with its help, received in the period' },
    ),
  }),
  time('processing-hours-median', 0.5, {
    vi: 'Thời gian giải quyết trung vị (giờ làm việc)',
    en: 'Median processing time (working hours)',
  }),
  time('processing-hours-p90', 0.9, {
    vi: 'Thời gian giải quyết của 90% hồ sơ (giờ làm việc)',
    en: '90th percentile of processing time (working hours)',
  }),
  indicator({
    id: 'reappointed',
    names: { vi: 'Hồ sơ phải hẹn lại', en: 'Dossiers put off' },
    kind: 'count',
    direction: 'down',
    countsOn: 'received',
    ...kept,
    numerator: flow(
      { reappointed: 1 },
      {
        vi: 'tiếp nhận trong kỳ, đã có văn bản xin lỗi và hẹn lại',
        en: 'received in the period, its due date officially put off',
      },
    ),
  }),
  share(
    'paid-online-share',
    { vi: 'Tỷ lệ thanh toán trực tuyến', en: 'Share paid online' },
    'received',
    flow(
      { paid_online: 1 },
      {
        vi: 'thanh toán qua Cổng DVCQG hoặc cổng của bộ, tỉnh, tiếp nhận trong kỳ',
        en: 'paid through the national portal or the gateway of a ministry or the province, received in the period',
      },
    ),
    payable,
    kept,
  ),
  share(
    'digitised-share',
    { vi: 'Tỷ lệ hồ sơ được số hóa', en: 'Share of dossiers digitised' },
    'received',
    flow(
      { digitised: 1 },
      { vi: 'có thành phần được số hóa, tiếp nhận trong kỳ', en: 'with digitised papers, received in the period' },
    ),
    received,
    kept,
  ),
  share(
    'reused-share',
    { vi: 'Tỷ lệ hồ sơ tái sử dụng dữ liệu số hóa', en: 'Share re-using digitised papers' },
    'received',
    flow(
      { reused: 1 },
      {
        vi: 'có thành phần được tái sử dụng, tiếp nhận trong kỳ',
        en: 'with papers used again, received in the period',
      },
    ),
    received,
    asked,
  ),
  share(
    'vneid-share',
    { vi: 'Tỷ lệ hồ sơ xác thực qua VNeID', en: 'Share authenticated by VNeID' },
    'received',
    flow(
      { vneid: 1 },
      {
        vi: 'tài khoản xác thực VNeID, tiếp nhận trong kỳ',
        en: 'account authenticated by VNeID, received in the period',
      },
    ),
    received,
    asked,
  ),
  share(
    'returned-electronically-share',
    { vi: 'Tỷ lệ trả kết quả điện tử', en: 'Share of results returned electronically' },
    'ended',
    flow(
      { returned_electronically: 1 },
      { vi: 'đã giải quyết trong kỳ, có kết quả điện tử', en: 'finished in the period, with an electronic result' },
    ),
    finished,
    kept,
  ),
  indicator({
    id: 'dossiers-rated',
    names: { vi: 'Hồ sơ được đánh giá', en: 'Dossiers rated' },
    kind: 'count',
    countsOn: 'rated',
    ...asked,
    numerator: rated,
  }),
  share(
    'satisfaction-share',
    { vi: 'Tỷ lệ hài lòng', en: 'Share satisfied' },
    'rated',
    flow({ satisfied: 1 }, SATISFIED),
    rated,
    kept,
  ),
  share(
    'dissatisfaction-share',
    { vi: 'Tỷ lệ không hài lòng', en: 'Share dissatisfied' },
    'rated',
    flow({ dissatisfied: 1 }, DISSATISFIED),
    rated,
    { ...asked, direction: 'down' },
  ),
  share(
    'rating-average',
    { vi: 'Điểm đánh giá bình quân (thang 5)', en: 'Average rating (of 5)' },
    'rated',
    flow({ rating_sum: 1 }, rated.rule),
    rated,
    { ...asked, unit: 'points' },
  ),
]
