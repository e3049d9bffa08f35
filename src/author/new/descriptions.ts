/** What OpenAPI 3, Swagger 2 and Postman 2.1 have in common here: JSON within bounds, and one operation chosen among many. */
import { parseJson } from '../../connect/json.ts'
import { nearest, PipelineError } from '../../errors.ts'
import { unusable } from './sample-error.ts'

export type Json = Readonly<Record<string, unknown>>
export const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
export const object = (value: unknown): Json => (isJson(value) ? value : {})
export const array = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
export const word = (value: unknown): string => (typeof value === 'string' ? value : '')

export const DEEPEST = 40

/** A JSON document of at most `DEEPEST` levels. */
export function parseDescription(text: string, label: string): Json {
  if (/^\s*(?:openapi|swagger)\s*:/m.test(text.slice(0, 2_000)))
    throw unusable(label, 'it is YAML; give the JSON form of it')
  let parsed: unknown
  try {
    parsed = parseJson(text)
  } catch (cause) {
    throw unusable(label, cause instanceof Error ? cause.message : 'it is no JSON', cause)
  }
  if (!isJson(parsed)) throw unusable(label, 'it is no JSON object')
  if (depthOf(parsed, 0) > DEEPEST) throw unusable(label, `it nests deeper than ${DEEPEST} levels`)
  return parsed
}
function depthOf(value: unknown, depth: number): number {
  if (typeof value !== 'object' || value === null || depth > DEEPEST) return depth
  let deepest = depth
  for (const item of Object.values(value)) deepest = Math.max(deepest, depthOf(item, depth + 1))
  return deepest
}

export interface Named {
  /** by which it may be asked for, e.g. `listDossiers`, `GET /ho-so` */
  names: readonly string[]
}
const LISTED = 30

/** The one that is asked for, or the only one. Throws UNKNOWN_NAME with the nearest, or SAMPLE_UNREADABLE that lists them. */
export function choose<Operation extends Named>(
  operations: readonly Operation[],
  wanted: string | undefined,
  label: string,
): Operation {
  const [only, second] = operations
  if (only === undefined) throw unusable(label, 'it describes no request that reads')
  const shown = operations.map(({ names }) => names[0] ?? '')
  if (wanted === undefined) {
    if (second === undefined) return only
    throw new PipelineError('OPERATION_OPEN', { sample: label, count: operations.length, known: listed(shown) })
  }
  const same = (name: string) => name.toLowerCase() === wanted.toLowerCase()
  const found = operations.find(({ names }) => names.some(same))
  if (found) return found
  const near = nearest(
    wanted,
    operations.flatMap(({ names }) => names),
  )
  throw new PipelineError('UNKNOWN_NAME', {
    kind: 'operation',
    name: wanted,
    known: near ? `${near}?  (${listed(shown)})` : listed(shown),
  })
}
const listed = (names: readonly string[]) =>
  names.length > LISTED ? `${names.slice(0, LISTED).join(', ')}, … (${names.length})` : names.join(', ')
