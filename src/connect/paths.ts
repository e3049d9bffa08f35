/**
 * Where something stands in an answer: a dotted path (`data.items`; '' is the whole), a JSONPath of RFC 9535 that begins with `$`, or
 * a response header.
 */
import { PipelineError } from '../errors.ts'
import { pick } from './body.ts'

/** a dotted path or JSONPath in the body, or a response header */
export type Place = string | { header: string }

type JsonPath = typeof import('json-p3')['jsonpath']
let jsonpath: JsonPath | null = null

/** To be awaited before a path is used: JSONPath is loaded where one is declared. Throws CONNECTOR_INVALID where a path is none. */
export async function preparePaths(connector: string, places: readonly (Place | undefined)[]): Promise<void> {
  const paths = places.filter((place): place is string => typeof place === 'string' && place.startsWith('$'))
  if (paths.length === 0) return
  jsonpath ??= (await import('json-p3')).jsonpath
  for (const path of paths) {
    try {
      jsonpath.compile(path)
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause)
      const params = { connector, problem: `"${path}" is no JSONPath: ${why}`, file: 'its connector.ts' }
      throw new PipelineError('CONNECTOR_INVALID', params, { cause })
    }
  }
}

const queried = (body: unknown, path: string): unknown[] => {
  if (!jsonpath) throw new Error('preparePaths was not awaited')
  return jsonpath.query(path, body as Parameters<JsonPath['query']>[1]).values()
}

/** The first value at `path`; undefined where there is none. */
export const valueAt = (body: unknown, path: string): unknown =>
  path.startsWith('$') ? queried(body, path)[0] : pick(body, path)

/** The last step of a path where it chooses among many: `[*]`, `.*`, `[?…]`, `[0:5]`. */
const CHOICE = /(?:\.\*|\[\s*(?:\*|\?.*|-?\d*\s*:[^\]]*)\])$/s

/**
 * The records at `path`: a list, or one object in its place. null where there is no such place, so that an error of another shape is
 * not read as an empty list.
 */
export function listAt(body: unknown, path: string): readonly unknown[] | null {
  if (!path.startsWith('$')) return asList(pick(body, path))
  const found = queried(body, path)
  if (found.length === 1) return asList(found[0])
  if (found.length > 1) return found.every(Array.isArray) ? found.flat() : found
  const parent = path.replace(CHOICE, '')
  return parent !== path && queried(body, parent).some((value) => typeof value === 'object' && value !== null)
    ? []
    : null
}

const asList = (found: unknown): readonly unknown[] | null =>
  Array.isArray(found) ? found : typeof found === 'object' && found !== null ? [found] : null

/**
 * Why a total that fell while it was read is not believed; null where it is. A few rows leave during a read, not half of them: a server
 * whose search has timed out answers an empty page with a total of 0, and it must not pass for the end.
 */
export const unbelievable = (rows: number, least: number | null, most: number | null): string | null =>
  least !== null && most !== null && rows < most && least < most / 2
    ? `${rows} rows came; the source counted ${most} at one time and ${least} at another`
    : null

/** A count that came as number or text; undefined where it is none. */
export function wholeNumber(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value.trim()) ? Number(value) : value
  return typeof number === 'number' && Number.isInteger(number) && number >= 0 ? number : undefined
}
