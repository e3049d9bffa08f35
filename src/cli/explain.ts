/** `ioc explain`: the records behind a figure, as they are or were known, and those set aside that might change it. */
import { type ExitCode, PipelineError } from '../errors.ts'
import { getIndicator } from '../indicators/catalogue/index.ts'
import { type ExplainQuery, type Explanation, explain, explainMessage } from '../indicators/explain.ts'
import type { ReadAside } from '../indicators/explain-aside.ts'
import type { Role } from '../indicators/explain-dossiers.ts'
import type { Knowledge } from '../indicators/knowledge.ts'
import { currentTick } from '../indicators/tick.ts'
import type { Warehouse } from '../warehouse/open.ts'
import { listSourceStatus } from '../warehouse/source-status.ts'
import type { SourceStatusTable } from '../warehouse/tables.ts'
import { audienceOf } from './audience.ts'
import { type Cli, localTime, printBanner, text, type Values, type Verb, whole, withWarehouse } from './context.ts'
import {
  agencyText,
  knownFor,
  partsText,
  periodText,
  printKnown,
  remarkTexts,
  stateText,
  valueText,
} from './figures.ts'
import { number, safe, table } from './format.ts'
import { reasonText } from './quarantine.ts'
import { pointsText } from './scores.ts'

const LIMIT = 20

export const explainVerb: Verb = async (cli, [indicator], values) => {
  const limit = whole(cli, values, 'limit', LIMIT, [1, 1_000_000])
  const message = text(values.message)
  checkTogether(cli, values)
  if (audienceOf(cli, values) === 'public')
    throw new PipelineError('USAGE', {
      what: cli.words('public-no-records'),
      mend: `ioc indicators ${indicator ?? ''} --audience public`,
    })
  if (indicator === undefined && message === undefined)
    throw new PipelineError('USAGE', {
      what: cli.words('no-indicator'),
      mend: 'ioc explain finished-late --period 2024-11 --agency H53.08',
    })
  return withWarehouse<ExitCode>(
    cli,
    async (warehouse) => {
      const readAside = await asideReader(cli, warehouse)
      if (message !== undefined) return ofMessage(cli, warehouse, message, { limit, readAside })
      const one = getIndicator(indicator ?? '')
      const known = await knownFor(cli, warehouse, text(values['as-known-at']))
      const period = text(values.period) ?? (await presentPeriod(cli, warehouse, one.id, known))
      const agency = text(values.agency)
      const format = text(values.format)
      if (format === 'csv' || format === 'json') {
        const { exportRecords } = await import('./explain-export.ts')
        const out = text(values.out) ?? null
        return exportRecords(cli, warehouse, { indicator: one, agency, period, known, format, out })
      }
      const query = { indicator: one.id, agency, period, known, limit, language: cli.language, readAside }
      const join = text(values.join)
      if (join !== undefined) {
        const { joinFile } = await import('./explain-join.ts')
        return joinFile(cli, warehouse, query, { file: join, column: text(values['code-column']) })
      }
      return ofFigure(cli, warehouse, { ...query, after: text(values.after) })
    },
    { must: true },
  )
}

/** What one explanation cannot be asked for at once. Throws USAGE. */
function checkTogether(cli: Cli, values: Values): void {
  const given = (name: string) => values[name] !== undefined
  const usage = (what: string) => new PipelineError('USAGE', { what, mend: 'ioc explain --help' })
  const format = text(values.format)
  if (format !== undefined && format !== 'csv' && format !== 'json')
    throw usage(cli.words('format-choice', { typed: format }))
  for (const [one, others] of TOGETHER) {
    const other = given(one) ? others.find(given) : undefined
    if (other !== undefined) throw usage(cli.words('not-with', { one, other }))
  }
  for (const [one, other] of NEEDS)
    if (given(one) && !given(other)) throw usage(cli.words('needs-with', { one, other }))
  if (cli.json && given('format') && !given('out')) throw usage(cli.words('not-with', { one: 'format', other: 'json' }))
}
const TOGETHER = [
  ['message', ['agency', 'period', 'as-known-at', 'after', 'format', 'join']],
  ['format', ['join', 'after']],
  ['join', ['after']],
  ['after', ['as-known-at']],
] as const
const NEEDS = [
  ['out', 'format'],
  ['code-column', 'join'],
] as const

/** Reads records that were set aside, as far as their connectors still can. */
async function asideReader(cli: Cli, warehouse: Warehouse): Promise<ReadAside | undefined> {
  const [{ makeReadAside }, { CALENDAR_RULE, findRule, readReferenceData }] = await Promise.all([
    import('../sync/read-aside.ts'),
    import('../sync/reference.ts'),
  ])
  const { zone } = cli.config
  return warehouse.read(async (db) => {
    if ((await findRule(db, CALENDAR_RULE)) === null) return undefined
    return makeReadAside(cli.config, await readReferenceData(db, zone), (await currentTick(db)) ?? Date.now())
  })
}

