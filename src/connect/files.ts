/**
 * `files({...})`: a stream read from a folder into which an agency drops CSV files or workbooks (thư mục nhận tệp).
 *
 * Files are taken in the order of the period that their names declare, never by arrival, and each content once. Every row gets one
 * column more, `$period`: the end of its file's declared period (now, while the period runs; corrections one second later) as an ISO instant. The stream names it
 * as its order field, so that last month's file, saved again by a spreadsheet, never overwrites newer rows.
 *
 * A file that cannot be right (cut, another encoding, columns missing, a period in the future) or cannot be reached is refused whole, by name;
 * the others are read and the run ends `incomplete`, so it is looked at again until it is mended. A line that is wrong is set aside by itself.
 */
import { PipelineError } from '../errors.ts'
import { type Page, type Read, type Resume, withKit } from './connector.ts'
import { FileRefused, type RowsPage, readCsv } from './csv.ts'
import type { Position } from './csv-records.ts'
import { type Drop, listDrops, type Named, parseTaken, type Taken, tagOf, takenOf, wasTaken } from './drops.ts'
import type { Encoding } from './text.ts'

/** The column that every row gets: the end of the declared period. */
export const PERIOD_FIELD = '$period'

/** One kind of file, by its name. `full`: everything of its period; `corrections`: some rows of it, the others stay. Neither deletes. */
export type FilePattern = Named & ({ format: 'csv'; encoding: Encoding; delimiter: string } | { format: 'xlsx' })

export interface FilesDeclaration<Config> {
  folder: (config: Config) => string
  /** the first that matches a name decides */
  patterns: (config: Config) => readonly FilePattern[]
  /** raw fields that every file must have; others are kept under their own names */
  columns: readonly string[]
  /** other spellings of a header → raw field */
  aliases?: Readonly<Record<string, string>>
  /** ms for which a file must not have changed before it is taken; 2,000 unless said, 0 where files are put there by an atomic rename */
  stableFor?: (config: Config) => number
  /** longest CSV record in bytes; 1 MiB unless said */
  longestRecord?: number
  /** greatest size of a workbook in bytes, packed and unpacked; 96 MiB unless said (about 75,000 rows of 19 columns) */
  largestWorkbook?: number
}

interface FilesResume extends Resume {
  taken: Taken
  /** tag of the file that was being read, and where it stood: [byte, line] or [row] */
  file: string
  at: readonly number[]
}

/** Builds a stream's `read`. Ends as `changes` (`everything` on a first or full read), or `incomplete` naming the refused files. */
export function files<Config>(declaration: FilesDeclaration<Config>): Read<Config> {
  return withKit('files', declaration, async function* read(context) {
    const { config, source, zone, now } = context
    const patterns = declaration.patterns(config)
    const stableFor = declaration.stableFor?.(config) ?? 2_000
    const listing = await listDrops(declaration.folder(config), patterns, { source, zone, now, stableFor })
    const resume = context.resume as FilesResume | null
    const tag = tagger()
    const progress = new Map<Drop, 'taken' | 'open'>(listing.unseen.map((drop) => [drop, 'open']))
    const refused = [...listing.refused]
    const known = resume?.taken ?? parseTaken(context.full ? null : context.watermark)
    for (const drop of listing.drops) {
      const taken = await wasTaken(known, drop, () => tag(drop)).catch(unreadable)
      progress.set(drop, taken ? 'taken' : 'open')
    }
    const fresh = listing.drops.filter((drop) => progress.get(drop) === 'open')
    let remarks = [...listing.remarks, ...encodingsOf(fresh, patterns)]

    for (const drop of fresh) {
      const pattern = patterns[drop.pattern]
      if (!pattern) continue
      try {
        const [taken, file] = [await takenOf(progress, tag), await tag(drop)]
        const start = resume?.file === file ? resume.at : null
        for await (const { value, last } of withLast(pagesOf(drop, pattern, start, declaration))) {
          const { page, at } = value
          const next: FilesResume = { taken, file, at }
          const reread = last && start === null ? { reread: drop.name } : {}
          yield { ...page, ...reread, resume: next, remarks: [...remarks, ...(page.remarks ?? [])] }
          context.signal.throwIfAborted()
          remarks = []
        }
        progress.set(drop, 'taken')
      } catch (error) {
        if (context.signal.aborted) throw error
        refused.push(`${drop.name}: ${problemOf(error)}`)
      }
    }

    const upTo = await takenOf(progress, tag)
    if (remarks.length > 0) yield { records: [], resume: { taken: upTo, file: '', at: [] }, remarks }
    if (refused.length > 0) return { enumerated: 'incomplete', why: sentence(refused) }
    const all = context.full || (context.watermark === null && !resume)
    return { enumerated: all ? 'everything' : 'changes', by: 'snapshot', upTo: JSON.stringify(upTo) }
  })
}

