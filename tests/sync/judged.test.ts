/** By what a dossier is judged: when it is due, when it ended, which row counts; and that it is judged again when that changes. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { land } from '../../src/sync/land.ts'
import { rejudge } from '../../src/sync/rejudge.ts'
import type { Warehouse } from '../../src/warehouse/open.ts'
import { at, contextOf, dossierRow, page, procedureObject } from '../support/pages.ts'
import { eachDialect } from '../support/warehouse.ts'
import {
  configOf,
  expectRebuilt,
  finished,
  home,
  LAND,
  landList,
  landOne,
  measured,
  only,
  ready,
  reinstall,
  START,
  supplement,
  UNPRINTED,
  useHome,
} from './judged-world.ts'

useHome()

eachDialect('due', (open) => {
  it('by the limit that held when the dossier was received, not by that of today', async () => {
    const { warehouse } = await open()
    await ready(warehouse)
    await landOne(warehouse, UNPRINTED)
    const later = at('2024-12-05T08:00')
    await landList(warehouse, later, [procedureObject('1.000001', { limit: 2 })])
    await landOne(warehouse, { ...UNPRINTED, ...finished('2024-11-08T10:00') }, { asOf: later, arrivedAt: later })
    expect(await only(warehouse)).toMatchObject({ due_at: at('2024-11-11T17:00'), due_precision: 'day' })
    expect(await measured(warehouse, '2024-11')).toMatchObject({ finished_early: 1, finished_late: 0 })
  })

  it('ours is a day, like a printed one: finished after the close of office on it is on time', async () => {
    const { warehouse } = await open()
    await ready(warehouse)
    await landOne(warehouse, { ...UNPRINTED, ...finished('2024-11-11T17:05') })
    expect(await measured(warehouse, '2024-11')).toMatchObject({ finished_on_time: 1, finished_late: 0 })
  })

  it('ours moves on by the working days that a supplement took', async () => {
    const { warehouse } = await open()
    await ready(warehouse)
    // asked on Wednesday, brought on Wednesday the week after: five working days
    const supplements = supplement('2024-11-06T09:00', '2024-11-13T10:00')
    await landOne(warehouse, { ...UNPRINTED, ...finished('2024-11-15T10:00'), supplements })
    expect(await only(warehouse)).toMatchObject({ due_at: at('2024-11-18T17:00') })
    expect(await measured(warehouse, '2024-11')).toMatchObject({ finished_early: 1, finished_late: 0 })
  })

  it.each([
    [
      'a supplement that moved the date',
      { supplements: supplement('2024-11-06T09:00', '2024-11-13T10:00', '2024-11-26T00:00') },
    ],
    [
      'a re-appointment',
      { reappointments: JSON.stringify([{ from: at('2024-11-11T00:00'), to: at('2024-11-26T00:00') }]) },
    ],
  ])('%s puts the printed date off', async (_, part) => {
    const { warehouse } = await open()
    await ready(warehouse)
    await landOne(warehouse, { ...finished('2024-11-22T10:00'), ...part })
    expect(await only(warehouse)).toMatchObject({
      due_printed_at: at('2024-11-11T00:00'),
      due_at: at('2024-11-26T17:00'),
      due_precision: 'day',
    })
    expect(await measured(warehouse, '2024-11')).toMatchObject({ finished_early: 1, finished_late: 0 })
  })
})

eachDialect('first seen', (open) => {
  it('is when the record says it is from: a first load of a year does not refuse or stop everything today', async () => {
    const { warehouse } = await open()
    await ready(warehouse)
    const dated = { orderDeclared: true }
    const order = at('2024-09-30T23:59')
    const received = at('2024-09-10T08:00')
    await land(contextOf(warehouse, dated), [
      page([
        dossierRow({
          code: 'H53.07-240910-0001',
          status: 3,
          received_at: null,
          received_precision: null,
          submitted_at: received,
          order,
        }),
        dossierRow({ code: 'H53.07-240910-0002', status: 5, received_at: received, order }),
      ]),
    ])
    expect(await measured(warehouse, '2024-09')).toMatchObject({ refused: 1, paused: 1 })
    expect(await measured(warehouse, '2024-12')).toMatchObject({ refused: 0, paused: 0 })
  })

  it('is the arrival where records are not dated, and never before the reception', async () => {
    const { warehouse } = await open()
    await ready(warehouse)
    await landOne(warehouse, { status: 8 })
    expect(await only(warehouse)).toMatchObject({ ended_at: START, ended_basis: 'first-seen' })
    await landOne(
      warehouse,
      { status: 8, order: at('2024-11-01T00:00'), ...UNPRINTED },
      { ...LAND, orderDeclared: true },
    )
    const rows = await warehouse.read((db) =>
      db.selectFrom('dossier').selectAll().where('source', '=', 'land').execute(),
    )
    expect(rows[0]?.ended_at).toBe(at('2024-11-04T08:00'))
  })
})

eachDialect('judged again', (open) => {
  it('all of them once, after an upgrade that computes more of them', async () => {
    const { warehouse } = await open()
    await ready(warehouse)
    const deps = { warehouse, config: configOf() }
    await rejudge(deps, START)
    await landOne(warehouse, { ...UNPRINTED, ...finished('2024-11-06T10:00') })
    // As schema 2 left it: the digest of a calendar, and nothing in the columns that came since.
    await warehouse.write(async (trx) => {
      await trx.db.deleteFrom('cell_time').execute()
      await trx.db.updateTable('meta').set({ value: 'aa0c' }).where('key', '=', 'due_by').execute()
      await trx.db
        .updateTable('dossier')
        .set({ due_in_2_at: null, due_in_1_at: null, processing_hours: null })
        .execute()
      for (const table of ['cell_month', 'cell_day'] as const)
        await trx.db.updateTable(table).set({ done: 0, done_hours: 0 }).execute()
    })
    expect(await rejudge(deps, START)).toEqual({ looked: 1, changed: 1 })
    expect(await only(warehouse)).toMatchObject({
      due_in_2_at: at('2024-11-07T00:00'),
      due_in_1_at: at('2024-11-08T00:00'),
      processing_hours: expect.any(Number),
    })
    await expectRebuilt(warehouse)
  })

  it('due dates, by the limits of procedures that land meanwhile', async () => {
    const { warehouse } = await open()
    await ready(warehouse)
    let landed = false
    const meanwhile = async () => {
      if (landed) return
      landed = true
      await landList(warehouse, START, [procedureObject('1.000002')])
      await landOne(warehouse, { ...UNPRINTED, procedure: '1.000002' })
    }
    const write: Warehouse['write'] = async (...asked) => {
      await meanwhile()
      return warehouse.write(...asked)
    }
    await rejudge(
      { warehouse: { ...warehouse, read: warehouse.read.bind(warehouse), write }, config: configOf() },
      START,
    )
    expect(landed).toBe(true)
    expect(await only(warehouse)).toMatchObject({ due_at: at('2024-11-11T17:00') })
    await expectRebuilt(warehouse)
  })

  it('the counted row, when another source gets the authority', async () => {
    const { warehouse } = await open()
    await ready(warehouse)
    await rejudge({ warehouse, config: configOf({ land: 1, 'one-stop': 2 }) }, START)
    const national_code = 'H53.07-241104-0001'
    await landOne(warehouse, { national_code })
    await landOne(warehouse, { national_code, channel: 'counter' }, LAND)
    const counted = async () =>
      (await warehouse.read((db) => db.selectFrom('dossier').select('source').where('counted', '=', 1).execute())).map(
        ({ source }) => source,
      )
    expect(await counted()).toEqual(['land'])
    await rejudge({ warehouse, config: configOf({ land: 2, 'one-stop': 1 }) }, START)
    expect(await counted()).toEqual(['one-stop'])
    await expectRebuilt(warehouse)
  })

  it('the counted row, where a retirement was broken off before its groups were elected', async () => {
    const { warehouse } = await open()
    await ready(warehouse)
    const config = configOf({ land: 1, 'one-stop': 2 })
    await rejudge({ warehouse, config }, START)
    const national_code = 'H53.07-241104-0001'
    await landOne(warehouse, { national_code })
    await landOne(warehouse, { national_code, channel: 'counter' }, LAND)
    const retired = { source: 'land', state: 'fresh', as_of: START, fresh_until: START, sequence: 1, retired_at: START }
    await warehouse.write((trx) =>
      trx.db
        .insertInto('source_status')
        .values({ ...retired, successor: 'one-stop' })
        .execute(),
    )
    await rejudge({ warehouse, config }, START)
    const counted = await warehouse.read((db) =>
      db.selectFrom('dossier').select('source').where('counted', '=', 1).execute(),
    )
    expect(counted).toEqual([{ source: 'one-stop' }])
    await expectRebuilt(warehouse)
  })

  it('who executes a procedure, when the agency becomes known', async () => {
    const { warehouse } = await open()
    await ready(warehouse)
    const procedure = procedureObject('1.000002', { agencies: ['name:cơ quan mới'] })
    const assigned = () =>
      warehouse.read((db) =>
        db.selectFrom('procedure_agency').select('agency').where('procedure', '=', '1.000002').execute(),
      )
    await landList(warehouse, START, [procedure])
    expect(await assigned()).toEqual([])
    const file = join(home, 'data', 'reference', 'aliases.json')
    const aliases = JSON.parse(readFileSync(file, 'utf8'))
    aliases.aliases.push({ ...aliases.aliases[0], name: 'Cơ quan mới', agency: 'H53.07' })
    writeFileSync(file, JSON.stringify(aliases))
    await reinstall(warehouse)
    const ref = await warehouse.read((db) =>
      db.selectFrom('alias').select('ref').where('agency', '=', 'H53.07').execute(),
    )
    expect(ref.map((row) => row.ref)).toContain('name:cơ quan mới')
    expect(await landList(warehouse, START, [procedure])).toMatchObject({ unchanged: 1 })
    expect(await assigned()).toEqual([{ agency: 'H53.07@2020-01-01' }])
    await expectRebuilt(warehouse)
  })
})
