/** Pages that move, answers that are none, reads that die half-way, and what may be deleted after them. */
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Completeness } from '../../src/connect/connector.ts'
import type { Warehouse } from '../../src/warehouse/open.ts'
import { eachDialect, onDialects } from '../support/warehouse.ts'
import {
  checkpointOf,
  codesOf,
  type Deployment,
  deploy,
  dossiersOf,
  expectRebuilt,
  figuresOf,
  receivedOf,
} from './deployment.ts'
import { code, type OneStop, oneStop, type Soap, soapService, stopRow, stopRows } from './sources.ts'
import { records, type Tape } from './tape.ts'

/** series of the dossiers that will leave */
const GONE = 241_101
let deployment: Deployment
afterEach(() => deployment.remove())

onDialects(['sqlite'], 'one-stop', (open) => {
  let server: OneStop
  beforeEach(async () => {
    server = await oneStop()
    const settings = { url: server.url, clientId: 'made-up', clientSecret: 'made-up' }
    deployment = deploy({ 'one-stop': [{ id: 'one-stop', settings }] })
  })
  afterEach(() => server.close())
  const sync = (warehouse: Warehouse, options = {}) => deployment.syncOne(warehouse, 'one-stop', options)

  it('HAZARD 9: rows move between pages while they are read: all that stayed arrive, or the run is incomplete', async () => {
    const { warehouse } = await open()
    await deployment.prepare(warehouse)
    // after the first page one of its rows is gone: the row behind the seam slips forward into what has been read
    server.rows = stopRows(1_600)
    server.before = (page, size) => {
      if (page === 2 && size > 1 && server.rows.length === 1_600) server.rows = server.rows.toSpliced(10, 1)
    }
    expect((await sync(warehouse)).state).toBe('succeeded')
    expect(new Set(await codesOf(warehouse))).toEqual(new Set(stopRows(1_600).map((row) => row.MaHoSo)))
    const proven = await checkpointOf(warehouse, 'one-stop')

    // a row of each page read so far is taken away before every request: it never comes to rest
    const stayed = stopRows(1_500, 241_105)
    server.rows = Array.from({ length: 3_000 }, (_, i) =>
      i % 2 === 0 ? (stayed[i / 2] as never) : stopRow(code(i, GONE)),
    )
    server.before = () => {
      const first = server.rows.findIndex((row) => row.MaHoSo.includes(`-${GONE}-`))
      if (first >= 0) server.rows = server.rows.toSpliced(first, 1)
    }
    deployment.setTime('2024-12-03T08:00')
    server.now += 86_400_000
    const moving = await sync(warehouse, { full: true })
    const held = new Set(await codesOf(warehouse))
    const missing = stayed.filter((row) => !held.has(row.MaHoSo))
    expect(moving.state === 'incomplete' || missing.length === 0).toBe(true)
    if (moving.state === 'incomplete') expect(await checkpointOf(warehouse, 'one-stop')).toEqual(proven)
    server.before = () => {}
    expect((await sync(warehouse, { full: true })).state).toBe('succeeded')
    const after = new Set(await codesOf(warehouse))
    expect(stayed.filter((row) => !after.has(row.MaHoSo))).toEqual([])
  })

  it('HAZARD 11: 200 that is an error, a login page, or [] where there were thousands: failed or held, nothing changes', async () => {
    const { warehouse } = await open()
    await deployment.prepare(warehouse)
    // 25 on each working day of November, so that a working day without any is not usual
    server.rows = stopRows(600).map((row, i) => ({
      ...row,
      NgayTiepNhan: `202411${String(4 + Math.floor((i % 20) / 5) * 7 + (i % 5)).padStart(2, '0')}080000`,
      changedAt: server.now - 86_400_000 * 3,
    }))
    expect((await sync(warehouse)).state).toBe('succeeded')
    const before = {
      rows: await dossiersOf(warehouse),
      figures: await figuresOf(warehouse),
      checkpoint: await checkpointOf(warehouse, 'one-stop'),
    }
    deployment.setTime('2024-12-05T08:00')
    server.now += 86_400_000 * 3
    const bad: Record<string, [answer: unknown, options: object, state: string, code: string]> = {
      'success false': [{ success: false }, {}, 'failed', 'SOURCE_ANSWERED_ERROR'],
      'an error code': [{ error_code: '-1', message: 'hết phiên', data: [] }, {}, 'failed', 'SOURCE_ANSWERED_ERROR'],
      'a login page': ['<!DOCTYPE html><title>Đăng nhập</title>', {}, 'failed', 'SOURCE_UNREADABLE'],
      'nothing, of all': [{ error_code: '0', tongSo: '0', data: [] }, { full: true }, 'held', 'SOURCE_HELD'],
      'nothing, of three days': [{ error_code: '0', tongSo: '0', data: [] }, {}, 'held', 'SOURCE_HELD'],
    }
    for (const [name, [answer, options, state, code]] of Object.entries(bad)) {
      server.spoil = () => answer
      const run = await sync(warehouse, options)
      expect([name, run.state, run.error?.code]).toEqual([name, state, code])
      expect(await dossiersOf(warehouse)).toEqual(before.rows)
      expect((await checkpointOf(warehouse, 'one-stop'))?.watermark).toEqual(before.checkpoint?.watermark)
      const figures = new Map(
        (await figuresOf(warehouse)).map((row) => [`${row.indicator} ${row.agency} ${row.period}`, row]),
      )
      for (const row of before.figures)
        if (row.period !== '2024-12-02')
          expect(figures.get(`${row.indicator} ${row.agency} ${row.period}`)).toEqual(row)
    }
    server.spoil = () => undefined
    server.rows.push(stopRow(code(1, 241_203), { changedAt: server.now }))
    expect(await sync(warehouse)).toMatchObject({ state: 'succeeded', counts: { new: 1 } })
  })
})

