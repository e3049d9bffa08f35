/** The hostile suite knows the second page of every kind of paging as such: what is to go wrong there does go wrong there. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { CHECKS } from '../../src/author/suite/checks.ts'
import { runSuite } from '../../src/author/suite/suite.ts'
import { CHECKOUT, loadConfig } from '../../src/config.ts'

const config = loadConfig({ home: CHECKOUT, env: { IOC_LANG: 'en' }, cwd: CHECKOUT })
const folder = mkdtempSync(join(tmpdir(), 'ioc-suite-paging-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const PAGING = {
  token: "{ kind: 'token', next: 'tiep', parameter: 'sau', total: 'tongSo', maxPages: 1_000 }",
  link: "{ kind: 'link', next: 'tiep', total: 'tongSo', maxPages: 1_000 }",
  keyset:
    "{ kind: 'keyset', parameter: 'sau', field: 'MaHoSo', starts: 'after', size: { parameter: 'dong', rows: 500 }, total: 'tongSo', maxPages: 1_000 }",
}

it.each(Object.entries(PAGING))('%s: its second page goes wrong', async (name, paging) => {
  const connector = join(folder, `${name}.ts`)
  writeFileSync(
    connector,
    `import base from ${JSON.stringify(join(CHECKOUT, 'connectors', 'one-stop', 'connector.ts'))}
import { rest } from ${JSON.stringify(join(CHECKOUT, 'src', 'connect', 'index.ts'))}
const [stream] = base.streams
const read = rest({ ...stream.read.kit.declaration, since: undefined, paging: ${paging} })
export default { ...base, streams: [{ ...stream, sees: 'everything', cursor: undefined, read }] }
`,
  )
  const instance = config.sources.find(({ id }) => id === 'one-stop')
  const { outcomes } = await runSuite({
    config,
    connector,
    stream: 'dossier',
    instance: { settings: instance?.settings ?? {}, agency: instance?.agency ?? null },
    recordings: [join(CHECKOUT, 'connectors', 'one-stop', 'recordings')],
    // the first fills the source, as the whole suite does
    checks: CHECKS.filter((one) => ['equal-cursor', 'moving-rows', 'stuck-paging'].includes(one.name)),
  })
  expect(outcomes.map(({ hazard, verdict, what: [, what] }) => `${hazard} ${verdict} ${what}`)).toEqual([
    expect.stringMatching(/^1 PASS/),
    '9 PASS all rows that stayed arrived',
    '10 PASS each ends, none as a success; 30 genuine pages: succeeded',
  ])
})
