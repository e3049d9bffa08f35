import { afterEach, describe, expect, test } from 'vitest'
import { compactTime, rest, type Since } from '../../src/connect/index.ts'
import { readByNumber } from '../../src/connect/rest-pages.ts'
import { contextOf, drain, quickHttp, STREAM } from '../support/loopback.ts'
import {
  type Config,
  closeServers,
  declared,
  idsOf,
  movingSet,
  paged,
  paging,
  randomFrom,
  readPages,
  rows,
  server,
} from './rest-server.ts'

afterEach(closeServers)

describe('pages by number', () => {
  test.each([0, 1, 3, 4, 5, 8, 9])('%i rows come once each and are complete', async (count) => {
    const { url } = await paged(() => rows(count))
    const { records, completeness } = await drain(readPages(), contextOf({ url }))
    expect(records).toEqual(rows(count))
    expect(completeness).toMatchObject({ enumerated: 'everything', by: 'number', total: count })
  })

  test('a server with a smaller limit of its own is read to the end', async () => {
    const { url } = await server(({ query }) => {
      const [page, size] = [Number(query.get('page')), Math.min(3, Number(query.get('size')))]
      return { total: 10, data: rows(10).slice((page - 1) * size, page * size) }
    })
    const { records, completeness } = await drain(readPages(), contextOf({ url }))
    expect(records).toEqual(rows(10))
    expect(completeness).toMatchObject({ enumerated: 'everything' })
  })

  test('a total that does not match is incomplete', async () => {
    const { url } = await server(({ query }) => ({ total: 9, data: query.get('page') === '1' ? rows(3) : [] }))
    const { records, completeness } = await drain(readPages(), contextOf({ url }))
    expect(idsOf(records)).toHaveLength(3)
    expect(completeness).toEqual({ enumerated: 'incomplete', why: '3 rows came of 9 that the source counts' })
    const more = await server(({ query }) => ({ total: 2, data: query.get('page') === '1' ? rows(3) : [] }))
    const result = await drain(readPages(), contextOf({ url: more.url }))
    expect(result.completeness).toMatchObject({ enumerated: 'incomplete' })
  })

  test('the same page again is a loop, and so is A, B, A, B', async () => {
    const always = await server(() => ({ total: 100, data: rows(4) }))
    await expect(drain(readPages(), contextOf({ url: always.url }))).rejects.toMatchObject({ code: 'PAGINATION_LOOP' })
    const turns = await server(({ query }) => {
      const odd = Number(query.get('page')) % 2 === 1
      return { total: 100, data: query.get('size') === '1' ? rows(1) : odd ? rows(4) : rows(8).slice(4) }
    })
    await expect(drain(readPages({ seams: 'trust' }), contextOf({ url: turns.url }))).rejects.toMatchObject({
      code: 'PAGINATION_LOOP',
    })
  })

  test('a server that gives the last page for all behind it is complete', async () => {
    const { url } = await server(({ query }) => {
      const [page, size] = [Number(query.get('page')), Number(query.get('size'))]
      const last = Math.ceil(8 / size)
      const shown = Math.min(page, last)
      return { total: 8, data: rows(8).slice((shown - 1) * size, shown * size) }
    })
    const { completeness, records } = await drain(readPages(), contextOf({ url }))
    expect(idsOf(records)).toHaveLength(8)
    expect(completeness).toMatchObject({ enumerated: 'everything' })
  })

  test('the page cap means incomplete; a set that just fits is complete', async () => {
    const { url } = await paged(() => rows(12))
    const capped = await drain(readPages({ maxPages: 2 }), contextOf({ url }))
    expect(capped.completeness).toEqual({
      enumerated: 'incomplete',
      why: 'the limit of 2 pages was reached at 8 of 12 rows; raise maxPages',
    })
    expect((await drain(readPages({ maxPages: 3 }), contextOf({ url }))).completeness).toMatchObject({ total: 12 })
  })

  test('rows for ever end at the cap', async () => {
    let made = 0
    const { url } = await server(({ query }) => ({
      total: 1_000_000,
      data: query.get('size') === '1' ? [] : Array.from({ length: 4 }, () => ({ id: `n${made++}` })),
    }))
    const { completeness } = await drain(readPages({ seams: 'trust' }), contextOf({ url }))
    expect(completeness).toMatchObject({ enumerated: 'incomplete' })
    expect(made).toBe(200)
  })

  test('a genuine long source is read', async () => {
    const { url } = await paged(() => many)
    const many = rows(800)
    const read = readPages({ maxPages: 2_000, size: { parameter: 'size', rows: 2 } })
    const { records, completeness } = await drain(read, contextOf({ url }))
    expect(records).toHaveLength(800)
    expect(completeness).toMatchObject({ total: 800 })
  })

  test('a total that is no number is unreadable', async () => {
    const { url } = await server(() => ({ data: rows(2) }))
    await expect(drain(readPages(), contextOf({ url }))).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE' })
  })
})

