/**
 * Persons stop at the door: after a run with everything that goes wrong in it, no applicant's name, number, phone, e-mail or address is
 * in the warehouse, its log, the state folder, what any verb prints, or at the IOC; neither is a secret.
 */
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { SampleApplicant } from '../../src/sandbox/world-types.ts'
import { killAt, watchSqlite } from '../support/crash.ts'
import { type Home, makeHome, type Ran } from '../support/home.ts'
import { filesBelow, formsOf, type Hit, makeSearch } from '../support/search.ts'
import { throwaway } from '../support/warehouse.ts'

let home: Home
let search: (where: string, bytes: Buffer) => Hit[]
const said: Ran[] = []

beforeAll(async () => {
  home = await makeHome({ communes: 12 })
  const people = new Set(home.sandbox.world.dossiers.map((dossier) => dossier.applicant))
  expect(people.size).toBeGreaterThan(1_000)
  search = makeSearch([...[...people].flatMap(needlesOf), ...formsOf('secret', 'sandbox-secret')])
})
afterAll(() => home?.remove())

const needlesOf = (person: SampleApplicant) =>
  (['name', 'identity', 'phone', 'email', 'address'] as const).flatMap((kind) => formsOf(kind, person[kind]))

async function ioc(...args: string[]): Promise<Ran> {
  const ran = await home.ioc(args)
  said.push(ran)
  return ran
}

/** The whole home but the made-up systems' own folder and the configuration, where the sample secrets stand as defaults. */
function searchHome(): Hit[] {
  const leave = ['.sandbox', 'connectors', 'jobs'].map((name) => join(home.dir, name))
  return [...filesBelow(home.dir, (path) => leave.includes(path))].flatMap(({ path, bytes }) => search(path, bytes))
}

describe('no person and no secret', () => {
  test('in the log of a warehouse whose run was killed', async () => {
    const killed = await killAt(home.start(['run', 'nightly']), watchSqlite(home.warehouse), { writes: 26, afterMs: 0 })
    said.push(killed)
    expect(killed.signal).toBe('SIGKILL')
    const files = [...filesBelow(join(home.dir, 'data'), () => false)].map(({ path }) => path)
    expect(files).toContain(`${home.warehouse}-wal`)
    expect(searchHome()).toEqual([])
  }, 300_000)

  test('in the warehouse and the state folder after whole runs, with systems that fail', async () => {
    expect(await ioc('run', 'nightly')).toMatchObject({ code: 0 })
    await home.sandbox.advance(24 * 3_600_000)
    await home.sandbox.setFaults('one-stop:truncated,soap:login,communes:truncated')
    expect(await ioc('sync', '--json')).toMatchObject({ code: 4 })
    await home.sandbox.setFaults('')
    expect(await ioc('sync', 'one-stop', 'judicial', 'communes', '--full')).toMatchObject({ code: 0 })
    expect(searchHome()).toEqual([])
  }, 300_000)

  test('in what the verbs print', async () => {
    for (const verb of [
      ['runs', '--json'],
      ['sources', '--json'],
      ['doctor'],
      ['quarantine', 'list', '--json'],
      ['quarantine', 'list'],
      ['quarantine', 'export', '--source', 'one-stop'],
      ['quarantine', 'export', '--source', 'communes'],
      ['quarantine', 'show', '--source', 'judicial'],
      ['quarantine', 'show', '--source', 'land', '--json'],
      ['quarantine', 'replay', '--source', 'one-stop'],
      ['indicators', '--period', '2024-11', '--json'],
      ['explain', 'dossiers-received', '--period', '2024-11', '--json'],
      ['explain', 'dossiers-received', '--period', '2024-11'],
    ]) {
      const ran = await home.kept(verb)
      said.push(ran)
      expect(ran, verb.join(' ')).toMatchObject({ code: 0 })
    }
    expect(said.flatMap((ran, i) => search(`verb ${i}`, Buffer.from(ran.stdout + ran.stderr)))).toEqual([])
    expect(said.find((ran) => ran.stdout.includes('H53.'))).toBeDefined()
  }, 300_000)

  test('at the IOC', () => {
    const holds = Buffer.from(JSON.stringify(home.sandbox.received()))
    expect(holds.length).toBeGreaterThan(1_000_000)
    expect(search('the IOC', holds)).toEqual([])
  })

  test('in any text of a PostgreSQL warehouse', async () => {
    const { location, remove } = await throwaway('postgres')
    const ran = await home.ioc(['sync'], { warehouse: location })
    expect(ran).toMatchObject({ code: 0 })
    expect(search('sync', Buffer.from(ran.stdout + ran.stderr))).toEqual([])
    const client = new pg.Client({ connectionString: location })
    await client.connect()
    const tables = await client.query(`SELECT tablename FROM pg_tables WHERE schemaname = 'public'`)
    expect(tables.rowCount).toBeGreaterThan(20)
    for (const { tablename } of tables.rows as { tablename: string }[]) {
      const rows = await client.query(`SELECT t::text AS line FROM "${tablename}" t`)
      const text = rows.rows.map((row: { line: string }) => row.line).join('\n')
      expect(search(tablename, Buffer.from(text))).toEqual([])
    }
    await client.end()
    await remove()
  }, 300_000)
})

test('the search finds a name where one is kept: in the code of a dossier, raw and URL-encoded and in base64', async () => {
  const name = home.sandbox.world.dossiers.find((dossier) => dossier.applicant.kind === 1)?.applicant.name ?? ''
  const land = new Sqlite(join(home.sandbox.dir, 'land.sqlite'))
  const at = Temporal.Instant.fromEpochMilliseconds(home.sandbox.now()).toZonedDateTimeISO('Asia/Ho_Chi_Minh')
  const plant = land.prepare(
    'UPDATE HoSos SET MaHoSo = ?, NgayCapNhat = ? WHERE Id = (SELECT Id FROM HoSos WHERE DeletedOn IS NULL AND MaHoSo <> ? LIMIT 1 OFFSET ?)',
  )
  const written = [name, encodeURIComponent(name), Buffer.from(`x${name}`).toString('base64')]
  written.forEach((text, i) => {
    plant.run(`TNMT/${text}`, at.toPlainDateTime().toString({ smallestUnit: 'second' }).replace('T', ' '), '', i + 3)
  })
  land.close()
  expect(await ioc('sync', 'land')).toMatchObject({ code: 0 })
  const found = searchHome().map((hit) => hit.what)
  expect(found.some((what) => what.startsWith('name, raw NFC'))).toBe(true)
  expect(found.some((what) => what.startsWith('name, URL-encoded NFC'))).toBe(true)
  expect(found.some((what) => what.startsWith('name, base64 NFC'))).toBe(true)
}, 300_000)
