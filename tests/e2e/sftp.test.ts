/** An SFTP server of somebody else's make: read by the command line, killed with -9 at several moments, gone on with, the same in the end. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import Sqlite from 'better-sqlite3'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Deployment, deploy, until } from '../faults/deployment.ts'
import { contentOf, differences, hashOf } from '../support/content.ts'
import { procedureSchemas, tableConnector } from '../support/procedure-files.ts'
import { type SftpServer, startSftp } from '../support/sftp.ts'

const FILES = 3
const ROWS = 1_500
let deployment: Deployment
let server: SftpServer
/** what the server does before it answers */
let before: (asked: string) => void | Promise<void> = () => {}

beforeAll(async () => {
  const pattern =
    "{ match: /_(?<period>\\d{6})\\.csv\\.gz$/, drop: 'full', format: 'csv', encoding: 'utf-8', delimiter: ',' }"
  deployment = deploy({}, { ...procedureSchemas(), 'connectors/table/connector.ts': tableConnector('table', pattern) })
  const drops = join(deployment.home, 'drops')
  mkdirSync(drops)
  for (let file = 0; file < FILES; file++) {
    const rows = Array.from({ length: ROWS }, (_, i) => {
      // each file says a third of the rows of the one before it again
      const code = `1.${String(file * (ROWS - ROWS / 3) + i).padStart(6, '0')}`
      return `${code},Thủ tục ${code},Đất đai,"Cấp tỉnh, Cấp xã",Trực tiếp|Trực tuyến`
    })
    const text = `code,name,field,level,channels\n${rows.join('\n')}\n`
    writeFileSync(join(drops, `thutuc_20240${file + 1}.csv.gz`), gzipSync(text))
  }
  server = await startSftp(drops, { password: 'secret', before: (asked) => before(asked) })
  const settings = { folder: '/', port: server.port, hostKey: server.hostKey, password: 'secret' }
  const entry = { id: 'table', name: 'Made up', agency: null, sample: true, clock: join(deployment.home, 'clock.json') }
  const source = { ...entry, authority: [{ rank: 1, from: '2020-01-01' }], grace: 'PT26H', settings }
  deployment.put('connectors/table/sources.json', JSON.stringify({ sources: [source] }))
})
/** procedures of the source that are in the warehouse by now */
function landedIn(location: string): number {
  const database = new Sqlite(location, { readonly: true })
  try {
    return database.prepare("SELECT count(*) FROM procedure WHERE source = 'table'").pluck().get() as number
  } finally {
    database.close()
  }
}

afterAll(async () => {
  await server?.close()
  deployment?.remove()
})

it('is read, killed twice half-way, and gone on with, to the same', async () => {
  const locations = ['undisturbed', 'killed'].map((name) => join(deployment.home, `${name}.sqlite`))
  const [undisturbed = '', killed = ''] = locations
  const sync = (warehouse: string) => deployment.start(['sync', 'table', '--warehouse', warehouse])
  expect(await sync(undisturbed).ended).toMatchObject({ code: 0, stderr: '' })
  const wanted = await contentOf(undisturbed)
  expect(wanted.get('procedure')).toHaveLength(ROWS + (FILES - 1) * (ROWS - ROWS / 3))

  // while the second file comes, the first has landed; while the third comes, the second
  for (const file of [2, 3]) {
    const child = sync(killed)
    before = async (asked) => {
      if (asked !== `READ /thutuc_20240${file}.csv.gz`) return
      before = () => {}
      await until(async () => landedIn(killed) >= ROWS + (file - 2) * (ROWS - ROWS / 3))
      child.process.kill('SIGKILL')
    }
    expect(await child.ended).toMatchObject({ signal: 'SIGKILL' })
  }
  server.asked.splice(0)
  expect(await sync(killed).ended).toMatchObject({ code: 0, stderr: '' })
  // what had landed is not fetched again
  expect(server.asked).not.toContain('READ /thutuc_202401.csv.gz')
  expect(server.asked).toContain('READ /thutuc_202403.csv.gz')
  const found = await contentOf(killed)
  expect(differences(wanted, found)).toEqual([])
  expect(hashOf(found)).toBe(hashOf(wanted))
  await expect.poll(server.open).toBe(0)
}, 240_000)
