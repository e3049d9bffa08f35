import { closeOf, OFFICE_DAY, toInstant, toOffice } from './office-time.ts'
import type { Cover, Plan } from './plan.ts'
import { item, makeRandom, type Random } from './random.ts'
import type { SampleAgency, SampleProcedure } from './world-types.ts'

/** Monday 2 December 2024, 08:00 local: where the sample's clock starts */
export const START = Date.parse('2024-12-02T08:00:00+07:00')
const FIRST = toOffice(Date.parse('2024-01-02T07:00:00+07:00'))
/** what the figures rest on is received well before the period closes on 30 November */
const KEEP_BEFORE = toOffice(Date.parse('2024-11-22T17:00:00+07:00'))
const FUTURE_DAYS = 10
/** future arrivals a working day, for the default world */
const PER_DAY = 200 / 60_000

export interface Arrival {
  plan: Plan
  procedure: number
  online: boolean
  /** epoch ms of the first event */
  first: number
  keep: boolean
}

interface Catalogue {
  agencies: readonly SampleAgency[]
  procedures: readonly SampleProcedure[]
}

function makePicker(random: Random, plans: readonly Plan[], least: number): () => Plan {
  const bounds: number[] = []
  let total = 0
  for (const plan of plans) {
    total += Math.max(plan.weight, least)
    bounds.push(total)
  }
  return () => {
    const mark = random.next() * total
    let low = 0
    let high = plans.length - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if (item(bounds, middle) > mark) high = middle
      else low = middle + 1
    }
    return item(plans, low)
  }
}

/** Office hours at the counter; online also in the evening and on days off. Never after `end`. */
function momentOf(random: Random, online: boolean, from: number, to: number, end: number): number {
  const office = random.between(from, to - 1)
  if (online && random.chance(0.35)) {
    const after = random.between(1, 6 * 3600) + (random.chance(0.2) ? 86_400 : 0)
    const evening = closeOf(Math.floor(office / OFFICE_DAY)) + after * 1000
    if (evening < end) return evening
  }
  return toInstant(office)
}

/** Any online service of the agency: after the start, services appear that had no dossier before. */
function wider(random: Random, plan: Plan, { agencies, procedures }: Catalogue): number | null {
  const { key, kind } = item(agencies, plan.agency)
  const level = kind === 'district' ? 2 : kind === 'commune' ? 3 : 1
  const index = random.int(procedures.length)
  for (let i = index; i < procedures.length; i++) {
    const p = item(procedures, i)
    if (p.level !== 2 && p.executingLevel === level && (level !== 1 || p.agencies.includes(key))) return i
  }
  return null
}

/** `count` first events up to the start (those that must exist first), then ten working days more; in time order. */
export function makeArrivals(
  seed: number,
  count: number,
  plans: readonly Plan[],
  cover: readonly Cover[],
  catalogue: Catalogue,
): Arrival[] {
  const random = makeRandom(seed, 'arrivals')
  const now = toOffice(START)
  const arrivals: Arrival[] = []
  // a world too small for all of them keeps room for others, or nothing could be dirty in it
  for (const { plan, procedure, online } of cover.slice(0, Math.floor(count * 0.6))) {
    arrivals.push({ plan, procedure, online, first: momentOf(random, online, FIRST, KEEP_BEFORE, START), keep: true })
  }
  const online = (plan: Plan, procedure: number): boolean =>
    plan.online.has(procedure) && random.chance(item(catalogue.procedures, procedure).level === 4 ? 0.82 : 0.45)
  const draw = (plan: Plan): number => item(plan.procedures, Math.floor(plan.procedures.length * random.next() ** 2))
  const pick = makePicker(random, plans, 0)
  while (arrivals.length < count) {
    const plan = pick()
    const procedure = draw(plan)
    const isOnline = online(plan, procedure)
    arrivals.push({
      plan,
      procedure,
      online: isOnline,
      first: momentOf(random, isOnline, FIRST, now, START),
      keep: false,
    })
  }
  const later = makePicker(random, plans, 0.002)
  const future = Math.max(50, Math.round(count * PER_DAY) * FUTURE_DAYS)
  const end = toInstant(now + FUTURE_DAYS * OFFICE_DAY)
  for (let i = 0; i < future; i++) {
    const plan = later()
    const fresh = random.chance(0.05) ? wider(random, plan, catalogue) : null
    const procedure = fresh ?? draw(plan)
    const isOnline = fresh !== null || online(plan, procedure)
    const first = momentOf(random, isOnline, now + 1, now + FUTURE_DAYS * OFFICE_DAY, end)
    arrivals.push({ plan, procedure, online: isOnline, first, keep: false })
  }
  return arrivals.sort((a, b) => a.first - b.first)
}
