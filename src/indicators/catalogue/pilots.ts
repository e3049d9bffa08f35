/**
 * Pilots (thí điểm): procedures not yet eligible that are accepted online on trial between two dates; how far they are used, and what
 * they still lack to become full-process. A procedure is one for every period that a day of its trial lies in.
 */
import {
  type Indicator,
  indicator,
  KEPT_SPARINGLY,
  type ProcedureTerm,
  type ServiceTerm,
  type Text,
} from './indicator.ts'
import { FINISHED, flow } from './terms.ts'

const legalSource = 'Nghị định 42/2022/NĐ-CP; báo cáo dịch vụ công trực tuyến của tỉnh'
const shared = { direction: 'none', legalSource, kept: [] } as const

const pilots: ProcedureTerm = {
  of: 'procedures',
  which: 'pilot',
  rule: { vi: 'nhận hồ sơ trực tuyến thí điểm trong kỳ', en: 'accepted online on trial in the period' },
}
const pilotsHaving = (having: ServiceTerm['having'], rule: Text): ServiceTerm => ({
  of: 'services',
  having,
  pilot: true,
  rule,
})
const used = pilotsHaving('received_online', {
  vi: 'thí điểm, có hồ sơ nộp trực tuyến trong kỳ',
  en: 'on trial, with a dossier filed online in the period',
})
const RECEIVED = { vi: 'thủ tục thí điểm, tiếp nhận trong kỳ', en: 'of a procedure on trial, received in the period' }

const lacking = (
  id: string,
  names: Text,
  countsOn: Indicator['countsOn'],
  having: ServiceTerm['having'],
  rule: Text,
): Indicator =>
  indicator({
    ...shared,
    id,
    names,
    kind: 'count',
    unit: 'procedures',
    direction: 'down',
    countsOn,
    numerator: pilotsHaving(having, rule),
  })

export const pilotServices: readonly Indicator[] = [
  indicator({
    ...shared,
    id: 'pilots',
    names: { vi: 'Số thủ tục nhận trực tuyến thí điểm', en: 'Procedures accepted online on trial' },
    kind: 'count',
    unit: 'procedures',
    countsOn: 'period-end',
    numerator: pilots,
  }),
  indicator({
    ...shared,
    id: 'pilots-used-share',
    names: { vi: 'Tỷ lệ thủ tục thí điểm có hồ sơ trực tuyến', en: 'Share of pilots with an online dossier' },
    kind: 'ratio',
    direction: 'up',
    countsOn: 'received',
    kept: KEPT_SPARINGLY,
    at: ['province', 'department', 'vertical'],
    numerator: { ...used, assigned: true },
    denominator: pilots,
  }),
  indicator({
    ...shared,
    id: 'pilot-dossiers',
    names: { vi: 'Hồ sơ của thủ tục thí điểm', en: 'Dossiers of pilots' },
    kind: 'count',
    countsOn: 'received',
    numerator: flow({ received: 1 }, RECEIVED, 'pilot'),
  }),
  indicator({
    ...shared,
    id: 'pilot-online-share',
    names: { vi: 'Tỷ lệ nộp trực tuyến của thủ tục thí điểm', en: 'Share of pilots filed online' },
    kind: 'ratio',
    direction: 'up',
    countsOn: 'received',
    numerator: flow(
      { received_online: 1 },
      { vi: 'thủ tục thí điểm, nộp trực tuyến trong kỳ', en: 'of a procedure on trial, filed online in the period' },
      'pilot',
    ),
    denominator: flow({ received: 1 }, RECEIVED, 'pilot'),
  }),
  indicator({
    ...shared,
    id: 'pilots-not-full',
    names: { vi: 'Thủ tục thí điểm chưa toàn trình', en: 'Pilots that are not full-process' },
    kind: 'count',
    unit: 'procedures',
    direction: 'down',
    countsOn: 'period-end',
    numerator: {
      of: 'procedures',
      which: 'pilot-not-full',
      rule: { vi: 'thí điểm, mức độ một phần hoặc thông tin', en: 'on trial, its level partial or information' },
    },
  }),
  lacking(
    'pilots-without-electronic-result',
    { vi: 'Thủ tục thí điểm còn trả kết quả giấy', en: 'Pilots with results on paper' },
    'ended',
    { ...FINISHED, returned_electronically: -1 },
    {
      vi: 'thí điểm, có hồ sơ đã giải quyết trong kỳ mà không có kết quả điện tử',
      en: 'on trial, some dossier finished in the period without an electronic result',
    },
  ),
  lacking(
    'pilots-without-online-payment',
    { vi: 'Thủ tục thí điểm còn nộp phí trực tiếp', en: 'Pilots with fees not paid online' },
    'received',
    { payable: 1, paid_online: -1 },
    {
      vi: 'thí điểm, có hồ sơ phải nộp phí tiếp nhận trong kỳ mà không thanh toán trực tuyến',
      en: 'on trial, some fee of a dossier received in the period not paid online',
    },
  ),
]
