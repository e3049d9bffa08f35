/** kill -9 exactly between two steps of `ioc run nightly`, for every two steps that follow one another. */
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Content, contentOf, differences, hashOf } from '../support/content.ts'
import { copyWarehouse, type Home, makeHome } from '../support/home.ts'
import { type Ioc, shown, startIoc } from '../support/receiver.ts'

const BOUNDARIES: readonly { after: string; file: string; before: string; nth: number }[] = [
  { after: 'read', file: 'src/sync/worker.ts', before: "line.post({ type: 'page'", nth: 1 },
  { after: 'validate', file: 'src/sync/land.ts', before: 'const counts = await context.warehouse.write', nth: 2 },
  { after: 'land', file: 'src/sync/land.ts', before: 'const last = pages[pages.length - 1]', nth: 3 },
  { after: 'checkpoint', file: 'src/sync/land.ts', before: 'addCounts(total, { writes: 1 })', nth: 3 },
  { after: 'commit', file: 'src/sync/land.ts', before: 'return counts', nth: 4 },
  { after: 'closing a stream', file: 'src/sync/read-and-land.ts', before: "return result('complete')", nth: 3 },
  { after: 'telling the states', file: 'src/schedule/pipeline.ts', before: 'await refreshNow(pipeline', nth: 1 },
  { after: 'enqueue', file: 'src/indicators/refresh.ts', before: 'await drainMarks(trx, from)', nth: 1 },
  { after: 'refresh', file: 'src/schedule/pipeline.ts', before: 'if (synced.run === null', nth: 1 },
  { after: 'forming a batch', file: 'src/deliver/deliver.ts', before: 'const outcome = await attempt(', nth: 1 },
  { after: 'send', file: 'src/deliver/deliver.ts', before: 'await record(warehouse, target', nth: 1 },
  { after: 'receipt', file: 'src/deliver/deliver.ts', before: 'options.onProgress?.(sent)', nth: 1 },
  { after: 'push', file: 'src/schedule/pipeline.ts', before: 'const checked = options', nth: 1 },
  { after: 'comparing', file: 'src/indicators/spot-check.ts', before: 'if (kept) await', nth: 1 },
]
const PRELOAD = join(import.meta.dirname, 'kill-at.ts')
const NIGHT = ['run', 'nightly']

let home: Home
/** what the IOC shows after the first load; the night after it, undisturbed */
let loaded: Map<string, string>
let undisturbed: { content: Content; shown: Map<string, string> }
const run = (location: string, ioc: Ioc, env: Record<string, string>) =>
  home.ioc(NIGHT, { warehouse: location, env: { IOC_URL: ioc.url, ...env } })
const expectDone = async (location: string, ioc: Ioc) =>
  expect(await home.kept(NIGHT, { warehouse: location, env: { IOC_URL: ioc.url } })).toMatchObject({
    code: 0,
    stderr: '',
  })

beforeAll(async () => {
  home = await makeHome({ dossiers: 400, seed: 3, communes: 8 })
  const ioc = await startIoc()
  await expectDone(home.warehouse, ioc)
  loaded = shown(ioc.received())
  await ioc.close()
  // a night on which dossiers have arrived, moved on and been rated
  await home.sandbox.advance(26 * 3_600_000)
  const night = await startIoc()
  const copy = copyWarehouse(home.warehouse, join(home.dir, 'undisturbed.sqlite'))
  await expectDone(copy, night)
  undisturbed = { content: await contentOf(copy), shown: new Map([...loaded, ...shown(night.received())]) }
  await night.close()
}, 300_000)
afterAll(() => home?.remove())

// SQLite alone: what a transaction keeps on PostgreSQL is shown by tests/e2e/crash.test.ts.
it('HAZARD 14: killed after each step in turn, then one undisturbed run: warehouse, measures and deliveries as undisturbed', async () => {
  const ioc = await startIoc()
  for (const { after, ...place } of BOUNDARIES) {
    const env = { IOC_TEST_KILL: JSON.stringify(place), NODE_OPTIONS: `--import=${PRELOAD}` }
    const ran = await run(home.warehouse, ioc, env)
    expect([after, ran.signal, ran.stderr]).toEqual([after, 'SIGKILL', ''])
  }
  await expectDone(home.warehouse, ioc)
  const found = await contentOf(home.warehouse)
  expect(differences(undisturbed.content, found)).toEqual([])
  expect(hashOf(found)).toBe(hashOf(undisturbed.content))
  expect(new Map([...loaded, ...shown(ioc.received())])).toEqual(undisturbed.shown)
  expect(ioc.received().counts.refused).toBe(0)
  await ioc.close()
}, 300_000)
