/** `ioc demo`: a nightly run against the made-up systems, the report's figures, then new dossiers every few seconds. */
import { rmSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { type ExitCode, PipelineError } from '../errors.ts'
import { DEFAULT_DOSSIERS } from '../sandbox/world.ts'
import { describeHolder, isGone } from '../schedule/holder.ts'
import { getJob, jobSources } from '../schedule/job.ts'
import { runWhole } from '../schedule/pipeline.ts'
import { findMeta } from '../warehouse/landing.ts'
import { listLeases } from '../warehouse/leases.ts'
import type { Warehouse } from '../warehouse/open.ts'
import { type Cli, hasWarehouse, isPostgres, localTime, type Verb, whole, withWarehouse } from './context.ts'
import {
  printDirt,
  printFigures,
  printReceived,
  proveDirt,
  proveFigures,
  proveReceived,
  REPORT_PERIOD,
} from './demo-report.ts'
import { demoFolder, startSandboxProcess } from './demo-sandbox.ts'
import { number } from './format.ts'
import { DOSSIERS, LIVE } from './sandbox.ts'
import { openConsole } from './serve.ts'
import { plainResult, printResult, runShown } from './sync.ts'

/** Below this the sample cannot hold the report's figures; the demo then says so instead of failing. */
const ENOUGH_FOR_FIGURES = 8_000

export const demo: Verb = async (cli, _, values) => {
  const dossiers = whole(cli, values, 'dossiers', DEFAULT_DOSSIERS, DOSSIERS)
  const port = whole(cli, values, 'port', cli.config.statusPort, [0, 65_535])
  // First: an earlier demo's warehouse is kept where this one cannot begin.
  const dir = demoFolder(cli)
  await makeRoom(cli)
  const sandbox = await startSandboxProcess(cli, dir, dossiers)
  try {
    const own: Cli = {
      ...cli,
      env: {
        ...cli.env,
        IOC_SANDBOX_URL: sandbox.url,
        IOC_SANDBOX_DIR: dir,
        IOC_URL: `${sandbox.url}/ioc/v1`,
      },
    }
    return await withWarehouse<ExitCode>(own, async (warehouse) => {
      const exit = await once(own, warehouse, sandbox.url, dossiers)
      if (values.once === true || exit !== 0) return exit
      return live(own, warehouse, sandbox.url, port)
    })
  } finally {
    sandbox.stop()
  }
}

/** The demo starts from nothing: an earlier demo's warehouse is removed, anything else is left alone. */
async function makeRoom(cli: Cli): Promise<void> {
  const location = cli.config.warehouse
  // A home with real departments must never be synchronised by a demo.
  const real = cli.config.sources.find((source) => !source.sample)
  if (real) throw mixing(real.id, 'real', location, 'sample')
  if (!hasWarehouse(cli)) return
  const { kind, busy } = await withWarehouse(cli, (warehouse) =>
    warehouse.read(async (db) => ({
      kind: await findMeta(db, 'data'),
      busy: (await listLeases(db)).find((lease) => lease.expires_at > Date.now() && !isGone(lease.holder)),
    })),
  )
  if (kind === 'real') throw mixing('demo', 'sample', location, 'real')
  if (busy)
    throw new PipelineError('ALREADY_RUNNING', {
      what: busy.name,
      holder: describeHolder(busy.holder),
      seconds: Math.max(1, Math.ceil((busy.expires_at - Date.now()) / 1000)),
    })
  if (isPostgres(location)) {
    if (kind === 'sample')
      throw new PipelineError('USAGE', { what: cli.words('demo-postgres'), mend: cli.words('demo-postgres-mend') })
    return
  }
  removeWarehouse(location)
}

/** Throws WAREHOUSE_UNREACHABLE where another user wrote it, or its folder is not ours. */
export function removeWarehouse(location: string): void {
  try {
    for (const suffix of ['', '-wal', '-shm']) rmSync(location + suffix, { force: true })
  } catch (cause) {
    const problem = (cause as Error).message
    throw new PipelineError('WAREHOUSE_UNREACHABLE', { warehouse: location, problem }, { cause })
  }
}

const mixing = (source: string, sourceKind: string, warehouse: string, warehouseKind: string): PipelineError =>
  new PipelineError('SAMPLE_AND_REAL', { source, sourceKind, warehouse, warehouseKind })

/** The nightly job as it is, then the three proofs. */
async function once(cli: Cli, warehouse: Warehouse, url: string, dossiers: number): Promise<ExitCode> {
  const job = getJob(cli.config, 'nightly')
  cli.print(cli.words('demo-syncing'))
  const result = await runShown(cli, warehouse, {
    verb: 'run',
    job: job.id,
    sources: jobSources(job, cli.config),
    push: job.push,
  })
  await printResult(cli, warehouse, result)
  const plain = { ...plainResult(cli, result), spotCheck: result.spotCheck }
  if (result.exit !== 0) {
    cli.document({ ...plain, figures: null, dirt: null, received: null })
    return result.exit
  }
  const figures = await proveFigures(cli, warehouse)
  const dirt = await proveDirt(warehouse, url)
  const received = await proveReceived(warehouse, url)
  const enough = dossiers >= ENOUGH_FOR_FIGURES
  const right = figures.proofs.every(({ holds }) => holds) && figures.named.every(({ holds }) => holds)
  const found = dirt.every((one) => one.planted === one.found)
  const exit: ExitCode = (right || !enough) && found && received.held === received.figures ? 0 : 1
  cli.document({ ...plain, exitCode: exit, figures, dirt, received })
  cli.print(`\n${cli.words('demo-figures', { period: REPORT_PERIOD })}`)
  if (!enough) cli.print(cli.words('demo-too-small', { n: number(ENOUGH_FOR_FIGURES, cli.language) }))
  printFigures(cli, figures, enough)
  cli.print(`\n${cli.words('demo-dirt')}`)
  printDirt(cli, dirt)
  cli.print()
  printReceived(cli, received)
  cli.print(`\n${cli.words('demo-next')}`)
  return exit
}

/** New dossiers arrive, change, go overdue and are rated while sample time runs; every pass is a sync and a push. */
async function live(cli: Cli, warehouse: Warehouse, url: string, port: number): Promise<ExitCode> {
  const page = await openConsole(cli, warehouse, port).catch((error: unknown) => {
    if (error instanceof PipelineError && error.code === 'PORT_TAKEN') return openConsole(cli, warehouse, 0)
    throw error
  })
  cli.print(`\n${cli.words('live-page', { url: page.url })}`)
  const pipeline = { warehouse, config: cli.config, env: cli.env }
  try {
    while (!cli.signal.aborted) {
      await fetch(`${url}/clock`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ advanceMs: LIVE.stepMs }),
      })
      const options = { verb: 'demo', sources: cli.config.sources, push: true, signal: cli.signal }
      const result = await runWhole(pipeline, options)
      const sum = (name: 'new' | 'changed') =>
        number(
          result.sources.reduce((total, source) => total + source.counts[name], 0),
          cli.language,
        )
      const sent = result.pushed.reduce((total, one) => total + one.delivered, 0)
      const at = localTime(result.asOf, cli.config.zone)
      const counts = { at, added: sum('new'), changed: sum('changed'), sent: number(sent, cli.language) }
      cli.print(cli.words('demo-pass', counts))
      await delay(LIVE.everyMs, undefined, { signal: cli.signal }).catch(() => {})
    }
  } catch (error) {
    // Ctrl-C in the middle of a pass: what had landed is kept.
    if (!cli.signal.aborted) throw error
  } finally {
    await page.close()
  }
  return 0
}
