/** `ioc release`, `ioc rebuild`, `ioc migrate`: mend and check. */
import { type ExitCode, PipelineError, twoLines } from '../errors.ts'
import { type Difference, rebuild } from '../indicators/rebuild.ts'
import { buildNow, refreshNow } from '../schedule/pipeline.ts'
import { releaseRun } from '../sync/guards.ts'
import { forgetMeasure, listBuilding } from '../warehouse/measures.ts'
import { listTables, migrate, NEWEST_SCHEMA } from '../warehouse/migrate.ts'
import type { Trx, Warehouse } from '../warehouse/open.ts'
import { getRun } from '../warehouse/runs.ts'
import { type Cli, text, type Verb, withWarehouse } from './context.ts'
import { doneOf, number, progress } from './format.ts'
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

export const rebuildVerb: Verb = (cli, _, values) =>
  withWarehouse<ExitCode>(
    cli,
    async (warehouse): Promise<ExitCode> => {
      if (values.measures === true) await buildShown(cli, warehouse)
      const result = await rebuild(warehouse, cli.config.zone)
      cli.document(result)
      const compared = {
        cells: number(result.cells, cli.language),
        figures: number(result.figures, cli.language),
        n: result.differences.length,
      }
      cli.print(cli.words('compared', compared))
      if (result.building.length > 0) cli.print(cli.words('not-compared', { names: result.building.join(', ') }))
      if (result.differences.length === 0) return 0
      for (const one of result.differences.slice(0, 20)) cli.print(`  ${differenceLine(one)}`)
      cli.warn(twoLines(new PipelineError('REBUILD_DIFFERS', { count: result.differences.length }), cli.language))
      return 1
    },
    { must: true },
  )

export const differenceLine = ({ kind, key, field, held, recomputed }: Difference): string =>
  `${kind} ${key} ${field}: ${held} ≠ ${recomputed}`

/** Builds what is being built, and brings the figures over it up to date. */
async function buildShown(cli: Cli, warehouse: Warehouse): Promise<void> {
  const bar = progress(cli.quiet)
  const onBuild = (to: number, of: number) => bar.show(cli.words('building-measures', { percent: doneOf(to, of) }))
  try {
    const pipeline = { warehouse, config: cli.config, env: cli.env, onBuild }
    const { measures, dossiers } = await buildNow(pipeline, cli.signal)
    bar.clear()
    if (measures.length === 0) return
    cli.print(cli.words('has-built', { names: measures.sort().join(', '), n: number(dossiers, cli.language) }))
    await refreshNow(pipeline, cli.signal)
  } finally {
    bar.clear()
  }
}

/** A warehouse of before measures were a registry holds none to forget. */
const forgetFrom = async (trx: Trx, name: string): Promise<boolean> =>
  (await listTables(trx.db, trx.dialect)).includes('measure') && (await forgetMeasure(trx, name))

export const migrateVerb: Verb = (cli, _, values) => {
  const forget = text(values.forget)
  return withWarehouse<ExitCode>(
    cli,
    async (warehouse) => {
      if (forget !== undefined && !(await warehouse.write((trx) => forgetFrom(trx, forget))))
        throw new PipelineError('USAGE', { what: cli.words('no-measure', { name: forget }), mend: 'ioc migrate' })
      await migrate(warehouse, cli.config.zone)
      const building = (await warehouse.read(listBuilding)).map(({ name }) => name).sort()
      cli.document({ schema: NEWEST_SCHEMA, warehouse: warehouse.label, building })
      cli.print(cli.words('migrated', { warehouse: warehouse.label, schema: NEWEST_SCHEMA }))
      if (building.length > 0) cli.print(cli.words('to-be-built', { names: building.join(', ') }))
      return 0
    },
    { must: forget !== undefined, asItIs: forget !== undefined },
  )
}
