/** A deployment home with one connector, as an author writes it, and the command line as a real child process on it. */
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Ran, Running } from './home.ts'

const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url))

export interface Department {
  dir: string
  warehouse: string
  start(args: readonly string[], env?: Record<string, string>): Running
  ioc(args: readonly string[], env?: Record<string, string>): Promise<Ran>
  /** writes sources.json with one instance, `department`, of these settings */
  instance(settings: object, network?: object): void
  write(file: string, text: string): void
  remove(): void
}

/** `schemas`: name → JSON Schema of a raw record. */
export function makeDepartment(connector: string, schemas: Readonly<Record<string, object>>): Department {
  const dir = mkdtempSync(join(tmpdir(), 'ioc-department-'))
  const own = join(dir, 'connectors', 'department')
  mkdirSync(own, { recursive: true })
  mkdirSync(join(dir, 'schemas', 'sources', 'department'), { recursive: true })
  writeFileSync(join(own, 'connector.ts'), connector)
  for (const [name, schema] of Object.entries(schemas)) {
    writeFileSync(join(dir, 'schemas', 'sources', 'department', `${name}.schema.json`), JSON.stringify(schema))
  }
  const warehouse = join(dir, 'data', 'var', 'warehouse.sqlite')
  const start = (args: readonly string[], env: Record<string, string> = {}): Running => {
    const words = [join(CHECKOUT, 'src', 'cli.ts'), ...args, '--home', dir, '--warehouse', warehouse]
    const NODE_COMPILE_CACHE = join(CHECKOUT, 'node_modules', '.cache', 'ioc-feed-compiled')
    const child = spawn(process.execPath, words, {
      env: { PATH: process.env.PATH ?? '', IOC_LANG: 'en', NODE_COMPILE_CACHE, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: dir,
    })
    const said = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (chunk: string) => {
        said[name] += chunk
      })
    }
    const ended = new Promise<Ran>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (code, signal) => resolve({ code, signal, ...said }))
    })
    return { child, pid: child.pid ?? 0, ended }
  }
  return {
    dir,
    warehouse,
    start,
    ioc: (args, env) => start(args, env).ended,
    instance(settings, network) {
      const entry = {
        id: 'department',
        name: 'Department',
        agency: 'H53.03',
        sample: false,
        authority: [{ rank: 1, from: '2020-01-01' }],
        grace: 'PT26H',
        ...(network ? { network } : {}),
        settings,
      }
      writeFileSync(join(own, 'sources.json'), JSON.stringify({ sources: [entry] }))
    },
    write: (file, text) => writeFileSync(join(own, file), text),
    remove: () => rmSync(dir, { recursive: true, force: true }),
  }
}