describe('rows that move between pages', () => {
  test('worked on, and so sorted to the end: none that stayed is lost', async () => {
    let list = rows(12)
    const { url } = await paged(
      () => list,
      (page) => {
        if (page === 2 && list[0]?.id === 'r001') list = [...list.slice(2), ...list.slice(0, 2)]
      },
    )
    const { records, completeness } = await drain(readPages(), contextOf({ url }))
    expect(idsOf(records)).toEqual(idsOf(rows(12)))
    expect(completeness).toMatchObject({ enumerated: 'everything' })
  })

  test('one deleted and one added, so that the total stays: none that stayed is lost', async () => {
    let list = rows(8)
    const { url } = await paged(
      () => list,
      (page) => {
        if (page === 2 && list[0]?.id === 'r001') list = [...list.slice(1), { id: 'r999' }]
      },
    )
    const { records } = await drain(readPages(), contextOf({ url }))
    expect(idsOf(records)).toEqual([...idsOf(rows(8)), 'r999'])
  })

  test('new rows in front make some come twice', async () => {
    let list = rows(12)
    const { url } = await paged(
      () => list,
      (page) => {
        if (page === 2) list = [{ id: `new${list.length}` }, ...list]
      },
    )
    const { records, completeness } = await drain(readPages(), contextOf({ url }))
    expect(idsOf(records)).toEqual(idsOf(rows(12)))
    expect(completeness).toMatchObject({ enumerated: 'everything' })
  })

  test('moving all the time: every row that stayed, or incomplete', async () => {
    for (const [count, worked] of [
      [40, 1],
      [40, 3],
      [40, 4],
      [23, 2],
      [9, 3],
    ] as const) {
      let list = rows(count)
      let moves = 0
      const { url } = await paged(
        () => list,
        (page) => {
          if (page > 1 && moves++ < 60) {
            const front = list.slice(0, worked).map(({ id }) => ({ id }))
            list = [...list.slice(worked), ...front]
          }
        },
      )
      const { records, completeness } = await drain(readPages(), contextOf({ url }))
      const everything = completeness?.enumerated === 'everything'
      expect(everything ? idsOf(records).length : count, `${count} rows, ${worked} moving`).toBe(count)
    }
  })

  test.each([
    ['worked on', 0.03, 0.99],
    ['deleted', 0.03, 0.99],
    ['in front', 0.03, 0.99],
    ['behind', 0.03, 0.99],
    ['any', 0.03, 0.9],
    ['any', 0.3, 0],
  ] as const)(
    'random changes (%s, at %d of requests): what is called complete has every row that stayed',
    async (kind, rate, least) => {
      const random = randomFrom(7)
      let complete = 0
      for (let run = 0; run < 300; run++) {
        const world = movingSet(kind, rate, random)
        const start = { source: 'made-up', key: ['id'], resume: null, since: null, incremental: false, address: '' }
        const reading = readByNumber({ ...paging, size: { parameter: 'size', rows: 12 } }, world.ask, start)
        const got = new Set<string>()
        let next = await reading.next()
        for (; !next.done; next = await reading.next())
          for (const record of next.value.records) got.add((record as { id: string }).id)
        if (next.value.enumerated === 'incomplete') continue
        complete += 1
        expect(world.stayed().filter((id) => !got.has(id))).toEqual([])
      }
      expect(complete / 300).toBeGreaterThanOrEqual(least)
    },
  )

  test('a server that cannot be probed: any change of the total is incomplete', async () => {
    let list = rows(8)
    const { url } = await paged(
      () => list,
      (page) => {
        if (page === 2) list = [...list, { id: 'r999' }]
      },
    )
    const { completeness } = await drain(readPages({ seams: 'trust' }), contextOf({ url }))
    expect(completeness).toMatchObject({ enumerated: 'incomplete' })
  })
})

describe('going on after a crash', () => {
  test('from the page after the last landed one', async () => {
    const { url, asked } = await paged(() => rows(12))
    const { resume } = await drain(readPages(), contextOf({ url }), 2)
    expect(JSON.stringify(resume).length).toBeLessThan(1_000)
    asked.length = 0
    const { records, completeness } = await drain(readPages(), contextOf({ url }, { resume }))
    expect(records).toEqual(rows(12).slice(8))
    expect(completeness).toMatchObject({ enumerated: 'everything', total: 12 })
  })

  test('from the start where the last page had landed and was not full', async () => {
    const { url } = await paged(() => rows(6))
    const { resume } = await drain(readPages(), contextOf({ url }), 2)
    const { records, completeness } = await drain(readPages(), contextOf({ url }, { resume }))
    expect(records).toEqual(rows(6))
    expect(completeness).toMatchObject({ enumerated: 'everything', total: 6 })
  })

  test('from the start where rows have moved since', async () => {
    let list = rows(12)
    const { url } = await paged(() => list)
    const { resume } = await drain(readPages(), contextOf({ url }), 2)
    list = list.slice(1)
    const { records, completeness } = await drain(readPages(), contextOf({ url }, { resume }))
    expect(records).toEqual(list)
    expect(completeness).toMatchObject({ total: 11 })
  })

  test('the watermark is of the first read, not of the one that went on', async () => {
    let now = Date.UTC(2024, 11, 2, 1)
    const list = rows(12)
    const { url } = await server(({ query }, response) => {
      response.setHeader('x-sample-time', String(now))
      const [page, size] = [Number(query.get('page')), Number(query.get('size'))]
      return { total: 12, data: list.slice((page - 1) * size, page * size) }
    })
    const { resume } = await drain(readPages(), contextOf({ url }), 1)
    now += 3_600_000
    const { completeness } = await drain(readPages(), contextOf({ url }, { resume }))
    expect(completeness).toMatchObject({ upTo: '2024-12-02T01:00:00.000Z' })
  })
})

