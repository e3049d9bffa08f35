/** `ioc sandbox`: the made-up systems alone, so that every verb can be tried from a second shell. */
import { join } from 'node:path'
import { type ErrorCode, type ErrorParams, PipelineError } from '../errors.ts'
import { startSandbox } from '../sandbox/sandbox.ts'
import { DEFAULT_DOSSIERS, DEFAULT_SEED } from '../sandbox/world.ts'
import { type Cli, text, type Verb, whole } from './context.ts'

export const DEFAULT_SANDBOX_PORT = 8899
/** In live mode twenty minutes of sample time pass every three seconds. */
export const LIVE = { everyMs: 3_000, stepMs: 20 * 60_000 }

/** A million is the memory of a small machine. */
export const DOSSIERS = [1, 1_000_000] as const

/** What a sandbox says to the demo that started it, over the channel between them. */
export type Told = { url: string } | { code: ErrorCode; params: ErrorParams }
const tell = (told: Told) => void process.send?.(told)

export const sandbox: Verb = async (cli, _, values) => {
  // Started by the demo: ends with it, however and whenever that ends.
  const parent = new AbortController()
  const orphaned = () => parent.abort()
  if (process.connected) process.once('disconnect', orphaned)
  try {
    const running = await startSandbox({
      port: whole(cli, values, 'port', DEFAULT_SANDBOX_PORT, [0, 65_535]),
      seed: whole(cli, values, 'seed', DEFAULT_SEED, [0, 4_294_967_295]),
      dossiers: whole(cli, values, 'dossiers', DEFAULT_DOSSIERS, DOSSIERS),
      dir: sandboxDir(cli),
      faults: text(values.faults) ?? '',
      live: values.live === true ? LIVE : null,
    })
    tell({ url: running.url })
    cli.document({ url: running.url, dir: running.dir })
    cli.print(cli.words('sandbox', { url: running.url }))
    cli.print(cli.words('sandbox-files', { dir: running.dir }))
    cli.print(cli.words('sandbox-stop'))
    const signal = AbortSignal.any([cli.signal, parent.signal])
    const stopped = new Promise<void>((resolve) =>
      signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve(), { once: true }),
    )
    await Promise.race([stopped, running.broken]).finally(() => running.close())
    return 0
  } catch (error) {
    if (!(error instanceof PipelineError) || !process.connected) throw error
    // The demo says it, once and in its own name.
    tell({ code: error.code, params: error.params })
    return error.exit
  } finally {
    process.off('disconnect', orphaned)
  }
}

export const sandboxDir = (cli: Cli): string => cli.env.IOC_SANDBOX_DIR || join(cli.config.home, '.sandbox')
