/** Figures of parts of the dossiers, as they are told or were known: computed when asked for, with no revision. */
import type { Reader } from '../warehouse/open.ts'
import { sourceStates } from '../warehouse/source-status.ts'
import { countingDay, loadBasis } from './basis.ts'
import { askParts, type Breakdown, namesOf, type Part } from './breakdown.ts'
import { getIndicator } from './catalogue/index.ts'
import { heldCells } from './cell-source.ts'
import { knownCells, restsAt } from './known.ts'
import { countedBy } from './known-dossiers.ts'
import { parsePeriod } from './periods.ts'
import { lineage } from './places.ts'
import { countsAnyOf, type DatedFigure, figureRow, findAgencies, type IndicatorQuery, withFreshness } from './read.ts'
import { loadRests } from './sources-of.ts'
import { currentTick } from './tick.ts'

/** A figure with what its part is called, where it has a name. */
export interface NamedFigure extends DatedFigure {
  part: Part
}
export interface PartQuery extends Pick<IndicatorQuery, 'agencies' | 'language' | 'known'> {
  indicators: readonly string[]
  periods: readonly string[]
  breakdown: Breakdown
}

/**
 * In the order asked for: by indicator, period and agency (without one the province), then the parts by their codes, all of them together last.
 * Throws PERIOD_UNKNOWN, UNKNOWN_NAME, or NOT_COUNTED for an indicator that has no such parts.
 */
export async function readParts(db: Reader, query: PartQuery, zone: string): Promise<NamedFigure[]> {
  const indicators = query.indicators.map((id) => getIndicator(id))
  const periods = query.periods.map((text) => parsePeriod(text))
  const { breakdown, known } = query
  const basis = await loadBasis(db, known?.tickAt ?? (await currentTick(db)) ?? 0, zone, known?.landing ?? null)
  const asked =
    query.agencies?.flatMap((text) => findAgencies(basis, text)) ??
    [...basis.agencies.values()].filter(({ kind }) => kind === 'province')
  const agencies = [...new Set(asked.flatMap((agency) => lineage(basis.agencies, agency)))]
  const cells = known ? knownCells(db, known, zone, countedBy(indicators)) : heldCells(db, basis.tickAt, zone)
  const rests = known ? (await restsAt(db, basis, known)).rests : await loadRests(db, basis, await sourceStates(db))
  const figures = await askParts(basis, cells, rests, {
    indicators,
    agencies,
    periods,
    breakdown,
  })
  const rows = figures
    .map((figure) => ({ figure, row: figureRow(figure, basis, query.language ?? 'vi') }))
    .filter(({ row }) => countsAnyOf(basis, asked, row))
  const dated = await withFreshness(
    db,
    rows.map(({ figure, row }) => ({ ...row, ...(hasPart(figure.breakdown) ? { breakdown: figure.breakdown } : {}) })),
    [],
  )
  return dated
    .map((one, i) => ({ ...one, figure: rows[i]?.figure }))
    .sort((a, b) => order(indicators, a) - order(indicators, b))
    .map(({ figure, ...one }) => {
      const part = figure?.breakdown ?? {}
      return { ...one, part: figure ? named(part, namesOf(basis, countingDay(basis, figure.period))) : part }
    })
}

const hasPart = (part: Part) => Object.keys(part).length > 0
const order = (indicators: readonly { id: string }[], { row }: DatedFigure) =>
  indicators.findIndex(({ id }) => id === row.indicator)

function named(part: Part, nameOf: ReturnType<typeof namesOf>): Part {
  const { procedure, field } = part
  return {
    ...(procedure === undefined ? {} : { procedure: nameOf('procedure', procedure) }),
    ...(field === undefined ? {} : { field: nameOf('field', field) }),
  }
}
