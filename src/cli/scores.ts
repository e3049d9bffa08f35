/** `ioc indicators --group 766`: points by component beside the national portal's own, with the difference. */
import { PipelineError } from '../errors.ts'
import { findIndicator } from '../indicators/catalogue/index.ts'
import { qd766 } from '../indicators/catalogue/qd766.ts'
import { isWithoutCounts } from '../indicators/qd766/national.ts'
import { roundHalfUp } from '../indicators/qd766/rounding.ts'
import type { DatedFigure, IndicatorRow } from '../indicators/read.ts'
import { type Cli, localTime } from './context.ts'
import { agencyText, partsText, periodText, stateText, valueText } from './figures.ts'
import { table } from './format.ts'
import { listed } from './words-lists.ts'

/** Ids of the figures of a group. Throws USAGE. */
export function groupIds(cli: Cli, typed: string | undefined): readonly string[] {
  if (typed === undefined) return []
  if (typed === '766') return qd766.map(({ id }) => id)
  throw new PipelineError('USAGE', { what: cli.words('group-choice', { typed }), mend: '--group 766' })
}

/** Two places, half up; empty for none. */
export function pointsText(cli: Cli, points: number | null | undefined): string {
  if (points == null) return ''
  const format = new Intl.NumberFormat(cli.language === 'vi' ? 'vi-VN' : 'en-GB', {
    minimumFractionDigits: 2,
    maximumFractionDigits: 2,
  })
  return format.format(roundHalfUp(points))
}

/** A table for each agency and period. */
export function printScores(cli: Cli, figures: readonly DatedFigure[]): void {
  if (figures.length === 0) cli.print(cli.words('no-figures'))
  const titleOf = ({ row }: DatedFigure) => `${agencyText(row)} · ${periodText(cli, row)}`
  for (const [title, block] of Map.groupBy(figures, titleOf)) {
    cli.print(`\n${title}`)
    const heading = (['component', 'parts', 'points', 'most', 'official', 'stated', 'difference'] as const).map(
      (name) => cli.words(`score-${name}`),
    )
    const lines = [[...heading, ''], ...block.map(({ row }) => scoreCells(cli, row))]
    for (const line of table(lines, { right: [1, 2, 3, 4, 6], wrap: 0, width: cli.width, indent: '  ' }))
      cli.print(line)
    const total = block.find(({ row }) => row.indicator === 'qd766-total')?.row
    if (total?.standing)
      cli.print(`  ${cli.words('score-class', { name: listed('standing', total.standing, cli.language) })}`)
  }
}

function scoreCells(cli: Cli, row: IndicatorRow): string[] {
  const { official, difference } = row
  const indicator = findIndicator(row.indicator)
  const isScore = indicator?.kind === 'score'
  // Groups and the total are sums of points: they have no parts of their own.
  const hasParts =
    row.numerator !== null && indicator && indicator.numerator.of !== 'points' && !isWithoutCounts(indicator, official)
  const points = !isScore || row.value === null ? '' : pointsText(cli, row.value)
  return [
    row.name.replace(/^QĐ 766: /, ''),
    hasParts ? partsText(cli, row) : '',
    isScore ? points : row.value === null ? '' : valueText(cli, row),
    pointsText(cli, row.max),
    pointsText(cli, official?.score),
    official ? localTime(official.statedAt, cli.config.zone).slice(0, 10) : '',
    difference === undefined ? '' : `${difference > 0 ? '+' : ''}${pointsText(cli, difference)}`,
    row.value === null ? valueText(cli, row) : stateText(cli, row),
  ]
}
