import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { CHECKOUT, type ConfigFault, loadConfig, resolveSettings, resolveTargets } from '../src/config.ts'
import { loadConnector } from '../src/connect/load.ts'
import { PipelineError, twoLines } from '../src/errors.ts'
import { freshUntil } from '../src/schedule/job.ts'

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'ioc-feed-home-'))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

const put = (path: string, value: unknown) => {
  mkdirSync(dirname(join(home, path)), { recursive: true })
  writeFileSync(join(home, path), typeof value === 'string' ? value : JSON.stringify(value))
}
const source = {
  id: 'dept-a',
  name: 'Sở A',
  agency: null,
  sample: true,
  authority: [{ rank: 1, from: '2020-01-01' }],
  grace: 'PT26H',
  settings: { url: 'http://127.0.0.1/' },
}
const job = { id: 'nightly', cron: '0 1 * * *', sources: ['*'], push: true }
const target = { name: 'ioc', kind: 'rest', url: 'http://127.0.0.1/', key: 'k', secret: 's3cret-value', sample: true }
const good = () => {
  put('connectors/sys/connector.ts', 'export default {}')
  put('connectors/sys/sources.json', { sources: [source] })
  put('jobs/nightly.json', job)
  put('jobs/targets.json', { targets: [target] })
}
const load = (env: Record<string, string> = {}, flags = {}) => loadConfig({ home, env, cwd: '/', ...flags })
const complaint = (work: () => unknown): string => {
  try {
    work()
  } catch (error) {
    if (error instanceof PipelineError) return twoLines(error, 'en')
    throw error
  }
  return 'nothing'
}

describe('what is right', () => {
  test('the shipped configuration loads', () => {
    const config = loadConfig({ env: {}, cwd: '/' })
    expect(config).toMatchObject({ home: CHECKOUT, zone: 'Asia/Ho_Chi_Minh', language: 'en', statusPort: 8080 })
    expect(config.warehouse).toBe(join(CHECKOUT, 'data/var/warehouse.sqlite'))
    expect(resolveTargets(config, {})).toEqual([
      {
        name: 'ioc',
        kind: 'rest',
        url: 'http://127.0.0.1:8899/ioc/v1',
        key: 'sandbox',
        secret: 'sandbox-secret',
        sample: true,
      },
    ])
    expect(resolveTargets(config, { IOC_SECRET: 'x@:/%' })[0]?.secret).toBe('x@:/%')
  })
  test('flags over environment over defaults; relative paths follow INIT_CWD', () => {
    good()
    const env = { IOC_WAREHOUSE: 'env.sqlite', INIT_CWD: '/typed/here', IOC_PORT: '9000', LANG: 'vi_VN.UTF-8' }
    expect(load(env)).toMatchObject({ warehouse: '/typed/here/env.sqlite', statusPort: 9000, language: 'vi' })
    expect(load(env, { warehouse: 'flag.sqlite', port: 1 })).toMatchObject({
      warehouse: '/typed/here/flag.sqlite',
      statusPort: 1,
    })
    expect(load({ IOC_WAREHOUSE: 'postgres://u@h/d' }).warehouse).toBe('postgres://u@h/d')
    expect(load({ ...env, IOC_LANG: 'en' }).language).toBe('en')
    expect(load().homes).toEqual([home, CHECKOUT])
  })
  test('settings: references deep inside, defaults, types, paths against the home', () => {
    good()
    const settings = {
      folder: `\${env:DROPS:-drops}`,
      login: { password: `\${file:secret.txt}`, tries: `\${env:TRIES:-3}` },
      list: [`\${env:A}/x`],
    }
    put('connectors/sys/sources.json', { sources: [{ ...source, settings }] })
    put('connectors/sys/secret.txt', 'p@ss\n')
    const schema = {
      type: 'object',
      properties: {
        folder: { type: 'string', format: 'path' },
        login: { type: 'object', properties: { password: { type: 'string' }, tries: { type: 'integer' } } },
        list: { type: 'array', items: { type: 'string' } },
        pages: { type: 'integer', default: 7 },
      },
    }
    const [instance] = load().sources
    if (!instance) throw new Error('no source')
    expect(instance.settings).toEqual(settings)
    expect(resolveSettings(instance, schema, { A: 'a' }, home)).toEqual({
      folder: join(home, 'drops'),
      login: { password: 'p@ss', tries: 3 },
      list: ['a/x'],
      pages: 7,
    })
    expect(complaint(() => resolveSettings(instance, schema, {}, home))).toContain(
      'sources[0].settings.list[0] asks for A, which is not set',
    )
    const wrong = complaint(() => resolveSettings(instance, schema, { A: 'a', TRIES: 'hunter2' }, home))
    expect(wrong).toContain('connectors/sys/sources.json:1: sources[0].settings.login.tries must be integer')
    expect(wrong).not.toContain('hunter2')
  })
  test("what shipped connectors ask for are schemas; what a home's asks for is held to it", async () => {
    const ajv = new Ajv2020({ strict: false })
    const { sources } = loadConfig({ home: CHECKOUT, env: {}, cwd: CHECKOUT })
    expect(sources.length).toBeGreaterThan(5)
    for (const { connector } of sources) {
      const { settings: asked } = await loadConnector(connector)
      expect([connector, ajv.validateSchema(asked), ajv.errors ?? []]).toEqual([connector, true, []])
    }
    good()
    const [instance] = load().sources
    if (!instance) throw new Error('no source')
    const wrong = { type: 'object', properties: { url: { type: 'string', minLength: -1 } } }
    expect(() => resolveSettings(instance, wrong, {}, home)).toThrow(/schema is invalid/)
    const ours = { ...instance, connector: join(CHECKOUT, 'connectors', 'x', 'connector.ts') }
    expect(resolveSettings(ours, wrong, {}, home)).toMatchObject({ url: 'http://127.0.0.1/' })
  })
  test('fresh until the next scheduled run and its grace, else 26 hours', () => {
    good()
    const config = load()
    const [instance] = config.sources
    if (!instance) throw new Error('no source')
    const now = Date.parse('2024-12-02T03:00:00+07:00')
    expect(new Date(freshUntil(config, instance, now)).toISOString()).toBe('2024-12-03T20:00:00.000Z')
    expect(freshUntil({ ...config, jobs: [] }, instance, now) - now).toBe(26 * 3_600_000)
  })
})

