/** Reading a configuration file and checking it: every complaint names the file, the place in it and the nearest valid word. */
import { readFileSync } from 'node:fs'
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { JsonFault, lineAndColumn, placed, scanJson } from './config-place.ts'
import { nearest, PipelineError } from './errors.ts'

/** CONFIG_UNREADABLE never quotes the file: a broken line may hold a password. */
export function readJsonFile(path: string, shown: string): unknown {
  const unreadable = (problem: string, cause: unknown) =>
    new PipelineError('CONFIG_UNREADABLE', { file: shown, problem }, { cause })
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    throw unreadable(String((cause as NodeJS.ErrnoException).code ?? 'not readable'), cause)
  }
  try {
    const { doubled } = scanJson(text)
    if (doubled !== null) throw invalid(shown, doubled, 'stands twice')
    return JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (cause) {
    if (!(cause instanceof JsonFault)) throw cause
    const { line, column } = lineAndColumn(text, cause.at)
    throw unreadable(`not valid JSON (line ${line} column ${column}): ${cause.message}`, cause)
  }
}

export type Check = (value: unknown, file: string, path?: string) => void

interface CheckerOptions {
  /** texts from references become the asked type, defaults are filled in */
  coerce?: boolean
  /** who wrote the schema is not known: it is held to the schema of schemas first */
  foreign?: boolean
}
/** A check against `schema`, compiled once; it throws CONFIG_INVALID. */
export function checker(
  schema: Readonly<Record<string, unknown>>,
  { coerce = false, foreign = false }: CheckerOptions = {},
): Check {
  const { $id: _, ...anonymous } = schema
  const validate: ValidateFunction = compiler(coerce, foreign).compile(anonymous)
  return (value, file, path = '') => {
    if (validate(value)) return
    const error = [...(validate.errors ?? [])].sort((a, b) => rank(a) - rank(b))[0]
    if (error) throw invalid(file, ...complaint(error, path))
  }
}

const compilers = new Map<string, Ajv2020>()
/**
 * One for all schemas of a kind: a compiler of its own for each costs every verb a quarter of a second. The schema of schemas alone takes
 * 50 ms: what connectors outside this checkout bring is held to it here, ours by tests and by sync/check-schemas.ts.
 */
function compiler(coerce: boolean, foreign: boolean): Ajv2020 {
  const kind = `${coerce} ${foreign}`
  const made = compilers.get(kind)
  if (made) return made
  const checks = { coerceTypes: coerce, useDefaults: coerce, validateSchema: foreign }
  const ajv = new Ajv2020({ allErrors: true, verbose: true, strict: false, ...checks })
  addFormats.default(ajv)
  ajv.addFormat('path', true)
  compilers.set(kind, ajv)
  return ajv
}

/** `file`: with the line at which `path` stands in it, where it is JSON. */
export const invalid = (file: string, path: string, problem: string): PipelineError =>
  new PipelineError('CONFIG_INVALID', { file: placed(file, path), path: path === '' ? '(top level)' : path, problem })

/** `; did you mean "x"?`, or all that is known where there is little of it. */
export function suggestion(typed: string, known: readonly string[]): string {
  const near = nearest(typed, known)
  if (near !== undefined) return `; did you mean "${near}"?`
  return known.length > 0 && known.length <= 20 ? `; known: ${known.join(', ')}` : ''
}

// A misspelt field shows as one too many and one too few: the first names the mend.
const ORDER = ['additionalProperties', 'required', 'enum', 'type']
const rank = (error: ErrorObject): number => {
  const place = ORDER.indexOf(error.keyword)
  return place < 0 ? ORDER.length : place
}

function complaint(error: ErrorObject, prefix: string): [path: string, problem: string] {
  const path = joined(prefix, error.instancePath)
  const { params } = error
  switch (error.keyword) {
    case 'additionalProperties': {
      const field = String(params.additionalProperty)
      const known = Object.keys((error.parentSchema as { properties?: object } | undefined)?.properties ?? {})
      return [joined(path, `/${field}`), `is not known here${suggestion(field, known)}`]
    }
    case 'required':
      return [joined(path, `/${String(params.missingProperty)}`), 'is missing']
    case 'enum': {
      const allowed = (params.allowedValues as unknown[]).map(String)
      return [path, `is not one of the allowed words${suggestion(String(error.data), allowed)}`]
    }
    case 'type':
      return [path, `must be ${[params.type].flat().join(' or ')}`]
    default:
      // The message names the rule (pattern, minimum, format), never the value: it may come from a secret.
      return [path, error.message ?? 'is not valid']
  }
}

/** `sources`, `/0/settings/url` → `sources[0].settings.url` */
export function joined(prefix: string, pointer: string): string {
  let path = prefix
  for (const part of pointer.split('/').slice(1)) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~')
    path += /^\d+$/.test(name) ? `[${name}]` : path === '' ? name : `.${name}`
  }
  return path
}
