/**
 * kill -9 of `ioc run nightly` (sync, then push) wherever it happens to be, then one undisturbed run: warehouse, cells and what the IOC
 * shows are those of a run that nobody disturbed. 20 single moments of a night with changes, 5 in a row of a first load; some on PostgreSQL.
 */
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openWarehouse } from '../../src/warehouse/open.ts'
import { type Content, contentOf, differences, hashOf } from '../support/content.ts'
import {
  type KillPoint,
  killAt,
  type Progress,
  seeded,
  timeline,
  watchPostgres,
  watchSqlite,
} from '../support/crash.ts'
import { copyWarehouse, type Home, makeHome } from '../support/home.ts'
import { type Ioc, shown, startIoc } from '../support/receiver.ts'
import { throwaway } from '../support/warehouse.ts'

const NIGHT = ['run', 'nightly']
const SOURCES = ['catalogue', 'communes', 'judicial', 'land', 'national-766', 'one-stop', 'statements']
const random = seeded(20241202)
let home: Home
/** an undisturbed first load, what it says, and what the IOC shows after it */
let loaded: { location: string; content: Content; shown: Map<string, string> }

beforeAll(async () => {
  home = await makeHome({ communes: 12 })
  const ioc = await startIoc()
  const ran = await home.kept(NIGHT, { env: { IOC_URL: ioc.url } })
  expect(ran).toMatchObject({ code: 0, stderr: '' })
  loaded = { location: home.warehouse, content: await contentOf(home.warehouse), shown: shown(ioc.received()) }
  await ioc.close()
})
afterAll(() => home?.remove())

async function expectSame(location: string, wanted: { content: Content; shown: Map<string, string> }, ioc: Ioc) {
  const found = await contentOf(location)
  expect(differences(wanted.content, found)).toEqual([])
  expect(hashOf(found)).toBe(hashOf(wanted.content))
  const there = new Map([...loaded.shown, ...shown(ioc.received())])
  const differing = [...wanted.shown].filter(([figure, value]) => there.get(figure) !== value)
  expect(differing.slice(0, 3)).toEqual([])
  expect(there.size).toBe(wanted.shown.size)
  expect(ioc.received().counts.refused).toBe(0)
}

/** Kills runs on one warehouse, one after the other, each further on than the last; then lets one come to its end. */
async function killedLoad(location: string, watch: () => Promise<Progress>, points: readonly KillPoint[]) {
  const ioc = await startIoc()
  const env = { IOC_URL: ioc.url }
  for (const point of points) {
    const ran = await killAt(home.start(NIGHT, { warehouse: location, env }), await watch(), point)
    expect(ran, `killed after ${point.writes} writes`).toMatchObject({ signal: 'SIGKILL', stderr: '' })
  }
  // another process than those that were killed; its own start and end are no part of what is compared
  const last = await home.kept(NIGHT, { warehouse: location, env })
  expect(last).toMatchObject({ code: 0, stderr: '' })
  return ioc
}

/** versions and messages that a warehouse has kept */
async function kept(location: string): Promise<{ versions: number; messages: number }> {
  const warehouse = await openWarehouse(location)
  const count = (table: 'dossier_version' | 'message') =>
    warehouse.read((db) =>
      db
        .selectFrom(table)
        .select(({ fn }) => fn.countAll<number>().as('n'))
        .executeTakeFirstOrThrow(),
    )
  const [versions, messages] = [await count('dossier_version'), await count('message')]
  await warehouse.close()
  return { versions: Number(versions.n), messages: Number(messages.n) }
}

/** The same night again: nothing lands, nothing is sent but one status per source. */
async function expectIdle(location: string) {
  const ioc = await startIoc()
  const before = await kept(location)
  const ran = await home.kept([...NIGHT, '--json'], { warehouse: location, env: { IOC_URL: ioc.url } })
  expect(ran).toMatchObject({ code: 0, stderr: '' })
  const said = JSON.parse(ran.stdout) as {
    sources: { source: string; counts: Record<string, number> }[]
    pushed: { delivered: number; pending: number }[]
  }
  const changes = ['landed', 'new', 'changed', 'deleted', 'merged', 'replayed', 'regressed']
  const moved = said.sources.flatMap(({ source, counts }) =>
    changes.filter((name) => counts[name] !== 0).map((name) => `${source} ${name} ${counts[name]}`),
  )
  expect(moved).toEqual([])
  const read = said.sources.map(({ source }) => source).sort()
  const { figures, sources, counts } = ioc.received()
  expect(read).toEqual(SOURCES)
  expect(Object.keys(sources).sort()).toEqual(SOURCES)
  expect(said.pushed).toMatchObject([{ delivered: SOURCES.length, pending: 0 }])
  expect({ figures, accepted: counts.accepted }).toEqual({ figures: 0, accepted: SOURCES.length })
  for (const name of Object.keys(sources)) expect(ioc.revisions(`source|${name}`)).toHaveLength(1)
  expect(await kept(location)).toEqual({ versions: before.versions, messages: before.messages + SOURCES.length })
  expect(differences(loaded.content, await contentOf(location))).toEqual([])
  await ioc.close()
}

