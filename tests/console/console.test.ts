import { get } from 'node:http'
import { afterEach, expect, test } from 'vitest'
import { type Console, type ConsoleOptions, startConsole } from '../../src/console/server.ts'
import { refresh } from '../../src/indicators/refresh.ts'
import { tick } from '../../src/indicators/tick.ts'
import { runSentence } from '../../src/schedule/runs.ts'
import { saveMeta } from '../../src/warehouse/landing.ts'
import type { Warehouse } from '../../src/warehouse/open.ts'
import { postpone, saveReceipts } from '../../src/warehouse/outbox.ts'
import { endRun, startRun } from '../../src/warehouse/runs.ts'
import { markSourceDirty, type SourceState, saveSourceStatus } from '../../src/warehouse/source-status.ts'
import { enqueue } from '../deliver/messages.ts'
import { DAY, dossier, land, seedProvince } from '../indicators/world.ts'
import { eachDialect, ZONE } from '../support/warehouse.ts'

const EVIL = '<script>alert("1")</script>&\'"'
const NOW = Date.parse('2026-11-23T22:00:00+07:00')
const TICK = Date.parse('2024-12-02T09:05:00+07:00')
const opened: Console[] = []
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close()
})

const start = async (warehouse: Warehouse, more: Partial<ConsoleOptions> = {}) => {
  const source = { id: 'one-stop', name: EVIL }
  const target = { name: 'ioc' }
  const config = { zone: ZONE, sources: [source], targets: [target] } as unknown as ConsoleOptions['config']
  const page = await startConsole(warehouse, { port: 0, now: () => NOW, config, sentenceOf: runSentence, ...more })
  opened.push(page)
  return page.url
}

async function fill(warehouse: Warehouse): Promise<void> {
  await warehouse.write(async (trx) => {
    await saveMeta(trx, 'data', 'sample')
    const { id } = await trx.db
      .insertInto('landing')
      .values({ at: 1, kind: 'tick', run: null })
      .returning('id')
      .executeTakeFirstOrThrow()
    await trx.db.insertInto('tick').values({ at: TICK, landing: id }).execute()
    await saveSourceStatus(trx, { source: 'one-stop', state: 'failed', as_of: TICK, fresh_until: NOW - 1, sequence: 1 })
    const base = { verb: 'run', startedAt: NOW - 65_000, asOf: TICK } as const
    const run = await startRun(trx, { ...base, kind: 'source', source: 'one-stop' })
    const why = { code: 'SOURCE_UNREACHABLE', params: { source: 'one-stop', problem: EVIL } } as const
    await endRun(trx, run, { state: 'failed', endedAt: NOW, why })
    const whole = await startRun(trx, { ...base, kind: 'invocation', job: 'nightly' })
    await endRun(trx, whole, { state: 'partial', endedAt: NOW, counts: { read: 1203, quarantined: 2 } })
    const open = {
      source: 'one-stop',
      stream: 'dossier',
      outcome: 'quarantined',
      arrived_at: 1,
      count: 1,
      first_seen: 1,
    }
    for (const [key, rule] of [
      ['a', 'date'],
      ['b', 'date'],
      ['c', EVIL],
    ]) {
      const reasons = JSON.stringify([{ path: '/x', rule, expected: '', value: null }])
      const row = { ...open, key, reasons, last_seen: 1, run } as never
      await trx.db.insertInto('quarantine').values(row).execute()
    }
  })
  await enqueue(warehouse, 'a', [NOW - 3_600_000])
  await warehouse.write((trx) => postpone(trx, 'ioc', [1], 0, `IOC answered 500 ${EVIL}`))
}

/** Every source in time, nothing left to be confirmed. */
const mend = (warehouse: Warehouse) =>
  warehouse.write(async (trx) => {
    await trx.db
      .updateTable('source_status')
      .set({ state: 'partial', fresh_until: NOW + 1 })
      .execute()
    await trx.db.deleteFrom('outbox').execute()
  })

