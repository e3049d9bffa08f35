/**
 * QĐ 766/QĐ-TTg: a figure per component, group and total, in points (điểm). Its parts are terms as everywhere; maxima, thresholds, zero rules and
 * classes are those of data/reference/qd766.json. What only the national portal counts is taken from its own rows and scored by the same rules.
 */
import { SHIPPED } from '../qd766/shipped.ts'
import {
  EVERYWHERE,
  type Indicator,
  indicator,
  type OfficialTerm,
  type ProcedureTerm,
  type ServiceTerm,
  type Text,
  type Weights,
} from './indicator.ts'
import { ENDED, flow, OPEN, received, stock } from './terms.ts'

const [shipped] = SHIPPED.sets
if (!shipped) throw new RangeError('data/reference/qd766.json has no set of rules')
const { components, groups } = shipped

const shared = {
  kind: 'score',
  unit: 'points',
  direction: 'up',
  legalSource: shipped.basis,
  periods: ['month', 'quarter', 'half', 'year'],
  kept: ['month', 'quarter', 'year'],
  keptAt: ['province'],
} as const
const named = (names: Text, place = ''): Text => ({
  vi: `QĐ 766: ${place}${names.vi}`,
  en: `QĐ 766: ${place}${names.en}`,
})

type Terms = Pick<Indicator, 'countsOn' | 'numerator' | 'denominator'>
/** One component; `times`: the one whose share multiplies its own. */
function component(id: string, terms: Terms, times?: string): Indicator {
  const rules = components.find((one) => one.id === id)
  if (!rules) throw new RangeError(`data/reference/qd766.json has no component ${id}`)
  return indicator({
    ...shared,
    id: `qd766-${id}`,
    names: named(rules.names, /^\d/.test(id) ? `${id} ` : ''),
    at: rules.at.includes('unit') ? EVERYWHERE : ['province'],
    score: { component: id, group: rules.group, ...(times === undefined ? {} : { times }) },
    official: id,
    ...terms,
  })
}

const PORTAL = { vi: 'số của Cổng Dịch vụ công quốc gia', en: "the national portal's own count" }
const official = (id: string, part: OfficialTerm['part']): OfficialTerm => ({
  of: 'official',
  component: id,
  part,
  rule: PORTAL,
})
const national = (id: string): Indicator =>
  component(id, {
    countsOn: 'received',
    numerator: official(id, 'numerator'),
    denominator: official(id, 'denominator'),
  })

const announced = (by: 'published' | 'updated', late: Weights | null, rule: Text): ServiceTerm => ({
  of: 'services',
  having: by,
  procedures: 'any',
  ...(late ? { never: late } : {}),
  rule,
})
const procedures = (which: ProcedureTerm['which'], rule: Text): ProcedureTerm => ({ of: 'procedures', which, rule })
const WITH_FEE = procedures('fee', { vi: 'thủ tục có phí, lệ phí', en: 'procedure with a fee' })
/** What stands open at the end of the period, and what has ended in it. */
const handled = (open: Weights, ended: Weights, rule: Text) => ({
  ...stock({ ...OPEN, ...open }, rule),
  plus: [{ when: 'in-period', weights: { ...ENDED, ...ended } } as const],
})
const HANDLED = handled(
  {},
  {},
  {
    vi: 'đang giải quyết cuối kỳ hoặc kết thúc trong kỳ',
    en: 'open at the end of the period, or ended in it',
  },
)
/** Of procedures that end in a paper result only with an electronic one, of others all. */
const withResult = (all: Weights, having: Weights, rule: Text) => {
  const without = Object.fromEntries(Object.entries(all).map(([name, weight]) => [name, -weight]))
  const only = { when: 'in-period', weights: { ...without, ...having }, procedures: 'requires-result' } as const
  return { ...flow(all, rule), plus: [only] }
}

const openness: Indicator[] = [
  component('1.1', {
    countsOn: 'decided',
    numerator: announced(
      'published',
      { published: 1, published_on_time: -1 },
      { vi: 'mọi quyết định trong kỳ đều công bố đúng hạn', en: 'every decision of the period announced it in time' },
    ),
    denominator: announced('published', null, { vi: 'được công bố trong kỳ', en: 'announced in the period' }),
  }),
  component('1.2', {
    countsOn: 'decided',
    numerator: announced(
      'updated',
      { updated: 1, updated_on_time: -1 },
      { vi: 'luôn công khai đúng hạn, hoặc còn hạn', en: 'made public in time, or its time has not passed' },
    ),
    denominator: announced('updated', null, { vi: 'phải công khai trong kỳ', en: 'to be made public in the period' }),
  }),
  component('1.3', {
    countsOn: 'period-end',
    numerator: stock({ listed_complete: 1 }, { vi: 'đang công khai, đủ nội dung', en: 'public, with all its parts' }),
    denominator: stock({ listed: 1 }, { vi: 'đang công khai', en: 'public' }),
  }),
  national('1.4'),
]

