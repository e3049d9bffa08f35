/** Cells told from rows in memory, written a second time on purpose: what figures asked for would be over these dossiers alone. */
import fc from 'fast-check'
import type { CellReader, CellSource } from '../../src/indicators/cell-source.ts'
import { localDays } from '../../src/indicators/local-day.ts'
import { type Contribution, contributions } from '../../src/indicators/measures.ts'
import { NO_COUNTS } from '../../src/indicators/qd766/national.ts'
import { buildSeries, type CellMonth, EVERYTHING, type Series, WINDOW_AXIS } from '../../src/indicators/series.ts'
import type { RestsOf } from '../../src/indicators/sources-of.ts'
import { addEntries, noCells, PROCESSED } from '../../src/warehouse/cells.ts'
import { type DossierRecord, MEASURES } from '../../src/warehouse/tables.ts'
import { DAY, dossier, ZONE } from './world.ts'

const days = localDays(ZONE)
const HOUR = DAY / 24

/** Everything was read. */
export const RESTS: RestsOf = () => ({
  names: [],
  sources: [],
  json: '[]',
  states: '',
  fed: true,
  whole: true,
  held: false,
  freshUntil: null,
})

export function cellsOf(rows: readonly DossierRecord[], tickAt: number): CellSource {
  const all = rows.flatMap((row) => contributions(row, days, tickAt))
  return (agencies, province): CellReader => {
    const wanted = new Set(agencies)
    const own = all.filter(({ agency }) => wanted.has(agency))
    const both = [...own, ...(province ? all.map((entry) => ({ ...entry, agency: EVERYTHING })) : [])]
    return {
      async months() {
        return cellRows(both)
      },
      async window(firstDay, lastDay) {
        const dated = both.filter(({ day }) => day <= lastDay)
        // What came before counts in stocks; processing times only where they lie.
        const { cells, times } = cellRows(
          dated
            .filter(({ day, measure }) => measure !== PROCESSED || day >= firstDay)
            .map((entry) => ({ ...entry, day: entry.day < firstDay ? 'before' : 'inside' })),
        )
        return new Map([...buildSeries(cells, WINDOW_AXIS, undefined, times)].map(([key, one]) => [key, inside(one)]))
      },
      async *entries(_, lastDay) {
        yield (province ? all : own).filter(({ day }) => day <= lastDay)
      },
      national: async () => NO_COUNTS,
    }
  }
}

/** `day`: a day, or the slot of a window. */
function cellRows(entries: readonly Contribution[]) {
  const totals = noCells()
  addEntries(totals, entries, 1)
  const cells = [...totals.months.values()].map(
    ({ key: [agency = '', procedure = '', channel = '', month = ''], sums }) => ({
      agency,
      procedure,
      channel,
      month,
      ...Object.fromEntries(MEASURES.map((name, i) => [name, sums[i] ?? 0])),
    }),
  ) as CellMonth[]
  const times = [...totals.times.values()].map(({ key: [agency = '', month = '', bucket], sums: [n = 0] }) => ({
    agency,
    month,
    bucket: Number(bucket),
    n,
  }))
  return { cells, times }
}

function inside({ all, procedures, hours }: Series): Series {
  const cut = (sums: Float64Array) => sums.subarray(1)
  const each = <T extends Record<string, Float64Array>>(running: T) =>
    Object.fromEntries(Object.entries(running).map(([name, sums]) => [name, cut(sums)])) as T
  return {
    all: each(all),
    procedures: new Map([...procedures].map(([code, own]) => [code, each(own)])),
    hours: new Map([...hours].map(([bucket, sums]) => [bucket, cut(sums)])),
  }
}

