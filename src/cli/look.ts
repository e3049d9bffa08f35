/** `ioc runs`, `ioc sources`: what ran, what is connected, in what state. */
import type { Selectable } from 'kysely'
import type { SourceConfig } from '../config.ts'
import { type ExitCode, guardSentence, PipelineError } from '../errors.ts'
import { holderId, isGone } from '../schedule/holder.ts'
import { syncDeps } from '../schedule/pipeline.ts'
import { runSentence, stateWord } from '../schedule/runs.ts'
import { retireSource } from '../sync/retire.ts'
import { listDrift } from '../warehouse/drift.ts'
import type { Reader, Warehouse } from '../warehouse/open.ts'
import { countOpen } from '../warehouse/quarantines.ts'
import { closeInterruptedRuns, getRun, listRuns, type RunRow } from '../warehouse/runs.ts'
import type { HoldTable } from '../warehouse/tables.ts'
import { type Cli, localTime, printBanner, text, type Verb, withWarehouse } from './context.ts'
import { driftLines, plainDrift } from './drift-text.ts'
import { number, safe, table } from './format.ts'
import { resultWord, sourceNamed, unknown } from './problems.ts'
import { qualityOfSources } from './quality.ts'
import { remarkLines } from './stored.ts'
import { listed } from './words-lists.ts'

const SHOWN = 40

export const runs: Verb = (cli, [id]) =>
  withWarehouse<ExitCode>(
    cli,
    async (warehouse) => {
      // A run whose process was killed must not look as if it were still at work.
      await warehouse.write((trx) => closeInterruptedRuns(trx, isGone, Date.now()))
      return id === undefined ? lastRuns(cli, warehouse) : oneRun(cli, warehouse, id)
    },
    { must: true },
  )

async function lastRuns(cli: Cli, warehouse: Warehouse): Promise<ExitCode> {
  const rows = await warehouse.read((db) => listRuns(db, { limit: SHOWN }))
  cli.document(rows.map(plain))
  await printBanner(cli, warehouse)
  if (rows.length === 0) cli.print(cli.words('no-runs'))
  const lines = rows.map((run) => [
    run.id,
    localTime(run.started_at, cli.config.zone),
    // What ran for one source is no command that was typed.
    run.source === null ? [run.verb, run.job ?? ''].join(' ').trim() : cli.words('check-source', { id: run.source }),
    resultWord(cli, run.state, run.why?.code),
  ])
  for (const line of table(lines, { wrap: 3, width: cli.width })) cli.print(line)
  return 0
}

async function oneRun(cli: Cli, warehouse: Warehouse, id: string): Promise<ExitCode> {
  const { run, sources, holds, drift, open } = await warehouse.read(async (db) => {
    const run = await getRun(db, id)
    const sources = await listRuns(db, { parent: id })
    const among = [run, ...sources].map((one) => one.id)
    const holds = await db.selectFrom('hold').selectAll().where('run', 'in', among).execute()
    return { run, sources, holds, drift: await listDrift(db, { runs: among }), open: await countOpenDrift(db, among) }
  })
  cli.document({
    ...plain(run),
    sources: sources.map(plain),
    holds: holds.map(plainHold),
    drift: drift.map(plainDrift),
  })
  await printBanner(cli, warehouse)
  for (const one of [run, ...sources]) {
    const began = localTime(one.started_at, cli.config.zone)
    cli.print(`${one.id}  ${one.source ?? [one.verb, one.job ?? ''].join(' ').trim()}  ${began}`)
    const held = holds.filter((hold) => hold.run === one.id)
    // The sentence of a hold sends its reader here, where the guards speak for themselves.
    const itself = one.why?.code === 'SOURCE_HELD' && held.length > 0
    cli.print(`  ${itself ? `${stateWord(one.state, cli.language)}:` : runSentence(one, cli.language)}`)
    for (const hold of held) cli.print(`  ${holdText(cli, hold)}`)
    if (held.some((hold) => hold.released_at === null))
      cli.print(`  → ${cli.words('held-mend', { run: one.id, source: one.source ?? '' })}`)
    for (const line of remarkLines(one.remarks, cli.language)) cli.print(`  · ${line}`)
    const seen = drift.filter((row) => row.run === one.id)
    for (const line of driftLines(cli, seen)) cli.print(`  · ${line}`)
    if (seen.some((row) => row.closed_at === null))
      cli.print(`  → ${cli.words('drift-mend', { source: one.source ?? '' })}`)
    const before = one.source === null ? 0 : (open.get(one.source) ?? 0)
    if (before > 0) cli.print(`  · ${cli.words('drift-open', { n: before, source: one.source ?? '' })}`)
  }
  return 0
}

