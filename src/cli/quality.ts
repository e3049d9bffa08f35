/** `ioc sources --quality`: how far each source's records can be relied on in a period (đúng, đủ, sạch, sống), and why reads failed. */
import type { ExitCode } from '../errors.ts'
import { CAUSES, quality } from '../indicators/catalogue/quality.ts'
import { parsePeriod } from '../indicators/periods.ts'
import { sourceQuality } from '../indicators/quality.ts'
import { currentTick } from '../indicators/tick.ts'
import { type Cli, localTime, printBanner, text, type Values, withWarehouse } from './context.ts'
import { number, percent, table } from './format.ts'

export const qualityOfSources = (cli: Cli, values: Values): Promise<ExitCode> =>
  withWarehouse<ExitCode>(
    cli,
    async (warehouse) => {
      const { zone } = cli.config
      const { period, rows } = await warehouse.read(async (db) => {
        const today = localTime((await currentTick(db)) ?? Date.now(), zone)
        const asked = parsePeriod(text(values.period) ?? today.slice(0, 7))
        return { period: asked, rows: await sourceQuality(db, asked, zone) }
      })
      cli.document({ period: period.text, sources: rows })
      await printBanner(cli, warehouse)
      cli.print(cli.words('quality-of', { period: period.text }))
      const share = ({ numerator, denominator }: { numerator: number; denominator: number }) =>
        denominator === 0 ? '-' : percent(numerator / denominator, cli.language)
      const head = [
        cli.words('source'),
        ...quality.map(({ names }) => names[cli.language]),
        cli.words('quality-failed'),
      ]
      const lines = rows.map(({ source, figures, causes }) => [
        source,
        ...quality.map(({ id }) => share(figures[id])),
        CAUSES.filter((cause) => causes[cause] > 0)
          .map((cause) => `${cli.words(`cause-${cause}`)}: ${number(causes[cause], cli.language)}`)
          .join(', '),
      ])
      for (const line of table([head, ...lines], { right: [1, 2, 3, 4], wrap: 5, width: cli.width })) cli.print(line)
      for (const { names, rule } of quality) cli.print(`  ${names[cli.language]}: ${rule[cli.language]}`)
      return 0
    },
    { must: true },
  )
