/** The status page in a real browser: it reads well at the width of a phone and of a wall, and loads nothing from elsewhere. */
import chromium from '@sparticuz/chromium'
import { type Browser, chromium as playwright } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { CHECKOUT, loadConfig } from '../../src/config.ts'
import { startConsole } from '../../src/console/server.ts'
import { runSentence } from '../../src/schedule/runs.ts'
import { saveMeta } from '../../src/warehouse/landing.ts'
import { migrate } from '../../src/warehouse/migrate.ts'
import { openWarehouse } from '../../src/warehouse/open.ts'
import { postpone } from '../../src/warehouse/outbox.ts'
import { endRun, startRun } from '../../src/warehouse/runs.ts'
import { enqueue } from '../deliver/messages.ts'
import { throwaway, ZONE } from '../support/warehouse.ts'

let browser: Browser
beforeAll(async () => {
  // One process for all, as that package advises for its small containers, ends with the first page here.
  const args = chromium.args.filter((arg) => !['--single-process', '--no-zygote'].includes(arg))
  browser = await playwright.launch({ executablePath: await chromium.executablePath(), args, headless: true })
})
afterAll(() => browser?.close())

it('shows the sample banner first, fits its window, and asks nobody else', async () => {
  const { location, remove } = await throwaway('sqlite')
  const warehouse = await openWarehouse(location)
  await migrate(warehouse, ZONE)
  await warehouse.write(async (trx) => {
    await saveMeta(trx, 'data', 'sample')
    // A line in the tables at the foot: what stands in it must not push the page wider than a phone.
    const run = await startRun(trx, { kind: 'invocation', verb: 'run', job: 'nightly', startedAt: 1, asOf: 1 })
    await endRun(trx, run, { state: 'partial', endedAt: 2 })
  })
  await enqueue(warehouse, 'a', [1])
  await warehouse.write((trx) => postpone(trx, 'ioc', [1], 0, '127.0.0.1:8899: ECONNREFUSED (4 attempts)'))
  const config = loadConfig({ env: {}, cwd: CHECKOUT })
  const console = await startConsole(warehouse, { port: 0, now: Date.now, config, sentenceOf: runSentence })
  const asked: string[] = []
  for (const width of [360, 1920]) {
    const page = await browser.newPage({ viewport: { width, height: 900 } })
    page.on('request', (request) => asked.push(new URL(request.url()).origin))
    await page.goto(console.url)
    expect(await page.locator('body').innerText()).toMatch(/DỮ LIỆU MẪU/i)
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
    await page.close()
  }
  expect([...new Set(asked)]).toEqual([new URL(console.url).origin])
  await console.close()
  await warehouse.close()
  await remove()
})
