/** Windows in time: one date for all, seams, an order that proves nothing, one instant in four forms. */
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Warehouse } from '../../src/warehouse/open.ts'
import { at } from '../support/pages.ts'
import { onDialects } from '../support/warehouse.ts'
import {
  checkpointOf,
  codesOf,
  type Deployment,
  deploy,
  dossiersOf,
  expectRebuilt,
  receivedOf,
  versionsOf,
} from './deployment.ts'
import {
  code,
  type LandRow,
  landFile,
  type OneStop,
  oneStop,
  type Soap,
  soapService,
  stopRow,
  stopRows,
} from './sources.ts'
import { records, tapeFiles } from './tape.ts'

let deployment: Deployment
afterEach(() => deployment.remove())

const once = async (warehouse: Warehouse, codes: readonly string[]) => {
  expect(await codesOf(warehouse)).toEqual([...codes].sort())
  expect([await versionsOf(warehouse), await receivedOf(warehouse)]).toEqual([0, codes.length])
}

onDialects(['sqlite'], 'one date', (open) => {
  /** Everything that a run writes about what it read; the ledger of runs, landings and leases tells of the run itself. */
  const written = (warehouse: Warehouse) =>
    warehouse.read(async (db) => {
      const { max, count } = db.fn
      const dossier = await db
        .selectFrom('dossier')
        .select([max('known_from').as('newest'), max('run').as('run'), count('id').as('rows')])
        .executeTakeFirst()
      const values = await db.selectFrom('indicator_value').select(count('id').as('rows')).executeTakeFirst()
      const others = [
        await db.selectFrom('dossier_version').selectAll().execute(),
        await db.selectFrom('note').selectAll().execute(),
        await db.selectFrom('quarantine').selectAll().execute(),
        await db.selectFrom('dirty').selectAll().execute(),
      ]
      return { dossier, values, others }
    })

  it.each([
    [200_000, 1],
    [1_500, 30],
  ])(
    'HAZARD 3: %i rows share one date-only cursor, %i runs with nothing new: nothing written, little kept',
    async (count, runs) => {
      const { warehouse } = await open()
      deployment = deploy({ land: [{ id: 'land', settings: { file: 'land.sqlite' } }] })
      const database = landFile(join(deployment.home, 'land.sqlite'))
      database.put(Array.from({ length: count }, (_, i): LandRow => [i + 1, `L-${i}`, '2024-11-29']))
      await deployment.prepare(warehouse)
      expect((await deployment.syncOne(warehouse, 'land')).streams.dossier).toMatchObject({ new: count })
      const [before, kept] = [await written(warehouse), await checkpointOf(warehouse, 'land')]
      expect(kept).toEqual({ watermark: '2024-11-29', resume: null })
      for (let run = 1; run <= runs; run++) {
        const { state, streams } = await deployment.syncOne(warehouse, 'land')
        expect({ state, ...streams.dossier }).toMatchObject({ state: 'succeeded', landed: 0, unchanged: count })
      }
      expect(await written(warehouse)).toEqual(before)
      expect(await checkpointOf(warehouse, 'land')).toEqual(kept)
      database.close()
    },
    180_000,
  )

  it('HAZARD 8: one instant as +07:00, as Z, as naive local time and as local time wrongly marked Z is one instant', async () => {
    const { warehouse } = await open()
    const forms = {
      offset: ['isoInstant({ zone })', '2024-11-04T08:15:00+07:00'],
      utc: ['isoInstant({ zone })', '2024-11-04T01:15:00Z'],
      naive: ['isoInstant({ zone })', '2024-11-04T08:15:00'],
      'false-z': ['isoInstant({ zone, falseZ: true })', '2024-11-04T08:15:00Z'],
    } as const
    const names = Object.keys(forms) as (keyof typeof forms)[]
    deployment = deploy(
      Object.fromEntries(names.map((name) => [name, [{ id: name, settings: { folder: name } }]])),
      Object.assign({}, ...names.map((name) => tapeFiles({ name, received: forms[name][0] }))),
    )
    await deployment.prepare(warehouse)
    const read = async (status: string) => {
      for (const name of names)
        deployment.put(
          `${name}/dossier.json`,
          JSON.stringify({ pages: [records(1, () => ({ id: name, received: forms[name][1], status }))] }),
        )
      const { sources } = await deployment.sync(warehouse)
      expect(sources.map(({ state }) => state)).toEqual(names.map(() => 'succeeded'))
      return (await dossiersOf(warehouse)).map((row) => [row.received_at, row.received_precision, row.status])
    }
    const instant = at('2024-11-04T08:15')
    expect(await read('4')).toEqual(names.map(() => [instant, 'second', 4]))
    expect(await read('5')).toEqual(names.map(() => [instant, 'second', 5]))
    expect(await receivedOf(warehouse)).toBe(4)
  })
})

