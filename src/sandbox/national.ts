/**
 * The national portal's evaluation of QĐ 766, made up: the shapes of its answers, figures of the sample province. What can be counted is counted
 * from the world, the rest is drawn from names; points follow the published formulas, so that they agree with their parts.
 */
import { endOfMonth } from './dates.ts'
import { type Call, json, type Reply } from './http.ts'
import { hash, PROVINCE } from './view.ts'
import type { SampleDossier, World } from './world-types.ts'

/** The province's id there; the others are made of their identifiers. */
export const ROOT = 'sample-province'
const REFUSED: Reply = json({ code: 'BAD_REQUEST', data: null, message: 'rootDepartmentId không đúng' })

interface Unit {
  id: string
  code: string
  name: string
  /** index into World.agencies; null: the province */
  agency: number | null
}
interface Counted {
  received: number
  onTime: number
  online: number
}

export function national(world: World): { answer(call: Call): Reply } {
  const units = unitsOf(world)
  const counted = remembered(world)
  return {
    answer(call) {
      if (call.method !== 'POST') return json({ code: 'METHOD', data: null, message: 'chỉ nhận POST' }, 405)
      const name = /^\/api\/v1\/reporting\/evaluation\/([a-z-]+)$/.exec(call.path)?.[1] ?? ''
      const body = parse(call.body)
      const months = monthsOf(body)
      const count: Count = (unit) => sumOf(months.map((month) => counted(unit, month, call.now)))
      const make = ANSWERS[name]
      if (!make && name !== 'service-results')
        return json({ code: 'NOT_FOUND', data: null, message: 'không có dịch vụ này' }, 404)
      if (months.length === 0) return json({ code: 'BAD_REQUEST', data: null, message: 'kỳ báo cáo không đúng' })
      if (!make) return ok(results(units, months, count))
      if (body.rootDepartmentId !== ROOT) return REFUSED
      return ok(make(units, months.join(), count))
    },
  }
}

/** yyyyMM each; none: the form of the question is not known here. */
function monthsOf(body: Readonly<Record<string, unknown>>): string[] {
  const days = [body.fromDate, body.toDate].map((date) => /^(\d{4})-(\d{2})-\d{2}$/.exec(String(date)))
  const [year, number] = [Number(days[0]?.[1] ?? body.year), Number(body[String(body.timeType)])]
  const [first, last] =
    days[0] && days[1]
      ? [Number(days[0][2]), Number(days[1][2])]
      : body.timeType === 'month'
        ? [number, number]
        : body.timeType === 'quarter'
          ? [number * 3 - 2, number * 3]
          : body.timeType === 'year'
            ? [1, 12]
            : [0, 0]
  if (![year, first, last].every(Number.isInteger) || !(first >= 1 && first <= last && last <= 12)) return []
  return Array.from({ length: last - first + 1 }, (_, i) => `${year}${String(first + i).padStart(2, '0')}`)
}
const sumOf = (all: readonly Counted[]): Counted => ({
  received: all.reduce((sum, { received }) => sum + received, 0),
  onTime: all.reduce((sum, { onTime }) => sum + onTime, 0),
  online: all.reduce((sum, { online }) => sum + online, 0),
})

const ok = (data: unknown): Reply => json({ code: 'OK', data, message: 'OK', sample: 'made up' })
const round = (value: number): number => Math.round(value * 100) / 100
const percent = (n: number, d: number): number => (d === 0 ? 0 : round((100 * n) / d))
const points = (max: number, n: number, d: number, full = 1): number =>
  d === 0 ? 0 : round(Math.min(max, (max * n) / d / full))
/** 0.6 to 1, the same at every asking. */
const share = (...parts: string[]): number => 0.6 + (hash(parts.join('|')) % 401) / 1_000

/** The province, then departments and districts: a list of all communes would say nothing more. */
function unitsOf(world: World): Unit[] {
  const own = world.agencies.flatMap(({ kind, identifier, name }, agency): Unit[] =>
    kind !== 'commune' && identifier !== null
      ? [{ id: `sample-${identifier.replaceAll('.', '-')}`, code: identifier, name, agency }]
      : [],
  )
  return [{ id: ROOT, code: PROVINCE, name: 'UBND tỉnh Tây Ninh', agency: null }, ...own]
}

