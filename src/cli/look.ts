/** `ioc runs`, `ioc sources`: what ran, what is connected, in what state. */
import { type ExitCode, PipelineError } from '../errors.ts'
import { holderId } from '../schedule/holder.ts'
import { syncDeps } from '../schedule/pipeline.ts'
import { runSentence, stateWord } from '../schedule/runs.ts'
import { retireSource } from '../sync/retire.ts'
import { countOpen } from '../warehouse/quarantines.ts'
import { getRun, listRuns, type RunRow } from '../warehouse/runs.ts'
import { listSourceStatus } from '../warehouse/source-status.ts'
import { localTime, sampleBanner, text, type Verb, withWarehouse } from './context.ts'
import { table } from './format.ts'
import { sourceNamed } from './sync.ts'

export const runs: Verb = (cli, [id]) =>
  withWarehouse<ExitCode>(
    cli,
    async (warehouse) => {
      if (id === undefined) {
        const rows = await warehouse.read((db) => listRuns(db, { limit: 40 }))
        cli.document(rows.map(plain))
        const lines = rows.map((run) => [
          run.id,
          localTime(run.started_at, cli.config.zone),
          run.verb,
          run.source ?? run.job ?? '',
          stateWord(run.state, cli.language),
        ])
        for (const line of table(lines)) cli.print(line)
        return 0
      }
      const found = await warehouse.read(async (db) => ({
        run: await getRun(db, id),
        sources: await listRuns(db, { parent: id }),
        holds: await db.selectFrom('hold').selectAll().where('run', '=', id).execute(),
      }))
      cli.document({ ...plain(found.run), sources: found.sources.map(plain), holds: found.holds })
      for (const run of [found.run, ...found.sources]) {
        cli.print(`${run.id}  ${run.source ?? run.verb}  ${localTime(run.started_at, cli.config.zone)}`)
        cli.print(`  ${runSentence(run, cli.language)}`)
        for (const remark of run.remarks) cli.print(`  · ${remark}`)
      }
      for (const hold of found.holds)
        cli.print(
          `  ${hold.stream}: ${hold.guard} ${hold.observed} > ${hold.limit_value}${hold.released_at === null ? '' : ` → ${cli.words('đã cho qua', 'released')}: ${hold.released_by}: ${hold.reason}`}`,
        )
      return 0
    },
    { must: true },
  )

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

export const sources: Verb = (cli, [what, id], values) => {
  if (what === undefined) return list(cli)
  if (what !== 'retire' || id === undefined)
    throw new PipelineError('USAGE', {
      what: `ioc sources ${what}`,
      mend: 'ioc sources | ioc sources retire ID --successor ID',
    })
  const successor = text(values.successor)
  if (successor === undefined)
    throw new PipelineError('USAGE', {
      what: cli.words('thiếu --successor', '--successor is missing'),
      mend: `ioc sources retire ${id} --successor ID`,
    })
  return withWarehouse<ExitCode>(
    cli,
    async (warehouse) => {
      const retired = sourceNamed(cli, id)
      const follows = sourceNamed(cli, successor)
      const groups = await retireSource(
        syncDeps({ warehouse, config: cli.config, env: cli.env }, cli.signal),
        retired,
        follows,
        cli.signal,
      )
      cli.document({ retired: id, successor, groupsReElected: groups })
      cli.print(
        cli.words(
          `${id} đã ngừng, kế tiếp là ${successor}; ${groups} nhóm hồ sơ được bầu lại.`,
          `${id} is retired, ${successor} follows; ${groups} groups of dossiers were elected anew.`,
        ),
      )
      return 0
    },
    { must: true },
  )
}

const list: (cli: Parameters<Verb>[0]) => ReturnType<Verb> = (cli) =>
  withWarehouse<ExitCode>(cli, async (warehouse) => {
    const { states, open, checkpoints } = await warehouse.read(async (db) => ({
      states: new Map((await listSourceStatus(db)).map((row) => [row.source, row])),
      open: new Map(
        await Promise.all(
          cli.config.sources.map(async (source) => [source.id, await countOpen(db, source.id)] as const),
        ),
      ),
      checkpoints: await db.selectFrom('checkpoint').selectAll().execute(),
    }))
    const rows = cli.config.sources.map((source) => {
      const status = states.get(source.id)
      const streams = checkpoints
        .filter((row) => row.source === source.id)
        .map((row) => ({
          stream: row.stream,
          completeAt: row.complete_at,
          deletionsCheckedAt: row.deletions_checked_at,
        }))
      return {
        id: source.id,
        name: source.name,
        agency: source.agency,
        sample: source.sample,
        state: status?.state ?? 'never',
        asOf: status?.as_of ?? null,
        freshUntil: status?.fresh_until ?? null,
        retiredAt: status?.retired_at ?? null,
        successor: status?.successor ?? null,
        quarantined: open.get(source.id) ?? 0,
        streams,
      }
    })
    cli.document(rows)
    const banner = await sampleBanner(cli, warehouse)
    if (banner) cli.print(banner)
    const lines = rows.map((row) => [
      row.id,
      row.retiredAt === null ? row.state : `${cli.words('đã ngừng →', 'retired →')} ${row.successor}`,
      row.asOf === null ? '-' : localTime(row.asOf, cli.config.zone),
      `${row.quarantined}`,
      row.name,
    ])
    for (const line of table(
      [
        [
          cli.words('nguồn', 'source'),
          cli.words('trạng thái', 'state'),
          cli.words('tính đến', 'as of'),
          cli.words('cần rà soát', 'set aside'),
          cli.words('tên', 'name'),
        ],
        ...lines,
      ],
      [3],
    ))
      cli.print(line)
    return 0
  })

export const by = (): string => process.env.USER || holderId().split('/').slice(0, 2).join('/')
