import { COMMUNE_FIELDS, CONDITIONS, DISTRICT_FIELDS, type Field, PROVINCIAL_FIELDS, VERBS } from './procedure-names.ts'
import { item, makeRandom, type Random } from './random.ts'
import type { Office } from './sample-agencies.ts'
import { COUNTER_ONLY_INFORMATION, LEVELS, PROCEDURES } from './shape.ts'
import type { SampleAgency, SampleProcedure } from './world-types.ts'

/** Procedures (indexes) that have dossiers in the period. */
export interface Used {
  full: number[]
  partial: number[]
  /** information only, counter dossiers */
  information: number[]
}

export interface Catalogue {
  procedures: SampleProcedure[]
  /** by index of the provincial agency */
  provincial: Map<number, Used>
  district: Used
  commune: Used
  /** well-formed codes that the catalogue does not hold */
  unknownCodes: string[]
}

type Role = keyof Used | null
interface Draft {
  level: 4 | 3 | 2
  role: Role
  owner: Used | null
  executingLevel: 1 | 2 | 3
  agency: number | null
  name: string
  field: Field
}

const empty = (): Used => ({ full: [], partial: [], information: [] })

/** `total` different names of the fields' matter, in random order. */
function nameProcedures(
  random: Random,
  fields: readonly Field[],
  total: number,
  suffix: string,
): { name: string; field: Field }[] {
  const all = fields.flatMap((field) =>
    field.objects.flatMap((object) =>
      VERBS.flatMap((verb) =>
        CONDITIONS.map((condition) => ({ name: `${verb} ${object}${condition}${suffix}`, field })),
      ),
    ),
  )
  return random.shuffle(all).slice(0, total)
}

interface Group {
  executingLevel: 1 | 2 | 3
  agency: number | null
  fields: readonly Field[]
  suffix: string
  total: number
  full: number
  partial: number
  information: number
  counterOnly: number
  used: Used
}

function draftGroup(random: Random, group: Group): Draft[] {
  const { executingLevel, agency, used } = group
  return nameProcedures(random, group.fields, group.total, group.suffix).map(({ name, field }, i) => {
    const base = { executingLevel, agency, name, field, owner: used }
    if (i < group.full) return { ...base, level: 4, role: 'full' }
    if (i < group.full + group.partial) return { ...base, level: 3, role: 'partial' }
    const rest = i - group.full - group.partial
    if (rest < group.information) return { ...base, level: 2, role: rest < group.counterOnly ? 'information' : null }
    return { ...base, level: random.chance(0.5) ? 4 : 3, role: null }
  })
}

/** Hands out `total` things one by one over the groups that still have room for one. */
function spread(
  random: Random,
  total: number,
  groups: readonly Group[],
  room: (g: Group) => number,
  give: (g: Group) => void,
) {
  for (let left = total; left > 0; ) {
    const open = groups.filter((g) => room(g) > 0)
    for (const group of random.shuffle(open).slice(0, left)) {
      give(group)
      left--
    }
  }
}

function provincialGroups(random: Random, offices: readonly Office[]): Group[] {
  const groups = offices.map(({ agency, shape }): Group => {
    const fields = PROVINCIAL_FIELDS[shape.key]
    if (!fields) throw new Error(`sandbox: no procedure names for "${shape.key}"`)
    const counts = { total: shape.procedures, full: shape.any, partial: 0, information: 0, counterOnly: 0 }
    return { executingLevel: 1, agency, fields, suffix: '', ...counts, used: empty() }
  })
  const spare = (g: Group) => g.total - g.full - g.partial - g.information - 2
  spread(random, LEVELS.province.usedPartial, groups, spare, (g) => g.partial++)
  spread(
    random,
    LEVELS.province.informationOnly,
    groups,
    (g) => Math.min(spare(g), 3 - g.information),
    (g) => g.information++,
  )
  spread(
    random,
    COUNTER_ONLY_INFORMATION.province,
    groups,
    (g) => g.information - g.counterOnly,
    (g) => g.counterOnly++,
  )
  return groups
}

