/** A deployment home of its own, the made-up systems behind it, and the command line as a real child process on it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts'
import type { Answer, Call } from './kept.ts'
import { putSmallReference } from './small-reference.ts'

const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url))
const PROGRAM = join(CHECKOUT, 'src', 'cli.ts')
const KEPT = join(import.meta.dirname, 'kept.ts')
/** Compiled code is kept between the many short-lived children: a third of what each of them costs. */
const COMPILED = join(CHECKOUT, 'node_modules', '.cache', 'ioc-feed-compiled')

export interface Ran {
  /** null where a signal ended it */
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}
export interface Running {
  child: ChildProcess
  /** what the node process itself is, for kill -9 */
  pid: number
  ended: Promise<Ran>
}
export interface IocOptions {
  warehouse?: string
  env?: Record<string, string>
  /** shell words before the command, such as `ulimit -f 100;` */
  shell?: string
}
export interface Home {
  dir: string
  sandbox: Sandbox
  /** all children of `ioc` get this */
  env: Record<string, string>
  start(args: readonly string[], options?: IocOptions): Running
  ioc(args: readonly string[], options?: IocOptions): Promise<Ran>
  /** The same in a process that earlier calls have used: a tenth of the time, where start and end of the process are not what is tested. */
  kept(args: readonly string[], options?: Omit<IocOptions, 'shell'>): Promise<Ran>
  /** the default warehouse of this home */
  warehouse: string
  remove(): Promise<void>
}

/**
 * `only`: leave out the connectors that a test does not need, since each costs a thread per stream. `communes`: of a province with so many
 * only, since every agency has figures, whether or not it has dossiers.
 */
export async function makeHome(
  options: { dossiers?: number; seed?: number; only?: readonly string[]; communes?: number } = {},
): Promise<Home> {
  const dir = mkdtempSync(join(tmpdir(), 'ioc-feed-home-'))
  for (const name of readdirSync(join(CHECKOUT, 'connectors'))) {
    const file = join(CHECKOUT, 'connectors', name, 'sources.json')
    if (!existsSync(file) || (options.only && !options.only.includes(name))) continue
    mkdirSync(join(dir, 'connectors', name), { recursive: true })
    copyFileSync(file, join(dir, 'connectors', name, 'sources.json'))
  }
  cpSync(join(CHECKOUT, 'jobs'), join(dir, 'jobs'), { recursive: true })
  const sandbox = await startSandbox({
    port: 0,
    seed: options.seed ?? 20241202,
    dossiers: options.dossiers ?? 1_500,
    dir: join(dir, '.sandbox'),
    ...(options.communes === undefined ? {} : { communes: options.communes }),
  })
  if (options.communes !== undefined)
    putSmallReference(
      dir,
      new Set(sandbox.world.agencies.filter(({ kind }) => kind === 'commune').map(({ code }) => code)),
    )
  const env = {
    PATH: process.env.PATH ?? '',
    IOC_LANG: 'en',
    IOC_SANDBOX_URL: sandbox.url,
    IOC_SANDBOX_DIR: sandbox.dir,
    IOC_URL: `${sandbox.url}/ioc/v1`,
    NODE_COMPILE_CACHE: COMPILED,
  }
  const warehouse = join(dir, 'data', 'var', 'warehouse.sqlite')
  const children = new Set<ChildProcess>()
  const typed = ([verb = '', ...rest]: readonly string[], more: IocOptions) => {
    return [verb, '--home', dir, '--warehouse', more.warehouse ?? warehouse, ...rest]
  }
  const start = (args: readonly string[], more: IocOptions = {}): Running => {
    const words = [PROGRAM, ...typed(args, more)]
    const [command, given] = more.shell
      ? ['/bin/sh', ['-c', `${more.shell} exec "$@"`, 'sh', process.execPath, ...words]]
      : [process.execPath, words]
    const child = spawn(command, given, { env: { ...env, ...more.env }, stdio: ['ignore', 'pipe', 'pipe'], cwd: dir })
    children.add(child)
    return { child, pid: child.pid ?? 0, ended: collect(child).finally(() => children.delete(child)) }
  }
  return {
    dir,
    sandbox,
    env,
    warehouse,
    start,
    ioc: (args, more) => start(args, more).ended,
    kept: (args, more = {}) =>
      inKept(children, { program: PROGRAM, args: typed(args, more), env: { ...env, ...more.env }, cwd: dir }),
    async remove() {
      for (const child of children) child.kill('SIGKILL')
      await sandbox.close()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

/** kept processes that wait for a call, by the home they belong to */
const waiting = new WeakMap<Set<ChildProcess>, ChildProcess[]>()

async function inKept(children: Set<ChildProcess>, call: Call): Promise<Ran> {
  const idle = waiting.get(children) ?? []
  waiting.set(children, idle)
  const child =
    idle.pop() ?? spawn(process.execPath, [KEPT], { env: call.env, stdio: ['pipe', 'inherit', 'inherit', 'pipe'] })
  children.add(child)
  const replies = child.stdio[3] as Readable
  const answer = await new Promise<Answer>((resolve, reject) => {
    const parts: Buffer[] = []
    const take = (part: Buffer) => {
      parts.push(part)
      if (part.at(-1) !== 10) return
      replies.off('data', take)
      child.off('exit', gone)
      resolve(JSON.parse(Buffer.concat(parts).toString('utf8')) as Answer)
    }
    const gone = (code: number | null) =>
      reject(new Error(`the kept process ended with ${code}: ${call.args.join(' ')}`))
    replies.on('data', take)
    child.once('exit', gone)
    child.stdin?.write(`${JSON.stringify(call)}\n`)
  })
  idle.push(child)
  return { ...answer, signal: null }
}

function collect(child: ChildProcess): Promise<Ran> {
  const said = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8')
    child[name]?.on('data', (chunk: string) => {
      said[name] += chunk
    })
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve({ code, signal, ...said }))
  })
}

/** A closed SQLite warehouse, copied: what a second try starts from. */
export function copyWarehouse(from: string, to: string): string {
  mkdirSync(join(to, '..'), { recursive: true })
  for (const suffix of ['', '-wal', '-shm'])
    if (existsSync(from + suffix)) copyFileSync(from + suffix, to + suffix)
    else rmSync(to + suffix, { force: true })
  return to
}
