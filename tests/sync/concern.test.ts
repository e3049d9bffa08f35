/** A change of the calendar or of a limit moves the dossiers that it concerns, and only what is ours of them. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { land } from '../../src/sync/land.ts'
import { rejudge } from '../../src/sync/rejudge.ts'
import { at, contextOf, dossierRow, page, procedureObject } from '../support/pages.ts'
import { eachDialect } from '../support/warehouse.ts'
import {
  configOf,
  dueOf,
  expectRebuilt,
  finished,
  home,
  landList,
  landOne,
  measured,
  moved,
  only,
  printed,
  ready,
  reinstall,
  START,
  UNPRINTED,
  useHome,
} from './judged-world.ts'

useHome()

eachDialect('judged again', (open) => {
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
      calendar.days.push({ date, kind: 'off', name: 'announced late', basis: 'made up', confidence: 'provisional' })
    writeFileSync(file, JSON.stringify(calendar))
    expect(await reinstall(warehouse)).toBe(true)
    await rejudge(deps, START)
    expect(await only(warehouse)).toMatchObject({ due_at: at('2024-11-13T17:00') })
    expect(await measured(warehouse, '2024-11')).toMatchObject({ finished_on_time: 1, finished_late: 0 })
    expect(await warehouse.read((db) => db.selectFrom('dossier_version').selectAll().execute())).toHaveLength(1)
    await expectRebuilt(warehouse)
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
    await reinstall(warehouse)
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
    await expectRebuilt(warehouse)
    expect(await rejudge(deps, START)).toEqual({ looked: 0, changed: 0 })
  })

  it('nothing is left over of a limit that changed and changed back before anybody looked', async () => {
    const { warehouse } = await open()
    await ready(warehouse)
    const deps = { warehouse, config: configOf() }
    await rejudge(deps, START)
    const received = { ...UNPRINTED, received_at: at('2024-12-02T08:30') }
    const before = { ...UNPRINTED, code: 'before', received_at: at('2024-11-27T08:30') }
    await land(contextOf(warehouse), [page([dossierRow(before)])])
    await landList(warehouse, START, [procedureObject('1.000001', { limit: 8 })])
    await landOne(warehouse, { ...received, code: 'eight' })
    await landList(warehouse, START, [procedureObject('1.000001')])
    await landOne(warehouse, { ...received, code: 'five' })
    const due = async (code: string) => (await dueOf(warehouse)).get(code)?.due
    expect(await due('eight')).toBe(at('2024-12-12T17:00'))
    expect(await rejudge(deps, START)).toEqual({ looked: 2, changed: 1 })
    expect(await due('eight')).toBe(at('2024-12-09T17:00'))
    expect(await due('five')).toBe(await due('eight'))
    // And of one that is withdrawn on the day on which it came: the limit before it holds on.
    await landList(warehouse, START, [procedureObject('1.000001', { limit: 8 })])
    await rejudge(deps, START)
    expect(await due('five')).toBe(at('2024-12-12T17:00'))
    await warehouse.write((trx) =>
      trx.db
        .updateTable('procedure')
        .set({ known_to: 1_000_000 })
        .where('limit_count', '=', 8)
        .where('known_to', 'is', null)
        .execute(),
    )
    expect(await rejudge(deps, START)).toEqual({ looked: 2, changed: 2 })
    expect(await due('five')).toBe(at('2024-12-09T17:00'))
    await expectRebuilt(warehouse)
  })

  it('by other office hours only from the day on from which they hold; nothing is left of hours taken back', async () => {
    const { warehouse } = await open()
    await ready(warehouse)
    const deps = { warehouse, config: configOf() }
    await rejudge(deps, START)
    const received = (day: string) => ({ received_at: at(`${day}T09:00`) })
    await land(contextOf(warehouse), [
      page([
        dossierRow({ code: 'old', ...UNPRINTED, ...received('2024-10-07'), ...finished('2024-10-10T09:00') }),
        dossierRow({ code: 'ours', ...UNPRINTED, ...received('2024-11-25') }),
        dossierRow({ code: 'printed', ...received('2024-11-25'), ...printed('2024-11-25') }),
      ]),
    ])
    const file = join(home, 'data', 'reference', 'calendar.json')
    const text = readFileSync(file, 'utf8')
    const calendar = JSON.parse(text)
    const [hours] = calendar.officeHours
    const sessions = [{ from: '07:00', to: '12:00' }]
    const short = { ...hours, validFrom: '2024-12-01', sessions, cutOff: '12:00', sameDayCutOff: '11:00' }
    calendar.officeHours = [{ ...hours, validTo: '2024-12-01' }, short]
    writeFileSync(file, JSON.stringify(calendar))
    await reinstall(warehouse)
    const before = await dueOf(warehouse)
    expect(await rejudge(deps, START)).toEqual({ looked: 2, changed: 2 })
    expect(moved(before, await dueOf(warehouse))).toEqual(['ours due', 'ours ours', 'printed due', 'printed ours'])
    expect((await dueOf(warehouse)).get('ours')?.due).toBe(at('2024-12-02T12:00'))
    // The day that is printed stays: only its close of office moves.
    expect((await dueOf(warehouse)).get('printed')?.due).toBe(at('2024-12-04T12:00'))
    // Taken back, with another dossier landed by them in between.
    await land(contextOf(warehouse), [page([dossierRow({ code: 'late', ...UNPRINTED, ...received('2024-11-26') })])])
    writeFileSync(file, text)
    await reinstall(warehouse)
    expect(await rejudge(deps, START)).toEqual({ looked: 3, changed: 3 })
    const after = await dueOf(warehouse)
    expect(moved(before, after)).toEqual(['late due', 'late ours'])
    expect(after.get('late')?.due).toBe(at('2024-12-03T17:00'))
    // And once more, before anybody looked.
    writeFileSync(file, JSON.stringify(calendar))
    await reinstall(warehouse)
    await landOne(warehouse, { code: 'between', ...UNPRINTED, ...received('2024-11-26') })
    writeFileSync(file, text)
    await reinstall(warehouse)
    expect(await rejudge(deps, START)).toEqual({ looked: 4, changed: 1 })
    expect((await dueOf(warehouse)).get('between')?.due).toBe(at('2024-12-03T17:00'))
    await expectRebuilt(warehouse)
  })
})
