/** Loads a connector module and looks whether it is one, before anything of it runs. */
import { existsSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { pathToFileURL } from 'node:url'
import { placedWord } from '../config-place.ts'
import { nearest, PipelineError } from '../errors.ts'
import { type Connector, DRIFT_POLICIES, ENTITIES, type Kit, type Stream } from './connector.ts'
import { unknownOption } from './kit-options.ts'

/** `path`: absolute path of a connector.ts. Throws CONNECTOR_INVALID. */
export async function loadConnector(path: string): Promise<Connector<unknown>> {
  const connector = basename(dirname(path))
  const wrong = (problem: string, file = path, cause?: unknown) =>
    new PipelineError('CONNECTOR_INVALID', { connector, file, problem }, cause === undefined ? {} : { cause })
  if (!existsSync(path)) throw wrong('there is no such file')
  let module: { default?: unknown }
  try {
    module = (await import(pathToFileURL(path).href)) as { default?: unknown }
  } catch (cause) {
    throw wrong(`it does not load: ${await loadProblem(cause)}`, placeOf(cause, path), cause)
  }
  const problem = problemOf(module.default)
  if (problem !== null) throw wrong(problem, placedWord(path, /"([^"]+)"/.exec(problem)?.[1] ?? ''))
  return module.default as Connector<unknown>
}

/** Its first line; of a name that the kit does not have, the nearest one that it has. */
async function loadProblem(cause: unknown): Promise<string> {
  const said = (cause instanceof Error ? cause.message : String(cause)).split('\n')[0] ?? ''
  const missing = /ioc-feed\/connect|connect\/index\.ts/.test(said) ? /export named '(\w+)'/.exec(said)?.[1] : undefined
  if (missing === undefined) return said
  const near = nearest(missing, Object.keys(await import('./index.ts')))
  return `ioc-feed/connect has no "${missing}"${near ? `; did you mean "${near}"?` : ''}`
}

/** `…/connector.ts:12`, or the file beside it in which it happened, as the stack names them. */
function placeOf(cause: unknown, path: string): string {
  const stack = cause instanceof Error ? (cause.stack ?? '') : ''
  const folder = dirname(path)
  for (const [, file = '', line] of stack.matchAll(/(?:^|\(|at |file:\/\/)(\/[^\s:()]+\.[cm]?ts):(\d+)/gm))
    if (decodeURI(file).startsWith(`${folder}/`)) return `${decodeURI(file)}:${line}`
  return path
}

const CONNECTOR_FIELDS = Object.keys({
  name: true,
  settings: true,
  streams: true,
} satisfies Record<keyof Connector<unknown>, true>)
const STREAM_FIELDS = Object.keys({
  name: true,
  entity: true,
  schema: true,
  key: true,
  order: true,
  sees: true,
  cursor: true,
  drift: true,
  deletes: true,
  map: true,
  read: true,
} satisfies Record<keyof Stream<unknown>, true>)

/** A misspelt field would be passed over in silence: `cursr` reads everything, every night. */
function unknownField(value: Readonly<Record<string, unknown>>, known: readonly string[]): string | null {
  const wrong = Object.keys(value).find((field) => !known.includes(field))
  if (wrong === undefined) return null
  const near = nearest(wrong, known)
  return `"${wrong}" is not known here${near ? `; did you mean "${near}"?` : `; known: ${known.join(', ')}`}`
}

function problemOf(value: unknown): string | null {
  if (!isObject(value)) return 'it has no default export made with defineConnector({…})'
  const unknown = unknownField(value, CONNECTOR_FIELDS)
  if (unknown !== null) return unknown
  if (typeof value.name !== 'string' || value.name === '') return 'name is missing'
  if (!isObject(value.settings)) return 'settings is no JSON Schema'
  if (!Array.isArray(value.streams) || value.streams.length === 0) return 'streams is empty'
  const names = new Set<unknown>()
  for (const [i, stream] of value.streams.entries()) {
    const problem = isObject(stream) ? streamProblem(stream) : 'is no object'
    if (problem !== null) return `streams[${i}] ${problem}`
    if (names.has((stream as { name: unknown }).name)) return `streams[${i}].name is used twice`
    names.add((stream as { name: unknown }).name)
  }
  return null
}

/** What would lose data if it were guessed must be said: order, what the source sees, deletions. */
function streamProblem(stream: Readonly<Record<string, unknown>>): string | null {
  const unknown = unknownField(stream, STREAM_FIELDS)
  if (unknown !== null) return unknown
  for (const field of ['name', 'schema']) {
    if (typeof stream[field] !== 'string' || stream[field] === '') return `.${field} is missing`
  }
  const words = {
    entity: ENTITIES,
    sees: ['changes', 'new-only', 'everything'],
    deletes: ['never', 'tombstones', 'by-full-read'],
    drift: DRIFT_POLICIES,
  }
  for (const [field, known] of Object.entries(words)) {
    const typed = stream[field]
    if (field === 'drift' && typed === undefined) continue
    if (typeof typed === 'string' && (known as readonly string[]).includes(typed)) continue
    const near = typeof typed === 'string' ? nearest(typed, known) : undefined
    return near ? `.${field} is "${typed}"; did you mean "${near}"?` : `.${field} must be one of ${known.join(', ')}`
  }
  const { key, order, map, read } = stream
  if (!Array.isArray(key) || key.length === 0 || key.some((field) => typeof field !== 'string')) return '.key is empty'
  const declared = isObject(order) && typeof order.field === 'string' && typeof order.zone === 'string'
  if (order !== 'arrival' && !declared) return ".order must be {field, zone} or 'arrival'"
  if (!isObject(map)) return '.map is missing'
  if (typeof read !== 'function') return '.read is no generator; make it with rest, files, soap, sql or singer'
  const { kit } = read as { kit?: Kit }
  const option = kit ? unknownOption(kit) : null
  return option === null ? null : `.read ${option}`
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
