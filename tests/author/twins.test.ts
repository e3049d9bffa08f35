/** Each check of the hostile suite finds the bug that is planted for it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { CHECKS } from '../../src/author/suite/checks.ts'
import { runSuite } from '../../src/author/suite/suite.ts'
import { CHECKOUT, loadConfig } from '../../src/config.ts'
import { TWINS } from './twins/twins.ts'

const config = loadConfig({ home: CHECKOUT, env: { IOC_LANG: 'en' }, cwd: CHECKOUT })
const folder = mkdtempSync(join(tmpdir(), 'ioc-twins-'))
const table: string[] = []
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
  process.stderr.write(`${table.join('\n')}\n`)
})

it.each(Object.entries(TWINS))('%s: found', async (name, { base, stream, check, bug }) => {
  mkdirSync(join(folder, name))
  const connector = join(folder, name, 'connector.ts')
  const twins = join(import.meta.dirname, 'twins', 'twins.ts')
  writeFileSync(connector, `import { twinOf } from ${JSON.stringify(twins)}\nexport default twinOf('${name}')\n`)
  const shipped = join(CHECKOUT, 'connectors', base)
  const instance = config.sources.find((source) => source.connector === join(shipped, 'connector.ts'))
  const { outcomes } = await runSuite({
    config,
    connector,
    stream,
    instance: { settings: instance?.settings ?? {}, agency: instance?.agency ?? null },
    recordings: [join(shipped, 'recordings')],
    checks: CHECKS.filter((one) => one.name === check),
  })
  const [outcome] = outcomes
  table.push(`${outcome?.verdict ?? 'none'}  ${outcome?.hazard}  ${check}  ${name}: ${bug} → ${outcome?.what[1]}`)
  expect(outcomes).toMatchObject([{ stream, check, verdict: 'FAIL' }])
  expect(outcome?.hint?.every((said) => said !== '')).toBe(true)
})

it('every check has a twin', () => {
  const planted = new Set(Object.values(TWINS).map(({ check }) => check))
  expect(CHECKS.map(({ name }) => name).filter((name) => !planted.has(name))).toEqual([])
})