/** Dossiers of every kind, received in the two years before the tick; whole hours, so that instants meet now and then. */
export const anyDossiers = (agencies: readonly string[], tickAt: number, maxLength = 40) =>
  fc.array(
    fc
      .record({
        agency: fc.constantFrom(...agencies),
        other: fc.option(fc.constantFrom(...agencies)),
        procedure: fc.integer({ min: 1, max: 14 }),
        channel: fc.constantFrom('online', 'counter', 'post'),
        received: fc.integer({ min: 1, max: 700 * 24 }),
        limit: fc.option(fc.integer({ min: 0, max: 30 * 24 })),
        took: fc.integer({ min: 0, max: 60 * 24 }),
        status: fc.constantFrom(2, 4, 5, 6, 7, 8, 9, 10, 9, 9, 3, 1),
        pause: fc.option(fc.tuple(fc.integer({ min: -10, max: 400 }), fc.option(fc.integer({ min: 0, max: 900 })))),
        flags: fc.integer({ min: 0, max: 255 }),
        rated: fc.option(fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 0, max: 90 * 24 }))),
      })
      .map(({ agency, other, procedure, channel, received, limit, took, status, pause, flags, rated }) => {
        const receivedAt = tickAt - received * HOUR
        const before = (at: number) => Math.min(at, tickAt - 1)
        const ended = [3, 7, 8, 9, 10].includes(status) ? before(receivedAt + took * HOUR) : null
        const dueAt = limit === null ? null : receivedAt + limit * HOUR
        const dueDay = dueAt === null ? null : days.startOf(days.dayOf(dueAt))
        const flag = (bit: number) => (flags >> bit) & 1
        return dossier({
          resolving: agency,
          receiving: flag(6) ? other : null,
          assisting: flag(7) ? other : null,
          procedure: `1.${String(procedure).padStart(6, '0')}`,
          channel,
          received_at: receivedAt,
          due_at: dueAt,
          due_in_1_at: dueDay === null ? null : dueDay - DAY,
          due_in_2_at: dueDay === null ? null : dueDay - 2 * DAY,
          status,
          ended_at: ended,
          processing_hours: ended !== null && status >= 9 ? took : null,
          status_at: before(receivedAt + 50 * HOUR),
          fee: flag(0) ? 10_000 : 0,
          paid_online: flag(0) && flag(1) ? 'national' : 'none',
          digitised: flag(2),
          reused: flag(3),
          vneid: flag(4),
          electronic_result: flag(5),
          rating: rated === null ? null : rated[0],
          rated_at: rated === null ? null : before(receivedAt + rated[1] * HOUR),
          supplements: pause
            ? JSON.stringify([
                {
                  requestedAt: receivedAt + pause[0] * HOUR,
                  completedAt: pause[1] === null ? null : before(receivedAt + (pause[0] + pause[1]) * HOUR),
                  previousDueAt: null,
                  newDueAt: null,
                },
              ])
            : null,
        })
      }),
    { maxLength },
  )

const two = (n: number) => String(n).padStart(2, '0')
/** A period of every kind of the years 2024 and 2025. */
export const anyPeriod = fc
  .tuple(
    fc.constantFrom(
      'month',
      'quarter',
      'half',
      'year',
      'ytd',
      'day',
      'week',
      'rolling',
      'reporting',
      'reporting-quarter',
    ),
    fc.constantFrom(2024, 2025),
    fc.integer({ min: 1, max: 12 }),
    fc.integer({ min: 1, max: 28 }),
  )
  .map(([kind, year, month, day]) => {
    const texts: Record<string, string> = {
      month: `${year}-${two(month)}`,
      quarter: `${year}-Q${Math.ceil(month / 3)}`,
      half: `${year}-H${Math.ceil(month / 6)}`,
      year: `${year}`,
      ytd: `${year}-YTD-${two(month)}`,
      day: `${year}-${two(month)}-${two(day)}`,
      week: `${year}-W${two(month * 4 + (day % 4))}`,
      rolling: `R${day % 2 === 0 ? 7 : 30}@${year}-${two(month)}-${two(day)}`,
      reporting: `RP-${year}-${two(month)}`,
      'reporting-quarter': `RP-${year}-Q${Math.ceil(month / 3)}`,
    }
    return texts[kind] ?? ''
  })
