import { isUncounted } from './dirt.ts'
import { statusAt } from './lives.ts'
import { item } from './random.ts'
import type { SampleAgency, World } from './world-types.ts'

/** Full-process services with an online dossier of those with any dossier, at one (resolving) agency. */
export interface AgencyShare {
  agency: number
  kind: SampleAgency['kind']
  name: string
  online: number
  any: number
  /** null where there is no case */
  ratio: number | null
}

export interface WorldFigures {
  procedures: number
  online: number
  integrated: number
  /** online services with at least one dossier, of any channel */
  servicesWithDossiers: number
  /** of those, full-process */
  fullProcess: number
  servicesWithOnlineDossiers: number
  /** counted dossiers */
  received: number
  shares: readonly AgencyShare[]
  /** names; departments and vertical agencies strictly above 80 %, districts strictly above 60 % */
  departmentsAbove80: readonly string[]
  districtsAbove60: readonly string[]
  communes: { full: number; less: number; none: number }
}

const PERIOD_FROM = Date.parse('2024-01-01T00:00:00+07:00')
const PERIOD_END = Date.parse('2024-12-01T00:00:00+07:00')

/**
 * The report's figures, computed from the records alone: dossiers received from 2024-01-01 to 2024-11-30 (local), as they stood at `untilMs`,
 * neither only submitted (1) nor refused (3), once per national code, without rows that are set aside or wait.
 */
export function figures(world: World, untilMs: number): WorldFigures {
  const seen = new Set<string>()
  const any = new Set<number>()
  const online = new Set<number>()
  const perAgency = world.agencies.map(() => ({ any: new Set<number>(), online: new Set<number>() }))
  for (const dossier of world.dossiers) {
    const { receivedAt, procedure, agency, channel } = dossier
    if (receivedAt === null || receivedAt < PERIOD_FROM || receivedAt >= PERIOD_END || receivedAt > untilMs) continue
    const status = statusAt(dossier, untilMs)
    if (status <= 1 || status === 3 || isUncounted(dossier.dirt) || seen.has(dossier.nationalCode)) continue
    seen.add(dossier.nationalCode)
    const { level } = item(world.procedures, procedure)
    if (level === 2) continue
    any.add(procedure)
    if (channel === 2) online.add(procedure)
    if (level !== 4) continue
    const at = item(perAgency, agency)
    at.any.add(procedure)
    if (channel === 2) at.online.add(procedure)
  }
  const shares = world.agencies.map(({ kind, name }, agency): AgencyShare => {
    const at = item(perAgency, agency)
    return {
      agency,
      kind,
      name,
      online: at.online.size,
      any: at.any.size,
      ratio: at.any.size === 0 ? null : at.online.size / at.any.size,
    }
  })
  const above = (kinds: readonly SampleAgency['kind'][], threshold: number): string[] =>
    shares.filter((s) => kinds.includes(s.kind) && s.ratio !== null && s.ratio > threshold).map((s) => s.name)
  const communes = shares.filter((s) => s.kind === 'commune')
  const offered = world.procedures.filter((p) => p.level !== 2)
  return {
    procedures: world.procedures.length,
    online: offered.length,
    integrated: offered.filter((p) => p.integrated).length,
    servicesWithDossiers: any.size,
    fullProcess: [...any].filter((p) => item(world.procedures, p).level === 4).length,
    servicesWithOnlineDossiers: online.size,
    received: seen.size,
    shares,
    departmentsAbove80: above(['department', 'vertical'], 0.8),
    districtsAbove60: above(['district'], 0.6),
    communes: {
      full: communes.filter((s) => s.ratio === 1).length,
      less: communes.filter((s) => s.ratio !== null && s.ratio < 1).length,
      none: communes.filter((s) => s.ratio === null).length,
    },
  }
}
