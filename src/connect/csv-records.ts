/**
 * A CSV file as slices of whole records, cut from its bytes: before anything is decoded or parsed, so that one bad line is one
 * bad line and a line without end costs no memory. Newline, quote and delimiter are single ASCII bytes in every encoding we read.
 */
import type { FileHandle } from 'node:fs/promises'

export const NEWLINE = 0x0a
export const RETURN = 0x0d
const QUOTE = 0x22
const CHUNK = 256 * 1024
/** About what a page should hold. */
const PER_SLICE = 1_000
/** How much of an endless line is kept to recognise it by. */
const KEPT_OF_LONG = 4_096

export interface Slice {
  bytes: Buffer
  /** where each record begins in `bytes`; a record ends where the next begins, the last at `bytes.length` */
  starts: readonly number[]
  /** physical line (from 1) on which each record begins */
  lines: readonly number[]
  /** the line was longer than the limit: `bytes` is its beginning only */
  tooLong: boolean
  /** where reading goes on after this slice */
  next: Position
}
export interface Position {
  /** byte offset in the file */
  offset: number
  line: number
}
export interface SliceOptions {
  delimiter: number
  /** the byte that ends a line: LF, also of CR LF, or the CR of old Macintosh files */
  newline: number
  /** longest record in bytes */
  longest: number
}

/** Cuts `file` from `start` on. A record whose quote does not close within the limit is handed out as its physical lines. */
export async function* slices(file: FileHandle, start: Position, options: SliceOptions): AsyncGenerator<Slice> {
  let { offset, line } = start
  let readAt = offset
  let pending: Buffer = Buffer.alloc(0)
  for (let ended = false; !ended; ) {
    const chunk = Buffer.allocUnsafe(CHUNK)
    const { bytesRead } = await file.read(chunk, 0, CHUNK, readAt)
    readAt += bytesRead
    ended = bytesRead === 0
    const data =
      pending.length === 0 ? chunk.subarray(0, bytesRead) : Buffer.concat([pending, chunk.subarray(0, bytesRead)])
    let from = 0
    for (;;) {
      const cut = cutRecords(data, from, line, ended, options)
      if (cut.starts.length === 0) break
      const next = { offset: offset + cut.end - from, line: cut.line }
      yield { bytes: data.subarray(from, cut.end), starts: cut.starts, lines: cut.lines, tooLong: false, next }
      offset = next.offset
      line = next.line
      from = cut.end
    }
    pending = data.subarray(from)
    if (pending.length <= options.longest) continue
    const bytes = Buffer.from(pending.subarray(0, KEPT_OF_LONG))
    const newline = pending.indexOf(options.newline)
    offset = newline === -1 ? await endOfLine(file, offset + pending.length, options.newline) : offset + newline + 1
    readAt = offset
    pending = Buffer.alloc(0)
    ended = false
    yield { bytes, starts: [0], lines: [line], tooLong: true, next: { offset, line: line + 1 } }
    line++
  }
}

interface Cut {
  starts: number[]
  lines: number[]
  end: number
  line: number
}

/** As many whole records from `from` as one slice takes; none where the data ends inside the first. */
function cutRecords(data: Buffer, from: number, line: number, ended: boolean, options: SliceOptions): Cut {
  const cut: Cut = { starts: [], lines: [], end: from, line }
  // the next quote is looked up once, not once for every line without one
  let quote = data.indexOf(QUOTE, from)
  while (cut.end < data.length && cut.starts.length < PER_SLICE) {
    const begin = cut.end
    let end = lineEnd(data, begin, ended, options.newline)
    let lines = 1
    if (end === -1) break
    if (quote !== -1 && quote < begin) quote = data.indexOf(QUOTE, begin)
    if (quote !== -1 && quote < end) {
      const whole = closeQuotes(data, begin, end, ended, options)
      if (whole === null) break
      end = whole.end
      lines = whole.lines
    }
    if (end - begin > options.longest) break
    cut.starts.push(begin - from)
    cut.lines.push(cut.line)
    cut.end = end
    cut.line += lines
  }
  return cut
}

