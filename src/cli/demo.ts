/** `ioc demo`: a nightly run against the made-up systems, the report's figures, then new dossiers every few seconds. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type ExitCode, PipelineError } from '../errors.ts'
import { DEFAULT_DOSSIERS } from '../sandbox/world.ts'
import { isGone } from '../schedule/holder.ts'
import { getJob, jobSources } from '../schedule/job.ts'
import { runWhole } from '../schedule/pipeline.ts'
import { findMeta } from '../warehouse/landing.ts'
import { listLeases } from '../warehouse/leases.ts'
import type { Warehouse } from '../warehouse/open.ts'
import { type Cli, localTime, sampleBanner, type Verb, withWarehouse } from './context.ts'
import { printDirt, printFigures, printReceived, REPORT_PERIOD } from './demo-report.ts'
import { progress } from './format.ts'
import { DEFAULT_SANDBOX_PORT, LIVE, sandboxDir, whole } from './sandbox.ts'
import { openConsole } from './serve.ts'
import { report } from './sync.ts'

/** Below this the sample cannot hold the report's figures; the demo then says so instead of failing. */
const ENOUGH_FOR_FIGURES = 8_000

export const demo: Verb = async (cli, _, values) => {
  const dossiers = whole(values, 'dossiers', DEFAULT_DOSSIERS)
  await makeRoom(cli)
  const sandbox = await startSandboxProcess(cli, dossiers)
  try {
    const own: Cli = {
      ...cli,
      env: {
        ...cli.env,
        IOC_SANDBOX_URL: sandbox.url,
        IOC_SANDBOX_DIR: sandboxDir(cli),
        IOC_URL: `${sandbox.url}/ioc/v1`,
      },
    }
    return await withWarehouse<ExitCode>(own, async (warehouse) => {
      const exit = await once(own, warehouse, sandbox.url, dossiers)
      if (values.once === true || exit !== 0) return exit
      return live(own, warehouse, sandbox.url)
    })
  } finally {
    sandbox.child.kill('SIGTERM')
  }
}

/** The demo starts from nothing: an earlier demo's warehouse is removed, anything else is left alone. */
async function makeRoom(cli: Cli): Promise<void> {
  const location = cli.config.warehouse
  const postgres = location.startsWith('postgres')
  if (!postgres && !existsSync(location)) return
  const { kind, busy } = await withWarehouse(cli, (warehouse) =>
    warehouse.read(async (db) => ({
      kind: await findMeta(db, 'data'),
      busy: (await listLeases(db)).find((lease) => lease.expires_at > Date.now() && !isGone(lease.holder)),
    })),
  )
  if (kind === 'real')
    throw new PipelineError('SAMPLE_AND_REAL', {
      source: 'demo',
      sourceKind: 'sample',
      warehouse: location,
      warehouseKind: 'real',
    })
  if (busy)
    throw new PipelineError('ALREADY_RUNNING', {
      what: busy.name,
      holder: busy.holder,
      until: localTime(busy.expires_at, cli.config.zone),
    })
  if (postgres && kind === 'sample')
    throw new PipelineError('USAGE', {
      what: cli.words('cơ sở dữ liệu này đã chứa dữ liệu mẫu', 'this database already holds sample data'),
      mend: cli.words('Tạo cơ sở dữ liệu trống cho demo.', 'Give the demo an empty database.'),
    })
  if (!postgres) for (const suffix of ['', '-wal', '-shm']) rmSync(location + suffix, { force: true })
}

