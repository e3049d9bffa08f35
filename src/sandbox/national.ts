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
      const [month, date] = [Number(body.month), String(body.fromDate ?? '').slice(0, 7)]
      const period = date === '' ? `${Number(body.year)}-${String(month).padStart(2, '0')}` : date
      if (name === 'service-results') return ok(results(units, String(body.year)))
      const make = ANSWERS[name]
      if (!make) return json({ code: 'NOT_FOUND', data: null, message: 'không có dịch vụ này' }, 404)
      if (body.rootDepartmentId !== ROOT || !/^\d{4}-\d{2}$/.test(period)) return REFUSED
      return ok(make(units, period, (unit) => counted(unit, period.replace('-', ''), call.now)))
    },
  }
}

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
function remembered(world: World): (unit: Unit, month: string, now: number) => Counted {
  const byMonth = Map.groupBy(world.dossiers, ({ receivedAt }) => (receivedAt === null ? '' : monthOf(receivedAt)))
  return (unit, month, now) => {
    const until = Math.min(now, endOfMonth(month))
    const found = { received: 0, onTime: 0, online: 0 }
    for (const dossier of byMonth.get(month) ?? []) {
      if (unit.agency !== null && dossier.agency !== unit.agency) continue
      if ((dossier.receivedAt ?? until) > until) continue
      found.received++
      if (isOnTime(dossier, until)) found.onTime++
      if (dossier.channel === 2) found.online++
    }
    return found
  }
}
const monthOf = (at: number): string => new Date(at + 7 * 3_600_000).toISOString().slice(0, 7).replace('-', '')
const isOnTime = ({ finishedAt, dueAt }: SampleDossier, until: number): boolean =>
  dueAt === null || (finishedAt !== null && finishedAt <= until ? finishedAt : until) <= dueAt

type Answer = (units: readonly Unit[], period: string, count: Count) => unknown
const [TRANSPARENCY, DIGITISED, SATISFACTION] = [
  { PUBLISH_ON_TIME: 6, PUBLIC_UPDATE_ON_TIME: 4, PUBLIC_CONTENT_FULL: 2, DOSSIER_SYNC: 6 },
  { ORIGINAL_RESULT_AVAILABLE: 6, SO_HOA_GIAY_TO_GIAI_QUYET: 4, REUSED_DIGITIZED_DATA: 2 },
  { PETITION_PROCESSING_ON_TIME: 6, PETITION_HANDLING_SATISFACTION: 6, DOSSIER_RECEIVING_SATISFACTION: 6 },
]

const measured =
  (metrics: Readonly<Record<string, number>>): Answer =>
  ([province, ...others], period, count) => {
    const of = (unit: Unit) => {
      const denominator = count(unit).received
      const found = Object.entries(metrics).map(([code, maxScore]) => {
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

/** Two provinces, one of them another's. */
function results(units: readonly Unit[], year: string) {
  const MAXIMA = { CKMB: 18, TDGQ: 20, CLGQ: 12, TTTT: 10, MDSH: 22, MDHL: 18 }
  const of = (unit: Pick<Unit, 'id' | 'code' | 'name'>) => {
    const groupScores = Object.fromEntries(
      Object.entries(MAXIMA).map(([group, max]) => [group, round(max * share(unit.id, group, year))]),
    )
    const totalScore = round(Object.values(groupScores).reduce((a, b) => a + b, 0))
    return { ...named({ ...unit, agency: null }), totalScore, scoreDelta: null, groupScores }
  }
  const other = { id: 'sample-other', code: 'H99', name: 'UBND tỉnh khác (mẫu)' }
  return { evaluation: [...units.slice(0, 1), other].map(of) }
}

function parse(body: Buffer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'))
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {} // what is no JSON names no province, and is refused as such
  }
}
