/** The same test on both databases, each on a throwaway of its own; that of a failed test is kept and named. */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, inject } from 'vitest'
import { migrate } from '../../src/warehouse/migrate.ts'
import { openWarehouse, type Warehouse } from '../../src/warehouse/open.ts'
import { MIGRATED, onServer, ZONE } from './databases.ts'

export { ZONE } from './databases.ts'

/** A new place for a warehouse, empty or with its tables: a file path or a postgres:// URL. SQLite is always empty: its tables are made in no time. */
export async function throwaway(
  dialect: 'sqlite' | 'postgres',
  { migrated = false } = {},
): Promise<{ location: string; remove: () => Promise<void> }> {
  if (dialect === 'sqlite') {
    const folder = mkdtempSync(join(tmpdir(), 'ioc-feed-test-'))
    return {
      location: join(folder, 'warehouse.sqlite'),
      remove: async () => rmSync(folder, { recursive: true, force: true }),
    }
  }
  const server = inject('postgresUrl')
  const name = `t_${randomBytes(6).toString('hex')}`
  await onServer(server, `CREATE DATABASE ${name} TEMPLATE ${migrated ? MIGRATED : 'template0'}`)
  return {
    location: `${server}/${name}`,
    remove: () => onServer(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  }
}

export interface OpenOptions {
  /** open a second connection to a location opened before */
  location?: string
  migrated?: boolean
}
export interface Opened {
  warehouse: Warehouse
  location: string
}

/** `tests` gets an `open` that makes a migrated throwaway warehouse; everything opened is closed and removed after each passing test. */
export function eachDialect(
  name: string,
  tests: (open: (options?: OpenOptions) => Promise<Opened>, dialect: 'sqlite' | 'postgres') => void,
): void {
  onDialects(['sqlite', 'postgres'], name, tests)
}

/** For what the warehouse has no part in, one database is enough. */
export function onDialects(
  dialects: readonly ('sqlite' | 'postgres')[],
  name: string,
  tests: (open: (options?: OpenOptions) => Promise<Opened>, dialect: 'sqlite' | 'postgres') => void,
): void {
  describe.each(dialects)(`${name} on %s`, (dialect) => {
    let opened: Warehouse[] = []
    let places: { location: string; remove: () => Promise<void> }[] = []
    afterEach(async (context) => {
      for (const warehouse of opened) await warehouse.close()
      const failed = context.task.result?.state === 'fail'
      for (const place of places) {
        if (failed) process.stderr.write(`kept for a look: ${place.location}\n`)
        else await place.remove()
      }
      opened = []
      places = []
    })
    tests(async (options = {}) => {
      let location = options.location
      if (!location) {
        const place = await throwaway(dialect, { migrated: options.migrated !== false })
        places.push(place)
        location = place.location
      }
      const warehouse = await openWarehouse(location)
      opened.push(warehouse)
      if (options.migrated !== false) await migrate(warehouse, ZONE)
      return { warehouse, location }
    }, dialect)
  })
}
