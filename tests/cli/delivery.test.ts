/** From the command line: what the IOC refuses stays refused until it takes it, a new target gets everything, old figures say so. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { type Ioc, startIoc } from '../deliver/ioc.ts'
import { copyWarehouse, type Home, makeHome } from '../support/home.ts'
import { documentOf, lines } from './support.ts'

interface Pushed {
  target: string
  delivered: number
  duplicate: number
  refused: number
  pending: number
  refusals: { id: string; figure: string; reason: string | null }[]
}

let home: Home
let ioc: Ioc
let synced: string
let warehouse: string
let tried = 0
beforeAll(async () => {
  home = await makeHome({ dossiers: 300, communes: 12, only: ['catalogue', 'one-stop'] })
  expect(await home.ioc(['sync'])).toMatchObject({ code: 0, stderr: '' })
  // A hundred thousand figures would be no other test than those of the province. The spot check of the day, which would miss the others, has been.
  const database = new Sqlite(home.warehouse)
  database.exec(`DELETE FROM indicator_value WHERE agency NOT LIKE '72@%';
    DELETE FROM message WHERE kind = 'indicator' AND figure NOT LIKE '%|72@%';
    DELETE FROM outbox WHERE seq NOT IN (SELECT seq FROM message);
    INSERT INTO meta VALUES ('spot_check', '{"day": "2024-12-02", "last": "", "differing": []}')`)
  database.close()
  synced = copyWarehouse(home.warehouse, join(home.dir, 'synced.sqlite'))
}, 300_000)
afterAll(() => home?.remove())
beforeEach(async () => {
  ioc = await startIoc()
  warehouse = copyWarehouse(synced, join(home.dir, `${++tried}.sqlite`))
})
afterEach(() => ioc.close())

async function push(...args: string[]): Promise<{ code: number | null; pushed: Pushed[] }> {
  const ran = await home.kept(['push', '--json', ...args], { warehouse, env: { IOC_URL: ioc.target.url } })
  return { code: ran.code, pushed: documentOf<{ pushed: Pushed[] }>(ran, 'push').pushed }
}

it('refused: exit 6 and named by every push until it is taken; an idle night then sends one status per source', async () => {
  const env = { IOC_URL: ioc.target.url }
  ioc.always = 'refuse'
  const first = await push()
  expect(first).toMatchObject({ code: 6, pushed: [{ delivered: 0, pending: 0 }] })
  const { refused = 0, refusals = [] } = first.pushed[0] ?? {}
  expect(refused).toBeGreaterThan(100)
  expect(refusals).toHaveLength(20)
  expect(refusals[0]).toMatchObject({ id: expect.stringMatching(/^[0-9a-f]{64}$/), reason: 'unknown agency' })
  expect(await push()).toEqual(first)
  // The night makes newer statuses; the old ones are replaced, the figures stand.
  const night = await home.kept(['run', 'nightly'], { warehouse, env })
  expect(night.code).toBe(6)
  expect(lines(night).join('\n')).toMatch(
    /^DELIVERY_REFUSED: ioc refuses [\d,]+ messages: .*unknown agency\n→ .*ioc push/,
  )
  expect((await newestRun()).exitCode).toBe(6)
  ioc.always = 'ok'
  expect(await push()).toMatchObject({ code: 0, pushed: [{ delivered: refused, refused: 0, pending: 0 }] })
  const idle = await home.kept(['run', 'nightly', '--json'], { warehouse, env })
  expect(documentOf(idle, 'run')).toMatchObject({ exitCode: 0, pushed: [{ delivered: 2, duplicate: 0, refused: 0 }] })
}, 120_000)

it('what is kept and is not what the records say: exit 1 in two lines, in the document and in the ledger', async () => {
  const database = new Sqlite(warehouse)
  database.exec(`DELETE FROM meta WHERE key = 'spot_check'`)
  database.close()
  const env = { IOC_URL: ioc.target.url }
  const ran = await home.kept(['run', 'nightly'], { warehouse, env })
  expect(ran.code).toBe(1)
  expect(ran.stdout).toMatch(/Spot check of \d+ agencies: [\d,]+ DIFFERENCES .*\n +indicator .*: null ≠ /)
  expect(ran.stderr).toMatch(/^REBUILD_DIFFERS: .*\n→ .*ioc rebuild --json/)
  expect(await newestRun()).toMatchObject({
    exitCode: 1,
    remarks: expect.arrayContaining([expect.stringMatching(/^spot check: \d+ differences$/)]),
  })
}, 120_000)

it('a target that is added later gets every figure and status, once', async () => {
  const all = (await push()).pushed[0]?.delivered ?? 0
  expect(all).toBeGreaterThan(100)
  await withBoard(async () => {
    // both stand for the same IOC, which answers what it knows as it did before
    expect(await push()).toMatchObject({ code: 0, pushed: [{ duplicate: 0 }, { target: 'board', delivered: all }] })
    const posts = ioc.seen.length
    expect(await push()).toMatchObject({ code: 0, pushed: [{ duplicate: 0 }, { target: 'board', delivered: 0 }] })
    expect(ioc.seen).toHaveLength(posts)
  })
}, 120_000)

it('the sync that first knows a target puts everything into its outbox', async () => {
  const all = (await push()).pushed[0]?.delivered
  await withBoard(async () => {
    expect(await home.kept(['sync', 'catalogue'], { warehouse })).toMatchObject({ code: 0, stderr: '' })
  })
  const database = new Sqlite(warehouse, { readonly: true })
  const pending = database.prepare('SELECT target, count(*) AS n FROM outbox GROUP BY target ORDER BY target').all()
  database.close()
  // the newer status of the catalogue took the place of the one before
  expect(pending).toEqual([
    { target: 'board', n: all },
    { target: 'ioc', n: 1 },
  ])
}, 120_000)

const newestRun = async () => {
  const runs = documentOf<{ kind: string; verb: string; startedAt: number; exitCode: number; remarks: string[] }[]>(
    await home.kept(['runs', '--json'], { warehouse }),
    'runs',
  )
  const [newest] = runs.filter(({ kind }) => kind === 'invocation').sort((a, b) => b.startedAt - a.startedAt)
  if (!newest) throw new Error('nothing has run')
  return newest
}

/** While `work` runs, the same IOC is a second target. */
async function withBoard(work: () => Promise<void>): Promise<void> {
  const file = join(home.dir, 'jobs', 'targets.json')
  const before = readFileSync(file, 'utf8')
  const { targets } = JSON.parse(before) as { targets: { name: string }[] }
  writeFileSync(file, JSON.stringify({ targets: [...targets, { ...targets[0], name: 'board' }] }))
  try {
    await work()
  } finally {
    writeFileSync(file, before)
  }
}

