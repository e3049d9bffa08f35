/** `ioc sync`, `ioc run`: move data. */
import type { SourceConfig } from '../config.ts'
import { type ExitCode, PipelineError, twoLines } from '../errors.ts'
import { getJob, jobSources } from '../schedule/job.ts'
import { type JobResult, runWhole } from '../schedule/pipeline.ts'
import type { SourceResult } from '../sync/sync.ts'
import type { Warehouse } from '../warehouse/open.ts'
import { type Cli, localTime, printBanner, text, type Verb, withWarehouse } from './context.ts'
import { doneOf, number, progress, table } from './format.ts'
import { differenceLine } from './mend.ts'
import { linesOf, plainError, resultWord, sourceNamed } from './problems.ts'
import { plainPush, printPushed } from './push.ts'

export const sync: Verb = (cli, positionals, values) => {
  const ids = [...new Set(positionals)]
  const sources = ids.length === 0 ? cli.config.sources : ids.map((id) => sourceNamed(cli, id))
  return work(cli, {
    verb: 'sync',
    sources,
    named: ids.length > 0,
    push: false,
    full: values.full === true,
    since: sinceOf(cli, text(values.since)),
    dryRun: values['dry-run'] === true,
  })
}

export const run: Verb = (cli, [id], values) => {
  if (!id)
    throw new PipelineError('USAGE', {
      what: cli.words('no-job'),
      mend: `ioc run ${cli.config.jobs[0]?.id ?? '<job>'}`,
    })
  const job = getJob(cli.config, id)
  return work(cli, {
    verb: 'run',
    job: job.id,
    slot: text(values.slot) ?? null,
    sources: jobSources(job, cli.config),
    push: job.push,
  })
}

/**
 * A local day or an instant, as an instant in UTC. With a blank instead of T: connectors compare it as text with what the source
 * writes, and a blank sorts before T, so that a read begins rather too early than too late.
 */
function sinceOf(cli: Cli, typed: string | undefined): string | null {
  if (typed === undefined) return null
  const at = instantOf(typed, cli.config.zone)
  if (at === null || at > Date.now())
    throw new PipelineError('USAGE', {
      what: cli.words('not-a-time', { typed }),
      mend: '--since 2024-11-01 | --since 2024-11-01T08:00:00+07:00',
    })
  return new Date(at).toISOString().replace('T', ' ')
}

function instantOf(typed: string, zone: string): number | null {
  try {
    return /^\d{4}-\d{2}-\d{2}$/.test(typed)
      ? Temporal.PlainDate.from(typed).toZonedDateTime({ timeZone: zone }).epochMilliseconds
      : Temporal.Instant.from(typed).epochMilliseconds
  } catch {
    return null // what was typed is said
  }
}

interface Work {
  verb: string
  job?: string
  slot?: string | null
  sources: readonly SourceConfig[]
  /** typed one by one: what is not read is said */
  named?: boolean
  push: boolean
  full?: boolean
  since?: string | null
  dryRun?: boolean
}

async function work(cli: Cli, wanted: Work): Promise<ExitCode> {
  if (wanted.sources.length === 0)
    throw new PipelineError('USAGE', {
      what: cli.words('no-source', { home: cli.config.home }),
      mend: cli.words('no-source-mend'),
    })
  return withWarehouse<ExitCode>(cli, async (warehouse) => {
    const result = await runShown(cli, warehouse, wanted)
    const plain = plainResult(cli, result)
    cli.document(wanted.job === undefined ? plain : { ...plain, spotCheck: result.spotCheck })
    if (wanted.dryRun) cli.print(cli.words('dry-run'))
    await printResult(cli, warehouse, result)
    if (wanted.named) for (const id of notRead(wanted, result)) cli.warn(cli.words('not-read-retired', { id }))
    return result.exit
  })
}

const notRead = ({ sources }: Work, result: JobResult): string[] =>
  sources.map(({ id }) => id).filter((id) => !result.sources.some(({ source }) => source === id))

