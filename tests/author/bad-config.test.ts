/** Whatever is wrong in the configuration: two lines with the file, the line or JSON path, and the nearest valid word. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { makeCli, text } from '../../src/cli/context.ts'
import { parseCall, VERBS } from '../../src/cli/verbs.ts'
import { sayer } from '../../src/cli/words.ts'
import { loadConnector } from '../../src/connect/load.ts'
import { PipelineError, twoLines } from '../../src/errors.ts'
import { type Loopback, serve } from '../support/loopback.ts'
import { type AuthorHome, instance, makeAuthorHome, PASSWORD, SCHEMA } from './author-home.ts'

let server: Loopback
let home: AuthorHome
let connector: string
beforeAll(async () => {
  server = await serve(() => ({ total: 0, data: [] }))
  home = makeAuthorHome(server.url)
  connector = readFileSync(join(home.dir, 'connectors/made-up/connector.ts'), 'utf8')
})
beforeEach(() => {
  for (const name of ['jobs', 'connectors', 'schemas']) rmSync(join(home.dir, name), { recursive: true, force: true })
  home.put('connectors/made-up/connector.ts', connector)
  home.put('connectors/made-up/sources.json', { sources: [instance(server.url)] })
  home.put('schemas/sources/made-up/dossier.schema.json', SCHEMA)
  home.put('jobs/nightly.json', { id: 'nightly', cron: '0 1 * * *', sources: ['dept'], push: true })
  home.put('jobs/targets.json', { targets: [TARGET] })
})
afterAll(async () => {
  home.remove()
  await server.close()
})

const TARGET = { name: 'ioc', kind: 'rest', url: 'http://127.0.0.1/', key: 'k', secret: 's3cret-value', sample: true }
const ENV = { MADE_UP_PASSWORD: PASSWORD, IOC_LANG: 'en' }
const at = (path: string) => join(home.dir, path)

/** The real command line in this process: what it says and how it exits. */
async function ioc(argv: readonly string[], env: Record<string, string> = ENV): Promise<string> {
  try {
    const { name = '', values, positionals } = parseCall(argv, sayer('en'))
    const { signal } = new AbortController()
    const surroundings = { env, cwd: home.dir, signal, document: () => {} }
    const cli = makeCli({ home: text(values.home) ?? home.dir, json: false, quiet: true }, surroundings)
    const verb = await VERBS[name]?.load()
    const print = () => {}
    return `exit ${await verb?.({ ...cli, print, warn: print }, positionals, values)}`
  } catch (error) {
    if (!(error instanceof PipelineError)) throw error
    return `${twoLines(error, 'en')} [${error.exit}]`
  }
}
const check = (env?: Record<string, string>) => ioc(['connector', 'check', 'dept'], env)

const SOURCES = 'connectors/made-up/sources.json'
const NIGHTLY = 'jobs/nightly.json'
const TARGETS = 'jobs/targets.json'
const DOSSIER = 'schemas/sources/made-up/dossier.schema.json'
/** a file with one text in place of another */
const change = (path: string, from: string, to: string) => () => {
  const before = readFileSync(at(path), 'utf8')
  expect(before).toContain(from)
  home.put(path, before.replace(from, to))
}
const CORRECT = (file: string) => `Correct that value in ${at(file)}`