test('the same night again with nothing changed: nothing lands, one status per source', async () => {
  await expectIdle(copyWarehouse(loaded.location, join(home.dir, 'again.sqlite')))
}, 300_000)

describe('kill -9 of a first load', () => {
  test('five times on SQLite, then one undisturbed run', async () => {
    const location = join(home.dir, 'first.sqlite')
    const points = [3, 14, 24, 36, 60].map((writes) => ({ writes, afterMs: random() * 40 }))
    const ioc = await killedLoad(location, async () => watchSqlite(location), points)
    await expectSame(location, loaded, ioc)
    await ioc.close()
  }, 300_000)

  test('four times on PostgreSQL, one undisturbed run, and an idle one', async () => {
    const { location, remove } = await throwaway('postgres')
    const points = [2, 12, 20, 30].map((writes) => ({ writes, afterMs: random() * 40 }))
    const ioc = await killedLoad(location, () => watchPostgres(location), points)
    await expectSame(location, loaded, ioc)
    await ioc.close()
    await expectIdle(location)
    await remove()
  }, 300_000)
})

test('kill -9 at 20 moments of a night with changes, each followed by one undisturbed run', async () => {
  await home.sandbox.advance(24 * 3_600_000)
  const ioc = await startIoc()
  const location = copyWarehouse(loaded.location, join(home.dir, 'night.sqlite'))
  const running = home.start(NIGHT, { warehouse: location, env: { IOC_URL: ioc.url } })
  const { ran, at } = await timeline(running, watchSqlite(location))
  expect(ran).toMatchObject({ code: 0, stderr: '' })
  const night = { content: await contentOf(location), shown: new Map([...loaded.shown, ...shown(ioc.received())]) }
  await ioc.close()
  const points = moments(at, 20)
  // Two at a time: each has its own warehouse and its own receiver.
  await Promise.all(
    [0, 1].map(async (lane) => {
      for (let i = lane; i < points.length; i += 2)
        await killAndRepeat(join(home.dir, `night-${lane}.sqlite`), points[i] as KillPoint, night)
    }),
  )
}, 900_000)

/** Half of them spread evenly over the writes, half over the time of the undisturbed run. */
function moments(at: readonly number[], count: number): KillPoint[] {
  const end = at.at(-1) ?? 0
  return Array.from({ length: count }, (_, i) => {
    const share = (i + random()) / count
    if (i % 2 === 0) return { writes: Math.floor(share * at.length), afterMs: random() * 5 }
    const writes = at.filter((ms) => ms <= share * end).length
    return { writes, afterMs: share * end - (at[writes - 1] ?? 0) }
  })
}

async function killAndRepeat(
  location: string,
  moment: KillPoint,
  night: { content: Content; shown: Map<string, string> },
) {
  for (let point = moment; ; point = { writes: Math.max(0, point.writes - 2), afterMs: 0 }) {
    copyWarehouse(loaded.location, location)
    const ioc = await startIoc()
    const env = { IOC_URL: ioc.url }
    const killed = await killAt(home.start(NIGHT, { warehouse: location, env }), watchSqlite(location), point)
    // The run was quicker than the one that was measured, and over: once more, a little earlier.
    if (killed.signal === 'SIGKILL') {
      const ran = await home.kept(NIGHT, { warehouse: location, env })
      expect(ran, `after ${killed.writes} writes and ${Math.round(point.afterMs)} ms`).toMatchObject({
        code: 0,
        stderr: '',
      })
      await expectSame(location, night, ioc)
    }
    await ioc.close()
    if (killed.signal === 'SIGKILL') return
  }
}
