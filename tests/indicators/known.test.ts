/** As known at: what was told at any landing is what the records of then say, recomputed long after. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { askFigures } from '../../src/indicators/ask.ts'
import { loadBasis } from '../../src/indicators/basis.ts'
import { INDICATORS } from '../../src/indicators/catalogue/index.ts'
import { explain, explainMessage } from '../../src/indicators/explain.ts'
import { knowledgeOf } from '../../src/indicators/knowledge.ts'
import { knownCells, restsAt } from '../../src/indicators/known.ts'
import { countedBy } from '../../src/indicators/known-dossiers.ts'
import { parsePeriod } from '../../src/indicators/periods.ts'
import { type IndicatorRow, readIndicators } from '../../src/indicators/read.ts'
import { eachDialect } from '../support/warehouse.ts'
import { live, step } from './known-world.ts'
import { ZONE } from './world.ts'

const TOLD = ['indicator', 'agency', 'period', 'value', 'valueState', 'numerator', 'denominator', 'revision'] as const
const told = (rows: readonly IndicatorRow[]) =>
  rows.map((row) => TOLD.map((name) => (name === 'agency' ? row.agency.key : row[name])).join(' | '))

eachDialect('as known at', (open, dialect) => {
  test('at every past landing the figures are those that were told then, and the records of then say them', async () => {
    const property = fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 9 }), fc.nat(), async (steps, seed) => {
      const { warehouse } = await open()
      const snapshots = await live(warehouse, steps)
      await warehouse.read(async (db) => {
        for (const { landing, rows } of snapshots) {
          const known = await knowledgeOf(db, landing)
          expect(told(await readIndicators(db, { known }, ZONE))).toEqual(told(rows))
          const basis = await loadBasis(db, known.tickAt, ZONE, landing)
          // A day is as it was told on that day; the others are recomputed, all of them.
          const kept = rows.filter(({ period }) => period.length !== 10 || period === basis.tickDay)
          const { rests } = await restsAt(db, basis, known)
          const figures = await askFigures(basis, knownCells(db, known, ZONE, countedBy()), rests, {
            indicators: INDICATORS,
            agencies: [...basis.agencies.values()],
            periods: [...new Set(kept.map(({ period }) => period))].map((text) => parsePeriod(text)),
          })
          const said = new Map(
            figures.map((one) => [
              `${one.indicator.id} ${one.agency.key} ${one.period.text}`,
              [one.value, one.numerator, one.denominator],
            ]),
          )
          for (const row of kept) {
            const key = `${row.indicator} ${row.agency.key} ${row.period}`
            if (!['ok', 'no-cases'].includes(row.valueState)) continue
            expect([key, said.get(key)]).toEqual([key, [row.value, row.numerator, row.denominator]])
          }
          const some = kept.filter((_, i) => (i + seed) % 97 === 0).slice(0, 12)
          for (const row of some) {
            if (!['ok', 'no-cases'].includes(row.valueState)) continue
            const found = await explain(
              db,
              { indicator: row.indicator, agency: row.agency.key, period: row.period, limit: 1, known },
              ZONE,
            )
            expect([row.indicator, found.value, found.total]).toEqual([
              row.indicator,
              row.value,
              { numerator: row.numerator, denominator: row.denominator },
            ])
          }
        }
        const messages = await db.selectFrom('message').select(['id', 'body']).where('kind', '=', 'indicator').execute()
        for (const message of messages.filter((_, i) => (i + seed) % 199 === 0).slice(0, 25)) {
          const body = JSON.parse(message.body)
          const { explanation } = await explainMessage(db, message.id, ZONE, { limit: 1 })
          expect([body.id, explanation?.figure?.value]).toEqual([body.id, body.value])
          if (!['ok', 'no-cases'].includes(body.valueState)) continue
          expect([message.body, explanation?.value, explanation?.total]).toEqual([
            message.body,
            body.value,
            { numerator: body.numerator, denominator: body.denominator },
          ])
        }
      })
    })
    await fc.assert(property, { numRuns: dialect === 'sqlite' ? 6 : 2, seed: 31, endOnFailure: true })
  })
})