describe('JSON files', () => {
  it.each<[name: string, spoil: () => void, file: string, says: string]>([
    [
      'an unknown key',
      change(SOURCES, '"grace"', '"grase"'),
      `${SOURCES}:14`,
      'sources[0].grase is not known here; did you mean "grace"?',
    ],
    ['a missing key', change(SOURCES, '      "sample": true,\n', ''), `${SOURCES}:3`, 'sources[0].sample is missing'],
    [
      'a wrong type',
      change(SOURCES, '"sample": true', '"sample": "yes"'),
      `${SOURCES}:7`,
      'sources[0].sample must be boolean',
    ],
    [
      'an unknown setting',
      change(SOURCES, '"username"', '"usrname"'),
      `${SOURCES}:17`,
      'sources[0].settings.usrname is not known here; did you mean "username"?',
    ],
    [
      'a setting of another form',
      change(SOURCES, 'http://127', 'ftp://127'),
      `${SOURCES}:16`,
      'sources[0].settings.url must match pattern "^https?://"',
    ],
    [
      'a name that stands twice',
      change(SOURCES, '"agency": "H53.99"', '"agency": "H53.99", "id": "x"'),
      `${SOURCES}:6`,
      'sources[0].id stands twice',
    ],
    [
      'a reference that is none',
      change(SOURCES, `\${env:`, `\${evn:`),
      `${SOURCES}:18`,
      `sources[0].settings.password holds a reference that is none of \${env:NAME}, \${env:NAME:-default}, \${file:path}`,
    ],
    [
      'a wrong word',
      change(TARGETS, '"rest"', '"rset"'),
      `${TARGETS}:5`,
      'targets[0].kind is not one of the allowed words; did you mean "rest"?',
    ],
    [
      'an unknown source of a job',
      change(NIGHTLY, '"dept"', '"dpet"'),
      `${NIGHTLY}:5`,
      'sources[0] "dpet" is no source; did you mean "dept"?',
    ],
    [
      'a schedule that is none',
      change(NIGHTLY, '0 1 * * *', '0 25 * * *'),
      `${NIGHTLY}:3`,
      'cron "0 25 * * *" has a wrong field, "25"; hour 0-23',
    ],
    [
      'a misspelt key of a job',
      change(NIGHTLY, '"push"', '"psuh"'),
      `${NIGHTLY}:7`,
      'psuh is not known here; did you mean "push"?',
    ],
  ])('%s', async (_, spoil, file, says) => {
    spoil()
    expect(await check()).toBe(
      `CONFIG_INVALID: ${at(file)}: ${says}\n→ ${CORRECT(file)}, then run the command again. [2]`,
    )
  })

  it.each<[name: string, spoil: () => void, file: string, says: string]>([
    ['a comma too few', change(SOURCES, '"dept",', '"dept"'), SOURCES, '(line 5 column 7): a comma or } is expected'],
    [
      'a comma too many',
      change(TARGETS, '"sample": true', '"sample": true,'),
      TARGETS,
      '(line 10 column 5): there is a comma before }',
    ],
    [
      'a name without quotes',
      change(NIGHTLY, '"cron"', 'cron'),
      NIGHTLY,
      '(line 3 column 3): a name in double quotes is expected',
    ],
    [
      'a file cut off',
      () => writeFileSync(at(NIGHTLY), '{\n  "id": "nightly",\n'),
      NIGHTLY,
      '(line 3 column 1): it ends too early',
    ],
    ['a schema', change(DOSSIER, '"string"', 'string'), DOSSIER, '(line 11 column 15): a value is expected'],
  ])('syntax: %s', async (_, spoil, file, says) => {
    spoil()
    expect(await check()).toBe(
      `CONFIG_UNREADABLE: ${at(file)} cannot be read: not valid JSON ${says}\n→ Make ${at(file)} readable and valid JSON, then run the command again. [2]`,
    )
  })

  it('a secret that is not set, and one whose file is not there', async () => {
    expect(await check({ IOC_LANG: 'en' })).toBe(
      `SECRET_MISSING: ${at(SOURCES)}:18: sources[0].settings.password asks for MADE_UP_PASSWORD, which is not set\n→ Set MADE_UP_PASSWORD, then run the command again. [2]`,
    )
    change(SOURCES, `\${env:MADE_UP_PASSWORD}`, `\${file:secret.txt}`)()
    expect(await check()).toBe(
      `SECRET_UNREADABLE: ${at(SOURCES)}:18: sources[0].settings.password asks for the file ${at('connectors/made-up/secret.txt')}, which cannot be read: ENOENT\n→ Put the file there, readable for this user, then run the command again. [2]`,
    )
  })
})