describe('what changed, by the server clock', () => {
  const since: Since<Config> = {
    parameter: 'since',
    zone: 'Asia/Ho_Chi_Minh',
    write: compactTime,
    first: () => undefined,
  }
  const read = rest(declared({ since }))
  const stream: typeof STREAM = { ...STREAM, cursor: { from: 'server-clock', lookback: 'PT2H' } }

  test('the first read leaves the parameter out and keeps the server time of the first answer', async () => {
    const { url, asked } = await server((_, response) => {
      response.setHeader('date', 'Mon, 02 Dec 2024 01:00:00 GMT')
      return { total: 1, data: rows(1) }
    })
    const { completeness } = await drain(read, contextOf({ url }, { stream }))
    expect(completeness).toMatchObject({ enumerated: 'everything', upTo: '2024-12-02T01:00:00.000Z' })
    expect(asked[0]?.query.has('since')).toBe(false)
  })

  test('the next one asks from the watermark less the lookback, in the zone of the server', async () => {
    const { url, asked } = await server(() => ({ total: 1, data: rows(1) }))
    const watermark = '2024-12-02T01:00:00.000Z' // 08:00 in Hanoi
    const { completeness } = await drain(read, contextOf({ url }, { stream, watermark }))
    expect(asked[0]?.query.get('since')).toBe('20241202060000')
    expect(completeness).toMatchObject({ enumerated: 'changes' })
    asked.length = 0
    await drain(read, contextOf({ url }, { stream, watermark, full: true }))
    expect(asked[0]?.query.has('since')).toBe(false)
  })
})

describe('answers that are no answers', () => {
  const list = rest(declared({ paging: { kind: 'none' } }))
  test.each([
    ['a failure with 200', () => ({ error: 'x' }), 'SOURCE_ANSWERED_ERROR'],
    ['a login page with 200', () => '<html>Đăng nhập</html>', 'SOURCE_UNREADABLE'],
    ['half a page', () => '{"data":[{"id":"1"', 'SOURCE_UNREADABLE'],
    ['no list', () => ({ data: null }), 'SOURCE_UNREADABLE'],
    ['another shape', () => ({ items: [] }), 'SOURCE_UNREADABLE'],
  ])('%s', async (_, answer, code) => {
    const { url } = await server(answer)
    await expect(drain(list, contextOf({ url }))).rejects.toMatchObject({ code })
  })

  test('a server that dribbles is stalled', async () => {
    const timers: NodeJS.Timeout[] = []
    const { url } = await server((_, response) => {
      timers.push(setInterval(() => response.write(' '), 20))
    })
    const { http } = quickHttp({ limits: { totalMs: 200 } })
    await expect(drain(list, contextOf({ url }, { http }))).rejects.toMatchObject({ code: 'SOURCE_STALLED' })
    for (const timer of timers) clearInterval(timer)
  })

  test('one object where a list is expected is a list of one', async () => {
    const { url } = await server(() => ({ data: { id: 'only' } }))
    expect((await drain(list, contextOf({ url }))).records).toEqual([{ id: 'only' }])
  })

  test('one record with bytes that are no UTF-8 is set aside, the others come', async () => {
    const { url } = await server((_, response) => {
      response.end(
        Buffer.concat([Buffer.from('{"data":[{"id":"a"},{"id":"b","t":"'), Buffer.from([0xb5]), Buffer.from('"}]}')]),
      )
    })
    const { records, undecodable } = await drain(list, contextOf({ url }))
    expect(records).toEqual([{ id: 'a' }])
    expect(undecodable).toMatchObject([{ place: 'record b', rule: 'encoding' }])
  })
})

describe('the whole list in one answer', () => {
  test('JSON text inside a field; a snapshot in pages of 1,000', async () => {
    const { url } = await server(() => ({ message: JSON.stringify({ result: rows(2_500) }) }))
    const read = rest(declared({ unwrap: 'message', records: 'result', paging: { kind: 'none' } }))
    const { pages, records, completeness } = await drain(read, contextOf({ url }))
    expect(pages.map((page) => page.records.length)).toEqual([1000, 1000, 500])
    expect(records).toEqual(rows(2_500))
    expect(completeness).toMatchObject({ enumerated: 'everything', by: 'snapshot', total: 2_500 })
  })

  test('text that is no JSON, or no text, is unreadable', async () => {
    const read = rest(declared({ unwrap: 'message', records: 'result', paging: { kind: 'none' } }))
    for (const message of ['{"result":[', { result: [] }]) {
      const { url } = await server(() => ({ message }))
      await expect(drain(read, contextOf({ url }))).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE' })
    }
  })
})
