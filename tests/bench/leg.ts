/**
 * One leg of the bench, in a process of its own so that its memory is its own: `leg.ts <what> <home> <warehouse> [IOC address]`.
 * Prints one line of JSON. What is timed is the call itself: neither the start of the process nor the making of the batches.
 */
import '../../src/connect/resolve.ts'
import { type Config, loadConfig, resolveSettings, type SourceConfig, type TargetConfig } from '../../src/config.ts'
import { makeHttp } from '../../src/connect/http.ts'
import { send } from '../../src/deliver/deliver.ts'
import { tick } from '../../src/indicators/tick.ts'
import { refreshNow, syncDeps } from '../../src/schedule/pipeline.ts'
import { fingerprintKey } from '../../src/sync/fingerprint-key.ts'
import { type LandContext, land } from '../../src/sync/land.ts'
import { openStream } from '../../src/sync/open-stream.ts'
import { BATCH_ROWS, type NormalisedPage } from '../../src/sync/protocol.ts'
import { installReference } from '../../src/sync/reference.ts'
import { landContext, type SyncDeps, sync } from '../../src/sync/sync.ts'
import { saveMeta } from '../../src/warehouse/landing.ts'
import { migrate } from '../../src/warehouse/migrate.ts'
import { openWarehouse } from '../../src/warehouse/open.ts'
import { page, procedureObject } from '../support/pages.ts'
import { PROCEDURES } from './dossiers.ts'

export interface Leg {
  seconds: number
  /** rows, figures or messages */
  n: number
  /** seconds of processor time: of all threads, and of the main thread, which lands */
  cpu: number
  main: number
  /** resident memory of the whole process with its threads, MB */
  peak: number
  /** heap of the main thread, MB */
  heap: number
}

const AS_OF = Date.UTC(2025, 1, 28, 5)
const signal = new AbortController().signal

interface Bench {
  deps: SyncDeps
  config: Config
  source: SourceConfig
  home: string
  target: TargetConfig
}

async function openBench(home: string, location: string, url: string): Promise<Bench> {
  const target: TargetConfig = {
    name: 'ioc',
    kind: 'rest',
    url,
    key: 'sandbox',
    secret: 'sandbox-secret',
    sample: true,
  }
  const config: Config = { ...loadConfig({ home, warehouse: location, env: {}, cwd: home }), targets: [target] }
  const [source] = config.sources
  if (!source) throw new Error('the home of the bench has one source')
  const warehouse = await openWarehouse(location)
  // indicators are timed by themselves
  const deps = { ...syncDeps({ warehouse, config, env: {} }, signal), settle: async () => {} }
  return { deps, config, source, home, target }
}

/** A warehouse as it is before the first dossier: reference data, the tick and the procedures. */
async function prepare(bench: Bench): Promise<void> {
  const { warehouse } = bench.deps
  await migrate(warehouse, bench.config.zone)
  await installReference(warehouse, bench.config.homes, AS_OF)
  await tick(warehouse, AS_OF, bench.config.zone)
  await warehouse.write((trx) => saveMeta(trx, 'data', 'sample'))
  const procedures = page(
    PROCEDURES.map((code) => procedureObject(code)),
    { entity: 'procedure' },
  )
  await leased(bench, (context) => land({ ...context, stream: 'procedure', entity: 'procedure' }, [procedures]))
}

/** Runs `fn` with the lease and with all that `land` needs, as `sync` would. */
async function leased<T>(bench: Bench, fn: (context: LandContext) => Promise<T>): Promise<T> {
  const { deps, source } = bench
  const { stream } = await openStream(startOf(bench))
  return deps.withLease(`source:${source.id}`, signal, async (lease) =>
    fn(await landContext(deps, source, stream, 'bench', AS_OF, lease)),
  )
}

const startOf = ({ source, config, home }: Bench) => ({
  connector: source.connector,
  stream: 'dossier',
  source: source.id,
  agency: null,
  zone: config.zone,
  now: AS_OF,
  schemaHomes: config.homes,
  hmacKey: fingerprintKey(home),
})

/** The pages that the reading thread would post, joined to full batches. */
async function readyBatches(bench: Bench): Promise<NormalisedPage[][]> {
  const { stream, connector, reader } = await openStream(startOf(bench))
  const { source, config, home } = bench
  const http = makeHttp({ source: source.id, signal })
  const read = stream.read({
    config: resolveSettings(source, connector.settings, {}, home),
    stream: { ...stream, fields: reader.fields },
    source: source.id,
    agency: null,
    watermark: null,
    resume: null,
    now: AS_OF,
    zone: config.zone,
    signal,
    http,
    unfinished: async function* () {},
    full: false,
  })
  const batches: NormalisedPage[][] = []
  let rows = BATCH_ROWS
  for await (const raw of read) {
    const normalised = structuredClone(reader.page(raw))
    if (rows >= BATCH_ROWS) {
      batches.push([])
      rows = 0
    }
    batches.at(-1)?.push(normalised)
    rows += normalised.rows.length
  }
  http.close()
  return batches
}

const rowsOf = (batches: readonly (readonly NormalisedPage[])[]) =>
  batches.flat().reduce((sum, { rows }) => sum + rows.length, 0)

async function syncOnce({ deps, source }: Bench, full = false): Promise<number> {
  const { sources } = await sync(deps, { sources: [source], verb: 'sync', full, signal })
  const [result] = sources
  if (result?.state !== 'succeeded') throw result?.error ?? new Error(`the bench's source ended ${result?.state}`)
  return result.counts.read
}

async function timed(run: () => Promise<number>): Promise<Leg> {
  let heap = 0
  const watch = setInterval(() => {
    heap = Math.max(heap, process.memoryUsage().heapUsed)
  }, 20)
  const [start, all, own] = [performance.now(), process.cpuUsage(), process.threadCpuUsage()]
  const n = await run()
  const seconds = (performance.now() - start) / 1000
  const [cpu, main] = [inSeconds(process.cpuUsage(all)), inSeconds(process.threadCpuUsage(own))]
  clearInterval(watch)
  return { seconds, n, cpu, main, peak: process.resourceUsage().maxRSS / 1024, heap: heap / 2 ** 20 }
}

const inSeconds = ({ user, system }: NodeJS.CpuUsage) => (user + system) / 1e6

const LEGS: Readonly<Record<string, (bench: Bench) => Promise<Leg>>> = {
  async sync(bench) {
    await prepare(bench)
    return timed(() => syncOnce(bench))
  },
  async land(bench) {
    await prepare(bench)
    const batches = await readyBatches(bench)
    return leased(bench, (context) =>
      timed(async () => {
        for (const pages of batches) await land(context, pages)
        return rowsOf(batches)
      }),
    )
  },
  /** nothing changed: the files are known and not opened */
  again: (bench) => timed(() => syncOnce(bench)),
  /** nothing changed, and every row is read, checked and looked up again */
  full: (bench) => timed(() => syncOnce(bench, true)),
  refresh: ({ deps, config }) =>
    timed(async () => (await refreshNow({ warehouse: deps.warehouse, config, env: {} }, signal)).changed),
  send: ({ deps, target }) =>
    timed(async () => (await send(deps.warehouse, target, { now: Date.now, signal })).delivered),
}

const [what = '', home = '', location = '', url = ''] = process.argv.slice(2)
const bench = await openBench(home, location, url)
const leg = await LEGS[what]?.(bench)
await bench.deps.warehouse.close()
process.stdout.write(`${JSON.stringify(leg)}\n`)
