/** What README.md and the pages beside the connectors list is what the code has, both ways. */
import { createHash, createHmac } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { GLOBAL, LATER, LATER_FLAGS, parseCall, VERBS } from '../src/cli/verbs.ts'
import { sayer } from '../src/cli/words.ts'
import { listed } from '../src/cli/words-lists.ts'
import { DEFAULT_ZONE } from '../src/config.ts'
import { type Connector, DRIFT_POLICIES } from '../src/connect/connector.ts'
import { ERRORS, EXIT, EXIT_PRECEDENCE } from '../src/errors.ts'
import { INDICATORS } from '../src/indicators/catalogue/index.ts'
import { VALUE_STATES } from '../src/indicators/catalogue/indicator.ts'
import { PERIOD_KINDS, parsePeriod } from '../src/indicators/periods.ts'
import { FAULTS, TARGETS } from '../src/sandbox/faults.ts'
import { DIRT } from '../src/sandbox/world-types.ts'
import { DEFAULT_GUARDS } from '../src/sync/guards.ts'
import { NOTE_KINDS } from '../src/sync/protocol.ts'
import { DRIFT_KINDS } from '../src/warehouse/drift.ts'
import { SOURCE_STATES } from '../src/warehouse/source-status.ts'
import { eachDialect } from './support/warehouse.ts'

const ROOT = join(import.meta.dirname, '..')
const read = (...path: string[]) => readFileSync(join(ROOT, ...path), 'utf8')
const PAGE = read('README.md')

