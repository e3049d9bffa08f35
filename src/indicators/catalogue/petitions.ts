/**
 * Petitions (phản ánh, kiến nghị) and announced procedures (công bố, công khai thủ tục): plain shares by the deadlines of QĐ 766, each record
 * once. Computed when asked for: where nobody brings them, a kept figure would be a message a month that says so.
 */
import { type Indicator, indicator, type Text, type Weights } from './indicator.ts'
import { flow, stock } from './terms.ts'

const PETITIONS = 'QĐ 766/QĐ-TTg, chỉ số 5.2 và 5.3; Nghị định 20/2008/NĐ-CP'
const PUBLICATIONS = 'QĐ 766/QĐ-TTg, chỉ số 1.1 đến 1.3; Nghị định 63/2010/NĐ-CP'

const RECEIVED: Text = { vi: 'tiếp nhận trong kỳ', en: 'received in the period' }
const petitions = flow({ petitions: 1 }, RECEIVED)
const DECIDED: Text = {
  vi: 'có trong quyết định công bố ban hành trong kỳ (mỗi quyết định một lần)',
  en: 'in a decision of the period (once for each decision)',
}

const share = (
  id: string,
  names: Text,
  weights: Weights,
  rule: Text,
  more: Pick<Indicator, 'countsOn' | 'legalSource' | 'denominator'> & Partial<Indicator>,
): Indicator =>
  indicator({ id, names, kind: 'ratio', direction: 'up', kept: [], numerator: flow(weights, rule), ...more })

const ofPetitions = { countsOn: 'received', legalSource: PETITIONS, denominator: petitions } as const
const ofDecisions = { countsOn: 'decided', legalSource: PUBLICATIONS } as const

export const petitionsAndPublications: readonly Indicator[] = [
  indicator({
    id: 'petitions-received',
    names: { vi: 'Phản ánh, kiến nghị tiếp nhận trong kỳ', en: 'Petitions received' },
    kind: 'count',
    unit: 'petitions',
    countsOn: 'received',
    legalSource: PETITIONS,
    kept: [],
    numerator: petitions,
  }),
  share(
    'petitions-on-time-share',
    { vi: 'Tỷ lệ phản ánh, kiến nghị xử lý đúng hạn', en: 'Share of petitions handled on time' },
    { petitions_on_time: 1 },
    {
      vi: 'tiếp nhận trong kỳ, đã xử lý và công khai đúng hạn, hoặc còn trong hạn',
      en: 'received in the period, handled and made public on time, or not due yet',
    },
    ofPetitions,
  ),
  share(
    'petitions-satisfied-share',
    { vi: 'Tỷ lệ hài lòng về xử lý phản ánh, kiến nghị', en: 'Share of petitions handled to satisfaction' },
    { petitions: 1, petitions_unsatisfied: -1 },
    {
      vi: 'tiếp nhận trong kỳ, không quá hạn, không bị đánh giá không hài lòng, không bị phản ánh lại',
      en: 'received in the period, neither late nor found wanting nor complained of again',
    },
    ofPetitions,
  ),
  share(
    'procedures-announced-on-time-share',
    { vi: 'Tỷ lệ thủ tục được công bố đúng hạn', en: 'Share of procedures announced on time' },
    { published_on_time: 1 },
    {
      vi: 'quyết định ban hành trong kỳ, chậm nhất 5 ngày làm việc trước khi văn bản có hiệu lực (không ghi ngày hiệu lực: không tính là đúng hạn)',
      en: 'decided in the period, five working days before the legal basis took effect at the latest (without that day it does not count as on time)',
    },
    { ...ofDecisions, denominator: flow({ published: 1 }, DECIDED) },
  ),
  share(
    'procedures-public-on-time-share',
    { vi: 'Tỷ lệ thủ tục được công khai đúng hạn', en: 'Share of procedures made public on time' },
    { updated_on_time: 1 },
    {
      vi: 'quyết định ban hành trong kỳ, công khai chậm nhất 5 ngày làm việc sau đó, hoặc còn trong hạn',
      en: 'decided in the period, made public within five working days of it, or not due yet',
    },
    { ...ofDecisions, denominator: flow({ updated: 1 }, DECIDED) },
  ),
  indicator({
    id: 'procedures-listed-complete-share',
    names: { vi: 'Tỷ lệ thủ tục công khai đủ nội dung', en: 'Share of procedures listed with all their parts' },
    kind: 'ratio',
    direction: 'up',
    countsOn: 'period-end',
    legalSource: PUBLICATIONS,
    kept: [],
    numerator: stock(
      { listed_complete: 1 },
      {
        vi: 'đang công khai cuối kỳ, đủ các bộ phận tạo thành thủ tục',
        en: 'listed in public at the end of the period, with all their parts',
      },
    ),
    denominator: stock(
      { listed: 1 },
      { vi: 'đang công khai cuối kỳ (bản mới nhất)', en: 'listed in public at the end of the period, by the newest' },
    ),
  }),
]