const progress: Indicator[] = [
  component('2.1', {
    countsOn: 'period-end',
    numerator: handled(
      { late_766: -1 },
      { ended_late_766: -1 },
      {
        vi: 'đúng hạn theo quy tắc của Cổng: kết thúc trong hạn, hoặc chưa quá hạn tính đến hết kỳ',
        en: "on time by the portal's rule: ended in time, or not past due by the end of the period",
      },
    ),
    denominator: HANDLED,
  }),
  // followed, without points: in working hours, whatever the unit of a procedure's limit
  indicator({
    ...shared,
    id: 'qd766-2.2',
    names: named(
      { vi: 'Thời gian giải quyết trung bình (giờ làm việc)', en: 'Average processing time (working hours)' },
      '2.2 ',
    ),
    kind: 'ratio',
    unit: 'working-hours',
    direction: 'down',
    countsOn: 'received',
    numerator: flow(
      { done_hours: 1 },
      {
        vi: 'giờ làm việc của hồ sơ tiếp nhận trong kỳ, đã giải quyết, trừ thời gian chờ',
        en: 'working hours of what was received in the period and is finished, waiting left out',
      },
    ),
    denominator: flow(
      { done: 1 },
      { vi: 'tiếp nhận trong kỳ, đã giải quyết', en: 'received in the period, and finished' },
    ),
  }),
]

const services: Indicator[] = [
  component('3.1', {
    countsOn: 'period-end',
    numerator: procedures('online', { vi: 'được cung cấp trực tuyến', en: 'offered online' }),
    denominator: procedures('all', { vi: 'thủ tục thuộc thẩm quyền', en: 'procedure under its authority' }),
  }),
  component('3.2', {
    countsOn: 'received',
    numerator: {
      of: 'services',
      having: 'received_online',
      assigned: true,
      rule: {
        vi: 'trực tuyến, có hồ sơ nộp trực tuyến trong kỳ',
        en: 'online service with a dossier filed online in the period',
      },
    },
    denominator: procedures('online', { vi: 'được cung cấp trực tuyến', en: 'offered online' }),
  }),
  component(
    '3.3',
    {
      countsOn: 'received',
      numerator: withResult(
        { received_online: 1 },
        { online_with_result: 1 },
        {
          vi: 'nộp trực tuyến, tiếp nhận trong kỳ; thủ tục có kết quả giấy thì phải có kết quả điện tử',
          en: 'filed online, received in the period; with an electronic result where the procedure ends in a paper one',
        },
      ),
      denominator: received,
    },
    '1.4',
  ),
]

const payment: Indicator[] = [
  national('3.5'),
  component('3.5b', {
    countsOn: 'received',
    numerator: {
      of: 'services',
      having: 'paid_online',
      procedures: 'fee',
      assigned: true,
      rule: { vi: 'có phí, có giao dịch thanh toán trực tuyến', en: 'with a fee, and a fee paid online' },
    },
    denominator: WITH_FEE,
  }),
  component('3.6', {
    countsOn: 'received',
    numerator: flow(
      { paid_online: 1 },
      { vi: 'thủ tục có phí, đã thanh toán trực tuyến', en: 'of a procedure with a fee, paid online' },
      'fee',
    ),
    denominator: flow(
      { payable: 1, fee_unknown: 1 },
      {
        vi: 'thủ tục có phí, tiếp nhận trong kỳ, trừ hồ sơ có mức thu bằng 0',
        en: 'of a procedure with a fee, received in the period, but for those whose fee is 0',
      },
      'fee',
    ),
  }),
]

const share = (id: string, weights: Weights, rule: Text): Indicator =>
  component(id, { countsOn: 'received', numerator: flow(weights, rule), denominator: received })

