/** Points of a figure of QĐ 766 from what its components count: by the rules of the period, never from what is not held. */

import type { AgencyKind, Indicator } from '../catalogue/indicator.ts'
import { componentIndicator } from '../catalogue/qd766.ts'
import { componentOf, type Rules } from './rules.ts'
import { type ComponentScore, groupScores, type Input, type Parts, scoreComponent, totalOf } from './score.ts'

export interface Points {
  /** null: nothing to count on */
  value: number | null
  /** of a group and the total: points, and the most that there are */
  numerator: number
  denominator: number
  standing: string | null
}
/** What a component counts; null: something that it counts is not held. */
export type Counted = (component: Indicator) => Parts | null

/** null: an input is not held, or there were no rules for the period. */
export function pointsOf(indicator: Indicator, rules: Rules | null, kind: AgencyKind, counted: Counted): Points | null {
  const { numerator: term, score } = indicator
  if (rules === null) return null
  if (score) {
    const { state, score: value } = scored(indicator, rules, kind, counted)
    const parts = counted(indicator)
    return state === 'insufficient' || parts === null ? null : { value, ...parts, standing: null }
  }
  if (term.of !== 'points') return null
  const { group: only } = term
  const own = rules.components.filter(({ group }) => only === null || only === group)
  const scores = own.map((rule) => {
    const one = componentIndicator(rule.id)
    // what is only followed has no points to miss
    return one ? scored(one, rules, kind, counted) : scoreComponent(rule, null)
  })
  const groups = groupScores(rules, scores)
  if (only !== null) {
    const group = groups.find(({ code }) => code === only)
    return group?.score == null ? null : { ...summed(group.score, group.max), standing: null }
  }
  const total = totalOf(rules, groups)
  if (total.score === null) return null
  const standing = rules.classes.find(({ id }) => id === total.class)?.standing ?? null
  return { ...summed(total.score, total.max), standing }
}

const summed = (points: number, max: number) => ({ value: points, numerator: points, denominator: max })

/** Points of one component, with its state. */
function scored(indicator: Indicator, rules: Rules, kind: AgencyKind, counted: Counted): ComponentScore {
  const rule = componentOf(rules, indicator.score?.component ?? '')
  const scope = { level: kind === 'province' ? 'province' : 'unit', oneProcedure: false } as const
  return scoreComponent(rule, inputOf(indicator, rule.factor !== null, counted), scope)
}

function inputOf(indicator: Indicator, multiplied: boolean, counted: Counted): Input | null {
  const parts = counted(indicator)
  if (parts === null || !multiplied) return parts
  const times = componentIndicator(indicator.score?.times ?? '')
  return { ...parts, sync: times ? counted(times) : null }
}

/** The most points that a figure can have; null: it has none, or the rules do not know it. */
export function mostPoints({ score, numerator }: Indicator, rules: Rules | null): number | null {
  if (rules === null) return null
  if (score) return rules.components.find(({ id }) => id === score.component)?.max ?? null
  if (numerator.of !== 'points') return null
  const { group } = numerator
  return rules.groups.reduce((sum, { code, max }) => (group === null || group === code ? sum + max : sum), 0)
}