onDialects(['sqlite'], 'soap', (open) => {
  let server: Soap
  afterEach(() => server.close())
  it('HAZARD 11: a SOAP Fault, or a body that is no answer, inside 200 fails, nothing changes', async () => {
    const { warehouse } = await open()
    server = await soapService()
    const settings = { url: server.url, username: 'a', password: 'b', start: '2024-11-01' }
    deployment = deploy({ judicial: [{ id: 'judicial', settings }] })
    await deployment.prepare(warehouse)
    server.rows = Array.from({ length: 30 }, (_, i) => ({ code: code(i), received: '2024-11-04T08:00:00' }))
    expect(await deployment.syncOne(warehouse, 'judicial')).toMatchObject({ state: 'succeeded', counts: { new: 30 } })
    const before = [await dossiersOf(warehouse), await figuresOf(warehouse), await checkpointOf(warehouse, 'judicial')]
    deployment.setTime('2024-12-03T08:00')
    const now = async () => [
      await dossiersOf(warehouse),
      (await figuresOf(warehouse)).filter(({ period }) => period !== '2024-12-03'),
      await checkpointOf(warehouse, 'judicial'),
    ]
    server.fault = 'Lỗi hệ thống'
    const run = await deployment.syncOne(warehouse, 'judicial')
    expect([run.state, run.error?.code]).toEqual(['failed', 'SOURCE_ANSWERED_ERROR'])
    expect(await now()).toEqual(before)
    server.fault = null
    // a small department: the guard against emptiness expects nothing of it in so short a time
    server.body = '<ThongBao>Phiên làm việc đã hết hạn</ThongBao>'
    const expired = await deployment.syncOne(warehouse, 'judicial')
    expect([expired.state, expired.error?.code]).toEqual(['failed', 'SOURCE_UNREADABLE'])
    expect(await now()).toEqual(before)
  })
})

