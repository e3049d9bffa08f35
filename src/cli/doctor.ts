/** `ioc doctor`: looks at everything that must be in order before a night, and says what to do where it is not. */
import { accessSync, constants, existsSync, statfsSync } from 'node:fs'
import { dirname, relative } from 'node:path'
import { clockUrl, resolveNetwork, resolveSettings, resolveTargets } from '../config.ts'
import { loadConnector } from '../connect/load.ts'
import { type ExitCode, explainError, PipelineError, worstExit } from '../errors.ts'
import { checkSchemas } from '../sync/check-schemas.ts'
import { fingerprintKey } from '../sync/fingerprint-key.ts'
import { openStream } from '../sync/open-stream.ts'
import { migrate } from '../warehouse/migrate.ts'
import { openWarehouse } from '../warehouse/open.ts'
import { type Cli, hasWarehouse, isPostgres, refuseForeign, type Verb } from './context.ts'
import { listed } from './words-lists.ts'

interface Check {
  /** for scripts: the same in both languages */
  check: string
  what: string
  ok: boolean
  says: string
  mend: string | null
  exit: ExitCode
}

export const doctor: Verb = async (cli) => {
  const checks: Check[] = [
    await check(cli, 'node', cli.words('check-node'), async () => {
      const major = Number(process.versions.node.split('.')[0])
      if (major < 26)
        throw new PipelineError('USAGE', { what: `Node ${process.versions.node}`, mend: 'npm run -s ioc -- doctor' })
      return process.versions.node
    }),
    await check(cli, 'warehouse', cli.words('check-warehouse'), () => warehouseCheck(cli)),
    await check(cli, 'disk', cli.words('check-disk'), async () => diskCheck(cli)),
    ...(await Promise.all(
      cli.faults.map(({ file, error }) =>
        check(cli, `file:${relative(cli.config.home, file)}`, cli.words('check-file'), () => Promise.reject(error)),
      ),
    )),
    ...(await Promise.all(
      cli.config.sources.map((source) =>
        check(cli, `source:${source.id}`, cli.words('check-source', { id: source.id }), () => sourceCheck(cli, source)),
      ),
    )),
    await check(
      cli,
      'targets',
      cli.words('check-targets'),
      async () =>
        resolveTargets(cli.config, cli.env)
          .map((target) => `${target.name} ${new URL(target.url).host}`)
          .join(', ') || '-',
    ),
    await check(
      cli,
      'jobs',
      cli.words('check-jobs'),
      async () => cli.config.jobs.map((job) => `${job.id} (${job.cron}, ${cli.config.zone})`).join(', ') || '-',
    ),
  ]
  cli.document(checks)
  for (const one of checks) {
    cli.print(`${one.ok ? '✓' : '✗'} ${one.what}: ${one.says}`)
    if (one.mend) cli.print(`  → ${one.mend}`)
  }
  return worstExit(checks.map((one) => one.exit))
}

async function check(cli: Cli, id: string, what: string, look: () => Promise<string>): Promise<Check> {
  try {
    return { check: id, what, ok: true, says: await look(), mend: null, exit: 0 }
  } catch (error) {
    if (!(error instanceof PipelineError)) throw error
    const { what: says, mend } = explainError(error.code, error.params, cli.language)
    return { check: id, what, ok: false, says, mend, exit: error.exit }
  }
}

async function warehouseCheck(cli: Cli): Promise<string> {
  const location = cli.config.warehouse
  if (!hasWarehouse(cli)) return cli.words('will-be-made', { warehouse: location })
  const warehouse = await openWarehouse(location)
  try {
    await refuseForeign(warehouse)
    await migrate(warehouse, cli.config.zone)
    return warehouse.label
  } finally {
    await warehouse.close()
  }
}

/** 1 GiB: a first night of a large province writes about half of that. */
const LEAST_FREE = 2 ** 30
function diskCheck(cli: Cli): string {
  const folder = isPostgres(cli.config.warehouse) ? cli.config.home : nearestFolder(dirname(cli.config.warehouse))
  try {
    accessSync(folder, constants.W_OK)
  } catch (cause) {
    const problem = (cause as NodeJS.ErrnoException).code ?? ''
    throw new PipelineError('WAREHOUSE_UNREACHABLE', { warehouse: folder, problem }, { cause })
  }
  const { bavail, bsize } = statfsSync(folder)
  const free = bavail * bsize
  if (free < LEAST_FREE) throw new PipelineError('DISK_FULL', { what: folder })
  return cli.words('free', { n: Math.floor(free / LEAST_FREE) })
}
const nearestFolder = (folder: string): string => (existsSync(folder) ? folder : nearestFolder(dirname(folder)))

/** Loads the connector, compiles its schemas and map, resolves its secrets. Reaches for the system only by its sample clock. */
async function sourceCheck(cli: Cli, source: Cli['config']['sources'][number]): Promise<string> {
  const connector = await loadConnector(source.connector)
  checkSchemas(connector, cli.config.homes)
  resolveSettings(source, connector.settings, cli.env, cli.config.home)
  resolveNetwork(source, cli.env)
  for (const stream of connector.streams) {
    await openStream({
      connector: source.connector,
      stream: stream.name,
      source: source.id,
      agency: source.agency,
      zone: cli.config.zone,
      now: Date.now(),
      schemaHomes: cli.config.homes,
      hmacKey: fingerprintKey(cli.config.home),
    })
  }
  const clock = clockUrl(source, cli.env)
  return `${connector.name}: ${connector.streams.map((stream) => listed('stream', stream.name, cli.language)).join(', ')}${clock === null ? '' : ` · ${cli.words('is-sample')}`}`
}
