import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import Database from 'better-sqlite3'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type SqlDeclaration, sql } from '../../src/connect/sql.ts'
import type { SqlConnection } from '../../src/connect/sql-connection.ts'
import { type Network, networkTo } from '../support/network.ts'
import { readAll, upTo } from '../support/read.ts'
import { throwaway } from '../support/warehouse.ts'

const ZONE = 'Asia/Ho_Chi_Minh'
const DECLARATION: SqlDeclaration<SqlConnection> = {
  connect: (connection) => connection,
  rows: (db) => db.selectFrom('HoSos').selectAll(),
  unique: ['Id'],
  cursor: { column: 'NgayCapNhat', zone: ZONE, lookback: 'PT2H', mostNulls: 2_500 },
  deleted: { column: 'DeletedOn', key: ['MaHoSo'] },
}
const read = sql(DECLARATION)
type Row = [id: number | string, code: string, changed: string | null, deleted?: string | null]

interface Source {
  connection: SqlConnection
  put(...rows: Row[]): Promise<void>
  close(): Promise<void>
}

async function sqliteSource(): Promise<Source> {
  const place = await throwaway('sqlite')
  const db = new Database(place.location)
  db.pragma('journal_mode = WAL')
  db.exec('CREATE TABLE HoSos (Id INTEGER PRIMARY KEY, MaHoSo TEXT, NgayCapNhat TEXT, DeletedOn TEXT, NgayNop TEXT)')
  const insert = db.prepare("INSERT OR REPLACE INTO HoSos VALUES (CAST(? AS INTEGER), ?, ?, ?, '2024-11-05')")
  return {
    connection: { dialect: 'sqlite', file: place.location },
    async put(...rows) {
      db.transaction(() => {
        for (const [id, code, changed, deleted = null] of rows) insert.run(String(id), code, changed, deleted)
      })()
    },
    async close() {
      db.close()
      await place.remove()
    },
  }
}

async function postgresSource(): Promise<Source> {
  const place = await throwaway('postgres')
  const client = new pg.Client({ connectionString: place.location })
  await client.connect()
  await client.query(
    'CREATE TABLE "HoSos" ("Id" bigint PRIMARY KEY, "MaHoSo" text, "NgayCapNhat" timestamp, "DeletedOn" timestamp, "NgayNop" date)',
  )
  const insert =
    'INSERT INTO "HoSos" VALUES ($1, $2, $3, $4, \'2024-11-05\') ON CONFLICT ("Id") DO UPDATE SET "NgayCapNhat" = $3, "DeletedOn" = $4'
  return {
    connection: { dialect: 'postgres', url: place.location },
    async put(...rows) {
      await client.query('BEGIN')
      for (const [id, code, changed, deleted = null] of rows) await client.query(insert, [id, code, changed, deleted])
      await client.query('COMMIT')
    },
    async close() {
      await client.end()
      await place.remove()
    },
  }
}

const ids = (rows: readonly Record<string, unknown>[]) => rows.map((row) => Number(row.Id)).sort((a, b) => a - b)
const range = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i)

