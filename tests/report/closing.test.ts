/** Closings that stay as they were submitted, and what is answered to whoever closes in the wrong way. */
import { expect, test } from 'vitest'
import type { PipelineError } from '../../src/errors.ts'
import { tick } from '../../src/indicators/tick.ts'
import { type CloseOptions, close } from '../../src/report/close.ts'
import { reportPeriod } from '../../src/report/period.ts'
import type { Table } from '../../src/report/report.ts'
import type { Warehouse } from '../../src/warehouse/open.ts'
import { saveSourceStatus } from '../../src/warehouse/source-status.ts'
import { landAt } from '../indicators/known-world.ts'
import { DAY, ZONE } from '../indicators/world.ts'
import { eachDialect } from '../support/warehouse.ts'
import {
  cellsOf,
  closing,
  NOW,
  oneMore,
  prepared,
  refreshed,
  report,
  settled,
  state,
  TICK,
  tableOf,
  tell,
} from './world.ts'

const refused = (warehouse: Warehouse, more: Partial<CloseOptions> = {}) =>
  close(warehouse, closing(more)).then(
    () => null,
    ({ code, params }: PipelineError) => [code, params.why],
  )
const december = { period: reportPeriod('monthly', '2024-12') }

eachDialect('closings', (open) => {
  test('a closed period stays as it was submitted; what changes later is told beside it', async () => {
    const warehouse = await prepared(open)
    await state(warehouse, 'a', 'S1', 'dossiers-received', 812, null)
    const before = await report(warehouse, '2024-11')
    const closed = await close(warehouse, closing())
    expect(closed).toMatchObject({ by: 'Trưởng phòng', lateSources: [], override: null })
    await landAt(warehouse, [oneMore()], TICK)
    await state(warehouse, 'a', 'S1', 'dossiers-received', 900, null)
    await warehouse.write((trx) =>
      trx.db.updateTable('agency').set({ name: 'Tên mới' }).where('code', '=', 'S2').execute(),
    )
    await tick(warehouse, TICK + 40 * DAY, ZONE)
    await tell(warehouse, 'one-stop', 'failed')
    await refreshed(warehouse)
    const after = await report(warehouse, '2024-11')
    expect(after.closing).toMatchObject({ id: closed.id, note: 'CV 123/BC' })
    // agencies, fields, statements, sources and the time they were told at: all as they were
    expect([after.asOf, after.tables.slice(0, -1)]).toEqual([before.asOf, before.tables])
    const adjusted = after.tables.at(-1) as Table
    const S1 = adjusted.rows.filter(({ cells }) => cells[0] === 'Đơn vị S1')
    const [held = 0] = S1.filter(({ cells }) => cells[1] === 'Hồ sơ tiếp nhận trong kỳ').map(({ cells }) => cells[2])
    expect(S1.map(({ cells }) => cells.slice(1, 5))).toContainEqual([
      'Hồ sơ tiếp nhận trong kỳ',
      held,
      Number(held) + 1,
      1,
    ])
    expect(adjusted.rows.every(({ cells }) => String(cells[5]).includes(`--between landing:${closed.landing}`))).toBe(
      true,
    )
    const now = await report(warehouse, '2024-11', { current: true })
    expect([now.closing, cellsOf(settled(now), 'Đơn vị S1')[2]]).toEqual([
      null,
      Number(cellsOf(settled(before), 'Đơn vị S1')[2]) + 1,
    ])
  })

  test('an open period, a late source, landed records that nobody counted and a second closing are refused', async () => {
    const warehouse = await prepared(open)
    expect(await refused(warehouse, december)).toEqual(['CLOSE_REFUSED', 'it is open until 2024-12-31'])
    await tell(warehouse, 'one-stop', 'failed')
    expect(await refused(warehouse)).toEqual(['CLOSE_REFUSED', 'late: one-stop'])
    await tell(warehouse, 'one-stop', 'fresh', NOW - 1)
    expect(await refused(warehouse)).toEqual(['CLOSE_REFUSED', 'late: one-stop'])
    await tell(warehouse, 'one-stop', 'fresh')
    await landAt(warehouse, [oneMore()], TICK)
    expect(await refused(warehouse)).toEqual(['CLOSE_REFUSED', 'records have landed that no figure counts yet'])
    await refreshed(warehouse)
    expect(await close(warehouse, closing({ override: 'không cần' }))).toMatchObject({ override: null })
    expect(await refused(warehouse)).toEqual(['CLOSE_REFUSED', 'it is closed already, by Trưởng phòng'])
    // of another kind of report, or another period, nothing is closed by it
    expect(await refused(warehouse, { kind: 'quarterly', period: reportPeriod('quarterly', '2024-Q3') })).toBeNull()
  })

  test('with a reason all of it is closed, and the reason and the late source are kept', async () => {
    const warehouse = await prepared(open)
    await tell(warehouse, 'one-stop', 'failed')
    const first = await close(warehouse, closing({ ...december, override: 'hạn gửi hôm nay' }))
    expect(first).toMatchObject({ lateSources: ['one-stop'], override: 'hạn gửi hôm nay' })
    const made = await report(warehouse, '2024-12')
    expect(tableOf(made, 'Nguồn dữ liệu').rows.map(({ cells }) => [cells[0], cells[3] !== ''])).toEqual([
      ['catalogue', false],
      ['one-stop', true],
    ])
    // An open period that was closed early stays provisional, also when it has ended since.
    await tick(warehouse, TICK + 60 * DAY, ZONE)
    await refreshed(warehouse)
    expect(await report(warehouse, '2024-12')).toMatchObject({ provisional: true, asOf: TICK })
  })

  test('closed again, the newest counts; what changed before it is no adjustment any more', async () => {
    const warehouse = await prepared(open)
    await close(warehouse, closing())
    await landAt(warehouse, [oneMore()], TICK)
    await refreshed(warehouse)
    expect((await report(warehouse, '2024-11')).tables.at(-1)?.rows.length).toBeGreaterThan(0)
    const again = await close(warehouse, closing({ by: 'Phó phòng', override: 'bổ sung hồ sơ' }))
    const made = await report(warehouse, '2024-11')
    expect([made.closing?.id, made.closing?.by, made.tables.at(-1)?.rows]).toEqual([again.id, 'Phó phòng', []])
    expect(await warehouse.read((db) => db.selectFrom('closing').select('closed_by').orderBy('id').execute())).toEqual([
      { closed_by: 'Trưởng phòng' },
      { closed_by: 'Phó phòng' },
    ])
  })

  test('two at once: one closes, the other is told so', async () => {
    const warehouse = await prepared(open)
    const [one, other] = await Promise.all([refused(warehouse), refused(warehouse)])
    expect([one, other]).toEqual([null, ['CLOSE_REFUSED', 'it is closed already, by Trưởng phòng']])
  })

  test('figures that are not complete are not closed: they would be empty for ever', async () => {
    const warehouse = await prepared(open)
    await warehouse.write((trx) =>
      saveSourceStatus(trx, { source: 'land', state: 'incomplete', as_of: null, fresh_until: NOW, sequence: 1 }),
    )
    await landAt(warehouse, [{ ...oneMore(), source: 'land' }], TICK)
    await refreshed(warehouse)
    expect(await refused(warehouse)).toEqual(['CLOSE_REFUSED', 'late: land; figures of the province are not complete'])
  })

  test('a period of which there is nothing is not closed, whatever the reason', async () => {
    const warehouse = await prepared(open)
    const none = { period: reportPeriod('monthly', '2031-05'), override: 'thử' }
    expect(await refused(warehouse, none)).toEqual(['CLOSE_NOTHING', undefined])
    const { warehouse: empty } = await open()
    expect(await refused(empty, { override: 'thử' })).toEqual(['CLOSE_NOTHING', undefined])
  })
})
