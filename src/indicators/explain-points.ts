/** What points of QĐ 766 are told from: the portal's own row, the components of a group, the groups of the total. */
import type { Reader } from '../warehouse/open.ts'
import { askFigures } from './ask.ts'
import { countingDay } from './basis.ts'
import type { Indicator } from './catalogue/indicator.ts'
import { componentIndicator, qd766 } from './catalogue/qd766.ts'
import type { Behind, Explained } from './explain-dossiers.ts'
import { isUnsaid } from './figures.ts'
import { presentKnowledge } from './knowledge.ts'
import { knownCells } from './known.ts'
import { countsOf, isRatioAlone, newestOfficial } from './qd766/national.ts'
import { mostPoints, type Points, pointsOf } from './qd766/points.ts'
import type { Parts } from './qd766/score.ts'
import type { RestsOf } from './sources-of.ts'

/** The portal's newest row of a component. */
export interface OfficialBehind extends Behind {
  kind: 'official'
  component: string
  /** epoch ms: when the portal was first seen to say so */
  statedAt: number
  source: string
  /** the run and landing that brought it */
  run: string
  landing: number
}
/** A component or group that is summed. */
export interface PointsBehind extends Behind {
  kind: 'points'
  indicator: string
  name: string
  /** null: nothing to count on, or an input is missing */
  points: number | null
  max: number
  /** what its points are told from; null where an input is missing */
  numerator: number | null
  denominator: number | null
}

/** The portal's row of a component, as it is or was known; null where there is none, or it says neither counts nor ratio. */
export async function officialBehind(
  db: Reader,
  { agency, period, known }: Explained,
  { numerator: term }: Indicator,
  language: 'vi' | 'en',
): Promise<OfficialBehind | null> {
  if (term.of !== 'official') return null
  const { component, rule } = term
  const asked = { components: [component], agencies: [agency.key], periods: [period.text] }
  const [row] = (await newestOfficial(db, { ...asked, known: known?.landing ?? null })).values()
  const counts = row ? countsOf(row) : null
  if (!row || !counts) return null
  return {
    kind: 'official',
    component,
    statedAt: row.stated_at,
    source: row.source,
    run: row.run,
    landing: row.known_from,
    role: 'numerator',
    rule: isRatioAlone(row) ? `${rule[language]}: ${RATIO_ALONE[language]}` : rule[language],
    above: counts.numerator,
    below: counts.denominator,
  }
}

const RATIO_ALONE = { vi: 'chỉ công bố tỷ lệ, không có số đếm', en: 'its ratio, published without counts' }

/** Points of a component from what its records count; null where something that it counts is not held. */
export async function componentPoints(
  db: Reader,
  explained: Explained,
  indicator: Indicator,
  counted: Parts,
  official: boolean,
): Promise<Points | null> {
  const { basis, agency, period } = explained
  const procedures = basis.proceduresOn(countingDay(basis, period))
  const terms = indicator.denominator ? [indicator.numerator, indicator.denominator] : [indicator.numerator]
  if (terms.some((term) => isUnsaid(term, procedures) || (term.of === 'official' && !official))) return null
  const times = componentIndicator(indicator.score?.times ?? '')
  const row = times && (await officialBehind(db, explained, times, 'vi'))
  const share = row ? { numerator: row.above, denominator: row.below ?? 0 } : null
  const countOf = (one: Indicator) => (one === indicator ? counted : share)
  return pointsOf(indicator, basis.rulesOn(period.firstDay), agency.kind, countOf)
}

/** The components of a group, or the groups of the total, and their sum: recomputed from all records, whatever the sources let be said. */
export async function pointsBehind(
  db: Reader,
  { basis, agency, period, known, by }: Explained,
  indicator: Indicator,
  language: 'vi' | 'en',
): Promise<{ points: Points | null; records: PointsBehind[] }> {
  const { numerator: term } = indicator
  if (term.of !== 'points') return { points: null, records: [] }
  const parts = qd766.filter(({ score, numerator }) =>
    term.group === null ? numerator.of === 'points' && numerator.group !== null : score?.group === term.group,
  )
  const cells = knownCells(db, known ?? (await presentKnowledge(db)), basis.zone, by)
  const asked = { indicators: [indicator, ...parts], agencies: [agency], periods: [period] }
  const figures = new Map((await askFigures(basis, cells, ALL_READ, asked)).map((one) => [one.indicator.id, one]))
  const rules = basis.rulesOn(period.firstDay)
  const sum = figures.get(indicator.id)
  const whole = sum?.numerator != null
  const records = parts.flatMap((one): PointsBehind[] => {
    const found = figures.get(one.id)
    const max = mostPoints(one, rules) ?? 0
    if (!found) return []
    return [
      {
        kind: 'points',
        indicator: one.id,
        name: one.names[language],
        points: found.value,
        max,
        numerator: found.numerator,
        denominator: found.denominator,
        role: 'numerator',
        rule: term.rule[language],
        // where one is missing there is no sum that another adds to
        above: whole ? (found.value ?? 0) : 0,
        below: whole ? max : 0,
      },
    ]
  })
  const { value = null, numerator = null, denominator = null, standing = null } = sum ?? {}
  const points = numerator === null || denominator === null ? null : { value, numerator, denominator, standing }
  return { points, records }
}
const ALL_READ: RestsOf = () => ({
  names: [],
  sources: [],
  json: '[]',
  states: '',
  fed: true,
  whole: true,
  held: false,
  freshUntil: null,
})
