/** Answers of SOAP 1.1 and 1.2, every value as text. */
import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { isObject } from './body.ts'

export interface SoapFault {
  code: string
  message: string
}

/** How elements become fields. */
export interface Shape {
  /** dotted ends of the paths of elements that may come several times: always an array, also of one */
  many: readonly string[]
  /** names of attributes that are data, kept as `@name`; the others, and those of other namespaces, are left out */
  attributes: readonly string[]
}

/** What an answer must look like. */
export interface Expected extends Shape {
  operation: string
  /** the element that is a row */
  row: string
  /** the element that holds the rows and is there, empty, when there are none; null where the service leaves it out */
  list: string | null
}

/**
 * What an answer holds: its rows, a fault, or why it is no answer of that operation. Values are text: `0006` and `0E68` are codes, not
 * numbers. No rows are believed only where the service says so in its own form: a window read as empty is not asked for again.
 */
export function rowsOf(
  xml: string,
  { operation, row, list, many, attributes }: Expected,
): { rows: unknown[] } | { fault: SoapFault } | { problem: string } {
  const found = bodyOf(xml, { many: [row, ...many], attributes })
  if (!('body' in found)) return found
  const { body } = found
  const answer = `${operation}Response`
  if (body[answer] === undefined) return { problem: `it has no ${answer}` }
  const rows = elements(body, row)
  if (rows.length > 0) return { rows }
  const problem = list === null ? textWithoutRows(body[answer], row) : notEmpty(elements(body[answer], list), row, list)
  return problem === null ? { rows } : { problem }
}

/** What stands in the body: elements as fields, `xsi:nil` as null, everything else as text; a fault; or why it is no SOAP answer. */
export function bodyOf(
  xml: string,
  shape: Shape,
): { body: Readonly<Record<string, unknown>> } | { fault: SoapFault } | { problem: string } {
  const text = xml.trimStart()
  if (/^<(?:!DOCTYPE html|html)/i.test(text)) return { problem: 'it is a web page' }
  // A document type can name files of this machine and entities that grow without end; no SOAP answer has one.
  if (/<!(?:DOCTYPE|ENTITY)/i.test(text.replace(/<!\[CDATA\[[\s\S]*?\]\]>/g, '')))
    return { problem: 'it declares a document type' }
  const checked = text === '' ? { err: { msg: 'the answer is empty', line: 0 } } : XMLValidator.validate(text)
  if (checked !== true)
    return { problem: text === '' ? 'the answer is empty' : `it is cut off or malformed at line ${checked.err.line}` }
  let document: unknown
  try {
    document = withNulls(parserFor(shape).parse(text))
  } catch {
    // the parser's message may quote the text, and with it a person
    return { problem: 'it nests too deep or uses a forbidden element name' }
  }
  const envelope = isObject(document) ? document.Envelope : undefined
  const body = isObject(envelope) ? envelope.Body : undefined
  if (body === undefined) return { problem: 'it has no soap:Body' }
  if (!isObject(body)) return { body: {} }
  return body.Fault === undefined ? { body } : { fault: faultOf(body.Fault) }
}

const XSI_NIL = /^@?[^:@]+:nil$/
function withNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withNulls)
  if (!isObject(value)) return value
  const fields: Record<string, unknown> = {}
  let marked = false
  for (const [name, inner] of Object.entries(value)) {
    if (!XSI_NIL.test(name)) fields[name] = withNulls(inner)
    else if (inner === 'true' || inner === '1') return null
    else marked = true
  }
  const [only, ...more] = Object.keys(fields)
  // the parser makes an element with an attribute a group, also where it is one of text
  return marked && more.length === 0 && (only ?? '#text') === '#text' ? (fields['#text'] ?? '') : fields
}

function notEmpty(lists: readonly unknown[], row: string, list: string): string | null {
  if (lists.length === 0) return `it has neither ${row} nor ${list}`
  return lists.every((one) => typeof one === 'string' && one.trim() === '')
    ? null
    : `its ${list} holds something else than ${row}`
}

/** XML written as text, or a message in place of the rows. */
function textWithoutRows(answer: unknown, row: string): string | null {
  const hasText = (value: unknown): boolean =>
    typeof value === 'string' ? value.trim() !== '' : Object.values(value ?? {}).some(hasText)
  return hasText(answer) ? `it has no ${row}, but text` : null
}

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
/** The five entities of XML and numeric references, which .NET writes for ạ and ệ; without a document type there are no others. */
function decodeEntities(text: string): string {
  if (!text.includes('&')) return text
  return text.replace(/&(?:#x([\da-f]{1,6})|#(\d{1,7})|(amp|lt|gt|quot|apos));/gi, (whole, hex, decimal, name) => {
    if (name !== undefined) return NAMED[String(name)] ?? whole
    const code = hex === undefined ? Number(decimal) : Number.parseInt(String(hex), 16)
    return code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) ? String.fromCodePoint(code) : whole
  })
}

/** For the parser, which has its own idea of entities. */
export const entityDecoder = {
  decode: decodeEntities,
  setExternalEntities() {},
  addInputEntities() {},
  reset() {},
  setXmlVersion() {},
}

const withoutPrefix = (name: string): string => name.slice(name.indexOf(':') + 1)
/** Nested deeper than this is no answer: the parser keeps a place for each level. */
const DEEPEST = 64

function parserFor({ many, attributes }: Shape): XMLParser {
  const kept = new Set(attributes)
  return new XMLParser({
    // Not the parser's own way of leaving prefixes out: with it xsi:type would take the place of an attribute `type`.
    transformTagName: withoutPrefix,
    ignoreAttributes: (name) => !kept.has(name) && !XSI_NIL.test(name),
    attributeNamePrefix: '@',
    parseTagValue: false,
    parseAttributeValue: false,
    maxNestedTags: DEEPEST,
    entityDecoder,
    isArray: (_, path) => many.some((end) => String(path) === end || String(path).endsWith(`.${end}`)),
  })
}

function faultOf(fault: unknown): SoapFault {
  if (!isObject(fault)) return { code: '', message: String(fault) }
  const textOf = (value: unknown): string =>
    typeof value === 'string' ? value : isObject(value) ? Object.values(value).map(textOf).join(' ') : ''
  // 1.1 names them faultcode and faultstring, 1.2 Code/Value and Reason/Text
  return { code: textOf(fault.faultcode ?? fault.Code), message: textOf(fault.faultstring ?? fault.Reason) }
}

/** Every element of that name, wherever the operation's result wraps it. */
function elements(value: unknown, name: string): unknown[] {
  if (Array.isArray(value)) return value.flatMap((one) => elements(one, name))
  if (!isObject(value)) return []
  return Object.entries(value).flatMap(([found, inner]) =>
    found === name ? (inner as unknown[]) : elements(inner, name),
  )
}
