/**
 * The files of a folder in the order of the period that their names declare, and which of them were taken before.
 *
 * What was taken is remembered in under 1 KB, however many files there are: a tag (the first 6 bytes of SHA-256 over name and content)
 * of each of the newest 96 files, and for the files before those the newest time of change among all that were taken: such a
 * file is read again when it changed after that. The time of change (ctime) is set by the operating system at every write and rename, so an old
 * file moved into the folder counts as changed. Reading a file again is slower, never wrong: unchanged rows are skipped where they land.
 */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { PipelineError } from '../errors.ts'
import { fileNamesPerson } from './persons.ts'

export interface Drop {
  name: string
  path: string
  /** sorts by period, then full before corrections, then name */
  order: string
  /** the declared period's end, or now while the period runs; corrections one second later: ISO with the zone's offset */
  exported: string
  /** the pattern that matched, by its place in the declaration */
  pattern: number
  /** epoch ms of the last write or rename */
  changed: number
}

/** What `listDrops` needs of a declared pattern: a named group `period` of the form yyyyMM, yyyy-MM, yyyyMMdd or yyyy-MM-dd. */
export interface Named {
  match: RegExp
  drop: 'full' | 'corrections'
}

export interface Listing {
  drops: Drop[]
  /** files left out on purpose, with the reason */
  remarks: string[]
  /** files whose name declares an impossible period, or that could not be looked at, with the reason */
  refused: string[]
  /**
   * Those that could not be looked at, as changed in 1970: while they are open no file counts as taken by its time of change, for theirs is
   * not known.
   */
  unseen: Drop[]
}

interface Look {
  source: string
  zone: string
  now: number
  /** ms for which a file must not have changed */
  stableFor: number
}

/** Files of `folder` in reading order. Throws SOURCE_MISSING where there is no such folder, SOURCE_UNREADABLE where it cannot be listed. */
export async function listDrops(folder: string, patterns: readonly Named[], look: Look): Promise<Listing> {
  const listing: Listing = { drops: [], remarks: [], refused: [], unseen: [] }
  const failed: { drop: Drop; code: string }[] = []
  const unmatched: string[] = []
  for (const name of (await namesIn(folder, look.source)).sort()) {
    const found = matchName(name, patterns)
    if (!found) {
      unmatched.push(name)
      continue
    }
    const path = join(folder, name)
    const facts = await stat(path).catch((cause: NodeJS.ErrnoException) => ({ code: cause.code ?? 'unknown' }))
    const away = 'code' in facts
    if (!away && !facts.isFile()) continue
    const period = periodOf(found.period)
    if (!period) listing.refused.push(`${name}: ${found.period} is not a period`)
    else if (period.from.toZonedDateTime(look.zone).epochMilliseconds > look.now + 86_400_000) {
      // it would outrank every file until that day comes
      listing.refused.push(`${name}: its period ${found.period} lies in the future`)
    } else if (!away && look.stableFor > 0 && facts.ctimeMs > look.now - look.stableFor) {
      listing.remarks.push(`${name} is still being written and is left for the next run`)
    } else {
      const rank = found.drop === 'full' ? 0 : 1
      const order = `${period.from}|${period.to}|${rank}|${name}`
      const exported = exportedAt(period.to, rank, look)
      const drop = {
        name,
        path,
        order,
        exported,
        pattern: found.pattern,
        changed: away ? 0 : Math.floor(facts.ctimeMs),
      }
      if (away) failed.push({ drop, code: facts.code })
      else listing.drops.push(drop)
    }
  }
  listing.drops.sort(byOrder)
  listing.remarks.push(...unmatchedRemarks(unmatched))
  // A file that was taken away while we looked is nothing to report; a link whose share is away tonight is still listed.
  const still = failed.some(({ code }) => code === 'ENOENT') ? await namesIn(folder, look.source) : []
  for (const { drop, code } of failed) {
    if (code === 'ENOENT' && !still.includes(drop.name)) continue
    listing.refused.push(`${drop.name}: it cannot be looked at (${code})`)
    listing.unseen.push(drop)
  }
  return listing
}

const NAMED_AT_MOST = 5
/** People put scans into the folder and name them by the applicant; a remark stays in the ledger of the run. */
function unmatchedRemarks(names: readonly string[]): string[] {
  const toTell = names.filter((name) => name.length <= 200 && !fileNamesPerson(name)).slice(0, NAMED_AT_MOST)
  const remarks = toTell.map((name) => `${name} matches no pattern of this source and is not read`)
  const rest = names.length - toTell.length
  const more = toTell.length > 0 ? 'more ' : ''
  if (rest === 1)
    remarks.push(`1 ${more}file, its name not told here, matches no pattern of this source and is not read`)
  if (rest > 1)
    remarks.push(`${rest} ${more}files, their names not told here, match no pattern of this source and are not read`)
  return remarks
}
const byOrder = (a: Drop, b: Drop) => (a.order < b.order ? -1 : a.order > b.order ? 1 : 0)