function sharedGroup(tier: 'district' | 'commune', fields: readonly Field[]): Group {
  const { total, informationOnly, usedFull, usedPartial, executingLevel } = LEVELS[tier]
  const counts = {
    total,
    full: usedFull,
    partial: usedPartial,
    information: informationOnly,
    counterOnly: COUNTER_ONLY_INFORMATION[tier],
  }
  const suffix = tier === 'district' ? ' tại cấp huyện' : ' tại cấp xã'
  return { executingLevel, agency: null, fields, suffix, ...counts, used: empty() }
}

function makeCodes(random: Random, count: number): string[] {
  const codes = new Set<string>()
  while (codes.size < count) codes.add(`${random.between(1, 3)}.00${String(random.int(10_000)).padStart(4, '0')}`)
  return [...codes]
}

/** Working days; 0 is the same day, null is without limit. */
function limitOf(random: Random, executingLevel: 1 | 2 | 3): number | null {
  if (random.chance(0.05)) return null
  if (random.chance(executingLevel === 3 ? 0.4 : 0.06)) return 0
  return random.pick(executingLevel === 3 ? [1, 2, 3, 3, 5, 7, 10, 15, 20] : [2, 3, 3, 5, 5, 7, 10, 10, 12, 15, 20, 30])
}

const FEES = [
  5_000, 8_000, 10_000, 15_000, 30_000, 50_000, 75_000, 100_000, 150_000, 200_000, 300_000, 500_000, 1_200_000,
]

/** Procedures not yet full-process are accepted online on trial: every third of the partial ones that are used. */
const PILOT = { from: '2024-12-01', to: '2025-03-31' } as const

/** The 1,655 procedures: 1,622 of them online services, 1,184 of those integrated with the national portal. */
export function makeCatalogue(
  seed: number,
  agencies: readonly SampleAgency[],
  provincial: readonly Office[],
): Catalogue {
  const random = makeRandom(seed, 'procedures')
  const ofProvince = provincialGroups(random, provincial)
  const ofDistricts = sharedGroup('district', DISTRICT_FIELDS)
  const ofCommunes = sharedGroup('commune', COMMUNE_FIELDS)
  const drafts = random.shuffle([...ofProvince, ofDistricts, ofCommunes].flatMap((group) => draftGroup(random, group)))
  const unknown = 8
  const codes = makeCodes(random, drafts.length + unknown)
  const known = codes.slice(unknown).sort()
  let toIntegrate: number = PROCEDURES.integrated
  let online = PROCEDURES.total - PROCEDURES.informationOnly
  let partial = 0
  const procedures = drafts.map((draft, index): SampleProcedure => {
    if (draft.role && draft.owner) draft.owner[draft.role].push(index)
    const isOnline = draft.level !== 2
    const integrated = isOnline && random.next() * online < toIntegrate // exactly as many as wanted, evenly spread
    if (isOnline) online--
    if (integrated) toIntegrate--
    return {
      code: item(known, index),
      name: draft.name,
      fieldCode: draft.field.code,
      fieldName: draft.field.name,
      level: draft.level,
      integrated,
      executingLevel: draft.executingLevel,
      agencies: draft.agency === null ? [] : [item(agencies, draft.agency).key],
      limitDays: limitOf(random, draft.executingLevel),
      feeVnd: random.chance(0.4) ? random.pick(FEES) : 0,
      requiresResult: random.chance(0.85),
      pilot: draft.role === 'partial' && partial++ % 3 === 0 ? PILOT : null,
    }
  })
  return {
    procedures,
    provincial: new Map(ofProvince.map((group) => [group.agency ?? -1, group.used])),
    district: ofDistricts.used,
    commune: ofCommunes.used,
    unknownCodes: codes.slice(0, unknown),
  }
}
