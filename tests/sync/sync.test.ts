import { afterEach, expect, it } from 'vitest'
import { releaseRun } from '../../src/sync/guards.ts'
import type { Warehouse } from '../../src/warehouse/open.ts'
import { getRun } from '../../src/warehouse/runs.ts'
import { dossiers, PROCEDURE, type Script, scriptHome, syncNow } from '../support/script-source.ts'
import { eachDialect } from '../support/warehouse.ts'

const homes: { remove(): void }[] = []
afterEach(() => {
  for (const home of homes.splice(0)) home.remove()
})
function home(sources: Parameters<typeof scriptHome>[0], more?: Record<string, unknown>) {
  const made = scriptHome(sources, more)
  homes.push(made)
  return made
}
const catalogue: Script = { pages: [[PROCEDURE]], end: { enumerated: 'everything', by: 'snapshot', upTo: null } }
const count = (warehouse: Warehouse, where: (row: { status: number; deleted: number }) => boolean = () => true) =>
  warehouse.read(
    async (db) => (await db.selectFrom('dossier').select(['status', 'deleted']).execute()).filter(where).length,
  )
const checkpoint = (warehouse: Warehouse, source = 'a') =>
  warehouse.read((db) =>
    db
      .selectFrom('checkpoint')
      .select(['watermark', 'resume'])
      .where('source', '=', source)
      .where('stream', '=', 'dossier')
      .executeTakeFirst(),
  )

