/**
 * Figures of one procedure (thủ tục), field (lĩnh vực) or channel (cách nộp), and figures broken down by one of them: computed when asked
 * for, from the same cells narrowed to a part. Periods of months are told from monthly cells; others, and processing times, from records.
 */
import { nearest, PipelineError } from '../errors.ts'
import { figuresOf, lastDayCounted, termsOf } from './ask.ts'
import { type AgencyVersion, type Basis, countingDay, type ProcedureVersion } from './basis.ts'
import type { Indicator } from './catalogue/indicator.ts'
import type { CellReader, CellSource } from './cell-source.ts'
import type { CellSet, Figure } from './compute.ts'
import { needsOf } from './figures.ts'
import { isOfMonths, type Period } from './periods.ts'
import { countedUnder } from './places.ts'
import { buildSeries, type CellMonth, EVERYTHING, makeAxis, WINDOW_AXIS } from './series.ts'
import type { RestsOf } from './sources-of.ts'
import { addWindowEntries, noWindowCells, type PartTime, windowCells } from './window-cells.ts'

export const DIMENSIONS = ['procedure', 'field', 'channel'] as const
export type Dimension = (typeof DIMENSIONS)[number]
/** A part of the dossiers: of one procedure, field or channel, or of several of them together. */
export type Part = Partial<Record<Dimension, string>>
/** `only`: a row for each of these; `by`: a row for every one that has anything, and one for all of them together. */
export interface Breakdown {
  only: Partial<Record<Dimension, readonly string[]>>
  by: Dimension | null
}
/** breakdown: the part it is of; the dimension that is broken down is missing from the row of all of them together */
export interface PartFigure extends Figure {
  breakdown: Part
}
export interface PartAsk {
  indicators: readonly Indicator[]
  agencies: readonly AgencyVersion[]
  periods: readonly Period[]
  breakdown: Breakdown
}

export const CHANNELS = ['online', 'counter', 'post'] as const

type Cell = Pick<CellMonth, 'procedure' | 'channel'>

/** Throws NOT_COUNTED for an indicator that has no such parts, UNKNOWN_NAME for a part that does not exist. */
export async function askParts(basis: Basis, source: CellSource, rests: RestsOf, ask: PartAsk): Promise<PartFigure[]> {
  const { indicators, agencies, periods, breakdown } = ask
  for (const one of indicators) checkParts(one, breakdown)
  checkNames(basis, breakdown, periods)
  const province = agencies.some(({ kind }) => kind === 'province')
  const leaves = agencies.filter(({ kind }) => kind !== 'province').map(({ key }) => key)
  const reader = source(countedUnder(basis.agencies, leaves), province)
  const timed = (one: Indicator) => termsOf(one).some((term) => term.of === 'hours')
  const found: PartFigure[] = []
  for (const period of periods) {
    // Monthly cells keep processing times by agency only.
    const fromRecords = isOfMonths(period) ? indicators.filter(timed) : indicators
    const fromCells = isOfMonths(period) ? indicators.filter((one) => !timed(one)) : []
    for (const [of, load] of [
      [fromCells, monthParts],
      [fromRecords, windowParts],
    ] as const) {
      if (of.length === 0) continue
      const cells = await load(basis, reader, period)
      found.push(...(await partFigures(basis, cells, rests, { ...ask, indicators: of }, period)))
    }
  }
  return found
}

/** Cells of every part, to be narrowed. */
interface PartCells {
  cells: readonly CellMonth[]
  times: readonly PartTime[]
  setOf(cells: readonly CellMonth[], times: readonly PartTime[]): CellSet
}

async function monthParts(basis: Basis, reader: CellReader): Promise<PartCells> {
  const { cells } = await reader.months()
  const first = cells.reduce((least, { month }) => (month < least ? month : least), basis.tickMonth)
  const axis = makeAxis(first, basis.tickMonth)
  return { cells, times: [], setOf: (some) => ({ axis, series: buildSeries(some, axis), window: new Map() }) }
}

async function windowParts(basis: Basis, reader: CellReader, period: Period): Promise<PartCells> {
  const found = noWindowCells()
  for await (const entries of reader.entries(period.firstDay, lastDayCounted(basis, period)))
    addWindowEntries(found, entries, period.firstDay)
  const { cells, times } = windowCells(found)
  return {
    cells,
    times,
    setOf(some, ofThem) {
      const series = buildSeries(some, WINDOW_AXIS, ({ agency }) => agency, ofThem)
      for (const [key, all] of buildSeries(some, WINDOW_AXIS, () => EVERYTHING, ofThem)) series.set(key, all)
      return { axis: WINDOW_AXIS, series, window: series, windowAxis: WINDOW_AXIS }
    },
  }
}

