/** What is held stays held until a person releases it: not a night later, not by a resumed read, not in small portions. */
import { afterEach, beforeEach, expect, it } from 'vitest'
import { releaseRun } from '../../src/sync/guards.ts'
import type { SourceResult } from '../../src/sync/sync.ts'
import type { Warehouse } from '../../src/warehouse/open.ts'
import { eachDialect } from '../support/warehouse.ts'
import { checkpointOf, type Deployment, deploy, dossiersOf, expectRebuilt } from './deployment.ts'
import { records, type TapeRecord, tapeFiles } from './tape.ts'

let deployment: Deployment
afterEach(() => deployment.remove())

/** one night later each time */
let night = 0
async function sync(warehouse: Warehouse, tape: { pages: unknown[]; deleted?: unknown }): Promise<SourceResult> {
  night++
  deployment.setTime(`2024-12-${String(2 + night).padStart(2, '0')}T08:00`)
  deployment.put('tape/dossier.json', JSON.stringify(tape))
  return deployment.syncOne(warehouse, 'tape')
}
const release = (warehouse: Warehouse, { run }: SourceResult) =>
  warehouse.write((trx) => releaseRun(trx, run, 'tester', 'seen by the department', 1))
const holdsOf = (warehouse: Warehouse) =>
  warehouse.read((db) => db.selectFrom('hold').selectAll().orderBy('id').execute())
const stateOf = (warehouse: Warehouse) =>
  warehouse.read((db) =>
    db.selectFrom('source_status').select('state').where('source', '=', 'tape').executeTakeFirstOrThrow(),
  )
const held = (guard: string, observed: number) => ({ state: 'held', error: { params: { guard, observed } } })

eachDialect('regressions', (open) => {
  beforeEach(() => {
    night = 0
    deployment = deploy({ tape: [{ id: 'tape', settings: { folder: 'tape' } }] })
  })
  const done = { status: '9', finished: '20241120080000' }
  const nothing = () => false
  /** 5,000 dossiers, which land before more is looked at, then ten pages of 1,000; those that are `back` are being worked on again */
  const pages = (back: (i: number) => boolean = nothing) => {
    const page = (count: number, from: number) =>
      records(count, (i): TapeRecord => (back(i) ? { status: '4' } : done), from)
    return [page(5_000, 0), ...Array.from({ length: 10 }, (_, i) => page(1_000, 5_000 + i * 1_000))]
  }
  const thrownBack = async (warehouse: Warehouse) =>
    (await dossiersOf(warehouse)).filter(({ status }) => status === 4).length

  it('behind the first look are held before they land, and again the next night; a release passes them, once', async () => {
    const { warehouse } = await open()
    await deployment.prepare(warehouse)
    expect((await sync(warehouse, { pages: pages() })).state).toBe('succeeded')
    const proven = await checkpointOf(warehouse, 'tape')
    const thousand = pages((i) => i >= 5_000 && i < 6_000)
    for (let again = 0; again < 2; again++) {
      expect(await sync(warehouse, { pages: thousand })).toMatchObject(held('regressed', 1_000))
      expect(await thrownBack(warehouse)).toBe(0)
      // what was clean before them has landed, and the next read goes on there
      expect(await checkpointOf(warehouse, 'tape')).toEqual({ ...proven, resume: '{"page":1}' })
      expect(await stateOf(warehouse)).toEqual({ state: 'held' })
    }
    // Half mended: few of all that has been read by then, but more than what it was held for, and nobody has released it.
    const later = await sync(warehouse, { pages: pages((i) => i >= 14_000 && i < 14_550) })
    expect(later).toMatchObject(held('regressed', 550))
    expect(await thrownBack(warehouse)).toBe(0)
    expect(await release(warehouse, later)).toBe(1)
    // more than was released
    const more = await sync(warehouse, { pages: pages((i) => i >= 14_000 && i < 14_551) })
    expect(more).toMatchObject(held('regressed', 551))
    expect(await release(warehouse, more)).toBe(1)
    const passed = await sync(warehouse, { pages: pages((i) => i >= 14_000 && i < 14_551) })
    expect(passed).toMatchObject({ state: 'succeeded', counts: { regressed: 551 } })
    expect(await thrownBack(warehouse)).toBe(551)
    // all holds of that range are settled: none stands in the way of a later read, none can be released any more
    const holds = await holdsOf(warehouse)
    expect(holds.map(({ used_at }) => used_at === null)).toEqual(holds.map(() => false))
    expect(await release(warehouse, { ...passed, run: holds[0]?.run ?? '' })).toBe(0)
    await expectRebuilt(warehouse)
  }, 120_000)

  it('that have been mended at the source pass without a release', async () => {
    const { warehouse } = await open()
    await deployment.prepare(warehouse)
    await sync(warehouse, { pages: pages() })
    expect((await sync(warehouse, { pages: pages((i) => i >= 5_000 && i < 6_000) })).state).toBe('held')
    const mended = await sync(warehouse, { pages: pages((i) => i >= 8_000 && i < 8_010) })
    expect(mended).toMatchObject({ state: 'succeeded', counts: { regressed: 10 } })
    expect(await stateOf(warehouse)).toEqual({ state: 'fresh' })
  }, 120_000)

  it('HAZARD 27: are held on the first page, with nothing landed', async () => {
    const { warehouse } = await open()
    await deployment.prepare(warehouse)
    await sync(warehouse, { pages: pages().slice(0, 1) })
    const before = await dossiersOf(warehouse)
    const back = await sync(warehouse, { pages: [records(300), records(700, undefined, 300)] })
    expect(back).toMatchObject({ ...held('regressed', 1_000), counts: { landed: 0, read: 0 } })
    expect(await dossiersOf(warehouse)).toEqual(before)
  })
})

