/** `ioc indicators` of one procedure, field or channel, and broken down by one of them. */
import { PipelineError } from '../errors.ts'
import { type Breakdown, CHANNELS, DIMENSIONS, type Dimension } from '../indicators/breakdown.ts'
import { getIndicator } from '../indicators/catalogue/index.ts'
import type { Knowledge } from '../indicators/knowledge.ts'
import { type NamedFigure, readParts } from '../indicators/read-parts.ts'
import { currentTick } from '../indicators/tick.ts'
import type { Warehouse } from '../warehouse/open.ts'
import { type Cli, localTime, text, texts, type Values } from './context.ts'
import { safe } from './format.ts'

export interface Asked {
  indicators: readonly string[] | undefined
  agencies: readonly string[] | undefined
  periods: readonly string[] | undefined
  known?: Knowledge | undefined
}

/** Which parts are asked for; null: none. */
export function breakdownOf(cli: Cli, values: Values, { indicators }: Asked): Breakdown | null {
  const typed = text(values.by)
  const by = DIMENSIONS.find((one) => one === typed) ?? null
  if (typed !== undefined && by === null)
    throw new PipelineError('USAGE', {
      what: cli.words('by-choice', { typed }),
      mend: DIMENSIONS.map((one) => `--by ${one}`).join(' | '),
    })
  const only: Breakdown['only'] = {}
  for (const dimension of DIMENSIONS) {
    const list = texts(values[dimension])
    if (list.length > 0) only[dimension] = [...new Set(list)]
  }
  if (by === null && Object.keys(only).length === 0) return null
  if (!indicators)
    throw new PipelineError('USAGE', {
      what: cli.words('no-indicator'),
      mend: 'ioc indicators dossiers-received --period 2024-11 --by channel',
    })
  if (values.geography === 'now')
    throw new PipelineError('USAGE', { what: cli.words('parts-of-then'), mend: '--geography then' })
  return { only, by }
}

/** Without a period the month of the tick, or its day for figures that only days have. */
export async function loadParts(
  cli: Cli,
  warehouse: Warehouse,
  { indicators = [], agencies, periods, known }: Asked,
  breakdown: Breakdown,
): Promise<{ figures: NamedFigure[]; periods: readonly string[] }> {
  const { zone } = cli.config
  return warehouse.read(async (db) => {
    const today = localTime(known?.tickAt ?? (await currentTick(db)) ?? Date.now(), zone).slice(0, 10)
    const monthly = indicators.some((id) => getIndicator(id).periods.includes('month'))
    const asked = periods ?? [monthly ? today.slice(0, 7) : today]
    const query = { indicators, agencies, periods: asked, breakdown, known, language: cli.language }
    return { figures: await readParts(db, query, zone), periods: asked }
  })
}

/** The part of a row: its codes with their names, or all of them together. */
export function partText(cli: Cli, { row, part }: NamedFigure, { by }: Breakdown): string {
  const found = row.breakdown ?? {}
  const texts = DIMENSIONS.flatMap((dimension) => {
    const value = found[dimension]
    return value === undefined ? [] : [valueText(cli, dimension, value, part[dimension])]
  })
  if (by !== null && found[by] === undefined) texts.push(cli.words('all-parts'))
  return texts.join(' · ')
}

function valueText(cli: Cli, dimension: Dimension, value: string, name: string | undefined): string {
  const channel = CHANNELS.find((one) => dimension === 'channel' && one === value)
  if (channel) return cli.words(`channel-${channel}`)
  if (value === '') return cli.words('no-field')
  return safe(name ? `${value} ${name}` : value)
}