it('figures say as of when they are, that they are past their update, and that a source is held', async () => {
  const indicators = (lang: string, ...more: string[]) =>
    home.kept(['indicators', '--period', '2024-11', ...more], { warehouse, env: { IOC_LANG: lang } })
  const fresh = (await indicators('en')).stdout
  expect(fresh).toContain('As of 2024-12-02 08:00')
  expect(fresh).not.toMatch(/overdue since|UPDATE OVERDUE/)
  const database = new Sqlite(warehouse)
  const past = Date.parse('2026-01-02T03:04:00+07:00')
  database.prepare("UPDATE source_status SET fresh_until = ?, state = 'fresh'").run(past)
  database.prepare('UPDATE indicator_value SET fresh_until = ?').run(past)
  database.prepare("UPDATE indicator_value SET value_state = 'held' WHERE indicator = 'finished-late'").run()
  database.close()
  const en = (await indicators('en')).stdout
  // but those that nobody brings
  const [, late, all] = /^UPDATE OVERDUE: (\d+) of (\d+) figures rest on sources/m.exec(en) ?? []
  const unbrought = en.match(/(?:not enough data|no data yet)$/gm)?.length ?? 0
  expect([Number(all) - Number(late), unbrought > 0]).toEqual([unbrought, true])
  expect(en).toMatch(/^ {2}Finished late +[\d,]+ +held, update overdue$/m)
  expect(en).toMatch(/^ {2}one-stop +Fresh +complete up to 2024-12-02 08:00 +update overdue since 2026-01-02 03:04$/m)
  const vi = (await indicators('vi')).stdout
  expect(vi).toContain('Số liệu đến 2024-12-02 08:00')
  expect(vi).toMatch(new RegExp(`^QUÁ HẠN CẬP NHẬT: ${late}/${all} chỉ tiêu`, 'm'))
  expect(vi).toMatch(/^ {2}Đã giải quyết quá hạn +[\d.]+ +đang giữ lại, quá hạn cập nhật$/m)
  expect(vi).toContain('quá hạn cập nhật từ 2026-01-02 03:04')
  const json = await indicators('en', '--json')
  documentOf(json, 'indicators')
  expect(json.stderr).toMatch(/^UPDATE OVERDUE: /)
  const explained = await home.kept(['explain', 'finished-late', '--period', '2024-11'], { warehouse })
  expect(explained.stdout).toMatch(/: [\d,]+ {2}held$/m)
  expect(explained.stdout).toContain('update overdue since 2026-01-02 03:04')
}, 120_000)
