import { describe, expect, test } from 'vitest'
import { localDays } from '../../src/indicators/local-day.ts'
import { contributions, nextChange } from '../../src/indicators/measures.ts'
import type { DossierRecord } from '../../src/warehouse/tables.ts'
import { at, dossier, ZONE } from './world.ts'

const days = localDays(ZONE)
const TICK = at('2024-12-02T08:00')
const rec = { received_at: at('2024-11-04T08:00') }
/** due on 11 November, printed as a day: past due from the close of office */
const dueDay = { due_at: at('2024-11-11T17:00'), due_precision: 'day' }
const dueInstant = { due_at: at('2024-11-11T15:00'), due_precision: 'minute' }
const done = (ended: string, precision = 'second') => ({ status: 9, ended_at: at(ended), ended_precision: precision })
const PAID = ['paid_online', 'payable', 'taken']
const pause = (from: string | null, to: string | null) =>
  JSON.stringify([{ requestedAt: from && at(from), completedAt: to && at(to), previousDueAt: null, newDueAt: null }])

/** measure → [day, n]…, what is received and the steps to the due day left out: they have tests of their own */
function entries(fields: Partial<DossierRecord>, tick = TICK): Record<string, [string, number][]> {
  const found: Record<string, [string, number][]> = {}
  for (const { measure, day, n } of contributions(
    dossier({ resolving: 'A@2020-01-01', ...rec, ...fields }),
    days,
    tick,
  )) {
    if (/^(received|taken|fee_unknown|due_|open_over|disliked)|_766$/.test(measure)) continue
    found[measure] = [...(found[measure] ?? []), [day.slice(5), n]]
  }
  return found
}

describe('the outcome of what is finished', () => {
  test.each([
    ['a day before the due date', { ...dueInstant, ...done('2024-11-10T23:59') }, 'finished_early'],
    ['at the due instant', { ...dueInstant, ...done('2024-11-11T15:00') }, 'finished_on_time'],
    ['a second after it, both instants', { ...dueInstant, ...done('2024-11-11T15:00:01') }, 'finished_late'],
    ['later on the due day, due known by day', { ...dueDay, ...done('2024-11-11T18:30') }, 'finished_on_time'],
    ['on the due day, end known by day', { ...dueInstant, ...done('2024-11-11', 'day') }, 'finished_on_time'],
    ['the day after, both by day', { ...dueDay, ...done('2024-11-12', 'day') }, 'finished_late'],
    ['earlier on the due day, both instants', { ...dueInstant, ...done('2024-11-11T09:00') }, 'finished_on_time'],
    ['without due date', { due_at: null, ...done('2024-11-11') }, 'finished_no_due'],
    ['withdrawn, even late', { ...dueDay, ...done('2024-11-20'), status: 7 }, 'withdrawn'],
    ['stopped', { ...dueDay, ...done('2024-11-20'), status: 8 }, 'stopped'],
    ['returned', { ...dueDay, ...done('2024-11-05'), status: 10 }, 'finished_early'],
  ] as [string, Partial<DossierRecord>, string][])('%s: %s', (_, fields, measure) => {
    const ended = Object.keys(entries(fields)).filter((name) => /finished|withdrawn|stopped/.test(name))
    expect(ended).toEqual([measure])
  })
})

describe('what is outside', () => {
  test.each([
    ['not counted', { counted: 0 }],
    ['deleted', { deleted: 1 }],
    ['only submitted', { status: 1 }],
    ['never received', { received_at: null }],
  ] as [string, Partial<DossierRecord>][])('%s contributes nothing', (_, fields) => {
    expect(contributions(dossier({ resolving: 'A@2020-01-01', ...rec, ...fields }), days, TICK)).toEqual([])
  })

  test('refused is its own measure by its date, and not received', () => {
    const refused = contributions(
      dossier({ resolving: 'A@2020-01-01', status: 3, ended_at: at('2024-11-06T09:00') }),
      days,
      TICK,
    )
    expect(refused.map(({ measure, day }) => [measure, day])).toEqual([['refused', '2024-11-06']])
  })
})

