import { localMonth } from './office-time.ts'
import { item, makeRandom, type Random } from './random.ts'
import { DIRT, type DirtKind, type SampleDossier, type SystemName } from './world-types.ts'

/** Which systems carry which dirt; a kind takes its systems in turn. */
const CARRIERS: Readonly<Record<DirtKind, readonly SystemName[]>> = {
  'two-systems': ['land'],
  'status-backwards': ['communes'],
  'lying-encoding': ['communes'],
  'unknown-procedure': ['judicial', 'one-stop'],
  'unknown-agency': ['land', 'communes'],
  'missing-key': ['communes', 'one-stop'],
  'impossible-date': ['communes', 'one-stop'],
  'future-date': ['land', 'one-stop'],
  'dummy-identity': ['judicial', 'land', 'one-stop'],
  'doubled-row': ['judicial', 'communes', 'one-stop'],
  'nfd-text': ['communes', 'one-stop'],
}
export const KINDS = Object.keys(DIRT) as DirtKind[]

/** about 0.5 % in all: 0.1 % in two systems, 0.04 % of each other kind */
const share = (kind: DirtKind): number => (kind === 'two-systems' ? 0.001 : 0.0004)
/** at least three of each kind in a world large enough to be shown */
const wanted = (kind: DirtKind, dossiers: number): number =>
  Math.max(dossiers >= 2000 ? 3 : 1, Math.round(dossiers * share(kind)))

/** These rows do not count until mended: a dossier that the figures rest on never carries them. */
export const isUncounted = (kind: DirtKind | null): boolean =>
  kind !== null && /^(quarantined|waiting-for)$/.test(DIRT[kind])

export interface DirtContext {
  seed: number
  start: number
  dossiers: number
  /** dossiers that the figures rest on */
  keep: ReadonlySet<SampleDossier>
  unknownCodes: readonly string[]
}

const UNKNOWN_COMMUNES = ['UBND xã Suối Mây', 'UBND phường Bến Trăng', 'UBND xã Đồi Gió']
const UNKNOWN_GROUPS = ['STNMT-CN97', 'STNMT-CN98', 'STNMT-CN99']

/** Finished in its month of reception, so that the month's file showed the end and any later correction is a step back. */
function canStepBack(dossier: SampleDossier): boolean {
  const { receivedAt, finishedAt, events } = dossier
  if (receivedAt === null || finishedAt === null || localMonth(receivedAt) > 9) return false
  return localMonth(receivedAt) === localMonth(finishedAt) && events.some((e) => e.status === 9)
}

function soil(random: Random, dossier: SampleDossier, kind: DirtKind, context: DirtContext): void {
  dossier.dirt = kind
  if (kind === 'unknown-procedure') {
    dossier.procedure = -1
    dossier.unknownReference = random.pick(context.unknownCodes)
  } else if (kind === 'unknown-agency') {
    dossier.agency = -1
    dossier.unknownReference = random.pick(dossier.system === 'land' ? UNKNOWN_GROUPS : UNKNOWN_COMMUNES)
  } else if (kind === 'status-backwards') {
    dossier.backwardsTo = random.chance(0.7) ? 4 : 2
  } else if (kind === 'two-systems') {
    // a tail of five digits, as some systems number by themselves: never another dossier's code
    dossier.alsoIn = {
      system: 'one-stop',
      code: `${dossier.nationalCode.slice(0, -4)}9${dossier.nationalCode.slice(-4)}`,
    }
  }
}

/** Marks dirt on received dossiers; each carries one kind at most. Those after the start carry a little too. */
export function plantDirt(dossiers: readonly SampleDossier[], context: DirtContext): void {
  const random = makeRandom(context.seed, 'dirt')
  // two days back: every system, the ones that drop files included, has shown these at the start
  const settled = context.start - 3 * 86_400_000
  const shuffled = random.shuffle(dossiers)
  const pools = new Map<SystemName, SampleDossier[]>()
  for (const dossier of shuffled) {
    if (dossier.receivedAt === null || dossier.receivedAt > settled) continue
    const pool = pools.get(dossier.system)
    if (pool) pool.push(dossier)
    else pools.set(dossier.system, [dossier])
  }
  const carriers = (kind: DirtKind): SampleDossier[][] =>
    CARRIERS[kind].map((system) =>
      (pools.get(system) ?? []).filter(
        (d) => !(isUncounted(kind) && context.keep.has(d)) && (kind !== 'status-backwards' || canStepBack(d)),
      ),
    )
  for (const kind of Object.keys(CARRIERS) as DirtKind[]) {
    const lists = carriers(kind)
    let left = wanted(kind, context.dossiers)
    for (let i = 0; left > 0 && lists.some((list) => list.length > 0); i++) {
      const dossier = item(lists, i % lists.length).pop()
      if (!dossier || dossier.dirt !== null) continue
      soil(random, dossier, kind, context)
      left--
    }
  }
  for (const dossier of dossiers) {
    if (dossier.receivedAt === null || dossier.submittedAt <= context.start || !random.chance(0.005)) continue
    const kinds = KINDS.filter((k) => k !== 'status-backwards' && CARRIERS[k].includes(dossier.system))
    soil(random, dossier, random.pick(kinds), context)
  }
}

export function countPlanted(dossiers: readonly SampleDossier[], start: number): Record<DirtKind, number> {
  const planted = Object.fromEntries(KINDS.map((kind) => [kind, 0])) as Record<DirtKind, number>
  for (const dossier of dossiers)
    if (dossier.dirt && (dossier.events[0]?.at ?? Infinity) <= start) planted[dossier.dirt]++
  return planted
}