describe('schemas', () => {
  it.each<[name: string, spoil: () => void, says: string]>([
    [
      'a keyword that is none',
      change(DOSSIER, '"maxLength"', '"maxLenght"'),
      `CONNECTOR_INVALID: Connector made-up: there is no keyword "maxLenght"; did you mean "maxLength"?\n→ Correct ${'@'}:12`,
    ],
    [
      'a kind of person that is none',
      change(DOSSIER, '"x-personal": "name"', '"x-personal": "nmae"'),
      `CONNECTOR_INVALID: Connector made-up: /ChuHoSo has x-personal "nmae"; did you mean "name"?\n→ Correct ${'@'}:38`,
    ],
    [
      'a field without a type',
      change(DOSSIER, '"MaTTHC": {\n      "type": "string"\n    }', '"MaTTHC": {}'),
      `CONNECTOR_INVALID: Connector made-up: /MaTTHC must declare its type\n→ Correct ${'@'}:14`,
    ],
    [
      'a reference that leads nowhere',
      change(DOSSIER, '"MaTTHC": {\n      "type": "string"\n    }', '"MaTTHC": {"$ref": "#/$defs/x"}'),
      `CONNECTOR_INVALID: Connector made-up: #/$defs/x does not lead to a schema of the same file\n→ Correct ${'@'}`,
    ],
  ])('%s', async (_, spoil, says) => {
    spoil()
    expect(await check()).toBe(`${says.replace('@', at(DOSSIER))}, then run the command again. [2]`)
  })
})

describe('connector.ts', () => {
  let copies = 0
  /** under another name, since a module is loaded once per process */
  async function spoilt(from: string, to: string): Promise<{ said: string; file: string }> {
    const system = `made-up-${copies++}`
    const file = at(`connectors/${system}/connector.ts`)
    expect(connector).toContain(from)
    home.put(`connectors/${system}/connector.ts`, connector.replace(from, to))
    home.put(`connectors/${system}/sources.json`, { sources: [{ ...instance(server.url), id: 'spoilt' }] })
    return { said: await ioc(['connector', 'check', 'spoilt']), file }
  }

  it.each<[name: string, from: string, to: string, line: number | null, says: string]>([
    [
      'a misspelt canonical field',
      'received: {',
      'recieved: {',
      10,
      'stream dossier: there is no canonical field of dossier "recieved"; did you mean "received"?',
    ],
    [
      'a raw field that the schema has not',
      "from: 'MaTTHC'",
      "from: 'MaTTCH'",
      8,
      'stream dossier: there is no field in made-up/dossier.schema.json "MaTTCH"; did you mean "MaTTHC"?',
    ],
    [
      'a required field that is not mapped',
      "channel: { value: 'online' }, ",
      '',
      null,
      'stream dossier: the map gives no channel',
    ],
    [
      'a value that is not allowed',
      "value: 'online'",
      "value: 'onlin'",
      9,
      'stream dossier: channel is "onlin", expected channel: one of counter, online, post; did you mean "online"?',
    ],
    [
      'a misspelt field of a stream',
      'cursor: {',
      'cursr: {',
      6,
      'streams[0] "cursr" is not known here; did you mean "cursor"?',
    ],
    [
      'a misspelt field of the connector',
      'settings: {',
      'setings: {',
      20,
      '"setings" is not known here; did you mean "settings"?',
    ],
    [
      'a misspelt option of a kit declaration',
      "records: 'data'",
      "recrods: 'data'",
      14,
      'streams[0] .read rest: "recrods" is not known here; did you mean "records"?',
    ],
    [
      'a misspelt option of its paging',
      'maxPages: 9',
      'maxPage: 9',
      15,
      'streams[0] .read rest.paging: "maxPage" is not known here; did you mean "maxPages"?',
    ],
    ['a wrong word', "sees: 'changes'", "sees: 'chnges'", 5, 'streams[0] .sees is "chnges"; did you mean "changes"?'],
    ['a schema that is not there', "'made-up/dossier.schema.json'", "'made-up/dosier.schema.json'", null, ''],
  ])('%s', async (_, from, to, line, says) => {
    const { said, file } = await spoilt(from, to)
    const place = line === null ? file : `${file}:${line}`
    if (says === '')
      expect(said).toBe(
        `CONFIG_UNREADABLE: schemas/sources/made-up/dosier.schema.json cannot be read: no such file; did you mean "made-up/dossier.schema.json"?\n→ Make schemas/sources/made-up/dosier.schema.json readable and valid JSON, then run the command again. [2]`,
      )
    else
      expect(said).toMatch(
        new RegExp(
          `^CONNECTOR_INVALID: Connector [\\w-]+: ${escaped(says)}\n→ Correct ${escaped(place)}, then run the command again\\. \\[2\\]$`,
        ),
      )
  })

  it('what the kit does not have, and what does not parse: in a process of its own, as Node says it', async () => {
    const { execFileSync } = await import('node:child_process')
    const say = (name: string) => {
      const program = join(import.meta.dirname, '../../src/cli.ts')
      try {
        const env = { ...process.env, ...ENV, NODE_OPTIONS: '' }
        execFileSync(process.execPath, [program, '--home', home.dir, 'connector', 'check', name], {
          env,
          stdio: 'pipe',
        })
        return ''
      } catch (error) {
        return String((error as { stderr: Buffer }).stderr)
      }
    }
    const put = (system: string, from: string, to: string) => {
      home.put(`connectors/${system}/connector.ts`, connector.replace(from, to))
      home.put(`connectors/${system}/sources.json`, { sources: [{ ...instance(server.url), id: system }] })
      return at(`connectors/${system}/connector.ts`)
    }
    const missing = put('no-name', 'isoInstant, procedureCode', 'isoInstnt, procedureCode')
    const torn = put('torn', "name: 'made-up',", "name: 'made-up'")
    expect(say('no-name')).toBe(
      `CONNECTOR_INVALID: Connector no-name: it does not load: ioc-feed/connect has no "isoInstnt"; did you mean "isoInstant"?\n→ Correct ${missing}:1, then run the command again.\n`,
    )
    expect(say('torn')).toMatch(
      new RegExp(
        `^CONNECTOR_INVALID: Connector torn: it does not load: Expected .*\n→ Correct ${escaped(torn)}:\\d+, then run the command again\\.\n$`,
      ),
    )
  })
})
const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

