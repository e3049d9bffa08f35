/** The formats that a file may have, each read page by page from any of its resume points. */
import { open, readFile, stat } from 'node:fs/promises'
import { isObject, pick } from './body.ts'
import type { Page, Undecodable } from './connector.ts'
import { FileChanged, FileRefused, type RowsPage, readCsv } from './csv.ts'
import { NEWLINE, physicalLines, slices, unfinishedLine } from './csv-records.ts'
import type { HeaderRules } from './header.ts'
import { parseJson } from './json.ts'
import { decodeText, type Encoding } from './text.ts'
import { parseXml } from './xml-stream.ts'

/** How a file is written. `.gz` and `.zip` around it are unpacked; what is in them has this format. */
export type Format =
  | {
      format: 'csv'
      /** as which its bytes are read; `detect` decides by column and converts only what is certain */
      encoding: Encoding | 'detect'
      /** one ASCII character */
      delimiter: string
    }
  | {
      format: 'tsv'
      /** as which its bytes are read; `detect` as for CSV */
      encoding: Encoding | 'detect'
    }
  | { format: 'xlsx' }
  | { format: 'ndjson' }
  | {
      format: 'json'
      /** dotted path of the list of records; '' where the whole file is the list */
      records: string
      /** what stands at `records` is one record, an object, and no list */
      one?: true
    }
  | {
      format: 'xml'
      /** name of the element that is a record, without its prefix */
      record: string
    }

export interface FormatOptions extends HeaderRules {
  /** longest record in bytes */
  longest: number
  /** greatest size of a file in bytes, packed and unpacked */
  largest: number
}
type FormatPage = Omit<Page, 'resume'> & { at: number[] }
const PER_PAGE = 1_000
/** A JSON document is parsed whole. */
export const LARGEST_JSON = 64 << 20

/** Pages of the file at `path` from `at` on; `name` is what messages call it. Throws `FileRefused`. */
export async function* readFormat(
  { name, path }: { name: string; path: string },
  as: Format,
  at: readonly number[] | null,
  options: FormatOptions,
): AsyncGenerator<FormatPage> {
  const [from, line = 1] = at ?? []
  switch (as.format) {
    case 'csv':
    case 'tsv': {
      const delimiter = as.format === 'csv' ? as.delimiter : '\t'
      const start = from === undefined ? null : { offset: from, line }
      const { encoding } = as
      for await (const rows of readCsv(path, start, { ...options, encoding, delimiter }))
        yield { ...tableOf(rows, name), at: [rows.next.offset, rows.next.line] }
      return
    }
    case 'xlsx': {
      const { readXlsx } = await import('./xlsx.ts')
      for await (const rows of readXlsx(path, from === undefined ? null : { row: from }, options))
        yield { ...tableOf(rows, name), at: [rows.next.row] }
      return
    }
    case 'ndjson':
      return yield* readLines({ name, path }, from ?? 0, line, options)
    case 'json':
      return yield* readJsonFile(path, as, from ?? 0)
    case 'xml':
      return yield* readXmlFile(path, as.record, from ?? 0, options)
  }
}

function tableOf({ rows, header, undecodable, remarks = [] }: RowsPage<unknown>, name: string): Omit<Page, 'resume'> {
  const set = undecodable.map(({ line, ...one }) => ({ place: `${name} line ${line}`, ...one }))
  return { records: rows, header, undecodable: set, remarks: remarks.map((remark) => `${name}: ${remark}`) }
}

async function* readLines(
  { name, path }: { name: string; path: string },
  offset: number,
  line: number,
  { longest }: FormatOptions,
): AsyncGenerator<FormatPage> {
  const file = await open(path, 'r')
  try {
    const before = await file.stat()
    const last = await unfinishedLine(file, before.size, NEWLINE)
    if (last !== null && objectIn(last.rest) === undefined) throw new FileRefused('it ends in the middle of a line')
    for await (const slice of slices(file, { offset, line }, { delimiter: 0, newline: NEWLINE, longest })) {
      const records: unknown[] = []
      const undecodable: Undecodable[] = []
      // no object begins with a quote; where a line does, CSV would have joined it with the next
      for (const [i, bytes] of (slice.tooLong ? [slice.bytes] : physicalLines(slice.bytes, NEWLINE)).entries()) {
        const record = slice.tooLong ? undefined : objectIn(bytes)
        if (record === undefined) {
          const place = `${name} line ${(slice.lines[0] ?? 0) + i}`
          undecodable.push({ place, rule: ruleOf(bytes, slice.tooLong), bytes: Uint8Array.from(bytes) })
        } else if (record !== null) records.push(record)
      }
      yield { records, undecodable, at: [slice.next.offset, slice.next.line] }
    }
    const after = await file.stat()
    if (after.size !== before.size || after.mtimeMs !== before.mtimeMs) throw new FileChanged()
  } finally {
    await file.close()
  }
}

