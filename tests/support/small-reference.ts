/** A province with few communes: every agency has figures, whether or not it has dossiers, so that the 190 communes cost more than what is tested. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CHECKOUT } from '../../src/config.ts'

interface Agencies {
  agencies: { key: string; code: string; kind: string; successors: string[] }[]
}
interface Aliases {
  aliases: { agency: string }[]
}

/**
 * Writes `data/reference` of a home: all agencies, of the communes those with a code of `communes` and their successors, and the other names of
 * them all.
 */
export function putSmallReference(home: string, communes: ReadonlySet<string>): void {
  const folder = join(home, 'data', 'reference')
  const read = <T>(name: string) => JSON.parse(readFileSync(join(CHECKOUT, 'data', 'reference', name), 'utf8')) as T
  const whole = read<Agencies>('agencies.json')
  const named = whole.agencies.filter(({ kind, code }) => kind !== 'commune' || communes.has(code))
  const after = new Set(named.flatMap(({ successors }) => successors))
  const kept = whole.agencies.filter((one) => named.includes(one) || after.has(one.key))
  const keys = new Set(kept.map(({ key }) => key))
  const codes = new Set(kept.map(({ code }) => code))
  const agencies = kept.map((one) => ({ ...one, successors: one.successors.filter((key) => keys.has(key)) }))
  const names = read<Aliases>('aliases.json')
  const aliases = names.aliases.filter(({ agency }) => codes.has(agency))
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'agencies.json'), JSON.stringify({ ...whole, agencies }))
  writeFileSync(join(folder, 'aliases.json'), JSON.stringify({ ...names, aliases }))
}
