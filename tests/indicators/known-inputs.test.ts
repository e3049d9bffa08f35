/** Publications and petitions as known at any landing, explained and revised: long after, the answer is what it was then. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { getIndicator } from '../../src/indicators/catalogue/index.ts'
import { petitionsAndPublications } from '../../src/indicators/catalogue/petitions.ts'
import { explain } from '../../src/indicators/explain.ts'
import { knowledgeOf, presentKnowledge } from '../../src/indicators/knowledge.ts'
import { parsePeriod } from '../../src/indicators/periods.ts'
import { type IndicatorRow, readIndicators } from '../../src/indicators/read.ts'
import { type Effect, revise } from '../../src/indicators/revise.ts'
import type { Reader } from '../../src/warehouse/open.ts'
import { eachDialect, ZONE } from '../support/warehouse.ts'
import { live, step } from './input-steps.ts'

/** Points over the same records, too: by procedure, of stocks, of petitions. */
const POINTS = ['qd766-1.1', 'qd766-1.3', 'qd766-5.1', 'qd766-5.2', 'qd766-5.3']
const OWN = [...petitionsAndPublications.map(({ id }) => id), ...POINTS]
const ASKED = {
  // what needs dossiers and procedures, and what nobody keeps, beside them
  indicators: [...OWN, 'dossiers-received', 'pilots', 'pilot-online-share'],
  agencies: ['72', 'H53.07', 'H53.08'],
  periods: ['2024-11', '2024', '2024-W47', 'R30@2024-12-05'],
}
const asked = (db: Reader, more: object = {}) => readIndicators(db, { ...ASKED, ...more }, ZONE)
/** All that is said of a figure but that it was recomputed. */
const said = ({ remarks: _, ...row }: IndicatorRow) => row
const sum = (effects: readonly Effect[], of: (effect: Effect) => number | null) =>
  effects.reduce((total, effect) => total + (of(effect) ?? 0), 0)
const explained = (rows: readonly IndicatorRow[]) =>
  rows.filter(({ indicator, valueState }) => OWN.includes(indicator) && ['ok', 'no-cases'].includes(valueState))

eachDialect('publications and petitions', (open, dialect) => {
  test('at every past landing figures, their sources and what stands beside them are what was told then', async () => {
    const states = new Set<string>()
    let told = 0
    const property = fc.asyncProperty(
      fc.array(step, { minLength: 6, maxLength: 14 }),
      fc.nat(),
      async (steps, seed) => {
        const { warehouse } = await open()
        // of several looks at one landing the last says what was known at it
        const snapshots = new Map<number, IndicatorRow[]>()
        await live(warehouse, steps, async () => {
          const { landing, rows } = await warehouse.read(async (db) => ({
            landing: (await presentKnowledge(db)).landing,
            rows: await asked(db),
          }))
          snapshots.set(landing, rows)
        })
        await warehouse.read(async (db) => {
          for (const [landing, rows] of snapshots) {
            const known = await knowledgeOf(db, landing)
            const then = await asked(db, { known })
            expect(then.map(said)).toEqual(rows.map(said))
            expect(then.filter(({ remarks }) => remarks?.includes('states-of-now'))).toEqual([])
            for (const { valueState, reported, official } of then) {
              states.add(valueState)
              told += Number(reported !== undefined) + Number(official !== undefined)
            }
            for (const row of explained(rows).filter((_, i) => (i + seed) % 5 === 0)) {
              const { indicator, agency, period } = row
              const found = await explain(db, { indicator, agency: agency.key, period, limit: 1, known }, ZONE)
              expect([indicator, found.value, found.total]).toEqual([
                indicator,
                row.value,
                { numerator: row.numerator, denominator: row.denominator },
              ])
            }
          }
        })
      },
    )
    await fc.assert(property, { numRuns: dialect === 'sqlite' ? 8 : 2, seed: 52, endOnFailure: true })
    if (dialect !== 'sqlite') return
    expect([...states]).toEqual(expect.arrayContaining(['insufficient', 'no-cases', 'no-data-yet', 'ok']))
    expect(told).toBeGreaterThan(0)
  })

  test('whatever happened between two landings, the effects of records sum to the difference', async () => {
    const seen = new Set<string>()
    const ends = fc.record({ from: fc.nat(), to: fc.nat() })
    const property = fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 16 }), ends, async (steps, pick) => {
      const { warehouse } = await open()
      const landings: number[] = []
      await live(warehouse, steps, async () => {
        landings.push((await warehouse.read(presentKnowledge)).landing)
      })
      const half = landings.length >> 1
      const [a, b] = [pick.from % half, half + (pick.to % (landings.length - half))]
      await warehouse.read(async (db) => {
        const [from, to] = [await knowledgeOf(db, landings[a] ?? 0), await knowledgeOf(db, landings[b] ?? 0)]
        const some = OWN.flatMap((indicator, i) => {
          const periods = ASKED.periods.filter((text) =>
            getIndicator(indicator).periods.includes(parsePeriod(text).kind),
          )
          const period = periods[(i + pick.from) % periods.length] ?? ''
          const agency = ASKED.agencies[(i + pick.to) % ASKED.agencies.length]
          return [
            { indicator, period: '2024', agency: '72' },
            { indicator, period, agency },
          ]
        })
        for (const one of some) {
          const query = { ...one, from, to, limit: 10_000 }
          const found = await revise(db, query, ZONE)
          const what = JSON.stringify(query)
          expect([what, sum(found.effects, (one) => one.numerator)]).toEqual([
            what,
            found.to.numerator - found.from.numerator,
          ])
          expect([what, sum(found.effects, (one) => one.denominator)]).toEqual([
            what,
            (found.to.denominator ?? 0) - (found.from.denominator ?? 0),
          ])
          for (const { cause, numerator, denominator, kind } of found.effects) {
            seen.add(cause)
            expect(['publication', 'petition', ...(one.indicator === 'qd766-1.1' ? ['procedure'] : [])]).toContain(kind)
            expect(numerator !== 0 || (denominator ?? 0) !== 0).toBe(true)
          }
        }
      })
    })
    await fc.assert(property, { numRuns: dialect === 'sqlite' ? 12 : 2, seed: 53, endOnFailure: true })
    // each cause by its name: explain-inputs.test.ts
    if (dialect === 'sqlite') expect(seen.size).toBeGreaterThanOrEqual(4)
  })
})