onDialects(['sqlite'], 'changed since', (open) => {
  let server: OneStop
  beforeEach(async () => {
    server = await oneStop()
    const settings = { url: server.url, clientId: 'made-up', clientSecret: 'made-up' }
    deployment = deploy({ 'one-stop': [{ id: 'one-stop', settings }] })
  })
  afterEach(() => server.close())
  const sync = (warehouse: Warehouse) => deployment.syncOne(warehouse, 'one-stop')

  it('HAZARD 4: an unordered source fails after its first page: the cursor does not pass what is proven complete', async () => {
    const { warehouse } = await open()
    await deployment.prepare(warehouse)
    const times = [5, 1, 4, 2, 3]
    server.rows = stopRows(1_200).map((row, i) => ({ ...row, changedAt: server.now - (times[i % 5] ?? 0) * 600_000 }))
    const broken = { error_code: '97', message: 'quá tải' }
    server.spoil = (page, size) => (page === 2 && size > 1 ? broken : undefined)
    expect(await sync(warehouse)).toMatchObject({ state: 'incomplete', error: { code: 'SOURCE_ANSWERED_ERROR' } })
    expect(await codesOf(warehouse)).toHaveLength(500)
    expect((await checkpointOf(warehouse, 'one-stop'))?.watermark).toBeNull()
    server.spoil = () => undefined
    expect(await sync(warehouse)).toMatchObject({ state: 'succeeded' })
    expect(await codesOf(warehouse)).toHaveLength(1_200)
    const proven = (await checkpointOf(warehouse, 'one-stop'))?.watermark
    expect(proven).toBe(new Date(server.now).toISOString())
    // the same a night later: what is proven stays where it is, and what stood on the second page comes with the next run
    server.now += 86_400_000
    deployment.setTime('2024-12-03T08:00')
    server.rows = [...server.rows, ...stopRows(700, 241_105).map((row) => ({ ...row, changedAt: server.now }))]
    server.spoil = (page, size) => (page === 2 && size > 1 ? broken : undefined)
    expect((await sync(warehouse)).state).toBe('incomplete')
    expect((await checkpointOf(warehouse, 'one-stop'))?.watermark).toBe(proven)
    server.spoil = () => undefined
    expect((await sync(warehouse)).state).toBe('succeeded')
    await once(
      warehouse,
      server.rows.map((row) => row.MaHoSo),
    )
    await expectRebuilt(warehouse)
  })

  it.each([true, false])(
    'HAZARD 5: changes around midnight, second granularity, server inclusive: %s: each once',
    async (inclusive) => {
      const { warehouse } = await open()
      await deployment.prepare(warehouse)
      server.inclusive = inclusive
      for (const [asked, changed] of SEAMS) {
        server.now = at(asked)
        server.rows = SEAMS.filter(([, time]) => at(time) <= at(changed)).map(([, time], i) =>
          stopRow(code(i), { changedAt: at(time) }),
        )
        expect((await sync(warehouse)).state).toBe('succeeded')
      }
      await once(warehouse, [code(0), code(1), code(2)])
    },
  )
})
/** asked just behind each of the three changes */
const SEAMS = [
  ['2024-11-30T23:59:59.100', '2024-11-30T23:59:59.000'],
  ['2024-11-30T23:59:59.500', '2024-11-30T23:59:59.412'],
  ['2024-12-01T00:00:00.000', '2024-12-01T00:00:00.000'],
] as const

