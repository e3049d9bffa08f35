/** Random histories of publications, petitions, statements and official scores, with dossiers, ticks and states of sources between them. */
import fc from 'fast-check'
import { tick } from '../../src/indicators/tick.ts'
import { land } from '../../src/sync/land.ts'
import { rejudgeInputs } from '../../src/sync/rejudge-inputs.ts'
import type { Warehouse } from '../../src/warehouse/open.ts'
import { saveSourceStatus } from '../../src/warehouse/source-status.ts'
import { landOf, object, petition, publication, ready, START, statement } from '../support/inputs.ts'
import { at, contextOf, dossierRow, holdLease, page, procedureObject } from '../support/pages.ts'
import { ZONE } from '../support/warehouse.ts'
import { DAY } from './world.ts'

const HOUR = DAY / 24
const UNITS = ['H53.07', 'H53.08']
const FIRST = at('2024-10-21T00:00')
const dayAt = (n: number) => ({ at: FIRST + n * DAY, precision: 'day' })
const procedureOf = (n: number) => `1.00000${n}`

const dayOf = fc.integer({ min: 0, max: 60 })
const unit = fc.constantFrom(...UNITS)
/** Now and then a record is another unit's than before. */
const moved = fc.constantFrom(false, false, false, false, true)
const unitOf = ({ n, moved }: { n: number; moved: boolean }) => UNITS[(n + Number(moved)) % UNITS.length] ?? ''
const maybe = <T>(of: fc.Arbitrary<T>) => fc.option(of, { freq: 3 })

const petitions = fc.record({
  n: fc.integer({ min: 1, max: 6 }),
  moved,
  received: dayOf,
  outcome: fc.constantFrom(null, null, null, 'refused', 'supplement', 'answered'),
  took: fc.integer({ min: 0, max: 25 }),
  published: maybe(fc.integer({ min: 0, max: 6 })),
  satisfied: maybe(fc.boolean()),
  again: maybe(fc.boolean()),
})
const publications = fc.record({
  n: fc.integer({ min: 1, max: 5 }),
  moved,
  decided: dayOf,
  effective: maybe(fc.integer({ min: -5, max: 20 })),
  published: maybe(fc.integer({ min: 0, max: 15 })),
  complete: fc.boolean(),
})
const dossiers = fc.record({
  n: fc.integer({ min: 1, max: 4 }),
  procedure: fc.integer({ min: 1, max: 2 }),
  online: fc.boolean(),
  received: dayOf,
})

