/**
 * A deployment home with the sources that one hazard needs, a clock that the test sets, and the whole real path on it: in this process,
 * or as a child of the command line that may be killed. Everything in it is made up.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { CHECKOUT, type Config, loadConfig, type SourceConfig } from '../../src/config.ts'
import { rebuild } from '../../src/indicators/rebuild.ts'
import { runSync } from '../../src/schedule/pipeline.ts'
import type { SourceResult, SyncOptions, SyncResult } from '../../src/sync/sync.ts'
import type { Warehouse } from '../../src/warehouse/open.ts'
import { at } from '../support/pages.ts'
import { putSmallReference } from '../support/small-reference.ts'
import { ZONE } from '../support/warehouse.ts'
import { LIST, listFiles, tapeFiles } from './tape.ts'

export interface SourcePart {
  id: string
  settings?: Record<string, unknown>
  authority?: unknown
  guards?: Record<string, unknown>
}
export interface Deployment {
  home: string
  config: Config
  /** Sets the sample clock to a local time, e.g. `2024-12-02T08:00`. */
  setTime(local: string): void
  /** Writes a file into the home, its folders too. */
  put(path: string, content: string | Uint8Array): string
  /** Lands the procedures of tape.ts. */
  prepare(warehouse: Warehouse): Promise<void>
  sync(warehouse: Warehouse, options?: Partial<SyncOptions>): Promise<SyncResult>
  /** The same for one source only, and its result. */
  syncOne(warehouse: Warehouse, source: string, options?: Partial<SyncOptions>): Promise<SourceResult>
  start(args: readonly string[], env?: Record<string, string>): Child
  remove(): void
}
export interface Child {
  process: ChildProcess
  ended: Promise<{ code: number | null; signal: string | null; stdout: string; stderr: string }>
}

const COMPILED = join(CHECKOUT, 'node_modules', '.cache', 'ioc-feed-compiled')

/** those of which the hazards tell */
const COMMUNES: ReadonlySet<string> = new Set(['25459', '25462', '25474', '25489', '25495'])

/** `systems`: connector folder → its sources; a folder that the checkout does not have is `files` or a tape (tape.ts). */
export function deploy(systems: Record<string, readonly SourcePart[]>, files: Record<string, string> = {}): Deployment {
  const home = mkdtempSync(join(tmpdir(), 'ioc-feed-fault-'))
  const put = (path: string, content: string | Uint8Array) => {
    const file = join(home, path)
    mkdirSync(join(file, '..'), { recursive: true })
    writeFileSync(file, content)
    return file
  }
  const clock = join(home, 'clock.json')
  const entry = (part: SourcePart) => ({
    name: `${part.id} (made up)`,
    agency: null,
    sample: true,
    clock,
    authority: [{ rank: 1, from: '2020-01-01' }],
    grace: 'PT26H',
    settings: {},
    ...part,
  })
  const all = { ...systems, [LIST]: [{ id: LIST, settings: {} }] }
  for (const [path, content] of Object.entries({ ...tapeFiles(), ...listFiles(), ...files })) put(path, content)
  for (const [system, parts] of Object.entries(all))
    put(`connectors/${system}/sources.json`, JSON.stringify({ sources: parts.map(entry) }))
  put('jobs/targets.json', JSON.stringify({ targets: [] }))
  putSmallReference(home, COMMUNES)
  const setTime = (local: string) => void put('clock.json', JSON.stringify({ now: at(local) }))
  setTime('2024-12-02T08:00')
  const config = loadConfig({ home, env: { IOC_LANG: 'en' }, cwd: CHECKOUT })
  const children = new Set<ChildProcess>()
  const named = (id: string) => config.sources.filter((source: SourceConfig) => source.id === id)
  const sync: Deployment['sync'] = (warehouse, options = {}) =>
    runSync(
      { warehouse, config, env: {} },
      {
        verb: 'sync',
        sources: config.sources.filter((source) => source.id !== LIST),
        signal: new AbortController().signal,
        ...options,
      },
    )
  const syncOne: Deployment['syncOne'] = async (warehouse, source, options = {}) => {
    const { sources } = await sync(warehouse, { sources: named(source), ...options })
    if (!sources[0]) throw new Error(`${source} is no source`)
    return sources[0]
  }
  return {
    home,
    config,
    setTime,
    put,
    sync,
    syncOne,
    prepare: async (warehouse) => expect((await syncOne(warehouse, LIST)).state).toBe('succeeded'),
    start: (args, env = {}) => startChild(home, args, env, children),
    remove() {
      for (const child of children) child.kill('SIGKILL')
      rmSync(home, { recursive: true, force: true })
    },
  }
}

