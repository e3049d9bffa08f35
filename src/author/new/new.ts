/**
 * `ioc connector new`: from a sample, a request or a description of a system to a connector that loads, with what it could not know as
 * precise questions.
 *
 *   sample ─► found (fields, how it is read) ─► mapped (key, order, map, persons) ─► connector.ts, schema, sources.json, README.md
 */
import { existsSync, readdirSync, rmdirSync, rmSync } from 'node:fs'
import { basename, extname, join, relative } from 'node:path'
import { ENTITIES, type Entity } from '../../connect/connector.ts'
import { PERIOD_FIELD } from '../../connect/files.ts'
import { nearest, PipelineError } from '../../errors.ts'
import { writeWhole } from '../write.ts'
import { addressOf } from './asked.ts'
import { BLANK_KINDS, type BlankKind, blank } from './blank.ts'
import { isCurl, parseCurl } from './curl.ts'
import { type Found, personalIn, type Todo } from './draft.ts'
import { fromFile } from './files-sample.ts'
import { guessEntity, proposeMap } from './mapping.ts'
import { fromOpenApi, isOpenApi } from './openapi.ts'
import { fromPostman, isPostman } from './postman.ts'
import * as question from './questions.ts'
import { connectorCode, type Draft } from './render-connector.ts'
import { asJson, environmentOf, readmeOf, schemaOf, sourcesOf, tsconfigOf } from './render-files.ts'
import { fetchPage, fromAnswer } from './rest-sample.ts'
import { readText, unusable } from './sample-error.ts'
import { fromTable } from './table-sample.ts'
import { fromWsdl, isWsdl } from './wsdl.ts'

export interface NewOptions {
  name: string
  home: string
  /** where this program runs from */
  checkout: string
  /** a file, `table`, or a whole curl line */
  from?: string | undefined
  url?: string | undefined
  kind?: string | undefined
  table?: string | undefined
  operation?: string | undefined
  entity?: string | undefined
  force: boolean
  /** resolves a path as the user typed it */
  path(typed: string): string
  signal: AbortSignal
}
export interface Drafted {
  name: string
  kind: Found['kind']
  entity: Entity
  stream: string
  /** records of the sample that were looked at */
  records: number
  /** relative to the home */
  files: string[]
  personal: { field: string; kind: string }[]
  todos: readonly Todo[]
  /** variables that have to be set */
  environment: string[]
}

export const NAME = /^[a-z0-9][a-z0-9-]{0,62}$/
const LARGEST_JSON = 16 << 20
const LARGEST_DESCRIPTION = 8 << 20

/** Throws SAMPLE_UNREADABLE, CONNECTOR_EXISTS, UNKNOWN_NAME, OPERATION_OPEN, FILE_UNWRITABLE, and what asking the system for a page throws. Writes all or nothing. */
export async function newConnector(options: NewOptions): Promise<Drafted> {
  const { name, home, force } = options
  const folder = join(home, 'connectors', name)
  // looked at before a system is asked
  if (!force && existsSync(folder)) throw new PipelineError('CONNECTOR_EXISTS', { connector: name, file: folder })
  const wanted = oneOf('entity', options.entity, ENTITIES)
  const found = await find(options)
  const draft = draftOf(name, found, wanted)
  const { stream } = draft
  const files: Record<string, string> = {
    [join('connectors', name, 'connector.ts')]: connectorCode(draft),
    [join('connectors', name, 'sources.json')]: asJson(sourcesOf(draft)),
    [join('connectors', name, 'README.md')]: readmeOf(draft),
    [join('schemas', 'sources', name, `${stream.name}.schema.json`)]: asJson(schemaOf(draft)),
  }
  if (home !== options.checkout && !existsSync(join(home, 'tsconfig.json')))
    files['tsconfig.json'] = asJson(tsconfigOf(options.checkout))
  const there = Object.keys(files).find((file) => !force && existsSync(join(home, file)))
  if (there !== undefined) throw new PipelineError('CONNECTOR_EXISTS', { connector: name, file: join(home, there) })
  const fresh: string[] = []
  try {
    for (const [file, text] of Object.entries(files)) {
      const path = join(home, file)
      if (!existsSync(path)) fresh.push(path)
      writeWhole(path, text)
    }
  } catch (error) {
    for (const path of fresh) if (existsSync(path)) rmSync(path)
    if (existsSync(folder) && readdirSync(folder).length === 0) rmdirSync(folder)
    throw error
  }
  return {
    name,
    kind: found.kind,
    entity: stream.entity,
    stream: stream.name,
    records: found.records,
    files: Object.keys(files),
    personal: personalIn(stream.fields),
    todos: draft.todos,
    environment: environmentOf(draft),
  }
}

