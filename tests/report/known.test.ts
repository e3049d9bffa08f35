/** Whole reports as they were known: nights with corrections, each month closed on the 3rd; what is asked for later is what was printed then. */
import { expect, test } from 'vitest'
import { findKnowledge } from '../../src/indicators/knowledge.ts'
import { refresh } from '../../src/indicators/refresh.ts'
import { tick } from '../../src/indicators/tick.ts'
import { close } from '../../src/report/close.ts'
import { csvOf } from '../../src/report/csv.ts'
import { reportPeriod } from '../../src/report/period.ts'
import type { Report } from '../../src/report/report.ts'
import type { Warehouse } from '../../src/warehouse/open.ts'
import { saveSourceStatus } from '../../src/warehouse/source-status.ts'
import type { DossierRecord } from '../../src/warehouse/tables.ts'
import { agencyBecomes, landAt, procedureBecomes, referenceAt } from '../indicators/known-world.ts'
import { at, DAY, dossier, FRESH, ZONE } from '../indicators/world.ts'
import { seeded } from '../support/crash.ts'
import { eachDialect } from '../support/warehouse.ts'
import { closing, NOW, nth, prepared, report, state, TICK, tell } from './world.ts'

const HOUR = DAY / 24
/** As it is printed: every byte of JSON, and of every table as CSV. */
const bytes = (made: Report) => [JSON.stringify(made), ...made.tables.map(csvOf)]
/** What a night's read leaves: its run, and what is told of the source. */
const read = (warehouse: Warehouse, id: string, now: number, isWhole: boolean) =>
  warehouse.write(async (trx) => {
    const told = {
      source: 'one-stop',
      state: isWhole ? 'fresh' : 'failed',
      as_of: now,
      fresh_until: NOW + DAY,
      sequence: now,
    }
    await saveSourceStatus(trx, told)
    await trx.db
      .insertInto('run')
      .values({
        id,
        parent: null,
        kind: 'source',
        verb: 'sync',
        job: null,
        source: 'one-stop',
        state: isWhole ? 'succeeded' : 'failed',
        why: null,
        started_at: now,
        ended_at: now,
        as_of: now,
        counts: JSON.stringify({ read: 10, quarantined: 1 }),
        remarks: '[]',
        exit_code: isWhole ? 0 : 4,
      })
      .execute()
  })

eachDialect('reports as known at', (open, dialect) => {
  const nights = dialect === 'sqlite' ? 65 : 35
  test('a report asked for as it was known equals the one of then, closed or open, byte by byte', {
    timeout: 180_000,
  }, async () => {
    const warehouse = await prepared(open, 150)
    const random = seeded(2025)
    const below = (n: number) => Math.floor(random() * n)
    const held: DossierRecord[] = []
    const printed: { landing: number; text: string; before: Report; closed: Report }[] = []
    const months: string[] = []
    for (let n = 1; n <= nights; n++) {
      const now = TICK + n * DAY
      await tick(warehouse, now, ZONE)
      const rows = Array.from({ length: 1 + below(3) }, () =>
        dossier({
          resolving: `${['S1', 'S2', 'X1', 'X2'][below(4)]}@2020-01-01`,
          procedure: nth(1 + below(14)),
          channel: below(2) === 0 ? 'online' : 'counter',
          // some were received long ago and come only now
          received_at: now - (below(4) === 0 ? below(50 * 24) : below(24)) * HOUR,
          due_at: below(5) === 0 ? null : now + below(300) * HOUR,
        }),
      )
      const old = held[below(Math.max(1, held.length))]
      if (old)
        rows.push(
          below(4) === 0
            ? { ...old, deleted: 1, counted: 0 }
            : { ...old, status: 9, ended_at: now - below(40) * HOUR, resolving: `S${1 + below(2)}@2020-01-01` },
        )
      held.push(...rows)
      const landing = await landAt(warehouse, rows, now)
      if (n === 20) await referenceAt(warehouse, now, (trx, of) => procedureBecomes(trx, of, nth(2), 'partial'))
      if (n === 40)
        await referenceAt(warehouse, now, (trx, of) =>
          agencyBecomes(trx, of, 'X2@2020-01-01', { valid_to: '2025-01-05', successors: ['X1@2020-01-01'] }),
        )
      await state(warehouse, `st-${n}`, 'S1', 'dossiers-received', n, null, landing)
      const isWhole = n % 9 !== 4
      await read(warehouse, `r${n}`, now, isWhole)
      await refresh(warehouse, { now: NOW + n * 60_000, zone: ZONE, targets: [], sources: FRESH(NOW) })
      const day = new Date(now + 7 * HOUR).toISOString()
      if (!day.startsWith('03', 8)) continue
      const text = new Date(now - 5 * DAY).toISOString().slice(0, 7)
      months.push(text)
      const before = await report(warehouse, text)
      await close(warehouse, closing({ period: reportPeriod('monthly', text) }))
      const knowledge = await warehouse.read((db) => findKnowledge(db, day.slice(0, 10), ZONE))
      printed.push({ landing: knowledge.landing, text, before, closed: await report(warehouse, text) })
    }
    await tell(warehouse, 'one-stop', 'failed')

    expect(months.length).toBe(dialect === 'sqlite' ? 3 : 2)
    for (const { landing, text, before, closed } of printed) {
      const known = await warehouse.read((db) => findKnowledge(db, `landing:${landing}`, ZONE))
      expect([text, bytes(await report(warehouse, text, { known }))]).toEqual([text, bytes(closed)])
      const again = await report(warehouse, text, { known, current: true })
      expect([text, bytes(again)]).toEqual([text, bytes(before)])
    }
    // what they are now is something else
    const [first] = printed
    const now = await report(warehouse, first?.text ?? '', { current: true })
    expect(now.tables[0]).not.toEqual(first?.before.tables[0])
    expect(now.tables[1]).not.toEqual(first?.before.tables[1])
    expect(now.tables[4]).not.toEqual(first?.before.tables[4])
    // before its closing it was not closed, and open while its month was
    const known = await warehouse.read((db) => findKnowledge(db, '2024-12-20', ZONE))
    expect(await report(warehouse, '2024-12', { known })).toMatchObject({ closing: null, provisional: true })
    expect(at('2024-12-20')).toBeGreaterThan(TICK)
  })
})
