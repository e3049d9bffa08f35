/** Wrong words, flags and places: exit 2, two lines that name the mend, in the reader's language. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseCall } from '../../src/cli/verbs.ts'
import { sayer } from '../../src/cli/words.ts'
import { type Home, type IocOptions, makeHome } from '../support/home.ts'
import { lines, ROOT } from './support.ts'

let home: Home
beforeAll(async () => {
  home = await makeHome({ dossiers: 50, communes: 12, only: ['catalogue'] })
  expect(await home.ioc(['migrate'])).toMatchObject({ code: 0, stderr: '' })
})
afterAll(() => home?.remove())

/** Runs what must fail, in a process of its own where `alone`; returns its code and two lines. */
async function fails(args: readonly string[], { alone = false, ...options }: IocOptions & { alone?: boolean } = {}) {
  const ran = await (alone ? home.ioc : home.kept)(args, options)
  expect(ran.stdout, args.join(' ')).toBe('')
  const [what = '', mend = '', ...more] = lines(ran)
  expect(more, args.join(' ')).toEqual([])
  expect(what).toMatch(/^[A-Z_]+: \S/)
  expect(mend).toMatch(/^→ \S/)
  return { code: ran.code, what, mend }
}

const WRONG: readonly [args: string[], what: string, mend: string][] = [
  [['synk'], 'UNKNOWN_NAME: There is no verb "synk"', 'sync?'],
  [['toString'], 'UNKNOWN_NAME: There is no verb "toString"', 'Known:'],
  [['sync', 'catalog'], 'UNKNOWN_NAME: There is no source "catalog"', 'catalogue?'],
  [['sync', '--ful'], 'there is no option --ful', '--full?'],
  [['sync', '--since'], '--since needs a value', 'ioc sync'],
  [['sync', '--full=yes'], '--full takes no value', 'ioc sync'],
  [['sync', '--since', 'yesterday'], '"yesterday" is not a day', '2024-11-01'],
  [['sync', '--since', '2999-01-01'], 'in the past', '2024-11-01'],
  [['run'], 'A job is missing', 'ioc run nightly'],
  [['run', 'nigthly'], 'There is no job "nigthly"', 'nightly'],
  [['run', 'nightly', 'extra'], '"extra" is one word too many', 'ioc run <job>'],
  [['push', '--target', 'x'], 'There is no target "x"', 'ioc'],
  [['indicators', '--period', '2024-13'], 'PERIOD_UNKNOWN: "2024-13"', '2024-Q4'],
  [['indicators', '--agency', '99999'], 'There is no agency "99999"', 'Known:'],
  [['indicators', '--geography', 'later'], '"later" is neither', '--geography now'],
  [['indicators', 'refused', '--by', 'colour'], '"colour" is neither procedure', '--by channel'],
  [['indicators', '--by', 'field'], 'An indicator is missing', '--by channel'],
  [['indicators', 'refused', '--channel', 'online', '--geography', 'now'], 'of then', '--geography then'],
  [['indicators', 'refused', '--channel', 'fax'], 'There is no channel "fax"', 'counter'],
  [['indicators', 'procedures-total', '--by', 'channel'], 'procedures-total is not counted', '--by procedure'],
  [['indicators', '--as-known-at', 'yesterday'], 'TIME_UNKNOWN: "yesterday"', 'landing:120'],
  [['indicators', '--as-known-at', '2024-02-30'], 'TIME_UNKNOWN: "2024-02-30"', '2024-12-05'],
  [['explain', 'refused', '--as-known-at', '1999-01-01'], 'NOT_YET_KNOWN', 'The first landing'],
  [['explain', 'refused', '--format', 'pdf'], '--format "pdf" is neither', 'ioc explain'],
  [['explain', 'refused', '--out', 'x.csv'], '--out needs --format', 'ioc explain'],
  [['explain', 'refused', '--after', 'x'], '--after "x"', 'next'],
  [['explain', '--message', 'x', '--agency', '72'], '--message does not go with --agency', 'ioc explain'],
  [['revise', 'refused'], '--between T1 T2', 'ioc revise finished-late'],
  [['revise', 'refused', '--between', '2024-12-01', 'landing:x'], '--between T1 T2', 'ioc revise'],
  [['explain'], 'An indicator is missing', 'ioc explain finished-late'],
  [['explain', 'finished-latte'], 'There is no indicator', 'finished-late'],
  [['explain', 'finished-late', '--limit', '0'], '--limit "0"', '--limit 20'],
  [['explain', 'finished-late', '--period', 'soon'], '"soon" is not a period', 'year to date'],
  [['serve', '--port', 'http'], '--port "http" is not a number', '--port 8080'],
  [['release', 'r1'], 'A run and --reason', '--reason'],
  [['release', 'r1', '--reason', ' '], 'A run and --reason', '--reason'],
  [['release', 'r1', '--reason', 'x'], 'NOT_FOUND: Run r1', 'ioc runs'],
  [['quarantine', 'mend'], 'There is no action "mend"', 'list'],
  [['quarantine', 'show'], 'Ids or --source', 'ioc quarantine list'],
  [['quarantine', 'show', '1e3'], '"1e3" is no id', 'ioc quarantine list'],
  [['quarantine', 'show', '77'], 'record 77 was not found', 'ioc quarantine list'],
  [['quarantine', 'list', '--limit', '-1'], '--limit "-1" is not a number from 1', '--limit 50'],
  [['sandbox', '--dossiers', '-5'], '--dossiers "-5" is not a number from 1', '--dossiers'],
  [['snyc'], 'There is no verb "snyc"', 'sync?'],
  [['sources', 'retire', 'catalogue'], '--successor', 'ioc sources retire catalogue'],
  [['sources', 'retire', 'catalogue', '--successor', 'catalogue'], 'its own successor', '--successor'],
  [['sandbox', '--faults', 'catalogue:tired'], 'The fault', '--faults'],
  [['sandbox', '--dossiers', '0'], '--dossiers "0"', '--dossiers'],
]

