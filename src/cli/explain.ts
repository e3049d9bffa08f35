/** `ioc explain`: the records behind a figure, and those set aside that might change it. */
import { type ExitCode, PipelineError } from '../errors.ts'
import { getIndicator } from '../indicators/catalogue/index.ts'
import { type Explanation, explain, explainMessage } from '../indicators/explain.ts'
import type { Role } from '../indicators/explain-records.ts'
import { currentTick } from '../indicators/tick.ts'
import type { Warehouse } from '../warehouse/open.ts'
import { listSourceStatus } from '../warehouse/source-status.ts'
import type { SourceStatusTable } from '../warehouse/tables.ts'
import { type Cli, localTime, printBanner, text, type Verb, whole, withWarehouse } from './context.ts'
import { agencyText, partsText, periodText, printStale, sourcesOf, stateText, valueText } from './figures.ts'
import { number, safe, table } from './format.ts'
import { reasonText } from './quarantine.ts'

const LIMIT = 20

export const explainVerb: Verb = async (cli, [indicator], values) => {
  const limit = whole(cli, values, 'limit', LIMIT, [1, 1_000_000])
  const message = text(values.message)
  if (indicator === undefined && message === undefined)
    throw new PipelineError('USAGE', {
      what: cli.words('no-indicator'),
      mend: 'ioc explain finished-late --period 2024-11 --agency H53.08',
    })
  return withWarehouse<ExitCode>(
    cli,
    async (warehouse) => {
      const { zone } = cli.config
      if (message !== undefined) {
        const options = { limit, language: cli.language }
        const found = await warehouse.read((db) => explainMessage(db, message, zone, options))
        cli.document(found)
        await printBanner(cli, warehouse)
        cli.print(JSON.stringify(found.message, null, 2))
        if (found.explanation) printExplanation(cli, found.explanation, await warehouse.read(listSourceStatus))
        return 0
      }
      const id = getIndicator(indicator ?? '').id
      const period = text(values.period) ?? (await presentPeriod(cli, warehouse, id))
      const query = { indicator: id, agency: text(values.agency), period, limit, language: cli.language }
      const explanation = await warehouse.read((db) => explain(db, query, zone))
      cli.document(explanation)
      await printBanner(cli, warehouse)
      printExplanation(cli, explanation, await warehouse.read(listSourceStatus))
      return 0
    },
    { must: true },
  )
}

/** What "now" means where no period is given: the month of the tick, or its day for a figure that only days have. */
async function presentPeriod(cli: Cli, warehouse: Warehouse, id: string): Promise<string> {
  const tick = await warehouse.read((db) => currentTick(db))
  const today = localTime(tick ?? Date.now(), cli.config.zone).slice(0, 10)
  const { periods } = getIndicator(id)
  if (periods.includes('month')) return today.slice(0, 7)
  return periods.includes('day') ? today : today.slice(0, 4)
}

function printExplanation(cli: Cli, explanation: Explanation, statuses: readonly SourceStatusTable[]): void {
  const { figure, records, total, quarantined, quarantinedTotal } = explanation
  if (figure) {
    const value = [valueText(cli, figure), partsText(cli, figure), stateText(cli, figure)]
      .filter((part) => part !== '')
      .join('  ')
    cli.print(`${figure.name} · ${agencyText(figure)} · ${periodText(cli, figure)}: ${value}`)
    printStale(cli, new Set(sourcesOf(figure)), statuses, Date.now())
  }
  const all = total.denominator ?? total.numerator
  const counted = { n: number(total.numerator, cli.language), d: number(total.denominator ?? 0, cli.language) }
  const title = total.denominator === null ? cli.words('records', counted) : cli.words('records-ratio', counted)
  const shown = number(records.length, cli.language)
  cli.print(`\n${title}${records.length < all ? ` ${cli.words('records-shown', { shown })}` : ''}`)
  const roleWord = (role: Role) => cli.words(total.denominator === null ? 'counted' : role)
  // The rule by which records count is said once, above those it lets in.
  for (const [heading, group] of Map.groupBy(records, ({ role, rule }) => `${roleWord(role)}: ${rule}`)) {
    cli.print(`  ${heading}`)
    const lines = group.map((record) => cells(cli, record))
    if (group[0]?.kind === 'dossier')
      lines.unshift(['', '', '', cli.words('received'), cli.words('due'), cli.words('ended')])
    for (const line of table(lines, { wrap: LAST[group[0]?.kind ?? 'dossier'], width: cli.width, indent: '    ' }))
      cli.print(line)
  }
  if (quarantinedTotal === 0) return
  const aside = cli.words('might-change', { n: number(quarantinedTotal, cli.language) })
  const part = cli.words('records-shown', { shown: number(quarantined.length, cli.language) })
  cli.print(`\n${aside}${quarantined.length < quarantinedTotal ? ` ${part}` : ''}`)
  for (const line of table(
    quarantined.map((row) => [String(row.id), row.source, safe(row.key), reasonText(cli, row)]),
    { right: [0], wrap: 3, width: cli.width, indent: '  ' },
  ))
    cli.print(line)
}

/** What gives way on a narrow terminal. */
const LAST = { dossier: 0, procedure: 3, agency: 2 } as const

function cells(cli: Cli, record: Explanation['records'][number]): string[] {
  const day = (at: number | null) => (at === null ? '-' : localTime(at, cli.config.zone).slice(0, 10))
  switch (record.kind) {
    case 'dossier':
      return [
        safe(record.code),
        record.procedure,
        codeOf(record.agency),
        day(record.received),
        day(record.due),
        day(record.ended),
      ]
    case 'procedure':
      return [record.procedure, record.level, number(record.received, cli.language), safe(record.name)]
    case 'agency':
      return [codeOf(record.agency), partsText(cli, record), safe(record.name)]
  }
}
const codeOf = (key: string): string => key.split('@')[0] ?? key
