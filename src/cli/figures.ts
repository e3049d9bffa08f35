/** `ioc indicators`: the figures. */
import { type ExitCode, PipelineError } from '../errors.ts'
import { type IndicatorRow, readIndicators } from '../indicators/read.ts'
import { currentTick } from '../indicators/tick.ts'
import type { Warehouse } from '../warehouse/open.ts'
import { type Cli, localTime, printBanner, text, texts, type Verb, withWarehouse } from './context.ts'
import { number, percent, table } from './format.ts'

export const indicators: Verb = (cli, positionals, values) => {
  const geography = text(values.geography)
  if (geography !== undefined && geography !== 'then' && geography !== 'now')
    throw new PipelineError('USAGE', {
      what: cli.words('geography-choice', { typed: geography }),
      mend: '--geography then | --geography now',
    })
  const asked = {
    indicators: some([...positionals, ...texts(values.indicator)]),
    agencies: some(texts(values.agency)),
    periods: some(texts(values.period)),
  }
  return withWarehouse<ExitCode>(
    cli,
    async (warehouse) => {
      // A terminal wants an answer, not a hundred thousand rows; --json gives all that was asked for.
      const bare = !cli.json && !asked.indicators && !asked.agencies && !asked.periods
      const periods = bare ? await presentPeriods(cli, warehouse) : asked.periods
      const query = { ...asked, periods, geography, language: cli.language } as const
      const rows = await warehouse.read((db) => readIndicators(db, query, cli.config.zone))
      cli.document(rows)
      await printBanner(cli, warehouse)
      const shown = asked.agencies || asked.indicators ? rows : rows.filter((row) => row.agency.kind === 'province')
      printFigures(cli, shown)
      if (bare) cli.print(`\n${cli.words('default-figures')}`)
      return 0
    },
    { must: true },
  )
}

const some = (list: string[]) => (list.length > 0 ? list : undefined)
const MOST_ROWS = 200

/** The month of the tick and the year to date. */
async function presentPeriods(cli: Cli, warehouse: Warehouse): Promise<string[] | undefined> {
  const tick = await warehouse.read((db) => currentTick(db))
  if (tick === null) return undefined
  const [year, month] = localTime(tick, cli.config.zone).split(/[- ]/)
  return [`${year}-${month}`, `${year}-YTD-${month}`]
}

/** In blocks: what the rows of a block have in common is said once, above them. */
function printFigures(cli: Cli, rows: readonly IndicatorRow[]): void {
  if (rows.length === 0) cli.print(cli.words('no-figures'))
  const shown = rows.slice(0, MOST_ROWS)
  const onlyOne = (of: (row: IndicatorRow) => string) => new Set(rows.map(of)).size === 1
  // One figure: its course through the periods, or the agencies side by side; several: each on its line.
  const by = !onlyOne((row) => row.indicator) ? 'figure' : onlyOne((row) => row.period) ? 'agency' : 'period'
  const parts = {
    figure: (row: IndicatorRow) => row.name,
    agency: agencyText,
    period: (row: IndicatorRow) => periodText(cli, row),
  }
  const titleOf = (row: IndicatorRow) =>
    (['figure', 'agency', 'period'] as const)
      .filter((part) => part !== by)
      .map((part) => parts[part](row))
      .join(' · ')
  for (const [title, block] of Map.groupBy(shown, titleOf)) {
    cli.print(`\n${title}`)
    const lines = block.map((row) => [parts[by](row), valueText(cli, row), partsText(cli, row)])
    for (const line of table(lines, { right: [1, 2], wrap: 0, width: cli.width, indent: '  ' })) cli.print(line)
  }
  if (rows.length > shown.length)
    cli.print(cli.words('more-rows', { n: number(rows.length - shown.length, cli.language) }))
  const states = new Map(shown.flatMap((row) => row.sources.map(({ source, state }) => [source, state])))
  printStale(cli, states)
}

/** With the code that --agency takes; the province has none to choose. */
export const agencyText = ({ agency }: Pick<IndicatorRow, 'agency'>): string =>
  agency.kind === 'province' ? agency.name : `${agency.name} (${agency.code})`

/** Which of the sources that figures rest on are not quite fresh. */
export function printStale(cli: Cli, states: ReadonlyMap<string, string>): void {
  const stale = [...states].filter(([, state]) => state !== 'fresh')
  if (stale.length === 0) return
  cli.print(cli.words('not-fresh'))
  const lines = stale.map(([source, state]) => [source, cli.speech.name('state', state)])
  for (const line of table(lines, { indent: '  ' })) cli.print(line)
}

export const periodText = (cli: Cli, row: Pick<IndicatorRow, 'period' | 'provisional'>): string =>
  row.provisional ? `${row.period} ${cli.words('provisional')}` : row.period

/** A value that is null says why. */
export function valueText(cli: Cli, row: Pick<IndicatorRow, 'value' | 'unit' | 'valueState'>): string {
  if (row.value === null) return cli.speech.name('value', row.valueState).toLowerCase()
  return row.unit === 'ratio' ? percent(row.value, cli.language) : number(row.value, cli.language)
}

/** n/d of a ratio; empty for a count. */
export const partsText = (cli: Cli, row: Pick<IndicatorRow, 'numerator' | 'denominator'>): string =>
  row.denominator === null ? '' : `${number(row.numerator ?? 0, cli.language)}/${number(row.denominator, cli.language)}`
