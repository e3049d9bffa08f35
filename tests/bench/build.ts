/**
 * `npm run bench -- build [sqlite|postgres] [--rows 1000000]`: the measure and the indicator of src/indicators/README.md come to a warehouse of
 * a million dossiers while a sync reads and lands a tenth more. Both are real processes of a checkout with the page's edits. Both must end
 * well, and the share that is held must be what a count over the rows says.
 */
import { spawn } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { CHECKOUT } from '../../src/config.ts'
import { tick } from '../../src/indicators/tick.ts'
import { land } from '../../src/sync/land.ts'
import { installReference } from '../../src/sync/reference.ts'
import { saveMeta } from '../../src/warehouse/landing.ts'
import { migrate } from '../../src/warehouse/migrate.ts'
import { openWarehouse, type Warehouse } from '../../src/warehouse/open.ts'
import { ZONE } from '../support/databases.ts'
import { contextOf, holdLease, page, procedureObject } from '../support/pages.ts'
import { applyEdits, checkOut } from '../support/tutorial.ts'
import { makeHome, PROCEDURES } from './dossiers.ts'

const AS_OF = Date.UTC(2025, 1, 28, 5)

/** Ends with its seconds; what fails is thrown with what it said. */
function ioc(checkout: string, home: string, location: string, ...args: string[]): Promise<number> {
  const start = performance.now()
  const words = [join(checkout, 'src', 'cli.ts'), ...args, '--home', home, '--warehouse', location]
  const child = spawn(process.execPath, words, {
    env: { ...process.env, IOC_LANG: 'en' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (said += text))
  return new Promise((resolve, reject) =>
    child.once('close', (code) =>
      code === 0
        ? resolve((performance.now() - start) / 1000)
        : reject(new Error(`${args[0]} ended with ${code}: ${said}`)),
    ),
  )
}

async function prepare(location: string, home: string): Promise<void> {
  const warehouse = await openWarehouse(location)
  await migrate(warehouse, ZONE)
  await installReference(warehouse, [home, CHECKOUT], AS_OF)
  await tick(warehouse, AS_OF, ZONE)
  await warehouse.write((trx) => saveMeta(trx, 'data', 'sample'))
  await holdLease(warehouse, 'catalogue')
  const lease = { name: 'source:catalogue', token: 1 }
  const context = contextOf(warehouse, {
    source: 'catalogue',
    stream: 'procedure',
    entity: 'procedure',
    lease,
    asOf: AS_OF,
  })
  await land(context, [
    page(
      PROCEDURES.map((code) => procedureObject(code)),
      { entity: 'procedure' },
    ),
  ])
  await warehouse.close()
}

export async function benchBuild(folder: string, rows: number, location: string): Promise<void> {
  const home = join(folder, `home-${location.startsWith('postgres') ? 'postgres' : 'sqlite'}`)
  makeHome(home, Math.round(rows * 1.1))
  // the last month comes later
  const [drops, kept] = [join(home, 'drops'), join(home, 'later')]
  mkdirSync(kept)
  const late = readdirSync(drops).sort().slice(-1)
  for (const file of late) renameSync(join(drops, file), join(kept, file))
  await prepare(location, home)
  const seconds = (n: number) => `${n.toFixed(1)} s`
  console.log(
    `${location.startsWith('postgres') ? 'postgres' : 'sqlite'}: first sync ${seconds(await ioc(CHECKOUT, home, location, 'sync', '--quiet'))}`,
  )
  for (const file of late) renameSync(join(kept, file), join(drops, file))
  const edited = join(folder, `checkout-${location.startsWith('postgres') ? 'postgres' : 'sqlite'}`)
  checkOut(edited)
  applyEdits(readFileSync(join(CHECKOUT, 'src', 'indicators', 'README.md'), 'utf8'), edited)
  console.log(`migrate ${seconds(await ioc(edited, home, location, 'migrate'))}`)
  const warehouse = await openWarehouse(location)
  const before = await count(warehouse)
  const both = [
    ioc(edited, home, location, 'sync', '--quiet'),
    builtBy(warehouse),
    ioc(edited, home, location, 'rebuild', '--measures'),
  ] as const
  const [sync, built, rebuilt] = await Promise.all(both)
  const after = await count(warehouse)
  console.log(
    `sync of ${after - before} more beside it ${seconds(sync)}, built after ${seconds(built)}, compared after ${seconds(rebuilt)}`,
  )
  await check(warehouse)
  await warehouse.close()
}

const count = (warehouse: Warehouse) =>
  warehouse.read(async (db) =>
    Number(
      (
        await db
          .selectFrom('dossier')
          .select(({ fn }) => fn.countAll().as('n'))
          .executeTakeFirstOrThrow()
      ).n,
    ),
  )

async function builtBy(warehouse: Warehouse): Promise<number> {
  const start = performance.now()
  for (;;) {
    const row = await warehouse.read((db) =>
      db.selectFrom('measure').select('state').where('name', '=', 'received_at_weekend').executeTakeFirst(),
    )
    if (row?.state === 'live') return (performance.now() - start) / 1000
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** The year's share of the province, counted over the rows. */
async function check(warehouse: Warehouse): Promise<void> {
  const { rows, held } = await warehouse.read(async (db) => ({
    rows: await db
      .selectFrom('dossier')
      .select('received_at')
      .where('counted', '=', 1)
      .where('deleted', '=', 0)
      .where('status', 'not in', [1, 3])
      .execute(),
    held: await db
      .selectFrom('indicator_value')
      .select(['numerator', 'denominator', 'value_state'])
      .where('indicator', '=', 'received-at-weekend-share')
      .where('period', '=', '2024')
      .where('agency', 'like', '72@%')
      .where('current', '=', 1)
      .executeTakeFirst(),
  }))
  const day = (at: number) => new Date(at + 7 * 3_600_000)
  const of2024 = rows.filter(({ received_at }) => received_at !== null && day(received_at).getUTCFullYear() === 2024)
  const weekend = of2024.filter(({ received_at }) => [0, 6].includes(day(received_at ?? 0).getUTCDay())).length
  const right = held?.numerator === weekend && held.denominator === of2024.length && held.value_state === 'ok'
  console.log(
    `received at a weekend in 2024: held ${held?.numerator}/${held?.denominator} (${held?.value_state}), counted ${weekend}/${of2024.length}: ${right ? 'right' : 'WRONG'}`,
  )
  if (!right) process.exitCode = 1
}
