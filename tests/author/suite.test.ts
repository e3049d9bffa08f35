/** `ioc connector test` on the shipped connectors: every hazard that applies passes, offline; the badges say what a run says. */
import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { badgeOf, saidBy, withBadge } from '../../src/author/suite/badge.ts'
import { CHECKS } from '../../src/author/suite/checks.ts'
import type { Outcome } from '../../src/author/suite/types.ts'
import { CHECKOUT } from '../../src/config.ts'
import { documentOf } from '../cli/support.ts'

interface Told {
  stream: string
  hazard: number
  check: string
  verdict: Outcome['verdict']
  what: string
  hint: string | null
}
interface Tested {
  connectors: { connector: string; ms: number; checks: Told[] }[]
  pass: number
  fail: number
  notApplicable: number
}
const SHIPPED = ['catalogue', 'communes', 'judicial', 'land', 'national-766', 'one-stop', 'statements']
const VERSION = (JSON.parse(readFileSync(join(CHECKOUT, 'package.json'), 'utf8')) as { version: string }).version

async function ioc(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const words = [join(CHECKOUT, 'src', 'cli.ts'), ...args]
  // no network but this machine's own: an address of a real system would not be reached, and the run would fail
  const env = { PATH: process.env.PATH ?? '', IOC_LANG: 'en', IOC_SANDBOX_URL: 'http://offline.invalid' }
  try {
    const ran = await promisify(execFile)(process.execPath, words, { env, maxBuffer: 1 << 24 })
    return { code: 0, ...ran }
  } catch (error) {
    return error as { code: number; stdout: string; stderr: string }
  }
}

describe('the shipped connectors', () => {
  let tested: Tested
  beforeAll(async () => {
    const ran = await ioc('connector', 'test', ...SHIPPED, '--json')
    expect(ran).toMatchObject({ stderr: '' })
    tested = documentOf<Tested>(ran, 'connector-test')
    expect(ran.code).toBe(tested.fail === 0 ? 0 : 2)
  }, 300_000)

  it('pass every check that applies', () => {
    const all = tested.connectors.flatMap(({ connector, checks }) => checks.map((check) => ({ connector, ...check })))
    expect(all.filter(({ verdict }) => verdict === 'FAIL')).toEqual([])
    expect(tested.connectors.map(({ connector }) => connector)).toEqual(SHIPPED)
    // no check that never runs
    const passed = new Set(all.filter(({ verdict }) => verdict === 'PASS').map(({ check }) => check))
    expect(CHECKS.map(({ name }) => name).filter((name) => !passed.has(name))).toEqual([])
    expect(all.every(({ what }) => what !== '')).toBe(true)
    // exactness is proven by values that the schema takes
    const exact = all.filter(({ check, verdict }) => check === 'lossless' && verdict === 'PASS')
    expect(exact.filter(({ what }) => !/^[1-9]\d* values exact/.test(what))).toEqual([])
  })

  it.each(SHIPPED)('%s: its badge is that of a run', (name) => {
    const page = readFileSync(join(CHECKOUT, 'connectors', name, 'README.md'), 'utf8')
    const checks = tested.connectors.find(({ connector }) => connector === name)?.checks ?? []
    expect(badgeOf(page)).toBe(saidBy({ date: '', version: VERSION, outcomes: checks as unknown as Outcome[] }))
  })
})

it('says where the query of a connector was replaced', async () => {
  const { stdout } = await ioc('connector', 'test', 'land', '--stream', 'agency')
  expect(stdout).toContain('rows and connect of the connector are turned to it')
}, 60_000)

describe('what is missing', () => {
  const home = mkdtempSync(join(tmpdir(), 'ioc-suite-test-'))
  afterAll(() => rmSync(home, { recursive: true, force: true }))

  it('a recording, a connector, a stream: two lines, exit 2', async () => {
    mkdirSync(join(home, 'connectors', 'lonely'), { recursive: true })
    cpSync(join(CHECKOUT, 'connectors', 'land', 'connector.ts'), join(home, 'connectors', 'lonely', 'connector.ts'))
    const lonely = await ioc('connector', 'test', 'lonely', '--home', home)
    expect([lonely.code, lonely.stderr]).toEqual([
      2,
      expect.stringMatching(/^RECORDING_MISSING: .*agency.*\n→ .*ioc connector record/),
    ])
    const unknown = await ioc('connector', 'test', 'lannd')
    expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('land?')])
    const stream = await ioc('connector', 'test', 'land', '--stream', 'dosier')
    expect([stream.code, stream.stderr]).toEqual([2, expect.stringContaining('dossier?')])
  })
})

it('a badge takes the place of the old one, below the title', () => {
  const outcome = (verdict: Outcome['verdict']): Outcome => ({
    stream: 'dossier',
    hazard: 1,
    check: 'x',
    verdict,
    what: ['', ''],
    hint: null,
    ms: 1,
  })
  const first = withBadge('# Title\n\nText\n', { date: '2026-11-28', version: '1', outcomes: [outcome('PASS')] })
  expect(first.split('\n')[0]).toBe('# Title')
  const second = withBadge(first, {
    date: '2026-11-29',
    version: '2',
    outcomes: [outcome('PASS'), outcome('NOT APPLICABLE')],
  })
  expect(badgeOf(second)).toBe('version 2: dossier 1 passed, 1 not applicable.')
  expect(second.split('\n')).toHaveLength(first.split('\n').length)
})
