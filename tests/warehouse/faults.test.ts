/** What goes wrong around a write: a full disk, a lock that another process holds, a process or a connection that dies. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterEach, describe, expect, inject, it } from 'vitest'
import { upsertRows } from '../../src/warehouse/bulk.ts'
import { migrate } from '../../src/warehouse/migrate.ts'
import { openWarehouse, type Trx, type Warehouse } from '../../src/warehouse/open.ts'
import { networkTo } from '../support/network.ts'
import { eachDialect, throwaway, ZONE } from '../support/warehouse.ts'

const ROOT = join(import.meta.dirname, '../..')

const insert = (trx: Trx, key: string, value = '') => trx.db.insertInto('meta').values({ key, value }).execute()
const keysIn = (warehouse: Warehouse) =>
  warehouse.read(async (db) =>
    (await db.selectFrom('meta').select('key').orderBy('key').execute()).map((row) => row.key),
  )

let children: ChildProcess[] = []
afterEach(() => {
  for (const child of children) child.kill('SIGKILL')
  children = []
})

/** A process in the middle of a write that has inserted `from-child` and never ends. */
async function childInsideWrite(location: string): Promise<ChildProcess> {
  const script = `
    import { openWarehouse } from './src/warehouse/open.ts'
    const warehouse = await openWarehouse(process.argv[1])
    setInterval(() => {}, 1000)
    await warehouse.write(async (trx) => {
      await trx.db.insertInto('meta').values({ key: 'from-child', value: '' }).execute()
      process.stdout.write('inside')
      await new Promise(() => {})
    })`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, location], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  await once(child.stdout, 'data')
  return child
}

eachDialect('a write', (open, dialect) => {
  it('says who is locked, and for how long it waited, when another process stays inside its write', async () => {
    const { location } = await open()
    await childInsideWrite(location)
    const impatient = await openWarehouse(location, { waitMs: 50 })
    try {
      await expect(impatient.write(async () => 1)).rejects.toMatchObject({
        code: 'WAREHOUSE_BUSY',
        params: { warehouse: impatient.label, seconds: 0.05 },
      })
      expect(await keysIn(impatient)).toEqual([])
    } finally {
      await impatient.close()
    }
  })

  it('goes on, without a trace of it, after another process was killed inside its write', async () => {
    const { warehouse, location } = await open()
    const child = await childInsideWrite(location)
    child.kill('SIGKILL')
    await once(child, 'exit')
    await warehouse.write((trx) => insert(trx, 'next'))
    expect(await keysIn(warehouse)).toEqual(['next'])
  })

  it('keeps nothing of a write that filled the disk, names the warehouse, and goes on when there is room', async () => {
    const { warehouse } = await open()
    const fill = async (trx: Trx) => {
      await insert(trx, 'partly')
      if (dialect === 'postgres')
        return await sql`DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '53100'; END $$`.execute(trx.db)
      const pages = trx.sqlite?.pragma('page_count', { simple: true }) as number
      trx.sqlite?.pragma(`max_page_count = ${pages + 4}`)
      for (let i = 0; ; i++) await insert(trx, `row-${i}`, 'x'.repeat(4000))
    }
    await expect(warehouse.write(fill)).rejects.toMatchObject({ code: 'DISK_FULL', params: { what: warehouse.label } })
    await warehouse.write(async (trx) => {
      trx.sqlite?.pragma('max_page_count = 1000000')
      await insert(trx, 'later')
    })
    expect(await keysIn(warehouse)).toEqual(['later'])
  })

  it('bulk statements of one table, one count and one first column do not take one another for the same', async () => {
    const { warehouse } = await open()
    const key = ['agency', 'day']
    await warehouse.write(async (trx) => {
      await upsertRows(trx, 'cell_day', [...key, 'received'], key, 'add', [['a', '2024-01-01', 1]])
      await upsertRows(trx, 'cell_day', [...key, 'refused'], key, 'add', [['a', '2024-01-01', 2]])
    })
    const cells = warehouse.read((db) => db.selectFrom('cell_day').select(['received', 'refused']).execute())
    expect(await cells).toEqual([{ received: 1, refused: 2 }])
  })

  it('refuses a statement that outlived its write, also while the next one is open', async () => {
    const { warehouse } = await open()
    let kept: Trx | undefined
    await warehouse.write(async (trx) => {
      kept = trx
    })
    const late = kept
    if (!late) throw new Error('no write')
    await warehouse.write(async () => {
      await expect(insert(late, 'late')).rejects.toThrow('outside its write')
    })
    await expect(upsertRows(late, 'meta', ['key', 'value'], ['key'], 'update', [['late', '']])).rejects.toThrow('write')
    expect(await keysIn(warehouse)).toEqual([])
  })
})

