/**
 * The files of a place in the order of the period that their names declare, and which of them were taken or refused before.
 *
 * What was taken is remembered in under 1 KB, however many files there are: two tags of each of the newest 60 files (of its state, so that an
 * unchanged file is not opened, and of name and content, so that a copy of it is not read again), and for the files before those, where the
 * place is a folder of this machine, the newest time of change among all that were taken: such a file is read again when it changed after
 * that (ctime is set by the operating system at every write and rename, so an old file moved into the folder counts as changed). Other places
 * say what time they like: there all the older files are known by one tag, and read again when any of them is new or gone. Reading a file again
 * is slower, never wrong: unchanged rows are skipped where they land. A refused file is remembered in the same way, until it changes.
 */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { fileNamesPerson } from './persons.ts'
import type { Facts, OpenPlace } from './places.ts'

export interface Drop extends Facts {
  name: string
  /** sorts by period, then full before corrections, then name */
  order: string
  /** the declared period's end, or now while the period runs; corrections one second later: ISO with the zone's offset */
  exported: string
  /** the pattern that matched, by its place in the declaration */
  pattern: number
}

/** The kinds of files by their names. */
export interface Named {
  /** names of such files; a named group `period` of the form yyyyMM, yyyy-MM, yyyyMMdd or yyyy-MM-dd says for which time a file is */
  match: RegExp
  /** `full`: everything of its period; `corrections`: some rows of it, the others stay */
  drop: 'full' | 'corrections'
  /** Where names say no period, as of one file that is written anew each time: the time of its last change counts. */
  period?: 'changed'
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
  zone: string
  now: number
}

/** Files of `place` in reading order. */
export async function listDrops(place: OpenPlace, patterns: readonly Named[], look: Look): Promise<Listing> {
  const listing: Listing = { drops: [], remarks: [], refused: [], unseen: [] }
  const unmatched: string[] = []
  for (const name of (await place.names()).filter(isDropped).sort()) {
    const found = matchName(name, patterns)
    if (!found) {
      unmatched.push(name)
      continue
    }
    const facts = await place.look(name)
    if (!facts) continue
    const period = found.period === null ? changedDay(facts, look) : periodOf(found.period)
    if (!period) listing.refused.push(`${name}: ${found.period ? `${found.period} is not a period` : NO_PERIOD}`)
    else if (
      found.period !== null &&
      period.from.toZonedDateTime(look.zone).epochMilliseconds > look.now + 86_400_000
    ) {
      // it would outrank every file until that day comes
      listing.refused.push(`${name}: its period ${found.period} lies in the future`)
    } else {
      const rank = found.drop === 'full' ? 0 : 1
      const order = `${period.from}|${period.to}|${rank}|${name}`
      const end = found.period === null && 'changed' in facts ? facts.changed : endOf(period.to, look.zone)
      const known = { name, order, exported: exportedAt(end, rank, look), pattern: found.pattern }
      if ('problem' in facts) {
        listing.refused.push(`${name}: it cannot be looked at (${facts.problem})`)
        listing.unseen.push({ ...known, changed: 0, state: '' })
      } else listing.drops.push({ ...known, changed: Math.floor(facts.changed), state: facts.state })
    }
  }
  listing.drops.sort(byOrder)
  listing.remarks.push(...unmatchedRemarks(unmatched))
  return listing
}

/** ~$ and .~lock are what an open spreadsheet leaves beside its file; clock.json is the sample's clock */
const isDropped = (name: string) => !/^(?:\.|~\$|clock\.json$)|\.(?:tmp|part)$/.test(name)

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

function matchName(name: string, patterns: readonly Named[]) {
  for (const [pattern, { match, drop, period }] of patterns.entries()) {
    const found = match.exec(name.normalize('NFC'))
    if (found) return { pattern, drop, period: period === 'changed' ? null : (found.groups?.period ?? '') }
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

const NO_PERIOD = 'neither its name nor its place says for which time it is'
function changedDay(facts: Facts | { problem: string }, { zone }: Look) {
  // one that cannot be looked at is told by its problem; its day does not matter
  const at = 'problem' in facts ? 0 : facts.changed
  if (at === 0 && !('problem' in facts)) return null
  const day = Temporal.Instant.fromEpochMilliseconds(Math.floor(at)).toZonedDateTimeISO(zone).toPlainDate()
  return { from: day, to: day }
}

const endOf = (day: Temporal.PlainDate, zone: string): number =>
  day.toPlainDateTime('23:59:59').toZonedDateTime(zone).epochMilliseconds

function exportedAt(end: number, later: number, { zone, now }: Look): string {
  // the file of a running month was exported by now at the latest; an order in the future would be refused as a typing error
  const at = Temporal.Instant.fromEpochMilliseconds(Math.floor(Math.min(end, now)) + later * 1000)
  return at.toString({ timeZone: zone, smallestUnit: 'second' })
}

export type Tag = string
const shortHash = (...parts: string[]): Tag => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part).update('\0')
  return hash.digest('base64url').slice(0, TAG)
}
/** Of the state in which a file was seen; UNKNOWN where its place cannot tell. */
export const stateTag = ({ name, state }: Drop): Tag => (state === '' ? UNKNOWN : shortHash(name, state))

/** Of name and content: 36 bits of SHA-256. */
export async function contentTag({ name }: Drop, path: string): Promise<Tag> {
  const hash = createHash('sha256').update(name).update('\0')
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 18 })) hash.update(chunk as Buffer)
  return hash.digest('base64url').slice(0, TAG)
}

