/** One scheduled job as a child process: what it leaks or breaks ends with it, and the console keeps answering. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Config, Env } from '../config.ts'
import type { Log } from './log.ts'

const CLI = fileURLToPath(new URL('../cli.ts', import.meta.url))
/** 10 s from SIGTERM: a landing write takes under 3 s. */
const STOP_WAIT_MS = 10_000

export interface ChildOptions {
  config: Config
  env: Env
  log: Log
  /** ends the child: SIGTERM, and SIGKILL 10 s later */
  signal: AbortSignal
  program?: string
}

/** Resolves with the exit code (null where a signal ended it); what it prints goes to the log. */
export function runJob(job: string, slot: string, { config, env, log, signal, program = CLI }: ChildOptions) {
  return new Promise<number | null>((resolve, reject) => {
    const child = spawn(process.execPath, [program, 'run', job, '--slot', slot], {
      cwd: config.home,
      // By environment and not by flags: a database URL holds a password, and everybody can read a command line.
      env: { ...env, IOC_HOME: config.home, IOC_WAREHOUSE: config.warehouse, IOC_ZONE: config.zone, INIT_CWD: '' },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const say = (line: string) => log.info(line, { job, slot, pid: child.pid })
    for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', say)
    let kill: NodeJS.Timeout | undefined
    const stop = () => {
      child.kill('SIGTERM')
      kill = setTimeout(() => child.kill('SIGKILL'), STOP_WAIT_MS)
    }
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
    const done = () => {
      clearTimeout(kill)
      signal.removeEventListener('abort', stop)
    }
    child.once('error', (error) => {
      done()
      reject(error)
    })
    child.once('close', (code) => {
      done()
      resolve(code)
    })
  })
}
