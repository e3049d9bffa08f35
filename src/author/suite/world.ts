/**
 * One connector, one hostile source, and a warehouse of its own for each check: the whole real path (reading thread, protect … land) into
 * a SQLite file. Warehouses are copies of one that has the reference data and the procedures, so that a check costs little.
 */
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Config, SourceConfig } from '../../config.ts'
import { holderId } from '../../schedule/holder.ts'
import { withLease } from '../../schedule/lease.ts'
import { refreshNow } from '../../schedule/pipeline.ts'
import { type SourceResult, type SyncOptions, sync } from '../../sync/sync.ts'
import { migrate } from '../../warehouse/migrate.ts'
import { openWarehouse, type Warehouse } from '../../warehouse/open.ts'
import { closeInterruptedRuns } from '../../warehouse/runs.ts'
import type { Control } from './hostile.ts'
import type { HostileSource } from './types.ts'

const SOURCE = 'suite'
/** 20 s: a thousand records land in under one; where nothing does, they were refused. */
const LANDS_WITHIN_MS = 20_000
const HOSTILE = new URL('./hostile.ts', import.meta.url).href
const PROCEDURES = new URL('./procedures-connector.ts', import.meta.url)

export interface WorldParts {
  config: Config
  /** absolute path of connector.ts */
  connector: string
  agency: string | null
  procedures: readonly string[]
  /** the source's clock when the warehouse is made */
  now: number
}

/** What all checks of one connector share. */
export class World {
  readonly folder = mkdtempSync(join(tmpdir(), 'ioc-suite-'))
  private readonly parts: WorldParts
  private readonly base: string
  private copies = 0

  constructor(parts: WorldParts) {
    this.parts = parts
    this.base = join(this.folder, 'base.sqlite')
    const wrapper = `import connector from ${JSON.stringify(pathToFileURL(parts.connector).href)}
import { hostile } from ${JSON.stringify(HOSTILE)}
export default hostile(connector, ${JSON.stringify(this.control)})
`
    writeFileSync(join(this.folder, 'connector.ts'), wrapper)
  }

  get control(): string {
    return join(this.folder, 'control.json')
  }
  get gate(): string {
    return join(this.folder, 'gate')
  }

  /** The warehouse from which all others are copied. */
  async prepare(): Promise<void> {
    const warehouse = await openWarehouse(this.base)
    try {
      await migrate(warehouse, this.parts.config.zone)
      const list = this.sourceOf(PROCEDURES.pathname, 'suite-procedures', { codes: this.parts.procedures })
      this.setClock(this.parts.now)
      await this.run(warehouse, list, {}, 0)
    } finally {
      await warehouse.close()
    }
  }

  setClock(now: number): void {
    writeFileSync(join(this.folder, 'clock.json'), JSON.stringify({ now }))
  }

  /** A warehouse for one check; `from`: of another check's, as it is at this moment, also in the middle of a run. */
  async open(source: HostileSource, from = this.base): Promise<Home> {
    this.copies += 1
    const file = join(this.folder, `warehouse-${this.copies}.sqlite`)
    copyWarehouse(from, file)
    return new Home(this, await openWarehouse(file), file, source, this.copies)
  }

  get config(): Config {
    return this.parts.config
  }

  sourceOf(connector: string, id: string, settings: Readonly<Record<string, unknown>>): SourceConfig {
    return {
      id,
      name: `${id} (made up)`,
      agency: this.parts.agency,
      sample: true,
      clock: join(this.folder, 'clock.json'),
      authority: [{ rank: 1, from: '2000-01-01' }],
      grace: 'PT26H',
      settings,
      connector,
      file: join(this.folder, 'sources.json'),
      path: 'sources[0]',
    }
  }

