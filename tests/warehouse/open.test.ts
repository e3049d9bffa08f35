import { sql } from 'kysely'
import { expect, it } from 'vitest'
import { deleteByKeys, selectByKeys, updateByKeys, upsertRows } from '../../src/warehouse/bulk.ts'
import { MIGRATIONS, migrate, NEWEST_SCHEMA } from '../../src/warehouse/migrate.ts'
import { eachDialect, ZONE } from '../support/warehouse.ts'

eachDialect('warehouse', (open) => {
  it('migrates once and is at the newest schema', async () => {
    const { warehouse } = await open()
    expect(await migrate(warehouse, ZONE)).toEqual([])
    const rows = await warehouse.read((db) => db.selectFrom('migration').select('id').orderBy('id').execute())
    expect(rows.at(-1)?.id).toBe(NEWEST_SCHEMA)
  })

  it('refuses a newer schema with the mend and leaves it alone', async () => {
    const { warehouse } = await open()
    await warehouse.write(async (trx) => {
      await trx.db
        .insertInto('migration')
        .values({ id: NEWEST_SCHEMA + 1, name: 'later', at: 0 })
        .execute()
    })
    await expect(migrate(warehouse, ZONE)).rejects.toMatchObject({ code: 'WAREHOUSE_NEWER', exit: 2 })
  })

  it('that is at the newest schema is found so by looking: no turn, no right to write', async () => {
    const { warehouse, location } = await open()
    const { warehouse: second } = await open({ location, migrated: false })
    expect(await warehouse.write(() => migrate(second, ZONE))).toEqual([])
  })

  it('leaves the schema as it was when a migration fails', async () => {
    const { warehouse } = await open()
    const broken = [
      ...MIGRATIONS,
      {
        id: NEWEST_SCHEMA + 1,
        name: 'broken',
        statements: () => ['CREATE TABLE half (id integer)', 'CREATE NONSENSE'],
      },
    ]
    await expect(migrate(warehouse, ZONE, broken)).rejects.toThrow()
    await expect(warehouse.read((db) => sql`SELECT * FROM half`.execute(db))).rejects.toThrow()
    expect(await migrate(warehouse, ZONE)).toEqual([])
  })

  it('gives each write the database alone: none of two hundred concurrent increments is lost', async () => {
    const { warehouse, location } = await open()
    const { warehouse: second } = await open({ location })
    await warehouse.write((trx) => trx.db.insertInto('meta').values({ key: 'n', value: '0' }).execute())
    const increment = (w: typeof warehouse) =>
      w.write(async (trx) => {
        const row = await trx.db.selectFrom('meta').select('value').where('key', '=', 'n').executeTakeFirstOrThrow()
        await trx.db
          .updateTable('meta')
          .set({ value: String(Number(row.value) + 1) })
          .where('key', '=', 'n')
          .execute()
      })
    await Promise.all(Array.from({ length: 200 }, (_, i) => increment(i % 2 ? warehouse : second)))
    const row = await warehouse.read((db) =>
      db.selectFrom('meta').select('value').where('key', '=', 'n').executeTakeFirstOrThrow(),
    )
    expect(row.value).toBe('200')
  })

  it('rolls the whole write back when it throws', async () => {
    const { warehouse } = await open()
    const failing = warehouse.write(async (trx) => {
      await trx.db.insertInto('meta').values({ key: 'gone', value: '1' }).execute()
      throw new Error('stop')
    })
    await expect(failing).rejects.toThrow('stop')
    expect(await warehouse.read((db) => db.selectFrom('meta').selectAll().where('key', '=', 'gone').execute())).toEqual(
      [],
    )
  })

  it('fences off a holder whose lease was taken over', async () => {
    const { warehouse } = await open()
    await warehouse.write((trx) =>
      trx.db.insertInto('lease').values({ name: 'source:a', holder: 'x', token: 7, expires_at: 0 }).execute(),
    )
    await expect(warehouse.write(async () => 1, { name: 'source:a', token: 6 })).rejects.toMatchObject({
      code: 'LEASE_LOST',
    })
    expect(await warehouse.write(async () => 1, { name: 'source:a', token: 7 })).toBe(1)
  })

  it('reads cannot write', async () => {
    const { warehouse } = await open()
    await expect(
      warehouse.read((db) => db.insertInto('meta').values({ key: 'a', value: 'b' }).execute()),
    ).rejects.toThrow()
  })

  it('bulk statements insert, add, update, select and delete alike', async () => {
    const { warehouse } = await open()
    const columns = ['agency', 'day', 'received', 'paused']
    await warehouse.write((trx) =>
      upsertRows(trx, 'cell_day', columns, ['agency', 'day'], 'add', [
        ['a', '2024-01-01', 2, 1],
        ['b', '2024-01-01', 1, 0],
      ]),
    )
    await warehouse.write((trx) =>
      upsertRows(trx, 'cell_day', columns, ['agency', 'day'], 'add', [['a', '2024-01-01', 3, -1]]),
    )
    await warehouse.write((trx) =>
      updateByKeys(trx, 'cell_day', ['agency', 'day'], ['stopped'], [['b', '2024-01-01', 9]]),
    )
    const found = await warehouse.write((trx) =>
      selectByKeys<{ agency: string; received: number; paused: number; stopped: number }>(
        trx,
        'cell_day',
        ['agency', 'day'],
        [
          ['a', '2024-01-01'],
          ['b', '2024-01-01'],
          ['c', '2024-01-01'],
        ],
      ),
    )
    expect(found.map((row) => [row.agency, row.received, row.paused, row.stopped]).sort()).toEqual([
      ['a', 5, 0, 0],
      ['b', 1, 0, 9],
    ])
    await warehouse.write((trx) => deleteByKeys(trx, 'cell_day', ['agency', 'day'], [['a', '2024-01-01']]))
    expect(await warehouse.read((db) => db.selectFrom('cell_day').select('agency').execute())).toEqual([
      { agency: 'b' },
    ])
  })

  it('sorts text by code point and puts NULL where asked, on both databases', async () => {
    const { warehouse } = await open()
    const keys = ['Ă', 'a', 'B', 'ă', 'Z', 'đ']
    await warehouse.write((trx) =>
      upsertRows(
        trx,
        'meta',
        ['key', 'value'],
        ['key'],
        'update',
        keys.map((key) => [key, '']),
      ),
    )
    const rows = await warehouse.read((db) => db.selectFrom('meta').select('key').orderBy('key').execute())
    expect(rows.map((row) => row.key)).toEqual(['B', 'Z', 'a', 'Ă', 'ă', 'đ'])
  })
})