type Count = (unit: Unit) => Counted
/** Every unit of a month is counted at the first question for one, and again when the sample's clock has moved. */
function remembered(world: World): (unit: Unit, month: string, now: number) => Counted {
  const byMonth = Map.groupBy(world.dossiers, ({ receivedAt }) => (receivedAt === null ? '' : monthOf(receivedAt)))
  const known = new Map<string, { until: number; counts: Map<number | null, Counted> }>()
  return (unit, month, now) => {
    const until = Math.min(now, endOfMonth(month))
    let held = known.get(month)
    if (held?.until !== until) {
      held = { until, counts: countAll(byMonth.get(month) ?? [], until) }
      known.set(month, held)
    }
    return held.counts.get(unit.agency) ?? NONE
  }
}
const NONE: Counted = { received: 0, onTime: 0, online: 0 }
/** By agency, and of all under null. */
function countAll(dossiers: readonly SampleDossier[], until: number): Map<number | null, Counted> {
  const counts = new Map<number | null, Counted>()
  for (const dossier of dossiers) {
    if ((dossier.receivedAt ?? until) > until) continue
    for (const agency of [dossier.agency, null]) {
      const found = counts.get(agency) ?? { ...NONE }
      counts.set(agency, found)
      found.received++
      if (isOnTime(dossier, until)) found.onTime++
      if (dossier.channel === 2) found.online++
    }
  }
  return counts
}
const monthOf = (at: number): string => new Date(at + 7 * 3_600_000).toISOString().slice(0, 7).replace('-', '')
const isOnTime = ({ finishedAt, dueAt }: SampleDossier, until: number): boolean =>
  dueAt === null || (finishedAt !== null && finishedAt <= until ? finishedAt : until) <= dueAt

type Answer = (units: readonly Unit[], period: string, count: Count) => unknown
const [TRANSPARENCY, DIGITISED, SATISFACTION] = [
  { PUBLISH_ON_TIME: 6, PUBLIC_UPDATE_ON_TIME: 4, PUBLIC_CONTENT_FULL: 2, DOSSIER_SYNC: 6 },
  {
    ORIGINAL_RESULT_AVAILABLE: 6,
    SO_HOA_GIAY_TO_GIAI_QUYET: 4,
    REUSED_DIGITIZED_DATA: 2,
    SYNCED_WITH_DVCQG_PERSONAL_STORAGE: 4,
    CITIZEN_DATA_CONNECTED_DOSSIER: 2,
    CITIZEN_DATA_CONNECTED_FORMALITY: 2,
    ELECTRONIC_CERTIFIED_COPY: 2,
  },
  { PETITION_PROCESSING_ON_TIME: 6, PETITION_HANDLING_SATISFACTION: 6, DOSSIER_RECEIVING_SATISFACTION: 6 },
]

const measured =
  (metrics: Readonly<Record<string, number>>): Answer =>
  ([province, ...others], period, count) => {
    const of = (unit: Unit) => {
      const denominator = count(unit).received
      const found = Object.entries(metrics).map(([code, maxScore]) => {
        // without counts, as the portal gives it
        if (code === 'ELECTRONIC_CERTIFIED_COPY')
          return { code, numerator: null, denominator: null, ratio: 100, score: maxScore, maxScore }
        const numerator = Math.floor(denominator * share(unit.id, code, period))
        const none = denominator === 0
        return {
          code,
          numerator,
          denominator,
          ratio: none ? null : percent(numerator, denominator),
          score: none ? null : points(maxScore, numerator, denominator),
          maxScore,
        }
      })
      const totalMaxScore = Object.values(metrics).reduce((a, b) => a + b, 0)
      const totalScore = round(found.reduce((sum, { score }) => sum + (score ?? 0), 0))
      return { ...named(unit), totalScore, totalMaxScore, ratio: percent(totalScore, totalMaxScore), metrics: found }
    }
    return { overview: province && of(province), evaluation: others.map(of) }
  }
const tree =
  (figures: (unit: Unit, count: Count) => Readonly<Record<string, unknown>>): Answer =>
  ([parent, ...children], _, count) => ({
    parent: parent && { ...named(parent), ...figures(parent, count) },
    children: children.map((unit) => ({ ...named(unit), ...figures(unit, count) })),
  })
