/** Carried over + received = finished + in progress + paused + withdrawn + stopped, and each of them as a slow look at every dossier says. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Basis } from '../../src/indicators/basis.ts'
import { getIndicator } from '../../src/indicators/catalogue/index.ts'
import { computeFigure } from '../../src/indicators/figures.ts'
import { localDays } from '../../src/indicators/local-day.ts'
import { contributions } from '../../src/indicators/measures.ts'
import { endInstant, type Period, parsePeriod, startOfDay } from '../../src/indicators/periods.ts'
import { buildSeries, type CellMonth, emptySeries, makeAxis } from '../../src/indicators/series.ts'
import { addEntries, noCells } from '../../src/warehouse/cells.ts'
import { type DossierRecord, MEASURES } from '../../src/warehouse/tables.ts'
import { at, DAY, dossier, ZONE } from './world.ts'

const START = at('2024-01-01')
const TICK = at('2024-12-02T08:00')
const KEY = 'A@2020-01-01'
const days = localDays(ZONE)
const HOUR = DAY / 24

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
  const basis = { zone: ZONE, tickAt: TICK, tickDay: '2024-12-02', tickMonth: '2024-12' } as Basis
  const agency = {
    key: KEY,
    code: 'A',
    kind: 'department' as const,
    name: 'A',
    validFrom: '2020-01-01',
    validTo: null,
    successors: [],
  }
  return computeFigure(getIndicator(id), { basis, agency, axis, series, standings: () => [] }, period).numerator
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
