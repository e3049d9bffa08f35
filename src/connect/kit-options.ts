/** Options of a kit declaration that the kit does not have: passed over in silence, a misspelt `sine` reads everything, every night. */
import { nearest } from '../errors.ts'
import type { Kit } from './connector.ts'
import { OPTIONS } from './options.generated.ts'

const KNOWN: Readonly<Record<string, readonly string[]>> = OPTIONS

/** `paging."form" is not known here; did you mean "from"?`; null where every option is one. */
export function unknownOption({ kind, declaration }: Kit): string | null {
  return unknownIn(declaration, kind, kind)
}

function unknownIn(value: unknown, path: string, shown: string): string | null {
  const known = KNOWN[path]
  if (known !== undefined && Array.isArray(value)) {
    for (const [i, item] of value.entries()) {
      const wrong = unknownIn(item, path, `${shown}[${i}]`)
      if (wrong !== null) return wrong
    }
  }
  // a function gives its options at run time, a class instance is nobody's to spell
  if (known === undefined || !isPlain(value)) return null
  for (const [name, item] of Object.entries(value)) {
    if (!known.includes(name)) {
      const near = nearest(name, known)
      return `${shown}: "${name}" is not known here${near ? `; did you mean "${near}"?` : `; known: ${known.join(', ')}`}`
    }
    const wrong = unknownIn(item, `${path}.${name}`, `${shown}.${name}`)
    if (wrong !== null) return wrong
  }
  return null
}

const isPlain = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
