/** Why a record that somebody looks for does not count for a figure. */
import { PROCESSED } from '../warehouse/cells.ts'
import type { StoredDossier } from '../warehouse/dossiers.ts'
import type { CountedInput, StoredInput } from '../warehouse/inputs.ts'
import type { Reader } from '../warehouse/open.ts'
import { BY_OTHERS } from '../warehouse/tables.ts'
import { countingDay } from './basis.ts'
import { INDICATORS } from './catalogue/index.ts'
import type { Indicator } from './catalogue/indicator.ts'
import type { Explained } from './explain-dossiers.ts'
import { type CountedTerm, countedAt, summandsOf, windowOf } from './explain-judge.ts'
import { countedTerms } from './explain-total.ts'
import { inputContributions } from './inputs.ts'
import { landedAt } from './knowledge.ts'
import { localDays } from './local-day.ts'
import { type Contribution, contributions } from './measures.ts'
import { placeOn } from './places.ts'

export interface Why {
  reason:
    | 'not-landed'
    | 'set-aside'
    | 'other-agency'
    | 'other-period'
    | 'same-dossier'
    | 'deleted'
    | 'status'
    | 'not-this-figure'
  /** what exactly: the agency, the day, the status, what it counts as */
  detail?: string
  /** same-dossier, deleted: the source; same-dossier: the code that counts */
  source?: string
  code?: string
  /** set-aside: the id in quarantine */
  id?: number
}

/** `held`: the dossiers under that code, whatever became of them. */
export function makeWhy(db: Reader, explained: Explained, indicator: Indicator, language: 'vi' | 'en') {
  const { basis, known } = explained
  const days = localDays(basis.zone)
  const outsideOf = makeOutside(explained, indicator)
  return async (code: string, held: readonly StoredDossier[]): Promise<Why> => {
    const at = known ? await landedAt(db, known.landing) : null
    const counted = held.find((one) => one.counted === 1 && one.deleted === 0)
    if (counted) {
      const why = ofCounted(counted)
      // What it lacks to count may stand in a newer version that was set aside.
      const newer = why.reason === 'other-agency' ? undefined : await setAside(db, code, at)
      return newer ? { reason: 'set-aside', id: newer.id, detail: reasonsIn(newer.reasons, newer.waiting_for) } : why
    }
    const gone = held.find((one) => one.deleted === 1)
    const other = held.find((one) => one.deleted === 0)
    if (other) {
      const twin = await countedTwin(db, other)
      if (twin) return { reason: 'same-dossier', source: twin.source, code: twin.code }
    }
    const aside = await setAside(db, code, at)
    if (aside) return { reason: 'set-aside', id: aside.id, detail: reasonsIn(aside.reasons, aside.waiting_for) }
    if (gone) return { reason: 'deleted', source: gone.source }
    return other ? { reason: 'status', detail: String(other.status) } : { reason: 'not-landed' }
  }

  function ofCounted(row: StoredDossier): Why {
    const entries = contributions(row, days, basis.tickAt)
    if (entries.length === 0) return { reason: 'status', detail: String(row.status) }
    return outsideOf(entries, row.resolving) ?? { reason: 'not-this-figure', detail: countsAs(row, entries) }
  }

  /** What the dossier counts as in the period: `Đã giải quyết đúng hạn 2024-11-20`. */
  function countsAs(row: StoredDossier, entries: readonly Contribution[]): string {
    const window = windowOf('in-period', explained)
    // That it was received, and by whom, every dossier of the list says.
    const inside = entries.filter(
      ({ day, n, measure }) =>
        n > 0 && measure !== PROCESSED && measure !== 'received' && !BY_OTHERS.has(measure) && day <= window.to,
    )
    const as = [...new Set(inside.flatMap(({ measure, day }) => nameOf(measure)?.concat(' ', day) ?? []))]
    if (row.due_at !== null) as.push(`${language === 'vi' ? 'hẹn trả' : 'due'} ${days.dayOf(row.due_at)}`)
    return as.length === 0 ? `${language === 'vi' ? 'trạng thái' : 'status'} ${row.status}` : as.join(', ')
  }

  /** The indicator that counts just this measure names it. */
  function nameOf(measure: string): string | undefined {
    const named = INDICATORS.find(({ numerator, denominator }) => {
      if (numerator.of !== 'dossiers' || denominator !== null || numerator.procedures) return false
      const [only, more] = Object.keys(numerator.weights)
      return only === measure && more === undefined
    })
    return named?.names[language]
  }
}

