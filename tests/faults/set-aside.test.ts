/** What is set aside: which version of a record is kept, what closes it, how it is asked for again, and what a replay may not bring back. */
import { afterEach, expect, it } from 'vitest'
import { syncDeps } from '../../src/schedule/pipeline.ts'
import { sync } from '../../src/sync/sync.ts'
import type { Warehouse } from '../../src/warehouse/open.ts'
import { at } from '../support/pages.ts'
import { eachDialect, onDialects } from '../support/warehouse.ts'
import { type Deployment, deploy, dossiersOf, expectRebuilt, openQuarantine } from './deployment.ts'
import { AGENCY, code, type Soap, soapService } from './sources.ts'
import { LIST, listFiles, records, type Tape, type TapeOptions, type TapeRecord, tapeFiles } from './tape.ts'

let deployment: Deployment
afterEach(() => deployment.remove())

/** a procedure that only the list `late` knows, which is read when the test says so */
const LATE = '1.777777'
function lateList(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(listFiles()).map(([path, text]) => [
      path.replace(`/${LIST}/`, '/late/'),
      text.replaceAll(`'${LIST}'`, "'late'").replaceAll(`${LIST}/`, 'late/').replaceAll('1.000001', LATE),
    ]),
  )
}
const BY_CHANGE = "{ field: 'changed', zone }"
function tapeOf(options: TapeOptions = {}): void {
  deployment = deploy(
    { tape: [{ id: 'tape', settings: { folder: 'tape' } }], late: [{ id: 'late', settings: {} }] },
    { ...tapeFiles(options), ...lateList() },
  )
}
const play = (tape: Tape) => deployment.put('tape/dossier.json', JSON.stringify(tape))
const read = async (warehouse: Warehouse, tape: Tape) => {
  play(tape)
  return deployment.syncOne(warehouse, 'tape')
}
const one = (more: TapeRecord): TapeRecord[] => records(1, () => more)
const statesOf = async (warehouse: Warehouse) => (await dossiersOf(warehouse)).map(({ code, status }) => [code, status])
const stateOf = (warehouse: Warehouse) =>
  warehouse.read((db) =>
    db.selectFrom('source_status').select('state').where('source', '=', 'tape').executeTakeFirstOrThrow(),
  )
const NOVEMBER = { procedure: LATE, changed: '20241130080000', status: '9', finished: '20241120080000' }
const OCTOBER = { procedure: LATE, changed: '20241031080000', status: '4' }

eachDialect('quarantine', (open) => {
  it('HAZARD 27: keeps the newest version of what waits, not the one read last, and replays that', async () => {
    const { warehouse } = await open()
    tapeOf({ order: BY_CHANGE })
    await deployment.prepare(warehouse)
    const both = [
      { id: 'A', ...NOVEMBER },
      { id: 'A', ...OCTOBER },
    ]
    const batch = both.flatMap((more) => one(more))
    expect((await read(warehouse, { pages: [[...batch, ...one({ id: 'B', ...NOVEMBER })]] })).counts.waiting).toBe(3)
    const before = await openQuarantine(warehouse)
    deployment.setTime('2024-12-03T08:00')
    // last month's file, saved again
    expect((await read(warehouse, { pages: [one({ id: 'B', ...OCTOBER })] })).counts.waiting).toBe(1)
    const after = await openQuarantine(warehouse)
    expect(after).toEqual(
      before.map((row) => (row.key === 'B' ? { ...row, count: 2, last_seen: at('2024-12-03T08:00') } : row)),
    )
    // a good version that is older than what waits does not close it
    await read(warehouse, { pages: [one({ id: 'B', ...OCTOBER, procedure: '1.000001' })] })
    expect((await openQuarantine(warehouse)).map(({ key }) => key)).toEqual(['A', 'B'])
    await deployment.syncOne(warehouse, 'late')
    expect(await statesOf(warehouse)).toEqual([
      ['A', 9],
      ['B', 9],
    ])
    expect(await openQuarantine(warehouse)).toEqual([])
    await expectRebuilt(warehouse)
  })

  it('HAZARD 6: a record dated 2099 leaves it when it has been mended', async () => {
    const { warehouse } = await open()
    tapeOf({ order: BY_CHANGE })
    await deployment.prepare(warehouse)
    const dated = (changed: string, more: TapeRecord = {}) => [
      ...one({ id: 'A', changed, ...more }),
      // refused by another field before its order is looked at
      ...one({ id: 'B', changed, status: '77', ...more }),
      ...one({ id: 'C', changed: changed === '20990101080000' ? 'hôm qua' : changed, ...more }),
    ]
    expect((await read(warehouse, { pages: [dated('20990101080000')] })).counts.quarantined).toBe(3)
    expect(await read(warehouse, { pages: [dated('20241201080000', { status: '4' })] })).toMatchObject({
      state: 'succeeded',
      counts: { new: 3 },
    })
    expect(await openQuarantine(warehouse)).toEqual([])
    expect(await stateOf(warehouse)).toEqual({ state: 'fresh' })
  })

  it('does not take a refused version that is older than what has landed', async () => {
    const { warehouse } = await open()
    tapeOf({ order: BY_CHANGE })
    await deployment.prepare(warehouse)
    const version = (changed: string, status: string) => one({ changed, status })
    await read(warehouse, { pages: [version('20241201080000', '4')] })
    const old = await read(warehouse, { pages: [version('20241101080000', '77')] })
    expect(old).toMatchObject({ state: 'succeeded', counts: { stale: 1, quarantined: 0 } })
    expect(await openQuarantine(warehouse)).toEqual([])
    const newer = await read(warehouse, { pages: [version('20241202070000', '77')] })
    expect(newer).toMatchObject({ state: 'partial', counts: { quarantined: 1 } })
    expect(await openQuarantine(warehouse)).toHaveLength(1)
  })

  it('a replay does not bring back what was deleted at its source after it was chosen', async () => {
    const { warehouse } = await open()
    tapeOf({ deletes: 'tombstones' })
    await deployment.prepare(warehouse)
    await read(warehouse, { pages: [one({ id: 'W', procedure: LATE })] })
    expect(await openQuarantine(warehouse)).toHaveLength(1)
    const { signal } = new AbortController()
    const deps = syncDeps({ warehouse, config: deployment.config, env: {} }, signal)
    const sources = deployment.config.sources.filter(({ id }) => id === 'late')
    let meanwhile = 0
    await sync(
      {
        ...deps,
        async withLease(name, own, fn) {
          // the sync of another process ends between the choice and the lease
          if (name === 'source:tape' && meanwhile++ === 0) await read(warehouse, { pages: [[]], deleted: ['W'] })
          return deps.withLease(name, own, fn)
        },
      },
      { verb: 'sync', sources, signal },
    )
    expect(meanwhile).toBe(1)
    expect(await dossiersOf(warehouse)).toEqual([])
    expect(await openQuarantine(warehouse)).toEqual([])
  })

  it('records without a key are not missing when they come otherwise the next night', async () => {
    const { warehouse } = await open()
    tapeOf()
    await deployment.prepare(warehouse)
    const list = (series: string): Tape => ({
      pages: [[...records(400), ...records(30, (i) => ({ id: null, due: `${series}${i}` }))]],
      end: { enumerated: 'everything', by: 'snapshot', upTo: null },
    })
    expect(await read(warehouse, list('a'))).toMatchObject({ state: 'partial', counts: { quarantined: 30 } })
    const next = await read(warehouse, list('b'))
    expect([next.error, next.counts.quarantined]).toEqual([null, 30])
    const keys = await warehouse.read((db) =>
      db.selectFrom('enumerated').select('key').where('stream', '=', 'dossier').execute(),
    )
    expect(keys).toHaveLength(400)
  })

  it('a record that came damaged is not deleted for want of its key', async () => {
    const { warehouse } = await open()
    tapeOf()
    await deployment.prepare(warehouse)
    const end = { enumerated: 'everything', by: 'snapshot', upTo: null } as const
    const all = records(100)
    await read(warehouse, { pages: [all], end })
    const damaged = all.map((record, i) => (i === 7 ? { ...record, id: null } : record))
    const night = await read(warehouse, { pages: [damaged], end })
    expect(night).toMatchObject({ counts: { quarantined: 1, deleted: 0 } })
    const remarks = ['1 records came without a readable key, so none of the 1 missing is deleted']
    expect(night.remarks).toEqual(remarks)
    // readable again, and another one truly gone
    const gone = await read(warehouse, { pages: [all.slice(1)], end })
    expect(gone).toMatchObject({ counts: { deleted: 1 } })
  })
})