/** The text below a heading of the second or third level, up to the next one of the same level or above. */
function section(title: string): string {
  const lines = PAGE.split('\n')
  const start = lines.findIndex((line) => /^##+ /.test(line) && line.replace(/^#+ /, '') === title)
  expect(start, `README.md has no section "${title}"`).toBeGreaterThan(-1)
  const level = /^#+/.exec(lines[start] ?? '')?.[0].length ?? 2
  const length = lines.slice(start + 1).findIndex((line) => new RegExp(`^#{2,${level}} `).test(line))
  return lines.slice(start + 1, length < 0 ? undefined : start + 1 + length).join('\n')
}

/** The rows of the table whose header row begins with `first`; code marks taken off, escaped bars put back. */
function table(text: string, first: string): string[][] {
  const lines = text.split('\n')
  const start = lines.findIndex((line) => line.startsWith(`| ${first} |`))
  expect(start, `there is no table "${first}"`).toBeGreaterThan(-1)
  const rows = lines.slice(start + 2)
  const end = rows.findIndex((line) => !line.startsWith('|'))
  return rows
    .slice(0, end < 0 ? undefined : end)
    .map((line) => line.split(/(?<!\\)\|/).slice(1, -1))
    .map((cells) => cells.map((cell) => cell.trim().replaceAll('`', '').replaceAll('\\|', '|')))
}
const column = (rows: readonly string[][], i = 0): string[] => rows.map((row) => row[i] ?? '')
const blocks = (text: string, kind: string): string[] =>
  [...text.matchAll(new RegExp(`^\`\`\`${kind}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map((found) => found[1] ?? '')
const marked = (text: string): string[] => [...text.matchAll(/`([^`\n]+)`/g)].map((found) => found[1] ?? '')
const sorted = (words: Iterable<string>) => [...new Set(words)].sort()

it('lists every kind of note', () => {
  expect(sorted(column(table(section('Notes'), 'kind')))).toEqual(sorted(NOTE_KINDS))
})

it('lists every kind of drift and every policy', () => {
  expect(sorted(column(table(section('Drift'), 'kind')))).toEqual(sorted(DRIFT_KINDS))
  const policies = column(table(section('Drift'), 'policy')).map((cell) => cell.split(' ')[0] ?? '')
  expect(sorted(policies)).toEqual(sorted(DRIFT_POLICIES))
})

describe('the command line', () => {
  const rows = table(section('Verbs'), 'verb')

  it('lists every verb with its flags', () => {
    // the parts of `connector` have a row each
    const flagsOf = Map.groupBy(rows, ([verb = '']) => verb.split(' ')[0] ?? '')
    const listed = [...flagsOf].map(([verb, parts]) => [
      verb,
      sorted(
        [
          ...column(parts, 2)
            .join(' ')
            .matchAll(/--([a-z-]+)/g),
        ].map((found) => found[1] ?? ''),
      ),
    ])
    const known = Object.entries(VERBS).map(([verb, { options }]) => [
      verb,
      sorted(Object.keys(options).filter((flag) => !LATER_FLAGS.includes(flag))),
    ])
    expect(Object.fromEntries(listed)).toEqual(Object.fromEntries(known))
    for (const flag of Object.keys(GLOBAL)) expect(section('Verbs').split('\n| verb')[0]).toContain(`--${flag}`)
  })

  it('lists the exit codes and which of them wins', () => {
    expect(column(table(section('Verbs'), 'code')).map(Number)).toEqual(Object.values(EXIT))
    const order = EXIT_PRECEDENCE.filter((code) => code !== 0).join(', ')
    expect(section('Verbs')).toContain(`the first of ${order} is taken`)
  })

  it('lists every error with its exit code and recovery', () => {
    const listed = table(section('Error codes'), 'code').map((row) => row.slice(0, 3))
    const known = Object.entries(ERRORS).map(([code, { exit, recovery }]) => [code, String(exit), recovery])
    expect(listed).toEqual(known)
    const said = table(section('Error codes'), 'code').map((row) => row.slice(3))
    const plain = (text: string) => text.replace(/\{(\w+)\}/g, '‹$1›')
    expect(said).toEqual(Object.values(ERRORS).map(({ en: [what, mend] }) => [plain(what), plain(mend)]))
  })

  it('says of everything that is not in this version that it is not', () => {
    const asked = column(table(section('Limits'), 'asked for')).join(' ')
    for (const verb of LATER) expect(asked).toContain(verb)
    for (const flag of LATER_FLAGS) expect(asked).toContain(`--${flag}`)
  })

  it('shows no command that it would refuse', () => {
    const lines = blocks(PAGE, 'sh').flatMap((block) => block.trim().split('\n'))
    const calls = lines.flatMap((line) => /^(?:npm run -s ioc --|ioc) (.*)$/.exec(line)?.[1] ?? [])
    expect(calls.length).toBeGreaterThan(15)
    for (const call of calls) expect(() => parseCall(argumentsOf(call), sayer('en')), call).not.toThrow()
    const inline = marked(PAGE).flatMap((text) => /^ioc ([a-z].*)$/.exec(text)?.[1] ?? [])
    for (const call of inline) expect(() => parseCall(argumentsOf(call), sayer('en')), call).not.toThrow()
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
    const asked = [...PAGE.matchAll(/npm run (?:-s )?([a-z]+)/g)].map((found) => found[1] ?? '')
    expect(sorted(asked).filter((name) => !scripts[name])).toEqual([])
  })
})

/** As a shell would take the line apart, as far as the page needs it. */
const argumentsOf = (line: string): string[] =>
  [...line.matchAll(/"([^"]*)"|(\S+)/g)].map((found) => found[1] ?? found[2] ?? '')

describe('settings', () => {
  const text = section('Settings')

  it('lists every variable that is read, and its default', () => {
    const code = ['src', 'connectors', 'jobs'].flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
        .filter((file) => /\.(ts|json)$/.test(file))
        .map((file) => read(folder, file)),
    )
    const names = code.flatMap((source) => [
      ...(source.match(/\bIOC_[A-Z_]*[A-Z]/g) ?? []),
      ...[...source.matchAll(/\benv\.([A-Z][A-Z_]+)/g)].map((found) => found[1] ?? ''),
    ])
    const rows = table(text, 'variable')
    const listed = rows.flatMap(([name = '', preset = '']) => `${name} ${preset}`.match(/\b[A-Z]+(_[A-Z]+)*\b/g) ?? [])
    expect(sorted(listed)).toEqual(sorted(names))
    const presets = new Map(
      code.flatMap((source) =>
        [...source.matchAll(/\$\{env:(\w+):-([^}]*)\}/g)].map((found) => [found[1], found[2]] as const),
      ),
    )
    const preset = (name: string) => rows.find((row) => row[0]?.split(', ').includes(name))?.[1]
    for (const name of ['IOC_URL', 'IOC_SANDBOX_URL']) expect(preset(name)).toBe(presets.get(name))
    expect(preset('IOC_KEY')).toBe(`${presets.get('IOC_KEY')}, ${presets.get('IOC_SECRET')}`)
    expect(preset('IOC_ZONE')).toBe(DEFAULT_ZONE)
  })

  it('lists the fields of sources.json, the guards and the targets', () => {
    const entry = JSON.parse(read('schemas', 'config', 'sources.schema.json')).properties.sources.items
    const fields = column(table(text, 'field')).flatMap((name) => name.split(', '))
    expect(sorted(fields)).toEqual(sorted(Object.keys(entry.properties)))
    const guards = table(text, 'guard').map(([name, limit]) => [name, JSON.parse(limit ?? '')])
    expect(Object.fromEntries(guards)).toEqual(DEFAULT_GUARDS)
    for (const [file, place] of [
      ['job', 'jobs/<id>.json'],
      ['targets', 'jobs/targets.json'],
    ] as const) {
      const schema = JSON.parse(read('schemas', 'config', `${file}.schema.json`))
      const item = schema.properties.targets?.items ?? schema
      const paragraph = text.split('\n\n').find((part) => part.startsWith(`**\`${place}\``)) ?? ''
      for (const field of Object.keys(item.properties)) expect(marked(paragraph), place).toContain(field)
    }
  })

  it('lists every job with its time', () => {
    const files = readdirSync(join(ROOT, 'jobs')).filter((file) => file !== 'targets.json')
    const jobs = files.map((file) => JSON.parse(read('jobs', file)) as { id: string; cron: string })
    expect(table(text, 'job').map((row) => row.slice(0, 2))).toEqual(jobs.map(({ id, cron }) => [id, cron]))
  })
})

describe('figures', () => {
  const text = section('How to read a figure')

  it('lists every indicator in the order of the catalogue', () => {
    const known = INDICATORS.map(({ id, names, unit, countsOn }) => [
      id,
      names.en,
      names.vi,
      unit,
      countsOn.replace('-', ' '),
    ])
    expect(table(text, 'id')).toEqual(known)
    const special = INDICATORS.filter((indicator) => indicator.at.length === 1).map((indicator) => indicator.id)
    expect(special).toHaveLength(7)
    for (const [kept, said] of [
      [['month', 'year'], 'kept for months and years only'],
      [['day'], 'kept for the newest day only'],
      [[], 'not kept'],
    ] as const) {
      const ids = INDICATORS.filter((one) => one.kept.join() === kept.join()).map((one) => one.id)
      expect(marked(text.split('\n').find((line) => line.startsWith(`- ${said}`)) ?? '')).toEqual(ids)
    }
    const scored = INDICATORS.filter(({ kept, keptAt }) => `${kept} ${keptAt}` === 'month,quarter,year province')
    expect(scored.map(({ id }) => id)).toEqual(INDICATORS.flatMap(({ id }) => (id.startsWith('qd766-') ? id : [])))
    expect(text).toContain('- kept for months, quarters and years, and at the province only: `qd766-…`')
  })

  it('lists the states of values and sources and every form of a period', () => {
    expect(column(table(text, 'state'))).toEqual([...VALUE_STATES])
    const sources = text.split('\n').find((line) => line.startsWith('- **State of a source**')) ?? ''
    expect(marked(sources)).toEqual([...SOURCE_STATES])
    const [, periods = ''] = /^(- \*\*Period\*\*.*(?:\n {2}.*)*)/m.exec(text) ?? []
    const forms = marked(periods).filter((word) => /^(?:\d{4}|R)/.test(word))
    expect(sorted(forms.map((form) => parsePeriod(form).kind))).toEqual(sorted(PERIOD_KINDS))
  })
})

describe('what the IOC receives', () => {
  const text = section('What the IOC receives')

  it('shows messages that its schemas take, with their true ids', () => {
    const messages = blocks(text, 'json').map((block) => JSON.parse(block))
    expect(messages.map((message) => message.kind)).toEqual(['indicator', 'source-status'])
    const ajv = new Ajv2020({ strict: false })
    addFormats.default(ajv)
    for (const message of messages) {
      const validate = ajv.compile(JSON.parse(read('schemas', 'ioc', `${message.kind}-message.schema.json`)))
      expect(validate(message), JSON.stringify(validate.errors)).toBe(true)
      const { kind, indicator, agency, period, revision, source, sequence } = message
      const identity =
        kind === 'indicator' ? `${indicator}|${agency.key}|${period}|${revision}` : `${kind}|${source}|${sequence}`
      expect(message.id).toBe(createHash('sha256').update(identity).digest('hex'))
    }
    expect(messages[0].value).toBe(messages[0].numerator / messages[0].denominator)
  })

  it('shows a signature that is right', () => {
    const said = /timestamp `(\d+)`, body `([^`]+)`, secret `([^`]+)`/.exec(text)
    const [, timestamp = '', body = '', secret = ''] = said ?? []
    const signature = createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest('hex')
    expect(blocks(text, 'text')[0]?.trim()).toBe(signature)
    expect(blocks(text, 'sh')[0]).toContain(`'${timestamp}.${body}'`)
  })
})

eachDialect('reporting views', (open, dialect) => {
  it('lists each with its columns', async () => {
    const { warehouse } = await open()
    const listed = table(section('Warehouse'), 'view').map(([name, , columns]) => [name, columns?.split(', ')])
    const names =
      dialect === 'sqlite'
        ? sql<{ name: string }>`SELECT name FROM sqlite_master WHERE type = 'view' ORDER BY name`
        : sql<{
            name: string
          }>`SELECT table_name AS name FROM information_schema.views WHERE table_schema = 'public' ORDER BY 1`
    const columnsOf = (view: string) =>
      dialect === 'sqlite'
        ? sql<{ name: string }>`SELECT name FROM pragma_table_info(${view}) ORDER BY cid`
        : sql<{
            name: string
          }>`SELECT column_name AS name FROM information_schema.columns WHERE table_name = ${view} ORDER BY ordinal_position`
    const known = await warehouse.read(async (db) => {
      const views = (await names.execute(db)).rows.map((row) => row.name)
      return Promise.all(
        views.map(async (view) => [view, (await columnsOf(view).execute(db)).rows.map((row) => row.name)]),
      )
    })
    expect(Object.fromEntries(listed)).toEqual(Object.fromEntries(known))
  })
})

describe('the rest of the page', () => {
  it('lists every dependency', () => {
    const { dependencies, devDependencies } = JSON.parse(read('package.json')) as Record<string, Record<string, string>>
    const listed = column(table(section('Dependencies'), 'package')).flatMap((names) => names.split(', '))
    expect(sorted(listed)).toEqual(sorted(Object.keys(dependencies ?? {})))
    const development = marked(section('Dependencies').split('\n\n').at(-1) ?? '')
    const known = Object.keys(devDependencies ?? {}).map((name) => name.replace(/^@types\/.*/, '@types/*'))
    expect(sorted(development)).toEqual(sorted(known))
  })

  it('names every fault and system of the sandbox, and every kind of dirt that the demo prints', () => {
    const text = section('The first ten minutes')
    const paragraph = text.split('\n\n').find((part) => part.startsWith('Other faults')) ?? ''
    const named = marked(paragraph).map((word) => word.replace(/=.*/, ''))
    expect(sorted(named.filter((word) => !word.includes(':')))).toEqual(sorted([...FAULTS, ...TARGETS, '*']))
    const printed = blocks(section('Two commands'), 'text')[0] ?? ''
    for (const [kind, outcome] of Object.entries(DIRT)) {
      expect(printed).toMatch(new RegExp(`${listed('dirt', kind, 'en')} +${listed('outcome', outcome, 'en')} `))
    }
  })

  it('points only to what is there', () => {
    const files = marked(PAGE).filter((word) => /^(src|connectors|schemas|jobs|data|tests)\/[\w./-]+$/.test(word))
    expect(files.filter((file) => !file.startsWith('data/var/') && !existsSync(join(ROOT, file)))).toEqual([])
    const anchors = [...PAGE.matchAll(/\]\(#([\w-]+)\)/g)].map((found) => found[1] ?? '')
    const headings = [...PAGE.matchAll(/^#+ (.*)$/gm)].map((found) =>
      (found[1] ?? '')
        .toLowerCase()
        .replaceAll(' ', '-')
        .replace(/[^\w-]/g, ''),
    )
    expect(anchors.filter((anchor) => !headings.includes(anchor))).toEqual([])
  })
})

describe('connectors', () => {
  const systems = readdirSync(join(ROOT, 'connectors'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)

  it('are all in the map of folders', () => {
    const map = blocks(section('Folders'), 'text')[0] ?? ''
    const listed = [...map.matchAll(/^ {2}([a-z0-9-]+) +\S/gm)].map((found) => found[1] ?? '')
    expect(listed.filter((name) => systems.includes(name))).toEqual(systems)
  })

  it.each(systems)(
    '%s has a page that names its streams, its settings, what it needs and what it cannot see',
    async (system) => {
      const page = read('connectors', system, 'README.md')
      const module: { default: Connector<unknown> } = await import(join(ROOT, 'connectors', system, 'connector.ts'))
      const connector = module.default
      const settings = Object.keys((connector.settings as { properties: object }).properties)
      expect(page.startsWith('# ')).toBe(true)
      expect(sorted(column(table(page, 'stream')))).toEqual(sorted(connector.streams.map((stream) => stream.name)))
      expect(column(table(page, 'setting'))).toEqual(settings)
      for (const heading of ['Needs', 'Cannot see']) expect(page).toContain(`**${heading}**`)
      const never = table(page, 'stream').map((row) => [row[0], row.at(-1) === 'never'])
      const known = connector.streams.map(({ name, deletes }) => [name, deletes === 'never'])
      expect(Object.fromEntries(never)).toEqual(Object.fromEntries(known))
    },
  )
})