const named = ({ id, code, name }: Unit) => ({ departmentId: id, departmentName: name, departmentCode: code })

const ANSWERS: Readonly<Record<string, Answer>> = {
  transparency: measured(TRANSPARENCY),
  'dossier-digitized': measured(DIGITISED),
  'handling-satisfaction': measured(SATISFACTION),
  'dvc-progress-tree': tree((unit, count) => {
    const { received, onTime } = count(unit)
    const score = points(20, onTime, received)
    return { totalReceived: received, totalOnTime: onTime, ratio: percent(onTime, received), score, maxScore: 20 }
  }),
  'provide-online-tree': tree((unit, count) => {
    const { received, online } = count(unit)
    const [authorityCount, onlineServiceTotal] = [50, 40]
    const [partialCount, fullCount] = [20, Math.floor(20 * share(unit.id, 'full'))]
    const onlineDossierCount = Math.floor(onlineServiceTotal * share(unit.id, 'used'))
    const totalScore = round(
      points(2, partialCount + fullCount, authorityCount, 0.8) +
        points(4, onlineDossierCount, onlineServiceTotal) +
        points(6, online, received, 0.5),
    )
    const counts = { authorityCount, partialCount, fullCount, onlineDossierCount, onlineServiceTotal }
    const channels = { channelOnlineSum: online, channelTotalSum: received }
    return { ...counts, ...channels, totalScore, totalMaxScore: 12, ratio: percent(totalScore, 12) }
  }),
  'formality-online-payment-tree': tree((unit, count) => {
    const { online } = count(unit)
    const totalFeeFormality = 30
    const totalFeeDossierFormality = Math.floor(totalFeeFormality * share(unit.id, 'fee'))
    const totalDossierOnlineFormalityPaymentSuccess = Math.floor(totalFeeFormality * share(unit.id, 'paid'))
    const totalDossierFinancialObligation = online
    const totalDossierOnlinePaymentSuccess = Math.floor(online * share(unit.id, 'payment'))
    const totalScore = round(
      points(2, totalFeeDossierFormality, totalFeeFormality, 0.8) +
        points(2, totalDossierOnlineFormalityPaymentSuccess, totalFeeFormality, 0.8) +
        points(6, totalDossierOnlinePaymentSuccess, totalDossierFinancialObligation),
    )
    const paid = { totalDossierOnlineFormalityPaymentSuccess, totalDossierOnlinePaymentSuccess }
    const asked = { totalFeeFormality, totalFeeDossierFormality, totalDossierFinancialObligation }
    return { ...paid, ...asked, totalScore, totalMaxScore: 10, ratio: percent(totalScore, 10) }
  }),
}

/** Whose answer a group is. */
const GROUPS: Readonly<Record<string, string>> = {
  CKMB: 'transparency',
  TDGQ: 'dvc-progress-tree',
  CLGQ: 'provide-online-tree',
  TTTT: 'formality-online-payment-tree',
  MDSH: 'dossier-digitized',
  MDHL: 'handling-satisfaction',
}
/** Two provinces, one of them another's; the points of ours are those of its answers. */
function results(units: readonly Unit[], months: readonly string[], count: Count) {
  const scoreOf = (name: string): number => {
    const { overview, parent } = (ANSWERS[name]?.(units.slice(0, 1), months.join(), count) ?? {}) as Record<
      'overview' | 'parent',
      { totalScore?: number; score?: number } | undefined
    >
    const said = overview ?? parent
    return said?.totalScore ?? said?.score ?? 0
  }
  const groupScores = Object.fromEntries(Object.entries(GROUPS).map(([group, name]) => [group, scoreOf(name)]))
  const totalScore = round(Object.values(groupScores).reduce((a, b) => a + b, 0))
  const other = { id: 'sample-other', code: 'H99', name: 'UBND tỉnh khác (mẫu)', agency: null }
  return {
    evaluation: [...units.slice(0, 1), other].map((unit) => ({
      ...named(unit),
      totalScore,
      scoreDelta: null,
      groupScores,
    })),
  }
}

function parse(body: Buffer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'))
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {} // what is no JSON names no province, and is refused as such
  }
}
