/** `ioc sandbox`: the made-up systems alone, so that every verb can be tried from a second shell. */
import { join } from 'node:path'
import { PipelineError } from '../errors.ts'
import { startSandbox } from '../sandbox/sandbox.ts'
import { DEFAULT_DOSSIERS, DEFAULT_SEED } from '../sandbox/world.ts'
import { type Cli, text, type Values, type Verb } from './context.ts'

export const DEFAULT_SANDBOX_PORT = 8899
/** In live mode twenty minutes of sample time pass every three seconds. */
export const LIVE = { everyMs: 3_000, stepMs: 20 * 60_000 }

export const sandbox: Verb = async (cli, _, values) => {
  const running = await startSandbox({
    port: whole(values, 'port', DEFAULT_SANDBOX_PORT),
    seed: whole(values, 'seed', DEFAULT_SEED),
    dossiers: whole(values, 'dossiers', DEFAULT_DOSSIERS),
    dir: sandboxDir(cli),
    faults: text(values.faults) ?? '',
    live: values.live === true ? LIVE : null,
  })
  cli.document({ url: running.url, dir: running.dir })
  cli.print(
    cli.words(
      `Hệ thống mẫu (dữ liệu tự tạo) tại ${running.url}, tệp trong ${running.dir}`,
      `Made-up systems at ${running.url}, files in ${running.dir}`,
    ),
  )
  cli.print(cli.words('Dừng: Ctrl-C', 'Stop: Ctrl-C'))
  await new Promise<void>((resolve) =>
    cli.signal.aborted ? resolve() : cli.signal.addEventListener('abort', () => resolve(), { once: true }),
  )
  await running.close()
  return 0
}

export const sandboxDir = (cli: Cli): string => cli.env.IOC_SANDBOX_DIR || join(cli.config.home, '.sandbox')

export function whole(values: Values, name: string, fallback: number): number {
  const typed = text(values[name])
  const value = typed === undefined ? fallback : Number(typed)
  if (!Number.isSafeInteger(value) || value < 0)
    throw new PipelineError('USAGE', { what: `--${name} ${typed}`, mend: `--${name} ${fallback}` })
  return value
}