describe('stocks', () => {
  test('open and not yet due at the tick is within; the tick crosses, then it is past due from the due day on', () => {
    const open = { ...dueDay }
    expect(entries(open, at('2024-11-11T16:59'))).toEqual({})
    expect(entries(open, at('2024-11-11T17:00'))).toEqual({ past_due: [['11-11', 1]] })
  })

  test('past due ends with the dossier, even if the tick is behind', () => {
    const late = { ...dueDay, ...done('2024-11-20T10:00') }
    expect(entries(late, at('2024-11-01'))).toEqual({
      finished_late: [['11-20', 1]],
      past_due: [
        ['11-11', 1],
        ['11-20', -1],
      ],
    })
  })

  test('no due date is neither within nor past due', () => {
    expect(entries({ due_at: null })).toEqual({ no_due: [['11-04', 1]] })
    expect(entries({ due_at: null, ...done('2024-11-08') })).toEqual({
      no_due: [
        ['11-04', 1],
        ['11-08', -1],
      ],
      finished_no_due: [['11-08', 1]],
    })
  })

  test('a pause takes the dossier out of past due and gives it back', () => {
    expect(entries({ ...dueDay, supplements: pause('2024-11-06T09:00', '2024-11-14T09:00') })).toEqual({
      paused: [
        ['11-06', 1],
        ['11-14', -1],
      ],
      past_due: [['11-14', 1]],
    })
  })

  test('waiting for payment without a date of request pauses from the status on', () => {
    expect(entries({ ...dueDay, status: 6, status_at: at('2024-11-07T10:00') })).toEqual({ paused: [['11-07', 1]] })
  })

  test('a request whose completion is not known ends when the present status began', () => {
    const resumed = {
      ...dueDay,
      status: 4,
      status_at: at('2024-11-12T10:00'),
      supplements: pause('2024-11-06T09:00', null),
    }
    expect(entries(resumed)).toEqual({
      paused: [
        ['11-06', 1],
        ['11-12', -1],
      ],
      past_due: [['11-12', 1]],
    })
  })

  test('an end on the day of reception, known by day, is not before the reception', () => {
    expect(entries({ ...dueDay, ...done('2024-11-04', 'day') })).toEqual({ finished_early: [['11-04', 1]] })
  })
})

describe('the last days before an open dossier is due', () => {
  // due on Thursday the 14th at the close of office
  const due = { due_at: at('2024-11-14T17:00'), due_precision: 'day' }
  const steps = { due_in_2_at: at('2024-11-12'), due_in_1_at: at('2024-11-13') }
  const open = dossier({ resolving: 'A@2020-01-01', ...rec, ...due, ...steps })
  /** step → level at the tick */
  const levels = (record: DossierRecord, tick: string) => {
    const found: Record<string, number> = {}
    for (const { measure, n } of contributions(record, days, at(tick)))
      if (measure.startsWith('due_')) found[measure] = (found[measure] ?? 0) + n
    return Object.fromEntries(Object.entries(found).filter(([, n]) => n !== 0))
  }

  test.each([
    ['2024-11-11T23:59', {}, steps.due_in_2_at],
    ['2024-11-12T00:00', { due_in_2: 1 }, steps.due_in_1_at],
    ['2024-11-13T12:00', { due_in_1: 1 }, at('2024-11-14')],
    ['2024-11-14T16:59', { due_today: 1 }, due.due_at],
    // eleven days after its reception it is more than ten days old
    ['2024-11-14T17:00', {}, at('2024-11-15')],
  ])('at %s: %o', (tick, expected, next) => {
    expect(levels(open, tick)).toEqual(expected)
    expect(nextChange(open, days, at(tick))).toBe(next)
  })

  test('what was received within them enters where it is; what waits or has ended has none', () => {
    expect(levels({ ...open, received_at: at('2024-11-13T09:00') }, '2024-11-13T10:00')).toEqual({ due_in_1: 1 })
    const supplements = pause('2024-11-12T10:00', null)
    expect(levels({ ...open, status: 5, supplements }, '2024-11-13T10:00')).toEqual({})
    const ended = { ...open, ...done('2024-11-13T09:00') }
    expect([levels(ended, '2024-11-13T10:00'), nextChange(ended, days, at('2024-11-12'))]).toEqual([{}, null])
  })
})

