import { type Arrival, makeArrivals, START } from './arrivals.ts'
import { countPlanted, plantDirt } from './dirt.ts'
import { makeLife } from './lives.ts'
import { makePeople } from './names.ts'
import { localDay, shortDate } from './office-time.ts'
import { makePlans } from './plan.ts'
import { item, makeRandom, type Random } from './random.ts'
import { loadAgencies, officesOf } from './sample-agencies.ts'
import { makeCatalogue } from './sample-procedures.ts'
import type { SampleAgency, SampleApplicant, SampleDossier, SampleProcedure, World } from './world-types.ts'

export { figures } from './figures.ts'
export { dueAsOf, statusAt, visibleAt } from './lives.ts'

export const DEFAULT_SEED = 20241202
export const DEFAULT_DOSSIERS = 60_000

/**
 * The made-up world: the same options give the same world, to the byte. `dossiers` have their first event up to the start of the clock;
 * about ten working days of arrivals follow, which only live mode shows. From 8,000 dossiers on the records give the report's figures for any seed.
 */
export function makeWorld(options: { seed: number; dossiers: number; communes?: number | undefined }): World {
  const { seed, dossiers: count } = options
  const agencies = loadAgencies(options.communes)
  const offices = officesOf(agencies)
  const catalogue = makeCatalogue(seed, agencies, offices.provincial)
  const { plans, cover } = makePlans(seed, offices, catalogue)
  const { procedures, unknownCodes } = catalogue
  const arrivals = makeArrivals(seed, count, plans, cover, { agencies, procedures })
  const make = makeDossiers(seed, agencies, procedures)
  const dossiers: SampleDossier[] = []
  const keep = new Set<SampleDossier>()
  for (const arrival of arrivals) {
    const dossier = make(arrival)
    dossiers.push(dossier)
    if (arrival.keep) keep.add(dossier)
  }
  plantDirt(dossiers, { seed, start: START, dossiers: count, keep, unknownCodes })
  return { seed, start: START, agencies, procedures, dossiers, planted: countPlanted(dossiers, START) }
}

function makeDossiers(seed: number, agencies: readonly SampleAgency[], procedures: readonly SampleProcedure[]) {
  const lives = makeRandom(seed, 'lives')
  const details = makeRandom(seed, 'details')
  const code = makeCoder(agencies)
  const applicant = makeApplicants(seed, agencies)
  return (arrival: Arrival): SampleDossier => {
    const { plan, online, first, keep } = arrival
    const procedure = item(procedures, arrival.procedure)
    const life = makeLife(lives, { first, online, procedure, keep })
    const person = applicant(plan.agency)
    const feeVnd = details.chance(0.05) ? 0 : procedure.feeVnd
    const byPost = details.chance(0.06) && procedure.level !== 2
    const done = life.finishedAt !== null && life.events.some((e) => e.status === 9)
    return {
      system: plan.system,
      ...code(arrival),
      alsoIn: null,
      procedure: arrival.procedure,
      agency: plan.agency,
      channel: online ? 2 : byPost ? 3 : 1,
      applicant: person,
      summary: summaryOf(details, procedure, person),
      ...life,
      feeVnd,
      paidOnline: feeVnd === 0 ? 0 : details.chance(online ? 0.7 : 0.15) ? (details.chance(0.8) ? 1 : 2) : 3,
      digitised: details.chance(0.8),
      reused: details.chance(0.35),
      vneid: online && details.chance(0.7),
      electronicResult: done && details.chance(online ? 0.8 : 0.4),
      rating: done && plan.system === 'one-stop' ? ratingOf(details, life.finishedAt ?? first) : null,
      dirt: null,
      holder: plan.agency,
      unknownReference: null,
      backwardsTo: null,
    }
  }
}

/** `{identifier}-{yyMMdd}-{daily sequence}` of the first event; the land system numbers by the year and keeps the national code beside it. */
function makeCoder(agencies: readonly SampleAgency[]): (arrival: Arrival) => { code: string; nationalCode: string } {
  const daily = new Map<string, number>()
  const yearly = new Map<string, number>()
  const next = (counts: Map<string, number>, key: string): number => {
    const n = (counts.get(key) ?? 0) + 1
    counts.set(key, n)
    return n
  }
  return ({ plan, first }) => {
    const { identifier, code } = item(agencies, plan.agency)
    const date = shortDate(localDay(first))
    const stem = `${identifier ?? `H53.${code}`}-${date}`
    const nationalCode = `${stem}-${String(next(daily, stem)).padStart(4, '0')}`
    if (plan.system !== 'land') return { code: nationalCode, nationalCode }
    const year = `20${date.slice(0, 2)}`
    return { code: `TNMT/${year}/${String(next(yearly, year)).padStart(6, '0')}`, nationalCode }
  }
}

/** share of organisations among applicants */
const ORGANISATIONS = { department: 0.35, vertical: 0.2, district: 0.15, commune: 0.03 } as const
const COMES_BACK = 0.05

function makeApplicants(seed: number, agencies: readonly SampleAgency[]): (agency: number) => SampleApplicant {
  const random = makeRandom(seed, 'people')
  const person = makePeople(random)
  const communes = agencies.filter((a) => a.kind === 'commune')
  const known: SampleApplicant[] = []
  return (agency) => {
    if (known.length > 50 && random.chance(COMES_BACK)) return random.pick(known)
    const at = item(agencies, agency)
    const home = at.kind === 'commune' ? at : random.pick(communes)
    const made = person(home.within === null ? home.name : `${home.name}, ${home.within}`, ORGANISATIONS[at.kind])
    known.push(made)
    return made
  }
}

/** Trích yếu: free text, in which people's names stand in a third of the dossiers. */
function summaryOf(random: Random, procedure: SampleProcedure, person: SampleApplicant): string {
  if (random.chance(0.35))
    return `${procedure.name} (${person.kind === 1 ? 'người nộp' : 'đơn vị nộp'}: ${person.name})`
  return random.chance(0.5) ? procedure.name : `Đề nghị ${procedure.name}`
}

const SCORES = [5, 5, 5, 5, 5, 5, 4, 4, 4, 3, 2, 1] as const

function ratingOf(random: Random, finishedAt: number): SampleDossier['rating'] {
  if (!random.chance(0.08)) return null
  return { at: finishedAt + random.between(3_600, 6 * 86_400) * 1000, score: random.pick(SCORES) }
}
