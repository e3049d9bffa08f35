/**
 * Records set aside (bản ghi cần rà soát) that would have counted for a figure: what can be read of one is judged by the figure's own
 * terms. One of which too little can be read might count; one that is readable and counts elsewhere, or nowhere, is left out.
 */
import { COUNTED_INPUTS, type CountedInput } from '../warehouse/inputs.ts'
import type { Reader } from '../warehouse/open.ts'
import type { StoredQuarantine } from '../warehouse/quarantines.ts'
import { sourceStates } from '../warehouse/source-status.ts'
import { membersOf } from './basis.ts'
import type { Indicator } from './catalogue/indicator.ts'
import type { Explained } from './explain-dossiers.ts'
import { type CountedRecord, countedAt, makeInputJudge, makeJudge, windowOf } from './explain-judge.ts'
import { countedTerms } from './explain-total.ts'
import { needsOf } from './figures.ts'
import type { CountedColumns } from './inputs.ts'
import { landedAt } from './knowledge.ts'
import { restsAt } from './known.ts'
import { localDays } from './local-day.ts'
import type { Measured } from './measures.ts'
import { loadRests } from './sources-of.ts'

/** would: it would count if it landed as it is · might: too little of it can be read. */
export type Verdict = 'would' | 'might'
export interface AsideBehind {
  id: number
  source: string
  key: string
  /** path, rule and value of each */
  reasons: unknown
  waitingFor: string | null
  counts: Verdict
}
/** What can be read of a record set aside; what is missing could not be. */
export interface AsideRecord {
  /** what it is of; missing: nobody can say any more */
  of?: CountedRecord
  /** as it would land, where all of it is readable */
  dossier?: Measured
  input?: CountedColumns[CountedInput]
  /** key of the resolving agency, of a publication or petition its only one */
  agency?: string
  /** epoch ms: of a publication its decision */
  received?: number
}
export type AsideRow = Pick<StoredQuarantine, 'id' | 'source' | 'stream' | 'key' | 'record'>
/** null: of a kind that figures do not count one by one */
export type ReadAside = (row: AsideRow) => Promise<AsideRecord | null>

const BATCH = 1_000

/** Up to `limit` of them, those that would count first. */
export async function asideBehind(
  db: Reader,
  explained: Explained,
  indicator: Indicator,
  limit: number,
  read: ReadAside | undefined,
): Promise<{ quarantined: AsideBehind[]; quarantinedTotal: number }> {
  const { basis, agency, period, known } = explained
  const rests = known ? (await restsAt(db, basis, known)).rests : await loadRests(db, basis, await sourceStates(db))
  const { names } = rests(indicator, agency, membersOf(basis, agency, period))
  const found: Record<Verdict, AsideBehind[]> = { would: [], might: [] }
  if (names.length === 0) return { quarantined: [], quarantinedTotal: 0 }
  const judge = makeAsideJudge(explained, indicator)
  const at = known ? await landedAt(db, known.landing) : null
  let total = 0
  for (let after = 0; ; ) {
    let open = db
      .selectFrom('quarantine')
      .select(['id', 'source', 'stream', 'key', 'record', 'reasons', 'waiting_for'])
      .where('source', 'in', names)
      .where('id', '>', after)
      .orderBy('id')
      .limit(BATCH)
    // Of then: when a record was set aside and when it was mended is kept, not what it said in between.
    if (at === null) open = open.where('closed_at', 'is', null)
    else
      open = open
        .where('first_seen', '<=', at)
        .where(({ or, eb }) => or([eb('closed_at', 'is', null), eb('closed_at', '>', at)]))
    const rows = await open.execute()
    for (const row of rows) {
      const counts = read ? judge(await read(row)) : 'might'
      if (!counts) continue
      total++
      if (found[counts].length >= limit) continue
      const { id, source, key, waiting_for } = row
      found[counts].push({ id, source, key, reasons: JSON.parse(row.reasons), waitingFor: waiting_for, counts })
    }
    const last = rows.at(-1)
    if (!last || rows.length < BATCH) break
    after = last.id
  }
  return { quarantined: [...found.would, ...found.might].slice(0, limit), quarantinedTotal: total }
}

/** null: what is readable of it counts elsewhere, or nowhere. */
export function makeAsideJudge(
  explained: Explained,
  indicator: Indicator,
): (record: AsideRecord | null) => Verdict | null {
  const terms = countedTerms(indicator)
  const [first] = [terms.numerator, terms.denominator].filter((term) => term !== null)
  const judge = makeJudge(explained, terms)
  const judgeInput = makeInputJudge(explained, terms)
  const needs = needsOf(indicator)
  const wanted = new Set<CountedRecord>(COUNTED_INPUTS.filter((name) => needs.inputs.includes(name)))
  if (needs.dossiers) wanted.add('dossier')
  const members = countedAt(explained)
  const window = windowOf('in-period', explained)
  const days = localDays(explained.basis.zone)
  const byReception = indicator.countsOn === 'received' || indicator.countsOn === 'decided'
  return (record) => {
    if (!record || (record.of && !wanted.has(record.of))) return null
    // Distinct counts and rankings follow from records of any kind.
    if (first && (record.dossier || record.input)) {
      const { numerator, denominator } = record.dossier
        ? judge(record.dossier)
        : judgeInput(record.of as CountedInput, record.input as never)
      return numerator !== 0 || denominator !== 0 ? 'would' : null
    }
    const resolving = explained.by.every((column) => column === 'resolving')
    if (members && resolving && record.agency !== undefined && !members.has(record.agency)) return null
    if (record.received !== undefined) {
      const day = days.dayOf(record.received)
      if (day > window.to || (byReception && day < (window.from ?? ''))) return null
    }
    return 'might'
  }
}
