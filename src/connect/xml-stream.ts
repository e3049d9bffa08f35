/**
 * XML as it comes, by saxes: memory holds one value at a time. No document type is taken, so there are no entities but the five of XML; depth
 * and the length of a value are bounded.
 */
import { SaxesParser } from 'saxes'
import { FileRefused } from './csv.ts'

export interface XmlHandlers {
  /** `name` without its prefix */
  open(name: string, attributes: Readonly<Record<string, string>>): void
  text(text: string): void
  close(name: string): void
}
const DEEPEST = 64
/** Longest value, and longest stretch of anything else in which no element begins or ends; in characters. */
const LONGEST = 1 << 20

/** Feeds `bytes` to `on`; yields after every chunk, so that what the handlers have collected can be taken. Throws `FileRefused`. */
export async function* parseXml(bytes: AsyncIterable<Uint8Array>, on: XmlHandlers): AsyncGenerator<void> {
  const feed = xmlFeed(on)
  let decoder: TextDecoder | null = null
  for await (const chunk of bytes) {
    decoder ??= new TextDecoder(encodingOf(chunk), { fatal: true })
    feed.write(decoded(() => decoder?.decode(chunk, { stream: true })))
    yield
  }
  feed.write(decoded(() => decoder?.decode()))
  feed.end()
  yield
}

function encodingOf(chunk: Uint8Array): string {
  if (chunk[0] === 0xff && chunk[1] === 0xfe) return 'utf-16le'
  return chunk[0] === 0xfe && chunk[1] === 0xff ? 'utf-16be' : 'utf-8'
}

function decoded(decode: () => string | undefined): string {
  try {
    return decode() ?? ''
  } catch (cause) {
    throw new FileRefused('its XML is not UTF-8', { cause })
  }
}

function xmlFeed(on: XmlHandlers): { write(text: string): void; end(): void } {
  const parser = new SaxesParser({ xmlns: false, position: false })
  let depth = 0
  let quiet = 0
  // the parser's own sentence may quote the text, and with it a person
  parser.on('error', () => {
    throw new FileRefused('its XML is cut off or malformed')
  })
  parser.on('doctype', () => {
    throw new FileRefused('its XML declares a document type')
  })
  parser.on('opentag', ({ name, attributes }) => {
    quiet = 0
    if (++depth > DEEPEST) throw new FileRefused(`its XML nests deeper than ${DEEPEST}`)
    on.open(localName(name), attributes)
  })
  const text = (value: string) => {
    quiet = 0
    if (value.length > LONGEST) throw new FileRefused(`a value is longer than ${LONGEST} characters`)
    on.text(value)
  }
  parser.on('text', text)
  parser.on('cdata', text)
  parser.on('closetag', ({ name }) => {
    quiet = 0
    depth--
    on.close(localName(name))
  })
  return {
    write(part) {
      quiet += part.length
      parser.write(part)
      if (quiet > LONGEST + part.length) throw new FileRefused(`a value is longer than ${LONGEST} characters`)
    },
    end: () => void parser.close(),
  }
}

function localName(name: string): string {
  const colon = name.indexOf(':')
  return colon < 0 ? name : name.slice(colon + 1)
}
