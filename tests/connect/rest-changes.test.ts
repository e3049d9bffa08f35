/** What has changed, windows without a seam, what has not ended, and lists per parent: on real servers. */
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { ReadContext } from '../../src/connect/connector.ts'
import {
  epochSeconds,
  isoDay,
  isoTime,
  type Paging,
  type RestDeclaration,
  rest,
  type Since,
  utcTime,
  vietnameseDay,
  type Windows,
} from '../../src/connect/index.ts'
import { type Asked, contextOf, drain, STREAM } from '../support/loopback.ts'
import { type Config, closeServers, declared, idsOf, paging, rows, server } from './rest-server.ts'

afterEach(closeServers)

const ZONE = 'Asia/Ho_Chi_Minh'
const none: Paging = { kind: 'none' }
const at = (text: string) => Temporal.PlainDateTime.from(text).toZonedDateTime(ZONE).epochMilliseconds

test.each([
  [isoTime, '2024-12-02T08:00:00'],
  [utcTime, '2024-12-02T01:00:00Z'],
  [isoDay, '2024-12-02'],
  [vietnameseDay, '02/12/2024'],
  [epochSeconds, '1733101200'],
])('a time as servers want it: %#', (write, text) =>
  expect(write(Date.UTC(2024, 11, 2, 1, 0, 0, 900), ZONE)).toBe(text),
)

describe('a cursor that is a field', () => {
  const since: Since<Config> = { parameter: 'since', zone: ZONE, write: isoTime, first: () => undefined }
  const cursor = { from: 'field', field: 'changed', zone: ZONE, granularity: 'second', lookback: 'PT0S' } as const
  const stream: typeof STREAM = { ...STREAM, order: { field: 'changed', zone: ZONE }, cursor }
  const read = rest(declared({ since }))
  type Row = { id: string; changed: string | null }
  /** `>`: leaves out the value itself; rows without a value come only when nothing is asked for. */
  const changing = (list: () => Row[], compare: '>' | '>=' = '>') =>
    server(({ query }) => {
      const from = query.get('since')
      const found = list().filter(({ changed }) => {
        if (from === null) return true
        return changed !== null && (compare === '>' ? changed > from : changed >= from)
      })
      const [page, size] = [Number(query.get('page')), Number(query.get('size'))]
      return { total: found.length, data: found.slice((page - 1) * size, page * size) }
    })
  const upTo = (given: Awaited<ReturnType<typeof drain>>) =>
    given.completeness && 'upTo' in given.completeness ? given.completeness.upTo : undefined

  test.each(['>', '>='] as const)(
    'HAZARD 1: a row that shares the last value comes with the next read (server %s)',
    async (compare) => {
      const list: Row[] = ['a', 'b'].map((id) => ({ id, changed: '2024-12-01T10:00:00' }))
      const { url } = await changing(() => list, compare)
      const first = await drain(read, contextOf({ url }, { stream }))
      expect(upTo(first)).toBe('2024-12-01T03:00:00.000Z')
      list.push({ id: 'c', changed: '2024-12-01T10:00:00' })
      const { records, completeness } = await drain(
        read,
        contextOf({ url }, { stream, watermark: upTo(first) ?? null }),
      )
      expect(records.map(({ id }) => id)).toContain('c')
      expect(completeness).toMatchObject({ enumerated: 'changes' })
    },
  )

  test('HAZARD 2: a row committed late arrives inside the lookback', async () => {
    const late = { ...stream, cursor: { ...cursor, lookback: 'PT2H' } }
    const { url, asked } = await changing(() => [{ id: 'late', changed: '2024-12-01T08:30:00' }])
    const { records } = await drain(read, contextOf({ url }, { stream: late, watermark: '2024-12-01T03:00:00.000Z' }))
    expect(asked[0]?.query.get('since')).toBe('2024-12-01T08:00:00')
    expect(records).toHaveLength(1)
  })

  test('HAZARD 6: a record of 2099 comes and does not drag the watermark along', async () => {
    const list: Row[] = [
      { id: 'a', changed: '2024-12-01T10:00:00' },
      { id: 'b', changed: '2099-01-01T00:00:00' },
    ]
    const { url } = await changing(() => list)
    const first = await drain(read, contextOf({ url }, { stream }))
    expect(first.records).toHaveLength(2)
    expect(upTo(first)).toBe('2024-12-01T03:00:00.000Z')
  })

  test('HAZARD 7: NULL values land, move nothing, and a page of nothing but NULLs does not end the read', async () => {
    const list: Row[] = [
      ...rows(9).map(({ id }) => ({ id, changed: null })),
      { id: 'z', changed: '2024-12-01T10:00:00' },
    ]
    const { url } = await changing(() => list)
    const first = await drain(read, contextOf({ url }, { stream }))
    expect(first.records).toHaveLength(10)
    expect(upTo(first)).toBe('2024-12-01T03:00:00.000Z')
    const nulls = await changing(() => list.slice(0, 9))
    const next = await drain(
      read,
      contextOf({ url: nulls.url }, { stream, watermark: '2024-11-01T00:00:00.000Z', full: true }),
    )
    expect(next.records).toHaveLength(9)
    expect(upTo(next)).toBeNull()
  })

  test('HAZARD 8: the same instant with +07:00, as Z and as local time is one watermark', async () => {
    for (const changed of [
      '2024-12-01T10:00:00',
      '2024-12-01T03:00:00Z',
      '2024-12-01T10:00:00+07:00',
      '20241201100000',
      '01/12/2024 10:00:00',
    ]) {
      const { url } = await changing(() => [{ id: 'a', changed }])
      expect(upTo(await drain(read, contextOf({ url }, { stream })))).toBe('2024-12-01T03:00:00.000Z')
    }
  })

  test('HAZARD 4: a read that is killed and resumed ends at the greatest value of both parts', async () => {
    const list: Row[] = rows(8).map(({ id }, i) => ({ id, changed: `2024-12-01T1${9 - i}:00:00`.replace('1-', '0') }))
    const { url } = await changing(() => list)
    const first = await drain(read, contextOf({ url }, { stream }), 1)
    expect(upTo(first)).toBeUndefined()
    const rest = await drain(read, contextOf({ url }, { stream, resume: first.resume }))
    expect(upTo(rest)).toBe('2024-12-01T12:00:00.000Z')
  })

  test('a day of --since, and a first value of the connector', async () => {
    const { url, asked } = await changing(() => [])
    await drain(read, contextOf({ url }, { stream, watermark: '2024-12-01' }))
    await drain(rest(declared({ since: { ...since, first: () => '2020' } })), contextOf({ url }, { stream }))
    expect(asked.map(({ query }) => query.get('since'))).toEqual(['2024-11-30T23:59:59', '2020'])
  })

  test("since in a stream without a cursor is the connector's fault", async () => {
    const { url } = await changing(() => [])
    await expect(drain(read, contextOf({ url }))).rejects.toMatchObject({ code: 'CONNECTOR_INVALID' })
  })
})

