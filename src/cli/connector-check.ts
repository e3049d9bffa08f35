/** `ioc connector check SOURCE`: see src/author/check.ts. */
import { type Checked, type CheckedStream, type Clock, checkSource } from '../author/check.ts'
import type { Step } from '../author/check-steps.ts'
import { inShort } from '../author/guarantees.ts'
import { explainError, PipelineError } from '../errors.ts'
import { type Cli, localTime, text, type Verb } from './context.ts'
import { safe } from './format.ts'
import { sourceNamed } from './problems.ts'

export const check: Verb = async (cli, words, values) => {
  const source = sourceNamed(cli, sourceWord(cli, 'check', words))
  const { config, env, signal } = cli
  const checked = await checkSource({ config, env, signal }, source, text(values.stream))
  cli.document(plain(cli, checked))
  print(cli, checked)
  return checked.exit
}

/** The one word after `connector <part>`. Throws USAGE. */
export function sourceWord(cli: Cli, part: string, [id, ...more]: readonly string[]): string {
  if (id === undefined || more.length > 0)
    throw new PipelineError('USAGE', {
      what: cli.words('connector-source', { part }),
      mend: `ioc connector ${part} ${cli.config.sources[0]?.id ?? 'SOURCE'}`,
    })
  return id
}

interface Line {
  step: string
  state: string
  says: string
  mend: string | null
  code: string | null
}
const MARKS: Readonly<Record<string, string>> = {
  passed: '✓',
  warned: '!',
  failed: '✗',
  'not-reached': '·',
  'not-needed': '·',
}

function lineOf(cli: Cli, { step, state, says, error }: Step, source: string, stream: string): Line {
  if (error) {
    const { what } = explainError(error.code, error.params, cli.language)
    const cause = error.params.problem === undefined ? what : String(error.params.problem)
    return {
      step,
      state,
      says: cause,
      mend: cli.words(/host key/.test(cause) ? 'mend-host-key' : `mend-${step}`, { source, stream }),
      code: error.code,
    }
  }
  const told = says.map(({ word, params }) => cli.words(word, params)).join('; ')
  const blank = state === 'warned' ? '' : cli.words(`step-${state === 'failed' ? 'passed' : state}`)
  return { step, state, says: told || blank, mend: null, code: null }
}

function clockLine(cli: Cli, { skew, sampleTime, state }: Clock): Line {
  const seconds = skew === null ? '' : String(Math.round(skew / 1000))
  const said = [
    ...(skew === null ? [] : [cli.words(state === 'warned' ? 'clock-off' : 'clock-same', { seconds })]),
    ...(sampleTime === null ? [] : [cli.words('clock-sample', { at: localTime(sampleTime, cli.config.zone) })]),
  ]
  return { step: 'clock', state, says: said.join('; ') || cli.words('clock-unknown'), mend: null, code: null }
}

const linesOf = (cli: Cli, { source, steps, clock, streams }: Checked): Line[] => [
  ...steps.map((step) => lineOf(cli, step, source, streams[0]?.stream ?? '')),
  clockLine(cli, clock),
]

function print(cli: Cli, checked: Checked): void {
  const kind = checked.kind ?? cli.words('hand-written')
  cli.print(cli.words('check-head', { source: checked.source, kind, target: checked.target ?? checked.connector }))
  for (const { word, params } of checked.remarks) cli.print(`  ! ${cli.words(word, params)}`)
  for (const line of linesOf(cli, checked)) printLine(cli, line, '  ')
  for (const one of checked.streams) printStream(cli, checked.source, one)
}

function printLine(cli: Cli, { step, state, says, mend }: Line, indent: string): void {
  const name = cli.words(`step-${step}` as 'step-dns')
  cli.print(`${indent}${MARKS[state]} ${name}: ${safe(says)}`)
  if (mend !== null) cli.print(`${indent}  → ${mend}`)
}

function printStream(cli: Cli, source: string, { stream, steps, record, guarantees }: CheckedStream): void {
  cli.print(cli.words('check-stream', { stream }))
  for (const step of steps) printLine(cli, lineOf(cli, step, source, stream), '  ')
  const persons = record?.persons.map(({ field, verdict }) => `${field} ${verdict}`).join(', ')
  if (persons) cli.print(`    ${cli.words('check-persons', { persons: safe(persons) })}`)
  const unknown = record?.unknown.join(', ')
  if (unknown) cli.print(`    ${cli.words('check-unknown', { fields: safe(unknown) })}`)
  cli.print(`  ${cli.words('check-guarantees', { short: inShort(guarantees, cli.language) })}`)
  for (const one of guarantees) cli.print(`    ${one.state === 'sure' ? '' : '! '}${one[cli.language]}`)
}

const plain = (cli: Cli, checked: Checked) => ({
  source: checked.source,
  connector: checked.connector,
  kind: checked.kind,
  target: checked.target,
  remarks: checked.remarks.map(({ word, params }) => cli.words(word, params)),
  steps: linesOf(cli, checked),
  clock: { skewMs: checked.clock.skew, sampleTime: checked.clock.sampleTime },
  streams: checked.streams.map((one) => ({
    stream: one.stream,
    steps: one.steps.map((step) => lineOf(cli, step, checked.source, one.stream)),
    record: one.record,
    guarantees: one.guarantees.map(({ name, state, vi, en }) => ({ name, state, vi, en })),
  })),
  exitCode: checked.exit,
})
