/** `ioc report`: the tables that a one-stop centre sends upwards. `ioc close`: freezes what was submitted. */
import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type ExitCode, nearest, PipelineError } from '../errors.ts'
import { findKnowledge } from '../indicators/knowledge.ts'
import { parsePeriod } from '../indicators/periods.ts'
import { currentTick } from '../indicators/tick.ts'
import { buildReport, localMinute } from '../report/build.ts'
import { close } from '../report/close.ts'
import { csvOf } from '../report/csv.ts'
import { lastEnded, reportPeriod } from '../report/period.ts'
import { REPORT_KINDS, type Report, type ReportKind, type Table } from '../report/report.ts'
import { writeWorkbook } from '../report/xlsx.ts'
import { audienceOf } from './audience.ts'
import { type Cli, localTime, printBanner, text, type Values, type Verb, withWarehouse } from './context.ts'
import { number } from './format.ts'

const FORMATS = ['xlsx', 'csv', 'json'] as const

export const reportVerb: Verb = (cli, [typed], values) => {
  const kind = kindOf(cli, typed)
  const format = cli.json ? 'json' : (text(values.format) ?? 'xlsx')
  if (!(FORMATS as readonly string[]).includes(format))
    throw new PipelineError('USAGE', {
      what: cli.words('report-format', { typed: format }),
      mend: `ioc report ${kind} --format ${FORMATS.join('|')}`,
    })
  const audience = audienceOf(cli, values)
  return withWarehouse<ExitCode>(
    cli,
    async (warehouse) => {
      const { zone } = cli.config
      const report = await warehouse.read(async (db) => {
        const typed = text(values['as-known-at'])
        const known = typed === undefined ? undefined : await findKnowledge(db, typed, zone)
        const tick = known?.tickAt ?? (await currentTick(db)) ?? Date.now()
        const period = reportPeriod(kind, text(values.period) ?? lastEnded(kind, localTime(tick, zone)))
        const current = values.current === true
        return buildReport(db, { kind, period, now: Date.now(), zone, current, known, audience })
      })
      cli.document(report)
      if (cli.json) return 0
      const out = text(values.out)
      const table = tableOf(cli, report, text(values.table))
      if (format === 'xlsx') {
        const file = fileOf(cli, out ?? `bao-cao-${kind}-${report.period}.xlsx`)
        await writeWorkbook(report, headingOf(report, zone), file)
        await printBanner(cli, warehouse)
        sayClosing(cli, report)
        cli.print(cli.words('report-written', { file }))
        return 0
      }
      const content = format === 'csv' ? csvOf(table) : `${JSON.stringify(report, null, 2)}\n`
      if (out === undefined) process.stdout.write(content)
      else {
        await writeFile(fileOf(cli, out), content)
        cli.print(cli.words('report-written', { file: fileOf(cli, out) }))
      }
      return 0
    },
    { must: true },
  )
}

/** Relative to where the command was typed. */
const fileOf = (cli: Cli, file: string): string => resolve(cli.env.INIT_CWD || process.cwd(), file)

function kindOf(cli: Cli, typed: string | undefined, kinds: readonly ReportKind[] = REPORT_KINDS): ReportKind {
  const kind = kinds.find((one) => one === typed)
  if (kind) return kind
  const mend = `ioc report ${kinds.join('|')}`
  if (typed === undefined) throw new PipelineError('USAGE', { what: cli.words('report-kind'), mend })
  const near = nearest(typed, [...kinds])
  throw new PipelineError('UNKNOWN_NAME', { kind: 'report', name: typed, known: near ?? kinds.join(', ') })
}

/** The first, or the one whose name begins so. */
function tableOf(cli: Cli, { tables }: Report, typed: string | undefined): Table {
  const [first] = tables
  const found =
    typed === undefined ? first : tables.find(({ name }) => name.toLowerCase().startsWith(typed.toLowerCase()))
  if (found) return found
  const known = tables.map(({ name }) => name).join(', ')
  throw new PipelineError('USAGE', {
    what: cli.words('report-table', { typed: typed ?? '', known }),
    mend: `--table "${first?.name ?? ''}"`,
  })
}

/** Lines above every table: what it is of, and what must not be missed. */
function headingOf(report: Report, zone: string): string[] {
  const { closing } = report
  return [
    ...(report.sample ? ['SỐ LIỆU MẪU, TỰ TẠO: KHÔNG PHẢI SỐ LIỆU THẬT'] : []),
    report.title,
    [
      `Số liệu tính đến ${localMinute(report.asOf, zone)}`,
      ...(report.provisional ? ['TẠM TÍNH: kỳ chưa kết thúc'] : []),
      ...(closing ? [`đã chốt ${localMinute(closing.at, zone)} bởi ${closing.by}: ${closing.note}`] : ['chưa chốt']),
      ...(closing && closing.lateSources.length > 0 ? [`nguồn chậm khi chốt: ${closing.lateSources.join(', ')}`] : []),
    ].join(' · '),
  ]
}

function sayClosing(cli: Cli, { closing, provisional }: Report): void {
  if (provisional) cli.print(cli.words('report-open'))
  if (!closing) return
  const at = localTime(closing.at, cli.config.zone)
  cli.print(cli.words('report-closed', { at, by: closing.by, note: closing.note }))
  if (closing.lateSources.length > 0) cli.print(cli.words('report-late', { sources: closing.lateSources.join(', ') }))
  if (closing.override !== null) cli.print(cli.words('report-override', { reason: closing.override }))
}

export const closeVerb: Verb = (cli, [typed], values) => {
  const [asked, by, note] = [text(values.period), lineOf(values.by), lineOf(values.note)]
  if (!asked || !by || !note)
    throw new PipelineError('USAGE', {
      what: cli.words('close-needs'),
      mend: 'ioc close --period 2024-11 --by NAME --note "…"',
    })
  const kind = typed === undefined ? kindFor(asked) : kindOf(cli, typed, CLOSED_KINDS)
  const period = reportPeriod(kind, asked)
  const override = lineOf(values.override) || null
  return withWarehouse<ExitCode>(
    cli,
    async (warehouse) => {
      const closed = await close(warehouse, {
        kind,
        period,
        by,
        note,
        override,
        now: Date.now(),
        zone: cli.config.zone,
      })
      cli.document({ report: kind, period: period.text, ...closed })
      await printBanner(cli, warehouse)
      cli.print(cli.words('has-closed', { n: number(closed.figures, cli.language), period: period.text, report: kind }))
      if (closed.lateSources.length > 0) cli.print(cli.words('report-late', { sources: closed.lateSources.join(', ') }))
      return 0
    },
    { must: true },
  )
}

/** The portal's own points close a period of QĐ 766. */
const CLOSED_KINDS = REPORT_KINDS.filter((kind) => kind !== '766')

/** On one line, without what a terminal would take for an order: it stands in every heading. */
const lineOf = (typed: Values[string]): string | undefined =>
  text(typed)
    ?.replaceAll(/[\p{C}\s]+/gu, ' ')
    .trim()

/** What a period is the report of. */
function kindFor(asked: string): ReportKind {
  const { kind, text: named } = parsePeriod(asked)
  const of = kind === 'reporting' ? parsePeriod(named.slice('RP-'.length)).kind : kind
  return of === 'quarter' ? 'quarterly' : of === 'year' || of === 'half' ? 'yearly' : 'monthly'
}