/** Says which page is the last. One that came before an error is handed on all the same. */
async function* withLast<T>(pages: AsyncIterable<T>): AsyncGenerator<{ value: T; last: boolean }> {
  let held: { value: T } | null = null
  try {
    for await (const value of pages) {
      if (held) yield { value: held.value, last: false }
      held = { value }
    }
  } catch (error) {
    if (held) yield { value: held.value, last: false }
    throw error
  }
  if (held) yield { value: held.value, last: true }
}

/** A tag costs reading the file: once for each. */
function tagger(): (drop: Drop) => Promise<string> {
  const known = new Map<Drop, Promise<string>>()
  return (drop) => {
    const tag = known.get(drop) ?? tagOf(drop)
    known.set(drop, tag)
    return tag
  }
}

async function* pagesOf<Config>(
  drop: Drop,
  pattern: FilePattern,
  start: readonly number[] | null,
  { columns, aliases = {}, longestRecord = 1 << 20, largestWorkbook = 96 << 20 }: FilesDeclaration<Config>,
): AsyncGenerator<{ page: Omit<Page, 'resume'>; at: number[] }> {
  const [from, line = 1] = start ?? []
  if (pattern.format === 'csv') {
    const { encoding, delimiter } = pattern
    const options = { columns, aliases, encoding, delimiter, longest: longestRecord }
    const position: Position | null = from === undefined ? null : { offset: from, line }
    for await (const rows of readCsv(drop.path, position, options)) {
      yield { page: pageOf(rows, drop), at: [rows.next.offset, rows.next.line] }
    }
    return
  }
  const row = from === undefined ? null : { row: from }
  const { readXlsx } = await import('./xlsx.ts')
  for await (const rows of readXlsx(drop.path, row, { columns, aliases, largest: largestWorkbook })) {
    const { length } = rows.others
    const others = length === 0 ? [] : [`${drop.name}: only the first of ${length + 1} sheets is read`]
    yield { page: { ...pageOf(rows, drop), remarks: from === undefined ? others : [] }, at: [rows.next.row] }
  }
}

function pageOf(rows: RowsPage<unknown>, drop: Drop): Omit<Page, 'resume'> {
  for (const row of rows.rows) row.push(drop.exported)
  const undecodable = rows.undecodable.map(({ line, rule, bytes }) => ({
    place: `${drop.name} line ${line}`,
    rule,
    bytes,
  }))
  return { records: rows.rows, header: [...rows.header, PERIOD_FIELD], undecodable }
}

/** e.g. `9 files are read as tcvn` */
function encodingsOf(fresh: readonly Drop[], patterns: readonly FilePattern[]): string[] {
  const counts = new Map<string, number>()
  for (const drop of fresh) {
    const pattern = patterns[drop.pattern]
    const as = pattern?.format === 'csv' ? pattern.encoding : 'xlsx'
    counts.set(as, (counts.get(as) ?? 0) + 1)
  }
  return [...counts].map(([as, count]) =>
    count === 1 ? `1 file is read as ${as}` : `${count} files are read as ${as}`,
  )
}

/** A file that cannot even be opened counts as not taken, so that reading it says why. */
function unreadable(error: unknown): false {
  problemOf(error)
  return false
}

/** Why a file is refused. What is neither the file's nor the disk's fault is ours and goes on as it is. */
function problemOf(error: unknown): string {
  if (error instanceof FileRefused) return error.message
  const code = (error as NodeJS.ErrnoException).code
  if (error instanceof PipelineError || typeof code !== 'string' || !/^E[A-Z0-9]+$/.test(code)) throw error
  return `it cannot be read (${code})`
}

function sentence(refused: readonly string[]): string {
  const named = refused.slice(0, 5).join('; ')
  return refused.length > 5 ? `${named}; and ${refused.length - 5} more files were refused` : `refused: ${named}`
}
