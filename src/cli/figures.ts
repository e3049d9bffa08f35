/** `ioc indicators`: the figures. */
import { type ExitCode, PipelineError } from '../errors.ts'
import type { Breakdown } from '../indicators/breakdown.ts'
import { type Course, coursesOf } from '../indicators/breaks.ts'
import { checkCounted } from '../indicators/counted.ts'
import { findKnowledge, type Knowledge, landedAt } from '../indicators/knowledge.ts'
import { type DatedFigure, type IndicatorRow, isLate, readFigures, unreadSources } from '../indicators/read.ts'
import { currentTick } from '../indicators/tick.ts'
import type { Audience } from '../report/report.ts'
import type { Warehouse } from '../warehouse/open.ts'
import { listSourceStatus } from '../warehouse/source-status.ts'
import type { SourceStatusTable } from '../warehouse/tables.ts'
import { audienceOf, figuresFor } from './audience.ts'
import { type Cli, localTime, printBanner, text, texts, type Verb, withWarehouse } from './context.ts'
import { breakText, geographyText, inCourse, monthsAsked, undeterminedLines } from './course.ts'
import { breakdownOf, loadParts, partText } from './figure-parts.ts'
import { number, percent, table } from './format.ts'
import { groupIds, printScores } from './scores.ts'

export const indicators: Verb = (cli, positionals, values) => {
  const geography = text(values.geography)
  if (geography !== undefined && geography !== 'then' && geography !== 'now')
    throw new PipelineError('USAGE', {
      what: cli.words('geography-choice', { typed: geography }),
      mend: '--geography then | --geography now',
    })
  const knownAt = text(values['as-known-at'])
  const group = text(values.group)
  const asked = {
    indicators: some([...positionals, ...texts(values.indicator), ...groupIds(cli, group)]),
    agencies: some(texts(values.agency)),
    periods: some(texts(values.period)),
  }
  const breakdown = breakdownOf(cli, values, asked)
  const audience = audienceOf(cli, values)
  return withWarehouse<ExitCode>(
    cli,
    async (warehouse) => {
      // A terminal wants an answer, not a hundred thousand rows; --json gives all that was asked for.
      const bare =
        !cli.json &&
        (!asked.indicators || group !== undefined) &&
        !asked.agencies &&
        !asked.periods &&
        !values.from &&
        !values.to
      const known = await knownFor(cli, warehouse, knownAt)
      if (breakdown) return printParts(cli, warehouse, { ...asked, known, audience }, breakdown)
      const newest = known?.tickAt ?? (await warehouse.read(currentTick))
      const range = monthsAsked(cli, values, newest, asked.periods)
      const periods = range ?? (bare ? await presentPeriods(cli, warehouse, known) : asked.periods)
      const query = { ...asked, periods, geography, known, language: cli.language } as const
      const now = Date.now()
      const { figures, statuses, course } = await warehouse.read(async (db) => {
        const figures = figuresFor(audience, await readFigures(db, query, cli.config.zone))
        const rows = figures.map(({ row }) => row)
        const course = await coursesOf(db, rows, cli.config.zone, geography === 'now')
        return { figures, course, statuses: await listSourceStatus(db) }
      })
      const tick = known?.tickAt ?? (await warehouse.read(currentTick))
      const { breaks } = course
      if (figures.length === 0) await warehouse.read((db) => checkCounted(db, query, cli.config.zone))
      cli.document(figures.map(({ row }) => (breaks.has(row) ? { ...row, breaks: breaks.get(row) } : row)))
      await printBanner(cli, warehouse)
      await printKnown(cli, warehouse, known)
      const own = ({ row }: DatedFigure) => row.agency.kind === 'province'
      const shown = cli.json || asked.agencies || (asked.indicators && !group) ? figures : figures.filter(own)
      if (tick !== null && shown.length > 0)
        cli.print(cli.words('figures-as-of', { at: localTime(tick, cli.config.zone) }))
      sayLate(cli, shown, now)
      sayPublic(cli, audience)
      if (group) printScores(cli, shown)
      else printFigures(cli, shown, now, { course })
      const told = audience === 'staff' ? figures.map(({ row }) => row) : []
      for (const line of undeterminedLines(cli, told).slice(0, LEFT_LINES)) cli.print(line)
      // How its sources stand now says nothing of what was known then.
      if (!known)
        printStale(cli, new Set(shown.slice(0, MOST_ROWS).flatMap(({ row }) => sourcesOf(row))), statuses, now)
      if (bare) cli.print(`\n${cli.words('default-figures')}`)
      return 0
    },
    { must: true },
  )
}