test('with somebody to tell, what is wrong is left out and the rest is read', () => {
  good()
  put('connectors/torn/sources.json', '{"sources": [')
  put('jobs/nightly.json', { ...job, sources: ['dept-a', 'of-the-torn-file'] })
  put('jobs/daily.json', job)
  const faults: ConfigFault[] = []
  const config = load({}, { onFault: (fault: ConfigFault) => faults.push(fault) })
  expect(faults.map(({ file, error }) => [file, error.code])).toEqual([
    [join(home, 'connectors/torn/sources.json'), 'CONFIG_UNREADABLE'],
    [join(home, 'jobs/daily.json'), 'CONFIG_INVALID'],
  ])
  expect(config.sources.map(({ id }) => id)).toEqual(['dept-a'])
  expect(config.jobs.map(({ id }) => id)).toEqual(['nightly'])
  expect(config.targets).toHaveLength(1)
})

describe('what is wrong: two lines naming the file, the place and the nearest word', () => {
  const cases: [name: string, spoil: () => void, says: string][] = [
    [
      'a misspelt field',
      () => put('jobs/nightly.json', { ...job, corn: '0 1 * * *', cron: undefined }),
      'jobs/nightly.json:1: corn is not known here; did you mean "cron"?',
    ],
    [
      'a missing field',
      () => put('connectors/sys/sources.json', { sources: [{ ...source, grace: undefined }] }),
      'connectors/sys/sources.json:1: sources[0].grace is missing',
    ],
    [
      'a wrong type',
      () => put('connectors/sys/sources.json', { sources: [{ ...source, sample: 'yes' }] }),
      'connectors/sys/sources.json:1: sources[0].sample must be boolean',
    ],
    [
      'a wrong word',
      () => put('jobs/targets.json', { targets: [{ ...target, kind: 'rset' }] }),
      'jobs/targets.json:1: targets[0].kind is not one of the allowed words; did you mean "rest"?',
    ],
    [
      'a misspelt guard',
      () => put('connectors/sys/sources.json', { sources: [{ ...source, guards: { rejcted: 0.1 } }] }),
      'sources[0].guards.rejcted is not known here; did you mean "rejected"?',
    ],
    [
      'a duration that is none',
      () => put('connectors/sys/sources.json', { sources: [{ ...source, grace: '26h' }] }),
      'sources[0].grace must match format "duration"',
    ],
    [
      'an unknown source in a job',
      () => put('jobs/nightly.json', { ...job, sources: ['dept-b'] }),
      'jobs/nightly.json:1: sources[0] "dept-b" is no source; did you mean "dept-a"?',
    ],
    [
      'a cron line that is none',
      () => put('jobs/nightly.json', { ...job, cron: '0 25 * * *' }),
      'jobs/nightly.json:1: cron "0 25 * * *" has a wrong field, "25"; hour 0-23',
    ],
    [
      'a day that never comes',
      () => put('jobs/nightly.json', { ...job, cron: '0 0 31 2 *' }),
      'jobs/nightly.json:1: cron "0 0 31 2 *" names a day that never comes',
    ],
    [
      'a cron line with seconds',
      () => put('jobs/nightly.json', { ...job, cron: '0 0 1 * * *' }),
      'jobs/nightly.json:1: cron "0 0 1 * * *" is not five fields',
    ],
    [
      'a job under another name',
      () => put('jobs/daily.json', job),
      'jobs/daily.json:1: id "nightly" must be the file\'s name, "daily"',
    ],
    [
      'one source id twice',
      () => put('connectors/sys/sources.json', { sources: [source, source] }),
      'sources[1].id "dept-a" is already used in ',
    ],
    [
      'one target name twice',
      () => put('jobs/targets.json', { targets: [target, target] }),
      'targets[1].name "ioc" is already used in targets[0]',
    ],
    [
      'a misspelt reference',
      () => put('jobs/targets.json', { targets: [{ ...target, secret: `\${evn:IOC_SECRET}` }] }),
      `jobs/targets.json:1: targets[0].secret holds a reference that is none of \${env:NAME}`,
    ],
    [
      'broken JSON',
      () => put('jobs/targets.json', '{"targets": [{"secret": "s3cret-value" "name"}]}'),
      'jobs/targets.json cannot be read: not valid JSON',
    ],
    [
      'a connector without code',
      () => put('connectors/other/sources.json', { sources: [{ ...source, id: 'x' }] }),
      'connectors/other/sources.json:1: sources has no connector.ts beside it',
    ],
  ]
  test.each(cases)('%s', (_, spoil, says) => {
    good()
    expect(complaint(() => load())).toBe('nothing')
    spoil()
    const said = complaint(() => load())
    expect(said).toContain(says)
    // The checkout has files of the same names.
    expect(said).toMatch(new RegExp(`^CONFIG_[A-Z]+: ${home}/.*\n→ .*${home}/`))
    expect(said.split('\n')).toHaveLength(2)
    expect(said).not.toContain('s3cret-value')
  })
  test.each([
    [
      { IOC_ZONE: 'Asia/Ho_Chi_Min' },
      'the environment: IOC_ZONE "Asia/Ho_Chi_Min" is not a time zone; did you mean "Asia/Ho_Chi_Minh"?',
    ],
    [{ IOC_LANG: 'vn' }, 'IOC_LANG "vn" is not a language; did you mean "vi"?'],
    [{ IOC_PORT: '80a' }, 'IOC_PORT "80a" is not a port'],
    [{ IOC_HOME: '/nowhere' }, '--home: /nowhere does not exist'],
  ])('%o', (env, says) => {
    good()
    const home = 'IOC_HOME' in env ? { home: undefined } : {}
    expect(complaint(() => load(env as Record<string, string>, home))).toContain(says)
  })
  test('a missing secret is named, by its name only', () => {
    good()
    put('jobs/targets.json', { targets: [{ ...target, secret: `\${env:NOT_SET}`, key: `\${env:A_KEY}` }] })
    expect(complaint(() => resolveTargets(load(), { A_KEY: 'k3y' }))).toMatch(
      /^SECRET_MISSING: .*targets\.json:1: targets\[0\]\.secret asks for NOT_SET, which is not set\n→ Set NOT_SET/,
    )
    put('jobs/targets.json', { targets: [{ ...target, secret: `\${file:secret.txt}` }] })
    const file = join(home, 'jobs/secret.txt')
    expect(complaint(() => resolveTargets(load(), {}))).toMatch(
      new RegExp(
        `^SECRET_UNREADABLE: .*\\.secret asks for the file ${file}, which cannot be read: ENOENT\n→ Put the file`,
      ),
    )
    mkdirSync(file)
    expect(complaint(() => resolveTargets(load(), {}))).toContain('cannot be read: EISDIR')
    put('jobs/targets.json', { targets: [{ ...target, url: `\${env:IOC_URL}` }] })
    const said = complaint(() => resolveTargets(load(), { IOC_URL: 'ftp://user:pa55@h' }))
    expect(said).toContain('targets[0].url is not an http or https address')
    expect(said).not.toContain('pa55')
  })
})
