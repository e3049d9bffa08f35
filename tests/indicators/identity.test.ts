/** Carried over + received = finished + in progress + paused + withdrawn + stopped, and each of them as a slow look at every dossier says. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { askFigures } from '../../src/indicators/ask.ts'
import { type Basis, inBeing, loadBasis } from '../../src/indicators/basis.ts'
import { getIndicator } from '../../src/indicators/catalogue/index.ts'
import { type CellSource, heldCells } from '../../src/indicators/cell-source.ts'
import { computeFigure } from '../../src/indicators/figures.ts'
import { localDays } from '../../src/indicators/local-day.ts'
import { contributions } from '../../src/indicators/measures.ts'
import { endInstant, type Period, parsePeriod, startOfDay } from '../../src/indicators/periods.ts'
import { NO_COUNTS } from '../../src/indicators/qd766/national.ts'
import { buildSeries, type CellMonth, emptySeries, makeAxis } from '../../src/indicators/series.ts'
import { tick } from '../../src/indicators/tick.ts'
import { addEntries, noCells } from '../../src/warehouse/cells.ts'
import { type DossierRecord, MEASURES } from '../../src/warehouse/tables.ts'
import { eachDialect } from '../support/warehouse.ts'
import { anyDossiers, anyPeriod, cellsOf, RESTS } from './cells-of.ts'
import { at, DAY, dossier, land, seedProvince, ZONE } from './world.ts'

const START = at('2024-01-01')
const TICK = at('2024-12-02T08:00')
const KEY = 'A@2020-01-01'
const days = localDays(ZONE)
const HOUR = DAY / 24
const proceduresOn = () => ({ all: () => new Map() })

/** Whole hours, so that instants meet now and then; office hours do not matter here. */
const dossiers = fc.array(
  fc
    .record({
      received: fc.integer({ min: 0, max: 330 * 24 }),
      limit: fc.option(fc.integer({ min: 0, max: 30 * 24 })),
      took: fc.option(fc.integer({ min: 0, max: 60 * 24 })),
      status: fc.constantFrom(2, 4, 5, 6, 7, 8, 9, 10, 9, 9, 3, 1),
      online: fc.boolean(),
      pause: fc.option(fc.tuple(fc.integer({ min: -10, max: 400 }), fc.option(fc.integer({ min: 0, max: 900 })))),
    })
    .map(({ received, limit, took, status, online, pause }): DossierRecord => {
      const receivedAt = START + received * HOUR
      const ends = [3, 7, 8, 9, 10].includes(status)
      const ended = ends ? Math.min(receivedAt + (took ?? 5) * HOUR, TICK - HOUR) : null
      const requestedAt = pause ? receivedAt + pause[0] * HOUR : null
      return dossier({
        resolving: KEY,
        received_at: receivedAt,
        due_at: limit === null ? null : receivedAt + limit * HOUR,
        status,
        ended_at: ended,
        channel: online ? 'online' : 'counter',
        status_at: Math.min(receivedAt + 50 * HOUR, TICK - HOUR),
        supplements:
          pause && requestedAt !== null
            ? JSON.stringify([
                {
                  requestedAt,
                  completedAt: pause[1] === null ? null : Math.min(requestedAt + pause[1] * HOUR, TICK),
                  previousDueAt: null,
                  newDueAt: null,
                },
              ])
            : null,
      })
    }),
  { maxLength: 40 },
)
const periods = fc
  .tuple(fc.constantFrom('month', 'quarter', 'year', 'ytd'), fc.integer({ min: 1, max: 12 }))
  .map(([kind, n]) =>
    parsePeriod(
      kind === 'month'
        ? `2024-${String(n).padStart(2, '0')}`
        : kind === 'quarter'
          ? `2024-Q${Math.ceil(n / 3)}`
          : kind === 'ytd'
            ? `2024-YTD-${String(n).padStart(2, '0')}`
            : '2024',
    ),
  )

function figure(id: string, rows: readonly DossierRecord[], period: Period): number {
  const totals = noCells()
  for (const row of rows) addEntries(totals, contributions(row, days, TICK), 1)
  const cells = [...totals.months.values()].map(({ key, sums }) => {
    const [agency, procedure, channel, month] = key
    return {
      agency,
      procedure,
      channel,
      month,
      ...Object.fromEntries(MEASURES.map((name, i) => [name, sums[i]])),
    } as CellMonth
  })
  const axis = makeAxis('2024-01', '2024-12')
  const series = buildSeries(cells, axis).get(KEY) ?? emptySeries(axis)
  const basis = {
    zone: ZONE,
    tickAt: TICK,
    tickDay: '2024-12-02',
    tickMonth: '2024-12',
    proceduresOn,
  } as unknown as Basis
  const agency = {
    key: KEY,
    code: 'A',
    kind: 'department' as const,
    name: 'A',
    validFrom: '2020-01-01',
    parent: null,
    validTo: null,
    successors: [],
  }
  const scope = { basis, agency, axis, series, standings: () => [], national: NO_COUNTS }
  return computeFigure(getIndicator(id), scope, period)?.numerator ?? Number.NaN
}

