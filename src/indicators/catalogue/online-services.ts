/** Online public services (dịch vụ công trực tuyến), as the province's report counts them. "Arises" is received in the period, status neither 1 nor 3. */
import {
  type AgencyTerm,
  type Indicator,
  indicator,
  type ProcedureTerm,
  type ServiceTerm,
  type Text,
} from './indicator.ts'

const legalSource = 'Nghị định 42/2022/NĐ-CP; báo cáo dịch vụ công trực tuyến của tỉnh'

const procedures = (which: ProcedureTerm['which'], rule: Text): ProcedureTerm => ({ of: 'procedures', which, rule })
const allProcedures = procedures('all', { vi: 'thủ tục thuộc thẩm quyền', en: 'procedure under its authority' })
const onlineProcedures = procedures('online', { vi: 'được cung cấp trực tuyến', en: 'offered online' })
const integrated = procedures('integrated', {
  vi: 'trực tuyến và đã tích hợp Cổng Dịch vụ công quốc gia',
  en: 'online and integrated into the national portal',
})
const fullProcess = procedures('full', { vi: 'dịch vụ công toàn trình', en: 'full-process service' })

const services = (by: 'any' | 'online', rule: Text, more: Partial<ServiceTerm> = {}): ServiceTerm => ({
  of: 'services',
  having: by === 'any' ? 'received' : 'received_online',
  rule,
  ...more,
})
const ANY = {
  vi: 'trực tuyến, có hồ sơ tiếp nhận trong kỳ',
  en: 'online service with a dossier received in the period',
}
const ONLINE = {
  vi: 'trực tuyến, có hồ sơ nộp trực tuyến trong kỳ',
  en: 'online service with a dossier filed online in the period',
}
const FULL_ANY = {
  vi: 'toàn trình, có hồ sơ tiếp nhận trong kỳ',
  en: 'full-process service with a dossier received in the period',
}
const FULL_ONLINE = {
  vi: 'toàn trình, có hồ sơ nộp trực tuyến trong kỳ',
  en: 'full-process service with a dossier filed online in the period',
}

const provided: Indicator[] = [
  indicator({
    id: 'procedures-total',
    names: { vi: 'Tổng số thủ tục hành chính', en: 'Administrative procedures' },
    kind: 'count',
    unit: 'procedures',
    countsOn: 'period-end',
    legalSource,
    numerator: allProcedures,
  }),
  indicator({
    id: 'procedures-online',
    names: { vi: 'Số dịch vụ công trực tuyến', en: 'Procedures offered online' },
    kind: 'count',
    unit: 'procedures',
    direction: 'up',
    countsOn: 'period-end',
    legalSource,
    numerator: onlineProcedures,
  }),
  indicator({
    id: 'procedures-online-share',
    names: { vi: 'Tỷ lệ thủ tục được cung cấp trực tuyến', en: 'Share of procedures offered online' },
    kind: 'ratio',
    direction: 'up',
    countsOn: 'period-end',
    legalSource,
    numerator: onlineProcedures,
    denominator: allProcedures,
  }),
  indicator({
    id: 'procedures-integrated',
    names: { vi: 'Số dịch vụ đã tích hợp Cổng DVCQG', en: 'Online services on the national portal' },
    kind: 'count',
    unit: 'procedures',
    direction: 'up',
    countsOn: 'period-end',
    legalSource,
    numerator: integrated,
  }),
  indicator({
    id: 'procedures-integrated-share',
    names: { vi: 'Tỷ lệ dịch vụ đã tích hợp Cổng DVCQG', en: 'Share of online services on the national portal' },
    kind: 'ratio',
    direction: 'up',
    countsOn: 'period-end',
    legalSource,
    numerator: integrated,
    denominator: onlineProcedures,
  }),
]

