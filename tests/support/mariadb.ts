/**
 * A real MariaDB, which npm cannot bring: the one that listens on 127.0.0.1:3306 and lets root in without a password. Tests that need it are
 * left out with a printed reason on a machine that has none, and required where CI is set.
 */
import { randomBytes } from 'node:crypto'
import { type Connection, createConnection } from 'mysql2/promise'
import { it } from 'vitest'

const SERVER = { host: '127.0.0.1', port: 3306, user: 'root', connectTimeout: 2_000 }
const START = 'start it: start-stop-daemon --start --oknodo --background --exec /usr/sbin/mariadbd'

/** Runs `define` where MariaDB answers; else says why not, and fails where CI is set. */
export async function withMariadb(define: () => void): Promise<void> {
  const problem = await problemOf()
  if (problem === null) return define()
  it('needs a MariaDB', () => {
    const why = `no MariaDB answers on 127.0.0.1:3306 for root without a password (${problem}); ${START}`
    if (process.env.CI) throw new Error(why)
    process.stderr.write(`left out: ${why}\n`)
  })
}

async function problemOf(): Promise<string | null> {
  try {
    await (await createConnection(SERVER)).end()
    return null
  } catch (error) {
    return (error as { code?: string }).code ?? String(error)
  }
}

export interface MariadbPlace {
  url: string
  client: Connection
  remove(): Promise<void>
}
/** A database of the test's own, and a connection to it. */
export async function mariadbPlace(): Promise<MariadbPlace> {
  const name = `ioc_t_${randomBytes(6).toString('hex')}`
  const server = await createConnection(SERVER)
  // a collation that takes `a`, `A` and `a ` for one value, as departments have it
  await server.query(`CREATE DATABASE ${name} CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci`)
  const client = await createConnection({ ...SERVER, database: name })
  return {
    url: `mysql://root@127.0.0.1:3306/${name}`,
    client,
    async remove() {
      await client.end()
      await server.query(`DROP DATABASE ${name}`)
      await server.end()
    },
  }
}