describe('what is typed', () => {
  it.each([
    [['connector', 'chekc', 'dept'], 'UNKNOWN_NAME: There is no part of connector "chekc"\n→ Known: check?'],
    [['connector', 'check', 'dpet'], 'UNKNOWN_NAME: There is no source "dpet"\n→ Known: dept?  (dept).'],
    [
      ['connector', 'check', 'dept', '--stream', 'dosier'],
      'UNKNOWN_NAME: There is no stream "dosier"\n→ Known: dossier?  (dossier, other).',
    ],
    [
      ['connector', 'check', 'dept', '--pages', '2'],
      'USAGE: ioc connector check: there is no option --pages\n→ ioc connector check SOURCE [--stream S]',
    ],
    [['connector', 'preview', 'dept', '--limit', '0'], 'USAGE: --limit "0" is not a number from 1 to 100\n→ --limit 3'],
    [
      ['connector', 'discover'],
      'USAGE: ioc connector discover needs one source of sources.json\n→ ioc connector discover dept',
    ],
  ])('%j', async (argv, says) => {
    expect(await ioc(argv)).toContain(says)
  })
})

it('an unreachable host is named with the setting that holds it', async () => {
  change(SOURCES, server.url, 'http://no-such-host.invalid')()
  const said = await ioc(['connector', 'preview', 'dept', '--stream', 'dossier'])
  expect(said).toMatch(/^SOURCE_UNREACHABLE: dept cannot be reached: no-such-host\.invalid\/dossier: .*ENOTFOUND/)
  expect(said).toContain(`; its address: ${at(SOURCES)}:16 sources[0].settings.url\n→ Check the network`)
  expect(said).toContain('then run: ioc connector preview dept [4]')
  expect(said.split('\n')).toHaveLength(2)
})

it('a place where nothing can be written, or listed: two lines, and nothing half written', async () => {
  home.put('schemas/sources/drafted', 'a file in the way')
  const said = await ioc(['connector', 'new', 'drafted', '--kind', 'rest'])
  expect(said).toMatch(
    /^FILE_UNWRITABLE: .*\/drafted\/dossier\.schema\.json cannot be written: (?:EEXIST|ENOTDIR)\n→ Make/,
  )
  expect(existsSync(at('connectors/drafted'))).toBe(false)
  rmSync(at('connectors'), { recursive: true })
  home.put('connectors', 'a file in the way')
  expect(await check()).toMatch(/^CONFIG_UNREADABLE: .*\/connectors cannot be read: ENOTDIR/)
  rmSync(at('connectors'))
})

it('the shipped connectors load', async () => {
  for (const name of ['catalogue', 'communes', 'judicial', 'land', 'one-stop'])
    await loadConnector(join(import.meta.dirname, '../../connectors', name, 'connector.ts'))
})
