/**
 * Whether a text is the name of an agency that reference data knows, as sources shorten it too: "Dương Minh Châu" in a column of
 * districts. Asked only of what looks like a person, so the names are read at the first such text.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { foldName, type NameAlias, type NamedAgency } from '../connect/names.ts'
import { PipelineError } from '../errors.ts'

export type IsAgency = (text: string) => boolean

const KIND = /^(?:xã|phường|thị trấn|thị xã|huyện|quận|thành phố|tỉnh) /i

/** `names` is called once, at the first question. */
export function agencyNameTest(names: () => readonly string[]): IsAgency {
  let known: ReadonlySet<string> | null = null
  return (text) => {
    known ??= new Set(names().flatMap((name) => [foldName(name), foldName(name.replace(KIND, ''))]))
    return known.has(foldName(text))
  }
}

/** From `data/reference` of the first of `homes` that has it; where none has, nothing is known. */
export const agencyNamesIn = (homes: readonly string[]): IsAgency =>
  agencyNameTest(() => {
    if (!referencePath(homes, 'agencies.json') || !referencePath(homes, 'aliases.json')) return []
    const { agencies } = JSON.parse(readReference(homes, 'agencies.json')) as { agencies: readonly NamedAgency[] }
    const { aliases } = JSON.parse(readReference(homes, 'aliases.json')) as { aliases: readonly NameAlias[] }
    return [...agencies, ...aliases].map(({ name }) => name)
  })

const referencePath = (homes: readonly string[], file: string): string | undefined =>
  homes.map((home) => join(home, 'data', 'reference', file)).find((candidate) => existsSync(candidate))

/** Where `data/reference/<file>` is: in the first of `homes` that has it. */
export function findReference(homes: readonly string[], file: string): string {
  const path = referencePath(homes, file)
  if (!path) throw new PipelineError('CONFIG_UNREADABLE', { file: `data/reference/${file}`, problem: 'no such file' })
  return path
}

export const readReference = (homes: readonly string[], file: string): string =>
  readFileSync(findReference(homes, file), 'utf8')
