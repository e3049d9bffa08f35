/** `ioc sync`, `ioc run`, `ioc push`: move data. */

import type { SourceConfig } from '../config.ts'
import { type ExitCode, nearest, PipelineError, twoLines } from '../errors.ts'
import { getJob, jobSources } from '../schedule/job.ts'
import { type JobResult, pushExit, runWhole, targetsNow } from '../schedule/pipeline.ts'
import { type Pushed, push } from '../schedule/push.ts'
import { runSentence } from '../schedule/runs.ts'
import type { SourceResult } from '../sync/sync.ts'
import { type Cli, localTime, sampleBanner, text, type Values, type Verb, withWarehouse } from './context.ts'
import { progress, table } from './format.ts'

export const sync: Verb = (cli, positionals, values) => {
  const sources = positionals.length === 0 ? cli.config.sources : positionals.map((id) => sourceNamed(cli, id))
  return work(cli, {
    verb: 'sync',
    sources,
    push: false,
    full: values.full === true,
    since: text(values.since) ?? null,
    dryRun: values['dry-run'] === true,
  })
}

export const run: Verb = (cli, [id], values) => {
  if (!id)
    throw new PipelineError('USAGE', {
      what: cli.words('thiếu tên công việc', 'a job is missing'),
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

interface Work {
  verb: string
  job?: string
  slot?: string | null
  sources: readonly SourceConfig[]
  push: boolean
  full?: boolean
  since?: string | null
  dryRun?: boolean
}

async function work(cli: Cli, wanted: Work): Promise<ExitCode> {
  if (wanted.sources.length === 0)
    throw new PipelineError('USAGE', {
      what: cli.words('chưa khai báo nguồn nào', 'no source is configured'),
      mend: 'connectors/<system>/sources.json',
    })
  return withWarehouse<ExitCode>(cli, async (warehouse) => {
    const bar = progress(cli.quiet)
    const seen = new Map<string, string>()
    const onProgress = (source: string, counts: { read: number; landed: number }) => {
      seen.set(source, `${source} ${counts.read}`)
      bar.show([...seen.values()].join(' · '))
    }
    const result = await runWhole(
      { warehouse, config: cli.config, env: cli.env, onProgress },
      { ...wanted, signal: cli.signal },
    )
    bar.clear()
    await report(cli, warehouse, result)
    return result.exit
  })
}

export async function report(
  cli: Cli,
  warehouse: Parameters<typeof sampleBanner>[1],
  result: JobResult,
): Promise<void> {
  cli.document({
    run: result.run,
    asOf: result.asOf,
    exitCode: result.exit,
    sources: result.sources.map(plainSource),
    pushed: result.pushed.map(plainPush),
  })
  if (result.run === null) return cli.print(cli.words('Lượt này đã được chạy.', 'This slot has been run already.'))
  const banner = await sampleBanner(cli, warehouse)
  if (banner) cli.print(banner)
  cli.print(
    `${cli.words('Lần đồng bộ', 'Run')} ${result.run} · ${cli.words('tính đến', 'as of')} ${localTime(result.asOf, cli.config.zone)}`,
  )
  const rows = result.sources.map((source) => [`  ${source.source}`, sourceSentence(cli, source)])
  for (const line of table(rows)) cli.print(line)
  for (const { error } of result.sources) if (error) cli.say(twoLines(error, cli.language))
  printPushed(cli, result.pushed)
}

const sourceSentence = (cli: Cli, source: SourceResult): string =>
  runSentence({ state: source.state, why: null, counts: { ...source.counts } }, cli.language)

const plainSource = ({ source, run, state, error, counts, streams, remarks }: SourceResult) => ({
  source,
  run,
  state,
  error: error && { code: error.code, message: error.message },
  counts,
  streams,
  remarks,
})
const plainPush = ({ error, ...sent }: Pushed) => ({
  ...sent,
  error: error ? { code: error.code, message: error.message } : null,
})

export const pushVerb: Verb = async (cli, _, values: Values) => {
  const wanted = text(values.target)
  return withWarehouse<ExitCode>(
    cli,
    async (warehouse) => {
      const targets = targetsNow({ warehouse, config: cli.config, env: cli.env })
      const chosen = wanted === undefined ? targets : targets.filter((target) => target.name === wanted)
      if (chosen.length === 0)
        throw unknown(
          'target',
          wanted ?? '',
          targets.map((target) => target.name),
        )
      const bar = progress(cli.quiet)
      const pushed = await push(warehouse, chosen, {
        now: Date.now,
        signal: cli.signal,
        onProgress: (sent) => bar.show(`${sent.delivered}`),
      })
      bar.clear()
      cli.document({ pushed: pushed.map(plainPush), exitCode: pushExit(pushed) })
      printPushed(cli, pushed)
      return pushExit(pushed)
    },
    { must: true },
  )
}

function printPushed(cli: Cli, pushed: readonly Pushed[]): void {
  for (const one of pushed) {
    cli.print(
      cli.words(
        `  → ${one.target}: đã gửi ${one.delivered}, trùng ${one.duplicate}, đã có bản mới hơn ${one.superseded}, bị từ chối ${one.refused}, còn chờ ${one.pending}`,
        `  → ${one.target}: ${one.delivered} delivered, ${one.duplicate} duplicate, ${one.superseded} superseded, ${one.refused} refused, ${one.pending} pending`,
      ),
    )
    if (one.error) cli.say(twoLines(one.error, cli.language))
  }
}

export function sourceNamed(cli: Cli, id: string): SourceConfig {
  const source = cli.config.sources.find((candidate) => candidate.id === id)
  if (!source)
    throw unknown(
      'source',
      id,
      cli.config.sources.map((candidate) => candidate.id),
    )
  return source
}

export function unknown(kind: string, name: string, known: readonly string[]): PipelineError {
  const near = nearest(name, known)
  return new PipelineError('UNKNOWN_NAME', {
    kind,
    name,
    known: near ? `${near}?  (${known.join(', ')})` : known.join(', ') || '-',
  })
}
