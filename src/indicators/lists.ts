/** Lists that a dossier keeps as JSON: its supplements, its re-appointments. Most dossiers have none. */

const NONE: readonly never[] = []
let last: { text: string; list: readonly unknown[] } = { text: '', list: NONE }

/** Several rules read the list of one dossier one after the other: it is parsed once. */
export function listOf<T>(text: string | null): readonly T[] {
  if (text === null) return NONE
  if (text !== last.text) last = { text, list: JSON.parse(text) as unknown[] }
  return last.list as readonly T[]
}