/** null: a blank line; undefined: no JSON object */
function objectIn(bytes: Uint8Array): unknown {
  const text = decodeText(bytes, 'utf-8')
  if (text === undefined) return undefined
  if (text.trim() === '') return null
  try {
    const value = parseJson(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}
const ruleOf = (bytes: Uint8Array, tooLong: boolean) =>
  tooLong ? 'too-long' : decodeText(bytes, 'utf-8') === undefined ? 'encoding' : 'syntax'

async function* readJsonFile(
  path: string,
  { records, one }: { records: string; one?: true },
  from: number,
): AsyncGenerator<FormatPage> {
  const { size } = await stat(path)
  if (size > LARGEST_JSON)
    throw new FileRefused(`it has ${size} bytes, more than the limit of ${LARGEST_JSON} for JSON; export it as NDJSON`)
  const text = decodeText(await readFile(path), 'utf-8')
  if (text === undefined) throw new FileRefused('it is not UTF-8')
  let body: unknown
  try {
    body = parseJson(text)
  } catch (cause) {
    throw new FileRefused(cause instanceof Error ? cause.message : 'it is malformed', { cause })
  }
  const found = pick(body, records)
  if (one && !isObject(found)) throw new FileRefused(`there is no record at "${records}"`)
  const list = one ? [found] : found
  if (!Array.isArray(list)) throw new FileRefused(`there is no list of records at "${records}"`)
  for (let at = from; at < list.length; at += PER_PAGE) {
    const page = list.slice(at, at + PER_PAGE) as unknown[]
    yield { records: page, at: [at + page.length] }
  }
}

/** Read twice: what is malformed at its end must be refused before its first record is taken. */
async function* readXmlFile(
  path: string,
  record: string,
  from: number,
  { longest }: FormatOptions,
): AsyncGenerator<FormatPage> {
  const file = await open(path, 'r')
  try {
    const bytes = () => file.createReadStream({ autoClose: false, start: 0 })
    const none = { open() {}, text() {}, close() {} }
    for await (const _ of parseXml(bytes(), none));
    let at = 0
    let page: unknown[] = []
    const records = recordsIn(record, longest)
    for await (const _ of parseXml(bytes(), records.handlers)) {
      for (const one of records.take()) {
        if (at++ < from) continue
        page.push(one)
        if (page.length < PER_PAGE) continue
        yield { records: page, at: [at] }
        page = []
      }
    }
    if (page.length > 0) yield { records: page, at: [at] }
  } finally {
    await file.close()
  }
}

type Element = { fields: Record<string, unknown>; text: string; inner: boolean }
/** Values stay text; an element that comes twice is a list; attributes are fields whose names begin with @. */
function recordsIn(record: string, longest: number) {
  let size = 0
  const grow = (by: number) => {
    size += by
    if (size > longest) throw new FileRefused(`a record is longer than ${longest} characters`)
  }
  let ready: unknown[] = []
  const open: Element[] = []
  const set = (fields: Record<string, unknown>, name: string, value: unknown) => {
    const known = Object.hasOwn(fields, name) ? fields[name] : undefined
    // not by assignment: an element may be called __proto__
    const joined = known === undefined ? value : Array.isArray(known) ? [...known, value] : [known, value]
    Object.defineProperty(fields, name, { value: joined, enumerable: true, configurable: true, writable: true })
  }
  return {
    take() {
      const taken = ready
      ready = []
      return taken
    },
    handlers: {
      open(name: string, attributes: Readonly<Record<string, string>>) {
        if (open.length === 0 && name !== record) return
        if (open.length === 0) size = 0
        grow(name.length)
        const parent = open.at(-1)
        if (parent) parent.inner = true
        const element: Element = { fields: {}, text: '', inner: false }
        for (const [attribute, value] of Object.entries(attributes))
          if (!attribute.startsWith('xmlns')) set(element.fields, `@${attribute}`, value)
        open.push(element)
      },
      text(text: string) {
        const element = open.at(-1)
        if (!element) return
        grow(text.length)
        if (!element.inner) element.text += text
      },
      close(name: string) {
        const element = open.pop()
        if (!element) return
        const { fields, text, inner } = element
        const parent = open.at(-1)
        if (!parent) ready.push(inner || text.trim() === '' ? fields : { ...fields, text })
        else set(parent.fields, name, inner ? fields : text)
      },
    },
  }
}
