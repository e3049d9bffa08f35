/** By what a dossier is judged: when it is due, when it ended, which row counts; and that it is judged again when that changes. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { CHECKOUT, type Config, loadConfig } from '../../src/config.ts'
import { rebuild } from '../../src/indicators/rebuild.ts'
import { refresh } from '../../src/indicators/refresh.ts'
import { tick } from '../../src/indicators/tick.ts'
import { type LandContext, land } from '../../src/sync/land.ts'
import { installReference } from '../../src/sync/reference.ts'
import { rejudge } from '../../src/sync/rejudge.ts'
import type { Warehouse } from '../../src/warehouse/open.ts'
import { at, contextOf, type DossierPart, dossierRow, holdLease, page, procedureObject } from '../support/pages.ts'
import { eachDialect, ZONE } from '../support/warehouse.ts'

const START = at('2024-12-02T08:00')
let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'ioc-feed-judged-'))
  cpSync(join(CHECKOUT, 'data', 'reference'), join(home, 'data', 'reference'), { recursive: true })
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

const configOf = (authority: Readonly<Record<string, number>> = {}): Config => {
  const config = loadConfig({ home: CHECKOUT, env: { IOC_LANG: 'en' }, cwd: CHECKOUT })
  const sources = config.sources.map((source) => ({
    ...source,
    authority: [{ rank: authority[source.id] ?? 1, from: '2020-01-01' }],
  }))
  return { ...config, homes: [home, CHECKOUT], sources }
}

async function ready(warehouse: Warehouse): Promise<void> {
  await installReference(warehouse, [home, CHECKOUT], START)
  await tick(warehouse, START, ZONE)
  for (const source of ['one-stop', 'land', 'catalogue']) await holdLease(warehouse, source)
  await landList(warehouse, START, [procedureObject('1.000001')])
}
const landList = (warehouse: Warehouse, asOf: number, procedures: Parameters<typeof page>[0]) =>
  land(
    contextOf(warehouse, {
      source: 'catalogue',
      stream: 'procedure',
      entity: 'procedure',
      lease: { name: 'source:catalogue', token: 1 },
      asOf,
      arrivedAt: asOf,
    }),
    [page(procedures, { entity: 'procedure' })],
  )
const landOne = (warehouse: Warehouse, part: DossierPart, more: Partial<LandContext> = {}) =>
  land(contextOf(warehouse, more), [page([dossierRow(part)])])
const LAND = { source: 'land', lease: { name: 'source:land', token: 1 } }

async function only(warehouse: Warehouse) {
  const rows = await warehouse.read((db) => db.selectFrom('dossier').selectAll().execute())
  expect(rows).toHaveLength(1)
  return rows[0]
}
/** code → when it is due, and by our own count */
async function dueOf(warehouse: Warehouse): Promise<Map<string, { due: number | null; ours: number | null }>> {
  const rows = await warehouse.read((db) =>
    db.selectFrom('dossier').select(['code', 'due_at', 'due_ours_at']).orderBy('code').execute(),
  )
  return new Map(rows.map((row) => [row.code, { due: row.due_at, ours: row.due_ours_at }]))
}
type Dues = Awaited<ReturnType<typeof dueOf>>
const moved = (before: Dues, after: Dues): string[] =>
  [...after].flatMap(([code, one]) =>
    (['due', 'ours'] as const)
      .filter((part) => before.get(code)?.[part] !== one[part])
      .map((part) => `${code} ${part}`),
  )
