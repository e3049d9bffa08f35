/** The course of a figure across reorganisations: its rows one after the other, with what broke it beside the period in which it did. */
import { PipelineError } from '../errors.ts'
import type { Break, Course } from '../indicators/breaks.ts'
import { monthsBetween, parsePeriod } from '../indicators/periods.ts'
import type { IndicatorRow } from '../indicators/read.ts'
import { type Cli, localTime, text, type Values } from './context.ts'
import { number, safe } from './format.ts'

/** The months that --from and --to name; undefined where neither is given. Throws USAGE. */
export function monthsAsked(cli: Cli, values: Values, tick: number | null, periods: readonly string[] | undefined) {
  const [from, to] = [text(values.from), text(values.to)]
  if (from === undefined && to === undefined) return undefined
  const mend = 'ioc indicators dossiers-received --agency 25459 --from 2024-11 --to 2025-09'
  if (periods) throw new PipelineError('USAGE', { what: cli.words('range-period'), mend })
  const present = localTime(tick ?? Date.now(), cli.config.zone).slice(0, 7)
  const [first, last] = [monthOf(cli, 'from', from ?? to ?? '', mend), monthOf(cli, 'to', to ?? present, mend)]
  return monthsBetween(first < last ? first : last, first < last ? last : first)
}

function monthOf(cli: Cli, name: string, typed: string, mend: string): string {
  if (/^\d{4}-(0[1-9]|1[0-2])$/.test(typed)) return typed
  throw new PipelineError('USAGE', { what: cli.words('range-month', { name, typed }), mend })
}

/** Rows of one course in the order of their periods. */
export function inCourse(rows: readonly IndicatorRow[], { courseOf }: Course): IndicatorRow[] {
  const places = new Map<string, number>()
  const placeOf = (row: IndicatorRow) => {
    const key = `${row.indicator} ${courseOf(row)}`
    if (!places.has(key)) places.set(key, places.size)
    return places.get(key) ?? 0
  }
  const days = new Map(rows.map((row) => [row, parsePeriod(row.period)]))
  const dayOf = (row: IndicatorRow) => `${days.get(row)?.lastDay} ${days.get(row)?.firstDay}`
  for (const row of rows) placeOf(row)
  return [...rows].sort((a, b) => placeOf(a) - placeOf(b) || (dayOf(a) < dayOf(b) ? -1 : dayOf(a) > dayOf(b) ? 1 : 0))
}

const NAMED = 4
export function breakText(cli: Cli, { on, kind, from, to }: Break): string {
  const names = (list: Break['from']) => {
    const all = [...new Set(list.map(({ name }) => safe(name)))]
    const more = all.length > NAMED ? ` … (${number(all.length, cli.language)})` : ''
    return all.slice(0, NAMED).join(', ') + more
  }
  const who = { from: names(from), to: names(to) }
  return cli.words('series-break', { on, what: cli.words(`series-${kind}`, who) })
}

/** What stands beside a figure of another geography than that of its period. */
export const geographyText = (cli: Cli, { geography }: IndicatorRow): string =>
  geography === undefined ? '' : cli.words(`geo-${geography}`)

/** How much of a figure could not be given to an agency of now, by figure and period. */
export function undeterminedLines(cli: Cli, rows: readonly IndicatorRow[]): string[] {
  const left = rows.filter(
    (row) =>
      row.geography === 'undetermined' && row.agency.kind !== 'province' && row.denominator === null && row.numerator,
  )
  return [...Map.groupBy(left, ({ name, period }) => `${name} · ${period}`)].map(([figure, group]) =>
    cli.words('geo-left', {
      agencies: number(group.length, cli.language),
      n: number(
        group.reduce((sum, row) => sum + (row.numerator ?? 0), 0),
        cli.language,
      ),
      figure,
    }),
  )
}