describe('wrong usage', () => {
  it.each(WRONG)('%j: exit 2', async (args, what, mend) => {
    const said = await fails(args)
    expect(said.code).toBe(2)
    expect(said.what).toContain(what)
    expect(said.mend).toContain(mend)
  })

  it.each([
    [['backup', 'x'], 'ioc backup'],
    [['restore', 'x'], 'ioc restore'],
    [['push', '--reconcile'], '--reconcile'],
  ])('%j: exit 2, for a later version', async (args, what) => {
    const said = await fails(args)
    expect(said).toMatchObject({ code: 2, what: `NOT_IN_THIS_VERSION: ${what} is not in this version` })
  })

  it('says it in Vietnamese where that is the language', async () => {
    const env = { IOC_LANG: 'vi' }
    expect(await fails(['synk'], { env })).toMatchObject({
      code: 2,
      what: 'UNKNOWN_NAME: Không có lệnh "synk"',
      mend: expect.stringMatching(/^→ Hiện có: sync\?/),
    })
    expect(await fails(['runs', 'r1'], { env })).toEqual({
      code: 2,
      what: 'NOT_FOUND: Không tìm thấy lần đồng bộ r1',
      mend: '→ Xem danh sách bằng: ioc runs',
    })
    expect(await fails(['sync', '--since'], { env: { IOC_LANG: '', LC_ALL: 'vi_VN.UTF-8' } })).toMatchObject({
      what: 'USAGE: ioc sync: --since cần một giá trị',
    })
    expect(await fails(['runs'], { env: { IOC_LANG: 'fr' } })).toMatchObject({
      code: 2,
      what: expect.stringContaining('IOC_LANG "fr" is not a language; known: vi, en'),
    })
  })

  it('suggests only what is near', async () => {
    expect((await fails(['sync', '--nope'], { alone: true })).mend).toBe(
      '→ ioc sync [source…] [--full] [--since T] [--dry-run]',
    )
  })

  it('a global flag without its value, and no verb, is no wish for help', () => {
    for (const [args, what] of [
      [['--home'], 'USAGE: ioc: --home needs a value'],
      [['--json', '--nope'], 'USAGE: ioc: there is no option --nope'],
    ] as const) {
      const call = () => parseCall(args, sayer('en'))
      expect(call).toThrow(what.replace('USAGE: ', ''))
    }
    for (const args of [[], ['--help'], ['--quiet']])
      expect(parseCall(args, sayer('en'))).toMatchObject({ name: undefined, values: { help: true } })
  })
})

