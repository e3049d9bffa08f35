/** What a verb says of a problem that does not end it, and of a name that is none. */
import type { SourceConfig } from '../config.ts'
import { explainError, nearest, PipelineError, twoLines } from '../errors.ts'
import { stateWord } from '../schedule/runs.ts'
import type { RunState } from '../warehouse/tables.ts'
import type { Cli } from './context.ts'

/** An error as --json shows it: its code, and the two sentences in the chosen language. */
export function plainError(cli: Cli, { code, params, exit }: PipelineError) {
  const { what, mend } = explainError(code, params, cli.language)
  return { code, message: what, mend, exitCode: exit }
}

/** The two lines; a bug keeps its stack, also where it stopped only one source. */
export const linesOf = (cli: Cli, error: PipelineError): string =>
  error.code === 'INTERNAL' && error.cause instanceof Error
    ? `${error.cause.stack}\n${twoLines(error, cli.language)}`
    : twoLines(error, cli.language)

/** How a run ended; that somebody else was at its source is no failure of it. */
export const resultWord = (cli: Cli, state: RunState, code: string | undefined): string =>
  code === 'ALREADY_RUNNING' ? cli.words('running-elsewhere') : stateWord(state, cli.language)

/** Throws UNKNOWN_NAME. */
export function sourceNamed(cli: Cli, id: string): SourceConfig {
  const source = cli.config.sources.find((candidate) => candidate.id === id)
  if (!source)
    throw unknown(
      'source',
      id,
      cli.config.sources.map((candidate) => candidate.id),
    )
  return source
}

export function unknown(kind: string, name: string, known: readonly string[]): PipelineError {
  const near = nearest(name, known)
  return new PipelineError('UNKNOWN_NAME', {
    kind,
    name,
    known: near ? `${near}?  (${known.join(', ')})` : known.join(', ') || '-',
  })
}
