/** What in an answer of 200 means failure, where a code in it says so. */
import { pick, quoted } from './body.ts'

/**
 * A guard: the text at `path` must match `wanted`, else the answer is a failure, told with what stands at `message`. An answer without
 * the code is none either: an error page that happens to be JSON has no such field.
 */
export const success =
  (path: string, wanted: RegExp, message: string) =>
  (body: unknown): string | undefined => {
    const given = pick(body, path)
    if (given !== undefined && given !== null && wanted.test(String(given))) return undefined
    const said = given === undefined || given === null ? `it has no ${path}` : `${path} ${quoted(given)}`
    return `${said}: ${quoted(pick(body, message))}`
  }
