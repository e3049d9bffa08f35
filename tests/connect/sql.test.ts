import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sql } from '../../src/connect/sql.ts'
import { withMariadb } from '../support/mariadb.ts'
import { readAll, upTo } from '../support/read.ts'
import { throwaway } from '../support/warehouse.ts'
import {
  DECLARATION,
  ids,
  mariadbSource,
  postgresSource,
  type Row,
  range,
  read,
  readSql,
  type Source,
  sqliteSource,
} from './sql-sources.ts'

const ROWS =
  "(1, 'alive', '2024-11-05 08:30:00', FALSE), (2, 'gone', '2024-11-05 08:30:00', TRUE), (3, 'unsaid', '2024-11-05 08:30:00', NULL)"
const MARKED: Readonly<Record<string, string>> = {
  sqlite: `CREATE TABLE Marked (Id INTEGER, MaHoSo TEXT, NgayCapNhat TEXT, gone INTEGER); INSERT INTO Marked VALUES ${ROWS}`,
  postgres: `CREATE TABLE "Marked" ("Id" int, "MaHoSo" text, "NgayCapNhat" timestamp, gone boolean); INSERT INTO "Marked" VALUES ${ROWS}`,
  mariadb: `CREATE TABLE Marked (Id int, MaHoSo varchar(9), NgayCapNhat datetime, gone bit(1)) AS SELECT 1 AS Id, 'alive' AS MaHoSo,
    '2024-11-05 08:30:00' AS NgayCapNhat, 0 AS gone UNION SELECT 2, 'gone', '2024-11-05 08:30:00', 1 UNION SELECT 3, 'unsaid', '2024-11-05 08:30:00', NULL`,
}

