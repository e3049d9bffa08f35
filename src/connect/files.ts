/**
 * `files({...})`: a stream read from files that an agency drops (thư mục nhận tệp): into a folder, onto an SFTP server, behind a web page
 * that lists them.
 *
 * Files are taken in the order of the period that their names declare, never by arrival, and each content once. Every row gets one
 * column more, `$period`: the end of its file's declared period (now, while the period runs; corrections one second later) as an ISO instant. The stream names it
 * as its order field, so that last month's file, saved again by a spreadsheet, never overwrites newer rows.
 *
 * A file that cannot be right (cut, another encoding, columns missing, a period in the future) or cannot be reached is refused whole, by name;
 * the others are read and the run ends `incomplete` until it is mended. It is not read again before it, or a pattern, changes, or before `ioc sync --full`.
 * A line that is wrong is set aside by itself.
 */
import { PipelineError } from '../errors.ts'
import { isObject } from './body.ts'
import { type Page, type Read, type ReadContext, type Resume, withKit } from './connector.ts'
import { FileChanged, FileRefused } from './csv.ts'
import {
  contentTag,
  type Drop,
  listDrops,
  type Named,
  type Progress,
  parseTaken,
  patternsTag,
  recall,
  recallContent,
  type Tag,
  type Taken,
  takenOf,
  underPatterns,
} from './drops.ts'
import { type Format, readFormat } from './formats.ts'
import { type OpenPlace, openPlace, type Place } from './places.ts'
import { makeScratch, type Scratch } from './scratch.ts'
import { unpack } from './unpack.ts'

/** The column that every row gets: the end of the declared period. */
export const PERIOD_FIELD = '$period'

/** One kind of file, by its name. `full`: everything of its period; `corrections`: some rows of it, the others stay. Neither deletes. */
export type FilePattern = Named &
  Format & {
    /** which member of a `.zip` is read; the only one unless said */
    member?: RegExp
  }

export interface FilesDeclaration<Config> {
  /** where the files lie: a folder's path, or what `sftp` or `listing` describes */
  from: (config: Config) => Place
  /** the kinds of files; the first that matches a name decides */
  patterns: readonly FilePattern[] | ((config: Config) => readonly FilePattern[])
  /** Raw fields that the header of every CSV, TSV and XLSX file must have; all that the stream's schema declares unless said. */
  columns?: readonly string[]
  /** other spellings of a header or field → raw field */
  aliases?: Readonly<Record<string, string>>
  /** raw field → what stands between its values where a cell holds several; the field becomes a list of texts */
  split?: Readonly<Record<string, string>>
  /** ms for which a file must not have changed before it is taken; 2,000 unless said, 0 where files are put there by an atomic rename */
  stableFor?: (config: Config) => number
  /** longest record in bytes; 1 MiB unless said */
  longestRecord?: number
  /** greatest size of a file in bytes, packed and unpacked; 2 GiB unless said */
  largest?: number
}

interface FilesResume extends Resume {
  taken: Taken
  /** content tag of the file that was being read, and where it stood: [byte, line] or [row] */
  file: string
  at: readonly number[]
}

/** Builds a stream's `read`. Ends as `changes` (`everything` on a first or full read), or `incomplete` naming the refused files. */
export function files<Config>(declaration: FilesDeclaration<Config>): Read<Config> {
  return withKit('files', declaration, async function* read(context) {
    const { source, now, http, signal, config } = context
    const { largest = 2 ** 31 } = declaration
    const stableFor = declaration.stableFor?.(config) ?? 2_000
    const place = await openPlace(declaration.from(config), { source, now, stableFor, largest, http, signal })
    const scratch = makeScratch()
    try {
      return yield* readPlace({ declaration, context, place, scratch, largest })
    } finally {
      place.close()
      await scratch.remove()
    }
  })
}

interface Reading<Config> {
  declaration: FilesDeclaration<Config>
  context: ReadContext<Config>
  place: OpenPlace
  scratch: Scratch
  largest: number
}