/** By source: open differences that other runs than these have reported. */
async function countOpenDrift(db: Reader, among: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const open = await listDrift(db, { open: true })
  const others = Map.groupBy(
    open.filter(({ run }) => !among.includes(run)),
    ({ source }) => source,
  )
  return new Map([...others].map(([source, rows]) => [source, rows.length]))
}

function holdText(cli: Cli, hold: HoldRow): string {
  const { guard, observed, limit_value: limit } = hold
  const what = `${listed('stream', hold.stream, cli.language)}: ${guardSentence({ guard, observed, limit }, cli.language)} ("${guard}")`
  if (hold.released_at === null) return what
  const { released_by: by, reason } = hold
  return `${what} → ${cli.words('released', { by: safe(by ?? ''), reason: safe(reason ?? '') })}`
}

type HoldRow = Selectable<HoldTable>
const plainHold = (hold: HoldRow) => ({
  stream: hold.stream,
  guard: hold.guard,
  observed: hold.observed,
  limit: hold.limit_value,
  heldAt: hold.held_at,
  releasedAt: hold.released_at,
  releasedBy: hold.released_by,
  reason: hold.reason,
  usedAt: hold.used_at,
})

const plain = (run: RunRow) => ({
  id: run.id,
  parent: run.parent,
  kind: run.kind,
  verb: run.verb,
  job: run.job,
  source: run.source,
  state: run.state,
  why: run.why,
  startedAt: run.started_at,
  endedAt: run.ended_at,
  asOf: run.as_of,
  counts: run.counts,
  remarks: run.remarks,
  exitCode: run.exit_code,
})

export const sources: Verb = async (cli, [what, id], values) => {
  if (what === undefined && values.quality === true) return qualityOfSources(cli, values)
  if (what === undefined) return list(cli)
  if (what !== 'retire') throw unknown('action', what, ['retire'])
  const successor = text(values.successor)
  if (id === undefined || successor === undefined)
    throw new PipelineError('USAGE', {
      what: cli.words('retire-needs'),
      mend: `ioc sources retire ${id ?? 'ID'} --successor ID`,
    })
  const retired = sourceNamed(cli, id)
  const follows = sourceNamed(cli, successor)
  if (id === successor)
    throw new PipelineError('USAGE', {
      what: cli.words('retire-itself', { id }),
      mend: `ioc sources retire ${id} --successor ID`,
    })
  return withWarehouse<ExitCode>(
    cli,
    async (warehouse) => {
      const deps = syncDeps({ warehouse, config: cli.config, env: cli.env }, cli.signal)
      const groups = await retireSource(deps, retired, follows, cli.signal)
      cli.document({ retired: id, successor, groupsReElected: groups })
      cli.print(cli.words('has-retired', { id, successor, n: number(groups, cli.language) }))
      return 0
    },
    { must: true },
  )
}

const list = (cli: Cli): Promise<ExitCode> =>
  withWarehouse<ExitCode>(
    cli,
    async (warehouse) => {
      const rows = await warehouse.read((db) => Promise.all(cli.config.sources.map((source) => lineOf(db, source))))
      cli.document(rows)
      await printBanner(cli, warehouse)
      return printSources(cli, rows)
    },
    { must: true },
  )

const described = ({ id, name, agency, sample }: SourceConfig) => ({ id, name, agency, sample })

async function lineOf(db: Reader, source: SourceConfig) {
  const status = await db.selectFrom('source_status').selectAll().where('source', '=', source.id).executeTakeFirst()
  const checkpoints = await db.selectFrom('checkpoint').selectAll().where('source', '=', source.id).execute()
  return {
    ...described(source),
    state: status?.state ?? 'never',
    asOf: status?.as_of ?? null,
    freshUntil: status?.fresh_until ?? null,
    retiredAt: status?.retired_at ?? null,
    successor: status?.successor ?? null,
    quarantined: await countOpen(db, source.id),
    streams: checkpoints.map((row) => ({
      stream: row.stream,
      completeAt: row.complete_at,
      deletionsCheckedAt: row.deletions_checked_at,
    })),
  }
}
type SourceLine = Awaited<ReturnType<typeof lineOf>>

function printSources(cli: Cli, rows: readonly SourceLine[]): ExitCode {
  const { words, speech } = cli
  const head = [words('source'), words('as-of'), words('set-aside'), words('state'), words('name')]
  const lines = rows.map((row) => [
    row.id,
    row.asOf === null ? '-' : localTime(row.asOf, cli.config.zone),
    number(row.quarantined, cli.language),
    row.retiredAt === null ? speech.name('state', row.state) : words('retired', { successor: row.successor ?? '' }),
    row.name,
  ])
  for (const line of table([head, ...lines], { right: [2], wrap: 4, width: cli.width })) cli.print(line)
  return 0
}

export const by = (): string => process.env.USER || holderId().split('/').slice(0, 2).join('/')