function startChild(
  home: string,
  [verb = '', ...rest]: readonly string[],
  env: Record<string, string>,
  all: Set<ChildProcess>,
): Child {
  const words = [join(CHECKOUT, 'src', 'cli.ts'), verb, '--home', home, ...rest]
  const child = spawn(process.execPath, words, {
    env: { PATH: process.env.PATH ?? '', IOC_LANG: 'en', NODE_COMPILE_CACHE: COMPILED, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  all.add(child)
  const said = { stdout: '', stderr: '' }
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    said.stdout += chunk
  })
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    said.stderr += chunk
  })
  const ended = new Promise<Awaited<Child['ended']>>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve({ code, signal, ...said }))
  }).finally(() => all.delete(child))
  return { process: child, ended }
}

/** Looks again and again until `look` finds something; the test's own time limit ends it. */
export async function until<T>(look: () => Promise<T | null | undefined | false>): Promise<T> {
  for (;;) {
    const found = await look()
    if (found) return found
    await new Promise<void>((resolve) => setTimeout(resolve, 20))
  }
}

/** Ends a child with kill -9 once `reached` says so. */
export async function killWhen(child: Child, reached: () => Promise<unknown>): Promise<void> {
  await Promise.race([
    until(async () => reached()),
    child.ended.then((ended) => Promise.reject(new Error(`it ended before it was killed: ${ended.stderr}`))),
  ])
  child.process.kill('SIGKILL')
  expect((await child.ended).signal).toBe('SIGKILL')
}

/** What the records say: when their measures next change moves with the tick alone. */
export const dossiersOf = async (warehouse: Warehouse) => {
  const rows = await warehouse.read((db) =>
    db.selectFrom('dossier').selectAll().orderBy('source').orderBy('code').execute(),
  )
  return rows.map(({ next_at: _, ...row }) => row)
}
export const codesOf = async (warehouse: Warehouse, alive = true): Promise<string[]> =>
  (await dossiersOf(warehouse)).filter((row) => !alive || row.deleted === 0).map((row) => row.code)
export const checkpointOf = (warehouse: Warehouse, source: string, stream = 'dossier') =>
  warehouse.read((db) =>
    db
      .selectFrom('checkpoint')
      .select(['watermark', 'resume'])
      .where('source', '=', source)
      .where('stream', '=', stream)
      .executeTakeFirst(),
  )
export const openQuarantine = (warehouse: Warehouse) =>
  warehouse.read((db) =>
    db.selectFrom('quarantine').selectAll().where('closed_at', 'is', null).orderBy('key').execute(),
  )
/** How many superseded versions there are: none where every row came once. */
export const versionsOf = async (warehouse: Warehouse): Promise<number> =>
  (await warehouse.read((db) => db.selectFrom('dossier_version').select('dossier_id').execute())).length
/** The figures as they are served now. */
export const figuresOf = (warehouse: Warehouse) =>
  warehouse.read((db) =>
    db
      .selectFrom('indicator_value')
      .select(['indicator', 'agency', 'period', 'value', 'numerator', 'denominator'])
      .where('current', '=', 1)
      .orderBy('indicator')
      .orderBy('agency')
      .orderBy('period')
      .execute(),
  )
/** Every measure and figure equals its recomputation. */
export async function expectRebuilt(warehouse: Warehouse): Promise<void> {
  const { figures, differences } = await rebuild(warehouse, ZONE)
  expect(figures).toBeGreaterThan(0)
  expect(differences).toEqual([])
}
/** Dossiers received that the measures count, of all agencies, procedures and months. */
export const receivedOf = async (warehouse: Warehouse): Promise<number> => {
  const rows = await warehouse.read((db) => db.selectFrom('cell_month').select('received').execute())
  return rows.reduce((sum, row) => sum + Number(row.received), 0)
}
