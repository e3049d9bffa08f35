/** Whatever becomes of agencies, every dossier is counted once: under the agencies of then and of now, in periods of every kind. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { INDICATORS } from '../../src/indicators/catalogue/index.ts'
import { type IndicatorRow, readIndicators } from '../../src/indicators/read.ts'
import { rebuild } from '../../src/indicators/rebuild.ts'
import { refresh } from '../../src/indicators/refresh.ts'
import { tick } from '../../src/indicators/tick.ts'
import { eachDialect } from '../support/warehouse.ts'
import { type AgencySeed, at, DAY, dossier, FRESH, land, seedAgencies, seedProcedures, ZONE } from './world.ts'

const JOINED = '2025-07-01'
/** on the first of a month, within one, on the day of the tick's month */
const CHANGES = ['2025-01-01', '2025-03-01', '2025-04-16', JOINED, '2025-10-03']
const EARLIER = at('2025-06-20T08:00')
const TICK = at('2025-10-14T08:00')
const PERIODS = [
  ...['2024-12', '2025-03', '2025-04', '2025-06', '2025-07', '2025-10'],
  ...['2025-Q1', '2025-Q3', '2025-H1', '2025-H2', '2024', '2025', '2025-YTD-04'],
  ...[
    '2025-02-28',
    '2025-04-16',
    '2025-10-14',
    '2025-W16',
    '2025-W27',
    'R7@2025-07-04',
    'R30@2025-04-20',
    'RP-2025-07',
  ],
]
type Seed = AgencySeed & { validFrom: string; successors: string[] }
const keyOf = ({ code, validFrom }: Seed) => `${code}@${validFrom}`

const change = fc.record({
  what: fc.constantFrom('merge', 'absorb', 'split', 'rename', 'reuse', 'end', 'found', 'nothing'),
  which: fc.nat(30),
  other: fc.nat(30),
})
const life = fc.record({
  agency: fc.nat(30),
  received: fc.integer({ min: 0, max: 390 }),
  due: fc.option(fc.integer({ min: 1, max: 60 })),
  took: fc.integer({ min: 1, max: 200 }),
  status: fc.constantFrom(4, 5, 7, 8, 9, 9, 10),
  procedure: fc.integer({ min: 1, max: 3 }),
  channel: fc.constantFrom('online', 'counter'),
})
const history = fc.record({
  neighbours: fc.boolean(),
  changes: fc.tuple(...CHANGES.map(() => fc.array(change, { minLength: 1, maxLength: 3 }))),
  lives: fc.array(life, { minLength: 40, maxLength: 60 }),
})
type History = typeof history extends fc.Arbitrary<infer T> ? T : never

/** Agencies as the changes leave them; each change touches living agencies of its day. */
function agenciesOf({ neighbours, changes }: History): Seed[] {
  const made: Seed[] = ['A', 'B', 'C', 'D', 'E', 'F', 'G'].map((code, i) => ({
    code,
    kind: i < 2 ? 'department' : i === 2 ? 'district' : 'commune',
    parent: neighbours && i > 3 ? '80@2020-01-01' : '72@2020-01-01',
    validFrom: '2020-01-01',
    validTo: null,
    successors: [],
  }))
  let named = 0
  for (const [i, day] of CHANGES.entries()) {
    for (const { what, which, other } of changes[i] ?? []) {
      const living = made.filter((one) => one.validTo === null && one.validFrom < day)
      const one = living[which % living.length]
      const two = living[other % living.length]
      if (!one || !two || living.length < 3) continue
      const begin = (code: string, of: Seed): Seed => {
        const parent = day >= JOINED ? '80@2025-07-01' : (of.parent ?? null)
        const begun = { code, kind: of.kind, parent, validFrom: day, validTo: null, successors: [] }
        made.push(begun)
        return begun
      }
      const end = (ended: Seed, ...successors: Seed[]) =>
        Object.assign(ended, { validTo: day, successors: successors.map(keyOf) })
      if (what === 'found') begin(`N${++named}`, one)
      else if (what === 'end') end(one)
      else if (what === 'rename') end(one, begin(one.code, one))
      else if (what === 'split') end(one, begin(one.code, one), begin(`N${++named}`, one))
      // The code goes to a unit that has nothing to do with who had it.
      else if (what === 'reuse') {
        begin(one.code, one)
        end(one, begin(`N${++named}`, one))
      } else if (one === two || one.parent !== two.parent) continue
      else if (what === 'absorb') end(one, two)
      else if (what === 'merge') {
        const both = begin(one.code, one)
        end(one, both)
        end(two, both)
      }
    }
  }
  return made
}

const provincesOf = (neighbours: boolean): AgencySeed[] => [
  { code: '72', kind: 'province', validTo: JOINED, successors: ['80@2025-07-01'] },
  ...(neighbours ? [{ code: '80', kind: 'province', validTo: JOINED, successors: ['80@2025-07-01'] }] : []),
  { code: '80', kind: 'province', validFrom: JOINED },
]

/** Counts that add up, by themselves and below the line. */
const ADDITIVE = INDICATORS.filter(
  ({ kind, numerator, denominator, at: kinds }) =>
    kind !== 'score' &&
    numerator.of === 'dossiers' &&
    (denominator === null || denominator.of === 'dossiers') &&
    ['department', 'district', 'commune', 'province'].every((kind) => kinds.some((one) => one === kind)),
)

