import fc from 'fast-check'
import { expect, test } from 'vitest'
import { INDICATORS } from '../../src/indicators/catalogue/index.ts'
import { explain } from '../../src/indicators/explain.ts'
import { localDays } from '../../src/indicators/local-day.ts'
import { readIndicators } from '../../src/indicators/read.ts'
import { rebuild } from '../../src/indicators/rebuild.ts'
import { refresh } from '../../src/indicators/refresh.ts'
import { tick } from '../../src/indicators/tick.ts'
import type { Warehouse } from '../../src/warehouse/open.ts'
import type { DossierRecord } from '../../src/warehouse/tables.ts'
import { eachDialect } from '../support/warehouse.ts'
import {
  at,
  DAY,
  dossier,
  FRESH,
  land,
  landInputRows,
  petitionRow,
  publicationRow,
  seedProvince,
  ZONE,
} from './world.ts'

const TICK = at('2024-12-02T08:00')
const NOW = at('2026-01-05T01:00')
const HOUR = DAY / 24
const days = localDays(ZONE)

const rows = fc.sample(
  fc
    .record({
      agency: fc.constantFrom('S1', 'S2', 'V1', 'H1', 'H2', 'X1', 'X2'),
      n: fc.integer({ min: 1, max: 15 }),
      received: fc.integer({ min: 0, max: 80 * 24 }),
      due: fc.option(fc.integer({ min: 1, max: 300 })),
      took: fc.integer({ min: 1, max: 400 }),
      status: fc.constantFrom(1, 2, 3, 4, 4, 5, 6, 7, 8, 9, 9, 9, 10),
      channel: fc.constantFrom('online', 'counter', 'post'),
    })
    .map(({ agency, n, received, due, took, status, channel }): DossierRecord => {
      const receivedAt = TICK - 80 * DAY + received * HOUR
      const ends = [3, 7, 8, 9, 10].includes(status) && receivedAt + took * HOUR < TICK
      const dueAt = due === null ? null : receivedAt + due * HOUR
      const dueDay = dueAt === null ? null : days.startOf(days.dayOf(dueAt))
      const done = ends && status >= 9
      return dossier({
        resolving: `${agency}@2020-01-01`,
        procedure: `1.${String(n).padStart(6, '0')}`,
        channel,
        received_at: status === 3 ? null : receivedAt,
        due_at: dueAt,
        due_in_1_at: dueDay === null ? null : dueDay - DAY,
        due_in_2_at: dueDay === null ? null : dueDay - 2 * DAY,
        status: ends || ![3, 7, 8, 9, 10].includes(status) ? status : 4,
        ended_at: ends ? receivedAt + took * HOUR : null,
        status_at: receivedAt + 5 * HOUR,
        processing_hours: done ? took : null,
        receiving: n % 4 === 0 ? 'H2@2020-01-01' : null,
        assisting: n % 5 === 0 ? 'X1@2020-01-01' : null,
        fee: n % 2 === 0 ? 50_000 : 0,
        paid_online: n % 2 !== 0 ? 'none' : took % 3 === 0 ? 'other' : 'national',
        digitised: took % 3 === 0 ? 0 : 1,
        reused: took % 4 === 0 ? 1 : 0,
        vneid: took % 5 === 0 ? 1 : null,
        reappointments: took % 9 === 0 ? '[{"from":1,"to":2}]' : null,
        electronic_result: took % 2,
        ...(done ? { rating: 1 + (took % 5), rated_at: Math.min(receivedAt + (took + 300) * HOUR, TICK - HOUR) } : {}),
        run: 'r7',
      })
    }),
  { numRuns: 150, seed: 766 },
)
// What none of them happens to be: old, and due on the working day after the next.
rows.push(
  dossier({
    resolving: 'S1@2020-01-01',
    received_at: TICK - 120 * DAY,
    due_at: at('2024-12-04T17:00'),
    due_in_2_at: at('2024-12-02'),
    due_in_1_at: at('2024-12-03'),
    run: 'r7',
  }),
)
const petitions = rows.slice(0, 60).map((row, n) =>
  petitionRow({
    agency: row.resolving,
    procedure: n % 2 === 0 ? row.procedure : null,
    subject: n % 3 === 0 ? 'procedure' : 'staff',
    received_at: TICK - (n + 1) * DAY,
    due_at: TICK - (n - 20) * DAY,
    ...(n % 4 === 0
      ? {
          outcome: 'answered',
          outcome_at: TICK - n * DAY,
          publish_by_at: TICK - (n - 2) * DAY,
          published_at: TICK - (n - (n % 3)) * DAY,
          satisfied: n % 8 === 0 ? 0 : 1,
          complained_again: n % 12 === 0 ? 1 : 0,
        }
      : {}),
  }),
)
const publications = rows.slice(60, 110).map((row, n) =>
  publicationRow({
    agency: row.resolving,
    procedure: row.procedure,
    decided_at: TICK - (n + 2) * DAY,
    announce_by_at: n % 5 === 0 ? null : TICK - (n - (n % 7)) * DAY,
    published_at: n % 3 === 0 ? null : TICK - n * DAY,
    publish_by_at: TICK - (n + 1 - (n % 4)) * DAY,
    complete: n % 2,
    replaced_at: n % 11 === 1 ? TICK - (n - 1) * DAY : null,
  }),
)
async function filled(open: () => Promise<{ warehouse: Warehouse }>): Promise<Warehouse> {
  const { warehouse } = await open()
  await seedProvince(warehouse)
  await warehouse.write((trx) =>
    trx.db
      .updateTable('procedure')
      .set({ pilot_from: '2024-11-15', pilot_to: '2024-11-30' })
      .where('code', 'in', ['1.000002', '1.000008', '1.000010', '1.000011', '1.000012'])
      .execute(),
  )
  await tick(warehouse, TICK, ZONE)
  await land(warehouse, rows)
  await landInputRows(warehouse, 'petition', petitions)
  await landInputRows(warehouse, 'publication', publications)
  await refresh(warehouse, { asOf: TICK, now: NOW, zone: ZONE, targets: [], sources: FRESH(NOW) })
  return warehouse
}