async function printParts(
  cli: Cli,
  warehouse: Warehouse,
  { audience, ...asked }: Parameters<typeof loadParts>[2] & { audience: Audience },
  breakdown: Breakdown,
): Promise<ExitCode> {
  const now = Date.now()
  const { figures: found, periods } = await loadParts(cli, warehouse, asked, breakdown)
  const figures = figuresFor(audience, found)
  if (figures.length === 0)
    await warehouse.read((db) => checkCounted(db, { ...asked, periods, language: cli.language }, cli.config.zone))
  cli.document(figures.map(({ row }) => row))
  await printBanner(cli, warehouse)
  await printKnown(cli, warehouse, asked.known)
  const tick = figures[0]?.row.asOf
  if (tick !== undefined) cli.print(cli.words('figures-as-of', { at: localTime(tick, cli.config.zone) }))
  sayLate(cli, figures, now)
  sayPublic(cli, audience)
  const texts = new Map(figures.map((figure) => [figure.row, partText(cli, figure, breakdown)]))
  printFigures(cli, figures, now, { partOf: (row) => texts.get(row) ?? '' })
  const sources = new Set(figures.flatMap(({ row }) => sourcesOf(row)))
  if (!asked.known) printStale(cli, sources, await warehouse.read(listSourceStatus), now)
  return 0
}

/** What was known at the time that `--as-known-at` names; undefined: now. Throws TIME_UNKNOWN, NOT_YET_KNOWN. */
export async function knownFor(
  cli: Cli,
  warehouse: Warehouse,
  typed: string | undefined,
): Promise<Knowledge | undefined> {
  return typed === undefined ? undefined : warehouse.read((db) => findKnowledge(db, typed, cli.config.zone))
}

export async function printKnown(cli: Cli, warehouse: Warehouse, known: Knowledge | undefined): Promise<void> {
  if (!known) return
  const at = await warehouse.read((db) => landedAt(db, known.landing))
  cli.print(cli.words('known-at', { at: at === null ? '-' : localTime(at, cli.config.zone), landing: known.landing }))
}

/** What is not as it was told then. */
export const remarkTexts = (cli: Cli, { remarks = [] }: Pick<IndicatorRow, 'remarks'>): string[] =>
  remarks.map((remark) => cli.words(`remark-${remark}`))

const some = (list: string[]) => (list.length > 0 ? list : undefined)
const MOST_ROWS = 200
const LEFT_LINES = 20

/** The month of the tick and the year to date. */
async function presentPeriods(
  cli: Cli,
  warehouse: Warehouse,
  known: Knowledge | undefined,
): Promise<string[] | undefined> {
  const tick = known?.tickAt ?? (await warehouse.read((db) => currentTick(db)))
  if (tick === null) return undefined
  const [year, month] = localTime(tick, cli.config.zone).split(/[- ]/)
  return [`${year}-${month}`, `${year}-YTD-${month}`]
}

/** Before the figures, and for whoever reads only the document on stderr: a dead pipeline must not look healthy. */
function sayLate(cli: Cli, figures: readonly DatedFigure[], now: number): void {
  const late = figures.filter((figure) => isLate(figure, now)).length
  if (late === 0) return
  const line = cli.words('figures-late', {
    n: number(late, cli.language),
    all: number(figures.length, cli.language),
  })
  if (cli.json) cli.say(line)
  else cli.print(line)
}

function sayPublic(cli: Cli, audience: Audience): void {
  if (audience === 'public') cli.print(cli.words('public-masked'))
}

const NO_COURSE: Course = { breaks: new Map(), courseOf: ({ agency }) => agency.key }

