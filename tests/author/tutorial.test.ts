/** connectors/README.md, executed as it stands. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { CHECKOUT } from '../../src/config.ts'
import { freePort, runPage } from '../support/tutorial.ts'

let root = ''
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'ioc-feed-tutorial-'))
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

it('is what happens', async () => {
  const [sandbox, department] = [await freePort(), await freePort()]
  // the page's two ports may be taken on this machine
  const page = readFileSync(join(CHECKOUT, 'connectors', 'README.md'), 'utf8')
    .replaceAll('8899', String(sandbox))
    .replaceAll('8898', String(department))
  const edited = await runPage(page, {
    cwd: CHECKOUT,
    home: join(root, 'ioc-home'),
    env: {
      PATH: process.env.PATH ?? '',
      HOME: root,
      LANG: 'C.UTF-8',
      COLUMNS: '120',
      IOC_SANDBOX_URL: `http://127.0.0.1:${sandbox}`,
      NODE_COMPILE_CACHE: join(CHECKOUT, 'node_modules', '.cache', 'ioc-feed-compiled'),
    },
  })
  // what the page asks a person to write
  expect(edited).toBeLessThanOrEqual(30)
}, 180_000)