/** What was taken and refused, as it stands in the watermark. */
export interface Taken {
  /** of the patterns by which the files were read */
  by: Tag
  /** newest change (epoch ms) among the files taken */
  at: number
  /** order of the oldest file that has tags; null where every file taken has */
  from: string | null
  /** of all taken files before those; '' where `at` tells */
  older: Tag
  /** two tags of each file, of its state and its content; newest last */
  files: string
  /** the same of refused files */
  refused: string
}
export const NOTHING_TAKEN: Taken = { by: '', at: 0, from: null, older: '', files: '', refused: '' }
const TAG = 6
const UNKNOWN = '------'
const KEPT_FILES = 60
/** More refused files than these are tried again each time. */
const KEPT_REFUSED = 8
// with the resume point around it this stays under the 1 KB that a checkpoint may have
const LONGEST = 940

/** Reads a watermark; what is not one means that nothing was taken. */
export function parseTaken(watermark: string | null): Taken {
  if (watermark === null) return NOTHING_TAKEN
  try {
    const { by = '', at, from, older, files, refused } = JSON.parse(watermark) as Partial<Taken>
    const valid = typeof at === 'number' && typeof files === 'string' && (from === null || typeof from === 'string')
    return valid ? { by, at, from, older: older ?? '', files, refused: refused ?? '' } : NOTHING_TAKEN
  } catch {
    return NOTHING_TAKEN
  }
}

export const patternsTag = (patterns: readonly Named[]): Tag =>
  shortHash(JSON.stringify(patterns, (_, value: unknown) => (value instanceof RegExp ? String(value) : value)))

/** Under other patterns an older file may be one that was never looked at, and a refused one may be right. */
export const underPatterns = (taken: Taken, by: Tag): Taken =>
  taken.by === by ? taken : { ...taken, at: 0, older: '', refused: '' }

export type State = 'open' | 'taken' | 'refused'
/** How far this read has come with each file; `content` where its tag has been made or found. */
export type Progress = Map<Drop, { state: State; content: Tag | null }>

/** What the states of the files alone tell: those that are `open` afterwards have to be looked into. */
export function recall(taken: Taken, drops: readonly Drop[], trustsChanged: boolean): Progress {
  const progress: Progress = new Map()
  const older: Drop[] = []
  for (const drop of drops) {
    const tag = stateTag(drop)
    const refused = findTag(taken.refused, tag, 0)
    const content = findTag(taken.files, tag, 0)
    if (refused !== null) progress.set(drop, { state: 'refused', content: refused })
    else if (taken.from === null || drop.order >= taken.from)
      progress.set(drop, { state: content === null ? 'open' : 'taken', content })
    else {
      older.push(drop)
      const unchanged = trustsChanged && drop.changed <= taken.at
      progress.set(drop, { state: unchanged ? 'taken' : 'open', content: null })
    }
  }
  if (
    !trustsChanged &&
    taken.older !== '' &&
    older.every(({ state }) => state !== '') &&
    olderTag(older) === taken.older
  )
    for (const drop of older) progress.set(drop, { state: 'taken', content: null })
  return progress
}

/** What a file whose content is known now was before. */
export function recallContent(taken: Taken, content: Tag): State {
  if (findTag(taken.refused, content, 1) !== null) return 'refused'
  return findTag(taken.files, content, 1) === null ? 'open' : 'taken'
}

/** In pairs of tags: the content tag beside the tag that stands at `place` (0 state, 1 content). */
function findTag(pairs: string, tag: Tag, place: 0 | 1): Tag | null {
  if (tag === UNKNOWN) return null
  for (let i = 0; i < pairs.length; i += 2 * TAG)
    if (pairs.startsWith(tag, i + place * TAG)) return pairs.slice(i + TAG, i + 2 * TAG)
  return null
}

const olderTag = (drops: readonly Drop[]): Tag => shortHash(...drops.map(stateTag))

/**
 * Remembers `progress`. Files still open or refused bound `at`: one of an early period must not be taken for read because a file read before
 * it changed later. `content` makes the tag of a file that was known by its time of change only.
 */
export async function takenOf(
  progress: Progress,
  { by, trustsChanged }: { by: Tag; trustsChanged: boolean },
  content: (drop: Drop) => Promise<Tag | null>,
): Promise<Taken> {
  const drops: Drop[] = []
  const refused: Drop[] = []
  let [at, bound] = [0, Number.POSITIVE_INFINITY]
  for (const [drop, { state }] of progress) {
    if (state === 'taken') drops.push(drop)
    if (state === 'refused') refused.push(drop)
    if (state === 'taken') at = Math.max(at, drop.changed)
    else bound = Math.min(bound, drop.changed - 1)
  }
  drops.sort(byOrder)
  const pairOf = async (drop: Drop) =>
    stateTag(drop) + (progress.get(drop)?.content ?? (await content(drop)) ?? UNKNOWN)
  const pairs = async (of: readonly Drop[]) => (await Promise.all(of.map(pairOf))).join('')
  const refusedPairs = await pairs(refused.slice(-KEPT_REFUSED))
  for (let kept = Math.min(KEPT_FILES, drops.length); ; kept--) {
    const first = drops.length - kept
    const older = drops.slice(0, first)
    const taken = {
      by,
      at: Math.min(at, bound),
      from: kept === drops.length ? null : (drops[first]?.order ?? null),
      older: trustsChanged || older.length === 0 ? '' : olderTag(older),
      files: await pairs(drops.slice(first)),
      refused: refusedPairs,
    }
    if (kept <= 1 || Buffer.byteLength(JSON.stringify(taken)) <= LONGEST) return taken
  }
}
