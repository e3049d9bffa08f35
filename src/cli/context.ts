/** What every verb gets: configuration, where to print, in which words, and a warehouse on demand. */
import { existsSync } from 'node:fs'
import { type Config, type ConfigFault, type Env, loadConfig } from '../config.ts'
import { type Speech, speech } from '../console/page/words.ts'
import { type ExitCode, type Language, PipelineError } from '../errors.ts'
import { currentTick } from '../indicators/tick.ts'
import { findMeta } from '../warehouse/landing.ts'
import { listTables, migrate } from '../warehouse/migrate.ts'
import { openWarehouse, type Warehouse } from '../warehouse/open.ts'
import { type Say, sayer } from './words.ts'

export interface Flags {
  home?: string | undefined
  warehouse?: string | undefined
  json: boolean
  quiet: boolean
}
export interface Cli {
  config: Config
  /** files of the configuration that are wrong and were left out; none but for a verb that bears them */
  faults: readonly ConfigFault[]
  env: Env
  language: Language
  json: boolean
  quiet: boolean
  signal: AbortSignal
  /** columns of the terminal; without end in a pipe or file */
  width: number
  /** one line to stdout; silent with --json, where the one document comes from `document` */
  print(line?: string): void
  /** one line to stderr; silent with --quiet */
  say(line: string): void
  /** a failure that does not end the verb; to stderr, whatever the flags */
  warn(line: string): void
  /** the one JSON document of --json */
  document(value: unknown): void
  words: Say
  /** words and numbers as the status page has them */
  speech: Speech
}
export type Verb = (cli: Cli, positionals: readonly string[], values: Values) => Promise<ExitCode>
export type Values = Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>

export interface Surroundings {
  env: Env
  cwd: string
  signal: AbortSignal
  /** writes the one JSON document */
  document: (value: unknown) => void
  /** what is wrong in the configuration's files is no end of the verb */
  bearsFaults?: boolean
}

/** Throws CONFIG_INVALID, CONFIG_UNREADABLE, USAGE. */
export function makeCli(flags: Flags, { env, cwd, signal, document, bearsFaults = false }: Surroundings): Cli {
  const faults: ConfigFault[] = []
  const onFault = (fault: ConfigFault) => void faults.push(fault)
  const input = { home: flags.home, warehouse: flags.warehouse, env, cwd }
  const config = loadConfig(bearsFaults ? { ...input, onFault } : input)
  const { language } = config
  checkWarehouse(flags.warehouse ?? env.IOC_WAREHOUSE, sayer(language))
  return {
    config,
    faults,
    env,
    language,
    json: flags.json,
    quiet: flags.quiet,
    signal,
    width: process.stdout.columns || Number(env.COLUMNS) || Number.POSITIVE_INFINITY,
    print: (line = '') => {
      if (!flags.json) process.stdout.write(`${line}\n`)
    },
    say: (line) => {
      if (!flags.quiet) process.stderr.write(`${line}\n`)
    },
    warn: (line) => process.stderr.write(`${line}\n`),
    document: (value) => {
      if (flags.json) document(value)
    },
    words: sayer(language),
    speech: speech(language, config.zone),
  }
}

/** `mysql://…` would otherwise become a file of that name. */
function checkWarehouse(typed: string | undefined, words: Say): void {
  const scheme = /^([a-z][a-z\d+.-]+:)\/\//i.exec(typed ?? '')?.[1]
  if (scheme === undefined || /^postgres(ql)?:$/.test(scheme)) return
  throw new PipelineError('USAGE', {
    what: words('not-a-warehouse', { scheme: `${scheme}//` }),
    mend: '--warehouse FILE | postgres://user@host/database',
  })
}

export const isPostgres = (location: string): boolean => location.startsWith('postgres')
/** Is there a warehouse already? A database server is asked when it is opened. */
export const hasWarehouse = ({ config: { warehouse } }: Cli): boolean => isPostgres(warehouse) || existsSync(warehouse)

/** Opens (and brings up to date, unless `asItIs`) the warehouse for as long as `fn` runs. `must`: it has to be there already. */
export async function withWarehouse<T>(
  cli: Cli,
  fn: (warehouse: Warehouse) => Promise<T>,
  options: { must: boolean; asItIs?: boolean } = { must: false },
): Promise<T> {
  const location = cli.config.warehouse
  if (options.must && !hasWarehouse(cli)) throw new PipelineError('WAREHOUSE_MISSING', { warehouse: location })
  const warehouse = await openWarehouse(location)
  try {
    await refuseForeign(warehouse)
    if (!options.asItIs) await migrate(warehouse, cli.config.zone)
    return await fn(warehouse)
  } finally {
    await warehouse.close()
  }
}

/** A wrong path or name must not plant our tables in another program's database, nor let the demo remove it. */
export async function refuseForeign(warehouse: Warehouse): Promise<void> {
  const tables = await warehouse.read((db) => listTables(db, warehouse.dialect))
  // Two of ours: other programs call theirs "migration" as well.
  if (tables.length > 0 && !OURS.every((name) => tables.includes(name)))
    throw new PipelineError('WAREHOUSE_FOREIGN', { warehouse: warehouse.label })
}
const OURS = ['migration', 'dossier']

/** Said wherever figures of made-up systems are shown. */
export async function sampleBanner(cli: Cli, warehouse: Warehouse): Promise<string | null> {
  const { kind, tick } = await warehouse.read(async (db) => ({
    kind: await findMeta(db, 'data'),
    tick: await currentTick(db),
  }))
  if (kind !== 'sample') return null
  return cli.words('sample', { at: tick === null ? '-' : localTime(tick, cli.config.zone) })
}

export async function printBanner(cli: Cli, warehouse: Warehouse): Promise<void> {
  const banner = await sampleBanner(cli, warehouse)
  if (banner !== null) cli.print(banner)
}

/** 2024-12-02 08:00 */
export const localTime = (at: number, zone: string): string =>
  Temporal.Instant.fromEpochMilliseconds(at)
    .toZonedDateTimeISO(zone)
    .toPlainDateTime()
    .toString({ smallestUnit: 'minute' })
    .replace('T', ' ')

export const texts = (value: Values[string]): string[] =>
  Array.isArray(value) ? value.map(String) : value === undefined ? [] : [String(value)]
export const text = (value: Values[string]): string | undefined => (typeof value === 'string' ? value : undefined)

/** A whole number from a flag. Throws USAGE. */
export function whole(
  cli: Pick<Cli, 'words'>,
  values: Values,
  name: string,
  fallback: number,
  [least, most]: readonly [number, number],
): number {
  const typed = text(values[name])
  if (typed === undefined) return fallback
  const value = /^\d{1,15}$/.test(typed) ? Number(typed) : -1
  if (value < least || value > most)
    throw new PipelineError('USAGE', {
      what: cli.words('not-a-number', { name, typed, least, most }),
      mend: `--${name} ${fallback}`,
    })
  return value
}
