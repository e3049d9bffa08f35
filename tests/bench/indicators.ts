/**
 * `npm run bench -- indicators [sqlite|postgres] [--sizes 10000,100000,1000000]`: what a batch of 1,000 changes, and 1,000 dossiers becoming
 * past due, cost in warehouses of more and more dossiers, beside recomputing everything. Rows and cells touched are counted by the
 * landing itself and must not follow the size. One process per size. With 5,000,000 among the sizes, take an hour.
 */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { rebuild } from '../../src/indicators/rebuild.ts'
import { refresh } from '../../src/indicators/refresh.ts'
import { tick } from '../../src/indicators/tick.ts'
import { migrate } from '../../src/warehouse/migrate.ts'
import { openWarehouse, type Warehouse } from '../../src/warehouse/open.ts'
import {
  AGENCIES,
  aboutToBeDue,
  contextFor,
  type Lot,
  landAll,
  madeDossier,
  madeDossiers,
  readyToLand,
  workOf,
} from '../support/changes.ts'
import { seeded } from '../support/crash.ts'
import { ZONE } from '../support/databases.ts'

const LOT: Lot = { from: Date.UTC(2024, 0, 1), days: 330, agencies: AGENCIES }
const NOW = Date.UTC(2024, 11, 2, 1)
const CHANGES = 1_000

interface Measured {
  dossiers: number
  cells: number
  landMs: number
  landRows: number | null
  landCells: number | null
  refreshMs: number
  looked: number
  tickMs: number
  tickRows: number | null
  tickCells: number | null
  rebuildMs: number
  refreshAllMs: number
}

async function timed<T>(run: () => Promise<T>): Promise<[ms: number, result: T]> {
  const start = performance.now()
  const result = await run()
  return [performance.now() - start, result]
}

async function measure(warehouse: Warehouse, dossiers: number): Promise<Measured> {
  await migrate(warehouse, ZONE)
  await readyToLand(warehouse, NOW, [])
  await landAll(contextFor(warehouse, NOW), madeDossiers(0, dossiers, LOT), 10_000)
  const refreshed = () => refresh(warehouse, { zone: ZONE, targets: [], now: Date.now() })
  const [refreshAllMs] = await timed(refreshed)
  const random = seeded(dossiers)
  const some = () => Math.floor(random() * dossiers)
  const changes = [
    ...Array.from({ length: CHANGES * 0.8 }, () => madeDossier(some(), LOT, 1)),
    ...madeDossiers(dossiers, dossiers + CHANGES * 0.2, LOT),
  ]
  const [landMs] = await timed(() => landAll(contextFor(warehouse, NOW), changes))
  const landed = await workOf(warehouse)
  const [refreshMs, { looked }] = await timed(refreshed)
  const open = Array.from({ length: CHANGES }, (_, i) =>
    aboutToBeDue(i * Math.floor(dossiers / CHANGES), LOT, NOW, dossiers),
  )
  await landAll(contextFor(warehouse, NOW), open)
  const [tickMs, { crossed }] = await timed(() => tick(warehouse, NOW + 3_600_000, ZONE))
  if (crossed !== CHANGES) throw new Error(`${crossed} of ${CHANGES} became past due`)
  const ticked = await workOf(warehouse)
  await refreshed()
  const [rebuildMs, { differences }] = await timed(() => rebuild(warehouse, ZONE))
  if (differences.length > 0) throw new Error(`differs: ${JSON.stringify(differences.slice(0, 3))}`)
  const cells = await warehouse.read(
    async (db) =>
      (
        await db
          .selectFrom('cell_month')
          .select(({ fn }) => fn.countAll<number>().as('n'))
          .executeTakeFirst()
      )?.n ?? 0,
  )
  return {
    ...{ dossiers, cells, landMs, landRows: landed.rows_touched, landCells: landed.cells_touched, refreshMs, looked },
    ...{ tickMs, tickRows: ticked.rows_touched, tickCells: ticked.cells_touched, rebuildMs, refreshAllMs },
  }
}

const COLUMNS: readonly [title: string, of: (one: Measured) => number | null, digits?: number][] = [
  ['dossiers', (one) => one.dossiers],
  ['cells', (one) => one.cells],
  ['rows', (one) => one.landRows],
  ['cells', (one) => one.landCells],
  ['land ms', (one) => one.landMs],
  ['figures', (one) => one.looked],
  ['refresh ms', (one) => one.refreshMs],
  ['tick rows', (one) => one.tickRows],
  ['tick cells', (one) => one.tickCells],
  ['tick ms', (one) => one.tickMs],
  ['rebuild ms', (one) => one.rebuildMs],
  ['refresh all', (one) => one.refreshAllMs],
]
const line = (cells: readonly string[]) => cells.map((cell, i) => cell.padStart(i === 0 ? 9 : 10)).join(' ')

/** `fresh`: a new place for a warehouse. */
export async function benchIndicators(
  databases: readonly ('sqlite' | 'postgres')[],
  sizes: readonly number[],
  fresh: (database: 'sqlite' | 'postgres') => Promise<string>,
): Promise<void> {
  console.log(
    `A batch of ${CHANGES} changes (rows, cells, land, refresh), ${CHANGES} crossings of a tick, and everything anew (rebuild, refresh all)`,
  )
  console.log(line(['database', ...COLUMNS.map(([title]) => title)]))
  for (const database of databases)
    for (const size of sizes) {
      const { stdout } = await promisify(execFile)(process.execPath, [
        import.meta.filename,
        await fresh(database),
        String(size),
      ])
      const one = JSON.parse(stdout) as Measured
      console.log(line([database, ...COLUMNS.map(([, of]) => String(Math.round(of(one) ?? 0)))]))
    }
}

if (process.argv[1] === import.meta.filename) {
  const [location = join('.', 'bench.sqlite'), size = ''] = process.argv.slice(2)
  const warehouse = await openWarehouse(location)
  process.stdout.write(JSON.stringify(await measure(warehouse, Number(size))))
  await warehouse.close()
}
