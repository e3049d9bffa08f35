/** What a second pair of eyes found: boundaries at which data was lost, doubled or looked whole. */
import { afterEach, expect, it } from 'vitest'
import { CHECKOUT } from '../../src/config.ts'
import { currentTick, tick } from '../../src/indicators/tick.ts'
import { runSync } from '../../src/schedule/pipeline.ts'
import { releaseRun } from '../../src/sync/guards.ts'
import { type LandContext, land } from '../../src/sync/land.ts'
import type { Rejected } from '../../src/sync/protocol.ts'
import { discard } from '../../src/sync/quarantine.ts'
import { installReference } from '../../src/sync/reference.ts'
import { saveMeta } from '../../src/warehouse/landing.ts'
import type { Warehouse } from '../../src/warehouse/open.ts'
import { at, contextOf, dossierRow, holdLease, page, procedureObject } from '../support/pages.ts'
import { dossiers, PROCEDURE, type Script, scriptHome, syncNow } from '../support/script-source.ts'
import { eachDialect, ZONE } from '../support/warehouse.ts'

const homes: { remove(): void }[] = []
afterEach(() => {
  for (const home of homes.splice(0)) home.remove()
})
function home(sources: Parameters<typeof scriptHome>[0], more?: Record<string, unknown>) {
  const made = scriptHome(sources, more)
  homes.push(made)
  return made
}
const all = { enumerated: 'everything', by: 'snapshot', upTo: null } as const
const catalogue: Script = { pages: [[PROCEDURE]], end: all }
const alive = (warehouse: Warehouse) =>
  warehouse.read(async (db) => (await db.selectFrom('dossier').select('id').where('deleted', '=', 0).execute()).length)
const statesOf = (warehouse: Warehouse) =>
  warehouse.read((db) => db.selectFrom('source_status').select(['source', 'state']).orderBy('source').execute())
const open = (warehouse: Warehouse) =>
  warehouse.read((db) => db.selectFrom('quarantine').select('key').where('closed_at', 'is', null).execute())

const DAY_1 = at('2024-12-02T08:00')
const DAY_2 = at('2024-12-03T08:00')
const DAY_3 = at('2024-12-04T08:00')
const rejected = (key: string, record = '{"bad":1}'): Rejected => ({
  key,
  orderAt: null,
  reasons: [],
  record,
  place: null,
  length: null,
  hmac: null,
})
async function ready(warehouse: Warehouse): Promise<void> {
  await installReference(warehouse, [CHECKOUT], DAY_1)
  await tick(warehouse, DAY_1, ZONE)
  for (const source of ['one-stop', 'catalogue']) await holdLease(warehouse, source)
}
const list = (warehouse: Warehouse, more: Partial<LandContext> = {}) =>
  contextOf(warehouse, {
    source: 'catalogue',
    stream: 'procedure',
    entity: 'procedure',
    lease: { name: 'source:catalogue', token: 1 },
    enumerates: true,
    ...more,
  })