describe('what is known from the reception on', () => {
  const A = 'A@2020-01-01'
  const FREE = { fee: 0 }
  const PAPERS = ['digitised', 'reused', 'taken', 'vneid']
  const DIGITISED_WITH_RESULT = ['digitised', 'digitised_with_result', 'taken', 'with_result']
  const ONLINE_WITH_RESULT = ['online_with_result', 'received_online', 'taken', 'with_result']
  /** measure → agency, of the measures of a dossier received on the 4th */
  const flows = (fields: Partial<DossierRecord>) =>
    Object.fromEntries(
      contributions(dossier({ resolving: A, ...rec, due_at: null, channel: 'counter', ...fields }), days, TICK)
        .filter(({ measure }) => !/^(received$|no_due|open_over)/.test(measure))
        .map(({ measure, agency, day, n }) => {
          expect([day, n]).toEqual(['2024-11-04', 1])
          return [measure, agency]
        }),
    )

  test.each([
    ['nothing said', {}, ['fee_unknown', 'taken']],
    ['online', { channel: 'online' }, ['fee_unknown', 'received_online', 'taken']],
    ['a fee, not paid online', { fee: 50_000, paid_online: 'other' }, ['payable', 'taken']],
    ['a fee, paid through the national gateway', { fee: 50_000, paid_online: 'national' }, PAID],
    ['paid online, the fee not said', { paid_online: 'gateway' }, PAID],
    ['no fee', { fee: 0, paid_online: 'none' }, ['taken']],
    ['what is said of its papers', { ...FREE, digitised: 1, reused: 1, vneid: 1 }, PAPERS],
    ['said to be not so', { ...FREE, digitised: 0, reused: 0, vneid: 0, electronic_result: 0 }, ['taken']],
    ['an electronic result', { ...FREE, electronic_result: 1 }, ['taken', 'with_result']],
    ['one of digitised papers', { ...FREE, electronic_result: 1, digitised: 1 }, DIGITISED_WITH_RESULT],
    ['one filed online', { ...FREE, electronic_result: 1, channel: 'online' }, ONLINE_WITH_RESULT],
    ['officially put off', { ...FREE, reappointments: '[{"from":1,"to":2}]' }, ['reappointed', 'taken']],
  ] as [string, Partial<DossierRecord>, string[]][])('%s: %o', (_, fields, measures) => {
    expect(Object.keys(flows(fields)).sort()).toEqual(measures)
  })

  test('by the agency that received it and by the one that assisted; who receives for itself does not say so', () => {
    expect(flows({ ...FREE, receiving: 'B@2020-01-01', assisting: 'C@2020-01-01' })).toEqual({
      taken: 'B@2020-01-01',
      assisted: 'C@2020-01-01',
    })
    expect(flows(FREE)).toEqual({ taken: A })
  })
})

describe('what QĐ 766 takes away', () => {
  const scored = (fields: Partial<DossierRecord>, tick = TICK) => {
    const row = dossier({ resolving: 'A@2020-01-01', ...rec, ...dueInstant, ...fields })
    const found = contributions(row, days, tick).filter(({ measure }) => /_766$|disliked/.test(measure))
    return found.map(({ measure, day, n }) => `${measure} ${day.slice(5)} ${n}`)
  }

  test('late while it is open, and late at its end', () => {
    expect(scored({}, at('2024-11-11T15:00'))).toEqual([])
    expect(scored({}, at('2024-11-11T15:00') + 1)).toEqual(['late_766 11-11 1'])
    expect(scored(done('2024-11-13T09:00'))).toEqual([
      'late_766 11-11 1',
      'late_766 11-13 -1',
      'ended_late_766 11-13 1',
    ])
    expect(scored(done('2024-11-11T15:00'))).toEqual([])
  })

  test('a petition or a bad rating, from the reception on, once for both', () => {
    const ended = done('2024-11-08T09:00')
    const whole = ['disliked 11-04 1', 'disliked 11-08 -1', 'ended_disliked 11-08 1']
    const rated = (rating: number) => ({ rating, rated_at: at('2024-11-20') })
    expect(scored({ complained: 1 }, at('2024-11-05'))).toEqual(['disliked 11-04 1'])
    expect(scored({ ...ended, complained: 1 })).toEqual(whole)
    expect(scored({ ...ended, ...rated(2) })).toEqual(whole)
    expect(scored({ ...ended, ...rated(1), complained: 1 })).toEqual(whole)
    expect(scored({ ...ended, ...rated(3) })).toEqual([])
  })
})