const UNTOLD = ['insufficient', 'no-data-yet']

eachDialect('explain', (open, dialect) => {
  test('for every indicator, agency kind and period kind the records count to the figure', async () => {
    const warehouse = await filled(open)
    const periods =
      dialect === 'sqlite'
        ? ['2024-10', '2024-11', '2024-Q4', '2024', '2024-YTD-11', '2024-12-02']
        : ['2024', '2024-12-02']
    const agencies = dialect === 'sqlite' ? ['72', 'S1', 'H1', 'X1', 'V1'] : ['72', 'S1', 'X1']
    const figures = await warehouse.read((db) => readIndicators(db, { agencies, periods }, ZONE))
    const seen = new Set<string>()
    await warehouse.read(async (db) => {
      for (const figure of figures) {
        const found = await explain(
          db,
          { indicator: figure.indicator, agency: figure.agency.key, period: figure.period, limit: 1000 },
          ZONE,
        )
        const what = `${figure.indicator} ${figure.agency.key} ${figure.period}`
        expect(found.figure, what).toEqual(figure)
        // nobody brings the portal's counts here, or petitions
        if (UNTOLD.includes(figure.valueState)) continue
        expect([what, found.total.numerator, found.total.denominator]).toEqual([
          what,
          figure.numerator,
          figure.denominator,
        ])
        expect(
          found.records.reduce((sum, { above }) => sum + above, 0),
          what,
        ).toBeCloseTo(figure.numerator ?? -1, 6)
        if (figure.numerator) seen.add(figure.indicator)
      }
    })
    // The sample must exercise them: a figure that is always zero proves nothing.
    const zero = INDICATORS.filter((indicator) => !seen.has(indicator.id)).map((indicator) => indicator.id)
    expect(zero.filter((id) => !/above|at-100|without-cases|^qd766-/.test(id))).toEqual([])
  }, 180_000)

  test('so they do for weeks, rolling days, reporting periods, halves and days, where nothing is kept', async () => {
    const warehouse = await filled(open)
    const periods = ['2024-W45', 'R30@2024-11-20', 'RP-2024-11', '2024-11-05', '2024-H2']
    const agencies = dialect === 'sqlite' ? ['72', 'S1', 'H1', 'X1'] : ['72']
    const figures = await warehouse.read((db) => readIndicators(db, { agencies, periods }, ZONE))
    const counted = new Set<string>()
    await warehouse.read(async (db) => {
      for (const figure of figures) {
        const { indicator, agency, period } = figure
        if (UNTOLD.includes(figure.valueState)) continue
        const found = await explain(db, { indicator, agency: agency.key, period, limit: 1 }, ZONE)
        const what = `${indicator} ${agency.key} ${period}`
        expect([what, found.value, found.total.numerator, found.total.denominator]).toEqual([
          what,
          figure.value,
          figure.numerator,
          figure.denominator,
        ])
        if (figure.numerator) counted.add(period)
      }
    })
    expect([...counted].sort()).toEqual([...periods].sort())
  }, 180_000)

  test('records carry what decided; those beyond the limit are counted; quarantine is listed', async () => {
    const warehouse = await filled(open)
    await warehouse.write(async (trx) => {
      const base = {
        stream: 'dossiers',
        outcome: 'waiting-for',
        record: null,
        place: null,
        length: null,
        hmac: null,
        order_at: null,
        arrived_at: 1,
        count: 1,
        first_seen: 1,
        last_seen: 1,
        run: 'r7',
        closed_by: null,
        closed_reason: null,
      }
      const reasons = '[{"path":"/procedure","rule":"known","value":"9.999999"}]'
      await trx.db
        .insertInto('quarantine')
        .values([
          { ...base, source: 'one-stop', key: 'Q1', reasons, waiting_for: 'procedure:9.999999', closed_at: null },
          { ...base, source: 'one-stop', key: 'Q2', reasons, waiting_for: null, closed_at: 5 },
          { ...base, source: 'other', key: 'Q3', reasons, waiting_for: null, closed_at: null },
        ])
        .execute()
    })
    const found = await warehouse.read((db) =>
      explain(
        db,
        { indicator: 'finished-in-time-share', agency: 'S1', period: '2024', limit: 1, language: 'en' },
        ZONE,
      ),
    )
    expect(found.records.length).toBeLessThanOrEqual(2)
    expect(found.total.denominator).toBeGreaterThan(found.records.length)
    expect(found.records[0]).toMatchObject({
      kind: 'dossier',
      role: 'numerator',
      agency: 'S1@2020-01-01',
      source: 'one-stop',
      run: 'r7',
      rule: 'finished in the period, early or on time',
    })
    expect(found.quarantined).toEqual([
      expect.objectContaining({
        key: 'Q1',
        source: 'one-stop',
        waitingFor: 'procedure:9.999999',
        reasons: [{ path: '/procedure', rule: 'known', value: '9.999999' }],
      }),
    ])
    expect(found.quarantinedTotal).toBe(1)
  })

  test('what does not exist, or is not counted there, is refused with what is', async () => {
    const warehouse = await filled(open)
    const ask = (indicator: string, agency: string, period: string) =>
      warehouse.read((db) => explain(db, { indicator, agency, period, limit: 1 }, ZONE))
    await expect(ask('dossier-received', '72', '2024')).rejects.toMatchObject({
      code: 'UNKNOWN_NAME',
      params: { known: expect.stringContaining('dossiers-received (nearest)') },
    })
    await expect(ask('dossiers-received', 'S9', '2024')).rejects.toMatchObject({ code: 'UNKNOWN_NAME' })
    await expect(ask('communes-at-100', 'S1', '2024')).rejects.toMatchObject({ code: 'NOT_COUNTED' })
    await expect(ask('overdue-now', 'S1', '2024')).rejects.toMatchObject({ code: 'NOT_COUNTED' })
  })

  test('rebuild finds nothing, and a planted difference of each kind (its twin)', async () => {
    const warehouse = await filled(open)
    const clean = await rebuild(warehouse, ZONE)
    expect(clean.differences).toEqual([])
    expect(clean.figures).toBeGreaterThan(1000)
    await warehouse.write(async (trx) => {
      const cell = await trx.db
        .selectFrom('cell_month')
        .selectAll()
        .where('received', '>', 0)
        .orderBy('agency')
        .executeTakeFirstOrThrow()
      await trx.db
        .updateTable('cell_month')
        .set({ received: cell.received + 1 })
        .where('agency', '=', cell.agency)
        .where('procedure', '=', cell.procedure)
        .where('channel', '=', cell.channel)
        .where('month', '=', cell.month)
        .execute()
      const day = await trx.db
        .selectFrom('cell_day')
        .selectAll()
        .where('received', '>', 0)
        .orderBy('agency')
        .orderBy('day')
        .executeTakeFirstOrThrow()
      await trx.db.deleteFrom('cell_day').where('agency', '=', day.agency).where('day', '=', day.day).execute()
      await trx.db
        .updateTable('indicator_value')
        .set({ numerator: 999 })
        .where('indicator', '=', 'refused')
        .where('agency', '=', '72@2020-01-01')
        .where('period', '=', '2024')
        .execute()
    })
    const { differences } = await rebuild(warehouse, ZONE)
    expect(new Set(differences.map((one) => one.kind))).toEqual(new Set(['cell_month', 'cell_day', 'indicator']))
    expect(differences.find((one) => one.kind === 'cell_month')).toMatchObject({ field: 'received' })
    expect(differences.filter((one) => one.kind === 'indicator')).toEqual([
      expect.objectContaining({ key: 'refused|72@2020-01-01|2024', field: 'numerator', held: 999 }),
    ])
  })
})