const some = <T>(of: fc.Arbitrary<T>) => fc.array(of, { minLength: 1, maxLength: 4 })
const STATES = ['fresh', 'partial', 'incomplete', 'held', 'failed', 'never'] as const
export const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('petitions' as const), rows: some(petitions) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('publications' as const), rows: some(publications) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('delete' as const),
      what: fc.constantFrom('petition' as const, 'publication' as const),
      n: fc.integer({ min: 1, max: 6 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('tick' as const), hours: fc.integer({ min: 1, max: 24 * 16 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('holiday' as const), n: fc.integer({ min: 0, max: 60 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('dossiers' as const), rows: some(dossiers) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('beside' as const),
      unit,
      value: fc.integer({ min: 0, max: 99 }),
      gone: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('status' as const),
      source: fc.constantFrom('office', 'catalogue', 'one-stop'),
      state: fc.constantFrom(...STATES),
      read: fc.boolean(),
    }),
  },
)
export type Step = typeof step extends fc.Arbitrary<infer One> ? One : never

/** Two procedures on trial, nothing else yet. */
export async function begin(warehouse: Warehouse): Promise<void> {
  const pilot = { level: 'partial', online: false, pilotFrom: '2024-10-01', pilotTo: '2025-03-31' }
  await ready(warehouse, [procedureObject(procedureOf(1), pilot), procedureObject(procedureOf(2), pilot)])
  await holdLease(warehouse, 'one-stop')
}

/** Takes the steps one after the other, `after` each of them. */
export async function live(warehouse: Warehouse, steps: readonly Step[], after: () => Promise<void>): Promise<void> {
  await begin(warehouse)
  const clock = { now: START, sequence: 0 }
  for (const one of steps) {
    await take(warehouse, one, clock)
    await after()
  }
}

async function take(warehouse: Warehouse, one: Step, clock: { now: number; sequence: number }): Promise<void> {
  const when = { asOf: clock.now, arrivedAt: clock.now }
  switch (one.do) {
    case 'petitions':
      return void (await landOf(warehouse, 'petition', newest(one.rows).map(petitionOf), when))
    case 'publications':
      return void (await landOf(warehouse, 'publication', newest(one.rows).map(publicationOf), when))
    case 'delete':
      return void (await landOf(warehouse, one.what, [], when, codesOf(one.what, one.n)))
    case 'tick':
      clock.now += one.hours * HOUR
      return void (await tick(warehouse, clock.now, ZONE))
    case 'holiday':
      await warehouse.write(async (trx) => {
        const date = new Date(FIRST + one.n * DAY + 12 * HOUR).toISOString().slice(0, 10)
        const row = { date, kind: 'off', name: 'a day off', basis: 'test', confidence: 'high', known_to: null }
        await trx.db
          .insertInto('calendar')
          .values({ ...row, known_from: 1 })
          .onConflict((conflict) => conflict.doNothing())
          .execute()
      })
      return rejudgeInputs(warehouse, { zone: ZONE, asOf: clock.now })
    case 'dossiers': {
      const context = contextOf(warehouse, { ...when, run: `dossiers-${clock.now}-${++clock.sequence}` })
      return void (await land(context, [page(newest(one.rows).map(dossierOf))]))
    }
    case 'beside': {
      const gone = one.gone && one.value > 80
      const code = `${one.unit}-1`
      const stated = object({
        code,
        agency: `identifier:${one.unit}`,
        period: '2024-11',
        component: '5.2',
        score: one.value,
        maxScore: 100,
        stated: dayAt(one.value),
      })
      await landOf(warehouse, 'official-score', gone ? [] : [stated], when, gone ? [code] : [])
      const said = statement({ code, agency: `identifier:${one.unit}`, document: code, numerator: one.value })
      return void (await landOf(warehouse, 'statement', gone ? [] : [said], when, gone ? [code] : []))
    }
    case 'status':
      return warehouse.write((trx) =>
        saveSourceStatus(trx, {
          source: one.source,
          state: one.state,
          as_of: one.read ? clock.now : null,
          fresh_until: clock.now + DAY,
          sequence: ++clock.sequence,
        }),
      )
  }
}

/** A landing names a record once. */
const newest = <T extends { n: number }>(rows: readonly T[]): T[] => [
  ...new Map(rows.map((row) => [row.n, row])).values(),
]
type Of<Name extends Step['do']> = Extract<Step, { do: Name }> extends { rows: readonly (infer Row)[] } ? Row : never

const petitionOf = (one: Of<'petitions'>) =>
  petition({
    code: `PA-${one.n}`,
    agency: `identifier:${unitOf(one)}`,
    subject: one.n % 3 === 0 ? 'staff' : 'procedure',
    procedure: one.n % 3 === 0 ? null : procedureOf(one.n % 3),
    received: dayAt(one.received),
    ...(one.outcome === null
      ? {}
      : {
          outcome: one.outcome,
          outcomeAt: dayAt(one.received + one.took),
          published: one.published === null ? null : dayAt(one.received + one.took + one.published),
          satisfied: one.satisfied,
          complainedAgain: one.again,
        }),
  })

const publicationOf = (one: Of<'publications'>) =>
  publication({
    code: `QD-${one.n}`,
    agency: `identifier:${unitOf(one)}`,
    procedure: procedureOf(1 + (one.n % 2)),
    decided: dayAt(one.decided),
    effective: one.effective === null ? null : dayAt(one.decided + one.effective),
    published: one.published === null ? null : dayAt(one.decided + one.published),
    complete: one.complete,
  })

const dossierOf = (one: Of<'dossiers'>) =>
  dossierRow({
    code: `H53.07-241104-000${one.n}`,
    procedure: procedureOf(one.procedure),
    channel: one.online ? 'online' : 'counter',
    received_at: FIRST + one.received * DAY,
  })

const codesOf = (what: 'petition' | 'publication', n: number) => [what === 'petition' ? `PA-${n}` : `QD-${n}`]