eachDialect('tombstones', (open) => {
  beforeEach(() => {
    night = 0
    const files = tapeFiles({ deletes: 'tombstones' })
    const path = 'connectors/tape/connector.ts'
    // each page with deletions of its own
    const text = files[path]?.replace('page === last ? (deleted ?? [])', 'deleted ? (deleted[page] ?? [])')
    deployment = deploy({ tape: [{ id: 'tape', settings: { folder: 'tape' } }] }, { ...files, [path]: text ?? '' })
  })
  const living = records(5_000)
  /** 150 of those that are behind the 5,000 */
  const part = (i: number) =>
    Array.from({ length: 150 }, (_, at) => `D-${String(5_000 + i * 150 + at).padStart(5, '0')}`)
  // 5,000 rows to a page: its batch has landed before the next page is looked at
  const pages = [records(1_000), living, living, living, living, living]
  const deleted = [[], part(0), part(1), part(2), part(3), part(4)]
  const gone = async (warehouse: Warehouse) =>
    (await dossiersOf(warehouse)).filter((row) => row.deleted === 1).map(({ code }) => code)

  it('of a mass deletion do not land in portions, night after night, nor by a read that was resumed; a release lands all', async () => {
    const { warehouse } = await open()
    await deployment.prepare(warehouse)
    await sync(warehouse, { pages: [living, records(1_000, undefined, 5_000)] })
    // 300 of 6,000 pass before the guard trips
    const allowed = [...part(0), ...part(1)]
    for (let again = 0; again < 3; again++) {
      expect(await sync(warehouse, { pages, deleted })).toMatchObject(held('deleted', 750))
      expect(await gone(warehouse)).toEqual(allowed)
      // those that were not applied are read again
      expect((await checkpointOf(warehouse, 'tape'))?.resume).toBeNull()
    }
    // it dies behind what had been allowed, and the next one goes on from there
    expect((await sync(warehouse, { pages: [...pages.slice(0, 3), { fail: 'killed' }], deleted })).state).toBe(
      'incomplete',
    )
    expect((await checkpointOf(warehouse, 'tape'))?.resume).toBe('{"page":3}')
    const resumed = await sync(warehouse, { pages, deleted })
    expect(resumed).toMatchObject(held('deleted', 750))
    expect(await gone(warehouse)).toEqual(allowed)
    expect(await release(warehouse, resumed)).toBe(1)
    expect(await sync(warehouse, { pages, deleted })).toMatchObject({ state: 'succeeded', counts: { deleted: 450 } })
    expect(await gone(warehouse)).toHaveLength(750)
    // the next read has its own share again
    const few = { pages: [[]], deleted: [['D-05800', 'D-05801']] }
    expect(await sync(warehouse, few)).toMatchObject({ state: 'succeeded', counts: { deleted: 2 } })
    await expectRebuilt(warehouse)
  }, 180_000)
})

eachDialect('a held read', (open) => {
  beforeEach(() => {
    night = 0
    deployment = deploy({ tape: [{ id: 'tape', settings: { folder: 'tape' } }] })
  })

  it('whose source then breaks can be released', async () => {
    const { warehouse } = await open()
    await deployment.prepare(warehouse)
    const pages = [records(1_000, () => ({ status: '77' })), records(500, undefined, 1_000)]
    const broken = await sync(warehouse, { pages: [...pages, { fail: 'the line broke' }] })
    expect(broken.state).toBe('failed')
    expect(await holdsOf(warehouse)).toMatchObject([{ run: broken.run, guard: 'rejected', observed: 1_000 }])
    expect(await release(warehouse, broken)).toBe(1)
    expect(await sync(warehouse, { pages })).toMatchObject({
      state: 'partial',
      counts: { new: 500, quarantined: 1_000 },
    })
  })
})

eachDialect('a source that shows only what is new', (open) => {
  beforeEach(() => {
    night = 0
    const files = tapeFiles({ deletes: 'never' })
    const path = 'connectors/tape/connector.ts'
    const text = files[path]?.replace("sees: 'changes'", "sees: 'new-only'")
    deployment = deploy({ tape: [{ id: 'tape', settings: { folder: 'tape' } }] }, { ...files, [path]: text ?? '' })
  })
  const bad = (count: number, from: number) => records(count, (): TapeRecord => ({ status: '77' }), from)

  it('is not held for what it is asked again and refused before, but for what is refused anew', async () => {
    const { warehouse } = await open()
    await deployment.prepare(warehouse)
    const first = await sync(warehouse, { pages: [[...records(400), ...bad(30, 400)]] })
    expect(first).toMatchObject({ state: 'partial', counts: { landed: 400, quarantined: 30 } })
    // a quiet night: five new ones, and the thirty that nobody has mended
    const quiet = await sync(warehouse, { pages: [[...records(5, undefined, 500), ...bad(30, 400)]] })
    expect(quiet).toMatchObject({ state: 'partial', counts: { landed: 5, quarantined: 30 } })
    const broken = await sync(warehouse, { pages: [[...bad(25, 600), ...bad(30, 400)]] })
    expect(broken).toMatchObject(held('rejected', 25))
  })
})
