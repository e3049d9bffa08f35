/**
 * `ioc connector record`: a few pages of each stream through the real read, with an observing Http, as recordings without persons.
 * Made beside the VPN, tested anywhere.
 */
import { readdirSync } from 'node:fs'
import type { AnswerFormat } from '../../connect/answer-formats.ts'
import type { Kit, Page, Stream } from '../../connect/connector.ts'
import { PERIOD_FIELD } from '../../connect/files.ts'
import { fileNamesPerson, looksLikePerson } from '../../connect/persons.ts'
import { PipelineError } from '../../errors.ts'
import { agencyNamesIn } from '../../sync/agency-names.ts'
import { declaredMap } from '../../sync/declared-map.ts'
import { readSchema, sourceSchema } from '../../sync/source-schema.ts'
import { watched } from '../sampling.ts'
import { httpOf, type Opened, sampleContext } from '../source.ts'
import { exchangesOf, type Observed } from './exchanges.ts'
import { makeReplacer, type Replacer, sameShape } from './made-up.ts'
import { protectRecord, rawFields, rulesOf } from './protect-record.ts'
import { MOST_BYTES, NOTE, type Recording, written } from './recording.ts'

export interface RecordOptions {
  /** of this program */
  version: string
  /** pages with records, of each stream */
  pages: number
}
export interface Recorded {
  stream: string
  recording: Recording
  bytes: number
  /** values that were replaced */
  replaced: number
}

const RECORDS_AT_MOST = 30
const LOOKED_AT_MOST = 5_000
/** a source that answers by windows may have years of nothing before its first record */
const EMPTY_PAGES_AT_MOST = 200

/** @throws what the read throws; SOURCE_UNREADABLE where no record came */
export async function recordSource(
  opened: Opened,
  streams: readonly Stream<unknown>[],
  options: RecordOptions,
): Promise<Recorded[]> {
  const replacer = makeReplacer()
  const recorded: Recorded[] = []
  for (const stream of streams) recorded.push(await recordStream(opened, stream, replacer, options))
  return recorded
}

async function recordStream(
  opened: Opened,
  stream: Stream<unknown>,
  replacer: Replacer,
  { version, pages }: RecordOptions,
): Promise<Recorded> {
  const { connector, settings, source, deps } = opened
  const { homes } = deps.config
  const observed: Observed[] = []
  const rows = await readSome(opened, stream, pages, observed)
  if (rows.length === 0)
    throw new PipelineError('SOURCE_UNREADABLE', {
      source: source.id,
      expected: `records of the stream ${stream.name}`,
      problem: 'none came',
      place: stream.name,
    })
  const { root } = sourceSchema(readSchema(homes, 'sources', stream.schema), stream.schema, connector.name)
  const before = replacer.replaced
  const rules = rulesOf(stream, root, agencyNamesIn(homes), replacer)
  const { kit } = stream.read
  const secrets = [...opened.secrets, ...loginNames(settings)]
  const exchanges = exchangesOf(observed, { key: stream.key, row: rowElement(kit), secrets })
  const files = kit?.kind === 'files' ? namesOf(kit, settings) : []
  const recording = (records: Recording['records']): Recording => ({
    made: {
      by: `ioc connector record ${source.id}`,
      version,
      at: new Date((deps.clock ?? Date.now)()).toISOString().slice(0, 10),
      note: NOTE,
    },
    connector: connector.name,
    stream: stream.name,
    kind: kit?.kind ?? 'hand-written',
    kept: records.length,
    came: rows.length,
    ...(exchanges.length > 0 ? { exchanges } : {}),
    ...(files.length > 0 ? { files } : {}),
    records,
  })
  const records: Readonly<Record<string, unknown>>[] = []
  for (const row of various({ map: declaredMap(stream.map, new Set(root.properties?.keys())) }, rows)) {
    records.push(protectRecord(rules, row))
    if (Buffer.byteLength(written(recording(records))) <= MOST_BYTES) continue
    records.pop()
    break
  }
  const made = recording(records)
  return {
    stream: stream.name,
    recording: made,
    bytes: Buffer.byteLength(written(made)),
    replaced: replacer.replaced - before,
  }
}

/** A user's name is no secret, and nobody's business either. */
const loginNames = (settings: Fields): string[] =>
  Object.entries(settings).flatMap(([name, value]) =>
    LOGIN_NAME.test(name) && typeof value === 'string' && value.length >= 3 ? [value] : [],
  )