  async run(
    warehouse: Warehouse,
    source: SourceConfig,
    options: Partial<SyncOptions>,
    process: number,
    settled = false,
  ): Promise<SourceResult> {
    const config: Config = { ...this.parts.config, sources: [source], targets: [], jobs: [] }
    const signal = options.signal ?? new AbortController().signal
    // as if each warehouse were worked on by a process of its own, which a copy in the middle of a run leaves behind dead
    const holder = `${holderId()}#${process}`
    const { sources } = await sync(
      {
        warehouse,
        config,
        env: {},
        holder,
        withLease: (name, own, fn) => withLease(warehouse, name, holder, fn, { signal: own }),
        settle: async () => {
          if (settled) await refreshNow({ warehouse, config, env: {} }, signal)
        },
      },
      { verb: 'connector test', sources: [source], ...options, signal },
    )
    const [result] = sources
    if (!result) throw new Error('the suite has no source')
    return result
  }

  async remove(): Promise<void> {
    rmSync(this.folder, { recursive: true, force: true })
  }
}

function copyWarehouse(from: string, to: string): void {
  mkdirSync(join(to, '..'), { recursive: true })
  for (const suffix of ['', '-wal']) if (existsSync(from + suffix)) copyFileSync(from + suffix, to + suffix)
}

/** One warehouse and the source that is read into it. */
export class Home {
  readonly warehouse: Warehouse
  readonly file: string
  readonly source: HostileSource
  private readonly world: World
  private readonly process: number

  constructor(world: World, warehouse: Warehouse, file: string, source: HostileSource, process: number) {
    this.world = world
    this.warehouse = warehouse
    this.file = file
    this.source = source
    this.process = process
  }

  /** The whole real path once. `control`: what the read is to do; see hostile.ts. */
  async sync(
    options: Partial<SyncOptions> & { settled?: boolean; control?: Partial<Control> } = {},
  ): Promise<SourceResult> {
    const { settled, control, ...rest } = options
    await this.tell(control)
    return this.world.run(this.warehouse, this.instance(), rest, this.process, settled)
  }

  private async tell(control: Partial<Control> = {}): Promise<void> {
    this.world.setClock(this.source.state.now)
    await this.source.show()
    writeFileSync(this.world.control, JSON.stringify({ ...this.source.control, ...control }))
  }

  private instance(): SourceConfig {
    return this.world.sourceOf(join(this.world.folder, 'connector.ts'), SOURCE, this.source.settings)
  }

  /**
   * Begins a run and ends it as kill -9 would, once something has landed: what the files hold at that moment is what such a process
   * leaves behind. Returns the warehouse as the next process finds it.
   */
  async killed(records: number): Promise<Home> {
    const { gate } = this.world
    writeFileSync(gate, '')
    await this.tell({ waitAfter: { records, gate } })
    const stop = new AbortController()
    const running = this.world
      .run(this.warehouse, this.instance(), { signal: stop.signal }, this.process)
      .catch(() => null)
    let ended = false
    void running.then(() => {
      ended = true
    })
    const patience = performance.now() + LANDS_WITHIN_MS
    while (!ended && performance.now() < patience && (await this.resume()) === null)
      await new Promise((resolve) => setTimeout(resolve, 5))
    const left = await this.world.open(this.source, this.file)
    stop.abort(new Error('killed'))
    rmSync(gate, { force: true })
    await running
    await left.mourn()
    return left
  }

  /** The process that held the leases and wrote the ledger is gone. */
  private async mourn(): Promise<void> {
    const isDead = (holder: string) => holder.includes('#') && !holder.endsWith(`#${this.process}`)
    await this.warehouse.write(async (trx) => {
      await trx.db.updateTable('lease').set({ expires_at: 0 }).execute()
      await closeInterruptedRuns(trx, isDead, Date.now())
    })
  }

  async checkpoint(): Promise<{ watermark: string | null; resume: string | null }> {
    const row = await this.warehouse.read((db) =>
      db
        .selectFrom('checkpoint')
        .select(['watermark', 'resume'])
        .where('source', '=', SOURCE)
        .where('stream', '=', String(this.source.control.stream))
        .executeTakeFirst(),
    )
    return { watermark: row?.watermark ?? null, resume: row?.resume ?? null }
  }
  private async resume(): Promise<string | null> {
    return (await this.checkpoint()).resume
  }

  async close(): Promise<void> {
    await this.warehouse.close()
    for (const suffix of ['', '-wal', '-shm']) rmSync(this.file + suffix, { force: true })
  }
}