describe.each([
  ['sqlite', sqliteSource],
  ['postgres', postgresSource],
] as const)('a %s source', (_, open) => {
  let source: Source
  beforeEach(async () => {
    source = await open()
  })
  afterEach(() => source.close())

  it('HAZARD 1: reads rows of one cursor value across pages and crashes, each once', async () => {
    await source.put(...range(1, 2_600).map((id): Row => [id, `H-${id}`, '2024-11-05 08:30:00']))
    const whole = await readAll(read, source.connection)
    expect(ids(whole.rows)).toEqual(range(1, 2_600))
    expect(upTo(whole)).toBe('2024-11-05 08:30:00')
    const begun = await readAll(read, source.connection, { pages: 1 })
    const rest = await readAll(read, source.connection, { resume: begun.resume })
    expect(ids([...begun.rows, ...rest.rows])).toEqual(range(1, 2_600))
    expect(rest.completeness).toMatchObject({ enumerated: 'changes', by: 'keyset', upTo: '2024-11-05 08:30:00' })
  })

  it('HAZARD 7: reads rows without a cursor value every time, over several pages', async () => {
    await source.put(...range(1, 1_500).map((id): Row => [id, `H-${id}`, null]), [9_000, 'x', '2024-11-05 08:30:00'])
    const first = await readAll(read, source.connection)
    expect(first.rows).toHaveLength(1_501)
    expect(first.completeness?.enumerated).toBe('everything')
    const second = await readAll(read, source.connection, { watermark: upTo(first) })
    expect(second.rows).toHaveLength(1_501)
    const begun = await readAll(read, source.connection, { pages: 1 })
    const rest = await readAll(read, source.connection, { resume: begun.resume })
    expect(ids([...begun.rows, ...rest.rows])).toEqual(ids(first.rows))
    await source.put(...range(2_000, 1_100).map((id): Row => [id, `H-${id}`, null]))
    expect((await readAll(read, source.connection)).completeness?.enumerated).toBe('incomplete')
  })

  it('HAZARD 2: finds a row that was committed behind the watermark, within the lookback', async () => {
    await source.put([1, 'a', '2024-11-05 10:00:00'])
    const watermark = upTo(await readAll(read, source.connection))
    await source.put([2, 'late', '2024-11-05 08:30:00'], [3, 'too late', '2024-11-05 07:59:00'])
    expect(ids((await readAll(read, source.connection, { watermark })).rows)).toEqual([1, 2])
    expect(ids((await readAll(read, source.connection, { watermark, full: true })).rows)).toEqual([1, 2, 3])
  })

  it('goes back to the lookback of the snapshot that it resumes from', async () => {
    await source.put(...range(1, 1_000).map((id): Row => [id, `H-${id}`, '2024-12-02 07:50:00']))
    const begun = await readAll(read, source.connection, { pages: 1 })
    await source.put([5_000, 'late', '2024-12-02 07:30:00'], [5_001, 'new', '2024-12-02 17:00:00'])
    const rest = await readAll(read, source.connection, {
      resume: begun.resume,
      now: Date.parse('2024-12-02T18:00+07:00'),
    })
    expect(ids(rest.rows)).toContain(5_000)
    expect(upTo(rest)).toBe('2024-12-02 17:00:00')
  })

  it('HAZARD 6: is not dragged along by a row of 2099', async () => {
    await source.put([1, 'a', '2024-11-05 10:00:00'], [2, 'b', '2099-01-01 00:00:00'])
    const first = await readAll(read, source.connection)
    expect(ids(first.rows)).toEqual([1, 2])
    expect(upTo(first)).toBe('2024-11-05 10:00:00')
    await source.put([3, 'c', '2024-11-06 10:00:00'])
    expect(ids((await readAll(read, source.connection, { watermark: upTo(first) })).rows)).toEqual([1, 2, 3])
  })

  it('tells deleted keys, unless another row of the key is alive', async () => {
    const gone = '2024-11-06 10:00:00'
    await source.put([1, 'gone', gone, gone], [2, 'twice', gone, gone], [3, 'twice', '2024-11-01 10:00:00'])
    const { rows, pages } = await readAll(read, source.connection)
    expect(ids(rows)).toEqual([3])
    expect(pages.flatMap((page) => page.deleted ?? [])).toEqual([['gone']])
  })

  it('HAZARD 18: gives exact identifiers and dates as they stand, whatever the zone of this machine', async () => {
    await source.put(['15793596808644609', '0006', '2024-11-05 00:30:00'])
    const [row] = (await readAll(read, source.connection)).rows
    expect(row).toMatchObject({
      Id: '15793596808644609',
      MaHoSo: '0006',
      NgayCapNhat: '2024-11-05 00:30:00',
      NgayNop: '2024-11-05',
    })
    const begun = await readAll(read, source.connection, { pages: 1 })
    expect((await readAll(read, source.connection, { resume: begun.resume })).rows).toEqual([])
  })

  it('writes no more than 1 KB of progress and reads nothing twice without news', async () => {
    await source.put(...range(1, 1_200).map((id): Row => [id, `H-${id}`, `2024-11-0${1 + (id % 9)} 08:30:00`]))
    const first = await readAll(read, source.connection)
    for (const page of first.pages) expect(JSON.stringify(page.resume).length).toBeLessThan(1024)
    const again = await readAll(read, source.connection, { watermark: upTo(first) })
    expect(again.rows.length).toBeLessThan(200)
  })

  it('says which table or column is wrong', async () => {
    const wrong = sql({ ...DECLARATION, rows: (db) => db.selectFrom('HoSo').selectAll() })
    await expect(readAll(wrong, source.connection)).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE' })
  })

  it('ends where it is told to', async () => {
    const table = sql({ ...DECLARATION, cursor: null, deleted: null })
    await source.put([1, 'a', null], [2, 'b', '2024-11-05 08:30:00'])
    const { rows, completeness } = await readAll(table, source.connection)
    expect(ids(rows)).toEqual([1, 2])
    expect(completeness).toEqual({ enumerated: 'everything', by: 'keyset', upTo: null })
  })
})

