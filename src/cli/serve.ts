/** `ioc serve`, `ioc stop`. */
import { type Console, startConsole } from '../console/server.ts'
import type { ExitCode } from '../errors.ts'
import { runSentence } from '../schedule/runs.ts'
import { serve, stopServe } from '../schedule/serve.ts'
import type { Warehouse } from '../warehouse/open.ts'
import { type Cli, type Verb, whole, withWarehouse } from './context.ts'
import { makeLog } from './log.ts'

export const serveVerb: Verb = async (cli, _, values) => {
  const port = whole(cli, values, 'port', cli.config.statusPort, [0, 65_535])
  return withWarehouse<ExitCode>(cli, async (warehouse) => {
    const log = makeLog(cli.quiet)
    await serve(warehouse, cli.config, {
      port,
      signal: cli.signal,
      now: Date.now,
      env: cli.env,
      log,
      openConsole: (port) => openConsole(cli, warehouse, port),
      onReady: (url) => {
        cli.document({ url, warehouse: warehouse.label })
        cli.print(cli.words('status-page', { url }))
      },
    })
    return 0
  })
}

/** The status page on this machine, or elsewhere where IOC_CONSOLE_HOST and IOC_CONSOLE_TOKEN say so. */
export function openConsole(cli: Cli, warehouse: Warehouse, port: number): Promise<Console> {
  const { IOC_CONSOLE_HOST: host, IOC_CONSOLE_TOKEN: token } = cli.env
  return startConsole(warehouse, {
    port,
    ...(host ? { host } : {}),
    ...(token ? { token } : {}),
    now: Date.now,
    config: cli.config,
    sentenceOf: runSentence,
  })
}

export const stopVerb: Verb = (cli) =>
  withWarehouse<ExitCode>(
    cli,
    async (warehouse) => {
      const stopped = await stopServe(warehouse)
      cli.document({ stopped })
      cli.print(cli.words(stopped ? 'stopped' : 'nothing-served'))
      return 0
    },
    { must: true },
  )
