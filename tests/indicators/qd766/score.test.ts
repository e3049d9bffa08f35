/** Points by the rules of data/reference/qd766.json: every component of DOMAIN §1.3, group, total, class, rounding. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type CalendarData, makeCalendar } from '../../../src/indicators/deadlines.ts'
import {
  announcedOnTime,
  procedureParts,
  publishedOnTime,
  receivingSatisfaction,
  syncDenominator,
} from '../../../src/indicators/qd766/parts.ts'
import { percentText, pointsText, roundHalfUp } from '../../../src/indicators/qd766/rounding.ts'
import { type Choices, checkRules, componentOf, rulesOn } from '../../../src/indicators/qd766/rules.ts'
import {
  displayRows,
  groupScores,
  type Input,
  scoreAll,
  scoreComponent,
  totalOf,
} from '../../../src/indicators/qd766/score.ts'
import { PERCENTS, ROUNDED, SCORE_CASES } from './score-cases.ts'

const reference = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../../data/reference/${name}.json`, import.meta.url), 'utf8'))
const FILE = checkRules(reference('qd766'), 'data/reference/qd766.json')
const calendar = makeCalendar(reference('calendar') as CalendarData)
const on = (options?: Readonly<Record<string, string>>) => {
  const rules = rulesOn(FILE, '2026-08-01', options as Partial<Choices>)
  if (!rules) throw new Error('no rules in August 2026')
  return rules
}
const RULES = on()

describe('components', () => {
  test.each(SCORE_CASES)(
    '$id $says',
    ({ id, numerator, denominator, sync, options, oneProcedure, unit, score, state }) => {
      const input: Input = { numerator, denominator, ...(sync === undefined ? {} : { sync }) }
      const scope = { level: unit ? 'unit' : 'province', oneProcedure: oneProcedure ?? false } as const
      const found = scoreComponent(componentOf(on(options), id), input, scope)
      expect(found.state).toBe(state ?? 'ok')
      if (score === null) expect(found.score).toBeNull()
      else expect(found.score).toBeCloseTo(score, 12)
    },
  )

  test('each has a case, and none is 0 for want of its inputs', () => {
    const tried = new Set(SCORE_CASES.map(({ id }) => id))
    expect(RULES.components.filter(({ id }) => !tried.has(id))).toEqual([])
    for (const component of RULES.components.filter(({ scored }) => scored))
      expect([component.id, scoreComponent(component, null)]).toMatchObject([
        component.id,
        { state: 'insufficient', score: null },
      ])
  })

  test('a misspelt component is our own mistake', () => {
    expect(() => scoreAll(RULES, new Map([['9.9', { numerator: 1, denominator: 1 }]]))).toThrow(RangeError)
  })
})

describe('what is not simply counted', () => {
  const c = (id: string, options?: Record<string, string>) => componentOf(on(options), id)
  test('1.1: decided 5 working days before the effective date', () => {
    // Mon 14 October 2024 − 5 working days: Mon 7 October
    expect(announcedOnTime('2024-10-07', '2024-10-14', c('1.1'), calendar)).toBe(true)
    expect(announcedOnTime('2024-10-08', '2024-10-14', c('1.1'), calendar)).toBe(false)
  })
  test('1.2: published 5 working days after the decision at the latest; the other sign is an option', () => {
    // Wed 7 February 2024 + 5 working days over Tết (8 to 14 February): 15, 16, 19, 20, 21 February
    expect(publishedOnTime('2024-02-21', '2024-02-07', c('1.2'), calendar)).toBe(true)
    expect(publishedOnTime('2024-02-22', '2024-02-07', c('1.2'), calendar)).toBe(false)
    const before = c('1.2', { updateSign: 'before' })
    // Wed 7 February − 5 working days: Wed 31 January
    expect(publishedOnTime('2024-01-31', '2024-02-07', before, calendar)).toBe(true)
    expect(publishedOnTime('2024-02-01', '2024-02-07', before, calendar)).toBe(false)
  })
  test('1.1, 1.2: a procedure counts once, and one late instance makes it late: A late, B on time, so 1 of 2', () => {
    const instances = [
      { procedure: 'A', onTime: true },
      { procedure: 'B', onTime: true },
      { procedure: 'A', onTime: false },
      { procedure: 'A', onTime: true },
    ]
    expect(procedureParts(instances)).toEqual({ numerator: 1, denominator: 2 })
    expect(procedureParts([])).toEqual({ numerator: 0, denominator: 0 })
  })
  test.each([
    ['the greater of both counts', { reported: 100, onPortal: 120, lastYear: 9 }, 1, 120],
    ['one of them 0', { reported: 0, onPortal: 7, lastYear: 1200 }, 1, 7],
    ['both 0: a month is a twelfth of last year', { reported: 0, onPortal: 0, lastYear: 1200 }, 1, 100],
    ['a quarter is a fourth', { reported: 0, onPortal: 0, lastYear: 1200 }, 3, 300],
    ['a year is the whole', { reported: 0, onPortal: 0, lastYear: 1200 }, 12, 1200],
    ['no last year either', { reported: 0, onPortal: 0, lastYear: null }, 1, 0],
  ])('1.4 denominator: %s', (_, counts, months, expected) => {
    expect(syncDenominator(counts, months)).toBe(expected)
  })
  test('5.4: 100 % − (5 % overdue + 1 of 50 disliked = 2 %) = 93 %, of the common denominator 100 × 50', () => {
    const parts = receivingSatisfaction({ numerator: 5, denominator: 100 }, { numerator: 1, denominator: 50 })
    expect(parts).toEqual({ numerator: 4650, denominator: 5000 })
    // 93 % is over 90 %
    expect(scoreComponent(c('5.4'), parts).score).toBe(6)
    const worse = receivingSatisfaction({ numerator: 70, denominator: 100 }, { numerator: 35, denominator: 100 })
    expect(scoreComponent(c('5.4'), worse).score).toBe(0)
    const none = receivingSatisfaction({ numerator: 0, denominator: 0 }, { numerator: 0, denominator: 0 })
    expect(scoreComponent(c('5.4'), none)).toMatchObject({ state: 'ok', score: 0 })
  })
})

describe('groups, total and class', () => {
  const share =
    (n: number) =>
    (id: string): [string, Input] => [id, { numerator: n, denominator: 100, sync: { numerator: 1, denominator: 1 } }]
  const scored = RULES.components.filter((component) => component.scored).map(({ id }) => id)
  const judged = (inputs: ReadonlyMap<string, Input>) => {
    const groups = groupScores(RULES, scoreAll(RULES, inputs))
    return { groups, total: totalOf(RULES, groups) }
  }
  const all = (n: number) => new Map(scored.map(share(n)))

  test('everything at 100 %: the maxima of §1.1, 100 points, Xuất sắc', () => {
    const { groups, total } = judged(all(100))
    expect(groups.map(({ code, score }) => [code, score])).toEqual([
      ['CKMB', 18],
      ['TDGQ', 20],
      ['CLGQ', 12],
      ['TTTT', 10],
      ['MDSH', 22],
      ['MDHL', 18],
    ])
    expect(total).toEqual({ state: 'ok', score: 100, max: 100, class: 'excellent', missing: [] })
    expect(displayRows(RULES, groups, 'decision').map(({ score, max }) => [score, max])).toEqual([
      [18, 18],
      [20, 20],
      [22, 22],
      [22, 22],
      [18, 18],
    ])
    expect(displayRows(RULES, groups, 'portal').map(({ max }) => max)).toEqual([18, 20, 12, 10, 22, 18])
  })

  test('everything at 40 %, by hand', () => {
    const { groups, total } = judged(all(40))
    // CKMB 18 × 0.4 = 7.2; TDGQ 8; CLGQ 2 × 0.5 + 4 × 0.4 + 6 × 0.8 = 7.4; TTTT 1 + 1 + 2.4 = 4.4;
    // MDSH 20 × 0.4 + 2 × 0.5 = 9; MDHL 2.4 + 2.4 + 6 × 0.4/0.9 = 7.466…
    const expected = [7.2, 8, 7.4, 4.4, 9, 4.8 + 24 / 9]
    for (const [i, { score }] of groups.entries()) expect(score).toBeCloseTo(expected[i] ?? 0, 8)
    // 7.2 + 8 + 7.4 + 4.4 + 9 + 7.4667 = 43.4667: Yếu
    expect(total.score).toBeCloseTo(43.466666667, 8)
    expect(total.class).toBe('weak')
  })

  test('one component not held: its group and the total are insufficient and name it, the other groups stand', () => {
    const inputs = all(100)
    inputs.delete('1.3')
    inputs.delete('4.4')
    const { groups, total } = judged(inputs)
    expect(groups.map(({ code, state, score }) => [code, state, score])).toEqual([
      ['CKMB', 'insufficient', null],
      ['TDGQ', 'ok', 20],
      ['CLGQ', 'ok', 12],
      ['TTTT', 'ok', 10],
      ['MDSH', 'insufficient', null],
      ['MDHL', 'ok', 18],
    ])
    expect(total).toEqual({ state: 'insufficient', score: null, max: 100, class: null, missing: ['1.3', '4.4'] })
    expect(displayRows(RULES, groups, 'decision').map(({ score }) => score)).toEqual([null, 20, 22, null, 18])
  })

  test('nothing at all to count: complete all the same, with the full marks of 5.2 and 5.3 only', () => {
    const { groups, total } = judged(new Map(scored.map((id) => [id, { numerator: 0, denominator: 0 }])))
    expect(groups.map(({ score }) => score)).toEqual([0, 0, 0, 0, 0, 12])
    expect(total).toMatchObject({ state: 'ok', score: 12, class: 'weak' })
  })

  test.each([
    [100, 'excellent'],
    [90, 'excellent'],
    [89.995, 'good'],
    [80, 'good'],
    [79.99, 'fair'],
    [70, 'fair'],
    [69.99, 'average'],
    [50, 'average'],
    [49.99, 'weak'],
    [0, 'weak'],
  ])('%s points: %s', (score, name) => {
    const groups = RULES.groups.map(({ code, max }, i) => ({
      code,
      state: 'ok' as const,
      score: i === 0 ? score : 0,
      max,
      missing: [],
    }))
    expect(totalOf(RULES, groups).class).toBe(name)
  })

  test('adding binary fractions does not keep a unit below its class: 11.1 + 19 + 11.7 + 9.3 + 21.1 + 17.8 is 90', () => {
    const scores = [11.1, 19, 11.7, 9.3, 21.1, 17.8]
    const groups = RULES.groups.map(({ code, max }, i) => ({
      code,
      state: 'ok' as const,
      score: scores[i] ?? 0,
      max,
      missing: [],
    }))
    expect(totalOf(RULES, groups)).toMatchObject({ score: 90, class: 'excellent' })
  })
})

describe('rounding is for display only', () => {
  test.each(ROUNDED)('%s → %s', (exact, shown) => {
    expect(roundHalfUp(exact)).toBe(shown)
  })
  test.each(PERCENTS)('%s of %s: %s', (numerator, denominator, shown) => {
    expect(percentText(numerator, denominator)).toBe(shown)
  })
  test('points with a comma', () => {
    expect([15.676404, 6, 0, -0.125, 1.005].map(pointsText)).toEqual(['15,68', '6,00', '0,00', '-0,13', '1,01'])
    expect(() => percentText(1, 0)).toThrow(RangeError)
  })
})