/** In blocks: what the rows of a block have in common is said once, above them. */
function printFigures(
  cli: Cli,
  figures: readonly DatedFigure[],
  now: number,
  { course = NO_COURSE, partOf }: { course?: Course; partOf?: (row: IndicatorRow) => string },
): void {
  const told = figures.map(({ row }) => row)
  const late = new Set(figures.filter((figure) => isLate(figure, now)).map(({ row }) => row))
  const onlyOne = (of: (row: IndicatorRow) => string) => new Set(told.map(of)).size === 1
  // One figure: its course through the periods, or the agencies side by side; several: each on its line.
  const side = !onlyOne((row) => row.indicator) ? 'figure' : onlyOne((row) => row.period) ? 'agency' : 'period'
  const by = partOf ? 'part' : side
  const rows = by === 'period' ? inCourse(told, course) : told
  if (rows.length === 0) cli.print(cli.words('no-figures'))
  const shown = rows.slice(0, MOST_ROWS)
  const parts = {
    part: partOf ?? (() => ''),
    figure: (row: IndicatorRow) => row.name,
    agency: agencyText,
    period: (row: IndicatorRow) => periodText(cli, row),
  }
  // A course goes on under whoever followed: its title is the last of them, and each period says who it was.
  const last = new Map(shown.map((row) => [course.courseOf(row), row]))
  const several = (row: IndicatorRow) =>
    shown.some((other) => course.courseOf(other) === course.courseOf(row) && other.agency.key !== row.agency.key)
  const titleOf = (row: IndicatorRow) =>
    (['figure', 'agency', 'period'] as const)
      .filter((part) => part !== by)
      .map((part) => parts[part]((by === 'period' && last.get(course.courseOf(row))) || row))
      .join(' · ')
  for (const [title, block] of Map.groupBy(shown, titleOf)) {
    cli.print(`\n${title}`)
    const reports = block.some(({ reported }) => reported)
    const lines = block.map((row) => {
      const remarks = [
        by === 'period' && several(row) ? row.agency.name : '',
        stateText(cli, row),
        late.has(row) ? cli.words('late') : '',
        geographyText(cli, row),
        ...remarkTexts(cli, row),
        ...(course.breaks.get(row) ?? []).map((one) => breakText(cli, one)),
      ]
      return [
        parts[by](row),
        valueText(cli, row),
        partsText(cli, row),
        ...(reports ? [reportedText(cli, row)] : []),
        remarks.filter((text) => text !== '').join(', '),
      ]
    })
    for (const line of table(lines, { right: [1, 2], wrap: 0, width: cli.width, indent: '  ' })) cli.print(line)
  }
  if (rows.length > shown.length)
    cli.print(cli.words('more-rows', { n: number(rows.length - shown.length, cli.language) }))
}

/** With the code that --agency takes; the province has none to choose. */
export const agencyText = ({ agency }: Pick<IndicatorRow, 'agency'>): string =>
  agency.kind === 'province' ? agency.name : `${agency.name} (${agency.code})`

export const sourcesOf = (row: Pick<IndicatorRow, 'sources'>): string[] => row.sources.map(({ source }) => source)

/** Which of the sources that figures rest on are not quite fresh, or were not read in time, as they stand now. */
export function printStale(
  cli: Cli,
  sources: ReadonlySet<string>,
  statuses: readonly SourceStatusTable[],
  now: number,
): void {
  const stale = statuses.filter((one) => sources.has(one.source) && (one.state !== 'fresh' || one.fresh_until < now))
  if (stale.length === 0) return
  cli.print(cli.words('not-fresh'))
  const time = (at: number) => localTime(at, cli.config.zone)
  const lines = stale.map(({ source, state, as_of, fresh_until }) => [
    source,
    cli.speech.name('state', state),
    as_of === null ? '' : cli.words('complete-to', { at: time(as_of) }),
    fresh_until < now && state !== 'never' ? cli.words('late-since', { at: time(fresh_until) }) : '',
  ])
  for (const line of table(lines, { indent: '  ' })) cli.print(line)
}

export const periodText = (cli: Cli, row: Pick<IndicatorRow, 'period' | 'provisional'>): string =>
  row.provisional ? `${row.period} ${cli.words('provisional')}` : row.period

/** A value that is null says why. */
export function valueText(cli: Cli, row: Pick<IndicatorRow, 'value' | 'unit' | 'valueState'>): string {
  if (row.value === null) return cli.speech.name('value', row.valueState).toLowerCase()
  return row.unit === 'ratio' ? percent(row.value, cli.language) : number(row.value, cli.language)
}

/** What stands beside a number that is not simply so, or from which something is missing; where there is none the state stands in its place. */
export function stateText(cli: Cli, row: Pick<IndicatorRow, 'value' | 'valueState' | 'sources'>): string {
  if (row.value === null) return ''
  if (row.valueState !== 'ok') return cli.speech.name('value', row.valueState).toLowerCase()
  const unread = unreadSources(row)
  return unread.length === 0 ? '' : cli.words('unread', { sources: unread.join(', ') })
}

/** What the agency says itself, by whose office and document: the newest; how many more documents speak of it. */
function reportedText(cli: Cli, { reported }: IndicatorRow): string {
  const [newest, ...others] = reported ?? []
  if (!newest) return ''
  const { numerator, denominator, signedBy, signedOn, document } = newest
  const value = `${number(numerator, cli.language)}${denominator === null ? '' : `/${number(denominator, cli.language)}`}`
  const more = others.length === 0 ? '' : ` +${others.length}`
  return cli.words('reported', { value, signer: signedBy, document, on: signedOn, more })
}

/** n/d of a ratio; empty for a count, and where one of them is masked. */
export const partsText = (cli: Cli, row: Pick<IndicatorRow, 'numerator' | 'denominator'>): string =>
  row.denominator === null || row.numerator === null
    ? ''
    : `${number(row.numerator, cli.language)}/${number(row.denominator, cli.language)}`
