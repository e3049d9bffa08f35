/** `ioc release`, `ioc rebuild`, `ioc migrate`: mend and check. */
import { type ExitCode, PipelineError, twoLines } from '../errors.ts'
import { rebuild } from '../indicators/rebuild.ts'
import { releaseRun } from '../sync/guards.ts'
import { NEWEST_SCHEMA } from '../warehouse/migrate.ts'
import { getRun } from '../warehouse/runs.ts'
import { text, type Verb, withWarehouse } from './context.ts'
import { number } from './format.ts'
import { by } from './look.ts'

export const release: Verb = (cli, [run], values) => {
  const reason = text(values.reason)?.trim()
  if (!run || !reason)
    throw new PipelineError('USAGE', {
      what: cli.words('release-needs'),
      mend: 'ioc release RUN --reason "…"',
    })
  return withWarehouse<ExitCode>(
    cli,
    async (warehouse) => {
      const found = await warehouse.read((db) => getRun(db, run))
      const released = await warehouse.write((trx) => releaseRun(trx, run, by(), reason, Date.now()))
      if (released === 0)
        throw new PipelineError('USAGE', {
          what: cli.words('not-held', { run }),
          mend: `ioc runs ${run}`,
        })
      cli.document({ run, released })
      cli.print(cli.words('has-released', { n: released, source: found.source ?? '' }))
      return 0
    },
    { must: true },
  )
}

export const rebuildVerb: Verb = (cli) =>
  withWarehouse<ExitCode>(
    cli,
    async (warehouse): Promise<ExitCode> => {
      const result = await rebuild(warehouse, cli.config.zone)
      cli.document(result)
      const compared = {
        cells: number(result.cells, cli.language),
        figures: number(result.figures, cli.language),
        n: result.differences.length,
      }
      cli.print(cli.words('compared', compared))
      if (result.differences.length === 0) return 0
      for (const one of result.differences.slice(0, 20))
        cli.print(`  ${one.kind} ${one.key} ${one.field}: ${one.held} ≠ ${one.recomputed}`)
      cli.warn(twoLines(new PipelineError('REBUILD_DIFFERS', { count: result.differences.length }), cli.language))
      return 1
    },
    { must: true },
  )

export const migrateVerb: Verb = (cli) =>
  withWarehouse<ExitCode>(cli, async (warehouse) => {
    cli.document({ schema: NEWEST_SCHEMA, warehouse: warehouse.label })
    cli.print(cli.words('migrated', { warehouse: warehouse.label, schema: NEWEST_SCHEMA }))
    return 0
  })