eachDialect('review of the sync', (openOne) => {
  it('a --since read that dies does not become the place where the next read goes on', async () => {
    const { warehouse } = await openOne()
    const { config, write } = home({ a: { procedure: catalogue, dossier: { pages: [dossiers(5)] } } })
    await syncNow(warehouse, config)
    write('a', 'dossier', { pages: [dossiers(1_200), { fail: 'the line broke' }] })
    await syncNow(warehouse, config, { since: '2024-12-01 00:00:00.000Z' })
    const row = await warehouse.read((db) =>
      db.selectFrom('checkpoint').select(['watermark', 'resume']).where('stream', '=', 'dossier').executeTakeFirst(),
    )
    expect(row).toEqual({ watermark: '1', resume: null })
    expect(await alive(warehouse)).toBe(1_200)
  })

  it('a released mass deletion is carried out by the very next read', async () => {
    const { warehouse } = await openOne()
    const { config, write } = home({ a: { procedure: catalogue, dossier: { pages: [dossiers(500)], end: all } } })
    await syncNow(warehouse, config)
    write('a', 'dossier', { pages: [dossiers(300)], end: all })
    const held = await syncNow(warehouse, config)
    expect(held.exit).toBe(5)
    await warehouse.write((trx) => releaseRun(trx, held.sources[0]?.run ?? '', 'tester', 'moved away', 1))
    expect((await syncNow(warehouse, config)).sources[0]).toMatchObject({
      state: 'succeeded',
      counts: { deleted: 200 },
    })
    expect(await alive(warehouse)).toBe(300)
  })

  it('a read that died behind its last page is not taken for an empty one when it is resumed', async () => {
    const { warehouse } = await openOne()
    const { config, write } = home({
      a: { procedure: catalogue, dossier: { pages: [dossiers(50), { fail: 'killed' }], end: all } },
    })
    await syncNow(warehouse, config)
    write('a', 'dossier', { pages: [dossiers(50)], end: all })
    expect((await syncNow(warehouse, config)).sources[0]?.state).toBe('succeeded')
    expect(await alive(warehouse)).toBe(50)
  })

  it('a source that was never read is known as such; with --since nothing becomes fresh', async () => {
    const { warehouse } = await openOne()
    const { config } = home({
      a: { procedure: catalogue },
      b: { dossier: { pages: [] } },
    })
    const [a] = config.sources
    const { signal } = new AbortController()
    const run = (since: string | null) =>
      runSync({ warehouse, config, env: {} }, { verb: 'sync', sources: a ? [a] : [], signal, since })
    await run('2024-12-01')
    expect(await statesOf(warehouse)).toEqual([
      { source: 'a', state: 'incomplete' },
      { source: 'b', state: 'never' },
    ])
    const told = await warehouse.read((db) =>
      db.selectFrom('indicator_value').select(['indicator', 'value_state']).where('current', '=', 1).execute(),
    )
    const stated = told.map(
      ({ indicator, value_state }) => `${indicator.startsWith('qd766-') ? 'points ' : ''}${value_state}`,
    )
    // of points what is missing is not enough, of the rest there is nothing yet
    expect(
      [...new Set(stated)].filter((one) => !/^(no-data-yet|points (no-data-yet|insufficient))$/.test(one)),
    ).toEqual([])
    expect(new Set(stated)).toContain('no-data-yet')
    await run(null)
    expect((await statesOf(warehouse))[0]).toEqual({ source: 'a', state: 'fresh' })
  })

  it('a dry run leaves an empty warehouse as it was; a sample warehouse never takes the wall clock for its time', async () => {
    const { warehouse } = await openOne()
    const { config } = home({ a: { procedure: catalogue } })
    await syncNow(warehouse, config, { dryRun: true })
    expect(
      await warehouse.read((db) => db.selectFrom('meta').select('key').where('key', '=', 'data').execute()),
    ).toEqual([])
    expect(await warehouse.read((db) => currentTick(db))).toBeNull()
    await warehouse.write((trx) => saveMeta(trx, 'data', 'sample'))
    await tick(warehouse, DAY_1, ZONE)
    expect((await syncNow(warehouse, config, { sources: [] })).asOf).toBe(DAY_1)
    expect(await warehouse.read((db) => currentTick(db))).toBe(DAY_1)
  })

  it('what waits in a stream that is gone does not keep the others from being told', async () => {
    const { warehouse } = await openOne()
    const { config, write } = home({ a: { dossier: { pages: [dossiers(1)] } } })
    await syncNow(warehouse, config)
    await warehouse.write((trx) => trx.db.updateTable('quarantine').set({ stream: 'old-dossier' }).execute())
    write('a', 'procedure', catalogue)
    write('a', 'dossier', { pages: [] })
    const { run } = await syncNow(warehouse, config)
    const row = await warehouse.read((db) =>
      db
        .selectFrom('run')
        .select(['state', 'remarks'])
        .where('id', '=', run ?? '')
        .executeTakeFirst(),
    )
    expect(row).toMatchObject({ state: 'succeeded', remarks: expect.stringContaining('a/old-dossier') })
  })

  it('a procedure that is refused is not missing, and leaves quarantine when it is right again', async () => {
    const { warehouse } = await openOne()
    await ready(warehouse)
    const long = '1.000001.000.00.00.H53'
    await land(list(warehouse), [page([procedureObject('1.000001')], { entity: 'procedure' })])
    const context = list(warehouse, { run: 'run-2' })
    await land(context, [page([], { entity: 'procedure', rejected: [rejected(long)] })])
    const seen = await warehouse.read((db) => db.selectFrom('enumerated').select(['key', 'run']).execute())
    expect(seen).toEqual([{ key: '1.000001', run: 'run-2' }])
    await land(context, [page([procedureObject('1.000001')], { entity: 'procedure' })])
    expect(await open(warehouse)).toEqual([])
  })

  it('a procedure that comes back does not fill the time in which it was gone', async () => {
    const { warehouse } = await openOne()
    await ready(warehouse)
    const on = (asOf: number, deleted: string[]) =>
      land(list(warehouse, { asOf, arrivedAt: asOf }), [
        page(deleted.length > 0 ? [] : [procedureObject('1.000001')], { entity: 'procedure', deleted }),
      ])
    await on(DAY_1, [])
    await on(DAY_2, ['1.000001'])
    await on(DAY_3, [])
    const versions = await warehouse.read((db) =>
      db
        .selectFrom('procedure')
        .select(['valid_from', 'valid_to'])
        .where('known_to', 'is', null)
        .orderBy('valid_from')
        .execute(),
    )
    expect(versions).toEqual([
      { valid_from: '0001-01-01', valid_to: '2024-12-03' },
      { valid_from: '2024-12-04', valid_to: null },
    ])
  })

  it('what is deleted at its source does not come back: not by a replay, not by an earlier page', async () => {
    const { warehouse } = await openOne()
    await ready(warehouse)
    await land(list(warehouse), [page([procedureObject('1.000001')], { entity: 'procedure' })])
    const on = (day: number) => contextOf(warehouse, { asOf: day, arrivedAt: day, run: `run-${day}` })
    await land(on(DAY_1), [page([dossierRow({ code: 'A' }), dossierRow({ code: 'B' })])])
    const context = on(DAY_3)
    await land(context, [page([dossierRow({ code: 'W', procedure: '9.999999' })])])
    await land(context, [
      page([dossierRow({ code: 'B' })], { deleted: ['A', 'B', 'W'] }),
      page([dossierRow({ code: 'B', status: 5 })]),
    ])
    expect(await open(warehouse)).toEqual([])
    // a version of the day between, set aside then and replayed now
    await land(on(DAY_2), [page([dossierRow({ code: 'A', status: 9, finished_at: DAY_2 })])], { resume: false })
    const rows = await warehouse.read((db) =>
      db.selectFrom('dossier').select(['code', 'deleted', 'counted']).orderBy('code').execute(),
    )
    expect(rows).toEqual([
      { code: 'A', deleted: 1, counted: 0 },
      { code: 'B', deleted: 0, counted: 1 },
    ])
  })

  it('a newer statement of the same content can win its group', async () => {
    const { warehouse } = await openOne()
    await ready(warehouse)
    await holdLease(warehouse, 'land')
    await land(list(warehouse), [page([procedureObject('1.000001')], { entity: 'procedure' })])
    const electorate = { ...contextOf(warehouse).electorate, authorities: new Map() }
    const of = (source: string) =>
      contextOf(warehouse, { source, lease: { name: `source:${source}`, token: 1 }, orderDeclared: true, electorate })
    const row = (order: number) => page([dossierRow({ code: 'D', national_code: 'N', order })])
    await land(of('one-stop'), [row(10)])
    await land(of('land'), [row(20)])
    await land(of('one-stop'), [row(30)])
    const rows = await warehouse.read((db) =>
      db.selectFrom('dossier').select(['source', 'counted']).orderBy('source').execute(),
    )
    expect(rows).toEqual([
      { source: 'land', counted: 0 },
      { source: 'one-stop', counted: 1 },
    ])
  })

  it('a number of a person in the place of an agency is not kept; what was discarded stays so until it changes', async () => {
    const { warehouse } = await openOne()
    await ready(warehouse)
    await land(list(warehouse), [page([procedureObject('1.000001')], { entity: 'procedure' })])
    await land(contextOf(warehouse), [page([dossierRow({ code: 'P', resolving: 'name:079084001234' })])])
    const all = await warehouse.read((db) => db.selectFrom('quarantine').selectAll().execute())
    expect(JSON.stringify(all)).not.toContain('079084001234')
    await warehouse.write((trx) =>
      discard(
        trx,
        all.map((row) => row.id),
        'typed by mistake',
        DAY_2,
      ),
    )
    const again = (record: string) => land(contextOf(warehouse), [page([], { rejected: [rejected('Q', record)] })])
    await again('{"a":1}')
    const q = await warehouse.read((db) => db.selectFrom('quarantine').select('id').where('key', '=', 'Q').execute())
    await warehouse.write((trx) =>
      discard(
        trx,
        q.map((row) => row.id),
        'never mind',
        DAY_2,
      ),
    )
    await again('{"a":1}')
    expect(await open(warehouse)).toEqual([])
    await again('{"a":2}')
    expect(await open(warehouse)).toEqual([{ key: 'Q' }])
  })
})
