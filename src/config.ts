/**
 * The configuration: flags over environment over defaults, read and checked once. Opens nothing and resolves no secret
 * (`resolveSecrets`, `resolveSettings` do, at each run).
 */
import { existsSync, readdirSync } from 'node:fs'
import { basename, join, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { validate as validCron } from 'node-cron'
import { type Check, checker, invalid, readJsonFile, suggestion } from './config-check.ts'
import { checkReferences, type Env, resolveSecrets } from './config-secrets.ts'
import { LANGUAGES, type Language, PipelineError } from './errors.ts'
import type { SourceNetwork } from './schemas.generated.ts'

export { type Env, resolveSecrets } from './config-secrets.ts'

/** The folder this program runs from. */
export const CHECKOUT = fileURLToPath(new URL('..', import.meta.url)).replace(/[/\\]$/, '')

export interface Authority {
  /** agency code or identifier; every agency where absent */
  agency?: string
  rank: number
  from: string
  /** exclusive */
  to?: string | null
}
export interface Guards {
  rejected?: number
  deleted?: number
  regressed?: number
  empty?: boolean
}
export interface SourceConfig {
  id: string
  name: string
  agency: string | null
  sample: boolean
  /** where a made-up system says its sample time; may hold references */
  clock: string | null
  authority: readonly Authority[]
  /** ISO 8601 duration */
  grace: string
  guards?: Guards
  /** as written; see resolveNetwork */
  network?: SourceNetwork
  /** as written; see resolveSettings */
  settings: Readonly<Record<string, unknown>>
  /** absolute path of connector.ts */
  connector: string
  /** sources.json: absolute, and its place in it, for messages */
  file: string
  path: string
}
export interface TargetConfig {
  name: string
  kind: 'rest'
  url: string
  key: string
  secret: string
  sample: boolean
}
export interface JobConfig {
  id: string
  cron: string
  /** source ids; `*` for all */
  sources: readonly string[]
  push: boolean
  /** a slot missed by more than this is not caught up at start */
  graceMinutes: number
}
export interface Config {
  home: string
  /** where connectors, schemas and reference data are looked for, in this order: the home, then the checkout */
  homes: readonly string[]
  /** file path or postgres:// URL */
  warehouse: string
  zone: string
  language: Language
  statusPort: number
  jobs: readonly JobConfig[]
  sources: readonly SourceConfig[]
  /** as written; see resolveTargets */
  targets: readonly TargetConfig[]
}
export interface ConfigInput {
  home?: string | undefined
  warehouse?: string | undefined
  port?: number | string | undefined
  env: Env
  cwd: string
  /** told of a file that is wrong instead of throwing; the file is then left out */
  onFault?: (fault: ConfigFault) => void
}
export interface ConfigFault {
  /** absolute */
  file: string
  error: PipelineError
}

export const DEFAULT_ZONE = 'Asia/Ho_Chi_Minh'
export const TARGETS_FILE = join('jobs', 'targets.json')
/** A night's slot is caught up all the next day. */
const GRACE_MINUTES = 1440

/** Throws CONFIG_INVALID, CONFIG_UNREADABLE. Relative paths follow INIT_CWD (npm changes into the checkout), else `cwd`. */
export function loadConfig({ home: homeFlag, warehouse, port, env, cwd, onFault }: ConfigInput): Config {
  const from = env.INIT_CWD || cwd
  const home = resolve(from, homeFlag ?? (env.IOC_HOME || CHECKOUT))
  if (!existsSync(home)) throw invalid('--home', home, 'does not exist')
  const homes = home === CHECKOUT ? [home] : [home, CHECKOUT]
  const faults: string[] = []
  const readable = <T>(file: string, read: () => T[]): T[] => {
    try {
      return read()
    } catch (error) {
      if (!onFault || !(error instanceof PipelineError)) throw error
      faults.push(file)
      onFault({ file, error })
      return []
    }
  }
  const sources = readSources(home, homes, readable)
  // Where sources could not be read, a job may well name one of them.
  const known = faults.length > 0 ? null : sources.map((source) => source.id)
  return {
    home,
    homes,
    warehouse: warehouseOf(warehouse ?? env.IOC_WAREHOUSE, from, home),
    zone: zoneOf(env.IOC_ZONE),
    language: languageOf(env),
    statusPort: portOf(port ?? env.IOC_PORT),
    jobs: readJobs(home, known, readable),
    sources,
    targets: readable(join(home, TARGETS_FILE), () => readTargets(home)),
  }
}

/** Targets with their secrets, read now. Throws SECRET_MISSING, CONFIG_INVALID. */
export function resolveTargets(config: Config, env: Env): TargetConfig[] {
  const file = join(config.home, TARGETS_FILE)
  return config.targets.map((target, i) => {
    const path = `targets[${i}]`
    const resolved = resolveSecrets(target, env, file, path)
    if (!URL.canParse(resolved.url) || !/^https?:/.test(resolved.url)) {
      throw invalid(file, `${path}.url`, 'is not an http or https address')
    }
    return resolved
  })
}

/**
 * An instance's settings with their secrets, read now, checked by the connector's own schema; values whose schema has
 * `"format": "path"` are made absolute against the home. Throws SECRET_MISSING, CONFIG_INVALID.
 */
export function resolveSettings(
  instance: SourceConfig,
  schema: Readonly<Record<string, unknown>>,
  env: Env,
  home: string,
): Record<string, unknown> {
  const path = `${instance.path}.settings`
  const settings = structuredClone(resolveSecrets(instance.settings, env, instance.file, path))
  settingsCheck(schema, instance.connector)(settings, instance.file, path)
  return absolutePaths(settings, schema, home) as Record<string, unknown>
}

/** How an instance is reached, with its secrets, read now; null where nothing is declared. Throws SECRET_MISSING. */
export const resolveNetwork = (instance: SourceConfig, env: Env): SourceNetwork | null =>
  instance.network ? resolveSecrets(instance.network, env, instance.file, `${instance.path}.network`) : null

/** Where the request budgets of all jobs and processes of a home are kept. */
export const budgetFile = (home: string): string => join(home, 'data', 'var', 'budget.sqlite')

/** The sample clock's address of a made-up source, with its references read now. */
export const clockUrl = (instance: SourceConfig, env: Env): string | null =>
  instance.clock === null ? null : resolveSecrets(instance.clock, env, instance.file, `${instance.path}.clock`)

const compiled = new WeakMap<object, Check>()
function settingsCheck(schema: Readonly<Record<string, unknown>>, connector: string): Check {
  const foreign = !connector.startsWith(join(CHECKOUT, 'connectors') + sep)
  const check = compiled.get(schema) ?? checker(schema, { coerce: true, foreign })
  compiled.set(schema, check)
  return check
}

interface SchemaPart {
  format?: string
  properties?: Readonly<Record<string, SchemaPart>>
  items?: SchemaPart
}
function absolutePaths(value: unknown, schema: SchemaPart, home: string): unknown {
  if (typeof value === 'string') return schema.format === 'path' ? resolve(home, value) : value
  const { items, properties = {} } = schema
  if (Array.isArray(value)) return items ? value.map((item) => absolutePaths(item, items, home)) : value
  if (value === null || typeof value !== 'object') return value
  const entries = Object.entries(value).map(([name, item]) => {
    const part = properties[name]
    return [name, part ? absolutePaths(item, part, home) : item]
  })
  return Object.fromEntries(entries)
}

function warehouseOf(typed: string | undefined, from: string, home: string): string {
  if (!typed) return join(home, 'data', 'var', 'warehouse.sqlite')
  return /^postgres(ql)?:\/\//.test(typed) ? typed : resolve(from, typed)
}

const ENVIRONMENT = 'the environment'

function zoneOf(typed: string | undefined): string {
  if (!typed) return DEFAULT_ZONE
  try {
    return new Intl.DateTimeFormat('en', { timeZone: typed }).resolvedOptions().timeZone && typed
  } catch {
    const known = [DEFAULT_ZONE, 'UTC', ...Intl.supportedValuesOf('timeZone')]
    throw invalid(ENVIRONMENT, 'IOC_ZONE', `"${typed}" is not a time zone${suggestion(typed, known)}`)
  }
}

function languageOf(env: Env): Language {
  const typed = env.IOC_LANG
  if (typed) {
    const language = LANGUAGES.find((known) => known === typed)
    if (!language) throw invalid(ENVIRONMENT, 'IOC_LANG', `"${typed}" is not a language${suggestion(typed, LANGUAGES)}`)
    return language
  }
  return /^vi\b|^vi_/i.test(env.LC_ALL || env.LC_MESSAGES || env.LANG || '') ? 'vi' : 'en'
}

function portOf(typed: number | string | undefined): number {
  const port = typed === undefined || typed === '' ? 8080 : Number(typed)
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw invalid(ENVIRONMENT, 'IOC_PORT', `"${typed}" is not a port between 0 and 65535`)
  }
  return port
}

