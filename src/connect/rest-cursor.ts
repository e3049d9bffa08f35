/** What has changed: the stream's cursor as a parameter, and how far it has come. */

import { PipelineError } from '../errors.ts'
import { isObject } from './body.ts'
import type { Completeness, Page, ReadContext, StreamFacts } from './connector.ts'
import { parseCompact, parseIso, parseVietnamese } from './instants.ts'
import type { Since } from './rest-declaration.ts'
import { type Asking, placed } from './rest-request.ts'

type Cursor = NonNullable<StreamFacts['cursor']>
const UNITS = { day: 86_400_000, second: 1000, millisecond: 1 } as const

export interface Changes {
  asking: Asking
  /** the parameter's value; null where it is left out */
  value: string | null
  incremental: boolean
  /** epoch ms: what is asked for; null where it is everything */
  after: number | null
}

/** Asks from the watermark less the lookback, and at least one unit of the cursor before it: a server may leave out the value itself. */
export function changesSince<Config>(since: Since<Config> | undefined, context: ReadContext<Config>): Changes {
  const { watermark, full, config, source, stream } = context
  if (since && !stream.cursor) {
    const problem = `stream ${stream.name} has since in rest({…}) and no cursor`
    throw new PipelineError('CONNECTOR_INVALID', { connector: source, problem, file: 'its connector.ts' })
  }
  if (!since || !stream.cursor) return { asking: {}, value: null, incremental: false, after: null }
  const after = watermark === null || full ? null : startOf(stream.cursor, watermark, since.zone)
  const value = after === null ? since.first(config) : since.write(after, since.zone)
  return {
    asking: value === undefined ? {} : placed(since.in, { [since.parameter]: value }),
    value: value ?? null,
    incremental: after !== null,
    after,
  }
}

function startOf(cursor: Cursor, watermark: string, zone: string): number {
  const unit = cursor.from === 'field' ? UNITS[cursor.granularity] : UNITS.second
  return instantOf(watermark, zone) - Math.max(lookbackMs(cursor.lookback), unit)
}
/** Our own watermark is an instant; `sync --since` may give a day. */
const instantOf = (watermark: string, zone: string): number =>
  watermark.length > 10
    ? Temporal.Instant.from(watermark).epochMilliseconds
    : Temporal.PlainDate.from(watermark).toZonedDateTime(zone).epochMilliseconds
/** Days of a lookback count 24 hours here: an instant knows no calendar. */
const lookbackMs = (duration: string): number =>
  Temporal.Duration.from(duration).total({ unit: 'millisecond', relativeTo: '2024-01-01' })

/**
 * For a cursor that is a field: the watermark is its greatest value that is not in the future. Records without a value land and move
 * nothing; one of 2099 does not drag the watermark along, or tomorrow's records would never come.
 */
export async function* withFieldCursor<Config>(
  pages: AsyncGenerator<Page, Completeness>,
  cursor: Extract<Cursor, { from: 'field' }>,
  { watermark, resume, now, full }: ReadContext<Config>,
): AsyncGenerator<Page, Completeness> {
  const before = typeof resume?.greatest === 'number' ? resume.greatest : null
  let greatest = before ?? (watermark === null || full ? null : instantOf(watermark, cursor.zone))
  const end = yield* eachPage(pages, (page) => {
    for (const record of page.records) {
      const at = cursorValue(isObject(record) ? record[cursor.field] : undefined, cursor.zone)
      if (at !== null && at <= now && (greatest === null || at > greatest)) greatest = at
    }
    return { ...page, resume: { ...page.resume, greatest } }
  })
  if (end.enumerated === 'incomplete') return end
  return { ...end, upTo: greatest === null ? null : new Date(greatest).toISOString() }
}

/** Each page changed on its way; a reader that stops ends `pages` too. */
export async function* eachPage(
  pages: AsyncGenerator<Page, Completeness>,
  change: (page: Page) => Page,
): AsyncGenerator<Page, Completeness> {
  try {
    for (;;) {
      const next = await pages.next()
      if (next.done) return next.value
      yield change(next.value)
    }
  } finally {
    await pages.return({ enumerated: 'incomplete', why: 'stopped' })
  }
}

/** Epoch ms; null where it is no time. */
export function cursorValue(value: unknown, zone: string): number | null {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : null
  if (typeof value !== 'string') return null
  for (const parse of [parseCompact, parseVietnamese, (text: string, of: string) => parseIso(text, of, false)]) {
    const parsed = parse(value.trim(), zone)
    if (parsed !== undefined) return parsed?.at ?? null
  }
  return null
}
