/** The suite speaks every form of paging, answer and change that the kit declares: each passes all that applies to it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { writeRecording } from '../../src/author/record/recording.ts'
import type { Check } from '../../src/author/suite/check.ts'
import { CHECKS } from '../../src/author/suite/checks.ts'
import { runSuite } from '../../src/author/suite/suite.ts'
import type { Outcome } from '../../src/author/suite/types.ts'
import { CHECKOUT, loadConfig } from '../../src/config.ts'
import { KINDS, recordingOf } from './kinds.ts'

const config = loadConfig({ home: CHECKOUT, env: { IOC_LANG: 'en' }, cwd: CHECKOUT })
const VALUES = ['far-future', 'one-instant', 'poison', 'keys', 'lossless', 'secrets-and-persons', 'nothing-new']
const folder = mkdtempSync(join(tmpdir(), 'ioc-kinds-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** `made`: what of kinds.ts makes the connector. */
async function outcomesOf(
  name: string,
  made: string,
  folderName: string,
  checks: readonly Check[],
): Promise<Outcome[]> {
  const own = join(folder, folderName.replaceAll(/\W+/g, '-'))
  mkdirSync(own)
  writeRecording(join(own, 'dossier.json'), recordingOf(name))
  const connector = join(own, 'connector.ts')
  const kinds = join(import.meta.dirname, 'kinds.ts')
  writeFileSync(connector, `import * as kinds from ${JSON.stringify(kinds)}\nexport default kinds.${made}\n`)
  const { outcomes } = await runSuite({
    config,
    connector,
    stream: null,
    instance: { settings: { url: 'http://offline.invalid' }, agency: null },
    recordings: [own],
    checks,
  })
  return outcomes
}

it.concurrent.each(Object.keys(KINDS))('%s', async (name) => {
  // values do not depend on how pages are asked for, but on the form of the answer
  const checks = CHECKS.filter((check) => KINDS[name]?.rest.answer !== undefined || !VALUES.includes(check.name))
  const outcomes = await outcomesOf(name, `connectorOf(${JSON.stringify(name)})`, name, checks)
  const failed = ({ verdict }: Outcome) => verdict === 'FAIL'
  expect(outcomes.filter(failed).map(({ check, what, hint }) => [check, what[1], hint?.[1]])).toEqual([])
  expect(outcomes.filter(({ verdict }) => verdict === 'PASS').length).toBeGreaterThanOrEqual(5)
})

it('a tap that babbles, taken for one that has ended: found', async () => {
  const checks = CHECKS.filter(({ name }) => name === 'bad-answer')
  const outcomes = await outcomesOf('Singer tap', 'singerTwin()', 'singer twin', checks)
  expect(outcomes).toMatchObject([{ check: 'bad-answer', verdict: 'FAIL' }])
  expect(outcomes[0]?.what[1]).toContain('a web page in place of messages')
})
