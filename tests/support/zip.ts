/** A zip writer that streams, for archives and workbooks no tool would make: sizes that lie, parts that are missing. */
import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { crc32, createDeflateRaw } from 'node:zlib'

export interface Member {
  name: string
  content: string | Uint8Array | AsyncIterable<string> | Iterable<string>
  /** unpacked size and checksum as the directory says them, where it lies */
  says?: { size?: number; crc?: number }
}

export async function writeZip(path: string, members: readonly Member[]): Promise<string> {
  const out = createWriteStream(path)
  let offset = 0
  const put = async (bytes: Uint8Array) => {
    offset += bytes.length
    if (!out.write(bytes)) await new Promise((resolve) => out.once('drain', resolve))
  }
  const directory: Buffer[] = []
  for (const { name, content, says } of members) {
    const start = offset
    const file = Buffer.from(name)
    // sizes follow in the directory (bit 3); bit 11: the name is UTF-8
    const local = Buffer.alloc(30)
    local.writeUInt32LE(0x04034b50, 0)
    local.writeUInt16LE(20, 4)
    local.writeUInt16LE(0x0808, 6)
    local.writeUInt16LE(8, 8)
    local.writeUInt16LE(file.length, 26)
    await put(Buffer.concat([local, file]))
    let [crc, size, packed] = [0, 0, 0]
    const counted = async function* () {
      for await (const part of typeof content === 'string' || content instanceof Uint8Array ? [content] : content) {
        const bytes = typeof part === 'string' ? Buffer.from(part) : part
        crc = crc32(bytes, crc)
        size += bytes.length
        yield bytes
      }
    }
    for await (const chunk of Readable.from(counted()).pipe(createDeflateRaw({ level: 1 }))) {
      packed += (chunk as Buffer).length
      await put(chunk as Buffer)
    }
    const entry = Buffer.alloc(46)
    entry.writeUInt32LE(0x02014b50, 0)
    entry.writeUInt16LE(20, 4)
    entry.writeUInt16LE(20, 6)
    entry.writeUInt16LE(0x0808, 8)
    entry.writeUInt16LE(8, 10)
    entry.writeUInt32LE(says?.crc ?? crc, 16)
    entry.writeUInt32LE(packed, 20)
    entry.writeUInt32LE(says?.size ?? size, 24)
    entry.writeUInt16LE(file.length, 28)
    entry.writeUInt32LE(start, 42)
    directory.push(Buffer.concat([entry, file]))
  }
  const begin = offset
  for (const entry of directory) await put(entry)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(directory.length, 8)
  end.writeUInt16LE(directory.length, 10)
  end.writeUInt32LE(offset - begin, 12)
  end.writeUInt32LE(begin, 16)
  await put(end)
  out.end()
  await finished(out)
  return path
}

export interface BookParts {
  /** what stands in sheetData of the first sheet */
  rows: Member['content']
  /** further sheets */
  more?: readonly string[]
  strings?: Member['content']
  /** what stands in styleSheet */
  styles?: string
  /** attributes of workbookPr */
  properties?: string
  /** before the root of the sheet */
  prolog?: string
}
const MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
const PACKAGE = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"'

export const writeBook = (path: string, parts: BookParts): Promise<string> => writeZip(path, bookMembers(parts))

export function bookMembers({ rows, more = [], strings, styles, properties = '', prolog = '' }: BookParts): Member[] {
  const around = async function* (before: string, content: Member['content'], after: string) {
    yield before
    for await (const part of typeof content === 'string' ? [content] : (content as AsyncIterable<string>)) yield part
    yield after
  }
  const sheets = [rows, ...more]
  const sheet = (content: Member['content'], i: number) =>
    around(`${i === 0 ? prolog : ''}<worksheet ${MAIN}><sheetData>`, content, '</sheetData></worksheet>')
  const relations = sheets.map(
    (_, i) => `<Relationship Id="r${i}" Type="${OFFICE}/worksheet" Target="worksheets/s${i}.xml"/>`,
  )
  if (strings !== undefined)
    relations.push(`<Relationship Id="t" Type="${OFFICE}/sharedStrings" Target="/xl/sharedStrings.xml"/>`)
  if (styles !== undefined) relations.push(`<Relationship Id="s" Type="${OFFICE}/styles" Target="styles.xml"/>`)
  return [
    {
      name: '_rels/.rels',
      content: `<Relationships ${PACKAGE}><Relationship Id="w" Type="${OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    },
    {
      name: 'xl/workbook.xml',
      content: `<workbook ${MAIN} xmlns:r="${OFFICE}"><workbookPr ${properties}/><sheets>${sheets
        .map((_, i) => `<sheet name="Sheet ${i}" sheetId="${i + 1}" r:id="r${i}"/>`)
        .join('')}</sheets></workbook>`,
    },
    { name: 'xl/_rels/workbook.xml.rels', content: `<Relationships ${PACKAGE}>${relations.join('')}</Relationships>` },
    ...sheets.map((content, i) => ({ name: `xl/worksheets/s${i}.xml`, content: sheet(content, i) })),
    ...(strings === undefined
      ? []
      : [{ name: 'xl/sharedStrings.xml', content: around(`<sst ${MAIN}>`, strings, '</sst>') }]),
    ...(styles === undefined ? [] : [{ name: 'xl/styles.xml', content: `<styleSheet ${MAIN}>${styles}</styleSheet>` }]),
  ]
}
