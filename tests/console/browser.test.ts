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
  await warehouse.write((trx) => saveMeta(trx, 'data', 'sample'))
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
