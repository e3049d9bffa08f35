/** `ioc indicators`, `ioc explain`: the figures, and what is behind them. */
import { type ExitCode, PipelineError } from '../errors.ts'
import { type Explanation, explain, explainMessage } from '../indicators/explain.ts'
import { type IndicatorRow, readIndicators } from '../indicators/read.ts'
import { type Cli, localTime, sampleBanner, text, texts, type Verb, withWarehouse } from './context.ts'
import { number, percent, table } from './format.ts'

export const indicators: Verb = (cli, positionals, values) =>
  withWarehouse<ExitCode>(
    cli,
    async (warehouse) => {
      const geography = text(values.geography)
      if (geography !== undefined && geography !== 'then' && geography !== 'now')
        throw new PipelineError('USAGE', { what: `--geography ${geography}`, mend: '--geography then | now' })
      const chosen = [...positionals, ...texts(values.indicator)]
      const some = (list: string[]) => (list.length > 0 ? list : undefined)
      const agencies = some(texts(values.agency))
      const rows = await warehouse.read((db) =>
        readIndicators(
          db,
          {
            indicators: some(chosen),
            agencies,
            periods: some(texts(values.period)),
            geography,
            language: cli.language,
          },
          cli.config.zone,
        ),
      )
      cli.document(rows)
      const banner = await sampleBanner(cli, warehouse)
      if (banner) cli.print(banner)
      // A terminal wants an answer, not a hundred thousand rows: the province, unless asked for more.
      const shown = agencies || chosen.length > 0 ? rows : rows.filter((row) => row.agency.kind === 'province')
      for (const line of table(
        shown.slice(0, MOST_ROWS).map((row) => figureLine(cli, row)),
        [3],
      ))
        cli.print(line)
      if (shown.length > MOST_ROWS)
        cli.print(
          cli.words(
            `… còn ${shown.length - MOST_ROWS} dòng; dùng --period, --agency, --indicator hoặc --json`,
            `… ${shown.length - MOST_ROWS} more; narrow with --period, --agency, --indicator, or use --json`,
          ),
        )
      return 0
    },
    { must: true },
  )

const MOST_ROWS = 200

/** name · agency · period · value · n/d · state · sources that are not fresh */
export function figureLine(cli: Cli, row: IndicatorRow): string[] {
  const stale = row.sources
    .filter((source) => source.state !== 'fresh')
    .map((source) => `${source.source}: ${source.state}`)
  return [
    row.name,
    row.agency.name,
    row.period + (row.provisional ? cli.words(' (tạm tính)', ' (provisional)') : ''),
    valueText(cli, row),
    row.denominator === null
      ? ''
      : `${number(row.numerator ?? 0, cli.language)}/${number(row.denominator, cli.language)}`,
    row.valueState === 'ok' ? '' : row.valueState,
    stale.join(', '),
  ]
}

export function valueText(cli: Cli, row: Pick<IndicatorRow, 'value' | 'unit' | 'valueState'>): string {
  if (row.value === null) return VALUE_STATES[row.valueState]?.[cli.language] ?? row.valueState
  return row.unit === 'ratio' ? percent(row.value, cli.language) : number(row.value, cli.language)
}

const VALUE_STATES: Readonly<Record<string, { vi: string; en: string }>> = {
  'no-cases': { vi: 'không phát sinh', en: 'no cases' },
  'no-data-yet': { vi: 'chưa có dữ liệu', en: 'no data yet' },
  insufficient: { vi: 'chưa đủ dữ liệu', en: 'insufficient' },
  held: { vi: 'đang giữ lại', en: 'held' },
}

export const explainVerb: Verb = (cli, [indicator], values) =>
  withWarehouse<ExitCode>(
    cli,
    async (warehouse) => {
      const limit = Number(text(values.limit) ?? 20)
      if (!Number.isInteger(limit) || limit < 1 || limit > 100_000)
        throw new PipelineError('USAGE', { what: `--limit ${text(values.limit)}`, mend: '--limit 1 … 100000' })
      const message = text(values.message)
      if (message !== undefined) {
        const found = await warehouse.read((db) =>
          explainMessage(db, message, cli.config.zone, { limit, language: cli.language }),
        )
        cli.document(found)
        if (found.explanation) printExplanation(cli, found.explanation)
        else cli.print(JSON.stringify(found.message, null, 2))
        return 0
      }
      if (!indicator)
        throw new PipelineError('USAGE', {
          what: cli.words('thiếu tên chỉ số', 'an indicator is missing'),
          mend: 'ioc explain finished-late --period 2024-11 --agency H53.08',
        })
      const period = text(values.period) ?? (await newestMonth(cli, warehouse))
      const explanation = await warehouse.read((db) =>
        explain(db, { indicator, agency: text(values.agency), period, limit, language: cli.language }, cli.config.zone),
      )
      cli.document(explanation)
      const banner = await sampleBanner(cli, warehouse)
      if (banner) cli.print(banner)
      printExplanation(cli, explanation)
      return 0
    },
    { must: true },
  )

/** The month of the tick: what "now" means where no period is given. */
async function newestMonth(cli: Cli, warehouse: Parameters<typeof sampleBanner>[1]): Promise<string> {
  const tick = await warehouse.read((db) =>
    db
      .selectFrom('tick')
      .select(({ fn }) => fn.max('at').as('at'))
      .executeTakeFirst(),
  )
  return localTime(tick?.at ?? Date.now(), cli.config.zone).slice(0, 7)
}

function printExplanation(
  cli: Cli,
  { figure, records, total, quarantined, quarantinedTotal }: Explanation & { quarantinedTotal?: number },
): void {
  if (figure) for (const line of table([figureLine(cli, figure)])) cli.print(line)
  for (const record of records) {
    const { role, rule, ...rest } = record as typeof record & { role: string; rule: string }
    const shown = Object.entries(rest).filter(
      ([, value]) => value !== null && value !== '' && typeof value !== 'object',
    )
    cli.print(
      `  ${role.padEnd(11)} ${shown.map(([, value]) => String(typeof value === 'number' && value > 1e11 ? localTime(value, cli.config.zone) : value)).join(' · ')}`,
    )
    cli.print(`              ${rule}`)
  }
  cli.print(cli.words(`Bản ghi: ${JSON.stringify(total)}`, `Records: ${JSON.stringify(total)}`))
  if (quarantined.length > 0) {
    cli.print(
      cli.words(
        `Bản ghi cần rà soát có thể làm thay đổi số này: ${quarantinedTotal ?? quarantined.length}`,
        `Set aside, and might change this figure: ${quarantinedTotal ?? quarantined.length}`,
      ),
    )
    for (const row of quarantined)
      cli.print(
        `  ${row.id} · ${row.source} · ${row.key} · ${row.waitingFor ?? (row.reasons as { path: string; rule: string }[]).map((reason) => `${reason.path} ${reason.rule}`).join(', ')}`,
      )
  }
}