eachDialect('sync', (open) => {
  it('moves the watermark only with a proven end, keeps what landed, and goes on after a failure', async () => {
    const { warehouse } = await open()
    const { config, write } = home({
      a: { procedure: catalogue, dossier: { pages: [dossiers(1_500), { fail: 'the line broke' }] } },
    })
    const broken = await syncNow(warehouse, config)
    expect(broken.sources[0]).toMatchObject({ state: 'incomplete' })
    expect(broken.exit).not.toBe(0)
    expect(await count(warehouse)).toBe(1_500)
    expect(await checkpoint(warehouse)).toEqual({ watermark: null, resume: '{"page":1}' })
    write('a', 'dossier', { pages: [dossiers(1_500), dossiers(10, undefined, 1_500)] })
    const mended = await syncNow(warehouse, config)
    expect(mended.sources[0]?.counts).toMatchObject({ read: 10 + 1, new: 10 })
    expect(await checkpoint(warehouse)).toEqual({ watermark: '2', resume: null })
    write('a', 'dossier', { pages: [dossiers(5)], end: { enumerated: 'incomplete', why: 'the page cap was reached' } })
    expect((await syncNow(warehouse, config)).sources[0]).toMatchObject({
      state: 'incomplete',
      error: { code: 'SOURCE_INCOMPLETE' },
    })
    expect(await checkpoint(warehouse)).toEqual({ watermark: '2', resume: null })
  })

  it('one failing source does not stop the others', async () => {
    const { warehouse } = await open()
    const { config } = home({
      a: { dossier: { pages: [{ fail: 'down' }] } },
      b: { procedure: catalogue, dossier: { pages: [dossiers(3)] } },
    })
    const result = await syncNow(warehouse, config)
    expect(result.sources.map((source) => [source.source, source.state])).toEqual([
      ['a', 'failed'],
      ['b', 'succeeded'],
    ])
    expect(await count(warehouse)).toBe(3)
    // whoever looks at the run as a whole is told which source it was
    const whole = await warehouse.read((db) => getRun(db, result.run ?? ''))
    expect(whole).toMatchObject({ state: 'failed', why: { code: result.sources[0]?.error?.code } })
  })

  it('holds a mass rejection before anything lands; a release passes up to what was observed, once; more holds again', async () => {
    const { warehouse } = await open()
    const bad =
      (share: number) =>
      (i: number): Record<string, string> =>
        i % 10 < share ? { received: '20240231000000' } : {}
    const { config, write } = home({
      a: { procedure: catalogue, dossier: { pages: [dossiers(1_000, bad(3)), dossiers(1_000, bad(3), 1_000)] } },
    })
    const held = await syncNow(warehouse, config)
    expect(held).toMatchObject({ exit: 5 })
    expect(held.sources[0]).toMatchObject({
      state: 'held',
      error: { code: 'SOURCE_HELD', params: { guard: 'rejected', observed: 600 } },
    })
    expect(await count(warehouse)).toBe(0)
    expect(await warehouse.read((db) => db.selectFrom('quarantine').selectAll().execute())).toEqual([])
    expect(
      await warehouse.write((trx) =>
        releaseRun(trx, held.sources[0]?.run ?? '', 'tester', 'seen by the department', 1),
      ),
    ).toBe(1)
    expect((await syncNow(warehouse, config)).sources[0]).toMatchObject({
      state: 'partial',
      counts: { new: 1_400, unchanged: 1, quarantined: 600 },
    })
    expect(await count(warehouse)).toBe(1_400)
    const audit = await warehouse.read((db) =>
      db.selectFrom('hold').select(['released_by', 'reason', 'used_at']).where('released_at', 'is not', null).execute(),
    )
    expect(audit).toMatchObject([
      { released_by: 'tester', reason: 'seen by the department', used_at: expect.any(Number) },
    ])
    write('a', 'dossier', { pages: [dossiers(1_000, bad(4)), dossiers(1_000, bad(4), 1_000)] })
    expect((await syncNow(warehouse, config)).sources[0]).toMatchObject({ state: 'held' })
  })

  it('holds a mass status regression and a mass deletion, and a list that is suddenly empty', async () => {
    const { warehouse } = await open()
    const all = { enumerated: 'everything', by: 'snapshot', upTo: null } as const
    const done = (): Record<string, string> => ({ status: '9', finished: '20241108100000' })
    const { config, write } = home({ a: { procedure: catalogue, dossier: { pages: [dossiers(500, done)], end: all } } })
    await syncNow(warehouse, config)
    write('a', 'dossier', { pages: [dossiers(500)], end: all })
    expect((await syncNow(warehouse, config)).sources[0]?.error?.params).toMatchObject({
      guard: 'regressed',
      observed: 500,
    })
    write('a', 'dossier', { pages: [dossiers(300, done)], end: all })
    expect((await syncNow(warehouse, config)).sources[0]?.error?.params).toMatchObject({
      guard: 'deleted',
      observed: 200,
    })
    write('a', 'dossier', { pages: [], end: all })
    expect((await syncNow(warehouse, config)).sources[0]?.error?.params).toMatchObject({ guard: 'empty' })
    expect(await count(warehouse, (row) => row.status === 9 && row.deleted === 0)).toBe(500)
  })

  it('one release lets an emptied list through, and everything on it go; a list that was never seen full is held too', async () => {
    const { warehouse } = await open()
    const all = { enumerated: 'everything', by: 'snapshot', upTo: null } as const
    const { config, write } = home({
      a: { procedure: catalogue, dossier: { pages: [dossiers(500)], end: all } },
      b: { dossier: { pages: [], end: all } },
    })
    const [first, never] = (await syncNow(warehouse, config)).sources
    expect(first).toMatchObject({ state: 'succeeded', counts: { new: 501 } })
    expect(never?.error?.params).toMatchObject({ guard: 'empty' })
    write('a', 'dossier', { pages: [], end: all })
    write('b', 'dossier', { pages: [dossiers(3, undefined, 500)], end: all })
    const [emptied, filled] = (await syncNow(warehouse, config)).sources
    expect(emptied?.error?.params).toMatchObject({ guard: 'empty' })
    expect(filled).toMatchObject({ state: 'succeeded', counts: { new: 3 } })
    await warehouse.write((trx) => releaseRun(trx, emptied?.run ?? '', 'tester', 'the department is closed', 1))
    expect((await syncNow(warehouse, config)).sources[0]).toMatchObject({
      state: 'succeeded',
      counts: { deleted: 500 },
    })
    // what was released is used: nothing is armed for the next time, and an empty list that is known to be empty is none
    expect((await syncNow(warehouse, config)).sources[0]).toMatchObject({ state: 'succeeded', counts: { deleted: 0 } })
  })

  it('holds a department that deletes by the hundred; a few tombstones land', async () => {
    const { warehouse } = await open()
    const { config, write } = home({ a: { procedure: catalogue, dossier: { pages: [dossiers(1_500)] } } })
    await syncNow(warehouse, config)
    const codes = (count: number) => Array.from({ length: count }, (_, i) => `D-${i}`)
    write('a', 'dossier', { pages: [[]], deleted: codes(600) })
    expect((await syncNow(warehouse, config)).sources[0]?.error?.params).toMatchObject({
      guard: 'deleted',
      observed: 600,
    })
    expect(await count(warehouse, (row) => row.deleted === 1)).toBe(0)
    write('a', 'dossier', { pages: [[]], deleted: codes(5) })
    expect((await syncNow(warehouse, config)).sources[0]).toMatchObject({ state: 'succeeded' })
    expect(await count(warehouse, (row) => row.deleted === 1)).toBe(5)
  })

  it('deletes after one snapshot, after two complete reads by token, never after a resumed or numbered one', async () => {
    const { warehouse } = await open()
    const by = (kind: 'snapshot' | 'token' | 'number') => ({ enumerated: 'everything', by: kind, upTo: null }) as const
    const { config, write } = home({
      a: { procedure: catalogue, dossier: { pages: [dossiers(100)], end: by('snapshot') } },
    })
    const alive = async (pages: Script['pages'], end: ReturnType<typeof by>) => {
      write('a', 'dossier', { pages, end })
      await syncNow(warehouse, config)
      return count(warehouse, (row) => row.deleted === 0)
    }
    expect(await alive([dossiers(100)], by('snapshot'))).toBe(100)
    expect(await alive([dossiers(99)], by('number'))).toBe(100)
    expect(await alive([dossiers(99)], by('token'))).toBe(100)
    expect(await alive([dossiers(99)], by('token'))).toBe(99)
    expect(await alive([dossiers(50), { fail: 'died' }], by('snapshot'))).toBe(99)
    expect(await alive([[], dossiers(40, undefined, 50)], by('snapshot'))).toBe(99)
    expect(await alive([dossiers(98)], by('snapshot'))).toBe(98)
  })

  it('replays what waited when its procedure lands, with the arrival it had, whichever source brings it', async () => {
    const { warehouse } = await open()
    const { config, write } = home({ a: { dossier: { pages: [dossiers(3)] } }, b: {} })
    expect((await syncNow(warehouse, config)).sources[0]).toMatchObject({ state: 'partial', counts: { waiting: 3 } })
    expect(await count(warehouse)).toBe(0)
    const [waiting] = await warehouse.read((db) =>
      db.selectFrom('quarantine').select(['arrived_at', 'waiting_for']).execute(),
    )
    expect(waiting?.waiting_for).toBe('procedure:1.000001')
    write('a', 'dossier', { pages: [] })
    write('b', 'procedure', catalogue)
    await syncNow(warehouse, config)
    expect(await count(warehouse)).toBe(3)
    expect(
      await warehouse.read((db) => db.selectFrom('quarantine').select('key').where('closed_at', 'is', null).execute()),
    ).toEqual([])
    const [row] = await warehouse.read((db) => db.selectFrom('dossier').select('order_at').execute())
    expect(row?.order_at).toBe(waiting?.arrived_at)
  })

  it('refuses a made-up source in a real warehouse and a real one in a sample warehouse', async () => {
    const { warehouse } = await open()
    const real = home({ a: { procedure: catalogue } })
    await syncNow(warehouse, real.config)
    const sample = home({ c: { procedure: catalogue } }, { sample: true, clock: '/nowhere/clock.json' })
    await expect(syncNow(warehouse, sample.config)).rejects.toMatchObject({ code: 'SAMPLE_AND_REAL', exit: 2 })
    const { warehouse: other } = await open()
    await syncNow(other, sample.config)
    await expect(syncNow(other, real.config)).rejects.toMatchObject({ code: 'SAMPLE_AND_REAL' })
  })

  it('a dry run reads and judges, and lands nothing', async () => {
    const { warehouse } = await open()
    const { config } = home({ a: { procedure: catalogue, dossier: { pages: [dossiers(5)] } } })
    const result = await syncNow(warehouse, config, { dryRun: true })
    expect(result.sources[0]?.counts).toMatchObject({ read: 6, landed: 0 })
    expect(await count(warehouse)).toBe(0)
  })
})
