/**
 * The scoring rules of QĐ 766/QĐ-TTg (DOMAIN §1): dated rule sets in data/reference/qd766.json. The published formulas contradict
 * themselves in places; each such place is an option of the set, with the chosen reading and why. Pure but for the schema, read once.
 */
import { join } from 'node:path'
import { CHECKOUT } from '../../config.ts'
import { type Check, checker, invalid, readJsonFile, suggestion } from '../../config-check.ts'
import type { ScoringComponent, ScoringFile, ScoringRuleSet } from '../../schemas.generated.ts'

type Options = ScoringRuleSet['options']
/** The reading of each option that holds. */
export type Choices = { readonly [name in keyof Options]: Options[name]['chosen'] }
export type GroupCode = ScoringRuleSet['groups'][number]['code']
/** A component as the chosen options leave it. */
export type Component = Omit<ScoringComponent, 'by' | 'factor'> & { factor: 'sync-ratio' | null }

export interface Rules extends Omit<ScoringRuleSet, 'components' | 'options'> {
  components: readonly Component[]
  choices: Choices
}

let schemaCheck: Check | undefined

/** The rules in `value`, as read from `file`. Throws CONFIG_INVALID with the place in it. */
export function checkRules(value: unknown, file: string): ScoringFile {
  schemaCheck ??= checker(
    readJsonFile(join(CHECKOUT, 'schemas', 'config', 'qd766.schema.json'), 'qd766') as Record<string, unknown>,
  )
  schemaCheck(value, file)
  const rules = value as ScoringFile
  for (const [i, set] of rules.sets.entries()) {
    const wrong = (path: string, problem: string) => invalid(file, `sets[${i}].${path}`, problem)
    if (set.validTo !== null && set.validTo <= set.validFrom) throw wrong('validTo', 'must be after validFrom')
    const before = rules.sets.slice(0, i).find((other) => overlap(other, set))
    if (before) throw wrong('validFrom', `lies within the set "${before.id}"`)
    checkSums(set, wrong)
    checkClasses(set, wrong)
    checkOverrides(set, wrong)
  }
  return rules
}

type Wrong = (path: string, problem: string) => Error

const overlap = (a: ScoringRuleSet, b: ScoringRuleSet): boolean =>
  (a.validTo === null || b.validFrom < a.validTo) && (b.validTo === null || a.validFrom < b.validTo)

/** Points are handed out twice, by component and by group, and both must say the same. */
function checkSums({ groups, components, displays }: ScoringRuleSet, wrong: Wrong): void {
  const maxima = new Map<string, number>()
  for (const [i, { code, max }] of groups.entries()) {
    if (maxima.has(code)) throw wrong(`groups[${i}].code`, 'stands twice')
    maxima.set(code, max)
    const sum = components.reduce((points, one) => (one.group === code ? points + one.max : points), 0)
    if (sum !== max) throw wrong(`groups[${i}].max`, `is ${max}, but its components have ${sum} points`)
  }
  const ids = new Set<string>()
  for (const [i, { id, group }] of components.entries()) {
    if (ids.has(id)) throw wrong(`components[${i}].id`, 'stands twice')
    if (!maxima.has(group)) throw wrong(`components[${i}].group`, 'is not one of the groups')
    ids.add(id)
  }
  for (const [name, rows] of Object.entries(displays)) {
    const left = new Map(maxima)
    for (const [i, row] of rows.entries()) {
      let sum = 0
      for (const [j, code] of row.groups.entries()) {
        const path = `displays.${name}[${i}].groups[${j}]`
        if (!maxima.has(code)) throw wrong(path, `is not a group${suggestion(code, [...maxima.keys()])}`)
        if (!left.delete(code)) throw wrong(path, 'stands twice')
        sum += maxima.get(code) ?? 0
      }
      if (sum !== row.max) throw wrong(`displays.${name}[${i}].max`, `is ${row.max}, but its groups have ${sum} points`)
    }
    if (left.size > 0) throw wrong(`displays.${name}`, `leaves out ${[...left.keys()].join(', ')}`)
  }
}

function checkClasses({ classes }: ScoringRuleSet, wrong: Wrong): void {
  for (const [i, { from }] of classes.entries()) {
    const above = classes[i - 1]
    if (above && from >= above.from) throw wrong(`classes[${i}].from`, 'must be below that of the class before it')
  }
  if (classes.at(-1)?.from !== 0) throw wrong(`classes[${classes.length - 1}].from`, 'must be 0 for the last class')
}

function checkOverrides({ components, options }: ScoringRuleSet, wrong: Wrong): void {
  for (const [i, { by, id }] of components.entries()) {
    if (!by) continue
    const option = options[by.option]
    if (option.component !== id)
      throw wrong(`components[${i}].by.option`, `is an option of ${option.component}, not of ${id}`)
    const known = Object.keys(option.means)
    for (const choice of Object.keys(by.when))
      if (!known.includes(choice))
        throw wrong(`components[${i}].by.when.${choice}`, `is not a choice of it${suggestion(choice, known)}`)
  }
}

/** The rules that score a period which begins on `date` (YYYY-MM-DD), null before the first; `choices` puts other readings in place of the chosen ones. */
export function rulesOn(file: ScoringFile, date: string, choices: Partial<Choices> = {}): Rules | null {
  const set = file.sets.find(({ validFrom, validTo }) => validFrom <= date && (validTo === null || date < validTo))
  if (!set) return null
  const chosen = Object.fromEntries(Object.entries(set.options).map(([name, option]) => [name, option.chosen]))
  const all = { ...chosen, ...choices } as Choices
  return { ...set, choices: all, components: set.components.map((component) => resolve(component, all)) }
}

function resolve({ by, ...component }: ScoringComponent, choices: Choices): Component {
  return { ...component, factor: component.factor ?? null, ...(by ? by.when[choices[by.option]] : {}) }
}

/** Throws RangeError for an id that the rules do not have: ids come from code. */
export function componentOf(rules: Rules, id: string): Component {
  const component = rules.components.find((one) => one.id === id)
  if (!component) throw new RangeError(`rule set ${rules.id} has no component ${id}`)
  return component
}
