/**
 * Drift as the landing thread sums it up over a read: what came of each field, what never came, and whether a field comes empty as often as
 * in earlier runs.
 */
import type { DriftPolicy } from '../connect/connector.ts'
import type { DriftEntry, FieldShares, ShareOfRun } from '../warehouse/drift.ts'
import type { DriftFound, PageDrift } from './drift.ts'

/** A required field that is in none of so many records is gone; in fewer it may be dirt. */
const REQUIRED_LEAST = 20
/** A field nobody has seen before is called missing after so many records. */
const MISSING_LEAST = 100
/** e^-14 is one in a million: that a field which came at the lowest share so far is in none of n records by chance. */
const BY_CHANCE = 14
/** Fewer records say little of a share. */
export const SHARE_LEAST = 200
const RUNS_LEAST = 3
const POINTS_LEAST = 0.1
const ERRORS_LEAST = 5

export class RunDrift {
  private readonly policy: DriftPolicy
  records = 0
  private readonly counts = new Map<string, [came: number, filled: number]>()
  private required: readonly string[] = []
  private readonly entries = new Map<string, DriftFound & { found: string[] }>()

  constructor(policy: DriftPolicy) {
    this.policy = policy
  }

  add(page: PageDrift): void {
    this.records += page.records
    this.required = page.required
    for (const [name, [came, filled]] of Object.entries(page.fields)) {
      const sum = this.counts.get(name) ?? [0, 0]
      this.counts.set(name, [sum[0] + came, sum[1] + filled])
    }
    for (const one of page.found) mergeInto(this.entries, one)
  }

  get fields(): FieldShares {
    return Object.fromEntries(this.counts)
  }
  get found(): DriftEntry[] {
    return [...this.entries.values()]
  }

  /** How many fields the policy does not let pass so far. */
  breaking(): number {
    if (this.policy === 'quarantine-rows') return 0
    const found = [...this.entries.values()].filter(({ breaks }) => breaks).length
    return found + this.missingRequired().length
  }

  missingRequired(): DriftEntry[] {
    if (this.records < REQUIRED_LEAST) return []
    return this.required.flatMap((name) => (this.counts.get(name)?.[0] === 0 ? [this.missing(name, true)] : []))
  }
  private missing(name: string, reopens: boolean): DriftEntry {
    const expected = this.required.includes(name) ? 'required' : 'optional'
    const field = `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`
    return {
      field,
      kind: 'missing-field',
      found: [],
      expected,
      personal: null,
      place: null,
      count: this.records,
      reopens,
    }
  }

  /** What only the whole read can say, against the latest runs of its scope, newest first. */
  judge(history: readonly ShareOfRun[]): DriftEntry[] {
    return [...this.counts].flatMap(([name, [came, filled]]) => {
      if (came > 0) return this.shareOf(name, filled, history)
      const before = history.map(({ fields, records }) => (fields[name]?.[0] ?? 0) / records)
      const seen = before.filter((share) => share > 0)
      const isGone = seen.length > 0 ? this.records * Math.min(...seen) >= BY_CHANCE : this.records >= MISSING_LEAST
      const isRequired = this.required.includes(name) && this.records >= REQUIRED_LEAST
      return isGone || isRequired ? [this.missing(name, (before[0] ?? 0) > 0)] : []
    })
  }

  /**
   * Reported where the share of empty values lies outside that of all of at least 3 earlier runs, by more than 10 points and 5 standard
   * errors. Against the runs' own spread, not their mean: what changes from night to night differs more than chance would have it.
   */
  private shareOf(name: string, filled: number, history: readonly ShareOfRun[]): DriftEntry[] {
    const { records } = this
    const before = history.flatMap(({ fields, records: of }) => {
      const known = fields[name]
      return known && of >= SHARE_LEAST ? [1 - known[1] / of] : []
    })
    if (records < SHARE_LEAST || before.length < RUNS_LEAST) return []
    const share = 1 - filled / records
    const [low, high] = [Math.min(...before), Math.max(...before)]
    const edge = Math.min(Math.max(share > high ? high : low, 0.01), 0.99)
    const beyond = Math.max(share - high, low - share)
    const error = Math.sqrt((edge * (1 - edge)) / records)
    if (beyond <= Math.max(POINTS_LEAST, ERRORS_LEAST * error)) return []
    const field = `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`
    const expected = `${percent(low)}–${percent(high)} %`
    const found = [`${percent(share)} %`]
    return [{ field, kind: 'null-share', found, expected, personal: null, place: null, count: records, reopens: true }]
  }
}

const percent = (share: number) => Math.round(share * 100)

function mergeInto(entries: Map<string, DriftFound & { found: string[] }>, one: DriftFound): void {
  const id = `${one.kind} ${one.field}`
  const known = entries.get(id)
  if (!known) {
    entries.set(id, { ...one, found: [...one.found] })
    return
  }
  known.count += one.count
  known.breaks ||= one.breaks
  known.personal ??= one.personal
  known.found = [...new Set([...known.found, ...one.found])].slice(0, 20)
}

/** What several pages brought, each field once. */
export function foundIn(pages: readonly { drift?: PageDrift }[]): DriftEntry[] {
  const entries = new Map<string, DriftFound & { found: string[] }>()
  for (const page of pages) for (const one of page.drift?.found ?? []) mergeInto(entries, one)
  return [...entries.values()]
}
