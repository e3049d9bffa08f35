/** Which of several sums follow from each other: found by elimination, over the terms that they are made of. */

import type { Relation } from './moves.ts'

interface Reduced {
  /** what is left of a sum when the terms of the earlier ones are taken out */
  vector: Map<string, number>
  /** of which sums it is made */
  made: Map<number, number>
}

/** A dependence for every sum that follows from others, told by the plainest of them. */
export function dependences(vectors: readonly ReadonlyMap<string, number>[]): Relation[] {
  const plainest = [...vectors.keys()].sort((a, b) => (vectors[a]?.size ?? 0) - (vectors[b]?.size ?? 0) || a - b)
  const byTerm = new Map<string, Reduced>()
  const found: Relation[] = []
  for (const place of plainest) {
    const left: Reduced = { vector: new Map(vectors[place]), made: new Map([[place, 1]]) }
    for (const [term] of left.vector) {
      const factor = left.vector.get(term)
      const known = byTerm.get(term)
      if (factor === undefined || !known) continue
      const by = -factor / (known.vector.get(term) as number)
      addTo(left.vector, known.vector, by)
      addTo(left.made, known.made, by)
    }
    const [term] = left.vector.keys()
    if (term !== undefined) byTerm.set(term, left)
    else found.push(whole([...left.made]))
  }
  return found
}

function addTo<Key>(sum: Map<Key, number>, other: ReadonlyMap<Key, number>, by: number): void {
  for (const [key, n] of other) {
    const next = (sum.get(key) ?? 0) + by * n
    if (Math.abs(next) < 1e-9) sum.delete(key)
    else sum.set(key, next)
  }
}

/** Factors as whole numbers, as changes of counts are. */
function whole(factors: readonly (readonly [number, number])[]): Relation {
  const by =
    [1, 2, 3, 4, 6, 12].find((n) => factors.every(([, one]) => Math.abs(one * n - Math.round(one * n)) < 1e-6)) ?? 1
  return factors.map(([place, one]) => [place, Math.round(one * by)] as const)
}