function testsOf(name: string, open: () => Promise<Source>) {
  describe(`a ${name} source`, () => {
    let source: Source
    beforeEach(async () => {
      source = await open()
    })
    afterEach(() => source.close())

    it('says that a column of `unique` is NULL, behind which rows would be lost', async () => {
      await source.put(...range(1, 2_100).map((id): Row => [id, null as never, '2024-11-05 08:30:00']))
      const loose = sql({ ...DECLARATION, unique: ['MaHoSo'], deleted: null })
      await expect(readAll(loose, source.connection)).rejects.toMatchObject({
        code: 'SOURCE_UNREADABLE',
        params: { problem: 'a row has no MaHoSo' },
      })
    })

    it('HAZARD 1: reads rows of one cursor value across pages and crashes, each once', async () => {
      await source.put(...range(1, 2_600).map((id): Row => [id, `H-${id}`, '2024-11-05 08:30:00']))
      const whole = await readSql(read, source.connection)
      expect(ids(whole.rows)).toEqual(range(1, 2_600))
      expect(upTo(whole)).toBe('2024-11-05 08:30:00')
      const begun = await readSql(read, source.connection, { pages: 1 })
      const rest = await readSql(read, source.connection, { resume: begun.resume })
      expect(ids([...begun.rows, ...rest.rows])).toEqual(range(1, 2_600))
      expect(rest.completeness).toMatchObject({ enumerated: 'changes', by: 'keyset', upTo: '2024-11-05 08:30:00' })
    })

    it('HAZARD 7: reads rows without a cursor value every time, over several pages', async () => {
      await source.put(...range(1, 1_500).map((id): Row => [id, `H-${id}`, null]), [9_000, 'x', '2024-11-05 08:30:00'])
      const first = await readSql(read, source.connection)
      expect(first.rows).toHaveLength(1_501)
      expect(first.completeness?.enumerated).toBe('everything')
      const second = await readSql(read, source.connection, { watermark: upTo(first) })
      expect(second.rows).toHaveLength(1_501)
      const begun = await readSql(read, source.connection, { pages: 1 })
      const rest = await readSql(read, source.connection, { resume: begun.resume })
      expect(ids([...begun.rows, ...rest.rows])).toEqual(ids(first.rows))
      await source.put(...range(2_000, 1_100).map((id): Row => [id, `H-${id}`, null]))
      expect((await readSql(read, source.connection)).completeness?.enumerated).toBe('incomplete')
    })

    it('HAZARD 2: finds a row that was committed behind the watermark, within the lookback', async () => {
      await source.put([1, 'a', '2024-11-05 10:00:00'])
      const watermark = upTo(await readSql(read, source.connection))
      await source.put([2, 'late', '2024-11-05 08:30:00'], [3, 'too late', '2024-11-05 07:59:00'])
      expect(ids((await readSql(read, source.connection, { watermark })).rows)).toEqual([1, 2])
      expect(ids((await readSql(read, source.connection, { watermark, full: true })).rows)).toEqual([1, 2, 3])
    })

    it('goes back to the lookback of the snapshot that it resumes from', async () => {
      await source.put(...range(1, 1_000).map((id): Row => [id, `H-${id}`, '2024-12-02 07:50:00']))
      const begun = await readSql(read, source.connection, { pages: 1 })
      await source.put([5_000, 'late', '2024-12-02 07:30:00'], [5_001, 'new', '2024-12-02 17:00:00'])
      const rest = await readSql(read, source.connection, {
        resume: begun.resume,
        now: Date.parse('2024-12-02T18:00+07:00'),
      })
      expect(ids(rest.rows)).toContain(5_000)
      expect(upTo(rest)).toBe('2024-12-02 17:00:00')
    })

    it('HAZARD 6: is not dragged along by a row of 2099', async () => {
      await source.put([1, 'a', '2024-11-05 10:00:00'], [2, 'b', '2099-01-01 00:00:00'])
      const first = await readSql(read, source.connection)
      expect(ids(first.rows)).toEqual([1, 2])
      expect(upTo(first)).toBe('2024-11-05 10:00:00')
      await source.put([3, 'c', '2024-11-06 10:00:00'])
      expect(ids((await readSql(read, source.connection, { watermark: upTo(first) })).rows)).toEqual([1, 2, 3])
    })

    it('tells deleted keys, unless another row of the key is alive', async () => {
      const gone = '2024-11-06 10:00:00'
      await source.put([1, 'gone', gone, gone], [2, 'twice', gone, gone], [3, 'twice', '2024-11-01 10:00:00'])
      const { rows, pages } = await readSql(read, source.connection)
      expect(ids(rows)).toEqual([3])
      expect(pages.flatMap((page) => page.deleted ?? [])).toEqual([['gone']])
    })

    it('HAZARD 18: gives exact identifiers and dates as they stand, whatever the zone of this machine', async () => {
      await source.put(['15793596808644609', '0006', '2024-11-05 00:30:00'])
      const [row] = (await readSql(read, source.connection)).rows
      expect(row).toMatchObject({
        Id: '15793596808644609',
        MaHoSo: '0006',
        NgayCapNhat: '2024-11-05 00:30:00',
        NgayNop: '2024-11-05',
      })
      const begun = await readSql(read, source.connection, { pages: 1 })
      expect((await readSql(read, source.connection, { resume: begun.resume })).rows).toEqual([])
      // the next number, which a double cannot tell from this one
      await source.put(['15793596808644610', '0007', '2024-11-05 00:30:00'])
      expect((await readSql(read, source.connection, { resume: begun.resume })).rows).toMatchObject([
        { MaHoSo: '0007' },
      ])
    })

    it('writes no more than 1 KB of progress and reads nothing twice without news', async () => {
      await source.put(...range(1, 1_200).map((id): Row => [id, `H-${id}`, `2024-11-0${1 + (id % 9)} 08:30:00`]))
      const first = await readSql(read, source.connection)
      for (const page of first.pages) expect(JSON.stringify(page.resume).length).toBeLessThan(1024)
      const again = await readSql(read, source.connection, { watermark: upTo(first) })
      expect(again.rows.length).toBeLessThan(200)
    })

    it('says which table or column is wrong', async () => {
      const wrong = sql({ ...DECLARATION, rows: (db) => db.selectFrom('HoSo').selectAll() })
      await expect(readSql(wrong, source.connection)).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE' })
    })

    it('takes a mark of another value than NULL', async () => {
      await source.run(MARKED[name] ?? '')
      const marked = sql({
        ...DECLARATION,
        rows: (db) => db.selectFrom('Marked').selectAll(),
        deleted: { column: 'gone', is: true },
      })
      const { rows, pages } = await readSql(marked, source.connection)
      expect(rows).toMatchObject([{ MaHoSo: 'alive' }, { MaHoSo: 'unsaid' }])
      expect(pages.flatMap((page) => page.deleted ?? [])).toEqual([['gone']])
    })

    it('ends where it is told to', async () => {
      const table = sql({ ...DECLARATION, deleted: null })
      await source.put([1, 'a', null], [2, 'b', '2024-11-05 08:30:00'])
      const { rows, completeness } = await readAll(table, source.connection)
      expect(ids(rows)).toEqual([1, 2])
      expect(completeness).toEqual({ enumerated: 'everything', by: 'keyset', upTo: null })
    })
  })
}
testsOf('sqlite', sqliteSource)
testsOf('postgres', postgresSource)
await withMariadb(() => testsOf('mariadb', mariadbSource))

describe('a source that cannot be read', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ioc-feed-sql-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it('says a missing file', () =>
    expect(readSql(read, { dialect: 'sqlite', file: join(folder, 'none.sqlite') })).rejects.toMatchObject({
      code: 'SOURCE_MISSING',
    }))

  it('says a file that is no database', async () => {
    const file = join(folder, 'land.sqlite')
    writeFileSync(file, 'not a database, but long enough to be looked at as one. '.repeat(100))
    await expect(readSql(read, { dialect: 'sqlite', file })).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE' })
  })

  it('says a server that does not answer', () =>
    expect(readSql(read, { dialect: 'postgres', url: 'postgres://u:secret@127.0.0.1:1/x' })).rejects.toMatchObject({
      code: 'SOURCE_UNREACHABLE',
    }))

  it('says a wrong password without repeating it', async () => {
    const place = await throwaway('postgres')
    const url = place.location.replace('postgres:postgres@', 'postgres:wr0ng@')
    const failed = await readSql(read, { dialect: 'postgres', url }).catch((error: Error) => error)
    expect(failed).toMatchObject({ code: 'SOURCE_UNAUTHORIZED' })
    expect(String(failed)).not.toContain('wr0ng')
    await place.remove()
  })
})
