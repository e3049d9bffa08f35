/** Revise: the effects of records sum exactly to the difference between any two knowledges, and each has its cause. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { getIndicator, INDICATORS } from '../../src/indicators/catalogue/index.ts'
import { explain } from '../../src/indicators/explain.ts'
import { knowledgeOf } from '../../src/indicators/knowledge.ts'
import { parsePeriod } from '../../src/indicators/periods.ts'
import { refresh } from '../../src/indicators/refresh.ts'
import { type Effect, revise } from '../../src/indicators/revise.ts'
import { tick } from '../../src/indicators/tick.ts'
import type { Reader } from '../../src/warehouse/open.ts'
import { eachDialect } from '../support/warehouse.ts'
import { landAt, live, procedureBecomes, referenceAt, START, step } from './known-world.ts'
import { at, DAY, dossier, FRESH, seedProvince, ZONE } from './world.ts'

const PERIODS = ['2025-01', '2025-02', '2025', '2025-YTD-02', '2025-02-12', '2025-W07', 'R30@2025-02-20', 'RP-2025-02']
const AGENCIES = ['72', 'S1', 'S3', 'X1']
const sum = (effects: readonly Effect[], of: (effect: Effect) => number | null) =>
  effects.reduce((total, effect) => total + (of(effect) ?? 0), 0)

eachDialect('revise', (open, dialect) => {
  test('whatever happened between two landings, the effects sum to the difference', async () => {
    const seen = new Set<string>()
    const ends = fc.record({ from: fc.nat(), to: fc.nat(), skip: fc.nat() })
    const property = fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 16 }), ends, async (steps, pick) => {
      const { warehouse } = await open()
      const landings = (await live(warehouse, steps, { refreshed: false })).map(({ landing }) => landing)
      const half = landings.length >> 1
      const [a, b] = [pick.from % half, half + (pick.to % (landings.length - half))]
      await warehouse.read(async (db) => {
        const [from, to] = [await knowledgeOf(db, landings[a] ?? 0), await knowledgeOf(db, landings[b] ?? 0)]
        const some = INDICATORS.filter((_, i) => i % 2 === pick.skip % 2)
        const asked = some.flatMap(({ id, periods, at: kinds }, i) => {
          const period = PERIODS[(i + pick.skip) % PERIODS.length] ?? ''
          const agency = kinds.length === 1 ? '72' : (AGENCIES[(i + pick.skip) % AGENCIES.length] ?? '')
          return periods.includes(parsePeriod(period).kind) ? [{ indicator: id, agency, period }] : []
        })
        for (const query of asked) {
          const found = await revise(db, { ...query, from, to, limit: 10_000 }, ZONE)
          const what = JSON.stringify({ ...query, from, to })
          expect([what, sum(found.effects, ({ numerator }) => numerator)]).toEqual([
            what,
            // points are no whole numbers
            expect.closeTo(found.to.numerator - found.from.numerator, 6),
          ])
          expect([what, sum(found.effects, ({ denominator }) => denominator)]).toEqual([
            what,
            (found.to.denominator ?? 0) - (found.from.denominator ?? 0),
          ])
          const then = await explain(db, { ...query, agency: found.agency, known: to, limit: 1 }, ZONE)
          expect([what, then.total]).toEqual([
            what,
            { numerator: found.to.numerator, denominator: found.to.denominator },
          ])
          for (const { cause, numerator, denominator } of found.effects) {
            seen.add(cause)
            expect(numerator !== 0 || (denominator ?? 0) !== 0).toBe(true)
          }
        }
      })
    })
    await fc.assert(property, { numRuns: dialect === 'sqlite' ? 10 : 2, seed: 766, endOnFailure: true })
    // Effects of nothing would sum up, too; each cause has its own test below.
    if (dialect === 'sqlite') expect(seen.size).toBeGreaterThanOrEqual(4)
  })

  test('each cause by its name', async () => {
    const { warehouse } = await open()
    await seedProvince(warehouse)
    await tick(warehouse, START, ZONE)
    const S1 = 'S1@2020-01-01'
    const base = { resolving: S1, received_at: at('2025-01-06T08:00'), due_at: at('2025-01-20T17:00') }
    const late = { status: 9, ended_at: at('2025-01-23T09:00') }
    const row = (code: string, more: object) => dossier({ ...base, ...late, code, ...more })
    const first = await landAt(
      warehouse,
      [
        row('corrected', { content_hash: 'a' }),
        row('deleted', {}),
        row('merged', {}),
        row('moved', {}),
        row('judged', {}),
        dossier({ ...base, code: 'open', due_at: START + DAY, next_at: START + DAY }),
      ],
      START,
    )
    const now = at('2026-01-05T01:00')
    await refresh(warehouse, { now, zone: ZONE, targets: [], sources: FRESH(now) })
    await landAt(
      warehouse,
      [
        row('corrected', { content_hash: 'b', ended_at: at('2025-01-17T09:00') }),
        row('deleted', { deleted: 1, counted: 0 }),
        row('merged', { counted: 0 }),
        row('moved', { resolving: 'S3@2020-01-01' }),
        row('late', {}),
      ],
      START + DAY,
    )
    await landAt(warehouse, [row('judged', { due_at: at('2025-01-24T17:00') })], START + DAY, { kind: 'rejudge' })
    await tick(warehouse, START + 2 * DAY, ZONE)
    await referenceAt(warehouse, START + 2 * DAY, (trx, landing) =>
      procedureBecomes(trx, landing, '1.000001', 'partial'),
    )
    await warehouse.read(async (db) => {
      const [from, to] = [await knowledgeOf(db, first), await newest(db)]
      const of = async (indicator: string, period = '2025-01') => {
        const found = await revise(db, { indicator, agency: 'S1', period, from, to, limit: 100 }, ZONE)
        return found.effects.map(({ code, key, cause, detail, numerator }) => [code ?? key, cause, detail, numerator])
      }
      expect(await of('finished-late')).toEqual([
        ['late', 'late', 'landed', 1],
        ['corrected', 'corrected', 'ended_at', -1],
        ['deleted', 'deleted', 'deleted', -1],
        ['merged', 'deleted', 'merged', -1],
        ['moved', 'reclassified', 'resolving', -1],
        ['judged', 'rule', 'due_at', -1],
      ])
      expect(await of('in-progress-past-due', '2025-02')).toEqual([['open', 'time', 'tick', 1]])
      expect(await of('full-process-online-use')).toEqual([['1.000001', 'reclassified', 'reference', -1]])
      const share = await revise(
        db,
        { indicator: 'finished-in-time-share', agency: 'S1', period: '2025-01', from, to, limit: 1 },
        ZONE,
      )
      expect(share.from).toMatchObject({ numerator: 0, denominator: 5, told: { numerator: 0, denominator: 5 } })
      expect(share.to).toMatchObject({ numerator: 2, denominator: 3 })
      expect(share.causes).toEqual([
        { cause: 'late', records: 1, numerator: 0, denominator: 1 },
        { cause: 'corrected', records: 1, numerator: 1, denominator: 0 },
        { cause: 'deleted', records: 2, numerator: 0, denominator: -2 },
        { cause: 'reclassified', records: 1, numerator: 0, denominator: -1 },
        { cause: 'rule', records: 1, numerator: 1, denominator: 0 },
      ])
      expect([share.effects.length, share.effectsTotal]).toEqual([5, 6])
      expect(getIndicator('finished-in-time-share').version).toBe(share.from.told?.version)
    })
  })

  test('what another definition told is a change of rule', async () => {
    const { warehouse } = await open()
    await seedProvince(warehouse)
    await tick(warehouse, START, ZONE)
    const landed = await landAt(warehouse, [dossier({ resolving: 'S1@2020-01-01', received_at: START - DAY })], START)
    const now = at('2026-01-05T01:00')
    await refresh(warehouse, { now, zone: ZONE, targets: [], sources: FRESH(now) })
    // As if an earlier program had counted otherwise.
    await warehouse.write((trx) =>
      trx.db
        .updateTable('indicator_value')
        .set({ version: 0, numerator: 7, value: 7 })
        .where('indicator', '=', 'dossiers-received')
        .execute(),
    )
    await tick(warehouse, START + DAY, ZONE)
    await refresh(warehouse, { now: now + 1, zone: ZONE, targets: [], sources: FRESH(now) })
    await warehouse.read(async (db) => {
      const [from, to] = [await knowledgeOf(db, landed), await newest(db)]
      const query = { indicator: 'dossiers-received', agency: 'S1', period: '2025-02', from, to, limit: 9 }
      const found = await revise(db, query, ZONE)
      expect([found.from.numerator, found.from.recomputed?.numerator, found.to.numerator]).toEqual([7, 1, 1])
      expect(found.effects).toMatchObject([
        { cause: 'rule', kind: 'definition', detail: 'definition 0 → 1', numerator: -6, denominator: null },
      ])
    })
  })
})

async function newest(db: Reader) {
  const row = await db
    .selectFrom('landing')
    .select(({ fn }) => fn.max('id').as('id'))
    .executeTakeFirstOrThrow()
  return knowledgeOf(db, Number(row.id))
}