const checks = new Map<string, Check>()
/** Compiled once per process. */
function schemaCheck(name: string): Check {
  const file = join(CHECKOUT, 'schemas', 'config', `${name}.schema.json`)
  const check = checks.get(name) ?? checker(readJsonFile(file, name) as Record<string, unknown>)
  checks.set(name, check)
  return check
}

/** A file, checked against its schema and for references that are none; undefined where there is no such file. */
function readChecked<T>(file: string, check: Check): T | undefined {
  if (!existsSync(file)) return undefined
  const value = readJsonFile(file, file)
  check(value, file)
  checkReferences(value, file)
  return value as T
}

function listing(folder: string): string[] {
  if (!existsSync(folder)) return []
  try {
    return readdirSync(folder).sort()
  } catch (cause) {
    throw new PipelineError('CONFIG_UNREADABLE', { file: folder, problem: (cause as Error).message }, { cause })
  }
}

/** What `read` finds in `file`; nothing where its fault is told instead of thrown. */
type Readable = <T>(file: string, read: () => T[]) => T[]

function readSources(home: string, homes: readonly string[], readable: Readable): SourceConfig[] {
  const check = schemaCheck('sources')
  const seen = new Map<string, string>()
  return listing(join(home, 'connectors')).flatMap((system) => {
    // Absolute in every complaint: the checkout holds a file of the same name.
    const file = join(home, 'connectors', system, 'sources.json')
    const places = homes.map((place) => join(place, 'connectors', system, 'connector.ts'))
    const connector = places.find((place) => existsSync(place))
    return readable(file, () => readInstances(file, connector, check, seen))
  })
}