describe('where', () => {
  it('global flags may stand before the verb, and --help explains one verb', async () => {
    const ran = await home.ioc(['--quiet', 'runs'])
    expect(ran).toMatchObject({ code: 0, stderr: '' })
    expect((await home.ioc(['sync', '--help'])).stdout).toMatch(/^ioc sync \[source…\]/)
    for (const IOC_LANG of ['vi', 'en']) {
      const help = (await home.ioc(['--help'], { env: { IOC_LANG } })).stdout
      expect(help.split('\n').filter((line) => [...line].length > 80)).toEqual([])
    }
  })

  it('no warehouse is made by looking; the error names the place', async () => {
    const warehouse = join(home.dir, 'none.sqlite')
    for (const args of [['runs'], ['sources'], ['indicators'], ['quarantine'], ['rebuild'], ['push'], ['stop']])
      expect(await fails(args, { warehouse })).toMatchObject({
        code: 2,
        what: `WAREHOUSE_MISSING: There is no warehouse ${warehouse} yet`,
      })
    expect(existsSync(warehouse)).toBe(false)
  })

  it('a folder, a text file and a server that is not there are no warehouses: exit 1', async () => {
    const folder = join(home.dir, 'folder')
    mkdirSync(folder)
    const text = join(home.dir, 'text.sqlite')
    writeFileSync(text, 'not a database, but long enough to be looked at as one\n'.repeat(20))
    for (const warehouse of [folder, text, 'postgres://u:geheim@127.0.0.1:1/x']) {
      const said = await fails(['runs'], { warehouse, alone: true })
      expect(said).toMatchObject({ code: 1, what: expect.stringMatching(/^WAREHOUSE_UNREACHABLE: /) })
      expect(said.what).not.toContain('geheim')
    }
    expect(await fails(['runs'], { warehouse: 'mysql://u:geheim@h/x' })).toMatchObject({
      code: 2,
      what: 'USAGE: A warehouse is an SQLite file or postgres://…, not mysql://',
    })
  })

  it("another program's database is left as it was", async () => {
    const warehouse = join(home.dir, 'other.sqlite')
    const database = new Sqlite(warehouse)
    database.exec('CREATE TABLE bookmarks (url text)')
    database.close()
    for (const args of [['sync'], ['runs'], ['demo', '--once'], ['migrate']])
      expect(await fails(args, { warehouse })).toMatchObject({
        code: 2,
        what: expect.stringMatching(/^WAREHOUSE_FOREIGN: /),
      })
    const after = new Sqlite(warehouse, { readonly: true })
    expect(after.prepare('SELECT name FROM sqlite_master').pluck().all()).toEqual(['bookmarks'])
    after.close()
  })

  it('relative paths follow INIT_CWD, the home IOC_HOME', () => {
    const there = join(home.dir, 'there')
    mkdirSync(there)
    const env = { ...home.env, IOC_HOME: '..', INIT_CWD: there }
    const args = [join(ROOT, 'src/cli.ts'), 'migrate', '--warehouse', 'mine.sqlite', '--json']
    const said = JSON.parse(execFileSync(process.execPath, args, { env, cwd: ROOT, encoding: 'utf8' })) as object
    expect(said).toMatchObject({ warehouse: join(there, 'mine.sqlite') })
    expect(readFileSync(join(there, 'mine.sqlite')).length).toBeGreaterThan(0)
  })
})
