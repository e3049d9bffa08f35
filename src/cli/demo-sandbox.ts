/** The made-up systems of the demo, in a process of their own that ends with it. */
import { spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { PipelineError } from '../errors.ts'
import type { Cli } from './context.ts'
import { number } from './format.ts'
import { DEFAULT_SANDBOX_PORT, sandboxDir } from './sandbox.ts'

/** Resolves once they answer. Throws STOPPED's reason, or USAGE where they do not start. */
export async function startSandboxProcess(cli: Cli, dossiers: number): Promise<{ url: string; stop(): void }> {
  const port = (await isFree(DEFAULT_SANDBOX_PORT)) ? DEFAULT_SANDBOX_PORT : 0
  if (port === 0) cli.say(cli.words('port-busy', { port: DEFAULT_SANDBOX_PORT }))
  cli.print(cli.words('demo-making', { n: number(dossiers, cli.language) }))
  const program = fileURLToPath(new URL('../cli.ts', import.meta.url))
  const child = spawn(
    process.execPath,
    [program, 'sandbox', '--json', '--port', String(port), '--dossiers', String(dossiers)],
    {
      env: { ...cli.env, IOC_HOME: cli.config.home, IOC_SANDBOX_DIR: sandboxDir(cli), INIT_CWD: '' },
      // The channel is how the child notices that we are gone, however that came.
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    },
  )
  const stop = () => {
    if (child.connected) child.disconnect()
    child.kill('SIGTERM')
  }
  const stopped = () => stop()
  cli.signal.addEventListener('abort', stopped, { once: true })
  try {
    let said = ''
    for await (const part of child.stdout?.setEncoding('utf8') ?? []) {
      said += part as string
      if (said.endsWith('}\n')) return { url: (JSON.parse(said) as { url: string }).url, stop }
    }
  } finally {
    cli.signal.removeEventListener('abort', stopped)
  }
  cli.signal.throwIfAborted()
  throw new PipelineError('USAGE', { what: cli.words('sandbox-dead'), mend: 'ioc sandbox' })
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