/** `held`: the publications or petitions under that code, whatever became of them. */
export function makeInputWhy(
  db: Reader,
  explained: Explained,
  indicator: Indicator,
  name: CountedInput,
  language: 'vi' | 'en',
) {
  const { basis, known } = explained
  const days = localDays(basis.zone)
  const outsideOf = makeOutside(explained, indicator)
  const say = (vi: string, en: string) => (language === 'vi' ? vi : en)
  return async (code: string, held: readonly StoredInput<CountedInput>[]): Promise<Why> => {
    const why = ofHeld(held)
    if (why.reason === 'other-agency') return why
    // What it lacks to count may stand in a version that was set aside.
    const aside = await setAside(db, code, known ? await landedAt(db, known.landing) : null)
    return aside ? { reason: 'set-aside', id: aside.id, detail: reasonsIn(aside.reasons, aside.waiting_for) } : why
  }

  function ofHeld(held: readonly StoredInput<CountedInput>[]): Why {
    const there = held.filter((one) => one.deleted === 0)
    const [first] = there
    if (!first) return held[0] ? { reason: 'deleted', source: held[0].source } : { reason: 'not-landed' }
    const outside = there.map((one) =>
      outsideOf(inputContributions(name, one as never, days, basis.tickAt), one.agency),
    )
    return outside.find((why) => why !== null) ?? { reason: 'not-this-figure', detail: stateOf(first) }
  }

  function stateOf(row: StoredInput<CountedInput>): string {
    if (name === 'petition') return (row as StoredInput<'petition'>).outcome ?? say('chưa xử lý', 'open')
    const { published_at, replaced_at } = row as StoredInput<'publication'>
    if (replaced_at !== null) return `${say('có bản công bố mới từ', 'replaced on')} ${days.dayOf(replaced_at)}`
    if (published_at === null) return say('chưa công khai', 'not public yet')
    return `${say('công khai', 'made public')} ${days.dayOf(published_at)}`
  }
}

/** Whether what a record counts for lies at another agency, or on days of another period; null: neither. */
function makeOutside(explained: Explained, indicator: Indicator) {
  const { basis, period } = explained
  const members = countedAt(explained)
  const { numerator, denominator } = countedTerms(indicator)
  const terms = [...summandsOf(numerator), ...summandsOf(denominator)]
  return (entries: readonly Contribution[], agency: string): Why | null => {
    if (members && !entries.some((entry) => members.has(entry.agency)))
      return { reason: 'other-agency', detail: agencyText(entries[0]?.agency ?? agency) }
    const wanted = (entry: Contribution) => terms.some((term) => (term.weights[entry.measure] ?? 0) > 0)
    const outside = entries.find((entry) => wanted(entry) && entry.n > 0 && !terms.some((term) => within(term, entry)))
    return outside ? { reason: 'other-period', detail: outside.day } : null
  }

  function within(term: Pick<CountedTerm, 'when'>, { day }: Contribution): boolean {
    const window = windowOf(term.when, explained)
    return day <= window.to && (window.from === null || day >= window.from)
  }

  function agencyText(key: string): string {
    const agency = basis.agencies.get(key)
    if (!agency) return key
    const place = placeOn(basis.agencies, agency, countingDay(basis, period))
    return `${place.name} (${place.key})`
  }
}

/** The row of another source that counts for the same dossier. */
async function countedTwin(db: Reader, { national_code }: StoredDossier) {
  if (national_code === null) return undefined
  return db
    .selectFrom('dossier')
    .select(['source', 'code'])
    .where('national_code', '=', national_code)
    .where('counted', '=', 1)
    .where('deleted', '=', 0)
    .executeTakeFirst()
}

async function setAside(db: Reader, code: string, at: number | null) {
  const rows = db
    .selectFrom('quarantine')
    .select(['id', 'reasons', 'waiting_for'])
    .where('key', 'in', [...new Set([code, code.toUpperCase()])])
    .orderBy('id', 'desc')
    .limit(1)
  if (at === null) return rows.where('closed_at', 'is', null).executeTakeFirst()
  return rows
    .where('first_seen', '<=', at)
    .where(({ or, eb }) => or([eb('closed_at', 'is', null), eb('closed_at', '>', at)]))
    .executeTakeFirst()
}

function reasonsIn(json: string, waitingFor: string | null): string {
  if (waitingFor !== null) return waitingFor
  const reasons = JSON.parse(json) as { path: string; rule: string; value: string | null }[]
  return reasons
    .map(({ path, rule, value }) =>
      [path.replace(/^\//, ''), rule, value === null ? '' : `"${value}"`].join(' ').trim(),
    )
    .join(', ')
}
