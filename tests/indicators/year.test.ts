/**
 * A year of nightly syncs with corrections: any value that was ever delivered opens, by its message, to exactly the records that gave it
 * then; every monthly report, asked for as it was known on its day, is what it was.
 */
import { expect, test } from 'vitest'
import { explainMessage } from '../../src/indicators/explain.ts'
import { findKnowledge } from '../../src/indicators/knowledge.ts'
import { type IndicatorRow, readIndicators } from '../../src/indicators/read.ts'
import { refresh } from '../../src/indicators/refresh.ts'
import { tick } from '../../src/indicators/tick.ts'
import type { Warehouse } from '../../src/warehouse/open.ts'
import { saveSourceStatus } from '../../src/warehouse/source-status.ts'
import type { DossierRecord } from '../../src/warehouse/tables.ts'
import { eachDialect } from '../support/warehouse.ts'
import { agencyBecomes, landAt, procedureBecomes, referenceAt } from './known-world.ts'
import { at, DAY, dossier, seedAgencies, seedProcedures, ZONE } from './world.ts'

const FIRST = at('2024-05-02T01:00')
const HOUR = DAY / 24
const REAL = at('2026-01-05T01:00')
const AGENCIES = ['S1', 'S2', 'X1']

/** Deterministic: a failing night is the same night again. */
function dice(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

async function seed(warehouse: Warehouse): Promise<void> {
  await warehouse.write(async (trx) => {
    await seedAgencies(trx, [
      { code: '72', kind: 'province' },
      { code: 'S1', kind: 'department' },
      { code: 'S2', kind: 'department' },
      { code: 'X1', kind: 'commune' },
    ])
    await seedProcedures(trx, [
      { code: '1.000001', agencies: ['S1', 'S2'], integrated: true },
      { code: '1.000002', agencies: ['S1'], level: 'partial' },
      { code: '1.000003', executing: ['commune'] },
    ])
  })
}

/** What a night brings: new dossiers, and corrections, ends, deletions and moves of old ones. */
function night(now: number, held: Map<string, DossierRecord>, roll: (below: number) => number): DossierRecord[] {
  const changed = new Map<string, DossierRecord>()
  const put = (row: DossierRecord) => changed.set(row.code, row)
  for (let i = roll(4); i > 0; i--) {
    // Some come late: received weeks ago, seen only now.
    const received = now - (roll(5) === 0 ? roll(60 * 24) : roll(24)) * HOUR - HOUR
    const due = roll(8) === 0 ? null : received + (24 + roll(240)) * HOUR
    put(
      dossier({
        code: `Y${held.size + changed.size}`,
        resolving: `${AGENCIES[roll(3)]}@2020-01-01`,
        procedure: `1.00000${1 + roll(3)}`,
        channel: roll(2) === 0 ? 'online' : 'counter',
        received_at: received,
        due_at: due,
        due_in_2_at: due === null ? null : due - 48 * HOUR,
        due_in_1_at: due === null ? null : due - 24 * HOUR,
      }),
    )
  }
  const open = [...held.values()].filter((row) => row.ended_at === null && !row.deleted)
  for (let i = Math.min(open.length, roll(4)); i > 0; i--) {
    const row = open[roll(open.length)] as DossierRecord
    const ended = Math.max((row.received_at ?? 0) + HOUR, now - roll(48) * HOUR)
    const status = [9, 9, 9, 10, 7, 8][roll(6)] ?? 9
    put({ ...row, status, ended_at: ended, processing_hours: status < 9 ? null : roll(80) })
  }
  const all = [...held.values()]
  const pick = all[roll(Math.max(1, all.length))]
  if (pick) {
    const what = roll(6)
    if (what === 0) put({ ...pick, deleted: 1, counted: 0 })
    if (what === 1) put({ ...pick, resolving: `${AGENCIES[roll(3)]}@2020-01-01` })
    if (what === 2) put({ ...pick, received_at: (pick.received_at ?? now) - roll(40 * 24) * HOUR })
    if (what === 3) put({ ...pick, due_at: (pick.due_at ?? now) + (roll(200) - 100) * HOUR })
    if (what === 4) put({ ...pick, status: 5, status_at: now - HOUR, ended_at: null, processing_hours: null })
  }
  for (const [code, row] of changed) held.set(code, row)
  return [...changed.values()]
}

eachDialect('a year of nights', (open, dialect) => {
  const [nights, values] = dialect === 'sqlite' ? [365, 1_000] : [60, 150]
  test(`${values} random delivered values resolve to exactly their records`, { timeout: 180_000 }, async () => {
    const { warehouse } = await open()
    await seed(warehouse)
    const roll = dice(2024)
    const held = new Map<string, DossierRecord>()
    const reports: { day: string; month: string; rows: IndicatorRow[] }[] = []
    for (let n = 0; n < nights; n++) {
      const now = FIRST + n * DAY
      await tick(warehouse, now, ZONE)
      const changed = night(now, held, roll)
      if (changed.length > 0) await landAt(warehouse, changed, now)
      if (n % 90 === 45)
        await referenceAt(warehouse, now, (trx, landing) =>
          procedureBecomes(trx, landing, '1.000002', n % 180 === 45 ? 'full' : 'partial'),
        )
      if (n === 50)
        await referenceAt(warehouse, now, (trx, landing) =>
          agencyBecomes(trx, landing, 'S2@2020-01-01', { valid_to: '2025-03-01', successors: ['S1@2020-01-01'] }),
        )
      // First not yet whole, then at times held or failed.
      const state = n < 3 ? 'incomplete' : n % 50 === 20 ? 'held' : n % 50 === 30 ? 'failed' : 'fresh'
      await warehouse.write(async (trx) => {
        const told = { fresh_until: now + DAY, sequence: n }
        await saveSourceStatus(trx, { source: 'one-stop', as_of: n < 3 ? null : now, state, ...told })
        await saveSourceStatus(trx, { source: 'catalogue', as_of: now, state: 'fresh', ...told })
      })
      await refresh(warehouse, { now: REAL + n * 60_000, zone: ZONE, targets: ['ioc'] })
      const day = new Date(now + 7 * HOUR).toISOString().slice(0, 10)
      if (!day.endsWith('-03')) continue
      const month = new Date(now - 5 * DAY).toISOString().slice(0, 7)
      const rows = await warehouse.read((db) => readIndicators(db, { periods: [month] }, ZONE))
      reports.push({ day, month, rows })
    }

    await warehouse.read(async (db) => {
      const count = await db
        .selectFrom('message')
        .select(({ fn }) => fn.max('seq').as('n'))
        .executeTakeFirstOrThrow()
      const states = new Set<string>()
      for (let i = 0; i < values; i++) {
        const { id, body: text } = await db
          .selectFrom('message')
          .select(['id', 'body'])
          .where('seq', '>=', 1 + roll(Number(count.n)))
          .orderBy('seq')
          .limit(1)
          .executeTakeFirstOrThrow()
        const body = JSON.parse(text)
        const { explanation } = await explainMessage(db, id, ZONE, { limit: 1 })
        states.add(body.sources.length === 0 ? 'withdrawn' : body.valueState)
        const found = ['no-data-yet', 'insufficient'].includes(body.valueState)
          ? { value: null, numerator: null, denominator: null }
          : { value: explanation?.value, ...explanation?.total }
        expect([text, found.value, found.numerator, found.denominator]).toEqual([
          text,
          body.value,
          body.numerator,
          body.denominator,
        ])
      }
      if (dialect === 'sqlite') expect([...states]).toEqual(expect.arrayContaining(['ok', 'no-cases', 'held']))

      for (const { day, month, rows } of reports) {
        const known = await findKnowledge(db, day, ZONE)
        const again = await readIndicators(db, { periods: [month], known }, ZONE)
        expect([day, again.map(said)]).toEqual([day, rows.map(said)])
      }
      expect(reports.length).toBe(dialect === 'sqlite' ? 12 : 2)
    })
  })
})

/** What nobody keeps is recomputed, says so, and has its sources from what was kept beside it: up to when they were read may be older. */
const said = (row: IndicatorRow) =>
  row.revision !== null
    ? row
    : { ...row, remarks: undefined, sources: row.sources.map(({ source, state }) => ({ source, state })) }
