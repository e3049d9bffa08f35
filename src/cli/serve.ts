/** `ioc serve`, `ioc stop`. */
import { type Console, startConsole } from '../console/server.ts'
import type { ExitCode } from '../errors.ts'
import { runSentence } from '../schedule/runs.ts'
import { serve, stopServe } from '../schedule/serve.ts'
import type { Warehouse } from '../warehouse/open.ts'
import { type Cli, type Verb, withWarehouse } from './context.ts'
import { makeLog } from './log.ts'

export const serveVerb: Verb = (cli) =>
  withWarehouse<ExitCode>(cli, async (warehouse) => {
    const log = makeLog(cli.quiet)
    await serve(warehouse, cli.config, {
      port: cli.config.statusPort,
      signal: cli.signal,
      now: Date.now,
      env: cli.env,
      log,
      openConsole: (port) => openConsole(cli, warehouse, port),
      onReady: (url) =>
        cli.print(
          cli.words(
            `Trang trạng thái: ${url}  (dừng: Ctrl-C hoặc ioc stop)`,
            `Status page: ${url}  (stop: Ctrl-C or ioc stop)`,
          ),
        ),
    })
    return 0
  })

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
      cli.print(
        stopped
          ? cli.words('Đã dừng.', 'Stopped.')
          : cli.words('Không có ioc serve nào đang chạy trên kho này.', 'No ioc serve runs on this warehouse.'),
      )
      return 0
    },
    { must: true },
  )