onDialects(['sqlite'], 'days', (open) => {
  const CHECKOUT = join(import.meta.dirname, '..', '..')
  /** the shipped SOAP connector; `exclusive`: for a service that leaves out the last day of a window */
  const connector = (end: Soap['end']) =>
    end === 'inclusive'
      ? `export { default } from '${CHECKOUT}/connectors/judicial/connector.ts'`
      : `import { soap } from 'ioc-feed/connect'
import judicial from '${CHECKOUT}/connectors/judicial/connector.ts'
const two = (n) => String(n).padStart(2, '0')
const written = ({ day, month, year }) => two(day) + '/' + two(month) + '/' + year
const [dossier] = judicial.streams
const read = soap({
  url: ({ url }) => url, namespace: 'urn:hoso:mau', header: () => ({}), row: 'HoSo', list: 'DanhSach', unauthorized: () => false,
  windows: { operation: 'TraCuuHoSo', body: ({ from, until }) => ({ TuNgay: written(from), DenNgay: written(until) }), days: 31, zone: 'Asia/Ho_Chi_Minh', start: ({ start }) => start, lookback: 7 },
  byKey: { operation: 'LayHoSo', body: ([key]) => ({ MaHoSo: key }), together: 4 },
})
export default { ...judicial, streams: [{ ...dossier, read }] }
`

  describe.each(['inclusive', 'exclusive'] as const)('%s', (end) => {
    it(`HAZARD 5: receptions around midnight, windows of days, server ${end}: each once`, async () => {
      const { warehouse } = await open()
      const server = await soapService()
      server.end = end
      // the first window of 31 days ends between the second and the third
      const settings = { url: server.url, username: 'a', password: 'b', start: '2024-10-31' }
      deployment = deploy(
        { judicial: [{ id: 'judicial', settings }] },
        { 'connectors/judicial/connector.ts': connector(end) },
      )
      await deployment.prepare(warehouse)
      server.rows = SEAMS.map(([, received], i) => ({ code: code(i), received }))
      const first = await deployment.syncOne(warehouse, 'judicial')
      expect(first).toMatchObject({ state: 'succeeded', counts: { read: 3, new: 3 } })
      expect((await dossiersOf(warehouse)).map((row) => row.received_at)).toEqual(SEAMS.map(([, time]) => at(time)))
      deployment.setTime('2024-12-03T08:00')
      expect((await deployment.syncOne(warehouse, 'judicial')).counts).toMatchObject({ landed: 0, unchanged: 3 })
      await once(warehouse, [code(0), code(1), code(2)])
      await server.close()
    })
  })

  it('HAZARD 5: a database with milliseconds, read between the three: each once', async () => {
    const { warehouse } = await open()
    deployment = deploy({ land: [{ id: 'land', settings: { file: 'land.sqlite' } }] })
    const database = landFile(join(deployment.home, 'land.sqlite'))
    await deployment.prepare(warehouse)
    for (const [i, [asked, changed]] of SEAMS.entries()) {
      database.put([[i + 1, `seam-${i}`, changed.replace('T', ' ')]])
      deployment.setTime(asked)
      expect((await deployment.syncOne(warehouse, 'land')).streams.dossier).toMatchObject({ new: 1, unchanged: i })
    }
    await once(warehouse, ['seam-0', 'seam-1', 'seam-2'])
    database.close()
  })
})