export function draftOf(name: string, found: Found, wanted: Entity | undefined): Draft {
  const entity = wanted ?? guessEntity(found.fields)
  const mapped = proposeMap(entity, found.fields, found.records, { key: found.key })
  const order = found.kind === 'files' ? PERIOD_FIELD : mapped.order
  const ordered =
    found.kind === 'files' ? mapped.todos.filter((todo) => todo.en !== question.noOrder().en) : mapped.todos
  const bySql = found.cursor ? [order === null ? question.sqlNoCursor() : question.sqlCursor(order)] : []
  return {
    name,
    found,
    stream: { name: entity, entity, key: mapped.key, order, map: mapped.map, fields: mapped.fields },
    todos: [...ordered, ...found.todos, ...bySql],
  }
}

/** What was typed, if it is one of the known words. Throws UNKNOWN_NAME. */
function oneOf<Word extends string>(kind: string, typed: string | undefined, known: readonly Word[]): Word | undefined {
  if (typed === undefined) return undefined
  const found = known.find((word) => word === typed)
  if (found) return found
  const near = nearest(typed, known)
  throw new PipelineError('UNKNOWN_NAME', {
    kind,
    name: typed,
    known: near ? `${near}?  (${known.join(', ')})` : known.join(', '),
  })
}

async function find(options: NewOptions): Promise<Found> {
  const { from, url, name, table, path, signal } = options
  const variable = `IOC_${name.replaceAll('-', '_').toUpperCase()}`
  const kind = oneOf<BlankKind>('kind', options.kind, BLANK_KINDS)
  if (from !== undefined && isCurl(from)) {
    const asked = parseCurl(from)
    const { text, headers } = await fetchPage(asked, name, signal)
    return fromAnswer({ text, link: headers.link }, asked, 'the answer', variable)
  }
  if (from === 'table' || (url !== undefined && !/^https?:/i.test(url))) {
    if (url === undefined || table === undefined) throw unusable('table', 'it needs --url ADDRESS and --table NAME')
    return fromTable({ address: url, table, path }, name, variable)
  }
  const asked =
    url === undefined
      ? { url: null, method: 'GET' as const, headers: [] }
      : { ...addressOf(url), method: 'GET' as const, headers: [] }
  if (from !== undefined) return fromSample(path(from), asked, options, variable)
  if (url !== undefined) {
    const { text, headers } = await fetchPage(asked, name, signal)
    return fromAnswer({ text, link: headers.link }, asked, 'the answer', variable)
  }
  if (kind === undefined)
    throw unusable(
      'nothing',
      'give --from FILE, --from "curl …", --url ADDRESS, or --kind rest|soap|sql|files for a blank one',
    )
  return blank(kind, variable)
}

const TABLES = ['.csv', '.tsv', '.xlsx']
const TEXTS = ['.json', '.ndjson', '.jsonl', '.wsdl', '.xml']

async function fromSample(
  file: string,
  asked: Parameters<typeof fromAnswer>[1],
  { home, operation }: NewOptions,
  variable: string,
): Promise<Found> {
  const ending = extname(file).toLowerCase()
  const label = relative(home, file).startsWith('..') ? basename(file) : relative(home, file)
  if (TABLES.includes(ending)) return fromFile(file, home)
  if (!TEXTS.includes(ending)) throw unusable(label, `it ends in none of ${[...TABLES, ...TEXTS].join(', ')}`)
  const text = await readText(file, ending === '.json' ? LARGEST_JSON : LARGEST_DESCRIPTION)
  if (isWsdl(text)) return fromWsdl(text, label, operation, variable)
  if (isOpenApi(text)) return fromOpenApi(text, label, operation, variable)
  if (isPostman(text)) return fromPostman(text, label, operation, variable)
  return fromAnswer({ text }, asked, label, variable)
}
