/** kill -9 exactly between two steps of `ioc run nightly`, for every two steps that follow one another. */
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Content, contentOf, differences, hashOf } from '../support/content.ts'
import { type Home, makeHome } from '../support/home.ts'
import { shown, startIoc } from '../support/receiver.ts'
import { throwaway } from '../support/warehouse.ts'

const BOUNDARIES: readonly { after: string; file: string; before: string; nth: number }[] = [
  { after: 'read', file: 'src/sync/worker.ts', before: "line.post({ type: 'page'", nth: 1 },
  { after: 'validate', file: 'src/sync/land.ts', before: 'const counts = await context.warehouse.write', nth: 2 },
  { after: 'land', file: 'src/sync/land.ts', before: 'const last = pages[pages.length - 1]', nth: 3 },
  { after: 'checkpoint', file: 'src/sync/land.ts', before: 'addCounts(total, { writes: 1 })', nth: 3 },
  { after: 'commit', file: 'src/sync/land.ts', before: 'return counts', nth: 4 },
  { after: 'closing a stream', file: 'src/sync/read-and-land.ts', before: "return result('complete')", nth: 3 },
  { after: 'telling the states', file: 'src/schedule/pipeline.ts', before: 'await refreshNow(pipeline', nth: 1 },
  { after: 'enqueue', file: 'src/indicators/refresh.ts', before: "await trx.db.deleteFrom('dirty')", nth: 1 },
  { after: 'refresh', file: 'src/schedule/pipeline.ts', before: 'if (!options.push', nth: 1 },
  { after: 'forming a batch', file: 'src/deliver/deliver.ts', before: 'const outcome = await attempt(', nth: 1 },
  { after: 'send', file: 'src/deliver/deliver.ts', before: 'await record(warehouse, target', nth: 1 },
  { after: 'receipt', file: 'src/deliver/deliver.ts', before: 'options.onProgress?.(sent)', nth: 1 },
]
const PRELOAD = join(import.meta.dirname, 'kill-at.ts')
const NIGHT = ['run', 'nightly']

let home: Home
let undisturbed: { content: Content; shown: Map<string, string> }
beforeAll(async () => {
  home = await makeHome({ dossiers: 400, seed: 3 })
  const ioc = await startIoc()
  expect(await home.ioc(NIGHT, { env: { IOC_URL: ioc.url } })).toMatchObject({ code: 0, stderr: '' })
  undisturbed = { content: await contentOf(home.warehouse), shown: shown(ioc.received()) }
  await ioc.close()
})
afterAll(() => home?.remove())

it.each(['sqlite', 'postgres'] as const)(
  'HAZARD 14: killed after each step in turn, then one undisturbed run: warehouse, measures and deliveries as undisturbed, on %s',
  async (dialect) => {
    const { location, remove } = await throwaway(dialect)
    const ioc = await startIoc()
    for (const { after, ...place } of BOUNDARIES) {
      const env = { IOC_URL: ioc.url, IOC_TEST_KILL: JSON.stringify(place), NODE_OPTIONS: `--import=${PRELOAD}` }
      const ran = await home.ioc(NIGHT, { warehouse: location, env })
      expect([after, ran.signal, ran.stderr]).toEqual([after, 'SIGKILL', ''])
    }
    const last = await home.ioc(NIGHT, { warehouse: location, env: { IOC_URL: ioc.url } })
    expect(last).toMatchObject({ code: 0, stderr: '' })
    const found = await contentOf(location)
    expect(differences(undisturbed.content, found)).toEqual([])
    expect(hashOf(found)).toBe(hashOf(undisturbed.content))
    expect(shown(ioc.received())).toEqual(undisturbed.shown)
    expect(ioc.received().counts.refused).toBe(0)
    await ioc.close()
    await remove()
  },
  300_000,
)
