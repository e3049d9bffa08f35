import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { SendOptions } from '../../src/deliver/deliver.ts'
import { send } from '../../src/deliver/deliver.ts'
import { explainError, type PipelineError } from '../../src/errors.ts'
import { push, pushDue } from '../../src/schedule/push.ts'
import { saveMeta } from '../../src/warehouse/landing.ts'
import type { Warehouse } from '../../src/warehouse/open.ts'
import { backlogOf, countPending, lastConfirmedAt } from '../../src/warehouse/outbox.ts'
import { eachDialect } from '../support/warehouse.ts'
import { type Ioc, startIoc } from './ioc.ts'
import { enqueue, idOf, numbers } from './messages.ts'

let ioc: Ioc
let pauses: number[]
let options: SendOptions
beforeEach(async () => {
  ioc = await startIoc()
  pauses = []
  options = {
    now: () => Date.now(),
    signal: new AbortController().signal,
    random: () => 0.5,
    sleep: async (ms) => void pauses.push(ms),
  }
})
afterEach(() => ioc.close())

const FIGURE = 'a|72@2020-01-01|2024-11'
const accepted = () => ioc.receiver.revisions(FIGURE).map((one) => one.revision)
/** An answer that refuses these messages, in one batch or another. */
const refusing = (...ids: string[]) => ({
  status: 200,
  body: JSON.stringify(ids.map((id) => ({ id, result: 'refused', reason: 'unknown agency' }))),
})
const pendingIn = (warehouse: Warehouse) => warehouse.read((db) => countPending(db, 'ioc'))
const receiptsIn = (warehouse: Warehouse) =>
  warehouse.read((db) =>
    db.selectFrom('receipt').select(['seq', 'message', 'result', 'reason']).orderBy('seq').execute(),
  )

