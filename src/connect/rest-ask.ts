/** One request of a declaration → its records: signed, with the login renewed once where it has run out, guarded, and taken apart. */
import { PipelineError } from '../errors.ts'
import { parseAnswer, xmlListAt } from './answer-formats.ts'
import { keyText, pick, splitDamaged } from './body.ts'
import type { Page, ReadContext, Undecodable } from './connector.ts'
import type { HttpAnswer } from './http.ts'
import { parseJson } from './json.ts'
import { listAt, type Place, preparePaths, valueAt } from './paths.ts'
import type { RestDeclaration } from './rest-declaration.ts'
import { type Asking, addressOf, type RestRequest, withAsking } from './rest-request.ts'

/** One answer, as the readers of pages need it. */
export interface Answered {
  body: unknown
  records: readonly unknown[]
  undecodable: readonly Undecodable[]
  damaged: boolean
  place: string
  /** names in lower case */
  headers: Readonly<Record<string, string>>
  /** address below the base that was asked, for links relative to it */
  address: string
  /** epoch ms */
  serverTime: number
}
/** `gone`: whether 404 is an answer, one without records. */
export type Ask = (asking: Asking, options?: { gone?: boolean }) => Promise<Answered>
/** Asks for `request`; `records` is where its records stand, `key` what each of them has. */
export type AskFor = (request: RestRequest, records: string, key: readonly string[]) => Ask

export async function asker<Config>(
  declaration: RestDeclaration<Config>,
  context: ReadContext<Config>,
): Promise<Asker> {
  const { config, source, http } = context
  const base = declaration.base(config)
  const signer = declaration.auth({ config, source, http, base })
  const answer = declaration.answer ?? { format: 'json' as const }
  await preparePaths(source, placesOf(declaration))

  const askFor: AskFor = (request, recordsAt, key) =>
    async function ask(asking, { gone = false } = {}) {
      const asked = withAsking(request, asking)
      const began = performance.now()
      const given = await signedIn(asked, key, gone)
      const took = performance.now() - began
      const { headers, place, damaged } = given.answer
      const shared = {
        damaged,
        place,
        headers,
        address: addressOf(base, asked.path),
        serverTime: serverTime(headers, took) ?? context.now,
      }
      if (given.parsed === null) return { ...shared, body: undefined, records: [], undecodable: [] }
      const { body, undecodable } = given.parsed
      const problem = declaration.guard(body)
      if (problem) throw new PipelineError('SOURCE_ANSWERED_ERROR', { source, problem: `${place}: ${problem}` })
      const unreadable = (expected: string, why: string, cause?: unknown) =>
        new PipelineError('SOURCE_UNREADABLE', { source, expected, problem: why, place }, { cause })
      const inner = declaration.unwrap === undefined ? body : unwrapped(body, declaration.unwrap, unreadable)
      const plainXml = answer.format === 'xml' && !recordsAt.startsWith('$')
      let records: readonly unknown[] | null
      try {
        records = plainXml ? xmlListAt(inner, recordsAt) : listAt(inner, recordsAt)
      } catch (cause) {
        // JSONPath gives up where an answer is nested deeper than it goes
        throw unreadable('a list of records', `"${recordsAt}" cannot be looked up in it`, cause)
      }
      if (!records) throw unreadable('a list of records', `there is none at "${recordsAt}"`)
      return { ...shared, body: inner, records, undecodable }
    }
  /** A login that has run out is renewed once; a refused login is not tried again, since accounts get locked. */
  async function signedIn(request: RestRequest, key: readonly string[], gone: boolean) {
    for (let again = false; ; again = true) {
      const asked = await signer.sign(request)
      const found = await http
        .send({ ...asked, ...(gone ? { accept: ({ status }: HttpAnswer) => status === 404 } : {}) })
        .catch((error: unknown) => {
          const runOut = error instanceof PipelineError && error.code === 'SOURCE_UNAUTHORIZED'
          if (again || !runOut || !signer.renew(asked)) throw error
          return null
        })
      if (found === null) continue
      if (found.status === 404) return { answer: found, parsed: null }
      const parsed = await parseAnswer(source, found, answer, key)
      if (!signer.expired(parsed.body)) return { answer: found, parsed }
      if (again)
        throw new PipelineError('SOURCE_UNAUTHORIZED', {
          source,
          problem: 'a new session is refused at once',
          fault: 'login',
        })
      signer.renew(asked)
    }
  }
  return { askFor, secretQuery: signer.secretQuery, base }
}
export interface Asker {
  askFor: AskFor
  /** names of query parameters that must not be kept */
  secretQuery: readonly string[]
  base: string
}

const placesOf = <Config>({ records, unwrap, paging, parents, unfinished }: RestDeclaration<Config>) =>
  [
    records,
    unwrap,
    parents?.records,
    parents?.id,
    unfinished?.by === 'id' ? unfinished.records : undefined,
    ...[paging, parents?.paging].flatMap((one) =>
      one === undefined
        ? []
        : Object.entries(one).flatMap(([name, value]) =>
            ['total', 'next', 'more', 'field'].includes(name) ? [value as Place] : [],
          ),
    ),
  ] satisfies (Place | undefined)[]

/** What stands at a place of an answer. */
export const at = ({ body, headers }: Pick<Answered, 'body' | 'headers'>, place: Place): unknown =>
  typeof place === 'string' ? valueAt(body, place) : headers[place.header.toLowerCase()]

/** The records of an answer, those with bytes that are no UTF-8 set aside. */
export function pageOf(answer: Answered, records: readonly unknown[], key: readonly string[], place: string) {
  const split = answer.damaged ? splitDamaged(records, key, place) : { records, undecodable: [] }
  const undecodable = [...answer.undecodable, ...split.undecodable]
  return { records: split.records, ...(undecodable.length > 0 ? { undecodable } : {}) } satisfies Partial<Page>
}
export const keysOf = ({ records }: Answered, key: readonly string[]): string[] =>
  records.map((record) => keyText(record, key))

function unwrapped(body: unknown, path: string, unreadable: (expected: string, why: string, cause?: unknown) => Error) {
  const text = path.startsWith('$') ? valueAt(body, path) : pick(body, path)
  if (typeof text !== 'string') throw unreadable('JSON text', `"${path}" is no text`)
  try {
    return parseJson(text)
  } catch (cause) {
    throw unreadable('JSON text', `in "${path}" ${cause instanceof Error ? cause.message : ''}`, cause)
  }
}

/**
 * When the server was asked, by its own clock. The list is as old as the question, `Date` as young as the answer; whole seconds, since a
 * second less is asked for anyway. The made-up systems say the sample time at which they made the list.
 */
function serverTime(headers: Readonly<Record<string, string>>, took: number): number | undefined {
  const sample = headers['x-sample-time']
  const time =
    sample === undefined
      ? Date.parse(headers.date ?? '') - Math.floor(took / 1000) * 1000
      : /^\d+$/.test(sample)
        ? Number(sample)
        : Date.parse(sample)
  return Number.isNaN(time) ? undefined : time
}
