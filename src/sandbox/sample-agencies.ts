import { readFileSync } from 'node:fs'
import { item } from './random.ts'
import { COMMUNES, DISTRICTS, type OfficeShape, PROVINCIAL } from './shape.ts'
import type { SampleAgency } from './world-types.ts'

interface AgencyVersion {
  key: string
  code: string
  identifier: string | null
  kind: string
  name: string
  parent: string | null
  validFrom: string
  validTo: string | null
}

/** The day whose structure the sample has: after the last change before, and before the mergers of 2025. */
const STRUCTURE_OF = '2024-06-01'
const ALL_COMMUNES = COMMUNES.full + COMMUNES.less + COMMUNES.none
const KINDS: readonly SampleAgency['kind'][] = ['department', 'vertical', 'district', 'commune']

/**
 * The province's agencies as they stood in 2024, from the reference data (data/reference/agencies.json); of its communes every so
 * many, `communes` in all, where a smaller province will do.
 */
export function loadAgencies(communes = ALL_COMMUNES): SampleAgency[] {
  const file = new URL('../../data/reference/agencies.json', import.meta.url)
  const { agencies } = JSON.parse(readFileSync(file, 'utf8')) as { agencies: AgencyVersion[] }
  const valid = agencies.filter((a) => a.validFrom <= STRUCTURE_OF && (a.validTo === null || a.validTo > STRUCTURE_OF))
  const found = valid.filter(({ kind }) => kind === 'commune').length
  if (found !== ALL_COMMUNES) throw new Error(`sandbox: ${found} communes, expected ${ALL_COMMUNES}`)
  const nameOf = new Map(valid.map((a) => [a.key, a.name]))
  return KINDS.flatMap((kind) =>
    valid
      .filter((a) => a.kind === kind)
      .filter((_, i) => kind !== 'commune' || (i * communes) % ALL_COMMUNES < communes)
      .map(({ key, code, identifier, name, parent }) => ({
        key,
        code,
        identifier,
        kind,
        name,
        within: kind === 'commune' ? (nameOf.get(parent ?? '') ?? null) : null,
      })),
  )
}

/** Lower case, without marks: tone placement differs between lists (Hòa, Hoà). */
export const plain = (name: string): string =>
  name.toLowerCase().normalize('NFD').replace(/\p{M}/gu, '').replace(/đ/g, 'd')

export interface Office {
  /** index into the agencies */
  agency: number
  shape: OfficeShape
}

/** Finds the agency of every shape; the reference data and the shapes must fit one to one. */
export function officesOf(agencies: readonly SampleAgency[]): {
  provincial: Office[]
  districts: Office[]
  communes: number[]
} {
  const indexed = agencies.map((agency, index) => ({ kind: agency.kind, name: plain(agency.name), index }))
  const match = (shapes: readonly OfficeShape[], kinds: readonly SampleAgency['kind'][]): Office[] => {
    const candidates = indexed.filter((a) => kinds.includes(a.kind))
    const offices = shapes.map((shape) => {
      const found = candidates.filter((a) => shape.name.test(a.name))
      if (found.length !== 1)
        throw new Error(`sandbox: ${found.length} agencies fit the shape "${shape.key}", expected 1`)
      return { agency: item(found, 0).index, shape }
    })
    if (candidates.length !== offices.length)
      throw new Error(`sandbox: ${candidates.length} agencies, ${offices.length} shapes`)
    return offices
  }
  const communes = indexed.filter((a) => a.kind === 'commune').map((a) => a.index)
  return {
    provincial: match(PROVINCIAL, ['department', 'vertical']),
    districts: match(DISTRICTS, ['district']),
    communes,
  }
}