const used: Indicator[] = [
  indicator({
    id: 'services-with-any-dossier',
    names: { vi: 'Số dịch vụ trực tuyến có phát sinh hồ sơ', en: 'Online services with any dossier' },
    kind: 'distinct',
    unit: 'procedures',
    direction: 'up',
    countsOn: 'received',
    legalSource,
    numerator: services('any', ANY),
  }),
  indicator({
    id: 'services-with-any-dossier-share',
    names: { vi: 'Tỷ lệ dịch vụ trực tuyến có phát sinh hồ sơ', en: 'Share of online services with any dossier' },
    kind: 'ratio',
    direction: 'up',
    countsOn: 'received',
    legalSource,
    numerator: services('any', ANY, { assigned: true }),
    denominator: onlineProcedures,
  }),
  indicator({
    id: 'services-with-online-dossier',
    names: { vi: 'Số dịch vụ có hồ sơ trực tuyến', en: 'Online services with an online dossier' },
    kind: 'distinct',
    unit: 'procedures',
    direction: 'up',
    countsOn: 'received',
    legalSource,
    numerator: services('online', ONLINE),
  }),
  indicator({
    id: 'services-with-online-dossier-share',
    names: { vi: 'Tỷ lệ dịch vụ có hồ sơ trực tuyến', en: 'Share of online services with an online dossier' },
    kind: 'ratio',
    direction: 'up',
    countsOn: 'received',
    legalSource,
    numerator: services('online', ONLINE, { assigned: true }),
    denominator: onlineProcedures,
  }),
  indicator({
    id: 'full-process-share-of-used',
    names: { vi: 'Tỷ lệ toàn trình trong các dịch vụ có hồ sơ', en: 'Full-process share of services with dossiers' },
    kind: 'ratio',
    direction: 'up',
    countsOn: 'received',
    legalSource,
    numerator: services('any', FULL_ANY, { full: true }),
    denominator: services('any', ANY),
  }),
  indicator({
    id: 'full-process-online-use',
    names: {
      vi: 'Tỷ lệ dịch vụ toàn trình có hồ sơ trực tuyến (trên số có phát sinh)',
      en: 'Full-process services used online, of those with any dossier',
    },
    kind: 'ratio',
    direction: 'up',
    countsOn: 'received',
    legalSource,
    numerator: services('online', FULL_ONLINE, { full: true }),
    denominator: services('any', FULL_ANY, { full: true }),
  }),
  indicator({
    id: 'full-process-online-use-of-assigned',
    names: {
      vi: 'Tỷ lệ dịch vụ toàn trình có hồ sơ trực tuyến (trên số được giao)',
      en: 'Full-process services used online, of all assigned',
    },
    kind: 'ratio',
    direction: 'up',
    countsOn: 'received',
    legalSource,
    numerator: services('online', FULL_ONLINE, { full: true, assigned: true }),
    denominator: fullProcess,
  }),
]

const withCases = (kind: AgencyTerm['kind']): AgencyTerm => ({
  of: 'agencies',
  kind,
  which: 'with-cases',
  rule: { vi: 'có dịch vụ toàn trình phát sinh hồ sơ', en: 'has full-process services with dossiers' },
})

/** Thresholds are strict and on the unrounded ratio; vertical agencies (ngành dọc) are of another kind and so left out. */
function ranking(
  id: string,
  kind: AgencyTerm['kind'],
  names: Text,
  which: { above: number } | { at: number },
): Indicator {
  const percent = 100 * ('above' in which ? which.above : which.at)
  const rule =
    'above' in which
      ? { vi: `trên ${percent} % (lớn hơn, không làm tròn)`, en: `above ${percent} % (strictly, not rounded)` }
      : { vi: `đạt ${percent} %`, en: `at ${percent} %` }
  return indicator({
    id,
    names,
    kind: 'derived',
    unit: 'agencies',
    direction: 'up',
    countsOn: 'received',
    legalSource,
    at: ['province'],
    numerator: { of: 'agencies', kind, which, rule },
    denominator: withCases(kind),
  })
}

function withoutCases(id: string, kind: AgencyTerm['kind'], names: Text): Indicator {
  return indicator({
    id,
    names,
    kind: 'derived',
    unit: 'agencies',
    countsOn: 'received',
    legalSource,
    at: ['province'],
    numerator: {
      of: 'agencies',
      kind,
      which: 'without-cases',
      rule: { vi: 'chưa ghi nhận hồ sơ dịch vụ toàn trình', en: 'no dossier of a full-process service recorded' },
    },
    denominator: { of: 'agencies', kind, which: 'all', rule: { vi: 'đang hoạt động', en: 'in being' } },
  })
}

const rankings: Indicator[] = [
  ranking(
    'departments-above-80',
    'department',
    { vi: 'Số sở, ngành trên 80 % dịch vụ toàn trình có hồ sơ trực tuyến', en: 'Departments above 80 %' },
    { above: 0.8 },
  ),
  ranking(
    'districts-above-60',
    'district',
    { vi: 'Số huyện trên 60 % dịch vụ toàn trình có hồ sơ trực tuyến', en: 'Districts above 60 %' },
    { above: 0.6 },
  ),
  ranking(
    'communes-at-100',
    'commune',
    { vi: 'Số xã đạt 100 % dịch vụ toàn trình có hồ sơ trực tuyến', en: 'Communes at 100 %' },
    { at: 1 },
  ),
  withoutCases('departments-without-cases', 'department', {
    vi: 'Số sở, ngành không phát sinh hồ sơ toàn trình',
    en: 'Departments without cases',
  }),
  withoutCases('districts-without-cases', 'district', {
    vi: 'Số huyện không phát sinh hồ sơ toàn trình',
    en: 'Districts without cases',
  }),
  withoutCases('communes-without-cases', 'commune', {
    vi: 'Số xã không phát sinh hồ sơ toàn trình',
    en: 'Communes without cases',
  }),
]

export const onlineServices: readonly Indicator[] = [...provided, ...used, ...rankings]
