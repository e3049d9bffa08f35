/** The body of an answer in the form that its declaration says: JSON, NDJSON, XML or CSV. What is no such form is SOURCE_UNREADABLE. */
import { createHash } from 'node:crypto'
import { PipelineError } from '../errors.ts'
import { isObject } from './body.ts'
import type { Undecodable } from './connector.ts'
import type { HttpAnswer } from './http.ts'
import { parseJson } from './json.ts'

export type AnswerFormat =
  /** JSON; numbers of 16 digits and more come as their exact text */
  | { format: 'json' }
  /** one JSON value per line; a line that is none is set aside; the whole is the list of all lines */
  | { format: 'ndjson' }
  | {
      /** XML; values are text (`0006`, `0E68`), namespaces prefixes are left out, a document type is refused */
      format: 'xml'
      /** elements that are lists inside a record, so that one is a list of one; none unless said */
      lists?: readonly string[]
      /** keeps attributes as fields, `@name`; left out unless true */
      attributes?: boolean
    }
  /** CSV with a header line; values are text; the whole is the list of all rows */
  | {
      format: 'csv'
      /** what stands between the cells */
      delimiter: ',' | ';' | '\t' | '|'
    }

export interface Parsed {
  body: unknown
  undecodable: Undecodable[]
}

/** `columns`: what a CSV must have. @throws PipelineError SOURCE_UNREADABLE; the message never quotes the body, which may hold persons */
export async function parseAnswer(
  source: string,
  answer: HttpAnswer,
  declared: AnswerFormat,
  columns: readonly string[],
): Promise<Parsed> {
  const { headers, text, place } = answer
  const expected = declared.format === 'ndjson' ? 'NDJSON' : declared.format.toUpperCase()
  const unreadable = (problem: string, cause?: unknown) =>
    new PipelineError('SOURCE_UNREADABLE', { source, expected, problem, place }, { cause })
  const start = text.slice(0, 200).trimStart()
  const markup = declared.format === 'xml' ? /^<(?:!doctype html|html)/i.test(start) : start.startsWith('<')
  if (headers['content-type']?.includes('html') || markup) throw unreadable('it is a web page')
  // no line is no record in NDJSON; in every other form an empty answer is a broken one
  if (start === '' && declared.format !== 'ndjson') throw unreadable('the answer is empty')
  try {
    switch (declared.format) {
      case 'json':
        return { body: parseJson(text), undecodable: [] }
      case 'ndjson':
        return parseLines(text, place)
      case 'xml':
        return { body: await parseXml(text, declared), undecodable: [] }
      case 'csv':
        return await parseTable(text, declared.delimiter, columns, place)
    }
  } catch (cause) {
    throw unreadable(cause instanceof SyntaxError ? cause.message : 'it is malformed', cause)
  }
}

function parseLines(text: string, place: string): Parsed {
  const body: unknown[] = []
  const undecodable: Undecodable[] = []
  const lines = text.replace(/^\uFEFF/, '').split('\n')
  for (const [i, line] of lines.entries()) {
    if (line.trim() === '') continue
    try {
      body.push(parseJson(line))
    } catch (cause) {
      // the last line of a whole answer ends with a newline, or is a whole record
      if (i === lines.length - 1) throw cause
      undecodable.push({ place: `${place} line ${i + 1}`, rule: 'syntax', bytes: Buffer.from(line) })
    }
  }
  return { body, undecodable }
}

async function parseXml(
  text: string,
  { lists = [], attributes = false }: { lists?: readonly string[]; attributes?: boolean },
) {
  const { XMLParser, XMLValidator } = await import('fast-xml-parser')
  const { entityDecoder } = await import('./soap-xml.ts')
  // A document type can name files of this machine and entities that grow without end.
  if (/<!(?:DOCTYPE|ENTITY)/i.test(text.replace(/<!\[CDATA\[[\s\S]*?\]\]>/g, '')))
    throw new SyntaxError('it declares a document type')
  const checked = XMLValidator.validate(text.trim())
  if (checked !== true) throw new SyntaxError(`it is cut off or malformed at line ${checked.err.line}`)
  const parser = new XMLParser({
    removeNSPrefix: true,
    ignoreAttributes: !attributes,
    attributeNamePrefix: '@',
    parseTagValue: false,
    parseAttributeValue: false,
    ignoreDeclaration: true,
    entityDecoder,
    isArray: (name) => lists.includes(name),
  })
  return parser.parse(text.trim()) as unknown
}

async function parseTable(text: string, delimiter: string, columns: readonly string[], place: string): Promise<Parsed> {
  const { parse } = await import('csv-parse/sync')
  const rows: unknown[] = []
  const undecodable: Undecodable[] = []
  const whole = parse(text, {
    bom: true,
    delimiter,
    columns: false,
    skip_empty_lines: true,
    relax_column_count: true,
    raw: true,
  }) as unknown as { record: string[]; raw: string }[]
  const [head, ...rest] = whole
  const names = head?.record.map((name) => name.trim()) ?? []
  if (new Set(names).size < names.length) throw new SyntaxError('two columns have the same name')
  const missing = columns.find((column) => !names.includes(column))
  if (missing !== undefined) throw new SyntaxError(`it has no column "${missing}"`)
  for (const [i, { record, raw }] of rest.entries()) {
    if (record.length === names.length) rows.push(Object.fromEntries(names.map((name, i) => [name, record[i]])))
    else undecodable.push({ place: `${place} record ${i + 1}`, rule: 'column-count', bytes: Buffer.from(raw) })
  }
  return { body: rows, undecodable }
}

/** The list at a dotted path of an XML document: an empty parent is an empty list, a missing one none. */
export function xmlListAt(body: unknown, path: string): readonly unknown[] | null {
  const steps = path.split('.')
  const last = steps.pop() ?? ''
  let parent: unknown = body
  for (const step of steps) parent = isObject(parent) && Object.hasOwn(parent, step) ? parent[step] : undefined
  if (parent === undefined) return null
  const found = isObject(parent) ? parent[last] : parent === '' ? [] : null
  if (found === undefined) return holdsText(parent) ? null : []
  return Array.isArray(found) ? found : found === null ? null : [found]
}
/** An element in which something else stands than the records, such as a message. */
const holdsText = (value: unknown): boolean =>
  isObject(value)
    ? Object.entries(value).some(([name, inner]) => !name.startsWith('@') && holdsText(inner))
    : String(value ?? '').trim() !== ''

export const fingerprint = (text: string) => createHash('sha256').update(text).digest('base64url').slice(0, 16)
