/**
 * The shared strings of a workbook. A sheet of 300,000 rows may have millions of them, so beyond a few MiB they lie in a temporary file,
 * which is unlinked as soon as it is open: a killed process leaves nothing behind. Memory keeps 4 bytes for each and the blocks last read.
 */
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FileRefused } from './csv.ts'
import { parseXml } from './xml-stream.ts'

export interface SharedStrings {
  /** Throws `FileRefused` where there is none. */
  at(index: number): string
  close(): void
}
const IN_MEMORY = 8 << 20
// small: a sheet that was sorted after it was written asks for texts in any order
const BLOCK = 1 << 12
const BLOCKS_KEPT = 4_096
/** A cell holds 32,767 characters at most; offsets are of 32 bits. */
const STRINGS_AT_MOST = 1 << 24

export async function readSharedStrings(bytes: AsyncIterable<Uint8Array>): Promise<SharedStrings> {
  const strings = store()
  try {
    let [text, reading, phonetic] = ['', false, 0]
    const handlers = {
      open(name: string) {
        if (name === 'si') text = ''
        else if (name === 'rPh') phonetic++
        else if (name === 't') reading = phonetic === 0
      },
      text(part: string) {
        if (reading) text += part
      },
      close(name: string) {
        if (name === 't') reading = false
        else if (name === 'rPh') phonetic--
        else if (name === 'si') strings.add(unescapeText(text))
      },
    }
    for await (const _ of parseXml(bytes, handlers)) strings.flush()
    return strings
  } catch (error) {
    strings.close()
    throw error
  }
}

/** `_x000D_` is how a workbook writes what XML has no form for. */
export const unescapeText = (text: string): string =>
  text.includes('_x')
    ? text.replace(/_x([\dA-Fa-f]{4})_/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    : text

function store(): SharedStrings & { add(text: string): void; flush(): void } {
  let ends = new Uint32Array(1024)
  let [count, length] = [0, 0]
  /** what is not yet in the file */
  let recent = Buffer.alloc(1 << 16)
  let filled = 0
  let file: number | null = null
  const blocks = new Map<number, Buffer>()

  function block(number: number): Buffer {
    const known = blocks.get(number)
    if (known) {
      blocks.delete(number)
      blocks.set(number, known)
      return known
    }
    const [oldest] = blocks.keys()
    if (blocks.size >= BLOCKS_KEPT && oldest !== undefined) blocks.delete(oldest)
    const bytes = Buffer.alloc(Math.min(BLOCK, length - number * BLOCK))
    if (file !== null) readSync(file, bytes, 0, bytes.length, number * BLOCK)
    blocks.set(number, bytes)
    return bytes
  }

  function fromFile(from: number, to: number): string {
    const first = Math.floor(from / BLOCK)
    const last = Math.floor(Math.max(from, to - 1) / BLOCK)
    if (first === last) return block(first).toString('utf8', from - first * BLOCK, to - first * BLOCK)
    const parts: Buffer[] = []
    for (let number = first; number <= last; number++) parts.push(block(number))
    return Buffer.concat(parts).toString('utf8', from - first * BLOCK, to - first * BLOCK)
  }

  const save = () => {
    file ??= temporaryFile()
    for (let at = 0; at < filled; ) at += writeSync(file, recent, at, filled - at, length - filled + at)
    filled = 0
  }

  return {
    add(text) {
      if (count >= STRINGS_AT_MOST) throw new FileRefused(`it has more than ${STRINGS_AT_MOST} different texts`)
      if (count === ends.length) {
        const more = new Uint32Array(ends.length * 2)
        more.set(ends)
        ends = more
      }
      // no character takes more than 3 bytes
      if (filled + text.length * 3 > recent.length) {
        const more = Buffer.alloc(Math.max(recent.length * 2, filled + text.length * 3))
        recent.copy(more, 0, 0, filled)
        recent = more
      }
      const bytes = recent.write(text, filled)
      filled += bytes
      length += bytes
      if (length > 0xffff_ffff) throw new FileRefused('its texts have more than 4 GiB')
      ends[count++] = length
    },
    flush() {
      if (length > IN_MEMORY) save()
    },
    at(index) {
      if (!(index >= 0 && index < count)) throw new FileRefused('a cell names a text that the workbook does not have')
      const from = index === 0 ? 0 : (ends[index - 1] ?? 0)
      const to = ends[index] ?? from
      if (file !== null) return fromFile(from, to)
      return recent.toString('utf8', from, to)
    },
    close() {
      if (file !== null) closeSync(file)
      file = null
    },
  }
}

function temporaryFile(): number {
  const folder = mkdtempSync(join(tmpdir(), 'ioc-feed-strings-'))
  try {
    return openSync(join(folder, 'texts'), 'wx+', 0o600)
  } finally {
    // the open file stays until it is closed
    rmSync(folder, { recursive: true, force: true })
  }
}