describe('a warehouse that cannot be opened', () => {
  it('a file that is no database', async () => {
    const { location, remove } = await throwaway('sqlite')
    writeFileSync(location, 'this is a text file, not a database'.repeat(100))
    await expect(openWarehouse(location)).rejects.toMatchObject({ code: 'WAREHOUSE_UNREACHABLE' })
    await remove()
  })

  it('a file in a folder that cannot be made', async () => {
    await expect(openWarehouse('/proc/nope/warehouse.sqlite')).rejects.toMatchObject({ code: 'WAREHOUSE_UNREACHABLE' })
  })

  it.each(['secret', 'se/cr@et', 'secret?x'])(
    'a server that is not there, without its password %s',
    async (password) => {
      const opening = openWarehouse(`postgres://somebody:${password}@127.0.0.1:1/nowhere?password=${password}`)
      const error = await opening.then(
        () => new Error('opened'),
        (cause: Error) => cause,
      )
      expect(error).toMatchObject({ code: 'WAREHOUSE_UNREACHABLE' })
      expect(JSON.stringify([error.message, error])).not.toMatch(/se\/?cr/)
    },
  )
})

describe('PostgreSQL', () => {
  it('a connection that the server ends inside a write is a plain error, and the next write has a new one', async () => {
    const { location, remove } = await throwaway('postgres')
    const warehouse = await openWarehouse(location)
    const other = await openWarehouse(`${inject('postgresUrl')}/postgres`)
    try {
      const broken = warehouse.write(async (trx) => {
        const { rows } = await sql<{ pid: number }>`SELECT pg_backend_pid() AS pid`.execute(trx.db)
        await other.write((killer) => sql`SELECT pg_terminate_backend(${rows[0]?.pid ?? 0})`.execute(killer.db))
        return sql`SELECT 1`.execute(trx.db)
      })
      await expect(broken).rejects.toMatchObject({ code: 'WAREHOUSE_UNREACHABLE' })
      expect(await warehouse.write(async () => 'again')).toBe('again')
    } finally {
      await warehouse.close()
      await other.close()
      await remove()
    }
  })

  it.each([
    ['a write', (warehouse: Warehouse) => warehouse.write((trx) => insert(trx, 'lost'))],
    ['a read', keysIn],
  ])(
    '%s whose connection falls silent is given up, and the next has a new one',
    { timeout: 15_000 },
    async (_, work) => {
      const { location, remove } = await throwaway('postgres')
      const network = await networkTo(location)
      const warehouse = await openWarehouse(network.url, { silentMs: 1_000 })
      try {
        await migrate(warehouse, ZONE)
        network.silentFrom(/from "meta"|into "meta"/)
        await expect(work(warehouse)).rejects.toMatchObject({ code: 'WAREHOUSE_UNREACHABLE' })
        await warehouse.write((trx) => insert(trx, 'next'))
        expect(await keysIn(warehouse)).toEqual(['next'])
      } finally {
        await warehouse.close()
        await network.close()
        await remove()
      }
    },
  )
})