const printed = (day: string) => ({ due_printed_at: at(`${day}T00:00`) + 9 * 86_400_000, due_printed_precision: 'day' })
const measured = async (warehouse: Warehouse, month: string) => {
  const rows = await warehouse.read((db) =>
    db.selectFrom('cell_month').selectAll().where('month', '=', month).execute(),
  )
  return Object.fromEntries(
    ['finished_early', 'finished_on_time', 'finished_late', 'refused', 'paused'].map((name) => [
      name,
      rows.reduce((sum, row) => sum + row[name as 'refused'], 0),
    ]),
  )
}
/** Monday 4 November, five working days: due on Monday the 11th */
const UNPRINTED = { due_printed_at: null, due_printed_precision: null }
const finished = (local: string): DossierPart => ({
  status: 9,
  finished_at: at(local),
  finished_precision: 'second',
})
const supplement = (requested: string, completed: string | null, newDue: string | null = null) =>
  JSON.stringify([
    {
      requestedAt: at(requested),
      completedAt: completed && at(completed),
      previousDueAt: null,
      newDueAt: newDue && at(newDue),
    },
  ])

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
  const rebuilt = async (warehouse: Warehouse) => {
    await refresh(warehouse, { now: START, zone: ZONE, targets: [] })
    expect((await rebuild(warehouse, ZONE)).differences).toEqual([])
  }

  it('due dates, when days off are announced later', async () => {
    const { warehouse } = await open()
    await ready(warehouse)
    const deps = { warehouse, config: configOf() }
    await rejudge(deps, START)
    await landOne(warehouse, { ...UNPRINTED, ...finished('2024-11-13T10:00') })
    expect(await measured(warehouse, '2024-11')).toMatchObject({ finished_late: 1 })
    const file = join(home, 'data', 'reference', 'calendar.json')
    const calendar = JSON.parse(readFileSync(file, 'utf8'))
    for (const date of ['2024-11-07', '2024-11-08'])
      calendar.days.push({ date, kind: 'off', name: 'announced late', basis: 'made up', confidence: 'm' })
    writeFileSync(file, JSON.stringify(calendar))
    expect(await installReference(warehouse, [home, CHECKOUT], START)).toBe(true)
    await rejudge(deps, START)
    expect(await only(warehouse)).toMatchObject({ due_at: at('2024-11-13T17:00') })
    expect(await measured(warehouse, '2024-11')).toMatchObject({ finished_on_time: 1, finished_late: 0 })
    expect(await warehouse.read((db) => db.selectFrom('dossier_version').selectAll().execute())).toHaveLength(1)
    await rebuilt(warehouse)
    await rejudge(deps, START)
    expect(await warehouse.read((db) => db.selectFrom('dossier_version').selectAll().execute())).toHaveLength(1)
  })

  it('only the dossiers in whose time a changed day lies, and those received since a limit is another', async () => {
    const { warehouse } = await open()
    await ready(warehouse)
    const deps = { warehouse, config: configOf() }
    await rejudge(deps, START)
    const received = (day: string) => ({ ...UNPRINTED, received_at: at(`${day}T09:00`), order_at: at(`${day}T09:00`) })
    const days = ['2024-10-01', '2024-10-30', '2024-11-04', '2024-11-20', '2024-12-02']
    await land(contextOf(warehouse), [
      page(
        days.flatMap((day, i) => [
          dossierRow({ code: `W${i}`, ...received(day) }),
          dossierRow({ code: `P${i}`, ...received(day), ...printed(day) }),
        ]),
      ),
    ])
    expect(await rejudge(deps, START)).toEqual({ looked: 0, changed: 0 })
    // 7 November is Thursday: of five working days only those from the 4th are moved; the printed ones keep what they say.
    const file = join(home, 'data', 'reference', 'calendar.json')
    const calendar = JSON.parse(readFileSync(file, 'utf8'))
    calendar.days.push({
      date: '2024-11-07',
      kind: 'off',
      name: 'announced late',
      basis: 'made up',
      confidence: 'recalled-high',
    })
    writeFileSync(file, JSON.stringify(calendar))
    await installReference(warehouse, [home, CHECKOUT], START)
    const before = await dueOf(warehouse)
    // P1's printed date stays; the two working days before it do not
    expect(await rejudge(deps, START)).toEqual({ looked: 3, changed: 3 })
    const after = await dueOf(warehouse)
    expect(moved(before, after)).toEqual(['P2 ours', 'W2 due', 'W2 ours'])
    expect(after.get('W2')?.due).toBe(at('2024-11-12T17:00'))
    // Eight days instead of five, since today.
    await landList(warehouse, START, [procedureObject('1.000001', { limit: 8 })])
    expect(await rejudge(deps, START)).toEqual({ looked: 2, changed: 2 })
    expect(moved(after, await dueOf(warehouse))).toEqual(['P4 ours', 'W4 due', 'W4 ours'])
    await rebuilt(warehouse)
    expect(await rejudge(deps, START)).toEqual({ looked: 0, changed: 0 })
  })

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
    })
    expect(await rejudge(deps, START)).toEqual({ looked: 1, changed: 1 })
    expect(await only(warehouse)).toMatchObject({
      due_in_2_at: at('2024-11-07T00:00'),
      due_in_1_at: at('2024-11-08T00:00'),
      processing_hours: expect.any(Number),
    })
    await rebuilt(warehouse)
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
    await rebuilt(warehouse)
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
    await rebuilt(warehouse)
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
    await rebuilt(warehouse)
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
    await installReference(warehouse, [home, CHECKOUT], START)
    const ref = await warehouse.read((db) =>
      db.selectFrom('alias').select('ref').where('agency', '=', 'H53.07').execute(),
    )
    expect(ref.map((row) => row.ref)).toContain('name:cơ quan mới')
    expect(await landList(warehouse, START, [procedure])).toMatchObject({ unchanged: 1 })
    expect(await assigned()).toEqual([{ agency: 'H53.07@2020-01-01' }])
    await rebuilt(warehouse)
  })
})
