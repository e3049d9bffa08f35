/**
 * Real database servers as sources, by the shipped land connector pointed at them: read, killed with kill -9 behind its second page, gone on
 * with, and equal to a read that nobody disturbed.
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { contentOf, differences } from '../support/content.ts'
import { mariadbPlace, withMariadb } from '../support/mariadb.ts'
import { onDialects, throwaway } from '../support/warehouse.ts'
import { checkpointOf, codesOf, type Deployment, deploy, killWhen, versionsOf } from './deployment.ts'
import { AGENCY } from './sources.ts'

const CONNECTOR = `import land from '${join(import.meta.dirname, '..', '..')}/connectors/land/connector.ts'
import { sql } from 'ioc-feed/connect'
import { existsSync } from 'node:fs'
const connect = ({ url }) => ({ dialect: url.startsWith('mysql') ? 'mysql' : 'postgres', url })
const gate = (read) => async function* (context) {
  const pages = read(context)
  for (let n = 1; ; n++) {
    const next = await pages.next()
    if (next.done) return next.value
    yield next.value
    while (n === 2 && existsSync(context.config.gate)) await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
const at = (stream) => sql({ ...stream.read.kit.declaration, connect })
const text = { type: 'string' }
export default {
  ...land,
  settings: { type: 'object', required: ['url', 'gate'], properties: { url: text, gate: { ...text, format: 'path' } } },
  streams: land.streams.map((stream) => ({ ...stream, read: stream.name === 'dossier' ? gate(at(stream)) : at(stream) })),
}
`
const COLUMNS = `MaHoSo varchar(100), MaHoSoQuocGia varchar(100), MaTTHC varchar(50), NhomXuLy varchar(20), KenhThucHien varchar(5), TrangThaiHoSoId int,
  NgayNop TS, NgayTiepNhan TS, NgayHenTra date, NgayKetThucXuLy TS, NgayTra TS,
  TenChuHoSo varchar(100), SoGiayTo varchar(20), DienThoai varchar(20), LePhi int, DuocSoHoa int, NgayCapNhat TS, DeletedOn TS`
const ROWS = 2_600

/** All rows of a page's seam have one cursor value; some have none, some are deleted. */
function rowsOf(): (string | number | null)[][] {
  return Array.from({ length: ROWS }, (_, i) => {
    const changed = i % 50 === 0 ? null : `2024-11-${i < 2_000 ? '28' : '29'} 0${6 + (i % 3)}:00:00`
    return [
      i + 1,
      `L-${String(i).padStart(6, '0')}`,
      '1.000001',
      'G1',
      '2',
      4,
      '2024-11-04 08:00:00',
      changed,
      i % 97 === 5 ? changed : null,
    ]
  })
}
const NAMES = [
  'Id',
  'MaHoSo',
  'MaTTHC',
  'NhomXuLy',
  'KenhThucHien',
  'TrangThaiHoSoId',
  'NgayTiepNhan',
  'NgayCapNhat',
  'DeletedOn',
]

interface Place {
  url: string
  remove(): Promise<void>
}
async function postgresPlace(): Promise<Place> {
  const { location, remove } = await throwaway('postgres')
  const client = new pg.Client({ connectionString: location })
  await client.connect()
  const quoted = COLUMNS.replaceAll(/\b([A-Z]\w+) (?=varchar|int|TS|date)/g, '"$1" ').replaceAll('TS', 'timestamp')
  await client.query(`CREATE TABLE "Groups" ("GroupCode" text, "MaDinhDanh" text, "TenNhom" text, "Catalog" text);
    INSERT INTO "Groups" VALUES ('G1', 'H53.07', '${AGENCY}', 'x'); CREATE TABLE "HoSos" ("Id" bigint PRIMARY KEY, ${quoted})`)
  const list = NAMES.map((name) => `"${name}"`).join(', ')
  const values = rowsOf().map((row) => JSON.stringify(Object.fromEntries(NAMES.map((name, i) => [name, row[i]]))))
  await client.query(`INSERT INTO "HoSos" (${list}) SELECT ${list} FROM json_populate_recordset(null::"HoSos", $1)`, [
    `[${values.join()}]`,
  ])
  await client.end()
  return { url: location, remove }
}
async function mariadb(): Promise<Place> {
  const { url, client, remove } = await mariadbPlace()
  await client.query(
    'CREATE TABLE `Groups` (GroupCode varchar(20), MaDinhDanh varchar(20), TenNhom varchar(100), Catalog varchar(20))',
  )
  await client.query('INSERT INTO `Groups` VALUES (?)', [['G1', 'H53.07', AGENCY, 'x']])
  await client.query(
    `CREATE TABLE HoSos (Id bigint PRIMARY KEY, ${COLUMNS.replaceAll('TS', 'datetime')}) ENGINE=InnoDB`,
  )
  await client.query('INSERT INTO HoSos (??) VALUES ?', [NAMES, rowsOf()])
  return { url, remove }
}

function testsOf(name: string, open: () => Promise<Place>) {
  let place: Place
  let deployment: Deployment
  beforeEach(async () => {
    place = await open()
    deployment = deploy(
      { land: [{ id: 'land', settings: { url: place.url, gate: 'gate' } }] },
      { 'connectors/land/connector.ts': CONNECTOR },
    )
  })
  afterEach(async () => {
    deployment.remove()
    await place.remove()
  })

  onDialects(['sqlite'], `${name} as a source`, (open) => {
    it('is read, killed half-way, gone on with, and equal to an undisturbed read', async () => {
      const calm = await open()
      await deployment.prepare(calm.warehouse)
      expect(await deployment.syncOne(calm.warehouse, 'land')).toMatchObject({ state: 'succeeded' })
      const wanted = await contentOf(calm.location)

      const { warehouse, location } = await open()
      await deployment.prepare(warehouse)
      const gate = deployment.put('gate', '')
      const child = deployment.start(['sync', 'land', '--warehouse', location])
      await killWhen(child, async () => (await checkpointOf(warehouse, 'land'))?.resume)
      const half = await codesOf(warehouse)
      expect(half.length).toBeGreaterThan(0)
      expect(half.length).toBeLessThan(1_100)
      rmSync(gate)
      expect(await deployment.syncOne(warehouse, 'land')).toMatchObject({ state: 'succeeded' })
      expect(differences(wanted, await contentOf(location))).toEqual([])
      expect(await versionsOf(warehouse)).toBe(0)
    })
  })
}
testsOf('PostgreSQL', postgresPlace)
await withMariadb(() => testsOf('MariaDB', mariadb))