describe('windows', () => {
  const windows: Windows<Config> = {
    from: { parameter: 'from', included: true },
    until: { parameter: 'until', included: false },
    unit: 'second',
    days: 10,
    zone: ZONE,
    write: isoTime,
    start: () => '2024-11-01',
    lookback: 3,
  }
  const stream: typeof STREAM = { ...STREAM, sees: 'new-only' }
  type Row = { id: string; received: string }
  const seam: Row[] = [
    { id: 'before', received: '2024-11-10T23:59:59.000' },
    { id: 'last', received: '2024-11-10T23:59:59.412' },
    { id: 'first', received: '2024-11-11T00:00:00.000' },
    { id: 'today', received: '2024-12-02T07:00:00.000' },
  ]
  /** A server as declared: which ends it includes, and whether it compares days or moments. */
  const receiving = (list: () => Row[], { from, until, unit }: Windows<Config>) =>
    server(({ query }) => {
      const [low = '', high = ''] = [query.get('from') ?? '', query.get('until') ?? '']
      const cut = (text: string) => (unit === 'day' ? text.slice(0, 10) : text)
      const pad = (text: string) => (unit === 'day' ? text : `${text}.000`)
      const data = list().filter(({ received }) => {
        const value = cut(received)
        return (
          (from.included ? value >= pad(low) : value > pad(low)) &&
          (until.included ? value <= pad(high) : value < pad(high))
        )
      })
      return { data }
    })
  const reading = (declaredWindows: Windows<Config>, change: Partial<RestDeclaration<Config>> = {}) =>
    rest(declared({ windows: declaredWindows, paging: none, ...change }))

  const servers = (['day', 'second'] as const).flatMap((unit) =>
    [true, false].flatMap((from) => [true, false].map((until) => [unit, from, until] as const)),
  )
  test.each(servers)(
    'HAZARD 5: no moment lies between two, server by %s, first included %s, last included %s',
    async (unit, from, until) => {
      const own: Windows<Config> = {
        ...windows,
        unit,
        from: { parameter: 'from', included: from },
        until: { parameter: 'until', included: until },
        write: unit === 'day' ? isoDay : isoTime,
      }
      const { url } = await receiving(() => seam, own)
      const { records, completeness } = await drain(reading(own), contextOf({ url }, { stream }))
      expect(idsOf(records)).toEqual(['before', 'first', 'last', 'today'])
      expect(completeness).toEqual({ enumerated: 'window', by: 'snapshot', upTo: '2024-12-02' })
    },
  )

  const days = (asked: readonly Asked[]) =>
    asked.map(({ query }) => `${query.get('from')?.slice(5, 10)}/${query.get('until')?.slice(5, 10)}`)

  test('the next read goes back by the lookback', async () => {
    const { url, asked } = await receiving(() => [], windows)
    await drain(reading(windows), contextOf({ url }, { stream, watermark: '2024-12-01' }))
    expect(days(asked)).toEqual(['11-28/12-03'])
  })

  test('killed in the middle of a window it goes on there', async () => {
    const list = rows(9).map(({ id }) => ({ id, received: '2024-11-15T00:00:00.000' }))
    const { url, asked } = await server(({ query }) => {
      const inside = query.get('from')?.startsWith('2024-11-11') ? list : []
      const [page, size] = [Number(query.get('page')), Number(query.get('size'))]
      return { total: inside.length, data: inside.slice((page - 1) * size, page * size) }
    })
    const read = reading(windows, { paging })
    const first = await drain(read, contextOf({ url }, { stream }), 2)
    expect(first.resume).toMatchObject({ from: '2024-11-11', inner: { page: 2 } })
    expect(JSON.stringify(first.resume).length).toBeLessThan(1_000)
    asked.length = 0
    const { records, completeness } = await drain(read, contextOf({ url }, { stream, resume: first.resume }))
    expect(days(asked)[0]).toBe('11-11/11-21')
    expect(idsOf([...first.records, ...records])).toHaveLength(9)
    expect(records).toHaveLength(1)
    expect(completeness).toMatchObject({ enumerated: 'window', by: 'number' })
  })

  test('an incomplete window is an incomplete read, and says which', async () => {
    const { url } = await server(() => ({ total: 99, data: [] }))
    const { completeness } = await drain(reading(windows, { paging }), contextOf({ url }, { stream }))
    expect(completeness).toMatchObject({ enumerated: 'incomplete', why: expect.stringContaining('window 2024-11-01') })
  })

  const waiting = (...dossiers: [id: string, received: string][]): ReadContext<Config>['unfinished'] =>
    async function* unfinished() {
      for (const [id, received] of dossiers) yield { key: [id], received: at(received) }
    }

  test('HAZARD 26: windows that hold something unfinished are read again, and only those', async () => {
    const { url, asked } = await receiving(() => [], windows)
    const unfinished = waiting(
      ['a', '2024-11-02T10:00'],
      ['b', '2024-11-05T00:00'],
      ['c', '2024-11-20T00:00'],
      ['d', '2024-12-01T00:00'],
    )
    const read = reading(windows, { unfinished: { by: 'window' } })
    await drain(read, contextOf({ url }, { stream, watermark: '2024-12-01', unfinished }))
    expect(days(asked)).toEqual(['11-02/11-12', '11-20/11-28', '11-28/12-03'])
  })

  test('HAZARD 26: the window of what quarantine waits for too, which comes behind all dossiers', async () => {
    const { url, asked } = await receiving(() => [], windows)
    const unfinished = waiting(['c', '2024-11-20T00:00'], ['d', '2024-12-01T00:00'], ['aside', '2024-11-02T00:00'])
    const read = reading(windows, { unfinished: { by: 'window' } })
    await drain(read, contextOf({ url }, { stream, watermark: '2024-12-01', unfinished }))
    expect(days(asked)).toEqual(['11-02/11-12', '11-20/11-28', '11-28/12-03'])
  })

  test('HAZARD 26: or each is asked for by its id; one that is gone is said', async () => {
    const { url, asked } = await server(({ path }, response) => {
      if (path === '/list') return { data: [] }
      response.statusCode = path.endsWith('gone') ? 404 : 200
      return { one: { id: path.slice(5), status: 9 } }
    })
    const unfinished = waiting(['a', '2024-11-02T10:00'], ['gone', '2024-11-05T00:00'], ['inside', '2024-12-01T00:00'])
    const byId = {
      by: 'id',
      request: (_: Config, [id]: readonly string[]) => ({ path: `/one/${id}` }),
      records: 'one',
      together: 2,
    } as const
    const { records, remarks, completeness } = await drain(
      reading(windows, { unfinished: byId }),
      contextOf({ url }, { stream, watermark: '2024-12-01', unfinished }),
    )
    expect(
      asked
        .map(({ path }) => path)
        .slice(1)
        .sort(),
    ).toEqual(['/one/a', '/one/gone'])
    expect(records).toEqual([{ id: 'a', status: 9 }])
    expect(remarks).toEqual(['1 dossiers that had not ended are not found at the source any more'])
    expect(completeness).toMatchObject({ enumerated: 'window' })
  })

  test('with since, or what has not ended by window without windows: refused when the connector loads', () => {
    const since = { parameter: 's', zone: ZONE, write: isoTime, first: () => undefined }
    expect(() => reading(windows, { since })).toThrow(/do not go together/)
    expect(() => rest(declared({ unfinished: { by: 'window' } }))).toThrow(/needs windows/)
  })
})

