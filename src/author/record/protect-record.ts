/**
 * A raw record as a recording may hold it: every personal field made up, every field that the schema does not know replaced too, codes
 * of dossiers numbered again, other text kept only where it is one that the schema vouches for.
 */

import type { Stream } from '../../connect/connector.ts'
import { labelNamesPerson, looksLikePerson } from '../../connect/persons.ts'
import type { IsAgency } from '../../sync/agency-names.ts'
import { declaredMap } from '../../sync/declared-map.ts'
import type { FieldNode } from '../../sync/source-schema.ts'
import { namedAlike, type Replacer } from './made-up.ts'

export interface RecordRules {
  root: FieldNode
  /** raw fields that hold a dossier's code */
  codes: ReadonlySet<string>
  /** raw fields that the map reads */
  mapped: ReadonlySet<string>
  isAgency: IsAgency
  replacer: Replacer
}
type Fields = Readonly<Record<string, unknown>>

const CODES = ['code', 'nationalCode', 'dossier']
const LONGEST = 200

/** Raw fields from which `canonical` fields are read. */
export function rawFields({ map }: Pick<Stream<unknown>, 'map'>, canonical: readonly string[]): string[] {
  return canonical.flatMap((name) => {
    const mapped = map[name]
    if (typeof mapped === 'string') return [mapped]
    return mapped && 'from' in mapped ? [mapped.from].flat() : []
  })
}

export function rulesOf(
  declared: Stream<unknown>,
  root: FieldNode,
  isAgency: IsAgency,
  replacer: Replacer,
): RecordRules {
  const stream = { ...declared, map: declaredMap(declared.map, new Set(root.properties?.keys())) }
  const isDossier = stream.entity === 'dossier' || stream.entity === 'feedback' || stream.entity === 'petition'
  const order = stream.order === 'arrival' ? [] : [stream.order.field]
  const mapped = new Set([...rawFields(stream, Object.keys(stream.map)), ...stream.key, ...order])
  return { root, codes: new Set(isDossier ? rawFields(stream, CODES) : []), mapped, isAgency, replacer }
}

export function protectRecord(rules: RecordRules, record: Fields): Fields {
  return object(rules, rules.root, record, true)
}

function object(rules: RecordRules, node: FieldNode, value: Fields, top: boolean): Fields {
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => {
      const child = node.properties?.get(name)
      if (top && rules.codes.has(name)) return [name, rules.replacer.code(item)]
      // a field that the schema does not know may be anybody's
      return child
        ? [name, field(rules, child, item, top ? name : null)]
        : [namedAlike(name), rules.replacer.text(item)]
    }),
  )
}

/** One value of a known field; `name`: of a field of the record itself. */
export function field(rules: RecordRules, node: FieldNode, value: unknown, name: string | null): unknown {
  if (node.personal) return rules.replacer.personal(node.personal, value)
  if (Array.isArray(value)) {
    const { items } = node
    return items ? value.map((item) => field(rules, items, item, null)) : value.map((item) => rules.replacer.text(item))
  }
  if (typeof value === 'object' && value !== null)
    return node.properties ? object(rules, node, value as Fields, false) : rules.replacer.text(value)
  if (typeof value === 'number') return isKeptNumber(rules, value, name) ? value : rules.replacer.text(value)
  if (typeof value !== 'string') return value
  const code = rules.replacer.kept(value)
  if (code !== value) return code
  return isKept(rules, node, value, name) ? value : rules.replacer.text(value)
}

/** A telephone number without its zero is a number too; a time in seconds is as long, but then the map or the order reads it. */
const isKeptNumber = ({ mapped }: RecordRules, value: number, name: string | null): boolean =>
  (name !== null && mapped.has(name)) || !looksLikePerson(String(value))

function isKept({ mapped, isAgency }: RecordRules, node: FieldNode, text: string, name: string | null): boolean {
  if (node.narrowed) return true
  if (text.length > LONGEST && !node.isPublic) return false
  const isLabel = node.isPublic || (name !== null && mapped.has(name))
  return isLabel ? !labelNamesPerson(text) || isAgency(text) : !looksLikePerson(text)
}
