/** `ioc connector test`: see src/author/suite/suite.ts. Exit 2 where a check fails: it is the connector's author who has to mend. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { guaranteesOf, inShort } from '../author/guarantees.ts'
import { withBadge } from '../author/suite/badge.ts'
import { CHECKS } from '../author/suite/checks.ts'
import { recordingFolders, runSuite, type SuiteResult } from '../author/suite/suite.ts'
import type { Outcome } from '../author/suite/types.ts'
import { loadConnector } from '../connect/load.ts'
import { PipelineError } from '../errors.ts'
import { versionOf } from './connector-record.ts'
import { type Cli, text, type Verb } from './context.ts'
import { number, table } from './format.ts'
import { unknown } from './problems.ts'

export const test: Verb = async (cli, names, values) => {
  const known = connectorsIn(cli)
  const chosen = names.length > 0 ? [...new Set(names)] : [...known.keys()]
  if (chosen.length === 0)
    throw new PipelineError('USAGE', {
      what: cli.words('connector-test-none', { folders: cli.config.homes.join(', ') }),
      mend: 'ioc connector new NAME',
    })
  const stream = text(values.stream) ?? null
  const results: SuiteResult[] = []
  for (const name of chosen) {
    const connector = known.get(name)
    if (connector === undefined) throw unknown('connector', name, [...known.keys()])
    const result = await one(cli, connector, stream)
    results.push(result)
    for (const streamName of new Set(result.outcomes.map((outcome) => outcome.stream))) {
      print(cli, result, streamName)
      if (result.replaced.includes(streamName)) cli.print(`  ${cli.words('connector-test-table')}\n`)
    }
    await guarantees(cli, connector, stream)
    if (values.badge === true && stream === null) writeBadge(cli, connector, result)
  }
  const all = results.flatMap(({ outcomes }) => outcomes)
  cli.document({
    connectors: results.map(({ connector, ms, outcomes }) => ({
      connector,
      ms,
      checks: outcomes.map((outcome) => plain(cli, outcome)),
    })),
    ...counts(all),
  })
  return all.some(({ verdict }) => verdict === 'FAIL') ? 2 : 0
}

/** Folder name → connector.ts, of the home first. */
function connectorsIn({ config }: Cli): Map<string, string> {
  const found = new Map<string, string>()
  for (const home of config.homes) {
    const folder = join(home, 'connectors')
    for (const name of existsSync(folder) ? readdirSync(folder).sort() : []) {
      const file = join(folder, name, 'connector.ts')
      if (existsSync(file) && !found.has(name)) found.set(name, file)
    }
  }
  return found
}

async function one(cli: Cli, connector: string, stream: string | null): Promise<SuiteResult> {
  const loaded = await loadConnector(connector)
  const streams = loaded.streams.map(({ name }) => name)
  if (stream !== null && !streams.includes(stream)) throw unknown('stream', stream, streams)
  const instance = cli.config.sources.find((source) => source.connector === connector)
  return runSuite({
    config: cli.config,
    connector,
    stream,
    instance: { settings: instance?.settings ?? {}, agency: instance?.agency ?? null },
    recordings: recordingFolders(cli.config.home, connector),
    signal: cli.signal,
  })
}

const said = (cli: Cli, pair: readonly [string, string]) => pair[cli.language === 'vi' ? 0 : 1]
const titleOf = (cli: Cli, name: string) =>
  said(cli, CHECKS.find((check) => check.name === name)?.title ?? [name, name])

function counts(outcomes: readonly Outcome[]) {
  const of = (wanted: Outcome['verdict']) => outcomes.filter(({ verdict }) => verdict === wanted).length
  return { pass: of('PASS'), fail: of('FAIL'), notApplicable: of('NOT APPLICABLE') }
}

const plain = (cli: Cli, { stream, hazard, check, verdict, what, hint, ms }: Outcome) => ({
  stream,
  hazard,
  check,
  title: titleOf(cli, check),
  verdict,
  what: said(cli, what),
  hint: hint && said(cli, hint),
  ms,
})

function print(cli: Cli, { connector, outcomes }: SuiteResult, stream: string): void {
  const own = outcomes.filter((outcome) => outcome.stream === stream)
  const { pass, fail, notApplicable } = counts(own)
  const ms = own.reduce((sum, outcome) => sum + outcome.ms, 0)
  const seconds = number(Math.round(ms / 100) / 10, cli.language)
  cli.print(cli.words('connector-test-head', { connector, stream, pass, fail, na: notApplicable, seconds }))
  const rows = own.flatMap(({ hazard, check, verdict, what, hint }) => {
    const line = [String(hazard), cli.words(`connector-test-${verdict}`), titleOf(cli, check), said(cli, what)]
    return hint ? [line, ['', '', '', cli.words('connector-test-hint', { hint: said(cli, hint) })]] : [line]
  })
  for (const line of table(rows, { right: [0], wrap: 3, width: cli.width, indent: '  ' })) cli.print(line)
  cli.print()
}

/** What the declaration promises, beneath what was tried. */
async function guarantees(cli: Cli, file: string, only: string | null): Promise<void> {
  const connector = await loadConnector(file)
  for (const stream of connector.streams)
    if (only === null || only === stream.name)
      cli.print(`  ${stream.name}: ${inShort(guaranteesOf(connector, stream), cli.language)}`)
  cli.print()
}

function writeBadge(cli: Cli, connector: string, { outcomes }: SuiteResult): void {
  const file = join(connector, '..', 'README.md')
  if (!existsSync(file)) return
  const date = Temporal.Now.plainDateISO(cli.config.zone).toString()
  writeFileSync(file, withBadge(readFileSync(file, 'utf8'), { date, version: versionOf(), outcomes }))
  cli.say(cli.words('connector-test-badge', { file }))
}
