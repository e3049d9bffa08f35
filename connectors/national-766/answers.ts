/**
 * What the national portal's evaluation interface answers, taken apart: one record per unit and component, group or total. Two shapes: units
 * with `metrics` (`overview`, `evaluation`), and units with named counts (`parent`, `children`). null is not 0 and stays null.
 */

type Item = Readonly<Record<string, unknown>>
const isItem = (value: unknown): value is Item => typeof value === 'object' && value !== null && !Array.isArray(value)
const itemsOf = (value: unknown): readonly Item[] => (Array.isArray(value) ? value.filter(isItem) : [])

/** Metric → component of QĐ 766 and its group. What is not listed keeps the portal's own code. */
const METRICS: Readonly<Record<string, readonly [component: string, group: string]>> = {
  PUBLISH_ON_TIME: ['1.1', 'CKMB'],
  PUBLIC_UPDATE_ON_TIME: ['1.2', 'CKMB'],
  PUBLIC_CONTENT_FULL: ['1.3', 'CKMB'],
  DOSSIER_SYNC: ['1.4', 'CKMB'],
  ORIGINAL_RESULT_AVAILABLE: ['4.1', 'MDSH'],
  SO_HOA_GIAY_TO_GIAI_QUYET: ['4.2', 'MDSH'],
  ELECTRONIC_CERTIFIED_COPY: ['certified-copy', 'MDSH'],
  REUSED_DIGITIZED_DATA: ['4.3', 'MDSH'],
  SYNCED_WITH_DVCQG_PERSONAL_STORAGE: ['4.4', 'MDSH'],
  CITIZEN_DATA_CONNECTED_FORMALITY: ['4.5a', 'MDSH'],
  CITIZEN_DATA_CONNECTED_DOSSIER: ['4.5b', 'MDSH'],
  PETITION_CLASSIFICATION_TTHC: ['5.1', 'MDHL'],
  PETITION_CLASSIFICATION_STAFF: ['5.1-staff', 'MDHL'],
  PETITION_PROCESSING_ON_TIME: ['5.2', 'MDHL'],
  PETITION_HANDLING_SATISFACTION: ['5.3', 'MDHL'],
  DOSSIER_RECEIVING_SATISFACTION: ['5.4', 'MDHL'],
}
/** Counts that stand in a unit without points of their own, by the group whose answer it is. */
const COUNTS: Readonly<
  Record<string, readonly (readonly [component: string, above: readonly string[], below: string])[]>
> = {
  CLGQ: [
    ['3.1', ['partialCount', 'fullCount'], 'authorityCount'],
    ['3.2', ['onlineDossierCount'], 'onlineServiceTotal'],
    ['3.3', ['channelOnlineSum'], 'channelTotalSum'],
  ],
  TTTT: [
    ['3.5', ['totalFeeDossierFormality'], 'totalFeeFormality'],
    ['3.5b', ['totalDossierOnlineFormalityPaymentSuccess'], 'totalFeeFormality'],
    ['3.6', ['totalDossierOnlinePaymentSuccess'], 'totalDossierFinancialObligation'],
  ],
}
/** By what only its own answer has: `dvc-progress-tree`, `provide-online-tree`, `formality-online-payment-tree`. */
const TREES: readonly (readonly [field: string, group: string])[] = [
  ['totalReceived', 'TDGQ'],
  ['authorityCount', 'CLGQ'],
  ['totalFeeFormality', 'TTTT'],
]

export interface Asked {
  /** as the period is called here: 2026-08, 2026-Q3, 2026 */
  period: string
  /** ISO instant at which the portal said so */
  stated: string
}

/** Every figure of one answer; `data` is what stands there. */
export function figuresOf(data: Item, asked: Asked): Item[] {
  const measured = [data.overview, ...itemsOf(data.evaluation)].filter(isItem)
  if (measured.length > 0)
    return measured.flatMap((unit) => (isItem(unit.groupScores) ? ofTotals(unit, asked) : ofMetrics(unit, asked)))
  const { parent } = data
  const group = isItem(parent) ? TREES.find(([field]) => field in parent)?.[1] : undefined
  const units = [parent, ...itemsOf(data.children)].filter(isItem)
  return group === undefined ? [] : units.flatMap((unit) => ofCounts(unit, group, asked))
}

/** The units of an answer that name their code. */
export const unitsOf = (data: Item): Item[] =>
  [data.overview, data.parent, ...itemsOf(data.evaluation), ...itemsOf(data.children)]
    .filter(isItem)
    .filter(({ departmentCode }) => typeof departmentCode === 'string' && departmentCode !== '')
    .map(({ departmentId, departmentCode, departmentName }) => ({ departmentId, departmentCode, departmentName }))

function ofMetrics(unit: Item, asked: Asked): Item[] {
  const metrics = itemsOf(unit.metrics)
  const group = metrics.map(({ code }) => METRICS[String(code)]?.[1]).find((found) => found !== undefined)
  const found = metrics.map(({ code, numerator, denominator, ratio, score, maxScore }) =>
    figure(unit, asked, METRICS[String(code)]?.[0] ?? String(code), { numerator, denominator, ratio, score, maxScore }),
  )
  return group === undefined ? found : [...found, groupOf(unit, group, asked)]
}

function ofCounts(unit: Item, group: string, asked: Asked): Item[] {
  const found = (COUNTS[group] ?? []).flatMap(([component, above, below]) => {
    // the units below the province come without counts
    if (![...above, below].some((field) => field in unit)) return []
    const parts = above.map((field) => unit[field])
    const numerator = parts.every((part) => typeof part === 'number') ? parts.reduce((a, b) => a + b, 0) : null
    return [figure(unit, asked, component, { numerator, denominator: unit[below] })]
  })
  if (group === 'TDGQ') {
    const { totalOnTime: numerator, totalReceived: denominator, ratio } = unit
    const [score, maxScore] = [unit.score ?? unit.totalScore, unit.maxScore ?? unit.totalMaxScore]
    found.push(figure(unit, asked, '2.1', { numerator, denominator, ratio, score, maxScore }))
  }
  return [...found, groupOf(unit, group, asked)]
}

const groupOf = (unit: Item, group: string, asked: Asked): Item =>
  figure(unit, asked, group, {
    ratio: unit.ratio,
    score: unit.totalScore ?? unit.score,
    maxScore: unit.totalMaxScore ?? unit.maxScore,
  })

/** Its groups stand in answers of their own, with their maxima: told twice, they could differ by a rounding and would change every night. */
const ofTotals = (unit: Item, asked: Asked): Item[] => [figure(unit, asked, 'total', { score: unit.totalScore })]

const figure = (unit: Item, { period, stated }: Asked, component: string, figures: Item): Item => ({
  departmentId: unit.departmentId,
  departmentCode: unit.departmentCode ?? null,
  period,
  component,
  numerator: figures.numerator ?? null,
  denominator: figures.denominator ?? null,
  ratio: figures.ratio ?? null,
  score: figures.score ?? null,
  maxScore: figures.maxScore ?? null,
  stated,
})
