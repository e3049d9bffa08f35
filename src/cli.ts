/** Verbs. The only file that reads process.argv or sets an exit code. */
import { type ParseArgsConfig, parseArgs } from 'node:util'
import './connect/resolve.ts'
import { makeCli, type Verb } from './cli/context.ts'
import { LANGUAGES, type Language, nearest, PipelineError, twoLines } from './errors.ts'

type Options = NonNullable<ParseArgsConfig['options']>
interface VerbEntry {
  usage: string
  does: string
  options: Options
  load(): Promise<Verb>
}

const GLOBAL = {
  home: { type: 'string' },
  warehouse: { type: 'string' },
  json: { type: 'boolean', default: false },
  quiet: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const satisfies Options
const string = { type: 'string' } as const
const strings = { type: 'string', multiple: true } as const
const boolean = { type: 'boolean' } as const

export const VERBS: Readonly<Record<string, VerbEntry>> = {
  sync: {
    usage: 'sync [source…] [--full] [--since T] [--dry-run]',
    does: 'read → land → refresh → enqueue (default: all sources)',
    options: { full: boolean, since: string, 'dry-run': boolean },
    load: async () => (await import('./cli/sync.ts')).sync,
  },
  push: {
    usage: 'push [--target NAME]',
    does: 'deliver what is pending to the IOC',
    options: { target: string, reconcile: boolean },
    load: async () => (await import('./cli/sync.ts')).pushVerb,
  },
  run: {
    usage: 'run <job>',
    does: 'one scheduled job, now: sync, then push',
    options: { slot: string },
    load: async () => (await import('./cli/sync.ts')).run,
  },
  indicators: {
    usage: 'indicators [--indicator ID…] [--agency CODE…] [--period P…] [--geography then|now]',
    does: 'the figures',
    options: { indicator: strings, agency: strings, period: strings, geography: string, 'as-known-at': string },
    load: async () => (await import('./cli/figures.ts')).indicators,
  },
  explain: {
    usage: 'explain <indicator> [--agency CODE] [--period P] [--limit N] | explain --message ID',
    does: 'the records behind a figure, and the quarantined ones that might change it',
    options: { agency: string, period: string, limit: string, message: string, 'as-known-at': string },
    load: async () => (await import('./cli/figures.ts')).explainVerb,
  },
  serve: {
    usage: 'serve [--port N]',
    does: 'scheduler, tick, delivery and status page, until stopped',
    options: { port: string },
    load: async () => (await import('./cli/serve.ts')).serveVerb,
  },
  stop: {
    usage: 'stop',
    does: 'end a running serve',
    options: {},
    load: async () => (await import('./cli/serve.ts')).stopVerb,
  },
  runs: {
    usage: 'runs [ID]',
    does: 'what ran, and what it said',
    options: {},
    load: async () => (await import('./cli/look.ts')).runs,
  },
  release: {
    usage: 'release RUN --reason TEXT',
    does: 'let a held read pass, once, up to what was observed',
    options: { reason: string },
    load: async () => (await import('./cli/mend.ts')).release,
  },
  quarantine: {
    usage: 'quarantine list|show|replay|export|discard [ID…] [--source S] [--reason TEXT]',
    does: 'records set aside: look, try again, give up',
    options: { source: string, reason: string, limit: string },
    load: async () => (await import('./cli/quarantine.ts')).quarantine,
  },
  sources: {
    usage: 'sources [retire ID --successor ID]',
    does: 'the sources and their state',
    options: { successor: string },
    load: async () => (await import('./cli/look.ts')).sources,
  },
  doctor: {
    usage: 'doctor',
    does: 'is everything in order, and if not, what to do',
    options: {},
    load: async () => (await import('./cli/doctor.ts')).doctor,
  },
  rebuild: {
    usage: 'rebuild',
    does: 'recompute every measure and figure from the records and compare',
    options: {},
    load: async () => (await import('./cli/mend.ts')).rebuildVerb,
  },
  migrate: {
    usage: 'migrate',
    does: 'bring the warehouse to the newest schema',
    options: {},
    load: async () => (await import('./cli/mend.ts')).migrateVerb,
  },
  sandbox: {
    usage: 'sandbox [--port N] [--seed N] [--dossiers N] [--faults SPEC] [--live]',
    does: 'the made-up departmental systems and IOC receiver',
    options: { port: string, seed: string, dossiers: string, faults: string, live: boolean },
    load: async () => (await import('./cli/sandbox.ts')).sandbox,
  },
  demo: {
    usage: 'demo [--once] [--dossiers N]',
    does: 'a nightly run against the sandbox, the figures, then live',
    options: { once: boolean, dossiers: string, port: string },
    load: async () => (await import('./cli/demo.ts')).demo,
  },
}
/** Of the design, but built later; asking for one says so. */
const LATER = ['connector', 'backup', 'restore', 'reference']
const LATER_FLAGS = ['as-known-at', 'reconcile']

async function main(argv: readonly string[]): Promise<number> {
  const [name, ...rest] = argv
  if (!name || name === '--help' || name === '-h' || name === 'help') return help()
  const entry = VERBS[name]
  if (!entry) throw unknownVerb(name)
  const { values, positionals } = parse(rest, { ...GLOBAL, ...entry.options }, name, entry)
  if (values.help) {
    process.stdout.write(`ioc ${entry.usage}\n  ${entry.does}\n`)
    return 0
  }
  const later = LATER_FLAGS.find((flag) => values[flag] !== undefined)
  if (later) throw new PipelineError('NOT_IN_THIS_VERSION', { what: `--${later}` })
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () =>
      stop.abort(
        new PipelineError('USAGE', { what: `stopped by ${signal}`, mend: 'What had landed is kept; run it again.' }),
      ),
    )
  const flags = {
    home: text(values.home),
    warehouse: text(values.warehouse),
    port: text(values.port),
    json: values.json === true,
    quiet: values.quiet === true,
  }
  const cli = makeCli(flags, process.env, process.cwd(), stop.signal)
  const verb = await entry.load()
  return verb(cli, positionals, values as never)
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

function parse(args: readonly string[], options: Options, verb: string, entry: VerbEntry) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true })
  } catch (cause) {
    const bad = /'(--?[\w-]+)/.exec((cause as Error).message)?.[1] ?? ''
    const near = nearest(
      bad,
      Object.keys(options).map((option) => `--${option}`),
    )
    throw new PipelineError(
      'USAGE',
      {
        what: `ioc ${verb}: ${(cause as Error).message.split('. ')[0]}`,
        mend: near ? `${near}?  ioc ${entry.usage}` : `ioc ${entry.usage}`,
      },
      { cause },
    )
  }
}

