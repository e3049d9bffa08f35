/** Databases, folders and ports that are another's: two lines and the mend, nothing changed, nothing left running. */
import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import { type Home, makeHome, type Ran } from '../support/home.ts'
import { throwaway } from '../support/warehouse.ts'
import { lines, listen, until } from './support.ts'

let home: Home
beforeAll(async () => {
  home = await makeHome({ dossiers: 50, communes: 12, only: ['catalogue'] })
})
afterAll(() => home?.remove())

const twoLines = (ran: Ran, what: RegExp, mend: string) => {
  expect(ran.stdout).toBe('')
  expect(lines(ran)).toEqual([expect.stringMatching(what), expect.stringContaining(mend)])
}

describe('PostgreSQL', () => {
  let place: Awaited<ReturnType<typeof throwaway>>
  let role: string
  /** the same database as a user with no rights of its own */
  let asRole: string
  beforeEach(async () => {
    place = await throwaway('postgres')
    role = `r_${randomBytes(6).toString('hex')}`
    await query(`CREATE ROLE ${role} LOGIN PASSWORD 'geheim'`)
    asRole = place.location.replace('postgres:postgres@', `${role}:geheim@`)
  })
  afterEach(async () => {
    await query(`DROP OWNED BY ${role}`)
    await place.remove()
    await query(`DROP ROLE ${role}`, `${inject('postgresUrl')}/postgres`)
  })

  async function query<T extends object>(statement: string, location = place.location): Promise<T[]> {
    const client = new pg.Client({ connectionString: location })
    await client.connect()
    try {
      return (await client.query<T>(statement)).rows
    } finally {
      await client.end()
    }
  }
  const tables = async () =>
    (await query<{ name: string }>(`SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'`)).map(
      ({ name }) => name,
    )

  it('a user without rights is told which are missing, by reading verbs as well', async () => {
    for (const args of [['runs'], ['indicators'], ['migrate']]) {
      const ran = await home.kept(args, { warehouse: asRole })
      expect(ran.code).toBe(1)
      twoLines(ran, /^WAREHOUSE_UNREACHABLE: .*permission denied for schema public$/, 'USAGE and CREATE on the schema')
      expect(ran.stderr).not.toContain('geheim')
    }
    await query('REVOKE USAGE ON SCHEMA public FROM public')
    const hidden = await home.kept(['runs'], { warehouse: asRole })
    expect(hidden.code).toBe(1)
    twoLines(hidden, /^WAREHOUSE_UNREACHABLE: .*schema/, 'USAGE')
  })

  it('a user that may only read looks at a migrated warehouse, and is told when it would change it', async () => {
    expect(await home.kept(['migrate'], { warehouse: place.location })).toMatchObject({ code: 0 })
    const withoutSelect = await home.kept(['runs'], { warehouse: asRole })
    expect(withoutSelect.code).toBe(1)
    twoLines(withoutSelect, /^WAREHOUSE_UNREACHABLE: .*permission denied for table migration$/, 'SELECT on its tables')
    await query(`GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role}`)
    for (const readOnly of ['off', 'on']) {
      await query(`ALTER ROLE ${role} SET default_transaction_read_only = ${readOnly}`)
      for (const args of [['runs'], ['sources'], ['indicators'], ['quarantine']])
        expect(await home.kept(args, { warehouse: asRole }), args[0]).toMatchObject({ code: 0, stderr: '' })
      const sync = await home.kept(['sync'], { warehouse: asRole })
      expect(sync.code).toBe(1)
      twoLines(sync, /^WAREHOUSE_UNREACHABLE: .*(permission denied for|read-only)/, 'USAGE and CREATE')
    }
  })

  it("another program's database is left as it was", async () => {
    // migration: as another framework names its own
    for (const table of ['bookmarks (url text)', 'migration (version text)']) {
      await query(`CREATE TABLE ${table}`)
      const before = await tables()
      for (const args of [['sync'], ['runs'], ['demo', '--once'], ['migrate']]) {
        const ran = await home.kept(args, { warehouse: place.location })
        expect(ran.code).toBe(2)
        twoLines(ran, /^WAREHOUSE_FOREIGN: postgres:\/\/127/, 'an empty database of its own')
      }
      expect(await tables()).toEqual(before)
    }
  })

  it('a table in another schema is nobody else’s business', async () => {
    await query('CREATE SCHEMA theirs; CREATE TABLE theirs.bookmarks (url text)')
    expect(await home.kept(['migrate'], { warehouse: place.location })).toMatchObject({ code: 0, stderr: '' })
  })
})

describe('ioc sandbox', () => {
  const sandbox = ['sandbox', '--dossiers', '50', '--port']
  const running = () => home.sandbox.dir

  it.each(['en', 'vi'])('in a folder that it may not write ends and names the variable (%s)', async (IOC_LANG) => {
    const inTheWay = join(home.dir, `way-${IOC_LANG}`)
    mkdirSync(join(inTheWay, 'land.sqlite'), { recursive: true }) // found only after the port is open
    for (const dir of ['/proc/nope', inTheWay]) {
      const ran = await home.ioc([...sandbox, '0'], { env: { IOC_SANDBOX_DIR: dir, IOC_LANG } })
      expect(ran).toMatchObject({ code: 2, signal: null })
      twoLines(ran, new RegExp(`^SANDBOX_UNWRITABLE: .*${dir}: `), 'IOC_SANDBOX_DIR=')
    }
  })

  it('leaves the folder of a running one alone', async () => {
    const ran = await home.ioc([...sandbox, '0'])
    expect(ran.code).toBe(2)
    twoLines(ran, new RegExp(`^SANDBOX_RUNNING: .*${running()}$`), 'IOC_SANDBOX_DIR=')
  })

  it('on a port that is taken says how a sandbox there is ended', async () => {
    const { port } = new URL(home.sandbox.url)
    const ran = await home.ioc([...sandbox, port], { env: { IOC_SANDBOX_DIR: join(home.dir, 'other') } })
    expect(ran.code).toBe(2)
    twoLines(ran, new RegExp(`^PORT_TAKEN: Port ${port} `), 'sandbox: Ctrl-C')
  })

  it('takes over the folder of one that was killed', async () => {
    const env = { IOC_SANDBOX_DIR: join(home.dir, 'killed') }
    for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
      const child = home.start([...sandbox, '0'], { env })
      const said = listen(child)
      await until(child, () => said.stdout.includes('Ctrl-C'))
      child.child.kill(signal)
      expect(await child.ended).toMatchObject(signal === 'SIGKILL' ? { signal } : { code: 0, stderr: '' })
    }
  })
})
