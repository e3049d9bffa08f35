/**
 * `npm run bench [-- sqlite|postgres] [--rows 200000] [--times 3]`: whole `sync` of CSV dossiers beside `land` alone on the same batches,
 * ready and sorted in memory. Both move with the machine and its load, so they alternate and their medians are compared; the ratio is
 * what holds. `npm run bench -- files`: files alone, see files.ts; `-- indicators`, `-- build`: see the files of these names. Nothing is asserted.
 */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import pg from 'pg'
import { startIoc } from '../deliver/ioc.ts'
import { startPostgres } from '../support/postgres.ts'
import { benchBuild } from './build.ts'
import { makeHome } from './dossiers.ts'
import { benchFiles } from './files.ts'
import { benchIndicators } from './indicators.ts'
import type { Leg } from './leg.ts'

type Database = 'sqlite' | 'postgres'
const LEG = new URL('./leg.ts', import.meta.url).pathname
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rows: { type: 'string' },
    times: { type: 'string', default: '3' },
    sizes: { type: 'string', default: '10000,100000,1000000' },
  },
})
if (positionals[0] === 'files') {
  await benchFiles()
  process.exit()
}
const rows = Number(values.rows ?? 200_000)
const folder = mkdtempSync(join(tmpdir(), 'ioc-feed-bench-'))
const server = positionals.includes('sqlite') ? null : await startPostgres()
const ioc = await startIoc()
ioc.seen.push = () => 0 // bodies are not kept: this process is not what is measured, but shares its machine

async function leg(what: string, home: string, location: string): Promise<Leg> {
  const { stdout } = await promisify(execFile)(process.execPath, [LEG, what, home, location, ioc.target.url])
  return JSON.parse(stdout) as Leg
}

let made = 0
async function fresh(database: Database): Promise<string> {
  const name = `bench_${made++}`
  if (database === 'sqlite' || !server) return join(folder, `${name}.sqlite`)
  const client = new pg.Client({ connectionString: `${server.url}/postgres` })
  await client.connect()
  await client.query(`CREATE DATABASE ${name} TEMPLATE template0`)
  await client.end()
  return `${server.url}/${name}`
}

const median = (legs: readonly Leg[]): Leg => {
  const sorted = [...legs].sort((a, b) => a.seconds - b.seconds)
  const middle = sorted[sorted.length >> 1]
  if (!middle) throw new Error('nothing was measured')
  return { ...middle, peak: Math.max(...legs.map((one) => one.peak)), heap: Math.max(...legs.map((one) => one.heap)) }
}

function line(database: string, what: string, one: Leg, ratio: number | null = null): void {
  const cells = [
    database.padEnd(9),
    what.padEnd(26),
    String(one.n).padStart(8),
    one.seconds.toFixed(2).padStart(8),
    (one.n / one.seconds / 1000).toFixed(1).padStart(8),
    (ratio === null ? '' : ratio.toFixed(2)).padStart(6),
    one.cpu.toFixed(2).padStart(8),
    one.main.toFixed(2).padStart(8),
    one.peak.toFixed(0).padStart(8),
    one.heap.toFixed(0).padStart(8),
  ]
  console.log(cells.join(' '))
}

async function measure(database: Database): Promise<void> {
  const whole: Leg[] = []
  const alone: Leg[] = []
  let last = ''
  for (let i = 0; i < Number(values.times); i++) {
    last = await fresh(database)
    whole.push(await leg('sync', big, last))
    alone.push(await leg('land', big, await fresh(database)))
  }
  const [a, b] = [median(whole), median(alone)]
  line(database, 'sync', a, b.seconds / a.seconds)
  line(database, 'land alone', b)
  line(database, 'sync, a quarter', await leg('sync', small, await fresh(database)))
  for (const [what, name] of AFTERWARDS) line(database, name, await leg(what, big, last))
}
const AFTERWARDS = [
  ['again', 'sync, nothing changed'],
  ['full', 'sync --full, nothing changed'],
  ['refresh', 'refresh, all figures'],
  ['send', 'send, all messages'],
] as const

const databases = (['sqlite', 'postgres'] as const).filter(
  (database) => positionals.includes(database) || !positionals.some((word) => word === 'sqlite' || word === 'postgres'),
)

const [big, small] = [join(folder, 'big'), join(folder, 'small')]
async function benchSync(): Promise<void> {
  makeHome(big, rows)
  makeHome(small, rows / 4)
  console.log(
    'database  what                              n        s  thousand/s ratio    cpu s main cpu  peak MB  heap MB',
  )
  for (const database of databases) await measure(database)
}

try {
  if (positionals[0] === 'indicators') await benchIndicators(databases, values.sizes.split(',').map(Number), fresh)
  else if (positionals[0] === 'build')
    for (const database of databases) await benchBuild(folder, Number(values.rows ?? 1_000_000), await fresh(database))
  else await benchSync()
} finally {
  await ioc.close()
  await server?.stop()
  rmSync(folder, { recursive: true, force: true })
}
