/** The on-time rule of QĐ 766 2.1: the cases decided by hand, and the summable form held to the rule as written. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { getIndicator } from '../../../src/indicators/catalogue/index.ts'
import { countingsOf } from '../../../src/indicators/catalogue/indicator.ts'
import { localDays } from '../../../src/indicators/local-day.ts'
import { contributions } from '../../../src/indicators/measures.ts'
import {
  entriesOf,
  nextChange,
  ON_TIME,
  type OnTimeChoices,
  onTimeAt,
  type Timed,
} from '../../../src/indicators/qd766/on-time.ts'
import type { DossierRecord, MeasureName } from '../../../src/warehouse/tables.ts'
import { at, DAY, dossier, ZONE } from '../world.ts'
import { BASE, endOf, NOVEMBER } from './on-time-base.ts'
import { ON_TIME_CASES } from './on-time-cases.ts'

const days = localDays(ZONE)
const CHOSEN: OnTimeChoices = {
  onTimeCompare: 'instant',
  refused: 'outside',
  movedDue: 'as-printed',
  noLimit: 'on-time',
}
const record = (fields: Partial<DossierRecord>): DossierRecord => ({
  ...dossier({ resolving: 'A@2020-01-01' }),
  ended_precision: null,
  ...BASE,
  ...fields,
})
const TICK = at('2024-12-15T08:00')

/** What the entries say at the end of a period: open and late by the stock, ended by the flow; null: outside. */
function bySum(timed: Timed, periodEnd: number, tick: number, choices: OnTimeChoices): boolean | null {
  const { late, end } = entriesOf(timed, days, tick, choices)
  const isLate = late !== null && late.from <= periodEnd && (late.to === null || periodEnd < late.to)
  if (end !== null && end.at <= periodEnd) {
    expect(isLate).toBe(false)
    return end.onTime
  }
  // Open in the sense of the other measures: received, and not ended. A refusal never is.
  const open =
    timed.counted === 1 &&
    timed.deleted === 0 &&
    timed.status !== 1 &&
    timed.status !== 3 &&
    timed.received_at !== null &&
    timed.received_at <= periodEnd
  if (!open) expect(isLate).toBe(false)
  return open ? !isLate : null
}

/** What a dossier counts above and below the line of `qd766-2.1` in November, entry by entry. */
function countedInNovember(row: DossierRecord): number[] {
  const { numerator, denominator } = getIndicator('qd766-2.1')
  const entries = contributions(row, days, TICK)
  return [numerator, denominator].map((term) => {
    let sum = 0
    if (term?.of !== 'dossiers') return Number.NaN
    for (const { when, weights } of countingsOf(term))
      for (const { measure, day, n } of entries)
        if (day <= '2024-11-30' && (when === 'at-end' || day >= '2024-11-01'))
          sum += n * (weights[measure as MeasureName] ?? 0)
    return sum
  })
}

describe('decided by hand', () => {
  const chosen = ON_TIME_CASES.filter(({ periodEnd = NOVEMBER, options }) => periodEnd === NOVEMBER && !options)
  test.each(chosen)('as the catalogue counts it: $says', ({ fields, byInstant }) => {
    expect(ON_TIME).toEqual(CHOSEN)
    const expected = byInstant === null ? [0, 0] : [byInstant ? 1 : 0, 1]
    expect(countedInNovember(record(fields))).toEqual(expected)
  })

  for (const onTimeCompare of ['instant', 'date'] as const) {
    test.each(ON_TIME_CASES)(`by ${onTimeCompare}: $says`, ({ fields, periodEnd = NOVEMBER, options, ...expected }) => {
      const choices = { ...CHOSEN, onTimeCompare, ...options } as OnTimeChoices
      const found = onTimeAt(record(fields), periodEnd, days, choices)
      expect(found?.onTime ?? null).toBe(onTimeCompare === 'instant' ? expected.byInstant : expected.byDate)
      if (expected.end !== undefined) expect(found?.end).toBe(expected.end)
      expect(bySum(record(fields), periodEnd, TICK, choices)).toBe(found?.onTime ?? null)
    })
  }

  test.each([
    ['due-date', {}],
    ['statutory-limit', { due_printed_at: null }],
    ['no-limit', { due_printed_at: null, due_at: null }],
    ['second-request', { supplements: asked('2024-11-05', '2024-11-06') }],
  ] as const)('says what decided: %s', (by, fields) => {
    expect(onTimeAt(record(fields), NOVEMBER, days, CHOSEN)?.by).toBe(by)
  })
})

function asked(...requested: string[]): string {
  return JSON.stringify(requested.map((day) => ({ requestedAt: at(day), completedAt: at(day) + DAY, newDueAt: null })))
}