eachDialect('console', (open) => {
  test('an empty warehouse says what to do', async () => {
    const { warehouse } = await open()
    const answer = await fetch(await start(warehouse))
    expect(answer.status).toBe(200)
    const text = await answer.text()
    expect(text).toContain('Chưa có dữ liệu. Chạy lần đồng bộ đầu tiên: ioc run nightly')
    expect(text).not.toContain('class="sample"')
  })

  test('the page: sample banner, states in words, sentences, quarantine, backlog; all of it escaped', async () => {
    const { warehouse } = await open()
    await fill(warehouse)
    const url = await start(warehouse)
    const vi = await (await fetch(url)).text()
    for (const words of [
      'DỮ LIỆU MẪU – sample data',
      'thời gian mẫu 09:05 02/12/2024',
      'Đồng bộ thất bại',
      'đã quá hạn',
      'Thất bại: Không kết nối được nguồn one-stop',
      'Ngày không tồn tại',
      'Chưa được xác nhận từ 21:00 23/11/2026',
      'Hoàn thành, có bản ghi cần rà soát: đọc 1.203, cần rà soát 2.',
      '1 phút 5 giây',
    ]) {
      expect(vi).toContain(words)
    }
    const en = await (await fetch(`${url}/?lang=en`)).text()
    for (const words of [
      'sample time',
      'Failed: one-stop cannot be reached',
      'Not confirmed since',
      'Impossible date',
    ]) {
      expect(en).toContain(words)
    }
    for (const text of [vi, en]) {
      expect(text).not.toContain('<script')
      expect(text.match(/&lt;script&gt;alert\(&quot;1&quot;\)&lt;\/script&gt;&amp;&#39;&quot;/g)).toHaveLength(4)
      expect(text).toContain('<meta http-equiv="refresh" content="5">')
    }
  })

  test('headers: no script, no frame, no foreign resource, nothing kept', async () => {
    const { warehouse } = await open()
    const { headers } = await fetch(await start(warehouse))
    expect(headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
    )
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('referrer-policy')).toBe('no-referrer')
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8')
  })

  test('health: degraded while a source is late or the IOC confirms nothing', async () => {
    const { warehouse } = await open()
    await fill(warehouse)
    const url = await start(warehouse)
    expect(await (await fetch(`${url}/health`)).json()).toEqual({
      status: 'degraded',
      data: 'sample',
      asOf: TICK,
      sources: [{ id: 'one-stop', state: 'failed', asOf: TICK, freshUntil: NOW - 1 }],
      outbox: [{ target: 'ioc', pending: 1, refused: 0, notConfirmedSince: NOW - 3_600_000, confirmedAt: null }],
      quarantined: 3,
      spotCheck: null,
    })
    await mend(warehouse)
    expect(await (await fetch(`${url}/health`)).json()).toMatchObject({ status: 'ok' })
  })

  test('what is kept and differs from the records degrades health and stands on the page', async () => {
    const { warehouse } = await open()
    await fill(warehouse)
    await mend(warehouse)
    const url = await start(warehouse)
    const made = { at: NOW, day: '2024-12-02', agencies: ['a', 'b'], cells: 1_204, figures: 96, example: null }
    const keep = (differences: number) =>
      warehouse.write((trx) =>
        saveMeta(trx, 'spot_check', JSON.stringify({ ...made, differences, differing: [], last: 'b' })),
      )
    await keep(0)
    expect(await (await fetch(`${url}/health`)).json()).toMatchObject({
      status: 'ok',
      spotCheck: { at: NOW, differences: 0 },
    })
    expect(await (await fetch(url)).text()).toMatch(/Đối soát mẫu với bản ghi.*khớp.*2 đơn vị · 1.204 ô · 96 số liệu/s)
    await keep(3)
    expect(await (await fetch(`${url}/health`)).json()).toMatchObject({
      status: 'degraded',
      spotCheck: { differences: 3 },
    })
    expect(await (await fetch(`${url}/?lang=en`)).text()).toMatch(/pill bad">3 DIFFERENCES.*ioc rebuild/s)
  })

  test('what the IOC refused stays in sight until something newer of the figure is there', async () => {
    const { warehouse } = await open()
    await fill(warehouse)
    await warehouse.write(async (trx) => {
      await trx.db
        .updateTable('source_status')
        .set({ state: 'fresh', fresh_until: NOW + 1 })
        .execute()
      const refused = { seq: 1, message: `a#${NOW - 3_600_000}`, result: 'refused', reason: EVIL }
      await saveReceipts(trx, 'ioc', [refused], NOW)
    })
    const url = await start(warehouse)
    const health = async () => (await fetch(`${url}/health`)).json()
    expect(await health()).toMatchObject({
      status: 'degraded',
      outbox: [{ target: 'ioc', pending: 0, refused: 1, confirmedAt: null }],
    })
    const vi = await (await fetch(url)).text()
    expect(vi).toContain('Bị IOC từ chối: 1')
    expect(vi).toContain('a|72@2020-01-01|2024-11: &lt;script&gt;')
    expect(vi).not.toContain('Đã xác nhận tất cả')
    expect(await (await fetch(`${url}/?lang=en`)).text()).toContain('Refused by the IOC: 1')
    await enqueue(warehouse, 'a', [NOW])
    await warehouse.write((trx) =>
      saveReceipts(trx, 'ioc', [{ seq: 2, message: `a#${NOW}`, result: 'accepted', reason: null }], NOW),
    )
    expect(await health()).toMatchObject({
      status: 'ok',
      outbox: [{ target: 'ioc', pending: 0, refused: 0, confirmedAt: NOW }],
    })
    expect(await (await fetch(url)).text()).toContain('Đã xác nhận tất cả')
  })

  test('figures past their update are grey and say so; a number behind a held source is marked', async () => {
    const { warehouse } = await open()
    await seedProvince(warehouse)
    await tick(warehouse, TICK, ZONE)
    await land(warehouse, [dossier({ resolving: 'S1@2020-01-01' })])
    const tell = (state: SourceState, sequence: number) =>
      warehouse.write((trx) =>
        saveSourceStatus(trx, { source: 'one-stop', state, as_of: TICK, fresh_until: NOW + DAY, sequence }),
      )
    await tell('fresh', 1)
    await refresh(warehouse, { asOf: TICK, now: NOW, zone: ZONE, targets: [] })
    let now = NOW
    const url = await start(warehouse, { now: () => now })
    const tiles = async (lang: string) => {
      const text = await (await fetch(`${url}/?lang=${lang}`)).text()
      return /<div class="tiles">.*?<section>/s.exec(text)?.[0] ?? ''
    }
    expect(await tiles('vi')).toContain('<div class="tile"><span class="soft">Hồ sơ tiếp nhận trong kỳ</span><b>1</b>')
    expect(await tiles('vi')).not.toContain('Quá hạn cập nhật')
    // the revision still says `fresh` of its source: nobody was there to say otherwise
    now = NOW + DAY + 1
    expect(await tiles('vi')).toMatch(
      /<div class="tile late"><span class="soft">Hồ sơ tiếp nhận trong kỳ<\/span><b>1<\/b>.*?Quá hạn cập nhật/,
    )
    expect(await tiles('en')).toContain('Update overdue')
    const all = await (await fetch(`${url}/?lang=en`)).text()
    expect(all).toContain('<span class="pill mute">Fresh</span>')
    now = NOW
    // read halfway: the number stands, and what it lacks stands beside it
    await tell('failed', 2)
    await warehouse.write((trx) => markSourceDirty(trx, 'one-stop'))
    await refresh(warehouse, { asOf: TICK, now: NOW, zone: ZONE, targets: [] })
    expect(await tiles('vi')).toMatch(/<b>1<\/b>.*?Chưa đọc hết nguồn: one-stop/)
    await tell('held', 3)
    await warehouse.write((trx) => markSourceDirty(trx, 'one-stop'))
    await refresh(warehouse, { asOf: TICK, now: NOW + 1, zone: ZONE, targets: [] })
    expect(await tiles('vi')).toMatch(/<b>1<\/b>.*?Đang giữ lại/)
    expect(await tiles('en')).toMatch(/<b>1<\/b>.*?Held/)
  })

  test('a broken warehouse: 503 with what to do, and the server goes on', async () => {
    const { warehouse } = await open({ migrated: false })
    const url = await start(warehouse)
    const page = await fetch(url)
    expect(page.status).toBe(503)
    expect(await page.text()).toContain('→ Kiểm tra đường dẫn')
    const health = await fetch(`${url}/health`)
    expect(health.status).toBe(503)
    expect(await health.json()).toMatchObject({ status: 'failed' })
  })

  test('another host needs a token; another name of this host is turned away', async () => {
    const { warehouse } = await open()
    await expect(start(warehouse, { host: '0.0.0.0' })).rejects.toMatchObject({ code: 'USAGE', exit: 2 })
    const url = await start(warehouse, { token: 't0ken' })
    const status = async (authorization?: string) =>
      (await fetch(`${url}/health`, { headers: authorization ? { authorization } : {} })).status
    expect(await status()).toBe(401)
    expect(await status('Bearer wrong')).toBe(401)
    expect(await status('Bearer t0ken')).toBe(200)
    expect(await status('bearer t0ken')).toBe(200)
    expect(await status(`Basic ${Buffer.from('anyone:t0ken').toString('base64')}`)).toBe(200)
    const plain = await start(warehouse)
    const rebound = await new Promise<number | undefined>((resolve, reject) => {
      get(plain, { headers: { host: 'evil.example' } }, (answer) => {
        answer.resume()
        resolve(answer.statusCode)
      }).on('error', reject)
    })
    expect(rebound).toBe(403)
    const port = Number(new URL(plain).port)
    await expect(start(warehouse, { port })).rejects.toMatchObject({ code: 'PORT_TAKEN' })
  })
})