async function ofMessage(
  cli: Cli,
  warehouse: Warehouse,
  id: string,
  options: Pick<ExplainQuery, 'limit' | 'readAside'>,
): Promise<ExitCode> {
  const { zone } = cli.config
  const found = await warehouse.read((db) => explainMessage(db, id, zone, { ...options, language: cli.language }))
  cli.document(found)
  await printBanner(cli, warehouse)
  cli.print(JSON.stringify(found.message, null, 2))
  if (!found.explanation) return 0
  printExplanation(cli, found.explanation, [])
  return 0
}

async function ofFigure(cli: Cli, warehouse: Warehouse, query: ExplainQuery): Promise<ExitCode> {
  const explanation = await warehouse.read((db) => explain(db, query, cli.config.zone))
  cli.document(explanation)
  await printBanner(cli, warehouse)
  await printKnown(cli, warehouse, query.known)
  printExplanation(cli, explanation, query.known ? [] : await warehouse.read(listSourceStatus))
  return 0
}

/** What "now" means where no period is given: the month of the tick, or its day for a figure that only days have. */
export async function presentPeriod(
  cli: Cli,
  warehouse: Warehouse,
  id: string,
  known: Knowledge | undefined,
): Promise<string> {
  const tick = known?.tickAt ?? (await warehouse.read((db) => currentTick(db)))
  const today = localTime(tick ?? Date.now(), cli.config.zone).slice(0, 10)
  const { periods } = getIndicator(id)
  if (periods.includes('month')) return today.slice(0, 7)
  return periods.includes('day') ? today : today.slice(0, 4)
}

/** The figure as it is, or was told. */
export function printFigure(
  cli: Cli,
  { figure, value, total }: Pick<Explanation, 'figure' | 'value' | 'total'>,
  statuses: readonly SourceStatusTable[],
): void {
  if (!figure) return
  const parts = [valueText(cli, figure), partsText(cli, figure), stateText(cli, figure), ...remarkTexts(cli, figure)]
  cli.print(
    `${figure.name} · ${agencyText(figure)} · ${periodText(cli, figure)}: ${parts.filter((part) => part !== '').join('  ')}`,
  )
  printSources(cli, figure, statuses)
  // Where the sources let nothing be said, or somebody mended the records since, the records still say something.
  const saysNothing = figure.numerator === null && value === null
  const differs = figure.numerator !== total.numerator || figure.denominator !== total.denominator
  if (differs && !saysNothing) {
    const said = { ...figure, value, numerator: total.numerator, denominator: total.denominator }
    const text = [valueText(cli, { ...said, valueState: 'no-cases' }), partsText(cli, said)].filter((one) => one !== '')
    cli.print(cli.words('total-differs', { value: text.join('  ') }))
  }
}

/** How complete each of its sources is, by its newest status, or was when the figure was said. */
function printSources(
  cli: Cli,
  { sources }: Pick<NonNullable<Explanation['figure']>, 'sources'>,
  statuses: readonly SourceStatusTable[],
): void {
  if (sources.length === 0) return
  cli.print(cli.words('sources-of-figure'))
  const time = (at: number) => localTime(at, cli.config.zone)
  const now = new Map(statuses.map((status) => [status.source, status]))
  const lines = sources.map((said) => {
    const status = now.get(said.source)
    const { state, asOf } = status ? { state: status.state, asOf: status.as_of } : said
    const late = status && status.fresh_until < Date.now() && state !== 'never'
    return [
      said.source,
      cli.speech.name('state', state),
      asOf === null ? '' : cli.words('complete-to', { at: time(asOf) }),
      late ? cli.words('late-since', { at: time(status.fresh_until) }) : '',
    ]
  })
  for (const line of table(lines, { indent: '  ' })) cli.print(line)
}