test.each([
  ['date', 'Mon, 02 Dec 2024 01:00:45 GMT'],
  ['x-sample-time', '2024-12-02T01:00:00Z'],
])('HAZARD 2: what changed while a slow answer was made comes with the next read: %s', async (header, time) => {
  const { url } = await server((_, response) => {
    // the list was taken 45 seconds before the header was written; sample time is that of the list
    clock.mockReturnValue(46_000)
    response.setHeader(header, time)
    return { data: [] }
  })
  const clock = vi.spyOn(performance, 'now').mockReturnValue(1000)
  const { completeness } = await drain(rest(declared({ paging: none })), contextOf({ url }))
  clock.mockRestore()
  expect(completeness).toMatchObject({ upTo: '2024-12-02T01:00:00.000Z' })
})

describe('lists per parent', () => {
  const parents = { request: { path: '/agencies' }, records: 'data', id: 'code', paging: none, as: 'agency' }
  const read = rest(
    declared({
      parents,
      request: (_, parent) => ({ path: '/list', query: { agency: parent } }),
    }),
  )
  const agencies = (codes: readonly (string | number | null)[], per: (code: string) => number) =>
    server(({ path, query }) => {
      if (path === '/agencies') return { data: codes.map((code) => ({ code })) }
      const agency = query.get('agency') ?? ''
      const list = rows(per(agency)).map(({ id }) => ({ id: `${agency}-${id}` }))
      const [page, size] = [Number(query.get('page')), Number(query.get('size'))]
      return { total: list.length, data: list.slice((page - 1) * size, page * size) }
    })

  test('each parent is asked once, and its id stands in each record', async () => {
    const { url } = await agencies(['b', 'a', 7, 'b'], (code) => (code === 'a' ? 0 : 5))
    const { records, completeness } = await drain(read, contextOf({ url }))
    expect(records).toHaveLength(10)
    expect(records[0]).toEqual({ id: '7-r001', agency: '7' })
    // its lists are paged by number, which proves no deletion
    expect(completeness).toMatchObject({ enumerated: 'everything', by: 'number' })
    const whole = rest(declared({ parents, paging: none, request: () => ({ path: '/list' }) }))
    expect((await drain(whole, contextOf({ url }))).completeness).toMatchObject({ by: 'token' })
    const pagedParents = rest(declared({ parents: { ...parents, paging }, paging: none }))
    const counted = await server(() => ({ total: 1, data: [{ code: 'a', id: 'x' }] }))
    const end = (await drain(pagedParents, contextOf({ url: counted.url }))).completeness
    expect(end).toMatchObject({ enumerated: 'everything', by: 'number' })
  })

  test('killed half-way it goes on in the list where it was', async () => {
    const { url, asked } = await agencies(['a', 'b', 'c'], () => 6)
    const first = await drain(read, contextOf({ url }), 3)
    expect(first.resume).toMatchObject({ parent: 'b', inner: { page: 1 } })
    asked.length = 0
    const { records } = await drain(read, contextOf({ url }, { resume: first.resume }))
    expect(asked.some(({ query }) => query.get('agency') === 'a')).toBe(false)
    expect(idsOf([...first.records, ...records])).toHaveLength(18)
    expect(records).toHaveLength(8)
  })

  test('an incomplete list, or a parent without an id, is no success', async () => {
    const { url } = await agencies(['a'], () => 6)
    const short = rest(
      declared({
        parents,
        paging: { ...paging, maxPages: 1 },
        request: (_, parent) => ({ path: '/list', query: { agency: parent } }),
      }),
    )
    expect((await drain(short, contextOf({ url }))).completeness).toMatchObject({ enumerated: 'incomplete' })
    const odd = await agencies([null], () => 1)
    await expect(drain(read, contextOf({ url: odd.url }))).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE' })
  })
})