function unknownVerb(name: string): PipelineError {
  if (LATER.includes(name)) return new PipelineError('NOT_IN_THIS_VERSION', { what: `ioc ${name}` })
  const near = nearest(name, Object.keys(VERBS))
  return new PipelineError('UNKNOWN_NAME', {
    kind: 'verb',
    name,
    known: near ? `${near}?  (ioc --help)` : Object.keys(VERBS).join(', '),
  })
}

function help(): number {
  const width = 30
  const lines = Object.entries(VERBS).map(([name, { usage, does }]) => {
    const rest = usage.slice(name.length)
    return rest.length + name.length < width
      ? `  ${(name + rest).padEnd(width)}${does}`
      : `  ${name}${rest}\n  ${''.padEnd(width)}${does}`
  })
  process.stdout.write(
    `ioc-feed: departmental records in, indicators for the provincial IOC out\n\nioc <verb> [--home DIR] [--warehouse FILE|postgres://…] [--json] [--quiet]\n\n${lines.join('\n')}\n\nExit codes: 0 done · 1 our fault · 2 usage or configuration · 3 authentication · 4 source failed · 5 held · 6 delivery failed\n`,
  )
  return 0
}

/** A known failure is two lines; a bug keeps its stack. */
function explain(error: unknown): number {
  const language: Language =
    LANGUAGES.find((known) => known === process.env.IOC_LANG) ??
    (/^vi/.test(process.env.LC_ALL || process.env.LANG || '') ? 'vi' : 'en')
  if (error instanceof PipelineError && error.code !== 'INTERNAL') {
    process.stderr.write(`${twoLines(error, language)}\n`)
    return error.exit
  }
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
  process.stderr.write(
    `${twoLines(new PipelineError('INTERNAL', { what: error instanceof Error ? error.message : String(error) }), language)}\n`,
  )
  return 1
}

// The exit code is set and the process left to end by itself, so that what was printed arrives in a pipe.
process.exitCode = await main(process.argv.slice(2)).catch(explain)
