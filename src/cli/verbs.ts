/** Every verb: how it is called, what it does, and where its code is. Loaded only when called for. */
import { type ParseArgsConfig, parseArgs } from 'node:util'
import { nearest, PipelineError } from '../errors.ts'
import { CONNECTOR_OPTIONS, CONNECTOR_PARTS, CONNECTOR_USAGE } from './connector-parts.ts'
import type { Values, Verb } from './context.ts'
import type { PlainWord, Say } from './words.ts'

export type Options = NonNullable<ParseArgsConfig['options']>
export interface VerbEntry {
  usage: string
  /** how each part is called, where a verb has parts */
  parts?: readonly string[]
  does: PlainWord
  options: Options
  /** it looks at the configuration itself, so that a wrong file must not stop it */
  bearsFaults?: true
  /** words that may follow the verb */
  most: number
  load(): Promise<Verb>
}

export const GLOBAL = {
  home: { type: 'string' },
  warehouse: { type: 'string' },
  json: { type: 'boolean' },
  quiet: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const satisfies Options
const string = { type: 'string' } as const
const strings = { type: 'string', multiple: true } as const
const boolean = { type: 'boolean' } as const
const ANY = Number.POSITIVE_INFINITY

export const VERBS: Readonly<Record<string, VerbEntry>> = {
  sync: {
    usage: 'sync [source…] [--full] [--since T] [--dry-run]',
    does: 'does-sync',
    options: { full: boolean, since: string, 'dry-run': boolean },
    most: ANY,
    load: async () => (await import('./sync.ts')).sync,
  },
  push: {
    usage: 'push [--target NAME]',
    does: 'does-push',
    options: { target: string, reconcile: boolean },
    most: 0,
    load: async () => (await import('./push.ts')).pushVerb,
  },
  run: {
    usage: 'run <job>',
    does: 'does-run',
    options: { slot: string },
    most: 1,
    load: async () => (await import('./sync.ts')).run,
  },
  indicators: {
    usage:
      'indicators [--indicator ID… | --group 766] [--agency CODE…] [--period P… | --from MONTH --to MONTH] [--as-known-at T] [--geography then|now] [--procedure CODE…] [--field CODE…] [--channel online|counter|post] [--by procedure|field|channel] [--audience staff|public]',
    does: 'does-indicators',
    options: {
      indicator: strings,
      group: string,
      agency: strings,
      period: strings,
      from: string,
      to: string,
      geography: string,
      procedure: strings,
      field: strings,
      channel: strings,
      by: string,
      'as-known-at': string,
      audience: string,
    },
    most: ANY,
    load: async () => (await import('./figures.ts')).indicators,
  },
  explain: {
    usage:
      'explain <indicator> [--agency CODE] [--period P] [--as-known-at T] [--limit N] [--after CURSOR] [--format csv|json] [--out FILE] [--join FILE] [--code-column NAME] [--audience staff] | explain --message ID',
    does: 'does-explain',
    options: {
      agency: string,
      period: string,
      limit: string,
      after: string,
      message: string,
      'as-known-at': string,
      format: string,
      out: string,
      join: string,
      'code-column': string,
      audience: string,
    },
    most: 1,
    load: async () => (await import('./explain.ts')).explainVerb,
  },
  report: {
    usage:
      'report monthly|quarterly|yearly|766 [--period P] [--format xlsx|csv|json] [--out FILE] [--table NAME] [--current] [--as-known-at T] [--audience staff|public]',
    does: 'does-report',
    options: {
      period: string,
      format: string,
      out: string,
      table: string,
      current: boolean,
      'as-known-at': string,
      audience: string,
    },
    most: 1,
    load: async () => (await import('./report.ts')).reportVerb,
  },
  close: {
    usage: 'close [monthly|quarterly|yearly] --period P --by NAME --note TEXT [--override REASON]',
    does: 'does-close',
    options: { period: string, by: string, note: string, override: string },
    most: 1,
    load: async () => (await import('./report.ts')).closeVerb,
  },
  revise: {
    usage: 'revise <indicator> --between T1 T2 [--agency CODE] [--period P] [--limit N]',
    does: 'does-revise',
    options: { between: string, agency: string, period: string, limit: string },
    most: 2,
    load: async () => (await import('./revise.ts')).reviseVerb,
  },
  serve: {
    usage: 'serve [--port N]',
    does: 'does-serve',
    options: { port: string },
    most: 0,
    load: async () => (await import('./serve.ts')).serveVerb,
  },
  stop: {
    usage: 'stop',
    does: 'does-stop',
    options: {},
    most: 0,
    load: async () => (await import('./serve.ts')).stopVerb,
  },
  runs: {
    usage: 'runs [ID]',
    does: 'does-runs',
    options: {},
    most: 1,
    load: async () => (await import('./look.ts')).runs,
  },
  release: {
    usage: 'release RUN --reason TEXT',
    does: 'does-release',
    options: { reason: string },
    most: 1,
    load: async () => (await import('./mend.ts')).release,
  },
  quarantine: {
    usage:
      'quarantine list|show|replay|export|discard [ID…] [--source S] [--reason TEXT] [--limit N] | quarantine map [NAME] [--to CODE] [--from DATE] [--until DATE] [--replace] [--dry-run]',
    does: 'does-quarantine',
    options: {
      source: string,
      reason: string,
      limit: string,
      to: string,
      from: string,
      until: string,
      replace: boolean,
      'dry-run': boolean,
    },
    most: ANY,
    load: async () => (await import('./quarantine.ts')).quarantine,
  },
  sources: {
    usage: 'sources [--quality [--period P]] [retire ID --successor ID]',
    does: 'does-sources',
    options: { successor: string, quality: boolean, period: string },
    most: 2,
    load: async () => (await import('./look.ts')).sources,
  },
  reference: {
    usage: 'reference import FILE --from DATE --basis TEXT [--kind agencies|calendar|aliases] [--dry-run | --yes]',
    does: 'does-reference',
    options: { from: string, basis: string, kind: string, 'dry-run': boolean, yes: boolean },
    most: 2,
    load: async () => (await import('./reference.ts')).reference,
  },
  connector: {
    usage: CONNECTOR_USAGE,
    parts: Object.values(CONNECTOR_PARTS).map((part) => `connector ${part.usage}`),
    does: 'does-connector',
    options: CONNECTOR_OPTIONS,
    most: ANY,
    load: async () => (await import('./connector.ts')).connector,
  },
  doctor: {
    usage: 'doctor',
    does: 'does-doctor',
    bearsFaults: true,
    options: {},
    most: 0,
    load: async () => (await import('./doctor.ts')).doctor,
  },
  rebuild: {
    usage: 'rebuild [--measures]',
    does: 'does-rebuild',
    options: { measures: boolean },
    most: 0,
    load: async () => (await import('./mend.ts')).rebuildVerb,
  },
  migrate: {
    usage: 'migrate [--forget MEASURE]',
    does: 'does-migrate',
    options: { forget: string },
    most: 0,
    load: async () => (await import('./mend.ts')).migrateVerb,
  },
  sandbox: {
    usage: 'sandbox [--port N] [--seed N] [--dossiers N] [--faults SPEC] [--live]',
    does: 'does-sandbox',
    options: { port: string, seed: string, dossiers: string, faults: string, live: boolean },
    most: 0,
    load: async () => (await import('./sandbox.ts')).sandbox,
  },
  demo: {
    usage: 'demo [--once] [--dossiers N] [--port N]',
    does: 'does-demo',
    options: { once: boolean, dossiers: string, port: string },
    most: 0,
    load: async () => (await import('./demo.ts')).demo,
  },
}
/** Of the design, but built later; asking for one says so. */
export const LATER = ['backup', 'restore']
export const LATER_FLAGS = ['reconcile']

export interface Called {
  /** undefined: help for all */
  name: string | undefined
  values: Values
  positionals: readonly string[]
}

/** `ioc [global flags] <verb> [words and flags]`. Throws USAGE, UNKNOWN_NAME, NOT_IN_THIS_VERSION. */
export function parseCall(argv: readonly string[], words: Say): Called {
  const at = verbAt(argv)
  const name = argv[at]
  // `ioc --home` alone is no wish for help.
  if (name === undefined) parse(argv, GLOBAL, '', '<verb> --help', words)
  if (name === undefined || name === 'help') {
    const asked = name === 'help' ? argv[at + 1] : undefined
    return { name: asked === undefined ? undefined : known(asked), values: { help: true }, positionals: [] }
  }
  const entry = VERBS[known(name)] as VerbEntry
  const rest = [...argv.slice(0, at), ...argv.slice(at + 1)]
  const { values, positionals } = parse(rest, { ...GLOBAL, ...entry.options }, name, entry.usage, words)
  const later = LATER_FLAGS.find((flag) => values[flag] !== undefined)
  if (later) throw new PipelineError('NOT_IN_THIS_VERSION', { what: `--${later}` })
  const extra = positionals[entry.most]
  if (extra !== undefined && values.help !== true)
    throw new PipelineError('USAGE', {
      what: words('too-many', { verb: name, word: extra }),
      mend: `ioc ${entry.usage}`,
    })
  return { name, values, positionals }
}

/** Where the verb stands: global flags, with their values, may come before it. */
function verbAt(argv: readonly string[]): number {
  let at = 0
  while (argv[at]?.startsWith('-')) at += argv[at] === '--home' || argv[at] === '--warehouse' ? 2 : 1
  return at
}

function known(name: string): string {
  if (Object.hasOwn(VERBS, name)) return name
  if (LATER.includes(name)) throw new PipelineError('NOT_IN_THIS_VERSION', { what: `ioc ${name}` })
  const near = nearest(name, Object.keys(VERBS))
  const list = Object.keys(VERBS).join(', ')
  throw new PipelineError('UNKNOWN_NAME', { kind: 'verb', name, known: near ? `${near}?  (${list})` : list })
}

/** `--limit -1`: a number below zero is a wrong number, not a missing one. */
function numbersJoined(args: readonly string[], options: Options): string[] {
  const joined: string[] = []
  for (const arg of args) {
    const option = joined.at(-1)?.replace(/^--/, '') ?? ''
    if (/^-\d/.test(arg) && joined.at(-1)?.startsWith('--') && options[option]?.type === 'string')
      joined.push(`${joined.pop()}=${arg}`)
    else joined.push(arg)
  }
  return joined
}

const PROBLEMS = {
  ERR_PARSE_ARGS_UNKNOWN_OPTION: 'unknown-option',
  ERR_PARSE_ARGS_INVALID_OPTION_VALUE: 'option-value',
} as const
const isProblem = (code: unknown): code is keyof typeof PROBLEMS => Object.hasOwn(PROBLEMS, String(code))

function parse(args: readonly string[], options: Options, verb: string, usage: string, words: Say) {
  try {
    return parseArgs({ args: numbersJoined(args, options), options, allowPositionals: true, strict: true })
  } catch (cause) {
    const { code, message } = cause as Error & { code?: string }
    if (!isProblem(code)) throw cause
    const problem = PROBLEMS[code]
    const option = /'(?:-\w, )?(--?[\w-]+)/.exec(message)?.[1] ?? ''
    // Without the dashes, which every option shares.
    const near = nearest(option.replace(/^-+/, ''), Object.keys(options))
    const word = problem === 'option-value' && /does not take/.test(message) ? 'option-no-value' : problem
    throw new PipelineError(
      'USAGE',
      {
        what: words(word, { verb: verb === '' ? '' : ` ${verb}`, option }),
        mend: near && problem === 'unknown-option' ? `--${near}?  ioc ${usage}` : `ioc ${usage}`,
      },
      { cause },
    )
  }
}