onDialects(['sqlite'], 'a source that shows only what is new', (open) => {
  let server: Soap
  afterEach(() => server.close())

  it('HAZARD 26: is asked again for what was refused when it was new', async () => {
    const { warehouse } = await open()
    server = await soapService()
    const settings = { url: server.url, username: 'a', password: 'b', start: '2024-11-25' }
    deployment = deploy({ judicial: [{ id: 'judicial', settings }] })
    await deployment.prepare(warehouse)
    const row = (n: number, received: string, finished: string) =>
      `<HoSo><MaHoSo>${code(n)}</MaHoSo><MaTTHC>1.000001</MaTTHC><DonViXuLy>${AGENCY}</DonViXuLy><NgayTiepNhan>${received}</NgayTiepNhan><TrangThaiHoSo>9</TrangThaiHoSo><NgayKetThucXuLy>${finished}</NgayKetThucXuLy></HoSo>`
    const day = '2024-12-02T08:00:00'
    const rows = (first: string, second: string) => [
      { code: code(1), received: day, xml: first },
      { code: code(2), received: day, xml: second },
    ]
    const good = `${day}Z`
    // finished before it was received; received on no day at all
    server.rows = rows(row(1, good, '2024-11-01T08:00:00Z'), row(2, 'hôm qua', '2024-12-02T09:00:00Z'))
    const night = async (date: string) => {
      deployment.setTime(`${date}T20:00`)
      const { state, counts } = await deployment.syncOne(warehouse, 'judicial')
      return [state, counts.read, counts.doubled]
    }
    // by its window while that reaches back so far, then by its key: never both, and never forgotten
    expect(await night('2024-12-02')).toEqual(['partial', 2, 0])
    expect(await night('2024-12-09')).toEqual(['partial', 2, 0])
    expect(await night('2024-12-18')).toEqual(['partial', 2, 0])
    expect(await night('2024-12-19')).toEqual(['partial', 2, 0])
    server.rows = rows(row(1, good, '2024-12-03T08:00:00Z'), row(2, good, '2024-12-03T08:00:00Z'))
    expect(await night('2024-12-23')).toEqual(['succeeded', 2, 0])
    expect(await statesOf(warehouse)).toEqual([
      [code(1), 9],
      [code(2), 9],
    ])
    expect(await openQuarantine(warehouse)).toEqual([])
    // ended and mended: not asked for any more
    expect(await night('2024-12-31')).toEqual(['succeeded', 0, 0])
  })
})
