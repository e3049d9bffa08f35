/** A request budget per host: shared by threads and processes, without a sleep anywhere. */
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBudget } from '../../src/connect/budget.ts'
import { quickHttp, serve } from '../support/loopback.ts'

let dir = ''
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'ioc-feed-budget-'))
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))
const file = (name: string) => join(dir, 'var', `${name}.sqlite`)

test('requests go one interval apart, a burst at once, and unused time is not saved beyond it', async () => {
  let now = 1_000_000
  const budget = await openBudget(file('clock'), { perSecond: 2, burst: 3 }, () => now)
  const waits = () => [1, 2, 3, 4, 5].map(() => budget.reserve('a'))
  expect(waits()).toEqual([0, 0, 0, 500, 1000])
  expect(budget.reserve('b')).toBe(0)
  now += 3_600_000
  expect(waits()).toEqual([0, 0, 0, 500, 1000])
  // a clock that is set back does not stop us for an hour
  now -= 3_600_000
  expect(budget.reserve('a')).toBe(0)
  budget.close()
})

test('four processes at once share one budget', async () => {
  const program = `
    import { openBudget } from ${JSON.stringify(join(import.meta.dirname, '../../src/connect/budget.ts'))}
    const budget = await openBudget(process.argv[1], { perSecond: 10 }, () => 5000)
    console.log(JSON.stringify(Array.from({ length: 50 }, () => budget.reserve('host:1'))))`
  const run = promisify(execFile)
  const said = await Promise.all(
    [1, 2, 3, 4].map(() => run(process.execPath, ['--input-type=module-typescript', '-e', program, file('processes')])),
  )
  const waits = said.flatMap(({ stdout }) => JSON.parse(stdout) as number[]).sort((a, b) => a - b)
  expect(waits).toEqual(Array.from({ length: 200 }, (_, i) => i * 100))
})

test('a damaged file is begun anew; one that cannot be made fails the request, not the thread', async () => {
  const damaged = file('damaged')
  mkdirSync(dirname(damaged), { recursive: true })
  writeFileSync(damaged, 'this is no database\n'.repeat(500))
  const budget = await openBudget(damaged, { perSecond: 2 }, () => 1000)
  expect([budget.reserve('a'), budget.reserve('a')]).toEqual([0, 500])
  budget.close()
  const { http } = quickHttp({ network: { budget: { perSecond: 1 } }, budgetFile: dirname(damaged) })
  await expect(http.json({ url: 'http://127.0.0.1:9/' })).rejects.toMatchObject({ code: 'SQLITE_CANTOPEN' })
  http.close() // a rejection that nobody hears would end the thread, and this test
})

test('every attempt takes its turn, retries too', async () => {
  let calls = 0
  const { url, close } = await serve((_, response) => {
    if (calls++ > 0) return { ok: true }
    response.statusCode = 503
    return {}
  })
  // so slow that real time between two requests does not matter
  const network = { budget: { perSecond: 0.01 } }
  const { http, waits } = quickHttp({ network, budgetFile: file('http') })
  await http.json({ url })
  await http.json({ url })
  expect(waits.map((ms) => Math.ceil(ms / 100_000))).toEqual([1, 1, 2]) // the retry's own wait, then two turns
  http.close()
  await close()
})
