/**
 * Refresh: drains the dirty marks into new indicator values, their messages and outbox rows, in one write.
 * A crash between land and refresh leaves the marks; the next refresh drains them.
 */
import { newestLanding } from '../warehouse/landing.ts'
import { refuseUnknownMeasures } from '../warehouse/measures.ts'
import type { LeaseHeld, Reader, Warehouse } from '../warehouse/open.ts'
import { sourceStates } from '../warehouse/source-status.ts'
import { type Basis, loadBasis } from './basis.ts'
import { findIndicator, KEPT_BY_PROCEDURE, KEPT_BY_PROCEDURE_BELOW } from './catalogue/index.ts'
import { isKept } from './catalogue/indicator.ts'
import { NATIONAL } from './catalogue/qd766.ts'
import {
  type CellSet,
  computeFigures,
  type Figure,
  makeHasFigure,
  publishedFrom,
  type Ranked,
  standingKey,
  type Wanted,
} from './compute.ts'
import { RANKED_BY } from './figures.ts'
import { drainMarks, type Mark, newlyPublished, openMarks } from './marks.ts'
import { endInstant, parsePeriod } from './periods.ts'
import { countedUnder, lineage } from './places.ts'
import { loadNational } from './qd766/national.ts'
import {
  type Axis,
  agencyCells,
  buildSeries,
  cellTimes,
  EVERYTHING,
  firstCellMonth,
  makeAxis,
  provinceCells,
  sumSeries,
  WINDOW,
  windowSeries,
} from './series.ts'
import { loadRests, noteWhole, type SourceState, statesOf } from './sources-of.ts'
import { currentTick } from './tick.ts'
import { type CurrentValue, type NewValue, saveValues, withdrawValues } from './values.ts'

export interface RefreshOptions {
  /** the persisted tick, epoch ms; what it is when the marks are drained where not given */
  asOf?: number
  /** real time, epoch ms: revisions, computedAt */
  now: number
  zone: string
  /** names of delivery targets: each gets an outbox row per new value */
  targets: readonly string[]
  /** likewise: read before, they could be older than the marks that their change has made */
  sources?: ReadonlyMap<string, SourceState>
  lease?: LeaseHeld
}
export interface Refreshed {
  /** figures computed */
  looked: number
  /** new revisions */
  changed: number
}

export function refresh(warehouse: Warehouse, asked: RefreshOptions): Promise<Refreshed> {
  return warehouse.write(async (trx) => {
    await refuseUnknownMeasures(trx.db)
    const marks = await openMarks(trx.db)
    const asOf = asked.asOf ?? (await currentTick(trx.db))
    if (marks.length === 0 || asOf === null) return { looked: 0, changed: 0 }
    const options = { ...asked, asOf }
    const basis = await loadBasis(trx.db, options.asOf, options.zone)
    const axis = makeAxis((await firstCellMonth(trx.db)) ?? basis.tickMonth, basis.tickMonth)
    const from = publishedFrom(basis, axis)
    const wanted = agenciesOf(basis, [...marks, ...(await newlyPublished(trx.db, from))])
    const cells = await loadCells(trx.db, basis, axis, wanted)
    const ranked = await heldStandings(trx.db, basis)
    const states = asked.sources ?? (await sourceStates(trx.db))
    await noteWhole(trx, basis, states, options.now)
    const rests = await loadRests(trx.db, basis, states)
    const current = await heldValues(trx.db, basis, wanted)
    const provisional = makeProvisional(options)
    const statesIn = makeStatesIn()
    const values: NewValue[] = []
    let looked = 0
    for (const figure of computeFigures(basis, cells, wanted, ranked, rests)) {
      looked++
      const held = current.get(figureKey(figure.indicator.id, figure.agency.key, figure.period.text))
      if (held && same(held, figure, statesIn)) continue
      values.push({ ...figure, replaces: held, provisional: provisional(figure) })
    }
    const made = { ...options, landing: await newestLanding(trx.db) }
    const gone = noLongerCounted(basis, cells, current)
    await saveValues(trx, values, made)
    await withdrawValues(trx, gone, made)
    await drainMarks(trx, from)
    return { looked, changed: values.length + gone.length }
  }, asked.lease)
}

const figureKey = (indicator: string, agency: string, period: string) => `${indicator}|${agency}|${period}`

/** The marked agencies and those they are counted under, from their earliest mark on, and always the province, which rolls up everything. */
function agenciesOf(basis: Basis, marks: readonly Mark[]): Wanted[] {
  const earliest = new Map<string, string>()
  const note = (key: string, month: string) => {
    const known = earliest.get(key)
    if (known === undefined || month < known) earliest.set(key, month)
  }
  for (const { agency, month } of marks) {
    const marked = basis.agencies.get(agency)
    for (const key of marked ? lineage(basis.agencies, marked).map((one) => one.key) : [agency]) note(key, month)
    note('province', month)
  }
  const everywhere = earliest.get(EVERYTHING)
  const wanted: Wanted[] = []
  for (const agency of basis.agencies.values()) {
    const own = earliest.get(agency.kind === 'province' ? 'province' : agency.key)
    const from = own === undefined || (everywhere !== undefined && everywhere < own) ? everywhere : own
    if (from !== undefined) wanted.push({ agency, from })
  }
  return wanted
}