const sums = (rows: readonly IndicatorRow[]) =>
  [
    rows.reduce((sum, row) => sum + (row.numerator ?? 0), 0),
    rows.reduce((sum, row) => sum + (row.denominator ?? 0), 0),
  ].join('/')

eachDialect('succession', (open, dialect) => {
  test('whatever becomes of agencies, leaves and undetermined sum up to the province, then and now, in every kind of period', async () => {
    expect(ADDITIVE.length).toBeGreaterThan(10)
    await fc.assert(
      fc.asyncProperty(history, async (random) => {
        const { warehouse } = await open()
        const agencies = agenciesOf(random)
        await warehouse.write(async (trx) => {
          await seedAgencies(trx, [...provincesOf(random.neighbours), ...agencies])
          await seedProcedures(
            trx,
            [1, 2, 3].map((n) => ({ code: `1.00000${n}`, agencies: ['A', 'B', 'E'] })),
          )
        })
        const told = random.lives.flatMap(({ agency, received, due, took, status, procedure, channel }) => {
          const receivedAt = at('2024-10-01T09:00') + received * DAY
          const day = new Date(receivedAt).toISOString().slice(0, 10)
          const living = agencies.filter((one) => one.validFrom <= day && (one.validTo ?? '9999') > day)
          const held = living[agency % living.length]
          if (!held || receivedAt > TICK) return []
          const ends = status > 6 && receivedAt + took * DAY < TICK
          return dossier({
            resolving: keyOf(held),
            procedure: `1.00000${procedure}`,
            channel,
            received_at: receivedAt,
            due_at: due === null ? null : receivedAt + due * DAY,
            status: ends || status <= 6 ? status : 4,
            ended_at: ends ? receivedAt + took * DAY : null,
            status_at: receivedAt + DAY,
          })
        })
        // Once while there are two provinces, then when they have joined.
        for (const asOf of [EARLIER, TICK]) {
          await tick(warehouse, asOf, ZONE)
          await land(
            warehouse,
            told.filter((one) => (one.received_at ?? 0) <= asOf),
          )
          await refresh(warehouse, { asOf, now: asOf, zone: ZONE, targets: [], sources: FRESH(asOf) })
          expect((await rebuild(warehouse, ZONE)).differences).toEqual([])
        }
        const byKey = new Map(agencies.map((one) => [keyOf(one), one]))
        for (const geography of ['then', 'now'] as const) {
          const query = { indicators: ADDITIVE.map(({ id }) => id), periods: PERIODS, geography }
          const rows = await warehouse.read((db) => readIndicators(db, query, ZONE))
          expect(new Set(rows.map((row) => `${row.indicator}|${row.agency.key}|${row.period}`)).size).toBe(rows.length)
          for (const [title, group] of Map.groupBy(rows, (row) => `${geography} ${row.indicator} ${row.period}`)) {
            const provinces = group.filter(({ agency }) => agency.kind === 'province')
            const leaves = group.filter(({ agency }) => agency.kind !== 'province')
            expect(`${title} ${sums(leaves)}`).toBe(`${title} ${sums(provinces)}`)
          }
          if (geography === 'then') checkProvinces(rows, random.neighbours, told, byKey)
          else checkPresent(rows, agencies)
        }
      }),
      { numRuns: dialect === 'sqlite' ? 12 : 3, seed: 1682, endOnFailure: true },
    )
  })
})

/** Told from the parents alone: before they joined each province has received what its own agencies have. */
function checkProvinces(
  rows: readonly IndicatorRow[],
  neighbours: boolean,
  told: readonly { resolving: string; received_at: number | null }[],
  byKey: ReadonlyMap<string, Seed>,
): void {
  const received = (parent: string | null, month: string) =>
    told.filter(
      (one) =>
        new Date(one.received_at ?? 0).toISOString().startsWith(month) &&
        (parent === null || byKey.get(one.resolving)?.parent === parent),
    ).length
  const of = (code: string, period: string) =>
    rows.find(
      (row) =>
        row.indicator === 'dossiers-received' &&
        row.agency.kind === 'province' &&
        row.agency.code === code &&
        row.period === period,
    )?.numerator
  for (const month of ['2024-12', '2025-03', '2025-04', '2025-06']) {
    expect([month, of('72', month)]).toEqual([month, received(neighbours ? '72@2020-01-01' : null, month)])
    // A neighbour of which no dossier came has no figure rather than a zero.
    const other = received('80@2020-01-01', month)
    if (neighbours && other > 0) expect([month, of('80', month)]).toEqual([month, other])
  }
  expect(of('80', '2025-07')).toBe(received(null, '2025-07'))
}

/** Of now there are the agencies of now, and what could not be given to one of them, marked. */
function checkPresent(rows: readonly IndicatorRow[], agencies: readonly Seed[]): void {
  const living = new Set(['80@2025-07-01', ...agencies.filter((one) => one.validTo === null).map(keyOf)])
  for (const row of rows)
    expect([row.agency.key, row.geography === 'undetermined']).toEqual([row.agency.key, !living.has(row.agency.key)])
}