async function* readPlace<Config>(reading: Reading<Config>) {
  const { declaration, context, place, scratch } = reading
  const given = declaration.patterns
  const patterns = typeof given === 'function' ? given(context.config) : given
  const listing = await listDrops(place, patterns, context)
  const resume = context.resume as FilesResume | null
  const by = patternsTag(patterns)
  const known = underPatterns(resume?.taken ?? parseTaken(context.full ? null : context.watermark), by)
  const progress = recall(known, listing.drops, place.trustsChanged)
  const moving = await place.moving(openOf(progress).map((drop) => ({ name: drop.name, facts: drop })))
  for (const drop of listing.unseen) progress.set(drop, { state: 'open', content: null })
  const refused = [...listing.refused, ...unchanged(progress)]
  let remarks = listing.remarks
  const readAs: string[] = []
  const memory = () => takenOf(progress, { by, trustsChanged: place.trustsChanged }, (drop) => contentOf(reading, drop))

  for (const drop of openOf(progress)) {
    const pattern = patterns[drop.pattern]
    if (!pattern || listing.unseen.includes(drop)) continue
    if (moving.has(drop.name)) {
      remarks.push(`${drop.name} is still being written and is left for the next run`)
      progress.delete(drop)
      continue
    }
    let content: Tag | null = null
    try {
      const path = await place.fetch(drop.name, drop, scratch.path)
      content = await contentTag(drop, path)
      const before = recallContent(known, content)
      if (before !== 'open') {
        progress.set(drop, { state: before, content })
        if (before === 'refused') refused.push(`${drop.name}: ${UNCHANGED}`)
        continue
      }
      readAs.push(asOf(pattern))
      const taken = await memory()
      const start = resume?.file === content && known.by === by ? resume.at : null
      for await (const { value, last } of withLast(pagesOf(reading, { drop, pattern, path }, start))) {
        const { at, ...page } = value
        const next: FilesResume = { taken, file: content, at }
        const reread = last && start === null ? { reread: drop.name } : {}
        yield { ...page, ...reread, resume: next, remarks: [...remarks, ...(page.remarks ?? [])] } satisfies Page
        context.signal.throwIfAborted()
        remarks = []
      }
      progress.set(drop, { state: 'taken', content })
    } catch (error) {
      if (context.signal.aborted) throw error
      refused.push(`${drop.name}: ${problemOf(error)}`)
      const isOfContent = error instanceof FileRefused && !(error instanceof FileChanged)
      if (isOfContent && content !== null) progress.set(drop, { state: 'refused', content })
    } finally {
      await scratch.empty()
    }
  }

  const upTo = await memory()
  remarks.push(...counted(readAs))
  if (remarks.length > 0)
    yield { records: [], resume: { taken: upTo, file: '', at: [] } satisfies FilesResume, remarks } satisfies Page
  if (refused.length > 0)
    return { enumerated: 'incomplete', why: sentence(refused), upTo: JSON.stringify(upTo) } as const
  const all = (context.full || (context.watermark === null && !resume)) && moving.size === 0
  return { enumerated: all ? 'everything' : 'changes', by: 'snapshot', upTo: JSON.stringify(upTo) } as const
}

const openOf = (progress: Progress): Drop[] =>
  [...progress].filter(([, { state }]) => state === 'open').map(([drop]) => drop)

const UNCHANGED = 'it was refused before and has not changed since; an earlier run says why'
const unchanged = (progress: Progress): string[] =>
  [...progress].filter(([, { state }]) => state === 'refused').map(([{ name }]) => `${name}: ${UNCHANGED}`)

/** A file known by its time of change alone gets its tag when it comes among the newest; one that cannot be opened then has none. */
async function contentOf<Config>({ place, scratch }: Reading<Config>, drop: Drop): Promise<Tag | null> {
  if (!place.trustsChanged) return null
  try {
    return await contentTag(drop, await place.fetch(drop.name, drop, scratch.path))
  } catch (error) {
    problemOf(error)
    return null
  }
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

async function* pagesOf<Config>(
  { declaration, context, scratch, largest }: Reading<Config>,
  { drop, pattern, path }: { drop: Drop; pattern: FilePattern; path: string },
  start: readonly number[] | null,
): AsyncGenerator<Omit<Page, 'resume'> & { at: number[] }> {
  const columns = declaration.columns ?? context.stream.fields.filter((field) => field !== PERIOD_FIELD)
  const { aliases = {}, split = {}, longestRecord: longest = 1 << 20 } = declaration
  const { name, exported } = drop
  const limits = { largest, ...(pattern.member ? { member: pattern.member } : {}) }
  const plain = await unpack(name, path, limits, scratch.path)
  for await (const page of readFormat({ name, path: plain }, pattern, start, { columns, aliases, longest, largest }))
    yield page.header ? tabular(page, page.header, split, exported) : objects(page, aliases, split, exported)
}

type Read1 = Omit<Page, 'resume'> & { at: number[] }
type Separators = Readonly<Record<string, string>>
function tabular(page: Read1, header: readonly string[], split: Separators, exported: string): Read1 {
  const places = Object.entries(split).map(([field, by]) => ({ place: header.indexOf(field), by }))
  for (const row of page.records as unknown[][]) {
    for (const { place, by } of places) if (place >= 0) row[place] = valuesOf(row[place], by)
    row.push(exported)
  }
  return { ...page, header: [...header, PERIOD_FIELD] }
}

function objects(page: Read1, aliases: Readonly<Record<string, string>>, split: Separators, exported: string): Read1 {
  const renamed = (record: unknown) => {
    if (!isObject(record)) return record
    const fields = Object.entries(record).map(([name, value]) => {
      const field = aliases[name] ?? name
      return [field, split[field] === undefined ? value : valuesOf(value, split[field])]
    })
    return Object.fromEntries([...fields, [PERIOD_FIELD, exported]]) as unknown
  }
  return { ...page, records: page.records.map(renamed) }
}

const valuesOf = (value: unknown, by: string): unknown =>
  typeof value !== 'string'
    ? value
    : value
        .split(by)
        .map((one) => one.trim())
        .filter((one) => one !== '')

const asOf = (pattern: FilePattern): string => ('encoding' in pattern ? pattern.encoding : pattern.format)

/** e.g. `9 files are read as tcvn` */
function counted(readAs: readonly string[]): string[] {
  const counts = new Map<string, number>()
  // of a file whose encoding is detected, each column is told
  for (const as of readAs.filter((one) => one !== 'detect')) counts.set(as, (counts.get(as) ?? 0) + 1)
  return [...counts].map(([as, count]) =>
    count === 1 ? `1 file is read as ${as}` : `${count} files are read as ${as}`,
  )
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
