#!/usr/bin/env node
/** Verbs: see src/cli/verbs.ts. This is the only file that reads process.argv or sets an exit code. */
import { readFileSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'
import './connect/resolve.ts'
import { parseCall, VERBS } from './cli/verbs.ts'
import { type Say, sayer } from './cli/words.ts'
import { asPipelineError, explainError, LANGUAGES, type Language, PipelineError, twoLines } from './errors.ts'

// What is loaded from here on is compiled once, not by every call. Beside the warehouse of the checkout, as the reading threads' is: the
// folder in /tmp that Node would take may be another user's. Where it cannot be written, nothing is kept.
enableCompileCache(fileURLToPath(new URL('../data/var/compile-cache', import.meta.url)))

const argv = process.argv.slice(2)
// Needed before the configuration, which may be what is wrong.
const json = argv.includes('--json')
const language: Language =
  LANGUAGES.find((known) => known === process.env.IOC_LANG) ??
  (/^vi/i.test(process.env.LC_ALL || process.env.LC_MESSAGES || process.env.LANG || '') ? 'vi' : 'en')

// `ioc indicators | head`: who reads has seen enough; what runs ends as it would have.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })

let documented = false
/** With --json exactly one document is printed, also where the verb fails. */
function document(value: unknown): void {
  if (documented) return
  documented = true
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`)
}

async function main(): Promise<number> {
  const words = sayer(language)
  if (argv[0] === '--version') return version()
  const { name, values, positionals } = parseCall(argv, words)
  if (values.help === true) return help(words, name)
  const entry = name === undefined ? undefined : VERBS[name]
  if (!entry || name === undefined) return help(words, undefined)
  // the warehouse's libraries are loaded by who gets so far: a mistyped verb is answered at once
  const { makeCli, text } = await import('./cli/context.ts')
  const stop = new AbortController()
  // The second one ends the process at once, as if this were not here.
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () =>
      stop.abort(new PipelineError('STOPPED', { signal, verb: [name, ...positionals].join(' ') })),
    )
  const flags = {
    home: text(values.home),
    warehouse: text(values.warehouse),
    json: values.json === true,
    quiet: values.quiet === true,
  }
  const cli = makeCli(flags, {
    env: process.env,
    cwd: process.cwd(),
    signal: stop.signal,
    document,
    bearsFaults: entry.bearsFaults === true,
  })
  const verb = await entry.load()
  return verb(cli, positionals, values)
}

function version(): number {
  const file = new URL('../package.json', import.meta.url)
  const { name, version } = JSON.parse(readFileSync(file, 'utf8')) as { name: string; version: string }
  process.stdout.write(`${name} ${version} (Node ${process.versions.node})\n`)
  return 0
}

function help(words: Say, name: string | undefined): number {
  const entry = name === undefined ? undefined : VERBS[name]
  if (entry) {
    const usage = (entry.parts ?? [entry.usage]).map((one) => `ioc ${one}\n`).join('')
    process.stdout.write(`${usage}  ${words(entry.does)}\n`)
    return 0
  }
  const verbs = Object.entries(VERBS).map(([verb, { does }]) => `  ${verb.padEnd(12)}${words(does)}`)
  const globals = '[--home DIR] [--warehouse FILE|postgres://…] [--json] [--quiet]'
  process.stdout.write(
    `${words('help-title')}\n\n${words('help-usage')} ${globals}\n\n${verbs.join('\n')}\n\n${words('help-one')}\n${words('help-exits')}\n`,
  )
  return 0
}

/** A known failure is two lines; a bug keeps its stack. */
function explain(thrown: unknown): number {
  const error = asPipelineError(thrown)
  if (error.code === 'INTERNAL') process.stderr.write(`${stackOf(error)}\n`)
  process.stderr.write(`${twoLines(error, language)}\n`)
  const { what, mend } = explainError(error.code, error.params, language)
  if (json) document({ error: { code: error.code, message: what, mend, exitCode: error.exit } })
  return error.exit
}

const stackOf = (error: Error): string =>
  error.cause instanceof Error ? (error.cause.stack ?? error.cause.message) : (error.stack ?? error.message)

// The exit code is set and the process left to end by itself, so that what was printed arrives in a pipe.
process.exitCode = await main().catch(explain)
