/** The suite speaks every form of paging, answer and change that the kit declares: each passes all that applies to it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { writeRecording } from '../../src/author/record/recording.ts'
import { CHECKS } from '../../src/author/suite/checks.ts'
import { runSuite } from '../../src/author/suite/suite.ts'
import type { Outcome } from '../../src/author/suite/types.ts'
import { CHECKOUT, loadConfig } from '../../src/config.ts'
import { KINDS, recordingOf } from './kinds.ts'

const config = loadConfig({ home: CHECKOUT, env: { IOC_LANG: 'en' }, cwd: CHECKOUT })
const VALUES = ['far-future', 'one-instant', 'poison', 'keys', 'lossless', 'secrets-and-persons', 'nothing-new']
const folder = mkdtempSync(join(tmpdir(), 'ioc-kinds-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

it.concurrent.each(Object.keys(KINDS))('%s', async (name) => {
  const own = join(folder, name.replaceAll(/\W+/g, '-'))
  mkdirSync(own)
  writeRecording(join(own, 'dossier.json'), recordingOf(name))
  const connector = join(own, 'connector.ts')
  const kinds = join(import.meta.dirname, 'kinds.ts')
  writeFileSync(
    connector,
    `import { connectorOf } from ${JSON.stringify(kinds)}\nexport default connectorOf(${JSON.stringify(name)})\n`,
  )
  const { outcomes } = await runSuite({
    config,
    connector,
    stream: null,
    instance: { settings: { url: 'http://offline.invalid' }, agency: null },
    recordings: [own],
    // values do not depend on how pages are asked for, but on the form of the answer
    checks: CHECKS.filter((check) => KINDS[name]?.rest.answer !== undefined || !VALUES.includes(check.name)),
  })
  const failed = ({ verdict }: Outcome) => verdict === 'FAIL'
  expect(outcomes.filter(failed).map(({ check, what, hint }) => [check, what[1], hint?.[1]])).toEqual([])
  expect(outcomes.filter(({ verdict }) => verdict === 'PASS').length).toBeGreaterThanOrEqual(5)
})