/** Where a dossier stands just before `end`, told from its own dates. */
function stands(row: DossierRecord, end: number): string {
  const received = row.received_at ?? Number.POSITIVE_INFINITY
  if (row.status === 1 || row.status === 3 || received >= end) return 'outside'
  if (row.ended_at !== null && Math.max(row.ended_at, received) < end) return 'ended'
  if (isPaused(row, end - 1)) return 'paused'
  if (row.due_at === null) return 'no-due'
  const overdue = row.due_at < end && (row.ended_at === null ? row.due_at <= TICK : row.due_at < row.ended_at)
  return overdue ? 'past-due' : 'within'
}

function isPaused(row: DossierRecord, t: number): boolean {
  const waiting = row.status === 5 || row.status === 6
  const [one] = (row.supplements ? JSON.parse(row.supplements) : []) as {
    requestedAt: number
    completedAt: number | null
  }[]
  const to = one && (one.completedAt ?? (waiting ? Number.POSITIVE_INFINITY : (row.status_at ?? 0)))
  if (one && to !== undefined && one.requestedAt <= t && t < to) return true
  return waiting && (one === undefined || one.completedAt !== null) && (row.status_at ?? 0) <= t
}

test('the identity holds, and every part of it is what the dossiers say', () => {
  fc.assert(
    fc.property(dossiers, periods, (rows, period) => {
      const get = (id: string) => figure(id, rows, period)
      const end = Math.min(endInstant(period, ZONE), endInstant(parsePeriod('2024-12'), ZONE))
      const count = (state: string) => rows.filter((row) => stands(row, end) === state).length
      const inProgress = {
        within: get('in-progress-within'),
        past: get('in-progress-past-due'),
        none: get('in-progress-no-due'),
        paused: get('paused'),
      }
      expect(inProgress).toEqual({
        within: count('within'),
        past: count('past-due'),
        none: count('no-due'),
        paused: count('paused'),
      })
      const start = startOfDay(period.firstDay, ZONE)
      const open = rows.filter((row) => !['outside', 'ended'].includes(stands(row, start))).length
      expect(get('carried-over')).toBe(open)
      const finished = get('finished-early') + get('finished-on-time') + get('finished-late') + get('finished-no-due')
      expect(get('carried-over') + get('dossiers-received')).toBe(
        finished +
          inProgress.within +
          inProgress.past +
          inProgress.none +
          inProgress.paused +
          get('withdrawn') +
          get('stopped'),
      )
    }),
    { numRuns: 300 },
  )
})

const LATER = at('2025-08-15T08:00')
const IDENTITY = {
  left: ['carried-over', 'dossiers-received'],
  right: [
    'finished-early',
    'finished-on-time',
    'finished-late',
    'finished-no-due',
    'in-progress-within',
    'in-progress-past-due',
    'in-progress-no-due',
    'paused',
    'withdrawn',
    'stopped',
  ],
}

eachDialect('the identity, asked for', (open, dialect) => {
  test('holds for each agency and every kind of period, over both reorganisations, and agencies sum up to the province', async () => {
    const { warehouse } = await open()
    await seedProvince(warehouse)
    await tick(warehouse, LATER, ZONE)
    const basis = await warehouse.read((db) => loadBasis(db, LATER, ZONE))
    const agencies = [...basis.agencies.values()]
    const leaves = agencies.filter(({ kind }) => kind !== 'province').map(({ key }) => key)
    // Landing resolves an agency by the day of reception.
    const possible = ({ resolving, received_at }: DossierRecord) => {
      const agency = basis.agencies.get(resolving)
      return agency !== undefined && inBeing(agency, days.dayOf(received_at ?? 0))
    }
    const ids = [...IDENTITY.left, ...IDENTITY.right]
    const indicators = ids.map((id) => getIndicator(id))
    const check = async (source: CellSource, text: string) => {
      const periods = [parsePeriod(text)]
      const figures = await askFigures(basis, source, RESTS, { indicators, agencies, periods })
      const totals: Record<'leaves' | 'province', Record<string, number>> = { leaves: {}, province: {} }
      for (const [key, own] of Map.groupBy(figures, ({ agency }) => agency.key)) {
        const of = new Map(own.map(({ indicator, numerator }) => [indicator.id, numerator ?? Number.NaN]))
        expect([...of.keys()], key).toEqual(ids)
        const sum = (list: readonly string[]) => list.reduce((total, id) => total + (of.get(id) ?? Number.NaN), 0)
        expect([key, text, sum(IDENTITY.left)]).toEqual([key, text, sum(IDENTITY.right)])
        const total = totals[own[0]?.agency.kind === 'province' ? 'province' : 'leaves']
        for (const [id, n] of of) total[id] = (total[id] ?? 0) + n
      }
      expect(totals.leaves, text).toEqual(totals.province)
    }
    // Over rows in memory many times, over the cells of the warehouse a few.
    if (dialect === 'sqlite')
      await fc.assert(
        fc.asyncProperty(anyDossiers(leaves, LATER), anyPeriod, (rows, text) =>
          check(cellsOf(rows.filter(possible), LATER), text),
        ),
        { numRuns: 300 },
      )
    await land(
      warehouse,
      fc
        .sample(anyDossiers(leaves, LATER, 300), { numRuns: 4, seed: 4 })
        .flat()
        .filter(possible),
    )
    await warehouse.read(async (db) => {
      for (const text of fc.sample(anyPeriod, { numRuns: 40, seed: 7 })) await check(heldCells(db, LATER, ZONE), text)
    })
  }, 120_000)
})