/** `seen`: id → the file that has it already; only instances of a file that is right are in it. */
function readInstances(
  file: string,
  connector: string | undefined,
  check: Check,
  seen: Map<string, string>,
): SourceConfig[] {
  type Entry = Omit<SourceConfig, 'connector' | 'file' | 'path' | 'clock'> & { clock?: string | null }
  const entries = readChecked<{ sources: Entry[] }>(file, check)?.sources ?? []
  if (!connector && entries.length > 0) throw invalid(file, 'sources', 'has no connector.ts beside it')
  return entries.map((entry, i) => {
    const path = `sources[${i}]`
    const other = seen.get(entry.id)
    if (other !== undefined) throw invalid(file, `${path}.id`, `"${entry.id}" is already used in ${other}`)
    seen.set(entry.id, file)
    return { ...entry, clock: entry.clock ?? null, connector: connector ?? '', file, path }
  })
}

/** `known`: ids of all sources; null where that is not known. */
function readJobs(home: string, known: readonly string[] | null, readable: Readable): JobConfig[] {
  const check = schemaCheck('job')
  const files = listing(join(home, 'jobs')).filter((name) => name.endsWith('.json') && name !== 'targets.json')
  return files.flatMap((name) => {
    const file = join(home, 'jobs', name)
    return readable(file, () => readJob(file, basename(name, '.json'), check, known))
  })
}

function readJob(file: string, named: string, check: Check, known: readonly string[] | null): JobConfig[] {
  const job = readChecked<Omit<JobConfig, 'graceMinutes'> & { graceMinutes?: number }>(file, check)
  if (!job) return []
  if (job.id !== named) throw invalid(file, 'id', `"${job.id}" must be the file's name, "${named}"`)
  const wrong = cronProblem(job.cron)
  if (wrong !== null) throw invalid(file, 'cron', `"${job.cron}" ${wrong}`)
  for (const [i, source] of job.sources.entries()) {
    if (source === '*' || known === null || known.includes(source)) continue
    throw invalid(file, `sources[${i}]`, `"${source}" is no source${suggestion(source, known)}`)
  }
  return [{ ...job, graceMinutes: job.graceMinutes ?? GRACE_MINUTES }]
}

const CRON_FIELDS = ['minute 0-59', 'hour 0-23', 'day-of-month 1-31', 'month 1-12', 'day-of-week 0-7'] as const

/** null where the line is right. */
function cronProblem(cron: string): string | null {
  const fields = cron.trim().split(/\s+/)
  if (fields.length !== CRON_FIELDS.length) return 'is not five fields: minute hour day-of-month month day-of-week'
  if (validCron(cron)) return null
  // Each field alone among fields that are right.
  const at = fields.findIndex((field, i) => !validCron(CRON_FIELDS.map((_, j) => (i === j ? field : '*')).join(' ')))
  return at < 0 ? 'names a day that never comes' : `has a wrong field, "${fields[at]}"; ${CRON_FIELDS[at]}`
}

function readTargets(home: string): TargetConfig[] {
  const file = join(home, TARGETS_FILE)
  const targets = readChecked<{ targets: TargetConfig[] }>(file, schemaCheck('targets'))?.targets ?? []
  for (const [i, { name }] of targets.entries()) {
    const first = targets.findIndex((target) => target.name === name)
    if (first < i) throw invalid(file, `targets[${i}].name`, `"${name}" is already used in targets[${first}]`)
  }
  return targets
}