function printExplanation(cli: Cli, explanation: Explanation, statuses: readonly SourceStatusTable[]): void {
  const { records, total, next } = explanation
  printFigure(cli, explanation, statuses)
  const all = total.denominator ?? total.numerator
  const counted = { n: number(total.numerator, cli.language), d: number(total.denominator ?? 0, cli.language) }
  const title = total.denominator === null ? cli.words('records', counted) : cli.words('records-ratio', counted)
  const shown = number(records.length, cli.language)
  cli.print(`\n${title}${records.length < all ? ` ${cli.words('records-shown', { shown })}` : ''}`)
  const roleWord = (role: Role) => cli.words(total.denominator === null ? 'counted' : role)
  // The rule by which records count is said once, above those it lets in.
  for (const [heading, group] of Map.groupBy(records, ({ role, rule }) => `${roleWord(role)}: ${rule}`)) {
    cli.print(`  ${heading}`)
    // A figure over several kinds of records has the same rule for all.
    for (const [kind, own] of Map.groupBy(group, (record) => record.kind)) {
      const lines = [...headOf(cli, kind), ...own.map((record) => cells(cli, record))]
      for (const line of table(lines, { wrap: LAST[kind], width: cli.width, indent: '    ' })) cli.print(line)
    }
  }
  if (next !== null) cli.print(cli.words('next-page', { next }))
  printAside(cli, explanation)
}

function printAside(cli: Cli, { quarantined, quarantinedTotal }: Explanation): void {
  if (quarantinedTotal === 0) return
  const aside = cli.words('might-change', { n: number(quarantinedTotal, cli.language) })
  const part = cli.words('records-shown', { shown: number(quarantined.length, cli.language) })
  cli.print(`\n${aside}${quarantined.length < quarantinedTotal ? ` ${part}` : ''}`)
  const lines = quarantined.map((row) => [
    String(row.id),
    row.source,
    safe(row.key),
    cli.words(`${row.counts}-count`),
    reasonText(cli, row),
  ])
  for (const line of table(lines, { right: [0], wrap: 4, width: cli.width, indent: '  ' })) cli.print(line)
}

/** What gives way on a narrow terminal. */
const LAST = { dossier: 0, publication: 0, petition: 0, procedure: 4, agency: 2, official: 0, points: 0 } as const
const HEADS = {
  dossier: ['received', 'due', 'ended'],
  publication: ['decided', 'in-force', 'decide-by', 'made-public', 'public-by'],
  petition: ['received', 'handle-by', 'answered', 'made-public', 'public-by'],
} as const

/** The line above records of a kind that says which date or number is which. */
export function headOf(cli: Cli, kind: Explanation['records'][number]['kind']): string[][] {
  if (kind === 'procedure') return [['', '', cli.words('received'), cli.words('decisions'), '']]
  if (kind !== 'dossier' && kind !== 'publication' && kind !== 'petition') return []
  return [['', '', '', ...HEADS[kind].map((word) => cli.words(word))]]
}

export function cells(cli: Cli, record: Explanation['records'][number]): string[] {
  const day = (at: number | null) => (at === null ? '-' : localTime(at, cli.config.zone).slice(0, 10))
  switch (record.kind) {
    case 'dossier':
      return [
        safe(record.code),
        record.procedure,
        codeOf(record.agency),
        day(record.received),
        day(record.due) + (record.due !== null && record.duePrinted === null ? ` (${cli.words('due-ours')})` : ''),
        day(record.ended) +
          (record.endedBasis === 'first-seen' || record.endedBasis === 'status-date' ? ` (${record.endedBasis})` : ''),
      ]
    case 'publication':
      return [
        safe(record.code),
        record.procedure ?? '-',
        codeOf(record.agency),
        day(record.decided),
        day(record.effective),
        day(lastOf(record.announceBy)),
        day(record.published),
        day(lastOf(record.publishBy)),
        record.complete === false ? cli.words('parts-missing') : '',
      ]
    case 'petition':
      return [
        safe(record.code),
        record.procedure ?? '-',
        codeOf(record.agency),
        day(record.received),
        day(lastOf(record.dueBy)),
        record.outcome === null ? '-' : `${day(record.outcomeAt)} (${cli.words(`outcome-${record.outcome}`)})`,
        day(record.published),
        day(lastOf(record.publishBy)),
        [
          record.satisfied === false ? cli.words('dissatisfied') : '',
          record.complainedAgain === true ? cli.words('complained-again') : '',
        ]
          .filter((text) => text !== '')
          .join(', '),
      ]
    case 'procedure':
      return [
        record.procedure,
        record.level,
        number(record.received, cli.language),
        number(record.decisions, cli.language),
        safe(record.name),
      ]
    case 'agency':
      return [codeOf(record.agency), partsText(cli, record), safe(record.name)]
    case 'official':
      return [
        record.component,
        partsText(cli, { numerator: record.above, denominator: record.below }),
        record.source,
        day(record.statedAt),
      ]
    case 'points':
      return [
        safe(record.name),
        `${pointsText(cli, record.points)}/${number(record.max, cli.language)}`,
        partsText(cli, record),
      ]
  }
}
/** People go by the last moment that is in time. */
const lastOf = (tooLate: number | null) => (tooLate === null ? null : tooLate - 1)
const codeOf = (key: string): string => key.split('@')[0] ?? key
