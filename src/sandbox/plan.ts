import { item, makeRandom, type Random } from './random.ts'
import type { Office } from './sample-agencies.ts'
import type { Catalogue, Used } from './sample-procedures.ts'
import { COMMUNES, NEVER_ONLINE_PARTIAL, TIER_WEIGHTS } from './shape.ts'
import type { SystemName } from './world-types.ts'

/** What may happen at one agency in the period, so that no later dossier can disturb the figures. */
export interface Plan {
  agency: number
  system: SystemName
  weight: number
  /** procedures with dossiers there, most frequent first */
  procedures: readonly number[]
  /** of those, the ones that are filed online too */
  online: ReadonlySet<number>
}

/** One dossier that has to be there for the figures to hold. */
export interface Cover {
  plan: Plan
  procedure: number
  online: boolean
}

const window = (list: readonly number[], start: number, size: number): number[] =>
  Array.from({ length: size }, (_, i) => item(list, (start + i) % list.length))

function provincialPlans(random: Random, offices: readonly Office[], catalogue: Catalogue): Plan[] {
  const partial = offices.flatMap(({ agency }) => catalogue.provincial.get(agency)?.partial ?? [])
  const neverOnline = new Set(random.shuffle(partial).slice(0, NEVER_ONLINE_PARTIAL))
  const total = offices.reduce((sum, o) => sum + o.shape.weight, 0)
  return offices.map(({ agency, shape }) => {
    const used = catalogue.provincial.get(agency)
    if (!used) throw new Error(`sandbox: no procedures for agency ${agency}`)
    const filedOnline = random.shuffle(used.full).slice(0, shape.online)
    return {
      agency,
      system: shape.system,
      weight: (TIER_WEIGHTS.province * shape.weight) / total,
      procedures: [...random.shuffle([...used.full, ...used.partial]), ...used.information],
      online: new Set([...filedOnline, ...used.partial.filter((p) => !neverOnline.has(p))]),
    }
  })
}

/** Windows over the districts' full-process services; what no district before has online comes first, so that all are online somewhere. */
function districtPlans(random: Random, offices: readonly Office[], used: Used): Plan[] {
  const total = offices.reduce((sum, o) => sum + o.shape.weight, 0)
  const seen = new Set<number>()
  return offices.map(({ agency, shape }, i) => {
    const any = window(used.full, i * 10, shape.any)
    const order = random.shuffle(any)
    const online = [...order.filter((p) => !seen.has(p)), ...order.filter((p) => seen.has(p))].slice(0, shape.online)
    for (const p of online) seen.add(p)
    return {
      agency,
      system: shape.system,
      weight: (TIER_WEIGHTS.district * shape.weight) / total,
      procedures: [...random.shuffle([...any, ...used.partial]), ...used.information],
      online: new Set([...online, ...used.partial]),
    }
  })
}

/** Every commune sees the two commonest services and a window of the others; the first 87 (in random order) have them all online. */
function communePlans(random: Random, communes: readonly number[], used: Used): Plan[] {
  const withCases = COMMUNES.full + COMMUNES.less
  const order = random.shuffle(communes)
  return order.map((agency, i) => {
    if (i >= withCases)
      return { agency, system: 'communes', weight: 0, procedures: used.full.slice(0, 6), online: new Set(used.full) }
    const any = [...new Set([...used.full.slice(0, 2), ...window(used.full, i * 5, 7 + ((i * 7) % 9))])]
    const online = i < COMMUNES.full ? any : any.slice(0, any.length - 1 - (i % 3))
    return {
      agency,
      system: 'communes',
      weight: (TIER_WEIGHTS.commune / withCases) * (0.5 + random.next()),
      procedures: [...any, ...used.partial, ...used.information],
      online: new Set([...online, ...used.partial]),
    }
  })
}

/** Dossiers that make the plans true: one online dossier for each (agency, online procedure), one at the counter for each other. */
function coverOf(plans: readonly Plan[], catalogue: Catalogue): Cover[] {
  const partialAt = new Map<number, Plan>()
  const cover: Cover[] = []
  for (const plan of plans) {
    if (plan.weight === 0) continue
    for (const procedure of plan.procedures) {
      const { level } = item(catalogue.procedures, procedure)
      // services below full-process need one dossier somewhere, not one at each agency
      if (level !== 4 && partialAt.has(procedure)) continue
      if (level !== 4) partialAt.set(procedure, plan)
      cover.push({ plan, procedure, online: plan.online.has(procedure) })
    }
  }
  return cover
}

export interface Offices {
  provincial: readonly Office[]
  districts: readonly Office[]
  communes: readonly number[]
}

/** Plans of all agencies and the dossiers that must exist, in random order (a world too small takes as many as fit). */
export function makePlans(seed: number, offices: Offices, catalogue: Catalogue): { plans: Plan[]; cover: Cover[] } {
  const random = makeRandom(seed, 'plans')
  const plans = [
    ...provincialPlans(random, offices.provincial, catalogue),
    ...districtPlans(random, offices.districts, catalogue.district),
    ...communePlans(random, offices.communes, catalogue.commune),
  ]
  return { plans, cover: random.shuffle(coverOf(plans, catalogue)) }
}