describe('a postgres server that falls silent', () => {
  let source: Source
  let network: Network
  const QUICK = { connectMs: 1_000, statementMs: 800, silentMs: 1_000 }
  const patient = sql({ ...DECLARATION, limits: QUICK })
  const through = (): SqlConnection => ({ dialect: 'postgres', url: network.url })
  beforeEach(async () => {
    source = await postgresSource()
    network = await networkTo(source.connection.dialect === 'postgres' ? source.connection.url : '')
    await source.put(...range(1, 1_500).map((id): Row => [id, `H-${id}`, '2024-11-05 08:30:00']))
  })
  afterEach(async () => {
    await network.close()
    await source.close()
  })

  it.each([
    ['when a snapshot is begun', /start transaction/],
    ['at the first page', /select/],
    ['at a later page', /\("NgayCapNhat", "Id"\) >/],
  ])('%s: is stalled within the deadline', { timeout: 5_000 }, async (_, message) => {
    network.silentFrom(message)
    await expect(readAll(patient, through())).rejects.toMatchObject({
      code: 'SOURCE_STALLED',
      params: { source: 'test', seconds: 1, place: 'its database' },
    })
  })

  it('at the login: cannot be reached', { timeout: 5_000 }, async () => {
    network.silentFrom(/./s)
    await expect(readAll(patient, through())).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' })
  })

  it('when all is read: what was read stands', { timeout: 5_000 }, async () => {
    network.silentFrom(/rollback/)
    const { rows, completeness } = await readAll(patient, through())
    expect(rows).toHaveLength(1_500)
    expect(completeness).toMatchObject({ upTo: '2024-11-05 08:30:00' })
  })

  it('a connection that breaks while a page lands is said by the next page', { timeout: 5_000 }, async () => {
    const failed = readAll(patient, through(), {
      onPage: async () => {
        network.hangUp()
        await delay(50)
      },
    })
    await expect(failed).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' })
  })
})

describe('a source that cannot be read', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ioc-feed-sql-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it('says a missing file', () =>
    expect(readAll(read, { dialect: 'sqlite', file: join(folder, 'none.sqlite') })).rejects.toMatchObject({
      code: 'SOURCE_MISSING',
    }))

  it('says a file that is no database', async () => {
    const file = join(folder, 'land.sqlite')
    writeFileSync(file, 'not a database, but long enough to be looked at as one. '.repeat(100))
    await expect(readAll(read, { dialect: 'sqlite', file })).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE' })
  })

  it('says a server that does not answer', () =>
    expect(readAll(read, { dialect: 'postgres', url: 'postgres://u:secret@127.0.0.1:1/x' })).rejects.toMatchObject({
      code: 'SOURCE_UNREACHABLE',
    }))

  it('says a wrong password without repeating it', async () => {
    const place = await throwaway('postgres')
    const url = place.location.replace('postgres:postgres@', 'postgres:wr0ng@')
    const failed = await readAll(read, { dialect: 'postgres', url }).catch((error: Error) => error)
    expect(failed).toMatchObject({ code: 'SOURCE_UNAUTHORIZED' })
    expect(String(failed)).not.toContain('wr0ng')
    await place.remove()
  })
})
