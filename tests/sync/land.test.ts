import { expect, it } from 'vitest'
import { CHECKOUT } from '../../src/config.ts'
import { loadBasis } from '../../src/indicators/basis.ts'
import { localDays } from '../../src/indicators/local-day.ts'
import { contributions } from '../../src/indicators/measures.ts'
import { tick } from '../../src/indicators/tick.ts'
import { type LandContext, land } from '../../src/sync/land.ts'
import { installReference } from '../../src/sync/reference.ts'
import { addEntries, type Cell, noCells } from '../../src/warehouse/cells.ts'
import type { Warehouse } from '../../src/warehouse/open.ts'
import { MEASURES } from '../../src/warehouse/tables.ts'
import { at, contextOf, dossierRow, holdLease, page, procedureObject } from '../support/pages.ts'
import { eachDialect, ZONE } from '../support/warehouse.ts'

const START = at('2024-12-02T08:00')

async function ready(warehouse: Warehouse): Promise<void> {
  await installReference(warehouse, [CHECKOUT], START)
  await tick(warehouse, START, ZONE)
  for (const source of ['one-stop', 'land', 'catalogue']) await holdLease(warehouse, source)
  await land(catalogue(warehouse), [
    page([procedureObject('1.000001'), procedureObject('1.000002')], { entity: 'procedure' }),
  ])
}
const catalogue = (warehouse: Warehouse, more: Partial<LandContext> = {}) =>
  contextOf(warehouse, {
    source: 'catalogue',
    stream: 'procedure',
    entity: 'procedure',
    lease: { name: 'source:catalogue', token: 1 },
    ...more,
  })
const second = (warehouse: Warehouse, more: Partial<LandContext> = {}) =>
  contextOf(warehouse, { source: 'land', lease: { name: 'source:land', token: 1 }, ...more })

const dossiers = (warehouse: Warehouse) =>
  warehouse.read((db) => db.selectFrom('dossier').selectAll().orderBy('source').orderBy('code').execute())

/** Maintained cells against cells recomputed from the rows: the same thing `rebuild` does, written a second time on purpose. */
async function expectCellsRebuilt(warehouse: Warehouse): Promise<void> {
  const totals = noCells()
  for (const row of await dossiers(warehouse)) addEntries(totals, contributions(row, localDays(ZONE), START), 1)
  const months = await warehouse.read((db) => db.selectFrom('cell_month').selectAll().execute())
  const held = new Map(
    months.map((row) => [
      `${row.agency}\n${row.procedure}\n${row.channel}\n${row.month}`,
      MEASURES.map((name) => row[name]),
    ]),
  )
  const nonZero = (cells: Map<string, { sums: number[] }>) =>
    new Map([...cells].filter(([, cell]) => cell.sums.some((n) => n !== 0)).map(([key, cell]) => [key, cell.sums]))
  expect(new Map([...held].filter(([, sums]) => sums.some((n) => n !== 0)))).toEqual(
    nonZero(totals.months as Map<string, Cell>),
  )
}