const LOGIN_NAME = /user|client|account|tai_?khoan|login/i
const rowElement = (kit: Kit | undefined): string | null => {
  const { row, answer, records } = (kit?.declaration ?? {}) as {
    row?: unknown
    answer?: AnswerFormat
    records?: string
  }
  if (answer?.format === 'xml') return records?.split('.').at(-1) ?? null
  return typeof row === 'string' ? row : null
}

type Fields = Record<string, unknown>

/** The records of the first pages that have any. */
async function readSome(
  opened: Opened,
  stream: Stream<unknown>,
  most: number,
  observed: Observed[],
): Promise<Fields[]> {
  const { signal } = opened.deps
  const http = watched(httpOf(opened, signal, {}), {
    answered({ request, answer }) {
      if (answer) observed.push({ request, answer })
    },
  })
  const rows: Fields[] = []
  const context = sampleContext(opened, stream, http, signal)
  const pages = stream.read({ ...context, watermark: windowsBack(stream, opened.now, most) ?? context.watermark })
  let [filled, empty] = [0, 0]
  try {
    while (filled < most && empty < EMPTY_PAGES_AT_MOST && rows.length < LOOKED_AT_MOST) {
      const next = await pages.next()
      signal.throwIfAborted()
      if (next.done) break
      const found = rowsOf(next.value)
      rows.push(...found)
      if (found.length > 0) filled += 1
      else empty += 1
    }
  } finally {
    await pages.return({ enumerated: 'incomplete', why: 'recorded' })
    http.close()
  }
  return rows
}

/** As many windows as pages are wanted, up to today: the newest ones have what is not finished. */
function windowsBack({ read }: Stream<unknown>, now: number, pages: number): string | null {
  const days = (read.kit?.declaration as { windows?: { days?: number } } | undefined)?.windows?.days
  return days === undefined ? null : new Date(now - days * pages * 86_400_000).toISOString()
}

function rowsOf({ records, header }: Page): Fields[] {
  const rows = header
    ? records.map((row) => Object.fromEntries(header.map((name, i) => [name, (row as unknown[])[i]])))
    : records.filter((row): row is Fields => typeof row === 'object' && row !== null && !Array.isArray(row))
  for (const row of rows) delete row[PERIOD_FIELD]
  return rows
}

/** At most so many, as different as they come: one of each state in turn. */
function various(stream: Pick<Stream<unknown>, 'map'>, rows: readonly Fields[]): Fields[] {
  const telling = rawFields(stream, ['status', 'channel', 'level', 'online', 'score', 'finished'])
  const groups = new Map<string, Fields[]>()
  for (const row of rows) {
    const id = telling.map((name) => (isShort(row[name]) ? String(row[name]) : String(Boolean(row[name])))).join('|')
    const group = groups.get(id) ?? []
    group.push(row)
    groups.set(id, group)
  }
  const chosen: Fields[] = []
  for (let round = 0; chosen.length < Math.min(RECORDS_AT_MOST, rows.length); round++)
    for (const group of groups.values()) {
      const row = group[round]
      if (row && chosen.length < RECORDS_AT_MOST) chosen.push(row)
    }
  return chosen
}
const isShort = (value: unknown) => typeof value !== 'object' && String(value).length <= 8

/** One name for each declared pattern that has a file. */
function namesOf({ declaration }: Kit, settings: Fields): { name: string }[] {
  const { folder, from, patterns } = declaration as {
    folder?: (config: unknown) => unknown
    from?: (config: unknown) => unknown
    patterns: ((config: unknown) => readonly { match: RegExp }[]) | readonly { match: RegExp }[]
  }
  const place = (from ?? folder)?.(settings)
  if (typeof place !== 'string') return []
  const names = readdirSync(place).map((name) => name.normalize('NFC'))
  const declared = typeof patterns === 'function' ? patterns(settings) : patterns
  const first = declared.map(({ match }) => {
    const name = names.sort().find((one) => match.test(one))
    return name === undefined ? undefined : withoutPersons(name, match)
  })
  return [...new Set(first)].flatMap((name) => (name === undefined ? [] : [{ name }]))
}

/** People write applicants' names into file names: each word that the pattern does not ask for is replaced. */
export function withoutPersons(name: string, match: RegExp): string {
  if (!fileNamesPerson(name)) return name
  const parts = name.split(/([_\s.+-]+)/)
  for (let i = 0; i < parts.length - 1; i += 2) {
    const part = parts[i] ?? ''
    if (!/\p{L}/u.test(part) && !looksLikePerson(part)) continue
    const other = parts.with(i, sameShape(part))
    if (match.test(other.join(''))) parts[i] = other[i] ?? part
  }
  return parts.join('')
}