async function loadCells(db: Reader, basis: Basis, axis: Axis, wanted: readonly Wanted[]): Promise<CellSet> {
  const leaves = wanted.filter(({ agency }) => agency.kind !== 'province').map(({ agency }) => agency.key)
  const keys = countedUnder(basis.agencies, leaves)
  const [own, times] = [await agencyCells(db, keys), await cellTimes(db, keys)]
  const series = buildSeries(own, axis, undefined, times, KEPT_BY_PROCEDURE_BELOW)
  const everybody = times.filter(({ agency }) => agency === EVERYTHING)
  for (const [key, all] of buildSeries(await provinceCells(db), axis, undefined, everybody, KEPT_BY_PROCEDURE))
    series.set(key, all)
  const window = new Map(await windowSeries(db, keys, basis.tickDay, basis.tickDay))
  for (const [group, members] of basis.rootGroups.groups ?? []) {
    const times = (await cellTimes(db, members)).filter(({ agency }) => agency !== EVERYTHING)
    const own = buildSeries(await provinceCells(db, members), axis, () => group, times, KEPT_BY_PROCEDURE)
    for (const [key, sums] of own) series.set(key, sums)
    const days = await windowSeries(db, members, basis.tickDay, basis.tickDay)
    days.delete(EVERYTHING)
    if (days.size > 0) window.set(group, sumSeries([...days.values()], WINDOW))
  }
  const provinces = wanted.flatMap(({ agency: { kind, key } }) => (kind === 'province' ? [key] : []))
  const national = await loadNational(db, { components: NATIONAL, agencies: provinces })
  return { axis, series, window, grouped: true, national }
}

/** Rankings as they are held; those looked at now replace their own before the province asks. */
async function heldStandings(db: Reader, basis: Basis): Promise<Ranked> {
  const ranked = [...basis.agencies.values()].filter(({ kind }) => kind !== 'province' && kind !== 'vertical')
  if (ranked.length === 0) return new Map()
  const rows = await db
    .selectFrom('indicator_value')
    .select(['agency', 'period', 'numerator', 'denominator'])
    .where(
      'agency',
      'in',
      ranked.map(({ key }) => key),
    )
    .where('indicator', '=', RANKED_BY)
    .where('current', '=', 1)
    .execute()
  return new Map(
    rows.map((row) => [standingKey(row.agency, row.period), [row.numerator ?? 0, row.denominator ?? 0] as const]),
  )
}

async function heldValues(db: Reader, basis: Basis, wanted: readonly Wanted[]): Promise<Map<string, CurrentValue>> {
  if (wanted.length === 0) return new Map()
  const keys = wanted.map(({ agency }) => agency.key)
  const query = db
    .selectFrom('indicator_value')
    .select([
      'id',
      'indicator',
      'version',
      'agency',
      'period',
      'value',
      'value_state',
      'numerator',
      'denominator',
      'standing',
      'sources',
      'revision',
    ])
    .where('current', '=', 1)
  // Where all are wanted, also those of agencies that reference data knows no more.
  const rows = await (wanted.length === basis.agencies.size ? query : query.where('agency', 'in', keys)).execute()
  return new Map(rows.map((row) => [figureKey(row.indicator, row.agency, row.period), row]))
}

/**
 * Held figures that nobody will look at again: an open period that began under one agency and goes on under its successor is the
 * successor's, what an ended one left may be settled; an indicator or agency may be known no more, or an agency not have been in being.
 */
function noLongerCounted(basis: Basis, cells: CellSet, held: ReadonlyMap<string, CurrentValue>): CurrentValue[] {
  const hasFigure = makeHasFigure(basis, cells)
  const periods = new Map(
    [...new Set([...held.values()].map(({ period }) => period))].map((text) => [text, parsePeriod(text)]),
  )
  return [...held.values()].filter(({ indicator, agency, period: text }) => {
    const [definition, version, period] = [findIndicator(indicator), basis.agencies.get(agency), periods.get(text)]
    if (!period || !definition || !version || !definition.at.includes(version.kind)) return true
    if (!isKept(definition, version.kind, period.kind)) return true
    return !hasFigure(definition, version, period)
  })
}

/** Times, as-of and provisional are no reason for a new revision. */
function same(held: CurrentValue, figure: Figure, statesIn: (json: string) => string): boolean {
  return (
    held.value === figure.value &&
    held.numerator === figure.numerator &&
    held.denominator === figure.denominator &&
    held.value_state === figure.valueState &&
    held.standing === figure.standing &&
    held.version === figure.indicator.version &&
    statesIn(held.sources) === figure.rests.states
  )
}

/** Few distinct lists of sources stand behind many figures. */
function makeStatesIn(): (json: string) => string {
  const known = new Map<string, string>()
  return (json) => {
    let found = known.get(json)
    if (found === undefined) {
      found = statesOf(JSON.parse(json) as { source: string; state: string }[])
      known.set(json, found)
    }
    return found
  }
}

function makeProvisional({ asOf, zone }: { asOf: number; zone: string }): (figure: Figure) => boolean {
  const ends = new Map<string, number>()
  return ({ period }) => {
    let end = ends.get(period.text)
    if (end === undefined) {
      end = endInstant(period, zone)
      ends.set(period.text, end)
    }
    return asOf < end
  }
}