eachDialect('land', (open) => {
  it('lands new rows, skips unchanged ones, keeps what a change superseded', async () => {
    const { warehouse } = await open()
    await ready(warehouse)
    expect(await land(contextOf(warehouse), [page([dossierRow({})])])).toMatchObject({ landed: 1, new: 1 })
    expect(await land(contextOf(warehouse, { run: 'run-2' }), [page([dossierRow({})])])).toMatchObject({
      landed: 0,
      unchanged: 1,
      doubled: 0,
    })
    expect(
      await land(contextOf(warehouse, { run: 'run-3' }), [
        page([dossierRow({ status: 9, finished_at: at('2024-11-08T10:00'), finished_precision: 'second' })]),
      ]),
    ).toMatchObject({ landed: 1, changed: 1 })
    const [row] = await dossiers(warehouse)
    expect(row).toMatchObject({
      status: 9,
      resolving: 'H53.07@2020-01-01',
      counted: 1,
      ended_basis: 'finished',
      due_at: at('2024-11-11T17:00'),
    })
    const versions = await warehouse.read((db) => db.selectFrom('dossier_version').selectAll().execute())
    expect(versions).toHaveLength(1)
    expect(JSON.parse(versions[0]?.data ?? '')).toMatchObject({ status: 4 })
    await expectCellsRebuilt(warehouse)
  })

  it('saves the resume point in the landing write', async () => {
    const { warehouse } = await open()
    await ready(warehouse)
    await land(contextOf(warehouse), [page([dossierRow({})], { resume: { page: 7 } })])
    expect(
      await warehouse.read((db) =>
        db.selectFrom('checkpoint').select(['watermark', 'resume']).where('source', '=', 'one-stop').execute(),
      ),
    ).toEqual([{ watermark: null, resume: '{"page":7}' }])
  })

  it('older never overwrites newer; of equal order the later read wins', async () => {
    const { warehouse } = await open()
    await ready(warehouse)
    const context = (run: string) => contextOf(warehouse, { orderDeclared: true, run })
    await land(context('a'), [page([dossierRow({ status: 5, order: 200 })])])
    expect(await land(context('b'), [page([dossierRow({ status: 4, order: 100 })])])).toMatchObject({
      stale: 1,
      landed: 0,
    })
    expect((await dossiers(warehouse))[0]?.status).toBe(5)
    await land(context('c'), [page([dossierRow({ status: 6, order: 200 })])])
    expect((await dossiers(warehouse))[0]?.status).toBe(6)
  })

  it('a newer statement of the same content keeps a version in between from winning', async () => {
    const { warehouse } = await open()
    await ready(warehouse)
    const context = (run: string) => contextOf(warehouse, { orderDeclared: true, run })
    await land(context('a'), [page([dossierRow({ status: 5, order: 100 })])])
    await land(context('b'), [page([dossierRow({ status: 5, order: 300 })])])
    expect(await land(context('c'), [page([dossierRow({ status: 4, order: 200 })])])).toMatchObject({ stale: 1 })
  })

  it('notes a doubled row, a step backwards and an impossible step, and counts once', async () => {
    const { warehouse } = await open()
    await ready(warehouse)
    await land(contextOf(warehouse), [page([dossierRow({}), dossierRow({})])])
    await land(contextOf(warehouse, { run: 'run-2' }), [page([dossierRow({ status: 2 })])])
    const notes = await warehouse.read((db) => db.selectFrom('note').select('kind').orderBy('kind').execute())
    expect(notes.map((note) => note.kind)).toEqual(['doubled-row', 'status-backwards'])
    await expectCellsRebuilt(warehouse)
  })

  it('assigns a procedure to the version of an agency: its one successor inherits, a unit that takes over its code does not', async () => {
    const { warehouse } = await open()
    await ready(warehouse)
    const codes = { suoiDay: '1.000003', planning: '1.000004', later: '1.000005' }
    const named = (code: string, agency: string) => procedureObject(code, { agencies: [agency] })
    await land(catalogue(warehouse), [
      page([named(codes.suoiDay, 'code:25534'), named(codes.planning, 'identifier:H53.02')], { entity: 'procedure' }),
    ])
    const august = at('2025-08-04T08:00')
    await land(catalogue(warehouse, { asOf: august, arrivedAt: august }), [
      page([named(codes.later, 'identifier:H53.03')], { entity: 'procedure' }),
    ])
    const basis = await warehouse.read((db) => loadBasis(db, august, ZONE))
    const assigned = (key: string, day: string) => {
      const agency = basis.agencies.get(key)
      if (!agency) throw new Error(key)
      const own = basis.proceduresOn(day).assigned(agency)
      return Object.values(codes).filter((code) => own.has(code))
    }
    // Xã Suối Dây was divided; Xã Tân Thành took its code.
    expect(assigned('25534@2020-01-01', '2025-06-30')).toEqual([codes.suoiDay])
    expect(assigned('25534@2025-07-01', '2025-07-31')).toEqual([])
    // Kế hoạch và Đầu tư became Tài chính, which keeps its own code and, before, what is named first only after the merger.
    expect(assigned('H53.02@2020-01-01', '2025-02-28')).toEqual([codes.planning])
    expect(assigned('H53.03@2020-01-01', '2025-02-28')).toEqual([codes.later])
    expect(assigned('H53.02@2020-01-01', '2025-03-01')).toEqual([])
    expect(assigned('H53.03@2025-03-01', '2025-03-01')).toEqual([codes.planning, codes.later])
  })

  it('keeps a record of an unknown procedure or agency waiting, and closes it when a good version lands', async () => {
    const { warehouse } = await open()
    await ready(warehouse)
    const context = contextOf(warehouse)
    expect(
      await land(context, [
        page([dossierRow({ procedure: '1.999999' }), dossierRow({ code: 'x-2', resolving: 'name:nowhere' })]),
      ]),
    ).toMatchObject({ waiting: 2, landed: 0 })
    const rows = await warehouse.read((db) =>
      db.selectFrom('quarantine').select(['key', 'waiting_for', 'outcome']).orderBy('key').execute(),
    )
    expect(rows).toEqual([
      { key: 'H53.07-241104-0001', waiting_for: 'procedure:1.999999', outcome: 'waiting-for' },
      { key: 'x-2', waiting_for: 'agency:name:nowhere', outcome: 'waiting-for' },
    ])
    await land(context, [page([dossierRow({})])])
    const open1 = await warehouse.read((db) =>
      db.selectFrom('quarantine').select('key').where('closed_at', 'is', null).execute(),
    )
    expect(open1).toEqual([{ key: 'x-2' }])
  })

  it('counts one row of a group, by configured authority, whichever comes first', async () => {
    const { warehouse } = await open()
    await ready(warehouse)
    const national = { national_code: 'H53.07-241104-0001' }
    await land(contextOf(warehouse), [page([dossierRow({ code: 'a', ...national })])])
    await land(second(warehouse), [page([dossierRow({ code: 'b', ...national })])])
    expect((await dossiers(warehouse)).map((row) => [row.source, row.counted])).toEqual([
      ['land', 1],
      ['one-stop', 0],
    ])
    await expectCellsRebuilt(warehouse)
    await land(second(warehouse), [page([], { deleted: ['b'] })])
    expect((await dossiers(warehouse)).map((row) => [row.source, row.counted, row.deleted])).toEqual([
      ['land', 0, 1],
      ['one-stop', 1, 0],
    ])
    await expectCellsRebuilt(warehouse)
    await land(second(warehouse, { run: 'again' }), [page([dossierRow({ code: 'b', ...national })])])
    expect((await dossiers(warehouse)).map((row) => [row.source, row.counted])).toEqual([
      ['land', 1],
      ['one-stop', 0],
    ])
    await expectCellsRebuilt(warehouse)
  })

  it('HAZARD 28: the same dossier from two systems at the same moment, 10,000 times: counted once, no deadlock', async () => {
    const { warehouse, location } = await open()
    const { warehouse: other } = await open({ location })
    await ready(warehouse)
    const rounds = Array.from({ length: 250 }, (_, round) => Array.from({ length: 40 }, (_, i) => `N-${round}-${i}`))
    for (const codes of rounds) {
      const rows = (prefix: string) =>
        page(codes.map((national_code) => dossierRow({ code: `${prefix}${national_code}`, national_code })))
      await Promise.all([land(contextOf(warehouse), [rows('a')]), land(second(other), [rows('b')])])
    }
    const counted = await warehouse.read((db) =>
      db
        .selectFrom('dossier')
        .select(({ fn }) => [fn.countAll<number>().as('rows'), fn.sum<number>('counted').as('counted')])
        .executeTakeFirstOrThrow(),
    )
    expect([Number(counted.rows), Number(counted.counted)]).toEqual([20_000, 10_000])
    await expectCellsRebuilt(warehouse)
  }, 180_000)

  it('HAZARD 19: a unit code re-used after the reorganisation means another unit', async () => {
    const { warehouse } = await open()
    await ready(warehouse)
    const day = (code: string, local: string) =>
      dossierRow({ code, resolving: 'code:25459', received_at: at(local), due_printed_at: at('2025-08-01T00:00') })
    await land(contextOf(warehouse, { asOf: at('2025-07-15T08:00'), arrivedAt: at('2025-07-15T08:00') }), [
      page([day('june', '2025-06-30T23:59:59'), day('july', '2025-07-01T00:00')]),
    ])
    expect((await dossiers(warehouse)).map((row) => [row.code, row.resolving])).toEqual([
      ['july', '25459@2025-07-01'],
      ['june', '25459@2020-01-01'],
    ])
  })
})
