/** The made-up systems of the demo, in a process of their own that ends with it. */
import { spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PipelineError } from '../errors.ts'
import { holdFolder } from '../sandbox/folder.ts'
import type { Cli } from './context.ts'
import { number } from './format.ts'
import { DEFAULT_SANDBOX_PORT, sandboxDir, type Told } from './sandbox.ts'

/**
 * Where the demo's systems keep their files: the usual folder, or one inside it while other systems run there, whose files would otherwise
 * become those of another sample under whoever reads them. Throws what `holdFolder` throws.
 */
export function demoFolder(cli: Cli): string {
  const dir = sandboxDir(cli)
  try {
    holdFolder(dir).release()
    return dir
  } catch (error) {
    if (!(error instanceof PipelineError && error.code === 'SANDBOX_RUNNING')) throw error
  }
  const own = join(dir, 'demo')
  holdFolder(own).release()
  return own
}

/** Resolves once they answer. Throws STOPPED's reason, what kept them from starting, or USAGE where they did not say. */
export async function startSandboxProcess(
  cli: Cli,
  dir: string,
  dossiers: number,
): Promise<{ url: string; stop(): void }> {
  const port = (await isFree(DEFAULT_SANDBOX_PORT)) ? DEFAULT_SANDBOX_PORT : 0
  if (dir !== sandboxDir(cli)) cli.say(cli.words('folder-busy', { dir: sandboxDir(cli), own: dir }))
  if (port === 0) cli.say(cli.words('port-busy', { port: DEFAULT_SANDBOX_PORT }))
  cli.print(cli.words('demo-making', { n: number(dossiers, cli.language) }))
  const program = fileURLToPath(new URL('../cli.ts', import.meta.url))
  const child = spawn(process.execPath, [program, 'sandbox', '--port', String(port), '--dossiers', String(dossiers)], {
    env: { ...cli.env, IOC_HOME: cli.config.home, IOC_SANDBOX_DIR: dir, INIT_CWD: '' },
    // The channel is how the child says where it listens, and how it notices that we are gone, however that came.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const stop = () => {
    if (child.connected) child.disconnect()
    child.kill('SIGTERM')
  }
  cli.signal.addEventListener('abort', stop, { once: true })
  const told = await new Promise<Told | null>((resolve, reject) => {
    child.once('message', (message) => resolve(message as Told))
    child.once('disconnect', () => resolve(null)) // comes behind the last message
    child.once('error', reject)
  }).finally(() => cli.signal.removeEventListener('abort', stop))
  if (told && 'url' in told && !cli.signal.aborted) return { url: told.url, stop }
  stop()
  cli.signal.throwIfAborted()
  if (told && 'code' in told) throw new PipelineError(told.code, told.params)
  throw new PipelineError('USAGE', { what: cli.words('sandbox-dead'), mend: 'ioc sandbox' })
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
