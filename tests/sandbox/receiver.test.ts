import { createHash, createHmac } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts'

const dir = mkdtempSync(join(tmpdir(), 'sandbox-'))
let ioc: Sandbox
beforeAll(async () => {
  ioc = await startSandbox({ port: 0, seed: 7, dossiers: 500, dir })
})
afterAll(async () => {
  await ioc.close()
  rmSync(dir, { recursive: true, force: true })
})

function signed(body: string, key: string, at = Date.now(), secret = 'sandbox-secret'): Record<string, string> {
  return {
    'content-type': 'application/json',
    'Idempotency-Key': key,
    'X-IOC-Timestamp': String(at),
    'X-IOC-Key': 'sandbox',
    'X-IOC-Signature': createHmac('sha256', secret).update(`${at}.${body}`).digest('hex'),
  }
}
const message = (revision: number, period = '2024-11', freshUntil = 1_000) => {
  const agency = { key: 'H53.01@2020-01-01', code: 'H53.01' }
  const id = createHash('sha256').update(`${period}:${revision}`).digest('hex')
  const sources = [{ source: 'one-stop', asOf: 0, state: 'fresh' }]
  return {
    kind: 'indicator',
    id,
    indicator: 'received',
    agency,
    period,
    revision,
    value: revision,
    freshUntil,
    sources,
  }
}
const status = (sequence: number, freshUntil: number) => ({
  kind: 'source-status',
  source: 'one-stop',
  state: 'fresh',
  sequence,
  freshUntil,
})
const send = (messages: unknown[], key: string) => {
  const body = JSON.stringify({ messages })
  return fetch(`${ioc.url}/ioc/v1/indicators`, { method: 'POST', headers: signed(body, key), body })
}
const results = async (answer: Response) => ((await answer.json()) as { result: string }[]).map((one) => one.result)

describe('IOC receiver', () => {
  it('accepts, recognises what it holds, and never goes back to an older revision', async () => {
    expect(await results(await send([message(5), message(6, '2024-12')], 'a'))).toEqual(['accepted', 'accepted'])
    expect(await results(await send([message(5), message(4), message(7)], 'b'))).toEqual([
      'duplicate',
      'superseded',
      'accepted',
    ])
    expect(await results(await send([{ ...message(7), id: 'other' }, { kind: 'x' }], 'c'))).toEqual([
      'refused',
      'refused',
    ])
    const received = ioc.received({ period: '2024-11' })
    expect(received).toMatchObject({ figures: 2, counts: { accepted: 3, duplicate: 1, superseded: 1, refused: 2 } })
    expect(received.newest).toEqual([message(7)])
    expect(ioc.revisions('received|H53.01@2020-01-01|2024-11').map((one) => one.revision)).toEqual([5, 7])
    const lines = await (await fetch(`${ioc.url}/received/newest`)).text()
    expect(
      lines
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([message(7), message(6, '2024-12')])
  })

  it('repeats its answer under the same key and refuses the key with another body', async () => {
    const before = ioc.received().counts
    expect(await results(await send([message(5), message(6, '2024-12')], 'a'))).toEqual(['accepted', 'accepted'])
    expect(ioc.received().counts).toEqual(before)
    expect((await send([message(9)], 'a')).status).toBe(422)
  })

  it('refuses a wrong signature, an unknown key and an old timestamp', async () => {
    const body = JSON.stringify({ messages: [message(8)] })
    const post = (headers: Record<string, string>) =>
      fetch(`${ioc.url}/ioc/v1/indicators`, { method: 'POST', headers, body })
    expect((await post(signed(body, 'k', Date.now(), 'wrong'))).status).toBe(401)
    expect((await post({ ...signed(body, 'k'), 'X-IOC-Key': 'nobody' })).status).toBe(401)
    expect((await post(signed(body, 'k', Date.now() - 6 * 60_000))).status).toBe(401)
  })

  it('greys a figure when neither it nor its sources are fresh', async () => {
    const grey = async (now: number) => (await fetch(`${ioc.url}/received/grey?now=${now}`)).json()
    expect(await grey(1_000)).toEqual([])
    expect(await grey(1_500)).toHaveLength(2)
    expect(await results(await send([status(2, 2_000), status(1, 9_000)], 's'))).toEqual(['accepted', 'superseded'])
    expect(await grey(1_500)).toEqual([])
    expect(await grey(2_001)).toHaveLength(2)
  })

  it('has taken what it took when its answer is lost', async () => {
    await ioc.setFaults('ioc:lostx1')
    await expect(send([message(20, '2024-10')], 'lost')).rejects.toThrow()
    expect(ioc.received({ period: '2024-10' }).newest).toHaveLength(1)
    expect(await results(await send([message(20, '2024-10')], 'again'))).toEqual(['duplicate'])
    await ioc.setFaults('ioc:down')
    await expect(send([message(21, '2024-10')], 'down')).rejects.toThrow()
    await ioc.setFaults('')
    expect(ioc.received({ period: '2024-10' }).newest).toEqual([message(20, '2024-10')])
  })

  it('refuses what is no message, one by one, and shows what it holds all the same', async () => {
    const odd = [
      null,
      5,
      [],
      { kind: 'indicator', id: { toString: 1 } },
      { ...message(3, '2024-09'), sources: [{ source: {} }] },
    ]
    expect(await results(await send(odd, 'odd'))).toEqual(['refused', 'refused', 'refused', 'refused', 'accepted'])
    expect((await fetch(`${ioc.url}/received/grey`)).status).toBe(200)
    expect((await send([message(3, '2024-09')], 'odd-2')).status).toBe(200)
  })
})