async function startSandboxProcess(cli: Cli, dossiers: number): Promise<{ url: string; child: ChildProcess }> {
  const port = (await isFree(DEFAULT_SANDBOX_PORT)) ? DEFAULT_SANDBOX_PORT : 0
  if (port === 0)
    cli.say(
      cli.words(
        `Cổng ${DEFAULT_SANDBOX_PORT} đang bận; hệ thống mẫu dùng cổng khác.`,
        `Port ${DEFAULT_SANDBOX_PORT} is taken; the made-up systems use another.`,
      ),
    )
  cli.print(cli.words('Dựng các hệ thống mẫu (dữ liệu tự tạo) …', 'Making the sample systems (all data is made up) …'))
  const program = fileURLToPath(new URL('../cli.ts', import.meta.url))
  const child = spawn(
    process.execPath,
    [program, 'sandbox', '--json', '--port', String(port), '--dossiers', String(dossiers)],
    {
      env: {
        ...cli.env,
        IOC_HOME: cli.config.home,
        IOC_SANDBOX_DIR: sandboxDir(cli),
        INIT_CWD: '',
      } as NodeJS.ProcessEnv,
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  let said = ''
  for await (const line of createInterface({ input: child.stdout })) {
    said += line
    if (line === '}') return { child, url: (JSON.parse(said) as { url: string }).url }
  }
  throw new PipelineError('USAGE', {
    what: cli.words('hệ thống mẫu không khởi động được', 'the made-up systems did not start'),
    mend: 'ioc sandbox',
  })
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })

/** The nightly job as it is, then the three proofs. */
async function once(cli: Cli, warehouse: Warehouse, url: string, dossiers: number): Promise<ExitCode> {
  const job = getJob(cli.config, 'nightly')
  const bar = progress(cli.quiet)
  const result = await runWhole(
    {
      warehouse,
      config: cli.config,
      env: cli.env,
      onProgress: (source, counts) => bar.show(`${source}: ${counts.read}`),
    },
    { verb: 'run', job: job.id, sources: jobSources(job, cli.config), push: job.push, signal: cli.signal },
  )
  bar.clear()
  await report(cli, warehouse, result)
  if (result.exit !== 0) return result.exit
  cli.print()
  cli.print(
    cli.words(
      `Số liệu của báo cáo, tính từ bản ghi, ${REPORT_PERIOD} (01/01–30/11/2024):`,
      `The report's figures, computed from records, ${REPORT_PERIOD} (1 January to 30 November 2024):`,
    ),
  )
  const figures = await printFigures(cli, warehouse)
  cli.print()
  const dirt = await printDirt(cli, warehouse, url)
  cli.print()
  const received = await printReceived(cli, warehouse, url)
  if (dossiers < ENOUGH_FOR_FIGURES) {
    cli.print(
      cli.words(
        `  (dưới ${ENOUGH_FOR_FIGURES} hồ sơ, mẫu không đủ để cho ra số liệu của báo cáo)`,
        `  (a sample below ${ENOUGH_FOR_FIGURES} dossiers cannot hold the report's figures)`,
      ),
    )
    return dirt && received ? 0 : 1
  }
  return figures && dirt && received ? 0 : 1
}

/** New dossiers arrive, change, go overdue and are rated while sample time runs; every pass is a sync and a push. */
async function live(cli: Cli, warehouse: Warehouse, url: string): Promise<ExitCode> {
  const page = await openConsole(cli, warehouse, cli.config.statusPort).catch(() => openConsole(cli, warehouse, 0))
  cli.print()
  cli.print(cli.words(`Trang trạng thái: ${page.url}   Dừng: Ctrl-C`, `Status page: ${page.url}   Stop: Ctrl-C`))
  const pipeline = { warehouse, config: cli.config, env: cli.env }
  try {
    while (!cli.signal.aborted) {
      await fetch(`${url}/clock`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ advanceMs: LIVE.stepMs }),
      })
      const result = await runWhole(pipeline, {
        verb: 'demo',
        sources: cli.config.sources,
        push: true,
        signal: cli.signal,
      })
      const sum = (name: 'new' | 'changed') => result.sources.reduce((total, source) => total + source.counts[name], 0)
      const sent = result.pushed.reduce((total, one) => total + one.delivered, 0)
      cli.print(
        `${localTime(result.asOf, cli.config.zone)}  ${cli.words(`mới ${sum('new')}, thay đổi ${sum('changed')}, đã gửi IOC ${sent}`, `${sum('new')} new, ${sum('changed')} changed, ${sent} messages to the IOC`)}`,
      )
      await delay(LIVE.everyMs, undefined, { signal: cli.signal }).catch(() => {})
    }
  } catch (error) {
    // Ctrl-C in the middle of a pass: what had landed is kept.
    if (!cli.signal.aborted) throw error
  } finally {
    await page.close()
  }
  const banner = await sampleBanner(cli, warehouse)
  if (banner) cli.print(banner)
  return 0
}
