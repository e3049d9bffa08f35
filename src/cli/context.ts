/** What every verb gets: configuration, where to print, and a warehouse on demand. */
import { existsSync } from 'node:fs'
import { type Config, type Env, loadConfig } from '../config.ts'
import { type ExitCode, type Language, PipelineError } from '../errors.ts'
import { findMeta } from '../warehouse/landing.ts'
import { migrate } from '../warehouse/migrate.ts'
import { openWarehouse, type Warehouse } from '../warehouse/open.ts'

export interface Flags {
  home?: string | undefined
  warehouse?: string | undefined
  port?: string | undefined
  json: boolean
  quiet: boolean
}
export interface Cli {
  config: Config
  env: Env
  language: Language
  json: boolean
  quiet: boolean
  signal: AbortSignal
  /** one line to stdout; silent with --json, where the one document comes from `document` */
  print(line?: string): void
  /** one line to stderr; silent with --quiet */
  say(line: string): void
  document(value: unknown): void
  /** both languages at the call, one shown */
  words(vi: string, en: string): string
}
export type Verb = (cli: Cli, positionals: readonly string[], values: Values) => Promise<ExitCode>
export type Values = Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>

export function makeCli(flags: Flags, env: Env, cwd: string, signal: AbortSignal): Cli {
  const config = loadConfig({ home: flags.home, warehouse: flags.warehouse, port: flags.port, env, cwd })
  const { language } = config
  return {
    config,
    env,
    language,
    json: flags.json,
    quiet: flags.quiet,
    signal,
    print: (line = '') => {
      if (!flags.json) process.stdout.write(`${line}\n`)
    },
    say: (line) => {
      if (!flags.quiet) process.stderr.write(`${line}\n`)
    },
    document: (value) => {
      if (flags.json) process.stdout.write(`${JSON.stringify(value, null, 2)}\n`)
    },
    words: (vi, en) => (language === 'vi' ? vi : en),
  }
}

/** Opens (and brings up to date) the warehouse for as long as `fn` runs. `must`: it has to be there already. */
export async function withWarehouse<T>(
  cli: Cli,
  fn: (warehouse: Warehouse) => Promise<T>,
  options: { must: boolean } = { must: false },
): Promise<T> {
  const location = cli.config.warehouse
  if (options.must && !location.startsWith('postgres') && !existsSync(location)) {
    throw new PipelineError('WAREHOUSE_UNREACHABLE', {
      warehouse: location,
      problem: cli.words(
        'chưa có; hãy chạy ioc demo hoặc ioc sync',
        'it is not there yet; ioc demo or ioc sync makes it',
      ),
    })
  }
  const warehouse = await openWarehouse(location)
  try {
    await migrate(warehouse, cli.config.zone)
    return await fn(warehouse)
  } finally {
    await warehouse.close()
  }
}

/** Said wherever figures of made-up systems are shown. */
export async function sampleBanner(cli: Cli, warehouse: Warehouse): Promise<string | null> {
  const { kind, tick } = await warehouse.read(async (db) => ({
    kind: await findMeta(db, 'data'),
    tick: await db
      .selectFrom('tick')
      .select(({ fn }) => fn.max('at').as('at'))
      .executeTakeFirst(),
  }))
  if (kind !== 'sample') return null
  const at = tick?.at == null ? '' : localTime(tick.at, cli.config.zone)
  return cli.words(
    `DỮ LIỆU MẪU, không phải số liệu thật. Thời gian mẫu: ${at}`,
    `SAMPLE DATA, made up. Sample time: ${at}`,
  )
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
