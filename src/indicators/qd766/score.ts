/**
 * Points of QĐ 766/QĐ-TTg from numerators and denominators. Nothing is rounded here but for display; a component whose inputs are not
 * held is `insufficient`, never 0, and so is every sum that it belongs to.
 */
import { type Component, componentOf, type GroupCode, type Rules } from './rules.ts'

export interface Parts {
  numerator: number
  denominator: number
}
/** What a component is scored from. `sync`: the parts of 1.4, asked only where its ratio multiplies; null: not held. */
export interface Input extends Parts {
  sync?: Parts | null
}
export interface Scope {
  level: 'province' | 'unit'
  /** scored for one procedure only */
  oneProcedure: boolean
}
export const SCORE_STATES = ['ok', 'not-applicable', 'not-scored', 'insufficient'] as const
/**
 * not-applicable: nothing to count on, or not a matter of this scope: no points, and none missing (the portal's null beside a full maximum);
 * not-scored: followed, without points; insufficient: an input is not held.
 */
export type ScoreState = (typeof SCORE_STATES)[number]

export interface ComponentScore {
  id: string
  state: ScoreState
  /** points, unrounded; null unless ok */
  score: number | null
  /** numerator ÷ denominator, times the sync ratio where it multiplies; null without denominator */
  ratio: number | null
  max: number
}
export interface GroupScore {
  code: GroupCode
  state: 'ok' | 'insufficient'
  /** null unless every component is complete */
  score: number | null
  max: number
  /** ids of components that lack an input */
  missing: readonly string[]
}
export interface Total {
  state: 'ok' | 'insufficient'
  score: number | null
  max: number
  /** id of the class, only of a complete total */
  class: string | null
  missing: readonly string[]
}

const PROVINCE: Scope = { level: 'province', oneProcedure: false }

/** `input` null: what the component counts is not held. */
export function scoreComponent(component: Component, input: Input | null, scope: Scope = PROVINCE): ComponentScore {
  const { id, max } = component
  const without = (state: ScoreState, ratio: number | null = null): ComponentScore => ({
    id,
    state,
    score: null,
    ratio,
    max,
  })
  if (!component.at.includes(scope.level) || (scope.oneProcedure && !component.byProcedure))
    return without('not-applicable')
  if (!component.scored) return without('not-scored', input && ratioOf(input))
  if (input === null) return without('insufficient')
  if (input.denominator === 0) {
    if (component.zero === 'not-applicable') return without('not-applicable')
    return { ...without('ok'), score: component.zero === 'full' ? max : 0 }
  }
  if (component.factor === 'sync-ratio' && !input.sync) return without('insufficient')
  const parts = component.factor === 'sync-ratio' && input.sync ? times(input, capped(input.sync)) : input
  return { id, state: 'ok', score: points(component, parts), ratio: ratioOf(parts) ?? 0, max }
}

/** max × r ÷ the ratio that gives all, within 0 and max: one division, so that a threshold is met exactly where it is met. */
function points({ max, fullAtPercent }: Component, { numerator, denominator }: Parts): number {
  if (numerator <= 0 || denominator <= 0) return 0
  const [above, below] = [numerator * 100, denominator * fullAtPercent]
  return above >= below ? max : (max * above) / below
}

const ratioOf = ({ numerator, denominator }: Parts): number | null =>
  denominator === 0 ? null : numerator / denominator
const times = (a: Parts, b: Parts): Parts => ({
  numerator: a.numerator * b.numerator,
  denominator: a.denominator * b.denominator,
})
/** A share: what was synchronised twice does not make more of it than all; nothing to synchronise is ratio 0. */
const capped = ({ numerator, denominator }: Parts): Parts =>
  denominator === 0 ? { numerator: 0, denominator: 1 } : { numerator: Math.min(numerator, denominator), denominator }

/** Every component of the rules, in their order; what `inputs` lacks is not held. */
export function scoreAll(rules: Rules, inputs: ReadonlyMap<string, Input>, scope: Scope = PROVINCE): ComponentScore[] {
  for (const id of inputs.keys()) componentOf(rules, id)
  return rules.components.map((component) => scoreComponent(component, inputs.get(component.id) ?? null, scope))
}

/** The groups of the rules in their order, from the scores of all components. */
export function groupScores(rules: Rules, scores: readonly ComponentScore[]): GroupScore[] {
  const byId = new Map(scores.map((score) => [score.id, score]))
  return rules.groups.map(({ code, max }) => {
    const own = rules.components.filter(({ group }) => group === code).map(({ id }) => ({ id, found: byId.get(id) }))
    const missing = own.filter(({ found }) => !found || found.state === 'insufficient').map(({ id }) => id)
    if (missing.length > 0) return { code, state: 'insufficient', score: null, max, missing }
    return { code, state: 'ok', score: sum(own.map(({ found }) => found?.score ?? 0)), max, missing }
  })
}

/** Points of all groups, and the class they make. */
export function totalOf(rules: Rules, groups: readonly GroupScore[]): Total {
  const max = sum(rules.groups.map((group) => group.max))
  const missing = rules.groups.flatMap(({ code }) => {
    const found = groups.find((group) => group.code === code)
    if (found) return found.missing
    return rules.components.filter(({ group }) => group === code).map(({ id }) => id)
  })
  if (groups.length < rules.groups.length || missing.length > 0)
    return { state: 'insufficient', score: null, max, class: null, missing }
  const score = sum(groups.map((group) => group.score ?? 0))
  return { state: 'ok', score, max, class: classOf(rules, score), missing }
}

/** By the unrounded score: 89.995 is shown as 90.00 and is not yet of the class that begins there. */
export const classOf = ({ classes }: Rules, score: number): string | null =>
  classes.find(({ from }) => score >= from)?.id ?? null

/** The rows of a page: the five groups of the decision or the six of the portal. A row of an insufficient group is insufficient. */
export function displayRows(rules: Rules, groups: readonly GroupScore[], display: 'decision' | 'portal') {
  return rules.displays[display].map(({ groups: codes, max, names }) => {
    const own = codes.map((code) => groups.find((group) => group.code === code))
    const whole = own.every((group) => group?.state === 'ok')
    return { groups: codes, names, max, score: whole ? sum(own.map((group) => group?.score ?? 0)) : null }
  })
}

/** Nine decimals: more than points have, fewer than the errors of adding binary fractions, so that ten times 9.0 reaches 90. */
const sum = (values: readonly number[]): number => Number(values.reduce((a, b) => a + b, 0).toFixed(9))