describe('the open dossier', () => {
  test('is late a millisecond after its due instant, by date from the next day, and only once the tick is there', () => {
    const open = record({})
    const due = at('2024-11-11T15:00')
    expect(entriesOf(open, days, due, CHOSEN)).toEqual({ late: null, end: null })
    expect(nextChange(open, days, due, CHOSEN)).toBe(due + 1)
    expect(entriesOf(open, days, due + 1, CHOSEN).late).toEqual({ from: due + 1, to: null })
    expect(nextChange(open, days, due + 1, CHOSEN)).toBeNull()
    const byDate: OnTimeChoices = { ...CHOSEN, onTimeCompare: 'date' }
    expect(nextChange(open, days, due + 1, byDate)).toBe(at('2024-11-12'))
    expect(entriesOf(open, days, endOf('2024-11-11'), byDate).late).toBeNull()
    expect(entriesOf(open, days, at('2024-11-12'), byDate).late).toEqual({ from: at('2024-11-12'), to: null })
  })

  test('waits for nothing that time alone could bring: pending in time, ended, without limit, outside', () => {
    const pending = { status: 5, status_at: at('2024-11-08T09:00') }
    for (const fields of [pending, { status: 9, ended_at: at('2024-11-10') }, { due_at: null }, { status: 1 }])
      expect(nextChange(record(fields), days, at('2024-11-09'), CHOSEN)).toBeNull()
  })

  test('answered after three days it is late three days later', () => {
    const answered = record({
      supplements: JSON.stringify([
        { requestedAt: at('2024-11-06T09:00'), completedAt: at('2024-11-09T09:00'), newDueAt: null },
      ]),
    })
    expect(nextChange(answered, days, at('2024-11-09T10:00'), CHOSEN)).toBe(at('2024-11-14T15:00') + 1)
  })
})

// Few instants, so that they meet: hours of twelve days, midnights and last instants among them.
const START = at('2024-11-01')
const instant = fc.oneof(
  fc.integer({ min: 0, max: 12 * 24 }).map((hour) => START + hour * 3_600_000),
  fc.integer({ min: 0, max: 12 }).map((day) => START + day * DAY - 1),
)
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null })
const precision = fc.constantFrom('second', 'day')
const supplement = fc.record({
  requestedAt: maybe(instant),
  completedAt: maybe(instant),
  newDueAt: fc.option(instant, { nil: null, freq: 2 }),
})
const timed: fc.Arbitrary<Timed> = fc
  .record({
    counted: fc.constantFrom(1, 1, 1, 1, 1, 0),
    deleted: fc.constantFrom(0, 0, 0, 0, 0, 1),
    status: fc.integer({ min: 1, max: 10 }),
    status_at: maybe(instant),
    status_seen_at: instant,
    received_at: fc.option(instant, { nil: null, freq: 12 }),
    due_at: fc.option(instant, { nil: null, freq: 6 }),
    due_precision: precision,
    due_printed_at: maybe(instant),
    ended_at: instant,
    ended_precision: precision,
    supplements: maybe(fc.array(supplement, { maxLength: 3 }).map((list) => JSON.stringify(list))),
    reappointments: maybe(instant.map((to) => JSON.stringify([{ to }]))),
  })
  .map((made) => {
    const terminal = [3, 7, 8, 9, 10].includes(made.status)
    const midnight = made.ended_precision === 'day' ? at(days.dayOf(made.ended_at)) : made.ended_at
    return { ...made, ended_at: terminal ? midnight : null }
  })
const choices: fc.Arbitrary<OnTimeChoices> = fc.record({
  onTimeCompare: fc.constantFrom('instant', 'date'),
  refused: fc.constantFrom('outside', 'counted'),
  movedDue: fc.constantFrom('as-printed', 'shifted-again'),
  noLimit: fc.constantFrom('on-time', 'late'),
})

describe('the summable form', () => {
  test('equals the rule as written at every period end up to the tick', () => {
    const seen = { outside: 0, onTime: 0, late: 0 }
    fc.assert(
      fc.property(timed, instant, instant, choices, (one, a, b, chosen) => {
        const [periodEnd, tick] = a <= b ? [a, b] : [b, a]
        const direct = onTimeAt(one, periodEnd, days, chosen)?.onTime ?? null
        seen[direct === null ? 'outside' : direct ? 'onTime' : 'late']++
        expect(bySum(one, periodEnd, tick, chosen)).toBe(direct)
      }),
      { numRuns: 20_000 },
    )
    // A generator that only makes one kind of dossier would prove little.
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(1000)
  })

  test('changes by time alone at nextChange, at no instant before it, and never after', () => {
    fc.assert(
      fc.property(timed, instant, instant, choices, (one, a, b, chosen) => {
        const [from, to] = a <= b ? [a, b] : [b, a]
        const next = nextChange(one, days, from, chosen)
        const changed = next !== null && next <= to
        const [before, after] = [entriesOf(one, days, from, chosen), entriesOf(one, days, to, chosen)]
        if (!changed) return void expect(after).toEqual(before)
        expect(entriesOf(one, days, next - 1, chosen)).toEqual(before)
        expect(entriesOf(one, days, next, chosen)).not.toEqual(before)
        expect(entriesOf(one, days, next, chosen)).toEqual(after)
        expect(nextChange(one, days, next, chosen)).toBeNull()
      }),
      { numRuns: 20_000 },
    )
  })
})
