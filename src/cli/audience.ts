/** `--audience staff|public`: who will read what is printed. */
import { PipelineError } from '../errors.ts'
import type { DatedFigure } from '../indicators/read.ts'
import { publicRows } from '../report/public-figures.ts'
import { AUDIENCES, type Audience } from '../report/report.ts'
import { type Cli, text, type Values } from './context.ts'

/** Staff where nothing is said. Throws USAGE. */
export function audienceOf(cli: Cli, values: Values): Audience {
  const typed = text(values.audience)
  const found = AUDIENCES.find((one) => one === (typed ?? 'staff'))
  if (found) return found
  throw new PipelineError('USAGE', {
    what: cli.words('audience-choice', { typed: typed ?? '' }),
    mend: AUDIENCES.map((one) => `--audience ${one}`).join(' | '),
  })
}

/** As this audience may see them, all of them as one table. */
export function figuresFor<Of extends DatedFigure>(audience: Audience, figures: readonly Of[]): Of[] {
  if (audience === 'staff') return [...figures]
  const rows = publicRows(figures.map(({ row }) => row))
  return figures.map((figure, i) => ({ ...figure, row: rows[i] ?? figure.row }))
}