async function namesIn(folder: string, source: string): Promise<string[]> {
  try {
    // ~$ and .~lock are what an open spreadsheet leaves beside its file; clock.json is the sample's clock
    return (await readdir(folder)).filter((name) => !/^(?:\.|~\$|clock\.json$)|\.(?:tmp|part)$/.test(name))
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown'
    if (code === 'ENOENT') throw new PipelineError('SOURCE_MISSING', { source, place: folder }, { cause })
    const params = { source, place: folder, expected: 'a readable folder', problem: code }
    throw new PipelineError('SOURCE_UNREADABLE', params, { cause })
  }
}

function matchName(name: string, patterns: readonly Named[]) {
  for (const [pattern, { match, drop }] of patterns.entries()) {
    const found = match.exec(name.normalize('NFC'))
    if (found) return { pattern, drop, period: found.groups?.period ?? '' }
  }
  return undefined
}

const PERIOD = /^(\d{4})-?(\d{2})(?:-?(\d{2}))?$/
function periodOf(text: string): { from: Temporal.PlainDate; to: Temporal.PlainDate } | null {
  const [, year, month, day] = PERIOD.exec(text) ?? []
  if (!year) return null
  try {
    const parts = { year: Number(year), month: Number(month), day: Number(day ?? 1) }
    const from = Temporal.PlainDate.from(parts, { overflow: 'reject' })
    return { from, to: day ? from : from.with({ day: from.daysInMonth }) }
  } catch {
    return null
  }
}

function exportedAt(day: Temporal.PlainDate, later: number, { zone, now }: Look): string {
  const end = day.toPlainDateTime('23:59:59').toZonedDateTime(zone).epochMilliseconds
  // the file of a running month was exported by now at the latest; an order in the future would be refused as a typing error
  const at = Temporal.Instant.fromEpochMilliseconds(Math.min(end, now) + later * 1000)
  return at.toString({ timeZone: zone, smallestUnit: 'second' })
}

/** First 6 bytes of SHA-256 over name and content, as 8 characters. */
export async function tagOf(drop: Drop): Promise<string> {
  const hash = createHash('sha256').update(drop.name).update('\0')
  for await (const chunk of createReadStream(drop.path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer)
  return hash.digest().subarray(0, 6).toString('base64url')
}

/** What was taken, as it stands in the watermark. */
export interface Taken {
  /** newest change (epoch ms) among the files taken */
  at: number
  /** order of the oldest file that has a tag; null where every file taken has one */
  from: string | null
  /** tags of 8 characters, newest last */
  tags: string
}
export const NOTHING_TAKEN: Taken = { at: 0, from: null, tags: '' }
const TAG = 8
const KEPT_TAGS = 96
// with the resume point around it this stays under the 1 KB that a checkpoint may have
const LONGEST = 900

/** Reads a watermark; what is not one means that nothing was taken. */
export function parseTaken(watermark: string | null): Taken {
  if (watermark === null) return NOTHING_TAKEN
  try {
    const { at, from, tags } = JSON.parse(watermark) as Partial<Taken>
    const valid = typeof at === 'number' && typeof tags === 'string' && (from === null || typeof from === 'string')
    return valid ? { at, from: from ?? null, tags } : NOTHING_TAKEN
  } catch {
    return NOTHING_TAKEN
  }
}

/** Whether `drop` with this tag was taken. The tag is asked for only where it decides. */
export async function wasTaken(taken: Taken, drop: Drop, tag: () => Promise<string>): Promise<boolean> {
  if (taken.from !== null && drop.order < taken.from) return drop.changed <= taken.at
  if (taken.tags === '') return false
  const asked = await tag()
  for (let i = 0; i < taken.tags.length; i += TAG) if (taken.tags.startsWith(asked, i)) return true
  return false
}

/**
 * Remembers what is taken of `progress`. Files still open (or refused) bound `at`: one of an early period must not be taken for read
 * because a file read before it changed later.
 */
export async function takenOf(
  progress: ReadonlyMap<Drop, 'taken' | 'open'>,
  tag: (drop: Drop) => Promise<string>,
): Promise<Taken> {
  const drops: Drop[] = []
  let [at, bound] = [0, Number.POSITIVE_INFINITY]
  for (const [drop, state] of progress) {
    if (state === 'taken') drops.push(drop)
    if (state === 'taken') at = Math.max(at, drop.changed)
    else bound = Math.min(bound, drop.changed - 1)
  }
  drops.sort(byOrder)
  for (let kept = Math.min(KEPT_TAGS, drops.length); ; kept--) {
    const newest = kept === 0 ? [] : drops.slice(-kept)
    const tags: string[] = []
    for (const drop of newest) tags.push(await tag(drop))
    const from = kept === drops.length ? null : (newest[0]?.order ?? null)
    const taken = { at: Math.min(at, bound), from, tags: tags.join('') }
    if (kept <= 1 || JSON.stringify(taken).length <= LONGEST) return taken
  }
}
