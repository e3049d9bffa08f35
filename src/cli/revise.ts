/** `ioc revise <indicator> --between T1 T2`: why a figure differs between two times, record by record. */
import { type ExitCode, PipelineError } from '../errors.ts'
import { getIndicator } from '../indicators/catalogue/index.ts'
import { findKnowledge } from '../indicators/knowledge.ts'
import { CAUSES, type Point, type Revision, revise } from '../indicators/revise.ts'
import { type Cli, localTime, printBanner, text, type Verb, whole, withWarehouse } from './context.ts'
import { presentPeriod } from './explain.ts'
import { partsText, valueText } from './figures.ts'
import { number, safe, table } from './format.ts'

const LIMIT = 20

export const reviseVerb: Verb = async (cli, positionals, values) => {
  const limit = whole(cli, values, 'limit', LIMIT, [1, 1_000_000])
  const { indicator, times } = typed(positionals, text(values.between))
  if (indicator === undefined || times.length !== 2)
    throw new PipelineError('USAGE', {
      what: cli.words('revise-needs'),
      mend: 'ioc revise finished-late --period 2024-11 --between 2024-12-01 2024-12-31',
    })
  const { id } = getIndicator(indicator)
  const [first = '', last = ''] = times
  return withWarehouse<ExitCode>(
    cli,
    async (warehouse) => {
      const { zone } = cli.config
      const [from, to] = await warehouse.read(async (db) => [
        await findKnowledge(db, first, zone),
        await findKnowledge(db, last, zone),
      ])
      if (!from || !to || from.landing > to.landing)
        throw new PipelineError('USAGE', {
          what: cli.words('revise-order', { from: first, to: last }),
          mend: `--between ${last} ${first}`,
        })
      const period = text(values.period) ?? (await presentPeriod(cli, warehouse, id, to))
      const query = { indicator: id, agency: text(values.agency), period, from, to, limit }
      const revision = await warehouse.read((db) => revise(db, query, zone))
      cli.document(revision)
      await printBanner(cli, warehouse)
      printRevision(cli, revision)
      return 0
    },
    { must: true },
  )
}

/** `--between T1 T2 <indicator>`, `<indicator> --between T1 T2` and `--between T1..T2`: the second time comes as a word of its own. */
function typed(positionals: readonly string[], between: string | undefined) {
  const joined = between?.split('..') ?? []
  const isTime = (word: string) => /^\d{4}-\d{2}-\d{2}|^landing:\d+$/.test(word)
  return {
    indicator: positionals.find((word) => !isTime(word)),
    times: [...joined, ...positionals.filter(isTime)],
  }
}

function printRevision(cli: Cli, revision: Revision): void {
  const { from, to, causes, effects, effectsTotal } = revision
  const indicator = getIndicator(revision.indicator)
  cli.print(`${indicator.names[cli.language]} · ${revision.agency} · ${revision.period}`)
  const side = (point: Point) => [
    `${point.at === null ? '-' : localTime(point.at, cli.config.zone)} (landing:${point.landing})`,
    valueText(cli, { value: point.value, unit: indicator.unit, valueState: 'no-cases' }),
    partsText(cli, point),
    point.told ? cli.words('revise-told', { value: told(cli, point.told, indicator.unit) }) : '',
  ]
  for (const line of table([side(from), side(to)], { right: [1, 2], indent: '  ' })) cli.print(line)
  if (causes.length === 0) {
    cli.print(`\n${cli.words('revise-same')}`)
    return
  }
  const numerator = to.numerator - from.numerator
  const denominator = to.denominator === null ? null : to.denominator - (from.denominator ?? 0)
  cli.print()
  const sums = causes.map((one) => [
    cli.words(`cause-${one.cause}`),
    ...movedCells(cli, one),
    number(one.records, cli.language),
  ])
  sums.push([
    cli.words('difference'),
    ...movedCells(cli, { numerator, denominator }),
    number(effectsTotal, cli.language),
  ])
  for (const line of table(sums, { right: [1, 2, 3], indent: '  ' })) cli.print(line)
  for (const cause of CAUSES) {
    const own = effects.filter((effect) => effect.cause === cause)
    if (own.length === 0) continue
    cli.print(`\n${cli.words(`cause-${cause}`)}`)
    const lines = own.map((effect) => [
      safe(effect.key),
      ...movedCells(cli, effect),
      effect.at === null ? '' : localTime(effect.at, cli.config.zone),
      effect.detail,
    ])
    for (const line of table(lines, { right: [1, 2], wrap: 4, width: cli.width, indent: '  ' })) cli.print(line)
    const more = (causes.find((one) => one.cause === cause)?.records ?? 0) - own.length
    if (more > 0) cli.print(`  ${cli.words('revise-more', { n: number(more, cli.language) })}`)
  }
}

function told(cli: Cli, said: NonNullable<Point['told']>, unit: string): string {
  if (said.value === null) return '-'
  const parts = partsText(cli, said)
  const value = valueText(cli, { value: said.value, unit, valueState: 'ok' })
  return parts === '' ? value : `${value} (${parts})`
}

/** `+3`, `−1`; empty where there is no denominator. */
function movedCells(cli: Cli, { numerator, denominator }: { numerator: number; denominator: number | null }): string[] {
  const signed = (n: number) => (n > 0 ? `+${number(n, cli.language)}` : number(n, cli.language))
  return [signed(numerator), denominator === null ? '' : `/ ${signed(denominator)}`]
}