test('a result returned electronically counts with what is finished, not with what is stopped', () => {
  const ended = { due_at: null, electronic_result: 1, ...done('2024-11-08') }
  expect(entries(ended).returned_electronically).toEqual([['11-08', 1]])
  expect(entries({ ...ended, status: 8 }).returned_electronically).toBeUndefined()
  expect(entries({ ...ended, electronic_result: 0 }).returned_electronically).toBeUndefined()
})

test.each([
  [5, { rated: 1, rating_sum: 5, satisfied: 1 }],
  [4, { rated: 1, rating_sum: 4, satisfied: 1 }],
  [3, { rated: 1, rating_sum: 3 }],
  [2, { rated: 1, rating_sum: 2, dissatisfied: 1 }],
])('rated %i on its day, refused or not', (rating, expected) => {
  for (const fields of [{}, { status: 3, ended_at: at('2024-11-06T09:00') }, { due_at: null, ...done('2024-11-08') }]) {
    const found = entries({ ...fields, rating, rated_at: at('2024-11-20T20:00') })
    const rated = Object.entries(found).filter(([measure]) => /rat|satisfied/.test(measure))
    expect(Object.fromEntries(rated.map(([measure, list]) => [measure, list[0]?.[1]]))).toEqual(expected)
    for (const [, list] of rated) expect(list.map(([day]) => day)).toEqual(['11-20'])
  }
})

describe('how long open dossiers have been with the office', () => {
  const open = dossier({ resolving: 'A@2020-01-01', received_at: at('2024-11-04T15:00'), due_at: null })
  const ages = (record: DossierRecord, tick: string) =>
    contributions(record, days, at(tick)).flatMap(({ measure, day, n }) =>
      measure.startsWith('open_over') ? [[measure, day, n]] : [],
    )

  test.each([
    ['2024-11-14T23:59', [], '2024-11-15'],
    ['2024-11-15T00:00', [['open_over_10', '2024-11-15', 1]], '2024-12-05'],
    ['2024-12-05T00:00', ['open_over_10', 'open_over_30'], '2025-02-03'],
    ['2025-02-03T00:00', ['open_over_10', 'open_over_30', 'open_over_90'], null],
  ])('at %s: %o', (tick, expected, next) => {
    const found = ages(open, tick)
    expect(found.length < 2 ? found : found.map(([measure]) => measure)).toEqual(expected)
    expect(nextChange(open, days, at(tick))).toBe(next === null ? null : at(next))
  })

  test('waiting counts too, what has ended does not', () => {
    const waiting = { ...open, status: 5, status_at: at('2024-11-06T09:00') }
    expect(ages(waiting, '2024-11-16T08:00')).toHaveLength(1)
    expect(ages({ ...open, ...done('2024-11-20T10:00') }, '2024-12-30T08:00')).toEqual([])
  })

  test('the due day and the age take turns', () => {
    const due = { ...open, due_at: at('2024-11-18T17:00') }
    const turns = ['2024-11-04T16:00', '2024-11-15', '2024-11-18', '2024-11-18T17:00', '2024-11-18T17:01']
    // by QĐ 766 what ends at the due instant is still on time
    const late = at('2024-11-18T17:00') + 1
    const looks = [at('2024-11-15'), at('2024-11-18'), at('2024-11-18T17:00'), late, at('2024-12-05')]
    expect(turns.map((tick) => nextChange(due, days, at(tick)))).toEqual(looks)
  })
})
