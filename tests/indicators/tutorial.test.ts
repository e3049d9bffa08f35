/** src/indicators/README.md, executed as it stands on a checkout of its own: a measure and an indicator come to a warehouse with dossiers. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { CHECKOUT } from '../../src/config.ts'
import { openWarehouse } from '../../src/warehouse/open.ts'
import { at } from '../support/pages.ts'
import { blocksOf, checkOut, freePort, runPage } from '../support/tutorial.ts'

let root = ''
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'ioc-feed-tutorial-'))
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

/** Share of the province, counted here from the rows alone. */
async function shareByHand(): Promise<{ numerator: number; denominator: number }> {
  const warehouse = await openWarehouse(join(root, 'tutorial.sqlite'))
  try {
    const rows = await warehouse.read((db) =>
      db
        .selectFrom('dossier')
        .select('received_at')
        .where('counted', '=', 1)
        .where('deleted', '=', 0)
        .where('status', 'not in', [1, 3])
        .where('received_at', '>=', at('2024-01-01T00:00'))
        .where('received_at', '<', at('2024-12-01T00:00'))
        .execute(),
    )
    const weekday = (ms: number) => new Date(ms + 7 * 3_600_000).getUTCDay()
    const atWeekend = rows.filter(({ received_at }) => [0, 6].includes(weekday(received_at ?? 0)))
    return { numerator: atWeekend.length, denominator: rows.length }
  } finally {
    await warehouse.close()
  }
}
async function shareHeld(): Promise<{ numerator: number | null; denominator: number | null } | undefined> {
  const warehouse = await openWarehouse(join(root, 'tutorial.sqlite'))
  try {
    return await warehouse.read((db) =>
      db
        .selectFrom('indicator_value')
        .select(['numerator', 'denominator'])
        .where('indicator', '=', 'received-at-weekend-share')
        .where('period', '=', '2024-YTD-11')
        .where('agency', 'like', '72@%')
        .where('current', '=', 1)
        .executeTakeFirst(),
    )
  } finally {
    await warehouse.close()
  }
}

it('is what happens, in about ten lines each', async () => {
  const sandbox = await freePort()
  const page = readFileSync(join(CHECKOUT, 'src', 'indicators', 'README.md'), 'utf8').replaceAll(
    '8899',
    String(sandbox),
  )
  const cwd = join(root, 'ioc-feed')
  checkOut(cwd)
  await runPage(page, {
    cwd,
    env: {
      PATH: process.env.PATH ?? '',
      HOME: root,
      LANG: 'C.UTF-8',
      COLUMNS: '120',
      IOC_SANDBOX_URL: `http://127.0.0.1:${sandbox}`,
      NODE_COMPILE_CACHE: join(CHECKOUT, 'node_modules', '.cache', 'ioc-feed-compiled'),
    },
  })
  const counted = await shareByHand()
  expect(counted.numerator).toBeGreaterThan(0)
  expect(await shareHeld()).toEqual(counted)
  const lines = (file: RegExp) =>
    blocksOf(page)
      .filter((block) => block.kind === 'diff' && file.test(block.file))
      .flatMap(({ content }) => content.split('\n'))
  const written = (file: RegExp) =>
    lines(file).filter((line) => line.startsWith('+')).length -
    lines(file).filter((line) => line.startsWith('-')).length
  expect(written(/tables|measures/)).toBeLessThanOrEqual(10)
  expect(written(/catalogue/)).toBeLessThanOrEqual(10)
}, 300_000)
