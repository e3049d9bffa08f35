/** A map of a national record form, narrowed to the raw fields that the stream's own schema declares. */
import type { Converted, FieldMap, PlainMapped } from '../connect/connector.ts'

export type PlainMap = Readonly<Record<string, PlainMapped>>

export function declaredMap(map: FieldMap, known: ReadonlySet<string>): PlainMap {
  const entries = Object.entries(map).flatMap(([name, mapped]): [string, PlainMapped][] => {
    if (typeof mapped === 'string' || !('declared' in mapped)) return [[name, mapped]]
    const first = mapped.declared.find(({ from }) => [from].flat().every((field) => known.has(field)))
    return first ? [[name, first satisfies Converted]] : []
  })
  return Object.fromEntries(entries)
}
