/** The demo's promises: it proves what it says, and never touches what is not a sample. */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { removeWarehouse } from '../../src/cli/demo.ts'
import { saveMeta } from '../../src/warehouse/landing.ts'
import { migrate } from '../../src/warehouse/migrate.ts'
import { openWarehouse } from '../../src/warehouse/open.ts'
import { type Home, makeHome } from '../support/home.ts'
import { ZONE } from '../support/warehouse.ts'
import { documentOf, lines } from './support.ts'

interface Demo {
  exitCode: number
  figures: { proofs: { indicator: string; holds: boolean }[] }
  dirt: { kind: string; planted: number; found: number }[]
  received: { held: number; figures: number }
}

/** Name and time of every file of the sandbox that runs beside the demo. */
const filesBeside = () =>
  readdirSync(home.sandbox.dir, { recursive: true, encoding: 'utf8' })
    .filter((name) => !name.startsWith('demo') && !/-(wal|shm)$/.test(name))
    .map((name) => [name, statSync(join(home.sandbox.dir, name)).mtimeMs])
    .sort()

let home: Home
beforeAll(async () => {
  home = await makeHome({ dossiers: 50 })
  const before = filesBeside()
  expect(before.length).toBeGreaterThan(10)
  const ran = await home.ioc(['demo', '--once', '--dossiers', '2000', '--json'])
  expect(ran.code).toBe(0)
  const demo = documentOf<Demo>(ran, 'demo')
  expect(demo.exitCode).toBe(0)
  // made-up systems that were running keep their sample
  expect(filesBeside()).toEqual(before)
  expect(ran.stderr).toContain(join(home.sandbox.dir, 'demo'))
  expect(demo.dirt.filter(({ planted, found }) => planted !== found || planted === 0)).toEqual([])
  expect(demo.received.held).toBe(demo.received.figures)
  // true of any size: what is offered does not hang on dossiers
  const offered = demo.figures.proofs.filter(({ indicator }) => indicator.startsWith('procedures-'))
  expect(offered.map(({ holds }) => holds)).toEqual([true, true, true])
}, 300_000)
afterAll(() => home?.remove())

it('says that the data is made up wherever figures are shown, in both languages', async () => {
  for (const args of [['indicators'], ['explain', 'finished-late', '--period', '2024-11'], ['sources'], ['quarantine']])
    expect((await home.kept(args)).stdout, args.join(' ')).toMatch(/^SAMPLE DATA, made up/)
  const { stdout } = await home.kept(['indicators'], { env: { IOC_LANG: 'vi', COLUMNS: '80' } })
  expect(stdout).toMatch(/^DỮ LIỆU MẪU/)
  expect(stdout.split('\n').filter((line) => [...line].length > 80)).toEqual([])
})

it('refuses a warehouse that holds real data, and leaves it', async () => {
  const location = join(home.dir, 'real.sqlite')
  const warehouse = await openWarehouse(location)
  await migrate(warehouse, ZONE)
  await warehouse.write((trx) => saveMeta(trx, 'data', 'real'))
  await warehouse.close()
  const before = readFileSync(location)
  const ran = await home.ioc(['demo', '--once'], { warehouse: location })
  expect(ran).toMatchObject({ code: 2, stdout: '' })
  expect(lines(ran)[0]).toBe(`SAMPLE_AND_REAL: Source demo is sample, but the warehouse ${location} holds real data`)
  expect(readFileSync(location).equals(before)).toBe(true)
})

it('a real source does not enter a sample warehouse, and no demo runs in a home with one: exit 2', async () => {
  const file = join(home.dir, 'connectors', 'land', 'sources.json')
  const written = readFileSync(file, 'utf8')
  copyFileSync(file, `${file}.kept`)
  writeFileSync(file, written.replace('"sample": true', '"sample": false'))
  const env = { IOC_LANG: 'vi' }
  const sync = await home.kept(['sync', 'land'], { env })
  const demo = await home.ioc(['demo', '--once'])
  writeFileSync(file, written)
  expect(sync.code).toBe(2)
  expect(lines(sync)[0]).toMatch(/^SAMPLE_AND_REAL: Nguồn land là thật nhưng kho .* đang chứa dữ liệu mẫu$/)
  expect(demo).toMatchObject({ code: 2, stdout: '' })
  expect(lines(demo)[0]).toMatch(/^SAMPLE_AND_REAL: Source land is real/)
})

it('that cannot begin says why, once, and leaves the warehouse of the one before', async () => {
  const before = statSync(home.warehouse).mtimeMs
  const nowhere = await home.ioc(['demo', '--once'], { env: { IOC_SANDBOX_DIR: '/proc/nope' } })
  expect(nowhere).toMatchObject({ code: 2, stdout: '' })
  expect(lines(nowhere)).toEqual([
    expect.stringMatching(/^SANDBOX_UNWRITABLE: .* \/proc\/nope: ENOENT/),
    expect.stringContaining('IOC_SANDBOX_DIR'),
  ])
  expect(statSync(home.warehouse).mtimeMs).toBe(before)
  // found by the process of the made-up systems alone
  const dir = join(home.dir, 'in-the-way')
  mkdirSync(join(dir, 'land.sqlite'), { recursive: true })
  const warehouse = join(home.dir, 'never.sqlite')
  const ran = await home.ioc(['demo', '--once', '--dossiers', '50'], { warehouse, env: { IOC_SANDBOX_DIR: dir } })
  expect(ran.code).toBe(2)
  expect(ran.stderr.match(/SANDBOX_UNWRITABLE/g)).toHaveLength(1)
  expect(lines(ran).slice(-2)[0]).toContain(`SANDBOX_UNWRITABLE: The made-up systems cannot write to ${dir}: `)
})

it('names a warehouse that it may not remove', () => {
  expect(() => removeWarehouse(home.dir)).toThrow(
    expect.objectContaining({
      code: 'WAREHOUSE_UNREACHABLE',
      params: expect.objectContaining({ warehouse: home.dir }),
    }),
  )
  expect(readdirSync(home.dir).length).toBeGreaterThan(0)
})
