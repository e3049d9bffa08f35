/** SOAP 1.1 and 1.2 envelopes: written from a small template, read with every value as text. */
import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { isObject } from './body.ts'

export type XmlFields = Readonly<Record<string, string | number>>
export interface SoapFault {
  code: string
  message: string
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}
/** Text for an element or attribute; control characters that XML 1.0 has no form for are left out. */
export const escapeXml = (text: string): string =>
  text
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '')
    .replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign)

const written = (fields: XmlFields) =>
  Object.entries(fields)
    .map(([name, value]) => `<${name}>${escapeXml(String(value))}</${name}>`)
    .join('')

/** A SOAP 1.1 envelope; the header's and the operation's elements are in the service's namespace. */
export function envelope({
  namespace,
  operation,
  header,
  body,
}: {
  namespace: string
  operation: string
  header: XmlFields
  body: XmlFields
}): string {
  const own = `xmlns="${escapeXml(namespace)}"`
  const credentials = Object.entries(header)
    .map(([name, value]) => `<${name} ${own}>${escapeXml(String(value))}</${name}>`)
    .join('')
  return (
    '<?xml version="1.0" encoding="utf-8"?>' +
    '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/">' +
    `<soap:Header>${credentials}</soap:Header><soap:Body><${operation} ${own}>${written(body)}</${operation}></soap:Body></soap:Envelope>`
  )
}

/** What an answer must look like. */
export interface Expected {
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
  { operation, row, list }: Expected,
): { rows: unknown[] } | { fault: SoapFault } | { problem: string } {
  const text = xml.trimStart()
  if (/^<(?:!DOCTYPE html|html)/i.test(text)) return { problem: 'it is a web page' }
  // A document type can name files of this machine and entities that grow without end; no SOAP answer has one.
  if (/<!(?:DOCTYPE|ENTITY)/i.test(text.replace(/<!\[CDATA\[[\s\S]*?\]\]>/g, '')))
    return { problem: 'it declares a document type' }
  const checked = text === '' ? { err: { msg: 'the answer is empty', line: 0 } } : XMLValidator.validate(text)
  if (checked !== true)
    return { problem: text === '' ? 'the answer is empty' : `it is cut off or malformed at line ${checked.err.line}` }
  let body: unknown
  try {
    body = bodyOf(parserFor(row).parse(text))
  } catch {
    // the parser's message may quote the text, and with it a person
    return { problem: 'it nests too deep or uses a forbidden element name' }
  }
  if (body === undefined) return { problem: 'it has no soap:Body' }
  const fault = isObject(body) ? body.Fault : undefined
  if (fault !== undefined) return { fault: faultOf(fault) }
  const answer = `${operation}Response`
  if (!isObject(body) || body[answer] === undefined) return { problem: `it has no ${answer}` }
  const rows = elements(body, row)
  if (rows.length > 0) return { rows }
  const problem = list === null ? textWithoutRows(body[answer], row) : notEmpty(elements(body[answer], list), row, list)
  return problem === null ? { rows } : { problem }
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

const parsers = new Map<string, XMLParser>()
function parserFor(row: string): XMLParser {
  const parser =
    parsers.get(row) ??
    new XMLParser({
      removeNSPrefix: true,
      ignoreAttributes: true,
      parseTagValue: false,
      parseAttributeValue: false,
      entityDecoder,
      isArray: (name) => name === row,
    })
  parsers.set(row, parser)
  return parser
}

function bodyOf(document: unknown): unknown {
  const envelopeOf = isObject(document) ? document.Envelope : undefined
  return isObject(envelopeOf) ? envelopeOf.Body : undefined
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
