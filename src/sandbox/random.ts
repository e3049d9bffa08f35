/** A small seeded generator (sfc32): the same seed gives the same world on every machine. */
export interface Random {
  /** 0 ≤ x < 1 */
  next(): number
  /** whole number, 0 ≤ x < limit */
  int(limit: number): number
  /** whole number, low ≤ x ≤ high; low when high is smaller */
  between(low: number, high: number): number
  chance(probability: number): boolean
  pick<T>(list: readonly T[]): T
  /** a new list in random order */
  shuffle<T>(list: readonly T[]): T[]
}

/** `list[index]` of a list known to be long enough; a miss is a bug of the sandbox. */
export function item<T>(list: readonly T[], index: number): T {
  const found = list[index]
  if (found === undefined) throw new Error(`sandbox: no item ${index} in a list of ${list.length}`)
  return found
}

/** FNV-1a, to derive one stream of numbers per purpose: a change in one part does not move the others. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193)
  return value >>> 0
}

export function makeRandom(seed: number, purpose: string): Random {
  let a = seed | 0
  let b = Math.floor(seed / 4294967296) | 0
  let c = hash(purpose) | 0
  let counter = 1
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + sum
    return (sum >>> 0) / 4294967296
  }
  for (let i = 0; i < 15; i++) next()
  const int = (limit: number): number => Math.floor(next() * limit)
  return {
    next,
    int,
    between: (low, high) => (high <= low ? Math.floor(low) : Math.floor(low + next() * (high - low + 1))),
    chance: (probability) => next() < probability,
    pick: (list) => item(list, int(list.length)),
    shuffle: (list) => {
      const copy = [...list]
      for (let i = copy.length - 1; i > 0; i--) {
        const j = int(i + 1)
        const held = item(copy, i)
        copy[i] = item(copy, j)
        copy[j] = held
      }
      return copy
    },
  }
}
