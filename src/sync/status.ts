/** What the ten statuses (TrangThaiHoSo) allow. Sources break these rules; a breach is noted, never a reason to refuse. */

const NEXT: Readonly<Record<number, readonly number[]>> = {
  1: [2, 3],
  2: [4, 5, 6, 7, 8, 9],
  4: [5, 6, 7, 8, 9],
  5: [4, 7, 8, 9],
  6: [4, 7, 8, 9],
  9: [10],
}
// 5 and 6 are waits inside processing: coming back from them to 4 is no step backwards.
const STAGE: Readonly<Record<number, number>> = { 1: 0, 2: 1, 4: 2, 5: 2, 6: 2, 9: 3, 3: 4, 7: 4, 8: 4, 10: 4 }

const reachable = new Map<number, Set<number>>()
for (let from = 1; from <= 10; from++) {
  const found = new Set<number>([from])
  for (const status of found) for (const next of NEXT[status] ?? []) found.add(next)
  reachable.set(from, found)
}

/** 'status-backwards', 'status-illegal', or null. Steps in between may have been missed, so any reachable status is fine. */
export function statusBreach(from: number, to: number): 'status-backwards' | 'status-illegal' | null {
  if ((STAGE[to] ?? 0) < (STAGE[from] ?? 0)) return 'status-backwards'
  return reachable.get(from)?.has(to) ? null : 'status-illegal'
}