/** Runs it, with the counts of every source in one line on a terminal. */
export async function runShown(cli: Cli, warehouse: Warehouse, wanted: Work): Promise<JobResult> {
  const bar = progress(cli.quiet)
  const seen = new Map<string, string>()
  const onProgress = (source: string, counts: { read: number }) => {
    seen.set(source, `${source} ${number(counts.read, cli.language)}`)
    bar.show([...seen.values()].join(' · '))
  }
  const onBuild = (to: number, of: number) => bar.show(cli.words('building-measures', { percent: doneOf(to, of) }))
  try {
    return await runWhole(
      { warehouse, config: cli.config, env: cli.env, onProgress, onBuild },
      { ...wanted, signal: cli.signal },
    )
  } finally {
    bar.clear()
  }
}

export const plainResult = (cli: Cli, result: JobResult) => ({
  run: result.run,
  asOf: result.asOf,
  exitCode: result.exit,
  sources: result.sources.map((source) => plainSource(cli, source)),
  pushed: result.pushed.map((one) => plainPush(cli, one)),
})
const plainSource = (cli: Cli, { source, run, state, error, counts, streams, remarks }: SourceResult) => ({
  source,
  run,
  state,
  error: error && plainError(cli, error),
  counts,
  streams,
  remarks,
})
export async function printResult(cli: Cli, warehouse: Warehouse, result: JobResult): Promise<void> {
  if (result.run === null) return cli.print(cli.words('slot-done'))
  await printBanner(cli, warehouse)
  cli.print(cli.words('run', { run: result.run, at: localTime(result.asOf, cli.config.zone) }))
  for (const line of sourceTable(cli, result.sources)) cli.print(line)
  printPushed(cli, result.pushed)
  printSpotCheck(cli, result.spotCheck)
  // That `serve` delivers the same queue is no failure of this run: printPushed says it.
  const pushed = result.pushed.filter(({ error }) => error?.code !== 'ALREADY_RUNNING')
  const errors = [
    ...[...result.sources, ...pushed].flatMap(({ error }) => error ?? []),
    ...(result.notChecked ? [result.notChecked] : []),
  ]
  // The same trouble of several sources (stopped, a full disk) is said once.
  for (const lines of new Set(errors.map((error) => linesOf(cli, error)))) cli.warn(lines)
}

/** What was compared, and where it differs that it does. */
function printSpotCheck(cli: Cli, check: JobResult['spotCheck']): void {
  if (check === null) return
  const { cells, figures, differences: n, agencies, example } = check
  const counts = {
    agencies: agencies.length,
    cells: number(cells, cli.language),
    figures: number(figures, cli.language),
  }
  cli.print(`  ${cli.words(n === 0 ? 'spot-check' : 'spot-check-differs', { ...counts, n: number(n, cli.language) })}`)
  if (!example) return
  cli.print(`    ${differenceLine(example)}`)
  cli.warn(twoLines(new PipelineError('REBUILD_DIFFERS', { count: n }), cli.language))
}

const COUNTED = ['read', 'new', 'changed', 'unchanged', 'quarantined', 'waiting'] as const
const HEADS = { quarantined: 'set-aside' } as const

/** One row per source; a column that is nowhere above zero is left out. */
function sourceTable(cli: Cli, sources: readonly SourceResult[]): string[] {
  const columns = COUNTED.filter((name) => name === 'read' || sources.some(({ counts }) => counts[name] > 0))
  const head = [
    cli.words('source'),
    ...columns.map((name) => cli.words(name === 'quarantined' ? HEADS[name] : name)),
    cli.words('result'),
  ]
  const rows = sources.map(({ source, state, error, counts }) => [
    source,
    ...columns.map((name) => number(counts[name], cli.language)),
    state === 'partial' ? cli.words('partial') : resultWord(cli, state, error?.code),
  ])
  const right = columns.map((_, i) => i + 1)
  return table([head, ...rows], { right, wrap: head.length - 1, width: cli.width, indent: '  ' })
}
