/** Counts that only the national portal holds: of its newest row of an agency, period and component. See ../catalogue/qd766.ts. */
import { type OfficialQuery, officialScoresOf, type StoredInput } from '../../warehouse/inputs.ts'
import type { Reader } from '../../warehouse/open.ts'
import type { Indicator } from '../catalogue/indicator.ts'
import type { Parts } from './score.ts'

/** null: the portal has said nothing of it, or neither counts nor ratio. */
export type NationalCounts = (component: string, agency: string, period: string) => Parts | null
export const NO_COUNTS: NationalCounts = () => null
export type OfficialRow = StoredInput<'official-score'>

export async function loadNational(db: Reader, query: OfficialQuery): Promise<NationalCounts> {
  const rows = await newestOfficial(db, query)
  return (component, agency, period) => {
    const row = rows.get(officialKey(component, agency, period))
    return row ? countsOf(row) : null
  }
}

/** Of certified copies the portal says the ratio alone: it is the numerator, 1 the denominator. null: it says neither. */
export function countsOf({ numerator, denominator, ratio }: OfficialRow): Parts | null {
  if (numerator !== null && denominator !== null) return { numerator, denominator }
  return isRatioAlone({ numerator, denominator, ratio }) ? { numerator: ratio ?? 0, denominator: 1 } : null
}
type Said = Pick<OfficialRow, 'numerator' | 'denominator' | 'ratio'>
export const isRatioAlone = ({ numerator, denominator, ratio }: Said) =>
  numerator === null && denominator === null && ratio !== null
/** Whether the numerator of a figure is a ratio, and no count to be shown as such. */
export const isWithoutCounts = ({ numerator }: Indicator, official: Said | null | undefined) =>
  numerator.of === 'official' && official != null && isRatioAlone(official)

export const officialKey = (component: string, agency: string, period: string) => `${component}|${agency}|${period}`

/** By `component|agency|period`; of several what was stated last. */
export async function newestOfficial(db: Reader, query: OfficialQuery): Promise<Map<string, OfficialRow>> {
  const newest = new Map<string, OfficialRow>()
  for (const row of await officialScoresOf(db, query)) {
    const key = officialKey(row.component, row.agency, row.period)
    if (!newest.has(key)) newest.set(key, row)
  }
  return newest
}
