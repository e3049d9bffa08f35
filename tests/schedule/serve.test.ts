import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Config } from '../../src/config.ts'
import { runJob } from '../../src/schedule/child.ts'
import { withLease } from '../../src/schedule/lease.ts'
import { serve, stopServe } from '../../src/schedule/serve.ts'
import { saveMeta } from '../../src/warehouse/landing.ts'
import { findLease } from '../../src/warehouse/leases.ts'
import { listRuns, startRun } from '../../src/warehouse/runs.ts'
import { type Ioc, startIoc } from '../deliver/ioc.ts'
import { enqueue } from '../deliver/messages.ts'
import { eachDialect, ZONE } from '../support/warehouse.ts'

let ioc: Ioc
beforeEach(async () => {
  ioc = await startIoc()
})
afterEach(() => ioc.close())

const beside = (file: string) => fileURLToPath(new URL(file, import.meta.url))
const lines: string[] = []
const log = {
  info: (line: string) => void lines.push(line),
  warn: (line: string) => void lines.push(line),
  error: (line: string, error?: unknown) => void lines.push(`${line} ${error}`),
}
const configOf = (warehouse: string): Config => ({
  home: tmpdir(),
  homes: [],
  warehouse,
  zone: ZONE,
  language: 'en',
  statusPort: 0,
  jobs: [],
  sources: [],
  targets: [ioc.target],
})

test('a child says what it has to say and ends when asked', async () => {
  const stop = new AbortController()
  const said: string[] = []
  const info = (line: string) => {
    said.push(line)
    if (line === 'ready') stop.abort()
  }
  const options = { config: configOf('w.sqlite'), env: process.env, log: { ...log, info }, signal: stop.signal }
  expect(await runJob('nightly', 'nightly@x', { ...options, program: beside('job-child.mjs') })).toBe(4)
  expect(said.sort()).toEqual(['args run nightly --slot nightly@x', 'ready', 'warehouse w.sqlite'])
})

eachDialect('serve', (open) => {
  test('ticks on the sample clock, delivers, waits, and gives everything back', async () => {
    const { warehouse, location } = await open()
    await warehouse.write((trx) => saveMeta(trx, 'data', 'sample'))
    await warehouse.write((trx) =>
      startRun(trx, { kind: 'source', verb: 'sync', source: 's', startedAt: 1, asOf: 1, holder: 'elsewhere/1/1/a-b' }),
    )
    await enqueue(warehouse, 'a', [1, 2])
    const stop = new AbortController()
    let now = Date.now()
    let sample = Date.parse('2024-12-02T08:00:00+07:00')
    const ticks: number[] = []
    let closed = 0
    let sleeps = 0
    const sleep = async () => {
      now += 30_000
      if (++sleeps === 5) stop.abort()
    }
    const sampleNow = async () => {
      sample += 1000
      ticks.push(sample)
      return sample
    }
    const openConsole = async () => ({ url: 'http://127.0.0.1:1', close: async () => void closed++ })
    const options = { port: 0, signal: stop.signal, now: () => now, env: {}, log, openConsole, sampleNow, sleep }
    await serve(warehouse, configOf(location), options)
    expect(closed).toBe(1)
    expect(ticks).toHaveLength(3)
    const rows = await warehouse.read((db) => db.selectFrom('tick').select('at').orderBy('id').execute())
    expect(rows.map((row) => row.at)).toEqual(ticks)
    expect(ioc.receiver.revisions('a|72@2020-01-01|2024-11').map((one) => one.revision)).toEqual([1, 2])
    const leases = await warehouse.read((db) =>
      db.selectFrom('lease').selectAll().where('expires_at', '>', 0).execute(),
    )
    expect(leases).toEqual([])
    // Somebody else's run is not ours to close.
    expect(await warehouse.read((db) => listRuns(db, { state: 'running' }))).toHaveLength(1)
  })

  // With the shorter step most passes find a queue that waits for its next attempt.
  test.each([
    [600_000, 4],
    [700, 12],
  ])('nothing landed yet: no tick; an outage is said once, a pass every %i ms', async (step, passes) => {
    const { warehouse, location } = await open()
    await enqueue(warehouse, 'a', [1])
    ioc.always = 500
    const stop = new AbortController()
    let now = Date.now()
    let sleeps = 0
    lines.length = 0
    ioc.seen.length = 0
    const sleep = async () => {
      now += step
      if (++sleeps === passes) stop.abort()
    }
    const openConsole = async () => ({ url: 'http://127.0.0.1:1', close: async () => {} })
    const options = { port: 0, signal: stop.signal, now: () => now, env: {}, log, openConsole, sleep }
    await serve(warehouse, configOf(location), options)
    expect(ioc.seen).toHaveLength(4) // the shorter step: after 0, 1.4, 3.5 and 7.7 s
    expect(lines.filter((line) => line.includes('a pass failed'))).toHaveLength(1)
    expect(await warehouse.read((db) => db.selectFrom('tick').selectAll().execute())).toEqual([])
  })

  test('a queue that a job is sending at this moment is left to it, without an error', async () => {
    const { warehouse, location } = await open()
    await enqueue(warehouse, 'a', [1])
    const stop = new AbortController()
    lines.length = 0
    const openConsole = async () => ({ url: 'http://127.0.0.1:1', close: async () => {} })
    const sleep = async () => stop.abort()
    const options = { port: 0, signal: stop.signal, now: Date.now, env: {}, log, openConsole, sleep }
    await withLease(warehouse, 'deliver:ioc', 'elsewhere/1/1/a-b', () => serve(warehouse, configOf(location), options))
    expect(lines.filter((line) => line.includes('a pass failed'))).toEqual([])
    expect(ioc.seen).toHaveLength(0)
  })

  test('stop ends the process that serves; a second one is refused', async () => {
    const { warehouse, location } = await open()
    expect(await stopServe(warehouse)).toBe(false)
    const config = JSON.stringify(configOf(location))
    const child = spawn(process.execPath, [beside('serve-child.ts'), location, config], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const said: string[] = []
    const reader = createInterface({ input: child.stdout })
    reader.on('line', (line) => said.push(line))
    const exit = once(child, 'exit')
    await once(reader, 'line')
    const page = await fetch(said[0] ?? '')
    expect(page.status).toBe(200)
    const openConsole = async () => Promise.reject(new Error('not reached'))
    const second = { port: 0, signal: new AbortController().signal, now: Date.now, env: {}, log, openConsole }
    await expect(serve(warehouse, configOf(location), second)).rejects.toMatchObject({ code: 'ALREADY_RUNNING' })
    expect(await stopServe(warehouse)).toBe(true)
    expect(await exit).toEqual([0, null])
    expect(said).toHaveLength(2)
    expect((await warehouse.read((db) => findLease(db, 'serve')))?.expires_at).toBe(0)
    expect(await stopServe(warehouse)).toBe(false)
  })

  test('killed, it can be started again at once', async () => {
    const { warehouse, location } = await open()
    const args = [beside('serve-child.ts'), location, JSON.stringify(configOf(location))]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(createInterface({ input: child.stdout }), 'line')
    const exit = once(child, 'exit')
    child.kill('SIGKILL')
    await exit
    expect(await stopServe(warehouse)).toBe(false)
    const stop = new AbortController()
    const openConsole = async () => {
      stop.abort()
      return { url: '', close: async () => {} }
    }
    await serve(warehouse, configOf(location), {
      port: 0,
      signal: stop.signal,
      now: Date.now,
      env: {},
      log,
      openConsole,
    })
  })
})