eachDialect('delivery', (open) => {
  test('everything in order, in batches, each with its receipt', async () => {
    const { warehouse } = await open()
    await enqueue(warehouse, 'a', numbers(1201))
    const sent = await send(warehouse, ioc.target, options)
    expect(sent).toMatchObject({ delivered: 1201, duplicate: 0, superseded: 0, refused: 0, pending: 0 })
    expect(sent.error).toBeUndefined()
    expect(accepted()).toEqual(numbers(1201))
    expect(ioc.seen.map((one) => JSON.parse(one.body).messages.length)).toEqual([500, 500, 201])
    expect(new Set(ioc.seen.map((one) => one.headers['idempotency-key'])).size).toBe(3)
    expect(await pendingIn(warehouse)).toBe(0)
    expect((await receiptsIn(warehouse)).map((row) => row.message)).toEqual(numbers(1201).map((n) => idOf('a', n)))
  })

  test('a lost answer: the same bytes under the same key, counted once', async () => {
    const { warehouse } = await open()
    await enqueue(warehouse, 'a', numbers(10))
    ioc.next = ['lost', 'lost']
    const sent = await send(warehouse, ioc.target, options)
    expect(sent).toMatchObject({ delivered: 10, pending: 0 })
    expect(accepted()).toEqual(numbers(10))
    expect(ioc.seen).toHaveLength(3)
    expect(new Set(ioc.seen.map((one) => one.body)).size).toBe(1)
    expect(new Set(ioc.seen.map((one) => one.headers['idempotency-key'])).size).toBe(1)
    expect(pauses).toEqual([250, 500])
  })

  test('500s, an empty 204, a login page, broken JSON: pending in order, then delivered', async () => {
    const { warehouse } = await open()
    await enqueue(warehouse, 'a', numbers(3))
    for (const behaviour of [
      500,
      204,
      { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>Đăng nhập</html>' },
      { status: 200, body: '[{"id":"a#1","res' },
      { status: 200, body: '[]' },
    ]) {
      ioc.always = behaviour
      const before = ioc.seen.length
      const sent = await send(warehouse, ioc.target, options)
      expect(sent.error?.code).toBe('DELIVERY_FAILED')
      expect(sent.error?.exit).toBe(6)
      expect(sent).toMatchObject({ delivered: 0, pending: 3 })
      expect(ioc.seen.length - before).toBe(4)
    }
    const backlog = await warehouse.read((db) => backlogOf(db, 'ioc'))
    expect(backlog).toMatchObject({ pending: 3, attempts: 5, oldest: 1 })
    ioc.always = 'ok'
    expect(await send(warehouse, ioc.target, options)).toMatchObject({ delivered: 3, pending: 0 })
    expect(accepted()).toEqual([1, 2, 3])
  })

  test('a receiver that takes a batch and never answers', async () => {
    const { warehouse } = await open()
    await enqueue(warehouse, 'a', numbers(3))
    ioc.always = 'silent'
    const sent = await send(warehouse, ioc.target, { ...options, deadlineMs: 150 })
    expect(sent.error?.message).toContain('no answer within')
    expect(sent.pending).toBe(3)
    ioc.always = 'ok'
    expect(await send(warehouse, ioc.target, options)).toMatchObject({ delivered: 3, duplicate: 0, pending: 0 })
    expect(accepted()).toEqual([1, 2, 3])
  })

  test('Retry-After is obeyed, up to a minute', async () => {
    const { warehouse } = await open()
    await enqueue(warehouse, 'a', [1])
    ioc.next = [
      { status: 429, headers: { 'retry-after': '7' }, body: '' },
      { status: 503, headers: { 'retry-after': '3600' }, body: '' },
    ]
    await send(warehouse, ioc.target, options)
    expect(pauses).toEqual([7250, 60_500])
  })

  test('an answer that names half of the ids: the other half stays, then goes', async () => {
    const { warehouse } = await open()
    await enqueue(warehouse, 'a', numbers(7))
    ioc.next = ['half']
    const sent = await send(warehouse, ioc.target, options)
    expect(sent).toMatchObject({ delivered: 4, duplicate: 3, pending: 0 })
    expect(JSON.parse(ioc.seen[1]?.body ?? '').messages.map((one: { revision: number }) => one.revision)).toEqual([
      2, 4, 6,
    ])
    expect(accepted()).toEqual(numbers(7))
  })

  test('refused: a receipt with its reason, the rest goes on, exit 6', async () => {
    const { warehouse } = await open()
    await enqueue(warehouse, 'a', [1])
    await warehouse.write(async (trx) => {
      const body = '{"id":"bad","kind":"nonsense"}'
      const { seq } = await trx.db
        .insertInto('message')
        .values({ id: 'bad', kind: 'indicator', figure: 'b|x|y', revision: 1, body, made_at: 1 })
        .returning('seq')
        .executeTakeFirstOrThrow()
      await trx.db.insertInto('outbox').values({ target: 'ioc', seq, attempts: 0, next_at: 0 }).execute()
    })
    await enqueue(warehouse, 'a', [2])
    const sent = await send(warehouse, ioc.target, options)
    expect(sent).toMatchObject({ delivered: 2, refused: 1, pending: 0 })
    expect(sent.error).toMatchObject({ code: 'DELIVERY_REFUSED', exit: 6 })
    expect(sent.refusals).toEqual([
      { id: 'bad', figure: 'b|x|y', reason: 'kind is neither indicator nor source-status' },
    ])
    expect((await receiptsIn(warehouse)).map((row) => row.result)).toEqual(['accepted', 'refused', 'accepted'])
    expect(accepted()).toEqual([1, 2])
  })

  test('refused stands: exit 6 from every push, which tries it again, until the target takes it', async () => {
    const { warehouse } = await open()
    await enqueue(warehouse, 'a', [1])
    ioc.always = refusing('a#1')
    for (let tries = 1; tries <= 3; tries++) {
      const [sent] = await push(warehouse, [ioc.target], options)
      expect(sent).toMatchObject({ delivered: 0, refused: 1, pending: 0, error: { code: 'DELIVERY_REFUSED', exit: 6 } })
      expect(sent?.refusals).toEqual([{ id: 'a#1', figure: FIGURE, reason: 'unknown agency' }])
      expect(ioc.seen).toHaveLength(tries)
      expect(await warehouse.read((db) => lastConfirmedAt(db, 'ioc'))).toBeNull()
    }
    // A target that answers a known key from memory must not repeat its refusal.
    expect(new Set(ioc.seen.map((one) => one.headers['idempotency-key'])).size).toBe(3)
    // `serve` leaves it alone, and does not complain of it with whatever else it delivers.
    ioc.always = 'ok'
    expect(await pushDue(warehouse, [ioc.target], options)).toEqual([])
    await enqueue(warehouse, 'b', [1])
    const [served] = await pushDue(warehouse, [ioc.target], options)
    expect(served).toMatchObject({ delivered: 1, refused: 1 })
    expect(served?.error).toBeUndefined()
    expect(ioc.seen).toHaveLength(4)
    const [taken] = await push(warehouse, [ioc.target], options)
    expect(taken).toMatchObject({ delivered: 1, refused: 0, refusals: [], pending: 0 })
    expect(taken?.error).toBeUndefined()
    expect(accepted()).toEqual([1])
    expect(await push(warehouse, [ioc.target], options)).toMatchObject([{ delivered: 0, duplicate: 0, refused: 0 }])
    expect(ioc.seen).toHaveLength(5)
  })

  test('refused, then a newer revision: it takes the place of the refused one, and order holds', async () => {
    const { warehouse } = await open()
    await enqueue(warehouse, 'a', [1])
    await enqueue(warehouse, 'b', [1])
    ioc.next = [refusing('a#1', 'b#1')]
    expect(await push(warehouse, [ioc.target], options)).toMatchObject([{ refused: 2, error: { exit: 6 } }])
    await enqueue(warehouse, 'a', [2])
    // b#1 goes again at its old place, a#1 does not: nothing older follows or precedes what has replaced it.
    ioc.next = [refusing('b#1', 'a#2')]
    const [second] = await push(warehouse, [ioc.target], options)
    expect(second).toMatchObject({ refused: 2, error: { exit: 6 } })
    expect(second?.refusals.map(({ id }) => id)).toEqual(['b#1', 'a#2'])
    await enqueue(warehouse, 'a', [3])
    const [third] = await push(warehouse, [ioc.target], options)
    expect(third).toMatchObject({ delivered: 2, refused: 0, pending: 0 })
    expect(third?.error).toBeUndefined()
    const sent = ioc.seen.map((one) => JSON.parse(one.body).messages.map(({ id }: { id: string }) => id))
    expect(sent).toEqual([
      ['a#1', 'b#1'],
      ['b#1', 'a#2'],
      ['b#1', 'a#3'],
    ])
    expect(accepted()).toEqual([3])
  })

  test('refused and replaced within one push: nothing stands refused', async () => {
    const { warehouse } = await open()
    await enqueue(warehouse, 'a', [1, 2])
    ioc.next = [{ status: 200, body: JSON.stringify([{ id: 'a#1', result: 'refused' }]) }]
    const [sent] = await push(warehouse, [ioc.target], options)
    expect(sent).toMatchObject({ delivered: 1, refused: 0, pending: 0 })
    expect(sent?.error).toBeUndefined()
  })

  test('refused, tried again, and the target down: pending as well, and still named', async () => {
    const { warehouse } = await open()
    await enqueue(warehouse, 'a', [1])
    ioc.next = [refusing('a#1')]
    await push(warehouse, [ioc.target], options)
    ioc.always = 500
    expect(await push(warehouse, [ioc.target], options)).toMatchObject([
      { refused: 1, refusals: [{ id: 'a#1' }], pending: 1, error: { code: 'DELIVERY_FAILED', exit: 6 } },
    ])
    await enqueue(warehouse, 'a', [2])
    ioc.always = 'ok'
    expect(await push(warehouse, [ioc.target], options)).toMatchObject([{ delivered: 2, refused: 0, pending: 0 }])
    expect(accepted()).toEqual([1, 2])
  })

  test('a newer revision that is there already: superseded, and done', async () => {
    const { warehouse } = await open()
    await enqueue(warehouse, 'a', [9])
    await send(warehouse, ioc.target, options)
    await enqueue(warehouse, 'a', [4])
    expect(await send(warehouse, ioc.target, options)).toMatchObject({ superseded: 1, pending: 0 })
    expect(ioc.receiver.received().newest).toMatchObject([{ revision: 9 }])
  })

  test('a wrong key: one attempt, exit 6, a sentence that names the key and no secret', async () => {
    const { warehouse } = await open()
    await enqueue(warehouse, 'a', [1])
    const sent = await send(warehouse, { ...ioc.target, secret: 'wrong-s3cret' }, options)
    const { code, params, exit } = sent.error as PipelineError
    expect([code, exit]).toEqual(['DELIVERY_UNAUTHORIZED', 6])
    expect(explainError(code, params, 'en').mend).toContain('Correct IOC_KEY and IOC_SECRET')
    expect(JSON.stringify(sent) + String(sent.error?.cause)).not.toContain('wrong-s3cret')
    expect(ioc.seen).toHaveLength(1)
    expect(sent.pending).toBe(1)
  })

  test('status and figures keep one order over both endpoints', async () => {
    const { warehouse } = await open()
    await enqueue(warehouse, 'a', [1])
    await warehouse.write(async (trx) => {
      const { enqueueSourceStatus } = await import('../../src/deliver/status.ts')
      await enqueueSourceStatus(trx, { source: 's', asOf: 5, state: 'fresh', freshUntil: 9 }, ['ioc'], 7)
    })
    await enqueue(warehouse, 'a', [2])
    await send(warehouse, ioc.target, options)
    expect(ioc.seen.map((one) => one.path)).toEqual([
      '/ioc/v1/indicators',
      '/ioc/v1/source-status',
      '/ioc/v1/indicators',
    ])
    expect(ioc.receiver.received().sources.s).toMatchObject({ state: 'fresh', sequence: 7, freshUntil: 9, asOf: 5 })
  })

  test('a batch keeps below 1 MiB', async () => {
    const { warehouse } = await open()
    await warehouse.write(async (trx) => {
      const { enqueueMessage } = await import('../../src/warehouse/outbox.ts')
      for (const n of numbers(5)) {
        const body = JSON.stringify({
          id: `big${n}`,
          kind: 'indicator',
          indicator: 'a',
          agency: { key: 'k' },
          period: 'p',
          revision: n,
          pad: 'ơ'.repeat(200_000),
        })
        await enqueueMessage(trx, { id: `big${n}`, kind: 'indicator', figure: 'f', revision: n, body }, ['ioc'], n)
      }
    })
    expect(await send(warehouse, ioc.target, options)).toMatchObject({ delivered: 5, pending: 0 })
    expect(ioc.seen.map((one) => Buffer.byteLength(one.body) <= 1024 * 1024)).toEqual([true, true, true])
  })

  test('one target down for a day: the other is on time', async () => {
    const { warehouse } = await open()
    await enqueue(warehouse, 'a', numbers(3), ['down', 'ioc'])
    const nowhere = { ...ioc.target, name: 'down', url: 'http://127.0.0.1:1/ioc/v1' }
    const [down, up] = await push(warehouse, [nowhere, ioc.target], options)
    expect(down).toMatchObject({ target: 'down', delivered: 0, pending: 3 })
    expect(down?.error?.code).toBe('DELIVERY_FAILED')
    expect(up).toMatchObject({ target: 'ioc', delivered: 3, pending: 0 })
  })

  test('serve waits longer after every failure, push does not', async () => {
    const { warehouse } = await open()
    await enqueue(warehouse, 'a', [1])
    ioc.always = 500
    let now = Date.now()
    const serve = () => pushDue(warehouse, [ioc.target], { ...options, now: () => now })
    expect(await serve()).toHaveLength(1)
    expect(await serve()).toHaveLength(0)
    now += 1000
    expect(await serve()).toHaveLength(1)
    now += 1000
    expect(await serve()).toHaveLength(0)
    now += 1000
    expect(await serve()).toHaveLength(1)
    expect(ioc.seen).toHaveLength(3)
    ioc.always = 'ok'
    expect(await push(warehouse, [ioc.target], options)).toMatchObject([{ delivered: 1 }])
  })

  test('a sample target takes no real data, and the other way round', async () => {
    const { warehouse } = await open()
    await enqueue(warehouse, 'a', [1])
    await warehouse.write((trx) => saveMeta(trx, 'data', 'real'))
    const [refused] = await push(warehouse, [ioc.target], options)
    expect(refused).toMatchObject({ delivered: 0, pending: 1, error: { code: 'TARGET_SAMPLE', exit: 2 } })
    expect(ioc.seen).toHaveLength(0)
    expect(await push(warehouse, [{ ...ioc.target, sample: false }], options)).toMatchObject([{ delivered: 1 }])
  })

  test('killed between the answer and the receipts: the same end state', async () => {
    const { warehouse, location } = await open()
    await enqueue(warehouse, 'a', numbers(700))
    ioc.next = ['ok', 'silent']
    const program = fileURLToPath(new URL('send-child.ts', import.meta.url))
    const child = spawn(process.execPath, [program, location, JSON.stringify(ioc.target)], { stdio: 'inherit' })
    const ended = once(child, 'exit')
    await ioc.taken()
    await ioc.taken()
    child.kill('SIGKILL')
    await ended
    expect(await pendingIn(warehouse)).toBe(200)
    // More came meanwhile, so the batch is another one: its ids are what keeps it from counting twice.
    await enqueue(warehouse, 'a', [701])
    const [sent] = await push(warehouse, [ioc.target], options)
    expect(sent).toMatchObject({ delivered: 1, duplicate: 200, refused: 0, pending: 0 })
    expect(sent?.error).toBeUndefined()
    expect(accepted()).toEqual(numbers(701))
  })
})
