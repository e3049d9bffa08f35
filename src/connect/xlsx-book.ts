/** What stands around the sheets of a workbook: their names and parts, which formats are dates, which day is day 0. */
import { FileRefused } from './csv.ts'
import { readSharedStrings, type SharedStrings } from './xlsx-strings.ts'
import { parseXml, type XmlHandlers } from './xml-stream.ts'
import { openZip, tooLarge, type Zip } from './zip.ts'

export interface Book {
  /** in the workbook's order, without sheets that are only a chart */
  sheets: readonly { name: string; part: string }[]
  strings: SharedStrings
  /** whether the style of that number shows a number as a date */
  isDate: readonly boolean[]
  /** days to add to a serial of this workbook */
  epoch: 0 | 1462
  part(name: string): AsyncGenerator<Uint8Array>
  close(): void
}

/** @throws FileRefused */
export async function openBook(path: string, largest: number): Promise<Book> {
  const zip = await openZip(path, 'XLSX workbook')
  try {
    return await readBook(zip, largest)
  } catch (error) {
    zip.close()
    throw error
  }
}

async function readBook(zip: Zip, largest: number): Promise<Book> {
  let unpacked = 0
  for (const size of zip.members.values()) unpacked += size
  if (unpacked > largest) throw tooLarge(unpacked, largest)
  const part = (name: string) => zip.read(name, largest)
  const relations = async (of: string) => {
    const [folder, file] = [of.slice(0, of.lastIndexOf('/') + 1), of.slice(of.lastIndexOf('/') + 1)]
    const found = new Map<string, { type: string; part: string }>()
    const name = `${folder}_rels/${file}.rels`
    if (!zip.members.has(name)) return found
    await walk(part(name), (tag, { Id = '', Type = '', Target = '', TargetMode }) => {
      if (tag === 'Relationship' && TargetMode !== 'External')
        found.set(Id, { type: Type.slice(Type.lastIndexOf('/') + 1), part: resolvePart(folder, Target) })
    })
    return found
  }
  const main = [...(await relations('')).values()].find(({ type }) => type === 'officeDocument')?.part
  if (main === undefined) throw new FileRefused('it is not a whole XLSX workbook')
  const parts = await relations(main)
  const { sheets, epoch } = await readSheets(part(main), parts)
  const named = (type: string) => [...parts.values()].find((one) => one.type === type)?.part
  const [styles, texts] = [named('styles'), named('sharedStrings')]
  const isDate = styles === undefined ? [] : await readStyles(part(styles))
  const strings = await readSharedStrings(texts === undefined ? none() : part(texts))
  return {
    sheets,
    strings,
    isDate,
    epoch,
    part,
    close() {
      strings.close()
      zip.close()
    },
  }
}

async function* none(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('<sst/>')
}

async function walk(
  bytes: AsyncIterable<Uint8Array>,
  open: XmlHandlers['open'],
  close: XmlHandlers['close'] = () => {},
) {
  for await (const _ of parseXml(bytes, { open, close, text() {} }));
}

const resolvePart = (folder: string, target: string): string => new URL(target, `zip:///${folder}`).pathname.slice(1)

type Parts = ReadonlyMap<string, { type: string; part: string }>
async function readSheets(bytes: AsyncIterable<Uint8Array>, parts: Parts): Promise<Pick<Book, 'sheets' | 'epoch'>> {
  const sheets: { name: string; part: string }[] = []
  let epoch: Book['epoch'] = 0
  await walk(bytes, (tag, attributes) => {
    if (tag === 'workbookPr' && /^(?:1|true|on)$/.test(attributes.date1904 ?? '')) epoch = 1462
    if (tag !== 'sheet') return
    const id = Object.entries(attributes).find(([name]) => name.endsWith(':id'))?.[1]
    const found = parts.get(id ?? '')
    if (found?.type === 'worksheet') sheets.push({ name: attributes.name ?? '', part: found.part })
  })
  return { sheets, epoch }
}

async function readStyles(bytes: AsyncIterable<Uint8Array>): Promise<boolean[]> {
  const custom = new Map<string, boolean>()
  const isDate: boolean[] = []
  let inside = false
  await walk(
    bytes,
    (tag, { numFmtId = '0', formatCode = '' }) => {
      if (tag === 'numFmt') custom.set(numFmtId, showsDate(formatCode))
      if (tag === 'cellXfs') inside = true
      if (tag === 'xf' && inside) isDate.push(custom.get(numFmtId) ?? isBuiltInDate(Number(numFmtId)))
    },
    (tag) => {
      if (tag === 'cellXfs') inside = false
    },
  )
  return isDate
}

/** ECMA-376 18.8.30; 27–36 and 50–58 are dates of East Asia. 46 and 47 are lengths of time. */
const isBuiltInDate = (id: number): boolean =>
  (id >= 14 && id <= 22) || (id >= 27 && id <= 36) || id === 45 || (id >= 50 && id <= 58)

/** `dd/mm/yyyy hh:mm`, `[$-42A]d mmmm yyyy;@`; not `[h]:mm` (a length of time), `0.00 "đồng"`, `[Red]0`. */
export function showsDate(format: string): boolean {
  const [positive = ''] = format
    .replace(/\\.|_.|\*./g, '')
    .replace(/"[^"]*"/g, '')
    .split(';')
  if (/\[[hms]+\]/i.test(positive)) return false
  const tokens = positive.replace(/\[[^\]]*\]/g, '').replace(/AM\/PM|A\/P|General/gi, '')
  return /[dmyhs]/i.test(tokens) && !/[#?]|0(?!0*$)/.test(tokens.replace(/s[.,]0+/gi, 's'))
}
