/** What MariaDB does otherwise than PostgreSQL: what it takes for equal, its zones, its types. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseIso } from '../../src/connect/instants.ts'
import { sql } from '../../src/connect/sql.ts'
import { SQL_LIMITS } from '../../src/connect/sql-connection.ts'
import { dialect, onlyOffset } from '../../src/connect/sql-mysql.ts'
import { type MariadbPlace, mariadbPlace, withMariadb } from '../support/mariadb.ts'
import { readAll } from '../support/read.ts'
import { DECLARATION, mariadbSource, range, read, readSql, ZONE } from './sql-sources.ts'

it('knows which zones have one offset only', () => {
  expect(onlyOffset('Asia/Ho_Chi_Minh')).toBe('+07:00')
  expect(onlyOffset('UTC')).toBe('+00:00')
  expect(onlyOffset('Europe/Berlin')).toBeNull()
})

const tests = () => {
  let place: MariadbPlace
  const connection = () => ({ dialect: 'mysql' as const, url: place.url })
  beforeEach(async () => {
    place = await mariadbPlace()
  })
  afterEach(() => place.remove())

  it('loses no row whose key is equal to the last of a page to the database', async () => {
    // the 1,000th and the 1,001st are one value to the collation of the column, in an order that only it knows
    await place.client.query('CREATE TABLE Codes (code varchar(20), n int, KEY (code))')
    const rows = [...range(1, 999).map((n) => [`A-${String(n).padStart(4, '0')}`, n]), ['h-1', 1_000], ['H-1', 1_001]]
    await place.client.query('INSERT INTO Codes VALUES ?', [[...rows, ['h-1 ', 1_002], ['z', 1_003]]])
    const codes = sql({
      ...DECLARATION,
      rows: (db) => db.selectFrom('Codes').select(['code', 'n']),
      unique: ['code'],
      deleted: null,
    })
    const { pages } = await readAll(codes, connection())
    const seen = pages.flatMap(({ records }) => (records as { n: number }[]).map(({ n }) => n))
    expect(seen.sort((a, b) => a - b)).toEqual(range(1, 1_003))
  })

  it('gives what has no exact JavaScript value as text, and instants in the zone of the stream', async () => {
    await place.client.query(
      `CREATE TABLE Types (Id bigint unsigned, MaHoSo varchar(20), NgayCapNhat timestamp(3) NOT NULL, fee decimal(30,4),
        naive datetime, day date, flag bit(1), tiny tinyint(1), doc json, zero date)`,
    )
    await place.client.query("SET time_zone = '+00:00', sql_mode = ''")
    await place.client.query(
      `INSERT INTO Types VALUES (18446744073709551615, '0E68', '2024-11-04 17:30:00.250', 12345678901234567890.1200,
        '2024-11-05 00:30:00', '2024-11-05', 1, 1, '{"a":15793596808644609}', '0000-00-00')`,
    )
    const types = sql({ ...DECLARATION, rows: (db) => db.selectFrom('Types').selectAll(), deleted: null })
    const { rows, pages } = await readSql(types, connection())
    expect(rows).toEqual([
      {
        Id: '18446744073709551615',
        MaHoSo: '0E68',
        NgayCapNhat: '2024-11-05 00:30:00.250',
        fee: '12345678901234567890.1200',
        naive: '2024-11-05 00:30:00',
        day: '2024-11-05',
        flag: 1,
        tiny: 1,
        doc: '{"a":15793596808644609}',
        zero: '0000-00-00',
      },
    ])
    const resume = pages[0]?.resume ?? {}
    expect(resume).toMatchObject({ unique: [{ whole: '18446744073709551615' }], upTo: '2024-11-05 00:30:00.250' })
    expect((await readSql(types, connection(), { resume })).rows).toEqual([])
  })

  it('HAZARD 3: a cursor of a whole day that many rows share stays small, and loses nothing', async () => {
    await place.client.query('CREATE TABLE Days (Id int PRIMARY KEY, MaHoSo varchar(20), NgayCapNhat date)')
    await place.client.query('INSERT INTO Days VALUES ?', [
      range(1, 2_600).map((id) => [id, `H-${id}`, id < 600 ? '2024-11-04' : '2024-11-05']),
    ])
    const days = sql({ ...DECLARATION, rows: (db) => db.selectFrom('Days').selectAll(), deleted: null })
    let watermark: string | null = null
    for (let run = 0; run < 3; run++) {
      const { pages, rows, completeness } = await readSql(days, connection(), { watermark })
      expect(pages.map(({ resume }) => JSON.stringify(resume).length).every((bytes) => bytes < 1_024)).toBe(true)
      expect(rows).toHaveLength(2_600)
      watermark = completeness && 'upTo' in completeness ? completeness.upTo : null
      expect(watermark).toBe('2024-11-05')
    }
  })

  it('HAZARD 8: one instant in four columns is one instant, whatever the zone of the server and of this process', async () => {
    await place.client.query("SET time_zone = '-05:00', sql_mode = ''")
    await place.client.query(
      'CREATE TABLE Instants (Id int, NgayCapNhat datetime, utc timestamp NOT NULL, zoned varchar(30), z varchar(30))',
    )
    await place.client.query(
      `INSERT INTO Instants VALUES (1, '2024-11-05 00:30:00', '2024-11-04 12:30:00', '2024-11-05T00:30:00+07:00', '2024-11-05T00:30:00Z')`,
    )
    const instants = sql({ ...DECLARATION, rows: (db) => db.selectFrom('Instants').selectAll(), deleted: null })
    const zone = process.env.TZ
    try {
      for (const here of ['America/New_York', 'Asia/Ho_Chi_Minh']) {
        process.env.TZ = here
        const [row = {}] = (await readSql(instants, connection())).rows
        const at = (name: string, falseZ: boolean) => parseIso(String(row[name]), ZONE, falseZ)?.at
        const found = [at('NgayCapNhat', false), at('utc', false), at('zoned', false), at('z', true)]
        expect(found).toEqual(Array(4).fill(Date.parse('2024-11-04T17:30:00Z')))
      }
    } finally {
      // unset it is deleted: assigned, undefined would be a text, and the zone of everything behind it in this process
      if (zone === undefined) delete process.env.TZ
      else process.env.TZ = zone
    }
  })

  it('says what is refused, and repeats no password', async () => {
    const wrong = place.url.replace('root@', 'nobody:p%40ss%2Fw%25rd@')
    const failed = await readAll(read, { dialect: 'mysql', url: wrong }).catch((error: Error) => error)
    expect(failed).toMatchObject({ code: 'SOURCE_UNAUTHORIZED' })
    expect(String(failed)).not.toMatch(/p@ss|p%40ss/)
    // this server has no certificate that anybody would believe
    const encrypted = { dialect: 'mysql', url: place.url, tls: {} } as const
    await expect(readAll(read, encrypted)).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' })
    const nowhere = { dialect: 'mysql', url: 'mysql://u:secret@127.0.0.1:1/x' } as const
    await expect(readAll(read, nowhere)).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' })
  })

  it('cannot write', async () => {
    await place.client.query('CREATE TABLE T (a int) ENGINE=InnoDB')
    const source = await dialect.open(connection(), 'test', ZONE, SQL_LIMITS)
    const snapshot = await source.begin()
    await expect(snapshot.db.insertInto('T').values({ a: 1 }).execute()).rejects.toThrow(/READ ONLY/)
    await snapshot.end()
    await source.close()
  })

  it('reads one snapshot, whatever is written meanwhile', async () => {
    const source = await mariadbSource()
    await source.put(...range(1, 1_500).map((id) => [id, `H-${id}`, '2024-11-05 08:30:00'] as [number, string, string]))
    let landed = 0
    const { rows } = await readSql(read, source.connection, {
      onPage: async () => {
        if (landed++ === 0) await source.run("UPDATE HoSos SET MaHoSo = 'changed meanwhile', NgayCapNhat = NULL")
      },
    })
    expect(rows).toHaveLength(1_500)
    expect(rows.filter(({ MaHoSo }) => MaHoSo === 'changed meanwhile')).toEqual([])
    await source.close()
  })
}
await withMariadb(() => describe('MariaDB as a source', tests))