/** Just after the newline, or the end of the file; -1 where more has to be read. */
function lineEnd(data: Buffer, from: number, ended: boolean, newline: number): number {
  const found = data.indexOf(newline, from)
  if (found !== -1) return found + 1
  return ended && from < data.length ? data.length : -1
}

/** Where the record that begins at `begin` ends when its quoted newlines are counted in; null where more has to be read. */
function closeQuotes(data: Buffer, begin: number, firstEnd: number, ended: boolean, options: SliceOptions) {
  let end = firstEnd
  let lines = 1
  let open = opensQuote(data, begin, end, false, options.delimiter)
  while (open) {
    const next = lineEnd(data, end, ended, options.newline)
    if (next === -1 && !ended && data.length - begin <= options.longest) return null
    // never closed: the quote is the fault of the first line, the lines after it are records of their own
    if (next === -1 || next - begin > options.longest) return { end: firstEnd, lines: 1 }
    open = opensQuote(data, end, next, true, options.delimiter)
    end = next
    lines++
  }
  return { end, lines }
}

/** Whether a quoted field is open at `to`. A quote opens only at the start of a field; a doubled one inside stays inside. */
function opensQuote(data: Buffer, from: number, to: number, inside: boolean, delimiter: number): boolean {
  let open = inside
  let fieldStart = !inside
  for (let i = from; i < to; i++) {
    const byte = data[i]
    if (open) {
      if (byte !== QUOTE) continue
      if (data[i + 1] === QUOTE) i++
      else open = false
    } else if (byte === QUOTE && fieldStart) open = true
    fieldStart = !open && byte === delimiter
  }
  return open
}

/** Offset just after the next newline, reading no more than a chunk at a time. */
async function endOfLine(file: FileHandle, from: number, newline: number): Promise<number> {
  const chunk = Buffer.allocUnsafe(CHUNK)
  for (let at = from; ; ) {
    const { bytesRead } = await file.read(chunk, 0, CHUNK, at)
    if (bytesRead === 0) return at
    const found = chunk.subarray(0, bytesRead).indexOf(newline)
    if (found !== -1) return at + found + 1
    at += bytesRead
  }
}

/** The physical lines of one record. */
export function physicalLines(record: Buffer, newline: number): Buffer[] {
  const lines: Buffer[] = []
  for (let from = 0; from < record.length; ) {
    const end = lineEnd(record, from, true, newline)
    lines.push(record.subarray(from, end))
    from = end
  }
  return lines
}

/** Null where the file's last line ends as a line does; otherwise what stands after the last newline, and up to 64 KiB with it. */
export async function unfinishedLine(
  file: FileHandle,
  size: number,
  newline: number,
): Promise<{ rest: Buffer; tail: Buffer } | null> {
  const length = Math.min(size, 64 * 1024)
  const tail = Buffer.alloc(length)
  await file.read(tail, 0, length, size - length)
  const last = tail.lastIndexOf(newline)
  if (last === length - 1 || (last === -1 && length < size)) return null
  const rest = tail.subarray(last + 1)
  const blank = rest.every((byte) => byte === RETURN || byte === NEWLINE || byte === 0x20 || byte === 0x1a)
  return blank ? null : { rest, tail }
}

/** Which byte ends the lines of `file`: CR where its beginning has no LF outside of quotes, LF otherwise. */
export async function newlineOf(file: FileHandle, delimiter: number): Promise<number> {
  const head = Buffer.alloc(64 * 1024)
  const { bytesRead } = await file.read(head, 0, head.length, 0)
  const data = head.subarray(0, bytesRead)
  if (!data.includes(RETURN)) return NEWLINE
  let open = false
  for (let from = 0; from < data.length; ) {
    const newline = data.indexOf(NEWLINE, from)
    const end = newline === -1 ? data.length : newline
    open = opensQuote(data, from, end, open, delimiter)
    if (newline !== -1 && !open) return NEWLINE
    from = end + 1
  }
  return RETURN
}