eachDialect('full reads', (open) => {
  beforeEach(() => {
    deployment = deploy({ tape: [{ id: 'tape', settings: { folder: 'tape' } }] })
  })
  const all = (by: 'snapshot' | 'token' = 'snapshot'): Completeness => ({ enumerated: 'everything', by, upTo: null })
  const play = (tape: Tape) => deployment.put('tape/dossier.json', JSON.stringify(tape))
  const sync = async (warehouse: Warehouse, tape: Tape) => {
    play(tape)
    return deployment.syncOne(warehouse, 'tape')
  }
  const pages = (count: number, of = 60) => Array.from({ length: count }, (_, i) => records(of, undefined, i * of))

  it('HAZARD 12: a full read dies half-way, or brings nothing: what was there is still served', async () => {
    const { warehouse } = await open()
    await deployment.prepare(warehouse)
    await sync(warehouse, { pages: pages(10), end: all() })
    expect(await codesOf(warehouse)).toHaveLength(600)
    const before = await figuresOf(warehouse)
    const still = async () => {
      expect(await codesOf(warehouse)).toHaveLength(600)
      expect(await figuresOf(warehouse)).toEqual(before)
    }
    expect((await sync(warehouse, { pages: [...pages(5), { fail: 'the line broke' }] })).state).toBe('incomplete')
    await still()
    const doubtful: Completeness = { enumerated: 'incomplete', why: 'the page cap was reached' }
    expect((await sync(warehouse, { pages: pages(5), end: doubtful })).state).toBe('incomplete')
    await still()
    expect((await sync(warehouse, { pages: [], end: all() })).error?.params).toMatchObject({ guard: 'empty' })
    await still()
    // its total does not match what came
    const total = { ...all(), total: 600 } as Completeness
    expect((await sync(warehouse, { pages: pages(9), end: total })).state).toBe('incomplete')
    await still()
    // proven complete, and few enough: replaced
    expect((await sync(warehouse, { pages: [...pages(9), records(40, undefined, 540)], end: all() })).state).toBe(
      'succeeded',
    )
    expect(await codesOf(warehouse)).toHaveLength(580)
    expect(await receivedOf(warehouse)).toBe(580)
    await expectRebuilt(warehouse)
  })

  it('HAZARD 13: a read that died at page 5 of 10 and was resumed deletes nothing; two complete ones do, a mass deletion is held', async () => {
    const { warehouse } = await open()
    await deployment.prepare(warehouse)
    // the first five pages are so small that no guard against a mass deletion would save them
    const ten = [
      ...Array.from({ length: 5 }, (_, i) => records(3, undefined, i * 3)),
      ...Array.from({ length: 5 }, (_, i) => records(117, undefined, 15 + i * 117)),
    ]
    await sync(warehouse, { pages: ten, end: all() })
    // it never sees pages 1 to 5 again, and ends well
    expect((await sync(warehouse, { pages: [...ten.slice(0, 5), { fail: 'killed' }] })).state).toBe('incomplete')
    expect((await checkpointOf(warehouse, 'tape'))?.resume).toBe('{"page":5}')
    expect(await sync(warehouse, { pages: ten, end: all() })).toMatchObject({
      state: 'succeeded',
      counts: { read: 585, deleted: 0 },
    })
    expect(await codesOf(warehouse)).toHaveLength(600)
    await sync(warehouse, { pages: ten, end: all('token') })
    // twenty are gone at the source: suspected by the first complete read, deleted by the second
    const fewer = [...pages(9), records(40, undefined, 540)]
    expect((await sync(warehouse, { pages: fewer, end: all('token') })).counts.deleted).toBe(0)
    expect((await sync(warehouse, { pages: fewer, end: all('token') })).counts.deleted).toBe(20)
    expect(await codesOf(warehouse)).toHaveLength(580)
    // one complete snapshot suffices
    expect(
      (await sync(warehouse, { pages: [...pages(9), records(30, undefined, 540)], end: all() })).counts.deleted,
    ).toBe(10)
    const held = await sync(warehouse, { pages: pages(4), end: all() })
    expect([held.state, held.error?.params.guard, held.error?.params.observed]).toEqual(['held', 'deleted', 330])
    expect(await codesOf(warehouse)).toHaveLength(570)
    await expectRebuilt(warehouse)
  })
})