const digitisation: Indicator[] = [
  component('4.1', {
    countsOn: 'received',
    numerator: flow(
      { with_result: 1 },
      { vi: 'có kết quả điện tử', en: 'with an electronic result' },
      'requires-result',
    ),
    denominator: flow(
      { received: 1 },
      {
        vi: 'thủ tục có kết quả giấy, tiếp nhận trong kỳ',
        en: 'of a procedure with a paper result, received in the period',
      },
      'requires-result',
    ),
  }),
  component('4.2', {
    countsOn: 'received',
    numerator: withResult(
      { digitised: 1 },
      { digitised_with_result: 1 },
      {
        vi: 'có thành phần được số hóa; thủ tục có kết quả giấy thì phải có kết quả điện tử',
        en: 'with digitised papers, and an electronic result where the procedure ends in a paper one',
      },
    ),
    denominator: received,
  }),
  national('certified-copy'),
  share('4.3', { reused: 1 }, { vi: 'có thành phần được tái sử dụng', en: 'with papers used again' }),
  national('4.4'),
  national('4.5a'),
  share('4.5b', { vneid: 1 }, { vi: 'tài khoản xác thực VNeID', en: 'account authenticated by VNeID' }),
]

const PETITIONS = flow({ petitions: 1 }, { vi: 'tiếp nhận trong kỳ', en: 'received in the period' })
const classed = (id: string, names: Text, measure: 'petitions_procedure' | 'petitions_staff', rule: Text): Indicator =>
  indicator({
    ...shared,
    id: `qd766-${id}`,
    names: named(names, '5.1 '),
    kind: 'ratio',
    unit: 'ratio',
    direction: 'none',
    countsOn: 'received',
    official: id,
    numerator: flow({ [measure]: 1 }, rule),
    denominator: PETITIONS,
  })

const satisfaction: Indicator[] = [
  // followed, without points
  classed('5.1', { vi: 'Phản ánh, kiến nghị về thủ tục', en: 'Petitions about procedures' }, 'petitions_procedure', {
    vi: 'về quy định, thủ tục hành chính',
    en: 'about rules and procedures',
  }),
  classed('5.1-staff', { vi: 'Phản ánh, kiến nghị về cán bộ', en: 'Petitions about staff' }, 'petitions_staff', {
    vi: 'về hành vi của cán bộ, công chức',
    en: 'about the conduct of officials',
  }),
  component('5.2', {
    countsOn: 'received',
    numerator: flow(
      { petitions_on_time: 1 },
      { vi: 'xử lý đúng hạn, hoặc còn hạn', en: 'handled in time, or not late yet' },
    ),
    denominator: PETITIONS,
  }),
  component('5.3', {
    countsOn: 'received',
    numerator: flow(
      { petitions: 1, petitions_unsatisfied: -1 },
      {
        vi: 'không bị đánh giá không hài lòng, phản ánh lại hoặc chậm',
        en: 'neither found unsatisfactory, complained of again, nor late',
      },
    ),
    denominator: PETITIONS,
  }),
  component('5.4', {
    countsOn: 'period-end',
    numerator: handled(
      { late_766: -1, disliked: -1 },
      { ended_late_766: -1, ended_disliked: -1 },
      {
        vi: 'trừ hồ sơ quá hạn (2.1) và hồ sơ có phản ánh, kiến nghị hoặc bị đánh giá không hài lòng',
        en: 'less those late by 2.1, and those with a petition or rated unsatisfactory',
      },
    ),
    denominator: HANDLED,
  }),
]

const MAX = { vi: 'điểm tối đa', en: 'points at most' }
const summed = (id: string, names: Text, group: string | null): Indicator =>
  indicator({
    ...shared,
    id: `qd766-${id}`,
    names: named(names),
    countsOn: 'period-end',
    official: id,
    numerator: { of: 'points', group, rule: MAX },
  })

export const qd766: readonly Indicator[] = [
  ...openness,
  ...progress,
  ...services,
  ...payment,
  ...digitisation,
  ...satisfaction,
  ...groups.map(({ code, names }) => summed(code, names, code)),
  summed('total', { vi: 'Tổng điểm', en: 'Total' }, null),
]

/** Components whose parts are the portal's own counts. */
export const NATIONAL: readonly string[] = qd766.flatMap(({ numerator }) =>
  numerator.of === 'official' ? [numerator.component] : [],
)
const byComponent = new Map(qd766.flatMap((one) => (one.score ? [[one.score.component, one] as const] : [])))
export const componentIndicator = (id: string): Indicator | undefined => byComponent.get(id)

/** The indicator and, of a group or the total, every component that it sums; of a component also the one that multiplies it. */
export function behind(one: Indicator): readonly Indicator[] {
  const { numerator, score } = one
  if (numerator.of === 'points') {
    const own = qd766.filter((other) => other.score && (numerator.group ?? other.score.group) === other.score.group)
    return [one, ...new Set(own.flatMap(behind))]
  }
  const times = score?.times === undefined ? undefined : byComponent.get(score.times)
  return times ? [one, times] : [one]
}
