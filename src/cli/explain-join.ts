/** `ioc explain <indicator> --join FILE`: a department's own list held against the records, to settle a dispute row by row. */
import { basename, resolve } from 'node:path'
import { FileRefused } from '../connect/csv.ts'
import { type List, type ListOf, readList } from '../connect/list.ts'
import { type ExitCode, PipelineError } from '../errors.ts'
import { getIndicator } from '../indicators/catalogue/index.ts'
import { type ExplainQuery, type Explanation, explainedBy } from '../indicators/explain.ts'
import { type JoinedList, joinList, type ListedRow, listedKind } from '../indicators/explain-list.ts'
import type { Why } from '../indicators/explain-why.ts'
import { landedAt } from '../indicators/knowledge.ts'
import { readIndicators } from '../indicators/read.ts'
import type { Warehouse } from '../warehouse/open.ts'
import { type Cli, printBanner } from './context.ts'
import { cells, headOf, printFigure } from './explain.ts'
import { printKnown } from './figures.ts'
import { number, safe, table } from './format.ts'

/** Throws LIST_UNREADABLE; NOT_COUNTED for a figure that counts no records one by one. */
export async function joinFile(
  cli: Cli,
  warehouse: Warehouse,
  query: ExplainQuery,
  { file, column }: { file: string; column: string | undefined },
): Promise<ExitCode> {
  const { zone } = cli.config
  const indicator = getIndicator(query.indicator)
  const kind = listedKind(indicator)
  if (!kind) throw new PipelineError('NOT_COUNTED', { indicator: indicator.id, wanted: '--join', known: 'explain' })
  const list = await readListOf(cli, file, column, kind)
  const { language, limit, known } = query
  const joined = await warehouse.read(async (db) => {
    const explained = await explainedBy(db, indicator, query, known ?? null, zone)
    const asked = { indicators: [indicator.id], agencies: [explained.agency.key], periods: [explained.period.text] }
    const [figure] = await readIndicators(db, { ...asked, known, language }, zone)
    return {
      figure: figure ?? null,
      known: known ? { landing: known.landing, at: await landedAt(db, known.landing), tickAt: known.tickAt } : null,
      ...(await joinList(db, explained, indicator, list.rows, { limit, language })),
    }
  })
  const { counts, total, both, onlyTheirs, onlyOurs, figure } = joined
  cli.document({
    figure,
    known: joined.known,
    total,
    file: basename(file),
    codeColumn: list.column,
    both,
    onlyTheirs,
    onlyOurs,
    counts: { ...counts, doubled: list.doubled },
  })
  await printBanner(cli, warehouse)
  await printKnown(cli, warehouse, known)
  printJoined(cli, basename(file), list, joined)
  return 0
}

async function readListOf(cli: Cli, file: string, column: string | undefined, of: ListOf): Promise<List> {
  const path = resolve(cli.env.INIT_CWD ?? process.cwd(), file)
  try {
    return await readList(path, cli.config.zone, column, of)
  } catch (cause) {
    const unreadable = cause instanceof FileRefused || (cause as NodeJS.ErrnoException).code !== undefined
    if (!unreadable || cause instanceof PipelineError) throw cause
    throw new PipelineError('LIST_UNREADABLE', { file: path, problem: (cause as Error).message }, { cause })
  }
}

function printJoined(cli: Cli, file: string, list: List, joined: JoinedList & Pick<Explanation, 'figure'>): void {
  const { counts, figure, total } = joined
  const n = (value: number) => number(value, cli.language)
  printFigure(cli, { figure, total, value: figure?.value ?? null }, [])
  cli.print(`\n${cli.words('list-title', { file: safe(file), column: safe(list.column), n: n(counts.listed) })}`)
  if (list.doubled > 0) cli.print(`  ${cli.words('list-doubled', { n: n(list.doubled) })}`)
  cli.print(`\n${cli.words('list-theirs', { n: n(counts.onlyTheirs) })}`)
  const reasons = joined.onlyTheirs.map((row) => [safe(row.code), whyText(cli, row.why)])
  for (const line of table(reasons, { wrap: 1, width: cli.width, indent: '  ' })) cli.print(line)
  printDates(cli, joined.onlyTheirs)
  cli.print(`\n${cli.words('list-both', { n: n(counts.both) })}`)
  printDates(cli, joined.both)
  cli.print(`\n${cli.words('list-ours', { n: n(counts.onlyOurs) })}`)
  for (const [rule, group] of Map.groupBy(joined.onlyOurs, (record) => record.rule)) {
    cli.print(`  ${rule}`)
    const [first] = group
    const lines = [...(first ? headOf(cli, first.kind) : []), ...group.map((record) => cells(cli, record))]
    for (const line of table(lines, { wrap: 0, width: cli.width, indent: '    ' })) cli.print(line)
  }
  const more = counts.onlyOurs - joined.onlyOurs.length
  if (more > 0) cli.print(`  ${cli.words('revise-more', { n: n(more) })}`)
}

function printDates(cli: Cli, rows: readonly ListedRow[]): void {
  const lines = rows.flatMap((row) =>
    row.dates.map(({ field, ours, theirs }) => [
      safe(row.code),
      cli.words('date-differs', { field: cli.words(field), theirs, ours: ours ?? '-' }),
    ]),
  )
  for (const line of table(lines, { wrap: 1, width: cli.width, indent: '  ' })) cli.print(line)
}

function whyText(cli: Cli, why: Why | null): string {
  if (!why) return ''
  const { reason, detail = '', source = '', code = '', id = 0 } = why
  return cli.words(`why-${reason}`, { detail: safe(detail), source, code: safe(code), id })
}
