/**
 * One dossier held by several systems is counted once: rows with the same national code form a group with exactly one counted row.
 * Configured authority decides (lowest rank, matched on the resolving agency at the received date); ties: the higher order where
 * both streams declare an order field, else the smaller source id. Arrival never elects.
 */
import type { DossierRecord } from '../warehouse/tables.ts'

export interface Authority {
  /** agency code; absent: every agency */
  agency?: string | undefined
  rank: number
  /** received date, YYYY-MM-DD */
  from: string
  /** exclusive */
  to?: string | null | undefined
}
/** By source id. A source without a matching line ranks last. */
export type Authorities = ReadonlyMap<string, readonly Authority[]>
export interface Electorate {
  authorities: Authorities
  retired: ReadonlySet<string>
  dayOf(at: number): string
}

type Candidate = Pick<
  DossierRecord,
  'source' | 'code' | 'resolving' | 'received_at' | 'submitted_at' | 'deleted' | 'order_at' | 'order_declared'
>

/** The row to count; undefined where every row is deleted. */
export function elect<T extends Candidate>(rows: readonly T[], electorate: Electorate): T | undefined {
  let best: T | undefined
  for (const row of rows) {
    if (row.deleted) continue
    if (!best || before(row, best, electorate)) best = row
  }
  return best
}

function before(a: Candidate, b: Candidate, electorate: Electorate): boolean {
  const retiredA = electorate.retired.has(a.source)
  if (retiredA !== electorate.retired.has(b.source)) return !retiredA
  const rank = rankOf(a, electorate) - rankOf(b, electorate)
  if (rank !== 0) return rank < 0
  if (a.order_declared && b.order_declared && a.order_at !== b.order_at) return a.order_at > b.order_at
  if (a.source !== b.source) return a.source < b.source
  return a.code < b.code
}

function rankOf(row: Candidate, electorate: Electorate): number {
  const lines = electorate.authorities.get(row.source) ?? []
  const at = row.received_at ?? row.submitted_at
  const date = at === null ? '9999-12-31' : electorate.dayOf(at)
  const agency = row.resolving.slice(0, row.resolving.indexOf('@'))
  let rank = Number.MAX_SAFE_INTEGER
  for (const line of lines) {
    if (line.agency !== undefined && line.agency !== agency) continue
    if (line.from <= date && (line.to == null || date < line.to)) rank = Math.min(rank, line.rank)
  }
  return rank
}
