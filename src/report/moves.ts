/** Changes of counts that leave everything else as it is: searched for, the cheapest first. */

/** What sums up to nothing: a total with 1 and its parts with -1. By place. */
export type Relation = readonly (readonly [place: number, factor: number])[]
/** Changes by place; no relation notices them. */
export type Move = ReadonlyMap<number, number>

export interface Space {
  relations: readonly Relation[]
  /** relations by place */
  of: ReadonlyMap<number, readonly number[]>
  /** what a change costs; null: it cannot be */
  cost(place: number, by: number): number | null
}

/** Changes that are not yet a move: some relations are out of balance. */
interface Attempt {
  changes: Move
  /** relation → what it sums to now */
  open: ReadonlyMap<number, number>
  cost: number
  /** cost and about what closing it would add */
  about: number
}
/** Ways of closing one relation that are looked at, the cheapest first; and attempts in all. */
const BREADTH = 12
const ATTEMPTS = 400

export function relationsOf(relations: readonly Relation[]): Map<number, number[]> {
  const found = new Map<number, number[]>()
  for (const [i, relation] of relations.entries())
    for (const [place] of relation) {
      const list = found.get(place)
      if (list) list.push(i)
      else found.set(place, [i])
    }
  return found
}

/** At most `most` moves that change the place by so much, of those that were found the cheapest first. */
export function findMoves(space: Space, place: number, by: number, most: number): { move: Move; cost: number }[] {
  const found: { move: Move; cost: number }[] = []
  const queue: Attempt[] = []
  push(queue, changed(space, { changes: new Map(), open: new Map(), cost: 0, about: 0 }, place, by))
  for (let n = 0; n < ATTEMPTS && found.length < most; n++) {
    const next = queue.pop()
    if (!next) break
    const ways = narrowest(space, next)
    if (!ways) found.push({ move: next.changes, cost: next.cost })
    for (const [other, change] of ways?.slice(0, BREADTH) ?? []) push(queue, changed(space, next, other, change))
  }
  return found
}

/** Ordered so that the last is the most promising, of equals the newest. */
function push(queue: Attempt[], attempt: Attempt | null): void {
  if (!attempt) return
  let [low, high] = [0, queue.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((queue[middle] as Attempt).about >= attempt.about) low = middle + 1
    else high = middle
  }
  queue.splice(low, 0, attempt)
}

/** null: it cannot be, or leaves a relation that could not be closed any more. */
function changed(space: Space, { changes, open, cost }: Attempt, place: number, by: number): Attempt | null {
  const own = space.cost(place, by)
  if (own === null) return null
  const still = new Map(open)
  for (const i of space.of.get(place) ?? []) {
    const factor = space.relations[i]?.find(([other]) => other === place)?.[1] ?? 0
    const sum = (still.get(i) ?? 0) + factor * by
    if (sum === 0) still.delete(i)
    else still.set(i, sum)
  }
  const next = { changes: new Map(changes).set(place, by), open: still, cost: cost + own, about: cost + own }
  for (const i of still.keys()) {
    const [cheapest] = waysOf(space, next, i)
    if (!cheapest) return null
    next.about += cheapest[2]
  }
  return next
}

type Way = readonly [place: number, by: number, cost: number]
/** Changes that close one relation, the cheapest first. A place changes once. */
function waysOf(space: Space, { changes, open }: Pick<Attempt, 'changes' | 'open'>, i: number): Way[] {
  const sum = open.get(i) ?? 0
  const found: Way[] = []
  for (const [place, factor] of space.relations[i] ?? []) {
    const by = -sum / factor
    const cost = changes.has(place) || !Number.isInteger(by) ? null : space.cost(place, by)
    if (cost !== null) found.push([place, by, cost])
  }
  return found.sort(([, , a], [, , b]) => a - b)
}

/** Of one of the open relations, whichever has the fewest; null: none is open. */
function narrowest(space: Space, attempt: Attempt): readonly Way[] | null {
  let best: readonly Way[] | null = null
  for (const i of attempt.open.keys()) {
    const found = waysOf(space, attempt, i)
    if (!best || found.length < best.length) best = found
  }
  return best
}
