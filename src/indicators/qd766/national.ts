/** Counts that only the national portal holds: of its newest row of an agency, period and component. See ../catalogue/qd766.ts. */
import type { StoredInput } from '../../warehouse/inputs.ts'
import type { Reader } from '../../warehouse/open.ts'
import type { Parts } from './score.ts'

/** null: the portal has said nothing of it, or no counts. */
export type NationalCounts = (component: string, agency: string, period: string) => Parts | null
export const NO_COUNTS: NationalCounts = () => null
export type OfficialRow = StoredInput<'official-score'>

export interface NationalQuery {
  components: readonly string[]
  agencies: readonly string[]
  /** null: all */
  periods: readonly string[] | null
  /** as the landing of that number knew them; null: as they are */
  known: number | null
}

export async function loadNational(db: Reader, query: NationalQuery): Promise<NationalCounts> {
  const rows = await newestOfficial(db, query)
  return (component, agency, period) => {
    const row = rows.get(keyOf(component, agency, period))
    return row?.numerator == null || row.denominator === null
      ? null
      : { numerator: row.numerator, denominator: row.denominator }
  }
}

const keyOf = (component: string, agency: string, period: string) => `${component}|${agency}|${period}`

/** By `component|agency|period`; of several what was stated last. */
export async function newestOfficial(
  db: Reader,
  { components, agencies, periods, known }: NationalQuery,
): Promise<Map<string, OfficialRow>> {
  const newest = new Map<string, OfficialRow>()
  if (components.length === 0 || agencies.length === 0 || periods?.length === 0) return newest
  let current = db
    .selectFrom('official_score')
    .selectAll()
    .where('agency', 'in', agencies)
    .where('component', 'in', components)
  if (periods) current = current.where('period', 'in', periods)
  if (known !== null) current = current.where('known_from', '<=', known)
  const rows: OfficialRow[] = await current.execute()
  if (known !== null) rows.push(...(await superseded(db, known)))
  const [wanted, asked, of] = [new Set(components), new Set(agencies), periods && new Set(periods)]
  for (const row of rows) {
    if (row.deleted || !wanted.has(row.component) || !asked.has(row.agency) || of?.has(row.period) === false) continue
    const key = keyOf(row.component, row.agency, row.period)
    const other = newest.get(key)
    if (!other || isNewer(row, other)) newest.set(key, row)
  }
  return newest
}

function isNewer(a: OfficialRow, b: OfficialRow): boolean {
  if (a.stated_at !== b.stated_at) return a.stated_at > b.stated_at
  return a.source !== b.source ? a.source < b.source : a.code < b.code
}

/** What was known then and has changed since. */
async function superseded(db: Reader, known: number): Promise<OfficialRow[]> {
  const rows = await db
    .selectFrom('input_version')
    .select('data')
    .where('entity', '=', 'official-score')
    .where('known_from', '<=', known)
    .where('known_to', '>', known)
    .execute()
  return rows.map(({ data }) => JSON.parse(data) as OfficialRow)
}