async function partFigures(
  basis: Basis,
  { cells, times, setOf }: PartCells,
  rests: RestsOf,
  { indicators, agencies, breakdown }: PartAsk,
  period: Period,
): Promise<PartFigure[]> {
  const { by, only } = breakdown
  const procedures = basis.proceduresOn(countingDay(basis, period))
  const fieldOf = (code: string) => procedures.get(code)?.fieldCode ?? ''
  const partOf = (dimension: Dimension, cell: Cell) =>
    dimension === 'field' ? fieldOf(cell.procedure) : cell[dimension]
  const isOf = (part: Part, cell: Cell) =>
    DIMENSIONS.every((dimension) => part[dimension] === undefined || part[dimension] === partOf(dimension, cell))
  const wanted = by === null ? undefined : only[by]
  const found: PartFigure[] = []
  const add = (part: Part, some: readonly CellMonth[], ofThem: readonly PartTime[], keep: (one: Figure) => boolean) => {
    const allowed = (one: ProcedureVersion) =>
      (part.procedure === undefined || part.procedure === one.code) &&
      (part.field === undefined || part.field === (one.fieldCode ?? '')) &&
      isWanted(one.code)
    const narrowed = narrow(basis, allowed)
    for (const figure of figuresOf(narrowed, setOf(some, ofThem), rests, { indicators, agencies }, agencies, period))
      if (keep(figure)) found.push({ ...figure, breakdown: part })
  }
  const isWanted = (code: string) =>
    wanted === undefined || by === 'channel' || wanted.includes(by === 'field' ? fieldOf(code) : code)
  for (const part of partsOf(breakdown)) {
    const within = (cell: Cell) => isOf(part, cell) && (!by || !wanted || wanted.includes(partOf(by, cell)))
    const some = cells.filter(within)
    const ofThem = times.filter(within)
    if (by !== null) {
      const grouped = Map.groupBy(some, (cell) => partOf(by, cell))
      const timesOf = Map.groupBy(ofThem, (cell) => partOf(by, cell))
      const values = new Set(wanted ?? grouped.keys())
      // A procedure without any dossier is one of its field all the same.
      if (!wanted && by !== 'channel' && indicators.some((one) => needsOf(one).procedures))
        for (const [code] of procedures.all())
          if (isOf(part, { procedure: code, channel: part.channel ?? '' }))
            values.add(partOf(by, { procedure: code, channel: '' }))
      for (const value of [...values].sort())
        add({ ...part, [by]: value }, grouped.get(value) ?? [], timesOf.get(value) ?? [], wanted ? always : hasAny)
    }
    add(part, some, ofThem, always)
  }
  return found
}

const always = () => true
/** What is nothing above and below the line is no part of anything. */
const hasAny = ({ numerator, denominator }: Figure) => (numerator ?? 0) !== 0 || (denominator ?? 0) !== 0

/** One for each combination of what is asked for, but for the dimension that is broken down. */
function partsOf({ only, by }: Breakdown): Part[] {
  let parts: Part[] = [{}]
  for (const dimension of DIMENSIONS) {
    const values = dimension === by ? undefined : only[dimension]
    if (values) parts = values.flatMap((value) => parts.map((part) => ({ ...part, [dimension]: value })))
  }
  return parts
}

/** Procedures of the part only: shares of services stand over those of the field, not over all of them. */
function narrow(basis: Basis, allowed: (one: ProcedureVersion) => boolean): Basis {
  return {
    ...basis,
    proceduresOn(day) {
      const { get, assigned, all } = basis.proceduresOn(day)
      const only = (found: ReadonlyMap<string, ProcedureVersion>) =>
        new Map([...found].filter(([, procedure]) => allowed(procedure)))
      return { get, assigned: (agency) => only(assigned(agency)), all: () => only(all()) }
    },
  }
}

function checkParts(indicator: Indicator, { only, by }: Breakdown): void {
  const terms = termsOf(indicator)
  const ranks = terms.some(({ of }) => of === 'agencies')
  const whole = ranks || indicator.kind === 'score'
  // What is no dossier comes by no channel.
  const known = DIMENSIONS.filter((one) => !whole && (one !== 'channel' || needsOf(indicator).dossiers))
  const asked = DIMENSIONS.find((one) => (only[one] || by === one) && !known.includes(one))
  if (asked === undefined) return
  throw new PipelineError('NOT_COUNTED', {
    indicator: indicator.id,
    wanted: `--${by === asked ? `by ${asked}` : asked}`,
    known: known.length > 0 ? known.map((one) => `--${one}, --by ${one}`).join(', ') : '--agency, --period',
  })
}

/** A misspelt code would look like a procedure without dossiers. */
function checkNames(basis: Basis, { only }: Breakdown, periods: readonly Period[]): void {
  const days = [basis.tickDay, ...periods.map((period) => countingDay(basis, period))]
  const procedures = days.flatMap((day) => [...basis.proceduresOn(day).all().values()])
  const known: Record<Dimension, () => ReadonlySet<string>> = {
    procedure: () => new Set(procedures.map(({ code }) => code)),
    field: () => new Set(procedures.map(({ fieldCode }) => fieldCode ?? '')),
    channel: () => new Set(CHANNELS),
  }
  for (const dimension of DIMENSIONS) {
    for (const name of only[dimension] ?? []) {
      const names = known[dimension]()
      if (names.has(name)) continue
      const list = [...names]
      const near = nearest(name, list)
      throw new PipelineError('UNKNOWN_NAME', {
        kind: dimension,
        name,
        known: near ?? `${list.slice(0, 5).join(', ')}${list.length > 5 ? ` … (${list.length})` : ''}`,
      })
    }
  }
}

/** How a part is called: the name of its procedure or field. */
export function namesOf(basis: Basis, day: string): (dimension: 'procedure' | 'field', value: string) => string {
  const procedures = basis.proceduresOn(day).all()
  const fields = new Map([...procedures.values()].map((one) => [one.fieldCode ?? '', one.fieldName]))
  return (dimension, value) => (dimension === 'procedure' ? procedures.get(value)?.name : fields.get(value)) ?? ''
}
